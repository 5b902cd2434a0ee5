"""Who must be moved before a disaster, and why: rules over the facts of a house, made of settings; decided without a database.

A house is listed when at least one rule holds; the rules that hold are the reasons shown. What nobody has stated (grade,
structure, who lives there) counts as the dangerous one. A set of houses is decided by the same rules: ``to_move_table``
lists every combination of facts under its number (hazards/facts.py).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from geo_housing.hazards.facts import HouseFacts, Occupancy, combinations, facts_key
from geo_housing.words import EVENT_KIND

# Only those who may see families see who is on the list: a sound house that stands there tells of whoever needs help.
SEES_LIST = "heads.view"
EXTRA = "extra"
# Of whom a person reported a danger after a rule had listed them: they stay as 表外新增 does, and are no 表外新增.
REPORTED = "reported"
# Named after 误发撤销 for a telephone figure, see evacuation/naming.py.
TOLD = "told"
# Who is fetched first, by what the register says (``place_of``); what was found in the event comes before (order.py).
_DANGEROUS = ("D", "C", "suspected")
_OTHERS = ("none", "B", "A")


@dataclass(frozen=True)
class MovePolicy:
    """The settings that the rules are made of, as they hold for one event.

    ``levels``: with them a list is made; with ``notify_levels`` people are only told; with others nothing is done.
    ``no_list_kinds`` begin in the aftermath. ``risks``: lived-in houses of these classes; ``traits``: families with 避险特征.
    Under ``earth_kinds`` earth-built houses in standing areas, under ``standing_kinds`` with a red warning all houses
    there, under ``everyone_kinds`` all lived-in houses of the zone.
    """

    levels: frozenset[str]
    notify_levels: frozenset[str]
    no_list_kinds: frozenset[str]
    risks: frozenset[str]
    traits: bool
    earth_kinds: frozenset[str]
    standing_kinds: frozenset[str]
    everyone_kinds: frozenset[str]

    def makes_list(self, kind: str) -> bool:
        """Whether a disaster of this kind has a list at all."""
        return kind not in self.no_list_kinds


# Setting → field of the policy.
SETTING_OF = {
    "evacuation.levels": "levels",
    "evacuation.notify_levels": "notify_levels",
    "evacuation.no_list_kinds": "no_list_kinds",
    "evacuation.risks": "risks",
    "evacuation.traits": "traits",
    "evacuation.earth_kinds": "earth_kinds",
    "evacuation.standing_kinds": "standing_kinds",
    "evacuation.everyone_kinds": "everyone_kinds",
}


def policy_of(values: Mapping[str, Any]) -> MovePolicy:
    """The policy out of the values of its settings."""
    said: dict[str, Any] = {
        SETTING_OF[key]: value if isinstance(value, bool) else frozenset(value) for key, value in values.items()
    }
    return MovePolicy(**said)


@dataclass(frozen=True)
class Rule:
    """``code`` (shown by ``label``) puts a lived-in house on the list where it holds."""

    code: str
    label: str
    holds: Callable[[HouseFacts, str, MovePolicy], bool]


def _among(kind: str, kinds: frozenset[str]) -> bool:
    """Whether a kind is meant; one that our list does not know is, to be on the safe side."""
    return kind in kinds or kind not in EVENT_KIND


RULES: tuple[Rule, ...] = (
    Rule("risk_d", "D级", lambda f, kind, p: f.risk == "D" and "D" in p.risks),
    Rule("risk_c", "C级", lambda f, kind, p: f.risk == "C" and "C" in p.risks),
    Rule("suspected", "疑似危房", lambda f, kind, p: f.risk == "suspected" and "suspected" in p.risks),
    Rule("ungraded", "未评定", lambda f, kind, p: f.risk == "none" and "none" in p.risks),
    Rule("graded_ab", "A、B级", lambda f, kind, p: f.risk in ("A", "B") and f.risk in p.risks),
    Rule("trait", "有避险特征人员", lambda f, kind, p: f.has_trait and p.traits),
    Rule(
        "earth_in_standing_area",
        "灾害易发地内土坯类结构（含结构不详）",
        lambda f, kind, p: f.in_standing_area and f.is_earth_built and _among(kind, p.earth_kinds),
    ),
    Rule(
        "standing_area_under_red",
        "红色预警下在灾害易发地内",
        lambda f, kind, p: f.in_standing_area and f.level == "red" and _among(kind, p.standing_kinds),
    ),
    Rule("everyone", "影响范围内全部转移", lambda f, kind, p: kind in p.everyone_kinds),
)
REASON_LABELS = {rule.code: rule.label for rule in RULES} | {
    EXTRA: "表外新增",
    REPORTED: "有人报险情",
    TOLD: "按电话报数补录",
}
# What was found of the house in the event, in the order in which its people are fetched: before whatever rules say.
FOUND_LABELS = {"collapsed": "排查：倒塌", "suspected": "排查：有损坏或疑似危险"}
# How the reason begins of a family that joined the list because of what was found.
FOUND_WHAT = "排查结果："
# Of a row that a rule opened and of which none holds any more: it stays, because only leaving the zone takes anybody off.
NO_RULE_HOLDS = "列入以后情况有变，现已不在应转移的规则之内，请核实是否仍需转移"


def reasons_to_move(facts: HouseFacts, kind: str, policy: MovePolicy) -> tuple[str, ...]:
    """Why those who live in the house must be moved; nothing when they need not."""
    if not facts.is_lived_in or facts.level not in policy.levels or not policy.makes_list(kind):
        return ()
    return tuple(rule.code for rule in RULES if rule.holds(facts, kind, policy))


def _in_order() -> Iterator[tuple[str, bool, bool]]:
    """Risk class, whether in 首批, whether with 避险特征: whoever is fetched before whom. The text that villages hear says the same.

    首批 by class, with 避险特征 first within it; then the other dangerous houses likewise; then 避险特征; then everybody else.
    """
    yield from ((risk, True, trait) for risk in (*_DANGEROUS, *_OTHERS) for trait in (True, False))
    yield from ((risk, False, trait) for risk in _DANGEROUS for trait in (True, False))
    yield from ((risk, False, trait) for trait in (True, False) for risk in _OTHERS)


_PLACES = {combination: place for place, combination in enumerate(_in_order(), start=1)}
# A person's word that something is the matter counts as a suspicion; a household named for a figure was called off already.
PLACE_OF_EXTRA = _PLACES["suspected", False, False]
PLACE_OF_TOLD = len(_PLACES)


def place_of(facts: HouseFacts) -> int:
    """Who is fetched first within a village: 1 before 2."""
    return _PLACES[facts.risk, facts.comes_first, facts.has_trait]


@dataclass(frozen=True)
class ToMove:
    """What is decided for one combination of facts: why people must be moved, and who is fetched first."""

    key: int
    reasons: tuple[str, ...]
    place: int
    comes_first: bool


# Kinds of disaster times the settings in use: every page of an event asks, and trying all combinations takes longer than
# asking the database what follows from them.
_KEPT = 64


@lru_cache(_KEPT)
def to_move_table(kind: str, policy: MovePolicy) -> tuple[ToMove, ...]:
    """Every combination of facts under which people must be moved."""
    return tuple(
        ToMove(facts_key(facts), reasons, place_of(facts), facts.comes_first)
        for facts in combinations()
        if (reasons := reasons_to_move(facts, kind, policy))
    )


@lru_cache(_KEPT)
def still_true_table(kind: str, policy: MovePolicy) -> tuple[ToMove, ...]:
    """Every other combination, with the rules that hold of it all the same: what stays true of who is listed already.

    Under a level that lists nobody a house of class D is still one; what a red warning alone gave is a reason no more.
    """
    if not policy.makes_list(kind):
        return ()
    return tuple(
        ToMove(
            facts_key(facts),
            tuple(rule.code for rule in RULES if rule.holds(facts, kind, policy)),
            place_of(facts),
            facts.comes_first,
        )
        for facts in combinations()
        if not reasons_to_move(facts, kind, policy)
    )


def reasons_said(codes: Sequence[str], occupancy: Occupancy | None = None, found: str | None = None) -> list[str]:
    """Reasons as people read them: what was found first, and why a house counts as lived in of which the opposite is written."""
    doubt = occupancy.doubt if occupancy else None
    said = [REASON_LABELS.get(code, code) for code in codes]
    said = [FOUND_LABELS[found], *said] if found else said or [NO_RULE_HOLDS]
    return said + ([doubt] if doubt else [])
