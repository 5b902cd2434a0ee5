"""A filled list of inspections as rows: which house, what is said of it, upon which state the list was made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from geo_housing.errors import BadInput, Fault
from geo_housing.everyday_words import NONE_OF_THEM, Meaning, certain_words, count_of, folded, meaning_of
from geo_housing.houses.spreadsheet.workbook import Grid
from geo_housing.response.returned.compare import Value
from geo_housing.response.returned.sheets import (
    Columns,
    Line,
    ReadAs,
    areas_of,
    event_of,
    fault,
    lines_of,
    mark_of,
    not_to_share,
    read_cells,
    sheets_of,
)
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS, FINDING_ITEM, REPORTED_HOW, WordList
from geo_housing.written_moments import moment_of

# Heading of the list (without units and brackets) → field.
HEADINGS = {
    "房屋编号": "house_code", "户主": "head", "排查结果": "result", "损坏程度": "damage", "倒塌间数": "rooms_collapsed",
    "严重损坏间数": "rooms_severe", "一般损坏间数": "rooms_slight", "损坏情况": "finding_items", "现场情况": "findings",
    "排查人": "visitor", "排查时间": "visited_at", "报告方式": "reported_how", "报告人": "reported_by",
    "报告时间": "reported_at", "核对码": "mark",
}  # fmt: skip
NO_CODE = "没有写房屋编号，这一行没有录入；不在名单上的房屋，请按“表外新增”登记"
# As what a cell is taken that says of the damages that there are none.
NO_ITEMS = "没有损坏情况"
# What people put between two items.
_BETWEEN = r"、,;\s"
_BESIDE = ("house_code", "head", "mark")
_WORDS: dict[str, WordList] = {"result": CHECK_RESULT, "damage": DAMAGE_CLASS, "reported_how": REPORTED_HOW}
_FREE = frozenset({"findings", "visitor", "reported_by"})
_ROOMS = ("rooms_collapsed", "rooms_severe", "rooms_slight")
_MOMENTS = ("visited_at", "reported_at")
COLUMNS = Columns(
    HEADINGS, frozenset({"house_code", "result"}), _FREE, keys=frozenset(_BESIDE), counts=frozenset(_ROOMS)
)


@dataclass(frozen=True)
class SentRow:
    """One house as the workbook tells of it; ``made_upon`` is the version of its inspection when the list was made.

    ``read_as``: cells that were not read as they stand. ``inspection``: which one 核对码 names. Where the two are not of one house, columns were moved apart.
    """

    line: Line
    house_code: str
    said: dict[str, Value]
    made_upon: int | None
    inspection: int | None = None
    read_as: tuple[ReadAs, ...] = ()
    # Words of the result and the damages that say more than what they are read as.
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class SentList:
    """The workbook: whose event it says it is (None: it does not say), its rows, what could not be read.

    ``lines``: all that name a house, read or not; ``areas``: of which townships and villages it says it is the list.
    """

    event: int | None
    rows: tuple[SentRow, ...]
    faults: tuple[Fault, ...]
    lines: tuple[Line, ...] = ()
    areas: tuple[str, ...] = ()


def read_list(path: Path) -> SentList:
    """Every sheet that has a head with 房屋编号 and 排查结果; BadInput when none has."""
    return rows_of_sheets(sheets_of(path))


def rows_of_sheets(sheets: Mapping[str, Grid]) -> SentList:
    """The same of sheets that are read already."""
    lines = lines_of(sheets, COLUMNS)
    if lines is None:
        raise BadInput("没有认出名单：表头要有“房屋编号”和“排查结果”。请上传从本系统导出后填写的分村应急排查名单。")
    rows: list[SentRow] = []
    faults: list[Fault] = []
    seen: dict[str, Line] = {}
    named: list[Line] = []
    for line in lines:
        code = line.cells.get("house_code", "").upper()
        if code == "房屋编号":
            continue
        if not code and (why := not_to_share(line, COLUMNS, "house_code")):
            faults.append(fault(line, "房屋编号", line.cells.get("head"), why))
            continue
        if not code:
            # A house that was added by hand; the line of a sum is none.
            if line.cells.get("result") and line.cells.get("head", "").strip("：: ") not in (
                "",
                "合计",
                "小计",
                "总计",
            ):
                faults.append(fault(line, "房屋编号", line.cells["head"][:20], NO_CODE))
            continue
        named.append(line)
        row = _row(line, code, faults)
        if row is None:
            continue
        if code in seen:
            where = f"第 {seen[code].number} 行（工作表“{seen[code].sheet}”）"
            faults.append(fault(line, "房屋编号", code, f"与{where}是同一栋房屋，只采用前一行"))
            continue
        seen[code] = line
        rows.append(row)
    return SentList(event_of(sheets), tuple(rows), tuple(faults), tuple(named), areas_of(sheets))


def _row(line: Line, code: str, faults: list[Fault]) -> SentRow | None:
    """One house; None, with the fault told, where something of it cannot be read."""
    read_as: list[ReadAs] = []
    told: list[str] = []

    def value(name: str, text: str) -> tuple[Value, str]:
        read, taken_for, more = _value(name, text)
        told.extend(more)
        return read, f"{taken_for}（现场情况没写的，原话记入现场情况）" if more else taken_for

    said = read_cells(line, COLUMNS, frozenset(HEADINGS.values()) - set(_BESIDE), value, faults, read_as)
    if said is None:
        return None
    if ("reported_by" in said or "reported_at" in said) and "reported_how" not in said:
        by_whom = line.cells.get("reported_by") or line.cells.get("reported_at")
        faults.append(fault(line, "报告方式", by_whom, "填了报告人或报告时间，请同时选报告方式（电话、微信、当面）"))
        return None
    mark = mark_of(line.cells.get("mark", ""))
    made_upon, inspection = (mark.version, mark.row_id) if mark else (None, None)
    return SentRow(line, code, said, made_upon, inspection, tuple(read_as), tuple(told))


def _value(name: str, text: str) -> tuple[Value, str, list[str]]:
    """The value; as what everyday words were taken, empty where none was; those of them that tell more than that."""
    if name in _WORDS:
        meaning = meaning_of(_WORDS[name], text)
        return meaning.code, _taken_for(_WORDS[name], meaning), [text] if meaning.says_more else []
    if name in _ROOMS:
        count, in_words = count_of("rooms", text, most=999)
        return count, f"{count}间" if in_words else "", []
    if name == "finding_items":
        return _items(text)
    if name in _MOMENTS:
        return moment_of(text), "", []
    return text[:2000], "", []


def _taken_for(known: WordList, meaning: Meaning) -> str:
    return known.label(meaning.code) if meaning.word else ""


def _items(text: str) -> tuple[tuple[str, ...], str, list[str]]:
    """Items by their labels, some of which hold the mark that people put between two; other words as ``_value`` tells them."""
    if folded(text) in NONE_OF_THEM:
        return (), NO_ITEMS, []
    known = _item()
    parts = [*known.findall(text), *filter(None, re.split(rf"[{_BETWEEN}]+", known.sub(";", text)))]
    chosen, words, more = set(), [], []
    for part in parts:
        try:
            meaning = meaning_of(FINDING_ITEM, part)
        except BadInput as error:
            raise BadInput(f"{error.sentence}。几项之间用分号，其他情况写在“现场情况”里") from None
        chosen.add(meaning.code)
        if meaning.word:
            words.append(FINDING_ITEM.label(meaning.code))
        if meaning.says_more:
            more.append(part)
    return tuple(item for item in FINDING_ITEM if item in chosen), "；".join(words), more


@cache
def _item() -> re.Pattern[str]:
    """A label, or an everyday word that stands alone (进水了 holds the label 进水); the longest first."""
    whole = {word: rf"(?<![^{_BETWEEN}]){re.escape(word)}(?![^{_BETWEEN}])" for word in certain_words(FINDING_ITEM)}
    known = whole | {label: re.escape(label) for label in FINDING_ITEM.labels.values()}
    return re.compile("|".join(known[one] for one in sorted(known, key=len, reverse=True)))
