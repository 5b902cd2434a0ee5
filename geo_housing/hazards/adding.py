"""A further warning of an event: stored with it, ending those that it replaces, and the zones that follow from it."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import Conflict
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.models import HazardEvent, HazardWarning
from geo_housing.hazards.received import Received, end_warnings, store_warning, told
from geo_housing.hazards.service import lock_event, may_edit, require_whole_event, store_revision
from geo_housing.hazards.sources import ZoneSource
from geo_housing.hazards.storing import Zoned, described
from geo_housing.hazards.zone_change import ZoneChange
from geo_housing.journal.service import Subject, record

BEGUN_BY_WARNING = ("text", "cap")
RESPONSE_NUMBERS = {"I": 1, "II": 2, "III": 3, "IV": 4}


@dataclass(frozen=True)
class Joining:
    """What a confirmed warning does to an event: which warnings it ends, what becomes of the zones, shapes of its own."""

    ends: tuple[int, ...]
    change: ZoneChange
    source: ZoneSource


def add_warning(session: Session, actor: Actor, event_id: int, received: Received, joining: Joining) -> Zoned:
    """Store a warning with the event it belongs to, and the revision of the zones that follows from it, if any.

    A lift, and whatever names nothing new, changes no zone. Callers that must open inspections for the added houses go
    through response.warnings.receiving, and have seen to it that the warning is not there yet.
    """
    may_edit(actor)
    event = lock_event(session, event_id)
    require_whole_event(actor, event)
    if event.phase in ENDED_PHASES:
        raise Conflict("事件已结束，不能再加入预警；请新建事件。")
    warning_id = store_warning(session, actor, event, received)
    end_warnings(session, joining.ends, warning_id)
    if received.lifted_by is not None:
        end_warnings(session, [warning_id], received.lifted_by)
    level = event.level if received.action == "lift" else joining.change.level
    record(
        session,
        actor,
        "hazards.warning",
        Subject("event", str(event_id), event.scope_code),
        diff=told(received, event.level, level),
    )
    event.level = level
    event.response_level = RESPONSE_NUMBERS.get(received.response_level or "", event.response_level)
    event.expires_at = _end_of_all(session, event)
    event.version += 1
    session.flush()
    own = [replace(zone, warning_id=warning_id) for zone in joining.source.zones]
    if not (joining.change.changes_zones or own):
        return described(session, event_id, joining.source)
    source = replace(joining.source, zones=tuple(own))
    return store_revision(session, actor, event, source, received.form, joining.change.kept, warning_id)


def _end_of_all(session: Session, event: HazardEvent) -> datetime | None:
    """The last end of the warnings in force, as it was where none is.

    None when one of them states none, or the event began without a warning: its zones do not end with the warning.
    """
    in_force = session.scalars(
        select(HazardWarning.expires_at).where(
            HazardWarning.event_id == event.id, HazardWarning.ended_at.is_(None), HazardWarning.action != "lift"
        )
    ).all()
    if not in_force:
        return event.expires_at
    ends = [moment for moment in in_force if moment is not None]
    return max(ends) if len(ends) == len(in_force) and event.source in BEGUN_BY_WARNING else None
