"""Outlines that are loaded while an event goes on: which divisions its zones touch now, and which houses without a sure point."""

from pathlib import Path

import pytest

from geo_housing.areas.service import LoadOptions, load_areas
from geo_housing.hazards.queries import affected
from geo_housing.hazards.service import add_standing_areas
from geo_housing.hazards.sources import zones_of_drawing
from geo_housing.response.service import change_phase
from geo_housing.response.zones.loading import Given, load_divisions, load_drawing
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import query
from tests.houses.outlines import WEST_ONE, WEST_TWO, load_villages
from tests.houses.test_at_the_same_time import meanwhile
from tests.response.test_register_changed import press, seen
from tests.toy_county import COUNTY, EAST, WEST

# In 西二村 beside 西一村, to which another border gives it.
DRAWN = {
    "type": "Polygon",
    "coordinates": [
        [[120.0105, 45.002], [120.0115, 45.002], [120.0115, 45.008], [120.0105, 45.008], [120.0105, 45.002]]
    ],
}
GIVEN = Given(name="试验过程", kind="rainstorm", level="red")


def touched(toy: ToyDatabase) -> set[str]:
    """Villages in which the only zone lies or that it was chosen by."""
    return {row.area_code for row in query(toy, "SELECT area_code FROM hazard_zone_area WHERE length(area_code) = 12")}


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        made = load_drawing(session, toy.actor(COUNTY), DRAWN, GIVEN).zoned.event_id
    press(toy, made)
    return made


def doubtful(toy: ToyDatabase, event: int) -> int:
    with toy.transaction(COUNTY) as session:
        return affected(session, event, toy.actor(COUNTY).scope).uncertain


class TestAnEventThatGoesOn:
    def test_looks_for_the_houses_of_the_division_that_its_zone_touches_now(
        self, toy: ToyDatabase, event: int, tmp_path: Path
    ) -> None:
        assert WEST_ONE not in touched(toy) and doubtful(toy, event) == 1, (
            "无-1, which stands somewhere in the township"
        )
        load_villages(toy, tmp_path, 0.012)
        assert {WEST_ONE} == touched(toy) & {WEST_ONE, WEST_TWO}
        assert doubtful(toy, event) == 2, "争-1 is declared in 西一村"
        assert seen(toy, event).to_open == 1
        press(toy, event)
        tasks = query(toy, "SELECT h.code FROM emergency_inspection i JOIN house h ON h.id = i.house_id")
        assert {"争-1", "无-1"} <= {row.code for row in tasks}

    def test_looks_where_a_division_was_entered_without_an_outline(
        self, toy: ToyDatabase, event: int, tmp_path: Path
    ) -> None:
        new = f"{WEST}009"
        path = tmp_path / "new.csv"
        path.write_text(f"code,name,parent_code,level\n{new},新街居委会,{WEST},village\n", "utf-8")
        with toy.transaction() as session:
            assert load_areas(session, toy.actor(), path, LoadOptions(level="village")).loaded == 1
        assert new in touched(toy)

    def test_that_was_chosen_by_a_division_means_what_is_in_it_now(self, toy: ToyDatabase, tmp_path: Path) -> None:
        with toy.transaction(COUNTY) as session:
            load_divisions(session, toy.actor(COUNTY), [WEST_TWO], GIVEN)
        assert touched(toy) == {WEST_TWO}
        load_villages(toy, tmp_path, 0.008)
        assert touched(toy) == {WEST_TWO}
        load_villages(toy, tmp_path, 0.012)
        # What was 西二村 when it was chosen lies in 西一村 now, by far more than a border line.
        assert touched(toy) == {WEST_ONE, WEST_TWO}
        whole = query(toy, "SELECT area_code FROM hazard_zone_area WHERE whole")
        assert [row.area_code for row in whole] == [WEST_TWO]


def test_an_event_that_is_over_stays_as_it_was(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")
    before = touched(toy)
    load_villages(toy, tmp_path, 0.012)
    assert touched(toy) == before


def test_a_standing_area_is_seen_by_the_neighbour_into_whose_outline_it_reaches_now(
    toy: ToyDatabase, tmp_path: Path
) -> None:
    with toy.transaction(WEST_TWO) as session:
        source = zones_of_drawing(DRAWN, name="西沟")
        add_standing_areas(session, toy.actor(WEST_TWO), source, kind="flash_flood", via="地图上画")
    neighbour = toy.browser(toy.member("village", WEST_ONE))
    [zone] = query(toy, "SELECT id FROM hazard_zone")
    address = f"/events/standing/{zone.id}"
    assert neighbour.get(address).status_code == 404
    load_villages(toy, tmp_path, 0.012)
    assert neighbour.get(address).status_code == 200
    load_villages(toy, tmp_path, 0.01)
    assert neighbour.get(address).status_code == 404
    assert toy.browser(toy.member("township", EAST)).get(address).status_code == 404


def test_zones_drawn_anew_at_the_same_moment_follow_the_outlines_too(
    toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    with toy.transaction(COUNTY) as session:
        load_drawing(session, toy.actor(COUNTY), DRAWN, Given(event=event, level="orange"))
        with meanwhile(toy, lambda: load_villages(toy, tmp_path, 0.012)) as other:
            pass
    other.end()
    assert touched(toy) & {WEST_ONE, WEST_TWO} == {WEST_ONE}
