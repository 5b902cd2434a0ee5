"""A house whose disputed point lies with the neighbour: told to those who declared it, given as a task by whoever holds both.

争-1 of the toy county is declared in 西一, its point lies in 东一.
"""

import pytest
from shapely.geometry import box, mapping

from geo_housing.hazards.queries import affected
from geo_housing.response.service import respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import query
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

CORNER = mapping(box(120.0002, 45.0002, 120.0014, 45.0014))


def tasks(toy: ToyDatabase, event: int) -> set[str]:
    rows = query(
        toy,
        "SELECT h.code FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE i.event_id = :e",
        e=event,
    )
    return {row.code for row in rows}


def test_the_preview_tells_each_area_what_it_has_to_look_for(toy: ToyDatabase) -> None:
    uncertain, elsewhere = {}, {}
    for role, area in (("county", COUNTY), ("township", WEST), ("township", EAST), ("village", VILLAGES["西一"][0])):
        client = toy.browser(toy.member(role, area))
        found = client.post("/api/v1/affected-preview", json={"geometry": CORNER}).json()
        uncertain[area], elsewhere[area] = found["uncertain"], found["declared_elsewhere"]
    # Where it counts it is uncertain; where it is declared it is told; nowhere is it neither.
    assert elsewhere == {COUNTY: 0, WEST: 1, EAST: 0, VILLAGES["西一"][0]: 1}
    assert uncertain == {COUNTY: 2, WEST: 1, EAST: 1, VILLAGES["西一"][0]: 0}


def test_the_page_of_its_township_leads_to_it_and_the_county_gives_the_task(toy: ToyDatabase) -> None:
    township, county = toy.browser(toy.member("township", WEST)), toy.browser(toy.member("county", COUNTY))
    with toy.transaction(WEST) as session:
        event = make_event(session, toy.actor(WEST), ["西一"])
        respond(session, toy.actor(WEST), event)
    assert "争-1" not in tasks(toy, event)
    page = township.get(f"/events/{event}").text
    said = page[page.index('class="missing"') :][:600]
    assert "另有 1 栋登记在本辖区受影响的村，点位却落在别的辖区" in said and 'href="/houses/check"' in said
    assert "争-1" in township.get("/houses/check").text
    assert "登记在本辖区受影响的村" not in county.get(f"/events/{event}").text
    assert county.get(f"/api/v1/events/{event}/affected").json()["declared_elsewhere"] == 0
    # The county in the name of that township alone: its list holds what counts there, and the figure says what is missing.
    with toy.transaction(COUNTY) as session:
        assert affected(session, event, AreaScope(WEST)).declared_elsewhere == 1
        respond(session, toy.actor(COUNTY), event, area=WEST)
    assert "争-1" not in tasks(toy, event)
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
    assert "争-1" in tasks(toy, event)


@pytest.mark.parametrize("village", ["西四", "东一"])
def test_a_zone_elsewhere_tells_nothing(toy: ToyDatabase, village: str) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), [village])
    for area in (WEST, EAST):
        found = toy.browser(toy.member("township", area)).get(f"/api/v1/events/{event}/affected").json()
        assert found["declared_elsewhere"] == 0
