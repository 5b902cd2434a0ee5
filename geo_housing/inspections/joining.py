"""A house that was registered twice: its task and what was found stand under the house that is kept, once in each event.

What was begun is never lost. Found at both records, the worse stands and the other is written beside it in words. The task
of the ended record is withdrawn where the kept house has its own.
"""

from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.hazards.freezing import begin_entry
from geo_housing.houses.models import House
from geo_housing.houses.register.announcements import HousesJoined
from geo_housing.inspections.announcements import HouseJudged
from geo_housing.inspections.models import EmergencyInspection, InspectionPhoto, LoosePhoto
from geo_housing.inspections.service import FIELDS, MOST_TEXT, findings_of
from geo_housing.inspections.stages import BEGUN, DANGEROUS, Findings, is_worse
from geo_housing.journal.announcements import announce
from geo_housing.journal.service import Subject, record
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS

# Of the task itself: when it was begun and ended, who typed it, which saves it has seen.
_COURSE = ("state", "begun_at", "done_at", "entered_by", "worsened_at", "client_id", "saved_ids")


def follow_kept(session: Session, actor: Actor, joined: HousesJoined) -> int:
    """Bring the tasks of both houses together in every event; how many."""
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
    moved = [row for row in rows if row.house_id != kept.id and row.state != "withdrawn"]
    for row in moved:
        heir = own.get(row.event_id)
        if heir is None:
            row.house_id, row.scope_code = kept.id, kept.scope_code
            row.version += 1
            heir = row
        else:
            _hand_on(session, row, heir)
        session.flush()
        subject = Subject("inspection", str(heir.id), kept.scope_code)
        record(session, actor, "inspections.join_houses", subject, counts={"event": row.event_id}, note=kept.code)
        if heir.result in DANGEROUS:
            announce(session, actor, HouseJudged(row.event_id, kept.id))
    return len(moved)


def _hand_on(session: Session, row: EmergencyInspection, heir: EmergencyInspection) -> None:
    """The kept house's task takes what its duplicate's has."""
    begun, was_begun = row.state in BEGUN, heir.state in BEGUN
    if begun and not was_begun:
        for name in (*FIELDS, *_COURSE):
            setattr(heir, name, getattr(row, name))
        heir.withdrawn_at = None
    elif begun:
        _both(row, heir)
    elif heir.state == "withdrawn":
        heir.state, heir.due_at, heir.withdrawn_at = row.state, row.due_at, None
    for table in (InspectionPhoto, LoosePhoto):
        session.execute(update(table).where(table.inspection_id == row.id).values(inspection_id=heir.id))
    row.state, row.withdrawn_at = "withdrawn", clock.now()
    heir.priority = min(heir.priority, row.priority)
    heir.version += 1
    row.version += 1


def _both(row: EmergencyInspection, heir: EmergencyInspection) -> None:
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
        heir.worsened_at = clock.now()
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
