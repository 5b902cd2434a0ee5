"""Dots of the picture for the chat: none lies on another where there is room, and none goes further than it must."""

import math
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo_housing.response.papers.apart import GAP, SLACK, moved_apart

WIDTH, HEIGHT = 1080.0, 440.0
radii = st.sampled_from([6.5, 10.5])
dots = st.lists(
    st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT), radii)
    | st.tuples(st.sampled_from([0.0, 500.0]), st.sampled_from([0.0, 200.0]), radii),
    max_size=60,
)


@given(dots)
@example([(0.0, 0.0, 6.5), (0.0, 14.0, 6.5)])
def test_no_dot_lies_on_another_one_and_all_are_on_the_paper(given_dots: list[tuple[float, float, float]]) -> None:
    places = moved_apart(given_dots, WIDTH, HEIGHT)
    assert len(places) == len(given_dots)
    found = [(place, r) for place, (*_, r) in zip(places, given_dots, strict=True)]
    for (one, r), (other, s) in combinations(found, 2):
        assert math.dist(one, other) >= r + s + GAP - SLACK - 0.2
    for (x, y), r in found:
        assert r - 0.1 <= x <= WIDTH - r + 0.1 and r - 0.1 <= y <= HEIGHT - r + 0.1


def test_who_stands_apart_stays() -> None:
    assert moved_apart([(50, 50, 6.5), (80, 50, 6.5)], WIDTH, HEIGHT) == [(50, 50), (80, 50)]


@pytest.mark.parametrize("many", [30, 120])
def test_many_at_one_point_stay_around_it(many: int) -> None:
    places = moved_apart([(500.0, 200.0, 6.5)] * many, WIDTH, HEIGHT)
    assert max(math.dist(place, (500, 200)) for place in places) < 2.2 * 6.5 * math.sqrt(many)


def test_where_there_is_no_room_it_comes_to_an_end() -> None:
    assert len(moved_apart([(5.0, 5.0, 6.5)] * 200, 60, 60)) == 200
