"""A filled 转移名单 as rows: which household, what is said of it, upon which state the list was made."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as with_values
from datetime import datetime
from functools import partial

from geo_housing.errors import BadInput, Fault
from geo_housing.evacuation.states import BY_THEMSELVES, MOST_PEOPLE, ON_A_FORECAST, PLACE_UNKNOWN
from geo_housing.everyday_words import MOVED_SOMEWHERE, SeveralMeanings, count_of, folded, meaning_of, place_of
from geo_housing.houses.spreadsheet.workbook import Grid
from geo_housing.people_names import name_key
from geo_housing.response.returned.picking import NOTHING_PICKED, Picked
from geo_housing.response.returned.sheets import (
    Columns,
    Line,
    Mark,
    ReadAs,
    areas_of,
    event_of,
    fault,
    lines_of,
    mark_of,
    read_cells,
)
from geo_housing.response.returned.three_ways import Told, Values
from geo_housing.words import EVACUATION_STATE
from geo_housing.written_days import NO_CLOCK, moment_or_day

HEADINGS = {
    "户主": "head", "人数": "people", "状态": "state", "时间": "moved_at", "安置点、去向": "to", "组织人": "organiser",
    "谁报的": "reported_by", "房屋编号": "house_code", "备注": "note", "核对码": "mark", "序号": "number",
}  # fmt: skip
COLUMNS = Columns(
    HEADINGS,
    needs=frozenset({"head", "state", "to"}),
    free=frozenset({"to", "organiser", "reported_by", "note"}),
    keys=frozenset({"head", "house_code", "mark"}),
    counts=frozenset({"people"}),
)
_SAID = ("people", "state", "moved_at", "to", "organiser", "reported_by", "note")
UNCOUNTED, NO_FAMILY = "未填", "未登记农户"
MOST_TEXT = 200


@dataclass(frozen=True)
class Asked:
    """A word that may be several states: ``codes``, of which ``proposed`` is the likeliest. ``heading``: where it stands."""

    heading: str
    word: str
    codes: tuple[str, ...]
    proposed: str


@dataclass(frozen=True)
class SentMove:
    """One household as the list tells of it; ``mark`` None where the hidden column was lost."""

    line: Line
    mark: Mark | None
    house_code: str
    head: str
    said: Values
    read_as: tuple[ReadAs, ...] = ()
    # A word that says that they are out of danger, and not whether in a shelter or with their own.
    somewhere: str | None = None
    # What a person is asked about the state; until they have answered it is read as what is proposed.
    asked: Asked | None = None
    # The row of the list that a person has said it is of.
    picked: int | None = None

    @property
    def row_id(self) -> int | None:
        """The row of the list that it says it is of."""
        return self.mark.row_id if self.mark and self.picked is None else self.picked

    @property
    def has_no_clock(self) -> bool:
        """Whether of the time the day alone is written."""
        return any(one.heading == "时间" and NO_CLOCK in one.taken_for for one in self.read_as)

    @property
    def called(self) -> str:
        """How the row is named to whoever looks for it in the workbook."""
        return self.head or self.house_code


@dataclass(frozen=True)
class SentMoves:
    """The workbook: whose event it says it is (None: it does not say), its rows, what could not be read.

    ``lines``: all that name a household, read or not; ``areas``: of which townships and villages it says it is the list.
    """

    event: int | None
    rows: tuple[SentMove, ...]
    faults: tuple[Fault, ...]
    lines: tuple[Line, ...] = ()
    areas: tuple[str, ...] = ()


def read_moves(
    sheets: Mapping[str, Grid], *, began: datetime | None = None, picked: Picked = NOTHING_PICKED
) -> SentMoves:
    """Every sheet that has a head with 户主, 状态 and 安置点、去向; BadInput when none has. ``began``: when the disaster may first have been felt.

    ``picked``: rows of the list of lines that say in no other way whose they are.
    """
    lines = lines_of(sheets, COLUMNS)
    if lines is None:
        raise BadInput(
            "没有认出转移名单：表头要有“户主”“状态”和“安置点、去向”。请上传从本页下载后填写的分村转移避险名单；"
            "排查名单请到事件页面的“回传名单”上传。"
        )
    rows: list[SentMove] = []
    faults: list[Fault] = []
    seen: dict[object, Line] = {}
    households = tuple(line for line in lines if _is_household(line))
    for line in households:
        read_as: list[ReadAs] = []
        since = began - (BY_THEMSELVES if _is_away(line) else ON_A_FORECAST) if began else None
        value = partial(_value, has_place="to" in line.cells, since=since)
        said = read_cells(line, COLUMNS, _SAID, value, faults, read_as)
        if said is None:
            continue
        mark = mark_of(line.cells.get("mark", ""))
        head = line.cells.get("head", "").replace(NO_FAMILY, "")
        asked = _asked(line)
        if asked is not None:
            said["state"] = asked.proposed
        elif "state" in said and (place := place_of(line.cells.get("state", ""))):
            said.setdefault("to", place)
        number = picked.get((line.sheet, line.number), "")
        meant = int(number) if number.isdecimal() and len(number) <= 18 else None
        if meant is not None:
            # As of a list of which nobody knows upon what it was made.
            mark = None
        row = SentMove(
            line,
            mark,
            line.cells.get("house_code", "").upper(),
            head,
            said,
            tuple(read_as),
            _somewhere(line),
            asked,
            meant,
        )
        key: object = (row.house_code, name_key(row.head)) if row.row_id is None else row.row_id
        if key in seen:
            where = f"第 {seen[key].number} 行（工作表“{seen[key].sheet}”）"
            faults.append(fault(line, "户主", row.called, f"与{where}是同一户，只采用前一行"))
            continue
        seen[key] = line
        rows.append(row)
    if rows and not any(row.mark or row.house_code for row in rows):
        raise BadInput(
            "每一行都没有“核对码”，也没有“房屋编号”，认不出是哪一户，没有录入任何内容。"
            "请把这两列从下载的原表中恢复，或把填写的内容抄回原表，再上传。"
        )
    return SentMoves(event_of(sheets), tuple(rows), tuple(faults), households, areas_of(sheets))


def _is_household(line: Line) -> bool:
    """Not the heading of a village, a repeated head or an empty line."""
    if line.cells.get("state") == "状态":
        return False
    return bool(line.cells.keys() - {"number"})


def _asked(line: Line) -> Asked | None:
    """What a person is to be asked about the state: a word of several meanings, or one that only 安置点、去向 holds."""
    state, to = line.cells.get("state", ""), line.cells.get("to", "")
    if found := _several(state):
        return Asked("状态", state, found.codes, found.proposed or found.codes[0])
    if folded(state) not in ("", "待转移") or place_of(to) is None:
        return None
    if found := _several(to):
        return Asked("安置点、去向", to, found.codes, found.proposed or found.codes[0])
    code = meaning_of(EVACUATION_STATE, to).code
    return Asked("安置点、去向", to, (code, "pending"), code)


def _several(text: str) -> SeveralMeanings | None:
    """The meanings of a word of which one is proposed; None for any other."""
    try:
        meaning_of(EVACUATION_STATE, text)
    except SeveralMeanings as found:
        return found if found.proposed else None
    except BadInput:
        pass
    return None


def answered(sent: SentMove, code: str) -> SentMove:
    """The row once somebody has said what it means; the word itself is kept where the list has a place for it."""
    assert sent.asked is not None, "nobody answers what was not asked"
    said: Values = {**sent.said, "state": code}
    if code == "pending":
        # Who is still there is at no place; what was written of them is no answer, and is not lost.
        said.pop("to", None)
        said.setdefault("note", sent.asked.word)
    elif sent.asked.heading == "状态":
        said.setdefault("to", place_of(sent.asked.word) or sent.asked.word)
    return with_values(sent, said=said, asked=None)


def _somewhere(line: Line) -> str | None:
    word = line.cells.get("state", "")
    return word if folded(word) in MOVED_SOMEWHERE else None


def _is_away(line: Line) -> bool:
    """Whether they had left by themselves, which may be long ago."""
    try:
        return meaning_of(EVACUATION_STATE, line.cells.get("state", "")).code == "away"
    except BadInput:
        return False


def _value(name: str, text: str, *, has_place: bool, since: datetime | None) -> tuple[Told, str]:
    """The value, and as what an everyday word was taken; empty where none was."""
    if name == "state":
        return _state(text, has_place=has_place)
    if name == "people":
        if text == UNCOUNTED:
            return None, ""
        count, in_words = count_of("people", text, most=MOST_PEOPLE)
        return count, f"{count}人" if in_words else ""
    if name == "moved_at":
        return moment_or_day(text, since=since)
    if len(text) > MOST_TEXT:
        raise BadInput(f"文字最多 {MOST_TEXT} 个字，请精简")
    return text, ""


def _state(text: str, *, has_place: bool) -> tuple[str, str]:
    if folded(text) == folded(PLACE_UNKNOWN):
        return "moved_to_shelter", ""
    if found := _several(text):
        # A person is asked (``_asked``).
        return found.proposed or "", ""
    meaning = meaning_of(EVACUATION_STATE, text)
    if not meaning.word:
        return meaning.code, ""
    if folded(text) in MOVED_SOMEWHERE and not has_place:
        return meaning.code, PLACE_UNKNOWN
    state, place = EVACUATION_STATE.label(meaning.code), None if has_place else place_of(text)
    return meaning.code, f"{state}，去向：{place}" if place else state
