"""What is odd about a figure told by telephone, before it counts: asked once, and taken as it is when somebody is sure."""

from datetime import datetime

from sqlalchemy.orm import Session

from geo_housing.areas.queries import name_of_area
from geo_housing.clock import BEIJING
from geo_housing.evacuation.figures import Told
from geo_housing.evacuation.models import EvacuationFigure
from geo_housing.evacuation.standing_figures import standing_figure
from geo_housing.evacuation.sums import due_of
from geo_housing.scope import AreaScope


def doubt_of(session: Session, event_id: int, area: str, told: Told, *, said_at: datetime | None) -> str | None:
    """A figure of nobody on the list, of more than are on it, less or told earlier than the last one; None: nothing is odd.

    ``said_at`` is the moment that was stated, None for a figure of now.
    """
    place, due = name_of_area(session, area) or area, due_of(session, event_id, AreaScope(area))
    if not due.households and told.households:
        return f"{place}的转移名单上没有户，报的却是已转{told.households}户。请核对地方；不在名单的户按“表外新增”登记。"
    if told.households > due.households:
        return f"{place}应转{due.households}户，报的却是已转{told.households}户。请核对。"
    if told.people is not None and not due.unsized and told.people > 2 * due.people:
        return f"{place}应转{due.people}人，报的却是已转{told.people}人。请核对。"
    last = standing_figure(session, event_id, area)
    if last is None:
        return None
    if less := _less(place, told, last):
        return less
    if said_at is not None and said_at < last.said_at:
        then, before = (f"{at.astimezone(BEIJING):%m-%d %H:%M}" for at in (said_at, last.said_at))
        return f"这次报的是{then}的数，{place}已有{before}报的数；登记以后以这次的为准。"
    return None


def _less(place: str, told: Told, last: EvacuationFigure) -> str | None:
    if told.households < last.households:
        return f"{place}上次报已转{last.households}户，这次报{told.households}户。要报到现在为止一共转了多少，不是又转了多少。"
    if not last.people:
        return None
    if told.people is None:
        return f"{place}上次报已转{last.people}人，这次没有报人数；登记以后这些户按未填人数计。请问清人数。"
    if told.people < last.people:
        return f"{place}上次报已转{last.people}人，这次报{told.people}人。要报到现在为止一共转了多少，不是又转了多少。"
    return None
