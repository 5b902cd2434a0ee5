"""``areas check``: overlaps, gaps, villages outside their township, what has no outline."""

from shapely import Polygon, box

from geo_housing.areas.checks import AreaChecks, check_areas
from tests.areas.conftest import Desk

TOWNSHIP = box(121.40, 45.60, 121.44, 45.62)
WEST, EAST = box(121.40, 45.60, 121.42, 45.62), box(121.42, 45.60, 121.44, 45.62)
HOKOU, SHANQIAN, LIULIN = "990002100201", "990002100202", "990002200201"
DEGREE_M2 = 8.67e9  # about, here


def check(desk: Desk) -> AreaChecks:
    with desk.database.transaction(desk.actor) as session:
        return check_areas(session)


def load(desk: Desk, west: Polygon, east: Polygon) -> None:
    desk.load(desk.geojson((TOWNSHIP, {"code": "990002100"})), "township")
    desk.load(desk.geojson((west, {"code": HOKOU}), (east, {"code": SHANQIAN})), "village")


def test_a_clean_township_has_neither_overlap_nor_gap(listed: Desk) -> None:
    load(listed, WEST, EAST)
    found = check(listed)
    assert (found.overlaps, found.gaps, found.outside_parent) == ((), (), ())
    # County, the other township, committee and the two villages of the other township: normal, listed.
    assert set(found.without_polygon) == {"990002", "990002200", "990002100001", LIULIN, "990002200202"}


def test_villages_without_outlines_are_no_gap_in_their_township(listed: Desk) -> None:
    listed.load(listed.geojson((TOWNSHIP, {"code": "990002100"})), "township")
    found = check(listed)
    assert found.gaps == ()
    assert HOKOU in found.without_polygon


def test_an_overlap_and_a_gap_are_found_with_their_size_and_place(listed: Desk) -> None:
    load(listed, box(121.40, 45.60, 121.421, 45.61), EAST)
    found = check(listed)
    (overlap,) = found.overlaps
    assert (overlap.first, overlap.second) == (HOKOU, SHANQIAN)
    assert abs(overlap.area_m2 / (0.001 * 0.01 * DEGREE_M2) - 1) < 0.02
    (gap,) = found.gaps
    assert gap.within == "990002100"
    assert 121.40 < gap.lon < 121.42
    assert 45.61 < gap.lat < 45.62
    assert abs(gap.area_m2 / (0.02 * 0.01 * DEGREE_M2) - 1) < 0.02


def test_slivers_under_a_hundred_square_metres_are_left_out(listed: Desk) -> None:
    sliver = 4e-7  # some 70 m² over 2 km
    load(listed, box(121.40, 45.60, 121.42 + sliver, 45.62), EAST)
    assert check(listed).overlaps == ()
    load(listed, box(121.40, 45.60, 121.42 - sliver, 45.62), EAST)
    assert check(listed).gaps == ()
    load(listed, box(121.40, 45.60, 121.42 + 3 * sliver, 45.62), EAST)
    assert len(check(listed).overlaps) == 1


def test_villages_that_only_share_a_border_or_a_corner_do_not_overlap(listed: Desk) -> None:
    listed.load(
        listed.geojson(
            (WEST, {"code": HOKOU}), (EAST, {"code": SHANQIAN}), (box(121.44, 45.62, 121.46, 45.64), {"code": LIULIN})
        ),
        "village",
    )
    assert check(listed).overlaps == ()


def test_a_village_is_outside_its_township_only_if_its_representative_point_is(listed: Desk) -> None:
    # Reaches over the border, but its middle is inside.
    load(listed, WEST, box(121.42, 45.60, 121.45, 45.62))
    assert check(listed).outside_parent == ()
    load(listed, WEST, box(121.43, 45.60, 121.48, 45.62))
    assert check(listed).outside_parent == (SHANQIAN,)


def test_without_the_townships_outline_the_countys_is_asked(listed: Desk) -> None:
    listed.load(listed.geojson((TOWNSHIP, {"code": "990002"})), "county")
    listed.load(
        listed.geojson((WEST, {"code": HOKOU}), (box(121.43, 45.60, 121.48, 45.62), {"code": SHANQIAN})), "village"
    )
    assert check(listed).outside_parent == (SHANQIAN,)
    listed.load(listed.geojson((box(121.43, 45.60, 121.48, 45.62), {"code": "990002100"})), "township")
    # The township itself lies beyond, and now the other village is beyond the township.
    assert check(listed).outside_parent == ("990002100", HOKOU)
