"""A message that was received for an event which has ended, and comes again: nothing by itself, an event when it is said."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.errors import BadInput, Conflict
from geo_housing.response.service import change_phase
from geo_housing.response.zones.loading import Given
from tests.fixtures.toy import ToyDatabase
from tests.response.test_loading import loaded, message
from tests.response.test_message_pages import UPDATES_M1, confirm, count, sent, upload
from tests.response.test_pages import words
from tests.toy_county import COUNTY

PHASES = {"closed": "已结束", "mistaken": "已作误发撤销"}


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def ended(toy: ToyDatabase, event: int, phase: str) -> None:
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, phase, reason="误发")


@pytest.mark.parametrize("phase", PHASES)
def test_the_page_asks_and_the_message_makes_another_event(toy: ToyDatabase, county: TestClient, phase: str) -> None:
    first = confirm(county, upload(county, message()))
    ended(toy, first, phase)
    page = upload(county, message())
    assert "这条消息以前登记在事件" in page and "再登记一次不会改变什么" not in page
    refused = county.post("/events/messages/confirm", data=sent(page))
    assert refused.status_code == 409 and PHASES[phase] in words(refused.text) and "仍要另建" in refused.text
    assert count(toy, "hazard_event") == 1
    second = confirm(county, page, even_if_known="1")
    assert second != first and (count(toy, "hazard_event"), count(toy, "warning")) == (2, 2)
    # From now on it is known as the open event's, and what ends it ends that one's.
    assert confirm(county, upload(county, message())) == second
    lift = confirm(county, upload(county, message(number="m2", **{**UPDATES_M1, "msg_type": "Cancel"})))
    assert lift == second


def test_a_program_is_told_and_may_say_so(toy: ToyDatabase, tmp_path: Path, county: TestClient) -> None:
    first = loaded(toy, tmp_path, message())
    ended(toy, first.zoned.event_id, "closed")
    with pytest.raises(Conflict, match="仍要另建"):
        loaded(toy, tmp_path, message())
    files = {"file": ("a.xml", message())}
    answer = county.post("/api/v1/events", files=files, data={"even_if_known": "maybe"})
    assert answer.status_code == 422 and "even_if_known" in answer.text
    answer = county.post("/api/v1/events", files=files, data={"even_if_known": "true"})
    assert answer.status_code == 200 and answer.json()["event"] != first.zoned.event_id
    # One that goes on takes no second event of the same message, whatever is said.
    again = loaded(toy, tmp_path, message(), Given(even_if_known=True))
    assert again.zoned.event_id == answer.json()["event"] and count(toy, "hazard_event") == 2


def test_a_press_that_is_sent_twice_gives_its_own_event_though_it_has_ended(toy: ToyDatabase, tmp_path: Path) -> None:
    given = Given(client_id="press")
    first = loaded(toy, tmp_path, message(), given)
    ended(toy, first.zoned.event_id, "mistaken")
    assert loaded(toy, tmp_path, message(), given).zoned.event_id == first.zoned.event_id


def test_an_update_of_an_event_that_has_ended_begins_anew(toy: ToyDatabase, tmp_path: Path) -> None:
    first = loaded(toy, tmp_path, message())
    update = message(number="m2", **UPDATES_M1)
    with pytest.raises(Conflict, match="更改影响范围"):
        loaded(toy, tmp_path, update)
    ended(toy, first.zoned.event_id, "mistaken")
    second = loaded(toy, tmp_path, update)
    with toy.transaction() as session:
        phase = session.scalar(
            text("SELECT phase FROM hazard_event WHERE id = :event"), {"event": second.zoned.event_id}
        )
    assert second.zoned.event_id != first.zoned.event_id and phase == "warning"


SWAPPED = {
    "a polygon": ("<polygon>120.0005,45.0005 120.0095,45.0005 120.0095,45.0095 120.0005,45.0005</polygon>", "120.0005,45.0005"),
    "a polygon of the west": ("<polygon>80.1,43.1 80.2,43.1 80.2,43.2 80.1,43.1</polygon>", "80.1,43.1"),
    "a circle": ("<circle>120.005,45.005 0.3</circle>", "120.005,45.005"),
}  # fmt: skip


@pytest.mark.parametrize("name", SWAPPED)
def test_longitude_before_latitude_is_told_as_such(toy: ToyDatabase, tmp_path: Path, name: str) -> None:
    shape, first = SWAPPED[name]
    with pytest.raises(BadInput) as refused:
        loaded(toy, tmp_path, message(shape))
    (fault,) = refused.value.faults
    assert f"好像写反了（如 {first}）" in fault.sentence and "先纬度、后经度" in fault.sentence
    assert count(toy, "hazard_event") == 0


def test_what_is_no_pair_of_numbers_is_told_as_such(toy: ToyDatabase, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        loaded(toy, tmp_path, message("<polygon>45.0;120.0 45.1;120.1 45.2;120.2</polygon>"))
    assert "无法识别（应为" in refused.value.faults[0].sentence
