"""A pasted lift: only what it surely means is ticked beforehand; whatever else is in force stays, with the reason beside it."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_warning_pages import read, sent
from tests.response.warnings import confirm
from tests.toy_county import COUNTY, EAST, WEST

OURS = "玩具县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时西山镇有100毫米以上降水。"
UNNAMED = "2026年7月12日01时55分发布暴雨红色预警信号：预计未来3小时西山镇、东河乡有100毫米以上降水。"
AT = "2026年7月12日05时30分"


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@furnished
def event(toy: ToyDatabase) -> int:
    number = confirm(toy, OURS).event
    confirm(toy, UNNAMED, target=str(number))
    toy.browser(toy.member("county", COUNTY)).post(f"/api/v1/events/{number}/respond")
    return number


def offered(page: str) -> list[tuple[bool, str]]:
    """The warnings offered as lifted, with whether each is ticked and the reason beside it."""
    found = re.findall(r'name="0-ends" value="\d+"[^>]*?( checked)?>(.*?)</label>', page, re.DOTALL)
    return [(bool(ticked), "".join(re.findall(r'class="doubt">([^<]*)<', label))) for ticked, label in found]


def in_force(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        return session.scalar(text("SELECT count(*) FROM warning WHERE action <> 'lift' AND ended_at IS NULL")) or 0


def test_its_own_level_and_office_are_ticked(toy: ToyDatabase, county: TestClient, event: int) -> None:
    page = read(county, f"玩具县气象台{AT}解除暴雨红色预警信号。")
    assert offered(page) == [(True, ""), (True, "")] and "没有勾选的预警继续有效" not in page
    county.post("/events/warnings/confirm", data=sent(page))
    assert in_force(toy) == 0


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        (f"玩具县气象台{AT}解除暴雨橙色预警信号。", "级别不同"),
        (f"邻旗气象台{AT}解除暴雨红色预警信号。", "发布单位不同"),
        (f"某盟气象台{AT}解除暴雨红色预警信号：邻旗、远旗降水已结束。", "发布单位不同"),
        ("玩具县气象台2026年7月12日01时30分解除暴雨红色预警信号。", "发布晚于解除"),
    ],
)
def test_what_it_may_not_mean_stays_in_force(
    toy: ToyDatabase, county: TestClient, event: int, pasted: str, reason: str
) -> None:
    page = read(county, pasted, **{"0-target": str(event)})
    assert offered(page) == [(False, reason)] * 2 and "没有勾选的预警继续有效" in page
    county.post("/events/warnings/confirm", data=sent(page))
    assert in_force(toy) == 2
    shown = county.get(f"/events/{event}").text
    assert "预警已解除" not in shown and "已解除的乡镇进入灾后排查" not in shown
    said = county.post("/api/v1/warnings/read", json={"text": pasted}).json()
    if said["effect"]:
        assert said["effect"]["ends"] == [] and {one["reason"] for one in said["effect"]["doubts"]} == {reason}


def test_a_person_may_tick_it_all_the_same(toy: ToyDatabase, county: TestClient, event: int) -> None:
    page = read(county, f"某盟气象台{AT}解除玩具县暴雨红色预警信号。")
    assert offered(page) == [(False, "发布单位不同"), (True, "")], "it names the ground of the one without an office"
    numbers = re.findall(r'name="0-ends" value="(\d+)"', page)
    county.post("/events/warnings/confirm", data=sent(page, **{"0-ends": numbers}))
    assert in_force(toy) == 0


def test_where_the_level_is_corrected_it_is_proposed_anew(toy: ToyDatabase, county: TestClient, event: int) -> None:
    page = read(county, f"玩具县气象台{AT}解除暴雨橙色预警信号。")
    again = county.post("/events/warnings", data=sent(page, **{"0-level": "red"})).text
    assert offered(again) == [(True, ""), (True, "")]
    kept = county.post("/events/warnings", data=sent(again, **{"0-ends": [], "0-issuer": "玩具县气象局"})).text
    assert [ticked for ticked, _ in offered(kept)] == [False, False], "what somebody has unticked stays so"


def test_for_one_township_it_goes_on_in_the_other(toy: ToyDatabase, county: TestClient, event: int) -> None:
    page = read(county, f"玩具县气象台{AT}解除西山镇暴雨红色预警信号。")
    assert offered(page) == [(True, ""), (False, "只解除了部分地方")]
    county.post("/events/warnings/confirm", data=sent(page))
    grounds = county.get(f"/api/v1/events/{event}").json()["grounds"]
    assert [one["code"] for one in grounds if one["is_lifted"]] == [WEST] and EAST in {one["code"] for one in grounds}
