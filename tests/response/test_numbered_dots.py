"""Each house of a printed list is found on its map by its number: on the overview or on a closer map, or it is told."""

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_housing.paper_frame import METRES_PER_DEGREE, Frame
from geo_housing.response.papers.numbered_dots import (
    DIGIT,
    LARGE,
    MOST_CLOSER,
    MOST_JOINED,
    SMALL,
    Number,
    frames_on,
    numbers_in_best_size,
    numbers_on,
    split_up,
    untold_of,
)
from geo_housing.response.papers.settlements import (
    SETTLEMENT_M,
    Spot,
    box_of,
    frame_of,
    linked,
    names_said,
    runs_of,
    spots_of,
)

WEST, SOUTH, SIDE = 120.0, 45.0, 0.06
OVERVIEW = Frame(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
PER_LON = METRES_PER_DEGREE * math.cos(math.radians(SOUTH))
places = st.lists(st.tuples(st.floats(WEST, WEST + SIDE), st.floats(SOUTH, SOUTH + SIDE)), max_size=40)


def settlement(
    lon: float, lat: float, count: int, *, first: int = 1, metres: float = 14
) -> list[tuple[int, float, float]]:
    """So many houses in rows of ten, this far apart."""
    return [
        (first + n, lon + n % 10 * metres / PER_LON, lat + n // 10 * metres / METRES_PER_DEGREE) for n in range(count)
    ]


def boxes(numbers: list[Number]) -> list[tuple[float, float, float, float]]:
    """What each number covers."""
    return [(n.x, n.y - n.size * 0.7, n.x + n.size * DIGIT * len(n.said), n.y) for n in numbers]


def test_eighty_houses_in_one_settlement_stand_on_a_closer_map_with_their_numbers() -> None:
    rows = [*settlement(120.03, 45.03, 80), (81, 120.005, 45.005)]
    shown, groups = split_up(OVERVIEW, spots_of(rows))
    assert [spot.numbers for spot in shown] == [(81,)], "who stands alone has their number on the overview"
    assert len(groups) == 1 and sorted(n for spot in groups[0] for n in spot.numbers) == list(range(1, 81))
    numbers = numbers_in_best_size(frame_of(groups[0]), groups[0])
    assert {number.said for number in numbers.values()} == {str(n) for n in range(1, 81)}


def test_two_settlements_have_a_map_each_in_the_order_of_the_list() -> None:
    rows = settlement(120.05, 45.05, 30) + settlement(120.005, 45.01, 30, first=31)
    _, groups = split_up(OVERVIEW, spots_of(rows))
    assert [(group[0].numbers[0], len(group)) for group in groups] == [(1, 30), (31, 30)]


def test_families_of_one_house_are_one_number() -> None:
    (spot,) = spots_of([(3, 120.01, 45.01), (4, 120.01, 45.01), (5, 120.01001, 45.01), (9, 120.01, 45.01)])
    assert spot.said == "3-5、9"


@pytest.mark.parametrize("count", [0, 1])
def test_few_houses_need_no_closer_map(count: int) -> None:
    rows = settlement(120.03, 45.03, count)
    shown, groups = split_up(OVERVIEW, spots_of(rows))
    assert (len(shown), groups) == (count, [])


@given(places, st.sets(st.integers(1, 40)), st.integers(0, 60))
def test_nobody_is_left_out_and_numbers_cover_nothing(
    scattered: list[tuple[float, float]], large: set[int], dense: int
) -> None:
    rows = [*settlement(120.02, 45.02, dense), *((n, *place) for n, place in enumerate(scattered, start=dense + 1))]
    spots, drawn_large = spots_of(rows), frozenset(large)
    shown, groups = split_up(OVERVIEW, spots, large=drawn_large)
    inside = [spot for group in groups for spot in group]
    told = [number for spot in (*shown, *inside) for number in spot.numbers]
    told += untold_of([spot for spot in spots if spot not in inside], shown)
    assert sorted(told) == [n for n, *_ in rows], "each on the overview or on one closer map, or it is told"
    assert len(groups) <= MOST_CLOSER
    for frame, numbers in [
        (OVERVIEW, shown),
        *((frame_of(group), numbers_in_best_size(frame_of(group), group, large=drawn_large)) for group in groups),
    ]:
        covered = boxes(list(numbers.values()))
        for one, other in combinations(covered, 2):
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
        for left, top, right, bottom in covered:
            assert left >= 0 and top >= 0 and right <= frame.width and bottom <= frame.height


def test_a_number_further_away_is_led_to_from_its_dot() -> None:
    """Nine dots around one another leave the middle one no place beside it."""
    step = 9 / OVERVIEW.per_metre
    rows = [
        (n + 1, 120.03 + (n % 3 - 1) * step / PER_LON, 45.03 + (n // 3 - 1) * step / METRES_PER_DEGREE)
        for n in range(9)
    ]
    spots = spots_of(rows)
    assert len(numbers_on(OVERVIEW, spots, further=())) < 9
    led = {spot: number for spot, number in numbers_on(OVERVIEW, spots).items() if number.leads}
    assert led
    for spot, number in led.items():
        assert number.leads is not None
        assert math.dist(number.leads[:2], OVERVIEW.place(spot.lon, spot.lat)) < 0.2
        assert math.dist(number.leads[2:], number.leads[:2]) > LARGE


def test_a_frame_holds_its_houses_and_names_stand_apart() -> None:
    groups: list[list[Spot]] = [
        spots_of(settlement(120.02, 45.02, 30)),
        spots_of(settlement(120.0222, 45.02, 30, first=31)),
    ]
    one, other = frames_on(OVERVIEW, groups, [])
    for frame, group in zip((one, other), groups, strict=True):
        west, south, east, north = box_of(group)
        for lon, lat in ((west, south), (east, north)):
            x, y = OVERVIEW.place(lon, lat)
            assert frame.x < x < frame.x + frame.width and frame.y < y < frame.y + frame.height
    assert abs(one.name_x - other.name_x) > 20 or abs(one.name_y - other.name_y) > 9


centres = st.lists(st.tuples(st.floats(WEST, WEST + SIDE), st.floats(SOUTH, SOUTH + SIDE)), min_size=1, max_size=16)


def metres(one: Spot, other: Spot) -> float:
    return math.hypot((one.lon - other.lon) * PER_LON, (one.lat - other.lat) * METRES_PER_DEGREE)


def chained(spots: list[Spot]) -> dict[Spot, int]:
    """The settlement of each, found the slow way: whoever is nearer than that is of the same one."""
    of = {spot: n for n, spot in enumerate(spots)}
    for one, other in combinations(spots, 2):
        # A little more than that: rounding on the paper is no fault.
        if metres(one, other) <= SETTLEMENT_M + 30 and of[one] != of[other]:
            old = of[other]
            of = {spot: of[one] if n == old else n for spot, n in of.items()}
    return of


@given(centres, st.integers(1, 14), st.integers(4, 60))
def test_a_closer_map_is_of_one_settlement(middles: list[tuple[float, float]], houses: int, apart: int) -> None:
    rows: list[tuple[int, float, float]] = []
    for lon, lat in middles:
        rows += settlement(lon, lat, houses, first=len(rows) + 1, metres=apart)
    spots = spots_of(rows)
    of = chained(spots)
    _, groups = split_up(OVERVIEW, spots)
    for group in groups:
        assert len({of[spot] for spot in group}) == 1, [spot.numbers for spot in group]


@given(places, st.sets(st.integers(1, 40)), st.floats(0.001, 1))
def test_a_label_is_of_one_dot_or_of_all_that_lie_on_one_another(
    scattered: list[tuple[float, float]], large: set[int], shrunk: float
) -> None:
    rows = [
        (n, WEST + (lon - WEST) * shrunk, SOUTH + (lat - SOUTH) * shrunk) for n, (lon, lat) in enumerate(scattered, 1)
    ]
    spots, drawn_large = spots_of(rows), frozenset(large)
    reach = {spot: LARGE if large & set(spot.numbers) else SMALL for spot in spots}
    at = {spot: OVERVIEW.place(spot.lon, spot.lat) for spot in spots}
    for label in numbers_on(OVERVIEW, spots, large=drawn_large, further=()):
        of_label = [spot for spot in spots if set(spot.numbers) <= set(label.numbers)]
        assert sorted(n for spot in of_label for n in spot.numbers) == list(label.numbers)
        assert len(of_label) <= MOST_JOINED
        for spot in spots:
            is_touched = any(math.dist(at[spot], at[one]) < reach[spot] + reach[one] for one in of_label)
            assert (spot in of_label) == is_touched


def test_two_houses_that_touch_even_closer_up_have_one_label() -> None:
    # So that the map is not closer still.
    far = [(8, 120.02 + 250 / PER_LON, 45.02), (9, 120.02 + 500 / PER_LON, 45.02)]
    spots = spots_of([(3, 120.02, 45.02), (7, 120.02 + 3.5 / PER_LON, 45.02), *far])
    shown, (group,) = split_up(OVERVIEW, spots)
    assert not shown
    assert {number.said for number in numbers_in_best_size(frame_of(group), group).values()} == {"3、7", "8", "9"}


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(0, 200), st.floats(1, 12)), max_size=30))
def test_what_touches_hangs_together(circles: list[tuple[float, float, float]]) -> None:
    groups = linked([(x, y) for x, y, _ in circles], [r for *_, r in circles])
    assert sorted(n for group in groups for n in group) == list(range(len(circles)))
    of = {n: number for number, group in enumerate(groups) for n in group}

    def touch(one: int, other: int) -> bool:
        (x, y, r), (u, v, s) = circles[one], circles[other]
        return math.dist((x, y), (u, v)) < r + s

    for one, other in combinations(range(len(circles)), 2):
        assert of[one] == of[other] or not touch(one, other)
    for group in groups:
        reached = {group[0]}
        while more := {n for n in group if n not in reached and any(touch(n, one) for one in reached)}:
            reached |= more
        assert reached == set(group)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (["后屯", None, "后屯"], "后屯"),
        (["后屯"] * 9 + ["前屯"], "后屯"),
        (["后屯"] * 3 + ["前屯"] * 2, "后屯、前屯"),
        ([None, ""], ""),
    ],
)
def test_a_closer_map_is_named_by_what_its_houses_state(stated: list[str | None], said: str) -> None:
    assert names_said(stated) == said


@given(st.sets(st.integers(1, 60)))
def test_runs_say_each_number_once(numbers: set[int]) -> None:
    parts = [part.split("-") for part in runs_of(sorted(numbers)).split("、") if part]
    assert [n for part in parts for n in range(int(part[0]), int(part[-1]) + 1)] == sorted(numbers)
