"""Writing how a household stands now, with the step that says what stood before; who wrote it, and whether they did already."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.conclusions.care import open_care_again
from geo_housing.db import Actor
from geo_housing.evacuation.journalled import plain
from geo_housing.evacuation.models import Evacuation, EvacuationStep
from geo_housing.evacuation.states import FIELDS, NOT_MOVED, Said

# Told in steps of their own columns; everything else that changes stands in ``changes``.
_COUNTED = frozenset({"state", "people", "reported_by", "reported_how"})


def said_of(row: Evacuation) -> Said:
    """What is said of a household so far."""
    return Said(**{name: getattr(row, name) for name in FIELDS})


def write(session: Session, row: Evacuation, after: Said, actor: Actor, **how: Any) -> EvacuationStep:
    """Write what stands now, and the step that says what stood before."""
    values = apply_said(row, after, actor, **how)
    session.flush()
    if after.state in NOT_MOVED and row.house_id is not None:
        open_care_again(session, actor, row.event_id, row.house_id)
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
    leaves: bool = False,
) -> dict[str, Any]:
    """Change the row; the values of its step, which is still to be kept. ``leaves``: it stands on the list no more."""
    now = clock.now()
    before = said_of(row)
    was_begun = row.begun_at
    for name in FIELDS:
        setattr(row, name, getattr(after, name))
    row.begun_at = begun_at if act == "undo" else (was_begun or now)
    row.entered_by, row.entered_at = actor.called, now
    row.version += 1
    if leaves:
        row.withdrawn_at = now
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
        "counts_after": not leaves,
        "changes": changes or None,
        "reported_by": after.reported_by,
        "reported_how": after.reported_how,
        "entered_by": actor.called,
        "undoes": undoes,
        "version": row.version,
        "batch_id": batch_id,
        "client_id": actor.own_id(client_id),
    }


def made_already(session: Session, row: Evacuation, actor: Actor, client_id: str | None) -> EvacuationStep | None:
    """The step that this very form has made already."""
    if client_id is None:
        return None
    return session.scalar(
        select(EvacuationStep).where(
            EvacuationStep.evacuation_id == row.id, EvacuationStep.client_id == actor.own_id(client_id)
        )
    )
