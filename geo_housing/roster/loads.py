"""A load in steps: the file is kept sealed and worked out without storing, a person looks, then it is loaded, once."""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.areas.queries import area_names
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, NotFound
from geo_housing.files.queries import stored_file
from geo_housing.files.service import content_of, safe_name, store_file
from geo_housing.houses.imports.service import Keeping
from geo_housing.journal.service import Subject, record
from geo_housing.policy.queries import effective
from geo_housing.roster.facts import KINDS, Kind
from geo_housing.roster.models import RosterLoad
from geo_housing.roster.service import EDIT
from geo_housing.scope import AreaScope
from geo_housing.sheets import list_sheet, workbook

if TYPE_CHECKING:
    from geo_housing.roster.loading import Loaded

SHOWN_LOADS = 30
MOST_BYTES = 20 << 20
_HEADS = (("行", 18), ("列", 18), ("值", 18), ("问题与处理", 90))


def announce_load(
    session: Session,
    actor: Actor,
    keeping: Keeping,
    kind: Kind,
    *,
    source: BinaryIO,
    name: str,
    client_id: str | None = None,
) -> RosterLoad:
    """Keep an uploaded list and work out what it would do; the same form sent twice is one load."""
    # Arrow and pandas take long to load: only who loads a list pays for it.
    from geo_housing.roster.loading import load_file

    if not actor.may(EDIT):
        raise NotAllowed("您的角色不能导入通讯录；请联系乡镇或县住建局。")
    if client_id is not None:
        same = select(RosterLoad).where(RosterLoad.actor == actor.name, RosterLoad.client_id == client_id)
        if (known := session.scalar(same)) is not None:
            return known
    scope_code = load_scope(session, actor)
    days = int(effective(session, "upload.keep_days", area_code=actor.scope.lo, on=clock.today()).value)
    file = store_file(
        session,
        actor,
        keeping.store,
        source=source,
        name=name,
        kind="upload",
        media_type="application/octet-stream",
        scope_code=scope_code,
        ring=keeping.ring,
        keep_until=clock.now() + timedelta(days=days),
    )
    load = RosterLoad(
        scope_code=scope_code,
        kind=kind.name,
        file_name=safe_name(name),
        client_id=client_id,
        raw_file_id=file.id,
        actor=actor.name,
    )
    session.add(load)
    session.flush()
    with _original(session, actor, keeping, load) as path:
        loaded = load_file(session, actor, kind, path, ring=keeping.ring, name=load.file_name, dry_run=True)
    load.preview, load.counts = loaded.as_preview(), loaded.counts
    session.flush()
    record(session, actor, "roster.load_check", _subject(load), counts={"file": load.file_name, **loaded.counts})
    return load


def run_load(session: Session, actor: Actor, keeping: Keeping, load_id: int) -> RosterLoad:
    """Load the announced list, once; what stood in its preview may have changed since, and what happened is kept."""
    # Arrow and pandas take long to load: only who loads a list pays for it.
    from geo_housing.roster.loading import load_file

    load = load_of(session, actor.scope, load_id, for_change=True)
    if load.finished_at is not None:
        return load
    kind = KINDS[load.kind]
    with _original(session, actor, keeping, load) as path:
        loaded = load_file(session, actor, kind, path, ring=keeping.ring, name=load.file_name, batch_id=load.id)
    _finish(session, load, loaded)
    return load


def load_at_once(
    session: Session,
    actor: Actor,
    kind: Kind,
    path: Path,
    keeping: Keeping,
    *,
    sheet: str | None = None,
    dry_run: bool = False,
    is_demo: bool = False,
) -> "Loaded":
    """Load a file of the command line; it leaves an entry among the loads of the page, unless it is only tried."""
    # Arrow and pandas take long to load: only who loads a list pays for it.
    from geo_housing.roster.loading import load_file

    if dry_run:
        return load_file(session, actor, kind, path, ring=keeping.ring, name=path.name, sheet=sheet, dry_run=True)
    load = RosterLoad(
        scope_code=load_scope(session, actor), kind=kind.name, file_name=safe_name(path.name), actor=actor.name
    )
    session.add(load)
    session.flush()
    loaded = load_file(
        session,
        actor,
        kind,
        path,
        ring=keeping.ring,
        name=path.name,
        sheet=sheet,
        batch_id=load.id,
        is_demo=is_demo,
    )
    _finish(session, load, loaded)
    return loaded


def load_of(session: Session, scope: AreaScope, load_id: int, *, for_change: bool = False) -> RosterLoad:
    """One load of the scope; NotFound for any other."""
    wanted = select(RosterLoad).where(
        RosterLoad.id == load_id, RosterLoad.scope_code >= scope.lo, RosterLoad.scope_code < scope.hi
    )
    load = session.scalar(wanted.with_for_update() if for_change else wanted)
    if load is None:
        raise NotFound("没有这次导入，或不在您的管辖范围内。")
    return load


def loads(session: Session, scope: AreaScope, kind: Kind) -> list[RosterLoad]:
    """The last loads of a kind that the scope sees."""
    seen = or_(
        (RosterLoad.scope_code >= scope.lo) & (RosterLoad.scope_code < scope.hi), RosterLoad.scope_code == scope.prefix
    )
    wanted = select(RosterLoad).where(RosterLoad.kind == kind.name, seen)
    return list(session.scalars(wanted.order_by(RosterLoad.id.desc()).limit(SHOWN_LOADS)))


def load_scope(session: Session, actor: Actor) -> str:
    """Whose a load is: the actor's area; of who has the whole database the one county that is loaded."""
    if actor.scope.prefix:
        return actor.scope.prefix
    counties = [area.code for area in area_names(session, "county")]
    return counties[0] if len(counties) == 1 else actor.scope.lo


def write_report(path: Path, faults: list[Fault]) -> None:
    """Everything that was wrong with a list, as .xlsx or .csv."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [(fault.line, fault.column, fault.value, fault.sentence) for fault in faults]
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([[head for head, _ in _HEADS], *rows])
        return
    if path.suffix.lower() != ".xlsx":
        raise BadInput(f"报告只能写成 .xlsx 或 .csv，不能写成 {path.suffix or '没有扩展名的文件'}。")
    with workbook(path) as book:
        list_sheet(
            book, "问题清单", _HEADS, ([cell if isinstance(cell, int) else cell or "" for cell in row] for row in rows)
        )


def _finish(session: Session, load: RosterLoad, loaded: "Loaded") -> None:
    load.preview, load.counts, load.finished_at = loaded.as_preview(), loaded.counts, clock.now()
    session.flush()


def _subject(load: RosterLoad) -> Subject:
    return Subject("roster_load", str(load.id), load.scope_code)


@contextmanager
def _original(session: Session, actor: Actor, keeping: Keeping, load: RosterLoad) -> Iterator[Path]:
    """The kept file, opened again under its own ending."""
    if load.raw_file_id is None:
        raise Conflict("上传的原件已过保存期，请重新上传。")
    file = stored_file(session, actor.scope, load.raw_file_id)
    if file.bytes > MOST_BYTES:
        raise BadInput("文件太大：通讯录最多 20 MB，请删去图片和无关的工作表再试。")
    with tempfile.TemporaryDirectory(prefix="geo-housing-") as folder:
        # Sentences about it name it; what the user called it stands beside them.
        path = (Path(folder) / "上传的名单.xlsx").with_suffix(Path(load.file_name).suffix.lower())
        with path.open("wb") as out:
            for piece in content_of(keeping.store, file, keeping.ring):
                out.write(piece)
        yield path
