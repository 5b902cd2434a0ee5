"""The way from house to house: nobody left out, urgent ones first, and never much longer than the best way."""

from collections.abc import Sequence
from itertools import pairwise, permutations
from math import cos, hypot, radians

from hypothesis import given, settings
from hypothesis import strategies as st

from geo_housing.conclusions.walk import Stop, walking_order

METRES = 111_320
PLACES = st.tuples(st.integers(0, 40), st.integers(0, 40))


@st.composite
def stops(draw: st.DrawFn, most: int = 12, urgencies: int = 3) -> list[Stop]:
    places = draw(st.lists(st.none() | PLACES, max_size=most))
    return [
        Stop(
            number,
            draw(st.integers(1, urgencies)),
            draw(st.sampled_from(("", "前屯", "后屯"))),
            None if place is None else 121.5 + place[0] / 1000,
            None if place is None else 45.4 + place[1] / 1000,
        )
        for number, place in enumerate(places)
    ]


@given(stops())
@settings(max_examples=150, deadline=None)
def test_every_house_once_and_the_urgent_ones_first(given_stops: list[Stop]) -> None:
    order = walking_order(given_stops)
    assert sorted(order) == [stop.id for stop in given_stops]
    by_id = {stop.id: stop for stop in given_stops}
    walked = [by_id[number] for number in order]
    assert [stop.urgency for stop in walked] == sorted(stop.urgency for stop in walked)
    for before, after in pairwise(walked):
        if before.urgency == after.urgency:
            assert not (before.lon is None and after.lon is not None), (
                "a place that is known stands after an unknown one"
            )


def length_m(way: Sequence[Stop]) -> float:
    """Metres along the way as the crow flies."""
    shrunk = cos(radians(45.4))
    steps = [((b.lon or 0) - (a.lon or 0), (b.lat or 0) - (a.lat or 0)) for a, b in pairwise(way)]
    return sum(hypot(east * shrunk, north) * METRES for east, north in steps)


@given(st.lists(PLACES, min_size=2, max_size=7, unique=True))
@settings(max_examples=100, deadline=None)
def test_the_way_is_near_the_shortest(places: list[tuple[int, int]]) -> None:
    found = [Stop(n, 1, "", 121.5 + x / 1000, 45.4 + y / 1000) for n, (x, y) in enumerate(places)]
    order = walking_order(found)
    shortest = min(length_m(way) for way in permutations(found))
    assert length_m([found[number] for number in order]) <= shortest * 1.4 + 1


def test_a_street_is_walked_from_one_end_to_the_other() -> None:
    street = [Stop(n, 1, "", 121.5 + x / 1000, 45.4) for n, x in enumerate((3, 0, 2, 1, 4))]
    assert walking_order(street) in ([1, 3, 2, 0, 4], [4, 0, 2, 3, 1])
