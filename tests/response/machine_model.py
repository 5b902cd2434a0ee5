"""A plain model of D14 over the toy county: what respond, revision, entry and phase must do, house by house."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from geo_housing import clock
from geo_housing.hazards.facts import HouseFacts
from geo_housing.inspections.priority import KEPT, decide
from tests.toy_county import EAST, VILLAGES, WEST
from tests.toy_county.county import NO_OUTLINE

CHECKED_ON = date(2026, 11, 1)
STALE_DAYS = 180
# The west has settings of its own.
TOLD_ONLY = ("blue",)
HOURS = {WEST: (6, 12, 18), EAST: (24, 48, 72)}


@dataclass(frozen=True)
class ToyHouse:
    """One house: ``stands`` is the village square that holds its point, None without a point."""

    code: str
    scope_code: str
    stands: str | None
    declared: str
    risk: str
    is_settled: bool = True

    def affected_by(self, zone: frozenset[str]) -> bool | None:
        """None: not at all; else whether it is uncertain."""
        if self.stands in zone:
            return False
        if self.is_settled:
            return None
        if self.declared == NO_OUTLINE:
            # Without outline: the township around it decides.
            return True if any(VILLAGES[name][0].startswith(WEST) for name in zone) else None
        return True if any(VILLAGES[name][0] == self.declared for name in zone) else None

    def priority(self, level: str) -> int:
        """By the pure rules, from what the toy ledger says."""
        return decide(self.facts(level)).priority

    def reasons(self, level: str) -> tuple[str, ...]:
        """Why, by the same rules."""
        return decide(self.facts(level)).reasons

    def facts(self, level: str) -> HouseFacts:
        """What the rules ask of it."""
        is_stale = clock.today() - timedelta(days=STALE_DAYS) > CHECKED_ON
        return HouseFacts(
            risk=self.risk,
            level=level,
            is_lived_in=self.risk != "B" or is_stale,
            is_earth_built=self.risk in ("C", "D"),
            has_key_group=self.risk == "D",
            has_trait=self.risk == "D" or self.code == "无-1",
            in_standing_area=False,
        )


def toy_houses() -> tuple[ToyHouse, ...]:
    """The 43 houses."""
    found = [
        ToyHouse(f"{name}-{grade or '0'}", code, name, code, grade or "none")
        for name, (code, _, _) in VILLAGES.items()
        for grade in ("A", "B", "C", "D", "")
    ]
    west_one = VILLAGES["西一"][0]
    found.append(ToyHouse("疑-1", west_one, "西一", west_one, "suspected"))
    found.append(ToyHouse("无-1", NO_OUTLINE, None, NO_OUTLINE, "none", is_settled=False))
    found.append(ToyHouse("争-1", VILLAGES["东一"][0], "东一", west_one, "C", is_settled=False))
    return tuple(found)


@dataclass
class Task:
    """One inspection of the model."""

    state: str
    priority: int
    is_uncertain: bool
    due: datetime | None = None
    reasons: tuple[str, ...] = ()
    visited: datetime | None = None

    def sooner(self, due: datetime | None) -> None:
        """A due time never moves later."""
        if due is not None and (self.due is None or due < self.due):
            self.due = due


@dataclass
class Model:
    """The event as it should stand."""

    zone: frozenset[str]
    level: str
    houses: tuple[ToyHouse, ...]
    phase: str = "warning"
    areas: set[str] = field(default_factory=set)
    entered: set[str] = field(default_factory=set)
    back: set[str] = field(default_factory=set)
    tasks: dict[str, Task] = field(default_factory=dict)

    def concerns(self, house: ToyHouse) -> bool | None:
        """None: not at all; else whether it is uncertain."""
        return house.affected_by(self.zone)

    def level_of(self, house: ToyHouse) -> str:
        """Under which warning it stands."""
        del house
        return self.level

    def respond(self, area: str, at: datetime) -> tuple[int, int, int, int]:
        """(opened, kept, withdrawn, uncertain)."""
        given = any(area.startswith(one) for one in self.areas)
        self.areas.add(area)
        told_only = given or self.event_level() not in TOLD_ONLY
        opened, kept, uncertain = self._open((area,), at, told_only=told_only)
        left = self._left((area,))
        for code in left:
            self.tasks[code].state = "withdrawn"
        return opened, kept, len(left), uncertain

    def event_level(self) -> str:
        """Of the event."""
        return self.level

    def revise(self, zone: frozenset[str], level: str, at: datetime, *, by_warning: bool = False) -> tuple[int, int]:
        """(opened at once, to withdraw)."""
        self.zone, self.level = zone, level
        if not self.areas:
            return 0, 0
        told_only = by_warning or self.event_level() not in TOLD_ONLY
        opened, _, _ = self._open(tuple(self.areas), at, told_only=told_only)
        return opened, len(self._left(tuple(self.areas)))

    def grounds(self) -> set[str]:
        """Townships that the zone touches, and those with tasks."""
        touched = {VILLAGES[name][0][:9] for name in self.zone}
        return touched | {self._ground(code) for code, task in self.tasks.items() if task.state != "withdrawn"}

    def enter(self, ground: str, at: datetime) -> int:
        """A township enters for itself; how many tasks got their due time."""
        if ground in self.entered or self.phase == "aftermath":
            return 0
        self.look_again({ground})
        self.entered.add(ground)
        self.run_anew({ground}, at)
        return self._start([ground], at)

    def warn(self, named: Iterable[str]) -> None:
        """A warning takes back the grounds that it names, and the event where it has entered with them; no task changes."""
        codes = tuple(named)
        standing = self.entered if self.phase == "warning" else self.grounds()
        again = {one for one in standing if any(one.startswith(c) or c.startswith(one) for c in codes)}
        if again and self.phase == "aftermath":
            self.phase, self.entered = "warning", self.entered | standing
        self.back |= again
        if self.phase == "warning":
            self.entered = self.entered - again

    def runs(self, house_code: str) -> bool:
        """Whether inspections have begun where a house lies."""
        return self.phase not in ("warning", "ongoing") or self._ground(house_code) in self.entered

    def see(self, code: str, at: datetime | None) -> None:
        """Nothing is damaged; ``at`` None: no time is said. Before 灾后排查 it is noted, and the inspection ends with another visit."""
        task = self.tasks[code]
        noted = task.state == "in_progress" and task.visited is not None
        anew = not noted or (at is not None and at != task.visited)
        task.visited = at or task.visited
        task.state = "done" if task.visited is not None and self.runs(code) and anew else "in_progress"

    def look_again(self, grounds: Collection[str]) -> None:
        """What was harmless there before is looked at once more."""
        for code, task in self.tasks.items():
            if task.state == "done" and self._ground(code) in grounds and not self.is_damaged(code):
                task.state = "in_progress"

    def run_anew(self, grounds: Collection[str], at: datetime) -> None:
        """Where it was warned again, what is not done has its whole time once more."""
        for code, task in self.tasks.items():
            ground = self._ground(code)
            if ground in grounds and ground in self.back and task.state in ("open", "in_progress") and task.due:
                task.due = self._due(ground, task.priority, at)
        self.back -= set(grounds)

    def is_damaged(self, code: str) -> bool:
        """Whether damage was seen; here it never is."""
        del code
        return False

    def start_aftermath(self, at: datetime) -> None:
        if self.phase in ("warning", "ongoing"):
            self.look_again({WEST, EAST} - self.entered)
            self.run_anew({WEST, EAST} - self.entered, at)
        self.phase = "aftermath"
        self._start([WEST, EAST], at)

    def _start(self, grounds: list[str], at: datetime) -> int:
        started = 0
        for code, task in self.tasks.items():
            waits = task.state == "prepared" or (task.state in ("open", "in_progress") and task.due is None)
            if not waits or self._ground(code) not in grounds:
                continue
            task.state = "open" if task.state == "prepared" else task.state
            task.sooner(self._due(self._ground(code), task.priority, at))
            started += 1
        return started

    def _ground(self, house_code: str) -> str:
        return next(house.scope_code[:9] for house in self.houses if house.code == house_code)

    def _due(self, ground: str, priority: int, at: datetime) -> datetime:
        return at + timedelta(hours=HOURS[ground][priority - 1])

    def withdraw_all(self, at: datetime) -> None:
        """误发撤销: what is not begun; the rest is finished, with a due time of its own."""
        self.phase = "mistaken"
        for task in self.tasks.values():
            if task.state in ("prepared", "open"):
                task.state = "withdrawn"
        self._start([WEST, EAST], at)

    def _open(self, areas: tuple[str, ...], at: datetime, *, told_only: bool) -> tuple[int, int, int]:
        """``told_only``: what one is only to know of gives no task."""
        opened = kept = uncertain = 0
        for house in self.houses:
            is_uncertain = self.concerns(house)
            if is_uncertain is None or not house.scope_code.startswith(areas):
                continue
            uncertain += is_uncertain
            ground, priority = house.scope_code[:9], house.priority(self.level_of(house))
            runs = self.phase == "aftermath" or ground in self.entered
            due = self._due(ground, priority, at) if runs else None
            fresh = Task(
                "open" if runs else "prepared", priority, is_uncertain, due, house.reasons(self.level_of(house))
            )
            task = self.tasks.get(house.code)
            if task is None or task.state == "withdrawn":
                if told_only and self.level_of(house) in TOLD_ONLY:
                    continue
                fresh.sooner(task.due if task else None)
                self.tasks[house.code] = fresh
                opened += 1
                continue
            kept += 1
            if task.state in ("prepared", "open"):
                if fresh.priority < task.priority:
                    task.sooner(fresh.due)
                task.reasons = fresh.reasons if fresh.priority <= task.priority else (*fresh.reasons, KEPT)
                task.priority = min(task.priority, fresh.priority)
                task.is_uncertain = is_uncertain
        return opened, kept, uncertain

    def _left(self, areas: tuple[str, ...]) -> list[str]:
        by_code = {house.code: house for house in self.houses}
        return [
            code
            for code, task in self.tasks.items()
            if task.state in ("prepared", "open")
            and by_code[code].scope_code.startswith(areas)
            and self.concerns(by_code[code]) is None
            and not self.is_spared(code)
        ]

    def is_spared(self, code: str) -> bool:
        """Whether somebody has worked on the house though nothing is said of the inspection; here nobody has."""
        del code
        return False


__all__ = ["EAST", "WEST", "Model", "Task", "ToyHouse", "toy_houses"]
