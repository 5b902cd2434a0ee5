"""Houses that no redrawn zone takes off the list of inspections, though nobody has written anything of the inspection yet."""

from sqlalchemy.orm import Session

from geo_housing.conclusions.queries import signed_houses
from geo_housing.evacuation.queries import houses_left


def worked_on(session: Session, event_id: int) -> set[int]:
    """Somebody has signed of it, or its family was fetched: it goes home once the house was looked at."""
    return {*signed_houses(session, event_id), *houses_left(session, event_id)}
