"""The page of a warning message (CAP): shown as it was read, joined to the event it belongs to, or an event of its own."""

import html
import re
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.calls.queries import warned_last
from geo_housing.hazards.ground_phase import is_lifted_at
from geo_housing.hazards.grounds import warned
from tests.fixtures.toy import ToyDatabase
from tests.hazards.test_cap import alert, info
from tests.response.test_cap_files import code
from tests.response.test_loading import IN_WEST_ONE, message
from tests.response.test_pages import followed, words
from tests.response.test_redrawing import shown
from tests.response.warnings import RED
from tests.response.warnings import confirm as confirm_text
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

NEAR = IN_WEST_ONE.replace("45.0005", "45.0015")
UPDATES_M1 = {"msg_type": "Update", "head": "<references>tester,m1,2026-07-12T00:00:00+08:00</references>"}
ENDS_M1 = {**UPDATES_M1, "msg_type": "Cancel"}


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def upload(client: TestClient, content: bytes, **form: str) -> str:
    """The page after a message was chosen as the file of a new event, with the form's presets."""
    # As a browser does, a number of its own for each form.
    sent = {
        "client_id": uuid4().hex,
        "where": "file",
        "kind": "rainstorm",
        "level": "ungraded",
        "mode": "actual",
        **form,
    }
    answer = client.post("/events/new", data=sent, files={"file": ("预警.xml", content, "text/xml")})
    assert answer.status_code == 200, words(answer.text)[:400]
    return answer.text


def sent(page: str, **other: Any) -> dict[str, Any]:
    """The form of a page as a browser would send it."""
    body = page[page.index('class="warning-form"') :].partition("</form>")[0]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", body):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        found.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body, re.DOTALL):
        found[name] = re.findall(r'<option value="([^"]*)" selected', options)
    carried = re.search(r'<textarea name="message" hidden>(.*?)</textarea>', body, re.DOTALL)
    assert carried
    return {**found, "message": html.unescape(carried[1]), **other}


def confirm(client: TestClient, page: str, **other: Any) -> int:
    """The number of the event that the message is in then."""
    done = client.post("/events/messages/confirm", data=sent(page, **other))
    assert done.status_code == 303, words(done.text)[:400]
    return int(done.headers["location"].partition("#")[0].rsplit("/", 1)[1])


def count(toy: ToyDatabase, table: str) -> int:
    with toy.transaction() as session:
        return session.scalar(text(f"SELECT count(*) FROM {table}")) or 0


def test_a_message_is_shown_with_whom_it_concerns_before_anything_is_stored(
    toy: ToyDatabase, county: TestClient
) -> None:
    page = upload(county, message())
    assert count(toy, "hazard_event") == 0
    said = words(page)
    assert "6 栋" in said and "2 栋位置不确定，另计" in said and "tester" in said and 'value="orange" selected' in page
    event = confirm(county, page)
    with toy.transaction() as session:
        row = session.execute(text("SELECT kind, level, source FROM hazard_event WHERE id = :e"), {"e": event}).one()
    # What the form of a new event has preset is not what the message says.
    assert tuple(row) == ("rainstorm", "orange", "cap")


def test_what_is_corrected_on_the_page_is_what_is_stored(toy: ToyDatabase, county: TestClient) -> None:
    event = confirm(county, upload(county, message()), **{"0-level": "red", "0-kind": "flood", "0-name": "宝石洪水"})
    with toy.transaction() as session:
        row = session.execute(text("SELECT name, kind, level FROM hazard_event WHERE id = :e"), {"e": event}).one()
        zone = session.execute(text("SELECT kind, level FROM hazard_zone WHERE event_id = :e"), {"e": event}).one()
    assert tuple(row) == ("宝石洪水", "flood", "red") and zone.level == "red"


def test_a_second_message_of_the_same_weather_joins_and_the_difference_is_shown(
    toy: ToyDatabase, county: TestClient
) -> None:
    first = confirm(county, upload(county, message()))
    followed(county, county.post(f"/events/{first}/respond", data={"revision": "1"}))
    page = upload(
        county,
        message(f"<geocode><valueName>CPEAS Geographic Code</valueName><value>{WEST}000</value></geocode>", "m2"),
    )
    assert f'value="{first}" checked' in page
    added = shown(page)["added"][-1]
    assert added > 0
    before = count(toy, "emergency_inspection")
    assert confirm(county, page) == first
    # Tasks were given for this event: who is added gets theirs at once, and the first message's zone stands.
    assert count(toy, "emergency_inspection") == before + added
    with toy.transaction() as session:
        zones = session.scalar(
            text(
                "SELECT count(*) FROM hazard_zone z JOIN zone_revision r ON r.id = z.revision_id"
                " JOIN hazard_event e ON e.id = r.event_id AND e.revision = r.n"
            )
        )
    assert zones == 2


def test_an_update_takes_the_place_of_what_it_updates_unless_somebody_keeps_it(
    toy: ToyDatabase, county: TestClient
) -> None:
    first = confirm(county, upload(county, message()))
    page = upload(county, message(number="m2", inner=NEAR, **UPDATES_M1))
    assert f'value="{first}" checked' in page and "它所更新的预警在这个事件中" in page
    assert re.search(r'name="0-ends" value="\d+" checked', page) and re.search(r'name="0-drop" value="1" checked', page)
    form = {name: value for name, value in sent(page).items() if name != "0-drop"}
    part = county.post("/events/messages/effect", data=form).text
    assert shown(part)["left"] == (0, 0, 0) and "<html" not in part
    assert confirm(county, page) == first
    with toy.transaction() as session:
        ended = session.scalars(text("SELECT ended_by IS NOT NULL FROM warning ORDER BY id")).all()
        zones = session.scalar(
            text("SELECT count(*) FROM hazard_zone z JOIN zone_revision r ON r.id = z.revision_id AND r.n = 2")
        )
    assert ended == [True, False] and zones == 1


@pytest.mark.parametrize(
    ("severity", "action", "called_anew"),
    [("Extreme", "upgrade", {WEST}), ("Moderate", "change", set()), ("Severe", "change", set())],
)
def test_what_an_update_is_shows_by_the_level_it_replaces(
    toy: ToyDatabase, county: TestClient, severity: str, action: str, called_anew: set[str]
) -> None:
    event = confirm(county, upload(county, message()))
    update = message(number="m2", inner=NEAR, **UPDATES_M1).replace(b"Severe", severity.encode())
    assert confirm(county, upload(county, update)) == event
    with toy.transaction() as session:
        stored = session.execute(text("SELECT action, former_level, received_at FROM warning ORDER BY id DESC")).first()
        told = warned_last(session, event, [WEST, EAST])
    assert stored is not None and (stored.action, stored.former_level) == (action, "orange")
    # Whom the message does not concern has nothing new to be told; whoever it raises is called once more.
    assert {code for code, at in told.items() if at == stored.received_at} == called_anew


def test_a_cancel_of_a_message_that_nobody_entered_says_so(county: TestClient) -> None:
    confirm(county, upload(county, message()))
    page = words(upload(county, message(number="m3", **ENDS_M1).replace(b"tester,m1,", b"tester,m9,")))
    assert "它所指的消息没有登记过：m9。" in page
    assert "没有登记过" not in words(upload(county, message(number="m3", **ENDS_M1)))


def test_the_zones_that_others_changed_meanwhile_are_shown_anew(toy: ToyDatabase, county: TestClient) -> None:
    first = confirm(county, upload(county, message()))
    mine = upload(county, message(number="m2", inner=NEAR, **UPDATES_M1))
    confirm(county, upload(county, message(number="m3", inner=NEAR, **UPDATES_M1)), **{"0-target": str(first)})
    refused = county.post("/events/messages/confirm", data=sent(mine))
    assert refused.status_code == 409 and "刚被改过" in refused.text and "m2" in refused.text
    assert confirm(county, refused.text, **{"0-target": str(first)}) == first


def test_the_end_of_a_warning_goes_to_its_event_and_withdraws_nothing(toy: ToyDatabase, county: TestClient) -> None:
    first = confirm(county, upload(county, message()))
    followed(county, county.post(f"/events/{first}/respond", data={"revision": "1"}))
    page = county.post("/events/warnings", data={"text": message(number="m2", **ENDS_M1).decode()}).text
    assert "登记解除不撤销任何任务" in page and 'name="0-kind"' not in page
    assert confirm(county, page) == first
    assert count(toy, "emergency_inspection WHERE state <> 'withdrawn'") == 8


def test_a_cancel_is_told_by_what_it_ends_and_touches_no_zone(county: TestClient) -> None:
    event = confirm(county, upload(county, message()))
    county.post(f"/api/v1/events/{event}/respond")
    ends = re.sub(rb"<info>.*</info>", b"", message(number="m2", **ENDS_M1), flags=re.DOTALL)
    page = upload(county, ends)
    assert "0-drop" not in page, "a lift moves nothing out of the zones"
    confirm(county, page)
    shown_there = words(county.get(f"/events/{event}").text)
    assert "解除 其他" not in shown_there and re.search(r"解除 (暴雨|洪水|山洪)", shown_there)
    # The list of events says so, too, as the line does.
    assert "预警已解除" in words(county.get("/events").text)


def test_the_way_to_a_file_opens_where_a_file_is_chosen(county: TestClient) -> None:
    address = re.search(r'href="(/events/new[^"]*)">上传文件', county.get("/events").text)
    assert address is not None
    assert re.search(r'value="file" checked', county.get(address[1]).text)
    assert county.get("/events/new?where=nowhere").status_code == 422


def test_the_end_of_a_warning_that_nobody_received_cannot_be_entered(county: TestClient) -> None:
    page = upload(county, message(number="m2", **ENDS_M1))
    assert "没有进行中的事件与这条解除对应" in page and "disabled>" in page[page.index("form-buttons") :]


def test_an_exercise_says_so_and_joins_no_real_event(toy: ToyDatabase, county: TestClient) -> None:
    first = confirm(county, upload(county, message()))
    page = upload(county, message(number="m2", status="Exercise"))
    assert "按演练登记" in page and f'name="0-target" value="{first}"' not in page
    refused = county.post("/events/messages/confirm", data=sent(page, **{"0-target": str(first)}))
    assert refused.status_code == 409 and "不能归入" in refused.text
    drill = confirm(county, page)
    with toy.transaction() as session:
        assert session.scalar(text("SELECT mode FROM hazard_event WHERE id = :e"), {"e": drill}) == "drill"


def test_the_same_message_twice_is_known_and_changes_nothing(toy: ToyDatabase, county: TestClient) -> None:
    first = confirm(county, upload(county, message()))
    page = upload(county, message())
    assert "以前已经登记" in page
    assert confirm(county, page) == first
    assert (count(toy, "warning"), count(toy, "zone_revision")) == (1, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "没有收到预警消息"),
        (b"<?xml version='1.0'?><alert", "XML"),
        ("<?xml version='1.0' encoding='GBK'?><alert>暴雨</alert>".encode("gbk"), "UTF-8"),
        (b"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'/>", "订阅列表"),
    ],
)
def test_what_is_no_message_is_refused_on_the_form_it_came_from(
    county: TestClient, content: bytes, reason: str
) -> None:
    answer = county.post("/events/new", data={"where": "file"}, files={"file": ("m.xml", content, "text/xml")})
    assert answer.status_code == 422 and reason in answer.text and 'class="fields event-form"' in answer.text


def test_a_message_cannot_be_sent_by_whoever_makes_no_events(toy: ToyDatabase) -> None:
    planner = toy.browser(toy.member("planner", COUNTY))
    assert planner.post("/events/messages", data={"message": message().decode()}).status_code == 403


class TestCodesThatNobodyKnows:
    def test_the_page_says_that_the_whole_township_is_taken(self, county: TestClient) -> None:
        unknown = f"{WEST}299"
        page = words(upload(county, alert(info(code(unknown)))))
        assert f"未知编码 {unknown}，按 西山镇 全部处理" in page
        assert "未知编码" not in words(upload(county, alert(info(code(f"{WEST}000") + code(VILLAGES["西一"][0])))))

    def test_a_lift_for_such_a_village_lifts_no_township(self, toy: ToyDatabase, county: TestClient) -> None:
        event = confirm_text(toy, RED).event
        page = upload(county, alert(info(code(f"{WEST}299"), severity="Extreme"), msg_type="Cancel"))
        answer = county.post("/events/messages/confirm", data=sent(page, **{"0-target": str(event)}))
        with toy.transaction(COUNTY) as session:
            assert session.scalar(text("SELECT count(*) FROM warning WHERE ended_at IS NULL AND action <> 'lift'")) == 1
            assert not is_lifted_at(WEST, warned(session, event)), answer.status_code
