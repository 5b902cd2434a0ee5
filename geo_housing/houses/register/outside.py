"""A house that no ledger holds, told of in a night: in the register at once, so that every list and count holds it."""

from dataclasses import dataclass

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.areas.models import Area
from geo_housing.db import Actor
from geo_housing.houses.models import House, Household, HouseHousehold
from geo_housing.journal.service import Subject, record

# Codes of their own: those that ledgers give out are counted by loads, for which a night does not wait.
MARK = "YJ"


@dataclass(frozen=True)
class Outside:
    """The house that was registered, with its family."""

    house_id: int
    code: str
    household_id: int


def register_outside(
    session: Session, actor: Actor, *, area: str, head: str, persons: int | None, remark: str
) -> Outside:
    """One house of a village (or township) without a point, with the family that lives there; callers have looked whether it is known.

    A later ledger finds it by village and head, as it finds every house without a code.
    """
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('houses.outside:' || :area, 0))"), {"area": area}
    )
    last = session.scalar(
        text(
            "SELECT max(right(code, 3)::int) FROM house WHERE code >= :lo AND code < :hi AND length(code) = length(:lo) + 3"
        ),
        {"lo": f"{area}{MARK}", "hi": f"{area}{MARK}:"},
    )
    code = f"{area}{MARK}{(last or 0) + 1:03d}"
    is_demo = bool(session.scalar(select(Area.is_demo).where(Area.code == area)))
    house_id: int = session.execute(
        insert(House)
        .values(
            code=code, scope_code=area, declared_code=area, location_state="unlocated", remark=remark, is_demo=is_demo
        )
        .returning(House.id)
    ).scalar_one()
    household_id: int = session.execute(
        insert(Household).values(scope_code=area, head=head, persons=persons, is_demo=is_demo).returning(Household.id)
    ).scalar_one()
    session.execute(
        insert(HouseHousehold).values(
            house_id=house_id, household_id=household_id, scope_code=area, relation="lives", from_on=clock.today()
        )
    )
    session.execute(text("SELECT house_recount(ARRAY[CAST(:id AS bigint)])"), {"id": house_id})
    record(session, actor, "houses.outside", Subject("house", code, area), counts={"houses": 1, "households": 1})
    return Outside(house_id, code, household_id)
