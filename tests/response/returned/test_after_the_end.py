"""A list that comes back when 误发撤销 has taken its houses off: damage does not end with a refusal."""

from pathlib import Path

from fastapi.testclient import TestClient

from geo_housing.hazards.models import HazardEvent
from geo_housing.response.returned.service import preview
from geo_housing.response.service import change_phase
from tests.fixtures.toy import ToyDatabase
from tests.response.returned.filled import SEEN, Sheet
from tests.response.returned.test_returned import new_event
from tests.response.zones import begun_in_july
from tests.toy_county import COUNTY


def test_a_fallen_house_of_an_event_that_was_a_mistake_is_told_where_to_go(toy: ToyDatabase, tmp_path: Path) -> None:
    county: TestClient = toy.browser(toy.member("county", COUNTY))
    event = begun_in_july(toy, new_event(county))
    sheet = Sheet(county, event)
    sheet.fill("西一-C", 排查结果="倒塌", 倒塌间数=2, **SEEN).fill("西一-D", 排查结果="未见明显隐患", **SEEN)
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")
        found = preview(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), path)
    told = {one.value: one.sentence for one in found.faults}
    assert len(told) == 2 and all("事件也已结束，没有录入" in one for one in told.values())
    assert ["表外新增" in told[code] for code in ("西一-C", "西一-D")] == [True, False]
