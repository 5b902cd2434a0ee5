"""表外新增: a damaged house outside zone or register is on every list and in every count at once, at all three levels."""

from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.evacuation.sums import totals
from geo_housing.inspections.priority import reason_labels
from geo_housing.response.extra import add_extra
from geo_housing.response.grounds import enter_grounds
from geo_housing.response.lists import village_list
from geo_housing.response.queries import event_of, progress
from geo_housing.response.reports.gather import gather
from geo_housing.response.service import respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event, revise
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

EAST_TWO = VILLAGES["东二"][0]


@furnished
def event(toy: ToyDatabase) -> int:
    """A warning over the west alone, answered."""
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ["西一", "西二"], level="red")
        respond(session, toy.actor(COUNTY), number)
    return number


def tell(toy: ToyDatabase, event: int, head: str, *, area: str = EAST_TWO, by: str = COUNTY, **other: Any) -> Any:
    is_house = other.pop("is_house", True)
    with toy.transaction(by) as session:
        extra = ExtraHousehold(area, head, "东墙倒塌", **other)
        row = add_extra(session, toy.actor(by), event, extra, is_house=is_house)
        return row.id, row.house_id, row.household_id


def due(toy: ToyDatabase, event: int) -> dict[str, int]:
    found = {}
    for area in (COUNTY, WEST, EAST, EAST_TWO):
        with toy.transaction(area) as session:
            found[area] = progress(session, event, AreaScope(area)).total.due
    return found


def scalar(toy: ToyDatabase, query: str, **values: Any) -> Any:
    with toy.transaction() as session:
        return session.scalar(text(query), values)


def test_a_house_of_the_register_outside_the_zone_is_inspected(toy: ToyDatabase, event: int) -> None:
    before = due(toy, event)
    head = scalar(
        toy,
        "SELECT k.head FROM household k JOIN house_household l ON l.household_id = k.id JOIN house h ON h.id = l.house_id"
        " WHERE h.code = '东二-B' AND l.to_on IS NULL",
    )
    _, house, household = tell(toy, event, head, by=EAST)
    assert house == scalar(toy, "SELECT id FROM house WHERE code = '东二-B'") and household is not None
    after = due(toy, event)
    assert {area: after[area] - before[area] for area in after} == {COUNTY: 1, WEST: 0, EAST: 1, EAST_TWO: 1}
    state, priority, origin = scalar_row(
        toy, "SELECT state, priority, origin FROM emergency_inspection WHERE house_id = :h", h=house
    )
    assert (state, priority, origin) == ("prepared", 1, "extra")


def test_one_that_is_in_no_register_enters_it_and_every_list(toy: ToyDatabase, event: int) -> None:
    before, houses = due(toy, event), scalar(toy, "SELECT count(*) FROM house")
    _, house, _ = tell(toy, event, "赵新来", people=3)
    assert scalar(toy, "SELECT count(*) FROM house") == houses + 1
    code, state, people = scalar_row(toy, "SELECT code, location_state, people FROM house WHERE id = :h", h=house)
    assert (code, state, people) == (f"{EAST_TWO}YJ001", "unlocated", 3)
    after = due(toy, event)
    assert after[COUNTY] - before[COUNTY] == after[EAST_TWO] - before[EAST_TWO] == 1
    with toy.transaction(COUNTY) as session:
        listed = village_list(session, toy.actor(COUNTY), event)
        [row] = [row for row in listed.rows if row.house_code == code]
        moved = totals(session, event, AreaScope(COUNTY))
        report = gather(session, event_of(session, event, AreaScope(COUNTY)), AreaScope(COUNTY))
    assert reason_labels(["extra"])[0] in row.priority
    assert [area.due.households for area in moved.villages if area.code == EAST_TWO] == [1]
    assert sum(area.checks.due for area in report.townships) == report.total.checks.due == after[COUNTY]
    assert tell(toy, event, "钱新来")[1] != house
    listed_as = due(toy, event)
    assert tell(toy, event, "赵新来")[1] == house and due(toy, event) == listed_as
    assert scalar(toy, "SELECT count(*) FROM house") == houses + 2, "told once more it is no further house"


def test_the_same_form_twice_is_once(toy: ToyDatabase, event: int) -> None:
    first = tell(toy, event, "赵新来", client_id="x")
    houses = scalar(toy, "SELECT count(*) FROM house")
    assert tell(toy, event, "赵新来", client_id="x") == first
    assert scalar(toy, "SELECT count(*) FROM house") == houses
    assert scalar(toy, "SELECT count(*) FROM emergency_inspection WHERE origin = 'extra'") == 1


def test_no_press_and_no_revision_takes_it_away(toy: ToyDatabase, event: int) -> None:
    _, house, _ = tell(toy, event, "赵新来")
    with toy.transaction(COUNTY) as session:
        revise(session, toy.actor(COUNTY), event, ["西一"])
        assert respond(session, toy.actor(COUNTY), event).withdrawn > 0
    state, reasons = scalar_row(toy, "SELECT state, reasons FROM emergency_inspection WHERE house_id = :h", h=house)
    assert (state, list(reasons)) == ("prepared", ["extra"])
    # The zone comes over it: it is as urgent as before, and stays when the zone goes again.
    with toy.transaction(COUNTY) as session:
        revise(session, toy.actor(COUNTY), event, ["西一", "东二"])
        respond(session, toy.actor(COUNTY), event)
        revise(session, toy.actor(COUNTY), event, ["西一"])
        respond(session, toy.actor(COUNTY), event)
    state, reasons = scalar_row(toy, "SELECT state, reasons FROM emergency_inspection WHERE house_id = :h", h=house)
    assert (state, list(reasons)) == ("prepared", ["extra"])


def test_a_house_of_the_zone_becomes_the_first(toy: ToyDatabase, event: int) -> None:
    before = due(toy, event)
    with toy.transaction(COUNTY) as session:
        head = session.scalar(
            text(
                "SELECT k.head FROM household k JOIN house_household l ON l.household_id = k.id"
                " JOIN emergency_inspection i ON i.house_id = l.house_id"
                " WHERE i.priority > 1 AND l.to_on IS NULL AND NOT EXISTS ("
                "   SELECT FROM evacuation e WHERE e.household_id = k.id) ORDER BY k.id LIMIT 1"
            )
        )
    if head is None:
        pytest.fail("a sound house of the zone is needed")
    area = scalar(toy, "SELECT scope_code FROM household WHERE head = :head", head=head)
    _, house, _ = tell(toy, event, head, area=area)
    priority, reasons = scalar_row(
        toy, "SELECT priority, reasons FROM emergency_inspection WHERE house_id = :h", h=house
    )
    assert priority == 1 and "extra" in reasons and due(toy, event) == before


def test_where_the_township_has_entered_its_time_runs_at_once(toy: ToyDatabase, event: int) -> None:
    tell(toy, event, "赵新来")
    with toy.transaction(EAST) as session:
        started = enter_grounds(session, toy.actor(EAST), event, [EAST]).started
    assert started == due(toy, event)[EAST] > 1, "the disputed house of the east, too"
    _, house, _ = tell(toy, event, "钱新来")
    assert scalar_row(
        toy, "SELECT state, due_at IS NOT NULL FROM emergency_inspection WHERE house_id = :h", h=house
    ) == (
        "open",
        True,
    )


def test_people_without_a_house_join_the_list_alone(toy: ToyDatabase, event: int) -> None:
    before, houses = due(toy, event), scalar(toy, "SELECT count(*) FROM house")
    _, house, _ = tell(toy, event, "工棚张某", is_house=False)
    assert house is None and due(toy, event) == before and scalar(toy, "SELECT count(*) FROM house") == houses


def test_before_any_task_was_given_it_is_seen_as_well(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
    tell(toy, number, "赵新来")
    township = toy.browser(toy.member("township", EAST))
    page = township.get(f"/events/{number}").text
    assert "还没有给本辖区下达排查任务" not in page
    sent = township.post(
        f"/events/{number}/evacuation/extra",
        data={"village": EAST_TWO, "head": "孙新来", "what": "屋顶塌", "area": EAST},
    )
    assert sent.status_code in (200, 204, 303)
    assert due(toy, number)[EAST] == 2


def scalar_row(toy: ToyDatabase, query: str, **values: Any) -> Any:
    with toy.transaction() as session:
        return tuple(session.execute(text(query), values).one())
