"""The list of houses: the one filter of all layers, a search text, what must be done first on top."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Text,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import literal as value_of
from sqlalchemy.orm import Session

from geo_housing.areas.models import Area
from geo_housing.clock import today
from geo_housing.db import Actor
from geo_housing.houses.models import URGENCY, House, HouseAlias, Household, HouseHousehold
from geo_housing.houses.register.queries import normal_code
from geo_housing.layers.filters import Filter, condition
from geo_housing.layers.house_layer import HEADS, HOUSES
from geo_housing.layers.queries import joined
from geo_housing.layers.tables import HOUSE
from geo_housing.words import KEY_GROUPS, LIVED_IN

PAGE_ROWS = 50
# What the list shows; columns that the person may not see are left out.
COLUMNS = (
    "house_code area_code township village settlement head persons people structure built_year occupancy"
    " occupancy_checked_on risk grade_basis graded_on renovation measure location_state"
).split()
# Behind every text that begins with the one that was typed, in byte order.
LAST = "\U0010ffff"


@dataclass(frozen=True)
class Place:
    """A place in the order of the list."""

    urgency: int
    empty: int
    scope_code: str
    id: int


@dataclass(frozen=True)
class HousePage:
    """Some rows, and where to go on; None at the end."""

    rows: list[dict[str, Any]]
    next_after: Place | None


def begins_with(column: SQLColumnExpression[Any], text: str) -> ColumnElement[bool]:
    """Prefix search as a range: LIKE would lose its index under row level security (D6)."""
    return and_(column >= text, column < text + LAST)


def houses_named(text: str, actor: Actor) -> Select[Any]:
    """Ids of the houses that a search text means: code or former code, head (for those allowed), village, township."""
    typed = text.strip()
    code = normal_code(typed)
    found: list[Select[Any]] = [
        select(House.id).where(begins_with(House.code, code)),
        select(HouseAlias.house_id).where(begins_with(HouseAlias.code, code)),
    ]
    named = select(Area.code).where(Area.name.contains(typed, autoescape=True), Area.level != "county")
    found.append(select(House.id).where(House.scope_code.in_(named.where(Area.level == "village"))))
    found.append(select(House.id).where(func.left(House.scope_code, 9).in_(named.where(Area.level == "township"))))
    if actor.may(HEADS):
        found.append(
            select(HouseHousehold.house_id)
            .join(Household, Household.id == HouseHousehold.household_id)
            .where(begins_with(Household.head, typed), HouseHousehold.to_on.is_(None))
        )
    return select(union_all(*found).subquery("named").c[0])


@dataclass(frozen=True)
class Figures:
    """Of the list: 栋 by risk class under the rest of the filter; 栋, 户, 人 under all of it."""

    by_risk: dict[str, int]
    houses: int
    households: int
    people: int


def figures(session: Session, wanted: Filter, actor: Actor, text: str = "") -> Figures:
    """The figures of the chips, and what the list adds up to."""
    found = session.execute(
        select(HOUSE.c.risk, func.count(), func.sum(HOUSE.c.households), func.sum(HOUSE.c.people))
        .where(_asked(replace(wanted, risk=()), actor, text))
        .group_by(HOUSE.c.risk)
    ).all()
    listed = [row for row in found if not wanted.risk or row[0] in wanted.risk]
    houses, households, people = (sum(int(row[n]) for row in listed) for n in (1, 2, 3))
    return Figures({row[0]: row[1] for row in found}, houses, households, people)


def families_of_word(session: Session, wanted: Filter, actor: Actor, text: str = "") -> int | None:
    """户 of the one key group or trait that the filter names; None when it names none, or several."""
    if (len(wanted.trait), len(wanted.category)) == (1, 0):
        words, code = HOUSE.c.traits, wanted.trait[0]
    elif (len(wanted.trait), len(wanted.category)) == (0, 1) and wanted.category[0] in KEY_GROUPS:
        words, code = HOUSE.c.key_groups, wanted.category[0]
    else:
        return None
    # The house holds the word once for each of its families.
    held = func.cardinality(func.array_positions(words, value_of(code, Text)))
    return int(session.execute(select(func.sum(held)).where(_asked(wanted, actor, text))).scalar_one() or 0)


def house_page(
    session: Session,
    wanted: Filter,
    actor: Actor,
    text: str = "",
    *,
    after: Place | None = None,
    limit: int = PAGE_ROWS,
) -> HousePage:
    """At most ``limit`` houses behind ``after``: D, C, suspected, 未评定, B, A; lived in first within each class."""
    urgency: ColumnElement[int] = literal_column(URGENCY)
    empty = _stands_empty(wanted)
    keys = select(HOUSE.c.id, urgency.label("urgency"), empty.label("empty"), HOUSE.c.scope_code.label("scope")).where(
        _asked(wanted, actor, text)
    )
    if after is not None:
        place = tuple_(*(value_of(part) for part in (after.urgency, after.empty, after.scope_code, after.id)))
        keys = keys.where(urgency >= after.urgency, tuple_(urgency, empty, HOUSE.c.scope_code, HOUSE.c.id) > place)
    # The few rows of the page are found first; names and families are looked up for those alone.
    page = (
        keys.order_by(literal_column(URGENCY), empty, HOUSE.c.scope_code, HOUSE.c.id).limit(limit + 1).subquery("page")
    )
    columns = [column for column in HOUSES.visible(actor, "ledger") if column.name in COLUMNS]
    statement = (
        select(*(column.value.label(column.name) for column in columns), HOUSE.c.people, page)
        .select_from(joined(HOUSES, columns, bulk=False).join(page, page.c.id == HOUSE.c.id))
        .order_by(page.c.urgency, page.c.empty, page.c.scope, page.c.id)
    )
    rows = [dict(row) for row in session.execute(statement).mappings()]
    last = rows[limit - 1] if len(rows) > limit else None
    place_of_last = Place(last["urgency"], last["empty"], last["scope"], last["id"]) if last else None
    return HousePage(rows[:limit], place_of_last)


def _asked(wanted: Filter, actor: Actor, text: str) -> ColumnElement[bool]:
    asked = condition(wanted, scope=actor.scope)
    return and_(asked, HOUSE.c.id.in_(houses_named(text, actor))) if text.strip() else asked


def _stands_empty(wanted: Filter) -> ColumnElement[int]:
    """0 for houses that count as lived in, by the rule of the filter (unknown and stale ones do)."""
    h = HOUSE.c
    since = wanted.fresh_since or today()
    lived_in = or_(
        h.occupancy.is_(None),
        h.occupancy.in_(LIVED_IN),
        h.occupancy_checked_on.is_(None),
        h.occupancy_checked_on < since,
    )
    return case((lived_in, 0), else_=1)
