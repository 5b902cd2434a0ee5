"""Families that wait for a home (无房户) and lived where a zone lies: in no figure of houses, so they are told beside them.

They may sleep in a tent beside the ruin or with relatives next door, and nobody but their village knows. Their former house
counts as it would if it stood: by its point, by the division that was chosen, or, where its place is doubtful, by the
village that a zone touches. A house that the reader does not see (it was placed in another area) is sought where its family
is registered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.hazards import overlay
from geo_housing.houses.living import SIZE_SQL
from geo_housing.scope import EVERYWHERE, AreaScope


@dataclass(frozen=True)
class WithoutHome:
    """户 that wait for a home and lived where the zones lie, and the 人 of those whose people are counted."""

    households: int = 0
    people: int = 0
    households_without_size: int = 0


@dataclass(frozen=True)
class WaitingFamily:
    """One of them: where it is registered, the house it lost (None: not to be seen from here) and since when."""

    household_id: int
    scope_code: str
    head: str | None
    phone_masked: str | None
    persons: int | None
    traits: tuple[str, ...]
    house_code: str | None
    settlement: str | None
    since: date | None


# Named ``h``, as the parts of the overlay call the house that they look at.
_WAITING = f"""waiting AS MATERIALIZED (
        SELECT w.household_id, w.since, k.scope_code AS family_code, k.head, k.phone_masked, {SIZE_SQL} AS persons, k.traits, h.id AS house_id,
            h.code, h.settlement, h.scope_code, h.tile_key, h.geom, h.location_state, {overlay.DECLARED_SQL} AS declared
        FROM households_waiting(:scope_lo, :scope_hi) w
        JOIN household k ON k.id = w.household_id
        LEFT JOIN house h ON h.id = w.house_id
    )"""
# Which divisions a drawing touches is asked only for those that matter.
TOUCHED_BY_DRAWING = overlay.touched_by_drawing_among(
    "SELECT declared FROM waiting WHERE location_state <> 'located' UNION SELECT family_code FROM waiting WHERE house_id IS NULL"
)
_CONCERNED = f"""lived_inside AS (
        SELECT DISTINCT h.household_id
        FROM waiting h JOIN piece p ON h.tile_key >= p.lo AND h.tile_key < p.hi AND {overlay.IN_PIECE}
    ), concerned_family AS (
        SELECT h.* FROM waiting h
        WHERE h.household_id IN (SELECT household_id FROM lived_inside)
           OR EXISTS (SELECT FROM whole w WHERE (h.scope_code >= w.lo AND h.scope_code < w.hi)
                OR (h.family_code >= w.lo AND h.family_code < w.hi))
           OR CASE WHEN h.house_id IS NULL THEN h.family_code WHEN h.location_state <> 'located' THEN h.declared END
                IN (SELECT code FROM touched)
    )"""
_COUNT = """SELECT count(*) AS households, coalesce(sum(persons), 0)::int AS people,
        count(*) FILTER (WHERE persons IS NULL) AS unsized FROM concerned_family"""
_LIST = """SELECT household_id, family_code, head, phone_masked, persons, traits, code, settlement, since FROM concerned_family
    ORDER BY family_code, since DESC NULLS LAST, household_id"""
_ANY = text("SELECT EXISTS (SELECT FROM households_waiting(:scope_lo, :scope_hi))")


def count_without_home(
    session: Session, parts: tuple[str, ...], values: Mapping[str, Any], scope: AreaScope
) -> WithoutHome:
    """How many there are; ``parts`` give ``piece``, ``whole`` and ``touched`` (overlay.py), ``values`` what they bind."""
    bound = _bound(scope)
    # Mostly nobody waits: then no zone is read.
    if not session.scalar(_ANY, bound):
        return WithoutHome()
    statement = f"WITH {', '.join((_WAITING, *parts, _CONCERNED))} {_COUNT}"
    row = session.execute(text(statement), {**values, **bound}).one()
    return WithoutHome(row.households, row.people, row.unsized)


def without_home_of_event(session: Session, event_id: int, scope: AreaScope = EVERYWHERE) -> list[WaitingFamily]:
    """Those that the event's present zones concern, village by village: all of them, because nobody else names them."""
    bound = _bound(scope)
    if not session.scalar(_ANY, bound):
        return []
    parts = (_WAITING, overlay.PIECES_OF_EVENT, overlay.TOUCHED_BY_EVENT, _CONCERNED)
    return _families(session, ", ".join(parts), {"event": event_id, **bound})


def without_home_in(session: Session, scope: AreaScope) -> list[WaitingFamily]:
    """All who wait for a home in an area, village by village: whom an event over the whole of it would concern."""
    return _families(session, f"{_WAITING}, concerned_family AS (SELECT * FROM waiting)", _bound(scope))


def _families(session: Session, parts: str, values: Mapping[str, Any]) -> list[WaitingFamily]:
    rows = session.execute(text(f"WITH {parts} {_LIST}"), values)
    return [
        WaitingFamily(
            row.household_id,
            row.family_code,
            row.head,
            row.phone_masked,
            row.persons,
            tuple(dict.fromkeys(row.traits or ())),
            row.code,
            row.settlement,
            row.since,
        )
        for row in rows
    ]


def _bound(scope: AreaScope) -> dict[str, Any]:
    return {"scope_lo": scope.lo, "scope_hi": scope.hi}
