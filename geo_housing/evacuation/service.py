"""Entering who is moved: one household, a whole village as shown, figures by telephone, households that no list holds.

Every change is a step that is kept; the last one of a row can be taken back. Who may return is decided by the rooms above,
which know how the house was found: they hand over ``hindrance``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.clock import BEIJING
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, TooLarge, differs
from geo_housing.evacuation.journalled import difference, masked, plain
from geo_housing.evacuation.models import Evacuation, EvacuationStep
from geo_housing.evacuation.queries import last_step, locked_row, locked_rows, within
from geo_housing.evacuation.states import (
    AT_ONCE,
    BROUGHT_HOME,
    FIELDS,
    IN_MISTAKEN,
    MOVED,
    Said,
    combined,
    contradictions,
)
from geo_housing.hazards.models import HazardEvent
from geo_housing.journal.service import Subject, record, reserve_entry
from geo_housing.roster.queries import shelter_row
from geo_housing.words import EVACUATION_STATE, REPORTED_HOW

VILLAGE_CODE_LENGTH = 12
MOST_AT_ONCE = 500
# Told in steps of their own columns; everything else that changes stands in ``changes``.
_COUNTED = frozenset({"state", "people", "reported_by", "reported_how"})
# Why a household must not return yet, given the reason that is written for it; None when it may.
Hindrance = Callable[[Evacuation, str | None], str | None]


@dataclass(frozen=True)
class Entry:
    """What a form sends: values, and which of them it states (others stay as they are).

    ``version`` is the one that was read; None, for whatever stands, only where somebody said so.
    """

    said: Said
    stated: frozenset[str]
    version: int | None = None
    client_id: str | None = None


def enter(
    session: Session, actor: Actor, event_id: int, row_id: int, entry: Entry, *, hindrance: Hindrance
) -> EvacuationStep | None:
    """Save what is stated of one household; the step, None when it changed nothing.

    Conflict when somebody else saved in between (``version``), when it was taken off the list, or when it must not return.
    """
    may_enter(actor)
    row = locked_row(session, event_id, row_id, actor.scope)
    known = _once(session, row, actor, entry.client_id)
    if known is not None:
        return known
    _check_listed(session, row)
    before, after = said_of(row), weighed(session, actor, row, entry, hindrance=hindrance)
    if after == before:
        # Pressed twice, or by two: it is so already.
        return None
    step = _changed(session, row, after, actor, act="enter", client_id=entry.client_id)
    record(
        session,
        actor,
        "evacuation.enter",
        Subject("evacuation", str(row.id), row.scope_code),
        diff=difference(before, after),
        batch_id=row.batch_id,
    )
    return step


def weighed(session: Session, actor: Actor, row: Evacuation, entry: Entry, *, hindrance: Hindrance) -> Said:
    """What would stand after an entry; what ``enter`` refuses is raised. Nothing is changed."""
    before = said_of(row)
    after = _said(before, entry, actor)
    if after == before:
        return after
    if entry.version is not None and entry.version != row.version:
        clashes = [
            differs(name, masked(getattr(before, name)))
            for name in sorted(entry.stated & frozenset(FIELDS))
            if getattr(before, name) != getattr(after, name)
        ]
        raise Conflict("这户刚被别人改过，您的内容未保存。请刷新，核对后重新保存。", faults=clashes)
    check_open(session, row.event_id, state=after.state if after.state != before.state else None)
    if after.shelter_id is not None and after.shelter_id != before.shelter_id:
        _check_shelter(session, after.shelter_id)
    if after.state == "returned" != before.state:
        _check_return(row, hindrance, after.note if "note" in entry.stated else None)
    return after


def _check_return(row: Evacuation, hindrance: Hindrance, reason: str | None) -> None:
    why = hindrance(row, reason)
    if why is not None:
        raise Conflict(why, faults=[Fault(None, "state", None, why)])


def undo(
    session: Session, actor: Actor, event_id: int, row_id: int, step_id: int, *, hindrance: Hindrance
) -> EvacuationStep:
    """Take the last change of a row back; twice is once. Conflict when somebody has changed it since, or it must not return."""
    may_enter(actor)
    row = locked_row(session, event_id, row_id, actor.scope)
    last = last_step(session, row_id)
    if last is not None and last.undoes == step_id:
        return last
    if last is None or last.id != step_id or last.act != "enter" or last.entered_by != name_of(actor):
        raise Conflict("这户后来又有变动，不能撤销；请直接改成正确的状态。")
    if last.state_before == "returned" != row.state:
        _check_return(row, hindrance, row.note)
    return _undone(session, row, last, actor, batch_id=None)


def enter_many(
    session: Session,
    actor: Actor,
    event_id: int,
    rows: Sequence[tuple[int, int]],
    entry: Entry,
    *,
    hindrance: Hindrance,
) -> tuple[int, list[int]]:
    """整村已转: the rows shown (number, version) that are not yet moved get one state; number of the batch, and which it were.

    After 误发撤销 整村已返回: those who were moved go home. Rows that somebody changed since, that have left the list or
    must not return stay as they are.
    """
    may_enter(actor)
    if len(rows) > MOST_AT_ONCE:
        raise TooLarge(f"一次最多登记 {MOST_AT_ONCE} 户，请按村分次登记。")
    state = EVACUATION_STATE.code(entry.said.state)
    goes_home = state == "returned" and session.get_one(HazardEvent, event_id).phase == "mistaken"
    if state not in AT_ONCE and not goes_home:
        raise BadInput(
            "整村登记只能选“已转移（集中安置）”“已转移（投亲靠友）”或“已外出”。",
            faults=[Fault(None, "state", state, "不能整村登记为这个状态")],
        )
    check_open(session, event_id, state=state)
    known = _batch_once(session, actor, event_id, entry.client_id)
    if known is not None:
        return known
    if entry.said.shelter_id is not None:
        _check_shelter(session, entry.said.shelter_id)
    versions = dict(rows)
    batch = reserve_entry(session)
    steps: list[dict[str, Any]] = []
    for row in locked_rows(session, event_id, versions, actor.scope):
        if row.version != versions[row.id] or row.withdrawn_at is not None:
            continue
        stays = row.state not in BROUGHT_HOME or hindrance(row, None) is not None if goes_home else row.state in MOVED
        if stays:
            continue
        after = _said(said_of(row), replace(entry, said=replace(entry.said, state=state)), actor)
        steps.append(apply_said(row, after, actor, act="enter", client_id=entry.client_id, batch_id=batch))
    if steps:
        session.flush()
        session.execute(insert(EvacuationStep), steps)
    changed = [step["evacuation_id"] for step in steps]
    people = sum(step["people_after"] or 0 for step in steps)
    record(
        session,
        actor,
        "evacuation.enter_many",
        Subject("event", str(event_id), actor.scope.lo),
        counts={"households": len(changed), "people": people, "unchanged": len(rows) - len(changed)},
        diff={"evacuation": [None, state]},
        entry_id=batch,
    )
    return batch, changed


def undo_many(session: Session, actor: Actor, event_id: int, batch_id: int) -> int:
    """Take a batch of one's own back where nothing was changed since; how many households."""
    may_enter(actor)
    steps = {
        step.evacuation_id: step
        for step in session.scalars(
            select(EvacuationStep).where(
                EvacuationStep.event_id == event_id,
                EvacuationStep.batch_id == batch_id,
                EvacuationStep.act == "enter",
                EvacuationStep.entered_by == name_of(actor),
                EvacuationStep.scope_code >= actor.scope.lo,
                EvacuationStep.scope_code < actor.scope.hi,
            )
        )
    }
    undone = 0
    for row in locked_rows(session, event_id, steps, actor.scope):
        if row.version == steps[row.id].version:
            _undone(session, row, steps[row.id], actor, batch_id=batch_id)
            undone += 1
    if steps and not undone:
        raise Conflict("这些户后来都有变动，不能撤销；请逐户改成正确的状态。")
    return undone


def said_of(row: Evacuation) -> Said:
    """What is said of a household so far."""
    return Said(**{name: getattr(row, name) for name in FIELDS})


def may_enter(actor: Actor) -> None:
    """NotAllowed for those who enter nothing here."""
    if not actor.may("evacuation.enter"):
        raise NotAllowed("您没有登记转移避险的权限。")


def _said(before: Said, entry: Entry, actor: Actor) -> Said:
    """What stands after an entry, cleaned and checked; a village's own account tells by itself."""
    said = Said(**{name: _cleaned(name, getattr(entry.said, name)) for name in FIELDS})
    stated = entry.stated & frozenset(FIELDS)
    now = clock.now()
    after = combined(before, said, stated, now=now)
    if after.state != "pending" and after.reported_by is None and len(actor.scope.prefix) == VILLAGE_CODE_LENGTH:
        after = replace(after, reported_by=name_of(actor))
    faults = contradictions(before, after, now=now)
    if faults:
        raise BadInput("填写的内容有误，未保存：" + "；".join(fault.sentence for fault in faults), faults=faults)
    return after


def _cleaned(name: str, value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip() or None
    if name == "state":
        return EVACUATION_STATE.code(value or "pending")
    if value is None:
        return None
    if name == "reported_how":
        return REPORTED_HOW.code(value)
    if name == "moved_at" and isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=BEIJING)
    return value


def _changed(session: Session, row: Evacuation, after: Said, actor: Actor, **how: Any) -> EvacuationStep:
    """Write what stands now, and the step that says what stood before."""
    values = apply_said(row, after, actor, **how)
    session.flush()
    step_id = session.execute(insert(EvacuationStep).values(values).returning(EvacuationStep.id)).scalar_one()
    return session.get_one(EvacuationStep, step_id)


def apply_said(
    row: Evacuation,
    after: Said,
    actor: Actor,
    *,
    act: str,
    client_id: str | None = None,
    batch_id: int | None = None,
    undoes: int | None = None,
    begun_at: datetime | None = None,
) -> dict[str, Any]:
    """Change the row; the values of its step, which is still to be kept."""
    now = clock.now()
    before = said_of(row)
    was_begun = row.begun_at
    for name in FIELDS:
        setattr(row, name, getattr(after, name))
    row.begun_at = begun_at if act == "undo" else (was_begun or now)
    row.entered_by, row.entered_at = name_of(actor), now
    row.version += 1
    changes = {
        name: [plain(getattr(before, name)), plain(getattr(after, name))]
        for name in FIELDS
        if name not in _COUNTED and getattr(before, name) != getattr(after, name)
    }
    for name in ("reported_by", "reported_how"):
        if getattr(before, name) != getattr(after, name):
            changes[name] = [getattr(before, name), getattr(after, name)]
    if was_begun is None:
        changes["begun_at"] = [None, plain(row.begun_at)]
    return {
        "evacuation_id": row.id,
        "event_id": row.event_id,
        "scope_code": row.scope_code,
        "at": now,
        "act": act,
        "state_before": before.state,
        "state_after": after.state,
        "people_before": before.people,
        "people_after": after.people,
        "counts_before": True,
        "counts_after": True,
        "changes": changes or None,
        "reported_by": after.reported_by,
        "reported_how": after.reported_how,
        "entered_by": name_of(actor),
        "undoes": undoes,
        "version": row.version,
        "batch_id": batch_id,
        "client_id": client_of(actor, client_id),
    }


def _undone(
    session: Session, row: Evacuation, step: EvacuationStep, actor: Actor, *, batch_id: int | None
) -> EvacuationStep:
    if row.withdrawn_at is not None:
        raise Conflict("这户已从转移名单撤下，不能撤销。")
    present = said_of(row)
    changes = step.changes or {}
    before = replace(present, state=step.state_before, people=step.people_before)
    told: dict[str, Any] = {name: old for name, (old, _) in changes.items() if name in FIELDS}
    if told.get("moved_at"):
        told["moved_at"] = datetime.fromisoformat(told["moved_at"])
    before = replace(before, **told)
    begun = None if "begun_at" in changes else row.begun_at
    made = _changed(session, row, before, actor, act="undo", undoes=step.id, begun_at=begun, batch_id=batch_id)
    record(
        session,
        actor,
        "evacuation.undo",
        Subject("evacuation", str(row.id), row.scope_code),
        diff=difference(present, before),
        batch_id=row.batch_id,
    )
    return made


def _once(session: Session, row: Evacuation, actor: Actor, client_id: str | None) -> EvacuationStep | None:
    """The step that this very form has made already."""
    if client_id is None:
        return None
    return session.scalar(
        select(EvacuationStep).where(
            EvacuationStep.evacuation_id == row.id, EvacuationStep.client_id == client_of(actor, client_id)
        )
    )


def _batch_once(session: Session, actor: Actor, event_id: int, client_id: str | None) -> tuple[int, list[int]] | None:
    if client_id is None:
        return None
    found = session.execute(
        select(EvacuationStep.batch_id, EvacuationStep.evacuation_id)
        .join(Evacuation, Evacuation.id == EvacuationStep.evacuation_id)
        .where(
            EvacuationStep.event_id == event_id,
            EvacuationStep.client_id == client_of(actor, client_id),
            EvacuationStep.act == "enter",
            EvacuationStep.batch_id.is_not(None),
            within(actor.scope),
        )
        .order_by(EvacuationStep.evacuation_id)
    ).all()
    return (found[0][0] or 0, [row[1] for row in found]) if found else None


def _check_shelter(session: Session, shelter_id: int) -> None:
    shelter = shelter_row(session, shelter_id)
    if shelter is None:
        why = "没有这个安置点，或不在您的管辖范围内；请重新选，或在“去向”里写明。"
        raise BadInput(why, faults=[Fault(None, "shelter_id", None, why)])


def _check_listed(session: Session, row: Evacuation) -> None:
    if row.withdrawn_at is not None:
        raise Conflict("这户已从转移名单撤下，不能登记；确需转移的，请按“表外新增”登记。")
    check_open(session, row.event_id)


def check_open(session: Session, event_id: int, *, state: str | None = None) -> None:
    """Conflict while the event waits to be confirmed; in one that was a mistake (误发) people only go home (``state``)."""
    phase = session.get_one(HazardEvent, event_id).phase
    if phase == "draft":
        raise Conflict("事件还没有确认，不能登记转移避险。")
    if phase == "mistaken" and state not in (None, *IN_MISTAKEN):
        raise Conflict("事件已作误发撤销，不再登记转移；已转移的户返回后，请登记“已返回”。")


def client_of(actor: Actor, client_id: str | None) -> str | None:
    """The number that a form gave itself, unique for whoever sent it."""
    return f"{actor.name}:{client_id}" if client_id else None


def name_of(actor: Actor) -> str:
    """Who enters, as lists show it."""
    return actor.label or actor.name.partition(":")[2] or actor.name
