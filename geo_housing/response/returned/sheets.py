"""What every list that comes back has in common: its head row, whose event it is of, marks of rows."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS
from geo_housing.errors import BadInput, Fault
from geo_housing.everyday_words import BLANK
from geo_housing.houses.spreadsheet.row import normalise
from geo_housing.houses.spreadsheet.workbook import Grid, read_sheets

HEAD_ROWS = 20
MOST_ROWS = 20_000
# As what a cell is read that is one with those of other lines.
ONE_CELL, NOT_FILLED_IN = "合并单元格，各行均按此读入", "没有填"
Merge = tuple[int, int, int, int]
Where = TypeVar("Where")
Read = TypeVar("Read")
_EVENT = re.compile(r"事件编号[:：]\s*(\d{1,9})")
_AREA = re.compile(r"区划代码[:：]\s*(\d{12}|\d{9})(?!\d)")
_MARK = re.compile(r"(\d{1,18})-(\d{1,9})")


@dataclass(frozen=True)
class Mark:
    """核对码: the row of the database that a line means, and its version when the list was made."""

    row_id: int
    version: int


@dataclass(frozen=True)
class Line:
    """One line below the head, its cells by field, normalised (free texts as written); empty ones are left out.

    ``merged``: fields whose cell is one with that of other lines, with the first and the last line of them.
    """

    sheet: str
    number: int
    cells: dict[str, str]
    merged: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadAs:
    """A cell that was not read as it stands: what was written, and what it is taken for."""

    line: Line
    heading: str
    written: str
    taken_for: str


def sheets_of(path: Path) -> dict[str, Grid]:
    """Every sheet of a workbook as texts; moments keep their hours."""
    return read_sheets(path, with_hours=True)


def event_of(sheets: Mapping[str, Grid]) -> int | None:
    """The number of the event that the list says it is of; None when it does not say."""
    for sheet in sheets.values():
        for line in sheet.rows[:HEAD_ROWS]:
            for cell in line:
                if found := _EVENT.search(cell):
                    return int(found[1])
    return None


def area_said(code: str) -> str:
    """How a sheet says of which township or village it is the list, to be read by ``areas_of``; nothing where it is of neither."""
    return f"　区划代码：{code}" if len(code) in (TOWNSHIP_DIGITS, VILLAGE_DIGITS) else ""


def areas_of(sheets: Mapping[str, Grid]) -> tuple[str, ...]:
    """Codes of the townships and villages whose lists the sheets say they are."""
    heads = (cell for sheet in sheets.values() for line in sheet.rows[:HEAD_ROWS] for cell in line)
    return tuple(sorted({code for cell in heads for code in _AREA.findall(cell)}))


@dataclass(frozen=True)
class Columns:
    """What a list has: headings with their fields, those without which it is none, free texts, those that say whose row it is.

    ``counts``: numbers, which nobody can share out among the rows of a merged cell.
    """

    headings: Mapping[str, str]
    needs: frozenset[str]
    free: frozenset[str]
    keys: frozenset[str]
    counts: frozenset[str]


def lines_of(sheets: Mapping[str, Grid], known: Columns) -> list[Line] | None:
    """The lines of all sheets that have a head with the fields that a list needs; None when none has."""
    found: list[Line] | None = None
    for name, sheet in sheets.items():
        head = _head(sheet.rows, known)
        if head is None:
            continue
        found = found or []
        at, columns = head
        body = [
            Line(name, number, _cells(cells, columns, known))
            for number, cells in enumerate(sheet.rows[at + 1 :], start=at + 2)
        ]
        if len(found) + len(body) > MOST_ROWS:
            raise BadInput(f"超过 {MOST_ROWS:,} 行，请按乡镇分开上传。")
        found += _unmerged(body, sheet.merges, columns, known, below=at + 1)
    return found


def has_head(sheets: Mapping[str, Grid], known: Columns) -> bool:
    """Whether a sheet has the head of that list."""
    return any(_head(sheet.rows, known) is not None for sheet in sheets.values())


def _cells(cells: Sequence[str], columns: Mapping[int, str], known: Columns) -> dict[str, str]:
    said = {
        field: cells[n].strip() if field in known.free else normalise(cells[n])
        for n, field in columns.items()
        if n < len(cells)
    }
    return {field: text for field, text in said.items() if text}


def _unmerged(
    body: Sequence[Line], merges: Sequence[Merge], columns: Mapping[int, str], known: Columns, *, below: int
) -> Iterator[Line]:
    """The lines, an answer that was merged over several of them standing in each that is somebody's row.

    What a merged cell shows is what its first line holds; under it a program may keep what stood there before. Whose row it
    is no line takes from another.
    """
    upright = [one for one in merges if one[0] > below and one[1] > one[0]]
    tops = {line.number: line for line in body}
    over: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for first, last, left, right in upright:
        for column in range(left, right + 1):
            if name := columns.get(column):
                for number in range(first, min(last, below + len(body)) + 1):
                    if name in over[number]:
                        # No program merges a cell twice; a file that does would be walked for ever.
                        break
                    over[number][name] = (first, last)
    shown = {(first, columns[left]) for first, _, left, _ in upright if left in columns}
    for line in body:
        spans = over.get(line.number)
        if not spans or not line.cells.keys() & known.keys:
            yield line
            continue
        cells = dict(line.cells)
        for name, (first, _) in spans.items():
            if name in known.keys:
                continue
            cells.pop(name, None)
            if (first, name) in shown and (text := tops[first].cells.get(name)):
                cells[name] = text
        yield Line(line.sheet, line.number, cells, spans)


def _head(lines: Sequence[Sequence[str]], known: Columns) -> tuple[int, dict[int, str]] | None:
    for n, line in enumerate(lines[:HEAD_ROWS]):
        columns = {at: known.headings[name] for at, cell in enumerate(line) if (name := plain(cell)) in known.headings}
        if known.needs <= set(columns.values()):
            return n, columns
    return None


def plain(cell: str) -> str:
    """A heading without units, brackets and spaces."""
    return re.sub(r"[（(].*?[)）]|\s", "", normalise(cell))


def mark_of(text: str) -> Mark | None:
    """What the hidden column says; None where it says nothing of ours."""
    found = _MARK.fullmatch(text)
    return Mark(int(found[1]), int(found[2])) if found else None


def fault(line: Line, column: str, value: str | None, sentence: str) -> Fault:
    """What is wrong in one cell, with sheet, line and column."""
    return Fault(line.number, f"{line.sheet}·{column}", value, sentence)


def runs(placed: Iterable[tuple[int, Where]]) -> list[list[Where]]:
    """What stands in lines one below the other, together; lines in order, each with what stands there."""
    found: list[list[Where]] = []
    before = None
    for number, where in placed:
        if found and before == number - 1:
            found[-1].append(where)
        else:
            found.append([where])
        before = number
    return found


def place_of(one: Fault) -> tuple[str, int]:
    """Sheet and line of such a fault."""
    return (one.column or "").rpartition("·")[0], one.line or 0


def in_line_order(faults: Iterable[Fault], lines: Iterable[Line]) -> tuple[Fault, ...]:
    """As who has the workbook open goes through it: sheet by sheet, from the first line to the last."""
    sheets = {name: at for at, name in enumerate(dict.fromkeys(line.sheet for line in lines))}

    def place(one: Fault) -> tuple[int, int]:
        sheet, number = place_of(one)
        return sheets.get(sheet, len(sheets)), number

    return tuple(sorted(faults, key=place))


def not_to_share(line: Line, known: Columns, name: str) -> str | None:
    """Why a number or a row's name of a merged cell is of no use; None where it is not merged."""
    if name not in line.merged or name not in known.keys | known.counts:
        return None
    first, last = line.merged[name]
    each = "不知道是哪一行的" if name in known.keys else "不知道每一行各是多少"
    return f"第 {first}–{last} 行合并成了一格，{each}；请取消合并，逐行填写"


def read_cells(
    line: Line,
    known: Columns,
    names: Collection[str],
    value: Callable[[str, str], tuple[Read, str]],
    faults: list[Fault],
    read_as: list[ReadAs],
    keeps: Callable[[Mapping[str, Read]], bool] = lambda said: False,
) -> dict[str, Read] | None:
    """What a line says of the fields ``names``; None, with the fault told, where something of it cannot be read.

    ``keeps``: whether what could be read must not be lost; then only the cells that could not be are left out, and are told all the same.

    ``value`` reads one cell of a field: what it says, and as what it was taken where that is not what is written; BadInput.
    """
    said: dict[str, Read] = {}
    unread: list[Fault] = []
    for heading, name in known.headings.items():
        text = line.cells.get(name)
        if text is None or name not in names:
            continue
        if why := not_to_share(line, known, name):
            unread.append(fault(line, heading, text[:40], why))
            continue
        if name in line.merged:
            read_as.append(ReadAs(line, heading, text, ONE_CELL))
        if text in BLANK:
            read_as.append(ReadAs(line, heading, text, NOT_FILLED_IN))
            continue
        try:
            said[name], taken_for = value(name, text)
        except BadInput as error:
            unread.append(fault(line, heading, text[:40], error.sentence))
            continue
        if taken_for:
            read_as.append(ReadAs(line, heading, text, taken_for))
    if unread and not keeps(said):
        # One of them is enough to find the row by.
        faults.append(unread[0])
        return None
    faults += unread
    return said
