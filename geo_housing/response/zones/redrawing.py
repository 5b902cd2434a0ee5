"""Other zones for an event that stands: what they would change, in figures, before they are applied; nothing is stored.

Whatever the zones come from takes the same way here as in loading.py, where they are stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault
from geo_housing.hazards import overlay
from geo_housing.hazards.divisions import zones_of_divisions
from geo_housing.hazards.first_list import FirstList, first_of_plan
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.queries import Affected, affected
from geo_housing.hazards.received import present_zones
from geo_housing.hazards.service import redrawn
from geo_housing.hazards.sources import ZoneSource, zones_of_drawing, zones_of_file
from geo_housing.response.warnings.messages import effect_of_message, look
from geo_housing.response.zones.answers import Given
from geo_housing.response.zones.changing import UNCHANGED, Changing, changing
from geo_housing.response.zones.loading import XML_ENDINGS, content_of, message_given
from geo_housing.words import WARNING_LEVEL

KNOWN = "这条预警消息已经登记在这个事件中，保存不会再改变什么。"
LIFT = "这是一条解除：保存只登记解除，影响范围不变，不撤销任何任务。"


@dataclass(frozen=True)
class Redrawing:
    """What the other zones would do, and whom the event would concern then.

    ``note`` says why nothing would change; ``faults`` are shapes that cannot be used, ``left_out`` tells parts of others;
    ``layers`` are all of a file.
    """

    level_before: str
    level: str
    changing: Changing
    affected: Affected
    first: FirstList | None
    note: str | None = None
    faults: tuple[Fault, ...] = ()
    left_out: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()

    @property
    def unused(self) -> tuple[str, ...]:
        """A sentence for each shape or part of one that is in no zone."""
        return (*(fault.sentence for fault in self.faults), *self.left_out)


def redrawn_by_file(session: Session, actor: Actor, event: HazardEvent, path: Path, given: Given) -> Redrawing:
    """By a geographic file, with a buffer where one is stated, or by a warning message (CAP)."""
    if path.suffix.lower() in XML_ENDINGS:
        return _redrawn_by_message(session, actor, event, content_of(path), message_given(given))
    return _redrawn(
        session, actor, event, zones_of_file(path, crs=given.crs, layer=given.layer, buffer_m=given.buffer_m), given
    )


def redrawn_by_drawing(
    session: Session, actor: Actor, event: HazardEvent, geometry: Mapping[str, Any], given: Given
) -> Redrawing:
    """By what is drawn on the map."""
    return _redrawn(session, actor, event, zones_of_drawing(geometry, buffer_m=given.buffer_m), given)


def redrawn_by_divisions(
    session: Session, actor: Actor, event: HazardEvent, codes: Sequence[str], given: Given
) -> Redrawing:
    """By townships and villages that are chosen."""
    return _redrawn(session, actor, event, zones_of_divisions(session, codes), given)


def _redrawn(session: Session, actor: Actor, event: HazardEvent, source: ZoneSource, given: Given) -> Redrawing:
    if not source.zones:
        raise BadInput("没有一个可用的影响范围。", faults=source.faults)
    level = WARNING_LEVEL.code(given.level) if given.level else None
    found = redrawn(session, event, source, level=level, adds=given.adds)
    levels = {zone.id: zone.level for zone in present_zones(session, event.id)}
    kept = [(one.zone_id, one.level or levels[one.zone_id]) for one in found.kept]
    drafts = [(zone, zone.level or found.level) for zone in found.added.zones]
    differs, becomes = changing(session, actor, event, levels, kept, drafts)
    first = first_of_plan(session, overlay.values_of_plan(kept, drafts), actor.scope)
    return Redrawing(
        event.level,
        found.level,
        differs,
        becomes,
        first,
        faults=source.faults,
        left_out=source.left_out,
        layers=source.layers,
    )


def _redrawn_by_message(session: Session, actor: Actor, event: HazardEvent, content: bytes, given: Given) -> Redrawing:
    looked = look(session, actor, content, given)
    effect = effect_of_message(session, actor, looked, event, given)
    if effect.affected is None or looked.known == event.id or looked.said.action == "lift":
        note = KNOWN if looked.known == event.id else LIFT
        return Redrawing(event.level, event.level, UNCHANGED, affected(session, event.id, actor.scope), None, note)
    return Redrawing(
        event.level, effect.change.level, effect.changing, effect.affected, effect.first, faults=looked.source.faults
    )


def chosen_before(session: Session, event: HazardEvent) -> tuple[str, ...]:
    """The divisions by which the event's present zones were chosen; none where a zone was drawn or comes from a file."""
    zones = present_zones(session, event.id)
    codes = {zone.code for zone in zones}
    return tuple(sorted(code for code in codes if code is not None)) if None not in codes else ()
