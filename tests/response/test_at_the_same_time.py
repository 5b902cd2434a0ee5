"""Two at once on the same event: tasks given, zones revised, results entered, phases changed. Either order, one truth."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.errors import Conflict
from geo_housing.hazards.service import end_standing_area
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.service import change_phase, respond
from tests.fixtures.toy import ToyDatabase, furnished
from tests.houses.test_at_the_same_time import meanwhile
from tests.response.zones import make_event, revise
from tests.toy_county.county import WEST


def act(toy: ToyDatabase, what: Callable[..., Any], *given: Any, **named: Any) -> Callable[[], Any]:
    """``what`` in a transaction of its own."""

    def done() -> Any:
        with toy.transaction() as session:
            return what(session, toy.actor(), *given, **named)

    return done


def seen(toy: ToyDatabase, event: int, code: str) -> Any:
    """The inspection of one house."""
    with toy.transaction() as session:
        return session.execute(
            text(
                "SELECT i.* FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
                " WHERE i.event_id = :event AND h.code = :code"
            ),
            {"event": event, "code": code},
        ).one()


def states(toy: ToyDatabase, event: int) -> dict[str, int]:
    with toy.transaction() as session:
        rows = session.execute(
            text("SELECT state, count(*) AS n FROM emergency_inspection WHERE event_id = :event GROUP BY 1"),
            {"event": event},
        )
        return {row.state: row.n for row in rows}


def said(number: int = 1, version: int | None = None) -> InspectionEntry:
    return InspectionEntry(Findings(findings=f"墙裂 {number} 处"), frozenset({"findings"}), version)


@furnished
def event(toy: ToyDatabase) -> int:
    """An event over 西一, tasks given."""
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一"])
        respond(session, toy.actor(), number)
    return number


class TestRespond:
    def test_that_waits_for_growth_counts_the_grown_zone(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction() as session:
            revise(session, toy.actor(), event, ["西一", "西二"])
            with meanwhile(toy, act(toy, respond, event)) as other:
                pass
        assert other.end().opened == 0, "growth has opened them already"
        assert sum(states(toy, event).values()) == 13

    def test_that_is_first_leaves_the_rest_to_the_growth(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction() as session:
            respond(session, toy.actor(), event)
            with meanwhile(toy, act(toy, revise, event, ["西一", "西二"])) as other:
                pass
        assert other.end().opened == 5
        assert sum(states(toy, event).values()) == 13

    def test_on_zones_that_somebody_revises_at_that_moment_is_refused(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction() as session:
            revise(session, toy.actor(), event, ["西二"])
            with meanwhile(toy, act(toy, respond, event, revision=1)) as other:
                pass
        with pytest.raises(Conflict, match="影响范围刚被别人改过"):
            other.end()
        assert "withdrawn" not in states(toy, event)

    def test_as_county_and_as_township_opens_each_house_once(self, toy: ToyDatabase) -> None:
        with toy.transaction() as session:
            event = make_event(session, toy.actor(), ["西一", "东一"])

        def as_township() -> Any:
            with toy.transaction(WEST) as session:
                return respond(session, toy.actor(WEST), event)

        with toy.transaction() as session:
            done = respond(session, toy.actor(), event)
            with meanwhile(toy, as_township) as other:
                pass
        assert (done.opened, other.end().opened) == (13, 0)
        assert states(toy, event) == {"prepared": 13}


class TestWithdrawing:
    @pytest.fixture
    def left(self, toy: ToyDatabase, event: int) -> int:
        """The zone has moved away from every task."""
        act(toy, revise, event, ["西二"])()
        return event

    def test_leaves_what_somebody_begins_at_that_moment(self, toy: ToyDatabase, left: int) -> None:
        number = seen(toy, left, "西一-D").id
        with toy.transaction() as session:
            enter_result(session, toy.actor(), number, said())
            with meanwhile(toy, act(toy, respond, left)) as other:
                pass
        done = other.end()
        assert seen(toy, left, "西一-D").state == "in_progress"
        assert done.withdrawn == states(toy, left)["withdrawn"]

    def test_that_is_first_refuses_the_entry(self, toy: ToyDatabase, left: int) -> None:
        number = seen(toy, left, "西一-D").id
        with toy.transaction() as session:
            respond(session, toy.actor(), left)
            with meanwhile(toy, act(toy, enter_result, number, said())) as other:
                pass
        with pytest.raises(Conflict, match="已撤销"):
            other.end()
        assert seen(toy, left, "西一-D").state == "withdrawn"

    def test_all_by_mistake_leaves_what_somebody_begins_at_that_moment(self, toy: ToyDatabase, event: int) -> None:
        number = seen(toy, event, "西一-D").id
        with toy.transaction() as session:
            enter_result(session, toy.actor(), number, said())
            with meanwhile(toy, act(toy, change_phase, event, "mistaken", reason="误发")) as other:
                pass
        counted = other.end().inspections
        assert seen(toy, event, "西一-D").state == "in_progress"
        assert counted["in_progress"] == 1 and counted["withdrawn"] == states(toy, event)["withdrawn"]


class TestEntering:
    def test_while_the_phase_changes_keeps_the_entry_and_begins_no_time_again(
        self, toy: ToyDatabase, event: int
    ) -> None:
        number = seen(toy, event, "西一-D").id
        with toy.transaction() as session:
            enter_result(session, toy.actor(), number, said())
            with meanwhile(toy, act(toy, change_phase, event, "aftermath")) as other:
                pass
        other.end()
        row = seen(toy, event, "西一-D")
        assert (row.state, row.findings) == ("in_progress", "墙裂 1 处")
        assert states(toy, event) == {"in_progress": 1, "open": 7}
        assert row.due_at is not None, "begun before, but due as every task of the aftermath"

    def test_after_the_phase_has_changed_finds_it_open(self, toy: ToyDatabase, event: int) -> None:
        number = seen(toy, event, "西一-D").id
        with toy.transaction() as session:
            change_phase(session, toy.actor(), event, "aftermath")
            with meanwhile(toy, act(toy, enter_result, number, said())) as other:
                pass
        assert other.end().state == "in_progress"
        assert seen(toy, event, "西一-D").due_at is not None

    def test_by_two_from_one_version_keeps_the_first(self, toy: ToyDatabase, event: int) -> None:
        row = seen(toy, event, "西一-D")
        with toy.transaction() as session:
            enter_result(session, toy.actor(), row.id, said(1, row.version))
            with meanwhile(toy, act(toy, enter_result, row.id, said(2, row.version))) as other:
                pass
        with pytest.raises(Conflict) as refused:
            other.end()
        assert [(fault.column, fault.value) for fault in refused.value.faults] == [("findings", "墙裂 1 处")]
        assert seen(toy, event, "西一-D").findings == "墙裂 1 处"


class TestPhases:
    def test_of_two_who_lead_on_at_once_the_second_finds_the_first_done(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction() as session:
            change_phase(session, toy.actor(), event, "aftermath")
            with meanwhile(toy, act(toy, change_phase, event, "aftermath")) as other:
                pass
        assert other.end().phase == "aftermath"
        with toy.transaction() as session:
            entries = session.scalar(text("SELECT count(*) FROM journal_entry WHERE action = 'response.phase'"))
        assert entries == 1

    def test_the_aftermath_that_waits_for_the_end_is_refused(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction() as session:
            change_phase(session, toy.actor(), event, "closed", reason="演示结束")
            with meanwhile(toy, act(toy, respond, event)) as other:
                pass
        with pytest.raises(Conflict, match="不能再下达任务"):
            other.end()


def test_a_standing_area_that_two_end_at_once_ends_once(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        zone = session.scalar(
            text(
                "INSERT INTO hazard_zone (scope_code, kind, area_m2, geom) VALUES"
                " ('990001', 'geological', 1, ST_GeomFromText('MULTIPOLYGON(((120 45,120.01 45,120.01 45.01,120 45)))', 4490))"
                " RETURNING id"
            )
        )
    with toy.transaction() as session:
        end_standing_area(session, toy.actor(), int(zone or 0))
        with meanwhile(toy, act(toy, end_standing_area, zone)) as other:
            pass
    other.end()
    with toy.transaction() as session:
        entries = session.scalar(text("SELECT count(*) FROM journal_entry WHERE action = 'hazards.standing_end'"))
    assert entries == 1
