"""未转 is one figure, wherever it is read: however a family stands, before 误发撤销 and after it, for county and township."""

from typing import Any

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.desk.queries import to_move_by_event
from geo_housing.duty.matters import open_matters
from geo_housing.evacuation.rows import rows_of
from geo_housing.evacuation.states import NOT_MOVED
from geo_housing.evacuation.sums import due_of, first_heads, totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.queries import events_page
from geo_housing.response.reports.gather import gather
from geo_housing.response.service import change_phase, open_at, respond
from geo_housing.response.steps.tabs import tabs_of
from geo_housing.scope import AreaScope
from geo_housing.words import EVACUATION_STATE
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_returning import looked, said
from tests.response.zones import make_event
from tests.toy_county import COUNTY, WEST


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ["西一"], "red")
        respond(session, toy.actor(COUNTY), number)
    return number


def open_figures(toy: ToyDatabase, event: int, area: str) -> dict[str, int]:
    """户 not moved, as each place that tells of them has it."""
    with toy.transaction(area) as session:
        actor, scope = toy.actor(area), AreaScope(area)
        row = session.get_one(HazardEvent, event)
        (entry,) = [one for one in events_page(session, scope) if one.event.id == event]
        worked_on = {one.event.id for one in events_page(session, scope, only_worked_on=True)}
        tab = next(one.figure for one in tabs_of(session, actor, row) if one.name == "evacuation") or "0/0"
        moved, due = (int(part) for part in tab.split("/"))
        summed = totals(session, event, scope)
        listed = rows_of(session, actor, event, scope, states=NOT_MOVED)
        whole = rows_of(session, actor, event, scope)
        assert summed.total.due.households == due_of(session, event, scope).households == len(whole) == due
        assert summed.total.due.people == due_of(session, event, scope).people == sum(one.people or 0 for one in whole)
        assert sum(one.left.households for one in summed.villages) == summed.total.left.households
        assert {state: heads.households for state, heads in summed.total.by_state.items()} == {
            state: n for state in EVACUATION_STATE if (n := sum(one.state == state for one in whole))
        }
        found = {
            "list of events": entry.not_moved or 0,
            "tab": due - moved,
            "sums": summed.total.left.households,
            "sums of now as of now": totals(session, event, scope, as_of=clock.now()).total.left.households,
            "households": len(listed),
            "event": open_at(session, session.get_one(HazardEvent, event), scope, dict.fromkeys(STATES, 0)).not_moved,
            "report": gather(session, row, AreaScope(area)).total.moves.left.households,
            "desk": sum(n for number, _, n in to_move_by_event(session, scope) if number == event),
        }
        if row.phase != "mistaken":
            (matter,) = [one for one in open_matters(session, scope)["events"] if one["event"] == event]
            found["duty note"] = matter["not_moved"]
        elif not found["sums"]:
            tasks = "SELECT count(*) FROM emergency_inspection WHERE event_id = :e AND state IN ('open', 'in_progress')"
            assert event not in worked_on or session.scalar(text(tasks), {"e": event})
    client = toy.browser(toy.member("county" if area == COUNTY else "township", area))
    answer: dict[str, Any] = client.get(f"/api/v1/events/{event}/evacuation/totals").json()
    found["API"] = answer["total"]["left"]["households"]
    return found


STATES = ("prepared", "open", "in_progress", "done", "withdrawn")


@pytest.mark.parametrize("dangerous", [False, True])
@pytest.mark.parametrize("state", list(EVACUATION_STATE))
def test_every_place_tells_the_same(toy: ToyDatabase, event: int, state: str, dangerous: bool) -> None:
    """One family stands so, one has refused; the house of the first was seen and is dangerous, or not."""
    if state == "returned":
        said(toy, event, "西一-C", "moved_to_kin", people=2)
        with toy.transaction() as session:
            session.execute(text("UPDATE evacuation SET state = 'returned' WHERE state = 'moved_to_kin'"))
    elif state != "pending":
        said(toy, event, "西一-C", state, people=2)
    said(toy, event, "西一-D", "refused", note="不肯走")
    if dangerous:
        with toy.transaction() as session:
            session.execute(text("UPDATE emergency_inspection SET state = 'open' WHERE state = 'prepared'"))
        looked(toy, event, "西一-C", "suspected", damage="severe", rooms_severe=1)
    before = {area: open_figures(toy, event, area) for area in (COUNTY, WEST)}
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")
    after = {area: open_figures(toy, event, area) for area in (COUNTY, WEST)}
    for figures in (*before.values(), *after.values()):
        assert len(set(figures.values())) == 1, figures
    # Nobody fetches who had refused; who is in a dangerous house is fetched though the warning was a mistake.
    left = int(dangerous and state in (*NOT_MOVED, "returned"))
    assert after[COUNTY]["desk"] == after[WEST]["desk"] == left
    with toy.transaction(COUNTY) as session:
        assert not [one for one in first_heads(session, event, AreaScope(COUNTY)) if one.left.households > left]
