"""Which house is looked at first after a disaster, and why: one table of rules, decided without a database.

The most urgent rule that holds decides; the rules that give this priority are the reasons shown. Periods are settings (24, 48, 72 hours by
priority). A set of houses is decided by the same rules: ``decision_table`` lists every combination of facts under its
number (hazards/facts.py).

Priority, reasons and due time follow from what is known of the family, too. Without the reason the priority alone would
tell it, and the order of a list would: whoever may not see families (``SEES_URGENCY``) is shown none of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from geo_housing.hazards.facts import HouseFacts, Occupancy, combinations, facts_key

SEES_URGENCY = "heads.view"
PROPOSED = "系统建议值（待县局确认）"


@dataclass(frozen=True)
class Rule:
    """``code`` (shown by ``label``) gives ``priority`` where it holds; ``basis`` says what the rule rests on."""

    code: str
    label: str
    priority: int
    holds: Callable[[HouseFacts], bool]
    basis: str = PROPOSED


KEY_GROUP = "key_group"
RULES: tuple[Rule, ...] = (
    Rule("risk_d", "D级且有人居住", 1, lambda f: f.is_lived_in and f.risk == "D"),
    Rule("risk_c", "C级且有人居住", 1, lambda f: f.is_lived_in and f.risk == "C"),
    Rule("suspected", "疑似危房且有人居住", 1, lambda f: f.is_lived_in and f.risk == "suspected"),
    # Nobody has looked at it yet: at least as urgent as a C.
    Rule("ungraded", "未评定且有人居住", 1, lambda f: f.is_lived_in and f.risk == "none"),
    Rule(KEY_GROUP, "六类重点对象", 1, lambda f: f.is_lived_in and f.has_key_group),
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
# Named by a person and not by a rule: no zone holds the house, and no change of zones takes it off.
EXTRA = "extra"
# What gave a higher priority holds no more; the priority stays, since none ever falls.
KEPT = "kept"
REASON_LABELS = {rule.code: rule.label for rule in RULES} | {
    EXTRA: "表外新增",
    KEPT: "下达以后情况有变，优先级不降低",
}


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
_OF_ANY_HOUSE = frozenset({"standing_area", "earth_under_orange", "in_zone", EXTRA, KEPT})


def reasons_said(codes: Sequence[str], occupancy: Occupancy) -> list[str]:
    """Reasons as people read them, and why they call a house lived in of which the opposite is written."""
    doubt = occupancy.doubt if set(codes) - _OF_ANY_HOUSE else None
    return reason_labels(list(codes)) + ([doubt] if doubt else [])


def reasons_for_village(codes: Sequence[str], occupancy: Occupancy) -> list[str]:
    """Reasons as lists and links for a village say them: that a family is of the six groups is not for all who see those.

    The rule holds for lived-in houses alone, so where it stands alone that is what is said.
    """
    shown = [code for code in codes if code != KEY_GROUP]
    return reasons_said(shown or ["lived_in"] if codes else [], occupancy)


@cache
def decision_table() -> tuple[tuple[int, Decision], ...]:
    """Every combination of facts with what is decided for it."""
    return tuple((facts_key(facts), decide(facts)) for facts in combinations())
