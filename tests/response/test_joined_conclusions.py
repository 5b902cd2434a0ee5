"""A house turns out to be registered twice: what was signed of either, and who cannot live there, stand under the kept one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.conclusions import queries
from geo_housing.conclusions.care import Care, keep_care
from geo_housing.conclusions.elsewhere import dangerous_elsewhere
from geo_housing.conclusions.house_at_event import house_at_event
from geo_housing.conclusions.service import Signing, sign
from geo_housing.conclusions.unsafe import unsafe_by_event, unsafe_count, unsafe_rows
from geo_housing.errors import NotFound
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.register.endings import end_house, resume_house
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.reports.gather import gather
from geo_housing.response.reports.losses import HEADS, loss_ledger
from geo_housing.response.returning import hindrance_of
from geo_housing.scope import AreaScope
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase
from tests.fixtures.undone import Undo, undone
from tests.houses.test_at_the_same_time import meanwhile
from tests.response.test_joined_houses import ENDED, KEPT, LISTED
from tests.response.test_returning import RISKS, engineer, event, home, looked, number_of, said, signed
from tests.response.zones import everybody_moved, make_event
from tests.toy_county import COUNTY, VILLAGES

__all__ = ["engineer", "event"]
SCOPE = AreaScope(COUNTY)
NEXT = "西二-D"
WORDS = ["habitable", "not_habitable"]


def join(toy: ToyDatabase, ended: str = ENDED, kept: str = KEPT) -> None:
    with toy.transaction(COUNTY) as session:
        joined(session, toy, ended, kept)


def joined(session: Session, toy: ToyDatabase, ended: str = ENDED, kept: str = KEPT) -> None:
    version = session.scalars(text("SELECT version FROM house WHERE code = :c"), {"c": ended}).one()
    end_house(
        session, toy.actor(COUNTY), ended, reason="duplicate", on=clock.today(), version=version, duplicate_of=kept
    )


def id_of(session: Session, code: str) -> int:
    return int(session.scalars(text("SELECT id FROM house WHERE code = :c"), {"c": code}).one())


def held(session: Session, event: int, code: str) -> str | None:
    house = id_of(session, code)
    return queries.checked_houses(session, event, [house])[house].conclusion


def look(session: Session, toy: ToyDatabase, event: int, code: str, result: str, *, minutes_ago: int = 0) -> None:
    severe = {"damage": "severe", "rooms_severe": 2} if result == "suspected" else {"damage": "none"}
    told: dict[str, Any] = {
        "result": result,
        "visitor": "某巡查员",
        "visited_at": clock.now() - timedelta(minutes=minutes_ago),
        "findings": "东墙",
        **severe,
    }
    number = number_of(session, event, code, "emergency_inspection")
    assert (
        enter_result(session, toy.actor(COUNTY), number, InspectionEntry(Findings(**told), frozenset(told))).state
        == "done"
    )


def figures(session: Session, event: int) -> tuple[int, int, int, int]:
    """Needed, waiting, 不可以居住 and not yet housed: the page and the report say the same."""
    areas = queries.standing(session, event, SCOPE, RISKS)
    page = (
        sum(one.needed for one in areas),
        sum(one.waiting for one in areas),
        sum(one.by_conclusion["not_habitable"] for one in areas),
        sum(one.unsafe for one in areas),
    )
    told = gather(session, session.get_one(HazardEvent, event), SCOPE).total.concluded
    assert page == (told.needed, told.waiting, told.not_habitable, told.unsafe)
    assert page[3] == unsafe_count(session, SCOPE, event_id=event)
    return page


def cared(toy: ToyDatabase, event: int, code: str, area: str = COUNTY, **care: Any) -> None:
    with toy.transaction(area) as session:
        if "settled_how" in care:
            everybody_moved(session, event)
        keep_care(session, toy.actor(area), event, code, Care(**care, stated=frozenset(care)), version=None)


@pytest.mark.parametrize("both_seen", [False, True])
def test_who_cannot_live_there_is_cared_for_under_the_kept_house(
    toy: ToyDatabase, event: int, engineer: int, both_seen: bool
) -> None:
    """Its task goes to the kept house's own; ``both_seen``: that one was ended, too, and needed a conclusion."""
    looked(toy, event, ENDED, "suspected", damage="severe", rooms_severe=2)
    signed(toy, event, ENDED, "not_habitable", engineer)
    cared(toy, event, ENDED, living_now="女儿家")
    if both_seen:
        looked(toy, event, KEPT, "suspected", damage="severe", rooms_severe=2)
    join(toy)
    with toy.transaction(COUNTY) as session:
        assert held(session, event, KEPT) == "not_habitable"
        assert figures(session, event) == (1, 0, 1, 1)
        assert [(row.house_code, row.home.living_now) for row in unsafe_rows(session, event, SCOPE)] == [
            (KEPT, "女儿家")
        ]
        ledger = loss_ledger(session, toy.actor(COUNTY), session.get_one(HazardEvent, event))
        columns = [label for label, _ in HEADS]
        told = [dict(zip(columns, row, strict=True)) for row in ledger.rows]
        assert ledger.houses == 1
        assert {(row["房屋编号"], row["现居住地"]) for row in told} == {(KEPT, "女儿家")}
        assert all("某工程师" in row.values() and "待评估" not in row.values() for row in told)
        with pytest.raises(NotFound, match=f"已并入 {KEPT}"):
            house_at_event(session, event, ENDED, SCOPE)
        holds = queries.holding(session, event, id_of(session, KEPT))
        assert holds is not None and holds.signed_by == "某工程师" and ENDED in (holds.reason or "")
    signed(toy, event, KEPT, "not_habitable", engineer, upon=holds.id, reason="再次查看")
    with toy.transaction(COUNTY) as session:
        assert figures(session, event) == (1, 0, 1, 1)
    cared(toy, event, KEPT, settled_how="住在女儿家，不再返回")
    with toy.transaction(COUNTY) as session:
        assert figures(session, event) == (1, 0, 1, 0)
        assert unsafe_by_event(session, SCOPE) == []


@settings(max_examples=examples(36), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    ended=st.sampled_from([None, *WORDS]),
    kept=st.sampled_from([None, *WORDS]),
    minutes=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    ended_first=st.booleans(),
    housed=st.sets(st.sampled_from([ENDED, KEPT])),
    results=st.tuples(*2 * [st.sampled_from(["suspected", "no_visible_hazard"])]),
)
def test_the_last_signature_holds_and_nobody_is_counted_twice(
    toy: ToyDatabase,
    event: int,
    engineer: int,
    ended: str | None,
    kept: str | None,
    minutes: tuple[int, int],
    ended_first: bool,
    housed: set[str],
    results: tuple[str, str],
) -> None:
    """Whatever was signed of either, typed in whatever order."""
    at = {ENDED: clock.now() - timedelta(minutes=minutes[0]), KEPT: clock.now() - timedelta(minutes=minutes[1])}
    words = {ENDED: ended, KEPT: kept}

    with undone(), toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        order = [ENDED, KEPT] if ended_first else [KEPT, ENDED]
        for code, result in zip((ENDED, KEPT), results, strict=True):
            # Before any technician came: nobody signs of what they cannot have seen.
            look(session, toy, event, code, result, minutes_ago=9)
        is_open: set[str] = set()
        for code in order:
            word = words[code]
            if word is None:
                continue
            how = Signing(word, ("wall_crack",), "支顶", engineer, signed_at=at[code])
            sign(session, actor, event, code, how)
            if word == "not_habitable":
                how_housed = {"settled_how": "已安置"} if code in housed else {}
                care = {"living_now": f"{code}说的", **how_housed}
                if how_housed:
                    everybody_moved(session, event)
                keep_care(session, actor, event, code, Care(**care, stated=frozenset(care)), version=None)
                is_open |= {code} - housed
        session.flush()
        joined(session, toy)
        session.flush()
        found = held(session, event, KEPT)
        needed, waiting, banned, unsafe = figures(session, event)
        assert held(session, event, ENDED) == ended, "what was signed stays where it was signed"
        last = max((code for code in words if words[code]), key=lambda code: (at[code], words[code]), default=None)
        if last is None:
            assert found is None
        elif words[last] == "not_habitable":
            assert found == "not_habitable"
        elif "not_habitable" not in words.values():
            assert found in (None, "habitable")
        # Only who knew the worse of the two permits anything; where nobody did a ban of either stands.
        saw = dict(zip((ENDED, KEPT), results, strict=True))
        knew = {code for code in words if saw[code] == "suspected" or "suspected" not in results}
        assert found != "habitable" or any(words[code] == "habitable" for code in knew)
        if "not_habitable" in words.values():
            assert found is not None
        assert banned == (found == "not_habitable")
        assert (needed, waiting) in ((1, int(found is None)), (0, 0))
        assert unsafe == (bool(is_open) and found == "not_habitable")
        homes = [row for row in unsafe_rows(session, event, SCOPE) if row.settled_at is None]
        assert all(row.house_code == KEPT for row in homes)
        for code in is_open if homes else ():
            assert f"{code}说的" in (homes[0].home.living_now or "")

        raise Undo


def test_a_chain_of_duplicates_and_a_kept_house_in_another_village(toy: ToyDatabase, event: int, engineer: int) -> None:
    """A is B, then B is C in another village: whoever sees only that village sees it, too, and C's people stay away."""
    looked(toy, event, ENDED, "suspected", damage="severe", rooms_severe=2)
    signed(toy, event, ENDED, "not_habitable", engineer)
    said(toy, event, ENDED, "moved_to_kin")
    join(toy)
    join(toy, KEPT, NEXT)
    village = VILLAGES["西二"][0]
    with toy.transaction(village) as session:
        assert held(session, event, NEXT) == "not_habitable"
        assert [row.house_code for row in unsafe_rows(session, event, AreaScope(village))] == [NEXT]
        away = [
            row
            for row in session.execute(
                text(str(LISTED).replace("IN ('西一-C', '西一-D')", "= :code")), {"event": event, "code": NEXT}
            )
            if row.state == "moved_to_kin"
        ]
        found = session.get_one(HazardEvent, event)
        why = hindrance_of(session, toy.actor(village), found)(away[0], "县长同意")
        assert why is not None and "不可以居住" in why
    cared(toy, event, NEXT, village, living_now="女儿家", settled_how="住在女儿家")
    with toy.transaction(COUNTY) as session:
        assert figures(session, event) == (1, 0, 1, 0)
        other = make_event(session, toy.actor(COUNTY), ("西二",), "red")
        house = id_of(session, NEXT)
        assert house in dangerous_elsewhere(session, session.get_one(HazardEvent, other), [house])
        with pytest.raises(NotFound, match=f"已并入 {NEXT}"):
            house_at_event(session, event, ENDED, SCOPE)


def test_who_is_home_in_the_kept_house_is_fetched_once_more(toy: ToyDatabase, event: int, engineer: int) -> None:
    home(toy, event, KEPT)
    looked(toy, event, ENDED, "no_visible_hazard")
    signed(toy, event, ENDED, "not_habitable", engineer)
    join(toy)
    assert state_of_people(toy, event) == ["pending", "pending"]


def state_of_people(toy: ToyDatabase, event: int) -> list[str]:
    with toy.transaction(COUNTY) as session:
        return sorted(row.state for row in session.execute(LISTED, {"event": event}))


def test_a_permit_does_not_cover_what_was_found_at_the_other_record(
    toy: ToyDatabase, event: int, engineer: int
) -> None:
    looked(toy, event, ENDED, "no_visible_hazard")
    signed(toy, event, ENDED, "habitable", engineer)
    looked(toy, event, KEPT, "suspected", damage="severe", rooms_severe=2)
    join(toy)
    with toy.transaction(COUNTY) as session:
        assert held(session, event, KEPT) is None
        assert figures(session, event) == (1, 1, 0, 0)


@pytest.mark.parametrize(("hours", "holds"), [(2, None), (0, "habitable")])
def test_a_permit_covers_what_had_been_found_when_its_technician_was_there(
    toy: ToyDatabase, event: int, engineer: int, later: Callable[..., None], hours: int, holds: str | None
) -> None:
    """Typed afterwards in either case: a form filled in on paper says when they were at the house."""
    later(hours=3)
    looked(toy, event, KEPT, "suspected", damage="severe", rooms_severe=2)
    looked(toy, event, ENDED, "no_visible_hazard")
    signed(toy, event, ENDED, "habitable", engineer, signed_at=clock.now() - timedelta(hours=hours))
    join(toy)
    with toy.transaction(COUNTY) as session:
        assert held(session, event, KEPT) == holds
        assert figures(session, event) == (1, int(holds is None), 0, 0)


def test_who_signs_while_the_house_is_joined_signs_of_the_kept_one(toy: ToyDatabase, event: int, engineer: int) -> None:
    looked(toy, event, ENDED, "suspected", damage="severe", rooms_severe=2)
    with toy.transaction(COUNTY) as session:
        joined(session, toy)
        session.flush()
        with meanwhile(toy, lambda: signed(toy, event, ENDED, "not_habitable", engineer)) as other:
            session.commit()
        with pytest.raises(NotFound, match=f"已并入 {KEPT}"):
            other.end()


def test_an_event_that_has_ended_keeps_its_figures_and_nobody_goes_home(
    toy: ToyDatabase, event: int, engineer: int
) -> None:
    """Each record keeps its task and what was signed of it; the care is given under the kept house."""
    looked(toy, event, ENDED, "suspected", damage="severe", rooms_severe=2)
    signed(toy, event, ENDED, "not_habitable", engineer)
    looked(toy, event, KEPT, "suspected", damage="severe", rooms_severe=2)
    said(toy, event, KEPT, "moved_to_kin")
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET phase = 'closed' WHERE id = :id"), {"id": event})
    with toy.transaction(COUNTY) as session:
        before = figures(session, event)
    join(toy)
    with toy.transaction(COUNTY) as session:
        assert before == figures(session, event) == (2, 1, 1, 1)
        found = session.get_one(HazardEvent, event)
        [away] = [row for row in session.execute(LISTED, {"event": event}) if row.state == "moved_to_kin"]
        assert away.code == KEPT
        why = hindrance_of(session, toy.actor(COUNTY), found)(away, "县长同意")
        assert why is not None and "不可以居住" in why
        other = make_event(session, toy.actor(COUNTY), ("西一",), "red")
        house = id_of(session, KEPT)
        assert house in dangerous_elsewhere(session, session.get_one(HazardEvent, other), [house])
    cared(toy, event, KEPT, living_now="女儿家", settled_how="住在女儿家")
    with toy.transaction(COUNTY) as session:
        assert figures(session, event) == (2, 1, 1, 0)
        assert dangerous_elsewhere(session, session.get_one(HazardEvent, other), [house]) == {}


@pytest.mark.parametrize("conclusion", ["habitable", "not_habitable"])
def test_what_came_with_a_house_that_was_no_duplicate_goes_with_it(
    toy: ToyDatabase, event: int, engineer: int, conclusion: str
) -> None:
    for code in (ENDED, KEPT):
        looked(toy, event, code, "suspected", damage="severe", rooms_severe=2)
    signed(toy, event, ENDED, conclusion, engineer)
    join(toy)
    with toy.transaction(COUNTY) as session:
        assert held(session, event, KEPT) == conclusion
        version = session.scalars(text("SELECT version FROM house WHERE code = :c"), {"c": ENDED}).one()
        told = resume_house(session, toy.actor(COUNTY), ENDED, version=version, note="不是同一栋")
        assert any(KEPT in sentence and "重新评估、签署" in sentence for sentence in told)
    with toy.transaction(COUNTY) as session:
        # Nobody comes home to the one on the word about the other; what forbids stays until it is looked at.
        assert held(session, event, KEPT) == (None if conclusion == "habitable" else "not_habitable")
        cared_for = {row.house_code for row in unsafe_rows(session, event, SCOPE) if row.settled_at is None}
        assert cared_for == (set() if conclusion == "habitable" else {ENDED, KEPT})


@pytest.mark.parametrize("closed", ["before joining", "before parting"])
@pytest.mark.parametrize("signed_of", [(ENDED,), (KEPT,), (ENDED, KEPT)])
def test_no_care_is_lost_where_the_event_has_ended_when_the_two_come_apart(
    toy: ToyDatabase, event: int, engineer: int, closed: str, signed_of: tuple[str, ...]
) -> None:
    for code in (ENDED, KEPT):
        looked(toy, event, code, "suspected", damage="severe", rooms_severe=2)
    for code in signed_of:
        signed(toy, event, code, "not_habitable", engineer)
        cared(toy, event, code, living_now=f"{code}的亲戚家")

    def close() -> None:
        with toy.transaction() as session:
            session.execute(text("UPDATE hazard_event SET phase = 'closed' WHERE id = :id"), {"id": event})

    if closed == "before joining":
        close()
    with toy.transaction(COUNTY) as session:
        before = figures(session, event)
    join(toy)
    if closed == "before parting":
        close()
    with toy.transaction(COUNTY) as session:
        version = session.scalars(text("SELECT version FROM house WHERE code = :c"), {"c": ENDED}).one()
        resume_house(session, toy.actor(COUNTY), ENDED, version=version, note="不是同一栋")
    with toy.transaction(COUNTY) as session:
        rows = unsafe_rows(session, event, SCOPE)
        cares = {row.house_code: row.home.living_now for row in rows if row.settled_at is None}
        after = figures(session, event)
    # 不可以居住 that was signed once more under the kept house stays there until it is looked at.
    assert cares.keys() == {*signed_of, *((KEPT,) if closed == "before parting" else ())}
    assert after[3] == len(cares) >= before[3]
    for code in signed_of:
        assert f"{code}的亲戚家" in (cares[code] or ""), "where they live stands at their own house"
    if closed == "before joining":
        assert after == before
