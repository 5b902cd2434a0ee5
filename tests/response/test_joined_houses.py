"""A house turns out to be registered twice in the night: its people are on the list once, its task once, nothing begun is lost."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.clock import today
from geo_housing.conclusions.queries import checked_houses, required_risks
from geo_housing.conclusions.rule import Hold, hold
from geo_housing.evacuation.service import MoveEntry, enter
from geo_housing.evacuation.states import Said
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.freezing import begin_entry, freeze_figures
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.register.endings import end_house, resume_house
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.extra import open_again
from geo_housing.response.returned.entering import Ticked
from geo_housing.response.returned.moves import enter_list
from geo_housing.response.returned.moves import preview as preview_list
from geo_housing.response.returned.service import enter as enter_sheet
from geo_housing.response.returned.service import preview as preview_sheet
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import respond
from geo_housing.scope import AreaScope
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase
from tests.fixtures.undone import Undo, undone
from tests.houses.test_at_the_same_time import meanwhile, waiting
from tests.response.returned.test_moves import MOVED as FILLED
from tests.response.returned.test_moves import Workbook
from tests.response.returned.test_returned import Sheet
from tests.response.test_returning import engineer, event, home, looked, said, signed, sound, state_of
from tests.response.zones import begun_in_july
from tests.toy_county import COUNTY, WEST

__all__ = ["engineer", "event"]
KEPT, ENDED = "西一-D", "西一-C"
STATES = ["pending", "moved_to_shelter", "moved_to_kin", "away", "refused", "unreachable", "returned"]
RESULTS = [None, "uninhabited", "no_visible_hazard", "collapsed"]
MOVED = {"moved_to_shelter", "moved_to_kin", "away", "returned"}
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
    for one in ("moved_to_kin", state) if state == "returned" else (state,):
        entry = MoveEntry(Said(state=one, note=note), frozenset({"state", "note"}))
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
    enter_result(session, toy.actor(COUNTY), number, InspectionEntry(Findings(**told), frozenset(told)))


def held_of(session: Session, event: int, house: int) -> Hold | None:
    return hold(checked_houses(session, event, [house])[house], required_risks(session, COUNTY))


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
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

    with undone(), toy.transaction(COUNTY) as session:
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
        held = held_of(session, event, rows[0].house_id)
        stands = {"returned": "pending"} if held is not None and held.fetches else {}
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
            wanted_state = begun[speaks] if speaks else "pending"
            assert row.state == stands.get(wanted_state, wanted_state)
            for code in begun:
                assert code == speaks or "重复登记的一条" in row.note
                assert f"{code}说的" in row.note
        else:
            assert sorted(row.state for row in rows) == sorted(stands.get(row.state, row.state) for row in before)
        [task] = session.execute(TASKS, {"event": event}).all()
        results = [result for result in (seen_ended, seen_kept) if result is not None]
        assert task.code == KEPT
        if "collapsed" in results:
            assert task.result == "collapsed"
        elif results:
            assert task.result in results
        for code, result in ((ENDED, seen_ended), (KEPT, seen_kept)):
            assert result is None or f"{code}所见" in task.findings

        raise Undo


def test_what_was_signed_of_the_one_keeps_people_out_of_the_other(toy: ToyDatabase, event: int, engineer: int) -> None:
    looked(toy, event, ENDED, "suspected", damage="severe", rooms_severe=2)
    signed(toy, event, ENDED, "not_habitable", engineer)
    said(toy, event, ENDED, "moved_to_kin")
    sound(toy, event, KEPT)
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


def change(session: Session, table: str, event: int, code: str, values: str) -> None:
    session.execute(
        text(f"UPDATE {table} t SET {values} FROM house h WHERE h.id = t.house_id AND h.code = :c AND t.event_id = :e"),
        {"c": code, "e": event},
    )


def test_who_is_home_in_the_kept_house_leaves_it_when_the_duplicate_had_fallen(toy: ToyDatabase, event: int) -> None:
    """Also where what was found stood at the kept record alone, and the family was home under the other one."""
    home(toy, event, KEPT)
    home(toy, event, ENDED)
    looked(toy, event, KEPT, "collapsed", rooms_collapsed=2)
    assert (state_of(toy, event, KEPT), state_of(toy, event, ENDED)) == ("pending", "returned")
    with toy.transaction(COUNTY) as session:
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        rows = session.execute(LISTED, {"event": event}).all()
        assert [(row.code, row.state) for row in rows] == [(KEPT, "pending")] * 2


def test_what_a_person_put_on_the_list_stays_on_it_and_is_read(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        one_family(session)
        told = "origin = 'extra', reasons = '{extra}', what = '东墙倒塌，3人在村委会', people = 3, place = 1"
        change(session, "evacuation", event, ENDED, told)
        change(session, "evacuation", event, KEPT, "people = NULL, what = NULL")
        change(session, "emergency_inspection", event, ENDED, "origin = 'extra', reasons = '{extra}'")
        move(session, toy, event, KEPT, "refused", "劝了两次")
        own = session.execute(LISTED, {"event": event}).all()
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        [row] = session.execute(LISTED, {"event": event}).all()
        assert (row.state, row.origin, row.what, row.people) == ("refused", "extra", "东墙倒塌，3人在村委会", 3)
        reasons = next(one.reasons for one in own if one.code == KEPT)
        assert row.reasons == [*reasons, "reported"] and row.place == 1
        [task] = session.execute(TASKS, {"event": event}).all()
        assert (task.code, task.origin) == (KEPT, "extra") and "extra" in task.reasons


@pytest.mark.parametrize("family_begun", [True, False])
def test_a_house_without_a_family_gives_its_word_to_the_one_family(
    toy: ToyDatabase, event: int, family_begun: bool
) -> None:
    with toy.transaction(COUNTY) as session:
        change(session, "evacuation", event, KEPT, "household_id = NULL")
        left = "UPDATE house_household l SET to_on = CURRENT_DATE FROM house h WHERE h.id = l.house_id AND h.code = :c"
        session.execute(text(left), {"c": KEPT})
        move(session, toy, event, KEPT, "moved_to_kin", "在镇上")
        if family_begun:
            move(session, toy, event, ENDED, "refused", "不肯走")
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        [row] = session.execute(LISTED, {"event": event}).all()
        assert row.household_id is not None and row.code == KEPT
        assert row.state == ("refused" if family_begun else "moved_to_kin") and "在镇上" in row.note


def test_a_family_that_stands_on_the_list_without_a_house_does_not_stop_the_ending(
    toy: ToyDatabase, event: int
) -> None:
    with toy.transaction(COUNTY) as session:
        one_family(session)
        change(session, "evacuation", event, KEPT, "house_id = NULL, named = '同一户'")
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        [row] = session.execute(LISTED, {"event": event}).all()
        assert row.code == KEPT
        living = "SELECT household_id FROM house_household WHERE house_id = :h AND relation = 'lives' AND to_on IS NULL"
        assert [row.household_id] == list(session.scalars(text(living), {"h": row.house_id}))


@pytest.mark.parametrize("phase", ["closed", "mistaken"])
def test_an_event_that_has_ended_says_what_it_said(toy: ToyDatabase, event: int, phase: str) -> None:
    with toy.transaction(COUNTY) as session:
        one_family(session)
        move(session, toy, event, ENDED, "moved_to_kin", "女儿家")
        see(session, toy, event, KEPT, "collapsed")
        session.execute(text("UPDATE hazard_event SET phase = :p WHERE id = :e"), {"p": phase, "e": event})
        before = [session.execute(table, {"event": event}).all() for table in (LISTED, TASKS)]
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        assert [session.execute(table, {"event": event}).all() for table in (LISTED, TASKS)] == before


@pytest.mark.parametrize("kept", [None, "refused"])
def test_who_said_what_and_when_stays(toy: ToyDatabase, event: int, kept: str | None) -> None:
    """Another event asks whether they came home later than it knows."""
    with toy.transaction(COUNTY) as session:
        one_family(session)
        move(session, toy, event, ENDED, "moved_to_kin", "女儿家")
        if kept is not None:
            move(session, toy, event, KEPT, kept, "不走")
        told = "entered_at = now() - interval '3 hours', entered_by = '先说的人'"
        change(session, "evacuation", event, ENDED, told)
        before = next(row for row in session.execute(LISTED, {"event": event}) if row.code == ENDED)
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        [row] = session.execute(LISTED, {"event": event}).all()
        assert (row.state, row.entered_by, row.entered_at) == ("moved_to_kin", before.entered_by, before.entered_at)


def test_a_returned_list_makes_no_second_house_of_it(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    sheet = Sheet(toy.browser(toy.member("county", COUNTY)), event)
    told = {
        "排查结果": "倒塌",
        "倒塌间数": 2,
        "现场情况": "全部倒塌",
        "排查人": "某",
        "排查时间": f"{clock.now():%Y-%m-%d %H:%M}",
    }
    sheet.fill(ENDED, **told)
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        found = preview_sheet(session, toy.actor(COUNTY), row, path)
        assert found.taken_off == () and [fault.value for fault in found.faults] == [ENDED]
        assert f"已并入 {KEPT}" in found.faults[0].sentence
        off = session.execute(
            text(
                "SELECT i.id, i.version, i.house_id FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
                " WHERE h.code = :c AND i.event_id = :e AND i.state = 'withdrawn'"
            ),
            {"c": ENDED, "e": event},
        ).one()
        done = enter_sheet(session, toy.actor(COUNTY), row, path, Ticked(restore={f"{off.id}-{off.version}"}))
        assert (done.entered, done.restored) == (0, 0)
        # By no way in: a house that is no more has no task.
        open_again(session, toy.actor(COUNTY), row, off.house_id, off.id)
        assert [task.code for task in session.execute(TASKS, {"event": event})] == [KEPT]


def test_who_was_told_of_under_the_ended_code_is_entered_under_the_kept_one(
    toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    begun_in_july(toy, event)
    with toy.transaction(COUNTY) as session:
        one_family(session)
        book = Workbook(session, toy, event, tmp_path).fill(ENDED, **FILLED)
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        hindrance = hindrance_of(session, toy.actor(COUNTY), row)
        path = book.saved()
        found = preview_list(session, toy.actor(COUNTY), row, path, hindrance=hindrance)
        assert not found.taken_off
        # The two records may have counted differently: what differs is shown beside what stands.
        told = {one.seen for one in found.conflicts}
        done = enter_list(session, toy.actor(COUNTY), row, path, Ticked(told), hindrance=hindrance)
        assert (done.entered, done.restored) == (1, 0), done.faults
        [stands] = session.execute(LISTED, {"event": event}).all()
        assert (stands.code, stands.state) == (KEPT, "moved_to_shelter")


def test_a_report_that_waits_closes_no_circle(toy: ToyDatabase, event: int) -> None:
    """Somebody enters, a report waits for them, a house is joined: whoever enters finds the house free."""

    def freeze() -> None:
        with toy.transaction(COUNTY) as session:
            freeze_figures(session)

    def joins() -> None:
        with toy.transaction(COUNTY) as session:
            join(session, toy)

    with toy.transaction(COUNTY) as session:
        begin_entry(session)
        with meanwhile(toy, freeze) as report, meanwhile(toy, joins) as ending:
            deadline = time.monotonic() + 20
            while waiting(toy) < 2:
                assert time.monotonic() < deadline, "the report and the ending wait"
                time.sleep(0.02)
            held = session.execute(text("SELECT id FROM house WHERE code = :c FOR UPDATE SKIP LOCKED"), {"c": ENDED})
            assert held.first() is not None
            session.rollback()
            report.end()
            ending.end()


def test_across_villages_photos_and_steps_are_seen_where_the_house_stands(toy: ToyDatabase, event: int) -> None:
    far = "西二-D"
    with toy.transaction(COUNTY) as session:
        move(session, toy, event, ENDED, "moved_to_kin", "女儿家")
        see(session, toy, event, ENDED, "no_visible_hazard")
        see(session, toy, event, ENDED, "collapsed")
        assert session.scalar(text("SELECT count(*) FROM emergency_inspection_step")) == 1
        photo = text("""
            WITH f AS (
                INSERT INTO stored_file (scope_code, sha256, content_sha256, bytes, media_type, name, kind, created_by)
                SELECT i.scope_code, repeat('a', 64), repeat('a', 64), 1, 'image/jpeg', '照片.jpg', 'photo', 'x'
                FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c AND i.event_id = :e
                RETURNING id, scope_code)
            INSERT INTO inspection_photo (inspection_id, file_id, scope_code)
            SELECT i.id, f.id, f.scope_code FROM f, emergency_inspection i JOIN house h ON h.id = i.house_id
            WHERE h.code = :c AND i.event_id = :e
        """)
        session.execute(photo, {"c": ENDED, "e": event})
        version = session.scalars(text("SELECT version FROM house WHERE code = :c"), {"c": ENDED}).one()
        end_house(session, toy.actor(WEST), ENDED, reason="duplicate", on=today(), version=version, duplicate_of=far)
    with toy.transaction(COUNTY) as session:
        [code] = session.scalars(text("SELECT scope_code FROM house WHERE code = :c"), {"c": far})
        found = session.execute(
            text("""
                SELECT p.scope_code AS photo, f.scope_code AS file FROM inspection_photo p JOIN stored_file f ON f.id = p.file_id
                JOIN emergency_inspection i ON i.id = p.inspection_id JOIN house h ON h.id = i.house_id WHERE h.code = :c
            """),
            {"c": far},
        ).one()
        assert tuple(found) == (code, code)
        steps = text("""
            SELECT DISTINCT s.scope_code FROM evacuation_step s JOIN evacuation e ON e.id = s.evacuation_id
            JOIN house h ON h.id = e.house_id WHERE h.code = :c
        """)
        assert list(session.scalars(steps, {"c": far})) == [code]
        steps = text("""
            SELECT DISTINCT s.scope_code FROM emergency_inspection_step s JOIN emergency_inspection i ON i.id = s.inspection_id
            JOIN house h ON h.id = i.house_id WHERE h.code = :c
        """)
        assert list(session.scalars(steps, {"c": far})) == [code]


@pytest.mark.parametrize("same", [True, False])
def test_a_house_that_was_joined_by_mistake_has_its_task_and_people_again(
    toy: ToyDatabase, event: int, same: bool
) -> None:
    with toy.transaction(COUNTY) as session:
        if same:
            one_family(session)
        see(session, toy, event, ENDED, "collapsed")
        move(session, toy, event, KEPT, "moved_to_kin", "女儿家")
        before = {(row.code, row.household_id) for row in session.execute(LISTED, {"event": event})}
        due = totals(session, event, AreaScope(COUNTY)).total.due
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        version = session.scalars(text("SELECT version FROM house WHERE code = :c"), {"c": ENDED}).one()
        assert resume_house(session, toy.actor(WEST), ENDED, version=version, note="不是同一栋") == []
    with toy.transaction(COUNTY) as session:
        rows = session.execute(LISTED, {"event": event}).all()
        assert {(row.code, row.household_id) for row in rows} == before
        assert {row.code: row.state for row in rows} == {KEPT: "moved_to_kin", ENDED: "pending"}
        assert totals(session, event, AreaScope(COUNTY)).total.due == due
        tasks = {row.code: (row.state, row.result) for row in session.execute(TASKS, {"event": event})}
        # What was found stays where it was taken to; the house is looked at itself.
        assert tasks == {KEPT: ("in_progress", "collapsed"), ENDED: ("open", None)}


def test_what_is_still_lacking_of_a_house_that_comes_back_is_told(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        one_family(session)
        # The duplicate's family alone was on the list: its row is the kept house's family's since.
        change(session, "evacuation", event, KEPT, "withdrawn_at = now() - interval '1 day'")
        join(session, toy)
    with toy.transaction(COUNTY) as session:
        version = session.scalars(text("SELECT version FROM house WHERE code = :c"), {"c": ENDED}).one()
        [told] = resume_house(session, toy.actor(WEST), ENDED, version=version, note="不是同一栋")
        assert "有 1 户不在转移名单上" in told and "表外新增" in told
