"""What every list that comes back has in common: its head row, whose event it is of, marks of rows, moments."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from geo_housing.clock import BEIJING, now
from geo_housing.errors import BadInput, Fault
from geo_housing.houses.spreadsheet.row import normalise
from geo_housing.houses.spreadsheet.workbook import read_sheets

HEAD_ROWS = 20
MOST_ROWS = 20_000
# The clock of whoever wrote it may go ahead of ours.
CLOCKS_DIFFER = timedelta(minutes=15)
_EVENT = re.compile(r"事件编号[:：]\s*(\d{1,9})")
_MARK = re.compile(r"(\d{1,18})-(\d{1,9})")
_DAY_MOMENT = re.compile(r"(\d{1,2})[月/.-](\d{1,2})[日号]?\s*(\d{1,2})[:：时点](?:(\d{1,2})分?)?")
# A clock without a day, as a village writes it at night; a cell that Excel holds as a time brings seconds.
_CLOCK = re.compile(
    r"(今[天日早晚晨]|昨[天日晚夜]|凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里)?(凌晨|早上|上午|中午|下午|晚上|夜里)?\s*"
    r"(\d{1,2})[:：时点](?:(半)|(\d{1,2})分?(?:[:：]\d{2})?)?"
)
_AFTER_NOON = ("下午", "傍晚", "晚上", "今晚", "昨晚", "昨夜", "夜里")
_MOMENT = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})\D*?(?:\s|T|日)*(\d{1,2})[:：时](\d{1,2})")


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


def moment_of(text: str) -> datetime:
    """A day with its time as people write them; without a year, or without a day, the last one that has passed. BadInput when it is none."""
    if clock := _CLOCK.fullmatch(text.strip()):
        return _last(clock)
    if day := _DAY_MOMENT.fullmatch(text.strip()):
        here = now().astimezone(BEIJING)
        month, date, hour, minute = (int(part or 0) for part in day.groups())
        for year in (here.year, here.year - 1):
            try:
                moment = datetime(year, month, date, hour, minute, tzinfo=BEIJING)
            except ValueError:
                continue
            if (moment - here).days < 1:
                return moment
    found = _MOMENT.search(text)
    if found is None:
        raise BadInput("时间请写成 2026-07-12 06:30 的样子")
    try:
        return datetime(*(int(part) for part in found.groups()), tzinfo=BEIJING)  # type: ignore[misc,arg-type] # five numbers
    except ValueError:
        raise BadInput("没有这个时间，请写成 2026-07-12 06:30 的样子") from None


def _last(clock: re.Match[str]) -> datetime:
    """When it was that time the last time; yesterday's where that is said."""
    day, part, hours, half, minutes = clock.groups()
    hour = int(hours)
    if hour < 12 and {day, part} & set(_AFTER_NOON) and not ({day, part} & {"夜里", "昨夜"} and hour < 6):
        hour += 12
    here = now().astimezone(BEIJING)
    try:
        moment = here.replace(hour=hour, minute=30 if half else int(minutes or 0), second=0, microsecond=0)
    except ValueError:
        raise BadInput("没有这个时间，请写成 2026-07-12 06:30 的样子") from None
    is_before = (day or "").startswith("昨") or (moment > here + CLOCKS_DIFFER)
    return moment - timedelta(days=1) if is_before else moment


def fault(line: Line, column: str, value: str | None, sentence: str) -> Fault:
    """What is wrong in one cell, with sheet, line and column."""
    return Fault(line.number, f"{line.sheet}·{column}", value, sentence)
