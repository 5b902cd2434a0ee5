"""The night of a red warning through the services: warning, calls, people, a collapse, the lift, technicians, the morning report."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.calls.night import figure as calls_figure
from geo_housing.calls.service import Person, Press, answered, not_answered, start_call
from geo_housing.conclusions.queries import checked_houses
from geo_housing.conclusions.rule import hold
from geo_housing.conclusions.service import Signing, sign
from geo_housing.errors import Conflict
from geo_housing.evacuation.additions import ExtraHousehold, ToldFigure, add_extra, tell_figure
from geo_housing.evacuation.service import MoveEntry, enter
from geo_housing.evacuation.states import Said
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.reports.figures import figures_of
from geo_housing.response.reports.service import Wanted, make_report
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import change_phase, respond
from geo_housing.roster.models import Technician
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.warnings import FLASH_FLOOD, LIFT, RED, confirm
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

RISKS = ("C", "D", "suspected")
Later = Callable[..., None]


def rows_of(toy: ToyDatabase, event: int) -> dict[str, tuple[int, int, str]]:
    """House code → (row, version, state) of those on the list."""
    query = (
        "SELECT h.code, e.id, e.version, e.state FROM evacuation e JOIN house h ON h.id = e.house_id"
        " WHERE e.event_id = :e AND e.withdrawn_at IS NULL"
    )
    with toy.transaction(COUNTY) as session:
        return {row.code: (row.id, row.version, row.state) for row in session.execute(text(query), {"e": event})}


def states(toy: ToyDatabase, event: int) -> dict[str, str]:
    query = "SELECT h.code, i.state FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE i.event_id = :e"
    with toy.transaction(COUNTY) as session:
        return {row.code: row.state for row in session.execute(text(query), {"e": event})}


def moved(toy: ToyDatabase, event: int, code: str, state: str, area: str, **said: object) -> None:
    row, version, _ = rows_of(toy, event)[code]
    values = {"state": state, **said}
    with toy.transaction(area) as session:
        entry = MoveEntry(Said(**values), frozenset(values), version)  # type: ignore[arg-type] # fields of Said
        hindrance = hindrance_of(session, toy.actor(area), session.get_one(HazardEvent, event))
        enter(session, toy.actor(area), event, row, entry, hindrance=hindrance)


def looked_at(toy: ToyDatabase, event: int, code: str, result: str, **more: object) -> None:
    values = {"result": result, "visitor": "某巡查员", "visited_at": clock.now(), "findings": "东墙", **more}
    with toy.transaction(COUNTY) as session:
        number = session.scalar(
            text(
                "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
                " WHERE h.code = :c AND event_id = :e"
            ),
            {"c": code, "e": event},
        )
        entry = InspectionEntry(Findings(**values), frozenset(values))  # type: ignore[arg-type] # fields of Findings
        assert enter_result(session, toy.actor(COUNTY), number, entry).state == "done"


def sums_agree(toy: ToyDatabase, event: int) -> None:
    """应转 = 已转 + 未转 in every tier, and village = township = county."""
    with toy.transaction(COUNTY) as session:
        found = totals(session, event, AreaScope(COUNTY))
    for tier in (found.townships, found.villages):
        for name in ("due", "moved", "left"):
            for unit in ("households", "people", "unsized"):
                whole = getattr(getattr(found.total, name), unit)
                assert whole == sum(getattr(getattr(area, name), unit) for area in tier)
    for area in (found.total, *found.townships, *found.villages):
        assert area.due.households == area.moved.households + area.left.households


def test_the_night_of_a_red_warning(toy: ToyDatabase, later: Later) -> None:
    # 01:50 the text is pasted, tasks are given.
    event = confirm(toy, RED).event
    with toy.transaction(COUNTY) as session:
        opened = respond(session, toy.actor(COUNTY), event).opened
    assert opened == len(states(toy, event)) and set(states(toy, event).values()) == {"prepared"}
    assert "西一-D" in rows_of(toy, event) and "东一-D" not in rows_of(toy, event)
    sums_agree(toy, event)

    # The township is called; the first does not answer, the next name does.
    with toy.transaction(COUNTY) as session:
        assert calls_figure(session, event, AreaScope(COUNTY)).startswith("0/")
        first = start_call(session, toy.actor(COUNTY), event, WEST, Person("某镇长"), Press("c-1", 0))
    later(minutes=11)
    with toy.transaction(COUNTY) as session:
        not_answered(session, toy.actor(COUNTY), first.id, Press("c-2"))
        second = start_call(session, toy.actor(COUNTY), event, WEST, Person("某值班"), Press("c-3", first.id))
        answered(session, toy.actor(COUNTY), second.id, Press("c-4"), said="已通知各村")
        assert calls_figure(session, event, AreaScope(COUNTY)).startswith("1/")

    # People: one by name, one gone already, more by telephone before the names.
    moved(toy, event, "西一-D", "moved_to_kin", WEST, destination="投靠女儿家")
    moved(toy, event, "西二-D", "away", WEST)
    with toy.transaction(WEST) as session:
        tell_figure(session, toy.actor(WEST), event, ToldFigure(WEST, 6, 11, reported_by="某镇长"))
    sums_agree(toy, event)
    with toy.transaction(COUNTY) as session:
        found = totals(session, event, AreaScope(COUNTY)).total
    assert (found.moved.households, found.unnamed.households) == (2, 4), "figures never add to the names"

    # 03:10 a second warning joins: the other township is concerned, too; nothing that was begun is lost.
    later(minutes=60)
    before = rows_of(toy, event)
    confirm(toy, FLASH_FLOOD, target=str(event))
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
    after = rows_of(toy, event)
    assert set(before) <= set(after) and "东一-D" in after
    assert {code: after[code][2] for code in before} == {code: state for code, (_, _, state) in before.items()}
    sums_agree(toy, event)

    # A house that no list holds collapses: three fields, and it is on the list.
    with toy.transaction(EAST) as session:
        extra = add_extra(
            session, toy.actor(EAST), event, ExtraHousehold(VILLAGES["东二"][0], "赵某某", "房屋倒塌", people=2)
        )
    assert extra.origin == "extra"
    sums_agree(toy, event)

    # 05:30 lifted: every task still stands, now the inspections begin.
    standing = states(toy, event)
    confirm(toy, LIFT, target=str(event))
    assert states(toy, event) == standing and "withdrawn" not in standing.values()
    later(minutes=60)
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "aftermath")
    assert set(states(toy, event)) == set(standing) and set(states(toy, event).values()) == {"open"}

    # Nobody is back before it was looked at; a village sees, a technician signs.
    with toy.transaction(COUNTY) as session:
        ids = {
            row.code: row.id
            for row in session.execute(text("SELECT code, id FROM house WHERE code IN ('西一-D', '西二-D')"))
        }
        unseen = checked_houses(session, event, ids.values())
        assert all(hold(unseen[number], RISKS) is not None for number in ids.values())
    with pytest.raises(Conflict, match="还没有排查"):
        moved(toy, event, "西一-D", "returned", WEST)
    looked_at(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)
    with pytest.raises(Conflict, match="待评估，暂不返回"):
        moved(toy, event, "西一-D", "returned", WEST)
    looked_at(toy, event, "西二-D", "collapsed", rooms_collapsed=3)
    with toy.transaction(COUNTY) as session:
        who = Technician(scope_code=COUNTY, name="某工程师", unit="某设计室", created_by="test")
        session.add(who)
        session.flush()
        sign(session, toy.actor(COUNTY), event, "西一-D", Signing("habitable", ("wall_crack",), "支顶后可住", who.id))
        bad = Signing("not_habitable", ("wall_lean",), "住到安置点", who.id)
        sign(session, toy.actor(COUNTY), event, "西二-D", bad)
        known = checked_houses(session, event, ids.values())
        assert hold(known[ids["西一-D"]], RISKS) is None
        forbidden = hold(known[ids["西二-D"]], RISKS)
        assert forbidden is not None and forbidden.blocks
    with pytest.raises(Conflict, match="倒塌"):
        moved(toy, event, "西二-D", "returned", WEST, note="户主要求回去")
    moved(toy, event, "西一-D", "returned", WEST)
    moved(toy, event, "西二-D", "moved_to_shelter", WEST, destination="西山镇中心校")
    sums_agree(toy, event)

    # The morning report equals the database at its moment, and stays so.
    later(minutes=30)
    with toy.transaction(COUNTY) as session:
        report = make_report(session, toy.actor(COUNTY), event, Wanted("morning"))
        figures = figures_of(report.figures)
        now = totals(session, event, AreaScope(COUNTY)).total
        kept = figures.total
        assert (kept.moves.due.households, kept.moves.moved.households) == (now.due.households, now.moved.households)
        assert kept.moves.returned.households == 1 and kept.moves.in_shelters.households == 1
        assert kept.losses["collapsed"].rooms == 3 and kept.losses["severe"].rooms == 2
        assert (kept.concluded.habitable, kept.concluded.not_habitable, kept.concluded.unsafe) == (1, 1, 1)
        assert kept.checks.done == 2 and kept.checks.due == len(standing)
        assert len(figures.warnings) == 3
    moment = report.as_of
    later(minutes=10)
    moved(toy, event, "西三-D", "refused", WEST)
    moved(toy, event, "西四-D", "moved_to_kin", WEST, destination="邻居家")
    with toy.transaction(COUNTY) as session:
        then = totals(session, event, AreaScope(COUNTY), as_of=moment + timedelta(seconds=1)).total
    assert then.moved.households == kept.moves.moved.households, "asked again as of its moment"
