"""整村已转: one state for the households that a list shows, and taking that back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, TooLarge
from geo_housing.evacuation.models import Evacuation, EvacuationStep
from geo_housing.evacuation.queries import last_step, locked_rows, within
from geo_housing.evacuation.service import (
    Hindrance,
    MoveEntry,
    check_open,
    check_shelter,
    may_enter,
    stated_of,
    undone,
)
from geo_housing.evacuation.states import (
    AT_ONCE,
    BROUGHT_HOME,
    CLOSED_TO_MOVES,
    MISTAKEN_TO_MOVES,
    MOVED,
)
from geo_housing.evacuation.steps import apply_said
from geo_housing.hazards.ended import refuse_new
from geo_housing.journal.service import Subject, record, reserve_entry
from geo_housing.words import EVACUATION_STATE

MOST_AT_ONCE = 500


def enter_many(
    session: Session,
    actor: Actor,
    event_id: int,
    rows: Sequence[tuple[int, int]],
    entry: MoveEntry,
    *,
    hindrance: Hindrance,
) -> tuple[int, list[int]]:
    """整村已转: the rows shown (number, version) that are not yet moved get one state; number of the batch, and which it were.

    After 误发撤销 整村已返回: those who were moved go home. Rows that somebody changed since, that have left the list,
    must not return or cannot be said to be so (0人 moved) stay as they are; BadInput where that is so of all that would change.
    """
    may_enter(actor)
    if len(rows) > MOST_AT_ONCE:
        raise TooLarge(f"一次最多登记 {MOST_AT_ONCE} 户，请按村分次登记。")
    state = EVACUATION_STATE.code(entry.said.state)
    phase = check_open(session, event_id)
    goes_home = state == "returned" and phase == "mistaken"
    if state not in AT_ONCE and not goes_home:
        raise BadInput(
            "整村登记只能选“已转移（集中安置）”“已转移（投亲靠友）”或“已外出”。",
            faults=[Fault(None, "state", state, "不能整村登记为这个状态")],
        )
    known = batch_once(session, actor, event_id, entry.client_id)
    if known is not None:
        return known
    if not goes_home:
        refuse_new(phase, closed=CLOSED_TO_MOVES, mistaken=MISTAKEN_TO_MOVES)
    if entry.said.shelter_id is not None:
        check_shelter(session, entry.said.shelter_id, since=entry.said.moved_at or clock.now())
    versions = dict(rows)
    batch = reserve_entry(session)
    steps: list[dict[str, Any]] = []
    refused: BadInput | None = None
    for row in locked_rows(session, event_id, versions, actor.scope):
        if row.version != versions[row.id] or row.withdrawn_at is not None:
            continue
        stays = row.state not in BROUGHT_HOME or hindrance(row, None) is not None if goes_home else row.state in MOVED
        if stays:
            continue
        try:
            after = stated_of(session, row, replace(entry, said=replace(entry.said, state=state)), actor)
        except BadInput as error:
            refused = error
            continue
        steps.append(apply_said(row, after, actor, act="enter", client_id=entry.client_id, batch_id=batch))
    if refused is not None and not steps:
        raise refused
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


@dataclass(frozen=True)
class TakenBack:
    """What became of a batch that was taken back, in 户: as before it, and changed since, which stays."""

    households: int
    stayed: int


def undo_many(session: Session, actor: Actor, event_id: int, batch_id: int) -> TakenBack:
    """Take a batch of one's own back where nothing was changed since; twice is once."""
    may_enter(actor)
    steps = _own_steps(session, actor, event_id, batch_id)
    if not steps:
        raise Conflict("一次登记多户的，只能由登记的人撤销；请逐户改成正确的状态。")
    taken_back = 0
    for row in locked_rows(session, event_id, steps, actor.scope):
        if row.version == steps[row.id].version:
            undone(session, row, steps[row.id], actor, batch_id=batch_id)
            taken_back += 1
        elif (last := last_step(session, row.id)) is not None and last.undoes == steps[row.id].id:
            # Pressed twice: it is so already.
            taken_back += 1
    if not taken_back:
        raise Conflict("这些户后来都有变动，不能撤销；请逐户改成正确的状态。")
    return TakenBack(taken_back, len(steps) - taken_back)


def _own_steps(session: Session, actor: Actor, event_id: int, batch_id: int) -> dict[int, EvacuationStep]:
    """What the actor did of many at once, by household."""
    return {
        step.evacuation_id: step
        for step in session.scalars(
            select(EvacuationStep).where(
                EvacuationStep.event_id == event_id,
                EvacuationStep.batch_id == batch_id,
                EvacuationStep.act == "enter",
                EvacuationStep.entered_by == actor.called,
                EvacuationStep.scope_code >= actor.scope.lo,
                EvacuationStep.scope_code < actor.scope.hi,
            )
        )
    }


def batch_once(session: Session, actor: Actor, event_id: int, client_id: str | None) -> tuple[int, list[int]] | None:
    """The batch that this very form has made already, and its rows; the same form sent at this moment is waited for."""
    if client_id is None:
        return None
    turn = f"evacuation {event_id} {actor.own_id(client_id)}"
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:turn, 0))"), {"turn": turn})
    found = session.execute(
        select(EvacuationStep.batch_id, EvacuationStep.evacuation_id)
        .join(Evacuation, Evacuation.id == EvacuationStep.evacuation_id)
        .where(
            EvacuationStep.event_id == event_id,
            EvacuationStep.client_id == actor.own_id(client_id),
            EvacuationStep.act == "enter",
            EvacuationStep.batch_id.is_not(None),
            within(actor.scope),
        )
        .order_by(EvacuationStep.evacuation_id)
    ).all()
    return (found[0][0] or 0, [row[1] for row in found]) if found else None
