"""Who signs in to the demo as a technician is one of its technicians: their page is empty for whoever is none of the roster."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from geo_housing.accounts.models import Grant, User
from geo_housing.db import Actor
from geo_housing.journal.service import Subject, record
from geo_housing.roster.models import Technician
from geo_housing.roster.storing import write


def link_technicians(session: Session, actor: Actor) -> list[str]:
    """Give each account of a technician that the roster does not name one of the demo's that has none; the accounts.

    Nothing without a demo: of real people somebody says who they are.
    """
    free = list(
        session.scalars(
            select(Technician)
            .where(Technician.is_demo, Technician.app_user_id.is_(None), Technician.valid_to.is_(None))
            .order_by(Technician.id)
            .with_for_update(key_share=True)
        )
    )
    if not free:
        return []
    wanted = (
        select(User.id, User.name, Grant.area_code)
        .join(Grant, Grant.user_id == User.id)
        .where(Grant.role == "technician", User.disabled_at.is_(None))
        .where(~exists().where(Technician.app_user_id == User.id))
        .order_by(User.id, Grant.id)
    )
    linked: list[str] = []
    for user, name, area in session.execute(wanted).all():
        person = next((one for one in free if name not in linked and _works_in(one, area)), None)
        if person is None:
            continue
        free.remove(person)
        write(session, person, {"app_user_id": user})
        subject = Subject("technician", str(person.id), person.scope_code)
        record(session, actor, "roster.edit", subject, diff={"account": [None, name]})
        linked.append(name)
    return linked


def _works_in(person: Technician, area: str) -> bool:
    places = person.areas or [person.scope_code]
    return area == "0" or any(place.startswith(area) or area.startswith(place) for place in places)
