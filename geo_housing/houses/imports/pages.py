"""The page of imports: file, what was recognised, dry run, confirmation, report, undo (screens.md, 台账导入)."""

import uuid
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, UploadFile
from starlette.datastructures import FormData
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.errors import BadInput, Conflict, NotFound
from geo_housing.files.queries import stored_file
from geo_housing.files.response import file_response, made_file
from geo_housing.houses.imports.form import write_form
from geo_housing.houses.imports.queries import PAGE, import_batch, imports, is_free, undo_outlook
from geo_housing.houses.imports.service import (
    Choices,
    Keeping,
    announce_import,
    check_import,
    is_large,
    recognise_import,
    run_import,
)
from geo_housing.houses.imports.task import CHECK, READING, RUN, UNDO, take_back
from geo_housing.houses.imports.undo import in_the_way, is_long
from geo_housing.houses.intake.models import ImportBatch
from geo_housing.houses.intake.shift import OFFSETS
from geo_housing.houses.spreadsheet.fields import FIELDS
from geo_housing.jobs.queries import JobState, job_state, open_task
from geo_housing.jobs.service import defer

router = APIRouter(include_in_schema=False)

Importer = Annotated[Access, requires("houses.import")]
# Coordinate systems that ledgers come in, as the page offers them.
CRS_CHOICES = (
    ("", "文件自带；没有则为经纬度"),
    ("EPSG:4490", "CGCS2000 经纬度（EPSG:4490）"),
    ("EPSG:4326", "WGS84 经纬度（EPSG:4326）"),
    *OFFSETS.items(),
    ("EPSG:4528", "CGCS2000 三度带 40 带（EPSG:4528）"),
    ("EPSG:4529", "CGCS2000 三度带 41 带（EPSG:4529）"),
)

# What the worker does with an import that an office above has left: it is not seen which of the two.
UNSEEN = "unseen"
# How an import stands while the worker has it.
STATES = {
    CHECK: "正在核对，尚未改动任何房屋",
    RUN: "已确认，正在导入",
    UNDO: "正在撤销",
    UNSEEN: "正在后台处理",
}
BY_OTHERS = {
    CHECK: "有人正在后台处理这份台账，请稍后刷新本页查看结果。",
    UNDO: "有人正在后台撤销这次导入，请稍后刷新本页查看结果。",
}

# Of a file that nobody has looked into yet, every part that the page asks for.
NOT_RECOGNISED: dict[str, Any] = {
    "columns": [],
    "head_rows": [],
    "encoding": None,
    "sheet": None,
    "sheets": [],
    "crs": None,
}


@router.get("/imports")
def imports_page(request: Request, access: Importer, before: int | None = None) -> Response:
    """Where a file is dropped, and what was imported so far."""
    return _list(request, access, before=before)


@router.post("/imports")
def post_file(
    request: Request, access: Importer, file: UploadFile, client_id: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    """Keep and recognise a file; small ones are worked out at once."""
    keeping = _keeping(request)
    if not file.filename:
        return _list(request, access, error=BadInput("请选择一个台账文件。"), status_code=422)
    try:
        with access.session.begin_nested():
            batch = announce_import(
                access.session,
                access.actor,
                keeping,
                source=file.file,
                name=file.filename,
                client_id=client_id or None,
            )
    except (BadInput, Conflict) as error:
        return _list(request, access, error=error, status_code=error.status)
    if batch.finished_at is None and batch.preview is None:
        _check(access, keeping, batch)
    return redirect(f"/imports/{batch.id}", request=request)


@router.get("/imports/{batch_id}")
def import_page(request: Request, access: Importer, batch_id: int) -> Response:
    """One import: before it is confirmed what would become of it, afterwards what has."""
    return _page(request, access, import_batch(access.session, access.actor.scope, batch_id))


async def _sent_form(request: Request) -> FormData:
    # Columns are fields of the form: as many as the file has.
    return await request.form()


@router.post("/imports/{batch_id}/recognise")
def post_recognised(
    request: Request, access: Importer, batch_id: int, form: Annotated[FormData, Depends(_sent_form)]
) -> Response:
    """Take the corrected columns, sheet and coordinate system, and work it out again."""
    sheet = str(form.get("sheet") or "") or None
    keeping = _keeping(request)
    batch = import_batch(access.session, access.actor.scope, batch_id, for_change=True)
    # Another sheet has other columns: they are recognised afresh.
    columns = (
        tuple(
            f"{value or '-'}={name.removeprefix('column:')}"
            for name, value in form.multi_items()
            if name.startswith("column:")
        )
        if sheet is None or sheet == (batch.recognised or {}).get("sheet")
        else ()
    )
    choices = Choices(crs=str(form.get("crs") or "") or None, sheet=sheet, columns=columns)
    try:
        with access.session.begin_nested():
            recognise_import(access.session, access.actor, keeping, batch, choices)
    except BadInput as error:
        return _page(request, access, batch, error=error, status_code=422)
    _check(access, keeping, batch)
    return redirect(f"/imports/{batch_id}", request=request)


@router.post("/imports/{batch_id}/run")
def post_run(request: Request, access: Importer, batch_id: int) -> Response:
    """Confirmed: load it, large ones in the background."""
    batch = import_batch(access.session, access.actor.scope, batch_id, for_change=True)
    if batch.finished_at is not None:
        return redirect(f"/imports/{batch_id}", request=request)
    if is_large(batch):
        batch.job_id = defer(access.session, access.actor, RUN, {"import": batch.id}, key=str(batch.id))
        return redirect(f"/imports/{batch_id}", request=request)
    answer = run_import(access.session, access.actor, _keeping(request), batch_id)
    toast = f"已导入：新增 {answer['created']}，更新 {answer['updated']}，拒绝 {answer['rejected']}。"
    return redirect(f"/imports/{batch_id}", request=request, toast=toast)


@router.get("/imports/{batch_id}/undo")
def undo_part(request: Request, access: Importer, batch_id: int) -> Response:
    """The question before an import is taken back: what would be put back, what stands in the way."""
    batch = import_batch(access.session, access.actor.scope, batch_id)
    outlook = undo_outlook(access.session, batch_id)
    refusal = in_the_way(outlook.touched) if outlook.touched else None
    return render(
        request, access, "imports/undo.html", batch=batch, outlook=outlook, refusal=refusal, is_long=is_long(batch)
    )


@router.post("/imports/{batch_id}/undo")
def post_undo(request: Request, access: Importer, batch_id: int) -> Response:
    """Take the whole import back, a large one in the background; a refusal says which houses stand in the way."""
    try:
        with access.session.begin_nested():
            job = take_back(access.session, access.actor, batch_id)
    except Conflict as error:
        batch = import_batch(access.session, access.actor.scope, batch_id)
        return _page(request, access, batch, error=error, status_code=409)
    toast = None if job is not None else "已撤销这次导入。"
    return redirect(f"/imports/{batch_id}", request=request, toast=toast)


@router.get("/imports/{batch_id}/report.xlsx")
def report_file(request: Request, access: Importer, batch_id: int) -> Response:
    """The report with the bad cells coloured."""
    batch = import_batch(access.session, access.actor.scope, batch_id)
    if batch.report_file_id is None:
        raise NotFound("这次导入没有报告：没有发现问题，或报告已过保存期。")
    keeping = _keeping(request)
    return file_response(
        keeping.store, stored_file(access.session, access.actor.scope, batch.report_file_id), ring=keeping.ring
    )


@router.post("/imports/{batch_id}/form.xlsx")
def form_file(
    request: Request,
    access: Importer,
    batch_id: int,
    personal: Annotated[bool, Form()] = False,
    codes: Annotated[bool, Form()] = False,
) -> Response:
    """The ledger in its own form, filled from the register; ``personal`` with full numbers, ``codes`` with house codes."""
    session, actor = access.session, access.actor
    ring = _keeping(request).ring if personal else None
    name = f"{Path(import_batch(session, actor.scope, batch_id).file_name).stem}-现状.xlsx"
    return made_file(lambda path: write_form(session, actor, batch_id, path, ring=ring, adds_codes=codes), name)


@router.get("/imports/{batch_id}/progress")
def progress_part(request: Request, access: Importer, batch_id: int) -> Response:
    """The bar of an import that runs in the background; when it is over the page is loaded anew."""
    batch = import_batch(access.session, access.actor.scope, batch_id)
    job = _own_job(access, batch)
    if job is None or job.is_over:
        return Response(headers={"HX-Refresh": "true"})
    return render(request, access, "imports/progress.html", batch=batch, job=job, reading=READING)


def _check(access: Access, keeping: Keeping, batch: ImportBatch) -> None:
    if is_large(batch):
        batch.job_id = defer(access.session, access.actor, CHECK, {"import": batch.id}, key=str(batch.id))
        return
    try:
        check_import(access.session, access.actor, keeping, batch)
    except BadInput:
        # Nothing usable: the page shows why, and the columns may still be put right.
        return


def _own_job(access: Access, batch: ImportBatch) -> JobState | None:
    """The job that works on an import, for the person who left it."""
    if batch.job_id is None:
        return None
    try:
        return job_state(access.session, access.actor, batch.job_id)
    except NotFound:
        return None


def _at_work(access: Access, batch: ImportBatch, job: JobState | None) -> str | None:
    """What the worker does, or will do, with an import, whoever has left it; None when nothing."""
    if job is not None:
        return None if job.is_over else job.task
    if batch.job_id is None:
        return None
    task = open_task(access.session, batch.job_id)
    # An office above has left it: its job is not seen from here, but that the worker is at it is.
    if task is None and not is_free(access.session, batch.id):
        task = UNDO if batch.finished_at is not None else UNSEEN
    return task


def _keeping(request: Request) -> Keeping:
    return Keeping.of(request.app.state.settings)


def _list(
    request: Request,
    access: Access,
    *,
    before: int | None = None,
    error: BadInput | Conflict | None = None,
    status_code: int = 200,
) -> Response:
    found = imports(access.session, access.actor.scope, before=before)
    return render(
        request,
        access,
        "imports/imports.html",
        status_code=status_code,
        imports=found,
        next=found[-1].id if len(found) == PAGE else None,
        before=before,
        error=error,
        client_id=uuid.uuid4().hex,
        states=STATES,
    )


def _page(
    request: Request,
    access: Access,
    batch: ImportBatch,
    *,
    error: BadInput | Conflict | None = None,
    status_code: int = 200,
) -> Response:
    job = _own_job(access, batch)
    task = _at_work(access, batch, job)
    preview: dict[str, Any] = batch.preview or {}
    return render(
        request,
        access,
        "imports/import.html",
        status_code=status_code,
        batch=batch,
        preview=preview,
        counts=preview.get("counts") or _stored_counts(batch),
        details=preview.get("details") or {"created": [], "updated": [], "unlocated": []},
        faults=preview.get("faults") or {},
        fault_counts=preview.get("fault_counts") or {},
        recognised={**NOT_RECOGNISED, **(batch.recognised or {})},
        has_points=_has_points(batch),
        job=job,
        is_running=task is not None,
        state=STATES[task] if task is not None else None,
        others=BY_OTHERS.get(task, BY_OTHERS[CHECK]) if task is not None and job is None else None,
        reading=READING,
        fields=FIELDS,
        crs_choices=CRS_CHOICES,
        chosen_crs=(batch.options or {}).get("crs") or "",
        error=error,
    )


def _has_points(batch: ImportBatch) -> bool:
    """Whether the file holds coordinates: as columns, or as the geometry of a geographic file."""
    recognised = batch.recognised or {}
    fields = {column["field"] for column in recognised.get("columns", ())}
    return bool(recognised.get("crs")) or {"lon", "lat"} <= fields or not fields


def _stored_counts(batch: ImportBatch) -> dict[str, Any] | None:
    """The counts of an import whose rows were not kept for its page."""
    if not batch.counts:
        return None
    names = ("created", "updated", "unchanged", "rejected", "unlocated", "misplaced", "outside", "differs")
    counts = {name: batch.counts.get(name, 0) for name in names}
    return {**counts, "read": sum(counts[name] for name in names[:4]), "crs": batch.source_crs}
