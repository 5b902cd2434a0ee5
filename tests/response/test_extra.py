"""表外新增: a house of the register that lies in no zone is inspected, counted and judged like those that do."""

from sqlalchemy import text

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.extra import add_extra
from geo_housing.response.reports.gather import gather
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event, revise
from tests.toy_county import COUNTY, EAST, VILLAGES


def inspection(toy: ToyDatabase, event: int) -> tuple[str, int, list[str]] | None:
    query = (
        "SELECT i.state, i.priority, i.reasons FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
        " WHERE i.event_id = :event AND h.code = '东二-A'"
    )
    with toy.transaction(COUNTY) as session:
        row = session.execute(text(query), {"event": event}).one_or_none()
    return None if row is None else (row.state, row.priority, list(row.reasons))


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ["西一"], "red")
        respond(session, toy.actor(COUNTY), number)
    return number


def named(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(EAST) as session:
        head = session.scalar(
            text(
                "SELECT k.head FROM household k JOIN house_household l ON l.household_id = k.id"
                " JOIN house h ON h.id = l.house_id WHERE h.code = '东二-A'"
            )
        )
        extra = ExtraHousehold(VILLAGES["东二"][0], head, "房屋倒塌", client_id="x-1")
        assert add_extra(session, toy.actor(EAST), event, extra).house_id is not None


def test_its_inspection_opens_and_no_change_of_zones_takes_it_off(toy: ToyDatabase, event: int) -> None:
    assert inspection(toy, event) is None
    named(toy, event)
    named(toy, event)
    assert inspection(toy, event) == ("prepared", 1, ["extra"])
    with toy.transaction(COUNTY) as session:
        actor: Actor = toy.actor(COUNTY)
        revise(session, actor, event, ["西一", "东二"])
        revise(session, actor, event, ["西一"])
        done = respond(session, actor, event)
    assert done.withdrawn == 4, "the other houses of 东二"
    found = inspection(toy, event)
    assert found is not None and found[0] == "prepared" and "extra" in found[2]


def test_what_was_seen_of_it_counts_as_a_loss(toy: ToyDatabase, event: int) -> None:
    named(toy, event)
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        change_phase(session, actor, event, "aftermath")
        number = session.scalar(
            text("SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = '东二-A'")
        )
        seen = {"result": "collapsed", "rooms_collapsed": 3, "visitor": "某巡查员", "visited_at": clock.now(), "findings": "倒塌"}  # fmt: skip
        findings = Findings(**seen)  # type: ignore[arg-type] # fields of Findings
        assert enter_result(session, actor, number, InspectionEntry(findings, frozenset(seen))).state == "done"
        figures = gather(session, session.get_one(HazardEvent, event), AreaScope(COUNTY))
    loss = figures.total.losses["collapsed"]
    assert (loss.households, loss.houses, loss.rooms) == (1, 1, 3)
    assert (figures.extra, figures.extra_unregistered) == (1, 0)


def test_a_drill_registers_nothing_and_is_in_no_figure_of_the_map(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        real, drill = (make_event(session, actor, ["西一"], "red", mode=mode) for mode in ("actual", "drill"))
        for number in (real, drill):
            respond(session, actor, number)
        houses = session.scalar(text("SELECT count(*) FROM house"))
        row = add_extra(session, actor, drill, ExtraHousehold(VILLAGES["东二"][0], "演练户", "演练"))
        assert row.house_id is None and row.named == "演练户"
        assert session.scalar(text("SELECT count(*) FROM house")) == houses
        tasks = session.scalar(text("SELECT count(*) FROM emergency_inspection WHERE event_id = :e"), {"e": real})
    client = toy.browser(toy.member("county", COUNTY))

    def told(address: str) -> int:
        found = client.get(f"/api/v1/map/inspection-counts?bbox=119,44,122,46{address}").json()
        return sum(found["by_state"].values()) + found["unlocated"]

    assert told("") == told(f"&event={real}") == tasks and told(f"&event={drill}") == tasks
