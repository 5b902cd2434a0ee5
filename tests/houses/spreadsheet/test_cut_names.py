"""Shapefiles end the names of columns after ten bytes: Chinese ones in the middle of a character."""

import warnings
from pathlib import Path

import geopandas
import pyogrio
import pytest
from shapely import Point

from geo_housing.geofiles import read_features
from geo_housing.houses.spreadsheet.reader import whole_heading
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, load, query

HOUSE = {
    "房屋编号": "S-1", "行政村": "西一村", "户主姓名": "甲某", "结构形式": "土木", "是否有人居住": "是", "鉴定等级": "C",
    "建筑面积": "62", "隐患部位照": "东墙", "隐患部位说": "裂", "是否有独立厨房": "有",
}  # fmt: skip


def shapefile(folder: Path, encoding: str, *, states_it: bool = True, columns: dict[str, str] = HOUSE) -> Path:
    path = folder / "农房.shp"
    frame = geopandas.GeoDataFrame([columns], geometry=[Point(120.0051, 45.0051)], crs="EPSG:4490")
    with warnings.catch_warnings():
        # That names were cut, of which the message is cut, too.
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(frame, path, encoding=encoding)
    if not states_it:
        path.with_suffix(".cpg").unlink()
    return path


@pytest.mark.parametrize("states_it", [True, False])
@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_cut_headings_are_known_by_what_is_left_of_them(
    toy: ToyDatabase, tmp_path: Path, encoding: str, states_it: bool
) -> None:
    path = shapefile(tmp_path, encoding, states_it=states_it)
    assert counts(load(toy, path)) == (1, 0, 0, 0)
    found = house(toy, "S-1")
    assert (found.structure, found.occupancy, found.grade, found.area_m2) == ("earth_wood", "resident", "C", 62)
    assert [row.head for row in query(toy, "SELECT head FROM household WHERE head = '甲某'")] == ["甲某"]
    # What is no column of ours stays under what is left of its name, and no column takes the place of another.
    assert sorted(found.extra.values()) == ["东墙", "有", "裂"]
    assert "是否有独立厨房" not in found.extra
    assert counts(load(toy, path)) == (0, 0, 1, 0)


def test_names_of_which_only_the_broken_character_differs_stay_two(tmp_path: Path) -> None:
    features = read_features(shapefile(tmp_path, "UTF-8", columns={"结构形式": "甲", "结构形状": "乙", "结构形": "丙"}))
    assert sorted(column[0] for column in features.columns.values()) == sorted("甲乙丙")
    assert "结构形" in features.columns


@pytest.mark.parametrize(
    ("whole", "encoding", "cells", "known"),
    [
        ("是否有人居住", "UTF-8", [], True),
        ("是否有人居住", "GB18030", [], True),
        ("是否有独立厨房", "UTF-8", [], False),
        ("户主身份证号", "GB18030", [], True),
        # The beginning of 居住状况 and of 居住状况核实日期.
        ("居住状况", "UTF-8", ["", "常住", "不详", "长期外出空置"], True),
        ("居住状况核实日期", "UTF-8", ["2026-03-01", "", "2026年4月2日"], True),
        ("居住状况", "UTF-8", ["", "见附表"], False),
        ("居住状况", "UTF-8", ["常住", "2026-03-01"], False),
    ],
)
def test_a_beginning_of_several_headings_is_the_one_that_its_cells_are_for(
    whole: str, encoding: str, cells: list[str], known: bool
) -> None:
    left = whole.encode(encoding)[:10]
    name = left.decode(encoding, "ignore")
    assert whole_heading(name, (left, encoding), cells) == (whole if known else name)
    assert whole_heading(name, None, cells) == name


def test_two_columns_with_one_beginning_are_both_read(toy: ToyDatabase, tmp_path: Path) -> None:
    columns = {**HOUSE, "居住状况": "无人居住", "居住状况核实日期": "2026-03-01"}
    del columns["是否有人居住"]
    assert counts(load(toy, shapefile(tmp_path, "UTF-8", columns=columns))) == (1, 0, 0, 0)
    found = house(toy, "S-1")
    assert (found.occupancy, str(found.occupancy_checked_on)) == ("empty", "2026-03-01")
