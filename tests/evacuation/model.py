"""A plain model of the list over the toy county: who is on it, how each stands, what was told; household by household."""

from collections.abc import Collection
from dataclasses import dataclass, field

from geo_housing.evacuation.rule import SETTING_OF, policy_of, reasons_to_move
from geo_housing.houses.heads import Heads
from geo_housing.policy.defaults import SETTINGS
from tests.response.machine_model import ToyHouse, toy_houses
from tests.toy_county.county import house_rows

POLICY = policy_of({key: SETTINGS[key].default for key in SETTING_OF})
MOVED = {"moved_to_shelter", "moved_to_kin", "away", "returned"}
KIND = "rainstorm"


@dataclass
class Household:
    """One row: a family (by its head) or a house without one; ``people`` None: nobody counted them."""

    scope_code: str
    house: str | None
    people: int | None
    state: str = "pending"
    is_begun: bool = False
    is_extra: bool = False
    before: tuple[str, bool, int | None, int] | None = None
    was_called_back: bool = False
    # At which turn somebody said last that they are moved no longer.
    left_at: int = 0


@dataclass
class ListModel:
    """The list as it should stand; ``families`` says who lives where (head → house), ``sizes`` how many they are."""

    zone: frozenset[str]
    level: str
    houses: dict[str, ToyHouse]
    families: dict[str, str]
    sizes: dict[str, int | None]
    phase: str = "warning"
    areas: set[str] = field(default_factory=set)
    rows: dict[str, Household] = field(default_factory=dict)
    # 户, 人 and the turn at which it was told.
    figures: dict[str, tuple[int, int | None, int] | None] = field(default_factory=dict)
    turn: int = 0

    def concerns(self, house: ToyHouse) -> bool | None:
        """None: not at all; else whether it is uncertain."""
        return house.affected_by(self.zone)

    def level_of(self, house: ToyHouse) -> str:
        """Under which warning it stands."""
        del house
        return self.level

    def is_over(self, house: ToyHouse) -> bool:
        """Whether it is over where the house stands: nobody new is listed there."""
        del house
        return False

    def respond(self, area: str) -> tuple[int, int, int]:
        """(opened, kept, withdrawn)."""
        self.areas.add(area)
        opened, kept = self._join((area,))
        left = [
            key
            for key, row in self.rows.items()
            if not row.is_extra and row.scope_code.startswith(area) and self._has_left(key)
        ]
        for key in left:
            del self.rows[key]
        # Where nobody joins any more, who stands there is kept.
        runs = self.phase in ("warning", "ongoing")
        kept += sum(row.scope_code.startswith(area) and not (runs and self.joins(row)) for row in self.rows.values())
        return opened, kept, len(left)

    def joins(self, row: Household) -> bool:
        """Whether its ground may still list somebody."""
        del row
        return True

    def revise(self, zone: frozenset[str], level: str) -> None:
        """Whoever is added joins at once, nobody leaves."""
        self.zone, self.level = zone, level
        if self.areas:
            self._join(tuple(self.areas))

    def is_nobody(self, key: str, state: str, people: int | None = None) -> bool:
        """Whether it would be said of 0 people what is said of somebody alone; ``people`` None: as many as there were."""
        row = self.rows[key]
        counted = row.people if people is None else people
        return counted == 0 and state != "away" and (row.state, row.people) != (state, counted)

    def enter(self, key: str, state: str, people: int | None = None) -> None:
        """One household is said to be so; what was said already changes nothing."""
        row = self.rows[key]
        counted = row.people if people is None else people
        if (row.state, row.people) == (state, counted):
            return
        row.before = (row.state, row.is_begun, row.people, row.left_at)
        if row.state in MOVED and state not in MOVED:
            self.turn += 1
            row.left_at = self.turn
        row.state, row.is_begun, row.people = state, True, counted

    def tell(self, area: str, households: int, people: int | None) -> None:
        """电话报数."""
        self.turn += 1
        self.figures[area] = (households, people, self.turn)

    def add_extra(self, key: str, area: str, house: str | None, people: int | None) -> None:
        """表外新增."""
        self.rows[key] = Household(area, house, people, is_extra=True)

    def undo(self, key: str) -> None:
        """What was said last is taken back."""
        row = self.rows[key]
        assert row.before is not None
        (row.state, row.is_begun, row.people, row.left_at), row.before = row.before, None
        if self.phase == "mistaken" and not (row.is_begun or row.is_extra or self.is_unsafe(row.house)):
            # 误发撤销 has taken off the list of whom nothing was said: now nothing is.
            del self.rows[key]

    def may_name(self, area: str, top: str, below: dict[str, list[str]]) -> bool:
        """Whether one more family of a village may be named as moved: nobody knows of more in all by that."""
        known = self.known(top, below).households
        self.rows["one more"] = Household(area, None, None, "moved_to_kin")
        found = self.known(top, below).households
        del self.rows["one more"]
        return found == known

    def name(self, key: str, area: str, house: str | None, state: str) -> None:
        """After 误发撤销 one of those told by telephone is named."""
        if key not in self.rows:
            self.rows[key] = Household(area, house, self.sizes.get(key))
        self.enter(key, state)

    def withdraw_all(self) -> None:
        """误发撤销: whom a person put on the list stays, and whose house was found dangerous."""
        self.phase = "mistaken"
        self.rows = {
            key: row for key, row in self.rows.items() if row.is_begun or row.is_extra or self.is_unsafe(row.house)
        }

    def is_released(self, row: Household) -> bool:
        """After 误发撤销: who is not moved, and whom nobody has to fetch."""
        stays = row.state not in MOVED and not row.is_extra
        return self.phase == "mistaken" and stays and not self.is_unsafe(row.house)

    def sums(self, prefix: str, *, moved: bool | None = None) -> tuple[int, int, int]:
        """户, 人, 户 of unstated size."""
        return _sum(
            [
                row
                for row in self.rows.values()
                if row.scope_code.startswith(prefix)
                and (moved is None or (row.state in MOVED) == moved)
                and not self.is_released(row)
            ]
        )

    def known(self, area: str, below: dict[str, list[str]]) -> Heads:
        """Whom one knows to be moved with figures, by the definition: the larger of the parts and the figure.

        Whoever has been moved no longer since the figure was told is none of its households any more.
        """
        known = Heads(*_sum([row for row in self.rows.values() if row.scope_code == area and row.state in MOVED]))
        for one in below.get(area, ()):
            known = known.plus(self.known(one, below))
        figure = self.figures.get(area)
        if figure is None:
            return known
        households, people, told_at = figure
        gone = _sum(
            [
                row
                for row in self.rows.values()
                if row.scope_code.startswith(area) and row.state not in MOVED and row.left_at > told_at
            ]
        )
        rest = households - gone[0] - known.households
        if rest <= 0:
            return known
        if people is None or gone[2] or people - gone[1] <= known.people:
            return known.plus(Heads(rest, 0, rest))
        return Heads(households - gone[0], people - gone[1], self.sums(area, moved=True)[2])

    def _join(self, areas: tuple[str, ...]) -> tuple[int, int]:
        if self.phase not in ("warning", "ongoing"):
            return 0, 0
        opened = kept = 0
        for house in self.houses.values():
            if self.concerns(house) is None or self.is_over(house) or not house.scope_code.startswith(areas):
                continue
            if not reasons_to_move(house.facts(self.level_of(house)), KIND, POLICY):
                continue
            heads = sorted(head for head, code in self.families.items() if code == house.code)
            for key in heads or [house.code]:
                if heads and house.code in self.rows and key not in self.rows:
                    # The house had a row while no family was known: now it is this one's.
                    row = self.rows.pop(house.code)
                    row.people = row.people if row.people is not None else self.sizes[key]
                    row.before = None
                    self.rows[key] = row
                if key in self.rows:
                    kept += 1
                    if not self.rows[key].is_begun and not self.rows[key].is_extra:
                        self.rows[key].people = self.sizes.get(key)
                        self.rows[key].scope_code, self.rows[key].house = house.scope_code, house.code
                    continue
                self.rows[key] = Household(house.scope_code, house.code, self.sizes.get(key))
                opened += 1
        return opened, kept

    def _has_left(self, key: str) -> bool:
        row, house = self.rows[key], self.rows[key].house
        if row.is_begun and row.state in MOVED:
            return False
        assert house is not None, "who is in no house was entered, not listed"
        is_house = key in self.houses
        lives_elsewhere = house in self.families.values() if is_house else self.families.get(key) != house
        return (lives_elsewhere and not row.is_begun) or (
            self.concerns(self.houses[house]) is None and not self.is_unsafe(house)
        )

    def is_unsafe(self, house: str | None) -> bool:
        """Whether the house was found dangerous: here nobody looks."""
        del house
        return False


def _sum(rows: Collection[Household]) -> tuple[int, int, int]:
    return len(rows), sum(row.people or 0 for row in rows), sum(row.people is None for row in rows)


def begin(zone: frozenset[str], level: str) -> ListModel:
    """Nothing is done yet."""
    houses = {house.code: house for house in toy_houses()}
    rows = house_rows()
    return ListModel(
        zone,
        level,
        houses,
        {row["户主姓名"]: row["房屋编号"] for row in rows},
        {row["户主姓名"]: row["家庭人口"] for row in rows},
    )
