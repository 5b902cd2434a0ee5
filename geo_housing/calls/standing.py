"""The divisions of a board as they stand, or stood at a moment: with their calls, when they were warned last, whether it is over there."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from geo_housing.calls.board import Called
from geo_housing.calls.queries import CalledDivision, Entry, warned_last
from geo_housing.hazards.ground_phase import is_lifted_at
from geo_housing.hazards.grounds import warned
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.service import BEGINS_WITH_INSPECTIONS


def mistaken_at(event: HazardEvent, as_of: datetime | None = None) -> datetime | None:
    """When the event was called a mistake, which it stays; None where it was none, or not yet at ``as_of``."""
    if event.phase != "mistaken" or event.closed_at is None or (as_of is not None and event.closed_at > as_of):
        return None
    return event.closed_at


def calls_matter(event: HazardEvent, by_place: Mapping[str, Sequence[Entry]]) -> bool:
    """Whether it matters that somebody was not reached: the warning of a night that is past was still not received.

    After an earthquake nobody has to be warned, unless somebody has begun to call.
    """
    return event.kind not in BEGINS_WITH_INSPECTIONS or any(by_place.values())


def to_be_called(
    session: Session,
    event_id: int,
    places: Collection[CalledDivision],
    by_place: Mapping[str, Sequence[Entry]],
    *,
    as_of: datetime | None = None,
    order: Callable[[str], Sequence[int]] = lambda code: (),
    weights: Mapping[str, int] | None = None,
    is_of_night: bool = False,
) -> list[Called]:
    """Every board and every figure of one is made of these; ``as_of``: by the warnings of then.

    Of a mistake they are those who must be told of it; ``is_of_night``: those who were called until then, as reports count them.
    """
    wrong_since = mistaken_at(session.get_one(HazardEvent, event_id), as_of)
    until = wrong_since if is_of_night else None
    last = warned_last(session, event_id, [place.code for place in places], as_of=as_of)
    warnings = warned(session, event_id, as_of=as_of)
    return [
        Called(
            place.code,
            order(place.code),
            [entry.made for entry in by_place.get(place.code, ()) if until is None or entry.called_at < until],
            (weights or {}).get(place.code, 0),
            last.get(place.code),
            until is not None or is_lifted_at(place.code, warnings),
            None if is_of_night else wrong_since,
            place.has_left,
        )
        for place in places
    ]
