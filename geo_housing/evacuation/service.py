"""Entering who is moved, household by household.

Every change is a step that is kept; the last one of a row can be taken back. Who may return is decided by the rooms above,
which know how the house was found: they hand over ``hindrance``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import is_village
from geo_housing.clock import BEIJING
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, differs
from geo_housing.evacuation.homeward import is_in_danger
from geo_housing.evacuation.journalled import difference, masked
from geo_housing.evacuation.models import Evacuation, EvacuationStep
from geo_housing.evacuation.queries import last_step, locked_row, moved_before_return, was_called_back
from geo_housing.evacuation.states import (
    CLOSED_TO_MOVES,
    FIELDS,
    MISTAKEN_TO_MOVES,
    Said,
    combined,
    contradictions,
    takes,
)
from geo_housing.evacuation.steps import made_already, said_of, write
from geo_housing.evacuation.still_to_name import still_to_name
from geo_housing.hazards.began import earliest
from geo_housing.hazards.ended import ENDED_PHASES, refuse_new
from geo_housing.hazards.models import HazardEvent
from geo_housing.journal.service import Subject, record
from geo_housing.roster.closing import begin_bringing
from geo_housing.roster.queries import shelter_row
from geo_housing.words import EVACUATION_STATE, REPORTED_HOW

# Why a household must not return yet, given the reason that is written for it; None when it may.
Hindrance = Callable[[Evacuation, str | None], str | None]


@dataclass(frozen=True)
class MoveEntry:
    """What a form sends: values, and which of them it states (others stay as they are).

    ``version`` is the one that was read; None, for whatever stands, only where somebody said so. ``is_taken_over``: it is
    another event's word, which may be older than this one.
    """

    said: Said
    stated: frozenset[str]
    version: int | None = None
    client_id: str | None = None
    is_taken_over: bool = False


def enter(
    session: Session, actor: Actor, event_id: int, row_id: int, entry: MoveEntry, *, hindrance: Hindrance
) -> EvacuationStep | None:
    """Save what is stated of one household; the step, None when it changed nothing.

    Conflict when somebody else saved in between (``version``), when it was taken off the list, or when it must not return.
    """
    may_enter(actor)
    row = locked_row(session, event_id, row_id, actor.scope)
    known = made_already(session, row, actor, entry.client_id)
    if known is not None:
        return known
    _check_listed(session, row)
    before, after = said_of(row), weighed(session, actor, row, entry, hindrance=hindrance)
    if after == before:
        # Pressed twice, or by two: it is so already.
        return None
    step = write(session, row, after, actor, act="enter", client_id=entry.client_id)
    record(
        session,
        actor,
        "evacuation.enter",
        Subject("evacuation", str(row.id), row.scope_code),
        diff=difference(before, after),
        batch_id=row.batch_id,
    )
    return step


def weighed(session: Session, actor: Actor, row: Evacuation, entry: MoveEntry, *, hindrance: Hindrance) -> Said:
    """What would stand after an entry; what ``enter`` refuses is raised. Nothing is changed."""
    before = said_of(row)
    after = stated_of(session, row, entry, actor)
    if after == before:
        return after
    if entry.version is not None and entry.version != row.version:
        clashes = [
            differs(name, masked(getattr(before, name)))
            for name in sorted(entry.stated & frozenset(FIELDS))
            if getattr(before, name) != getattr(after, name)
        ]
        raise Conflict("这户刚被别人改过，您的内容未保存。请刷新，核对后重新保存。", faults=clashes)
    check_takes(session, row, before, after)
    if after.shelter_id is not None and after.shelter_id != before.shelter_id:
        # Who is only moved on comes there now; who is told late came when it is said.
        came_at = after.moved_at if "moved_at" in entry.stated else None
        check_shelter(session, after.shelter_id, since=came_at or clock.now())
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
    if last is None or last.id != step_id or last.act != "enter" or last.entered_by != actor.called:
        raise Conflict("这户后来又有变动，不能撤销；请直接改成正确的状态。")
    if last.state_before == "returned" != row.state:
        _check_return(row, hindrance, row.note)
    return undone(session, row, last, actor, batch_id=None)


def may_enter(actor: Actor) -> None:
    """NotAllowed for those who enter nothing here."""
    if not actor.may("evacuation.enter"):
        raise NotAllowed("您没有登记转移避险的权限。")


def stated_of(session: Session, row: Evacuation, entry: MoveEntry, actor: Actor) -> Said:
    """What stands after an entry, cleaned and checked; a village's own account tells by itself."""
    before = said_of(row)
    said = Said(**{name: _cleaned(name, getattr(entry.said, name)) for name in FIELDS})
    stated = entry.stated & frozenset(FIELDS)
    now = clock.now()
    after = combined(before, said, stated, now=now)
    if after.state != "pending" and after.reported_by is None and is_village(actor.scope.prefix):
        after = replace(after, reported_by=actor.called)
    since = None if entry.is_taken_over else earliest(session.get_one(HazardEvent, row.event_id))
    left_at = (
        _left_at(session, row, before) if after.state == "returned" and after.moved_at != before.moved_at else None
    )
    faults = contradictions(before, after, now=now, earliest=since, left_at=left_at)
    if faults:
        raise BadInput("填写的内容有误，未保存：" + "；".join(fault.sentence for fault in faults), faults=faults)
    return after


def _left_at(session: Session, row: Evacuation, before: Said) -> datetime | None:
    """When who is said to return had been moved; of who has returned already their steps tell it."""
    return moved_before_return(session, row.id) if before.state == "returned" else before.moved_at


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


def undone(
    session: Session, row: Evacuation, step: EvacuationStep, actor: Actor, *, batch_id: int | None
) -> EvacuationStep:
    """A step taken back: what stood before it stands again. Conflict for who is no longer on the list."""
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
    # 误发撤销 has taken off the list of whom nothing was said: now nothing is.
    is_mistaken = check_open(session, row.event_id) == "mistaken"
    leaves = begun is None and is_mistaken and not is_in_danger(session, row)
    how: dict[str, Any] = {"undoes": step.id, "begun_at": begun, "batch_id": batch_id, "leaves": leaves}
    made = write(session, row, before, actor, act="undo", **how)
    record(
        session,
        actor,
        "evacuation.undo",
        Subject("evacuation", str(row.id), row.scope_code),
        diff=difference(present, before),
        batch_id=row.batch_id,
    )
    return made


def check_shelter(session: Session, shelter_id: int, *, since: datetime) -> None:
    """BadInput for a shelter that is not there, not the actor's to see, or was closed when they came (``since``)."""
    begin_bringing(session, shelter_id)
    shelter = shelter_row(session, shelter_id)
    if shelter is None:
        why = "没有这个安置点，或不在您的管辖范围内；请重新选，或在“去向”里写明。"
        raise BadInput(why, faults=[Fault(None, "shelter_id", None, why)])
    if shelter.state == "closed" and since > shelter.changed_at:
        why = f"安置点“{shelter.name}”已停用，不再接收转移的人；请改选别的安置点，或在“去向”里写明。停用以前就到了那里的，请在“详细登记”里写明转移时间。"
        raise BadInput(why, faults=[Fault(None, "shelter_id", None, why)])


def _check_listed(session: Session, row: Evacuation) -> None:
    if row.withdrawn_at is not None:
        raise Conflict("这户已从转移名单撤下，不能登记；确需转移的，请按“表外新增”登记。")
    check_open(session, row.event_id)


def check_open(session: Session, event_id: int) -> str:
    """The event's phase as it stands at this moment; Conflict while it waits to be confirmed."""
    phase = session.scalars(select(HazardEvent.phase).where(HazardEvent.id == event_id)).one()
    if phase == "draft":
        raise Conflict("事件还没有确认，不能登记转移避险。")
    return phase


def check_takes(session: Session, row: Evacuation, before: Said, after: Said) -> None:
    """EventEnded where an event that is over takes no such change."""
    phase = check_open(session, row.event_id)
    if phase not in ENDED_PHASES:
        return
    stands = {
        "is_begun": row.begun_at is not None,
        "is_called_back": was_called_back(session, row.id),
        "is_in_danger": phase == "mistaken" and is_in_danger(session, row),
    }
    is_taken = takes(phase, before.state, after.state, **stands)
    # Asked only where it decides: it waits for whoever names another family.
    if not is_taken and takes(phase, before.state, after.state, **stands, is_told=True):
        is_taken = still_to_name(session, row.event_id, row.scope_code) > 0
    if not is_taken:
        refuse_new(phase, closed=CLOSED_TO_MOVES, mistaken=MISTAKEN_TO_MOVES)
