"""Before an event ends its officer is told what would be open for good: calls, names, assessments; and who is still away."""

import re

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.calls.board import CallsLeft
from geo_housing.calls.night import left_to_call
from geo_housing.calls.queries import places_to_call
from geo_housing.db import Actor
from geo_housing.errors import BadInput
from geo_housing.evacuation.additions import ToldFigure, tell_figure
from geo_housing.evacuation.sums import away_of
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.service import change_phase, respond
from geo_housing.response.zones.loading import Given, load_divisions
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.test_left_range import called_and_taken_out, ring
from tests.response.test_returning import looked, said, without_grades
from tests.response.warnings import FLASH_FLOOD, confirm
from tests.response.zones import everybody_moved, make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

WEST_ONE, WEST_TWO, EAST_ONE, EAST_TWO = (VILLAGES[name][0] for name in ("西一", "西二", "东一", "东二"))
LIFT = "玩具县水利局和玩具县气象台2026年7月12日05时30分联合解除山洪灾害气象风险橙色预警。"


def warned(toy: ToyDatabase) -> int:
    """Both townships are warned and have their tasks."""
    number = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), number)
    return number


def over(toy: ToyDatabase, event: int) -> int:
    """灾后排查, with every house seen and every family away."""
    without_grades(toy)
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "aftermath")
    seen(toy, event)
    return event


def seen(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        everybody_moved(session, event)
        session.execute(
            text(
                "UPDATE emergency_inspection SET state = 'done', begun_at = now(), done_at = now(), visited_at = now(),"
                " result = 'no_visible_hazard' WHERE event_id = :event AND state <> 'withdrawn'"
            ),
            {"event": event},
        )


def asked(toy: ToyDatabase, event: int) -> str:
    """What stands in the way of the end; empty where nothing does, and the event is left as it was."""
    with toy.transaction(COUNTY) as session:
        session.begin_nested()
        try:
            change_phase(session, toy.actor(COUNTY), event, "closed")
        except BadInput as refused:
            return refused.sentence.removesuffix("确需结束的，请写明原因（命令行 --reason）。")
        finally:
            session.rollback()
    return ""


def left(toy: ToyDatabase, event: int, area: str = COUNTY) -> CallsLeft:
    with toy.transaction(area) as session:
        return left_to_call(session, session.get_one(HazardEvent, event), AreaScope(area))


def chosen(session: Session, actor: Actor, villages: list[str], given: Given) -> int:
    """An event, or its zones anew, of villages chosen by code."""
    return load_divisions(session, actor, villages, given).zoned.event_id


class TestTheCalls:
    def test_places_that_nobody_reached_are_counted_until_they_answer(self, toy: ToyDatabase) -> None:
        event = over(toy, warned(toy))
        assert asked(toy, event) == "还有 2 个乡镇没有叫应。"
        ring(toy, event, WEST)
        assert asked(toy, event) == "还有 1 个乡镇没有叫应。"
        ring(toy, event, EAST)
        assert asked(toy, event) == ""

    def test_before_the_disaster_is_over_too_and_the_end_goes_on_with_a_reason(self, toy: ToyDatabase) -> None:
        event = warned(toy)
        ring(toy, event, EAST)
        assert asked(toy, event).endswith("还有 1 个乡镇没有叫应。")
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "closed", reason="西山镇对讲机报平安")
            assert session.get_one(HazardEvent, event).phase == "closed"

    def test_whoever_left_the_zones_and_was_not_told(self, toy: ToyDatabase) -> None:
        event = over(toy, called_and_taken_out(toy))
        assert asked(toy, event) == "还有 1 个乡镇已移出影响范围，叫过的没有告知。"
        ring(toy, event, EAST)
        assert asked(toy, event) == ""

    def test_villages_count_where_their_township_calls_them(self, toy: ToyDatabase) -> None:
        with toy.transaction(COUNTY) as session:
            actor = toy.actor(COUNTY)
            event = make_event(session, actor, ["西一", "西二", "东一"], level="red")
            respond(session, actor, event)
        for township in (WEST, EAST):
            ring(toy, event, township)
        assert left(toy, event) == CallsLeft(), "what townships have answered stands for their villages"
        ring(toy, event, WEST_ONE, by=WEST)
        own = left(toy, event, WEST)
        assert own.of_villages and own.to_call >= 1
        assert left(toy, event) == CallsLeft(villages_to_call=own.to_call)
        over(toy, event)
        assert asked(toy, event) == f"乡镇还有 {own.to_call} 个村没有叫应。"
        assert own.sentence == f"还有 {own.to_call} 个村没有叫应。"

    def test_a_village_that_left_while_its_township_stays(self, toy: ToyDatabase) -> None:
        with toy.transaction() as session:
            session.execute(text("UPDATE house SET declared_code = scope_code WHERE declared_code <> scope_code"))
        with toy.transaction(COUNTY) as session:
            actor = toy.actor(COUNTY)
            event = chosen(session, actor, [EAST_ONE, EAST_TWO], Given(name="试验过程", kind="rainstorm", level="red"))
            respond(session, actor, event)
        ring(toy, event, EAST)
        with toy.transaction(EAST) as session:
            villages = [place.code for place in places_to_call(session, event, AreaScope(EAST))]
        assert {EAST_ONE, EAST_TWO} <= set(villages)
        for village in villages:
            ring(toy, event, village, by=EAST)
        with toy.transaction(COUNTY) as session:
            chosen(session, toy.actor(COUNTY), [EAST_ONE], Given(event=event, level="red"))
            respond(session, toy.actor(COUNTY), event)
        over(toy, event)
        assert asked(toy, event) == "乡镇还有 1 个村已移出影响范围，叫过的没有告知。"
        ring(toy, event, EAST_TWO, by=EAST)
        assert asked(toy, event) == ""

    def test_nobody_is_asked_after_a_lift_nor_after_an_earthquake(self, toy: ToyDatabase) -> None:
        event = warned(toy)
        confirm(toy, LIFT, target=str(event))
        assert asked(toy, over(toy, event)) == ""
        with toy.transaction(COUNTY) as session:
            actor = toy.actor(COUNTY)
            quake = make_event(session, actor, ["西一", "东一"], level="red")
            session.execute(text("UPDATE hazard_event SET kind = 'earthquake' WHERE id = :e"), {"e": quake})
            respond(session, actor, quake)
        assert asked(toy, over(toy, quake)) == ""
        ring(toy, quake, WEST)
        assert asked(toy, quake) == "还有 1 个乡镇没有叫应。", "somebody has begun to call"

    def test_a_drill_is_ended_like_a_night(self, toy: ToyDatabase) -> None:
        with toy.transaction(COUNTY) as session:
            actor = toy.actor(COUNTY)
            event = make_event(session, actor, ["西一", "东一"], level="red", mode="drill")
            respond(session, actor, event)
        assert asked(toy, over(toy, event)) == "还有 2 个乡镇没有叫应。"

    def test_page_and_api_say_it_and_lead_to_the_board(self, toy: ToyDatabase) -> None:
        event = over(toy, called_and_taken_out(toy))
        county = toy.browser(toy.member("county", COUNTY))
        page = county.get(f"/events/{event}").text
        said_there = "还有 1 个乡镇已移出影响范围，叫过的没有告知。"
        [early] = re.findall(r"<form(?:(?!</form>).)*提前结束.*?</form>", page, re.DOTALL)
        assert said_there in early and f'href="/events/{event}/calls"' in early and "required" in early
        next_step = page.partition('class="next-step')[2].partition("</p>")[0]
        assert "落实以后再结束" in next_step and f'href="/events/{event}/calls"' in next_step
        assert ">结束事件<" not in page
        refused = county.post(f"/api/v1/events/{event}/phase", json={"phase": "closed"})
        assert refused.status_code == 422 and said_there in refused.json()["detail"]
        shown = county.post(f"/events/{event}/phase", data={"phase": "closed"})
        assert shown.status_code == 422 and said_there in shown.text
        done = county.post(f"/api/v1/events/{event}/phase", json={"phase": "closed", "reason": "已派人上门告知"})
        assert done.json()["phase"] == "closed"


def called(toy: ToyDatabase, event: int) -> int:
    for township in (WEST, EAST):
        ring(toy, event, township)
    return event


class TestTheRest:
    def test_who_was_told_by_telephone_and_not_named_could_not_come_home(self, toy: ToyDatabase) -> None:
        event = called(toy, warned(toy))
        with toy.transaction(COUNTY) as session:
            tell_figure(session, toy.actor(COUNTY), event, ToldFigure(WEST_TWO, 40, reported_by="李会计", sure=True))
        over(toy, event)
        county = toy.browser(toy.member("county", COUNTY))
        found = re.fullmatch(r"电话报数里还有 (\d+) 户没有录姓名。", asked(toy, event))
        assert found is not None
        page = county.get(f"/events/{event}").text
        assert f'href="/events/{event}/evacuation">转移避险 →' in page
        totals = county.get(f"/api/v1/events/{event}/evacuation/totals").json()["total"]
        assert int(found[1]) == totals["unnamed"]["households"]

    def test_a_house_that_waits_for_a_technician(self, toy: ToyDatabase) -> None:
        event = over(toy, called(toy, warned(toy)))
        assert asked(toy, event) == ""
        looked(toy, event, "西一-C", "suspected", damage="severe", rooms_severe=2)
        assert asked(toy, event) == "还有 1 栋待评估。"
        page = toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}").text
        assert f'href="/events/{event}/conclusions">还有 1 栋待评估 →' in page

    def test_who_is_away_is_told_and_needs_no_reason(self, toy: ToyDatabase) -> None:
        event = over(toy, called(toy, warned(toy)))
        with toy.transaction(COUNTY) as session:
            away = away_of(session, event, AreaScope(COUNTY))
        assert away > 0 and asked(toy, event) == ""
        county = toy.browser(toy.member("county", COUNTY))
        told = f"还有 {away} 户没有返回，返回后仍在“转移避险”登记。"
        assert told in county.get(f"/events/{event}").text
        assert county.post(f"/api/v1/events/{event}/phase", json={"phase": "closed"}).is_success
        assert f"事件已结束，结果保留。{told}" in county.get(f"/events/{event}").text
        said(toy, event, "西一-C", "returned")
        assert f"还有 {away - 1} 户没有返回" in county.get(f"/events/{event}").text
