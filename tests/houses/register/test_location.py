"""Who may say where a house stands: an area takes a house upon itself, it never pushes one to another."""

import pytest
from sqlalchemy import text

from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.houses.register.location import settle_location
from geo_housing.houses.register.location_queries import (
    all_declared_here,
    count_queue,
    next_in_queue,
    place_of,
    queue_page,
)
from geo_housing.houses.register.queries import Point
from geo_housing.houses.register.service import require_house
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import load
from tests.toy_county import COUNTY, EAST, WEST

IN_WEST_1 = Point(120.0033333, 45.0066667)
IN_WEST_2 = Point(120.0133333, 45.0066667)
IN_EAST_2 = Point(120.0333333, 45.0066667)


def state_of(toy: ToyDatabase, code: str) -> tuple[object, ...]:
    with toy.transaction() as session:
        row = session.execute(
            text(
                "SELECT scope_code, village_code, location_state, location_note, version, ST_X(geom), ST_Y(geom)"
                " FROM house WHERE code = :code"
            ),
            {"code": code},
        ).one()
    return tuple(row)


def settle(toy: ToyDatabase, area: str, code: str, verdict: str, version: int = 1, point: Point | None = None):
    with toy.transaction(area) as session:
        return settle_location(session, toy.actor(area), code, verdict=verdict, version=version, point=point)  # type: ignore[arg-type]


def test_the_queue_holds_what_somebody_must_look_at_with_the_reason(toy_worker: ToyDatabase) -> None:
    with toy_worker.transaction(WEST) as session:
        assert count_queue(session, AreaScope(WEST)) == {"unlocated": 1}
        assert [house.code for house in all_declared_here(session)] == ["争-1"]
        found = all_declared_here(session)[0]
        assert (found.place, found.head) == ("东河乡东一村村委会", "户主42")
    with toy_worker.transaction(EAST) as session:
        rows, more = queue_page(session, AreaScope(EAST), reason=None, limit=10)
        assert [(row.code, row.reason) for row in rows] == [("争-1", "misplaced")] and not more
        assert all_declared_here(session) == []
        assert next_in_queue(session, AreaScope(EAST), reason=None, after=None) == "争-1"


def test_the_queue_has_the_worst_first_whatever_its_village(toy: ToyDatabase) -> None:
    place = {"乡镇": "西山镇"}
    load(
        toy,
        [
            {"房屋编号": "Q-A", **place, "行政村": "西一村", "户主姓名": "甲", "鉴定等级": "A"},
            {"房屋编号": "Q-D2", **place, "行政村": "西四村", "户主姓名": "乙", "鉴定等级": "D"},
            {"房屋编号": "Q-0", **place, "行政村": "西二村", "户主姓名": "丙"},
            {"房屋编号": "Q-D1", **place, "行政村": "西三村", "户主姓名": "丁", "鉴定等级": "D"},
        ],
    )
    walked: list[str] = []
    with toy.transaction(WEST) as session:
        scope, after = AreaScope(WEST), None
        while len(walked) < 9:
            rows, more = queue_page(session, scope, reason=None, limit=2, after=after)
            walked += [row.code for row in rows]
            if not more:
                break
            after = rows[-1].place
        behind = place_of(session, require_house(session, "Q-D2"))
        assert next_in_queue(session, scope, reason=None, after=behind) == "无-1"
    assert walked == ["Q-D1", "Q-D2", "无-1", "Q-0", "Q-A"]
    shown = toy.browser(toy.member("township", WEST)).get("/houses/check").text
    assert shown.index("Q-D1") < shown.index("Q-D2") < shown.index("Q-A")


def test_a_house_moves_within_the_township_with_everything_that_hangs_on_it(toy: ToyDatabase) -> None:
    settled = settle(toy, WEST, "西一-D", "moved", point=IN_WEST_2)
    assert not settled.proposed and settled.scope_code == f"{WEST}202"
    assert state_of(toy, "西一-D") == (f"{WEST}202", f"{WEST}202", "located", "confirmed", 2, 120.0133333, 45.0066667)
    with toy.transaction(f"{WEST}202") as session:
        followed = session.execute(
            text(
                "SELECT count(*) FROM house h JOIN house_household l ON l.house_id = h.id"
                " JOIN household k ON k.id = l.household_id JOIN grade_record g ON g.house_id = h.id"
                " WHERE h.code = '西一-D'"
            )
        ).scalar_one()
    assert followed == 1


def test_a_house_without_a_point_gets_one(toy: ToyDatabase) -> None:
    settle(toy, WEST, "无-1", "moved", point=IN_WEST_1)
    assert state_of(toy, "无-1")[:4] == (f"{WEST}201", f"{WEST}201", "located", "confirmed")


def test_a_township_cannot_push_a_house_to_another_it_proposes(toy: ToyDatabase) -> None:
    settled = settle(toy, WEST, "西一-D", "moved", point=IN_EAST_2)
    assert settled.proposed and settled.place == "东河乡东二村村委会"
    assert state_of(toy, "西一-D")[:4] == (f"{WEST}201", f"{WEST}201", "disputed", "proposed")
    # The county, which stands above both, sees the proposal in its queue and carries it out.
    county = toy.browser(toy.member("county", COUNTY))
    page = county.get("/houses/西一-D/location").text
    assert "乡镇提请移到别的乡镇" in page and "120.0333333" in page
    settled = settle(toy, COUNTY, "西一-D", "moved", version=2, point=IN_EAST_2)
    assert settled.scope_code == f"{EAST}202"
    assert state_of(toy, "西一-D")[2:4] == ("located", "confirmed")


def test_the_declared_township_takes_its_house_back(toy: ToyDatabase) -> None:
    settled = settle(toy, WEST, "争-1", "moved", point=IN_WEST_1)
    assert (settled.proposed, settled.scope_code) == (False, f"{WEST}201")
    assert state_of(toy, "争-1")[:5] == (f"{WEST}201", f"{WEST}201", "located", "confirmed", 2)
    with toy.transaction(EAST) as session:
        told = session.execute(text("SELECT subject_id FROM journal_entry WHERE action = 'houses.taken_back'")).all()
    assert [row.subject_id for row in told] == ["争-1"]
    with toy.transaction(WEST) as session:
        assert session.execute(text("SELECT count(*) FROM household WHERE head = '户主42'")).scalar_one() == 1


def test_the_declared_township_may_call_the_point_wrong(toy: ToyDatabase) -> None:
    settle(toy, WEST, "争-1", "wrong")
    assert state_of(toy, "争-1") == (f"{WEST}201", None, "unlocated", None, 2, None, None)


def test_the_declared_township_cannot_put_its_house_anywhere_else(toy: ToyDatabase) -> None:
    with pytest.raises(NotAllowed, match="东河乡东二村"):
        settle(toy, WEST, "争-1", "moved", point=IN_EAST_2)
    with pytest.raises(NotAllowed, match="由东河乡东一村村委会确认"):
        settle(toy, WEST, "争-1", "confirmed")
    assert state_of(toy, "争-1")[2:5] == ("disputed", "misplaced", 1)


def test_a_house_that_is_not_disputed_cannot_be_taken(toy: ToyDatabase) -> None:
    with pytest.raises(NotFound):
        settle(toy, WEST, "东一-A", "moved", point=IN_WEST_1)
    with toy.transaction(WEST) as session:
        taken = session.execute(text("SELECT house_take_back('东一-A', 1, 120.0033333, 45.0066667, 1)")).scalar_one()
    assert taken is None and state_of(toy, "东一-A")[0] == f"{EAST}201"


def test_without_an_area_the_definer_functions_say_nothing(toy_worker: ToyDatabase) -> None:
    with toy_worker.database.blind_transaction() as session:
        assert session.execute(text("SELECT count(*) FROM houses_declared_here()")).scalar_one() == 0
        assert session.execute(text("SELECT count(*) FROM house_journal('西一-A')")).scalar_one() == 0
        assert session.execute(text("SELECT count(*) FROM house_imports(1)")).scalar_one() == 0
        taken = session.execute(text("SELECT house_take_back('争-1', 1, NULL, NULL, NULL)")).scalar_one()
        assert taken is None


def test_who_holds_the_house_confirms_its_point(toy: ToyDatabase) -> None:
    settle(toy, EAST, "争-1", "confirmed")
    assert state_of(toy, "争-1")[:4] == (f"{EAST}201", f"{EAST}201", "located", "confirmed")


def test_saying_the_point_is_wrong_pushes_a_house_of_somebody_else_only_as_a_proposal(toy: ToyDatabase) -> None:
    assert settle(toy, EAST, "争-1", "wrong").proposed
    assert state_of(toy, "争-1")[:4] == (f"{EAST}201", f"{EAST}201", "disputed", "proposed")


def test_two_people_at_once_the_second_is_told(toy: ToyDatabase) -> None:
    settle(toy, WEST, "争-1", "wrong")
    with pytest.raises(Conflict):
        settle(toy, WEST, "争-1", "moved", version=1, point=IN_WEST_1)


def test_a_place_far_from_everything_is_refused(toy_worker: ToyDatabase) -> None:
    with pytest.raises(BadInput, match="1 公里"):
        settle(toy_worker, WEST, "西一-A", "moved", point=Point(45.0, 12.0))
    with pytest.raises(BadInput, match="地图上点出"):
        settle(toy_worker, WEST, "西一-A", "moved")


def test_the_page_saves_and_goes_on_and_a_village_has_no_queue(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    listed = browser.get("/houses/check").text
    assert "争-1" in listed and "户主42" in listed and "没有点位" in listed
    page = browser.get("/houses/争-1/location").text
    assert "它现在计入别的辖区" in page and "点位正确</button>" not in page
    answer = browser.post(
        "/houses/争-1/location",
        data={"verdict": "moved", "version": "1", "lon": "120.0033333", "lat": "45.0066667"},
    )
    assert answer.status_code == 303 and answer.headers["location"].startswith("/houses/")
    again = browser.post(
        "/houses/争-1/location", data={"verdict": "moved", "version": "1", "lon": "120.003", "lat": "45.006"}
    )
    assert again.status_code == 409 and "刚被别人改过" in again.text
    village = toy.browser(toy.member("village", f"{WEST}201"))
    assert village.get("/houses/check", headers={"accept": "text/html"}).status_code == 403


def test_the_api_says_where_a_house_stands(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    body = {"lon": IN_WEST_1.lon, "lat": IN_WEST_1.lat}
    assert browser.post("/api/v1/houses/争-1/location", json=body).status_code == 428
    answer = browser.post("/api/v1/houses/争-1/location", json=body, headers={"If-Match": '"1"'})
    assert answer.json() == {
        "house_code": "争-1",
        "proposed": False,
        "area_code": f"{WEST}201",
        "location_state": "located",
    }
