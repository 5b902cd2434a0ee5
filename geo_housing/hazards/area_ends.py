"""What the end of a division means here: none while a disaster is dealt with there, whose lists go by divisions."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.areas.announcements import AreaEnded
from geo_housing.db import Actor
from geo_housing.errors import Conflict

_CONCERNING = text(
    """
    SELECT e.id, e.name FROM hazard_event e
    JOIN hazard_zone z ON z.event_id = e.id
    JOIN hazard_zone_area a ON a.zone_id = z.id
    WHERE a.area_code = :code AND e.phase NOT IN ('closed', 'mistaken')
    ORDER BY e.id LIMIT 1
    """
)
_HAND_ON = text("UPDATE hazard_zone SET scope_code = :successor WHERE event_id IS NULL AND scope_code = :code")


def refuse_while_concerned(session: Session, actor: Actor, ended: AreaEnded) -> int:
    """Conflict while an event that is not closed names or touches the division; nothing moves here."""
    event = session.execute(_CONCERNING, {"code": ended.code}).one_or_none()
    if event is not None:
        raise Conflict(f"正在处置的 {event.id} 号事件“{event.name}”涉及{ended.name}，请等事件结束后再撤销。")
    return 0


def hand_on_standing_areas(session: Session, actor: Actor, ended: AreaEnded) -> int:
    """Standing risk areas that the abolished division had entered belong to its successor; no house moves here."""
    if ended.successor is not None:
        session.execute(_HAND_ON, {"code": ended.code, "successor": ended.successor})
    return 0
