"""The report of a load: the rows with faults, their bad cells coloured, and the list of all faults."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import xlsxwriter

from geo_housing.errors import BadInput, Fault
from geo_housing.houses.spreadsheet.batch import shown
from geo_housing.houses.spreadsheet.originals import AXES
from geo_housing.houses.spreadsheet.reader import Ledger
from geo_housing.sheets import list_sheet, long_workbook

SHEET_ROWS = 100_000  # what fits on a sheet that still opens quickly; a .csv report has them all
# Fields that one sentence speaks of together.
PAIRS = (AXES, ("township", "village"))
_HEADS = (("行", None), ("列", 20), ("值", 20), ("问题与处理", 80))


def write_report(path: Path, faults: list[Fault], ledger: Ledger) -> None:
    """Write ``faults`` to ``path`` (.xlsx or .csv); ``ledger`` is opened anew and walked for the original rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ending = path.suffix.lower()
    if ending == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([head for head, _ in _HEADS])
            writer.writerows((f.line, f.column, f.value, f.sentence) for f in faults)
        return
    if ending != ".xlsx":
        raise BadInput(f"报告只能写成 .xlsx 或 .csv，不能写成 {path.suffix or '没有扩展名的文件'}。")
    with long_workbook(path) as book:
        _rows_sheet(book, faults[:SHEET_ROWS], ledger)
        _list_sheet(book, faults)


def _rows_sheet(book: xlsxwriter.Workbook, faults: list[Fault], ledger: Ledger) -> None:
    """The bad rows as they stand in the file, personal cells masked, bad cells coloured, the sentence after them."""
    by_line: dict[int, list[Fault]] = defaultdict(list)
    for fault in faults:
        if fault.line is not None:
            by_line[fault.line].append(fault)
    sheet = book.add_worksheet("问题行")
    bold = book.add_format({"bold": True, "bg_color": "#D9E1F2", "text_wrap": True, "valign": "vcenter"})
    bad = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
    headings = [column.heading for column in ledger.recognised.columns]
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(headings), 14)
    sheet.set_column(len(headings) + 1, len(headings) + 1, 80)
    for n, text in enumerate(("行", *headings, "问题与处理")):
        sheet.write_string(0, n, text, bold)
    out = 1
    for line, cells in _original_rows(ledger, by_line.keys()):
        wrong = {fault.column for fault in by_line[line]}
        sheet.write_number(out, 0, line)
        for n, cell in enumerate(cells):
            column = ledger.recognised.columns[n]
            is_bad = column.heading in wrong or any(
                column.field in pair and ledger.recognised.called(*pair) in wrong for pair in PAIRS
            )
            sheet.write_string(out, n + 1, shown(column.field or "", cell), bad if is_bad else None)
        sheet.write_string(
            out, len(headings) + 1, "；".join(fault.sentence.removesuffix("。") for fault in by_line[line]) + "。"
        )
        out += 1


def _original_rows(ledger: Ledger, wanted: Iterable[int]) -> Iterable[tuple[int, list[str]]]:
    lines = set(wanted)
    for batch in ledger.batches:
        for i, line in enumerate(batch.lines):
            if line in lines:
                yield line, [column[i] for column in batch.cells]


def _list_sheet(book: xlsxwriter.Workbook, faults: list[Fault]) -> None:
    rows = ((fault.line, fault.column or "", fault.value or "", fault.sentence or "") for fault in faults[:SHEET_ROWS])
    sheet = list_sheet(book, "问题清单", _HEADS, rows)
    if len(faults) > SHEET_ROWS:
        sheet.write_string(
            SHEET_ROWS + 1, 3, f"另有 {len(faults) - SHEET_ROWS} 处没有列出；改正以上各处后再导入，就会列出。"
        )
