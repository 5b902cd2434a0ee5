"""The register changes under an open event: the page of the event says who must be moved by now, and the next press does just that."""

import re

import pytest
from sqlalchemy import text

from geo_housing.evacuation.sums import first_heads
from geo_housing.hazards.queries import affected
from geo_housing.hazards.service import add_standing_areas
from geo_housing.hazards.sources import zones_of_drawing
from geo_housing.response import service
from geo_housing.response.behind_pages import COMPARED_TOGETHER
from geo_housing.response.next_step import Situation, next_step
from geo_housing.response.queries import event_of
from geo_housing.response.situation import situation_of
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import geometry, make_event
from tests.toy_county import COUNTY, WEST


def seen(toy: ToyDatabase, event: int, area: str = COUNTY) -> Situation:
    with toy.transaction(area) as session:
        actor = toy.actor(area)
        found = affected(session, event, actor.scope)
        situation = situation_of(session, actor, event_of(session, event, actor.scope), found)
        assert situation is not None
        return situation


def press(toy: ToyDatabase, event: int, area: str = COUNTY) -> service.Responded:
    with toy.transaction(area) as session:
        return service.respond(session, toy.actor(area), event)


def change(toy: ToyDatabase, statement: str) -> None:
    with toy.transaction(COUNTY) as session:
        assert session.connection().execute(text(statement)).rowcount == 1


def draw_standing(toy: ToyDatabase, villages: list[str]) -> None:
    with toy.transaction(COUNTY) as session:
        source = zones_of_drawing(geometry(villages), name="新画的山洪沟")
        add_standing_areas(session, toy.actor(COUNTY), source, kind="flash_flood", via="地图上画")


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        made = make_event(session, toy.actor(COUNTY), ["西一", "东一"], level="red")
    press(toy, made)
    main = next_step(seen(toy, made))
    assert main is not None and main.act == "phase", "a list just made is behind nothing"
    return made


class TestTheRegisterChangesUnderAnEvent:
    def test_a_house_that_became_dangerous_brings_its_family_onto_the_list(self, toy: ToyDatabase, event: int) -> None:
        change(toy, "UPDATE house SET grade = 'D', graded_on = now(), grade_basis = 'appraisal' WHERE code = '西一-A'")
        now = seen(toy, event)
        assert (now.to_list, now.to_hasten, now.to_open, now.to_withdraw) == (1, 1, 0, 0)
        main = next_step(now)
        assert (
            main is not None and (main.act, main.label) == ("respond", "补列转移名单") and "还有 1 户" in main.sentence
        )
        assert seen(toy, event, WEST).to_list == 1, "and the township sees it, too"
        assert press(toy, event).evacuation.opened == 1
        assert seen(toy, event).to_list == seen(toy, event).to_hasten == 0

    def test_the_list_and_the_desk_say_so_of_each_event(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction(COUNTY) as session:
            other = make_event(session, toy.actor(COUNTY), ["西一", "西二"], level="orange", name="另一次过程")
        press(toy, other)
        browsers = [toy.browser(toy.member(role, area)) for role, area in (("county", COUNTY), ("township", WEST))]
        for browser in browsers:
            assert 'hx-get="/events/behind"' in browser.get("/").text
            assert f'hx-get="/events/{event}/behind"' in browser.get(f"/events/{event}/evacuation").text
            assert "missing" not in browser.get("/events/behind").text
        change(toy, "UPDATE house SET grade = 'D', graded_on = now(), grade_basis = 'appraisal' WHERE code = '西一-A'")
        for browser in browsers:
            told = browser.get("/events/behind").text
            assert told.count("应转移的还有 1 户不在转移名单上") == 2 and "另一次过程" in told
            assert "应转移的还有 1 户不在转移名单上" in browser.get(f"/events/{event}/behind").text
        press(toy, event)
        assert "missing" not in browsers[0].get(f"/events/{event}/behind").text
        assert browsers[0].get("/events/behind").text.count("missing") == 1

    def test_the_desk_compares_every_open_event(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction(COUNTY) as session:
            for n in range(COMPARED_TOGETHER):
                make_event(session, toy.actor(COUNTY), ["东一"], level="orange", name=f"过程{n}")
        change(toy, "UPDATE house SET grade = 'D', graded_on = now(), grade_basis = 'appraisal' WHERE code = '西一-A'")
        browser = toy.browser(toy.member("county", COUNTY))
        newest = browser.get("/events/behind").text
        assert "应转移的还有" not in newest
        [following] = re.findall(r'hx-get="(/events/behind[^"]*)"', newest)
        told = browser.get(following).text
        assert "应转移的还有 1 户不在转移名单上" in told and "hx-get" not in told

    def test_a_standing_area_drawn_at_night_says_who_comes_first_now(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction(COUNTY) as session:
            before = first_heads(session, event, toy.actor(COUNTY).scope)
        draw_standing(toy, ["西一"])
        now = seen(toy, event)
        main = next_step(now)
        assert now.to_renew and main is not None and main.act == "respond"
        done = press(toy, event)
        assert done.evacuation.opened == now.to_list
        with toy.transaction(COUNTY) as session:
            after = first_heads(session, event, toy.actor(COUNTY).scope)
        assert before != after
        assert (seen(toy, event).to_list, seen(toy, event).to_renew) == (0, 0)

    def test_another_number_of_people_is_brought_onto_the_list(self, toy: ToyDatabase, event: int) -> None:
        change(
            toy,
            "UPDATE household SET persons = 9 WHERE id = (SELECT l.household_id FROM house_household l JOIN house h"
            " ON h.id = l.house_id WHERE h.code = '西一-D' AND l.to_on IS NULL AND l.relation = 'lives')",
        )
        with toy.transaction(COUNTY) as session:
            session.execute(text("SELECT house_recount(array_agg(id)) FROM house WHERE code = '西一-D'"))
        now = seen(toy, event)
        assert (now.to_list, now.to_renew) == (0, 1)
        main = next_step(now)
        assert main is not None and main.label == "更新转移名单"
        press(toy, event)
        assert seen(toy, event).to_renew == 0

    def test_ground_that_is_over_lists_nobody_new(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction(WEST) as session:
            service.change_phase(session, toy.actor(WEST), event, "aftermath", areas=[WEST])
        change(toy, "UPDATE house SET grade = 'D', graded_on = now(), grade_basis = 'appraisal' WHERE code = '西一-A'")
        now = seen(toy, event)
        assert (now.to_list, now.to_hasten) == (0, 1)
        assert press(toy, event).evacuation.opened == 0
        assert seen(toy, event).to_hasten == 0
