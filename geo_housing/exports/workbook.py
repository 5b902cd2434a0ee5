"""XLSX for people: Chinese headings and labels, one sheet of rows, one 数据说明."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import ColumnElement
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from geo_housing.clock import BEIJING
from geo_housing.exports.finishing import packed
from geo_housing.exports.ledger import SEPARATOR, ledger_columns
from geo_housing.exports.reading import Reading
from geo_housing.exports.service import Export, metadata, rows_to_write
from geo_housing.layers.columns import Column
from geo_housing.sheets import long_workbook, write_heads

SHEET_ROWS = 1_000_000  # a sheet ends at 1,048,576
NOTES = "数据说明"
CLEARER = "；"
_LABELS = {
    "layer": "图层代码",
    "title": "图层",
    "time": "导出时间",
    "filter": "筛选条件",
    "rows": "行数",
    "unlocated": "其中没有坐标",
    "crs": "坐标系",
    "maker": "制作人",
    "purpose": "用途",
    "notes": "说明",
}
_WIDTHS = {"text": 14, "words": 20, "int": 9, "float": 12, "date": 12, "datetime": 17, "bool": 9}

Columns = Sequence[tuple[str, str, ColumnElement[Any], Column]]


def xlsx(reading: Reading, export: Export, path: Path) -> None:
    """Write the workbook; memory stays flat, texts are never taken for formulas."""
    columns = ledger_columns(export)
    statement = rows_to_write(export).with_only_columns(
        *(value.label(name) for name, _, value, _ in columns), maintain_column_froms=True
    )
    with packed(reading, export, path) as file, long_workbook(path, file) as book:
        writer = _Rows(book, export, columns)
        for part in reading.parts(statement, export.rows):
            for row in part:
                writer.write(row)
        _write_notes(book, export)


class _Rows:
    """The sheets of rows; a new one begins when the sheet is full."""

    def __init__(self, book: xlsxwriter.Workbook, export: Export, columns: Columns) -> None:
        self.book, self.export, self.columns = book, export, columns
        self.heading = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        self.formats = {
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "datetime": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        self.sheets = 0
        self.sheet = self.begin()
        self.at = 0

    def begin(self) -> Worksheet:
        self.sheets += 1
        name = self.export.layer.label + (str(self.sheets) if self.sheets > 1 else "")
        sheet: Worksheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        write_heads(sheet, ((heading, _WIDTHS[column.kind]) for _, heading, _, column in self.columns), self.heading)
        self.at = 0
        return sheet

    def write(self, row: Sequence[Any]) -> None:
        if self.at == SHEET_ROWS:
            self.sheet = self.begin()
        self.at += 1
        for place, (value, (_, _, _, column)) in enumerate(zip(row, self.columns, strict=True)):
            if value is not None:
                _write_cell(self.sheet, self.at, place, value, column, self.formats.get(column.kind))


def _write_cell(sheet: Worksheet, row: int, place: int, value: Any, column: Column, form: CellFormat | None) -> None:
    if column.kind in ("int", "float"):
        sheet.write_number(row, place, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, place, value.astimezone(BEIJING).replace(tzinfo=None), form)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, form)
    else:
        sheet.write_string(row, place, _label(value, column))


def _label(value: Any, column: Column) -> str:
    if column.kind == "bool":
        return "是" if value else "否"
    values = value if isinstance(value, list) else [value]
    labels = [column.words.label(v) if column.words else str(v) for v in values]
    # Some labels hold the ordinary mark themselves: 墙体倾斜、外鼓.
    mark = CLEARER if any(SEPARATOR in label for label in labels) else SEPARATOR
    return mark.join(labels)


def _write_notes(book: xlsxwriter.Workbook, export: Export) -> None:
    """The sheet 数据说明: time, filter, rows, and what each column is."""
    sheet: Worksheet = book.add_worksheet(NOTES)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 2, 40)
    at = 0
    told = metadata(export)
    told["filter"] = told.pop("filter_text")
    for key, value in told.items():
        sheet.write_string(at, 0, _LABELS[key])
        if isinstance(value, list):
            for line in value:
                sheet.write_string(at, 1, line)
                at += 1
            continue
        if isinstance(value, int):
            sheet.write_number(at, 1, value)
        else:
            sheet.write_string(at, 1, str(value))
        at += 1
    at += 1
    for name, heading, _, _ in ledger_columns(export):
        sheet.write_string(at, 0, heading)
        sheet.write_string(at, 1, name)
        at += 1
