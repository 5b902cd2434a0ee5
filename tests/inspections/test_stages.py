from datetime import datetime, timedelta

import pytest

from geo_housing.clock import BEIJING
from geo_housing.inspections.stages import Findings, contradictions, missing, settled

NOW = datetime(2026, 7, 13, 8, tzinfo=BEIJING)
BEGAN = NOW - timedelta(days=1)
SEEN = {"visitor": "某巡查员", "visited_at": NOW - timedelta(hours=1)}


def lacking(**said: object) -> set[str | None]:
    return {fault.column for fault in missing(settled(Findings(**{**SEEN, **said})))}  # type: ignore[arg-type] # its fields


NOTHING = Findings()


def wrong(stood: Findings = NOTHING, **said: object) -> set[str | None]:
    after = settled(Findings(**{**SEEN, **said}))  # type: ignore[arg-type] # its fields
    return {fault.column for fault in contradictions(stood, after, now=NOW, earliest=BEGAN)}


@pytest.mark.parametrize("result", ["no_visible_hazard", "uninhabited", "demolished"])
def test_a_plain_result_needs_only_who_and_when(result: str) -> None:
    assert lacking(result=result) == set()
    assert {fault.column for fault in missing(Findings(result=result))} == {"visitor", "visited_at"}


@pytest.mark.parametrize("result", ["locked", "uninhabited", "refused"])
def test_whoever_was_met_damage_that_is_seen_is_the_result(result: str) -> None:
    for damage in ({"damage": "severe"}, {"rooms_collapsed": 1}, {"finding_items": ("wall_crack",)}):
        assert "result" in wrong(result=result, findings="东墙塌了", **damage)
    assert wrong(result=result, findings="外墙完好", damage="none") == set()


def test_without_a_result_nothing_is_done() -> None:
    assert "result" in lacking(findings="墙体有裂缝")


@pytest.mark.parametrize("result", ["locked", "refused"])
def test_who_was_not_inside_says_what_is_seen_from_outside(result: str) -> None:
    assert lacking(result=result) == {"findings"}
    assert lacking(result=result, findings="外墙完好，已电话联系") == set()


def test_a_suspicion_needs_words_damage_and_the_rooms_that_are_damaged() -> None:
    assert lacking(result="suspected") == {"findings", "damage"}
    assert lacking(result="suspected", findings="裂缝", damage="none") == set()
    assert lacking(result="suspected", findings="裂缝", damage="severe") == {"rooms_slight"}
    assert lacking(result="suspected", findings="裂缝", damage="severe", rooms_severe=2) == set()


def test_a_collapse_needs_the_collapsed_rooms_and_is_collapsed_by_itself() -> None:
    assert lacking(result="collapsed") == {"rooms_collapsed"}
    assert settled(Findings(result="collapsed")).damage == "collapsed"
    assert settled(Findings(result="no_visible_hazard")).damage == "none"


def test_what_cannot_be_true_together_is_refused() -> None:
    assert wrong(result="no_visible_hazard", damage="severe") == {"damage"}
    assert wrong(result="collapsed", damage="slight") == {"damage"}
    assert "damage" in wrong(result="suspected", damage="none", rooms_slight=1)
    assert "damage" in wrong(result="suspected", damage="slight", rooms_collapsed=1)
    assert wrong(result="suspected", damage="collapsed", rooms_collapsed=1, rooms_slight=2) == set()
    assert wrong(rooms_slight=-1) == {"rooms_slight"}


def test_a_visit_lies_not_in_the_future_but_a_clock_may_run_ahead_a_little() -> None:
    assert wrong(visited_at=NOW + timedelta(minutes=5)) == set()
    assert wrong(visited_at=NOW + timedelta(hours=1)) == {"visited_at"}


@pytest.mark.parametrize("name", ["visited_at", "reported_at"])
def test_a_visit_before_the_disaster_is_none_of_it_but_one_that_stands_may_be_saved_again(name: str) -> None:
    early = BEGAN - timedelta(minutes=1)
    assert wrong(**{name: BEGAN}) == set()
    assert wrong(**{name: early}) == {name}
    stood = Findings(**{**SEEN, name: early})  # type: ignore[arg-type] # its fields
    assert wrong(stood, **{name: early}, findings="外墙完好") == set()
    assert wrong(stood, **{name: early - timedelta(days=1)}) == {name}
