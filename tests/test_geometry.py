"""Coordinates at the door: systems, offsets, the tile key, metres, repairs."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from geo_housing.errors import BadInput
from geo_housing.geometry import (
    CHINA,
    SourceCrs,
    area_m2,
    as_multipolygon,
    buffer_metres,
    gcj02_to_bd09,
    lonlat_to_gcj02,
    parse_crs,
    repair_polygon,
    reproject,
    tile_key,
    tile_key_range,
    to_lonlat,
    zone_of_longitude,
)

SEAT = (121.58, 45.38)
longitudes = st.floats(CHINA[0] + 0.1, CHINA[2] - 0.1)
latitudes = st.floats(CHINA[1] + 0.1, CHINA[3] - 0.1)


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return math.hypot((a[0] - b[0]) * 111_320 * math.cos(math.radians(a[1])), (a[1] - b[1]) * 111_320)


@pytest.mark.parametrize(
    ("text", "name"),
    [("EPSG:4490", "EPSG:4490"), ("epsg:4529 ", "EPSG:4529"), ("GCJ-02", "gcj02"), ("bd09", "bd09"), ("CRS84", "EPSG:4326")],
)  # fmt: skip
def test_systems_are_understood_as_people_write_them(text: str, name: str) -> None:
    assert parse_crs(text) == SourceCrs(name)


@pytest.mark.parametrize("text", ["", "4490", "EPSG:", "EPSG:x", "EPSG:999999", "wgs84", "gcj"])
def test_an_unknown_system_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="EPSG"):
        parse_crs(text)


def test_offsets_at_the_county_seat_have_the_known_size() -> None:
    lon, lat = np.array([SEAT[0]]), np.array([SEAT[1]])
    gcj = lonlat_to_gcj02(lon, lat)
    bd = gcj02_to_bd09(*gcj)
    points = [(float(x[0]), float(y[0])) for x, y in ((lon, lat), gcj, bd)]
    assert metres(points[0], points[1]) == pytest.approx(496, abs=15)
    assert metres(points[0], points[2]) == pytest.approx(1302, abs=25)
    assert metres(points[1], points[2]) == pytest.approx(846, abs=15)


@given(longitudes, latitudes, st.sampled_from(["gcj02", "bd09"]))
def test_an_offset_is_undone_to_less_than_a_millimetre(lon: float, lat: float, name: str) -> None:
    x, y = lonlat_to_gcj02(np.array([lon]), np.array([lat]))
    if name == "bd09":
        x, y = gcj02_to_bd09(x, y)
    back_lon, back_lat = to_lonlat(x, y, SourceCrs(name))
    assert abs(back_lon[0] - lon) < 1e-8
    assert abs(back_lat[0] - lat) < 1e-8


def test_offsets_outside_china_are_refused_and_missing_points_are_not_outside() -> None:
    with pytest.raises(BadInput, match="中国范围之外"):
        to_lonlat(np.array([9.5]), np.array([47.1]), SourceCrs("gcj02"))
    lon, _ = to_lonlat(np.array([np.nan, SEAT[0]]), np.array([np.nan, SEAT[1]]), SourceCrs("gcj02"))
    assert np.isnan(lon[0])
    assert np.isfinite(lon[1])


def test_the_county_seat_in_zone_41_has_its_known_easting() -> None:
    lon, lat = to_lonlat(np.array([41_389_217.0]), np.array([5_027_000.0]), SourceCrs("EPSG:4529"))
    assert lon[0] == pytest.approx(121.58, abs=0.01)
    assert 45 < lat[0] < 46
    unprefixed, _ = to_lonlat(np.array([389_217.0]), np.array([5_027_000.0]), SourceCrs("EPSG:4550"))
    assert unprefixed[0] == pytest.approx(lon[0], abs=1e-9)


@pytest.mark.parametrize(
    ("lon", "zone"), [(120.8, 4528), (121.49, 4528), (121.51, 4529), (121.58, 4529), (123.0, 4529)]
)
def test_a_house_is_measured_in_the_zone_of_its_own_longitude(lon: float, zone: int) -> None:
    assert zone_of_longitude(lon) == zone


def test_coordinates_of_another_datum_are_shifted_and_not_only_relabelled() -> None:
    # The origin of the Swiss grid, published in both systems; relabelled it would lie 160 m away.
    lon, lat = to_lonlat(np.array([2_600_000.0]), np.array([1_200_000.0]), SourceCrs("EPSG:2056"))
    assert (lon[0], lat[0]) == pytest.approx((7.4386324, 46.9510828), abs=1e-6)


def test_reprojecting_drops_heights_and_keeps_lonlat_as_it_is() -> None:
    high = shapely.from_wkt("POLYGON Z ((121 45 9, 122 45 9, 122 46 9, 121 45 9))")
    (flat,) = reproject(np.array([high], dtype=object), SourceCrs("EPSG:4326"))
    assert not flat.has_z
    assert flat.equals(Polygon([(121, 45), (122, 45), (122, 46)]))


@given(st.floats(-180, 179.9999), st.floats(-85, 85), st.integers(0, 24))
def test_a_point_lies_in_the_one_tile_that_its_key_says(lon: float, lat: float, z: int) -> None:
    key = int(tile_key(np.array([lon]), np.array([lat]))[0])
    x = min(int((lon + 180) / 360 * 2**z), 2**z - 1)
    y = min(int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z), 2**z - 1)
    lo, hi = tile_key_range(z, x, y)
    assert lo <= key < hi


def test_west_and_north_edges_belong_to_a_tile_and_east_and_south_do_not() -> None:
    keys = tile_key(np.array([0.0, -1e-6, 0.0, 0.0]), np.array([0.0, 0.0, 1e-6, -1e-6]))
    lo, hi = tile_key_range(1, 1, 1)
    assert [lo <= key < hi for key in keys.tolist()] == [True, False, False, True]


def test_areas_are_geodesic_and_holes_are_taken_off() -> None:
    square = box(121.0, 45.0, 121.01, 45.01)
    # Two meridian arcs of 0.01° (1,111.4 m) and parallels of 0.01° (788.4 m) at 45°.
    assert area_m2(square) == pytest.approx(1111.4 * 788.4, rel=0.001)
    hole = box(121.002, 45.002, 121.004, 45.004)
    assert area_m2(square.difference(hole)) == pytest.approx(area_m2(square) - area_m2(hole), rel=1e-9)
    assert area_m2(shapely.reverse(square)) == pytest.approx(area_m2(square), rel=1e-12)
    assert area_m2(Polygon()) == 0.0


@pytest.mark.parametrize("radius", [1.0, 500.0, 20_000.0])
def test_a_buffer_is_as_wide_as_it_says(radius: float) -> None:
    circle = buffer_metres(Point(*SEAT), radius)
    assert area_m2(circle) == pytest.approx(math.pi * radius**2, rel=0.002)
    strip = buffer_metres(LineString([SEAT, (SEAT[0], SEAT[1] + 0.1)]), 100)
    assert area_m2(strip) == pytest.approx(11_114 * 200 + math.pi * 100**2, rel=0.01)


def test_a_valid_polygon_is_left_as_it_is() -> None:
    square = box(121, 45, 121.1, 45.1)
    repaired = repair_polygon(square)
    assert (repaired.changed, repaired.reason) == (False, None)
    assert repaired.geom is not None
    assert repaired.geom.equals_exact(MultiPolygon([square]), 0)
    assert repaired.area_before_m2 == repaired.area_after_m2 > 0


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        # A hole that sticks out of its shell takes off what it covers.
        (
            Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(2, 1), (6, 1), (6, 2), (2, 2)]]),
            box(0, 0, 4, 4).difference(box(2, 1, 4, 2)),
        ),
        # Parts that overlap are one.
        (MultiPolygon([box(0, 0, 2, 2), box(1, 1, 3, 3)]), box(0, 0, 2, 2).union(box(1, 1, 3, 3))),
        # A spike goes.
        (Polygon([(0, 0), (2, 0), (2, 2), (5, 2), (2, 2), (0, 2)]), box(0, 0, 2, 2)),
    ],
)
def test_a_broken_polygon_keeps_what_its_rings_mean(broken: Polygon, expected: Polygon) -> None:
    repaired = repair_polygon(broken)
    assert repaired.changed
    assert repaired.reason
    assert repaired.geom is not None
    assert repaired.geom.is_valid
    assert shapely.equals(repaired.geom, expected)


def test_nothing_is_left_of_lines_and_collapsed_rings() -> None:
    flat = Polygon([(0, 0), (1, 1), (2, 2), (0, 0)])
    for nothing in (flat, GeometryCollection([LineString([(0, 0), (1, 1)])]), Polygon()):
        assert repair_polygon(nothing).geom is None
    mixed = GeometryCollection([Point(0, 0), box(0, 0, 1, 1), LineString([(0, 0), (1, 1)])])
    assert as_multipolygon(mixed).equals(box(0, 0, 1, 1))


coordinates = st.tuples(st.integers(0, 12), st.integers(0, 12))


@given(st.lists(coordinates, min_size=3, max_size=12))
def test_any_ring_is_repaired_to_something_valid_or_nothing(ring: list[tuple[int, int]]) -> None:
    repaired = repair_polygon(Polygon(ring))
    if repaired.geom is not None:
        assert repaired.geom.is_valid
        assert repaired.geom.geom_type == "MultiPolygon"
        assert repaired.area_after_m2 > 0
        assert repair_polygon(repaired.geom).changed is False
