"""Other zones for an event that stands: what they would change, in figures, before they are applied; nothing is stored."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.hazards.changes import TownshipDifference, change_of
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.queries import Affected
from geo_housing.hazards.received import present_zones
from geo_housing.hazards.service import redrawn
from geo_housing.hazards.sources import ZoneSource


@dataclass(frozen=True)
class Redrawing:
    """What the other zones would do, by township, and whom the event would concern then."""

    level_before: str
    level: str
    differences: tuple[TownshipDifference, ...]
    affected: Affected


def redrawing(
    session: Session, actor: Actor, event: HazardEvent, source: ZoneSource, *, level: str | None
) -> Redrawing:
    """The event as it would be with the zones of ``source`` in place of its own."""
    kept, added = redrawn(session, event, source, level=level)
    after_level = level or event.level
    levels = {zone.id: zone.level for zone in present_zones(session, event.id)}
    stays = [(one.zone_id, one.level or levels[one.zone_id]) for one in kept]
    comes = [(zone, zone.level or after_level) for zone in added.zones]
    change = change_of(session, levels, stays, comes, actor.scope)
    return Redrawing(event.level, after_level, change.differences, change.affected)


def chosen_before(session: Session, event: HazardEvent) -> tuple[str, ...]:
    """The divisions by which the event's present zones were chosen; none where a zone was drawn or comes from a file."""
    zones = present_zones(session, event.id)
    codes = {zone.code for zone in zones}
    return tuple(sorted(code for code in codes if code is not None)) if None not in codes else ()
