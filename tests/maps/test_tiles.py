"""Vector tiles hold every located house exactly once, at every zoom, for everybody."""

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from geo_housing.layers.catalogue import LAYERS
from geo_housing.layers.filters import Filter
from geo_housing.layers.queries import count_rows
from geo_housing.layers.spatial import Box
from geo_housing.maps import points, tiles
from geo_housing.maps.clusters import grid_answers
from geo_housing.maps.tile_address import Tile
from geo_housing.scope import EVERYWHERE, AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.fixtures.undone import Undo, undone
from tests.maps.tiling import (
    EXTENT,
    add_houses,
    around,
    expected,
    houses_in,
    located,
    read,
    tile_of,
)
from tests.toy_county import EAST, WEST

MIDDLE = (120.02, 45.01)
PLAIN = {"area": WEST, "risk": ("C", "D"), "renovation": ("unplanned",)}
SEEN_ONE_BY_ONE = {"occupancy": ("resident",), "structure": ("earth_wood",), "where": "built_year < 1990"}


@pytest.fixture(params=["houses", "clusters"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both forms of a tile: with room for every house, and with room for three."""
    if request.param == "clusters":
        monkeypatch.setattr(tiles, "MOST_FEATURES", 3)
        monkeypatch.setattr(points, "MOST_FEATURES", 3)
    return str(request.param)


@pytest.mark.parametrize("z", [0, 6, 9, 11, 13, 14, 16, 18, 20, 22])
def test_all_tiles_of_a_zoom_hold_every_located_house_once(toy_worker: ToyDatabase, form: str, z: int) -> None:
    with toy_worker.transaction() as session:
        houses = located(session)
        found = {tile: houses_in(read(session, tile)) for tile in around(houses, z)}
    assert len(houses) == 42
    assert {tile: n for tile, n in found.items() if n} == dict(expected(houses, z))


@pytest.mark.parametrize("area", [WEST, EAST])
def test_a_township_finds_its_own_houses_and_no_other(toy_worker: ToyDatabase, form: str, area: str) -> None:
    with toy_worker.transaction(area) as session:
        own = located(session)
        scope = AreaScope(area)
        found = {tile: houses_in(read(session, tile, scope=scope)) for tile in around([MIDDLE], 12)}
        unscoped = {tile: houses_in(read(session, tile)) for tile in around([MIDDLE], 12)}
    assert {tile: n for tile, n in found.items() if n} == dict(expected(own, 12))
    assert unscoped == found, "the policies hold without the scope, too"


edges = st.builds(
    lambda z, dx, dy, on_x, on_y: (z, dx, dy, on_x, on_y),
    st.integers(8, 20),
    st.integers(-2, 2),
    st.integers(-2, 2),
    st.booleans(),
    st.booleans(),
)


def on_edge(edge: tuple[int, int, int, bool, bool]) -> tuple[float, float]:
    """A point on the west or north edge of a tile near the middle of the county, or on its corner."""
    z, dx, dy, on_x, on_y = edge
    n = 2**z
    x, y = tile_of(MIDDLE, z)
    lon = (x + dx) / n * 360.0 - 180.0 if on_x else MIDDLE[0] + dx * 0.003
    row = (y + dy) / n
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row)))) if on_y else MIDDLE[1] + dy * 0.002
    return lon, lat


@given(st.lists(edges, min_size=1, max_size=12), st.integers(8, 20), st.booleans())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_points_on_edges_and_corners_of_tiles_are_in_exactly_one(
    toy_worker: ToyDatabase, monkeypatch: pytest.MonkeyPatch, drawn: list, z: int, clustered: bool
) -> None:
    monkeypatch.setattr(tiles, "MOST_FEATURES", 0 if clustered else 8_000)
    added = [on_edge(edge) for edge in drawn]
    with undone(), toy_worker.transaction() as session:
        add_houses(session, added, area=f"{WEST}201")
        wanted = Filter(where=f"house_code LIKE '{WEST}201-%'") if not clustered else Filter()
        every = added if not clustered else located(session)
        found = {tile: read(session, tile, wanted) for tile in around(every, z)}
        assert {tile: houses_in(one) for tile, one in found.items() if one} == dict(expected(every, z))
        for one in found.values():
            for feature in (*one.get("houses", []), *one.get("house_clusters", [])):
                x, y = feature["geometry"]["coordinates"]
                assert 0 <= x < EXTENT and 0 <= y < EXTENT
        raise Undo


@pytest.mark.parametrize("wanted", [Filter(**{k: v}) for k, v in {**PLAIN, **SEEN_ONE_BY_ONE}.items()], ids=str)
@pytest.mark.parametrize("z", [9, 15])
def test_a_filter_gives_the_same_houses_as_the_register(
    toy_worker: ToyDatabase, form: str, wanted: Filter, z: int
) -> None:
    assert grid_answers(wanted) == bool(set(PLAIN) & {f for f in PLAIN if getattr(wanted, f)})
    with toy_worker.transaction() as session:
        counted = count_rows(session, LAYERS["houses"], wanted, EVERYWHERE).located
        found = sum(houses_in(read(session, tile, wanted)) for tile in around(located(session), z))
    assert found == counted > 0


@pytest.mark.parametrize("z", [7, 12, 15])
def test_clusters_count_both_colourings(toy_worker: ToyDatabase, monkeypatch: pytest.MonkeyPatch, z: int) -> None:
    monkeypatch.setattr(tiles, "MOST_FEATURES", 0)
    with toy_worker.transaction() as session:
        found = [read(session, tile) for tile in around(located(session), z)]
    clusters = [cluster["properties"] for tile in found for cluster in tile.get("house_clusters", [])]
    total = {name: sum(cluster[name] for cluster in clusters) for name in clusters[0]}
    assert total["houses"] == 42
    assert {name: total[name] for name in total if name.startswith("risk_")} == {
        "risk_a": 8, "risk_b": 8, "risk_c": 9, "risk_d": 8, "risk_suspected": 1, "risk_none": 8,
    }  # fmt: skip
    assert sum(total[name] for name in total if name.startswith("renovation_")) == 42


def test_a_cluster_stands_where_its_houses_are(toy_worker: ToyDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "MOST_FEATURES", 0)
    z = 11
    with toy_worker.transaction() as session:
        houses = located(session)
        (tile,) = {(z, *tile_of(house, z)) for house in houses}
        clusters = read(session, tile)["house_clusters"]
    for cluster in clusters:
        x, y = cluster["geometry"]["coordinates"]
        near = [tile_of(house, z + 12) for house in houses]
        inside = [
            (column - tile[1] * 4096, row - tile[2] * 4096)
            for column, row in near
            if ((column - tile[1] * 4096) // 512, (row - tile[2] * 4096) // 512) == (x // 512, y // 512)
        ]
        assert len(inside) == cluster["properties"]["houses"]
        assert x == pytest.approx(sum(p[0] for p in inside) / len(inside), abs=130)
        assert y == pytest.approx(sum(p[1] for p in inside) / len(inside), abs=130)


def test_what_changes_is_in_the_clusters_before_and_after_folding(
    toy: ToyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "MOST_FEATURES", 0)

    def total() -> dict[str, int]:
        with toy.transaction() as session:
            clusters = read(session, (9, *tile_of(MIDDLE, 9)))["house_clusters"]
        names = clusters[0]["properties"]
        return {name: sum(cluster["properties"][name] for cluster in clusters) for name in names}

    def fold() -> int:
        with toy.transaction() as session:
            return int(session.scalar(text("SELECT house_grid_fold()")) or 0)

    before = total()
    assert fold() > 0
    assert total() == before
    with toy.transaction() as session:
        add_houses(session, [MIDDLE, (120.01, 45.01)], area=f"{WEST}201", grade="D", renovation="unplanned")
        session.execute(
            text("UPDATE house SET ended_on = '2026-11-20', ended_reason = 'demolished' WHERE code = '西一-A'")
        )
        session.execute(text("UPDATE house SET geom = NULL, tile_key = NULL WHERE code = '西二-A'"))
    changed = total()
    assert (changed["houses"], changed["risk_d"], changed["risk_a"]) == (42, before["risk_d"] + 2, before["risk_a"] - 2)
    assert fold() > 0 and fold() == 0
    assert total() == changed


def test_a_tile_of_many_houses_stays_under_half_a_megabyte(toy: ToyDatabase) -> None:
    some = [(120.0 + 0.0001 * (n % 97), 45.0 + 0.00007 * (n // 97)) for n in range(9_000)]
    tile = (10, *tile_of(MIDDLE, 10))
    with toy.transaction() as session:
        add_houses(session, some[:7_900], area=f"{WEST}201", grade="C", renovation="listed")
        asked = tiles.TileAsked(Tile(*tile), Filter(), EVERYWHERE)
        data = tiles.tile_bytes(session, LAYERS["houses"], asked)
        found = read(session, tile)
        assert len(found["houses"]) == 7_942 and "house_clusters" not in found
        assert len(data) < 500_000
        assert {"house_code", "risk", "renovation", "grade", "grade_basis"} <= set(found["houses"][-1]["properties"])
        add_houses(session, some[7_900:], area=f"{WEST}202")
        more = read(session, tile)
    assert "houses" not in more and houses_in(more) == 9_042


def test_no_tile_tells_anything_about_families(toy_worker: ToyDatabase) -> None:
    with toy_worker.transaction() as session:
        for name in LAYERS:
            for features in read(session, (9, *tile_of(MIDDLE, 9)), layer=name).values():
                for feature in features:
                    told = " ".join(f"{key}={value}" for key, value in feature["properties"].items())
                    assert "户主" not in told and "elderly" not in told and "K2" not in told and "990001190" not in told
                    assert not {"head", "persons", "categories", "traits", "monitoring", "remark"} & set(
                        feature["properties"]
                    )


def test_houses_bring_the_properties_of_the_contract(toy_worker: ToyDatabase) -> None:
    with toy_worker.transaction() as session:
        found = read(session, (9, *tile_of(MIDDLE, 9)))["houses"]
    by_code = {feature["properties"]["house_code"]: feature["properties"] for feature in found}
    assert by_code["西一-D"] == {
        "house_code": "西一-D",
        "area_code": f"{WEST}201",
        "township": "西山镇",
        "village": "西一村村委会",
        "declared_village": "西一村村委会",
        "structure": "earth_wood",
        "built_year": 1975,
        "storeys": 1,
        "rooms": 3,
        "area_m2": 80.5,
        "occupancy": "resident",
        "grade": "D",
        "grade_basis": "legacy",
        "graded_on": "2023-05-10",
        "risk": "D",
        "renovation": "unplanned",
    }
    assert (by_code["争-1"]["village"], by_code["争-1"]["declared_village"]) == ("东一村村委会", "西一村村委会")


@pytest.mark.parametrize(("layer", "number"), [("villages", 8), ("townships", 2)])
def test_outlines_are_in_every_tile_they_touch(toy_worker: ToyDatabase, layer: str, number: int) -> None:
    with toy_worker.transaction() as session:
        whole = read(session, (9, *tile_of(MIDDLE, 9)), layer=layer)
        corner = read(session, (16, *tile_of((120.0099, 45.0099), 16)), layer=layer)
    assert len(whole[layer]) == number
    assert {f["properties"]["name"] for f in corner[layer]} >= ({"西一村村委会"} if layer == "villages" else {"西山镇"})


def test_points_for_the_canvas_are_those_of_the_tiles(toy_worker: ToyDatabase, form: str) -> None:
    wanted = Filter(bbox=Box(120.0, 45.0, 120.02, 45.02), risk=("C", "D"))
    with toy_worker.transaction() as session:
        found = points.points_in_view(session, LAYERS["houses"], wanted, EVERYWHERE, zoom=13)
        counted = count_rows(session, LAYERS["houses"], wanted, EVERYWHERE).located
        single = points.points_in_view(
            session, LAYERS["houses"], replace(wanted, risk=(), where="house_code = '西一-D'"), EVERYWHERE, zoom=13
        )
    assert found["kind"] == form
    assert (len(found["items"]) if form == "houses" else sum(i["houses"] for i in found["items"])) == counted == 8
    assert all(120.0 <= item["lon"] < 120.02 and 45.0 <= item["lat"] < 45.02 for item in found["items"])
    assert [(item["lon"], item["lat"]) for item in single["items"]] == [(120.005, 45.002)]
