from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from geo_housing.errors import BadInput
from geo_housing.houses.spreadsheet.faults import kind_of
from geo_housing.houses.spreadsheet.reader import Ledger, open_ledger


def fields(ledger: Ledger) -> dict[str, str | None]:
    return {column.heading: column.field for column in ledger.recognised.columns}


def rows(ledger: Ledger) -> list[dict[str, str]]:
    names = [column.field or column.heading for column in ledger.recognised.columns]
    return [
        dict(zip(names, cells, strict=True)) for batch in ledger.batches for cells in zip(*batch.cells, strict=True)
    ]


def text_file(folder: Path, content: str, encoding: str = "utf-8", name: str = "l.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode(encoding))
    return path


def township_book(folder: Path) -> Path:
    """What a township sends: two title rows, heads of two rows, merged cells, a sum and a signature below."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "西山镇"
    sheet.append(["西山镇农村房屋安全隐患排查台账"])
    sheet.merge_cells("A1:K1")
    sheet.append(["填报单位：西山镇人民政府", None, None, None, None, None, None, None, "填报日期：2026年11月"])
    sheet.append(["序号", "行政村", "户主信息", None, None, "房屋信息", None, None, None, "其他情况", None])
    sheet.append(
        [None, None, "姓名", "身份证号", "联系电话", "建造年代", "结构", "建筑面积\n（㎡）", "间数", "隐患描述", "备注"]
    )
    for merged in ("A3:A4", "B3:B4", "C3:E3", "F3:I3", "J3:K3"):
        sheet.merge_cells(merged)
    sheet.append([1, "西一村", "甲某", None, None, "90年代", "土木", "80㎡", 3, "墙裂", None])
    sheet.append([2, None, "乙某", None, None, "1998年", "砖木", 90, 4, None, "无"])
    sheet.merge_cells("B5:B6")
    sheet.append([3, "西二村", "丙某", None, None, "２００３", "砖混", 100.5, 5, None, None])
    sheet.append(["合 计", None, None, None, None, None, None, 270.5, 12, None, None])
    sheet.append(["填表人：某某", None, None, "审核人：某某"])
    path = folder / "township.xlsx"
    book.save(path)
    return path


def test_title_rows_merged_heads_and_footers_of_a_townships_book(tmp_path: Path) -> None:
    ledger = open_ledger(township_book(tmp_path))
    assert ledger.recognised.head_rows == (3, 4)
    assert {name for name in fields(ledger).values() if name} == {
        *("village", "head", "id_number", "phone", "built_year", "structure", "area_m2", "rooms", "remark")
    }
    found = rows(ledger)
    assert [row["head"] for row in found] == ["甲某", "乙某", "丙某"]
    # One village cell merged over two houses counts for both.
    assert [row["village"] for row in found] == ["西一村", "西一村", "西二村"]
    assert ledger.titles[0][0] == "西山镇农村房屋安全隐患排查台账"
    assert (3, 4, 0, 0) in ledger.merges and all(bottom <= 4 for _, bottom, _, _ in ledger.merges)


def test_lines_are_numbered_as_the_person_sees_them(tmp_path: Path) -> None:
    (batch,) = open_ledger(township_book(tmp_path)).batches
    assert batch.lines == [5, 6, 7]


def test_heads_repeated_on_every_printed_page_are_no_houses(tmp_path: Path) -> None:
    path = text_file(tmp_path, "乡镇,行政村,户主姓名\n西山镇,西一村,甲\n乡镇,行政村,户主姓名\n西山镇,西一村,乙\n")
    assert [row["head"] for row in rows(open_ledger(path))] == ["甲", "乙"]


def test_a_sum_in_the_heads_own_column_is_a_footer(tmp_path: Path) -> None:
    path = text_file(tmp_path, "户主姓名,行政村,间数\n甲,西一村,3\n合计,,3\n注：以上属实,,\n")
    assert [row["head"] for row in rows(open_ledger(path))] == ["甲"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = text_file(
        tmp_path, delimiter.join(["房屋编号", "户主姓名"]) + "\r\n" + delimiter.join(["1", "甲"]), encoding
    )
    assert rows(open_ledger(path)) == [{"house_code": "1", "head": "甲"}]


@pytest.mark.parametrize("content", ["", "\n\n", ",,\n ,\n"])
def test_an_empty_file_is_called_empty(tmp_path: Path, content: str) -> None:
    path = tmp_path / "空.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(BadInput, match="文件是空的"):
        open_ledger(path)


def test_neither_encoding_is_said(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_bytes("房屋编号\n".encode() + b"\xff\xff\xff")
    with pytest.raises(BadInput, match="GB18030"):
        open_ledger(path)


def test_an_unpaired_quotation_mark_costs_its_own_line_only(tmp_path: Path) -> None:
    body = "".join(f"{n},户{n},x\n" for n in range(3, 400))
    path = text_file(tmp_path, f'房屋编号,户主姓名,备注\n1,户1,y\n2,"户2,z\n{body}')
    batches = list(open_ledger(path).batches)
    assert sum(len(batch.lines) for batch in batches) == 398
    (fault,) = [fault for batch in batches for fault in batch.faults]
    assert fault.line == 3 and "引号" in fault.sentence and kind_of(fault) == "rejected"
    assert sum(batch.lost for batch in batches) == 1
    assert batches[0].lines[:3] == [2, 4, 5]


def test_two_unpaired_marks_that_pair_each_other_are_still_seen(tmp_path: Path) -> None:
    path = text_file(tmp_path, '房屋编号,户主姓名,备注\n1,"甲,x\n2,乙,y\n3,丙",z\n4,丁,w\n')
    (batch,) = open_ledger(path).batches
    assert batch.cells[0] == ["2", "3", "4"] and batch.lost == 1


def test_a_line_break_inside_a_cell_is_no_fault(tmp_path: Path) -> None:
    path = text_file(tmp_path, '房屋编号,户主姓名,备注\n1,甲,"第一行\n第二行，续"\n2,乙,\n')
    (batch,) = open_ledger(path).batches
    assert batch.lines == [2, 4] and not batch.faults


def test_a_row_longer_than_its_heads_is_told(tmp_path: Path) -> None:
    (batch,) = open_ledger(text_file(tmp_path, "房屋编号,户主姓名\n1,甲\n2,乙,丙\n")).batches
    assert batch.lines == [2] and batch.lost == 1 and batch.faults[0].line == 3


def test_two_columns_for_one_field_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="“房屋编号”，请在“识别结果”中指定"):
        open_ledger(text_file(tmp_path, "房屋编号,房屋编码,户主\n1,2,甲\n"))


def test_a_column_may_be_named_by_hand(tmp_path: Path) -> None:
    path = text_file(tmp_path, "编码甲,房屋编码,户主\n1,2,甲\n")
    assert fields(open_ledger(path, columns=["house_code=编码甲"]))["编码甲"] == "house_code"
    with pytest.raises(BadInput, match="不在文件里"):
        open_ledger(path, columns=["house_code=没有这列"])
    with pytest.raises(BadInput, match="“识别结果”中没有“nonsense”这个字段"):
        open_ledger(path, columns=["nonsense=编码甲"])
    with pytest.raises(BadInput, match="应写成 字段=表头"):
        open_ledger(path, columns=["编码甲"])


def test_a_column_that_is_left_out_by_hand_is_no_field_whatever_it_is_called(tmp_path: Path) -> None:
    path = text_file(tmp_path, "房屋编号,户主,备注,独居老人\n1,甲,x,√\n")
    assert fields(open_ledger(path)) == {
        "房屋编号": "house_code", "户主": "head", "备注": "remark", "独居老人": "elderly_alone",
    }  # fmt: skip
    left = fields(open_ledger(path, columns=["-=备注", "-=独居老人"]))
    assert left == {"房屋编号": "house_code", "户主": "head", "备注": None, "独居老人": None}


def test_household_size_prefers_who_lives_there(tmp_path: Path) -> None:
    ledger = open_ledger(text_file(tmp_path, "房屋编号,家庭人口,常住人口\n1,5,3\n"))
    assert fields(ledger) == {"房屋编号": "house_code", "家庭人口": None, "常住人口": "persons"}


def test_the_sheet_with_rows_is_taken_and_the_others_are_named(tmp_path: Path) -> None:
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "封面"
    first.append(["西山镇"])
    for name in ("西一村", "西二村"):
        sheet = book.create_sheet(name)
        sheet.append(["行政村", "户主姓名"])
        sheet.append([name, "甲"])
    book.save(tmp_path / "b.xlsx")
    recognised = open_ledger(tmp_path / "b.xlsx").recognised
    assert (recognised.sheet, recognised.sheets) == ("西一村", ("西一村", "西二村"))
    assert open_ledger(tmp_path / "b.xlsx", sheet="西二村").recognised.sheet == "西二村"
    with pytest.raises(BadInput, match="没有工作表"):
        open_ledger(tmp_path / "b.xlsx", sheet="西三村")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.xlsx", b"not a workbook"), ("a.docx", b"x"), ("a.csv", b"1,2\n3,4\n"), ("a.csv", b"")],
)
def test_what_is_no_ledger_is_refused_with_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput):
        open_ledger(tmp_path / name)


@pytest.mark.parametrize(("columns", "is_refused"), [(1_000, False), (1_001, True)])
def test_columns_without_end_are_refused_before_they_are_read(tmp_path: Path, columns: int, is_refused: bool) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("house_code" + "," * (columns - 1) + "\nA-1" + "," * (columns - 1) + "\n")
    if is_refused:
        with pytest.raises(BadInput, match="有 1001 列，最多 1000 列"):
            open_ledger(path)
    else:
        assert len(open_ledger(path).recognised.columns) == columns


def test_a_sum_under_the_heads_is_no_family(tmp_path: Path) -> None:
    """The township and the village stand before it, so that its first words do not tell."""
    lines = ["西山镇,西一村,甲,4", "西山镇,西一村,小计,4", "西山镇,西二村,乙,3", "西山镇,,合 计：,7"]
    for padding in (0, 3000):  # row by row, and as a block
        body = [f"西山镇,西一村,户{n},1" for n in range(padding)] + lines
        path = tmp_path / f"{padding}.csv"
        path.write_text("\n".join(["乡镇,行政村,户主姓名,家庭人口", *body]), "utf-8")
        heads = [row[2] for batch in open_ledger(path).batches for row in zip(*batch.cells, strict=True)]
        assert heads == [*(f"户{n}" for n in range(padding)), "甲", "乙"]


def test_a_cover_before_the_ledger_is_passed_over(tmp_path: Path) -> None:
    path = township_book(tmp_path)
    book = load_workbook(path)
    for n, lines in enumerate(([["台账"], ["填报单位"]], [["联系电话", "备注"], ["0482", "封面"]])):
        cover = book.create_sheet(f"封面{n}", n)
        for line in lines:
            cover.append(line)
    book.save(path)
    ledger = open_ledger(path)
    assert ledger.recognised.sheet == "西山镇" and [row["head"] for row in rows(ledger)] == ["甲某", "乙某", "丙某"]
    assert ledger.recognised.unread == ("封面0", "封面1")
    with pytest.raises(BadInput, match="没有认出表头"):
        open_ledger(path, sheet="封面0")
