"""What 表外新增 says of people who have left is asked, never taken for a state, and never passed over."""

import re

import pytest
from fastapi.testclient import TestClient

from geo_housing.evacuation.left_already import Left, left_already
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES, WEST

SHELTER, KIN = "moved_to_shelter", "moved_to_kin"


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("东墙倒塌，3人已到村委会", Left(SHELTER, 3)),
        ("已转到村小学", Left(SHELTER, None)),
        ("三口人都搬到儿子家了", Left(KIN, 3)),
        ("2人已到村委会，1人还在家", Left(None, None)),
        ("人已经安全转移", Left(SHELTER, None)),
        ("接到村部，两个人", Left(SHELTER, 2)),
        ("投亲，已去女儿家", Left(KIN, None)),
        ("东墙倒塌", None),
        ("3人未转移", None),
        ("还没转到安置点", None),
        ("尚未撤离，2人", None),
        ("水已进屋，3人被困", None),
        ("房顶塌了，急需转移", None),
        ("院墙已倒，老人不愿走", None),
    ],
)
def test_words_that_say_that_somebody_has_left(what: str, found: Left | None) -> None:
    assert left_already(what) == found


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        return make_event(session, toy.actor(COUNTY), ["西一", "东一"], level="red")


@pytest.fixture
def township(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("township", WEST))


BODY = {"village": VILLAGES["西二"][0], "head": "外来户", "what": "东墙倒塌，3人已到村委会"}


def test_the_form_asks_with_what_the_words_say_filled_in(township: TestClient, event: int) -> None:
    address = f"/events/{event}/evacuation/extra"
    asked = township.post(address, data=BODY)
    form = asked.text.partition('id="extra"')[2].partition("</form>")[0]
    assert asked.status_code == 422 and "有人已经离开" in asked.text
    assert re.search(r'name="people"[^>]* value="3"', form) and f'value="{SHELTER}" selected' in form
    assert '<option value="pending">' in form, "待转移 is an answer now"
    assert township.post(address, data={**BODY, "people": "3", "state": SHELTER, "client_id": "a"}).status_code == 303
    assert township.post(address, data={**BODY, "people": "3", "state": SHELTER, "client_id": "a"}).status_code == 303
    page = township.get(f"/events/{event}/evacuation/areas/{VILLAGES['西二'][0]}").text
    row = page.partition("外来户")[2]
    assert "已转移" in row and "3" in row


@pytest.mark.parametrize("more", [{"people": "5"}, {"what": "2人已到村委会，3人还在家"}])
def test_what_contradicts_the_number_comes_back_unanswered(
    township: TestClient, event: int, more: dict[str, str]
) -> None:
    address, body = f"/events/{event}/evacuation/extra", {**BODY, **more}
    asked = township.post(address, data=body)
    form = asked.text.partition('id="extra"')[2].partition("</form>")[0]
    assert asked.status_code == 422 and "有人已经离开" in asked.text
    assert re.search(rf'name="people"[^>]* value="{more.get("people", "")}"', form)
    assert '<option value="">请选择</option>' in form and "selected" not in form.partition('name="state"')[2]
    assert township.post(address, data=body).status_code == 422, "pressed again it asks again"
    assert township.post(address, data={**body, "state": "pending"}).status_code == 303


def test_nobody_is_counted_as_moved_whom_the_words_do_not_name(township: TestClient, event: int) -> None:
    address = f"/events/{event}/evacuation/extra"
    asked = township.post(address, data={**BODY, "people": "5", "state": SHELTER})
    assert asked.status_code == 422 and "情况里写着 3 人已离开，人数是 5" in asked.text
    api = {"area": BODY["village"], "head": "外来户", "what": BODY["what"], "people": 5, "state": SHELTER}
    assert township.post(f"/api/v1{address}", json=api).status_code == 422
    assert township.post(address, data={**BODY, "people": "5", "state": "pending"}).status_code == 303


def test_a_number_that_is_none_is_named(township: TestClient, event: int) -> None:
    told = township.post(f"/events/{event}/evacuation/extra", data={**BODY, "what": "东墙倒塌", "people": "约三四个人"})
    assert told.status_code == 422 and "“人数”请填数字，不是“约三四个人”。" in told.text
    assert 'value="约三四个人"' in told.text


def test_who_says_that_they_must_be_fetched_yet_is_believed(township: TestClient, event: int) -> None:
    address = f"/api/v1/events/{event}/evacuation/extra"
    body = {"area": BODY["village"], "head": "外来户", "what": "2人已到村委会，1人还在家"}
    refused = township.post(address, json=body)
    assert refused.status_code == 422 and "有人已经离开" in refused.text
    assert township.post(address, json={**body, "state": "pending"}).json()["state"] == "pending"
    away = {**body, "head": "另一户", "state": "moved_to_kin", "people": 2}
    told = township.post(address, json=away).json()
    assert (told["state"], told["people"]) == ("moved_to_kin", 2)
