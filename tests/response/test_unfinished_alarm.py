"""What is alarming counts from the moment it is said: nobody waits with it for the name of the visitor. What is harmless does not."""

from typing import Any

import pytest

from geo_housing.clock import now
from geo_housing.conclusions.queries import conclusion_rows, waiting_count
from geo_housing.errors import Conflict
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.reports.gather import gather
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.evacuation.test_pages import plain
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_returning import RISKS, looked, number_of, said, signed, state_of
from tests.response.zones import make_event
from tests.roster.people import technician
from tests.toy_county import COUNTY

SCOPE = AreaScope(COUNTY)


@furnished
def event(toy: ToyDatabase) -> int:
    """西一 under red; the family of 西一-D is with kin, 灾后排查 has begun."""
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ["西一"], "red")
        respond(session, toy.actor(COUNTY), number)
    said(toy, number, "西一-D", "moved_to_kin")
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), number, "aftermath")
    return number


def noted(toy: ToyDatabase, event: int, result: str, **more: Any) -> None:
    """On a form that lacks who was there."""
    values = {"result": result, **more}
    with toy.transaction(COUNTY) as session:
        number = number_of(session, event, "西一-D", "emergency_inspection")
        kept = enter_result(session, toy.actor(COUNTY), number, InspectionEntry(Findings(**values), frozenset(values)))
        assert kept.state == "in_progress"


def needed(toy: ToyDatabase, event: int) -> tuple[int, int, list[str]]:
    """To be assessed by the page, by the report, and which houses."""
    with toy.transaction(COUNTY) as session:
        report = gather(session, session.get_one(HazardEvent, event), SCOPE)
        rows = conclusion_rows(session, event, SCOPE, RISKS, limit=9)
        return (
            waiting_count(session, event, SCOPE, RISKS)[1],
            report.total.concluded.needed,
            [row.house_code for row in rows],
        )


ALARMING = {"collapsed": {"rooms_collapsed": 2}, "suspected": {"damage": "severe", "rooms_severe": 1}}


@pytest.mark.parametrize("result", list(ALARMING))
def test_a_house_that_is_reported_damaged_is_to_be_assessed_at_once(toy: ToyDatabase, event: int, result: str) -> None:
    assert needed(toy, event) == (0, 0, [])
    noted(toy, event, result, **ALARMING[result])
    assert needed(toy, event) == (1, 1, ["西一-D"])
    page = toy.browser(toy.member("technician", COUNTY)).get(f"/events/{event}/conclusions/areas/{COUNTY}").text
    assert "西一-D" in plain(page)


def test_nobody_goes_home_to_what_is_reported_collapsed(toy: ToyDatabase, event: int) -> None:
    noted(toy, event, "collapsed", rooms_collapsed=2)
    with pytest.raises(Conflict, match="已倒塌"):
        said(toy, event, "西一-D", "returned", note="农户坚持")


def test_who_is_home_is_fetched_when_it_is_reported_damaged(toy: ToyDatabase, event: int) -> None:
    looked(toy, event, "西一-D", "no_visible_hazard")
    signed(toy, event, "西一-D", "habitable", technician(toy, COUNTY, "某工程师", unit="某设计室"))
    said(toy, event, "西一-D", "returned")
    with toy.transaction(COUNTY) as session:
        # It rained again, and the township looks once more.
        number = number_of(session, event, "西一-D", "emergency_inspection")
        session.connection().exec_driver_sql(
            "UPDATE emergency_inspection SET state = 'in_progress', done_at = NULL, visitor = NULL WHERE id = %s",
            (number,),
        )
    noted(toy, event, "collapsed", rooms_collapsed=2, visited_at=now())
    assert state_of(toy, event, "西一-D") == "pending"


def test_what_is_harmless_counts_when_the_form_is_finished(toy: ToyDatabase, event: int) -> None:
    noted(toy, event, "no_visible_hazard")
    assert needed(toy, event) == (0, 0, [])
    with pytest.raises(Conflict, match="还没有排查"):
        said(toy, event, "西一-D", "returned")


def test_what_one_event_reports_collapsed_holds_in_the_other(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        other = make_event(session, toy.actor(COUNTY), ["西一"], "orange", name="第二次暴雨")
        respond(session, toy.actor(COUNTY), other)
        change_phase(session, toy.actor(COUNTY), other, "aftermath")
    looked(toy, event, "西一-D", "no_visible_hazard")
    signed(toy, event, "西一-D", "habitable", technician(toy, COUNTY, "某工程师", unit="某设计室"))
    noted(toy, other, "collapsed", rooms_collapsed=2)
    with pytest.raises(Conflict, match="“第二次暴雨”中已登记这栋房屋倒塌"):
        said(toy, event, "西一-D", "returned", note="农户坚持")
