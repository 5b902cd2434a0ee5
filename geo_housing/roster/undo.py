"""Taking a load of the roster back: what it made goes, what it changed is as before, what was touched since stays and is named."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import township_of
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing
from geo_housing.roster.changes import FIELD
from geo_housing.roster.closing import StillInside
from geo_housing.roster.facts import KINDS, SEALED, Kind, Values
from geo_housing.roster.loads import load_of
from geo_housing.roster.models import RosterChange, RosterLoad
from geo_housing.roster.service import EDIT
from geo_housing.roster.storing import Row, change_row, row_of, take_turns

NAMED = 20


@dataclass
class Outlook:
    """What taking a load back would do: rows that go, rows that are as before, names of those that stay as they are."""

    removed: int = 0
    restored: int = 0
    stayed: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """Who stays as they are, and why."""
        if not self.stayed:
            return ""
        names, n = "、".join(self.stayed[:NAMED]), len(self.stayed)
        if n > NAMED:
            return f"导入之后又被改动或使用过的 {n} 条不动：{names} 等。请逐条核对。"
        return f"导入之后又被改动或使用过的 {n} 条不动：{names}。请逐条核对。"


def has_changes(session: Session, load: RosterLoad) -> bool:
    """Whether it is known what a load made and changed."""
    found = select(RosterChange.id).where(RosterChange.load_id == load.id).limit(1)
    return session.scalar(found) is not None


def outlook(session: Session, load: RosterLoad) -> Outlook:
    """What taking it back would do now."""
    kind, told, used = KINDS[load.kind], Outlook(), _used(session, load)
    for change in _changes(session, load):
        row = row_of(session, kind, change.row_id)
        if row is None:
            continue
        if not _is_as_left(session, row, change) or change.row_id in used:
            told.stayed.append(row.name)
        elif change.before is None:
            told.removed += 1
        else:
            told.restored += 1
    return told


def undo_load(session: Session, actor: Actor, load_id: int, *, ring: KeyRing) -> Outlook:
    """Take a load back, once; Conflict where there is nothing to take back."""
    if not actor.may(EDIT):
        raise NotAllowed("您的角色不能导入通讯录；请联系乡镇或县住建局。")
    load = load_of(session, actor.scope, load_id, for_change=True)
    if load.finished_at is None:
        raise Conflict("这份表格还没有导入，没有可撤销的内容。")
    if load.undone_at is not None:
        raise Conflict("这次导入已经撤销过了。")
    changes = _changes(session, load)
    if not changes:
        raise Conflict("这次导入没有新增或更新什么，没有可撤销的内容。")
    for township in sorted({township_of(change.scope_code) for change in changes}):
        take_turns(session, township)
    kind, done, used = KINDS[load.kind], Outlook(), _used(session, load)
    for change in changes:
        row = row_of(session, kind, change.row_id)
        if row is None:
            continue
        session.refresh(row, with_for_update={"key_share": True})
        if change.row_id in used or not _is_as_left(session, row, change):
            done.stayed.append(row.name)
        elif change.before is None:
            _remove(session, row, change, done)
        else:
            _restore(session, actor, kind, row, change, done, ring=ring)
    load.undone_at, load.undone_by = clock.now(), actor.name
    session.flush()
    record(
        session,
        actor,
        "roster.undo",
        Subject("roster_load", str(load.id), load.scope_code),
        counts={"file": load.file_name, "removed": done.removed, "restored": done.restored, "stayed": len(done.stayed)},
        batch_id=load.id,
    )
    return done


def _remove(session: Session, row: Row, change: RosterChange, done: Outlook) -> None:
    name = row.name
    if not session.scalar(text("SELECT roster_take_back(:change)"), {"change": change.id}):
        done.stayed.append(name)
        return
    session.expunge(row)
    _close(session, change)
    done.removed += 1


def _restore(
    session: Session, actor: Actor, kind: Kind, row: Row, change: RosterChange, done: Outlook, *, ring: KeyRing
) -> None:
    try:
        with session.begin_nested():
            change_row(session, actor, row, _values(kind, change, ring), ring=ring)
    except (BadInput, StillInside):
        # A shelter that the list opened may have people in it by now.
        done.stayed.append(row.name)
        return
    _close(session, change)
    done.restored += 1


def _values(kind: Kind, change: RosterChange, ring: KeyRing) -> Values:
    values: Values = {}
    for name, value in (change.before or {}).items():
        if name == SEALED:
            cipher = change.phone_cipher
            values[name] = None if cipher is None else ring.decrypt(bytes(cipher), field=FIELD, owner=change.id)
        elif value is not None and kind.facts[name].kind == "date":
            values[name] = date.fromisoformat(value)
        else:
            values[name] = tuple(value) if isinstance(value, list) else value
    return values


def _close(session: Session, change: RosterChange) -> None:
    session.execute(update(RosterChange).where(RosterChange.id == change.id).values(is_undone=True))


def _changes(session: Session, load: RosterLoad) -> Sequence[RosterChange]:
    wanted = select(RosterChange).where(RosterChange.load_id == load.id, RosterChange.is_undone.is_(False))
    return session.scalars(wanted.order_by(RosterChange.kind, RosterChange.row_id)).all()


def _used(session: Session, load: RosterLoad) -> frozenset[int]:
    return frozenset(session.scalars(text("SELECT roster_used(:load)"), {"load": load.id}))


def _is_as_left(session: Session, row: Row, change: RosterChange) -> bool:
    """Whether nothing has changed a row since; later loads that were taken back have left it as it was, two versions on."""
    later = select(func.count()).where(
        RosterChange.kind == change.kind,
        RosterChange.row_id == change.row_id,
        RosterChange.id > change.id,
        RosterChange.is_undone,
    )
    gone_by: Any = session.scalar(later) or 0
    return row.version == change.version_after + 2 * int(gone_by)
