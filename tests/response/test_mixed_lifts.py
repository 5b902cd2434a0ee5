"""A lift for some townships, confirmed as it is proposed: where the warning goes on nothing ends."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.hazards.ground_phase import is_lifted_at
from geo_housing.hazards.grounds import warned
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_warning_pages import read, sent
from tests.response.warnings import confirm
from tests.toy_county import COUNTY, EAST, WEST

RED = "玩具县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时西山镇、东河乡有100毫米以上降水。"
AT = "玩具县气象台2026年7月12日05时30分"
LIFTS = [
    f"{AT}解除西山镇暴雨红色预警信号，东河乡维持暴雨红色预警信号。",
    f"{AT}解除暴雨红色预警信号：西山镇降水已结束；东河乡暴雨红色预警信号继续生效。",
    f"{AT}解除西山镇的暴雨红色预警信号，其余乡镇暴雨红色预警信号继续有效。",
    f"{AT}解除除东河乡外其他乡镇的暴雨红色预警信号。",
]
EXCEPTED = f"{AT}解除暴雨红色预警信号（东河乡除外）。"


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@furnished
def event(toy: ToyDatabase) -> int:
    number = confirm(toy, RED).event
    toy.browser(toy.member("county", COUNTY)).post(f"/api/v1/events/{number}/respond")
    return number


def lifted(toy: ToyDatabase, event: int) -> set[str]:
    with toy.transaction(COUNTY) as session:
        warnings = warned(session, event)
        return {ground for ground in (WEST, EAST) if is_lifted_at(ground, warnings)}


def in_force(toy: ToyDatabase) -> Any:
    with toy.transaction(COUNTY) as session:
        return session.scalar(text("SELECT count(*) FROM warning WHERE action <> 'lift' AND ended_at IS NULL"))


@pytest.mark.parametrize("pasted", LIFTS)
def test_the_other_township_stays_warned(toy: ToyDatabase, county: TestClient, event: int, pasted: str) -> None:
    done = county.post("/events/warnings/confirm", data=sent(read(county, pasted)))
    assert done.headers["location"] == f"/events/{event}#next"
    assert lifted(toy, event) == {WEST} and in_force(toy) == 1


class TestWhereNoPlaceIsChosen:
    def test_nothing_is_lifted_until_somebody_chooses(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        page = read(county, EXCEPTED)
        assert "请选择" in page and "解除针对整条预警" not in page
        refused = county.post("/events/warnings/confirm", data=sent(page))
        assert refused.status_code == 422 and "还没有选择是哪些" in refused.text
        assert lifted(toy, event) == set() and in_force(toy) == 1
        chosen = county.post("/events/warnings/confirm", data=sent(page, **{"0-q0": [WEST]}))
        assert chosen.headers["location"] == f"/events/{event}#next"
        assert lifted(toy, event) == {WEST} and in_force(toy) == 1

    def test_by_the_api_neither(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        said = county.post("/api/v1/warnings/read", json={"text": EXCEPTED}).json()
        assert (
            said["areas"] == []
            and said["effect"]["ends"] == []
            and [one["text"] for one in said["unread"]] == ["东河乡"]
        )
        one = {"action": "lift", "kind": "rainstorm", "level": "red", "event": event}
        body = {"text": EXCEPTED, "warnings": [one]}
        assert county.post("/api/v1/warnings", json=body).status_code == 422
        assert lifted(toy, event) == set() and in_force(toy) == 1

    def test_the_county_may_be_ticked(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        page = read(county, EXCEPTED)
        assert f'name="0-areas" value="{COUNTY}"' in page
        county.post("/events/warnings/confirm", data=sent(page, **{"0-areas": [COUNTY]}))
        assert lifted(toy, event) == {WEST, EAST}
