"""误发撤销, and houses that a person reported: a wrong warning mends no wall, so nobody goes home unseen and the work goes on."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.conclusions.homeward import homeward
from geo_housing.desk.queries import to_move_by_event
from geo_housing.errors import Conflict
from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.extra import add_extra
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_returning import looked, said
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, VILLAGES

CODE = "东二-A"


@furnished
def event(toy: ToyDatabase) -> int:
    """Called off, after a house beyond its zone was reported and its family had left it."""
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ["西一"], "red")
        respond(session, toy.actor(COUNTY), number)
    with toy.transaction(EAST) as session:
        wanted = "SELECT k.head FROM household k JOIN house_household l ON l.household_id = k.id JOIN house h ON h.id = l.house_id WHERE h.code = :code"  # fmt: skip
        head = session.scalar(text(wanted), {"code": CODE})
        add_extra(session, toy.actor(EAST), number, ExtraHousehold(VILLAGES["东二"][0], str(head), "西墙倒塌"))
    return number


def call_off(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")


def task(toy: ToyDatabase) -> tuple[str, bool]:
    wanted = "SELECT i.state, i.due_at IS NOT NULL FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :code"
    with toy.transaction() as session:
        row = session.execute(text(wanted), {"code": CODE}).one()
    return row[0], row[1]


def way_home(toy: ToyDatabase, event: int) -> str:
    with toy.transaction(COUNTY) as session:
        rows = session.execute(
            text("SELECT e.id, e.house_id, e.household_id, e.scope_code FROM evacuation e JOIN house h ON h.id = e.house_id"
                 " WHERE h.code = :code"), {"code": CODE}).all()  # fmt: skip
        (found,) = homeward(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), rows).values()
    return found.said


def test_nobody_goes_home_before_somebody_has_looked(toy: ToyDatabase, event: int) -> None:
    said(toy, event, CODE, "moved_to_kin", people=3)
    call_off(toy, event)
    assert way_home(toy, event) == "待排查，暂不返回"
    with pytest.raises(Conflict, match="房屋还没有排查"):
        said(toy, event, CODE, "returned", area=EAST, note="村里说没事")
    with pytest.raises(Conflict, match="房屋还没有排查"):
        said(toy, event, CODE, "returned")
    page = toy.browser(toy.member("township", EAST)).get(f"/events/{event}/evacuation").text
    assert "可以返回" not in page and "暂不返回" in page
    looked(toy, event, CODE, "no_visible_hazard", EAST)
    assert way_home(toy, event) == "可以返回"
    said(toy, event, CODE, "returned", area=EAST)


def test_what_is_found_keeps_them_out_as_ever(toy: ToyDatabase, event: int) -> None:
    said(toy, event, CODE, "moved_to_kin", people=3)
    call_off(toy, event)
    looked(toy, event, CODE, "suspected", EAST, damage="severe", rooms_severe=1)
    assert way_home(toy, event) == "待评估，暂不返回"


def test_what_is_begun_gets_its_due_time_too(toy: ToyDatabase, event: int) -> None:
    begin = "UPDATE emergency_inspection SET state = 'in_progress', begun_at = now(), findings = '西墙' WHERE state = 'prepared' AND origin = 'extra'"
    with toy.transaction() as session:
        session.execute(text(begin))
    assert task(toy) == ("in_progress", False)
    call_off(toy, event)
    assert task(toy) == ("in_progress", True)


def test_the_inspection_is_open_with_its_due_time_and_stands_on_desk_and_list(toy: ToyDatabase, event: int) -> None:
    assert task(toy) == ("prepared", False)
    call_off(toy, event)
    assert task(toy) == ("open", True)
    township: TestClient = toy.browser(toy.member("township", EAST))
    village: TestClient = toy.browser(toy.member("village", VILLAGES["东二"][0]))
    assert CODE in township.get("/inspections").text
    with toy.transaction() as session:
        assert [one[2] for one in to_move_by_event(session, AreaScope(EAST))] == [1], "nobody has fetched them yet"
        session.execute(text("UPDATE emergency_inspection SET due_at = now() - interval '1 hour' WHERE state = 'open'"))
    assert CODE in township.get("/inspections?overdue=1").text and CODE in village.get("/").text
    looked(toy, event, CODE, "no_visible_hazard", EAST)
    assert task(toy)[0] == "done" and CODE not in township.get("/inspections").text
    # What nobody had begun and nobody reported stays off.
    with toy.transaction() as session:
        states = session.scalars(text("SELECT DISTINCT i.state FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code <> :code"), {"code": CODE}).all()  # fmt: skip
        assert states == ["withdrawn"]
