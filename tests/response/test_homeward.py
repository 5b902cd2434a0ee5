"""可以返回, 暂不返回: what the lists say of the way home is what 已返回 is answered, for every household and whoever asks."""

import io
import itertools
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from geo_housing.accounts.permissions import permissions_of
from geo_housing.conclusions.homeward import Homeward
from geo_housing.db import Actor
from geo_housing.evacuation.homeward import on_the_way_home
from geo_housing.evacuation.models import Evacuation
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import change_phase
from geo_housing.scope import AreaScope
from tests.evacuation.test_pages import plain
from tests.fixtures.toy import ToyDatabase
from tests.response.test_returning import engineer, event, looked, said, signed, sound
from tests.response.test_two_events import begun
from tests.response.warnings import RED
from tests.toy_county import COUNTY, VILLAGES, WEST

__all__ = ["engineer", "event"]
WEST_ONE = VILLAGES["西一"][0]


def listed(toy: ToyDatabase, event: int) -> list[str]:
    """Houses of the western township from which somebody is to be moved."""
    wanted = "SELECT h.code FROM evacuation e JOIN house h ON h.id = e.house_id WHERE e.event_id = :e AND e.scope_code LIKE :t ORDER BY 1"
    with toy.transaction(COUNTY) as session:
        return list(session.scalars(text(wanted), {"e": event, "t": WEST + "%"}))


def home_said(toy: ToyDatabase, event: int, actor: Actor) -> dict[str, Homeward]:
    """By house; compared with what 已返回 would be answered."""
    with toy.database.transaction(actor) as session:
        asked = session.get_one(HazardEvent, event)
        found = on_the_way_home(session, actor, asked, actor.scope)
        hindrance = hindrance_of(session, actor, asked)
        codes = "SELECT e.id, h.code FROM evacuation e JOIN house h ON h.id = e.house_id WHERE e.event_id = :e"
        by_id = {row.id: row.code for row in session.execute(text(codes), {"e": event})}
        for number, one in found.by_row.items():
            answer = hindrance(session.get_one(Evacuation, number), None)
            assert one.may is (answer is None), (by_id[number], one, answer)
            if one.why:
                assert answer is not None and answer.startswith(one.why), (one.why, answer)
        for number in by_id.keys() - found.by_row.keys():
            kept = session.get_one(Evacuation, number)
            assert kept.state not in ("moved_to_shelter", "moved_to_kin", "away") or hindrance(kept, None) is not None
        assert found.may.households + found.kept.households == len(found.by_row)
        return {by_id[number]: one for number, one in found.by_row.items()}


def actors() -> list[Actor]:
    return [
        Actor(name="试", scope=AreaScope(area), permissions=permissions_of(role), source="web")
        for role, area in (("county", COUNTY), ("duty", COUNTY), ("township", WEST), ("village", WEST_ONE))
    ]


def test_it_is_what_a_return_is_answered(toy: ToyDatabase, event: int, engineer: int) -> None:
    houses = listed(toy, event)
    assert len(houses) >= 3
    for house, state in zip(houses, itertools.cycle(["moved_to_kin", "moved_to_shelter", "away"]), strict=False):
        said(toy, event, house, state)
    # Nobody has looked: whoever asks, nobody goes.
    for actor in actors():
        assert {one.said for one in home_said(toy, event, actor).values()} <= {"待排查，暂不返回"}
    first, second, third = "西一-C", "西一-D", next(one for one in houses if one not in ("西一-C", "西一-D"))
    sound(toy, event, first)
    looked(toy, event, second, "suspected", damage="severe", rooms_severe=1)
    for actor in actors():
        found = home_said(toy, event, actor)
        assert (found[first].may, found[second].said) == (True, "待评估，暂不返回")
    signed(toy, event, second, "not_habitable", engineer)
    looked(toy, event, third, "collapsed", damage="collapsed", rooms_collapsed=2) if third.startswith("西一") else None
    for actor in actors():
        found = home_said(toy, event, actor)
        assert found[second].said == "不可以居住，不能返回"
        assert third not in found or not third.startswith("西一") or found[third].said == "已倒塌或拆除，不能返回"
    signed(toy, event, second, "habitable", engineer, upon=last_signed(toy), reason="已支顶")
    assert home_said(toy, event, actors()[0])[second].may
    # Home: there is nothing to say any more.
    said(toy, event, first, "returned")
    assert first not in home_said(toy, event, actors()[0])


def last_signed(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        return int(session.scalar(text("SELECT max(id) FROM emergency_conclusion")) or 0)


def test_while_another_event_warns_the_township_nobody_goes(toy: ToyDatabase, event: int) -> None:
    said(toy, event, "西一-D", "moved_to_kin")
    sound(toy, event, "西一-D")
    assert home_said(toy, event, actors()[0])["西一-D"].may
    begun(toy, RED)
    for actor in actors():
        found = home_said(toy, event, actor)
        assert found["西一-D"].said == "另一过程未结束，暂不返回"


@pytest.mark.parametrize("phase", ["closed", "mistaken"])
def test_after_the_end_it_is_said_all_the_same(toy: ToyDatabase, event: int, phase: str) -> None:
    said(toy, event, "西一-D", "moved_to_kin")
    looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=1)
    said(toy, event, "西一-C", "moved_to_kin")
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, phase, reason="试")
    for actor in actors():
        found = home_said(toy, event, actor)
        assert found["西一-D"].said == "待评估，暂不返回"
        assert found["西一-C"].may is (phase == "mistaken")


class TestShown:
    def test_on_the_list_its_filters_its_workbook_and_in_the_api(self, toy: ToyDatabase, event: int) -> None:
        for house in ("西一-C", "西一-D"):
            said(toy, event, house, "moved_to_kin")
        sound(toy, event, "西一-C")
        browser = toy.browser(toy.member("township", WEST))
        page = browser.get(f"/events/{event}/evacuation/areas/{WEST_ONE}?all=1").text
        assert "可以返回" in plain(page) and "待排查，暂不返回" in plain(page)
        for state, there, not_there in (("may_return", "西一-C", "西一-D"), ("kept", "西一-D", "西一-C")):
            rows = browser.get(f"/events/{event}/evacuation/areas/{WEST_ONE}/rows?state={state}").text
            assert there in rows and not_there not in rows
            items = browser.get(f"/api/v1/events/{event}/evacuation?state={state}").json()["items"]
            assert [one["house_code"] for one in items] == [there]
        with toy.transaction(COUNTY) as session:
            number = session.scalar(
                text("SELECT e.id FROM evacuation e JOIN house h ON h.id = e.house_id WHERE h.code = '西一-D'")
            )
        assert "房屋还没有排查，暂不返回" in plain(browser.get(f"/events/{event}/evacuation/{number}").text)
        answer = browser.get(f"/api/v1/events/{event}/evacuation/list.xlsx")
        told = {str(cell) for row in rows_of_book(answer.content) for cell in row if cell}
        assert any("待排查，暂不返回" in one for one in told) and any("可以返回" in one for one in told)
        assert "待排查，暂不返回" in browser.get(f"/events/{event}/evacuation/print?area={WEST_ONE}").text

    def test_nothing_is_said_while_the_disaster_goes_on(self, toy: ToyDatabase, event: int) -> None:
        east = toy.browser(toy.member("county", COUNTY)).get(
            f"/events/{event}/evacuation/areas/{VILLAGES['东一'][0]}?all=1"
        )
        assert "暂不返回" not in plain(east.text) and "可以返回" not in plain(east.text)


def rows_of_book(content: bytes) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [row for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)]
