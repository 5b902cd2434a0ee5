"""In which phase the ground of one township is, and whether it is still warned: decided without a database.

A township may enter 灾后排查 for its own ground before the event does, because the warning is lifted there first. A new
warning takes it back: what is begun stays, what waits there waits again. Once the event has entered, all grounds have.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from geo_housing.area_codes import COUNTY_DIGITS, township_of
from geo_housing.hazards.lifting import doubt

# While the event is in one of these its grounds may differ; afterwards they are where the event is.
BEFORE_AFTERMATH = ("warning", "ongoing")
# Actions that warn again where they name a ground. A falling level is no new danger, a response is no warning.
WARNS_AGAIN = ("issue", "continue", "upgrade", "change")


@dataclass(frozen=True)
class Warned:
    """A warning as it was received; ``codes`` are the divisions that it names, none: all of the event.

    ``is_ended``: another one has replaced or lifted it, ``ended_by``. What a person has said to be lifted already when it came
    is none of ``codes``.
    """

    id: int
    action: str
    kind: str
    codes: tuple[str, ...]
    is_ended: bool
    issuer: str | None = None
    ended_by: int | None = None
    level: str | None = None
    at: datetime | None = None


def ground_of(code: str) -> str:
    """The ground that a division lies in."""
    return township_of(code)


def phase_of_ground(event_phase: str, last: str | None) -> str:
    """The phase of a ground whose last entry is ``last`` (None: it has none)."""
    return "aftermath" if event_phase in BEFORE_AFTERMATH and last == "aftermath" else event_phase


def is_lifted_at(ground: str, warnings: Sequence[Warned]) -> bool:
    """Whether warnings named a ground and none of them is in force there any more, at least one by a lift."""
    in_force = lifted = False
    lifts = [one for one in warnings if one.action == "lift" and _names(one, ground)]
    for one in warnings:
        if one.action == "lift" or not _names(one, ground):
            continue
        if any(_lifts(lift, one) for lift in lifts):
            lifted = True
        elif not one.is_ended:
            in_force = True
    return lifted and not in_force


def _lifts(lift: Warned, one: Warned) -> bool:
    """As a person has stated it; of a warning that goes on elsewhere, where the lift names it and surely means it."""
    if one.ended_by == lift.id:
        return True
    # Of one that it may mean as a whole somebody was asked, and has said that it is in force.
    if lift.id < one.id or wholly_lifted(one.codes, lift.codes):
        return False
    return not doubt(lift, one, names_ground=True)


def wholly_lifted(named: Iterable[str], lift: Iterable[str]) -> bool:
    """Whether a lift that names ``lift`` ends a warning of ``named`` everywhere; one that names nothing does.

    Of a warning that only draws shapes nobody can tell by names: then a whole county must be named.
    """
    lifts, codes = tuple(lift), tuple(named)
    if not lifts:
        return True
    if not codes:
        return any(len(other) <= COUNTY_DIGITS for other in lifts)
    return all(any(code.startswith(other) for other in lifts) for code in codes)


def _names(one: Warned, ground: str) -> bool:
    """Whether the whole ground is meant, or for a warning a part of it: a village that is lifted lifts no township."""
    if not one.codes:
        return True
    if one.action == "lift":
        return any(ground.startswith(code) for code in one.codes)
    return any(ground.startswith(code) or code.startswith(ground) for code in one.codes)
