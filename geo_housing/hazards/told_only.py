"""Levels of which one is only to know (蓝): a warning of them gives no tasks and no calls to ground that it alone concerns."""

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.hazards.models import HazardEvent
from geo_housing.policy.queries import effective
from geo_housing.words import WARNING_LEVEL

# Settings of evacuation: for which levels a list is made, for which people are told, and kinds that begin in the aftermath.
_ACTS = ("evacuation.levels", "evacuation.notify_levels")
_AFTERWARDS = "evacuation.no_list_kinds"


def told_only(session: Session, event: HazardEvent) -> frozenset[str]:
    """The levels for which nothing is done, as the settings say today; none for what begins in the aftermath (a quake)."""
    today = clock.today()

    def value(key: str) -> frozenset[str]:
        return frozenset(effective(session, key, area_code=event.scope_code, on=today).value)

    if event.kind in value(_AFTERWARDS):
        return frozenset()
    return frozenset(WARNING_LEVEL.labels) - value(_ACTS[0]) - value(_ACTS[1])
