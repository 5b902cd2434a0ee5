"""A filled 转移名单 as rows: which household, what is said of it, upon which state the list was made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo_housing.errors import BadInput, Fault
from geo_housing.evacuation.states import PLACE_UNKNOWN
from geo_housing.houses.spreadsheet.row import normalise
from geo_housing.response.returned.sheets import Line, Mark, areas_of, event_of, fault, lines_of, mark_of
from geo_housing.response.returned.three_ways import Told, Values
from geo_housing.words import EVACUATION_STATE
from geo_housing.written_moments import moment_of

HEADINGS = {
    "户主": "head", "人数": "people", "状态": "state", "时间": "moved_at", "安置点、去向": "to", "组织人": "organiser",
    "谁报的": "reported_by", "房屋编号": "house_code", "备注": "note", "核对码": "mark", "序号": "number",
}  # fmt: skip
NEEDED = frozenset({"head", "state", "to"})
_FREE = frozenset({"to", "organiser", "reported_by", "note"})
_SAID = ("people", "state", "moved_at", "to", "organiser", "reported_by", "note")
UNCOUNTED, NO_FAMILY = "未填", "未登记农户"
MOST_TEXT = 200
_STATES = {normalise(label): code for code, label in EVACUATION_STATE.labels.items()}
_STATES[normalise(PLACE_UNKNOWN)] = "moved_to_shelter"


@dataclass(frozen=True)
class SentMove:
    """One household as the list tells of it; ``mark`` None where the hidden column was lost."""

    line: Line
    mark: Mark | None
    house_code: str
    head: str
    said: Values

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


def read_moves(sheets: Mapping[str, Sequence[Sequence[str]]]) -> SentMoves:
    """Every sheet that has a head with 户主, 状态 and 安置点、去向; BadInput when none has."""
    lines = lines_of(sheets, HEADINGS, needs=NEEDED, free=_FREE)
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
        said = _values(line, faults)
        if said is None:
            continue
        mark = mark_of(line.cells.get("mark", ""))
        head = line.cells.get("head", "").replace(NO_FAMILY, "")
        row = SentMove(line, mark, line.cells.get("house_code", "").upper(), head, said)
        key: object = mark.row_id if mark else (row.house_code, row.head)
        if key in seen:
            where = f"第 {seen[key].number} 行（工作表“{seen[key].sheet}”）"
            faults.append(fault(line, "户主", row.called, f"与{where}是同一户，只采用前一行"))
            continue
        seen[key] = line
        rows.append(row)
    return SentMoves(event_of(sheets), tuple(rows), tuple(faults), households, areas_of(sheets))


def _is_household(line: Line) -> bool:
    """Not the heading of a village, a repeated head or an empty line."""
    if line.cells.get("state") == "状态":
        return False
    return bool(line.cells.keys() - {"number"})


def _values(line: Line, faults: list[Fault]) -> Values | None:
    said: Values = {}
    for heading, name in HEADINGS.items():
        text = line.cells.get(name)
        if text is None or name not in _SAID:
            continue
        try:
            said[name] = _value(name, text)
        except BadInput as error:
            faults.append(fault(line, heading, text[:40], error.sentence))
            return None
    return said


def _value(name: str, text: str) -> Told:
    if name == "state":
        return _STATES.get(text) or _state(text)
    if name == "people":
        return _people(text)
    if name == "moved_at":
        return moment_of(text)
    if len(text) > MOST_TEXT:
        raise BadInput(f"文字最多 {MOST_TEXT} 个字，请精简")
    return text


def _state(text: str) -> str:
    try:
        return EVACUATION_STATE.code(text)
    except BadInput:
        raise BadInput(f"没有“{text[:20]}”这个状态，可以填：{'、'.join(EVACUATION_STATE.labels.values())}") from None


def _people(text: str) -> int | None:
    if text == UNCOUNTED:
        return None
    number = text.removesuffix("人").removesuffix(".0")
    if not (number.isascii() and number.isdigit() and len(number) <= 2):
        raise BadInput("人数要填 0 到 99 的整数")
    return int(number)
