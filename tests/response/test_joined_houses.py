"""A house turns out to be registered twice in the night: its people are on the list once, its task once, nothing begun is lost."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.clock import today
from geo_housing.evacuation.service import Entry, enter
from geo_housing.evacuation.states import Said
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.register.endings import end_house
from geo_housing.inspections.service import Entry as Seen
from geo_housing.inspections.service import enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.test_returning import engineer, event, looked, said, signed
from tests.toy_county import COUNTY, WEST

__all__ = ["engineer", "event"]
KEPT, ENDED = "西一-D", "西一-C"
STATES = ["pending", "moved_to_shelter", "moved_to_kin", "away", "refused", "unreachable"]
RESULTS = [None, "uninhabited", "no_visible_hazard", "collapsed"]
MOVED = {"moved_to_shelter", "moved_to_kin", "away"}
LISTED = text(
    "SELECT e.*, h.code, k.head FROM evacuation e JOIN house h ON h.id = e.house_id LEFT JOIN household k ON k.id = e.household_id"
    " WHERE e.event_id = :event AND e.withdrawn_at IS NULL AND h.code IN ('西一-C', '西一-D') ORDER BY e.id"
)
TASKS = text(
    "SELECT i.*, h.code FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
    " WHERE i.event_id = :event AND i.state <> 'withdrawn' AND h.code IN ('西一-C', '西一-D') ORDER BY i.id"
)


def join(session: Session, toy: ToyDatabase) -> None:
    version = session.scalars(text("SELECT version FROM house WHERE code = :c"), {"c": ENDED}).one()
    actor = toy.actor(WEST)
    end_house(session, actor, ENDED, reason="duplicate", on=today(), version=version, duplicate_of=KEPT)


def one_family(session: Session, ended_has_number: bool = False) -> None:
    """Both records hold the same family."""
    session.execute(
        text(
            "UPDATE household k SET head = '同一户' FROM house_household l JOIN house h ON h.id = l.house_id"
            " WHERE l.household_id = k.id AND h.code IN ('西一-C', '西一-D')"
        )
    )
    session.execute(
        text(
            "UPDATE household k SET id_number_key = NULL, id_number_cipher = NULL, id_number_masked = NULL"
            " FROM house_household l JOIN house h ON h.id = l.house_id"
            " WHERE l.household_id = k.id AND (h.code = '西一-D' OR (h.code = '西一-C' AND NOT :numbered))"
        ),
        {"numbered": ended_has_number},
    )


def move(session: Session, toy: ToyDatabase, event: int, code: str, state: str, note: str) -> None:
    row = session.execute(
        text(str(LISTED).replace("IN ('西一-C', '西一-D')", "= :code")), {"event": event, "code": code}
    ).one()
    entry = Entry(Said(state=state, note=note), frozenset({"state", "note"}))
    enter(session, toy.actor(COUNTY), event, row.id, entry, hindrance=lambda *_: None)


def see(session: Session, toy: ToyDatabase, event: int, code: str, result: str) -> None:
    number = session.scalars(
        text(
            "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c AND i.event_id = :e"
        ),
        {"c": code, "e": event},
    ).one()
    told: dict[str, Any] = {"result": result, "visitor": f"看{code}的人", "findings": f"{code}所见"}
    if result == "collapsed":
        told["rooms_collapsed"] = 1
    enter_result(session, toy.actor(COUNTY), number, Seen(Findings(**told), frozenset(told)))


class _RolledBackError(Exception):
    pass


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    ended=st.sampled_from([None, *STATES]),
    kept=st.sampled_from([None, *STATES]),
    kept_first=st.booleans(),
    same=st.booleans(),
    numbered=st.booleans(),
    seen_ended=st.sampled_from(RESULTS),
    seen_kept=st.sampled_from(RESULTS),
    has_task=st.booleans(),
)
def test_people_and_task_stand_once_under_the_kept_house(
    toy: ToyDatabase,
    event: int,
    ended: str | None,
    kept: str | None,
    kept_first: bool,
    same: bool,
    numbered: bool,
    seen_ended: str | None,
    seen_kept: str | None,
    has_task: bool,
) -> None:
    """Whatever was entered at either record, in whatever order; None: nothing was."""

    def steps(session: Session) -> None:
        if same:
            one_family(session, numbered)
        orders = [(KEPT, kept, seen_kept), (ENDED, ended, seen_ended)]
        for code, state, result in orders if kept_first else reversed(orders):
            if state is not None:
                move(session, toy, event, code, state, f"{code}说的")
            if result is not None:
                see(session, toy, event, code, result)
        if not has_task and seen_kept is None:
            session.execute(
                text(
                    "UPDATE emergency_inspection i SET state = 'withdrawn' FROM house h"
                    " WHERE h.id = i.house_id AND h.code = :c AND i.event_id = :e"
                ),
                {"c": KEPT, "e": event},
            )
        session.flush()
        before = session.execute(LISTED, {"event": event}).all()
        begun = {row.code: row.state for row in before if row.begun_at is not None}
        due = totals(session, event, AreaScope(COUNTY)).total
        join(session, toy)
        session.flush()
        rows = session.execute(LISTED, {"event": event}).all()
        after = totals(session, event, AreaScope(COUNTY)).total
        assert {row.code for row in rows} == {KEPT}
        assert len(rows) == (1 if same else 2) == len({row.household_id for row in rows})
        assert after.due.households == due.due.households - (len(before) - len(rows))
        assert after.due == after.moved.plus(after.left)
        living = set(
            session.scalars(
                text(
                    "SELECT l.household_id FROM house_household l JOIN house h ON h.id = l.house_id"
                    " WHERE h.code = :c AND l.relation = 'lives' AND l.to_on IS NULL"
                ),
                {"c": KEPT},
            )
        )
        assert {row.household_id for row in rows} == living
        if same:
            [row] = rows
            last = KEPT if not kept_first else ENDED
            moved = [code for code in begun if begun[code] in MOVED]
            wanted = moved or list(begun)
            speaks = last if last in wanted else (wanted[0] if wanted else None)
            assert row.state == (begun[speaks] if speaks else "pending")
            for code in begun:
                assert code == speaks or "重复登记的一条" in row.note
                assert f"{code}说的" in row.note
        else:
            assert sorted(row.state for row in rows) == sorted(row.state for row in before)
        [task] = session.execute(TASKS, {"event": event}).all()
        results = [result for result in (seen_ended, seen_kept) if result is not None]
        assert task.code == KEPT
        if "collapsed" in results:
            assert task.result == "collapsed"
        elif results:
            assert task.result in results
        for code, result in ((ENDED, seen_ended), (KEPT, seen_kept)):
            assert result is None or f"{code}所见" in task.findings

    def tried() -> None:
        with toy.transaction(COUNTY) as session:
            steps(session)
            raise _RolledBackError

    with pytest.raises(_RolledBackError):
        tried()


def test_what_was_signed_of_the_one_keeps_people_out_of_the_other(toy: ToyDatabase, event: int, engineer: int) -> None:
    looked(toy, event, ENDED, "suspected", damage="severe", rooms_severe=2)
    signed(toy, event, ENDED, "not_habitable", engineer)
    said(toy, event, ENDED, "moved_to_kin")
    looked(toy, event, KEPT, "uninhabited")
    with toy.transaction(COUNTY) as session:
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        found = session.get_one(HazardEvent, event)
        away = [row for row in session.execute(LISTED, {"event": event}) if row.state == "moved_to_kin"]
        assert [row.code for row in away] == [KEPT]
        why = hindrance_of(session, toy.actor(COUNTY), found)(away[0], "县长同意")
        assert why is not None and "不可以居住" in why


def test_tasks_given_again_change_nothing_any_more(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        one_family(session)
        move(session, toy, event, ENDED, "moved_to_kin", "女儿家")
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        before = session.execute(LISTED, {"event": event}).all()
        respond(session, toy.actor(COUNTY), event)
        session.flush()
        assert session.execute(LISTED, {"event": event}).all() == before
