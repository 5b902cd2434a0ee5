"""How many households of an area telephone figures have told of that nobody has named: of so many names are still taken."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo_housing.area_codes import COUNTY_DIGITS
from geo_housing.evacuation.figures import Known, Told, areas_above, known_by_area, room_to_name
from geo_housing.evacuation.models import EvacuationCount
from geo_housing.evacuation.standing_figures import Standing, standing_figures
from geo_housing.evacuation.states import MOVED
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import Heads
from geo_housing.scope import AreaScope


def still_to_name(session: Session, event_id: int, area: str) -> int:
    """户 of an area that may still be named for its figure or for one above it, as far as the actor sees these.

    Whoever names somebody waits here for whoever does so at the same moment: of two only as many as were told are taken.
    """
    turn = text("SELECT pg_advisory_xact_lock(hashtextextended(:turn, 0))")
    session.execute(turn, {"turn": f"figures:{event_id}"})
    return rooms_to_name(session, event_id, [area])[area]


def rooms_to_name(session: Session, event_id: int, areas: Collection[str]) -> dict[str, int]:
    """The same of several areas, to be shown: nobody is waited for."""
    if not areas:
        return {}
    known, _ = _known(session, event_id, areas)
    return {area: room_to_name(known, area) for area in areas}


def to_name(session: Session, event: HazardEvent, scope: AreaScope) -> int:
    """户 of the scope that were told as moved and are not named: asked after 误发撤销, and before an event is closed."""
    area = scope.prefix or event.scope_code
    return rooms_to_name(session, event.id, [area])[area]


@dataclass(frozen=True)
class Unnamed:
    """A telephone figure of an area: 户 that it tells of, and neither the names nor a figure of a part."""

    area: str
    households: int
    said_at: datetime
    reported_by: str | None


def figures_to_name(session: Session, event: HazardEvent, scope: AreaScope) -> list[Unnamed]:
    """After 误发撤销: ``to_name`` by the figures that have told of them, the most households first; one above the scope is among them."""
    if event.phase != "mistaken":
        return []
    area = scope.prefix or event.scope_code
    known, standing = _known(session, event.id, [area])
    above = areas_above(area)
    found = [
        Unnamed(row.scope_code, known[row.scope_code].room, row.said_at, row.reported_by)
        for row in (one.row for one in standing)
        if known[row.scope_code].room and (row.scope_code.startswith(area) or row.scope_code in above)
    ]
    return sorted(found, key=lambda one: (-one.households, one.area))


def _known(session: Session, event_id: int, areas: Collection[str]) -> tuple[dict[str, Known], list[Standing]]:
    """What is named and told in the counties of these areas, and the figures that tell it."""
    told: dict[str, Told] = {}
    named: dict[str, Heads] = {}
    figures: list[Standing] = []
    for county in {area[:COUNTY_DIGITS] for area in areas}:
        scope = AreaScope(county)
        standing = standing_figures(session, event_id, scope, as_of=None)
        figures += standing
        told |= {one.row.scope_code: Told(one.row.households, one.row.people, one.gone) for one in standing}
        named |= _named(session, event_id, scope)
    return known_by_area(named, told), figures


def _named(session: Session, event_id: int, scope: AreaScope) -> dict[str, Heads]:
    """Who is named as moved, by village."""
    one = EvacuationCount
    sums = (func.sum(column) for column in (one.households, one.people, one.unsized))
    rows = session.execute(
        select(one.scope_code, *sums)
        .where(one.event_id == event_id, one.scope_code >= scope.lo, one.scope_code < scope.hi, one.state.in_(MOVED))
        .group_by(one.scope_code)
    )
    return {row[0]: Heads(*(int(value or 0) for value in row[1:])) for row in rows}
