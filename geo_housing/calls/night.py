"""The board as somebody works on it: rows with whom to call next, what was said, and how far the level below is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS, township_of
from geo_housing.calls.board import Board, Called, Row, board_of
from geo_housing.calls.people import NAMES, Callee, callees, numbers_to_dial
from geo_housing.calls.queries import (
    CalledDivision,
    Entry,
    called_length,
    calls_by_place,
    entries,
    next_after,
    places_to_call,
    warned_last,
)
from geo_housing.db import Actor
from geo_housing.inspections.queries import houses_by_area
from geo_housing.keys import KeyRing
from geo_housing.masking import mask_name
from geo_housing.scope import AreaScope


@dataclass(frozen=True)
class Below:
    """How many villages of a township were reached, of those that it has to call."""

    reached: int
    total: int


@dataclass(frozen=True)
class Line:
    """One row of the board for the screen.

    ``calls`` newest first; ``next`` with the numbers to dial, ``last_numbers`` those of the call under way.
    """

    place: CalledDivision
    row: Row
    last: Entry | None
    next: Callee | None
    people: tuple[Callee, ...]
    calls: tuple[Entry, ...]
    below: Below | None
    waited: timedelta | None
    last_numbers: tuple[str, ...]


@dataclass(frozen=True)
class Night:
    """The board of one level: a county's townships, or a township's villages. ``upon_us``: how we were called ourselves."""

    as_of: datetime
    scope: AreaScope
    board: Board
    lines: tuple[Line, ...]
    next_after: timedelta
    upon_us: tuple[Entry, ...]


def night(
    session: Session,
    actor: Actor,
    event_id: int,
    scope: AreaScope,
    *,
    ring: KeyRing | None,
    as_of: datetime | None = None,
) -> Night:
    """The board of those below ``scope``; ``as_of``: as it was known then. ``ring``: numbers to dial are wanted."""
    now = as_of or clock.now()
    places = {place.code: place for place in places_to_call(session, event_id, scope)}
    every = [_shown(entry, actor) for entry in entries(session, event_id, scope, as_of=as_of)]
    by_place = calls_by_place(every)
    people = callees(session, actor, places)
    after = next_after(session, scope)
    warned = warned_last(session, event_id, places, as_of=as_of)
    weighs = _weights(session, event_id, scope, places.values())
    called = (
        Called(
            code, _order(people[code]), [entry.made for entry in by_place.get(code, ())], weighs[code], warned.get(code)
        )
        for code in places
    )
    board = board_of(called, now=now, next_after=after)
    dialled = {id for row in board.rows for id in _dialled(row) if id is not None}
    numbers = {} if ring is None else numbers_to_dial(session, actor, dialled, ring)
    below = _below(session, event_id, scope, every)
    lines = tuple(
        _line(row, places[row.code], people[row.code], by_place.get(row.code, []), numbers, below.get(row.code), now)
        for row in board.rows
    )
    upon_us = tuple(entry for entry in every if entry.scope_code == scope.prefix and entry.scope_code not in places)
    return Night(now, scope, board, lines, after, upon_us)


def reached_of_all(session: Session, event_id: int, scope: AreaScope) -> tuple[int, int]:
    """How many were reached, of those whom one calls; nobody's number is looked up for it."""
    board = _board(session, event_id, scope)
    return board.reached, len(board.rows)


def figure(session: Session, event_id: int, scope: AreaScope) -> str:
    """The same as 3/6."""
    return _board(session, event_id, scope).figure


def _board(session: Session, event_id: int, scope: AreaScope) -> Board:
    by_place = calls_by_place(entries(session, event_id, scope))
    places = places_to_call(session, event_id, scope)
    warned = warned_last(session, event_id, [place.code for place in places])
    called = (
        Called(place.code, (), [entry.made for entry in by_place.get(place.code, ())], warned_at=warned.get(place.code))
        for place in places
    )
    return board_of(called, now=clock.now(), next_after=timedelta.max)


def _weights(session: Session, event_id: int, scope: AreaScope, places: Iterable[CalledDivision]) -> dict[str, int]:
    """栋 with tasks in each division; whom a doubtful place alone has put on the board comes after the others."""
    tasks = houses_by_area(session, event_id, scope)
    return {
        place.code: sum(houses for code, houses in tasks.items() if code.startswith(place.code))
        or -1 * bool(place.disputed)
        for place in places
    }


def _order(people: list[Callee]) -> list[int]:
    """Nobody can be called next who has no telephone."""
    return [one.id for one in people if one.masked]


def _line(
    row: Row,
    place: CalledDivision,
    people: list[Callee],
    calls: list[Entry],
    numbers: dict[int, tuple[str, ...]],
    below: Below | None,
    now: datetime,
) -> Line:
    chosen = next((one for one in people if one.id == row.next), None)
    last = next((call for call in calls if row.last is not None and call.id == row.last.id), None)
    return Line(
        place,
        row,
        last,
        None if chosen is None else replace(chosen, numbers=numbers.get(chosen.id, ())),
        tuple(people),
        tuple(reversed(calls)),
        below,
        None if last is None else now - last.called_at,
        numbers.get(last.contact_id, ()) if last and last.contact_id is not None else (),
    )


def _dialled(row: Row) -> tuple[int | None, ...]:
    """Whose number is dialled in a row: of the call under way, else of whom is called next."""
    return (row.last.contact_id,) if row.last and row.last.state == "calling" else (row.next,)


def _below(session: Session, event_id: int, scope: AreaScope, every: list[Entry]) -> dict[str, Below]:
    if called_length(scope) != TOWNSHIP_DIGITS:
        return {}
    villages = places_to_call(session, event_id, scope, length=VILLAGE_DIGITS)
    reached = {entry.scope_code for entry in every if entry.state == "answered"}
    totals = Counter(township_of(place.code) for place in villages)
    done = Counter(township_of(place.code) for place in villages if place.code in reached)
    return {code: Below(done[code], total) for code, total in totals.items()}


def _shown(entry: Entry, actor: Actor) -> Entry:
    """What somebody said may name a family; who may not see families sees that it was said."""
    if actor.may(NAMES):
        return entry
    return replace(entry, name=mask_name(entry.name), said=None, reply=None)
