"""What a drill hands out says so: the name in files and lists, and where an event is chosen on the map."""

import re

from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event
from tests.toy_county import COUNTY


def test_a_drill_is_named_as_one_wherever_its_event_is_named(toy: ToyDatabase) -> None:
    actor = toy.actor(COUNTY)
    with toy.transaction(COUNTY) as session:
        events = {
            said: make_event(session, actor, ["西一"], level="red", name=name, mode=mode)
            for said, name, mode in (("【演练】汛前演习", "汛前演习", "drill"), ("七月暴雨", "七月暴雨", "actual"))
        }
        for event in events.values():
            respond(session, actor, event)
    county = toy.browser(toy.member("county", COUNTY))
    for layer in ("zones", "emergency-inspections"):
        for said, event in events.items():
            file = county.get(f"/api/v1/{layer}.geojson?event={event}").json()["features"]
            listed = county.get(f"/api/v1/{layer}?event={event}").json()["items"]
            assert {one["properties"]["event_name"] for one in file} == {one["event_name"] for one in listed} == {said}
    page = county.get("/map").text
    chosen = re.search(r'<select[^>]* name="inspections">.*?</select>', page, re.DOTALL)
    assert chosen is not None and ">【演练】汛前演习<" in chosen[0] and ">七月暴雨<" in chosen[0]
