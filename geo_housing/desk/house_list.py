"""The list of houses: the one filter of all layers, a search text, what must be done first on top."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Row,
    Select,
    SmallInteger,
    SQLColumnExpression,
    Text,
    and_,
    case,
    func,
    literal_column,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import literal as value_of
from sqlalchemy.orm import Session

from geo_housing.areas.models import Area
from geo_housing.clock import today
from geo_housing.db import Actor
from geo_housing.houses.living import lived_in, stale_before, unsized
from geo_housing.houses.models import URGENCY, House, HouseAlias, Household, HouseHousehold
from geo_housing.houses.register.queries import normal_code
from geo_housing.layers.filters import Filter, condition
from geo_housing.layers.house_layer import HEADS, HOUSES
from geo_housing.layers.queries import joined
from geo_housing.layers.tables import HOUSE
from geo_housing.people_names import tidy_name
from geo_housing.words import KEY_GROUPS

PAGE_ROWS = 50
# What the list shows; columns that the person may not see are left out.
COLUMNS = (
    "house_code area_code township village settlement head persons people structure built_year occupancy"
    " occupancy_checked_on risk grade_basis graded_on renovation renovation_year measure location_state"
).split()
# After every text that begins with the one that was typed, in byte order.
LAST = "\U0010ffff"


@dataclass(frozen=True)
class ListPosition:
    """A place in the order of the list."""

    urgency: int
    empty: int
    scope_code: str
    id: int


@dataclass(frozen=True)
class HousePage:
    """Some rows, and where to go on; None at the end."""

    rows: list[dict[str, Any]]
    next_after: ListPosition | None


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
        name = tidy_name(typed)
        found.append(
            select(HouseHousehold.house_id)
            .join(Household, Household.id == HouseHousehold.household_id)
            .where(begins_with(Household.head, name), HouseHousehold.to_on.is_(None))
        )
        # Owners whose family is kept beyond one's area.
        found.append(select(House.id).where(begins_with(House.owner, name)))
    return select(union_all(*found).subquery("named").c[0])


@dataclass(frozen=True)
class ListFigures:
    """Of the list: 栋 by risk class under the rest of the filter; 栋, 户, 人 and 户 whose people nobody counted under all of it.

    ``of_word`` are the 户 of the one key group or trait that the filter names; None when it names none, or several.
    """

    by_risk: dict[str, int]
    houses: int
    households: int
    people: int
    households_without_size: int
    of_word: int | None


def listing(
    session: Session,
    wanted: Filter,
    actor: Actor,
    text: str = "",
    *,
    after: ListPosition | None = None,
    limit: int = PAGE_ROWS,
) -> tuple[ListFigures, HousePage]:
    """Figures and page of one list. Where a filter is dear, above all whom zones concern, it is answered once for both."""
    if (wanted.event, wanted.zone, wanted.standing, wanted.within) == (None, None, None, None):
        return figures(session, wanted, actor, text), house_page(session, wanted, actor, text, after=after, limit=limit)
    urgency: ColumnElement[int] = literal_column(URGENCY)
    asked = (
        select(
            HOUSE.c.id,
            HOUSE.c.scope_code.label("scope"),
            HOUSE.c.risk,
            HOUSE.c.households,
            HOUSE.c.people,
            _unsized(session, wanted, actor),
            urgency.label("urgency"),
            _stands_empty(wanted).label("empty"),
            _held(wanted).label("held"),
        )
        .where(_asked(replace(wanted, risk=()), actor, text))
        .cte("asked")
    )
    order = (asked.c.urgency, asked.c.empty, asked.c.scope, asked.c.id)
    keys = select(*order).limit(limit + 1).order_by(*order)
    if wanted.risk:
        keys = keys.where(asked.c.risk.in_(wanted.risk))
    if after is not None:
        keys = keys.where(tuple_(*order) > _values_of(after))
    counted = _counted(asked).subquery("counted")
    page = keys.subquery("page")
    nothing = [null().label(column.name) for column in page.c]
    both: CompoundSelect[Any] = union_all(
        select(*counted.c, *nothing),
        select(*(null().label(column.name) for column in counted.c), *page.c),
    )
    found = session.execute(both).all()
    places = [ListPosition(row.urgency, row.empty, row.scope, row.id) for row in found if row.id is not None]
    sums = _added([row for row in found if row.id is None], wanted)
    return sums, _page_of(session, wanted, actor, places, limit)


def figures(session: Session, wanted: Filter, actor: Actor, text: str = "") -> ListFigures:
    """The figures of the chips, and what the list adds up to."""
    houses = (
        select(
            HOUSE.c.risk,
            HOUSE.c.households,
            HOUSE.c.people,
            _unsized(session, wanted, actor),
            _held(wanted).label("held"),
        )
        .where(_asked(replace(wanted, risk=()), actor, text))
        .subquery("asked")
    )
    return _added(session.execute(_counted(houses)).all(), wanted)


def _counted(houses: FromClause) -> Select[Any]:
    h = houses.c
    return select(
        h.risk,
        func.count().label("houses"),
        func.sum(h.households).label("households"),
        func.sum(h.people).label("people"),
        func.sum(h.households_without_size).label("unsized"),
        func.sum(h.held).label("held"),
    ).group_by(h.risk)


def _added(found: Sequence[Row[Any]], wanted: Filter) -> ListFigures:
    listed = [row for row in found if not wanted.risk or row.risk in wanted.risk]
    houses, households, people, unsized, held = (
        sum(int(getattr(row, name)) for row in listed) for name in ("houses", "households", "people", "unsized", "held")
    )
    by_risk = {row.risk: row.houses for row in found}
    return ListFigures(by_risk, houses, households, people, unsized, held if _word(wanted) else None)


def _word(wanted: Filter) -> tuple[ColumnElement[Any], str] | None:
    """The one key group or trait that the filter names, with the column that holds it."""
    if (len(wanted.trait), len(wanted.category)) == (1, 0):
        return HOUSE.c.traits, wanted.trait[0]
    if (len(wanted.trait), len(wanted.category)) == (0, 1) and wanted.category[0] in KEY_GROUPS:
        return HOUSE.c.key_groups, wanted.category[0]
    return None


def _held(wanted: Filter) -> ColumnElement[int]:
    """户 of that word in a house, which holds it once for each of its families."""
    word = _word(wanted)
    if word is None:
        return value_of(0, SmallInteger)
    return func.coalesce(func.cardinality(func.array_positions(word[0], value_of(word[1], Text))), 0)


def house_page(
    session: Session,
    wanted: Filter,
    actor: Actor,
    text: str = "",
    *,
    after: ListPosition | None = None,
    limit: int = PAGE_ROWS,
) -> HousePage:
    """At most ``limit`` houses after ``after``: D, C, suspected, 未评定, B, A; lived in first within each class."""
    urgency: ColumnElement[int] = literal_column(URGENCY)
    empty = _stands_empty(wanted)
    order = (urgency, empty, HOUSE.c.scope_code, HOUSE.c.id)
    keys = select(*order).where(_asked(wanted, actor, text))
    if after is not None:
        keys = keys.where(urgency >= after.urgency, tuple_(*order) > _values_of(after))
    found = session.execute(keys.order_by(*order).limit(limit + 1)).all()
    return _page_of(session, wanted, actor, [ListPosition(*row) for row in found], limit)


def _values_of(place: ListPosition) -> ColumnElement[Any]:
    return tuple_(*(value_of(part) for part in (place.urgency, place.empty, place.scope_code, place.id)))


def _page_of(session: Session, wanted: Filter, actor: Actor, places: Sequence[ListPosition], limit: int) -> HousePage:
    """The few rows of the page: names and families are looked up for those alone."""
    shown = places[:limit]
    columns = [column for column in HOUSES.visible(actor, "ledger") if column.name in COLUMNS]
    people = (HOUSE.c.people, _unsized(session, wanted, actor)) if actor.may(HEADS) else ()
    statement = (
        select(HOUSE.c.id, *(column.value.label(column.name) for column in columns), *people)
        .select_from(joined(HOUSES, columns, bulk=False))
        .where(HOUSE.c.id.in_([place.id for place in shown]))
    )
    rows = {row["id"]: dict(row) for row in session.execute(statement).mappings()} if shown else {}
    return HousePage([rows[place.id] for place in shown], shown[-1] if len(places) > limit else None)


def _asked(wanted: Filter, actor: Actor, text: str) -> ColumnElement[bool]:
    asked = condition(wanted, scope=actor.scope)
    return and_(asked, HOUSE.c.id.in_(houses_named(text, actor))) if text.strip() else asked


def _unsized(session: Session, wanted: Filter, actor: Actor) -> ColumnElement[int]:
    """户 of a house whose people nobody knows, by the rule of the filter's area."""
    since = wanted.fresh_since or stale_before(session, actor.scope.narrowed(wanted.area))
    return unsized(HOUSE.c, lived_in(HOUSE.c, since)).label("households_without_size")


def _stands_empty(wanted: Filter) -> ColumnElement[int]:
    """0 for houses that count as lived in, by the rule of the filter (unknown and stale ones do)."""
    h = HOUSE.c
    return case((lived_in(h, wanted.fresh_since or today()), 0), else_=1)
