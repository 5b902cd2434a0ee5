"""Where a fault is found in the file again: its own headings, its own figures, and what is no house at all."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from geo_housing.houses.spreadsheet.reader import open_ledger
from geo_housing.houses.spreadsheet.report import write_report
from tests.fixtures.toy import ToyDatabase
from tests.houses.imports.test_import_page import upload
from tests.houses.ledgers import counts, load, query, sentences, the_fault, write_csv
from tests.toy_county import WEST

PLACE = {"乡镇": "西山镇", "行政村": "西一村"}


def places(loaded: Any) -> list[tuple[int | None, str | None, str | None]]:
    return [(fault.line, fault.column, fault.value) for fault in loaded.faults]


def test_faults_stand_under_the_files_own_headings(toy: ToyDatabase, tmp_path: Path) -> None:
    query(
        toy,
        "UPDATE house SET grade = 'D', grade_basis = 'assessment', graded_on = '2026-01-05' WHERE code = '西一-A' RETURNING id",
    )
    rows = [
        {
            "农房编号": "西一-A",
            "所在乡镇": "",
            "所在村": "",
            "户主": "户主00",
            "危房等级": "B",
            "坐标经度": "",
            "坐标纬度": "",
        },
        {"农房编号": "新-1", "所在乡镇": "西山镇", "所在村": "没有村", "户主": "甲"},
        {
            "农房编号": "新-2",
            "所在乡镇": "西山镇",
            "所在村": "西一村",
            "户主": "乙",
            "坐标经度": "120.0151",
            "坐标纬度": "45.0051",
        },
    ]
    path = write_csv(tmp_path, rows)
    loaded = load(toy, path)
    assert the_fault(loaded, "differs").column == "危房等级"
    assert {fault.column for fault in loaded.faults} <= {"危房等级", "所在村", "坐标经度、坐标纬度"}
    write_report(tmp_path / "r.xlsx", loaded.faults, open_ledger(path))
    sheet = load_workbook(tmp_path / "r.xlsx")["问题行"]
    heads = [cell.value for cell in sheet[1]]
    coloured = {
        (row[0].value, heads[n]) for row in sheet.iter_rows(min_row=2) for n, cell in enumerate(row)
        if cell.fill.fgColor.rgb == "FFFFC7CE"
    }  # fmt: skip
    assert (2, "危房等级") in coloured and (3, "所在村") in coloured


@pytest.mark.parametrize(
    ("x", "y"), [("41389221.2345", "5012345.678"), ("45.123456789", "120.987654321"), ("0", "45.1234567")]
)
def test_coordinates_that_cannot_be_used_are_shown_as_they_stand_in_the_file(toy: ToyDatabase, x: str, y: str) -> None:
    loaded = load(toy, [{"房屋编号": "新-1", **PLACE, "户主姓名": "甲", "经度": x, "纬度": y}])
    assert places(loaded) == [(2, "经度、纬度", f"{x}, {y}")]


def test_one_coordinate_alone_is_shown(toy: ToyDatabase) -> None:
    loaded = load(toy, [{"房屋编号": "新-1", **PLACE, "户主姓名": "甲", "X": "120.0051234567", "Y": ""}])
    assert places(loaded) == [(2, "X、Y", "120.0051234567, —")]


@pytest.mark.parametrize("padding", [0, 3000])  # row by row, and as a block
def test_a_sum_that_counts_families_is_no_house_and_nobodys_name(
    toy: ToyDatabase, tmp_path: Path, padding: int
) -> None:
    path = tmp_path / "sums.csv"
    body = [f"{n},西山镇,西一村,户甲{n},1" for n in range(padding)]
    lines = [*body, "x,西山镇,西一村,甲,4", "x,西山镇,小计,18户,40", "合计,,,共19户,44"]
    path.write_text("\n".join(["序号,乡镇,行政村,户主姓名,家庭人口", *lines]), "utf-8")
    loaded = load(toy, path)
    assert counts(loaded) == (padding + 1, 0, 0, 0)
    assert sentences(loaded, "rejected") == []
    assert sentences(loaded, "sum") == ["本行是合计，不是一户的房屋：没有导入，也不计入读到和拒绝的行数。"] * 2
    assert [fault.line for fault in loaded.faults if fault.sentence in sentences(loaded, "sum")] == [
        padding + 3,
        padding + 4,
    ]
    assert "户某某" not in str(loaded.faults)


def test_the_page_says_which_rows_are_sums(toy: ToyDatabase, tmp_path: Path) -> None:
    client = toy.browser(toy.member("township", WEST))
    rows = [{**PLACE, "户主姓名": "甲"}, {"乡镇": "合计", "行政村": "", "户主姓名": "18户"}]
    page = client.get(upload(client, write_csv(tmp_path, rows))).text
    assert "合计行" in page and "本行是合计，不是一户的房屋" in page and "无法知道是哪一户" not in page
