"""Points of shelters that cannot be right are told and not stored."""

from pathlib import Path

from sqlalchemy import text

from geo_housing.roster.points import FAR_KM, Surroundings
from geo_housing.roster.queries import shelters_of
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.roster.books import write_book
from tests.roster.lists import counts, load
from tests.toy_county.county import COUNTY, EAST, WEST

HEAD = ["乡镇", "安置点名称", "经度", "纬度"]


def test_a_point_outside_the_county_is_told_and_not_stored(toy: ToyDatabase, tmp_path: Path) -> None:
    rows = [
        HEAD,
        ["西山镇", "小学", 120.005, 45.005],
        ["西山镇", "中学", 120.14, 45.01],
        ["东河乡", "村部", 121.5, 40.2],
    ]
    path = write_book(tmp_path / "a.xlsx", rows)
    loaded = load(toy, path, "shelters", area=COUNTY)
    assert counts(loaded) == (3, 0, 0, 0)
    assert [(fault.line, fault.column, fault.value, fault.sentence) for fault in loaded.faults] == [
        (3, "经度", "120.14, 45.01", "这个点不在玩具县范围内（最近处相距约 7.9 公里），没有采用；请核对经度、纬度。"),
        (4, "经度", "121.5, 40.2", "这个点不在玩具县范围内（最近处相距约 548 公里），没有采用；请核对经度、纬度。"),
    ]
    with toy.transaction() as session:
        assert {row.name: row.lon for row in shelters_of(session, AreaScope(COUNTY))} == {
            "小学": 120.005,
            "中学": None,
            "村部": None,
        }
    # Of a township, too, which sees the outline of its county.
    assert len(load(toy, write_book(tmp_path / "b.xlsx", rows[:3]), "shelters", area=WEST).faults) == 1


def test_a_point_far_outside_its_township_is_told(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        around = Surroundings(session)
        assert around.wrong(f"{EAST}201", 120.005, 45.005) is None, "next door is near enough"
        session.execute(
            text("UPDATE area SET geom = ST_Multi(ST_MakeEnvelope(119, 45, 121, 46, 4490)) WHERE code = :code"),
            {"code": COUNTY},
        )
        around = Surroundings(session)
        assert around.wrong(f"{EAST}201", 120.2, 45.01) is None
        told = around.wrong(f"{EAST}201", 120.9, 45.01)
        session.rollback()
    assert told == "这个点离东河乡约 68 公里，没有采用；请核对乡镇和经度、纬度。" and FAR_KM < 68
