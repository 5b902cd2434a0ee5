"""What the small map of a printed list shows: the village and the houses at it, whatever one slipped point says."""

import re

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from geo_housing.geometry import tile_key
from geo_housing.paper_frame import EDGE, HEIGHT, WIDTH, Frame, bounds_of
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES, village_box

VILLAGE = village_box("西一")
# Latitude and longitude exchanged, a digit lost: what lists hold.
SLIPPED = (10.2, 20.3)
inside = st.tuples(st.floats(VILLAGE[0], VILLAGE[2]), st.floats(VILLAGE[1], VILLAGE[3]))


@given(st.lists(inside, max_size=8), st.lists(st.just(SLIPPED), max_size=3))
def test_a_slipped_point_changes_nothing_and_all_of_the_village_is_on_the_paper(
    places: list[tuple[float, float]], slipped: list[tuple[float, float]]
) -> None:
    bounds = bounds_of(VILLAGE, [*places, *slipped])
    assert bounds == bounds_of(VILLAGE, places) == pytest.approx(VILLAGE)
    frame = Frame(*bounds)
    assert all(frame.holds(*place) for place in places) and not frame.holds(*SLIPPED)
    (left, bottom), (right, top) = frame.place(*VILLAGE[:2]), frame.place(*VILLAGE[2:])
    # The village fills the paper one way or the other.
    assert right - left == pytest.approx(WIDTH - 2 * EDGE, abs=1) or bottom - top == pytest.approx(
        HEIGHT - 2 * EDGE, abs=1
    )


def test_a_house_a_little_outside_the_border_is_still_shown() -> None:
    beside = (VILLAGE[2] + 0.003, VILLAGE[1])
    bounds = bounds_of(VILLAGE, [beside])
    assert bounds is not None and bounds[2] == beside[0] and Frame(*bounds).holds(*beside)


@given(st.lists(inside, min_size=3, max_size=9))
def test_without_an_outline_the_houses_that_stand_together_are_shown(places: list[tuple[float, float]]) -> None:
    assert bounds_of(None, [*places, SLIPPED]) == bounds_of(None, places)
    assert bounds_of(None, [SLIPPED]) == (*SLIPPED, *SLIPPED)


def test_nothing_with_a_place_gives_no_map() -> None:
    assert bounds_of(None, []) is None


def test_the_paper_names_the_house_that_it_could_not_draw(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
    client: TestClient = toy.browser(toy.member("county", COUNTY))
    assert client.post(f"/events/{event}/respond").status_code == 303
    before = client.get(f"/events/{event}/print?area={VILLAGES['西一'][0]}").text
    with toy.transaction() as session:
        session.execute(
            text(
                "UPDATE house SET geom = ST_SetSRID(ST_MakePoint(:lon, :lat), 4490), tile_key = :key,"
                " location_state = 'disputed' WHERE code = '西一-A'"
            ),
            {
                "lon": SLIPPED[0],
                "lat": SLIPPED[1],
                "key": int(tile_key(np.array([SLIPPED[0]]), np.array([SLIPPED[1]]))[0]),
            },
        )
    page = client.get(f"/events/{event}/print?area={VILLAGES['西一'][0]}").text
    assert before.count("<circle") - page.count("<circle") == 1
    (number,) = [row[1] for row in re.finditer(r'<tr><td class="c">(\d+)</td>.*?</tr>', page) if "西一-A" in row[0]]
    named = re.search(r"离得太远没有画出、位置待核对：序号 ([\d、]+)（共 (\d+) 栋）", page)
    assert named is not None and number in named[1].split("、") and len(named[1].split("、")) == int(named[2])


def test_houses_that_stand_close_are_found_on_a_closer_map_of_their_settlement(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
        session.execute(
            text(
                "UPDATE house SET settlement = '前街', geom = ST_Translate(ST_SetSRID(ST_MakePoint(:lon, :lat), 4490), id % 7 * 0.0002, 0)"
                " WHERE scope_code = :code AND geom IS NOT NULL"
            ),
            {"lon": VILLAGE[0] + 0.002, "lat": VILLAGE[1] + 0.002, "code": VILLAGES["西一"][0]},
        )
    client: TestClient = toy.browser(toy.member("county", COUNTY))
    assert client.post(f"/events/{event}/respond").status_code == 303
    for path in ("print", "evacuation/print"):
        page = client.get(f"/events/{event}/{path}?area={VILLAGES['西一'][0]}").text
        overview, closer, *more = re.findall(r"<svg.*?</svg>", page, re.S)
        assert not more and 'class="closer"' in overview and "图1 前街" in closer and "见放大图（图1）" in page
        drawn = len(re.findall("<circle", closer))
        numbers = re.findall(r"<text(?: class=\"large\")? x=\"[\d.]+\" y=\"[\d.]+\">([\d、-]+)</text>", closer)
        assert drawn >= 2 and len(numbers) == drawn
