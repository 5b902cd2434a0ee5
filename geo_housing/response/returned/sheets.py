"""What every list that comes back has in common: its head row, whose event it is of, marks of rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from geo_housing.errors import BadInput, Fault
from geo_housing.houses.spreadsheet.row import normalise
from geo_housing.houses.spreadsheet.workbook import read_sheets

HEAD_ROWS = 20
MOST_ROWS = 20_000
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
    """One line below the head, its cells by field, normalised (free texts as written); empty ones are left out."""

    sheet: str
    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class ReadAs:
    """A cell that was not read as it stands: what was written, and what it is taken for."""

    line: Line
    heading: str
    written: str
    taken_for: str


def sheets_of(path: Path) -> dict[str, list[list[str]]]:
    """Every sheet of a workbook as texts; moments keep their hours."""
    return read_sheets(path, with_hours=True)


def event_of(sheets: Mapping[str, Sequence[Sequence[str]]]) -> int | None:
    """The number of the event that the list says it is of; None when it does not say."""
    for lines in sheets.values():
        for line in lines[:HEAD_ROWS]:
            for cell in line:
                if found := _EVENT.search(cell):
                    return int(found[1])
    return None


def area_said(code: str) -> str:
    """How a sheet says of which township or village it is the list, to be read by ``areas_of``; nothing where it is of neither."""
    return f"　区划代码：{code}" if len(code) in (9, 12) else ""


def areas_of(sheets: Mapping[str, Sequence[Sequence[str]]]) -> tuple[str, ...]:
    """Codes of the townships and villages whose lists the sheets say they are."""
    heads = (cell for lines in sheets.values() for line in lines[:HEAD_ROWS] for cell in line)
    return tuple(sorted({code for cell in heads for code in _AREA.findall(cell)}))


def lines_of(
    sheets: Mapping[str, Sequence[Sequence[str]]],
    headings: Mapping[str, str],
    *,
    needs: frozenset[str],
    free: frozenset[str],
) -> list[Line] | None:
    """The lines of all sheets that have a head with the fields ``needs``; None when none has. ``free`` are texts."""
    found: list[Line] | None = None
    for name, lines in sheets.items():
        head = _head(lines, headings, needs)
        if head is None:
            continue
        found = found or []
        at, columns = head
        for number, cells in enumerate(lines[at + 1 :], start=at + 2):
            said = {
                field: cells[n].strip() if field in free else normalise(cells[n])
                for n, field in columns.items()
                if n < len(cells)
            }
            found.append(Line(name, number, {field: text for field, text in said.items() if text}))
        if len(found) > MOST_ROWS:
            raise BadInput(f"超过 {MOST_ROWS:,} 行，请按乡镇分开上传。")
    return found


def _head(
    lines: Sequence[Sequence[str]], headings: Mapping[str, str], needs: frozenset[str]
) -> tuple[int, dict[int, str]] | None:
    for n, line in enumerate(lines[:HEAD_ROWS]):
        columns = {at: headings[name] for at, cell in enumerate(line) if (name := plain(cell)) in headings}
        if needs <= set(columns.values()):
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


def place_of(one: Fault) -> tuple[str, int]:
    """Sheet and line of such a fault."""
    return (one.column or "").rpartition("·")[0], one.line or 0
