"""An event that nobody has named follows its ground; a name that somebody gave stays, and may be given on the page."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from tests.fixtures.toy import ToyDatabase
from tests.response.test_pages import words
from tests.response.test_warning_pages import read, sent
from tests.response.warnings import ORANGE, confirm
from tests.toy_county import COUNTY, WEST

WIDER = "玩具县气象台2026年7月12日01时50分将暴雨橙色预警信号升级为暴雨红色预警信号：预计未来3小时西山镇、东河乡有100毫米以上降水。"
ALL = "玩具县气象台2026年7月12日02时50分继续发布暴雨红色预警信号：预计未来3小时全县有100毫米以上降水。"


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def name(toy: ToyDatabase) -> str:
    with toy.transaction(COUNTY) as session:
        return session.scalar(text("SELECT name FROM hazard_event")) or ""


def renamed(client: TestClient, event: int, to: str, was: str) -> int:
    return client.post(f"/events/{event}/name", data={"name": to, "was": was}, follow_redirects=False).status_code


def test_it_follows_the_ground_and_the_course_tells_it(toy: ToyDatabase, county: TestClient) -> None:
    event = confirm(toy, ORANGE).event
    first = name(toy)
    assert first == "西山镇暴雨 2026-07-12 00:20"
    confirm(toy, WIDER, target=str(event))
    assert {name(toy)} <= {"西山镇、东河乡暴雨 2026-07-12 00:20", "东河乡、西山镇暴雨 2026-07-12 00:20"}
    confirm(toy, ALL, target=str(event))
    for page in (f"/events/{event}", f"/events/{event}/course"):
        assert f"名称：{first} → " in words(county.get(page).text).replace("： ", "：")


def test_a_name_of_ones_own_stays_and_none_gives_it_back(toy: ToyDatabase, county: TestClient) -> None:
    event = confirm(toy, ORANGE).event
    assert renamed(county, event, " 7·12  暴雨 ", name(toy)) == 303 and name(toy) == "7·12 暴雨"
    assert "事件改名" in county.get(f"/events/{event}/course").text
    confirm(toy, WIDER, target=str(event))
    assert name(toy) == "7·12 暴雨"
    assert renamed(county, event, "", "7·12 暴雨") == 303 and name(toy).endswith("暴雨 2026-07-12 00:20")


def test_two_who_rename_at_once_and_a_name_that_is_taken(toy: ToyDatabase, county: TestClient) -> None:
    event = confirm(toy, ORANGE).event
    was = name(toy)
    assert renamed(county, event, "甲", was) == 303
    assert renamed(county, event, "乙", was) == 409 and name(toy) == "甲"
    confirm(toy, WIDER, target="new", name="乙", even_if_known=True)
    assert renamed(county, event, "乙", "甲") == 422


def test_who_does_not_lead_the_event_is_not_offered_it(toy: ToyDatabase) -> None:
    event = confirm(toy, ORANGE).event
    township = toy.browser(toy.member("township", WEST))
    assert "event-name" not in township.get(f"/events/{event}").text
    assert renamed(township, event, "乙", name(toy)) == 403


def test_the_page_of_a_warning_asks_for_a_name_only_where_it_makes_an_event(
    toy: ToyDatabase, county: TestClient
) -> None:
    page = read(county, ORANGE)
    assert 'name="0-name"' in page
    county.post("/events/warnings/confirm", data=sent(page, **{"0-name": "7·12暴雨"}))
    assert name(toy) == "7·12暴雨"
    assert 'name="0-name"' not in read(county, WIDER)
