"""表外新增: a household that no list held joins the list, and its house, where it is in the register, the inspections."""

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.evacuation import additions
from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.evacuation.models import Evacuation
from geo_housing.hazards.service import lock_event
from geo_housing.inspections.opening import open_extra
from geo_housing.journal.service import Subject, record, reserve_entry
from geo_housing.response.grounds import opening_of


def add_extra(session: Session, actor: Actor, event_id: int, extra: ExtraHousehold) -> Evacuation:
    """Put a household on the list; what was seen of its house is entered, counted and judged as of any other house."""
    row = additions.add_extra(session, actor, event_id, extra)
    if row.house_id is None:
        return row
    event = lock_event(session, event_id)
    batch = reserve_entry(session)
    opening = opening_of(session, event, batch, actor.scope, grounds=[row.scope_code[:9]])
    opened = open_extra(session, opening, row.house_id)
    subject = Subject("event", str(event_id), row.scope_code)
    record(session, actor, "response.extra", subject, counts={"opened": opened}, entry_id=batch)
    return row
