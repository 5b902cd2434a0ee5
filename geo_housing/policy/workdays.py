"""The table of workdays as somebody pastes or uploads it: pure.

One line a day: the day, 休 (放假) or 班 (上班), and what else the document says is left aside. Only the days that
deviate from Monday to Friday are needed: public holidays, and weekends on which people work for them.
"""

import re
from dataclasses import dataclass
from datetime import date

from geo_housing.errors import BadInput, Fault
from geo_housing.policy.values import read_day

_OFF = {"休", "放假", "休息", "假", "节假日", "0", "off", "holiday", "否"}
_ON = {"班", "上班", "补班", "调休上班", "工作日", "1", "on", "workday", "是"}
_HEADS = {"日期", "day", "date"}
MOST_LINES = 2000


@dataclass(frozen=True)
class NamedDay:
    """One line that could be read."""

    line: int
    day: date
    is_workday: bool


def read_workdays(text: str) -> list[NamedDay]:
    """All days of the text; BadInput with one fault per bad line, because a table is taken whole or not at all."""
    lines = text.lstrip("\ufeff").splitlines()
    if len(lines) > MOST_LINES:
        raise BadInput(f"一次最多 {MOST_LINES} 行，请按年分开装入。")
    found: dict[date, NamedDay] = {}
    faults: list[Fault] = []
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in re.split(r"[,，;；\t]|\s{1,}", line.strip()) if cell.strip()]
        if not cells or (number == 1 and cells[0].lower() in _HEADS):
            continue
        try:
            named = _read_line(number, cells)
            earlier = found.get(named.day)
            if earlier is not None and earlier.is_workday != named.is_workday:
                raise BadInput(f"与第 {earlier.line} 行说的不一样，请只留一行。")
            found[named.day] = named
        except BadInput as error:
            faults.append(Fault(number, "日期", line.strip()[:60], error.sentence))
    if faults:
        raise BadInput(f"有 {len(faults)} 行读不出来，整张表没有装入。请改正后再装。", faults=faults)
    if not found:
        raise BadInput("没有读到任何一天。每行写一天，如：2026-10-01 休。")
    return sorted(found.values(), key=lambda named: named.day)


def _read_line(number: int, cells: list[str]) -> NamedDay:
    day = read_day(cells[0], what="日期")
    said = cells[1].lower() if len(cells) > 1 else ""
    if said in _OFF:
        return NamedDay(number, day, False)
    if said in _ON:
        return NamedDay(number, day, True)
    raise BadInput("日期后面要写“休”（放假）或“班”（上班）。")
