"""What a shift hands on after an event has ended: families of houses that nobody may live in."""

from fastapi.testclient import TestClient

from geo_housing.duty.matters import note_of, open_matters, parts_of
from geo_housing.response.service import change_phase
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.test_returning import engineer, event, looked, signed
from tests.toy_county import COUNTY, EAST

__all__ = ["engineer", "event"]


def test_families_without_a_safe_home_are_handed_on_before_and_after_the_end(
    toy: ToyDatabase, event: int, engineer: int
) -> None:
    looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)
    signed(toy, event, "西一-D", "not_habitable", engineer)
    with toy.transaction() as session:
        found = open_matters(session, AreaScope(COUNTY))
        assert found["after_the_end"] == []
        assert "尚未安全居住 1 栋" in parts_of(found["events"][0]) and "尚未安全居住 1 栋" in note_of(found)
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "closed", reason="核对")
    with toy.transaction() as session:
        found = open_matters(session, AreaScope(COUNTY))
        elsewhere = open_matters(session, AreaScope(EAST))
    assert found["events"] == [] and [one["unsafe"] for one in found["after_the_end"]] == [1]
    assert note_of(found).endswith("（已不在办）：尚未安全居住 1 栋。")
    assert elsewhere["after_the_end"] == [] and note_of(elsewhere) == "没有在办的灾害事件。"
    county: TestClient = toy.browser(toy.member("duty", COUNTY))
    assert "尚未安全居住 1 栋 （事件已不在办）" in county.get("/duty").text
