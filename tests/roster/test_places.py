"""Which of township and village is wrong in a list, and the name that is nearest."""

from pathlib import Path

import pytest

from tests.fixtures.toy import ToyDatabase
from tests.roster.books import write_book
from tests.roster.lists import load

HEAD = ["乡镇", "行政村", "类别", "姓名"]


@pytest.mark.parametrize(
    ("township", "village", "column", "value", "sentence"),
    [
        ("西山乡镇", "西一村", "乡镇", "西山乡镇", "没有找到乡镇“西山乡镇”，村“西一村”是有的，在 西山镇；请改正乡镇的名称。"),
        ("夕山镇", "西一村", "乡镇", "夕山镇", "没有找到乡镇“夕山镇”，村“西一村”是有的，在 西山镇；请改正乡镇的名称。"),
        ("夕山镇", "", "乡镇", "夕山镇", "没有找到乡镇“夕山镇”，或不在您的管辖范围内；请核对名称。最接近的乡镇是 西山镇。"),
        ("西山镇", "西以村", "行政村", "西以村", "西山镇没有找到村“西以村”，或不在您的管辖范围内；请核对村名。最接近的村是 西一村村委会、西三村村委会、西二村村委会。"),
        ("西山镇", "东一村", "行政村", "东一村", "西山镇没有找到村“东一村”，叫这个名称的村在 东河乡；请核对村名和乡镇。"),
        ("夕山镇", "北大屯村", "乡镇", "夕山镇", "没有找到乡镇“夕山镇”，也没有找到村“北大屯村”，或不在您的管辖范围内；请核对名称。最接近的乡镇是 西山镇。"),
        ("", "南大屯村", "行政村", "南大屯村", "没有找到村“南大屯村”，或不在您的管辖范围内；请核对村名和乡镇。"),
    ],
)  # fmt: skip
def test_the_cell_that_is_wrong_is_named_with_the_nearest_name(
    toy: ToyDatabase, tmp_path: Path, township: str, village: str, column: str, value: str, sentence: str
) -> None:
    rows = [HEAD, ["西山镇", "西一村", "网格员", "甲"], [township, village, "网格员", "乙"]]
    loaded = load(toy, write_book(tmp_path / "a.xlsx", rows))
    (fault,) = loaded.faults
    assert (fault.line, fault.column, fault.value, fault.sentence) == (3, column, value, f"{sentence}这一处未导入。")
    assert loaded.counts["created"] == 1
