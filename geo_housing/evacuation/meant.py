"""Whose family is meant where somebody writes a village and a name."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from geo_housing.errors import BadInput, Fault
from geo_housing.houses.models import House, Household, HouseHousehold
from geo_housing.people_names import BETWEEN, name_key
from geo_housing.scope import AreaScope


def registered(session: Session, area: str, head: str, house_code: str | None) -> tuple[House, Household] | None:
    """The house and family of the register that are meant by this name in this village; None when there is none.

    BadInput when several may be, or the house code is not this family's.
    """
    scope = AreaScope(area)
    wanted = (
        select(House, Household)
        .join(HouseHousehold, HouseHousehold.house_id == House.id)
        .join(Household, Household.id == HouseHousehold.household_id)
        .where(
            Household.scope_code >= scope.lo,
            Household.scope_code < scope.hi,
            HouseHousehold.relation == "lives",
            HouseHousehold.to_on.is_(None),
            House.ended_on.is_(None),
            is_one(Household.head, head),
        )
        .order_by(House.code)
        .limit(20)
    )
    if house_code:
        wanted = wanted.where(House.code == house_code.strip().upper())
    found = session.execute(wanted).all()
    # Where the register holds both spellings, whoever is written exactly so is meant.
    found = [row for row in found if row[1].head == head] or found
    if house_code and not found:
        raise fault("house_code", _why_unknown(session, house_code.strip().upper()))
    if len(found) > 1:
        codes = "、".join(house.code for house, _ in found[:6])
        raise fault("house_code", f"这个村有 {len(found)} 户户主叫“{head}”，请填房屋编号：{codes}。")
    return (found[0][0], found[0][1]) if found else None


def is_one(column: Any, name: str) -> ColumnElement[bool]:
    """The condition that a column holds this person's name, however either of the two is spread or dotted (``name_key``)."""
    stored = func.regexp_replace(func.pg_catalog.normalize(column, "NFKC"), BETWEEN, "", "g")
    found: ColumnElement[bool] = stored == name_key(name)
    return found


def _why_unknown(session: Session, code: str) -> str:
    """No family of that name lives under that code; a code that is no more says where its people are."""
    house = session.scalar(select(House).where(House.code == code, House.ended_on.is_not(None)))
    kept = session.get(House, house.duplicate_of) if house is not None and house.duplicate_of is not None else None
    if kept is not None:
        return f"{code} 是重复登记，已并入 {kept.code}，请按 {kept.code} 填写。"
    if house is not None:
        return f"{code} 已在台账里终止，请核对这户现住哪栋房屋，填那栋的编号，或不填房屋编号。"
    return "这个村没有这个房屋编号的这一户，请核对，或不填房屋编号。"


def fault(field: str, sentence: str) -> BadInput:
    """A refusal that stands at the field it is about."""
    return BadInput(sentence, faults=[Fault(None, field, None, sentence)])
