"""What is seen while the disaster goes on is noted; inspections begin with 灾后排查, and nobody goes home upon less."""

import io
import re
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient

from geo_housing import clock
from geo_housing.errors import BadInput
from geo_housing.evacuation.models import Evacuation
from geo_housing.inspections.models import EmergencyInspection
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import NOTED, Findings, lacking
from geo_housing.response.queries import event_of, progress
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_grounds import AGAIN_WEST, enter
from tests.response.warnings import FLASH_FLOOD, confirm
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES, WEST

HARMLESS = {"result": "no_visible_hazard", "visitor": "网格员"}
CRACKED = {"result": "suspected", "visitor": "网格员", "damage": "severe", "rooms_severe": 1, "findings": "墙体开裂"}
FALLEN = {"result": "collapsed", "visitor": "网格员", "rooms_collapsed": 2}
HOUSE = "西一-A"


@furnished
def event(toy: ToyDatabase) -> int:
    """Both townships are warned, and have their tasks."""
    number = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), number)
    return number


def say(
    toy: ToyDatabase, event: int, house: str, said: dict[str, Any], *, area: str = COUNTY, ago: int | None = 0
) -> str:
    """Somebody says what they saw, ``ago`` minutes before now (None: as it stands there)."""
    values = dict(said) if ago is None else {**said, "visited_at": clock.now() - timedelta(minutes=ago)}
    with toy.transaction(area) as session:
        number = session.scalar(
            text(
                "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE event_id = :e AND h.code = :h"
            ),
            {"e": event, "h": house},
        )
        assert number is not None
        return enter_result(
            session, toy.actor(area), number, InspectionEntry(Findings(**values), frozenset(values))
        ).state


def row_of(toy: ToyDatabase, event: int, house: str) -> EmergencyInspection:
    with toy.transaction(COUNTY) as session:
        row = session.scalar(
            select(EmergencyInspection)
            .where(EmergencyInspection.event_id == event)
            .where(text("house_id = (SELECT id FROM house WHERE code = :h)").bindparams(h=house))
        )
        assert row is not None
        session.expunge(row)
        return row


def held(toy: ToyDatabase, event: int, house: str) -> str | None:
    """Why a household of the house does not go home."""
    inspection = row_of(toy, event, house)
    with toy.transaction(COUNTY) as session:
        found = event_of(session, event, AreaScope(COUNTY))
        row = Evacuation(event_id=event, house_id=inspection.house_id, scope_code=inspection.scope_code)
        return hindrance_of(session, toy.actor(COUNTY), found)(row, None)


def aftermath(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "aftermath")


def test_nothing_visible_in_the_storm_lets_nobody_home(toy: ToyDatabase, event: int) -> None:
    assert say(toy, event, HOUSE, HARMLESS, ago=5) == "in_progress"
    noted = row_of(toy, event, HOUSE)
    assert [
        fault.sentence
        for fault in lacking(Findings(**HARMLESS, visited_at=noted.visited_at), noted.state, warned_since=False)
    ] == [NOTED]
    aftermath(toy, event)
    assert row_of(toy, event, HOUSE).state == "in_progress", "somebody is sent"
    assert row_of(toy, event, HOUSE).due_at is not None
    assert (held(toy, event, HOUSE) or "").startswith("房屋还没有排查")
    # The same visit told again is not another one; a new one ends it.
    assert say(toy, event, HOUSE, HARMLESS, ago=None) == "in_progress"
    assert say(toy, event, HOUSE, HARMLESS) == "done"
    assert held(toy, event, HOUSE) is None
    assert row_of(toy, event, HOUSE).done_at is not None


def test_a_village_says_the_same_again_after_it(toy: ToyDatabase, event: int) -> None:
    """Its own account sends no time: the moment is that of its press."""
    village = VILLAGES["西一"][0]
    assert say(toy, event, HOUSE, HARMLESS, area=village, ago=None) == "in_progress"
    assert say(toy, event, HOUSE, HARMLESS, area=village, ago=None) == "in_progress", "still in the storm"
    aftermath(toy, event)
    assert say(toy, event, HOUSE, HARMLESS, area=village, ago=None) == "done"


def test_damage_in_the_storm_counts(toy: ToyDatabase, event: int) -> None:
    assert say(toy, event, HOUSE, FALLEN, ago=5) == "done"
    aftermath(toy, event)
    assert row_of(toy, event, HOUSE).state == "done"
    assert "不能返回" in (held(toy, event, HOUSE) or "")


def test_what_was_harmless_before_the_second_rain_is_seen_again(toy: ToyDatabase, event: int) -> None:
    enter(toy, event, WEST)
    assert say(toy, event, HOUSE, HARMLESS, ago=5) == "done"
    assert say(toy, event, "西一-D", FALLEN, ago=5) == "done"
    assert held(toy, event, HOUSE) is None
    due = row_of(toy, event, HOUSE).due_at
    confirm(toy, AGAIN_WEST, target=str(event))
    assert held(toy, event, HOUSE) is not None
    enter(toy, event, WEST)
    again = row_of(toy, event, HOUSE)
    assert (again.state, again.result, again.done_at) == ("in_progress", "no_visible_hazard", None)
    assert again.due_at > due, "its time runs anew"
    assert row_of(toy, event, "西一-D").state == "done"
    assert (held(toy, event, HOUSE) or "").startswith("房屋还没有排查")
    assert say(toy, event, HOUSE, HARMLESS) == "done"


def test_entering_looks_again_at_what_was_finished_too_early(toy: ToyDatabase, event: int) -> None:
    """A house that came from ground where inspections run, or was finished before the rule was."""
    say(toy, event, HOUSE, HARMLESS, ago=5)
    with toy.transaction(COUNTY) as session:
        session.execute(
            text("UPDATE emergency_inspection SET state = 'done', done_at = now() WHERE state = 'in_progress'")
        )
    enter(toy, event, WEST)
    assert row_of(toy, event, HOUSE).state == "in_progress"
    assert say(toy, event, HOUSE, HARMLESS) == "done"
    # The event follows: what the ground has inspected since stays.
    aftermath(toy, event)
    assert row_of(toy, event, HOUSE).state == "done"


class TestSeenAgain:
    """What was dangerous before the second rain holds, and the house is on the list of those to be looked at again."""

    @pytest.fixture
    def rained_again(self, toy: ToyDatabase, event: int) -> int:
        """A ruin, a cracked house and a harmless one were told; then the ground was warned again, and has entered again."""
        enter(toy, event, WEST)
        assert say(toy, event, "西一-D", FALLEN, ago=5) == "done"
        assert say(toy, event, "西一-C", CRACKED, ago=5) == "done"
        assert say(toy, event, HOUSE, HARMLESS, ago=5) == "done"
        confirm(toy, AGAIN_WEST, target=str(event))
        enter(toy, event, WEST)
        return event

    @pytest.fixture
    def county(self, toy: ToyDatabase) -> TestClient:
        return toy.browser(toy.member("county", COUNTY))

    def again(self, toy: ToyDatabase, event: int) -> dict[str, int]:
        with toy.transaction(COUNTY) as session:
            return progress(session, event, AreaScope(COUNTY)).again

    def test_the_finding_holds_and_the_house_is_listed(
        self, toy: ToyDatabase, rained_again: int, county: TestClient
    ) -> None:
        event, village = rained_again, VILLAGES["西一"][0]
        for house in ("西一-D", "西一-C"):
            assert row_of(toy, event, house).state == "done"
            assert held(toy, event, house), "nobody goes home"
        assert self.again(toy, event) == {COUNTY: 3, WEST: 3, village: 3}
        page = county.get(f"/inspections?event={event}&again=1").text
        assert all(code in page for code in ("西一-D", "西一-C", HOUSE)) and "东一-A" not in page
        assert "重新预警或又报险情后未再查" in page and "需再次查看 <b>3</b>" in page
        assert county.get(f"/events/{event}/areas/{village}").text.count("重新预警或又报险情后未再查") == 3
        assert "3 栋需再次查看" in county.get(f"/events/{event}/print?area={village}").text
        sheet = openpyxl.load_workbook(io.BytesIO(county.get(f"/api/v1/events/{event}/list.xlsx").content)).worksheets[
            1
        ]
        heads = {cell.value: cell.column for cell in sheet[3]}
        states = {row[heads["房屋编号"] - 1]: row[heads["状态"] - 1] for row in sheet.iter_rows(4, values_only=True)}
        assert {code for code, state in states.items() if state == "需再次查看"} == {"西一-D", "西一-C", HOUSE}
        assert any("其中3栋需再次查看（重新预警或又报险情后未再查）" in str(row[0].value) for row in sheet.iter_rows(4))

    def test_the_village_that_looks_again_takes_it_off(self, toy: ToyDatabase, rained_again: int) -> None:
        event, village = rained_again, VILLAGES["西一"][0]
        done_at = row_of(toy, event, "西一-D").done_at
        # A correction of the old visit is not another one.
        assert say(toy, event, "西一-D", {**FALLEN, "rooms_collapsed": 3}, ago=None) == "done"
        assert self.again(toy, event)[village] == 3
        # The village's own account sends no time: it looks now.
        assert say(toy, event, "西一-D", FALLEN, area=village, ago=None) == "done"
        assert say(toy, event, "西一-C", CRACKED, ago=0) == "done"
        assert say(toy, event, HOUSE, HARMLESS, ago=0) == "done"
        assert self.again(toy, event) == {}
        assert row_of(toy, event, "西一-D").done_at == done_at

    def test_a_ruin_that_is_gone_is_looked_at_by_nobody(self, toy: ToyDatabase, event: int) -> None:
        enter(toy, event, WEST)
        say(toy, event, "西一-D", {"result": "demolished", "visitor": "网格员"}, ago=5)
        confirm(toy, AGAIN_WEST, target=str(event))
        assert self.again(toy, event) == {}

    def test_a_returned_list_says_which_houses(self, toy: ToyDatabase, rained_again: int, county: TestClient) -> None:
        """The same findings once more are no second look."""
        listed = county.get(f"/api/v1/events/{rained_again}/list.xlsx").content
        page = county.post(f"/events/{rained_again}/returned", files={"file": ("名单.xlsx", listed)}).text
        assert "需再次查看 3 栋" in page and page.count("重新预警或又报险情后未再查") == 3
        kept = re.search(r'action="(/events/\d+/returned/\d+)"', page)
        assert kept
        done = county.post(kept[1]).text
        assert "需再次查看 3 栋" in done and "没有录入的行" not in done

    def test_closing_says_so_and_asks_why(self, toy: ToyDatabase, rained_again: int) -> None:
        with toy.transaction(COUNTY) as session:
            session.execute(
                text(
                    "UPDATE emergency_inspection SET state = 'done', done_at = now(), result = 'uninhabited',"
                    " visited_at = now() WHERE state <> 'done'"
                )
            )
        aftermath(toy, rained_again)
        with toy.transaction(COUNTY) as session, pytest.raises(BadInput, match="还有 2 栋重新预警或又报险情后未再查"):
            change_phase(session, toy.actor(COUNTY), rained_again, "closed")


def test_what_was_seen_in_the_storm_and_told_afterwards_is_no_inspection(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE hazard_event SET created_at = now() - interval '6 hours'"))
    aftermath(toy, event)
    assert say(toy, event, HOUSE, HARMLESS, ago=90) == "in_progress"
    with toy.transaction(COUNTY) as session:
        row = row_of(toy, event, HOUSE)
        said = Findings(result=row.result, visitor=row.visitor, visited_at=row.visited_at)
        assert [fault.sentence for fault in lacking(said, row.state, warned_since=False)] == [NOTED]
    assert say(toy, event, HOUSE, FALLEN, ago=60) == "done", "what is alarming counts whenever it was seen"
    assert say(toy, event, "西一-B", HARMLESS, ago=0) == "done"


def test_an_event_that_begins_with_inspections_had_no_storm(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ["西一"], "red")
        change_phase(session, toy.actor(COUNTY), number, "aftermath")
        respond(session, toy.actor(COUNTY), number)
    assert say(toy, number, HOUSE, HARMLESS, ago=90) == "done"
