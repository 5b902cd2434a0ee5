"""0人 is said of whom all have left alone, and nobody was moved long before the disaster: pure, by every way in, at once."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing import clock
from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput
from geo_housing.evacuation import at_once
from geo_housing.evacuation.additions import ExtraHousehold, add_extra
from geo_housing.evacuation.service import MoveEntry, enter
from geo_housing.evacuation.states import Said, contradictions
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.register.families import leave_house
from geo_housing.response.returned.moves import enter_list, preview
from geo_housing.words import EVACUATION_STATE
from tests.evacuation.test_pages import event, press, rows, township
from tests.fixtures.toy import ToyDatabase
from tests.response.returned.filled import Workbook
from tests.toy_county import COUNTY, VILLAGES

__all__ = ["event", "township"]

VILLAGE = VILLAGES["西一"][0]
NOW = datetime(2026, 7, 13, 8, tzinfo=BEIJING)
BEGAN = NOW - timedelta(hours=5)


def wrong(before: Said, after: Said, left_at: datetime | None = None) -> set[str | None]:
    return {fault.column for fault in contradictions(before, after, now=NOW, earliest=BEGAN, left_at=left_at)}


@pytest.mark.parametrize("state", list(EVACUATION_STATE))
def test_zero_people_is_said_of_whom_all_have_left_alone(state: str) -> None:
    before = Said("away", 3)
    assert wrong(before, Said(state, 0)) == (set() if state == "away" else {"people"})
    assert wrong(before, Said(state, None)) == set()
    # Nothing of people or state changes: what stands with 0 may be noted upon.
    assert wrong(Said(state, 0), Said(state, 0, note="已联系")) == set()


def test_zero_does_not_come_from_left_by_themselves_to_moved() -> None:
    assert wrong(Said("away", 0), Said("moved_to_shelter", 0)) == {"people"}
    assert wrong(Said("pending", 0), Said("moved_to_kin", 0)) == {"people"}
    assert wrong(Said("pending", 0), Said("away", 0)) == set()


def test_people_are_moved_on_a_forecast_and_not_long_before() -> None:
    pending, days = Said(), timedelta(days=3)
    for state in ("moved_to_shelter", "moved_to_kin", "refused", "unreachable"):
        assert wrong(pending, Said(state, moved_at=BEGAN - days)) == set()
        assert wrong(pending, Said(state, moved_at=BEGAN - days - timedelta(minutes=1))) == {"moved_at"}
    # Who works elsewhere has been away for weeks.
    assert wrong(pending, Said("away", moved_at=BEGAN - timedelta(days=60))) == set()
    assert wrong(pending, Said("away", moved_at=BEGAN - timedelta(days=100))) == {"moved_at"}
    early = Said("moved_to_kin", moved_at=BEGAN - timedelta(days=60))
    assert wrong(early, Said("moved_to_kin", moved_at=early.moved_at, note="已核实")) == set()


def test_nobody_returns_before_they_were_moved() -> None:
    moved = Said("moved_to_kin", moved_at=NOW - timedelta(hours=2))
    for hours, faults in ((1, set()), (2, set()), (3, {"moved_at"})):
        assert wrong(moved, Said("returned", moved_at=NOW - timedelta(hours=hours)), moved.moved_at) == faults


def said(toy: ToyDatabase, event: int, code: str, **values: Any) -> None:
    with toy.transaction(COUNTY) as session:
        row = rows(toy, event)[code]
        enter(
            session, toy.actor(COUNTY), event, row.id,
            MoveEntry(Said(**values), frozenset(values), row.version), hindrance=lambda *_: None,
        )  # fmt: skip


def test_a_return_that_is_corrected_stays_after_the_move(toy: ToyDatabase, event: int) -> None:
    at = clock.now()
    said(toy, event, "西一-D", state="moved_to_kin", moved_at=at - timedelta(hours=2))
    with pytest.raises(BadInput, match="返回时间早于转移时间"):
        said(toy, event, "西一-D", state="returned", moved_at=at - timedelta(hours=3))
    said(toy, event, "西一-D", state="returned")
    with pytest.raises(BadInput, match="返回时间早于转移时间"):
        said(toy, event, "西一-D", moved_at=at - timedelta(hours=3))
    said(toy, event, "西一-D", moved_at=at - timedelta(hours=1))


def none_counted(toy: ToyDatabase, event: int, code: str) -> None:
    """As such a row stood before 0人 was refused."""
    with toy.transaction() as session:
        session.execute(text("UPDATE evacuation SET people = 0 WHERE id = :id"), {"id": rows(toy, event)[code].id})


def test_by_form_and_by_api(toy: ToyDatabase, township: TestClient, event: int) -> None:
    one = rows(toy, event)["西一-D"]
    address = f"/events/{event}/evacuation/{one.id}"
    for state in ("pending", "refused", "unreachable", "moved_to_kin"):
        refused = township.post(address, data={"version": str(one.version), "state": state, "people": "０"})
        assert refused.status_code == 422 and "人数不能是 0" in refused.text
        refused = township.patch(f"/api/v1{address}", json={"version": one.version, "state": state, "people": 0})
        assert refused.status_code == 422 and "人数不能是 0" in refused.json()["detail"]
    assert township.patch(f"/api/v1{address}", json={"version": one.version, "people": 0}).status_code == 422
    early = {"version": one.version, "state": "moved_to_kin", "moved_at": "1999-01-01T00:00:00+08:00"}
    assert "比这次灾害早得多" in township.patch(f"/api/v1{address}", json=early).json()["detail"]
    assert rows(toy, event)["西一-D"] == one
    away = township.patch(f"/api/v1{address}", json={"version": one.version, "state": "away", "people": 0})
    assert away.status_code == 200
    version = away.json()["version"]
    assert township.patch(f"/api/v1{address}", json={"version": version, "state": "moved_to_kin"}).status_code == 422
    moved = {"version": version, "state": "moved_to_kin", "people": 2}
    assert township.patch(f"/api/v1{address}", json=moved).status_code == 200


def test_nobody_joins_the_list_with_zero(toy: ToyDatabase, township: TestClient, event: int) -> None:
    body = {"area": VILLAGE, "head": "外来户乙", "what": "房屋进水", "people": 0}
    assert township.post(f"/api/v1/events/{event}/evacuation/extra", json=body).status_code == 422
    form = {"village": VILLAGE, "head": "外来户乙", "what": "房屋进水", "people": "０"}
    assert township.post(f"/events/{event}/evacuation/extra", data=form).status_code == 422
    with toy.transaction() as session:
        family = session.execute(text("SELECT id, head FROM household ORDER BY id LIMIT 1")).one()
        code = session.scalar(
            text(
                "SELECT h.code FROM house h JOIN house_household l ON l.house_id = h.id"
                " WHERE l.household_id = :id AND l.to_on IS NULL"
            ),
            {"id": family.id},
        )
        leave_house(session, toy.actor(), str(code), family.id, on=clock.today())
    waits = ExtraHousehold("", "", "", people=0, household_id=family.id)
    with toy.transaction(COUNTY) as session, pytest.raises(BadInput, match="人数不能是 0"):
        add_extra(session, toy.actor(COUNTY), event, waits)


def test_a_returned_list_names_the_row_and_enters_the_others(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    with toy.transaction() as session:
        book = Workbook(session, toy, event, tmp_path)
    path = book.fill("西一-D", 人数=0).fill("西一-C", 状态="联系不上").saved()
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        assert len(preview(session, toy.actor(COUNTY), row, path, hindrance=lambda *_: None).faults) == 1
        done = enter_list(session, toy.actor(COUNTY), row, path, hindrance=lambda *_: None)
    assert done.entered == 1 and "人数不能是 0" in done.faults[0].sentence


def test_one_such_row_does_not_hold_up_a_village(toy: ToyDatabase, township: TestClient, event: int) -> None:
    none_counted(toy, event, "西一-D")
    before = rows(toy, event)
    shown = [f"{row.id}-{row.version}" for row in before.values() if row.scope_code == VILLAGE]
    answer = press(township, event, VILLAGE, "all-moved_to_shelter", rows=shown)
    assert answer.status_code == 303
    after = rows(toy, event)
    assert {after[code].state for code in ("西一-C", "西一-0")} == {"moved_to_shelter"}
    assert after["西一-D"] == before["西一-D"]
    told = unquote(answer.headers["set-cookie"])
    assert f"{len(shown) - 1} 户已登记" in told and "没有改的有 1 户登记的是 0 人" in told


def test_where_no_row_can_be_moved_it_is_said_why(toy: ToyDatabase, event: int) -> None:
    none_counted(toy, event, "西一-D")
    row = rows(toy, event)["西一-D"]
    shown, entry = [(row.id, row.version)], MoveEntry(Said(state="moved_to_kin"), frozenset({"state"}))
    with toy.transaction(COUNTY) as session, pytest.raises(BadInput, match="人数不能是 0"):
        at_once.enter_many(session, toy.actor(COUNTY), event, shown, entry, hindrance=lambda *_: None)
