"""The divisions of a board as they stand, or stood at a moment: with their calls, when they were warned last, whether it is over there."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from geo_housing.calls.board import Called
from geo_housing.calls.queries import Entry, warned_last
from geo_housing.hazards.ground_phase import is_lifted_at
from geo_housing.hazards.grounds import warned
from geo_housing.hazards.models import HazardEvent


def to_be_called(
    session: Session,
    event_id: int,
    codes: Collection[str],
    by_place: Mapping[str, Sequence[Entry]],
    *,
    as_of: datetime | None = None,
    order: Callable[[str], Sequence[int]] = lambda code: (),
    weights: Mapping[str, int] | None = None,
) -> list[Called]:
    """Every board and every figure of one is made of these; ``as_of``: by the warnings of then."""
    event = session.get_one(HazardEvent, event_id)
    # It leaves that phase no more: from its end on it is a mistake.
    is_mistaken = event.phase == "mistaken" and (as_of is None or event.closed_at is None or event.closed_at <= as_of)
    last = warned_last(session, event_id, codes, as_of=as_of)
    warnings = warned(session, event_id, as_of=as_of)
    return [
        Called(
            code,
            order(code),
            [entry.made for entry in by_place.get(code, ())],
            (weights or {}).get(code, 0),
            last.get(code),
            is_lifted_at(code, warnings),
            is_mistaken,
        )
        for code in codes
    ]
