"""Showing one ID number or telephone number in full: by permission, one by one, each view journalled (D9)."""

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import NotAllowed, NotFound
from geo_housing.houses.models import Household
from geo_housing.houses.register.facts import HOUSEHOLD_FACTS, SEALED
from geo_housing.houses.register.queries import families_of
from geo_housing.houses.register.service import record_house, require_house
from geo_housing.keys import KeyRing

VIEW = "personal.view"


def reveal(session: Session, actor: Actor, code: str, household_id: int, field: str, *, ring: KeyRing) -> str:
    """The full value of one field of one household of the house; who looked at what stands in the journal."""
    if not actor.may(VIEW):
        raise NotAllowed("您的角色不能查看完整的身份证号和电话。")
    if field not in SEALED:
        raise NotFound("没有这一项。")
    house = require_house(session, code)
    if household_id not in {family.id for family in families_of(session, house.id)}:
        raise NotFound("这栋房屋没有登记这一户。")
    household = session.get_one(Household, household_id)
    sealed = getattr(household, f"{field}_cipher")
    if sealed is None:
        raise NotFound(f"这户没有登记{HOUSEHOLD_FACTS[field].label}。")
    value = ring.decrypt(bytes(sealed), field=field, owner=household_id)
    counts = {"household": household_id, "field": field}
    record_house(session, actor, house, "households.reveal", counts=counts)
    return value
