"""Village statistics: nobody finds the number of a small cell by adding and subtracting, and every column adds up."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Integer, Text, column, func, literal, select
from sqlalchemy.orm import Session

from geo_housing.layers.statistics_layer import _FIGURES, BREAKDOWNS, statistics
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

# Counties know nothing of one another: each example holds several, so that one statement answers for all.
FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
COUNTIES = 8
# The two breakdowns that are drawn; in the others all houses are in one part.
DRAWN = ("danger", "years")
MANY = 10**6

Cells = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Table:
    """What was published: figures (None: not given) and villages of each row."""

    rows: dict[str, dict[str, int | None]]
    members: dict[str, set[str]]


def published(session: Session, figures: Cells, least: int) -> Table:
    """The rows that the layer makes of ``figures``, by its own statement."""
    given_rows = json.dumps([{"code": code, **values} for code, values in figures.items()])
    record = func.json_to_recordset(literal(given_rows).op("::")(column("json"))).table_valued(
        column("code", Text), *(column(name, BigInteger) for name in _FIGURES), name="given"
    )
    wide = select(record.render_derived(with_types=True)).cte("figures")
    rows, members = statistics(wide, least=lambda _county: literal(least, Integer))
    found = {row.pop("row_id"): dict(row) for row in map(dict, session.execute(select(rows)).mappings())}
    villages: dict[str, set[str]] = defaultdict(set)
    for row_id, code in session.execute(select(members)):
        villages[row_id].add(code)
    return Table(found, villages)


def complete(drawn: dict[str, dict[str, list[int]]]) -> Cells:
    """All figures of each village out of the drawn parts of ``danger`` and ``years`` (which hold the same houses)."""
    figures: Cells = {}
    for code, parts in drawn.items():
        houses = sum(parts["danger"])
        values = dict.fromkeys(_FIGURES, 0) | {
            "houses": houses,
            "resident_households": houses,
            "resident_people": 2 * houses,
        }
        for breakdown, classes in BREAKDOWNS.items():
            numbers = parts.get(breakdown, [houses, *[0] * (len(classes) - 1)])
            values |= {part.name: number for part, number in zip(classes, numbers, strict=True)}
        figures[code] = values
    return figures


number = st.one_of(st.just(0), st.integers(0, 4), st.integers(0, 30))


@st.composite
def one_county(draw: st.DrawFn) -> list[tuple[str, dict[str, list[int]]]]:
    """One to three townships of one to five villages, and houses that are in none: (code after the county's, parts)."""
    codes = []
    for township in range(draw(st.integers(1, 3))):
        codes += [f"10{township}20{village}" for village in range(draw(st.integers(1, 5)))]
        codes += [f"10{township}"] * draw(st.booleans())
    codes += [""] * draw(st.booleans())
    found = []
    for code in codes:
        danger = [draw(number), draw(number)]
        houses = sum(danger)
        cuts = sorted(draw(st.lists(st.integers(0, houses), min_size=2, max_size=2)))
        years = [b - a for a, b in zip([0, *cuts], [*cuts, houses], strict=True)]
        found.append((code, {"danger": danger, "years": years}))
    return found


counties = st.lists(one_county(), min_size=1, max_size=COUNTIES).map(
    lambda every: [complete({f"99000{place}{code}": parts for code, parts in one}) for place, one in enumerate(every)]
)


def of_county(table: Table, county: str) -> Table:
    """The rows of one county."""
    return Table({name: row for name, row in table.rows.items() if name.startswith(county)}, table.members)


def known_totals(figures: Cells, names: list[str]) -> list[tuple[set[tuple[str, str]], int]]:
    """What everybody knows: each part's total of each township and county, and which villages have no houses at all."""
    nothing = [({(code, name)}, 0) for code, values in figures.items() if not values["houses"] for name in names]
    return nothing + [
        ({(code, name) for code in codes}, sum(figures[code][name] for code in codes))
        for length in (9, 6)
        for prefix in sorted({code[:length] for code in figures})
        for codes in [[code for code in figures if code[:length] == prefix]]
        for name in names
    ]


def told(table: Table, names: list[str]) -> list[tuple[set[tuple[str, str]], int]]:
    """What the published rows say of the parts ``names``: each number is the sum of cells."""
    found = []
    for row_id, values in table.rows.items():
        villages = table.members[row_id]
        for name in names:
            if values[name] is not None:
                found.append(({(code, name) for code in villages}, values[name]))
        if values["houses"] is not None:
            found.append(({(code, name) for code in villages for name in names}, values["houses"]))
    return found


def determined(
    facts: list[tuple[set[tuple[str, str]], int]], cells: list[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Cells whose number follows from ``facts``: by elimination, and by what no number below zero leaves possible."""
    place = {cell: number for number, cell in enumerate(cells)}
    matrix = np.zeros((len(facts), len(cells)))
    for row, (members, _) in enumerate(facts):
        for cell in members:
            matrix[row, place[cell]] = 1
    right = np.array([number for _, number in facts], dtype=float)
    found: dict[tuple[str, str], int] = {}
    # A cell is fixed by elimination if its unit vector lies in the span of the rows.
    _, values, base = np.linalg.svd(matrix, full_matrices=False)
    span = base[values > 1e-9]
    solution = np.linalg.lstsq(matrix, right, rcond=None)[0]
    for cell, number in place.items():
        unit = np.zeros(len(cells))
        unit[number] = 1
        if np.linalg.norm(unit - span.T @ (span @ unit)) < 1e-7:
            found[cell] = round(float(solution[number]))
    low = dict.fromkeys(cells, 0)
    high = dict.fromkeys(cells, MANY)
    changed = True
    while changed:
        changed = False
        for members, number in facts:
            lowest, highest = sum(low[cell] for cell in members), sum(high[cell] for cell in members)
            for cell in members:
                upper = number - (lowest - low[cell])
                lower = number - (highest - high[cell])
                if upper < high[cell] or lower > low[cell]:
                    high[cell], low[cell] = min(high[cell], upper), max(low[cell], lower)
                    changed = True
                    lowest, highest = sum(low[one] for one in members), sum(high[one] for one in members)
    return found | {cell: low[cell] for cell in cells if low[cell] == high[cell]}


def tables(toy: ToyDatabase, every: list[Cells], least: int) -> Iterator[tuple[Cells, Table]]:
    """Each county with what is published of it."""
    with toy.transaction() as session:
        table = published(session, {code: values for one in every for code, values in one.items()}, least)
    for place, one in enumerate(every):
        yield one, of_county(table, f"99000{place}")


@FEW
@given(every=counties, least=st.integers(3, 7))
def test_no_small_cell_follows_from_what_is_published_and_the_totals_of_townships(
    toy_worker: ToyDatabase, every: list[Cells], least: int
) -> None:
    for figures, table in tables(toy_worker, every, least):
        for breakdown in DRAWN:
            names = [part.name for part in BREAKDOWNS[breakdown]]
            for row_id, values in table.rows.items():
                for name in [*names, "houses"]:
                    assert values[name] is None or values[name] == 0 or values[name] >= least, (row_id, name)
            attack(figures, names, told(table, names), least)
        # Of villages with few houses not even how many they are.
        attack(figures, ["houses"], told(table, ["houses"]), least)


def attack(figures: Cells, names: list[str], facts: list[tuple[set[tuple[str, str]], int]], least: int) -> None:
    """No small cell follows from ``facts`` that did not follow from what everybody knows."""
    cells = [(code, name) for code in figures for name in names]
    before = determined(known_totals(figures, names), cells)
    for (code, name), found in determined(known_totals(figures, names) + facts, cells).items():
        assert found == figures[code][name], "the attack itself must be right"
        assert (code, name) in before or found == 0 or found >= least, f"{name} of {code} is {found}"


@FEW
@given(every=counties, least=st.integers(3, 7))
def test_every_column_adds_up_to_the_county_or_is_not_given_for_it(
    toy_worker: ToyDatabase, every: list[Cells], least: int
) -> None:
    for figures, table in tables(toy_worker, every, least):
        houses = sum(values["houses"] for values in figures.values())
        for breakdown, parts in BREAKDOWNS.items():
            names = [part.name for part in parts]
            sums = {name: sum(values[name] for values in figures.values()) for name in names}
            given_sums = {name: sum(row[name] or 0 for row in table.rows.values()) for name in names}
            if houses < least or any(0 < number < least for number in sums.values()):
                assert not any(given_sums.values()), (breakdown, "a county that is small itself")
            else:
                assert given_sums == sums, breakdown
        assert sum(row["houses"] or 0 for row in table.rows.values()) == (houses if houses >= least else 0)


@FEW
@given(every=counties, least=st.integers(3, 7))
def test_what_is_nowhere_small_is_given_village_by_village(
    toy_worker: ToyDatabase, every: list[Cells], least: int
) -> None:
    """So the rule never hides more than it must where it need not act at all."""
    large = [larger(one, least) for one in every]
    for figures, table in tables(toy_worker, large, least):
        assert {row_id: dict(values) for row_id, values in table.rows.items()} == figures


def larger(figures: Cells, least: int) -> Cells:
    """The same villages, every cell that holds houses holding enough."""
    dangers = {
        code: [values[part.name] and values[part.name] + least for part in BREAKDOWNS["danger"]]
        for code, values in figures.items()
    }
    return complete({code: {"danger": danger, "years": [sum(danger), 0, 0]} for code, danger in dangers.items()})


# The layer itself, on the houses of the toy county.

PARTS_SQL = {
    "dangerous": "risk IN ('C', 'D')",
    "vacant": "occupancy IN ('away', 'empty')",
    "built_before_1980_or_unknown": "built_year < 1980 OR built_year IS NULL",
    "built_1980_1999": "built_year BETWEEN 1980 AND 1999",
    "built_since_2000": "built_year >= 2000",
    "earthen": "structure IN ('earth_wood', 'earth', 'brick_earth')",
    "timber": "structure IN ('brick_wood', 'stone_wood', 'wood')",
    "concrete": "structure IN ('brick_concrete', 'rc', 'steel')",
}


@pytest.mark.parametrize("area", [COUNTY, WEST, EAST])
def test_the_layer_adds_up_to_the_houses_of_the_database(toy_worker: ToyDatabase, area: str) -> None:
    client = toy_worker.browser(toy_worker.member("planner", area))
    items = client.get("/api/v1/village-statistics", params={"limit": 500}).json()["items"]
    with psycopg.connect(toy_worker.names.admin_url.replace("+psycopg", "")) as raw:
        where = f"ended_on IS NULL AND starts_with(scope_code, '{area}')"
        total = raw.execute(f"SELECT count(*), sum(households), sum(people) FROM house WHERE {where}").fetchone()
        counted = {
            name: raw.execute(f"SELECT count(*) FROM house WHERE {where} AND ({condition})").fetchone()[0]
            for name, condition in PARTS_SQL.items()
        }
    sums = {name: sum(row[name] or 0 for row in items) for name in _FIGURES}
    assert (sums["houses"], sums["resident_households"], sums["resident_people"]) == tuple(total)
    for breakdown, parts in BREAKDOWNS.items():
        given_parts = [sums[part.name] for part in parts]
        numbers = [counted.get(part.name, total[0] - sum(counted.get(one.name, 0) for one in parts)) for part in parts]
        assert given_parts in (numbers, [0] * len(parts)), breakdown
        if not any(0 < number < 5 for number in numbers):
            assert given_parts == numbers, breakdown
    villages = [code for code, _, _ in VILLAGES.values() if code.startswith(area)]
    # Each village is told once with its houses, the committee without outline among them.
    assert sum(row["villages"] for row in items if row["houses"] is not None) == len(villages) + (area != EAST)


def test_the_least_number_is_the_setting_of_the_county(toy: ToyDatabase) -> None:
    client = toy.browser(toy.member("planner", COUNTY))

    def rows() -> list[dict[str, Any]]:
        return client.get("/api/v1/village-statistics", params={"limit": 500}).json()["items"]

    # Each village has 5 or more houses, the committee without outline one: it is told with another village.
    merged = [row for row in rows() if row["merged"] == "totals"]
    assert [row["villages"] for row in merged] == [2] and merged[0]["houses"] >= 5
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", "")) as raw:
        raw.execute(
            "INSERT INTO policy_setting (key, area_code, value, effective_from, basis, recorded_by)"
            f" VALUES ('statistics.least_houses', '{COUNTY}', '15', DATE '2020-01-01', '试', '试')"
        )
    changed = rows()
    assert all(row["houses"] is None or row["houses"] == 0 or row["houses"] >= 15 for row in changed)
    assert sum(row["houses"] or 0 for row in changed) == 43


def test_whoever_sees_one_village_only_is_told_why_there_are_no_statistics(toy_worker: ToyDatabase) -> None:
    client = toy_worker.browser(toy_worker.member("planner", f"{WEST}201"))
    for path in (
        "/api/v1/village-statistics",
        "/api/v1/village-statistics.geojson",
        "/ogc/collections/village-statistics/items",
        f"/ogc/collections/village-statistics/items/{WEST}201",
        "/tiles/village-statistics/8/213/91.mvt",
    ):
        answer = client.get(path)
        assert answer.status_code == 403 and "乡镇" in answer.json()["detail"], path
