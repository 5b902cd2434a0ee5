"""The one search: houses by code, heads by name (for those allowed), villages and townships by name or code.

Houses are found by the whole ID number, too, by those who may see it: apart from the rest (``search_by_number``), because
each such search is journalled and the number may stand in no address and no log.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import Double, func, or_, select
from sqlalchemy.orm import Session

from geo_housing.areas.models import Area, AreaAlias
from geo_housing.db import Actor
from geo_housing.desk.house_list import begins_with
from geo_housing.errors import BadInput
from geo_housing.houses.models import House, HouseAlias, Household, HouseHousehold
from geo_housing.houses.register.personal import houses_of_number
from geo_housing.houses.register.queries import code_behind_alias, house_at, normal_code, places
from geo_housing.houses.spreadsheet.personal import check_character
from geo_housing.keys import KeyRing
from geo_housing.layers.house_layer import HEADS
from geo_housing.masking import mask_name
from geo_housing.people_names import tidy_name
from geo_housing.words import RISK

MOST_TYPED = 100
FOUND_EACH = 8
OLD_LENGTH = 15
_ID_NUMBER = re.compile(r"\d{15}|\d{17}[\dXx]")


@dataclass(frozen=True)
class Found:
    """One answer: where it leads, what it says, and for a map where it is."""

    address: str
    text: str
    more: str
    lon: float | None = None
    lat: float | None = None
    bbox: tuple[float, float, float, float] | None = None
    house: dict[str, Any] | None = None


@dataclass(frozen=True)
class Group:
    """Answers of one kind under their heading."""

    label: str
    found: list[Found]


def house_address(code: str) -> str:
    """The page of a house; a code may hold any character."""
    return f"/houses/{quote(code, safe='')}"


def search(session: Session, actor: Actor, typed: str, *, each: int = FOUND_EACH) -> list[Group]:
    """Answers to what was typed, at most ``each`` of a kind; nothing typed finds nothing."""
    text = typed.strip()[:MOST_TYPED].replace("\x00", "")
    if not text:
        return []
    groups = [Group("房屋", _by_code(session, normal_code(text), each))]
    if actor.may(HEADS):
        groups.append(Group("户主", _by_head(session, tidy_name(text), each)))
    for level, label in (("village", "村"), ("township", "乡镇")):
        groups.append(Group(label, _divisions(session, level, text, each)))
    return [group for group in groups if group.found]


def is_id_number(typed: str) -> bool:
    """Whether this is a whole ID number: nothing that may go into an address."""
    return _ID_NUMBER.fullmatch(re.sub(r"\s", "", typed)) is not None


def search_by_number(session: Session, actor: Actor, typed: str, *, ring: KeyRing) -> list[Group]:
    """The houses of the household with this ID number; BadInput says what is wrong with it."""
    number = re.sub(r"\s", "", typed).upper()
    if len(number) == OLD_LENGTH:
        raise BadInput("15 位旧身份证号不能用来查找，请输入 18 位身份证号。")
    if check_character(number) != number[-1]:
        raise BadInput("身份证号校验位不对，可能有一位写错。请核对后重新输入。")
    houses = houses_of_number(session, actor, number, ring=ring)
    rows = session.execute(_houses().where(House.id.in_([house.id for house in houses])).order_by(House.code))
    return [group for group in [Group("房屋", _found(session, list(rows), lambda row: row.code))] if group.found]


def only_house(session: Session, typed: str) -> str | None:
    """Code of the house that was typed in full, by its present or a former code."""
    code = normal_code(typed)
    if house_at(session, code) is not None:
        return code
    return code_behind_alias(session, code)


def _houses() -> Any:
    return select(
        House.code,
        House.scope_code,
        House.risk,
        House.grade,
        House.grade_basis,
        House.structure,
        House.renovation,
        func.ST_X(House.geom, type_=Double).label("lon"),
        func.ST_Y(House.geom, type_=Double).label("lat"),
    ).where(House.ended_on.is_(None))


def _by_code(session: Session, code: str, each: int) -> list[Found]:
    present = _houses().where(begins_with(House.code, code)).order_by(House.code).limit(each)
    rows = list(session.execute(present))
    if len(rows) < each:
        former = (
            select(HouseAlias.house_id).where(begins_with(HouseAlias.code, code)).order_by(HouseAlias.code).limit(each)
        )
        known = {row.code for row in rows}
        rows += [row for row in session.execute(_houses().where(House.id.in_(former))) if row.code not in known]
    return _found(session, rows[:each], lambda row: row.code)


def _by_head(session: Session, name: str, each: int) -> list[Found]:
    heads = (
        select(HouseHousehold.house_id, Household.head)
        .join(Household, Household.id == HouseHousehold.household_id)
        .where(begins_with(Household.head, name), HouseHousehold.to_on.is_(None), HouseHousehold.relation == "lives")
        .order_by(Household.head, Household.id)
        .limit(each)
        .subquery("heads")
    )
    statement = _houses().add_columns(heads.c.head).join(heads, heads.c.house_id == House.id).order_by(heads.c.head)
    rows = list(session.execute(statement))
    owned = (
        _houses().add_columns(House.owner.label("head")).where(begins_with(House.owner, name), House.households == 0)
    )
    rows += session.execute(owned.order_by(House.owner, House.id).limit(each - len(rows))) if len(rows) < each else ()
    return _found(session, rows, lambda row: row.head)


def _found(session: Session, rows: list[Any], text_of: Any) -> list[Found]:
    names = places(session, [row.scope_code for row in rows])
    answers = []
    for row in rows:
        place, text = names[row.scope_code].name, text_of(row)
        more = f"{row.code} · {place}" if text != row.code else f"{place} · {RISK.label(row.risk)}"
        house = {
            "house_code": row.code,
            "risk": row.risk,
            "grade": row.grade,
            "grade_basis": row.grade_basis,
            "structure": row.structure,
            "renovation": row.renovation,
            "township": names[row.scope_code].township,
            "village": names[row.scope_code].village,
        }
        answers.append(Found(house_address(row.code), text, more, row.lon, row.lat, house=house))
    return answers


def _divisions(session: Session, level: str, name: str, each: int) -> list[Found]:
    # A few hundred rows: no index is needed, and one looks for the middle of a name, too.
    box = func.ST_Envelope(Area.geom)
    edges = [edge(box, type_=Double) for edge in (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)]
    parent = Area.__table__.alias("parent")
    rows = session.execute(
        select(Area.code, Area.name, parent.c.name.label("above"), *edges)
        .outerjoin(parent, parent.c.code == Area.parent_code)
        .where(
            Area.level == level,
            Area.valid_to.is_(None),
            or_(
                Area.name.contains(name, autoescape=True),
                Area.code.startswith(name, autoescape=True),
                Area.code.in_(select(AreaAlias.area_code).where(AreaAlias.name.contains(name, autoescape=True))),
            ),
        )
        .order_by(Area.name.startswith(name, autoescape=True).desc(), func.length(Area.name), Area.code)
        .limit(each)
    )
    return [
        Found(
            f"/houses?area={row.code}",
            row.name,
            row.above or "",
            bbox=None if row[3] is None else (row[3], row[4], row[5], row[6]),
        )
        for row in rows
    ]


def shown_head(head: str | None, actor: Actor) -> str | None:
    """A head's name as this person may see it."""
    return head if head is None or actor.may(HEADS) else mask_name(head)
