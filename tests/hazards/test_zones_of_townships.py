"""A zone means the same houses whoever made it: a township sees no outline but its own, its zone reaches over the border."""

from collections.abc import Iterable

import pytest
import shapely
from shapely.geometry import mapping
from sqlalchemy import text

from geo_housing.geometry import as_multipolygon
from geo_housing.hazards.queries import affected, affected_by_geometry
from geo_housing.migrations.scripts import SQL
from geo_housing.response.loading import Given, load_divisions, load_drawing
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import load, query
from tests.toy_county import EAST, VILLAGES, WEST, village_box

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
