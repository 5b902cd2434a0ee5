"""Settling what a ledger says against a signed fact: a person takes the ledger's word where that is lawful, or not."""

from typing import Literal

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.houses.intake.models import LedgerDifference
from geo_housing.houses.models import House, Household, HouseHousehold
from geo_housing.houses.register.families import hold_houses
from geo_housing.houses.register.queries import families_of
from geo_housing.houses.register.service import record_house, require_house
from geo_housing.words import CATEGORY

EDIT = "houses.edit"
Decision = Literal["take", "dismiss"]
SIGNED_STAYS = "已签字的评定、鉴定等级只能由新的评定或鉴定改变，不能按台账改。可以选“维持现有”，并安排重新评定。"


def may_take(difference_field: str) -> bool:
    """Whether the law leaves this to a clerk at all: a signed grade it does not."""
    return difference_field == "categories"


def settle_difference(
    session: Session, actor: Actor, code: str, difference_id: int, *, decision: Decision, note: str | None
) -> None:
    """Take the ledger's value or keep the stored one; either way the line is settled, with who and why.

    Categories: those of the ledger are added, a category that is certified stays (several may hold at once).
    """
    if not actor.may(EDIT):
        raise NotAllowed("您的角色不能处理台账差异。")
    if decision not in ("take", "dismiss"):
        raise BadInput("处理方式应为 take（采用台账）或 dismiss（维持现有）。")
    house = require_house(session, code)
    found = session.execute(
        select(LedgerDifference).where(LedgerDifference.id == difference_id, LedgerDifference.house_id == house.id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("没有这条台账差异。")
    diff: dict[str, list[object]] = {}
    if decision == "take":
        if not may_take(found.field):
            raise Conflict(SIGNED_STAYS)
        diff = _take_categories(session, house, found)
    settled = session.execute(
        update(LedgerDifference)
        .where(LedgerDifference.id == difference_id, LedgerDifference.settled_at.is_(None))
        .values(settled_at=clock.now(), settled_by=actor.name)
    )
    if settled.rowcount == 0:  # type: ignore[attr-defined] # an UPDATE gives a CursorResult
        raise Conflict("这条差异已被别人处理过。")
    counts = {"difference": difference_id, "field": found.field, "decision": decision, "stated": found.stated}
    record_house(session, actor, house, "houses.settle_difference", diff=diff or None, note=note, counts=counts)


def _take_categories(session: Session, house: House, difference: LedgerDifference) -> dict[str, list[object]]:
    stated = [CATEGORY.code(part) for part in (difference.stated or "").split("、") if part]
    certified = set((difference.stored or "").split("、"))
    hold_houses(session, [house.id])
    for family in families_of(session, house.id):
        if family.is_here and certified & set(family.certified):
            break
    else:
        raise Conflict("原来认定的农户已不在这栋房屋，台账的这一项无法采用；可以选“维持现有”。")
    merged = sorted({*stated, *family.certified})
    session.execute(
        update(Household)
        .where(Household.id == family.id)
        .values(categories=merged, version=Household.version + 1, updated_at=func.now())
    )
    houses = select(HouseHousehold.house_id).where(HouseHousehold.household_id == family.id)
    ids = list(session.scalars(houses))
    session.execute(text("SELECT house_recount(CAST(:ids AS bigint[]))"), {"ids": ids})
    return {"categories": [list(family.categories), merged]}
