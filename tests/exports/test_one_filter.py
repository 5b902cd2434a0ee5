"""One filter, the same rows everywhere: every way out against a brute-force reading of all rows in Python."""

import csv
import io
import json
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_housing.layers.catalogue import HOUSES
from geo_housing.layers.parsing import parse_filter
from geo_housing.layers.queries import count_rows
from geo_housing.layers.spatial import parse_polygon
from geo_housing.words import KEY_GROUPS
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, WEST

FACTS = """
    SELECT h.code, h.scope_code, ST_X(h.geom) AS lon, ST_Y(h.geom) AS lat, h.grade, h.risk, h.renovation, h.renovation_year, h.structure,
        h.occupancy, h.built_year, h.storeys, h.area_m2, h.graded_on, h.settlement, h.suspected_on IS NOT NULL AS
        suspected, v.name AS village,
        (SELECT array_agg(c) FROM house_household l JOIN household k ON k.id = l.household_id, unnest(k.categories) c
         WHERE l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL) AS categories,
        (SELECT array_agg(c) FROM house_household l JOIN household k ON k.id = l.household_id, unnest(k.traits) c
         WHERE l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL) AS traits
    FROM house h LEFT JOIN area v ON v.code = h.scope_code AND v.level = 'village' WHERE h.ended_on IS NULL
"""
TOLERANCE = 1e-9
# Edges of the squares, the houses' own coordinates, and places between them.
PLACES = [0.0, 0.002, 0.003, 0.005, 0.008, 0.01, 0.012, 0.0125, 0.015, 0.02, 0.025, 0.03, 0.04]

House = dict[str, Any]
Verdict = Callable[[House], bool | None]


@dataclass(frozen=True)
class Part:
    """A piece of a condition: how it is written, and what it says of a house (None: unknown)."""

    text: str
    holds: Verdict


def _compared(name: str, sign: str, value: Any) -> Part:
    test = {"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[sign]
    written = f"'{value}'" if isinstance(value, str) else f"DATE('{value}')" if isinstance(value, date) else str(value)
    return Part(
        f"{name} {sign} {written}",
        lambda house: None if house[name] is None else bool(getattr(operator, test)(house[name], value)),
    )


def _listed(name: str, values: list[str]) -> Part:
    written = ",".join(f"'{value}'" for value in values)
    return Part(f"{name} IN ({written})", lambda house: None if house[name] is None else house[name] in values)


def _missing(name: str, negated: bool) -> Part:
    return Part(f"{name} IS {'NOT ' if negated else ''}NULL", lambda house: (house[name] is None) is not negated)


def _begins(text: str) -> Part:
    return Part(
        f"village LIKE '{text}%'", lambda house: None if house["village"] is None else house["village"].startswith(text)
    )


def _between(low: int, high: int) -> Part:
    return Part(
        f"built_year BETWEEN {low} AND {high}",
        lambda house: None if house["built_year"] is None else low <= house["built_year"] <= high,
    )


def _meets(wkt: str) -> Part:
    return Part(f"S_INTERSECTS(geometry, {wkt})", lambda house: inside(house, wkt))


def _not(part: Part) -> Part:
    def holds(house: House) -> bool | None:
        value = part.holds(house)
        return None if value is None else not value

    return Part(f"NOT ({part.text})", holds)


def _joined(parts: list[Part], word: str) -> Part:
    """AND and OR of SQL: unknown counts only where nothing else decides."""

    def holds(house: House) -> bool | None:
        values = [part.holds(house) for part in parts]
        decisive = word == "OR"
        return decisive if decisive in values else None if None in values else not decisive

    return Part(f" {word} ".join(f"({part.text})" for part in parts), holds)


def inside(house: House, wkt: str) -> bool | None:
    """As zones hold houses: covered, or nearer than a tenth of a millimetre."""
    if house["lon"] is None:
        return False
    return bool(shapely.dwithin(parse_polygon(wkt), shapely.Point(house["lon"], house["lat"]), TOLERANCE))


signs = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
places = st.sampled_from(PLACES)
corners = st.tuples(places, places).map(lambda place: (round(120 + place[0], 7), round(45 + place[1] / 2, 7)))
polygons = (
    st.lists(corners, min_size=3, max_size=5, unique=True)
    .map(shapely.Polygon)
    .filter(lambda polygon: shapely.make_valid(polygon).area > 1e-9)
    .map(lambda polygon: polygon.wkt)
)
leaves = st.one_of(
    st.builds(_compared, st.just("built_year"), signs, st.integers(1955, 2025)),
    st.builds(_compared, st.just("area_m2"), signs, st.sampled_from([40, 52.5, 77.5, 100])),
    st.builds(_compared, st.just("graded_on"), signs, st.dates(date(2023, 5, 8), date(2023, 5, 12))),
    st.builds(_compared, st.sampled_from(["grade", "risk"]), st.sampled_from(["=", "<>"]), st.sampled_from("ABCD")),
    st.builds(_listed, st.just("structure"), st.lists(st.sampled_from(["brick_wood", "rc", "earth_wood"]), min_size=1)),
    st.builds(_missing, st.sampled_from(["grade", "built_year", "occupancy", "settlement"]), st.booleans()),
    st.builds(_begins, st.sampled_from(["西", "东", "西一", ""])),
    st.builds(_between, st.integers(1960, 1990), st.integers(1980, 2020)),
    st.builds(_meets, polygons),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(_not), st.builds(_joined, st.lists(inner, min_size=2, max_size=3), st.sampled_from(["AND", "OR"]))
    ),
    max_leaves=6,
)


def _some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


boxes = (
    st.tuples(corners, corners).filter(lambda b: b[0][0] < b[1][0] and b[0][1] < b[1][1]).map(lambda b: [*b[0], *b[1]])
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "area": st.sampled_from([COUNTY, WEST, EAST, f"{WEST}201", f"{EAST}204", f"{WEST}001"]),
        "bbox": boxes,
        "within": polygons,
        "grade": _some(["A", "B", "C", "D"]),
        "risk": _some(["A", "C", "D", "suspected", "none"]),
        "renovation": _some(["not_needed", "listed", "unplanned", "started"]),
        "renovation_year": _some(["none", "2024", "2025", "2019"]),
        "structure": _some(["brick_wood", "rc", "earth_wood"]),
        "occupancy": _some(["resident", "empty", "seasonal"]),
        "category": _some(["K1", "K2", "L1", "key_groups"]),
        "trait": _some(["elderly_alone", "impaired"]),
        "where": conditions,
    },
)


def expected(houses: list[House], wanted: dict[str, Any]) -> list[House]:
    """The houses that a filter means, by reading every row."""

    def holds(house: House) -> bool:
        for name, value in wanted.items():
            if name == "area":
                fits: bool | None = house["scope_code"].startswith(value)
            elif name == "bbox":
                fits = house["lon"] is not None and (
                    value[0] <= house["lon"] < value[2] and value[1] <= house["lat"] < value[3]
                )
            elif name == "within":
                fits = inside(house, value)
            elif name == "where":
                fits = value.holds(house)
            elif name in ("category", "trait"):
                held = set(house["categories" if name == "category" else "traits"] or ())
                meant = {*value, *KEY_GROUPS} if "key_groups" in value else set(value)
                fits = bool(held & meant)
            elif name == "renovation_year":
                year, listed = house["renovation_year"], house["renovation"] in ("listed", "started")
                fits = str(year) in value or ("none" in value and year is None and listed)
            else:
                fits = house[name] in value
            if not fits:
                return False
        return True

    return [house for house in houses if holds(house)]


def asked(wanted: dict[str, Any]) -> dict[str, str]:
    """The filter as a query string holds it."""
    return {
        name: value.text if isinstance(value, Part) else ",".join(map(str, value)) if isinstance(value, list) else value
        for name, value in wanted.items()
    }


@pytest.fixture(scope="module")
def client(varied: ToyDatabase) -> TestClient:
    return varied.browser(varied.member("county", COUNTY))


@pytest.fixture
def houses(raw: psycopg.Connection) -> list[House]:
    cursor = raw.cursor(row_factory=psycopg.rows.dict_row)
    return cursor.execute(FACTS).fetchall()


def listed(client: TestClient, wanted: dict[str, str]) -> list[House]:
    """All rows of the list, page by page."""
    rows: list[House] = []
    cursor = None
    while True:
        answer = client.get(
            "/api/v1/houses", params={**wanted, "limit": "17", **({"cursor": cursor} if cursor else {})}
        )
        assert answer.status_code == 200, answer.text
        rows += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return rows


@settings(max_examples=examples(26), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=filters)
def test_every_way_out_gives_exactly_the_houses_that_the_filter_means(
    varied: ToyDatabase, client: TestClient, houses: list[House], wanted: dict[str, Any]
) -> None:
    found = expected(houses, wanted)
    codes = sorted(house["code"] for house in found)
    located = sorted(house["code"] for house in found if house["lon"] is not None)
    query = asked(wanted)

    with varied.transaction(COUNTY) as session:
        counts = count_rows(
            session, HOUSES, parse_filter(query, layer=HOUSES, actor=varied.actor(COUNTY)), varied.actor(COUNTY).scope
        )
    assert (counts.rows, counts.located) == (len(codes), len(located))
    assert sorted(row["house_code"] for row in listed(client, query)) == codes

    answer = client.get("/api/v1/houses.geojson", params=query)
    assert answer.status_code == 200, answer.text
    collection = answer.json()
    assert sorted(feature["id"] for feature in collection["features"]) == located
    assert collection["geo_housing"]["rows"] == len(located)
    assert collection["geo_housing"]["unlocated"] == len(codes) - len(located)

    answer = client.get("/api/v1/houses.csv", params=query)
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert sorted(row["house_code"] for row in rows) == codes
    assert answer.headers["x-geo-housing-rows"] == str(len(codes))

    if "within" not in query:
        query["filter"] = query.pop("where", "")
        answer = client.get("/ogc/collections/houses/items", params=query)
        assert answer.status_code == 200, answer.text
        assert answer.json()["numberMatched"] == len(located)
        assert sorted(feature["id"] for feature in answer.json()["features"]) == located


def test_a_big_polygon_goes_into_the_body_and_means_the_same(client: TestClient, houses: list[House]) -> None:
    circle = shapely.Point(120.02, 45.01).buffer(0.0101, quad_segs=12_000)
    body = {
        "purpose": "核对",
        "within": json.loads(shapely.to_geojson(circle)),
        "risk": ["C", "D"],
        "where": "built_year > 1900",
    }
    answer = client.post("/api/v1/houses.geojson", json=body)
    assert answer.status_code == 200, answer.text
    found = [
        house["code"]
        for house in houses
        if house["lon"] is not None
        and circle.contains(shapely.Point(house["lon"], house["lat"]))
        and house["risk"] in ("C", "D")
        and house["built_year"] is not None
    ]
    assert found
    assert sorted(feature["id"] for feature in answer.json()["features"]) == sorted(found)
    assert answer.json()["geo_housing"]["filter"]["within"]["vertices"] > 40_000
