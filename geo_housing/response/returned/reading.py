"""A filled list of inspections as rows: which house, what is said of it, upon which state the list was made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as with_values
from datetime import datetime
from functools import cache
from pathlib import Path

from geo_housing.errors import BadInput, Fault
from geo_housing.everyday_words import BLANK, NONE_OF_THEM, Meaning, certain_words, count_of, folded, meaning_of
from geo_housing.houses.spreadsheet.workbook import Grid
from geo_housing.inspections.told_damage import damage_told
from geo_housing.response.returned.compare import Value
from geo_housing.response.returned.picking import NOTHING_PICKED, Picked
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
from geo_housing.written_days import moment_or_day

# Heading of the list (without units and brackets) → field.
HEADINGS = {
    "房屋编号": "house_code", "户主": "head", "排查结果": "result", "损坏程度": "damage", "倒塌间数": "rooms_collapsed",
    "严重损坏间数": "rooms_severe", "一般损坏间数": "rooms_slight", "损坏情况": "finding_items", "现场情况": "findings",
    "排查人": "visitor", "排查时间": "visited_at", "报告方式": "reported_how", "报告人": "reported_by",
    "报告时间": "reported_at", "核对码": "mark",
}  # fmt: skip
NO_CODE = "没有写房屋编号，这一行没有录入；在名单上的，请在核对页选择是哪一栋，或把编号从原表抄回再上传；不在名单上的房屋，请在“转移避险”页按“表外新增”登记"
# As what a cell is taken that says of the damages that there are none.
NO_ITEMS = "没有损坏情况"
# What people put between two items.
_BETWEEN = r"、,;\s"
_BESIDE = ("house_code", "head", "mark")
_WORDS: dict[str, WordList] = {"result": CHECK_RESULT, "damage": DAMAGE_CLASS, "reported_how": REPORTED_HOW}
_FREE = frozenset({"findings", "visitor", "reported_by"})
_ROOMS = ("rooms_collapsed", "rooms_severe", "rooms_slight")
MOMENTS = ("visited_at", "reported_at")
_REPORT = ("reported_how", "reported_by", "reported_at")
# Results that nobody may lose because a zone was drawn smaller, or because a cell beside them cannot be read.
DAMAGED = ("collapsed", "suspected")
_MAY_FALL = re.compile("[塌倒垮裂歪斜漏]")
_WORD = re.compile(r"[\u4e00-\u9fff]{2}")
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
    # Cells of a row that tells of damage which could not be read: it is entered without them.
    left_out: tuple[Fault, ...] = ()
    # A person has said whose the row is: the name in it may be another one of the family.
    is_picked: bool = False

    @property
    def head(self) -> str:
        """户主 as the row names them; empty where it does not."""
        return self.line.cells.get("head", "")


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
    # Lines that name no house and are refused for it.
    nameless: tuple[Line, ...] = ()


def read_list(path: Path, *, since: datetime | None = None, picked: Picked = NOTHING_PICKED) -> SentList:
    """Every sheet that has a head with 房屋编号 and 排查结果; BadInput when none has. ``since``: nobody was there before because of the event."""
    return rows_of_sheets(sheets_of(path), since=since, picked=picked)


def rows_of_sheets(
    sheets: Mapping[str, Grid], *, since: datetime | None = None, picked: Picked = NOTHING_PICKED
) -> SentList:
    """The same of sheets that are read already; ``picked``: codes of houses of lines that name none."""
    lines = lines_of(sheets, COLUMNS)
    if lines is None:
        raise BadInput("没有认出名单：表头要有“房屋编号”和“排查结果”。请上传从本系统导出后填写的分村应急排查名单。")
    rows: list[SentRow] = []
    faults: list[Fault] = []
    seen: dict[str, Line] = {}
    named: list[Line] = []
    nameless: list[Line] = []
    for as_read in lines:
        line = _as_picked(as_read, picked)
        code = line.cells.get("house_code", "").upper()
        if code == "房屋编号":
            continue
        if not code and (why := not_to_share(line, COLUMNS, "house_code")):
            faults.append(fault(line, "房屋编号", line.cells.get("head"), why))
            nameless.append(line)
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
                nameless.append(line)
            continue
        named.append(line)
        row = _row(line, code, faults, since)
        if row is None:
            continue
        if code in seen:
            where = f"第 {seen[code].number} 行（工作表“{seen[code].sheet}”）"
            faults.append(fault(line, "房屋编号", code, f"与{where}是同一栋房屋，只采用前一行"))
            continue
        seen[code] = line
        rows.append(with_values(row, is_picked=line is not as_read))
    return SentList(event_of(sheets), tuple(rows), tuple(faults), tuple(named), areas_of(sheets), tuple(nameless))


def _as_picked(line: Line, picked: Picked) -> Line:
    """The line with the code that a person has picked for it; as it is where it has one of its own."""
    code = picked.get((line.sheet, line.number))
    return (
        line
        if code is None or line.cells.get("house_code")
        else with_values(line, cells={**line.cells, "house_code": code})
    )


def _row(line: Line, code: str, faults: list[Fault], since: datetime | None) -> SentRow | None:
    """One house; None, with the fault told, where something of it cannot be read."""
    read_as: list[ReadAs] = []
    told: list[str] = []
    unread: list[Fault] = []

    def value(name: str, text: str) -> tuple[Value, str]:
        read, taken_for, more = _value(name, text, since)
        told.extend(more)
        return read, f"{taken_for}（现场情况没写的，原话记入现场情况）" if more else taken_for

    def keeps(said: Mapping[str, Value]) -> bool:
        # Without a result that can be read nothing is told of the house.
        return ("result" in said or "result" not in line.cells) and tells_damage(said)

    names = frozenset(HEADINGS.values()) - set(_BESIDE)
    said = read_cells(line, COLUMNS, names, value, unread, read_as, keeps)
    if said is None:
        faults += unread
        return None
    if ("reported_by" in said or "reported_at" in said) and "reported_how" not in said:
        heading, by_whom = next((one, line.cells[of]) for one, of in HEADINGS.items() if of in _REPORT and of in said)
        if "reported_how" not in line.cells:
            unread.append(
                fault(line, heading, by_whom[:40], "填了报告人或报告时间，请同时选报告方式（电话、微信、当面）")
            )
        if not keeps(said):
            faults += unread
            return None
        said = {name: one for name, one in said.items() if name not in _REPORT}
    mark = mark_of(line.cells.get("mark", ""))
    made_upon, inspection = (mark.version, mark.row_id) if mark else (None, None)
    return SentRow(line, code, said, made_upon, inspection, tuple(read_as), tuple(told), tuple(unread))


def tells_damage(said: Mapping[str, Value]) -> bool:
    """Whether a row tells of a house that is damaged or may come down."""
    return (
        said.get("result") in DAMAGED
        or said.get("damage") not in (None, "none")
        or any(said.get(name) for name in (*_ROOMS, "finding_items"))
    )


def line_tells_damage(line: Line) -> bool:
    """The same of a line of which not all can be read: what is no word of the lists may tell of damage, too."""
    said: dict[str, Value] = {}
    for name in ("result", "damage", *_ROOMS, "finding_items"):
        text = line.cells.get(name, "")
        if not text or text in BLANK:
            continue
        try:
            said[name] = _value(name, text, None)[0]
        except BadInput:
            if name != "result" or damage_told(text) is not None or _MAY_FALL.search(text):
                return True
    return tells_damage(said) or damage_told(line.cells.get("findings")) is not None


def _value(name: str, text: str, since: datetime | None) -> tuple[Value, str, list[str]]:
    """The value; as what everyday words were taken, empty where none was; those of them that tell more than that."""
    if name in _WORDS:
        meaning = meaning_of(_WORDS[name], text)
        return meaning.code, _taken_for(_WORDS[name], meaning), [text] if meaning.says_more else []
    if name in _ROOMS:
        count, in_words = count_of("rooms", text, most=999)
        return count, f"{count}间" if in_words else "", []
    if name == "finding_items":
        return _items(text)
    if name in MOMENTS:
        return *moment_or_day(text, since=since), []
    return text[:2000], "", []


def _taken_for(known: WordList, meaning: Meaning) -> str:
    return known.label(meaning.code) if meaning.word else ""


def _items(text: str) -> tuple[tuple[str, ...] | None, str, list[str]]:
    """Items by their labels, some of which hold the mark that people put between two; other words as ``_value`` tells them.

    A word that is none of the list, or may be two of them, is kept as it was written; a stroke or a number tells nothing.
    """
    if folded(text) in NONE_OF_THEM:
        return (), NO_ITEMS, []
    known = _item()
    parts = [*known.findall(text), *filter(None, re.split(rf"[{_BETWEEN}]+", known.sub(";", text)))]
    chosen, words, more = set(), [], []
    for part in parts:
        try:
            meaning = meaning_of(FINDING_ITEM, part)
        except BadInput as error:
            if not _WORD.search(part):
                raise BadInput(f"{error.sentence}。几项之间用分号，其他情况写在“现场情况”里") from None
            words.append(f"“{part[:20]}”看不出是名单上的哪一项")
            more.append(part)
            continue
        chosen.add(meaning.code)
        if meaning.word:
            words.append(FINDING_ITEM.label(meaning.code))
        if meaning.says_more:
            more.append(part)
    items = tuple(item for item in FINDING_ITEM if item in chosen)
    if more:
        # Beside a word that was not understood those that were, so that a person sees what becomes of the cell.
        known_ones = [FINDING_ITEM.label(item) for item in items]
        words = list(dict.fromkeys([*known_ones, *words]))
    return items or None, "；".join(words), more


@cache
def _item() -> re.Pattern[str]:
    """A label, or an everyday word that stands alone (进水了 holds the label 进水); the longest first."""
    whole = {word: rf"(?<![^{_BETWEEN}]){re.escape(word)}(?![^{_BETWEEN}])" for word in certain_words(FINDING_ITEM)}
    known = whole | {label: re.escape(label) for label in FINDING_ITEM.labels.values()}
    return re.compile("|".join(known[one] for one in sorted(known, key=len, reverse=True)))
