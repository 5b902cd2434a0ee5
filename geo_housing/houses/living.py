"""Whether a house counts as lived in, and of how many of its families nobody knows how many they are: said here for all rooms.

A number is known where it is above 0. Nobody at home, said of a house that counts as lived in all the same, is a number that
nobody knows: 0人 would fetch nobody. A house without a family in the register is one family of unknown size there, because
somebody may live in it. Of a house that stands empty by a check that is still believed 0 is no gap.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, or_
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.policy.queries import effective
from geo_housing.scope import EVERYWHERE, AreaScope
from geo_housing.words import LIVED_IN

STALE_DAYS = "occupancy.stale_days"


def stale_before(session: Session, scope: AreaScope = EVERYWHERE) -> date:
    """The day before which a checked occupancy counts as unknown."""
    days = int(effective(session, STALE_DAYS, area_code=scope.lo, on=clock.today()).value)
    return clock.today() - timedelta(days=days)


_CODES = ", ".join(f"'{code}'" for code in LIVED_IN)
# words.md: unknown, or older than the setting, counts as lived in wherever safety is concerned. Bound: ``stale_before``.
LIVED_IN_SQL = (
    f"(h.occupancy IS NULL OR h.occupancy IN ({_CODES})"
    " OR h.occupancy_checked_on IS NULL OR h.occupancy_checked_on < :stale_before)"
)


def lived_in(house: Any, since: date) -> ColumnElement[bool]:
    """The same as an expression over the columns of ``house``."""
    return or_(
        house.occupancy.is_(None),
        house.occupancy.in_(LIVED_IN),
        house.occupancy_checked_on.is_(None),
        house.occupancy_checked_on < since,
    )


def unsized_sql(house: str, is_lived_in: str | None = None) -> str:
    """户 of a row whose people nobody knows; ``is_lived_in`` where the row says that in another way than by ``lived_in``."""
    return (
        f"(CASE WHEN {is_lived_in or f'{house}.lived_in'}"
        f" THEN greatest({house}.households_without_size, ({house}.households = 0)::int) ELSE 0 END)"
    )


# Of a house ``h`` as it stands in the register.
UNSIZED_SQL = unsized_sql("h", LIVED_IN_SQL)
# 人 of one family ``k``, NULL where nobody knows.
SIZE_SQL = "nullif(k.persons, 0)"


def unsized(house: Any, is_lived_in: ColumnElement[bool]) -> ColumnElement[int]:
    """The same as an expression over the columns of ``house``; of most houses all is known, and no day is looked at."""
    least = func.greatest(house.households_without_size, cast(house.households == 0, Integer), type_=Integer)
    all_known = and_(house.households_without_size == 0, house.households > 0)
    return case((all_known, 0), (is_lived_in, least), else_=0)
