"""Who leaves is asked about: where nobody answers then, who is left, who takes over; nothing is stored before."""

import pytest
from fastapi.testclient import TestClient

from geo_housing.clock import today
from tests.fixtures.toy import ToyDatabase
from tests.response.test_pages import words
from tests.roster.people import calling_order, contact, technician
from tests.toy_county import COUNTY, VILLAGES, WEST

VILLAGE = VILLAGES["西一"][0]
PHONE = "10000000001"


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def asked(client: TestClient, row: int, kind: str = "contacts") -> str:
    answer = client.post(f"/roster/{kind}/{row}/end", data={})
    assert answer.status_code == 409
    return words(answer.text)


def answering(toy: ToyDatabase, area: str) -> list[str]:
    with toy.transaction() as session:
        return [row.name for row in calling_order(session, area, today())]


def test_where_nobody_answers_then_is_said_before_and_cancelling_stores_nothing(
    toy: ToyDatabase, county: TestClient
) -> None:
    row = contact(toy, VILLAGE, "张三", phone=PHONE)
    page = asked(county, row)
    assert "以后没有人可以叫应： 西一" in page.replace("：西一", "： 西一") and answering(toy, VILLAGE) == ["张三"]
    assert county.post(f"/roster/contacts/{row}/end", data={"sure": "1"}).status_code == 303
    assert answering(toy, VILLAGE) == []


def test_a_village_of_a_township_with_people_is_called_there(toy: ToyDatabase, county: TestClient) -> None:
    row = contact(toy, VILLAGE, "张三", phone=PHONE)
    contact(toy, WEST, "李镇长", phone="10000000002")
    page = asked(county, row)
    assert "叫应改打乡镇的电话" in page and "没有人可以叫应" not in page


def test_of_the_township_all_villages_without_anybody_are_named(toy: ToyDatabase, county: TestClient) -> None:
    row = contact(toy, WEST, "李镇长", phone=PHONE)
    contact(toy, VILLAGE, "张三", phone="10000000002")
    page = asked(county, row)
    alone = page[page.index("没有人可以叫应") : page.index("请先登记接任的人")]
    assert "西山镇" in alone and "西二" in alone and "西一" not in alone


def test_who_is_left_may_take_over_and_further_rows_of_the_name_stay(toy: ToyDatabase, county: TestClient) -> None:
    row = contact(toy, VILLAGE, "张三", phone=PHONE, turn="A")
    second = contact(toy, VILLAGE, "王五", role="director", phone="10000000003", turn="B")
    contact(toy, VILLAGES["西二"][0], "张三", phone=PHONE)
    answer = county.post(f"/roster/contacts/{row}/end", data={})
    page = words(answer.text)
    assert "以后没有主责" in page and "王五" in page and f"/roster/contacts/{second}/edit" in answer.text
    assert "同名的登记还有 1 条" in page
    assert "叫应不受影响" in asked(county, second)


def test_the_successor_is_entered_next(toy: ToyDatabase, county: TestClient) -> None:
    row = contact(toy, VILLAGE, "张三", phone=PHONE)
    done = county.post(f"/roster/contacts/{row}/end", data={"sure": "1", "successor": "1"})
    assert done.headers["location"] == f"/roster/contacts/new?area={VILLAGE}&role=secretary"
    form = county.get(done.headers["location"]).text
    assert f'<option value="{VILLAGE}" selected' in form and '<option value="secretary" selected' in form


def test_a_technician_is_asked_about_too(toy: ToyDatabase, county: TestClient) -> None:
    row = technician(toy, COUNTY, "赵工")
    assert "从今天起不再列入" in asked(county, row, "technicians")
