"""撤销误发的预警: the page leads to the event that holds the warning; nothing is entered and nothing withdrawn by the text."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_corrections import work
from tests.response.test_warning_pages import read, sent
from tests.response.test_what_a_lift_means import county
from tests.response.warnings import FLASH_FLOOD, ORANGE, confirm
from tests.toy_county import COUNTY, WEST

__all__ = ["county"]

AT = "玩具县气象台2026年7月12日00时50分"
SAYS = f"{AT}：00时20分发布的暴雨橙色预警信号系误发，现予以撤销。"


@furnished
def event(toy: ToyDatabase) -> int:
    number = confirm(toy, ORANGE).event
    toy.browser(toy.member("county", COUNTY)).post(f"/api/v1/events/{number}/respond")
    return number


def events_in(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="btn" href="/events/(\d+)#next"', page)]


@pytest.mark.parametrize("pasted", [SAYS, f"【更正】{SAYS}", f"{AT}撤销00时20分误发的暴雨橙色预警信号。"])
def test_it_leads_to_the_event_and_does_nothing(toy: ToyDatabase, county: TestClient, event: int, pasted: str) -> None:
    before = work(toy)
    page = read(county, pasted)
    assert "这是撤销误发的预警" in page and "这不是一条预警" not in page and "归入哪个事件" not in page
    assert events_in(page) == [event] and "不会自动撤销任何任务" in page
    # On a phone the bar of the main button would lie upon it, if it stood below the fields and the list of places.
    assert page.index("这是撤销误发的预警") < page.index('class="fields"') and "form-stays" not in page
    assert county.post("/events/warnings/confirm", data=sent(page)).status_code == 422
    with toy.transaction(COUNTY) as session:
        known = session.execute(text("SELECT phase, (SELECT count(*) FROM warning) FROM hazard_event")).one()
    assert tuple(known) == ("warning", 1) and work(toy) == before
    said = county.post("/api/v1/warnings/read", json={"text": pasted}).json()
    assert (
        said["action"] is None and said["retracts"] is True and [one["event"] for one in said["retracted"]] == [event]
    )


@pytest.mark.parametrize(
    ("was", "now"), [("00时20分", "00时10分"), ("橙色", "红色"), ("暴雨", "大风"), ("玩具县", "邻旗")]
)
def test_another_warning_is_not_meant(toy: ToyDatabase, county: TestClient, event: int, was: str, now: str) -> None:
    page = read(county, SAYS.replace(was, now))
    assert events_in(page) == [] and "没有与它相符的生效预警" in page


def test_other_warnings_of_the_event_are_said_and_who_may_call_it_off(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    confirm(toy, FLASH_FLOOD, target=str(event))
    assert "另有 1 条生效的预警" in read(county, SAYS)
    township = toy.browser(toy.member("township", WEST))
    assert "误发撤销只能由县级账号办理" in read(township, SAYS)
