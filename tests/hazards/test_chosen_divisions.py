"""A township or county chosen by name means every house that counts there, wherever its point may be."""

import pytest
from sqlalchemy import text

from geo_housing.hazards.queries import affected
from geo_housing.response.loading import Given, load_divisions
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import load, query
from tests.toy_county import COUNTY, EAST, WEST

# Some 400 m west of the county, with and without a declared place; a house without point or village; one in dispute
# between two townships.
DOUBTFUL = [
    {"房屋编号": "外-1", "户主姓名": "甲", "经度": 119.995, "纬度": 45.005},
    {"房屋编号": "外-2", "乡镇": "西山镇", "户主姓名": "乙", "经度": 119.995, "纬度": 45.006},
    {"房屋编号": "外-3", "乡镇": "西山镇", "行政村": "西街居委会", "户主姓名": "丙", "经度": 119.995, "纬度": 45.007},
    {"房屋编号": "镇-1", "乡镇": "西山镇", "户主姓名": "丁"},
    {"房屋编号": "争-2", "乡镇": "东河乡", "行政村": "东一村", "户主姓名": "戊", "经度": 120.006, "纬度": 45.006},
]


@pytest.mark.parametrize("has_outline", [True, False])
@pytest.mark.parametrize("area", [COUNTY, WEST, EAST])
def test_no_house_of_a_chosen_division_is_left_out(toy: ToyDatabase, area: str, has_outline: bool) -> None:
    load(toy, DOUBTFUL)
    with toy.transaction() as session:
        if not has_outline:
            session.execute(text("UPDATE area SET geom = NULL WHERE level <> 'village'"))
            session.execute(text("DELETE FROM area_cell WHERE length(area_code) < 12"))
        event = load_divisions(session, toy.actor(), [area], Given(name="暴雨", kind="rainstorm")).zoned.event_id
        counted = affected(session, event)
        done = respond(session, toy.actor(), event)
    belongs = {
        row.code
        for row in query(
            toy,
            "SELECT code FROM house WHERE starts_with(scope_code, :area) OR starts_with(declared_code, :area)",
            area=area,
        )
    }
    tasks = query(
        toy,
        "SELECT h.code FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE i.event_id = :id",
        id=event,
    )
    assert {row.code for row in tasks} == belongs
    assert ("外-1" in belongs) == (area != EAST)
    assert done.opened == counted.houses + counted.uncertain == len(tasks)
