"""Changes of the households of a house: who lives there, who owns it, and what is known of them.

ID number and phone are sealed before they reach the database (D9); a certified category is not taken away here.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, NotFound
from geo_housing.houses.models import House, Household, HouseHousehold
from geo_housing.houses.register.facts import HOUSEHOLD_FACTS, SEALED, Value, masked, read_facts
from geo_housing.houses.register.queries import Family, families_of
from geo_housing.houses.register.service import fault_at, record_house, require_house
from geo_housing.houses.spreadsheet.originals import KEPT, gone_with
from geo_housing.keys import KeyRing
from geo_housing.masking import mask_id_number, mask_phone
from geo_housing.people_names import name_key
from geo_housing.words import CATEGORY, RELATION

EDIT = "houses.edit"
_MASKS = {"id_number": mask_id_number, "phone": mask_phone}


def edit_family(
    session: Session,
    actor: Actor,
    code: str,
    household_id: int,
    given: Mapping[str, object],
    *,
    version: int,
    ring: KeyRing,
) -> list[str]:
    """Change a household of the house; returns the fields that changed. An empty ID number or phone changes nothing."""
    house, family = _found(session, actor, code, household_id)
    wanted = read_facts(given, HOUSEHOLD_FACTS, on=clock.today())
    _keep_certified(family, wanted)
    values: dict[str, Any] = {}
    diff: dict[str, list[Any]] = {}
    stored = session.get_one(Household, household_id)
    for name, value in wanted.items():
        if name in SEALED:
            if value is not None and ring.search_id(str(value), field=name) != getattr(stored, f"{name}_key"):
                values |= _sealed(name, str(value), household_id, ring)
                diff[name] = [getattr(stored, f"{name}_masked"), masked(name, value)]
        elif _plain(value) != _plain(getattr(stored, name)):
            values[name] = list(value) if isinstance(value, tuple) else value
            diff[name] = [masked(name, getattr(stored, name)), masked(name, value)]
    if not diff:
        return []
    if "id_number" in values or "id_number_key" in values:
        _check_number_is_free(session, household_id, values["id_number_key"])
    written = session.execute(
        update(Household)
        .where(Household.id == household_id, Household.version == version)
        .values(**values, version=Household.version + 1, updated_at=func.now())
        .execution_options(synchronize_session=False)
    )
    if written.rowcount == 0:  # type: ignore[attr-defined] # an UPDATE gives a CursorResult
        raise Conflict("这户的信息刚被别人改过，您的修改没有保存。请核对后再保存一次。")
    session.refresh(stored)
    _recount(session, household_id)
    _forget_originals(session, house, household_id, diff)
    record_house(session, actor, house, "households.edit", diff=diff, counts={"household": household_id})
    return list(diff)


def add_family(
    session: Session,
    actor: Actor,
    code: str,
    given: Mapping[str, object],
    *,
    relation: str,
    since: date | None,
    ring: KeyRing,
) -> int:
    """A further household of the house: a known one (by its ID number) is joined to it, else a new one is made."""
    house = _house(session, actor, code)
    relation = RELATION.code(relation)
    wanted = read_facts(given, HOUSEHOLD_FACTS, on=clock.today())
    if not wanted.get("head"):
        raise BadInput("请填写户主姓名。", faults=[Fault(None, "head", None, "请填写户主姓名。")])
    household_id = _known_household(session, wanted, ring)
    if household_id is None:
        _check_other_head(session, house, wanted)
        household_id = _new_household(session, house, wanted, ring)
    elif any(
        family.id == household_id and family.is_here and (family.relation, relation) != ("owns", "lives")
        for family in families_of(session, house.id)
    ):
        raise Conflict("这户已登记在这栋房屋，不用再加。")
    if relation == "lives" and _lives_somewhere(session, household_id):
        raise Conflict("这户已登记住在另一栋房屋；一户只有一处现住房。请先在那栋房屋登记搬离，或把这里登记为“拥有”。")
    if relation == "lives":
        _take_in(session, house.id, household_id, since or clock.today())
    else:
        session.execute(
            insert(HouseHousehold).values(
                house_id=house.id,
                household_id=household_id,
                scope_code=house.scope_code,
                relation=relation,
                from_on=since or clock.today(),
            )
        )
    _recount_house(session, house.id)
    record_house(
        session,
        actor,
        house,
        "households.add",
        diff={"head": [None, masked("head", wanted["head"])], "relation": [None, relation]},
        counts={"household": household_id},
    )
    return household_id


def leave_house(
    session: Session, actor: Actor, code: str, household_id: int, *, on: date, home: str | None = None
) -> bool:
    """The household no longer lives in (or owns) the house from a day on; its record stays.

    ``home`` is the code of the house it lives in now. Who lived here and says no home waits for one, so that nobody is lost;
    whoever is registered as living elsewhere under the same ID number does not. True when it waits.
    """
    house, family = _found(session, actor, code, household_id)
    if on > clock.today():
        raise BadInput("日期不能晚于今天。", faults=[Fault(None, "to_on", None, "日期不能晚于今天。")])
    target = _home(session, house, home) if family.relation == "lives" and home and home.strip() else None
    closed_with = None
    if target is not None:
        closed_with = "moved"
    elif family.relation == "lives":
        closed_with = "same" if _lives_under_its_number(session, household_id) else "ended"
    session.execute(
        update(HouseHousehold).where(HouseHousehold.id == family.link_id).values(to_on=on, closed_with=closed_with)
    )
    _recount_house(session, house.id)
    record_house(
        session,
        actor,
        house,
        "households.leave",
        diff={"relation": [family.relation, None], "head": [masked("head", family.head), None]},
        counts={"household": household_id, "on": on.isoformat()},
    )
    if target is not None:
        _take_in(session, target.id, household_id, on)
        _recount_house(session, target.id)
        diff = {"head": [None, masked("head", family.head)], "relation": [None, "lives"]}
        record_house(session, actor, target, "households.add", diff=diff, counts={"household": household_id})
    return closed_with == "ended"


def _home(session: Session, house: House, code: str) -> House:
    try:
        target = require_house(session, code)
    except NotFound as error:
        raise fault_at("home", error.sentence) from None
    if target.id == house.id:
        raise fault_at("home", "不能填这栋房屋自己的编号，请填写另一栋房屋的编号。")
    hold_houses(session, [target.id])
    session.refresh(target)
    if target.ended_on is not None:
        raise fault_at("home", f"{target.code} 已终止，请填写另一栋房屋的编号。")
    return target


def _take_in(session: Session, home: int, household_id: int, since: date) -> None:
    """A family lives in a house, which it may have owned until then, and is seen by those in whose area that is."""
    session.execute(
        text("SELECT house_take_in(:home, :family, :day)"), {"home": home, "family": household_id, "day": since}
    )


def _lives_under_its_number(session: Session, household_id: int) -> bool:
    """Whether another record of the same person lives somewhere: two townships may have entered one."""
    key = select(Household.id_number_key).where(Household.id == household_id).scalar_subquery()
    living = (
        select(HouseHousehold.id)
        .join(Household, Household.id == HouseHousehold.household_id)
        .where(
            Household.id_number_key == key,
            Household.id != household_id,
            HouseHousehold.relation == "lives",
            HouseHousehold.to_on.is_(None),
        )
    )
    return session.execute(living.limit(1)).first() is not None


def _house(session: Session, actor: Actor, code: str) -> House:
    if not actor.may(EDIT):
        raise NotAllowed("您的角色不能修改农户信息。")
    house = require_house(session, code)
    hold_houses(session, [house.id])
    session.refresh(house)
    if house.ended_on is not None:
        raise Conflict("这栋房屋已终止，要修改请先恢复。")
    return house


def hold_houses(session: Session, ids: Iterable[int]) -> None:
    """Lock houses before their families are read or changed, as a ledger does: houses first, by number.

    The counts of a house are made of all its families: of two who change one each, the second must see the first.
    """
    session.execute(
        text("SELECT FROM house WHERE id = ANY (CAST(:ids AS bigint[])) ORDER BY id FOR NO KEY UPDATE"),
        {"ids": list(ids)},
    )


def _found(session: Session, actor: Actor, code: str, household_id: int) -> tuple[House, Family]:
    if actor.may(EDIT):
        of_family = select(HouseHousehold.house_id).where(HouseHousehold.household_id == household_id)
        hold_houses(session, session.scalars(of_family).all())
    house = _house(session, actor, code)
    for family in families_of(session, house.id):
        if family.id == household_id and family.is_here:
            return house, family
    raise NotFound("这栋房屋没有登记这一户。")


def _keep_certified(family: Family, wanted: Mapping[str, Value]) -> None:
    if "categories" not in wanted:
        return
    left = tuple(wanted["categories"] or ())  # type: ignore[arg-type] # a list of words
    missing = [CATEGORY.label(category) for category in family.certified if category not in left]
    if missing:
        sentence = f"“{'、'.join(missing)}”已由主管部门认定，不能在这里取消；请先终止认定。"
        raise BadInput(sentence, faults=[Fault(None, "categories", None, sentence)])


def _sealed(name: str, value: str, household_id: int, ring: KeyRing) -> dict[str, Any]:
    return {
        f"{name}_cipher": ring.encrypt(value, field=name, owner=household_id),
        f"{name}_key": ring.search_id(value, field=name),
        f"{name}_masked": _MASKS[name](value),
    }


def _take_turns(session: Session, key: object) -> None:
    """Two who write the same new ID number at once go one after the other."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"household {key}"})


def _check_number_is_free(session: Session, household_id: int, key: object) -> None:
    _take_turns(session, key)
    other = select(Household.id).where(Household.id_number_key == key, Household.id != household_id).limit(1)
    if session.execute(other).first() is not None:
        sentence = "这个身份证号已登记在另一户，请核对；同一户不能登记两次。"
        raise BadInput(sentence, faults=[Fault(None, "id_number", None, sentence)])


def _known_household(session: Session, wanted: Mapping[str, Value], ring: KeyRing) -> int | None:
    number = wanted.get("id_number")
    if number is None:
        return None
    key = ring.search_id(str(number), field="id_number")
    _take_turns(session, key)
    return session.execute(select(Household.id).where(Household.id_number_key == key).limit(1)).scalar_one_or_none()


def _check_other_head(session: Session, house: House, wanted: Mapping[str, Value]) -> None:
    """Without ID number a family is known by its house and its head (D10): the same form sent twice is one family."""
    if wanted.get("id_number") is not None:
        return
    if any(
        family.is_here and name_key(family.head or "") == name_key(str(wanted["head"]))
        for family in families_of(session, house.id)
    ):
        sentence = f"这栋房屋已登记户主“{wanted['head']}”这一户，没有重复登记；确是同名的另一户，请填写身份证号。"
        raise Conflict(sentence, faults=[Fault(None, "head", None, sentence)])


def _new_household(session: Session, house: House, wanted: Mapping[str, Value], ring: KeyRing) -> int:
    plain = {
        name: list(value) if isinstance(value, tuple) else value for name, value in wanted.items() if name not in SEALED
    }
    household_id: int = session.execute(
        insert(Household).values(**plain, scope_code=house.scope_code, is_demo=house.is_demo).returning(Household.id)
    ).scalar_one()
    sealed: dict[str, Any] = {}
    for name in SEALED:
        if (value := wanted.get(name)) is not None:
            sealed |= _sealed(name, str(value), household_id, ring)
    if sealed:
        session.execute(update(Household).where(Household.id == household_id).values(**sealed))
    return household_id


def _lives_somewhere(session: Session, household_id: int) -> bool:
    living = select(HouseHousehold.id).where(
        HouseHousehold.household_id == household_id,
        HouseHousehold.relation == "lives",
        HouseHousehold.to_on.is_(None),
    )
    return session.execute(living.limit(1)).first() is not None


def _forget_originals(session: Session, house: House, household_id: int, changed: Iterable[str]) -> None:
    """What a ledger wrote and nobody understood goes once a person has said what it is (as when a house is edited).

    The ledger's row is one family's, and its link keeps what it says. The house's own cells are those of a family that has
    none of its own; where several such live, nobody knows whose a cell was, and it stays.
    """
    if not (said := [kept for name in changed if name in KEPT for kept in gone_with(name)]):
        return
    values = {"said": said, "house": house.id, "family": household_id}
    session.execute(
        text(
            "UPDATE house_household SET extra = extra - CAST(:said AS text[])"
            " WHERE house_id = :house AND household_id = :family AND extra ?| CAST(:said AS text[])"
        ),
        values,
    )
    session.execute(
        text(
            "UPDATE house h SET extra = nullif(h.extra - CAST(:said AS text[]), '{}') WHERE h.id = :house"
            " AND h.extra ?| CAST(:said AS text[]) AND NOT EXISTS (SELECT FROM house_household l WHERE l.house_id = h.id"
            "   AND CASE WHEN l.household_id = :family THEN l.extra IS NOT NULL"
            "       ELSE l.extra IS NULL AND l.relation = 'lives' AND l.to_on IS NULL END)"
        ),
        values,
    )


def _plain(value: Any) -> Any:
    return (tuple(sorted(value)) or None) if isinstance(value, tuple | list) else value


def _recount(session: Session, household_id: int) -> None:
    """The caches of the houses in which the household lives."""
    session.execute(
        text("SELECT house_recount(ARRAY(SELECT house_id FROM house_household WHERE household_id = :id))"),
        {"id": household_id},
    )


def _recount_house(session: Session, house_id: int) -> None:
    session.execute(text("SELECT house_recount(ARRAY[CAST(:id AS bigint)])"), {"id": house_id})
