"""A filled village list as rows: which house, what is said of it, upon which state the list was made."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput, Fault
from geo_housing.houses.spreadsheet.row import normalise
from geo_housing.houses.spreadsheet.workbook import read_sheet
from geo_housing.response.returned.compare import Value
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS, WordList

# Heading of the list (without units and brackets) → field.
HEADINGS = {
    "房屋编号": "house_code", "户主": "head", "排查结果": "result", "损坏程度": "damage", "倒塌间数": "rooms_collapsed",
    "严重损坏间数": "rooms_severe", "一般损坏间数": "rooms_slight", "现场情况": "findings", "排查人": "visitor",
    "排查时间": "visited_at", "核对码": "mark",
}  # fmt: skip
HEAD_ROWS = 20
MOST_ROWS = 20_000
_EVENT = re.compile(r"事件编号[:：]\s*(\d{1,9})")
_MARK = re.compile(r"(\d{1,18})-(\d{1,9})")
_MOMENT = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})\D*?(?:\s|T|日)*(\d{1,2})[:：时](\d{1,2})")
_WORDS: dict[str, WordList] = {"result": CHECK_RESULT, "damage": DAMAGE_CLASS}
_ROOMS = ("rooms_collapsed", "rooms_severe", "rooms_slight")


@dataclass(frozen=True)
class SentRow:
    """One house as the workbook tells of it; ``made_upon`` is the version of its inspection when the list was made."""

    sheet: str
    line: int
    house_code: str
    said: dict[str, Value]
    made_upon: int | None


@dataclass(frozen=True)
class SentList:
    """The workbook: whose event it says it is (None: it does not say), its rows, what could not be read."""

    event: int | None
    rows: tuple[SentRow, ...]
    faults: tuple[Fault, ...]


def read_list(path: Path) -> SentList:
    """Every sheet that has a head with 房屋编号 and 排查结果; BadInput when none has."""
    first = read_sheet(path, None)
    sheets = {name: list(read_sheet(path, name).rows) for name in first.sheets}
    return rows_of_sheets(sheets)


def rows_of_sheets(sheets: Mapping[str, Sequence[list[str]]]) -> SentList:
    """The same of sheets that are read already."""
    event: int | None = None
    rows: list[SentRow] = []
    faults: list[Fault] = []
    seen: dict[str, tuple[str, int]] = {}
    found_head = False
    for name, lines in sheets.items():
        event = event or _event(lines[:HEAD_ROWS])
        head = _head(lines)
        if head is None:
            continue
        found_head = True
        for row in _rows(name, lines, *head, faults=faults):
            if row.house_code in seen:
                where = "第 {1} 行（工作表“{0}”）".format(*seen[row.house_code])
                faults.append(
                    _fault(name, row.line, "房屋编号", row.house_code, f"与{where}是同一栋房屋，只采用前一行")
                )
                continue
            seen[row.house_code] = (name, row.line)
            rows.append(row)
        if len(rows) > MOST_ROWS:
            raise BadInput(f"超过 {MOST_ROWS:,} 行，请按乡镇分开上传。")
    if not found_head:
        raise BadInput("没有认出名单：表头要有“房屋编号”和“排查结果”。请上传从本系统导出后填写的分村应急排查名单。")
    return SentList(event, tuple(rows), tuple(faults))


def _event(lines: Iterable[Sequence[str]]) -> int | None:
    for line in lines:
        for cell in line:
            found = _EVENT.search(cell)
            if found:
                return int(found[1])
    return None


def _head(lines: Sequence[Sequence[str]]) -> tuple[int, dict[int, str]] | None:
    for n, line in enumerate(lines[:HEAD_ROWS]):
        columns = {at: HEADINGS[name] for at, cell in enumerate(line) if (name := _plain(cell)) in HEADINGS}
        if {"house_code", "result"} <= set(columns.values()):
            return n, columns
    return None


def _plain(cell: str) -> str:
    return re.sub(r"[（(].*?[)）]|\s", "", normalise(cell))


def _rows(
    sheet: str, lines: Sequence[Sequence[str]], head: int, columns: dict[int, str], *, faults: list[Fault]
) -> Iterator[SentRow]:
    for line, cells in enumerate(lines[head + 1 :], start=head + 2):
        values = {name: normalise(cells[at]) for at, name in columns.items() if at < len(cells)}
        code = values.get("house_code", "").upper()
        if not code or code == "房屋编号":
            continue
        said: dict[str, Value] = {}
        for name in columns.values():
            if name in ("house_code", "head", "mark") or not values.get(name):
                continue
            try:
                said[name] = _value(name, values[name])
            except BadInput as error:
                heading = next(h for h, field in HEADINGS.items() if field == name)
                faults.append(_fault(sheet, line, heading, values[name][:40], error.sentence))
                said = {}
                break
        else:
            mark = _MARK.fullmatch(values.get("mark", ""))
            yield SentRow(sheet, line, code, said, int(mark[2]) if mark else None)


def _value(name: str, text: str) -> Value:
    if name in _WORDS:
        return _WORDS[name].code(text)
    if name in _ROOMS:
        number = text.removesuffix("间").removesuffix(".0")
        if not (number.isascii() and number.isdigit() and len(number) <= 3):
            raise BadInput("间数要填 0 到 999 的整数")
        return int(number)
    if name == "visited_at":
        found = _MOMENT.search(text)
        if found is None:
            raise BadInput("时间请写成 2026-07-12 06:30 的样子")
        try:
            return datetime(*(int(part) for part in found.groups()), tzinfo=BEIJING)  # type: ignore[misc,arg-type] # five numbers
        except ValueError:
            raise BadInput("没有这个时间，请写成 2026-07-12 06:30 的样子") from None
    return text[:2000]


def _fault(sheet: str, line: int, column: str, value: str, sentence: str) -> Fault:
    return Fault(line, f"{sheet}·{column}", value, sentence)
