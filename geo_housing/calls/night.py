"""The board as somebody works on it: rows with whom to call next, what was said, and how far the level below is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS, is_village, township_of
from geo_housing.calls.board import ANSWERED, LIFTED, Board, CallsLeft, Row, board_of
from geo_housing.calls.people import NAMES, Callee, callees, numbers_to_dial
from geo_housing.calls.queries import (
    CalledDivision,
    Entry,
    called_length,
    calls_by_place,
    entries,
    next_after,
    places_to_call,
)
from geo_housing.calls.standing import calls_matter, mistaken_at, to_be_called
from geo_housing.db import Actor
from geo_housing.hazards.models import HazardEvent
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

    ``calls`` newest first; ``next`` with the numbers to dial, ``last_numbers`` those of the call under way. ``row.settled`` of the
    calls, the oldest ones, are changed no more.
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

    @property
    def open_calls(self) -> tuple[Entry, ...]:
        """The calls upon which something may still be pressed."""
        return self.calls[: len(self.calls) - self.row.settled]

    @property
    def to_tell(self) -> Entry | None:
        """Who spoke there before, else who was called in vain, since a message or a missed call is seen, too."""
        before = self.calls[len(self.calls) - self.row.settled :]
        answered = [call for call in before if call.state == "answered"]
        return next(iter(answered or before), None)


@dataclass(frozen=True)
class Night:
    """The board of one level: a county's townships, or a township's villages. ``upon_us``: how we were called ourselves."""

    as_of: datetime
    scope: AreaScope
    board: Board
    lines: tuple[Line, ...]
    next_after: timedelta
    upon_us: tuple[Entry, ...]
    is_of_mistake: bool = False

    @property
    def to_tell(self) -> tuple[Line, ...]:
        """Whom nobody has told of the mistake yet."""
        return tuple(line for line in self.lines if self.is_of_mistake and line.row.state not in (ANSWERED, LIFTED))


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
    weighs = _weights(session, event_id, scope, places.values())
    called = to_be_called(
        session,
        event_id,
        places.values(),
        by_place,
        as_of=as_of,
        order=lambda code: _order(people[code]),
        weights=weighs,
    )
    board = board_of(called, now=now, next_after=after)
    dialled = {id for row in board.rows for id in _dialled(row) if id is not None}
    numbers = {} if ring is None else numbers_to_dial(session, actor, dialled, ring)
    below = _below(session, event_id, scope, by_place, as_of)
    wrong_since = mistaken_at(session.get_one(HazardEvent, event_id), as_of)
    lines = tuple(
        _line(row, places[row.code], people[row.code], by_place.get(row.code, []), numbers, below.get(row.code), now)
        for row in board.rows
    )
    upon_us = tuple(entry for entry in every if entry.scope_code == scope.prefix and entry.scope_code not in places)
    return Night(now, scope, board, lines, after, upon_us, is_of_mistake=wrong_since is not None)


def figure(session: Session, event_id: int, scope: AreaScope) -> str:
    """3/6: reached of those to be called."""
    return board_now(session, event_id, scope).figure


def board_now(
    session: Session,
    event_id: int,
    scope: AreaScope,
    *,
    places: Sequence[CalledDivision] | None = None,
    is_of_night: bool = False,
) -> Board:
    """The board alone: nobody's number is looked up for it. ``is_of_night``: of a mistake, how it stood until then."""
    by_place = calls_by_place(entries(session, event_id, scope))
    asked = places_to_call(session, event_id, scope) if places is None else places
    return _as_it_stands(session, event_id, asked, by_place, is_of_night=is_of_night)


def left_to_call(session: Session, event: HazardEvent, scope: AreaScope) -> CallsLeft:
    """What would be left open if nobody called any more: on the board of ``scope``, and on those of its townships."""
    by_place = calls_by_place(entries(session, event.id, scope))
    if not calls_matter(event, by_place):
        return CallsLeft()
    of_villages = called_length(scope) != TOWNSHIP_DIGITS
    board = _as_it_stands(session, event.id, places_to_call(session, event.id, scope), by_place)
    not_reached = board.total - board.reached
    if event.phase == "mistaken":
        return CallsLeft(to_tell=not_reached, of_villages=of_villages)
    calling = set() if of_villages else {township_of(code) for code in by_place if is_village(code)}
    if not calling:
        return CallsLeft(not_reached, board.to_tell, of_villages=of_villages)
    villages = places_to_call(session, event.id, scope, length=VILLAGE_DIGITS)
    theirs = [place for place in villages if township_of(place.code) in calling]
    below = _as_it_stands(session, event.id, theirs, by_place)
    return CallsLeft(not_reached, board.to_tell, below.total - below.reached, below.to_tell)


def _as_it_stands(
    session: Session,
    event_id: int,
    places: Sequence[CalledDivision],
    by_place: Mapping[str, Sequence[Entry]],
    *,
    is_of_night: bool = False,
) -> Board:
    called = to_be_called(session, event_id, places, by_place, is_of_night=is_of_night)
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


def _below(
    session: Session, event_id: int, scope: AreaScope, by_place: dict[str, list[Entry]], as_of: datetime | None
) -> dict[str, Below]:
    if called_length(scope) != TOWNSHIP_DIGITS:
        return {}
    villages = places_to_call(session, event_id, scope, length=VILLAGE_DIGITS)
    called = to_be_called(session, event_id, villages, by_place, as_of=as_of)
    rows = board_of(called, now=as_of or clock.now(), next_after=timedelta.max).rows
    totals = Counter(township_of(row.code) for row in rows if row.state != LIFTED and not row.has_left)
    done = Counter(township_of(row.code) for row in rows if row.reached and not row.has_left)
    return {code: Below(done[code], total) for code, total in totals.items()}


def _shown(entry: Entry, actor: Actor) -> Entry:
    """What somebody said may name a family; who may not see families sees that it was said."""
    if actor.may(NAMES):
        return entry
    return replace(entry, name=mask_name(entry.name), said=None, reply=None)
