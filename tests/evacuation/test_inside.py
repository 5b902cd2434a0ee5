"""Who is in a shelter: the same number for everybody who sees it, now and as it was known at any moment before."""

import random
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.evacuation import service
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import Said
from geo_housing.houses.heads import Heads
from geo_housing.response.service import respond
from geo_housing.roster.inside import inside_now, inside_then
from tests.fixtures.toy import ToyDatabase
from tests.fixtures.undone import Undo, undone
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

STATES = ("moved_to_shelter", "moved_to_shelter", "moved_to_kin", "refused", "pending")
FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def shelter(session: Session, area: str) -> int:
    query = (
        "INSERT INTO shelter (scope_code, name, capacity, created_by) VALUES (:a, '某校' || :a, 5, 'x') RETURNING id"
    )
    return int(session.execute(text(query), {"a": area}).scalar_one())


def counted(rows: list[Any]) -> dict[int, Heads]:
    """By hand: each family once, as the last row of it says."""
    last = {(row.shelter_id, row.household_id or f"house {row.house_id}"): row.people for row in rows}
    found: dict[int, list[int | None]] = {}
    for (place, _), people in last.items():
        found.setdefault(place, []).append(people)
    return {
        place: Heads(len(people), sum(one or 0 for one in people), sum(one is None for one in people))
        for place, people in found.items()
    }


@FEW
@given(seed=st.integers(0, 10**6))
def test_everybody_who_sees_a_shelter_sees_the_same_number_now_and_then(toy_worker: ToyDatabase, seed: int) -> None:
    chance = random.Random(seed)
    with undone(), toy_worker.transaction() as session:
        actor = toy_worker.actor(COUNTY)
        places = {area: shelter(session, area) for area in (COUNTY, WEST, VILLAGES["东一"][0])}
        events = []
        for villages, mode in (["西一", "东一"], "actual"), (["西一"], "actual"), (["东一"], "drill"):
            events.append(make_event(session, toy_worker.actor(), villages, "red"))
            session.execute(text("UPDATE hazard_event SET mode = :m WHERE id = :e"), {"m": mode, "e": events[-1]})
            respond(session, toy_worker.actor(), events[-1])
        listed = session.execute(text("SELECT id, event_id FROM evacuation ORDER BY id")).all()
        assert {row.event_id for row in listed} == set(events)
        moments: list[tuple[datetime, dict[int | None, dict[int, Heads]]]] = []
        for _ in range(25):
            row = chance.choice(listed)
            state = chance.choice(STATES)
            where = chance.choice([*places.values(), None]) if state == "moved_to_shelter" else None
            said = Said(state=state, shelter_id=where, people=chance.choice([None, 1, 4]))
            stated = frozenset({"state", "people", *(["shelter_id"] if state == "moved_to_shelter" else [])})
            service.enter(session, actor, row.event_id, row.id, MoveEntry(said, stated), hindrance=lambda *_: None)
            if chance.random() < 0.3:
                expected = {}
                for drill in (None, events[2]):
                    which = "v.id = :drill" if drill else "v.mode = 'actual'"
                    rows = session.execute(
                        text(
                            "SELECT e.* FROM evacuation e JOIN hazard_event v ON v.id = e.event_id WHERE e.shelter_id IS NOT NULL"
                            f" AND e.state = 'moved_to_shelter' AND e.withdrawn_at IS NULL AND {which} ORDER BY e.id"
                        ),
                        {"drill": drill},
                    ).all()
                    expected[drill] = counted(list(rows))
                    assert inside_now(session, drill=drill) == expected[drill]
                moments.append((clock.now(), expected))
        for area in (COUNTY, WEST, EAST, VILLAGES["西一"][0], VILLAGES["东一"][0]):
            # The policies' own reader: they see some of the families and all of the shelters around them.
            session.execute(
                text("SELECT set_config('gh.area_lo', :lo, true), set_config('gh.area_hi', :hi, true)"),
                {"lo": area, "hi": f"{area}:"},
            )
            seen = {one for code, one in places.items() if code.startswith(area) or area.startswith(code)}
            for at, expected in moments:
                for drill in (None, events[2]):
                    told = {place: one for place, one in expected[drill].items() if place in seen}
                    assert inside_then(session, at, drill=drill) == told, (area, at)
            if moments and moments[-1][0] is not None:
                assert set(inside_now(session)) <= seen
        raise Undo


def test_without_a_scope_it_says_nothing(toy_worker: ToyDatabase) -> None:
    with undone(), toy_worker.transaction() as session:
        shelter(session, COUNTY)
        session.execute(text("SELECT set_config('gh.area_lo', '', true), set_config('gh.area_hi', '', true)"))
        assert inside_now(session) == {} == inside_then(session, clock.now())
        raise Undo
