"""Any filter, any layer, any way out: the same rows, and those that a reading of all rows in Python finds."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo_housing.exports import service
from geo_housing.exports.formats import FORMATS
from geo_housing.layers.catalogue import LAYERS
from geo_housing.layers.spatial import parse_polygon
from tests.exports import ways
from tests.exports.conftest import Disasters
from tests.exports.test_one_filter import (
    FACTS,
    TOLERANCE,
    House,
    Part,
    _compared,
    _joined,
    _missing,
    _not,
    _some,
    asked,
    boxes,
    expected,
    filters,
    polygons,
)
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

AREAS = st.sampled_from([COUNTY, WEST, EAST, f"{WEST}201", f"{EAST}204", f"{WEST}001"])
FEW = settings(
    max_examples=examples(10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

MORE_FACTS = f"""
    SELECT f.*, f.code AS id, h.location_state AS location, coalesce(h.declared_code, CASE WHEN h.geom IS NULL THEN
        h.scope_code END) AS declared FROM ({FACTS}) f JOIN house h ON h.code = f.code
"""
INSPECTIONS = f"""
    SELECT f.*, i.id, i.event_id AS event, i.scope_code, i.state, i.priority, i.uncertain
    FROM emergency_inspection i JOIN house h ON h.id = i.house_id JOIN ({MORE_FACTS}) f ON f.code = h.code
"""
ZONES = """
    SELECT z.id, z.event_id AS event, z.name, z.kind, z.level, z.area_m2, ST_AsText(z.geom) AS wkt, z.scope_code,
        (SELECT array_agg(area_code) FROM hazard_zone_area t WHERE t.zone_id = z.id) AS touched
    FROM hazard_zone z LEFT JOIN hazard_event e ON e.id = z.event_id LEFT JOIN zone_revision r ON r.id = z.revision_id
    WHERE (e.id IS NULL AND z.ended_at IS NULL) OR r.n = e.revision
"""
DIVISIONS = "SELECT code AS id, code, name, level, area_m2, ST_AsText(geom) AS wkt, code AS scope_code FROM area"


class World:
    """All rows of all layers as they stand in the tables. No dataclass: hypothesis would print all of it."""

    def __init__(self, tables: list[list[House]], events: list[int]) -> None:
        self.houses, self.inspections, self.zones, self.divisions, self.statistics = tables
        self.events = events

    def zone(self, zone_id: int) -> Any:
        """The outline of a zone."""
        return next(parse_polygon(zone["wkt"]) for zone in self.zones if zone["id"] == zone_id)


@pytest.fixture(scope="module")
def client(varied: ToyDatabase) -> TestClient:
    return varied.browser(varied.member("county", COUNTY))


@pytest.fixture(scope="module")
def world(varied: ToyDatabase, disasters: Disasters) -> World:
    with psycopg.connect(varied.names.admin_url.replace("+psycopg", ""), row_factory=psycopg.rows.dict_row) as raw:
        tables = [raw.execute(text).fetchall() for text in (MORE_FACTS, INSPECTIONS, ZONES, DIVISIONS)]
    with varied.transaction(COUNTY) as session:
        tables.append(statistics_rows(session))
    found = World(tables, disasters.events)
    assert len(found.zones) == 4 and {row["location"] for row in found.houses} == {"located", "unlocated", "disputed"}
    return found


def statistics_rows(session: Session) -> list[House]:
    """All rows of village statistics; tests/layers/test_small_cells.py looks at what is in them."""
    layer = LAYERS["village-statistics"]
    columns = (layer.feature_id.label("id"), *(column.value.label(column.name) for column in layer.columns))
    statement = select(*columns, func.ST_AsText(layer.geometry).label("wkt")).select_from(layer.source)
    return [dict(row) for row in session.execute(statement).mappings()]


def held(row: House, outline: Any) -> bool:
    """As zones hold houses."""
    return row["lon"] is not None and bool(shapely.dwithin(outline, shapely.Point(row["lon"], row["lat"]), TOLERANCE))


def concerned(row: House, event: int, world: World, *, uncertain: bool) -> bool:
    """Whether an event counts a house, by its point or beside it."""
    zones = [zone for zone in world.zones if zone["event"] == event]
    inside = any(held(row, parse_polygon(zone["wkt"])) for zone in zones)
    if not uncertain:
        return inside
    touched = {code for zone in zones for code in zone["touched"]}
    return not inside and row["location"] != "located" and row["declared"] in touched


def points_meant(rows: list[House], wanted: dict[str, Any], world: World) -> list[House]:
    """The houses or inspections that a filter means."""
    own = {"event", "uncertain", "zone", "standing"}
    found = expected(rows, {name: value for name, value in wanted.items() if name not in own})
    if "event" in wanted and "state" in rows[0]:
        found = [row for row in found if row["event"] == wanted["event"]]
    elif "event" in wanted:
        uncertain = wanted.get("uncertain") == "1"
        found = [row for row in found if concerned(row, wanted["event"], world, uncertain=uncertain)]
    if "zone" in wanted:
        found = [row for row in found if held(row, world.zone(wanted["zone"]))]
    if "standing" in wanted:
        standing = [
            zone["id"] for zone in world.zones if zone["event"] is None and wanted["standing"] in ("any", zone["id"])
        ]
        found = [row for row in found if any(held(row, world.zone(zone)) for zone in standing)]
    return found


def outlines_meant(rows: list[House], wanted: dict[str, Any]) -> list[House]:
    """The zones or divisions that a filter means: outlines that share a point with what is asked."""
    shapes = [shapely.box(*wanted["bbox"])] if "bbox" in wanted else []
    shapes += [parse_polygon(wanted["within"])] if "within" in wanted else []

    def lies_in(row: House, area: str) -> bool:
        # A zone concerns a division also when it was chosen for one above it.
        if "touched" in row:
            return any(code.startswith(area) or area.startswith(code) for code in row["touched"])
        return bool(row["code"].startswith(area))

    def fits(row: House) -> bool:
        return (
            ("area" not in wanted or lies_in(row, wanted["area"]))
            and ("event" not in wanted or row["event"] == wanted["event"])
            and ("zone" not in wanted or row["id"] == wanted["zone"])
            and ("where" not in wanted or wanted["where"].holds(row) is True)
            and all(row["wkt"] and shapely.intersects(parse_polygon(row["wkt"]), shape) for shape in shapes)
        )

    return [row for row in rows if fits(row)]


def texts(rows: list[House]) -> list[str]:
    return sorted(str(row["id"]) for row in rows)


def same_everywhere(
    client: TestClient, layer: str, wanted: dict[str, Any], rows: list[House], endings: list[str], folder: Path
) -> None:
    """Each way out gives ``rows``, those without a place only where there is one for them."""
    query = asked(wanted)
    drawn = texts([row for row in rows if (row.get("lon") or row.get("wkt")) is not None])
    placed = drawn if LAYERS[layer].is_points else texts(rows)
    assert ways.listed(client, layer, query) == texts(rows)
    for ending in endings:
        found = ways.filed(client, layer, query, ending, folder)
        assert found == (texts(rows) if FORMATS[ending].holds_all else placed), ending
    assert ways.of_tiles(client, layer, query, 14) == drawn
    if not {"within", "uncertain", "standing"} & query.keys():
        assert ways.of_ogc(client, layer, query) == placed


endings = st.lists(st.sampled_from(list(FORMATS)), min_size=2, max_size=3, unique=True)
bulks = st.sampled_from([0, 50_000])
# Events, zones and standing areas by their place in the world: their numbers are known only there.
of_event = st.fixed_dictionaries({"event": st.integers(0, 1)})
of_doubt = st.fixed_dictionaries({"event": st.integers(0, 1), "uncertain": st.sampled_from(["0", "1"])})
of_zone = st.fixed_dictionaries(
    {}, optional={"zone": st.integers(0, 3), "standing": st.sampled_from(["any", "first", "second"])}
)


def numbered(wanted: dict[str, Any], world: World) -> dict[str, Any]:
    """The filter with the numbers that this world has for its places."""
    standing = [zone["id"] for zone in world.zones if zone["event"] is None]
    given = dict(wanted)
    if "event" in given:
        given["event"] = world.events[given["event"]]
    if "zone" in given:
        given["zone"] = world.zones[given["zone"]]["id"]
    if given.get("standing", "any") != "any":
        given["standing"] = standing[["first", "second"].index(given["standing"])]
    return given


locations = st.fixed_dictionaries({}, optional={"location": _some(["located", "unlocated", "disputed"])})


@st.composite
def houses_wanted(draw: st.DrawFn) -> dict[str, Any]:
    wanted = draw(filters) if draw(st.booleans()) else {}
    return wanted | draw(st.just({}) | of_event | of_doubt) | draw(of_zone) | draw(locations)


@FEW
@given(wanted=houses_wanted(), files=endings, bulk=bulks)
def test_houses(
    client: TestClient,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wanted: dict[str, Any],
    files: list[str],
    bulk: int,
) -> None:
    monkeypatch.setattr(service, "BULK_ROWS", bulk)
    wanted = numbered(wanted, world)
    same_everywhere(client, "houses", wanted, points_meant(world.houses, wanted, world), files, tmp_path)


def _is(name: str, value: bool) -> Part:
    return Part(f"{name} = {str(value).upper()}", lambda row: None if row[name] is None else row[name] is value)


def _conditions(*leaves: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    joined = lambda inner: st.builds(_joined, st.lists(inner, min_size=2, max_size=3), st.sampled_from(["AND", "OR"]))  # noqa: E731
    return st.recursive(st.one_of(*leaves), lambda inner: st.one_of(inner.map(_not), joined(inner)), max_leaves=4)


equal = st.sampled_from(["=", "<>"])
orders = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
of_inspections = _conditions(
    st.builds(_compared, st.just("event"), orders, st.integers(0, 4)),
    st.builds(_compared, st.just("state"), equal, st.sampled_from(["open", "done"])),
    st.builds(_compared, st.just("risk"), equal, st.sampled_from(["C", "D", "none"])),
    st.builds(_is, st.just("uncertain"), st.booleans()),
)
of_zones = _conditions(
    st.builds(_compared, st.just("kind"), equal, st.sampled_from(["flood", "geological"])),
    st.builds(_compared, st.just("area_m2"), orders, st.sampled_from([100_000, 1_000_000, 5_000_000])),
    st.builds(_missing, st.just("level"), st.booleans()),
)
of_divisions = _conditions(
    st.builds(_compared, st.just("code"), orders, st.sampled_from([code for code, _, _ in VILLAGES.values()])),
    st.builds(_compared, st.just("name"), equal, st.sampled_from(["西一村村委会", "西山镇"])),
    st.builds(_missing, st.just("area_m2"), st.booleans()),
)


own = st.fixed_dictionaries({}, optional={"state": _some(["open", "in_progress", "done"]), "where": of_inspections})


@st.composite
def inspections_wanted(draw: st.DrawFn) -> dict[str, Any]:
    wanted = draw(filters) if draw(st.booleans()) else {}
    wanted.pop("where", None)  # speaks of houses
    return wanted | draw(own) | (draw(of_event) if draw(st.booleans()) else {}) | draw(of_zone) | draw(locations)


@FEW
@given(wanted=inspections_wanted(), files=endings, bulk=bulks)
def test_emergency_inspections(
    client: TestClient,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wanted: dict[str, Any],
    files: list[str],
    bulk: int,
) -> None:
    monkeypatch.setattr(service, "BULK_ROWS", bulk)
    wanted = numbered(wanted, world)
    rows = points_meant(world.inspections, wanted, world)
    same_everywhere(client, "emergency-inspections", wanted, rows, files, tmp_path)


PLACES = {"area": AREAS, "bbox": boxes, "within": polygons}
zones_wanted = st.fixed_dictionaries({}, optional=PLACES | {"where": of_zones, "zone": st.integers(0, 3)})
divisions_wanted = st.fixed_dictionaries({}, optional=PLACES | {"where": of_divisions})


of_statistics = _conditions(
    st.builds(_compared, st.just("houses"), orders, st.integers(0, 12)),
    st.builds(_compared, st.just("dangerous"), orders, st.integers(0, 12)),
    st.builds(_compared, st.just("merged"), equal, st.sampled_from(["none", "years", "totals"])),
    st.builds(_missing, st.sampled_from(["vacant", "built_since_2000", "resident_people"]), st.booleans()),
)
statistics_wanted = st.fixed_dictionaries({}, optional=PLACES | {"where": of_statistics})


@st.composite
def outlines_wanted(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    layer = draw(st.sampled_from(["zones", "standing-areas", "villages", "townships", "village-statistics"]))
    if layer == "village-statistics":
        return layer, draw(statistics_wanted)
    wanted = draw(divisions_wanted if layer in ("villages", "townships") else zones_wanted)
    return layer, wanted | (draw(of_event) if layer == "zones" and draw(st.booleans()) else {})


@FEW
@given(asked_of=outlines_wanted(), files=endings)
def test_outlines(
    client: TestClient, world: World, tmp_path: Path, asked_of: tuple[str, dict[str, Any]], files: list[str]
) -> None:
    layer, wanted = asked_of
    wanted = numbered(wanted, world)
    if layer == "village-statistics":
        rows = world.statistics
    elif layer in ("villages", "townships"):
        rows = [row for row in world.divisions if f"{row['level']}s" == layer]
    else:
        rows = [row for row in world.zones if (row["event"] is None) == (layer == "standing-areas")]
    same_everywhere(client, layer, wanted, outlines_meant(rows, wanted), files, tmp_path)
