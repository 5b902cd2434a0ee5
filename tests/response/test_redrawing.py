"""Other zones for an event, whatever they come from: what is shown before they are saved is what saving then does."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry import mapping
from sqlalchemy import text

from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_api import new_event
from tests.response.test_loading import IN_WEST_ONE, message
from tests.response.test_pages import words
from tests.response.zones import geometry
from tests.toy_county import COUNTY, VILLAGES, village_box

# Begun before the zones change: one house that leaves with the first village, and its move.
BEGUN = "西一-D"


@dataclass(frozen=True)
class Way:
    """One source of zones as the form sends it, and as a program does."""

    form: dict[str, Any]
    file: tuple[str, bytes, str] | None = None
    body: dict[str, Any] = field(default_factory=dict)


def line_of(village: str) -> dict[str, Any]:
    """A line through the middle of a village."""
    west, south, east, north = village_box(village)
    y = (south + north) / 2
    return {"type": "LineString", "coordinates": [[west + 0.002, y], [east - 0.002, y]]}


def polygon_of(village: str) -> str:
    west, south, east, north = village_box(village)
    pairs = ((south, west), (south, east), (north, east), (north, west), (south, west))
    corners = " ".join(f"{lat:.4f},{lon:.4f}" for lat, lon in pairs)
    return f"<polygon>{corners}</polygon>"


def file_of(found: dict[str, Any]) -> bytes:
    return json.dumps(found).encode()


WAYS: dict[str, Way] = {
    "a file": Way({"where": "file"}, ("范围.geojson", file_of(geometry(["西二", "东一"])), "application/json")),
    "a buffer": Way(
        {"where": "file", "buffer_m": "300"}, ("河道.geojson", file_of(line_of("西二")), "application/json")
    ),
    "a message": Way({"where": "file"}, ("预警.xml", message(polygon_of("西二"), number="m9"), "text/xml")),
    "a drawing": Way({"where": "drawing", "geometry": json.dumps(geometry(["西二"]))}),
    "villages": Way({"where": "areas", "areas": [VILLAGES["西二"][0], VILLAGES["东一"][0]]}),
}


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@furnished
def event(toy: ToyDatabase) -> int:
    """Tasks are given in 西一; one house is being inspected there, and its family has been moved."""
    county = toy.browser(toy.member("county", COUNTY))
    number = new_event(county, "西一", level="红色")
    assert county.post(f"/api/v1/events/{number}/respond").status_code == 200
    with toy.transaction() as session:
        found = session.execute(
            text(
                "UPDATE emergency_inspection i SET state = 'in_progress' FROM house h"
                " WHERE h.id = i.house_id AND h.code = :code RETURNING h.id"
            ),
            {"code": BEGUN},
        ).scalar_one()
        moved = session.execute(
            text("SELECT e.id, e.version FROM evacuation e WHERE e.house_id = :house"), {"house": found}
        ).one()
    answer = county.patch(
        f"/api/v1/events/{number}/evacuation/{moved.id}",
        json={"state": "moved_to_kin", "version": moved.version},
    )
    assert answer.status_code == 200, answer.text
    return number


def concerned(toy: ToyDatabase, event: int) -> set[int]:
    """Houses of which the event has a task, or that it would get one: asked of the list that respond makes."""
    from geo_housing.hazards import concerned as room
    from geo_housing.scope import AreaScope

    with toy.transaction(COUNTY) as session:
        room.collect(session, event, AreaScope(COUNTY), areas=["0"])
        return set(session.scalars(text("SELECT house_id FROM concerned")))


def people_in(toy: ToyDatabase, houses: set[int]) -> tuple[int, int, int]:
    with toy.transaction() as session:
        row = session.execute(
            text(
                "SELECT count(*) AS houses, coalesce(sum(households), 0) AS households, coalesce(sum(people), 0) AS people"
                " FROM house WHERE id = ANY (:ids)"
            ),
            {"ids": list(houses)},
        ).one()
    return row.houses, row.households, row.people


def sent(client: TestClient, address: str, way: Way, how: str) -> Any:
    files = {"file": way.file} if way.file else None
    return client.post(address, data={"level": "red", "how": how, **way.form}, files=files)


def shown(page: str) -> dict[str, tuple[int, ...]]:
    """户, 人, 栋 of each row of the table."""
    found = {}
    for part in page.split('data-change="')[1:]:
        name = part.partition('"')[0]
        row = words(part.partition("</tr>")[0].partition("</th>")[2])
        found[name] = tuple(int(figure.replace(",", "")) for figure in row.split() if figure.replace(",", "").isdigit())
    return found


class TestEverySource:
    @pytest.mark.parametrize("how", ["replace", "add"])
    @pytest.mark.parametrize("source", WAYS)
    def test_what_is_shown_is_what_is_then_done(
        self, toy: ToyDatabase, county: TestClient, event: int, source: str, how: str
    ) -> None:
        way = WAYS[source]
        before = concerned(toy, event)
        page = sent(county, f"/events/{event}/zones/effect", way, how)
        assert page.status_code == 200 and "data-refused" not in page.text, words(page.text)
        told = shown(page.text)
        assert concerned(toy, event) == before, "looking stores nothing"
        done = sent(county, f"/events/{event}/zones", way, how)
        assert done.status_code == 303, words(done.text)[:300]
        after = concerned(toy, event)
        for name, houses in (("added", after - before), ("left", before - after), ("kept", before & after)):
            count, households, people = people_in(toy, houses)
            assert (told[name][0], told[name][1], told[name][-1]) == (households, people, count), name
        assert after - before and (how == "add") == (not before - after)
        if how == "replace":
            assert "已开始排查的 1 栋、已经转移的 1 户不撤销" in words(page.text)

    def test_what_is_begun_stays_whatever_is_drawn(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        told = county.post(f"/api/v1/events/{event}/zones/preview", json={"geometry": geometry(["东一"])}).json()
        revised = county.put(
            f"/api/v1/events/{event}/zones", json={"geometry": geometry(["东一"]), "revision": told["revision"]}
        ).json()
        assert told["work_of_left"]["inspections_go"] == revised["to_withdraw"] > 0
        assert told["affected"]["houses"] + told["affected"]["uncertain"] == told["added"] + told["kept"]
        gone = county.post(f"/api/v1/events/{event}/respond").json()
        assert (gone["withdrawn"], gone["evacuation"]["withdrawn"]) == (
            told["work_of_left"]["inspections_go"],
            told["work_of_left"]["moves_go"],
        )
        with toy.transaction() as session:
            stands = session.execute(
                text(
                    "SELECT i.state, e.state FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
                    " JOIN evacuation e ON e.house_id = h.id AND e.withdrawn_at IS NULL WHERE h.code = :code"
                ),
                {"code": BEGUN},
            ).one()
        assert tuple(stands) == ("in_progress", "moved_to_kin")
        assert (told["work_of_left"]["inspections_stay"], told["work_of_left"]["moves_stay"]) == (1, 1)


class TestAMessage:
    def test_its_own_level_counts_unless_somebody_chose_another(self, county: TestClient, event: int) -> None:
        way = WAYS["a message"]
        assert way.file is not None
        form = {"where": "file", "how": "replace"}
        as_it_stands = county.post(
            f"/events/{event}/zones/effect", data={**form, "level": "red"}, files={"file": way.file}
        ).text
        assert "level-red" in as_it_stands and "level-orange" in as_it_stands, "the message says orange"
        chosen = county.post(
            f"/events/{event}/zones/effect", data={**form, "level": "blue"}, files={"file": way.file}
        ).text
        assert "level-blue" in chosen and "level-orange" not in chosen

    def test_a_lift_and_a_message_of_before_say_that_nothing_changes(self, county: TestClient, event: int) -> None:
        first = ("一.xml", message(IN_WEST_ONE, number="m9"), "text/xml")
        form = {"where": "file", "how": "add", "level": "red"}
        assert county.post(f"/events/{event}/zones", data=form, files={"file": first}).status_code == 303
        again = county.post(f"/events/{event}/zones/effect", data=form, files={"file": first}).text
        assert "已经登记在这个事件中" in again
        ends = message(
            number="m10",
            msg_type="Cancel",
            head="<references>tester,m9,2026-07-12T00:00:00+08:00</references>",
        )
        lift = county.post(
            f"/events/{event}/zones/effect", data=form, files={"file": ("解除.xml", ends, "text/xml")}
        ).text
        assert "影响范围不变" in lift

    def test_an_exercise_is_refused_before_it_is_saved(self, county: TestClient, event: int) -> None:
        drill = ("演习.xml", message(number="m11", status="Exercise"), "text/xml")
        page = county.post(
            f"/events/{event}/zones/effect", data={"where": "file", "how": "replace"}, files={"file": drill}
        ).text
        assert "data-refused" in page and "不能归入" in page


class TestAdding:
    def test_a_second_zone_raises_the_level_and_never_lowers_it(self, county: TestClient) -> None:
        event = new_event(county, "西一", level="黄色")
        address = f"/api/v1/events/{event}/zones"
        for level, expected in (("蓝色", "yellow"), ("红色", "red")):
            zones = {"geometry": geometry(["东一"]), "adds": True, "level": level}
            told = county.post(f"{address}/preview", json=zones).json()
            assert (told["left"], told["level"]) == (0, expected)
            county.put(address, json=zones)
            assert county.get(f"/api/v1/events/{event}").json()["level"] == expected

    def test_an_unusable_file_says_so_before_it_is_saved(self, county: TestClient, event: int) -> None:
        page = county.post(
            f"/events/{event}/zones/effect",
            data={"where": "file", "how": "add"},
            files={"file": ("线.geojson", file_of(line_of("西二")), "application/json")},
        ).text
        assert "data-refused" in page and "缓冲距离" in page

    def test_who_may_not_change_the_whole_event_sees_no_preview(self, toy: ToyDatabase, event: int) -> None:
        township = toy.browser(toy.member("township", VILLAGES["西一"][0][:9]))
        answer = township.post(f"/api/v1/events/{event}/zones/preview", json={"areas": [VILLAGES["西一"][0]]})
        assert answer.status_code == 403


def test_of_an_event_that_is_over_the_form_leads_to_its_page(county: TestClient) -> None:
    event = new_event(county, "东一", level="红色")
    assert county.get(f"/events/{event}/zones").status_code == 200
    assert county.post(f"/api/v1/events/{event}/phase", json={"phase": "closed", "reason": "试"}).is_success
    answer = county.get(f"/events/{event}/zones")
    assert answer.status_code == 303 and answer.headers["location"] == f"/events/{event}"
    assert "影响范围不能再改" in county.get(f"/events/{event}").text


def test_zones_far_larger_than_what_they_touch_are_told(county: TestClient) -> None:
    def told(west: float, south: float, east: float, north: float) -> list[str]:
        drawn = mapping(shapely.box(west, south, east, north))
        return county.post("/api/v1/events", json={"geometry": drawn, "kind": "暴雨"}).json()["warnings"]

    (sentence,) = told(73, 18, 135, 53)
    assert re.search(r"是所涉及区划面积的 [\d,]{6,} 倍；请核对范围和坐标系", sentence)
    # A region's warning over one county is ordinary.
    assert told(119.99, 44.99, 120.1, 45.1) == []
