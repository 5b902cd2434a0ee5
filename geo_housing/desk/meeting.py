"""会议模式: the figures for the wall, by division; the same queries as the desk's table, no word about persons.

All of them are houses, households or people: what the desk counts as inspections (项, one in each event) is told in 栋 here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import VILLAGE_DIGITS
from geo_housing.desk.overview_map import STEPS, WITHOUT_HOUSES, bounds_of, legend_of, rate_said, share_of, step_of
from geo_housing.desk.queries import (
    DivisionRow,
    HouseFigures,
    code_length_below,
    division_rows,
    house_figures,
    houses_inspected,
)
from geo_housing.houses.living import lived_in, unsized
from geo_housing.layers.filters import Filter, condition
from geo_housing.layers.tables import HOUSE
from geo_housing.scope import AreaScope

DANGEROUS = ("C", "D")


@dataclass(frozen=True)
class LivedIn:
    """Who lives in C and D houses that count as lived in: 户, 人, and 户 of whom nobody says how many they are."""

    households: int = 0
    people: int = 0
    households_without_size: int = 0


@dataclass(frozen=True)
class Figures:
    """What the strip shows of one division, and of all together; ``to_inspect``, ``inspected`` and ``overdue`` in 栋, too."""

    houses: int = 0
    dangerous_lived_in: int = 0
    households: int = 0
    people: int = 0
    households_without_size: int = 0
    suspected: int = 0
    unsettled: int = 0
    to_renovate: int = 0
    renovated: int = 0
    listed_this_year: int = 0
    renovated_this_year: int = 0
    without_year: int = 0
    to_inspect: int = 0
    inspected: int = 0
    overdue: int = 0


@dataclass(frozen=True)
class Division:
    """One bar of the ranking and one shape of the map; ``fill`` is its colour by C/D lived in per 100 households, which ``rate`` writes."""

    code: str
    name: str
    fill: str
    rate: str
    figures: Figures


@dataclass(frozen=True)
class Level:
    """Divisions of one code length, worst first, and the steps of their colours."""

    digits: int
    divisions: tuple[Division, ...]
    steps: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Meeting:
    """Everything of the page that is counted: ``levels`` from the top, each adds up to ``total``."""

    total: Figures
    levels: tuple[Level, ...]

    def as_json(self) -> dict[str, Any]:
        """As the browser reads it."""
        return asdict(self)


def meeting(session: Session, scope: AreaScope, wanted: Filter) -> Meeting:
    """The figures of an area; ``wanted`` is the desk's empty filter with the day since which occupancy is believed."""
    first = code_length_below(session, scope)
    lengths = [] if first is None else list(dict.fromkeys((first, VILLAGE_DIGITS)))
    # Both levels from one reading: quicker, and they add up whatever is saved meanwhile.
    counted = house_figures(session, scope, wanted, VILLAGE_DIGITS, year=clock.today().year) if lengths else {}
    levels = tuple(_level(session, scope, wanted, length, counted) for length in lengths)
    total = summed(division.figures for division in levels[0].divisions) if levels else Figures()
    return Meeting(total, levels)


def summed(parts: Iterable[Figures]) -> Figures:
    """Figures put together, each for itself."""
    every = list(parts)
    return Figures(**{field.name: sum(getattr(part, field.name) for part in every) for field in fields(Figures)})


def _level(session: Session, scope: AreaScope, wanted: Filter, length: int, counted: HouseFigures) -> Level:
    rows = division_rows(session, scope, wanted, length, counted=counted)
    living = lived_in_danger(session, scope, wanted, length)
    seen = houses_inspected(session, scope, length)
    bounds = bounds_of([share for row in rows if (share := share_of(row)) is not None])
    divisions = [_division(row, living.get(row.code, LivedIn()), seen.get(row.code, (0, 0, 0)), bounds) for row in rows]
    # The wall asks where the dangerous houses are that people live in; the desk asks first what is overdue.
    divisions.sort(key=lambda one: (-one.figures.dangerous_lived_in, -one.figures.suspected, one.code))
    return Level(length, tuple(divisions), tuple({"fill": s.fill, "label": s.label} for s in legend_of(bounds)))


def _division(row: DivisionRow, living: LivedIn, seen: tuple[int, int, int], bounds: Sequence[float]) -> Division:
    step = step_of(share_of(row), bounds)
    told = {field.name: getattr(row, field.name) for field in fields(Figures) if hasattr(row, field.name)}
    told |= dict(zip(("to_inspect", "inspected", "overdue"), seen, strict=True))
    fill = WITHOUT_HOUSES if step is None else STEPS[step]
    return Division(row.code, row.name, fill, rate_said(row), Figures(**told, **asdict(living)))


def lived_in_danger(session: Session, scope: AreaScope, wanted: Filter, length: int) -> dict[str, LivedIn]:
    """户 and 人 of the C and D houses that count as lived in, by division."""
    h = HOUSE.c
    assert wanted.fresh_since is not None, "fresh() says since when"
    asked = Filter(risk=DANGEROUS, lived_in=True, fresh_since=wanted.fresh_since)
    nobody_knows = unsized(h, lived_in(h, wanted.fresh_since))
    code = func.left(h.scope_code, length)
    rows = session.execute(
        select(code, func.sum(h.households), func.sum(h.people), func.sum(nobody_knows))
        .where(condition(asked, scope=scope))
        .group_by(code)
    )
    return {row[0]: LivedIn(int(row[1]), int(row[2]), int(row[3])) for row in rows}
