"""A warning that its lift has overtaken: issued before it, passed on after it. A person says that it is over.

It is only proposed, because nothing is worse than a warning that nobody acts on: where kind, office, level or one of the times
leave a doubt it is not, and without the tick the warning counts like every other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from geo_housing.hazards.ground_phase import wholly_lifted
from geo_housing.hazards.joining import RANKED
from geo_housing.hazards.models import HazardWarning
from geo_housing.hazards.offices import may_speak_for
from geo_housing.hazards.received import Received

# A lift dated so much later than it was received has a time that was misread.
CLOCKS_DIFFER = timedelta(minutes=15)


@dataclass(frozen=True)
class Overtaken:
    """The last such lift, ``at`` when it was issued, and which of the warning's divisions are lifted; ``is_whole``: all."""

    lift_id: int
    at: datetime
    issuer: str | None
    codes: tuple[str, ...]
    is_whole: bool


def overtaken(received: Received, named: Sequence[str], warnings: Sequence[HazardWarning]) -> Overtaken | None:
    """Which lifts among ``warnings`` have ended what is received, and where; None where none has.

    ``named`` are all divisions that it names or draws; none where it draws shapes that no division tells.
    """
    lifts = [one for one in warnings if _has_ended(one, received)]
    if not lifts:
        return None
    last = max(lifts, key=lambda one: (one.issued_at, one.id))
    assert last.issued_at is not None, "compared before"
    codes = [codes_lifted(one) for one in lifts]
    covered = tuple(code for code in named if any(wholly_lifted([code], lifted) for lifted in codes))
    is_whole = any(wholly_lifted((), lifted) for lifted in codes) or (bool(named) and len(covered) == len(named))
    # A part can be told only where the warning lists its divisions.
    if not is_whole and not (covered and received.areas):
        return None
    return Overtaken(last.id, last.issued_at, last.issuer, tuple(named) if is_whole else covered, is_whole)


def as_overtaken(received: Received, found: Overtaken) -> Received:
    """The warning as somebody has stated that those lifts ended it."""
    areas = tuple({**area, "lifted": True} if area.get("code") in found.codes else area for area in received.areas)
    return replace(received, areas=areas, lifted_by=found.lift_id if found.is_whole else None)


def codes_lifted(lift: HazardWarning) -> tuple[str, ...]:
    """The divisions that a lift names; none: everywhere."""
    return tuple(area["code"] for area in lift.areas or () if area.get("code"))


def _has_ended(lift: HazardWarning, one: Received) -> bool:
    if lift.action != "lift" or one.action == "lift" or lift.kind != one.kind:
        return False
    if lift.issued_at is None or one.issued_at is None or not one.issued_at < lift.issued_at:
        return False
    if lift.issued_at > lift.received_at + CLOCKS_DIFFER:
        return False
    # Who is not known may be anybody: where a person decides by what stands in force, not where they are told what is over.
    if not (lift.issuer and one.issuer and may_speak_for(lift.issuer, one.issuer)):
        return False
    # 解除黄色 ends no red.
    return lift.level is None or (one.level is not None and RANKED.index(one.level) >= RANKED.index(lift.level))
