"""A house ends or comes back, and its families with it: to the kept house, to the house named, or waiting for one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotFound
from geo_housing.houses.models import House, Household, HouseHousehold
from geo_housing.houses.register.announcements import HousesJoined, HousesParted, HousesToJoin
from geo_housing.houses.register.facts import Value, masked
from geo_housing.houses.register.families import hold_houses
from geo_housing.houses.register.queries import Family, families_of
from geo_housing.houses.register.service import (
    check_may,
    check_open,
    fault_at,
    next_version,
    record_house,
    require_house,
)
from geo_housing.journal.announcements import announce
from geo_housing.numbers import MOST_BIGINT
from geo_housing.words import ENDED_REASON

# Those that wait come back; of a duplicate also those that the ending moved and that live in the kept house still.
_COME_BACK = text("""
    WITH back AS (
        SELECT l.id, l.household_id, o.id AS since
        FROM house_household l
        LEFT JOIN house_household o
            ON o.household_id = l.household_id AND o.relation = 'lives' AND o.to_on IS NULL
        WHERE l.house_id = :house AND l.relation = 'lives'
          AND CASE l.closed_with
              WHEN 'ended' THEN o.id IS NULL AND l.to_on = :ended_on
              WHEN 'same' THEN o.id IS NULL
              WHEN 'moved' THEN o.house_id = CAST(:kept AS bigint) AND o.id > l.id
          END
          AND NOT EXISTS (
              SELECT FROM house_household n WHERE n.household_id = l.household_id AND n.relation = 'lives'
                AND n.id > l.id AND n.id IS DISTINCT FROM o.id)
    ), left_again AS (
        UPDATE house_household o SET to_on = :today FROM back b WHERE o.id = b.since RETURNING o.id
    )
    SELECT id, (SELECT count(*) FROM left_again) FROM back
""")
_REOPEN = text("UPDATE house_household SET to_on = NULL, closed_with = NULL WHERE id = ANY (CAST(:links AS bigint[]))")
# Records of the kept house that gave way to those of the duplicate.
_KEPT_AGAIN = text("""
    UPDATE house_household l SET to_on = NULL, closed_with = NULL
    WHERE l.house_id = CAST(:kept AS bigint) AND l.closed_with = 'same' AND l.to_on = :ended_on
      AND NOT EXISTS (SELECT FROM house_household o
          WHERE o.household_id = l.household_id AND o.relation = 'lives' AND o.to_on IS NULL)
""")
# A family is seen by those in whose area it lives.
_SEEN_HERE = """
    UPDATE {table} t SET scope_code = :area FROM house_household l
    WHERE l.id = ANY (CAST(:links AS bigint[])) AND t.{key} = l.household_id AND t.scope_code <> :area
"""
_RECOUNT = text("SELECT house_recount(CAST(:ids AS bigint[]))")


def end_house(
    session: Session,
    actor: Actor,
    code: str,
    *,
    reason: str,
    on: date,
    version: int,
    duplicate_of: str | None = None,
    note: str | None = None,
    homes: Mapping[int, str] | None = None,
) -> int:
    """Take a house out of all counts and lists, with reason and day; it stays in the register and can come back.

    The families of a duplicate live in the kept house from then on. Of any other house ``homes`` says by household in
    which house (its code) each lives now; the others wait, and are counted as families without a home. Returns how many.
    """
    check_may(actor)
    house = require_house(session, code)
    check_open(house)
    reason = ENDED_REASON.code(reason)
    if on > clock.today():
        raise fault_at("ended_on", "终止日期不能晚于今天。")
    kept = _other_house(session, house, duplicate_of, "duplicate_of") if reason == "duplicate" else None
    named = {} if kept else {key: typed for key, typed in (homes or {}).items() if typed.strip()}
    targets = {key: _other_house(session, house, typed, f"home_{key}") for key, typed in named.items()}
    if kept:
        announce(session, actor, HousesToJoin())
    _hold(session, [house, *([kept] if kept else []), *targets.values()])
    for field, target in [("duplicate_of", kept), *((f"home_{key}", other) for key, other in targets.items())]:
        if target is not None and target.ended_on is not None:
            raise fault_at(field, f"{target.code} 已终止，请填写另一栋房屋的编号。")
    values: dict[str, Value] = {"ended_on": on, "ended_reason": reason, "duplicate_of": kept.id if kept else None}
    next_version(session, house, version, values)
    living = [family for family in families_of(session, house.id) if family.is_here and family.relation == "lives"]
    if missing := targets.keys() - {family.id for family in living}:
        raise BadInput(f"这栋房屋没有登记住着第 {min(missing)} 号农户，请刷新页面后再试。")
    if kept:
        session.execute(
            text("SELECT house_families_to(:house, :kept, :day)"), {"house": house.id, "kept": kept.id, "day": on}
        )
    waiting = 0
    for family in [] if kept else living:
        target = targets.get(family.id)
        session.execute(
            update(HouseHousehold)
            .where(HouseHousehold.id == family.link_id)
            .values(to_on=on, closed_with="moved" if target else "ended")
        )
        if target:
            _take_in(session, actor, target, family, on)
        waiting += target is None
    touched = [house, *([kept] if kept else []), *targets.values()]
    session.execute(_RECOUNT, {"ids": [one.id for one in touched]})
    diff: dict[str, list[Any]] = {"ended_on": [None, on.isoformat()], "ended_reason": [None, reason]}
    if kept:
        diff["duplicate_of"] = [None, kept.code]
    counts = {"families_moved": len(living) - waiting, "families_waiting": waiting} if living else None
    record_house(session, actor, house, "houses.end", diff=diff, note=note, counts=counts)
    if kept and living:
        record_house(
            session, actor, kept, "households.take_over", counts={"families_moved": len(living)}, note=house.code
        )
    if kept:
        announce(session, actor, HousesJoined(house.id, kept.id))
    return waiting


def resume_house(session: Session, actor: Actor, code: str, *, version: int, note: str | None) -> list[str]:
    """Bring back a house that was ended by mistake, with its families that live nowhere else since; the reason is asked.

    What upper rooms have to say to whoever did it, in sentences.
    """
    check_may(actor)
    house = require_house(session, code)
    if house.ended_on is None:
        raise Conflict("这栋房屋没有终止，不用恢复。")
    if not note:
        raise fault_at("note", "请写明恢复的原因。")
    kept = house.duplicate_of
    if kept:
        announce(session, actor, HousesToJoin())
    hold_houses(session, [house.id, *([kept] if kept else [])])
    ended_on = house.ended_on
    diff = {"ended_on": [ended_on.isoformat(), None], "ended_reason": [house.ended_reason, None]}
    next_version(session, house, version, {"ended_on": None, "ended_reason": None, "duplicate_of": None})
    asked = {"house": house.id, "kept": kept, "ended_on": ended_on, "today": clock.today()}
    links = [row[0] for row in session.execute(_COME_BACK, asked)]
    session.execute(_REOPEN, {"links": links})
    if kept:
        session.execute(_KEPT_AGAIN, {"kept": kept, "ended_on": ended_on})
    for table, key in (("household", "id"), ("category_certificate", "household_id")):
        session.execute(text(_SEEN_HERE.format(table=table, key=key)), {"area": house.scope_code, "links": links})
    session.execute(_RECOUNT, {"ids": [house.id, *([kept] if kept else [])]})
    counts = {"families_back": len(links)} if links else None
    record_house(session, actor, house, "houses.resume", diff=diff, note=note, counts=counts)
    told = announce(session, actor, HousesParted(house.id, kept)) if kept else []
    return [sentence for sentences in told for sentence in sentences]


def give_home(session: Session, actor: Actor, household_id: int, code: str, *, on: date) -> House:
    """A family that waits lives in the house of ``code`` from a day on."""
    check_may(actor)
    _waiting(session, actor, household_id)
    house = require_house(session, code)
    hold_houses(session, [house.id])
    session.refresh(house)
    check_open(house)
    if on > clock.today():
        raise fault_at("from_on", "日期不能晚于今天。")
    _waiting(session, actor, household_id)
    head = session.get_one(Household, household_id).head
    session.execute(
        text("SELECT house_take_in(:home, :family, :day)"), {"home": house.id, "family": household_id, "day": on}
    )
    session.execute(_RECOUNT, {"ids": [house.id]})
    diff = {"head": [None, masked("head", head)], "relation": [None, "lives"]}
    record_house(session, actor, house, "households.add", diff=diff, counts={"household": household_id})
    return house


def gone_away(session: Session, actor: Actor, household_id: int, *, note: str) -> str:
    """A family that waits lives in no house of the county any more; the reason is asked. Returns its former house."""
    check_may(actor)
    if not note:
        raise fault_at("note", "请写明这户的去向，如“已迁往外地”“已销户”。")
    code = _waiting(session, actor, household_id)
    house = require_house(session, code)
    head = session.get_one(Household, household_id).head
    session.execute(
        update(HouseHousehold)
        .where(HouseHousehold.household_id == household_id, HouseHousehold.closed_with == "ended")
        .values(closed_with=None)
    )
    diff = {"relation": ["lives", None], "head": [masked("head", head), None]}
    record_house(session, actor, house, "households.leave", diff=diff, note=note, counts={"household": household_id})
    return code


def _waiting(session: Session, actor: Actor, household_id: int) -> str:
    """Code of the house in which the family lived; Conflict when it waits no more."""
    if not 0 < household_id <= MOST_BIGINT:
        raise NotFound("没有这户。")
    session.execute(text("SELECT FROM household WHERE id = :id FOR NO KEY UPDATE"), {"id": household_id})
    found = session.execute(
        text(
            "SELECT h.code FROM households_waiting(:lo, :hi) w JOIN house h ON h.id = w.house_id"
            " WHERE w.household_id = :id"
        ),
        {"lo": actor.scope.lo, "hi": actor.scope.hi, "id": household_id},
    ).scalar_one_or_none()
    if found is None:
        raise Conflict("这户不在无房户名单里，可能刚被别人登记了现住房。请刷新后再看。")
    return str(found)


def _take_in(session: Session, actor: Actor, target: House, family: Family, on: date) -> None:
    session.execute(
        text("SELECT house_take_in(:home, :family, :day)"), {"home": target.id, "family": family.id, "day": on}
    )
    diff = {"head": [None, masked("head", family.head)], "relation": [None, "lives"]}
    record_house(session, actor, target, "households.add", diff=diff, counts={"household": family.id})


def _hold(session: Session, houses: list[House]) -> None:
    hold_houses(session, [house.id for house in houses])
    for house in houses[1:]:
        session.refresh(house)


def _other_house(session: Session, house: House, code: str | None, field: str) -> House:
    if not code or not code.strip():
        raise fault_at(field, "请填写重复登记时保留的那栋房屋的编号。")
    try:
        other = require_house(session, code)
    except NotFound as error:
        raise fault_at(field, error.sentence) from None
    if other.id == house.id:
        raise fault_at(field, "不能填这栋房屋自己的编号，请填写另一栋房屋的编号。")
    if other.ended_on is not None:
        raise fault_at(field, f"{other.code} 已终止，请填写另一栋房屋的编号。")
    return other
