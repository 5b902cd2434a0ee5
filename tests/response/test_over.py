"""That a warning is over stands beside its level: on the steps, the lists, the papers, the village's link and in what is read out."""

import io
import re
from collections.abc import Callable

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.response.grounds import enter_grounds
from geo_housing.response.service import change_phase, respond
from tests.duty.test_handing_over import shift
from tests.fixtures.toy import ToyDatabase
from tests.response.test_grounds import LIFT_EAST, LIFT_WEST
from tests.response.warnings import FLASH_FLOOD, LIFT, confirm
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

RAIN = "玩具县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时西山镇有100毫米以上降水。"
GALE = "玩具县气象台2026年7月12日02时00分发布大风黄色预警信号：预计未来6小时西山镇有8级以上大风。"
CONTINUED = FLASH_FLOOD.replace("02时30分", "05时10分").replace("联合发布", "继续发布")


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    number = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), number)
    return number


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def words(client: TestClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text[:200])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def cells(client: TestClient, address: str) -> str:
    book = openpyxl.load_workbook(io.BytesIO(client.get(address).content))
    return " ".join(
        str(cell.value) for sheet in book for row in sheet.iter_rows(max_row=3) for cell in row if cell.value
    )


STEPS = ("calls", "evacuation", "conclusions", "reports", "course", f"areas/{WEST}")


def test_a_lift_for_one_township_is_said_there_and_nowhere_else(
    toy: ToyDatabase, event: int, county: TestClient
) -> None:
    township = toy.browser(toy.member("township", WEST))
    for step in STEPS:
        assert "预警已解除" not in words(township, f"/events/{event}/{step}"), step
    confirm(toy, LIFT_WEST, target=str(event), action="lift")
    for step in STEPS:
        assert "预警已解除（最高橙色） 预警响应" in words(township, f"/events/{event}/{step}"), step
    assert "预警已解除" not in words(county, f"/events/{event}/areas/{EAST}")
    lists = f"/api/v1/events/{event}"
    for address in (f"{lists}/list.xlsx", f"{lists}/evacuation/list.xlsx"):
        assert "橙色预警（预警已解除）" in cells(county, f"{address}?area={WEST}"), address
        assert "已解除" not in cells(county, f"{address}?area={EAST}"), address
    for paper in ("print", "evacuation/print"):
        pages = words(county, f"/events/{event}/{paper}")
        assert pages.count("橙色预警（预警已解除）") >= 1 and re.search("橙色预警 (?!（)", pages), paper


def test_a_list_says_the_phase_of_its_township(toy: ToyDatabase, event: int, county: TestClient) -> None:
    with toy.transaction(COUNTY) as session:
        enter_grounds(session, toy.actor(COUNTY), event, [WEST])
    assert "阶段：灾后排查" in cells(county, f"/api/v1/events/{event}/list.xlsx?area={WEST}")
    assert "阶段：预警响应" in cells(county, f"/api/v1/events/{event}/list.xlsx?area={EAST}")
    assert "灾后排查" in words(county, f"/events/{event}/print?area={VILLAGES['西一'][0]}")


def test_what_expired_is_said_until_the_ground_enters(toy: ToyDatabase, event: int, county: TestClient) -> None:
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE hazard_event SET expires_at = now() - interval '1 minute'"))
    assert "橙色预警 预警已到期" in words(county, f"/events/{event}/evacuation")
    assert "已到期" in words(county, f"/events/{event}").partition("各乡镇阶段")[2]
    assert "预警已到期。" in words(county, f"/events/{event}/calls/at/{WEST}/text")
    with toy.transaction(COUNTY) as session:
        enter_grounds(session, toy.actor(COUNTY), event, [WEST])
    assert "预警已到期" not in words(county, f"/events/{event}/areas/{WEST}")


def test_what_is_read_out_names_the_last_warning_in_force_and_the_lift(
    toy: ToyDatabase, event: int, county: TestClient, later: Callable[..., None]
) -> None:
    read = f"/events/{event}/calls/at/{WEST}/text"
    assert "12日02:30" in words(county, read)
    confirm(toy, CONTINUED, target=str(event), even_if_known=True)
    assert "12日05:10" in words(county, read) and "12日02:30" not in words(county, read)
    confirm(toy, LIFT_WEST, target=str(event), action="lift")
    assert "预警已解除。" in words(county, read) and "已经转移的先不要返回，等通知" in words(county, read)
    assert "预警已解除" not in words(county, f"/events/{event}/calls/at/{EAST}/text")
    confirm(toy, LIFT_EAST, target=str(event), action="lift")
    assert "预警已解除" in words(county, f"/events/{event}/calls")


def note_on(client: TestClient) -> str:
    """What the duty page proposes to hand over."""
    found = re.search(r"(?s)<textarea[^>]*>(.*?)</textarea>", client.get("/duty").text)
    assert found
    return found[1]


def test_the_badge_says_the_highest_level_in_force(toy: ToyDatabase, county: TestClient) -> None:
    event = confirm(toy, RAIN).event
    confirm(toy, GALE, target=str(event))
    officer = toy.browser(toy.member("duty", COUNTY, terms=shift(-1, 10)))
    for address in (f"/events/{event}", "/events", f"/events/{event}/calls"):
        assert "红色预警" in words(county, address), address
    assert "event-line-red" in county.get("/events/line").text and "（红色）" in note_on(officer)
    confirm(toy, LIFT, target=str(event))
    for address in (f"/events/{event}", "/events", f"/events/{event}/calls"):
        shown = words(county, address)
        assert "黄色预警 最高红色" in shown and "红色预警 " not in shown.partition("预警响应")[0], address
    line = county.get("/events/line").text
    assert "event-line-yellow" in line and "黄色预警，最高红色）" in line and "红色预警）" not in line
    assert "（黄色，最高红色）" in note_on(officer)
    confirm(toy, GALE.replace("02时00分发布", "06时00分解除"), target=str(event))
    for address in (f"/events/{event}", "/events"):
        shown = words(county, address)
        assert "预警已解除（最高红色）" in shown and "黄色预警" not in shown.partition("预警响应")[0], address
    line = county.get("/events/line").text
    assert "event-line-ungraded" in line and "预警已解除（最高红色）" in line and "预警）" not in line
    assert "（预警已解除，最高红色）" in note_on(officer)


@pytest.mark.parametrize("phase", ["mistaken", "closed"])
def test_of_an_event_that_is_over_no_colour_warns(toy: ToyDatabase, county: TestClient, phase: str) -> None:
    event = confirm(toy, RAIN).event
    alarm = '<span class="level level-red">红色预警</span>'
    assert alarm in county.get(f"/events/{event}").text
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, phase, reason="误发")
    for address in (f"/events/{event}", f"/events/{event}/calls", "/events"):
        page = county.get(address).text
        assert "红色预警" in page and alarm not in page, address


@pytest.mark.parametrize("before", ["red", "orange"])
def test_a_level_that_is_lowered_with_the_zones_is_the_level_everywhere(
    toy: ToyDatabase, county: TestClient, before: str
) -> None:
    drawn = {"areas": [WEST], "kind": "暴雨"}
    event = county.post("/api/v1/events", json={**drawn, "level": before}).json()["event"]
    county.post(f"/api/v1/events/{event}/respond")
    assert county.put(f"/api/v1/events/{event}/zones", json={"areas": [WEST], "level": "yellow"}).is_success
    officer = toy.browser(toy.member("duty", COUNTY, terms=shift(-1, 10)))
    for address in (f"/events/{event}", "/events", f"/events/{event}/print?area={VILLAGES['西一'][0]}"):
        shown = words(county, address)
        assert "黄色" in shown and "红色预警" not in shown and "橙色预警" not in shown, address
    assert "event-line-yellow" in county.get("/events/line").text
    assert "（黄色）" in note_on(officer)
