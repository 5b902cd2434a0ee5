"""The API of imports: what ``houses load`` does, by HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, Response

from geo_housing.accounts.access import Access, requires
from geo_housing.errors import BadInput
from geo_housing.houses.imports.queries import import_batch, imports
from geo_housing.houses.imports.service import (
    Choices,
    Keeping,
    announce_import,
    check_import,
    is_large,
    report_address,
    run_import,
)
from geo_housing.houses.imports.task import CHECK, RUN, take_back
from geo_housing.houses.intake.models import ImportBatch
from geo_housing.jobs.answer import accepted
from geo_housing.jobs.service import defer
from geo_housing.numbers import MOST_BIGINT, whole_number

router = APIRouter(prefix="/api/v1/imports", tags=["houses"])

Importer = Annotated[Access, requires("houses.import")]


@router.post("", summary="导入台账")
def post_import(
    request: Request,
    access: Importer,
    file: UploadFile,
    crs: Annotated[str | None, Form()] = None,
    sheet: Annotated[str | None, Form()] = None,
    layer: Annotated[str | None, Form()] = None,
    columns: Annotated[list[str] | None, Form()] = None,
    dry_run: Annotated[bool, Form()] = False,
    client_id: Annotated[str | None, Form(max_length=64)] = None,
) -> Response:
    """Load a ledger, or with ``dry_run`` only work it out; large ones answer 202 with a job. Same ``client_id``: once."""
    keeping = Keeping.of(request.app.state.settings)
    batch = announce_import(
        access.session,
        access.actor,
        keeping,
        source=file.file,
        name=file.filename or "ledger",
        choices=Choices(crs or None, sheet or None, layer or None, tuple(columns or ())),
        client_id=client_id or None,
    )
    if batch.finished_at is not None:
        return JSONResponse(_answer(batch, (batch.preview or {}).get("counts", {})))
    if is_large(batch):
        task = CHECK if dry_run else RUN
        batch.job_id = defer(access.session, access.actor, task, {"import": batch.id}, key=str(batch.id))
        return accepted(batch.job_id)
    if dry_run:
        return JSONResponse(_answer(batch, check_import(access.session, access.actor, keeping, batch)))
    answer = run_import(access.session, access.actor, keeping, batch.id)
    return JSONResponse(_answer(batch, answer))


@router.get("", summary="导入记录")
def list_imports(access: Importer, cursor: str | None = None) -> dict[str, Any]:
    """Imports of one's area, newest first."""
    found = imports(access.session, access.actor.scope, before=_cursor(cursor))
    return {
        "items": jsonable_encoder(found),
        "next": str(found[-1].id) if len(found) == 50 else None,
    }


@router.get("/{batch_id}", summary="一次导入")
def get_import(access: Importer, batch_id: int) -> dict[str, Any]:
    """What was recognised, what became of it."""
    batch = import_batch(access.session, access.actor.scope, batch_id)
    return {
        "import": batch.id,
        "file": batch.file_name,
        "recognised": batch.recognised,
        "counts": batch.counts,
        "job": batch.job_id,
        "report": report_address(batch),
        "finished_at": jsonable_encoder(batch.finished_at),
        "undone_at": jsonable_encoder(batch.undone_at),
    }


@router.post("/{batch_id}/undo", summary="撤销一次导入")
def post_undo(access: Importer, batch_id: int) -> Response:
    """Take an import back as a whole; 409 names what stands in the way; a large one answers 202 with a job."""
    job = take_back(access.session, access.actor, batch_id)
    if job is not None:
        return accepted(job)
    batch = import_batch(access.session, access.actor.scope, batch_id)
    return JSONResponse({"import": batch.id, "undone_at": jsonable_encoder(batch.undone_at)})


def _answer(batch: ImportBatch, counts: dict[str, Any]) -> dict[str, Any]:
    return {**counts, "report": report_address(batch), "import": batch.id}


def _cursor(text: str | None) -> int | None:
    if text is None:
        return None
    number = whole_number(text, most=MOST_BIGINT)
    if number is None:
        raise BadInput("cursor 不对，请用上一页回答里的 next。")
    return number
