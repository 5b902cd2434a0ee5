"""A zone means the same houses whoever made it: a township sees no outline but its own, its zone reaches over the border."""

from collections.abc import Iterable

import pytest
import shapely
from shapely.geometry import mapping
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from geo_housing.geometry import as_multipolygon
from geo_housing.hazards.queries import affected, affected_by_geometry
from geo_housing.migrations.scripts import SQL
from geo_housing.response.service import respond
from geo_housing.response.zones.loading import Given, load_divisions, load_drawing
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import load, query
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST, village_box

# Without a point: in the village beyond the border, in the one behind it, and in the townships themselves.
UNLOCATED = [
    {"房屋编号": "无-东一", "乡镇": "东河乡", "行政村": "东一村", "户主姓名": "甲"},
    {"房屋编号": "无-东二", "乡镇": "东河乡", "行政村": "东二村", "户主姓名": "乙"},
    {"房屋编号": "无-东", "乡镇": "东河乡", "户主姓名": "丙"},
    {"房屋编号": "无-西", "乡镇": "西山镇", "户主姓名": "丁"},
    # Counted in the west, where its point lies; declared in the east.
    {"房屋编号": "争-西", "乡镇": "东河乡", "行政村": "东一村", "户主姓名": "戊", "经度": 120.0005, "纬度": 45.0195},
]
# The south of 西二 and, over the border, a strip of 东一.
ZONE = shapely.box(120.012, 45.001, 120.023, 45.004)


def made(toy: ToyDatabase, area: str) -> int:
    with toy.transaction(area) as session:
        return load_drawing(
            session, toy.actor(area), mapping(ZONE), Given(name=area or "县", kind="flood")
        ).zoned.event_id


def touched(toy: ToyDatabase, event: int) -> set[str]:
    rows = query(
        toy,
        "SELECT a.area_code FROM hazard_zone_area a JOIN hazard_zone z ON z.id = a.zone_id WHERE z.event_id = :e",
        e=event,
    )
    return {row.area_code for row in rows}


def codes_of(toy: ToyDatabase, event: int) -> set[str]:
    rows = query(
        toy,
        "SELECT h.code FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE i.event_id = :e",
        e=event,
    )
    return {row.code for row in rows}


def test_a_zone_means_the_same_houses_whoever_drew_it(toy: ToyDatabase) -> None:
    load(toy, UNLOCATED)
    events = {area: made(toy, area) for area in ("", WEST)}
    assert touched(toy, events[WEST]) == touched(toy, events[""]) >= {EAST, VILLAGES["东一"][0], VILLAGES["西二"][0]}
    found, tasks = {}, {}
    for area, event in events.items():
        with toy.transaction() as session:
            found[area] = affected(session, event)
            respond(session, toy.actor(), event)
        tasks[area] = codes_of(toy, event)
    assert tasks[WEST] == tasks[""] >= {"无-东一", "无-东", "无-西", "争-西"}
    assert found[WEST].areas == found[""].areas
    assert "无-东二" not in tasks[""]


def test_whoever_draws_sees_his_own_houses_alone(toy: ToyDatabase) -> None:
    load(toy, UNLOCATED)
    event = made(toy, WEST)
    with toy.transaction(WEST) as session:
        zone = as_multipolygon(ZONE)
        stored, drawn = affected(session, event), affected_by_geometry(session, zone)
        done = respond(session, toy.actor(WEST), event)
        seen = set(session.scalars(text("SELECT code FROM area WHERE length(code) > 6")))
    # Its own house that the neighbour declares is among them, drawn and stored.
    assert {area.code[:9] for area in stored.areas} == {WEST}
    assert stored.areas == drawn.areas
    assert {code for code in codes_of(toy, event) if code.startswith(("无", "争"))} >= {"无-西", "争-西"}
    assert not {code for code in codes_of(toy, event) if "东" in code}
    assert done.opened == stored.houses + stored.uncertain
    assert {code[:9] for code in seen} == {WEST}


@pytest.mark.parametrize("area", ["", WEST])
def test_a_chosen_village_overlaps_its_neighbours_whoever_chose_it(toy: ToyDatabase, area: str) -> None:
    load(toy, UNLOCATED)
    west, south, east, north = village_box("西二")
    with toy.transaction() as session:
        grown = shapely.MultiPolygon([shapely.box(west, south, east + 0.001, north)])
        session.execute(
            text("UPDATE area SET geom = ST_GeomFromWKB(:wkb, 4490) WHERE code = :code"),
            {"wkb": shapely.to_wkb(grown), "code": VILLAGES["西二"][0]},
        )
    with toy.transaction(area) as session:
        event = load_divisions(session, toy.actor(area), [VILLAGES["西二"][0]], Given(kind="flood")).zoned.event_id
    # The township around the neighbour is overlapped as well.
    assert touched(toy, event) == {VILLAGES["西二"][0], VILLAGES["东一"][0], EAST}


def test_zones_of_before_are_completed_while_their_event_is_open(toy: ToyDatabase) -> None:
    events = {phase: made(toy, WEST) for phase in ("ongoing", "closed")}
    whole = touched(toy, events["ongoing"])
    script = (SQL / "0013_touched_divisions.sql").read_text("utf-8")
    completing = script[script.index("WITH zone AS MATERIALIZED") :]
    with toy.transaction() as session:
        session.execute(text("DELETE FROM hazard_zone_area WHERE area_code LIKE :east"), {"east": f"{EAST}%"})
        for phase, event in events.items():
            session.execute(text("UPDATE hazard_event SET phase = :p WHERE id = :e"), {"p": phase, "e": event})
        for _ in range(2):
            session.execute(text(completing))
    assert touched(toy, events["ongoing"]) == whole
    assert touched(toy, events["closed"]) == without(whole, EAST)


def without(codes: Iterable[str], prefix: str) -> set[str]:
    return {code for code in codes if not code.startswith(prefix)}


def test_who_gets_tasks_of_a_neighbours_event_sees_it(toy: ToyDatabase) -> None:
    """Drawn by a township over its border, answered by the county: the neighbour has tasks, so it has the event."""
    load(toy, UNLOCATED)
    event = made(toy, WEST)
    east = toy.browser(toy.member("township", EAST))
    assert east.get(f"/events/{event}").status_code == 404
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
    mine = [
        row.id
        for row in query(
            toy,
            "SELECT id FROM emergency_inspection WHERE event_id = :e AND starts_with(scope_code, :east)",
            e=event,
            east=EAST,
        )
    ]
    assert mine
    page, tasks = east.get(f"/events/{event}"), east.get("/inspections")
    assert page.status_code == 200 and "0 栋" not in page.text.split("应查")[0][-200:]
    assert tasks.text.count('href="/inspections/') >= len(mine)
    assert all(east.get(f"/inspections/{number}").status_code == 200 for number in mine)
    whose = {
        table: {row.scope_code for row in query(toy, f"SELECT scope_code FROM {table} WHERE {key} = :e", e=event)}
        for table, key in (("hazard_event", "id"), ("zone_revision", "event_id"), ("hazard_zone", "event_id"))
    }
    assert all(codes == {COUNTY} for codes in whose.values())
    # Whoever made it still has it; phases are the county's now. Asked again nothing is withdrawn, nothing opened.
    assert toy.browser(toy.member("township", WEST)).get(f"/events/{event}").status_code == 200
    with toy.transaction(EAST) as session:
        again = respond(session, toy.actor(EAST), event)
    assert (again.opened, again.withdrawn) == (0, 0) and again.kept == len(mine)


def test_an_event_within_one_township_stays_its_own(toy: ToyDatabase) -> None:
    with toy.transaction(WEST) as session:
        event = load_divisions(session, toy.actor(WEST), [VILLAGES["西三"][0]], Given(kind="flood")).zoned.event_id
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
    assert [row.scope_code for row in query(toy, "SELECT scope_code FROM hazard_event")] == [WEST]


def test_a_township_takes_nothing_over(toy: ToyDatabase) -> None:
    event = made(toy, WEST)
    with toy.transaction(WEST) as session, pytest.raises(DBAPIError, match="one's own area"):
        session.execute(text("SELECT event_taken_over(:e, :code)"), {"e": event, "code": COUNTY})
