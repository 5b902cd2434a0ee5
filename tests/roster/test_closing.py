"""A shelter is not closed over people's heads, and takes nobody once it is closed but those who came before."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing import clock
from geo_housing.errors import BadInput
from geo_housing.evacuation.service import MoveEntry, enter
from geo_housing.evacuation.states import Said
from geo_housing.response.service import change_phase
from geo_housing.roster.closing import StillInside
from geo_housing.roster.facts import KINDS
from geo_housing.roster.service import end_row
from tests.evacuation.test_pages import event, new_shelter, plain, press, rows
from tests.fixtures.toy import ToyDatabase
from tests.houses.test_at_the_same_time import meanwhile
from tests.roster.lists import load, write_xlsx
from tests.toy_county import COUNTY, VILLAGES, WEST

__all__ = ["event"]
VILLAGE = VILLAGES["西一"][0]


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@pytest.fixture
def school(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        return new_shelter(session, 50)


def bring(toy: ToyDatabase, event: int, code: str, shelter: int, area: str = COUNTY, **more: Any) -> None:
    row = rows(toy, event)[code]
    said = Said(state="moved_to_shelter", shelter_id=shelter, **more)
    with toy.transaction(area) as session:
        entry = MoveEntry(said, frozenset({"state", "shelter_id", *more}), row.version)
        enter(session, toy.actor(area), event, row.id, entry, hindrance=lambda *_: None)


def state(toy: ToyDatabase, shelter: int) -> str:
    with toy.transaction() as session:
        return str(session.scalar(text("SELECT state FROM shelter WHERE id = :i"), {"i": shelter}))


class TestClosing:
    def test_asks_who_is_inside_of_which_event_and_is_done_by_a_second_press(
        self, toy: ToyDatabase, county: TestClient, event: int, school: int
    ) -> None:
        bring(toy, event, "西一-D", school)
        asked = county.post(f"/roster/shelters/{school}/end", data={})
        assert asked.status_code == 409 and state(toy, school) == "open"
        people = rows(toy, event)["西一-D"].people
        assert (
            f"1户{people}人" in plain(asked.text) and "核对过，照此停用" in asked.text and "另安排安置点" in asked.text
        )
        done = county.post(f"/roster/shelters/{school}/end", data={"sure": "1"}, follow_redirects=False)
        assert done.status_code == 303 and state(toy, school) == "closed"
        assert rows(toy, event)["西一-D"].shelter_id == school, "where they are is still known"

    def test_asks_in_the_form_too_and_nothing_where_nobody_is(
        self, toy: ToyDatabase, county: TestClient, event: int, school: int
    ) -> None:
        bring(toy, event, "西一-D", school)
        form = {"name": "西山小学", "area_code": WEST, "state": "closed", "version": "1", "capacity": "50"}
        asked = county.post(f"/roster/shelters/{school}/edit", data=form)
        assert asked.status_code == 409 and "核对过，照此停用" in asked.text and state(toy, school) == "open"
        empty = other(toy)
        assert county.post(f"/roster/shelters/{empty}/end", data={}, follow_redirects=False).status_code == 303
        sure = county.post(f"/roster/shelters/{school}/edit", data={**form, "sure": "1"}, follow_redirects=False)
        assert sure.status_code == 303 and state(toy, school) == "closed"

    def test_counts_who_is_still_away_after_the_event_was_closed_and_whom_others_brought(
        self, toy: ToyDatabase, event: int, school: int
    ) -> None:
        bring(toy, event, "东一-D", school)
        with toy.transaction(WEST) as session, pytest.raises(StillInside, match="现住一共1户"):
            end_row(session, toy.actor(WEST), KINDS["shelters"], school)
        with toy.transaction() as session:
            for phase in ("aftermath", "closed"):
                change_phase(session, toy.actor(), event, phase, reason="试")
        with toy.transaction() as session, pytest.raises(StillInside, match="1户"):
            end_row(session, toy.actor(), KINDS["shelters"], school)

    def test_a_loaded_list_never_closes_one_with_people_in_it(
        self, toy: ToyDatabase, event: int, school: int, tmp_path: Path
    ) -> None:
        bring(toy, event, "西一-D", school)
        table = [
            ["乡镇", "村", "安置点名称", "地址", "可容纳人数", "状态"],
            ["西山镇", "", "西山小学", "", "50", "停用"],
        ]
        loaded = load(toy, write_xlsx(tmp_path / "安置点.xlsx", table), kind="shelters")
        assert any("里还有人" in fault.sentence for fault in loaded.faults), loaded.faults
        assert state(toy, school) == "open"


class TestAClosedOne:
    def test_takes_nobody_and_says_what_to_do_but_whoever_came_before(
        self, toy: ToyDatabase, county: TestClient, event: int, school: int
    ) -> None:
        with toy.transaction() as session:
            end_row(session, toy.actor(), KINDS["shelters"], school)
        with pytest.raises(BadInput, match="改选别的安置点"):
            bring(toy, event, "西一-D", school)
        one = rows(toy, event)["西一-C"]
        refused = press(county, event, VILLAGE, f"{one.id}-{one.version}-moved_to_shelter", shelter=str(school))
        assert refused.status_code == 422 and "已停用" in refused.text
        every = [{"id": row.id, "version": row.version} for row in rows(toy, event).values()]
        many = county.post(
            f"/api/v1/events/{event}/evacuation/many",
            json={"state": "moved_to_shelter", "shelter_id": school, "rows": every},
        )
        assert many.status_code == 422 and "已停用" in many.json()["detail"]
        # Told late: they were there while it was open.
        bring(toy, event, "西一-D", school, moved_at=clock.now() - timedelta(hours=2))
        assert rows(toy, event)["西一-D"].shelter_id == school
        # Who moved out long ago does not come there now by the time at which they left their house.
        bring(toy, event, "西一-C", other(toy), moved_at=clock.now() - timedelta(hours=2))
        with pytest.raises(BadInput, match="已停用"):
            bring(toy, event, "西一-C", school)

    def test_of_two_at_once_nobody_is_brought_into_what_was_just_closed(
        self, toy: ToyDatabase, event: int, school: int
    ) -> None:
        def close() -> None:
            with toy.transaction() as session:
                end_row(session, toy.actor(), KINDS["shelters"], school)

        row = rows(toy, event)["西一-D"]
        with toy.transaction() as session:
            entry = MoveEntry(Said(state="moved_to_shelter", shelter_id=school), frozenset({"state", "shelter_id"}))
            enter(session, toy.actor(), event, row.id, entry, hindrance=lambda *_: None)
            with meanwhile(toy, close) as late:
                pass
        with pytest.raises(StillInside):
            late.end()
        assert state(toy, school) == "open"


def other(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        made = "INSERT INTO shelter (scope_code, name, created_by) VALUES (:a, '东校', 'x') RETURNING id"
        return int(session.execute(text(made), {"a": WEST}).scalar_one())
