"""An import in steps: the file is kept and recognised, worked out without storing, then loaded, once.

The page walks these steps one by one, the API and jobs call the same functions.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.areas.service import refuse_beside_demo
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, NotFound
from geo_housing.files.queries import stored_file
from geo_housing.files.service import content_of, safe_name, store_file
from geo_housing.files.storage import FileStore
from geo_housing.houses.imports.queries import import_batch, import_of_client, remembered_options
from geo_housing.houses.intake.models import ImportBatch
from geo_housing.houses.spreadsheet.faults import kind_of
from geo_housing.houses.spreadsheet.originals import came_later
from geo_housing.jobs.service import AT_ONCE_ROWS
from geo_housing.keys import KeyRing, load_keys
from geo_housing.policy.queries import effective
from geo_housing.settings import Settings

# Reading a file takes Arrow, which takes pandas: both are loaded by the first file (or by warm_up in serving.py), not
# by the start of the service; hence the imports inside of functions.
if TYPE_CHECKING:
    from geo_housing.houses.intake.load import Loaded
    from geo_housing.houses.intake.service import Progress
    from geo_housing.houses.spreadsheet.reader import Ledger

MOST_BYTES = 512 << 20
SHOWN_FAULTS = 1_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Choices:
    """What a person says about a file; ``columns`` are FIELD=HEADING, ``-=HEADING`` leaves a column out."""

    crs: str | None = None
    sheet: str | None = None
    layer: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Keeping:
    """Where uploads lie and what seals them."""

    store: FileStore
    ring: KeyRing

    @classmethod
    def of(cls, settings: Settings) -> "Keeping":
        """The installation's."""
        return cls(FileStore(settings.files, most_bytes=MOST_BYTES), load_keys(settings.keys_file))


def announce_import(
    session: Session,
    actor: Actor,
    keeping: Keeping,
    *,
    source: BinaryIO,
    name: str,
    choices: Choices | None = None,
    client_id: str | None = None,
) -> ImportBatch:
    """Keep an uploaded ledger (sealed) and recognise it; the same form sent twice is one import."""
    _check_right(actor)
    if client_id is not None and (known := import_of_client(session, actor.name, client_id)) is not None:
        return known
    # Before the file is kept: in the demo nothing will become of it.
    refuse_beside_demo(session)
    days = int(effective(session, "upload.keep_days", area_code=actor.scope.lo, on=clock.today()).value)
    file = store_file(
        session,
        actor,
        keeping.store,
        source=source,
        name=name,
        kind="upload",
        media_type="application/octet-stream",
        scope_code=actor.scope.lo,
        ring=keeping.ring,
        keep_until=clock.now() + timedelta(days=days),
    )
    batch = ImportBatch(
        scope_code=actor.scope.lo,
        file_name=safe_name(name),
        file_sha256=file.content_sha256,
        source_crs="",
        actor=actor.name,
        raw_file_id=file.id,
        client_id=client_id,
    )
    session.add(batch)
    session.flush()
    recognise_import(session, actor, keeping, batch, choices)
    return batch


def recognise_import(
    session: Session, actor: Actor, keeping: Keeping, batch: ImportBatch, choices: Choices | None
) -> None:
    """Note what is understood of the file under ``choices``; None takes what was said of the same form before."""
    from geo_housing.houses.intake.load import described

    _check_open(batch)
    with _original(session, actor, keeping, batch) as path:
        ledger = _opened(path, choices or Choices())
        headings = [column.heading for column in ledger.recognised.columns]
        if choices is None and (before := remembered_options(session, actor.scope, headings)) is not None:
            # A column for which there was no field then was left out by nobody.
            said = (one for one in before.get("columns", ()) if not (one.startswith("-=") and came_later(one[2:])))
            choices = Choices(crs=before.get("crs"), columns=tuple(said))
            ledger = _opened(path, choices)
        chosen = choices or Choices()
        rows = _rows_of(ledger)
    batch.options = {**asdict(chosen), "columns": list(chosen.columns), "headings": headings, "rows": rows}
    batch.recognised = described(ledger.recognised)
    batch.preview = None
    session.flush()


def is_large(batch: ImportBatch) -> bool:
    """Whether the file has more rows than are answered at once."""
    return int((batch.options or {}).get("rows", 0)) > AT_ONCE_ROWS


def check_import(
    session: Session, actor: Actor, keeping: Keeping, batch: ImportBatch, *, progress: "Progress | None" = None
) -> dict[str, Any]:
    """Work the import out and keep what it would do; stores nothing else. The answer of a dry run."""
    _check_right(actor)
    _check_open(batch)
    with _original(session, actor, keeping, batch) as path:
        attempt = session.begin_nested()
        try:
            loaded = _load(session, actor, keeping, batch, path, progress)
            # Read before the attempt is undone, and with it the batch's row.
            preview, answer = preview_of(loaded), loaded.as_json()
        except BadInput as error:
            attempt.rollback()
            session.refresh(batch)
            batch.preview = {"error": error.sentence, **_faults(list(error.faults))}
            session.flush()
            raise
        attempt.rollback()
    session.refresh(batch)
    batch.preview = preview
    session.flush()
    return answer


def run_import(
    session: Session, actor: Actor, keeping: Keeping, batch_id: int, *, progress: "Progress | None" = None
) -> dict[str, Any]:
    """Load the announced file into the register, once; the report is kept, sealed, as long as the upload."""
    _check_right(actor)
    batch = import_batch(session, actor.scope, batch_id, for_change=True)
    _check_open(batch)
    with _original(session, actor, keeping, batch) as path:
        loaded = _load(session, actor, keeping, batch, path, progress)
        session.refresh(batch)
        batch.preview = preview_of(loaded)
        if loaded.faults:
            batch.report_file_id = _keep_report(session, actor, keeping, batch, path, loaded)
    session.flush()
    return loaded.as_json()


def keep_answer(session: Session, loaded: "Loaded") -> None:
    """What became of a file that was loaded by the command line, for the import's page; its report stays there."""
    batch = session.get_one(ImportBatch, loaded.outcome.batch_id, populate_existing=True)
    batch.preview = preview_of(loaded)
    session.flush()


def report_address(batch: ImportBatch) -> str | None:
    """Where the report is fetched; None when there was nothing to report."""
    return f"/imports/{batch.id}/report.xlsx" if batch.report_file_id is not None else None


def preview_of(loaded: "Loaded") -> dict[str, Any]:
    """What became (or would become) of the rows, for the page."""
    details = loaded.outcome.details
    return {
        "counts": loaded.as_json(),
        "details": details.as_json() if details is not None else None,
        **_faults(loaded.faults),
    }


def _faults(faults: list[Fault]) -> dict[str, Any]:
    kinds: dict[str, int] = {}
    for fault in faults:
        kinds[kind_of(fault)] = kinds.get(kind_of(fault), 0) + 1
    # Of each kind the first ones: a thousand unknown villages must not hide the one rejected row.
    shown_of: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for fault in faults:
        if len(kept := shown_of[kind_of(fault)]) < SHOWN_FAULTS:
            kept.append({"line": fault.line, "column": fault.column, "value": fault.value, "sentence": fault.sentence})
    return {"fault_counts": kinds, "faults": shown_of}


def _load(
    session: Session, actor: Actor, keeping: Keeping, batch: ImportBatch, path: Path, progress: "Progress | None"
) -> "Loaded":
    from geo_housing.houses.intake.load import LoadOptions, load_ledger

    chosen = choices_of(batch)
    options = LoadOptions(
        crs=chosen.crs,
        sheet=chosen.sheet,
        layer=chosen.layer,
        columns=chosen.columns,
        batch_id=batch.id,
        wants_details=True,
    )
    return load_ledger(session, actor, path, options, keeping.ring, name=batch.file_name, progress=progress)


def choices_of(batch: ImportBatch) -> Choices:
    """What was said about the file, every recognised column stated: what was shown is what is loaded."""
    options = batch.options or {}
    columns = [
        f"{column['field'] or '-'}={column['heading']}"
        for column in (batch.recognised or {}).get("columns", ())
        if column["heading"] and not (column["heading"] in ("lon", "lat") and column["field"] == column["heading"])
    ]
    return Choices(options.get("crs"), options.get("sheet"), options.get("layer"), tuple(columns))


def _keep_report(
    session: Session, actor: Actor, keeping: Keeping, batch: ImportBatch, path: Path, loaded: "Loaded"
) -> int:
    from geo_housing.houses.spreadsheet.reader import open_ledger
    from geo_housing.houses.spreadsheet.report import write_report

    chosen = choices_of(batch)
    # The ledger itself may be called so.
    target = path.parent / "report" / "report.xlsx"
    write_report(target, loaded.faults, open_ledger(path, **_opening(chosen)))
    raw = stored_file(session, actor.scope, batch.raw_file_id or 0)
    with target.open("rb") as source:
        return store_file(
            session,
            actor,
            keeping.store,
            source=source,
            name=f"导入报告-{Path(batch.file_name).stem}.xlsx",
            kind="report",
            media_type=XLSX,
            scope_code=batch.scope_code,
            ring=keeping.ring,
            keep_until=raw.keep_until,
        ).id


@contextmanager
def _original(session: Session, actor: Actor, keeping: Keeping, batch: ImportBatch) -> Iterator[Path]:
    """The uploaded file in the clear, in a folder of this process alone, for as long as it is read."""
    if batch.raw_file_id is None:
        raise NotFound("上传的原始文件已过保存期并删除，请重新上传。")
    file = stored_file(session, actor.scope, batch.raw_file_id)
    with tempfile.TemporaryDirectory(prefix="geo-housing-") as folder:
        # Under its own name: sentences about the file say it. A file system takes 255 bytes.
        name = Path(batch.file_name)
        stem = name.stem.encode()[:200].decode(errors="ignore")
        path = Path(folder) / f"{stem}{name.suffix.lower()}"
        with path.open("wb") as target:
            for piece in content_of(keeping.store, file, keeping.ring):
                target.write(piece)
        yield path


def _opened(path: Path, choices: Choices) -> "Ledger":
    from geo_housing.houses.spreadsheet.reader import open_ledger

    return open_ledger(path, **_opening(choices), is_lenient=True)


def _opening(choices: Choices) -> dict[str, Any]:
    return {"columns": choices.columns, "sheet": choices.sheet, "layer": choices.layer, "crs": choices.crs}


def _rows_of(ledger: "Ledger") -> int:
    """How many rows there are; beyond those answered at once only that there are more."""
    rows = 0
    for batch in ledger.batches:
        rows += len(batch.lines)
        if rows > AT_ONCE_ROWS:
            break
    return rows


def _check_right(actor: Actor) -> None:
    if not actor.may("houses.import"):
        raise NotAllowed("您没有导入台账的权限，请联系本乡镇或县级管理员。")


def _check_open(batch: ImportBatch) -> None:
    if batch.finished_at is not None:
        raise Conflict("这份台账已经导入，不能再改；如有错，请先撤销，再重新上传。")
