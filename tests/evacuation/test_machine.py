"""Respond, revision, phases, names, whole villages, figures, extra households, families that come and go: in any order.

Against a plain model: begun is never lost, 应转 = 已转 + 未转 at village, township and county after every step, no family is
counted twice, and what was known at an earlier moment can still be asked. After 误发撤销 whom a telephone figure has told of is
named, and nobody else.
"""

from collections.abc import Iterator
from datetime import datetime
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
from geo_housing.errors import BadInput, Conflict
from geo_housing.evacuation import additions, at_once, naming, service
from geo_housing.evacuation.additions import ExtraHousehold, ToldFigure
from geo_housing.evacuation.naming import NamedHousehold
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import BROUGHT_HOME, NOT_HOME, Said
from geo_housing.evacuation.sums import Totals, totals
from geo_housing.houses.heads import Heads
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from geo_housing.words import EVACUATION_STATE
from tests.evacuation.model import MOVED, ListModel, begin
from tests.fixtures.examples import run_in_any_order
from tests.fixtures.toy import ToyDatabase
from tests.response.machine_model import EAST, WEST
from tests.response.zones import make_event, revise
from tests.toy_county import COUNTY, VILLAGES
from tests.toy_county.county import NO_OUTLINE

villages = st.frozensets(st.sampled_from(sorted(VILLAGES)), min_size=1, max_size=4)
levels = st.sampled_from(["red", "orange", "yellow", "blue"])
areas = st.sampled_from([COUNTY, WEST, EAST])
CODES = sorted([*(code for code, _, _ in VILLAGES.values()), NO_OUTLINE])
TOLD = st.sampled_from([COUNTY, WEST, EAST, *CODES])
ROWS = text(
    "SELECT e.*, coalesce(k.head, e.named, h.code) AS key FROM evacuation e"
    " LEFT JOIN household k ON k.id = e.household_id LEFT JOIN house h ON h.id = e.house_id"
    " WHERE e.event_id = :event AND e.withdrawn_at IS NULL"
)
# As the services of the register do that move families.
RECOUNT = text("SELECT house_recount(array_agg(id)) FROM house")
BELOW = {COUNTY: [WEST, EAST], **{one: [code for code in CODES if code.startswith(one)] for one in (WEST, EAST)}}


class Night(RuleBasedStateMachine):
    """One event; every step is done to the database and to the model."""

    toy: ClassVar[ToyDatabase]

    @initialize(zone=villages, level=levels)
    def begin(self, zone: frozenset[str], level: str) -> None:
        self.model: ListModel = begin(zone, level)
        self.numbers = 0
        self.past: list[tuple[datetime, dict[str, tuple[Heads, Heads, Heads]], dict[str, Heads]]] = []
        with self.toy.transaction(COUNTY) as session:
            # Everybody lives where they lived.
            session.execute(text("UPDATE house_household SET to_on = '2026-11-25' WHERE id > 43 AND to_on IS NULL"))
            session.execute(text("UPDATE house_household SET to_on = NULL WHERE id <= 43"))
            session.execute(RECOUNT)
            self.event = make_event(session, self.toy.actor(COUNTY), zone, level)
        self.respond(COUNTY)

    # What begun work must outlive: the zone goes elsewhere and the tasks are brought in step.
    @precondition(lambda self: self.model.phase != "mistaken")
    @rule(zone=villages, level=levels)
    def move_the_zone(self, zone: frozenset[str], level: str) -> None:
        self.revise(zone, level)
        self.respond(COUNTY)

    @precondition(lambda self: self.model.phase != "mistaken")
    @rule(area=areas)
    def respond(self, area: str) -> None:
        with self.toy.transaction(area) as session:
            done = respond(session, self.toy.actor(area), self.event).evacuation
        assert (done.opened, done.kept, done.withdrawn) == self.model.respond(area)

    @precondition(lambda self: self.model.phase != "mistaken")
    @rule(zone=villages, level=levels)
    def revise(self, zone: frozenset[str], level: str) -> None:
        with self.toy.transaction(COUNTY) as session:
            revise(session, self.toy.actor(COUNTY), self.event, zone, level)
        self.model.revise(zone, level)

    @precondition(lambda self: self.model.rows)
    @rule(
        data=st.data(),
        state=st.sampled_from(list(EVACUATION_STATE)),
        people=st.sampled_from([None, None, 0, 2]),
        undone=st.booleans(),
    )
    def enter(self, data: st.DataObject, state: str, people: int | None, undone: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.model.rows)))
        row, before = self._rows()[key], self.model.rows[key].state
        with self.toy.transaction(COUNTY) as session:
            actor = self.toy.actor(COUNTY)
            stated = {"state"} if people is None else {"state", "people"}
            entry = MoveEntry(Said(state=state, people=people), frozenset(stated), row.version)
            if self.model.is_nobody(key, state, people):
                with pytest.raises(BadInput, match="人数不能是 0"):
                    service.enter(session, actor, self.event, row.id, entry, hindrance=lambda *_: None)
                return
            if state == "returned" and before not in MOVED:
                with pytest.raises(BadInput, match="还没有转移"):
                    service.enter(session, actor, self.event, row.id, entry, hindrance=lambda *_: None)
                return
            is_over = self.model.phase == "mistaken" and not self.model.rows[key].is_extra
            is_told = state in NOT_HOME and before not in MOVED and self._may_name(row.scope_code)
            if is_over and state not in ("returned", "pending", before) and not is_told:
                with pytest.raises(Conflict, match="误发撤销"):
                    service.enter(session, actor, self.event, row.id, entry, hindrance=lambda *_: None)
                return
            step = service.enter(session, actor, self.event, row.id, entry, hindrance=lambda *_: None)
            self.model.enter(key, state, people)
            if undone and step is not None:
                service.undo(session, actor, self.event, row.id, step.id, hindrance=lambda *_: None)
                self.model.undo(key)

    @rule(
        data=st.data(),
        state=st.sampled_from(["moved_to_shelter", "moved_to_kin", "away", "returned"]),
        undone=st.booleans(),
    )
    def whole_village(self, data: st.DataObject, state: str, undone: bool) -> None:
        village = data.draw(st.sampled_from(CODES))
        shown = {key: row for key, row in self._rows().items() if row.scope_code == village}
        with self.toy.transaction(village) as session:
            actor = self.toy.actor(village)
            entry = MoveEntry(Said(state=state), frozenset({"state"}))
            rows = [(row.id, row.version) for row in shown.values()]
            if (self.model.phase == "mistaken") != (state == "returned"):
                refused = Conflict if self.model.phase == "mistaken" else BadInput
                with pytest.raises(refused, match=r"误发撤销|整村登记只能选"):
                    at_once.enter_many(session, actor, self.event, rows, entry, hindrance=lambda *_: None)
                return
            moves = [one for one in EVACUATION_STATE if one not in MOVED]
            comes = BROUGHT_HOME if state == "returned" else moves
            meant = {key for key in shown if self.model.rows[key].state in comes}
            wanted = {key for key in meant if not self.model.is_nobody(key, state)}
            if meant and not wanted:
                with pytest.raises(BadInput, match="人数不能是 0"):
                    at_once.enter_many(session, actor, self.event, rows, entry, hindrance=lambda *_: None)
                return
            batch, changed = at_once.enter_many(session, actor, self.event, rows, entry, hindrance=lambda *_: None)
            assert {row.id for key, row in shown.items() if key in wanted} == set(changed)
            for key in wanted:
                self.model.enter(key, state)
            if undone and changed:
                assert at_once.undo_many(session, actor, self.event, batch).households == len(changed)
                for key in wanted:
                    self.model.undo(key)

    @precondition(lambda self: self.model.phase != "mistaken")
    @rule(area=TOLD, households=st.integers(0, 9), people=st.none() | st.integers(0, 20), settled=st.booleans())
    def telephone(self, area: str, households: int, people: int | None, settled: bool) -> None:
        people = None if people is None else max(people, households)
        with self.toy.transaction(COUNTY) as session:
            actor = self.toy.actor(COUNTY)
            told = additions.tell_figure(session, actor, self.event, ToldFigure(area, households, people, sure=True))
            self.model.tell(area, households, people)
            if settled:
                additions.settle_figure(session, actor, self.event, told.id, note="重复", version=told.version)
                self.model.figures[area] = None

    @precondition(lambda self: self.model.phase != "mistaken")
    @rule(data=st.data(), is_known=st.booleans())
    def extra(self, data: st.DataObject, is_known: bool) -> None:
        if is_known:
            head = data.draw(st.sampled_from(sorted(self.model.families)))
            house = self.model.houses[self.model.families[head]]
            area, people = house.scope_code, self.model.sizes[head]
        else:
            self.numbers += 1
            head, house, area, people = f"表外{self.numbers}", None, data.draw(st.sampled_from(CODES)), None
        wanted = ExtraHousehold(area, head, "东墙倒塌")
        with self.toy.transaction(area) as session:
            if head in self.model.rows:
                with pytest.raises(Conflict, match="已在转移名单上"):
                    additions.add_extra(session, self.toy.actor(area), self.event, wanted)
                return
            additions.add_extra(session, self.toy.actor(area), self.event, wanted)
        self.model.add_extra(head, area, house.code if house else None, people)

    @precondition(lambda self: self.model.phase == "mistaken")
    @rule(data=st.data(), is_known=st.booleans(), state=st.sampled_from(NOT_HOME), undone=st.booleans())
    def name_one_who_was_told(self, data: st.DataObject, is_known: bool, state: str, undone: bool) -> None:
        self.numbers += 1
        head, code, area = f"报数{self.numbers}", None, data.draw(st.sampled_from(CODES))
        if is_known:
            head = data.draw(st.sampled_from(sorted(self.model.families)))
            code = self.model.families[head]
            area = self.model.houses[code].scope_code
        listed = self.model.rows.get(head)
        people = listed.people if listed else self.model.sizes.get(head)
        wanted = NamedHousehold(area, head, state)
        is_taken = self._may_name(area) and not (listed and listed.state in MOVED)
        with self.toy.transaction(COUNTY) as session:
            actor = self.toy.actor(COUNTY)
            if not is_taken or (people == 0 and state != "away"):
                with pytest.raises(BadInput if is_taken else Conflict), session.begin_nested():
                    naming.name_told(session, actor, self.event, wanted)
                return
            row, step = naming.name_told(session, actor, self.event, wanted)
            self.model.name(head, area, code, state)
            if undone:
                service.undo(session, actor, self.event, row.id, step.id, hindrance=lambda *_: None)
                self.model.undo(head)

    @rule(data=st.data())
    def a_family_leaves_or_comes(self, data: st.DataObject) -> None:
        head = data.draw(st.sampled_from(sorted(self.model.sizes)))
        with self.toy.transaction(COUNTY) as session:
            if head in self.model.families:
                session.execute(
                    text(
                        "UPDATE house_household SET to_on = '2026-11-25' WHERE to_on IS NULL"
                        " AND household_id = (SELECT id FROM household WHERE head = :head)"
                    ),
                    {"head": head},
                )
                session.execute(RECOUNT)
                del self.model.families[head]
                return
            lived = session.scalar(text("SELECT scope_code FROM household WHERE head = :head"), {"head": head})
            near = sorted(code for code, house in self.model.houses.items() if house.scope_code == lived)
            code = data.draw(st.sampled_from(near))
            session.execute(
                text(
                    "INSERT INTO house_household (house_id, household_id, scope_code)"
                    " SELECT h.id, k.id, h.scope_code FROM house h, household k WHERE h.code = :code AND k.head = :head"
                ),
                {"code": code, "head": head},
            )
            session.execute(RECOUNT)
            self.model.families[head] = code

    @precondition(lambda self: self.model.phase == "warning")
    @rule()
    def start_aftermath(self) -> None:
        with self.toy.transaction(COUNTY) as session:
            change_phase(session, self.toy.actor(COUNTY), self.event, "aftermath")
        self.model.phase = "aftermath"

    @precondition(lambda self: self.model.phase != "mistaken" and len(self.model.rows) > 8)
    @rule(area=TOLD, households=st.none() | st.integers(3, 12))
    def call_it_mistaken(self, area: str, households: int | None) -> None:
        if households is not None:
            self.telephone(area, households, None, settled=False)
        with self.toy.transaction(COUNTY) as session:
            change_phase(session, self.toy.actor(COUNTY), self.event, "mistaken", reason="误发")
        self.model.withdraw_all()

    @invariant()
    def stands_as_the_model_says_and_nothing_begun_is_lost(self) -> None:
        found = {
            key: (row.state, row.begun_at is not None, row.people, row.scope_code) for key, row in self._rows().items()
        }
        assert found == {
            key: (row.state, row.is_begun, row.people, row.scope_code) for key, row in self.model.rows.items()
        }

    @invariant()
    def sums_are_equal_at_three_tiers_and_no_family_counts_twice(self) -> None:
        with self.toy.transaction(COUNTY) as session:
            found = totals(session, self.event, AreaScope(COUNTY))
        here = self._check_sums(found)
        for area in (found.total, *found.townships, *found.villages):
            code = area.code
            assert Heads(*self.model.sums(code, moved=True)).plus(area.unnamed) == self.model.known(code, BELOW), code
        unnamed = {area.code: area.unnamed for area in (found.total, *found.villages)}
        self.past = [*self.past[-3:], (clock.now(), here, unnamed)]

    @invariant()
    def an_earlier_moment_can_be_asked(self) -> None:
        for at, sums, unnamed in self.past[:-1]:
            with self.toy.transaction(COUNTY) as session:
                found = totals(session, self.event, AreaScope(COUNTY), as_of=at)
            assert _sums(found) == sums
            for area in (found.total, *found.villages):
                assert area.unnamed == unnamed[area.code]

    def _check_sums(self, found: Totals) -> dict[str, tuple[Heads, Heads, Heads]]:
        for area in (found.total, *found.townships, *found.villages):
            assert area.due == area.moved.plus(area.left)
            assert area.due == Heads(*self.model.sums(area.code)), area.code
            assert area.moved == Heads(*self.model.sums(area.code, moved=True)), area.code
        for tier in (found.townships, found.villages):
            for name in ("due", "moved", "left"):
                added = Heads()
                for area in tier:
                    added = added.plus(getattr(area, name))
                assert added == getattr(found.total, name)
        return _sums(found)

    def _may_name(self, village: str) -> bool:
        return self.model.may_name(village, COUNTY, BELOW)

    def _rows(self) -> dict[str, Any]:
        with self.toy.transaction() as session:
            found = list(session.execute(ROWS, {"event": self.event}))
        assert len({row.key for row in found}) == len(found), "a family stands twice"
        return {row.key: row for row in found}


def _sums(found: Totals) -> dict[str, tuple[Heads, Heads, Heads]]:
    shown = [area for area in (found.total, *found.townships, *found.villages) if area.due.households]
    return {area.code: (area.due, area.moved, area.left) for area in shown}


@pytest.fixture
def night(toy: ToyDatabase) -> Iterator[type[Night]]:
    Night.toy = toy
    yield Night
    del Night.toy


def test_any_order_of_steps_stands_as_the_model_says(night: type[Night]) -> None:
    run_in_any_order(night, 18, steps=16)
