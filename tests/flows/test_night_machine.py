"""The whole night in any order, by one hand and by two at once: nothing that was begun is ever lost, and sums agree.

Warnings come, rise and are lifted, the zone is drawn larger and smaller, tasks are given and what left is confirmed, phases go
on, back and to an end, while inspections, filled workbooks, households and calls are entered. Two who act at the same moment
leave what one after the other would have left, in one of the two orders. After every step the database is the model, row by
row, and 栋, 户, 人 are the same whether villages, townships or the county are asked.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import openpyxl
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.calls import service as calls
from geo_housing.calls.queries import last_call
from geo_housing.calls.service import Person, Press
from geo_housing.errors import GeoHousingError
from geo_housing.evacuation import additions, naming
from geo_housing.evacuation import service as evacuation
from geo_housing.evacuation.states import NOT_HOME
from geo_housing.evacuation.states import Said as Moved
from geo_housing.evacuation.sums import away_of, totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import Heads
from geo_housing.inspections import service as inspections
from geo_housing.inspections.queries import state_counts
from geo_housing.inspections.stages import Findings
from geo_housing.response.grounds import enter_grounds
from geo_housing.response.queries import progress
from geo_housing.response.returned import service as returned
from geo_housing.response.returned.reading import read_list
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import change_phase, open_at, respond
from geo_housing.response.warnings import receiving
from geo_housing.response.warnings.stated import Stated, StatedArea
from geo_housing.scope import AreaScope
from tests.evacuation.model import MOVED
from tests.fixtures.examples import run_in_any_order
from tests.fixtures.toy import ToyDatabase
from tests.flows.night_model import BEGUN, BELOW, CODES, LEVELS, REFUSED, NightModel
from tests.houses.test_at_the_same_time import meanwhile
from tests.response.zones import revise
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

ISSUERS = {"rainstorm": "玩具县气象台", "flash_flood": "玩具县水利局"}
HOUSES = [f"{name}-{grade}" for name in ("西一", "西二", "东一") for grade in ("A", "C", "D")]
# Minutes after the moment that a night counts from: before everything that happens in it, and near enough to what is
# over there to count as seen afterwards.
AT = 0
BEFORE = timedelta(minutes=3)
# None: somebody has begun and says no time yet.
VISITS = (None, AT, AT + 1)
# What comes back filled in by hand: twice the same, and two that contradict each other.
BOOKS = [
    dict.fromkeys(HOUSES[start:stop], result)
    for start, stop, result in ((0, 3, "uninhabited"), (2, 6, "no_visible_hazard"), (1, 9, "uninhabited"))
]
ACTS = st.one_of(
    st.tuples(
        st.just("receive"),
        st.sampled_from(sorted(ISSUERS)),
        st.sampled_from(["issue", "upgrade", "upgrade", "downgrade", "lift"]),
        st.sampled_from(LEVELS),
        st.sampled_from([(WEST,), (EAST,), (WEST, EAST), (CODES[1],), (CODES[5], CODES[6]), (CODES[0],)]),
    ),
    st.tuples(st.just("draw"), st.frozensets(st.sampled_from(sorted(VILLAGES)), min_size=1, max_size=4), st.sampled_from(LEVELS)),
    st.tuples(st.just("respond"), st.sampled_from([COUNTY, WEST, EAST])),
    st.tuples(st.just("lead"), st.sampled_from(["ongoing", "warning", "aftermath", "aftermath", "closed"])),
    st.tuples(st.just("enter_ground"), st.sampled_from([WEST, EAST])),
    st.tuples(st.just("inspect"), st.sampled_from(HOUSES), st.sampled_from(["uninhabited", "no_visible_hazard"]), st.sampled_from(VISITS)),
    st.tuples(st.just("inspect"), st.sampled_from(HOUSES), st.sampled_from(["uninhabited", "collapsed"]), st.sampled_from(VISITS)),
    st.tuples(st.just("return_list"), st.sampled_from(range(len(BOOKS)))),
    st.tuples(st.just("move"), st.integers(0, 40), st.sampled_from(["moved_to_shelter", "moved_to_kin", "refused", "unreachable"])),
    st.tuples(st.just("move"), st.integers(0, 40), st.sampled_from(["moved_to_shelter", "away", "pending"])),
    st.tuples(st.just("move"), st.integers(0, 40), st.just("returned")),
    st.tuples(st.just("tell"), st.sampled_from([COUNTY, WEST, EAST, *CODES]), st.integers(0, 9), st.none() | st.integers(9, 20)),
    st.tuples(st.just("add_extra"), st.integers(0, 42) | st.none(), st.sampled_from(CODES)),
    st.tuples(st.just("name"), st.integers(0, 42) | st.none(), st.sampled_from(CODES)),
    st.tuples(st.just("call"), st.sampled_from([WEST, EAST]), st.sampled_from(["start", "answered", "handed_on"])),
)  # fmt: skip
Wanted = tuple[Any, ...]


@dataclass(frozen=True)
class Act:
    """One thing that somebody does, on the database and on the model; both say what came of it. ``area`` is theirs."""

    area: str
    stored: Callable[[Session], Any]
    modelled: Callable[[NightModel], Any]
    # As it ends when what it was made upon was changed meanwhile; None where that changes nothing.
    overtaken: Callable[[NightModel, set[str]], Any] | None = None


class Night(RuleBasedStateMachine):
    """One event from its first warning on."""

    toy: ClassVar[ToyDatabase]
    books: ClassVar[list[Path]]
    start: ClassVar[datetime]
    pasted: ClassVar[int] = 0

    @initialize(level=st.sampled_from(["red", "orange"]), areas=st.sampled_from([(WEST,), (WEST, EAST)]))
    def first_warning(self, level: str, areas: tuple[str, ...]) -> None:
        self.model, self.extras, self.begun = NightModel(), 0, dict[str, Any]()
        with self.toy.transaction(COUNTY) as session:
            stated = self._stated("rainstorm", "issue", level, areas, "new")
            self.event = receiving.receive(session, self.toy.actor(COUNTY), self._text(), [stated])[0].event
        self.model.receive("rainstorm", "issue", level, areas)
        self.alone(("respond", COUNTY))

    def teardown(self) -> None:
        """The night is over for the next one: an event that goes on holds whoever is on its list, in others too."""
        if hasattr(self, "event"):
            with self.toy.transaction(COUNTY) as session:
                session.execute(
                    text("UPDATE hazard_event SET phase = 'closed' WHERE id = :event"), {"event": self.event}
                )

    @rule(wanted=ACTS)
    def alone(self, wanted: Wanted) -> None:
        act = self._bound(wanted)
        found = self._stored(act)
        assert found == act.modelled(self.model), wanted

    @rule(first=ACTS, second=ACTS)
    def two_at_once(self, first: Wanted, second: Wanted) -> None:
        acts = self._bound(first), self._bound(second)
        found, rows = self._raced(*acts), self._rows()
        outcomes = {}
        for order, model, expected in self._orders(*acts):
            if expected == found and self._rows_of(model) == rows:
                self.model = model
                return
            outcomes[order] = expected
        raise AssertionError(f"{first} and {second}: {found} is the outcome of no order: {outcomes}")

    @rule(township=st.sampled_from([WEST, EAST]), told=st.booleans())
    def called_off(self, township: str, told: bool) -> None:
        """Whoever was told by telephone and not named is named afterwards, by two at once, too."""
        if len(self.model.inspections.tasks) > 30 and self.model.phase != "mistaken":
            if told:
                self.alone(("tell", township, 1 + self.model.moves.sums(township, moved=True)[0], None))
            self.alone(("lead", "mistaken"))
            village = next(code for code in CODES if code.startswith(township))
            self.two_at_once(("name", None, village), ("name", None, village))

    @rule(township=st.sampled_from([WEST, EAST]), told=st.booleans(), warned=st.booleans(), fallen=st.booleans())
    def a_family_is_home(self, township: str, told: bool, warned: bool, fallen: bool) -> None:
        """Moved, its house looked at, home again; then the ground may be warned once more, or the house falls."""
        if told:
            self.alone(("tell", township, 3, 9))
        self.alone(("enter_ground", township))
        rows = self.model.moves.rows
        here = [
            key
            for key in sorted(rows)
            if (house := rows[key].house)
            and not house.endswith(("-C", "-D"))
            and rows[key].scope_code.startswith(township)
        ]
        if not here:
            return
        key = here[self.model.steps % len(here)]
        place, house = sorted(rows).index(key), rows[key].house
        self.alone(("inspect", house, "no_visible_hazard", AT + 2))
        self.alone(("move", place, "moved_to_kin"))
        away = sorted(key for key, row in rows.items() if row.state in MOVED)
        if key in away:
            self.alone(("move", away.index(key), "returned"))
        if warned:
            self.alone(("receive", "rainstorm", "upgrade", "red", (township,)))
        if fallen:
            self.alone(("inspect", house, "collapsed", AT))

    # What must hold after every step

    @invariant()
    def stands_as_the_model_says(self) -> None:
        assert self._rows() == self._rows_of(self.model)

    @invariant()
    def nothing_begun_is_lost(self) -> None:
        found, _, _ = self._rows()
        for code, before in self.begun.items():
            assert found[code][0] in BEGUN and found[code][1] is not None, f"{code} was {before}"
        self.begun.update({code: row for code, row in found.items() if row[0] in BEGUN})
        with self.toy.transaction(COUNTY) as session:
            entered = session.scalar(
                text("SELECT count(*) FROM evacuation_step WHERE event_id = :event AND act = 'enter'"),
                {"event": self.event},
            )
        assert entered == self.model.steps, "every change of a household is kept"

    @invariant()
    def nobody_is_home_where_it_is_warned_or_in_a_ruin(self) -> None:
        if self.model.phase in ("closed", "mistaken"):
            return
        over = self.model.inspections.entered
        for key, row in self.model.moves.rows.items():
            if row.state == "returned":
                assert self.model.phase == "aftermath" or row.scope_code[:9] in over, key
                assert self.model.inspections.said[row.house or ""]["result"] != "collapsed", key

    @invariant()
    def sums_are_equal_at_three_tiers(self) -> None:
        seen = {area: self._sums(area) for area in (COUNTY, WEST, EAST, self._some_village())}
        houses, moved = seen[COUNTY]
        for area, (own_houses, own_moved) in seen.items():
            for code, counted in own_houses.items():
                assert counted == self.model.inspected(code) == houses[code], (area, code)
            for code, sums in own_moved.items():
                due, done = (Heads(*self.model.moves.sums(code, moved=which)) for which in (None, True))
                assert sums == (due, done) == moved[code], (area, code)
        for length in (9, 12):
            assert _added([one for code, one in houses.items() if len(code) == length]) == houses[COUNTY]
            assert _joined([one for code, one in moved.items() if len(code) == length]) == moved[COUNTY]

    @invariant()
    def nobody_is_told_to_be_moved_who_was_called_back(self) -> None:
        moves = self.model.moves
        for area in (COUNTY, EAST):
            with self.toy.transaction(area) as session:
                found = totals(session, self.event, AreaScope(area))
            for one in (found.total, *found.townships, *found.villages):
                named = Heads(*moves.sums(one.code, moved=True))
                assert named.plus(one.unnamed) == moves.known(one.code, BELOW), (area, one.code)

    @invariant()
    def who_must_be_looked_at_again_is_told_at_three_tiers(self) -> None:
        with self.toy.transaction(COUNTY) as session:
            warned = session.execute(_WARNED, {"event": self.event}).all()
            seen = session.execute(text(_KEYED["emergency_inspection"]), {"event": self.event}).all()
        expected: dict[str, int] = {}
        for row in seen:
            since = any(
                ground == row.scope_code[:9] and row.visited_at and at > row.visited_at for ground, at in warned
            )
            is_said = row.state in BEGUN and row.result is not None
            if since and is_said and self.model.phase != "mistaken":
                for code in (COUNTY, row.scope_code[:9], row.scope_code):
                    expected[code] = expected.get(code, 0) + 1
        for area in (COUNTY, WEST, self._some_village()):
            with self.toy.transaction(area) as session:
                found = progress(session, self.event, AreaScope(area)).again
            assert found == {code: houses for code, houses in expected.items() if code.startswith(area)}, area

    @invariant()
    def what_the_end_would_leave_open_is_told(self) -> None:
        model = self.model
        for area in (COUNTY, WEST, EAST):
            with self.toy.transaction(area) as session:
                event, scope = session.get_one(HazardEvent, self.event), AreaScope(area)
                left = open_at(session, event, scope, state_counts(session, self.event, scope))
                away = away_of(session, self.event, scope)
            assert left.unfinished == sum(model.inspected(area)[one] for one in ("prepared", "open", "in_progress"))
            rows = [row for row in model.moves.rows.values() if row.scope_code.startswith(area)]
            assert away == sum(row.state in NOT_HOME for row in rows), area
            if area == COUNTY:
                named = model.moves.sums(area, moved=True)[0]
                assert left.to_name == model.moves.known(area, BELOW).households - named
                least, most = model.to_call()
                assert least <= left.calls.to_call <= most

    def _sums(self, area: str) -> tuple[dict[str, dict[str, int]], dict[str, tuple[Heads, Heads]]]:
        """As somebody of that area sees them: their own, and what is below."""
        with self.toy.transaction(area) as session:
            done = progress(session, self.event, AreaScope(area))
            listed = totals(session, self.event, AreaScope(area))
        states = ("prepared", "open", "in_progress", "done", "withdrawn")
        below = {one.code: one for one in (*done.townships, *done.villages)} if area == COUNTY else {}
        houses = {
            code: {state: getattr(one, state) for state in states} for code, one in {area: done.total, **below}.items()
        }
        lower = {one.code: one for one in (*listed.townships, *listed.villages)} if area == COUNTY else {}
        moved = {code: (one.due, one.moved) for code, one in {area: listed.total, **lower}.items()}
        if area == COUNTY:
            for code in (WEST, EAST, *CODES):
                houses.setdefault(code, dict.fromkeys(states, 0))
                moved.setdefault(code, (Heads(), Heads()))
        return houses, moved

    def _some_village(self) -> str:
        return CODES[self.model.steps % len(CODES)]

    # Doing

    def _stored(self, act: Act) -> Any:
        try:
            with self.toy.transaction(act.area) as session:
                return act.stored(session)
        except GeoHousingError:
            return REFUSED

    def _raced(self, one: Act, other: Act) -> tuple[Any, Any]:
        """``one`` is done and not yet committed when ``other`` begins; what came of both."""
        try:
            with self.toy.transaction(one.area) as session:
                found = one.stored(session)
                with meanwhile(self.toy, lambda: self._stored(other)) as late:
                    pass
        except GeoHousingError:
            return REFUSED, self._stored(other)
        return found, late.end()

    def _orders(self, one: Act, other: Act) -> Iterator[tuple[str, NightModel, tuple[Any, Any]]]:
        model = copy.deepcopy(self.model)
        found = one.modelled(model), other.modelled(model)
        yield "first, second", model, found
        model = copy.deepcopy(self.model)
        late = other.modelled(model)
        yield "second, first", model, (one.modelled(model), late)
        if other.overtaken is not None:
            model = copy.deepcopy(self.model)
            before = _standing(model)
            first = one.modelled(model)
            changed = {code for code, row in _standing(model).items() if before.get(code) != row}
            yield "second overtaken", model, (first, other.overtaken(model, changed))

    def _bound(self, wanted: Wanted) -> Act:
        """What somebody means who looks at the event as it stands now."""
        bind: Callable[..., Act] = getattr(self, f"_{wanted[0]}")
        return bind(*wanted[1:])

    def _receive(self, kind: str, action: str, level: str, areas: tuple[str, ...]) -> Act:
        named = () if action == "lift" else areas
        stated = self._stated(kind, action, level, named, str(self.event))
        pasted = self._text()

        def stored(session: Session) -> Any:
            (done,) = receiving.receive(session, self.toy.actor(COUNTY), pasted, [stated])
            return done.opened, done.to_withdraw

        return Act(COUNTY, stored, lambda model: model.receive(kind, action, level, named))

    def _text(self) -> str:
        Night.pasted += 1
        return f"第 {Night.pasted} 条预警"

    @staticmethod
    def _stated(kind: str, action: str, level: str, areas: tuple[str, ...], target: str) -> Stated:
        return Stated(
            part=0, action=action, kind=kind, areas=tuple(map(StatedArea, areas)), level=level, issuer=ISSUERS[kind],
            target=target,
        )  # fmt: skip

    def _draw(self, names: frozenset[str], level: str) -> Act:
        def stored(session: Session) -> Any:
            loaded = revise(session, self.toy.actor(COUNTY), self.event, names, level)
            return loaded.opened, loaded.to_withdraw

        return Act(COUNTY, stored, lambda model: model.draw(names, level))

    def _respond(self, area: str) -> Act:
        def stored(session: Session) -> Any:
            done = respond(session, self.toy.actor(area), self.event)
            moves = done.evacuation
            return done.opened, done.kept, done.withdrawn, done.uncertain, moves.opened, moves.kept, moves.withdrawn

        return Act(area, stored, lambda model: model.respond(area))

    def _enter_ground(self, township: str) -> Act:
        def stored(session: Session) -> Any:
            return enter_grounds(session, self.toy.actor(township), self.event, [township]).started

        return Act(township, stored, lambda model: model.inspections.enter_ground(township))

    def _lead(self, phase: str) -> Act:
        def stored(session: Session) -> Any:
            return change_phase(session, self.toy.actor(COUNTY), self.event, phase, reason="演练").phase

        return Act(COUNTY, stored, lambda model: model.lead(phase))

    def _inspect(self, code: str, result: str, at: int | None) -> Act:
        said: dict[str, Any] = {"result": result, "visitor": "巡查员"}
        if at is not None:
            said["visited_at"] = self.start + timedelta(minutes=at)
        if result == "collapsed":
            said["rooms_collapsed"] = 1
        number = self._ids("emergency_inspection").get(code, 0)

        def stored(session: Session) -> Any:
            entry = inspections.InspectionEntry(Findings(**said), frozenset(said))
            return inspections.enter_result(session, self.toy.actor(COUNTY), number, entry).state

        return Act(COUNTY, stored, lambda model: model.inspect(code, said))

    def _return_list(self, number: int) -> Act:
        seen = {"visitor": "巡查员", "visited_at": self.start}
        sent = {code: {"result": result, **seen} for code, result in BOOKS[number].items()}

        def stored(session: Session) -> Any:
            event = session.get_one(HazardEvent, self.event)
            return returned.enter(session, self.toy.actor(COUNTY), event, self.books[number]).entered

        return Act(
            COUNTY,
            stored,
            lambda model: model.inspections.return_list(sent),
            lambda model, changed: model.inspections.return_list(sent, changed),
        )

    def _move(self, place: int, state: str) -> Act:
        rows = self.model.moves.rows
        away = [key for key, row in rows.items() if row.state in MOVED] if state == "returned" else []
        listed = sorted(away or rows)
        key = listed[place % len(listed)] if listed else ""
        number = self._ids("evacuation").get(key, 0)

        def stored(session: Session) -> Any:
            entry = evacuation.MoveEntry(Moved(state=state), frozenset({"state"}))
            actor = self.toy.actor(COUNTY)
            hindrance = hindrance_of(session, actor, session.get_one(HazardEvent, self.event))
            evacuation.enter(session, actor, self.event, number, entry, hindrance=hindrance)
            return state

        return Act(COUNTY, stored, lambda model: model.move(key, state))

    def _tell(self, area: str, households: int, people: int | None) -> Act:
        def stored(session: Session) -> Any:
            figure = additions.ToldFigure(area, households, people, sure=True)
            return additions.tell_figure(session, self.toy.actor(COUNTY), self.event, figure).households

        return Act(COUNTY, stored, lambda model: model.tell(area, households, people))

    def _add_extra(self, family: int | None, village: str) -> Act:
        self.extras += 1
        head, house = f"表外{self.extras}", None
        if family is not None:
            head = sorted(self.model.moves.families)[family]
            house = self.model.moves.families[head]
            village = self.model.moves.houses[house].scope_code

        def stored(session: Session) -> Any:
            extra = additions.ExtraHousehold(village, head, "东墙倒塌")
            return additions.add_extra(session, self.toy.actor(village), self.event, extra).state

        return Act(village, stored, lambda model: model.add_extra(head, village, house))

    def _name(self, family: int | None, village: str) -> Act:
        self.extras += 1
        head, house = f"报数{self.extras}", None
        if family is not None:
            head = sorted(self.model.moves.families)[family]
            house = self.model.moves.families[head]
            village = self.model.moves.houses[house].scope_code

        def stored(session: Session) -> Any:
            told = naming.NamedHousehold(village, head, "moved_to_kin")
            return naming.name_told(session, self.toy.actor(COUNTY), self.event, told)[0].state

        return Act(COUNTY, stored, lambda model: model.name(head, village, house))

    def _call(self, township: str, act: str) -> Act:
        with self.toy.transaction(COUNTY) as session:
            last = last_call(session, self.event, township)
        seen = len(self.model.calls[township])
        act = act if last is not None else "start"

        def stored(session: Session) -> Any:
            actor = self.toy.actor(COUNTY)
            if act == "start":
                press = Press(seen=last.id if last else 0)
                return calls.start_call(session, actor, self.event, township, Person("某镇长"), press).state
            assert last is not None
            done = calls.answered if act == "answered" else calls.not_answered
            return done(session, actor, last.id, Press()).state

        return Act(COUNTY, stored, lambda model: model.call(township, act, seen))

    # Reading

    def _ids(self, table: str) -> dict[str, int]:
        with self.toy.transaction(COUNTY) as session:
            rows = session.execute(text(_KEYED[table]), {"event": self.event}).all()
        return {row.key: row.id for row in rows}

    def _rows(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, list[str]]]:
        """Inspections by house, households by head, calls by township, as they stand in the database."""
        with self.toy.transaction(COUNTY) as session:
            given = {"event": self.event}
            tasks = session.execute(text(_KEYED["emergency_inspection"]), given).all()
            moves = session.execute(text(_KEYED["evacuation"]), given).all()
            called = session.execute(text(_CALLS), given).all()
        assert len({row.key for row in moves}) == len(moves), "a family stands twice"
        made: dict[str, list[str]] = {WEST: [], EAST: []}
        for row in called:
            made[row.scope_code].append(row.state)
        return (
            {
                row.key: (row.state, row.result, row.visited_at, row.priority, row.uncertain, tuple(row.reasons))
                for row in tasks
            },
            {row.key: (row.state, row.begun_at is not None, row.people, row.scope_code) for row in moves},
            made,
        )

    @staticmethod
    def _rows_of(model: NightModel) -> tuple[dict[str, Any], dict[str, Any], dict[str, list[str]]]:
        return (
            _standing(model),
            {key: (row.state, row.is_begun, row.people, row.scope_code) for key, row in model.moves.rows.items()},
            model.calls,
        )


_KEYED = {
    "emergency_inspection": "SELECT i.*, h.code AS key FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
    " WHERE i.event_id = :event",
    "evacuation": "SELECT e.*, coalesce(k.head, e.named, h.code) AS key FROM evacuation e"
    " LEFT JOIN household k ON k.id = e.household_id LEFT JOIN house h ON h.id = e.house_id"
    " WHERE e.event_id = :event AND e.withdrawn_at IS NULL",
}
_WARNED = text("SELECT scope_code, at FROM event_ground WHERE event_id = :event AND phase = 'warning'")
_CALLS = "SELECT scope_code, state FROM call WHERE event_id = :event AND NOT is_void ORDER BY id"


def _standing(model: NightModel) -> dict[str, Any]:
    said = model.inspections.said
    return {
        code: (
            task.state,
            said.get(code, {}).get("result"),
            said.get(code, {}).get("visited_at"),
            task.priority,
            task.is_uncertain,
            task.reasons,
        )
        for code, task in model.inspections.tasks.items()
    }


def _added(parts: list[dict[str, int]]) -> dict[str, int]:
    return {state: sum(part[state] for part in parts) for state in parts[0]}


def _joined(parts: list[tuple[Heads, Heads]]) -> tuple[Heads, Heads]:
    due, moved = Heads(), Heads()
    for part in parts:
        due, moved = due.plus(part[0]), moved.plus(part[1])
    return due, moved


def written(tmp_path_factory: pytest.TempPathFactory, at: datetime) -> list[Path]:
    """Filled lists as they come back: the columns that a person fills in."""
    paths = []
    for number, rows in enumerate(BOOKS):
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["房屋编号", "排查结果", "排查人", "排查时间"])
        for code, result in rows.items():
            sheet.append([code, result, "巡查员", at.strftime("%Y-%m-%d %H:%M")])
        paths.append(tmp_path_factory.mktemp("books") / f"名单{number}.xlsx")
        book.save(paths[-1])
    return paths


@pytest.fixture
def night(
    toy: ToyDatabase, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[type[Night]]:
    # Each workbook is really read, in a process of its own, but once: it comes back dozens of times.
    monkeypatch.setattr(returned, "read_list", cache(read_list))
    start = clock.now().replace(second=0, microsecond=0) - BEFORE
    Night.toy, Night.start, Night.books = toy, start, written(tmp_path_factory, start)
    yield Night
    del Night.toy, Night.start, Night.books


def test_any_order_of_steps_by_one_or_two_at_once(night: type[Night]) -> None:
    run_in_any_order(night, 15, steps=14)
