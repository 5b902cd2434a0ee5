"""Rows of text out of CSV files and workbooks, numbered as the person sees them in the file."""

import codecs
import csv
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from geo_housing.errors import BadInput, Fault
from geo_housing.houses.spreadsheet.faults import LedgerFault
from geo_housing.houses.spreadsheet.workbook import read_sheet

SHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
TEXTS = (".csv", ".txt", ".tsv")

Row = list[str]
# Shorter runs of lines are not worth reading as columns.
LEAST_BLOCK = 200
# First and last row, first and last column of a merged range; rows count from 1, columns from 0.
Merge = tuple[int, int, int, int]


@dataclass
class Table:
    """Numbered rows, walked once; ``faults`` fills while they are walked (lines that could not be read).

    ``block(width, most)`` takes the next lines at once, as the number of the first and a column of cells for each
    heading; None when the next row needs a closer look and has to be walked.
    """

    rows: Iterator[tuple[int, Row]]
    faults: list[Fault]
    encoding: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    merges: tuple[Merge, ...] = ()
    block: Callable[[int, int], tuple[int, list[Any]] | None] | None = None


def csv_table(path: Path) -> Table:
    """A CSV file with comma, semicolon or tab, UTF-8 or GB18030."""
    encoding = encoding_of(path)
    faults: list[Fault] = []
    rows = _CsvRows(path, encoding, faults)
    return Table(rows, faults, encoding=encoding, block=rows.block)


def sheet_table(path: Path, sheet: str | None) -> Table:
    """One sheet of a workbook: the named one, else the first that holds more than a title."""
    found = read_sheet(path, sheet)
    return Table(
        enumerate(found.rows, start=1),
        [],
        sheet=found.name,
        sheets=found.sheets,
        further=found.further,
        merges=found.merges,
    )


def encoding_of(path: Path) -> str:
    """UTF-8 if the whole file is, else GB18030; BadInput when it is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 18):
                    decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise BadInput(f"{path.name} 既不是 UTF-8 也不是 GB18030 编码，请用表格软件另存为 UTF-8 的 CSV。")


def delimiter_of(path: Path, encoding: str) -> str:
    """What stands between the cells: the most frequent of comma, semicolon and tab at the beginning."""
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(64_000)
    return max(",;\t", key=head.count)


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

    def take(self, most: int) -> list[str]:
        """The next lines at once, outside any row."""
        begun = [self._returned.pop() for _ in range(min(most, len(self._returned)))]
        return begun + list(islice(self._file, most - len(begun)))

    def give_back(self, lines: list[str]) -> None:
        """Let ``lines`` come again."""
        self._returned += reversed(lines)


class _CsvRows:
    """The rows of a CSV file with their line numbers, one by one or as columns.

    A quotation mark without its pair costs its own line, not all lines that follow.
    """

    def __init__(self, path: Path, encoding: str, faults: list[Fault]) -> None:
        self._delimiter = delimiter_of(path, encoding)
        self._file = path.open(encoding=encoding, newline="")
        weakref.finalize(self, self._file.close)
        self._faults = faults
        self._lines = _Lines(self._file)
        self._reader = csv.reader(self._lines, delimiter=self._delimiter)
        self._number, self._width = 1, 0

    def __iter__(self) -> "_CsvRows":
        return self

    def __next__(self) -> tuple[int, Row]:
        while not self._file.closed:
            self._lines.row = []
            try:
                row = next(self._reader)
            except StopIteration:
                self._file.close()
                break
            except csv.Error:
                row = []
            taken, number = self._lines.row, self._number
            self._width = max(self._width, len(row))
            if len(taken) > 1 and _swallowed(row, self._delimiter, self._width):
                self._faults.append(
                    LedgerFault(
                        number,
                        None,
                        None,
                        "本行有一个引号没有配对，无法分清各格，未导入；请在原表中改正这一行。",
                        "rejected",
                    )
                )
                self._lines.give_back(taken[1:])
                self._number += 1
                continue
            self._number += len(taken)
            return number, row
        raise StopIteration

    def block(self, width: int, most: int) -> tuple[int, list[Any]] | None:
        """The next lines as columns while they are plain: no quotation mark, as many cells as there are headings."""
        if self._file.closed:
            return None
        lines = self._lines.take(most)
        plain = next((n for n, line in enumerate(lines) if '"' in line), len(lines))
        columns = _columns(lines[:plain], self._delimiter, width) if plain >= LEAST_BLOCK else None
        if columns is None:
            self._lines.give_back(lines)
            return None
        self._lines.give_back(lines[plain:])
        first = self._number
        self._number += plain
        return first, columns


def _columns(lines: list[str], delimiter: str, width: int) -> list[Any] | None:
    """Columns of lines without quotation marks; None when one has more or fewer cells, or none."""
    text = "".join(lines).encode()
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(text),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=len(text) + 1, column_names=[str(n) for n in range(width)]
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types={str(n): pa.string() for n in range(width)}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return [column.combine_chunks() for column in table.columns] if table.num_rows == len(lines) else None


def _swallowed(row: Row, delimiter: str, width: int) -> bool:
    """Whether a cell over several lines holds whole rows: an unpaired quotation mark opened it."""
    if not row:
        return True
    rowlike = max(1, width // 2) if len(row) >= width else 1
    return any(line.count(delimiter) >= rowlike for cell in row if "\n" in cell for line in cell.split("\n")[1:])
