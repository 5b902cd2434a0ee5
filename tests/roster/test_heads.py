"""Heads of lists as counties make them: lines of prose above, upper heads over several columns, sums below."""

from datetime import date
from pathlib import Path

import pytest

from geo_housing.roster.columns import slots_of
from geo_housing.roster.loading import Loaded
from geo_housing.roster.queries import contacts_of, shelters_of
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.roster.books import write_book
from tests.roster.lists import counts, load
from tests.toy_county.county import COUNTY, WEST

TITLE = ["玩具县防汛责任人通讯录", "", "", "", "", ""]
PROSE = ["填报单位：县防汛办", "", "", "", "填报日期：2026年6月1日", ""]
HEAD = ["乡镇", "行政村", "责任人类别", "姓名", "职务", "手机号码"]
PEOPLE = [
    ["西山镇", "西一村", "村书记", "甲", "书记", "10000000001"],
    ["西山镇", "西二村", "网格员", "乙", "会计", "10000000002"],
]
SUM = ["合计", "", "", "2人", "", ""]


def told(toy: ToyDatabase) -> list[tuple[str, str, str, str | None]]:
    with toy.transaction() as session:
        return [(row.name, row.role, row.turn, row.phone) for row in contacts_of(session, AreaScope(COUNTY))]


def of_columns(loaded: Loaded) -> list[tuple[str | None, str]]:
    return [(fault.column, fault.sentence) for fault in loaded.of_columns]


@pytest.mark.parametrize(
    ("above", "merges"),
    [
        ([PROSE], ()),
        ([PROSE], ("A1:D1", "E1:F1")),
        ([TITLE, PROSE], ("A1:F1", "A2:D2", "E2:F2")),
        ([TITLE, ["填报单位：县防汛办        填报日期：2026年6月1日", "", "", "", "", ""]], ("A1:F1", "A2:F2")),
        ([["填报单位", "县防汛办", "", "填报人", "某某", "2026年6月1日"]], ()),
    ],
)
def test_a_line_of_prose_is_no_head(
    toy: ToyDatabase, tmp_path: Path, above: list[list[str]], merges: tuple[str, ...]
) -> None:
    loaded = load(toy, write_book(tmp_path / "a.xlsx", [*above, HEAD, *PEOPLE, SUM], *merges))
    assert counts(loaded) == (2, 0, 0, 0)
    assert told(toy) == [("甲", "secretary", "A", "100****0001"), ("乙", "grid_worker", "A", "100****0002")]
    assert [(fault.line, fault.value, fault.sentence) for fault in loaded.faults] == [
        (len(above) + 4, "合计", "这一行是合计，不是一条记录，已跳过。")
    ]


def test_prose_is_no_part_of_a_heading_that_is_not_known(toy: ToyDatabase, tmp_path: Path) -> None:
    rows = [[*PROSE, ""], [*HEAD, "届期情况"], [*PEOPLE[0], "本届"]]
    loaded = load(toy, write_book(tmp_path / "a.xlsx", rows))
    assert loaded.untaken == ["届期情况"] and [column for column, _ in of_columns(loaded)] == ["届期情况"]


@pytest.mark.parametrize("role", [True, False])
def test_an_upper_head_over_several_columns_is_context(toy: ToyDatabase, tmp_path: Path, role: bool) -> None:
    top = ["序号", "行政区划", "", "责任人信息", "", "", "", "任期", ""]
    low = ["", "乡镇", "行政村", "姓名", "职务", "A/B角", "手机号码", "起", "止"]
    rows: list[list[object]] = [
        ["1", "西山镇", "西一村", "甲", "村书记", "A", "10000000001", date(2024, 1, 1), date(2099, 12, 31)],
        ["2", "西山镇", "西一村", "乙", "村主任", "B", "10000000002", "2024.1", "2099.12"],
        ["3", "西山镇", "西二村", "丙", "村书记", "B角", "10000000003", "2020.1", "2022.12"],
    ]
    merges = ["A1:A2", "B1:C1", "D1:G1", "H1:I1"]
    if role:
        top.append("责任人类别")
        low.append("")
        for row, word in zip(rows, ("包村领导", "网格员", "包村干部"), strict=True):
            row.append(word)
        merges.append("J1:J2")
    sums = ["总计", "", "", "17人", "", "", "", "", ""]
    loaded = load(toy, write_book(tmp_path / "a.xlsx", [top, low, *rows, sums], *merges))
    assert counts(loaded) == (3, 0, 0, 0)
    assert [fault.line for fault in loaded.faults] == [6], "of all lines only that of the sums is spoken of"
    roles = ("village_leader", "grid_worker", "village_cadre") if role else ("secretary", "director", "secretary")
    with toy.transaction() as session:
        people = {row.name: row for row in contacts_of(session, AreaScope(COUNTY))}
        assert [(name, people[name].role, people[name].turn) for name in people if name != "丙"] == [
            ("甲", roles[0], "A"), ("乙", roles[1], "B"),
        ]  # fmt: skip
        assert {row.phone for row in people.values()} == {"100****0001", "100****0002", "100****0003"}
        assert (people["乙"].valid_from, people["乙"].valid_to) == (date(2024, 1, 1), date(2099, 12, 31))
        assert people["丙"].valid_to == date(2022, 12, 31)


def test_equal_sub_heads_are_told_apart_by_the_upper_ones() -> None:
    top = ["行政村", "负责人", "", "联系人", "", "任期", ""]
    low = ["", "姓名", "电话", "姓名", "电话", "起", "止"]
    merges = ((1, 2, 0, 0), (1, 1, 1, 2), (1, 1, 3, 4), (1, 1, 5, 6))
    assert [(s.column, s.field, s.role, s.group) for s in slots_of("contacts", (top, low), merges, 1)] == [
        (0, "village", None, -1), (1, "name", "负责人", 0), (2, "phone", "负责人", 0),
        (3, "name", "联系人", 1), (4, "phone", "联系人", 1), (5, "valid_from", None, -1), (6, "valid_to", None, -1),
    ]  # fmt: skip


def test_main_duty_and_stand_by_beside_one_another(toy: ToyDatabase, tmp_path: Path) -> None:
    top = ["行政村", "责任人类别", "A岗", "", "B岗", ""]
    low = ["", "", "姓名", "电话", "姓名", "电话"]
    rows = [["西一村", "网格员", "甲", "10000000001", "乙", "10000000002"]]
    load(toy, write_book(tmp_path / "a.xlsx", [top, low, *rows], "A1:A2", "B1:B2", "C1:D1", "E1:F1"), area=WEST)
    assert told(toy) == [("甲", "grid_worker", "A", "100****0001"), ("乙", "grid_worker", "B", "100****0002")]


@pytest.mark.parametrize("heading", ["A/B角", "A/B 岗", "AB岗", "A、B角", "主/备岗"])
def test_the_turn_under_each_of_its_names(toy: ToyDatabase, tmp_path: Path, heading: str) -> None:
    rows = [["村", "类别", "姓名", heading], ["西一村", "网格员", "甲", "A角"], ["西一村", "网格员", "乙", "B（备岗）"]]
    assert load(toy, write_book(tmp_path / "a.xlsx", rows), area=WEST).faults == []
    assert [(name, turn) for name, _, turn, _ in told(toy)] == [("甲", "A"), ("乙", "B")]


@pytest.mark.parametrize(
    ("headings", "cells", "begins", "ends"),
    [
        (("任期起", "任期止"), ("2024-01-01", "2099-06-30"), date(2024, 1, 1), date(2099, 6, 30)),
        (("任期（起）", "任期（止）"), ("2024.1", "2099.6"), date(2024, 1, 1), date(2099, 6, 30)),
        (("开始日期", "结束日期"), ("2024年1月", "2099年6月"), date(2024, 1, 1), date(2099, 6, 30)),
        (("起止",), ("2024.1-2099.12",), date(2024, 1, 1), date(2099, 12, 31)),
        (("任期",), ("2024年1月至2099年2月",), date(2024, 1, 1), date(2099, 2, 28)),
        (("任职起止时间",), ("2024/3/1—2099/3/1",), date(2024, 3, 1), date(2099, 3, 1)),
        (("任期",), ("长期",), None, None),
        (("任职时间",), ("2024.1至今",), date(2024, 1, 1), None),
        (("任期起", "任期止"), ("2024.1", "长期"), date(2024, 1, 1), None),
    ],
)
@pytest.mark.parametrize("kind", ["contacts", "technicians"])
def test_terms(
    toy: ToyDatabase,
    tmp_path: Path,
    kind: str,
    headings: tuple[str, ...],
    cells: tuple[str, ...],
    begins: date | None,
    ends: date | None,
) -> None:
    if kind == "technicians" and headings == ("任职时间",):
        headings = ("聘期",)
    rows = [["村", "类别", "姓名", *headings], ["西一村", "网格员", "甲", *cells]]
    loaded = load(toy, write_book(tmp_path / "a.xlsx", rows), kind, dry_run=True)
    assert loaded.faults == []
    changes = {label: after for label, _, after in loaded.created[0].changes}
    assert (changes.get("任职起始"), changes.get("任职截止")) == (begins and str(begins), ends and str(ends))


def test_an_open_term_takes_a_stored_end_away_but_brings_nobody_back(toy: ToyDatabase, tmp_path: Path) -> None:
    head = ["村", "类别", "姓名", "任期"]
    load(toy, write_book(tmp_path / "a.xlsx", [head, ["西一村", "网格员", "甲", "2024-2099"], ["西一村", "网格员", "乙", "2020-2022"]]), area=WEST)  # fmt: skip
    path = write_book(
        tmp_path / "b.xlsx", [head, ["西一村", "网格员", "甲", "长期"], ["西一村", "网格员", "乙", "长期"]]
    )
    loaded = load(toy, path, area=WEST)
    assert counts(loaded) == (0, 1, 1, 0) and "已登记为离任" in loaded.faults[0].sentence
    with toy.transaction() as session:
        ends = {row.name: row.valid_to for row in contacts_of(session, AreaScope(COUNTY))}
    assert ends == {"甲": None, "乙": date(2022, 12, 31)}


def test_a_column_that_matters_and_was_not_taken_is_named(toy: ToyDatabase, tmp_path: Path) -> None:
    rows = [
        ["村", "类别", "姓名", "电话", "届期情况", "手机（工作）备注", "血型", "聘期到什么时候"],
        ["西一村", "网格员", "甲", "见附表", "本届", "10000000001", "O", ""],
    ]
    loaded = load(toy, write_book(tmp_path / "a.xlsx", rows), area=WEST)
    assert of_columns(loaded) == [
        ("电话", "认出了这一列，但 1 格内容一格也没有采用；请核对表头和内容。"),
        ("届期情况", "这一列像是“任期”，但没有认出来，1 格内容都没有采用；请把表头改成“任期”再上传。"),
        ("手机（工作）备注", "这一列像是“联系电话”，但没有认出来，1 格内容都没有采用；请把表头改成“联系电话”再上传。"),
    ]
    assert loaded.untaken == ["届期情况", "手机（工作）备注", "血型", "聘期到什么时候"]


def test_the_name_under_a_head_of_person_and_telephone(toy: ToyDatabase, tmp_path: Path) -> None:
    top = ["乡镇", "安置点名称", "负责人及电话", "", "坐标", ""]
    low = ["", "", "姓名", "电话", "经度", "纬度"]
    rows = [["西山镇", "中心小学", "甲", "10000000001", "120.005", "45.005"]]
    load(toy, write_book(tmp_path / "a.xlsx", [top, low, *rows], "A1:A2", "B1:B2", "C1:D1", "E1:F1"), "shelters")
    with toy.transaction() as session:
        (school,) = shelters_of(session, AreaScope(WEST))
    assert (school.contact_name, school.phone, school.lon) == ("甲", "100****0001", 120.005)
