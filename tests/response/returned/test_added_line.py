"""A line that a village has added to the list by hand is told, and a line of sums is none."""

from geo_housing.houses.spreadsheet.workbook import Grid
from geo_housing.response.returned.reading import NO_CODE, rows_of_sheets

HEAD = ["序号", "户主", "房屋编号", "排查结果", "排查人"]


def test_a_line_without_a_code_is_told_and_a_sum_is_not() -> None:
    lines = [
        HEAD,
        ["1", "甲", "A-1", "倒塌", "某人"],
        ["2", "赵新户", "", "倒塌", "某人"],
        ["", "合计", "", "2", ""],
        ["", "", "", "2", ""],
    ]
    found = rows_of_sheets({"表": Grid(lines)})
    assert [row.house_code for row in found.rows] == ["A-1"]
    assert [(one.line, one.value, one.sentence) for one in found.faults] == [(3, "赵新户", NO_CODE)]
