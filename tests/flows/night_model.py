"""A plain model of the whole night over the toy county: warnings, zones, phases, inspections, those to be moved, calls.

Warnings and zones decide house by house whom the event concerns and at which level; inspections and the list of those to be
moved are the models of their own tests over that ground. Who asks for what cannot be is ``REFUSED``.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from geo_housing import clock
from geo_housing.policy.defaults import SETTINGS
from tests.evacuation.model import MOVED, POLICY, Household, ListModel
from tests.evacuation.model import begin as begin_list
from tests.response.machine_model import EAST, TOLD_ONLY, WEST, Model, ToyHouse, toy_houses
from tests.toy_county import COUNTY, VILLAGES
from tests.toy_county.county import NO_OUTLINE

REFUSED = "refused"
# Houses of these grades need a technician before anybody goes home.
RISKS = tuple(SETTINGS["conclusion.required_risks"].default)
LEVELS = ("red", "orange", "yellow", "blue")
# From which phase into which (words.md); a closed event is opened again as 灾后排查.
NEXT = {
    "warning": {"ongoing", "aftermath", "closed", "mistaken"},
    "ongoing": {"warning", "aftermath", "closed", "mistaken"},
    "aftermath": {"closed", "mistaken"},
    "closed": {"aftermath"},
    "mistaken": set(),
}
NOT_HOME = ("moved_to_shelter", "moved_to_kin", "away")
ENDED = ("closed", "mistaken")
BEGUN = ("in_progress", "done")
COMPLETE = {"result", "visitor", "visited_at"}
CODES = sorted([*(code for code, _, _ in VILLAGES.values()), NO_OUTLINE])
BELOW = {COUNTY: [WEST, EAST], **{one: [code for code in CODES if code.startswith(one)] for one in (WEST, EAST)}}
Said = dict[str, Any]


@dataclass(frozen=True)
class Zone:
    """One zone: a village's square that was drawn (``where`` is its name), or a division of a warning (its code)."""

    where: str
    level: str
    warning: int | None = None

    @property
    def is_drawn(self) -> bool:
        """Whether it is a shape; else every house of the division is meant."""
        return self.where in VILLAGES

    def has_point_of(self, house: ToyHouse) -> bool:
        """Whether its point lies inside."""
        if house.stands is None:
            return False
        return house.stands == self.where if self.is_drawn else VILLAGES[house.stands][0].startswith(self.where)

    def holds(self, house: ToyHouse) -> bool:
        """Whether it stands inside, or belongs to the division that is meant."""
        return self.has_point_of(house) or (not self.is_drawn and house.scope_code.startswith(self.where))

    def touches(self, village: str) -> bool:
        """Whether a house without a sure point is looked for when it is declared there."""
        if not self.is_drawn:
            return village.startswith(self.where)
        if village == NO_OUTLINE:
            # Without outline: the township around it decides.
            return VILLAGES[self.where][0].startswith(WEST)
        return VILLAGES[self.where][0] == village


@dataclass
class Ground:
    """The event's present zones."""

    zones: tuple[Zone, ...] = ()

    def concerned(self, house: ToyHouse) -> tuple[bool, str] | None:
        """None: not at all; else whether it is uncertain, and the highest level that it stands under."""
        doubtful = [] if house.is_settled else [zone for zone in self.zones if zone.touches(house.declared)]
        inside = [zone for zone in self.zones if zone.holds(house) and (zone.has_point_of(house) or not doubtful)]
        found = inside or doubtful
        if not found:
            return None
        return not inside, min((zone.level for zone in found), key=LEVELS.index)

    def level(self) -> str:
        """Of the event."""
        return min((zone.level for zone in self.zones), key=LEVELS.index, default="ungraded")

    def calls(self, township: str) -> bool:
        """Whether the township is to be called: touched, or a house is looked for in a touched village that counts here."""
        declared = [house.declared for house in toy_houses() if house.scope_code.startswith(township)]
        own = [code for code in CODES if code.startswith(township)]
        is_known_only = self.level() in TOLD_ONLY
        acts = [zone for zone in self.zones if is_known_only or zone.level not in TOLD_ONLY]
        return any(zone.touches(code) for zone in acts for code in (*own, *declared))


class Inspections(Model):
    """The inspections over that ground; ``said`` is what was entered, by house."""

    def __init__(self, ground: Ground) -> None:
        """Nothing is opened yet."""
        super().__init__(frozenset(), "ungraded", toy_houses())
        self.ground = ground
        self.said: dict[str, Said] = {}
        self.moves: ListModel | None = None

    def is_spared(self, code: str) -> bool:
        """Whether somebody was fetched from it: they go home once it was looked at."""
        rows = self.moves.rows.values() if self.moves is not None else ()
        return any(row.house == code and row.is_begun and (row.state in MOVED or row.is_extra) for row in rows)

    def concerns(self, house: ToyHouse) -> bool | None:
        """By the zones, drawn and chosen."""
        found = self.ground.concerned(house)
        return None if found is None else found[0]

    def level_of(self, house: ToyHouse) -> str:
        """Of the zones that hold it."""
        found = self.ground.concerned(house)
        assert found is not None, "asked of houses concerned"
        return found[1]

    def event_level(self) -> str:
        """The highest of its zones."""
        return self.ground.level()

    def grounds(self) -> set[str]:
        """Townships that the zones touch, and those with tasks."""
        touched = {VILLAGES[zone.where][0] if zone.is_drawn else zone.where for zone in self.ground.zones}
        scopes = {house.code: house.scope_code for house in self.houses}
        working = {scopes[code] for code, task in self.tasks.items() if task.state != "withdrawn"}
        return {code[:9] for code in (*touched, *working)}

    def enter_ground(self, township: str) -> Any:
        """A township enters 灾后排查 for itself; how many tasks got their due time."""
        if self.phase in ENDED or township not in self.grounds():
            return REFUSED
        return self.enter(township, clock.now())

    def say(self, code: str, said: Said) -> str:
        """Somebody says what they saw."""
        task = self.tasks.get(code)
        if task is None or task.state == "withdrawn":
            return REFUSED
        if self.phase == "closed" and task.state != "done":
            # What was finished is put right; nothing begins or ends any more.
            return REFUSED
        present = self.said.setdefault(code, {})
        noted = task.state == "in_progress" and set(present) >= COMPLETE
        again = not noted or present["visited_at"] != said.get("visited_at", present["visited_at"])
        present.update(said)
        # What was seen while the disaster went on is noted; the inspection ends with a visit after it.
        ends = present["result"] == "collapsed" or (self.runs(code) and again)
        task.state = "done" if set(present) >= COMPLETE and ends else "in_progress"
        return task.state

    def is_damaged(self, code: str) -> bool:
        """Whether it has fallen."""
        return bool(self.said[code]["result"] == "collapsed")

    def return_list(self, rows: dict[str, Said], stale: Collection[str] = ()) -> int:
        """A filled workbook: rows that add to what stands are entered, what contradicts it waits for a person."""
        entered = 0
        for code, sent in rows.items():
            task, present = self.tasks.get(code), self.said.get(code, {})
            differs = [name for name, value in sent.items() if present.get(name) != value]
            if task is None or task.state == "withdrawn" or not differs or code in stale:
                continue
            if all(name not in present for name in differs) and self.say(code, sent) != REFUSED:
                entered += 1
        return entered


class Moves(ListModel):
    """The list of those to be moved over that ground; who stands where inspections run already joins no more."""

    ground: Ground
    inspections: Inspections

    def is_over(self, house: ToyHouse) -> bool:
        """Where the township has entered 灾后排查 before the event."""
        return house.scope_code[:9] in self.inspections.entered

    def is_unsafe(self, house: str | None) -> bool:
        """Whether it was seen to have fallen."""
        task = self.inspections.tasks.get(house or "")
        has_fallen = self.inspections.said.get(house or "", {}).get("result") == "collapsed"
        return task is not None and task.state != "withdrawn" and has_fallen

    def joins(self, row: Household) -> bool:
        """Where the township has not entered 灾后排查."""
        return row.scope_code[:9] not in self.inspections.entered

    def concerns(self, house: ToyHouse) -> bool | None:
        """By the zones, drawn and chosen."""
        found = self.ground.concerned(house)
        return None if found is None else found[0]

    def level_of(self, house: ToyHouse) -> str:
        """Of the zones that hold it."""
        found = self.ground.concerned(house)
        assert found is not None, "asked of houses concerned"
        return found[1]


@dataclass
class NightModel:
    """The event as it should stand. ``warnings`` by number: kind, level, and whether it is in force; ``steps`` were entered."""

    ground: Ground = field(default_factory=Ground)
    warnings: list[list[Any]] = field(default_factory=list)
    # Of a mistake: how many calls of each township were made before.
    settled: dict[str, int] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=lambda: {WEST: [], EAST: []})
    warned_again: set[str] = field(default_factory=set)
    steps: int = 0

    def __post_init__(self) -> None:
        """Both lists stand on one ground."""
        self.inspections = Inspections(self.ground)
        self.moves = Moves(**vars(begin_list(frozenset(), "ungraded")))
        self.moves.ground, self.moves.inspections = self.ground, self.inspections
        self.inspections.moves = self.moves

    @property
    def phase(self) -> str:
        """Of the event."""
        return self.inspections.phase

    def receive(self, kind: str, action: str, level: str, areas: tuple[str, ...]) -> Any:
        """A further warning; what the one that it replaces said of the places it names goes, nothing else does."""
        if self.phase in ENDED:
            return REFUSED
        theirs = {
            number
            for number, (other, present, in_force) in enumerate(self.warnings)
            # 解除橙色 ends no red.
            if action != "issue" and in_force and other == kind and (action != "lift" or present == level)
        }
        for number in theirs:
            self.warnings[number][2] = False
        self.warnings.append([kind, level, action != "lift"])
        if action == "lift":
            return 0, 0
        # What moves nobody takes nobody back.
        if action != "downgrade" and level in POLICY.levels:
            is_over = self.phase == "aftermath"
            standing = self.inspections.grounds() if is_over else self.inspections.entered
            again = {one for one in standing if any(code.startswith(one) for code in areas)}
            if again and is_over:
                # The event is warned again with them; where nothing is, its grounds stay where they were.
                self.inspections.phase = self.moves.phase = "warning"
                self.inspections.entered = self.inspections.entered | standing
            self.inspections.entered = self.inspections.entered - again
            self.warned_again |= again
            for area in self.moves.figures:
                # What was told of a ground before it was warned again says nothing of now.
                if any(area.startswith(one) or one.startswith(area) for one in again):
                    self.moves.figures[area] = None
            self._fetch(row for row in self.moves.rows.values() if row.scope_code[:9] in again)
        own = len(self.warnings) - 1
        kept = [
            zone
            for zone in self.ground.zones
            if zone.is_drawn or zone.warning not in theirs or not zone.where.startswith(areas)
        ]
        return self._stand((*kept, *(Zone(code, level, own) for code in areas)), by_warning=True)

    def draw(self, names: frozenset[str], level: str) -> Any:
        """The zone drawn anew, larger or smaller."""
        if self.phase in ENDED:
            return REFUSED
        return self._stand(tuple(Zone(name, level) for name in sorted(names)))

    def _stand(self, zones: tuple[Zone, ...], *, by_warning: bool = False) -> tuple[int, int]:
        self.ground.zones = zones
        self.moves.revise(frozenset(), "")
        return self.inspections.revise(frozenset(), "", clock.now(), by_warning=by_warning)

    def respond(self, area: str) -> Any:
        """Tasks given, or what left the zones confirmed."""
        if self.phase in ENDED:
            return REFUSED
        return (*self.inspections.respond(area, clock.now()), *self.moves.respond(area))

    def lead(self, phase: str) -> str:
        """Into another phase."""
        if phase == self.phase:
            return phase
        if phase not in NEXT[self.phase]:
            return REFUSED
        if phase == "mistaken":
            self.settled = {township: len(calls) for township, calls in self.calls.items()}
            self.inspections.withdraw_all(clock.now())
            self.moves.withdraw_all()
        elif phase == "aftermath":
            self.inspections.start_aftermath(clock.now())
        self.inspections.phase = self.moves.phase = phase
        return phase

    def inspect(self, code: str, said: Said) -> str:
        """Somebody says what they saw; who has returned to a ruin is fetched once more, who lived in one and was on no list joins it."""
        before = self.inspections.said.get(code, {}).get("result")
        task = self.inspections.tasks.get(code)
        was_done = task is not None and task.state == "done"
        state = self.inspections.say(code, said)
        if state != REFUSED and said["result"] == "collapsed" and (before != "collapsed" or not was_done):
            self._fetch(row for row in self.moves.rows.values() if row.house == code)
        if state != REFUSED and said["result"] == "collapsed" and self.phase != "closed":
            house = self.moves.houses[code]
            for head in sorted(head for head, home in self.moves.families.items() if home == code):
                if head not in self.moves.rows:
                    self.moves.add_extra(head, house.scope_code, code, self.moves.sizes.get(head) or None)
        return state

    def move(self, key: str, state: str) -> str:
        """A household is said to be so."""
        if key not in self.moves.rows:
            return REFUSED
        row = self.moves.rows[key]
        if state == row.state:
            return state
        is_in_danger = row.is_extra or self.moves.is_unsafe(row.house)
        is_told = state in NOT_HOME and row.state not in MOVED and self.moves.may_name(row.scope_code, COUNTY, BELOW)
        if self.phase == "mistaken" and state not in ("returned", "pending") and not (is_in_danger or is_told):
            return REFUSED
        # Nobody is newly moved; whoever was home and must leave again is.
        is_new = state in MOVED and row.state not in MOVED and not row.was_called_back
        if self.phase == "closed" and (not row.is_begun or is_new):
            return REFUSED
        if state == "returned" and not (row.state in MOVED and self._may_return(row)):
            return REFUSED
        self.steps += 1
        self.moves.enter(key, state)
        return state

    def _may_return(self, row: Household) -> bool:
        """With no reason given: it is over there, and the house was looked at since and found sound."""
        house = self.moves.houses.get(row.house or "")
        task = self.inspections.tasks.get(row.house or "")
        is_seen = task is not None and task.state == "done"
        result = self.inspections.said[row.house or ""]["result"] if is_seen else None
        if self.phase == "mistaken":
            return result != "collapsed"
        if not (self.phase in ("aftermath", "closed") or row.scope_code[:9] in self.inspections.entered):
            return False
        if house is None or house.scope_code[:9] in self.warned_again:
            # Who looked had been there before (the day is always the same).
            return False
        return result == "no_visible_hazard" and house.risk not in RISKS

    def _fetch(self, rows: Iterable[Household]) -> None:
        for row in rows:
            if row.state == "returned":
                self.moves.turn += 1
                row.state, row.before, row.was_called_back, row.left_at = "pending", None, True, self.moves.turn

    def tell(self, area: str, households: int, people: int | None) -> Any:
        """电话报数."""
        if self.phase in ENDED:
            return REFUSED
        self.moves.tell(area, households, people)
        return households

    def add_extra(self, key: str, area: str, house: str | None) -> str:
        """表外新增."""
        if self.phase in ENDED or key in self.moves.rows:
            return REFUSED
        self.moves.add_extra(key, area, house, self.moves.sizes.get(key))
        return "pending"

    def name(self, key: str, area: str, house: str | None) -> str:
        """After 误发撤销 one of those told by telephone is named."""
        row = self.moves.rows.get(key)
        people = row.people if row else self.moves.sizes.get(key)
        is_moved = row is not None and row.state in MOVED
        if self.phase != "mistaken" or is_moved or people == 0 or not self.moves.may_name(area, COUNTY, BELOW):
            return REFUSED
        self.steps += 1
        self.moves.name(key, area, house, "moved_to_kin")
        return "moved_to_kin"

    def call(self, township: str, act: str, seen: int) -> str:
        """A press on the 叫应 board; ``seen`` is how many calls its presser saw there, and pressed upon the last."""
        calls = self.calls[township]
        settled = self.settled.get(township, 0)
        if self.phase == "closed":
            return REFUSED
        if act == "start":
            if not calls and not self.ground.calls(township):
                return REFUSED
            # Of a mistake the calls of before are settled: who was still rung is let go, and told in a call of its own.
            if len(calls) > settled and (len(calls) != seen or calls[-1] == "calling"):
                return REFUSED
            if calls and calls[-1] == "calling":
                calls[-1] = "handed_on"
            calls.append("calling")
            return "calling"
        if seen <= settled or (act == "handed_on" and calls[seen - 1] == "answered"):
            return REFUSED
        calls[seen - 1] = act
        return act

    def to_call(self) -> tuple[int, int]:
        """How many townships at least, and at most, nobody has reached.

        What is warned once more is called anew, what is lifted or replaced need not be: whether it is, the board's own tests tell.
        """
        if self.phase == "mistaken":
            return 0, 0
        zones = self.ground.zones
        inside = [one for one in self.calls if any(zone.touches(code) for zone in zones for code in BELOW[one])]
        never = [one for one in inside if self.ground.calls(one) and "answered" not in self.calls[one]]
        are_in_force = all(in_force for _, _, in_force in self.warnings)
        most = [one for one, calls in self.calls.items() if calls or self.ground.calls(one)]
        return len(never) if are_in_force else 0, len(most)

    def inspected(self, prefix: str) -> dict[str, int]:
        """栋 of an area by state."""
        found = dict.fromkeys(("prepared", "open", "in_progress", "done", "withdrawn"), 0)
        scopes = {house.code: house.scope_code for house in self.inspections.houses}
        for code, task in self.inspections.tasks.items():
            found[task.state] += scopes[code].startswith(prefix)
        return found
