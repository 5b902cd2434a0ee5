"""The map's own search: what it can fly to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Double, String, and_, case, func, or_, select
from sqlalchemy import literal as value_of
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.layers.filters import Filter
from geo_housing.layers.house_layer import HEADS, HOUSES
from geo_housing.layers.queries import rows_of
from geo_housing.layers.tables import AREA, HOUSE, HOUSEHOLD, LINK, in_range
from geo_housing.scope import AreaScope

MOST_FOUND = 8
MOST_TEXT = 100


@dataclass(frozen=True)
class Found:
    """One row under the map's search field: flies to a box or to a house."""

    text: str
    more: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    lon: float | None = None
    lat: float | None = None
    house: dict[str, Any] | None = None
    address: str | None = None


def search_areas(session: Session, text: str, scope: AreaScope, level: str) -> list[Found]:
    """Divisions of ``level`` whose name holds ``text`` or whose code begins with it."""
    area, parent = AREA.alias("division"), AREA.alias("parent")
    box = func.Box2D(area.c.geom)
    edges = [edge(box, type_=Double) for edge in (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)]
    inside = in_range(area.c.code, scope)
    rows = session.execute(
        select(area.c.code, area.c.name, parent.c.name.label("parent"), *edges)
        .select_from(area.outerjoin(parent, parent.c.code == area.c.parent_code))
        .where(
            area.c.level == level,
            area.c.valid_to.is_(None),
            or_(area.c.name.contains(text, autoescape=True), area.c.code.startswith(text, autoescape=True)),
            *([inside] if inside is not None else []),
        )
        .order_by(case((area.c.name.startswith(text, autoescape=True), 0), else_=1), area.c.code)
        .limit(MOST_FOUND)
    ).all()
    return [
        Found(row[1], row[2], bbox=(row[3], row[4], row[5], row[6]))
        if row[3] is not None
        else Found(row[1], row[2], address=f"/houses?area={row[0]}")
        for row in rows
    ]


def search_houses(session: Session, text: str, actor: Actor) -> list[Found]:
    """Houses whose code begins with ``text``, or whose head's name does, for those who may know heads."""
    names = "house_code township village head risk grade grade_basis graded_on renovation".split()
    columns = [column for column in HOUSES.visible(actor, "ledger") if column.name in (*names, "lon", "lat")]
    begin = text.upper()
    # A range and not LIKE: under row level security only this finds its index.
    by_code = and_(HOUSE.c.code >= begin, HOUSE.c.code < begin + "\U0010ffff")
    found = _houses_where(session, columns, actor, by_code)
    if not found and actor.may(HEADS):
        found = _houses_where(session, columns, actor, HOUSE.c.id.in_(_houses_of_heads(text)))
    return [_found_house(row) for row in found]


def _houses_where(session: Session, columns: Sequence[Any], actor: Actor, which: Any) -> list[dict[str, Any]]:
    statement = rows_of(HOUSES, columns, Filter(), actor.scope).where(which).order_by(HOUSE.c.code).limit(MOST_FOUND)
    return [dict(row) for row in session.execute(statement).mappings()]


def _houses_of_heads(text: str) -> Any:
    begin = value_of(text, String)
    return (
        select(LINK.c.house_id)
        .join_from(LINK, HOUSEHOLD, HOUSEHOLD.c.id == LINK.c.household_id)
        .where(LINK.c.relation == "lives", LINK.c.to_on.is_(None))
        .where(HOUSEHOLD.c.head >= begin, HOUSEHOLD.c.head < value_of(text + "\U0010ffff", String))
    )


def _found_house(row: dict[str, Any]) -> Found:
    more = " ".join(part for part in (row.get("head"), row["village"]) if part)
    lon, lat = row.pop("lon"), row.pop("lat")
    if lon is None:
        return Found(row["house_code"], more, address=f"/houses/{row['house_code']}")
    return Found(row["house_code"], more, lon=lon, lat=lat, house=row)


@dataclass(frozen=True)
class Group:
    """What was found of one kind."""

    label: str
    items: tuple[Found, ...]


def found_on_map(session: Session, actor: Actor, text: str) -> list[Group]:
    """Houses, villages and townships that ``text`` may mean."""
    text = text.replace("\x00", "")[:MOST_TEXT]
    if not text:
        return []
    return [
        Group("房屋", tuple(search_houses(session, text, actor))),
        Group("村", tuple(search_areas(session, text, actor.scope, "village"))),
        Group("乡镇", tuple(search_areas(session, text, actor.scope, "township"))),
    ]
