"""A warning that another one replaces, which names only what it adds: the townships of the first are warned, and lifted, with it."""

import re
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing import clock
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.reports.gather import gather
from geo_housing.response.service import respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_warning_pages import read as read_page
from tests.response.test_warning_pages import sent
from tests.response.warnings import confirm, read
from tests.toy_county import COUNTY, EAST, WEST

FIRST = "玩具县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时西山镇有100毫米以上降水。"
ADDS = "玩具县气象台2026年7月12日02时50分变更暴雨红色预警信号：预计未来3小时东河乡有100毫米以上降水。"
LIFT = "玩具县气象台2026年7月12日05时30分解除暴雨红色预警信号。"
LIFT_EAST = "玩具县气象台2026年7月12日05时30分解除东河乡暴雨红色预警信号。"
RIGHT = "玩具县气象台2026年7月12日07时59分更正：07时30分发布的暴雨红色预警信号有误，应为西山镇。"
AGAIN_EAST = "玩具县气象台2026年7月12日07时30分发布暴雨红色预警信号：预计未来3小时东河乡有100毫米以上降水。"


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@furnished
def event(toy: ToyDatabase) -> int:
    number = confirm(toy, FIRST).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), number)
    return number


def rows(county: TestClient, event: int) -> dict[str, tuple[str, bool]]:
    """What the page says of each township's warnings, and whether it is ticked beforehand."""
    table = county.get(f"/events/{event}").text.partition('<section id="grounds">')[2].partition("</section>")[0]
    found = {}
    for row in table.split("<tr>")[2:]:
        said = re.findall(r"生效中|已到期|已解除|不在预警范围", row)
        assert len(said) == 1, row
        found[WEST if "西山镇" in row else EAST] = (said[0], " checked" in row)
    return found


def figures(toy: ToyDatabase, event: int, at: datetime | None = None) -> tuple[str, int]:
    """What a report says of the calls: reached of those to be called, and how many are lifted."""
    with toy.transaction(COUNTY) as session:
        found = gather(session, session.get_one(HazardEvent, event), AreaScope(COUNTY), as_of=at)
        return found.calls, found.calls_lifted


def zones(toy: ToyDatabase, event: int) -> list[Any]:
    with toy.transaction() as session:
        statement = text(
            "SELECT z.name, z.warning_id, z.level FROM hazard_zone z JOIN zone_revision r ON r.id = z.revision_id"
            " JOIN hazard_event e ON e.id = r.event_id AND e.revision = r.n WHERE e.id = :event ORDER BY z.name"
        )
        return [tuple(row) for row in session.execute(statement, {"event": event})]


def test_all_are_in_force_then_all_are_lifted_and_a_new_warning_is_for_its_own(
    toy: ToyDatabase, event: int, county: TestClient
) -> None:
    confirm(toy, ADDS, target=str(event), action="change")
    assert rows(county, event) == {WEST: ("生效中", False), EAST: ("生效中", False)}
    confirm(toy, LIFT, target=str(event))
    assert rows(county, event) == {WEST: ("已解除", True), EAST: ("已解除", True)}
    county.post(f"/events/{event}/grounds", data={"area": [WEST, EAST]})
    confirm(toy, AGAIN_EAST, target=str(event), even_if_known=True)
    assert rows(county, event) == {WEST: ("已解除", False), EAST: ("生效中", False)}


def test_lifted_for_what_it_adds_it_goes_on_where_it_was(toy: ToyDatabase, event: int, county: TestClient) -> None:
    confirm(toy, ADDS, target=str(event), action="change")
    confirm(toy, LIFT_EAST, target=str(event))
    assert rows(county, event) == {WEST: ("生效中", False), EAST: ("已解除", True)}
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM warning WHERE action <> 'lift' AND ended_at IS NULL")) == 1


def test_what_it_takes_out_is_in_no_warning(toy: ToyDatabase, event: int, county: TestClient) -> None:
    confirm(toy, ADDS, target=str(event), action="change", keep_unnamed=False)
    assert rows(county, event) == {WEST: ("不在预警范围", False), EAST: ("生效中", False)}
    confirm(toy, LIFT, target=str(event))
    assert rows(county, event) == {WEST: ("已解除", True), EAST: ("已解除", True)}


def test_raised_without_naming_anything_it_speaks_of_all_that_was_kept(toy: ToyDatabase, event: int) -> None:
    confirm(toy, ADDS, target=str(event), action="change")
    lower = LIFT.replace("解除暴雨红色预警信号", "将暴雨红色预警信号降级为暴雨橙色预警信号")
    assert read(toy, lower).action == "downgrade"
    confirm(toy, lower, target=str(event))
    assert {level for _, _, level in zones(toy, event)} == {"orange"}


def test_a_township_that_no_warning_names_is_lifted_with_all_and_never_in_force(
    toy: ToyDatabase, event: int, county: TestClient
) -> None:
    with toy.transaction(COUNTY) as session:
        session.execute(
            text(
                "UPDATE emergency_inspection SET scope_code = :east WHERE id = (SELECT min(id) FROM emergency_inspection)"
            ),
            {"east": f"{EAST}201"},
        )
    assert rows(county, event) == {WEST: ("生效中", False), EAST: ("不在预警范围", False)}
    confirm(toy, LIFT, target=str(event))
    assert rows(county, event) == {WEST: ("已解除", True), EAST: ("已解除", True)}


def test_a_township_that_a_wrong_warning_named_after_its_lift_is_as_it_was(
    toy: ToyDatabase, event: int, county: TestClient
) -> None:
    confirm(toy, ADDS, target=str(event), action="change")
    confirm(toy, LIFT_EAST, target=str(event))
    assert rows(county, event)[EAST] == ("已解除", True)
    confirm(toy, AGAIN_EAST, target=str(event))
    assert rows(county, event)[EAST] == ("生效中", False)
    page = read_page(county, RIGHT)
    dropped = county.post("/events/warnings/effect?part=0", data=sent(page, **{"0-rest": "drop"})).text
    assert "东河乡" in dropped.partition("更正没有写到的区域")[2].partition("</legend>")[0]
    assert "东河乡 仍在本事件其他预警（含已在当地解除的）的影响范围内" in dropped
    assert county.post("/events/warnings/confirm", data=sent(page, **{"0-rest": "drop"})).status_code == 303
    assert rows(county, event) == {WEST: ("生效中", False), EAST: ("已解除", True)}
    assert "新的预警，重新等待" not in county.get(f"/events/{event}").text
    told = county.get(f"/api/v1/events/{event}").json()
    [ground] = [one for one in told["grounds"] if one["code"] == EAST]
    assert (ground["warned"], ground["is_lifted"], ground["was_warned_again"]) == ("lifted", True, False)
    assert (figures(toy, event), figures(toy, event, clock.now())) == (("0/1", 1), ("0/1", 1))
    assert "预警已解除（最高红色）" in county.get(f"/events/{event}/areas/{EAST}").text
    states = {one["code"]: one for one in county.get(f"/api/v1/events/{event}/calls").json()["items"]}
    assert states[EAST]["state"] == "lifted" and "请重新叫应" not in county.get(f"/events/{event}/calls").text
    villages = county.get(f"/api/v1/events/{event}/calls?area={EAST}").json()
    assert (villages["total"], villages["lifted"]) == (0, len(villages["items"]))
    for code in (EAST, villages["items"][0]["code"]):
        for way in ("phone", "message"):
            out = county.get(f"/api/v1/events/{event}/calls/at/{code}/text?way={way}").json()["text"]
            assert "预警已解除" in out and "12日07:" not in out
