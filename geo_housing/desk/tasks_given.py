"""Events in which tasks were given where a house stands: what is changed of it in the register reaches them with the next respond."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.desk.queries import is_live
from geo_housing.hazards.models import HazardEvent


def told_of_tasks(session: Session, actor: Actor, codes: Collection[str]) -> str:
    """A sentence for whoever moves a house from or to the divisions ``codes``; empty where nothing goes on there, or who may not know."""
    if not actor.may("events.view"):
        return ""
    wanted = select(HazardEvent.name, HazardEvent.responded_areas).where(
        is_live(), HazardEvent.responded_areas.is_not(None)
    )
    names = [
        row.name
        for row in session.execute(wanted.order_by(HazardEvent.id.desc()))
        if any(area == "0" or code.startswith(area) for area in row.responded_areas for code in codes)
    ]
    if not names:
        return ""
    named = "”、“".join(names[:3])
    return f"“{named}”已下达任务：改了位置，排查任务和转移名单不会马上跟着改，要在事件页上按提示补下达或更新。"
