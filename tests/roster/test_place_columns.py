"""One column for township and village, and lists in which no column of places was understood."""

from pathlib import Path

import pytest

from geo_housing.roster.queries import shelters_of
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.roster.lists import load, write_xlsx
from tests.toy_county.county import COUNTY, EAST, WEST


@pytest.mark.parametrize("heading", ["乡镇/村", "乡镇（村）", "所属乡镇村", "乡镇村"])
def test_one_column_says_township_or_village(toy: ToyDatabase, tmp_path: Path, heading: str) -> None:
    rows = [
        ["玩具县安置点名单", "", ""],
        [heading, "安置点名称", "可容纳人数"],
        ["西山镇", "小学", "300"],
        ["西一村", "村部一", "50"],
        ["西山镇西二村", "村部二", "50"],
        ["东河乡/东一村", "村部三", "50"],
        ["东河乡 东二村", "村部四", "50"],
        ["没有这个村", "村部五", "50"],
    ]
    loaded = load(toy, write_xlsx(tmp_path / "a.xlsx", rows, merges=[(0, 0, 0, 2)]), "shelters")
    assert [(fault.line, fault.column) for fault in loaded.faults] == [(8, "行政村")]
    with toy.transaction() as session:
        told = {row.name: row.area_code for row in shelters_of(session, AreaScope(COUNTY))}
    assert told == {
        "小学": WEST,
        "村部一": f"{WEST}201",
        "村部二": f"{WEST}202",
        "村部三": f"{EAST}201",
        "村部四": f"{EAST}202",
    }


def test_a_list_without_a_column_of_places_says_where_everything_went(toy: ToyDatabase, tmp_path: Path) -> None:
    rows = [["西山镇安置点名单", ""], ["坐落处", "安置点名称"], ["西一村", "村部一"], ["西二村", "村部二"]]
    loaded = load(toy, write_xlsx(tmp_path / "a.xlsx", rows, merges=[(0, 0, 0, 1)]), "shelters")
    assert "2 条全部登记在西山镇" in loaded.faults[0].sentence
