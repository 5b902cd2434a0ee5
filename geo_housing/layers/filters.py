"""The one filter of pages, tiles, API, files and counts, and the one condition it stands for.

``condition(filter)`` is an ordinary WHERE clause over the layer's own tables, so the same filter gives the same
rows everywhere. Needs no FastAPI.
"""

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Literal

import shapely
from shapely import MultiPolygon
from sqlalchemy import ColumnElement, Text, and_, or_, select, true
from sqlalchemy import literal as value_of
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from geo_housing.clock import today
from geo_housing.db import Actor
from geo_housing.errors import NotFound
from geo_housing.houses.living import STALE_DAYS, lived_in, stale_before
from geo_housing.layers import cql2
from geo_housing.layers.columns import Layer
from geo_housing.layers.concerned import house_concerned, house_uncertain
from geo_housing.layers.house_layer import HOUSES
from geo_housing.layers.spatial import Box, area_meets, box_polygon, house_in_box, house_in_polygon, house_in_zones
from geo_housing.layers.tables import (
    AREA,
    EVENT,
    HOUSE,
    HOUSEHOLD,
    INSPECTION,
    LINK,
    ZONE,
    ZONE_AREA,
    in_range,
    overlapping,
)
from geo_housing.layers.where import where_condition
from geo_housing.policy.defaults import SETTINGS
from geo_housing.scope import EVERYWHERE, AreaScope
from geo_housing.words import IN_ANNUAL_LEDGER, KEY_GROUPS


@dataclass(frozen=True)
class Filter:
    """What is asked for; an empty field asks nothing. Lists mean "one of", fields together mean "and".

    ``event`` means the houses that its zones concern, with ``uncertain`` those that are counted beside them.
    ``lived_in`` adds the houses that count as lived in to ``occupancy``. ``standing`` is a standing risk area or "any".
    ``renovation_year`` None: in an annual ledger of a year that nobody has told.
    ``fresh_since`` is the day since which an occupancy statement is believed (``settled`` fills it).
    """

    area: str | None = None
    bbox: Box | None = None
    within: MultiPolygon | None = None
    grade: tuple[str, ...] = ()
    risk: tuple[str, ...] = ()
    renovation: tuple[str, ...] = ()
    renovation_year: tuple[int | None, ...] = ()
    occupancy: tuple[str, ...] = ()
    lived_in: bool = False
    category: tuple[str, ...] = ()
    trait: tuple[str, ...] = ()
    structure: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    event: int | None = None
    uncertain: bool = False
    zone: int | None = None
    standing: int | Literal["any"] | None = None
    where: str | None = None
    fresh_since: date | None = None


EVERYTHING = Filter()


def condition(wanted: Filter, *, layer: Layer = HOUSES, scope: AreaScope = EVERYWHERE) -> ColumnElement[bool]:
    """The WHERE clause of ``wanted`` over ``layer.source``, narrowed to ``scope``.

    NotAllowed when the area lies outside ``scope``, BadInput when ``where`` cannot be read.
    """
    parts: list[ColumnElement[bool] | None] = [*layer.always, *_place(wanted, layer, scope)]
    if layer.is_points:
        parts += _house_facts(wanted)
    parts += _disaster(wanted, layer)
    if wanted.where is not None:
        parts.append(where_condition(layer, cql2.parse(wanted.where)))
    return and_(true(), *(part for part in parts if part is not None))


def _place(wanted: Filter, layer: Layer, scope: AreaScope) -> list[ColumnElement[bool] | None]:
    scope = scope.narrowed(wanted.area)
    parts = [layer.within_scope(scope)]
    if wanted.area is not None and layer.name in ("zones", "standing-areas"):
        parts.append(_zone_touches(AreaScope(wanted.area)))
    if layer.is_points:
        parts.append(house_in_box(wanted.bbox) if wanted.bbox else None)
        parts.append(house_in_polygon(wanted.within) if wanted.within else None)
    else:
        parts.append(area_meets(layer.geometry, box_polygon(wanted.bbox)) if wanted.bbox else None)
        parts.append(area_meets(layer.geometry, wanted.within) if wanted.within else None)
    return parts


def _zone_touches(area: AreaScope) -> ColumnElement[bool]:
    touched = select(ZONE_AREA.c.zone_id)
    code = overlapping(ZONE_AREA.c.area_code, area)
    return ZONE.c.id.in_(touched.where(code) if code is not None else touched)


def _house_facts(wanted: Filter) -> list[ColumnElement[bool] | None]:
    h = HOUSE.c
    lists = (
        (h.grade, wanted.grade),
        (h.risk, wanted.risk),
        (h.renovation, wanted.renovation),
        (h.location_state, wanted.location),
    )
    parts: list[ColumnElement[bool] | None] = [column.in_(values) for column, values in lists if values]
    if wanted.structure:
        # What nobody has stated is 不详, too.
        unstated = h.structure.is_(None) if "unknown" in wanted.structure else None
        stated = h.structure.in_(wanted.structure)
        parts.append(stated if unstated is None else or_(stated, unstated))
    if wanted.renovation_year:
        parts.append(_of_year(wanted.renovation_year))
    parts.append(_occupancy(wanted))
    if wanted.category:
        parts.append(_categories(wanted.category))
    if wanted.trait:
        parts.append(_share(h.traits, wanted.trait))
    return parts


def _of_year(years: tuple[int | None, ...]) -> ColumnElement[bool]:
    h = HOUSE.c
    told = h.renovation_year.in_([year for year in years if year is not None])
    if None not in years:
        return told
    return or_(told, and_(h.renovation_year.is_(None), h.renovation.in_(IN_ANNUAL_LEDGER)))


def _occupancy(wanted: Filter) -> ColumnElement[bool] | None:
    h = HOUSE.c
    choices: list[ColumnElement[bool]] = [h.occupancy.in_(wanted.occupancy)] if wanted.occupancy else []
    if wanted.lived_in:
        since = wanted.fresh_since or today() - timedelta(days=SETTINGS[STALE_DAYS].default)
        choices.append(lived_in(h, since))
    return or_(*choices) if choices else None


def _categories(codes: tuple[str, ...]) -> ColumnElement[bool]:
    """Houses where a household of one of these categories lives; the six key groups are cached on the house."""
    if set(codes) <= set(KEY_GROUPS):
        return _share(HOUSE.c.key_groups, codes)
    living = (
        select(LINK.c.house_id)
        .join_from(LINK, HOUSEHOLD, HOUSEHOLD.c.id == LINK.c.household_id)
        .where(LINK.c.relation == "lives", LINK.c.to_on.is_(None), _share(HOUSEHOLD.c.categories, codes))
    )
    return HOUSE.c.id.in_(living)


def _share(column: ColumnElement[Any], codes: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether a column of code words holds one of ``codes``; the column is text[], and && wants the same type."""
    return column.bool_op("&&")(value_of(list(codes), ARRAY(Text)))


def _disaster(wanted: Filter, layer: Layer) -> list[ColumnElement[bool] | None]:
    parts: list[ColumnElement[bool] | None] = []
    if layer.name == "emergency-inspections":
        # A drill is in no figure of real work: only who names it sees its tasks.
        parts.append(INSPECTION.c.event_id == wanted.event if wanted.event is not None else EVENT.c.mode == "actual")
        parts.append(INSPECTION.c.state.in_(wanted.state) if wanted.state else None)
    elif wanted.event is not None:
        if layer.is_points:
            parts.append(house_uncertain(wanted.event) if wanted.uncertain else house_concerned(wanted.event))
        else:
            parts.append(ZONE.c.event_id == wanted.event)
    if wanted.zone is not None:
        chosen = ZONE.c.id == wanted.zone
        parts.append(house_in_zones([chosen]) if layer.is_points else chosen)
    if wanted.standing is not None and layer.is_points:
        standing: list[ColumnElement[bool]] = [ZONE.c.event_id.is_(None), ZONE.c.ended_at.is_(None)]
        if wanted.standing != "any":
            standing.append(ZONE.c.id == wanted.standing)
        parts.append(house_in_zones(standing))
    return parts


def settled(session: Session, wanted: Filter, actor: Actor) -> Filter:
    """``wanted`` with the county's own rule for stale occupancy; NotFound for an unknown area, event or zone.

    A misspelt area would otherwise look like an area without dangerous houses.
    """
    scope = actor.scope.narrowed(wanted.area)
    asked = (
        (wanted.area, AREA, in_range(AREA.c.code, AreaScope(wanted.area or "")), "区划"),
        (wanted.event, EVENT, EVENT.c.id == wanted.event, "事件"),
        (wanted.zone, ZONE, ZONE.c.id == wanted.zone, "范围"),
        (wanted.standing if wanted.standing != "any" else None, ZONE, ZONE.c.id == wanted.standing, "灾害易发地"),
    )
    for key, table, exists, label in asked:
        if not key or exists is None:
            continue
        if session.execute(select(1).select_from(table).where(exists).limit(1)).first() is None:
            raise NotFound(f"没有编号为 {key} 的{label}，或不在您的管辖范围内。")
    if not wanted.lived_in:
        return wanted
    return replace(wanted, fresh_since=stale_before(session, scope))


def described(wanted: Filter) -> dict[str, Any]:
    """The filter as JSON for journal and file metadata: only what was asked, a large polygon by its size."""
    result: dict[str, Any] = {}
    for field in fields(wanted):
        value = getattr(wanted, field.name)
        if value is None or value in ((), False):
            continue
        result[field.name] = _described(value)
    return result


def _described(value: Any) -> Any:
    if isinstance(value, Box):
        return [value.west, value.south, value.east, value.north]
    if isinstance(value, MultiPolygon):
        vertices = int(shapely.get_num_coordinates(value))
        if vertices <= 100:
            return shapely.to_wkt(value, rounding_precision=7)
        return {"vertices": vertices, "bbox": [round(edge, 7) for edge in value.bounds]}
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
