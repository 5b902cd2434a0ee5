from itertools import product

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.hazards.facts import FACTS_KEY_SQL, HouseFacts, Occupancy, facts_key
from geo_housing.inspections.priority import (
    REASON_LABELS,
    RULES,
    decide,
    decision_table,
    reasons_for_village,
    reasons_said,
)
from geo_housing.words import RISK, WARNING_LEVEL
from tests.fixtures.toy import ToyDatabase


def facts(**said: object) -> HouseFacts:
    plain = {
        "risk": "A",
        "level": "yellow",
        "is_lived_in": True,
        "is_earth_built": False,
        "has_key_group": False,
        "has_trait": False,
        "in_standing_area": False,
    }
    return HouseFacts(**{**plain, **said})  # type: ignore[arg-type] # names of its own fields


ALL = [HouseFacts(risk, level, *flags) for risk, level, *flags in product(RISK, WARNING_LEVEL, *[(False, True)] * 5)]


@pytest.mark.parametrize("risk", ["C", "D", "suspected", "none"])
def test_a_lived_in_house_that_is_not_known_to_be_safe_comes_first(risk: str) -> None:
    assert decide(facts(risk=risk)).priority == 1


def test_an_ungraded_house_ranks_at_least_like_a_c_whatever_else_holds() -> None:
    for one in ALL:
        if one.risk == "none":
            as_c = HouseFacts(**{**one.__dict__, "risk": "C"})
            assert decide(one).priority <= decide(as_c).priority


def test_a_sound_lived_in_house_comes_second_and_an_empty_one_last() -> None:
    assert decide(facts()).priority == 2
    assert decide(facts(is_lived_in=False, risk="D")).priority == 3
    assert decide(facts(is_lived_in=False)).reasons == ("in_zone",)


def test_a_higher_level_never_makes_a_house_less_urgent() -> None:
    ranks = list(WARNING_LEVEL)
    for one in ALL:
        higher = [HouseFacts(**{**one.__dict__, "level": level}) for level in ranks[: ranks.index(one.level)]]
        assert all(decide(other).priority <= decide(one).priority for other in higher)


def test_an_earth_house_in_a_standing_risk_area_comes_first_only_where_somebody_lives() -> None:
    assert decide(facts(is_earth_built=True, in_standing_area=True)).priority == 1
    assert decide(facts(is_earth_built=True, in_standing_area=True, is_lived_in=False)).priority == 2


def test_the_reasons_are_rules_that_give_the_priority_and_every_one_has_a_label_and_a_basis() -> None:
    by_code = {rule.code: rule for rule in RULES}
    for one in ALL:
        decision = decide(one)
        assert decision.reasons
        assert {by_code[code].priority for code in decision.reasons} == {decision.priority}
        assert all(by_code[code].holds(one) for code in decision.reasons)
    assert all(rule.basis and REASON_LABELS[rule.code] for rule in RULES)


def test_a_village_is_not_told_who_is_of_the_six_groups_and_still_why_it_is_urgent() -> None:
    occupancy = Occupancy("resident", clock.today(), clock.today())
    for one in ALL:
        said = reasons_for_village(decide(one).reasons, occupancy)
        assert said and not any("六类" in reason for reason in said)
        if not one.has_key_group:
            assert said == reasons_said(decide(one).reasons, occupancy)


def test_the_table_for_sets_holds_every_combination_once() -> None:
    assert dict(decision_table()) == {facts_key(one): decide(one) for one in ALL}
    assert len(decision_table()) == len(ALL)


def test_the_database_computes_the_same_number_for_the_same_facts(toy_worker: ToyDatabase) -> None:
    rows = [
        {
            "risk": one.risk,
            "zone_level": list(WARNING_LEVEL).index(one.level) + 1,
            "lived_in": one.is_lived_in,
            "structure": structure,
            "key_groups": ["K1"] if one.has_key_group else none,
            "traits": ["impaired"] if one.has_trait else none,
            "standing": one.in_standing_area,
            "expected": facts_key(one),
        }
        for one in ALL
        for structure, none in (
            [("earth_wood", None), (None, []), ("unknown", None)]
            if one.is_earth_built
            else [("rc", None), ("brick_wood", [])]
        )
    ]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    for name in ("key_groups", "traits"):
        columns[name] = [None if value is None else ",".join(value) for value in columns[name]]
    statement = f"""
        SELECT count(*) FILTER (WHERE {FACTS_KEY_SQL} = expected) AS same, count(*) AS n FROM (
            SELECT risk, zone_level, lived_in, structure, string_to_array(k, ',') AS key_groups,
                string_to_array(x, ',') AS traits, standing, expected
            FROM unnest(CAST(:risk AS text[]), CAST(:zone_level AS int[]), CAST(:lived_in AS bool[]),
                CAST(:structure AS text[]), CAST(:key_groups AS text[]), CAST(:traits AS text[]),
                CAST(:standing AS bool[]), CAST(:expected AS int[]))
                AS u (risk, zone_level, lived_in, structure, k, x, standing, expected)) t
    """
    with toy_worker.transaction() as session:
        row = session.execute(text(statement), columns).one()
    assert row.same == row.n == len(rows)
