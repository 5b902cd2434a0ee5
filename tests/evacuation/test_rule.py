"""Who must be moved, by kind and level, on the safe side where nobody has stated anything."""

from dataclasses import replace

import pytest

from geo_housing.evacuation.rule import (
    PLACE_OF_EXTRA,
    PLACE_OF_TOLD,
    REASON_LABELS,
    SETTING_OF,
    MovePolicy,
    place_of,
    policy_of,
    reasons_said,
    reasons_to_move,
    to_move_table,
)
from geo_housing.hazards.facts import HouseFacts, Occupancy, combinations, facts_key
from geo_housing.policy.defaults import PROPOSED, SETTINGS
from geo_housing.words import EVENT_KIND, WARNING_LEVEL
from tests.inspections.test_priority import facts

POLICY: MovePolicy = policy_of({key: SETTINGS[key].default for key in SETTING_OF})


def reasons(kind: str = "rainstorm", level: str = "red", **said: object) -> tuple[str, ...]:
    return reasons_to_move(facts(level=level, **said), kind, POLICY)


def test_every_setting_is_a_proposal_until_the_county_confirms_it() -> None:
    assert all(SETTINGS[key].basis == PROPOSED for key in SETTING_OF)


@pytest.mark.parametrize("risk", ["C", "D", "suspected", "none"])
@pytest.mark.parametrize("level", ["red", "orange", "ungraded"])
def test_who_lives_in_a_house_not_known_to_be_safe_is_moved(risk: str, level: str) -> None:
    assert reasons(level=level, risk=risk)


@pytest.mark.parametrize("level", ["yellow", "blue"])
def test_under_yellow_people_are_told_and_under_blue_nothing_is_done(level: str) -> None:
    assert all(not reasons_to_move(one, "rainstorm", POLICY) for one in combinations() if one.level == level)
    assert ("yellow" in POLICY.notify_levels) and ("blue" not in POLICY.notify_levels)


def test_a_sound_house_is_left_but_not_who_needs_help_in_it() -> None:
    assert reasons(risk="A") == ()
    assert reasons(risk="A", has_trait=True) == ("trait",)
    assert reasons(risk="A", has_key_group=True) == (), "六类 decide about money, not about danger"


def test_nobody_is_moved_out_of_an_empty_house() -> None:
    assert all(not reasons_to_move(one, "dam_release", POLICY) for one in combinations() if not one.is_lived_in)


def test_earth_and_unstated_structure_count_in_a_standing_area_only_where_water_comes() -> None:
    assert reasons(level="orange", is_earth_built=True, in_standing_area=True) == ("earth_in_standing_area",)
    assert reasons(level="orange", is_earth_built=True) == ()
    assert reasons("snowstorm", level="orange", is_earth_built=True, in_standing_area=True) == ()


def test_under_red_everybody_in_a_standing_area_is_moved() -> None:
    assert reasons(in_standing_area=True) == ("standing_area_under_red",)
    assert reasons(level="orange", in_standing_area=True) == ()


def test_a_kind_that_nobody_knows_is_taken_for_the_worse() -> None:
    assert "泥石流" not in EVENT_KIND
    assert reasons("泥石流", level="orange", is_earth_built=True, in_standing_area=True) == ("earth_in_standing_area",)
    assert reasons("泥石流", risk="C") == ("risk_c",)


def test_below_a_reservoir_everybody_is_moved_and_after_an_earthquake_the_list_is_not_made() -> None:
    assert reasons("dam_release", level="ungraded", risk="A") == ("everyone",)
    assert all(not reasons_to_move(one, "earthquake", POLICY) for one in combinations())


def test_a_higher_level_moves_everybody_whom_a_lower_one_moves() -> None:
    ranks = ["red", "orange", "yellow", "blue"]
    for kind in (*EVENT_KIND, "泥石流"):
        for one in combinations():
            if one.level in ranks and reasons_to_move(one, kind, POLICY):
                higher = [replace(one, level=level) for level in ranks[: ranks.index(one.level)]]
                assert all(reasons_to_move(other, kind, POLICY) for other in higher)


def test_what_is_not_stated_never_takes_anybody_off_the_list() -> None:
    for one in combinations():
        if reasons_to_move(one, "flood", POLICY):
            for less in (replace(one, risk="none"), replace(one, is_earth_built=True), replace(one, is_lived_in=True)):
                assert reasons_to_move(less, "flood", POLICY), (one, less)


def test_the_table_for_sets_holds_who_must_be_moved_and_nobody_else() -> None:
    for kind in ("rainstorm", "earthquake", "dam_release"):
        table = {one.key: one for one in to_move_table(kind, POLICY)}
        for one in combinations():
            because = reasons_to_move(one, kind, POLICY)
            assert (facts_key(one) in table) == bool(because)
            if because:
                assert table[facts_key(one)].reasons == because
                assert table[facts_key(one)].place == place_of(one)


def test_a_county_may_set_the_rules_otherwise() -> None:
    narrow = replace(POLICY, risks=frozenset("D"), traits=False, levels=frozenset({"red"}))
    assert reasons_to_move(facts(level="red", risk="C", has_trait=True), "rainstorm", narrow) == ()
    assert reasons_to_move(facts(level="orange", risk="D"), "rainstorm", narrow) == ()
    wide = replace(POLICY, risks=frozenset("ABCD"))
    assert reasons_to_move(facts(level="red", risk="B"), "rainstorm", wide) == ("graded_ab",)


def test_weak_houses_of_standing_areas_are_left_first_then_dangerous_ones_then_who_needs_help_then_everybody_else() -> (
    None
):
    def band(one: HouseFacts) -> int:
        if one.comes_first:
            return 0
        return 1 if one.risk in ("D", "C", "suspected") else 2 if one.has_trait else 3

    every = list(combinations())
    assert [band(one) for one in sorted(every, key=place_of)] == sorted(band(one) for one in every)
    for one in every:
        for other in every:
            if band(one) == band(other) < 2 and one.risk == other.risk and one.has_trait > other.has_trait:
                assert place_of(one) < place_of(other), "避险特征 first within a class"
    plain = {"is_earth_built": False, "in_standing_area": False}
    weak = [
        place_of(facts(**plain, risk=risk, has_trait=trait))
        for risk in ("D", "C", "suspected")
        for trait in (True, False)
    ]
    assert weak == sorted(set(weak)) and weak[-1] == PLACE_OF_EXTRA
    assert max(place_of(one) for one in every) == PLACE_OF_TOLD


def test_first_is_who_lives_in_a_weak_house_of_a_standing_area() -> None:
    for one in combinations():
        is_weak = one.risk not in ("A", "B") or one.is_earth_built
        assert one.comes_first == (one.is_lived_in and one.in_standing_area and is_weak)


def test_reasons_are_said_and_doubt_about_who_lives_there_with_them() -> None:
    every: set[str] = set()
    for one in combinations():
        every |= set(reasons_to_move(one, "dam_release", replace(POLICY, risks=frozenset(("A", "B", "C", "D", "suspected", "none")))))  # fmt: skip
    assert every | {"extra", "reported", "told"} == REASON_LABELS.keys()
    from datetime import date

    doubted = Occupancy("empty", date(2020, 1, 1), date(2026, 1, 1))
    assert reasons_said(["risk_d"], doubted) == ["D级", "居住核实已过期，按有人居住计"]
    assert set(WARNING_LEVEL) == {"red", "orange", "yellow", "blue", "ungraded"}


def test_facts_are_house_facts() -> None:
    assert isinstance(facts(), HouseFacts)
