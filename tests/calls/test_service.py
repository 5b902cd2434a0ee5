"""Calling through a night: one call after the other, presses that arrive twice, slips, two officers, what was known when."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from geo_housing import clock
from geo_housing.calls.models import Call
from geo_housing.calls.night import Night, figure, night
from geo_housing.calls.queries import entries
from geo_housing.calls.service import (
    Person,
    Press,
    answered,
    not_answered,
    reported_back,
    start_call,
    take_back,
)
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.houses.test_at_the_same_time import meanwhile
from tests.response.zones import make_event, revise
from tests.toy_county.county import COUNTY, EAST, NO_OUTLINE, VILLAGES, WEST

SOMEBODY = Person("王镇长", "镇长", "100****0001")
ANOTHER = Person("李副镇长", "副镇长", "100****0002")
WEST_ONE = VILLAGES["西一"][0]


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    """Over 西一 and 东一."""
    with toy.transaction(COUNTY) as session:
        return make_event(session, toy.actor(COUNTY), ["西一", "东一"], level="red")


def officer(toy: ToyDatabase, name: str = "值班甲", area: str = COUNTY) -> Actor:
    return replace(toy.actor(area), name=f"user:{name}", label=name)


def act(
    toy: ToyDatabase, what: Callable[..., Any], *given: Any, by: str = "值班甲", area: str = COUNTY, **named: Any
) -> Any:
    """One press in a transaction of its own."""
    actor = officer(toy, by, area)
    with toy.database.transaction(actor) as session:
        return what(session, actor, *given, **named)


def calling(toy: ToyDatabase, event: int, code: str = WEST, person: Person = SOMEBODY, **named: Any) -> Call:
    return act(toy, start_call, event, code, person, Press(seen=named.pop("seen", None)), **named)


def board(toy: ToyDatabase, event: int, area: str = COUNTY, **named: Any) -> Night:
    actor = officer(toy, area=area)
    with toy.database.transaction(actor) as session:
        return night(session, actor, event, actor.scope, ring=None, **named)


def states(toy: ToyDatabase, event: int, area: str = COUNTY, **named: Any) -> dict[str, str]:
    return {line.place.code: line.row.state for line in board(toy, event, area, **named).lines}


def counted(toy: ToyDatabase, query: str, **values: object) -> int:
    with toy.transaction() as session:
        return int(session.scalar(text(query), values) or 0)


class TestWhomOneCalls:
    def test_a_county_calls_its_townships_a_township_its_villages(self, toy: ToyDatabase, event: int) -> None:
        assert states(toy, event) == {WEST: "waiting", EAST: "waiting"}
        # The committee without outline lies somewhere in the township.
        assert states(toy, event, WEST) == {WEST_ONE: "waiting", NO_OUTLINE: "waiting"}

    def test_a_village_that_was_chosen_is_called_even_where_no_house_is_registered(self, toy: ToyDatabase) -> None:
        client = toy.browser(toy.member("county", COUNTY))
        empty = VILLAGES["西四"][0]
        with toy.transaction() as session:
            session.execute(text("UPDATE house SET ended_on = '2026-01-01' WHERE scope_code = :c"), {"c": empty})
        answer = client.post("/api/v1/events", json={"areas": [empty], "name": "山洪", "kind": "flash_flood"})
        number = answer.json()["event"]
        assert states(toy, number) == {WEST: "waiting"}
        assert states(toy, number, WEST) == {empty: "waiting"}

    def test_who_counts_a_house_that_is_looked_for_in_the_zone_is_called_too(self, toy: ToyDatabase) -> None:
        # 争-1 is declared in 西一 and lies in 东一.
        with toy.transaction(COUNTY) as session:
            number = make_event(session, toy.actor(COUNTY), ["西一"])
        assert set(states(toy, number)) == {WEST, EAST}
        # Why it stands there is said: no zone touches it.
        assert {line.place.code: line.place.disputed for line in board(toy, number).lines} == {WEST: 0, EAST: 1}

    def test_where_most_houses_are_concerned_is_called_first(self, toy: ToyDatabase) -> None:
        with toy.transaction(COUNTY) as session:
            both = make_event(session, toy.actor(COUNTY), ["西一", "东一", "东二"])
        assert [line.place.code for line in board(toy, both).lines] == [WEST, EAST], "by code until tasks are given"
        with toy.transaction(COUNTY) as session:
            respond(session, toy.actor(COUNTY), both)
        assert [line.place.code for line in board(toy, both).lines] == [EAST, WEST]

    def test_who_was_called_stays_on_the_board_when_the_zone_is_drawn_smaller(
        self, toy: ToyDatabase, event: int
    ) -> None:
        calling(toy, event, EAST)
        with toy.transaction(COUNTY) as session:
            revise(session, toy.actor(COUNTY), event, ["西二"])
        lines = {line.place.code: line.place.is_concerned for line in board(toy, event).lines}
        assert lines == {WEST: True, EAST: False}

    def test_nobody_is_called_whom_the_event_does_not_concern(self, toy: ToyDatabase, event: int) -> None:
        with pytest.raises(NotFound, match="不在事件的影响范围内"):
            calling(toy, event, VILLAGES["西二"][0])

    def test_a_county_may_call_a_village_itself(self, toy: ToyDatabase, event: int) -> None:
        calling(toy, event, WEST_ONE)
        assert states(toy, event, WEST)[WEST_ONE] == "calling"
        (line,) = [line for line in board(toy, event).lines if line.place.code == WEST]
        assert line.below is not None and (line.below.reached, line.below.total) == (0, 2)


class TestOneCall:
    def test_from_the_call_to_the_report(self, toy: ToyDatabase, event: int, later: Callable[..., None]) -> None:
        call = calling(toy, event)
        assert states(toy, event)[WEST] == "calling"
        later(minutes=11)
        assert states(toy, event)[WEST] == "due"
        act(toy, not_answered, call.id, Press(seen=1))
        second = calling(toy, event, person=ANOTHER, seen=call.id)
        later(minutes=2)
        act(toy, answered, second.id, Press(seen=1), said="马上组织", reply_within=timedelta(minutes=30))
        found = board(toy, event)
        assert found.board.figure == "1/2" and found.lines[-1].place.code == WEST
        later(minutes=31)
        assert board(toy, event).lines[-1].row.is_reply_late
        act(toy, reported_back, second.id, Press(seen=2), reply="已转12户19人")
        line = board(toy, event).lines[-1]
        assert not line.row.is_reply_late and line.last is not None and line.last.reply == "已转12户19人"
        waited = line.last.answered_at - line.last.called_at if line.last.answered_at else None
        assert waited is not None and timedelta(minutes=2) <= waited < timedelta(minutes=3)
        acts = "SELECT count(*) FROM journal_entry WHERE action LIKE 'calls.%'"
        assert counted(toy, acts) == 5

    def test_the_minutes_are_a_setting(self, toy: ToyDatabase, event: int, later: Callable[..., None]) -> None:
        with toy.transaction() as session:
            session.execute(
                text(
                    "INSERT INTO policy_setting (key, area_code, value, effective_from, basis, recorded_by)"
                    " VALUES ('calls.next_after_minutes', :county, '5', '2026-01-01', '×政办发〔2026〕12号', 'x')"
                ),
                {"county": COUNTY},
            )
        calling(toy, event)
        later(minutes=6)
        assert states(toy, event)[WEST] == "due"

    def test_he_rings_back_after_the_next_name_was_called(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event)
        act(toy, not_answered, call.id, Press())
        calling(toy, event, person=ANOTHER)
        act(toy, answered, call.id, Press(), said="刚才没听见")
        assert board(toy, event).board.figure == "1/2"

    def test_what_he_said_is_corrected_without_another_answer(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        call = calling(toy, event)
        first = act(toy, answered, call.id, Press(), said="收到")
        later(minutes=3)
        again = act(toy, answered, call.id, Press(), said="收到，已通知各村")
        assert (again.said, again.answered_at) == ("收到，已通知各村", first.answered_at)

    def test_numbers_in_what_he_said_are_masked_in_the_journal(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event)
        number = "138" + "00138000"
        act(toy, answered, call.id, Press(), said=f"找村主任 {number}")
        told = "SELECT count(*) FROM journal_entry WHERE diff::text LIKE :number"
        assert counted(toy, told, number=f"%{number}%") == 0
        assert counted(toy, told, number="%138****8000%") == 1

    @pytest.mark.parametrize(("name", "number"), [("", None), ("   ", None), ("长" * 61, None)])
    def test_somebody_must_be_named(self, toy: ToyDatabase, event: int, name: str, number: str | None) -> None:
        with pytest.raises(BadInput):
            calling(toy, event, person=Person(name, number_masked=number))

    def test_an_unknown_way_is_refused(self, toy: ToyDatabase, event: int) -> None:
        with pytest.raises(BadInput, match="电话、短信、微信"):
            calling(toy, event, way="pigeon")


class TestTwice:
    def test_the_same_press_twice_is_one_call_and_one_answer(self, toy: ToyDatabase, event: int) -> None:
        press = Press("a-1", seen=0)
        first, again = (act(toy, start_call, event, WEST, SOMEBODY, press) for _ in range(2))
        assert first.id == again.id
        for _ in range(2):
            act(toy, answered, first.id, Press("a-2", seen=1), said="收到")
        # The answer to the start comes after all: it changes nothing.
        act(toy, start_call, event, WEST, SOMEBODY, press)
        assert counted(toy, "SELECT count(*) FROM call") == 1
        assert counted(toy, "SELECT count(*) FROM call_change") == 2
        assert counted(toy, "SELECT count(*) FROM journal_entry WHERE action LIKE 'calls.%'") == 2

    def test_not_answered_twice_does_not_skip_a_name(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event)
        act(toy, not_answered, call.id, Press("b-1", seen=1))
        second = calling(toy, event, person=ANOTHER)
        act(toy, not_answered, call.id, Press("b-1", seen=1))
        act(toy, not_answered, call.id, Press())
        with toy.transaction() as session:
            assert session.get_one(Call, second.id).state == "calling"

    def test_the_same_id_of_another_officer_is_another_press(self, toy: ToyDatabase, event: int) -> None:
        act(toy, start_call, event, WEST, SOMEBODY, Press("c-1"))
        act(toy, start_call, event, EAST, SOMEBODY, Press("c-1"), by="值班乙")
        assert counted(toy, "SELECT count(*) FROM call") == 2

    def test_a_press_that_waited_for_the_network_says_when_it_was_made(self, toy: ToyDatabase, event: int) -> None:
        before = clock.now()
        call = act(toy, start_call, event, WEST, SOMEBODY, Press(ago=timedelta(minutes=4)))
        assert timedelta(minutes=3, seconds=50) < before - call.called_at < timedelta(minutes=4, seconds=10)
        far = act(toy, start_call, event, EAST, SOMEBODY, Press(ago=timedelta(days=3)))
        assert before - far.called_at < timedelta(hours=13)


class TestTwoOfficers:
    def test_the_second_caller_is_told_who_is_calling(self, toy: ToyDatabase, event: int) -> None:
        calling(toy, event)
        with pytest.raises(Conflict, match=r"值班甲 已于 \d\d:\d\d 呼叫王某某，还没有记结果"):
            calling(toy, event, person=ANOTHER, by="值班乙", seen=0)

    def test_who_has_not_seen_the_answer_does_not_call_again_unknowingly(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event)
        act(toy, answered, call.id, Press())
        with pytest.raises(Conflict, match="记为“已应”"):
            calling(toy, event, person=ANOTHER, by="值班乙", seen=0)
        assert calling(toy, event, person=ANOTHER, by="值班乙", seen=call.id).state == "calling"

    def test_of_two_who_call_at_the_same_moment_one_is_told(self, toy: ToyDatabase, event: int) -> None:
        actor = officer(toy)
        with toy.database.transaction(actor) as session:
            start_call(session, actor, event, WEST, SOMEBODY, Press(seen=0))
            with meanwhile(toy, lambda: calling(toy, event, person=ANOTHER, by="值班乙", seen=0)) as other:
                pass
        with pytest.raises(Conflict, match="值班甲"):
            other.end()
        assert counted(toy, "SELECT count(*) FROM call") == 1

    def test_an_answer_and_no_answer_at_the_same_moment_do_not_overwrite_each_other(
        self, toy: ToyDatabase, event: int
    ) -> None:
        call = calling(toy, event)
        actor = officer(toy)
        with toy.database.transaction(actor) as session:
            answered(session, actor, call.id, Press(seen=1), said="收到")
            with meanwhile(toy, lambda: act(toy, not_answered, call.id, Press(seen=1), by="值班乙")) as other:
                pass
        with pytest.raises(Conflict, match=r"值班甲 已于 \d\d:\d\d 把这次呼叫记为“已应”"):
            other.end()
        with toy.transaction() as session:
            assert session.get_one(Call, call.id).state == "answered"


class TestSlips:
    def test_the_wrong_row_was_pressed_and_nobody_was_called(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event)
        act(toy, take_back, call.id, Press(seen=1))
        assert states(toy, event)[WEST] == "waiting"
        with pytest.raises(Conflict, match="误按"):
            act(toy, answered, call.id, Press())
        assert calling(toy, event, seen=0).state == "calling"

    def test_answered_by_mistake_is_calling_again_and_the_timer_goes_on(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event)
        act(toy, answered, call.id, Press(), said="看错行了", reply_within=timedelta(minutes=5))
        undone = act(toy, take_back, call.id, Press())
        assert (undone.state, undone.answered_at, undone.said, undone.reply_by) == ("calling", None, None, None)
        assert undone.called_at == call.called_at

    def test_slips_are_taken_back_one_after_the_other(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event)
        act(toy, not_answered, call.id, Press())
        act(toy, answered, call.id, Press(), said="回电")
        act(toy, answered, call.id, Press(), said="回电了")
        for said, state in [("回电", "answered"), (None, "handed_on"), (None, "calling")]:
            undone = act(toy, take_back, call.id, Press())
            assert (undone.said, undone.state, undone.is_void) == (said, state, False)
        assert act(toy, take_back, call.id, Press()).is_void

    def test_no_answer_is_not_taken_back_once_the_next_name_was_called(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event)
        act(toy, not_answered, call.id, Press())
        calling(toy, event, person=ANOTHER)
        with pytest.raises(Conflict, match="后面已经叫了下一人"):
            act(toy, take_back, call.id, Press())

    def test_later_a_reason_is_asked_and_kept(self, toy: ToyDatabase, event: int, later: Callable[..., None]) -> None:
        call = calling(toy, event)
        later(minutes=11)
        with pytest.raises(BadInput, match="请写明原因"):
            act(toy, take_back, call.id, Press())
        act(toy, take_back, call.id, Press(), reason="叫错了乡镇")
        assert (
            counted(toy, "SELECT count(*) FROM journal_entry WHERE action = 'calls.undo' AND note = '叫错了乡镇'") == 1
        )

    def test_nothing_is_removed(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event)
        act(toy, take_back, call.id, Press())
        assert counted(toy, "SELECT count(*) FROM call WHERE is_void") == 1
        assert counted(toy, "SELECT count(*) FROM call_change") == 2


class TestWho:
    def test_a_township_does_not_note_of_itself_that_it_answered(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event)
        with pytest.raises(NotAllowed, match="由上级叫应"):
            act(toy, answered, call.id, Press(), area=WEST)
        with pytest.raises(NotAllowed, match="由上级叫应"):
            calling(toy, event, area=WEST)
        assert calling(toy, event, WEST_ONE, area=WEST).state == "calling"

    def test_the_neighbours_calls_are_not_there(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event, EAST)
        with pytest.raises(NotFound):
            act(toy, answered, call.id, Press(), area=WEST)
        with pytest.raises(NotAllowed):
            calling(toy, event, EAST, area=WEST)

    def test_without_the_right_nobody_is_called(self, toy: ToyDatabase, event: int) -> None:
        actor = replace(officer(toy), permissions=officer(toy).permissions - {"calls.work"})
        with toy.database.transaction(actor) as session, pytest.raises(NotAllowed):
            start_call(session, actor, event, WEST, SOMEBODY, Press())

    def test_a_township_sees_how_it_was_called(self, toy: ToyDatabase, event: int) -> None:
        calling(toy, event)
        (mine,) = board(toy, event, WEST).upon_us
        assert (mine.name, mine.state, mine.called_by) == ("王镇长", "calling", "值班甲")


class TestPhases:
    def test_after_the_end_nothing_is_pressed(self, toy: ToyDatabase, event: int) -> None:
        call = calling(toy, event)
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "closed", reason="试")
        with pytest.raises(Conflict, match="事件已经结束"):
            act(toy, answered, call.id, Press())
        with pytest.raises(Conflict, match="事件已经结束"):
            calling(toy, event, EAST)

    def test_before_confirmation_nobody_is_called(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction() as session:
            session.execute(text("UPDATE hazard_event SET phase = 'draft' WHERE id = :e"), {"e": event})
        with pytest.raises(Conflict, match="还没有确认"):
            calling(toy, event)


class TestAsOf:
    def test_what_was_known_then_stays_known_whatever_is_corrected(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        moments = [clock.now()]

        def passed() -> None:
            later(minutes=1)
            moments.append(clock.now())
            later(minutes=1)

        passed()
        call = calling(toy, event)
        passed()
        act(toy, answered, call.id, Press(), said="收到")
        passed()
        act(toy, take_back, call.id, Press())
        passed()
        told = [states(toy, event, as_of=at)[WEST] for at in moments[1:]]
        assert told == ["waiting", "calling", "answered", "calling"]
        (then,) = self._entries(toy, event, moments[3])
        assert (then.said, then.state) == ("收到", "answered")
        assert states(toy, event)[WEST] == "calling"

    @staticmethod
    def _entries(toy: ToyDatabase, event: int, at: Any) -> list[Any]:
        with toy.transaction() as session:
            return entries(session, event, AreaScope(""), as_of=at)


def test_the_figure_of_the_tab_is_the_boards(toy: ToyDatabase, event: int) -> None:
    for code, press in ((WEST, answered), (EAST, not_answered)):
        call = calling(toy, event, code)
        act(toy, press, call.id, Press())
    with toy.transaction(COUNTY) as session:
        assert figure(session, event, AreaScope(COUNTY)) == board(toy, event).board.figure == "1/2"


def test_calls_go_with_a_demos_event_and_with_nothing_else(toy: ToyDatabase, event: int) -> None:
    calling(toy, event)
    with toy.transaction() as session:
        session.execute(text("SELECT demo_clear()"))
    assert counted(toy, "SELECT count(*) FROM call_change") == 1
    engine = create_engine(toy.names.admin_url)
    with engine.begin() as connection:
        # Triggers do not look: what is demo never changes otherwise.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE hazard_event SET is_demo = true"))
    engine.dispose()
    with toy.transaction() as session:
        session.execute(text("SELECT demo_clear()"))
    assert counted(toy, "SELECT count(*) FROM call") == counted(toy, "SELECT count(*) FROM call_change") == 0
