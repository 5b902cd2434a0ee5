"""What rules about a house under a warning may ask, for one house and for sets of houses: decided without a database.

Rooms that decide about houses (who is inspected first, who must be moved) give each combination of facts an answer. For a
set of houses every combination has a number that one expression in SQL computes (``FACTS_KEY_SQL``).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

from geo_housing.words import LIVED_IN, RISK, WARNING_LEVEL

# Built of earth, in whole or in part; a structure that nobody has stated counts as such where safety is concerned.
EARTH_BUILT = ("earth_wood", "earth", "brick_earth")
UNSTATED_STRUCTURE = ("unknown",)
# Houses of these classes are weak, whatever they are built of; what nobody has graded may be.
WEAK_RISKS = ("C", "D", "suspected", "none")


@dataclass(frozen=True)
class HouseFacts:
    """What the rules ask of one house under one warning."""

    risk: str
    level: str
    is_lived_in: bool
    is_earth_built: bool
    has_key_group: bool
    has_trait: bool
    in_standing_area: bool

    @property
    def comes_first(self) -> bool:
        """A lived-in weak house in a standing risk area: its people are fetched before all whose house was not found dangerous."""
        return self.in_standing_area and self.is_lived_in and (self.risk in WEAK_RISKS or self.is_earth_built)


@dataclass(frozen=True)
class Occupancy:
    """What is stated of who lives in a house; statements from before ``stale_before`` are not believed any more."""

    stated: str | None
    checked_on: date | None
    stale_before: date

    @property
    def is_lived_in(self) -> bool:
        """Whether the house counts as lived in; living.LIVED_IN_SQL says the same of its row."""
        return self.stated is None or self.stated in LIVED_IN or self.doubt is not None

    @property
    def doubt(self) -> str | None:
        """Why a house that is said to stand empty counts as lived in; None where nothing of the kind is said."""
        if self.stated is None or self.stated in LIVED_IN:
            return None
        if self.checked_on is None:
            return "居住情况没有核实日期，按有人居住计"
        return "居住核实已过期，按有人居住计" if self.checked_on < self.stale_before else None


_RISKS = tuple(RISK)
_LEVELS = tuple(WARNING_LEVEL)
_CASES = " ".join(f"WHEN '{risk}' THEN {n}" for n, risk in enumerate(_RISKS))
_EARTH = ", ".join(f"'{code}'" for code in EARTH_BUILT + UNSTATED_STRUCTURE)

_WEAK = ", ".join(f"'{risk}'" for risk in WEAK_RISKS)
IS_EARTH_BUILT_SQL = f"(t.structure IS NULL OR t.structure IN ({_EARTH}))"
# As HouseFacts.comes_first, for a house ``t`` of a standing area.
COMES_FIRST_SQL = f"(t.lived_in AND (t.risk IN ({_WEAK}) OR {IS_EARTH_BUILT_SQL}))"
# Columns of ``t``: risk, zone_level (rank from 1), lived_in, structure, key_groups, traits, standing.
FACTS_KEY_SQL = (
    f"((CASE t.risk {_CASES} ELSE {len(_RISKS) - 1} END) * {len(_LEVELS)} + t.zone_level - 1) * 32"
    " + t.lived_in::int * 16"
    f" + {IS_EARTH_BUILT_SQL}::int * 8"
    " + (cardinality(t.key_groups) > 0 AND t.key_groups IS NOT NULL)::int * 4"
    " + (cardinality(t.traits) > 0 AND t.traits IS NOT NULL)::int * 2"
    " + t.standing::int"
)
# The level in that number, as its place among the levels.
LEVEL_OF_KEY_SQL = f"(({{key}} / 32) % {len(_LEVELS)})"


def places_of_levels(levels: Collection[str]) -> list[int]:
    """As LEVEL_OF_KEY_SQL says them."""
    return [_LEVELS.index(level) for level in sorted(levels)]


def facts_key(facts: HouseFacts) -> int:
    """The number of a combination of facts, as FACTS_KEY_SQL computes it."""
    flags = (facts.is_lived_in, facts.is_earth_built, facts.has_key_group, facts.has_trait, facts.in_standing_area)
    key = _RISKS.index(facts.risk) * len(_LEVELS) + _LEVELS.index(facts.level)
    for flag in flags:
        key = key * 2 + int(flag)
    return key


def combinations() -> Iterator[HouseFacts]:
    """Every combination of facts once."""
    yes_or_no = (False, True)
    for risk, level, *flags in product(_RISKS, _LEVELS, *[yes_or_no] * 5):
        yield HouseFacts(str(risk), str(level), *(bool(flag) for flag in flags))
