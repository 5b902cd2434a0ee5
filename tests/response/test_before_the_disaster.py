"""What is dated before the disaster is none of it: nobody goes home upon an inspection of another year."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.hazards.models import HazardEvent
from geo_housing.response.returned.service import enter, preview
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.returned.filled import SEEN, Sheet
from tests.toy_county import COUNTY, WEST

SAID = {"result": "no_visible_hazard", "visitor": "某巡查员"}
EARLY = "1999-01-01T00:00:00+08:00"


@furnished
def quake(toy: ToyDatabase) -> int:
    """An event that begins with 灾后排查: nothing went before it."""
    county = toy.browser(toy.member("county", COUNTY))
    made = county.post("/api/v1/events", json={"areas": [WEST], "name": "地震", "kind": "earthquake"}).json()["event"]
    assert county.post(f"/api/v1/events/{made}/respond").is_success
    assert county.post(f"/api/v1/events/{made}/phase", json={"phase": "aftermath"}).is_success
    return int(made)


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def row(toy: ToyDatabase, event: int, code: str = "西一-A") -> Any:
    with toy.transaction() as session:
        query = "SELECT i.* FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c AND event_id = :e"
        return session.execute(text(query), {"c": code, "e": event}).one()


@pytest.mark.parametrize("name", ["visited_at", "reported_at"])
def test_by_api_and_by_form(toy: ToyDatabase, quake: int, county: TestClient, name: str) -> None:
    one = row(toy, quake)
    said = {**SAID, "reported_how": "phone", "reported_by": "村书记", name: EARLY}
    refused = county.patch(f"/api/v1/inspections/{one.id}", json={**said, "version": one.version})
    assert refused.status_code == 422 and "早于这次灾害" in refused.json()["detail"]
    typed = {**said, name: "1999-01-01T00:00", "version": str(one.version)}
    refused = county.post(f"/inspections/{one.id}", data=typed)
    assert refused.status_code == 422 and "早于这次灾害" in refused.text
    assert (row(toy, quake).state, row(toy, quake).version) == ("open", one.version)


def test_by_a_returned_list(toy: ToyDatabase, quake: int, county: TestClient, tmp_path: Path) -> None:
    sheet = Sheet(county, quake).fill("西一-A", 排查结果="未见明显隐患", **{**SEEN, "排查时间": "1999-01-01 00:00"})
    sheet.fill("西一-B", 排查结果="未见明显隐患", **SEEN)
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        event = session.get_one(HazardEvent, quake)
        assert len(preview(session, toy.actor(COUNTY), event, path).faults) == 1
        done = enter(session, toy.actor(COUNTY), event, path)
    assert done.entered == 1 and "早于这次灾害" in done.faults[0].sentence
    assert (row(toy, quake).state, row(toy, quake, "西一-B").state) == ("open", "done")


def test_what_stands_with_an_early_moment_may_be_saved_again(toy: ToyDatabase, quake: int, county: TestClient) -> None:
    one = row(toy, quake)
    assert county.patch(f"/api/v1/inspections/{one.id}", json={**SAID, "version": one.version}).is_success
    with toy.transaction() as session:
        session.execute(
            text("UPDATE emergency_inspection SET visited_at = :at WHERE id = :id"), {"at": EARLY, "id": one.id}
        )
    said = {"findings": "外墙完好", "visited_at": EARLY, "version": row(toy, quake).version}
    assert county.patch(f"/api/v1/inspections/{one.id}", json=said).is_success
