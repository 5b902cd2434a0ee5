"""What the small map of a printed list shows: the village and the houses at it, whatever one slipped point says."""

import io
import re

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import text

from geo_housing.geometry import tile_key
from geo_housing.paper_frame import EDGE, HEIGHT, WIDTH, Frame, bounds_of
from geo_housing.response.papers.settlements import runs_of
from geo_housing.response.zones.answers import Given
from geo_housing.response.zones.loading import load_drawing
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
    named = re.search(r"另 (\d+) 栋离得太远没有画出、位置待核对：名单序号 ([\d、]+)。", page)
    assert named is not None and (named[1], named[2]) == ("1", number)


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


def test_a_zone_that_reaches_beyond_the_village_is_hatched_to_the_edges_of_the_paper(toy: ToyDatabase) -> None:
    village = VILLAGES["西一"][0]
    with toy.transaction(COUNTY) as session:
        west, south, east, north = VILLAGE
        zone = shapely.box(west - 0.5, south - 0.5, east + 0.5, north + 0.5)
        given = Given(name="大范围", kind="rainstorm", level="red")
        event = load_drawing(session, toy.actor(COUNTY), shapely.geometry.mapping(zone), given).zoned.event_id
        # So near to one another that they stand on a closer map, too, at the village's edge.
        session.execute(
            text(
                "UPDATE house SET geom = ST_SetSRID(ST_MakePoint(:lon, CAST(:lat AS float8) + id % 7 * 0.00015), 4490)"
                " WHERE scope_code = :code AND geom IS NOT NULL"
            ),
            {"lon": west + 0.0001, "lat": south + 0.0001, "code": village},
        )
    client: TestClient = toy.browser(toy.member("county", COUNTY))
    assert client.post(f"/events/{event}/respond").status_code == 303
    page = client.get(f"/events/{event}/print?area={village}").text
    maps = re.findall(r'<svg[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)".*?<path d="([^"]+)" fill="url', page, re.S)
    assert len(maps) == page.count("<svg") >= 2
    for width, height, path in maps:
        rings = [re.findall(r"(-?[\d.]+) (-?[\d.]+)", ring) for ring in path.split("Z") if ring]
        drawn = shapely.union_all([shapely.Polygon([(float(x), float(y)) for x, y in ring]) for ring in rings])
        # A line of the zone's edge inside of the paper would say that the ground beyond it is safe.
        assert drawn.contains_properly(shapely.box(0, 0, float(width), float(height)))


def test_who_has_no_place_is_told_under_the_map_in_the_row_and_in_the_workbook(toy: ToyDatabase) -> None:
    village = VILLAGES["西一"][0]
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
    client: TestClient = toy.browser(toy.member("county", COUNTY))
    assert client.post(f"/events/{event}/respond").status_code == 303
    with toy.transaction() as session:
        code = session.scalar(
            text(
                "UPDATE house SET geom = NULL, tile_key = NULL, location_state = 'unlocated' WHERE id = (SELECT min(e.house_id)"
                " FROM evacuation e JOIN house h ON h.id = e.house_id WHERE e.event_id = :event AND h.geom IS NOT NULL"
                " AND e.scope_code = :village) RETURNING code"
            ),
            {"event": event, "village": village},
        )
        household = session.scalars(
            text(
                "SELECT e.household_id FROM evacuation e JOIN house h ON h.id = e.house_id"
                " WHERE e.event_id = :event AND e.scope_code = :village AND e.withdrawn_at IS NULL AND h.geom IS NULL"
            ),
            {"event": event, "village": village},
        ).all()
    page = client.get(f"/events/{event}/evacuation/print?area={village}").text
    rows = re.findall(r'<tr><td class="c">(\d+)</td>(.*?)</tr>', page)
    without = [number for number, row in rows if "位置不确定（没有坐标）" in row]
    assert len(without) == len(household) >= 1
    told = re.search(r"另 (\d+) 户没有坐标，不在图上：名单序号 ([\d、-]+)。", page)
    assert told is not None and told[1] == str(len(without)) and told[2] == runs_of(map(int, without))
    assert "另 1 栋没有坐标，不在图上" in client.get(f"/events/{event}/print?area={village}").text
    answer = client.get(f"/api/v1/events/{event}/evacuation/list.xlsx?area={village}")
    lines = [line for sheet in load_workbook(io.BytesIO(answer.content)) for line in sheet.iter_rows(values_only=True)]
    assert [line for line in lines if code in line and any("没有坐标" in str(cell) for cell in line)]
