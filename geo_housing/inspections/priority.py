"""Which house is looked at first after a disaster, and why: one table of rules, decided without a database.

The most urgent rule that holds decides; the rules that give this priority are the reasons shown. Periods are settings (24, 48, 72 hours by
priority). A set of houses is decided by the same rules: ``decision_table`` lists every combination of facts under a
number that one expression in SQL computes (``FACTS_KEY_SQL``).

Priority, reasons and due time follow from what is known of the family, too. Without the reason the priority alone would
tell it, and the order of a list would: whoever may not see families (``SEES_URGENCY``) is shown none of them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import product

from geo_housing.words import LIVED_IN, RISK, WARNING_LEVEL

SEES_URGENCY = "heads.view"
PROPOSED = "系统建议值（待县局确认）"

# Built of earth, in whole or in part; a structure that nobody has stated counts as such where safety is concerned.
EARTH_BUILT = ("earth_wood", "earth", "brick_earth")
UNSTATED_STRUCTURE = ("unknown",)


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


@dataclass(frozen=True)
class Rule:
    """``code`` (shown by ``label``) gives ``priority`` where it holds; ``basis`` says what the rule rests on."""

    code: str
    label: str
    priority: int
    holds: Callable[[HouseFacts], bool]
    basis: str = PROPOSED


RULES: tuple[Rule, ...] = (
    Rule("risk_d", "D级且有人居住", 1, lambda f: f.is_lived_in and f.risk == "D"),
    Rule("risk_c", "C级且有人居住", 1, lambda f: f.is_lived_in and f.risk == "C"),
    Rule("suspected", "疑似危房且有人居住", 1, lambda f: f.is_lived_in and f.risk == "suspected"),
    # Nobody has looked at it yet: at least as urgent as a C.
    Rule("ungraded", "未评定且有人居住", 1, lambda f: f.is_lived_in and f.risk == "none"),
    Rule("key_group", "六类重点对象", 1, lambda f: f.is_lived_in and f.has_key_group),
    Rule("trait", "有避险特征人员", 1, lambda f: f.is_lived_in and f.has_trait),
    Rule(
        "earth_in_standing_area",
        "灾害易发地内土坯类结构（含结构不详）且有人居住",
        1,
        lambda f: f.is_lived_in and f.is_earth_built and f.in_standing_area,
    ),
    Rule(
        "earth_under_red",
        "红色预警下土坯类结构（含结构不详）且有人居住",
        1,
        lambda f: f.is_lived_in and f.is_earth_built and f.level == "red",
    ),
    Rule(
        "standing_area_under_red",
        "红色预警下在灾害易发地内且有人居住",
        1,
        lambda f: f.is_lived_in and f.in_standing_area and f.level == "red",
    ),
    Rule("lived_in", "有人居住", 2, lambda f: f.is_lived_in),
    Rule("standing_area", "在灾害易发地内", 2, lambda f: f.in_standing_area),
    Rule(
        "earth_under_orange",
        "橙色以上预警下土坯类结构（含结构不详）",
        2,
        lambda f: f.is_earth_built and f.level in ("red", "orange"),
    ),
    Rule("in_zone", "影响范围内房屋全部排查", 3, lambda f: True),
)
REASON_LABELS = {rule.code: rule.label for rule in RULES}


@dataclass(frozen=True)
class Decision:
    """Priority 1 (first) to 3, with the codes of the rules that hold."""

    priority: int
    reasons: tuple[str, ...]


def decide(facts: HouseFacts) -> Decision:
    """The most urgent of the rules that hold; its reasons are all rules that give this priority."""
    holding = [rule for rule in RULES if rule.holds(facts)]
    priority = min(rule.priority for rule in holding)
    return Decision(priority, tuple(rule.code for rule in holding if rule.priority == priority))


def reason_labels(codes: list[str] | tuple[str, ...]) -> list[str]:
    """Reasons as people read them; an unknown code is shown as it is."""
    return [REASON_LABELS.get(code, code) for code in codes]


# Rules that do not ask whether somebody lives there.
_OF_ANY_HOUSE = frozenset({"standing_area", "earth_under_orange", "in_zone"})


@dataclass(frozen=True)
class Occupancy:
    """What is stated of who lives in a house; statements from before ``stale_before`` are not believed any more."""

    stated: str | None
    checked_on: date | None
    stale_before: date

    @property
    def doubt(self) -> str | None:
        """Why a house that is said to stand empty counts as lived in; None where nothing of the kind is said."""
        if self.stated is None or self.stated in LIVED_IN:
            return None
        if self.checked_on is None:
            return "居住情况没有核实日期，按有人居住计"
        return "居住核实已过期，按有人居住计" if self.checked_on < self.stale_before else None


def reasons_said(codes: Sequence[str], occupancy: Occupancy) -> list[str]:
    """Reasons as people read them, and why they call a house lived in of which the opposite is written."""
    doubt = occupancy.doubt if set(codes) - _OF_ANY_HOUSE else None
    return reason_labels(list(codes)) + ([doubt] if doubt else [])


_RISKS = tuple(RISK)
_LEVELS = tuple(WARNING_LEVEL)
_CASES = " ".join(f"WHEN '{risk}' THEN {n}" for n, risk in enumerate(_RISKS))
_EARTH = ", ".join(f"'{code}'" for code in EARTH_BUILT + UNSTATED_STRUCTURE)

IS_EARTH_BUILT_SQL = f"(t.structure IS NULL OR t.structure IN ({_EARTH}))"
# Columns of ``t``: risk, zone_level (rank from 1), lived_in, structure, key_groups, traits, standing.
FACTS_KEY_SQL = (
    f"((CASE t.risk {_CASES} ELSE {len(_RISKS) - 1} END) * {len(_LEVELS)} + t.zone_level - 1) * 32"
    " + t.lived_in::int * 16"
    f" + {IS_EARTH_BUILT_SQL}::int * 8"
    " + (cardinality(t.key_groups) > 0 AND t.key_groups IS NOT NULL)::int * 4"
    " + (cardinality(t.traits) > 0 AND t.traits IS NOT NULL)::int * 2"
    " + t.standing::int"
)


def facts_key(facts: HouseFacts) -> int:
    """The number of a combination of facts, as FACTS_KEY_SQL computes it."""
    flags = (facts.is_lived_in, facts.is_earth_built, facts.has_key_group, facts.has_trait, facts.in_standing_area)
    key = _RISKS.index(facts.risk) * len(_LEVELS) + _LEVELS.index(facts.level)
    for flag in flags:
        key = key * 2 + int(flag)
    return key


@cache
def decision_table() -> tuple[tuple[int, Decision], ...]:
    """Every combination of facts with what is decided for it."""
    return tuple((facts_key(facts), decide(facts)) for facts in _combinations())


def _combinations() -> Iterator[HouseFacts]:
    yes_or_no = (False, True)
    for risk, level, *flags in product(_RISKS, _LEVELS, *[yes_or_no] * 5):
        yield HouseFacts(str(risk), str(level), *(bool(flag) for flag in flags))
