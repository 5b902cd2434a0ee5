"""Respond, revision, withdrawal, re-entry, entry of results, levels and phases in any order, against a plain model."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from geo_housing.errors import Conflict
from geo_housing.inspections.service import Entry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.service import change_phase, respond
from tests.fixtures.toy import ToyDatabase
from tests.response.machine_model import EAST, WEST, Model, toy_houses
from tests.response.zones import make_event, revise
from tests.toy_county import COUNTY, VILLAGES

villages = st.frozensets(st.sampled_from(sorted(VILLAGES)), min_size=1, max_size=4)
levels = st.sampled_from(["red", "orange", "yellow", "blue"])
areas = st.sampled_from([COUNTY, WEST, EAST])
GRADED = text(
    "SELECT (SELECT string_agg(concat_ws(' ', code, grade, grade_basis, risk, version), ';' ORDER BY id) FROM house),"
    " (SELECT count(*) FROM grade_record)"
)


class Night(RuleBasedStateMachine):
    """One event; every step is done to the database and to the model."""

    toy: ClassVar[ToyDatabase]
    graded: ClassVar[Any]

    @initialize(zone=villages, level=levels)
    def begin(self, zone: frozenset[str], level: str) -> None:
        self.model = Model(zone, level, toy_houses())
        self.due: dict[str, Any] = {}
        with self.toy.transaction(COUNTY) as session:
            self.event = make_event(session, self.toy.actor(COUNTY), zone, level)

    @precondition(lambda self: self.model.phase != "mistaken")
    @rule(area=areas)
    def respond(self, area: str) -> None:
        with self.toy.transaction(area) as session:
            done = respond(session, self.toy.actor(area), self.event)
        assert (done.opened, done.kept, done.withdrawn, done.uncertain) == self.model.respond(area)

    @precondition(lambda self: self.model.phase != "mistaken")
    @rule(zone=villages, level=levels)
    def revise(self, zone: frozenset[str], level: str) -> None:
        with self.toy.transaction(COUNTY) as session:
            loaded = revise(session, self.toy.actor(COUNTY), self.event, zone, level)
        assert (loaded.opened, loaded.to_withdraw) == self.model.revise(zone, level)

    @precondition(lambda self: self.model.tasks)
    @rule(data=st.data(), is_done=st.booleans())
    def enter(self, data: st.DataObject, is_done: bool) -> None:
        code = data.draw(st.sampled_from(sorted(self.model.tasks)))
        task = self.model.tasks[code]
        said = Findings(result="uninhabited", visitor="巡查员", visited_at=None)
        stated = {"result", "visitor"}
        if is_done:
            said = Findings(result="uninhabited", visitor="巡查员", visited_at=self._now())
            stated.add("visited_at")
        with self.toy.transaction(COUNTY) as session:
            number = session.scalar(
                text(
                    "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
                    " WHERE i.event_id = :event AND h.code = :code"
                ),
                {"event": self.event, "code": code},
            )
            entry = Entry(said, frozenset(stated))
            if task.state == "withdrawn":
                with pytest.raises(Conflict):
                    enter_result(session, self.toy.actor(COUNTY), number, entry)
                return
            enter_result(session, self.toy.actor(COUNTY), number, entry)
        task.state = "done" if is_done or task.state == "done" else "in_progress"

    @precondition(lambda self: self.model.phase == "warning")
    @rule()
    def start_aftermath(self) -> None:
        with self.toy.transaction(COUNTY) as session:
            change_phase(session, self.toy.actor(COUNTY), self.event, "aftermath")
        self.model.start_aftermath()

    @precondition(lambda self: self.model.phase == "aftermath" and len(self.model.tasks) > 12)
    @rule()
    def call_it_mistaken(self) -> None:
        with self.toy.transaction(COUNTY) as session:
            change_phase(session, self.toy.actor(COUNTY), self.event, "mistaken", reason="误发")
        self.model.withdraw_all()

    @invariant()
    def stands_as_the_model_says(self) -> None:
        rows = self._rows()
        found = {row.code: (row.state, row.priority, row.uncertain) for row in rows}
        assert found == {
            code: (task.state, task.priority, task.is_uncertain) for code, task in self.model.tasks.items()
        }

    @invariant()
    def no_grade_and_no_risk_is_touched(self) -> None:
        with self.toy.transaction() as session:
            graded = session.execute(GRADED).one()
        assert graded == self.graded

    @invariant()
    def no_due_time_moves_later(self) -> None:
        for row in self._rows():
            before = self.due.get(row.code)
            if before is not None:
                assert row.due_at is not None
                assert row.due_at <= before
            if row.state == "open":
                assert row.due_at is not None
            if row.state == "prepared" and before is None:
                assert row.due_at is None
            self.due[row.code] = row.due_at

    def _rows(self) -> list[Any]:
        with self.toy.transaction() as session:
            return list(
                session.execute(
                    text(
                        "SELECT h.code, i.state, i.priority, i.uncertain, i.due_at FROM emergency_inspection i"
                        " JOIN house h ON h.id = i.house_id WHERE i.event_id = :event"
                    ),
                    {"event": self.event},
                )
            )

    @staticmethod
    def _now() -> Any:
        from geo_housing import clock

        return clock.now()


@pytest.fixture
def night(toy: ToyDatabase) -> Iterator[type[Night]]:
    Night.toy = toy
    with toy.transaction() as session:
        Night.graded = session.execute(GRADED).one()
    yield Night
    del Night.toy, Night.graded


def test_any_order_of_steps_stands_as_the_model_says(night: type[Night]) -> None:
    run_state_machine_as_test(
        night,
        settings=settings(
            max_examples=25,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )
