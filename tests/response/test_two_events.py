"""Two real events over one township: nobody goes home in the one while the other warns them or knows their house to be unsafe."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from geo_housing.errors import Conflict
from geo_housing.evacuation.at_once import undo_many
from geo_housing.evacuation.elsewhere import OUT, away_elsewhere
from geo_housing.evacuation.rows import rows_of
from geo_housing.evacuation.sums import totals
from geo_housing.evacuation.take_over import take_over
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.grounds import enter_grounds
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import change_phase, respond
from geo_housing.response.zones.loading import Given, load_drawing
from geo_housing.scope import AreaScope
from tests.evacuation.test_pages import plain
from tests.fixtures.examples import examples
from tests.fixtures.people import ADDRESS
from tests.fixtures.toy import ToyDatabase
from tests.response.test_returning import engineer, event, home, looked, said, signed, sound, state_of
from tests.response.warnings import DRILL, RED, confirm
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

WEST_ONE = VILLAGES["西一"][0]
__all__ = ["engineer", "event"]


def over(toy: ToyDatabase, number: int) -> None:
    with toy.transaction(COUNTY) as session:
        enter_grounds(session, toy.actor(COUNTY), number, [WEST])


@pytest.fixture
def other(toy: ToyDatabase, event: int) -> int:
    """A rainstorm of its own over the township whose flash flood is over; it goes on."""
    return begun(toy, RED)


def begun(toy: ToyDatabase, pasted: str) -> int:
    number = confirm(toy, pasted).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), number)
    return number


def test_nobody_goes_home_while_another_event_warns_him(toy: ToyDatabase, event: int, other: int) -> None:
    said(toy, event, "西一-D", "moved_to_kin", people=3)
    sound(toy, event, "西一-D")
    with pytest.raises(Conflict, match="那次灾害过程还没有结束"):
        said(toy, event, "西一-D", "returned", note="县长同意")
    over(toy, other)
    # Over in both, and nobody has looked at the house since: whichever list it is pressed on.
    with pytest.raises(Conflict, match="之后这栋房屋还没有排查"):
        said(toy, event, "西一-D", "returned", area=WEST, note="村里看过")
    sound(toy, other, "西一-D")
    said(toy, event, "西一-D", "returned")


def test_a_warning_without_tasks_yet_keeps_them_out_all_the_same(toy: ToyDatabase, event: int) -> None:
    said(toy, event, "西一-D", "moved_to_kin", people=3)
    sound(toy, event, "西一-D")
    number = confirm(toy, RED).event
    with pytest.raises(Conflict, match="正在预警这里，还没有下达任务"):
        said(toy, event, "西一-D", "returned", note="县长同意")
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), number, "mistaken", reason="误发")
    said(toy, event, "西一-D", "returned")


def test_a_zone_drawn_elsewhere_in_township_or_county_keeps_nobody_out(toy: ToyDatabase, event: int) -> None:
    said(toy, event, "西一-D", "moved_to_kin", people=3)
    sound(toy, event, "西一-D")

    def draw(west: float) -> None:
        drawn = shapely.geometry.mapping(shapely.box(west, 45.001, west + 0.008, 45.009))
        with toy.transaction(COUNTY) as session:
            load_drawing(session, toy.actor(COUNTY), drawn, Given(kind="flood", level="red"))

    for elsewhere in (120.011, 120.031):
        draw(elsewhere)
    said(toy, event, "西一-D", "returned")
    said(toy, event, "西一-C", "moved_to_kin", people=3)
    sound(toy, event, "西一-C")
    draw(120.001)
    with pytest.raises(Conflict, match="正在预警这里，还没有下达任务"):
        said(toy, event, "西一-C", "returned", note="县长同意")


def test_what_another_event_signed_or_saw_fall_keeps_them_out(
    toy: ToyDatabase, event: int, other: int, engineer: int
) -> None:
    over(toy, other)
    for house in ("西一-D", "西一-C"):
        said(toy, other, house, "moved_to_kin")
        sound(toy, other, house)
    looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)
    signed(toy, event, "西一-D", "not_habitable", engineer)
    looked(toy, event, "西一-C", "collapsed", rooms_collapsed=2)
    with pytest.raises(Conflict, match="结论是“不可以居住”"):
        said(toy, other, "西一-D", "returned", note="县长同意")
    with pytest.raises(Conflict, match="倒塌或拆除"):
        said(toy, other, "西一-C", "returned", note="县长同意")
    # Closed or not: the families are not safely housed.
    with toy.transaction(COUNTY) as session:
        for phase in ("aftermath", "closed"):
            change_phase(session, toy.actor(COUNTY), event, phase, reason="核对")
    with pytest.raises(Conflict, match="结论是“不可以居住”"):
        said(toy, other, "西一-D", "returned", note="县长同意")
    # Who looked later knows better.
    signed(toy, other, "西一-D", "habitable", engineer)
    said(toy, other, "西一-D", "returned")


def test_who_is_home_in_the_one_is_fetched_when_the_other_finds_his_house_unsafe(
    toy: ToyDatabase, event: int, other: int, engineer: int
) -> None:
    over(toy, other)
    home(toy, other, "西一-D")
    looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)
    signed(toy, event, "西一-D", "not_habitable", engineer)
    assert state_of(toy, other, "西一-D") == "pending"


def test_a_drill_keeps_nobody_out_and_is_kept_out_by_nobody(toy: ToyDatabase, event: int, engineer: int) -> None:
    drill = begun(toy, DRILL)
    home(toy, event, "西一-D")
    assert state_of(toy, event, "西一-D") == "returned"
    over(toy, drill)
    looked(toy, drill, "西一-D", "collapsed", rooms_collapsed=2)
    assert state_of(toy, event, "西一-D") == "returned"
    said(toy, drill, "西一-C", "moved_to_kin")
    sound(toy, drill, "西一-C")
    looked(toy, event, "西一-C", "collapsed", rooms_collapsed=2)
    said(toy, drill, "西一-C", "returned")


def rows_of_event(toy: ToyDatabase, number: int, area: str = COUNTY) -> dict[str, Any]:
    with toy.transaction(area) as session:
        found = rows_of(session, toy.actor(area), number, AreaScope(area), limit=1000)
    return {row.house_code or row.head or "": row for row in found}


def taken_over(toy: ToyDatabase, number: int, codes: Sequence[str], client_id: str | None = None) -> list[int]:
    rows = rows_of_event(toy, number)
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        shown = [(rows[code].id, rows[code].version) for code in codes]
        hindrance = hindrance_of(session, actor, session.get_one(HazardEvent, number))
        return take_over(session, actor, number, shown, hindrance=hindrance, client_id=client_id)[1]


class TestWhoIsAwayAlready:
    def test_is_told_on_the_other_list_and_counts_there_once_somebody_takes_him_over(
        self, toy: ToyDatabase, event: int, other: int
    ) -> None:
        said(toy, event, "西一-D", "moved_to_kin", people=3, destination="女儿家")
        before = sums(toy, other)
        row = rows_of_event(toy, other)["西一-D"]
        assert row.state == "pending" and row.elsewhere is not None
        assert (row.elsewhere.event_id, row.elsewhere.to, row.elsewhere.is_over) == (event, "女儿家", False)
        assert "已转移（投亲靠友）→女儿家" in row.elsewhere.said
        assert rows_of_event(toy, event)["西一-D"].elsewhere is None, "the other list knows nothing more"
        with toy.transaction(COUNTY) as session:
            [told] = away_elsewhere(session, other, AreaScope(COUNTY))
            assert (told.event_id, told.heads.households) == (event, 1)
            assert away_elsewhere(session, other, AreaScope(EAST)) == []
        assert taken_over(toy, other, ["西一-D"]) == [row.id]
        after = rows_of_event(toy, other)["西一-D"]
        there = rows_of_event(toy, event)["西一-D"]
        assert (after.state, after.destination, after.moved_at) == ("moved_to_kin", "女儿家", there.moved_at)
        assert after.elsewhere is None
        moved = sums(toy, other)
        assert moved.moved.households == before.moved.households + 1 and moved.due.households == before.due.households
        with toy.transaction(COUNTY) as session:
            assert away_elsewhere(session, other, AreaScope(COUNTY)) == []
        with pytest.raises(Conflict, match="刚有变动"):
            taken_over(toy, other, ["西一-D"])

    def test_many_at_once_are_taken_over_once_and_taken_back(self, toy: ToyDatabase, event: int, other: int) -> None:
        for code in ("西一-D", "西一-C"):
            said(toy, event, code, "moved_to_kin")
        before = sums(toy, other)
        every = list(rows_of_event(toy, other))
        changed = taken_over(toy, other, every, "a-press")
        assert len(changed) == 2
        assert taken_over(toy, other, every, "a-press") == sorted(changed), "twice is once"
        with toy.transaction(COUNTY) as session:
            batch = session.scalar(text("SELECT max(batch_id) FROM evacuation_step WHERE act = 'enter'"))
            assert undo_many(session, toy.actor(COUNTY), other, batch).households == 2
        assert sums(toy, other) == before

    def test_what_has_ended_there_is_told_and_not_taken_over(self, toy: ToyDatabase, event: int, other: int) -> None:
        said(toy, event, "西一-D", "moved_to_kin")
        with toy.transaction(COUNTY) as session:
            for phase in ("aftermath", "closed"):
                change_phase(session, toy.actor(COUNTY), event, phase, reason="核对")
        row = rows_of_event(toy, other)["西一-D"]
        assert row.elsewhere is not None and row.elsewhere.is_over and "请核实" in row.elsewhere.said
        with toy.transaction(COUNTY) as session:
            assert away_elsewhere(session, other, AreaScope(COUNTY)) == []
        with pytest.raises(Conflict, match="刚有变动"):
            taken_over(toy, other, ["西一-D"])

    def test_who_has_come_home_there_is_told_here_and_comes_home_under_the_same_conditions(
        self, toy: ToyDatabase, event: int, other: int
    ) -> None:
        over(toy, other)
        said(toy, other, "西一-D", "moved_to_kin")
        home(toy, event, "西一-D")
        row = rows_of_event(toy, other)["西一-D"]
        assert row.elsewhere is not None and row.elsewhere.state == "returned"
        with pytest.raises(Conflict, match="排查"):
            taken_over(toy, other, ["西一-D"])
        sound(toy, other, "西一-D")
        taken_over(toy, other, ["西一-D"])
        assert state_of(toy, other, "西一-D") == "returned"

    def test_a_drill_tells_nothing_and_is_told_nothing(self, toy: ToyDatabase, event: int) -> None:
        drill = begun(toy, DRILL)
        said(toy, event, "西一-D", "moved_to_kin")
        said(toy, drill, "西一-C", "moved_to_kin")
        assert rows_of_event(toy, drill)["西一-D"].elsewhere is None
        assert rows_of_event(toy, event)["西一-C"].elsewhere is None
        with pytest.raises(Conflict, match="刚有变动"):
            taken_over(toy, drill, ["西一-D"])

    def test_is_told_on_page_paper_sheet_and_link(self, toy: ToyDatabase, event: int, other: int) -> None:
        said(toy, event, "西一-D", "moved_to_kin", destination="女儿家")
        county = toy.browser(toy.member("county", COUNTY))
        base = f"/events/{other}/evacuation"
        listed = plain(county.get(f"{base}/areas/{WEST_ONE}").text)
        assert "未转中有 1户" in listed and "另一事件" in listed and "女儿家" in listed and "接转" in listed
        assert "女儿家" in plain(county.get(f"{base}/print?area={WEST}").text)
        sheet = county.get(f"/api/v1/events/{other}/evacuation/list.xlsx?area={WEST}")
        cells = [
            str(cell.value)
            for one in openpyxl.load_workbook(io.BytesIO(sheet.content))
            for line in one
            for cell in line
        ]
        assert any("→女儿家" in cell for cell in cells)
        row = rows_of_event(toy, other)["西一-D"]
        assert "女儿家" in plain(county.get(f"{base}/{row.id}").text)
        links = county.post(f"/events/{other}/links", data={"area": WEST_ONE}).text
        token = re.search(r"http://127\.0\.0\.1/v/([\w-]{43})\n", links)
        assert token
        phone = TestClient(toy.app, base_url=ADDRESS)
        assert "女儿家" in plain(phone.get(f"/v/{token[1]}").text)
        pressed = county.post(
            f"{base}/areas/{WEST_ONE}/press",
            data={"press": f"{row.id}-{row.version}-take_over"},
            follow_redirects=False,
        )
        assert pressed.status_code == 303
        assert state_of(toy, other, "西一-D") == "moved_to_kin"


@settings(max_examples=examples(14), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_states_of_two_lists_are_told_and_taken_over_as_the_rule_says(
    toy: ToyDatabase, event: int, other: int, data: st.DataObject
) -> None:
    """House by house against the sentence: who is out there and not moved here is told here, and nobody else."""
    codes = sorted(set(rows_of_event(toy, event)) & set(rows_of_event(toy, other)))
    states = st.sampled_from(["pending", "moved_to_shelter", "moved_to_kin", "away", "refused", "unreachable"])
    drawn = {code: (data.draw(states), data.draw(states)) for code in codes}
    for code, (there, here) in drawn.items():
        for number, state in ((event, there), (other, here)):
            said(toy, number, code, state)
    expected = {code for code, (there, here) in drawn.items() if there in OUT and here not in OUT}
    rows = rows_of_event(toy, other)
    assert {code for code, row in rows.items() if row.elsewhere is not None} == expected
    before = sums(toy, other)
    with toy.transaction(COUNTY) as session:
        assert sum(one.heads.households for one in away_elsewhere(session, other, AreaScope(COUNTY))) == len(expected)
    if expected:
        assert set(taken_over(toy, other, list(rows))) == {rows[code].id for code in expected}
    after = sums(toy, other)
    assert (after.due, after.moved.households) == (before.due, before.moved.households + len(expected))
    now = rows_of_event(toy, other)
    assert {code: row.state for code, row in now.items()} == {
        code: drawn[code][0] if code in expected else row.state for code, row in rows.items()
    }


def sums(toy: ToyDatabase, number: int) -> Any:
    with toy.transaction(COUNTY) as session:
        found = totals(session, number, AreaScope(COUNTY)).total
    return replace(found, figure=None)
