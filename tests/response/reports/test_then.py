"""Every earlier moment is asked for and answered as it was seen then, whatever was entered, corrected or reopened since."""

import itertools
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.register.endings import resume_house
from geo_housing.inspections.models import EmergencyInspection
from geo_housing.inspections.opening import Opening, open_extra, reopen_harmless
from geo_housing.inspections.queries import locked_inspection
from geo_housing.inspections.service import InspectionEntry, enter_result, take_photo_back
from geo_housing.inspections.stages import Findings
from geo_housing.inspections.steps import INSPECTIONS_NOW, INSPECTIONS_THEN, KEEP_ROWS
from geo_housing.response.reports.figures import Figures, Loss, figures_of
from geo_housing.response.reports.gather import gather
from geo_housing.response.reports.late import LateHouse, entered_late
from geo_housing.response.reports.service import report_of
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.reports.test_reports import entered, figures, made, sent
from tests.response.test_joined_houses import join
from tests.response.zones import make_event, revise
from tests.toy_county import COUNTY, EAST, WEST

HOUSES = ("西一-A", "西一-B", "西一-C", "西一-D", "东一-A")
SCOPE = AreaScope(COUNTY)
# Of a row what a moment tells of it; times that had not come yet are none.
STOOD = """
    SELECT h.code, i.state <> 'withdrawn' OR i.withdrawn_at > :at AS counts, i.done_at <= :at IS TRUE AS is_done, b.is_begun,
        (i.due_at < :at OR i.overdue_earlier @> CAST(:at AS timestamptz)) IS TRUE AS overdue,
        CASE WHEN b.is_begun THEN ARRAY[i.result, i.damage] END AS found,
        CASE WHEN b.is_begun THEN ARRAY[i.rooms_collapsed, i.rooms_severe, i.rooms_slight] END AS rooms
    FROM {rows} i JOIN house h ON h.id = i.house_id CROSS JOIN LATERAL (SELECT i.begun_at <= :at IS TRUE AS is_begun) b
    WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi AND i.opened_at <= :at ORDER BY h.code
"""
rooms = st.sampled_from([None, 0, 1, 3])
saves = st.tuples(
    st.just("save"),
    st.sampled_from(HOUSES),
    st.fixed_dictionaries(
        {"result": st.sampled_from([None, "no_visible_hazard", "suspected", "collapsed", "locked", "uninhabited"])},
        optional={
            "damage": st.sampled_from([None, "none", "slight", "severe", "collapsed"]),
            "rooms_collapsed": rooms,
            "rooms_severe": rooms,
            "rooms_slight": rooms,
            "visitor": st.just("某巡查员"),
            "visited_at": st.just("now"),
            "findings": st.sampled_from(["东墙", "再看"]),
        },
    ),
)
whole = st.tuples(
    st.just("save"),
    st.sampled_from(HOUSES),
    st.sampled_from(
        [
            {"result": "no_visible_hazard"},
            {"result": "suspected", "damage": "slight", "rooms_slight": 2},
            {"result": "suspected", "damage": "severe", "rooms_severe": 1},
            {"result": "collapsed", "rooms_collapsed": 2},
        ]
    ).map(lambda said: {**said, "visitor": "某巡查员", "visited_at": "now", "findings": "东墙"}),
)
others = st.tuples(st.sampled_from(["reopen", "leave", "return", "pass"]), st.just(""), st.just({}))
nights = st.lists(st.one_of(whole, saves, others), min_size=4, max_size=14)


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ("西一", "东一"), "red")
        respond(session, toy.actor(COUNTY), number)
        change_phase(session, toy.actor(COUNTY), number, "aftermath")
    return number


def as_then(session: Session, event: int, at: datetime, rows: str) -> list[dict[str, Any]]:
    values = {"event": event, "at": at, "lo": SCOPE.lo, "hi": SCOPE.hi}
    return [dict(row._mapping) for row in session.execute(text(STOOD.format(rows=rows)), values)]


def save(session: Session, actor: Actor, event: int, code: str, said: dict[str, Any]) -> None:
    query = "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c AND event_id = :e AND i.state <> 'withdrawn'"
    number = session.scalar(text(query), {"c": code, "e": event})
    values = {**said, **({"visited_at": clock.now()} if "visited_at" in said else {})}
    if number is not None:
        enter_result(session, actor, number, InspectionEntry(Findings(**values), frozenset(values)))


def done(toy: ToyDatabase, event: int, what: str, code: str, said: dict[str, Any]) -> None:
    actor = toy.actor(COUNTY)
    try:
        with toy.transaction(COUNTY) as session:
            if what == "save":
                save(session, actor, event, code, said)
            elif what == "reopen":
                reopen_harmless(session, event, [WEST], at=clock.now())
            elif what in ("leave", "return"):
                revise(session, actor, event, ("西一",) if what == "leave" else ("西一", "东一"), "red")
                respond(session, actor, event)
    except BadInput:
        # What cannot be true together is not saved.
        return


def test_every_moment_is_answered_as_it_was_seen_then(toy: ToyDatabase, event: int, later: Callable[..., None]) -> None:
    ours = itertools.count()

    @settings(max_examples=examples(12), deadline=None, suppress_health_check=list(HealthCheck), print_blob=False)
    @given(acts=nights, hours=st.sampled_from([0, 30]))
    @example(acts=[("leave", "", {}), ("pass", "", {}), ("return", "", {})], hours=0)
    def check(acts: list[tuple[str, str, dict[str, Any]]], hours: int) -> None:
        later(hours=1)
        with toy.transaction(COUNTY) as session:
            number = make_event(session, toy.actor(COUNTY), ("西一", "东一"), "red", name=f"过程{next(ours)}")
            respond(session, toy.actor(COUNTY), number)
            change_phase(session, toy.actor(COUNTY), number, "aftermath")
            row = session.get_one(HazardEvent, number)
            session.expunge(row)
        seen: list[tuple[datetime, Figures, list[dict[str, Any]]]] = []
        for what, code, said in acts:
            done(toy, number, what, code, said)
            later(minutes=10, hours=hours if what == "pass" else 0)
            with toy.transaction(COUNTY) as session:
                at = clock.now()
                seen.append((at, gather(session, row, SCOPE), as_then(session, number, at, INSPECTIONS_NOW)))
            later(minutes=10)
        with toy.transaction(COUNTY) as session:
            for at, now, rows in seen:
                then = gather(session, row, SCOPE, as_of=at)
                assert as_then(session, number, at, INSPECTIONS_THEN) == rows
                for one, other in zip((now.total, *now.townships), (then.total, *then.townships), strict=True):
                    assert (one.losses, one.checks, one.concluded) == (other.losses, other.checks, other.concluded)
                assert then.is_known

    check()


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def typed(at: datetime) -> str:
    return at.astimezone(clock.BEIJING).strftime("%Y-%m-%dT%H:%M")


def test_a_correction_changes_no_earlier_moment(
    toy: ToyDatabase, county: TestClient, event: int, later: Callable[..., None]
) -> None:
    entered(toy, event, "西一-D", result="suspected", damage="slight", rooms_slight=2)
    later(minutes=5)
    at = clock.now()
    before = figures(made(toy, event))
    later(minutes=5)
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=3)
    now, then = figures(made(toy, event)), figures(made(toy, event, as_of=at))
    assert now.total.losses["collapsed"] == Loss(1, 1, 3) and now.total.losses["slight"] == Loss(0, 0, 2)
    assert then.total.losses == before.total.losses and then.total.losses["slight"] == Loss(1, 1, 2)
    # A house that fell waits for a technician and leaves a family without a home; nobody knew then.
    assert (now.total.concluded.needed, now.total.concluded.unsafe) == (1, 1)
    assert asdict(then.total.concluded) == asdict(before.total.concluded)
    assert then.total.concluded.unsafe == 0
    page = county.get(f"/events/{event}/course", params={"at": typed(at)}).text
    assert "一般损坏 <strong>1" in page and "倒塌 <strong>" not in page
    assert "倒塌 <strong>1" in county.get(f"/events/{event}/course").text
    for township in then.townships:
        assert township.losses["collapsed"].houses == 0


@pytest.mark.parametrize("ended", [None, "collapsed", "no_visible_hazard"])
@pytest.mark.parametrize("kept", [None, "collapsed", "no_visible_hazard", "withdrawn"])
def test_houses_that_are_joined_and_come_apart_again_stood_as_they_stood(
    toy: ToyDatabase, event: int, later: Callable[..., None], ended: str | None, kept: str | None
) -> None:
    said = {"collapsed": {"rooms_collapsed": 2}}
    seen: list[tuple[datetime, list[dict[str, Any]]]] = []

    def note() -> None:
        later(minutes=10)
        with toy.transaction(COUNTY) as session:
            seen.append((clock.now(), as_then(session, event, clock.now(), INSPECTIONS_NOW)))
        later(minutes=10)

    if kept == "withdrawn":
        with toy.transaction(COUNTY) as session:
            statement = "UPDATE emergency_inspection i SET state = 'withdrawn', withdrawn_at = :at FROM house h WHERE h.id = i.house_id AND h.code = '西一-D'"
            session.execute(text(statement), {"at": clock.now()})
    for code, result in (("西一-C", ended), ("西一-D", kept)):
        note()
        if result not in (None, "withdrawn"):
            entered(toy, event, code, result=result, **said.get(result or "", {}))
    note()
    for change in (join, come_apart):
        with toy.transaction(COUNTY) as session:
            change(session, toy)
        note()
    with toy.transaction(COUNTY) as session:
        for at, rows in seen:
            assert as_then(session, event, at, INSPECTIONS_THEN) == rows


def come_apart(session: Session, toy: ToyDatabase) -> None:
    version = session.scalars(text("SELECT version FROM house WHERE code = '西一-C'")).one()
    resume_house(session, toy.actor(WEST), "西一-C", version=version, note="不是同一栋")


def test_a_house_of_which_the_only_photo_was_taken_back_had_been_begun(
    toy: ToyDatabase, event: int, later: Callable[..., None]
) -> None:
    with toy.transaction(COUNTY) as session:
        row = session.scalars(select(EmergencyInspection).order_by(EmergencyInspection.id)).first()
        assert row is not None
        row.state, row.begun_at = "in_progress", clock.now()
        number = row.id
    later(minutes=5)
    at = clock.now()
    with toy.transaction(COUNTY) as session:
        begun = as_then(session, event, at, INSPECTIONS_NOW)
        assert sum(one["is_begun"] for one in begun) == 1
        later(minutes=5)
        take_photo_back(session, toy.actor(COUNTY), locked_inspection(session, number, SCOPE), 1)
    with toy.transaction(COUNTY) as session:
        assert as_then(session, event, at, INSPECTIONS_THEN) == begun
        assert not any(one["is_begun"] for one in as_then(session, event, clock.now(), INSPECTIONS_THEN))


def test_an_extra_house_that_was_withdrawn_is_none_of_the_moments_between(
    toy: ToyDatabase, event: int, later: Callable[..., None]
) -> None:
    done(toy, event, "leave", "", {})
    later(minutes=5)
    at = clock.now()
    with toy.transaction(COUNTY) as session:
        withdrawn = as_then(session, event, at, INSPECTIONS_NOW)
        house = session.scalars(text("SELECT id FROM house WHERE code = '东一-A'")).one()
        later(minutes=5)
        opening = Opening(event, 2, 1, clock.now(), {EAST: (12, 24, 48)})
        assert open_extra(session, opening, house) == 1
    with toy.transaction(COUNTY) as session:
        assert as_then(session, event, at, INSPECTIONS_THEN) == withdrawn
        assert as_then(session, event, clock.now(), INSPECTIONS_THEN) != withdrawn


def test_a_correction_of_a_report_hears_of_what_was_corrected_after_its_moment(
    toy: ToyDatabase, county: TestClient, event: int, later: Callable[..., None]
) -> None:
    seen = clock.now()
    entered(toy, event, "西一-D", result="suspected", damage="slight", rooms_slight=2, visited_at=seen)
    entered(toy, event, "西一-A", result="collapsed", rooms_collapsed=1, visited_at=seen)
    entered(toy, event, "西一-B", result="collapsed", rooms_collapsed=1, visited_at=seen)
    later(minutes=5)
    made(toy, event)
    sent(toy, event, 1)
    later(minutes=5)
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=3, visited_at=seen)
    later(minutes=5)
    entered(toy, event, "西一-A", result="suspected", damage="none", rooms_collapsed=None, visited_at=seen)
    later(minutes=5)
    entered(toy, event, "西一-B", result="collapsed", rooms_collapsed=2, visited_at=seen)
    until = clock.now()
    later(minutes=5)
    # What is said in other words is no other damage; what was seen on another visit is no mistake.
    entered(toy, event, "西一-B", result="collapsed", rooms_collapsed=2, visited_at=seen, findings="东墙、北墙")
    entered(toy, event, "西一-C", result="collapsed", rooms_collapsed=2, visited_at=clock.now())
    with toy.transaction(COUNTY) as session:
        row = report_of(session, event, 1, SCOPE)
        late = entered_late(session, row)
    assert late is not None and until - timedelta(seconds=30) < late.until <= until
    assert late.houses == (
        LateHouse("西一-D", "collapsed", "slight"),
        LateHouse("西一-A", "none", "collapsed"),
        LateHouse("西一-B", "collapsed", None),
    )
    page = county.get(f"/events/{event}/reports/1").text
    assert "又登记或更正了 3 栋" in page and "西一-D（一般损坏→倒塌）、西一-A（倒塌→无）、西一-B（倒塌）" in page
    same = figures(made(toy, event, corrects=1, reason="损坏程度有误"))
    assert same.total.losses == figures(row).total.losses, "a moment stays what it was"
    sent(toy, event, 2)
    put_right = figures(made(toy, event, corrects=2, reason="损坏程度有误", as_of=late.until))
    assert put_right.total.losses["collapsed"] == Loss(2, 2, 5) and put_right.total.losses["slight"] == Loss(0, 0, 2)


def test_where_it_was_not_kept_what_stood_before_a_correction_that_is_said(
    toy: ToyDatabase, county: TestClient, event: int, later: Callable[..., None]
) -> None:
    sentence = "结果、损坏程度和间数含"
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=3)
    later(minutes=20)
    at = clock.now() - timedelta(minutes=10)

    def said() -> tuple[bool, bool]:
        report = made(toy, event, as_of=at)
        page = county.get(f"/events/{event}/reports/{report.number}").text
        return sentence in page, sentence in county.get(f"/events/{event}/course", params={"at": typed(at)}).text

    assert said() == (False, False)
    # As the migration leaves a row that had been begun.
    with toy.transaction(COUNTY) as session:
        kept = KEEP_ROWS.format(rows="(SELECT * FROM emergency_inspection WHERE begun_at IS NOT NULL)")
        session.execute(text(kept.replace("at, state", "at, is_known, state").replace(":at, b", ":at, false, b")), {"at": clock.now()})  # fmt: skip
    assert said() == (True, True)
    assert sentence not in county.get(f"/events/{event}/course").text
    # Nothing had been begun an hour before: nothing was corrected since.
    report = made(toy, event)
    with toy.transaction(COUNTY) as session:
        assert figures(report).is_known
        row = session.get_one(HazardEvent, event)
        assert gather(session, row, SCOPE, as_of=at - timedelta(hours=1)).is_known
        assert not figures_of({**figures(report).as_json(), "is_known": False}).is_known


def test_what_stood_before_is_seen_where_the_house_stands(toy: ToyDatabase, event: int) -> None:
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=3)
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=4)
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET scope_code = :to WHERE code = '西一-D'"), {"to": f"{EAST}201"})
    with toy.transaction(EAST) as session:
        assert session.scalar(text("SELECT count(*) FROM emergency_inspection_step")) == 1


def test_opening_and_the_first_saving_write_no_step(toy: ToyDatabase, event: int) -> None:
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=3)
    done(toy, event, "leave", "", {})
    steps = text("SELECT count(*) FROM emergency_inspection_step")
    with toy.transaction(COUNTY) as session:
        assert session.scalar(steps) == 0
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=4)
    with toy.transaction(COUNTY) as session:
        assert session.scalar(steps) == 1
