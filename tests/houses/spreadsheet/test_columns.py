"""Whole columns say what cell by cell would say, and blocks of lines what row by row would give."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo_housing.geometry import SourceCrs
from geo_housing.houses.spreadsheet import tables
from geo_housing.houses.spreadsheet.batch import Checker
from geo_housing.houses.spreadsheet.columns import plain_ones, texts
from geo_housing.houses.spreadsheet.faults import CellFault
from geo_housing.houses.spreadsheet.kept import members
from geo_housing.houses.spreadsheet.reader import open_ledger
from geo_housing.houses.spreadsheet.row import CLEARING, PLAIN, is_stated, normalise, rules
from tests.houses.ledgers import id_number

RULES = rules(date(2026, 12, 31))
CELLS = st.one_of(
    st.text("0123456789Xx", min_size=5, max_size=20),
    st.text("0123456789", min_size=5, max_size=14),
    st.text("ABCx019-.E+ ", max_size=8),
    st.text("户主无没有不详一䶮 Ａ１0", max_size=6),
    st.integers(1, 999).map(id_number),
    st.integers(1, 999).map(lambda n: id_number(n)[:-1] + "0"),
    st.sampled_from(["NULL", "none", "N/A", "1E05", "B1", "无", "未知", "10012345678", "123456.0", "不详1", "豈"]),
    st.text(max_size=5),
)


@pytest.mark.parametrize("name", sorted(PLAIN))
@given(cells=st.lists(CELLS, min_size=1, max_size=30))
@example(cells=["99000119000202041X", "X", "1\n", "12345678\n", "B1\n", "甲\n"])
def test_a_cell_taken_as_it_is_is_what_its_rule_would_give(name: str, cells: list[str]) -> None:
    for cell, is_plain in zip(cells, plain_ones(name, texts(cells)).tolist(), strict=True):
        if is_plain:
            text = normalise(cell)
            assert is_stated(text) and text not in CLEARING
            assert RULES[name](text) == cell


def test_usual_cells_are_taken_as_they_are() -> None:
    usual = {"house_code": "B00000017", "head": "户主0000017", "id_number": id_number(17), "phone": "10000000017"}
    for name, cell in usual.items():
        assert plain_ones(name, texts([cell])).tolist() == [True], name
        with pytest.raises(CellFault):
            RULES["id_number"](id_number(17)[:-1] + ("0" if id_number(17)[-1] != "0" else "1"))


def ledger(folder: Path, *, encoding: str = "utf-8", newline: str = "\n", delimiter: str = ",") -> Path:
    """Long runs of plain lines, and between them everything that must be looked at row by row."""
    heads = ["序号", "房屋编号", "行政村", "户主姓名", "备注", "地址", "经度", "纬度"]
    path = folder / "long.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=newline)
        writer.writerow(heads)
        for n in range(3_000):
            writer.writerow(
                [
                    n,
                    f"H-{n}",
                    "西一村",
                    f"户{n}",
                    "",
                    f"西一村 {n}号" if n % 3 else f"99000119000{n:04d}",
                    "121.5",
                    "46.1",
                ]
            )
            if n == 700:
                writer.writerow(["", "H-x", "西一村", f"甲{delimiter}乙", 'sagt "ja"', "", "", ""])
            if n == 900:
                writer.writerow(["", "H-break", "西一村", "丙", "两行\n的备注", "", "", ""])
            if n in (1100, 2800):
                writer.writerow(heads)
                writer.writerow([""] * 8)
                writer.writerow(["合计：1100", *[""] * 7])
            if n == 1500:
                writer.writerow([n, "H-short", "西一村"])
                writer.writerow([n, "H-long", *["x"] * 9])
            if n == 2700:
                writer.writerow(["", "H-first-empty", "西一村", "丁", "", "", "0", ""])
                file.write(f'9{delimiter}H-open{delimiter}西一村{delimiter}"戊{delimiter * 4}{newline}')
    return path


def everything(path: Path) -> tuple[list[Any], list[Any], int]:
    rows, faults, lost = [], [], 0
    for batch in open_ledger(path).batches:
        rows += zip(batch.lines, *batch.cells, strict=True)
        faults += [(fault.line, fault.sentence) for fault in batch.faults]
        lost += batch.lost
    return rows, sorted(faults), lost


@pytest.mark.parametrize(
    ("encoding", "newline", "delimiter"),
    [("utf-8", "\n", ","), ("utf-8-sig", "\r\n", ";"), ("gb18030", "\r\n", ","), ("gb18030", "\n", "\t")],
)
def test_blocks_give_the_rows_that_walking_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, newline: str, delimiter: str
) -> None:
    path = ledger(tmp_path, encoding=encoding, newline=newline, delimiter=delimiter)
    taken = []
    columns = tables._columns
    monkeypatch.setattr(tables, "_columns", lambda *a: taken.append(1) or columns(*a))
    in_blocks = everything(path)
    assert taken, "no block was taken"
    monkeypatch.setattr(tables, "LEAST_BLOCK", 1 << 30)
    assert in_blocks == everything(path)
    rows, faults, lost = in_blocks
    assert len(rows) == 3_000 + 4 and lost == 2
    assert [line for line, _ in faults] == sorted(line for line, _ in faults) and len(faults) == 2


def test_other_columns_are_json_with_the_numbers_of_people_masked(tmp_path: Path) -> None:
    found = open_ledger(ledger(tmp_path))
    checker = Checker(found.recognised, SourceCrs("EPSG:4326"), date(2026, 12, 31))
    extras: list[str | None] = []
    for batch in found.batches:
        extras += checker.check(batch).columns["extra"].to_pylist()
    told = [json.loads(f"{{{extra}}}") for extra in extras if extra]
    assert {"地址": "西一村 1号"} in told and {"地址": "西一村 2998号"} in told
    assert len(extras) == 3_004 and extras.count(None) >= 3
    assert {"地址": "990001*****0003"} in told and "990001190000003" not in json.dumps(told)


@given(values=st.lists(st.text(max_size=12), min_size=1, max_size=8))
def test_any_text_survives_as_json(values: list[str]) -> None:
    parts = members("x", texts(values)).to_pylist()
    for value, part in zip(values, parts, strict=True):
        if value.strip():
            assert json.loads("{" + part + "}") == {"x": value.strip()}
        else:
            assert part is None
