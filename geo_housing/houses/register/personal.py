"""Full ID numbers and telephone numbers: shown one by one, found by the whole number; by permission, journalled (D9)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import NotAllowed, NotFound
from geo_housing.houses.models import House, Household, HouseHousehold
from geo_housing.houses.register.facts import HOUSEHOLD_FACTS, SEALED
from geo_housing.houses.register.queries import families_of
from geo_housing.houses.register.service import record_house, require_house
from geo_housing.journal.service import record
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


def phone_of(session: Session, household_id: int, *, ring: KeyRing) -> str:
    """A household's full number. Whoever asks has checked that they may, and writes the look into the journal themselves."""
    sealed = session.get_one(Household, household_id).phone_cipher
    if sealed is None:
        raise NotFound("这户没有登记联系电话。")
    return ring.decrypt(bytes(sealed), field="phone", owner=household_id)


def houses_of_number(session: Session, actor: Actor, number: str, *, ring: KeyRing) -> list[House]:
    """Houses in which the household with this whole ID number lives or which it owns, found by keyed hash.

    Each search stands in the journal, with the houses it has found and never with the number.
    """
    if not actor.may(VIEW):
        raise NotAllowed("您的角色不能按身份证号查找。")
    found = list(
        session.scalars(
            select(House)
            .where(
                House.id.in_(
                    select(HouseHousehold.house_id)
                    .join(Household, Household.id == HouseHousehold.household_id)
                    .where(
                        Household.id_number_key == ring.search_id(number, field="id_number"),
                        HouseHousehold.to_on.is_(None),
                    )
                ),
                House.ended_on.is_(None),
            )
            .order_by(House.code)
        )
    )
    for house in found:
        record_house(session, actor, house, "households.find", counts={"field": "id_number"})
    if not found:
        record(session, actor, "households.find", counts={"field": "id_number", "found": 0})
    return found
