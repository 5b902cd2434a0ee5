"""``geo-housing roster load`` as a person calls it."""

from pathlib import Path

from openpyxl import load_workbook

from geo_housing.settings import Settings
from tests.houses.test_command import answer, given, run
from tests.roster.lists import write_xlsx

__all__ = ["given"]
ROWS = [
    ["西山镇防汛责任人", "", "", ""],
    ["村", "类别", "姓名", "电话"],
    ["西一村", "村书记", "甲", "10000000001"],
    ["西二村", "网格员", "乙", "1000000002"],
    ["西九村", "网格员", "丙", "10000000003"],
]


def test_tried_loaded_and_loaded_again(installed: Settings, given: Path) -> None:
    home, path = installed.home, write_xlsx(given / "责任人.xlsx", ROWS)
    tried = answer(run(home, "roster", "load", str(path), "--kind", "contacts", "--dry-run", "--json"))
    report = given / "报告.xlsx"
    first = answer(run(home, "roster", "load", str(path), "--kind", "contacts", "--report", str(report), "--json"))
    again = answer(run(home, "roster", "load", str(path), "--kind", "contacts", "--json"))
    same = {"read": 3, "rejected": 1, "missing": 0, "updated": 0}
    assert {**tried, "report": None} == {**same, "created": 2, "unchanged": 0, "report": None}
    assert first == {**same, "created": 2, "unchanged": 0, "report": str(report)}
    assert {**again, "report": None} == {**same, "created": 0, "unchanged": 2, "report": None}
    sheet = load_workbook(report).active
    assert sheet is not None
    told = [[cell.value for cell in row] for row in sheet]
    assert told[1][:2] == [4, "电话"] and told[2][:3] == [5, "行政村", "西九村"]
    assert "1000000002" not in str(told)


def test_a_file_that_is_no_list_and_a_kind_that_is_none_are_refused_with_2(installed: Settings, given: Path) -> None:
    path = write_xlsx(given / "别的.xlsx", [["一", "二"], ["三", "四"]])
    refused = run(installed.home, "roster", "load", str(path), "--kind", "contacts")
    assert refused.returncode == 2 and "没有认出表头" in refused.stderr
    unknown = run(installed.home, "roster", "load", str(path), "--kind", "houses")
    assert unknown.returncode == 2 and "contacts" in unknown.stderr


def test_columns_that_were_not_taken_are_told(installed: Settings, given: Path) -> None:
    rows = [["村", "类别", "姓名", "届期情况", "血型"], ["西一村", "村书记", "甲", "本届", "O"]]
    path = write_xlsx(given / "责任人.xlsx", rows)
    tried = run(installed.home, "roster", "load", str(path), "--kind", "contacts", "--dry-run")
    assert "没有采用的列：届期情况、血型" in tried.stdout + tried.stderr
    assert "请核对 届期情况：这一列像是“任期”，但没有认出来" in tried.stdout + tried.stderr
