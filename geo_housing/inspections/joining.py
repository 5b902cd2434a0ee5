"""A house that was registered twice: its task and what was found stand under the house that is kept, once in each event.

What was begun is never lost. Found at both records, the worse stands and the other is written beside it in words. The task
of the ended record is withdrawn where the kept house has its own.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import township_of
from geo_housing.db import Actor
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.freezing import begin_entry
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.models import House
from geo_housing.houses.register.announcements import HousesJoined, HousesParted
from geo_housing.inspections.models import EmergencyInspection, InspectionPhoto, LoosePhoto
from geo_housing.inspections.service import FIELDS, MOST_TEXT, findings_of
from geo_housing.inspections.stages import BEGUN, Findings, is_worse
from geo_housing.inspections.steps import keep, stood
from geo_housing.journal.service import Subject, record
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS

# Of the task itself: when it was begun and ended, who typed it, which saves it has seen.
_COURSE = (
    "state", "begun_at", "done_at", "overdue_earlier", "entered_by", "worsened_at", "client_id", "saved_ids",
)  # fmt: skip


def follow_kept(session: Session, actor: Actor, joined: HousesJoined) -> int:
    """Bring the tasks of both houses together in every event that goes on; how many.

    What an event that has ended says stays said: its task follows the house, and where both have one each stays.
    """
    begin_entry(session)
    rows = session.scalars(
        select(EmergencyInspection)
        .where(EmergencyInspection.house_id.in_((joined.ended_id, joined.kept_id)))
        .order_by(EmergencyInspection.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    kept = session.get_one(House, joined.kept_id)
    own = {row.event_id: row for row in rows if row.house_id == kept.id}
    phases = select(HazardEvent.id).where(
        HazardEvent.id.in_({row.event_id for row in rows}), HazardEvent.phase.in_(ENDED_PHASES)
    )
    over = set(session.scalars(phases))
    moved = [
        row
        for row in rows
        if row.house_id != kept.id
        and row.state != "withdrawn"
        and (row.event_id not in over or row.event_id not in own)
    ]
    for row in moved:
        heir = own.get(row.event_id)
        if heir is None:
            if row.scope_code != kept.scope_code:
                # The village that had the task is not the house's; its township's desk hands it on.
                row.assignee_area = township_of(kept.scope_code)
            row.house_id, row.scope_code = kept.id, kept.scope_code
            row.version += 1
            heir = row
        else:
            _hand_on(session, row, heir)
        session.flush()
        subject = Subject("inspection", str(heir.id), kept.scope_code)
        record(session, actor, "inspections.join_houses", subject, counts={"event": row.event_id}, note=kept.code)
    return len(moved)


def come_apart(
    session: Session, actor: Actor, parted: HousesParted, *, since: datetime, events: Collection[int]
) -> None:
    """In these events the task that gave way (``since``) waits for the house again; what was found stays where it is."""
    house = session.get_one(House, parted.house_id)
    rows = session.scalars(
        select(EmergencyInspection)
        .where(
            EmergencyInspection.house_id == house.id,
            EmergencyInspection.event_id.in_(events),
            EmergencyInspection.state == "withdrawn",
            EmergencyInspection.withdrawn_at >= since,
        )
        .order_by(EmergencyInspection.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        stands = stood(row)
        row.state, row.withdrawn_at = "prepared" if row.due_at is None else "open", None
        keep(session, row, stands, clock.now())
        row.version += 1
        session.flush()
        subject = Subject("inspection", str(row.id), row.scope_code)
        record(session, actor, "inspections.part_houses", subject, counts={"event": row.event_id}, note=house.code)


def _hand_on(session: Session, row: EmergencyInspection, heir: EmergencyInspection) -> None:
    """The kept house's task takes what its duplicate's has."""
    begun, was_begun = row.state in BEGUN, heir.state in BEGUN
    was_off = heir.state == "withdrawn"
    at, stands = clock.now(), [(one, stood(one)) for one in (row, heir)]
    if begun and not was_begun:
        for name in (*FIELDS, *_COURSE):
            setattr(heir, name, getattr(row, name))
        heir.withdrawn_at = None
    elif begun:
        _both(row, heir, at)
    elif was_off:
        heir.state, heir.due_at, heir.withdrawn_at = row.state, row.due_at, None
    for table in (InspectionPhoto, LoosePhoto):
        session.execute(update(table).where(table.inspection_id == row.id).values(inspection_id=heir.id))
    if was_off:
        heir.origin, heir.reasons, heir.uncertain = row.origin, list(row.reasons), row.uncertain
    elif row.origin == "extra":
        # No change of the zones takes off what a person named.
        heir.origin = row.origin
        heir.reasons = [*heir.reasons, *(reason for reason in row.reasons if reason not in heir.reasons)]
    heir.priority = min(heir.priority, row.priority)
    reports = [at for at in (heir.danger_reported_at, row.danger_reported_at) if at is not None]
    heir.danger_reported_at = max(reports, default=None)
    heir.due_at = min((due for due in (heir.due_at, row.due_at) if due is not None), default=None)
    _emptied(row)
    row.state, row.withdrawn_at = "withdrawn", at
    heir.version += 1
    row.version += 1
    for one, before in stands:
        keep(session, one, before, at)


def _emptied(row: EmergencyInspection) -> None:
    """Handed on as a whole: should the house come back, nobody takes it for seen; a phone's save stays known."""
    row.saved_ids = [*row.saved_ids, *([row.client_id] if row.client_id else [])]
    for name in FIELDS:
        setattr(row, name, [] if name == "finding_items" else None)
    row.begun_at = row.done_at = None
    row.overdue_earlier = MultiRange()
    row.worsened_at = row.client_id = row.entered_by = None


def _both(row: EmergencyInspection, heir: EmergencyInspection, at: datetime) -> None:
    """Both were looked at: the worse stands, an ended one before one that is not; the other is told in words."""
    theirs, own = findings_of(row), findings_of(heir)
    takes = is_worse(own, theirs) or (own.result is None and theirs.result is not None)
    stands, other = (theirs, own) if takes else (own, theirs)
    beside = f"重复登记的一栋：{_told(other)}"
    words = "；".join(part for part in (stands.findings, beside) if part)
    stands = replace(stands, findings=words[:MOST_TEXT])
    if takes:
        for name in _COURSE:
            if name not in ("client_id", "saved_ids"):
                setattr(heir, name, getattr(row, name))
        heir.worsened_at = at
    heir.saved_ids = [*heir.saved_ids, *row.saved_ids, *([row.client_id] if row.client_id else [])]
    for name in FIELDS:
        value = getattr(stands, name)
        setattr(heir, name, list(value) if isinstance(value, tuple) else value)


def _told(said: Findings) -> str:
    parts = [
        CHECK_RESULT.label(said.result) if said.result else "没有填完",
        DAMAGE_CLASS.label(said.damage) if said.damage else "",
        f"损坏{said.rooms}间" if said.rooms else "",
        said.findings or "",
        f"排查人{said.visitor}" if said.visitor else "",
    ]
    return "，".join(part for part in parts if part)
