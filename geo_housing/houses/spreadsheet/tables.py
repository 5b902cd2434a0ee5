"""Rows of text out of CSV files and workbooks, numbered as the person sees them in the file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import python_calamine

from geo_housing.errors import BadInput, Fault
from geo_housing.houses.spreadsheet.faults import LedgerFault

SHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
TEXTS = (".csv", ".txt", ".tsv")

Row = list[str]
# First and last row, first and last column of a merged range; rows count from 1, columns from 0.
Merge = tuple[int, int, int, int]


@dataclass
class Table:
    """Numbered rows, walked once; ``faults`` fills while they are walked (lines that could not be read)."""

    rows: Iterator[tuple[int, Row]]
    faults: list[Fault]
    encoding: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    merges: tuple[Merge, ...] = ()


def csv_table(path: Path) -> Table:
    """A CSV file with comma, semicolon or tab, UTF-8 or GB18030."""
    encoding = encoding_of(path)
    faults: list[Fault] = []
    return Table(_csv_rows(path, encoding, faults), faults, encoding=encoding)


def sheet_table(path: Path, sheet: str | None) -> Table:
    """One sheet of a workbook: the named one, else the first that holds more than a title."""
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
    except (python_calamine.CalamineError, OSError):
        raise BadInput(f"{path.name} 打不开：不是完整的表格文件，或加了密码；请另存为 XLSX 再试。") from None
    names = book.sheet_names
    if sheet is not None and sheet not in names:
        raise BadInput(f"{path.name} 没有工作表“{sheet}”，有：{'、'.join(names)}。")
    filled = [name for name in names if book.get_sheet_by_name(name).height > 1]
    name = sheet or next(iter(filled), names[0])
    found = book.get_sheet_by_name(name)
    cells = found.to_python(skip_empty_area=False)
    merges = tuple(
        (top + 1, bottom + 1, left, right) for (top, left), (bottom, right) in found.merged_cell_ranges or ()
    )
    rows = ((n, [text_of(cell) for cell in row]) for n, row in enumerate(cells, start=1))
    return Table(rows, [], sheet=name, sheets=tuple(filled), merges=merges)


def encoding_of(path: Path) -> str:
    """UTF-8 if the whole file is, else GB18030; BadInput when it is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as file:
                while file.read(1 << 22):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise BadInput(f"{path.name} 既不是 UTF-8 也不是 GB18030 编码，请用表格软件另存为 UTF-8 的 CSV。")


class _Lines:
    """Lines of a text file that remembers those of the row in hand, and takes lines back."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._returned: list[str] = []
        self.row: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._returned.pop() if self._returned else next(self._file)
        self.row.append(line)
        return line

    def give_back(self, lines: list[str]) -> None:
        """Let ``lines`` come again."""
        self._returned += reversed(lines)


def _csv_rows(path: Path, encoding: str, faults: list[Fault]) -> Iterator[tuple[int, Row]]:
    """A quotation mark without its pair costs its own line, not all lines that follow."""
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(64_000)
        delimiter = max(",;\t", key=head.count)
        file.seek(0)
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=delimiter)
        number, width = 1, 0
        while True:
            lines.row = []
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                row = []
            taken = lines.row
            width = max(width, len(row))
            if len(taken) > 1 and _swallowed(row, taken, delimiter, width):
                faults.append(
                    LedgerFault(
                        number,
                        None,
                        None,
                        "本行有一个引号没有配对，无法分清各格，未导入；请在原表中改正这一行。",
                        "rejected",
                    )
                )
                lines.give_back(taken[1:])
                number += 1
                continue
            yield number, row
            number += len(taken)


def _swallowed(row: Row, taken: list[str], delimiter: str, width: int) -> bool:
    """Whether a cell over several lines holds whole rows: an unpaired quotation mark opened it."""
    if not row:
        return True
    rowlike = max(1, width // 2) if len(row) >= width else 1
    return any(line.count(delimiter) >= rowlike for cell in row if "\n" in cell for line in cell.split("\n")[1:])


def text_of(cell: Any) -> str:
    """A cell of a workbook as the person sees it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        if cell != cell:
            return ""
        # A number this large has lost digits: kept recognisable, so that the rule of the field can say so.
        return f"{cell:.0f}.0" if abs(cell) >= 1e15 else str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
