"""The demo county's borders: what is committed is what the generator makes, and it is one clean coverage."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import Polygon

from geo_housing.areas.demo import NOTE, demo_areas, write_files
from geo_housing.areas.demo.county import EAST, NORTH, SOUTH, WEST, DemoArea
from geo_housing.geometry import area_m2
from geo_housing.own_code import PROJECT_FOLDER

BOUNDARIES = PROJECT_FOLDER / "data" / "boundaries"


def coverage_of(areas: Sequence[DemoArea], level: str) -> list[Polygon]:
    return [area.geom for area in areas if area.level == level and area.geom is not None]


def outlines_agree(areas: Sequence[DemoArea]) -> bool:
    """Villages and townships are coverages without overlap or gap that fill the level above exactly."""
    levels = [coverage_of(areas, level) for level in ("county", "township", "village")]
    if not all(shapely.coverage_is_valid(np.array(outlines)) for outlines in levels):
        return False
    unions = [shapely.coverage_union_all(np.array(outlines)) for outlines in levels]
    return all(shapely.equals(unions[0].normalize(), union.normalize()) for union in unions[1:])


@pytest.fixture(scope="module")
def county() -> list[DemoArea]:
    return demo_areas()


def test_the_committed_files_are_what_the_generator_writes(county: list[DemoArea], tmp_path: Path) -> None:
    written = write_files(county, tmp_path)
    assert len(written) == 3
    for path in written:
        assert path.read_bytes() == (BOUNDARIES / path.name).read_bytes(), path.name


def test_the_files_say_that_their_borders_are_a_sketch(county: list[DemoArea]) -> None:
    for name in ("demo_county", "demo_townships", "demo_villages"):
        features = json.loads((BOUNDARIES / f"{name}.geojson").read_text("utf-8"))["features"]
        assert {feature["properties"]["note"] for feature in features} == {NOTE} == {"示意边界"}
    assert "示意图，界线不作为权属依据" in (BOUNDARIES / "README.md").read_text("utf-8")


def test_188_villages_tile_nine_townships_and_the_county_without_overlap_or_gap(county: list[DemoArea]) -> None:
    assert [len(coverage_of(county, level)) for level in ("county", "township", "village")] == [1, 9, 188]
    assert outlines_agree(county)
    # The same said with areas, without the coverage functions of the generator's own check.
    outlines = {level: np.array(coverage_of(county, level)) for level in ("county", "township", "village")}
    union = shapely.union_all(outlines["village"])
    shared = sum(area_m2(geom) for geom in outlines["village"]) - area_m2(union)
    assert abs(shared) < 1.0
    assert area_m2(shapely.symmetric_difference(union, outlines["county"][0])) < 1.0


def test_every_village_lies_in_its_own_township(county: list[DemoArea]) -> None:
    by_code = {area.code: area for area in county}
    for area in county:
        if area.level == "village" and area.geom is not None:
            township = by_code[area.parent_code or ""].geom
            assert township is not None
            assert shapely.covers(township, area.geom), area.code


def test_names_and_codes_are_the_official_ones(county: list[DemoArea]) -> None:
    assert Counter(area.level for area in county) == {"county": 1, "township": 10, "village": 212}
    names = {area.code: area.name for area in county}
    assert (names["152224"], names["152224100"], names["152224400"]) == (
        "突泉县",
        "突泉镇",
        "内蒙古自治区国营杜尔基农场",
    )
    assert all(area.code.startswith(area.parent_code or "") for area in county)
    assert all(area.geom is None for area in county if area.level == "village" and not area.name.endswith("村委会"))


def test_the_county_has_about_the_official_size_and_place(county: list[DemoArea]) -> None:
    (outline,) = coverage_of(county, "county")
    assert area_m2(outline) / 1e6 == pytest.approx(4797, rel=0.02)
    west, south, east, north = outline.bounds
    assert WEST <= west < east <= EAST
    assert SOUTH <= south < north <= NORTH


def test_another_seed_gives_another_county_that_fits_as_well(county: list[DemoArea]) -> None:
    other = demo_areas(7)
    assert outlines_agree(other)
    assert coverage_of(other, "county")[0] != coverage_of(county, "county")[0]
    assert [area.name for area in other] == [area.name for area in county]


def test_a_moved_vertex_is_seen_as_disagreement(county: list[DemoArea]) -> None:
    spoiled = list(county)
    n = next(n for n, area in enumerate(county) if area.level == "village" and area.geom is not None)
    village = county[n]
    assert village.geom is not None
    ring = list(village.geom.exterior.coords)
    ring[3] = (ring[3][0] + 0.0005, ring[3][1] + 0.0005)
    spoiled[n] = DemoArea(village.code, village.name, village.level, village.parent_code, shapely.Polygon(ring))
    assert not outlines_agree(spoiled)
