"""A warning that is lifted, and one that is issued anew: each place is counted once, and everywhere the same."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo_housing import clock
from geo_housing.calls.record_sheet import cells_of, record_of, subtitle_of
from geo_housing.calls.service import Person, Press, answered, start_call
from geo_housing.duty.matters import open_matters
from geo_housing.errors import Conflict
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.reports.gather import gather
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.warnings import FLASH_FLOOD, confirm
from tests.toy_county import COUNTY, EAST, WEST

LIFT = "玩具县水利局和玩具县气象台2026年7月12日05时30分联合解除山洪灾害气象风险橙色预警。"
AGAIN = "玩具县水利局和玩具县气象台2026年7月12日07时30分联合发布山洪灾害气象风险橙色预警：预计东河乡发生山洪灾害的可能性大。"
SHOWN = re.compile(r"<strong>([\d/]+)</strong> (已应|未应|待叫|已解除，不用再叫)<")


def answer(toy: ToyDatabase, event: int, code: str) -> None:
    with toy.transaction(COUNTY) as session:
        call = start_call(session, toy.actor(COUNTY), event, code, Person("值班室"), Press())
        answered(session, toy.actor(COUNTY), call.id, Press())


def counted(toy: ToyDatabase, county: TestClient, event: int) -> dict[str, str]:
    """The headline of the board; what tab, API, duty desk and report say must be the same."""
    page = county.get(f"/events/{event}/calls").text
    shown = {label: number for number, label in SHOWN.findall(page)}
    told = county.get(f"/api/v1/events/{event}/calls").json()
    figure = f"{told['reached']}/{told['total']}"
    assert shown["已应"] == (figure if told["total"] else "0")
    assert [int(shown["未应"]), int(shown["待叫"])] == [told["unanswered"], told["waiting"]]
    assert int(shown.get("已解除，不用再叫", 0)) == told["lifted"]
    assert told["reached"] + told["unanswered"] + told["waiting"] == told["total"]
    assert told["total"] + told["lifted"] == len(told["items"])
    tab = re.search(r'叫应\s*<span class="step-figure">([\d/]+)', county.get(f"/events/{event}/steps").text)
    assert (tab[1] if tab else "") == (figure if told["total"] else "")
    with toy.transaction(COUNTY) as session:
        [desk] = open_matters(session, AreaScope(COUNTY))["events"]
        assert (desk["to_call"], desk["not_reached"]) == (told["total"], told["total"] - told["reached"])
        assert len(desk["unreached"]) == desk["not_reached"]
    assert reported(toy, event) == (figure if told["total"] else "", told["lifted"])
    return shown


def reported(toy: ToyDatabase, event: int, at: datetime | None = None) -> tuple[str, int]:
    with toy.transaction(COUNTY) as session:
        found = gather(session, session.get_one(HazardEvent, event), AreaScope(COUNTY), as_of=at)
        return found.calls, found.calls_lifted


def order(county: TestClient, event: int) -> list[tuple[str, str]]:
    items = county.get(f"/api/v1/events/{event}/calls").json()["items"]
    return [(one["code"], one["state"]) for one in items]


def test_each_place_is_counted_once_when_it_is_lifted_and_warned_anew(
    toy: ToyDatabase, later: Callable[..., None]
) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    event = confirm(toy, FLASH_FLOOD).event
    answer(toy, event, EAST)
    assert counted(toy, county, event) == {"已应": "1/2", "未应": "0", "待叫": "1"}
    first = clock.now()
    later(minutes=10)
    confirm(toy, LIFT, target=str(event))
    assert counted(toy, county, event) == {"已应": "1/1", "未应": "0", "待叫": "0", "已解除，不用再叫": "1"}
    assert order(county, event) == [(EAST, "answered"), (WEST, "lifted")]
    lifted = clock.now()
    later(minutes=10)
    confirm(toy, AGAIN, target=str(event), even_if_known=True)
    assert counted(toy, county, event) == {"已应": "0/1", "未应": "0", "待叫": "1", "已解除，不用再叫": "1"}
    assert order(county, event) == [(EAST, "waiting"), (WEST, "lifted")]
    page = county.get(f"/events/{event}/calls").text
    assert page.count("请重新叫应") == 1 and page.index("请重新叫应") < page.rindex("已解除，不用再叫")
    answer_again = clock.now()
    later(minutes=1)
    assert reported(toy, event, answer_again) == ("0/1", 1)
    # A report of an earlier moment knows the warnings of then; the zones were drawn anew since.
    assert reported(toy, event, first)[0].startswith("1") and reported(toy, event, lifted)[0].startswith("1")


def test_the_villages_beside_a_township_are_those_of_its_own_board(toy: ToyDatabase) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    event = confirm(toy, FLASH_FLOOD).event
    confirm(toy, LIFT, target=str(event))
    for one in county.get(f"/api/v1/events/{event}/calls").json()["items"]:
        own = county.get(f"/api/v1/events/{event}/calls?area={one['code']}").json()
        below = one["villages"] or {"reached": 0, "total": 0}
        assert (below["reached"], below["total"]) == (own["reached"], own["total"]) == (0, 0)


def test_a_report_says_how_many_had_not_answered_when_it_was_lifted(toy: ToyDatabase) -> None:
    event = confirm(toy, FLASH_FLOOD).event
    answer(toy, event, EAST)
    confirm(toy, LIFT, target=str(event))
    county = toy.browser(toy.member("county", COUNTY))
    made = county.post(f"/events/{event}/reports", data={}).headers["location"].split("?")[0]
    assert "应叫应1个，已应1个。另有1个没有应最近的预警，预警已解除，不用再叫。" in county.get(made).text


def test_who_is_being_called_when_it_is_lifted_is_waited_for_no_more(toy: ToyDatabase) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    event = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        start_call(session, toy.actor(COUNTY), event, EAST, Person("值班室"), Press())
    assert "call-waited" in county.get(f"/events/{event}/calls").text
    confirm(toy, LIFT, target=str(event))
    page = county.get(f"/events/{event}/calls").text
    assert "呼叫时预警已解除" in page and "call-waited" not in page and "没有应答" not in page


def test_of_a_mistake_nobody_waits_and_who_answered_is_to_be_told(toy: ToyDatabase) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    event = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        call = start_call(session, toy.actor(COUNTY), event, EAST, Person("值班室"), Press())
        answered(session, toy.actor(COUNTY), call.id, Press(), reply_within=timedelta(minutes=30))
    assert "level-orange" in county.get(f"/events/{event}/calls").text
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")
    told = county.get(f"/api/v1/events/{event}/calls").json()
    assert [(one["state"], one["is_reply_late"]) for one in told["items"]] == [("waiting", False), ("lifted", False)]
    page = county.get(f"/events/{event}/calls").text
    assert page.count("已撤销，不用再叫") == 2 and "<strong>1</strong> 应告知" in page and "待叫" not in page
    assert "东河乡（值班室）" in page and "西山镇（" not in page
    for path in ("", "/calls", "/evacuation"):
        page = county.get(f"/events/{event}{path}").text
        assert "level level-" not in page and "生效中" not in page, path


def test_who_was_called_in_vain_or_before_a_later_warning_is_told_of_the_mistake_too(toy: ToyDatabase) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    event = confirm(toy, FLASH_FLOOD).event
    answer(toy, event, EAST)
    confirm(toy, AGAIN, target=str(event))
    with toy.transaction(COUNTY) as session:
        start_call(session, toy.actor(COUNTY), event, WEST, Person("镇长"), Press(), way="message")
    before = clock.now()
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")
    page = county.get(f"/events/{event}/calls").text
    assert "<strong>2</strong> 应告知" in page and "已撤销，不用再叫" not in page
    assert "东河乡（值班室）" in page and "西山镇（镇长）" in page and "call-waited" not in page
    # As of now as it is now, as of then as it was: a board and a report are read both ways.
    for at, waiting in ((before, (1, 1)), (clock.now(), (0, 2))):
        told = county.get(f"/api/v1/events/{event}/calls", params={"as_of": at.isoformat()}).json()
        assert (told["unanswered"], told["waiting"]) == waiting
    assert reported(toy, event, before) == ("0/2", 0)
    assert reported(toy, event, clock.now()) == reported(toy, event) == ("", 2)
    address = county.post(f"/events/{event}/reports", data={}).headers["location"].split("?")[0]
    assert "有2个没有应最近的预警，预警系误发，已撤销，不用再叫" in county.get(address).text


def test_a_page_and_its_tabs_say_alike_that_it_is_lifted_here_or_in_each_township(toy: ToyDatabase) -> None:
    county, east = (toy.browser(toy.member(level, code)) for level, code in (("county", COUNTY), ("township", EAST)))
    event = confirm(toy, FLASH_FLOOD).event

    def said(reader: TestClient) -> set[bool]:
        heads = [reader.get(f"/events/{event}").text.partition('class="event-facts">')[2].partition("</p>")[0]]
        heads += [reader.get(f"/events/{event}/{tab}").text.partition("<h1>")[0] for tab in ("calls", "evacuation")]
        heads += [reader.get("/events").text.partition("<tbody>")[2]]
        for head in heads:
            assert ("预警已解除（最高橙色）" in head) != ("level level-orange" in head)
        line = reader.get("/events/line").text
        assert ("预警已解除" in line) != ("event-line-orange" in line)
        heads.append(line)
        return {"预警已解除" in head for head in heads}

    for place, told in (("东河乡", (False, True)), ("西山镇", (True, True))):
        confirm(toy, LIFT.replace("解除", f"解除{place}"), target=str(event))
        assert (said(county), said(east)) == ({told[0]}, {told[1]})


def test_each_page_says_in_place_of_the_colour_that_it_is_lifted(toy: ToyDatabase) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    event = confirm(toy, FLASH_FLOOD).event
    confirm(toy, LIFT, target=str(event))
    for path in ("", "/calls", "/evacuation", f"/areas/{EAST}"):
        page = county.get(f"/events/{event}{path}").text
        head = page.partition("<h1>")[0] if path else page.partition('class="event-facts">')[2].partition("</p>")[0]
        assert "预警已解除（最高橙色）" in head and "level level-" not in head, path


def test_whoever_was_called_because_of_a_mistake_is_told_and_it_is_recorded(
    toy: ToyDatabase, later: Callable[..., None]
) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    event = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        one = start_call(session, toy.actor(COUNTY), event, EAST, Person("张乡长"), Press())
        answered(session, toy.actor(COUNTY), one.id, Press(), said="收到")
        # Rung and never answered: a missed call is seen, too.
        running = start_call(session, toy.actor(COUNTY), event, WEST, Person("李镇长"), Press())
    later(minutes=5)
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")
    later(minutes=1)
    night = reported(toy, event)
    page = county.get(f"/events/{event}").text
    assert "叫应过的还有 2 个没有告知" in page
    with toy.transaction(COUNTY) as session, pytest.raises(Conflict, match="另记一次呼叫"):
        answered(session, toy.actor(COUNTY), running.id, Press())
    for code, name in ((EAST, "张乡长"), (WEST, "李镇长")):
        seen = {line["code"]: line["seen"] for line in board(county, event)["items"]}[code]
        with toy.transaction(COUNTY) as session:
            call = start_call(session, toy.actor(COUNTY), event, code, Person(name), Press(seen=seen))
        assert [line["state"] for line in board(county, event)["items"] if line["code"] == code] == ["calling"]
        with toy.transaction(COUNTY) as session:
            told = answered(session, toy.actor(COUNTY), call.id, Press(), reply_within=timedelta(minutes=30))
            assert told.reply_by is None, "who is told need not report back"
    now = board(county, event)
    assert (now["reached"], now["waiting"], now["total"], now["is_of_mistake"]) == (2, 0, 2, True)
    shown = county.get(f"/events/{event}/calls").text
    assert "<strong>2/2</strong> 已告知" in shown and "叫过的都已告知" in shown
    assert "没有告知" not in county.get(f"/events/{event}").text
    # How the night went stays as it was in what is reported of it.
    assert reported(toy, event) == night == ("1/1", 1)
    with toy.transaction(COUNTY) as session:
        found = record_of(session, toy.actor(COUNTY), event, form="print")
    assert "乡镇已应 1/1" in subtitle_of(found) and "误发已告知 2/2" in subtitle_of(found)
    assert [cells_of(row, 1)[7] for row in found.rows] == ["电话", "电话，告知误发"] * 2


def test_a_press_made_before_the_mistake_that_comes_late_is_kept(toy: ToyDatabase, later: Callable[..., None]) -> None:
    event = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        call = start_call(session, toy.actor(COUNTY), event, EAST, Person("张乡长"), Press())
    later(minutes=10)
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")
    later(minutes=5)
    with toy.transaction(COUNTY) as session:
        answered(session, toy.actor(COUNTY), call.id, Press(ago=timedelta(minutes=8)))
    assert reported(toy, event) == ("1/1", 1)
    county = toy.browser(toy.member("county", COUNTY))
    assert (board(county, event)["reached"], board(county, event)["waiting"]) == (0, 1), (
        "told of the warning, not of the mistake"
    )


def board(county: TestClient, event: int) -> dict[str, Any]:
    return dict(county.get(f"/api/v1/events/{event}/calls").json())
