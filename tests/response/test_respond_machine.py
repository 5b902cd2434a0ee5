"""Respond, revision, withdrawal, re-entry, entry of results, levels and phases in any order, against a plain model.

Townships enter 灾后排查 by themselves and are warned again; every due time is that of the model, to the minute.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import text

from geo_housing import clock
from geo_housing.errors import BadInput, Conflict, NotAllowed
from geo_housing.hazards.adding import Joining
from geo_housing.hazards.received import Received, present_zones
from geo_housing.hazards.zone_change import Kept, ZoneChange
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.policy.service import record_value
from geo_housing.response.grounds import enter_grounds
from geo_housing.response.service import change_phase, respond
from geo_housing.response.warnings.receiving import NOTHING, join
from tests.evacuation.model import POLICY
from tests.fixtures.examples import run_in_any_order
from tests.fixtures.toy import ToyDatabase
from tests.response.machine_model import EAST, HOURS, WEST, Model, toy_houses
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
    later: ClassVar[Callable[..., None]]
    minutes: ClassVar[int]

    @initialize(zone=villages, level=levels)
    def begin(self, zone: frozenset[str], level: str) -> None:
        self._passes()
        self.model = Model(zone, level, toy_houses())
        self.due: dict[str, Any] = {}
        self.anew: set[str] = set()
        with self.toy.transaction(COUNTY) as session:
            self.event = make_event(session, self.toy.actor(COUNTY), zone, level)

    @precondition(lambda self: self.model.phase != "mistaken")
    @rule(area=areas)
    def respond(self, area: str) -> None:
        at = self._passes()
        with self.toy.transaction(area) as session:
            done = respond(session, self.toy.actor(area), self.event)
        assert (done.opened, done.kept, done.withdrawn, done.uncertain) == self.model.respond(area, at)

    @precondition(lambda self: self.model.phase != "mistaken")
    @rule(zone=villages, level=levels)
    def revise(self, zone: frozenset[str], level: str) -> None:
        at = self._passes()
        with self.toy.transaction(COUNTY) as session:
            loaded = revise(session, self.toy.actor(COUNTY), self.event, zone, level)
        assert (loaded.opened, loaded.to_withdraw) == self.model.revise(zone, level, at)

    @precondition(lambda self: self.model.phase != "mistaken")
    @rule(ground=st.sampled_from([WEST, EAST]), by=areas)
    def enter_ground(self, ground: str, by: str) -> None:
        at = self._passes()
        with self.toy.transaction(by) as session:
            if not ground.startswith(by):
                with pytest.raises(NotAllowed):
                    enter_grounds(session, self.toy.actor(by), self.event, [ground])
                return
            if ground not in self.model.grounds():
                with pytest.raises(BadInput):
                    enter_grounds(session, self.toy.actor(by), self.event, [ground])
                return
            done = enter_grounds(session, self.toy.actor(by), self.event, [ground])
        self.anew = {ground} & self.model.back
        assert done.started == self.model.enter(ground, at)

    @precondition(lambda self: self.model.phase != "mistaken")
    @rule(
        named=st.lists(st.sampled_from([COUNTY, WEST, EAST, VILLAGES["东一"][0]]), min_size=1, max_size=2),
        action=st.sampled_from(["issue", "continue", "upgrade", "change", "downgrade", "lift"]),
        level=st.sampled_from([None, "red", "orange", "yellow", "blue"]),
    )
    def warn(self, named: list[str], action: str, level: str | None) -> None:
        self._passes()
        with self.toy.transaction(COUNTY) as session:
            stands = tuple(Kept(zone.id) for zone in present_zones(session, self.event))
            change = ZoneChange(stands, (), (), self.model.level)
            said = tuple({"code": code, "name": code} for code in named)
            received = Received(
                "text", action, "rainstorm", level=level, text="x", digest=f"{Night.minutes}", areas=said
            )
            join(session, self.toy.actor(COUNTY), self.event, received, Joining((), change, NOTHING))
        # One that lists nobody to be moved takes no ground back.
        if action not in ("downgrade", "lift") and (level or "ungraded") in POLICY.levels:
            self.model.warn(named)

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
            entry = InspectionEntry(said, frozenset(stated))
            # After 误发撤销, too, what it has left is finished.
            if task.state == "withdrawn":
                with pytest.raises(Conflict):
                    enter_result(session, self.toy.actor(COUNTY), number, entry)
                return
            enter_result(session, self.toy.actor(COUNTY), number, entry)
        self.model.see(code, said.visited_at)

    @precondition(lambda self: self.model.phase == "warning")
    @rule()
    def start_aftermath(self) -> None:
        at = self._passes()
        with self.toy.transaction(COUNTY) as session:
            change_phase(session, self.toy.actor(COUNTY), self.event, "aftermath")
        self.anew = set(self.model.back)
        self.model.start_aftermath(at)

    @precondition(lambda self: self.model.phase == "aftermath" and len(self.model.tasks) > 12)
    @rule()
    def call_it_mistaken(self) -> None:
        at = self._passes()
        with self.toy.transaction(COUNTY) as session:
            change_phase(session, self.toy.actor(COUNTY), self.event, "mistaken", reason="误发")
        self.model.withdraw_all(at)

    @invariant()
    def stands_as_the_model_says(self) -> None:
        rows = self._rows()
        found = {row.code: (row.state, row.priority, row.uncertain) for row in rows}
        assert found == {
            code: (task.state, task.priority, task.is_uncertain) for code, task in self.model.tasks.items()
        }

    @invariant()
    def due_times_run_from_each_grounds_own_moment(self) -> None:
        for row in self._rows():
            due = self.model.tasks[row.code].due
            assert (row.due_at is None) == (due is None), row.code
            if due is not None:
                assert abs(row.due_at - due) < timedelta(seconds=30), row.code

    @invariant()
    def no_grade_and_no_risk_is_touched(self) -> None:
        with self.toy.transaction() as session:
            graded = session.execute(GRADED).one()
        assert graded == self.graded

    @invariant()
    def no_due_time_moves_later_but_by_entering_anew(self) -> None:
        for row in self._rows():
            before = self.due.get(row.code)
            if before is not None:
                assert row.due_at is not None
                assert row.due_at <= before or row.scope_code[:9] in self.anew
            if row.state == "open":
                assert row.due_at is not None
            if row.state == "prepared" and before is None:
                assert row.due_at is None
            self.due[row.code] = row.due_at
        self.anew = set[str]()

    def _rows(self) -> list[Any]:
        with self.toy.transaction() as session:
            return list(
                session.execute(
                    text(
                        "SELECT h.code, i.state, i.priority, i.uncertain, i.due_at, i.scope_code FROM emergency_inspection i"
                        " JOIN house h ON h.id = i.house_id WHERE i.event_id = :event"
                    ),
                    {"event": self.event},
                )
            )

    @staticmethod
    def _now() -> Any:
        return clock.now()

    @staticmethod
    def _passes() -> datetime:
        """Ten minutes pass before each step."""
        Night.minutes += 10
        Night.later(minutes=10)
        return clock.now()


@pytest.fixture
def night(toy: ToyDatabase, later: Callable[..., None]) -> Iterator[type[Night]]:
    Night.toy, Night.later, Night.minutes = toy, staticmethod(later), 0
    with toy.transaction(COUNTY) as session:
        record_value(
            session,
            toy.actor(COUNTY),
            key="inspection.due_hours",
            value=list(HOURS[WEST]),
            area_code=WEST,
            effective_from=date(2026, 1, 1),
            basis="proposed",
        )
    with toy.transaction() as session:
        Night.graded = session.execute(GRADED).one()
    yield Night
    del Night.toy, Night.graded, Night.later, Night.minutes


def test_any_order_of_steps_stands_as_the_model_says(night: type[Night]) -> None:
    run_in_any_order(night, 18, steps=14)
