"""A warning of which one is only to know (蓝) joins an event: it is registered, and gives the ground that it alone concerns nothing."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.calls.queries import places_to_call
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_warning_pages import sent
from tests.response.warnings import ORANGE, confirm
from tests.toy_county import COUNTY, EAST, WEST

GALE = "玩具县气象台2026年7月12日00时40分发布大风蓝色预警信号：预计未来24小时西山镇、东河乡有6级以上大风。"
RAIN_WEST = "玩具县气象台2026年7月12日00时30分发布暴雨蓝色预警信号：预计未来24小时西山镇有50毫米以上降水。"
GALE_ORANGE = (
    "玩具县气象台2026年7月12日00时50分将大风蓝色预警信号升级为大风橙色预警信号：预计未来6小时东河乡有10级以上大风。"
)


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@furnished
def event(toy: ToyDatabase) -> int:
    number = confirm(toy, ORANGE).event
    toy.browser(toy.member("county", COUNTY)).post(f"/api/v1/events/{number}/respond")
    return number


def tasks(toy: ToyDatabase) -> dict[str, int]:
    """栋 with a task, by township."""
    with toy.transaction(COUNTY) as session:
        rows = session.execute(
            text("SELECT left(scope_code, 9), count(*) FROM emergency_inspection WHERE state <> 'withdrawn' GROUP BY 1")
        )
        return {row[0]: row[1] for row in rows}


def called(toy: ToyDatabase, event: int) -> set[str]:
    """Townships whose ground is warned; one that counts a disputed house of another's ground is called for that alone."""
    with toy.transaction(COUNTY) as session:
        return {one.code for one in places_to_call(session, event, toy.actor(COUNTY).scope) if not one.disputed}


def join(toy: ToyDatabase, event: int, pasted: str) -> int:
    return confirm(toy, pasted, target=str(event)).opened


def test_it_gives_no_tasks_and_no_calls_where_nothing_else_is(toy: ToyDatabase, county: TestClient, event: int) -> None:
    before = tasks(toy)
    page = county.post("/events/warnings", data={"text": GALE}).text
    page = county.post("/events/warnings", data=sent(page, **{"0-target": [str(event)]})).text
    assert "蓝色预警只需掌握：登记，不下达任务" in page
    county.post("/events/warnings/confirm", data=sent(page))
    assert tasks(toy) == before and called(toy, event) == {WEST}
    assert county.get(f"/api/v1/events/{event}").json()["level"] == "orange"
    # Whatever else is done with the event: they come by hand alone.
    county.post(f"/api/v1/events/{event}/respond")
    assert tasks(toy) == before and called(toy, event) == {WEST}


def test_a_person_may_give_the_tasks_all_the_same(toy: ToyDatabase, county: TestClient, event: int) -> None:
    before = tasks(toy)
    join(toy, event, GALE)
    shown = county.get(f"/events/{event}").text
    assert "也下达任务" in shown and "补下达任务" not in shown
    county.post(f"/events/{event}/respond", data={"told_too": "true"})
    after = tasks(toy)
    assert after[EAST] > before.get(EAST, 0) and "也下达任务" not in county.get(f"/events/{event}").text


def test_where_it_rises_tasks_are_given_at_once(toy: ToyDatabase, county: TestClient, event: int) -> None:
    join(toy, event, GALE)
    assert join(toy, event, GALE_ORANGE) > 0
    assert tasks(toy)[EAST] > 0 and called(toy, event) == {WEST, EAST}


def test_before_tasks_are_given_it_is_told_apart(toy: ToyDatabase, county: TestClient) -> None:
    number = confirm(toy, ORANGE).event
    join(toy, number, GALE)
    assert "栋的预警只需掌握，不下达任务" in county.get(f"/events/{number}").text
    answer = county.post(f"/api/v1/events/{number}/respond").json()
    assert answer["opened"] == sum(tasks(toy).values()) and not set(tasks(toy)) - {WEST, EAST}
    told = county.post(f"/api/v1/events/{number}/respond", json={"told_too": True}).json()
    assert told["opened"] > 0 and told["kept"] == answer["opened"]


def test_alone_it_is_an_event_whose_tasks_a_person_gives(toy: ToyDatabase, county: TestClient) -> None:
    number = confirm(toy, GALE).event
    assert tasks(toy) == {} and called(toy, number) == {WEST, EAST}
    assert county.post(f"/api/v1/events/{number}/respond").json()["opened"] > 0
    assert set(tasks(toy)) == {WEST, EAST}


def test_of_an_event_with_tasks_a_second_one_over_other_townships_is_offered_too(
    toy: ToyDatabase, county: TestClient
) -> None:
    number = confirm(toy, RAIN_WEST).event
    county.post(f"/api/v1/events/{number}/respond")
    assert "也下达任务" not in county.get(f"/events/{number}").text
    before = tasks(toy)
    join(toy, number, GALE)
    assert tasks(toy) == before and "也下达任务" in county.get(f"/events/{number}").text
    county.post(f"/events/{number}/respond", data={"told_too": "true"})
    assert tasks(toy)[EAST] > before.get(EAST, 0)
