"""How lists write the time for which somebody answers: one day, two days in one cell, 长期. Pure.

A month alone begins with its first day and ends with its last one, a year alone likewise.
"""

import re
from calendar import monthrange
from datetime import date

from geo_housing.houses.spreadsheet import row
from geo_housing.houses.spreadsheet.faults import CellFault

_DAY = r"\d{8}|\d{4}(?:\s*[年./-]\s*\d{1,2}(?:\s*[月./-]\s*\d{1,2}\s*日?|\s*月)?|\s*年)?"
_OPEN = "长期(?:有效)?|至今|现在|今|永久|不限|无期限|无固定期限|在任|在职"
_SPAN = re.compile(rf"(?:自|从)?\s*({_DAY})\s*(?:[-—–~]+|至|到|起至?)+\s*({_DAY}|{_OPEN})\s*(?:止|日)?")
_BEGINS = re.compile(rf"(?:自|从)?\s*({_DAY})\s*(?:起|开始|[-—–~]+|至今)")
_ENDS = re.compile(rf"(?:截?至|到|[-—–~]+)?\s*({_DAY})\s*(?:止|截止|到期|为止)?")
_PARTS = re.compile(r"\d+")
_IS_OPEN = re.compile(_OPEN)
UNREAD_SPAN = "任期看不懂，请写成 2024-01-01至2026-12-31，没有期限的写 长期。"


def is_open(text: str) -> bool:
    """Whether a cell says that there is no end."""
    return _IS_OPEN.fullmatch(text.replace(" ", "")) is not None


def read_span(text: str) -> tuple[date | None, date | None] | None:
    """First and last day of a cell that says both or that there is no end; None of any other cell."""
    if is_open(text):
        return None, None
    if found := _SPAN.fullmatch(text):
        return _first(found[1]), None if is_open(found[2]) else last_day(found[2])
    if found := _BEGINS.fullmatch(text):
        return _first(found[1]), None
    return None


def last_day(text: str) -> date:
    """The last day that a cell means: 2026.12 is the end of December."""
    found = _ENDS.fullmatch(text)
    parts = _PARTS.findall(found[1]) if found else []
    if not parts or len(parts[0]) == 8 or len(parts) == 3:
        return date.fromisoformat(row.day(found[1] if found else text))
    year, month = int(parts[0]), int(parts[1]) if len(parts) == 2 else 12
    try:
        return date(year, month, monthrange(year, month)[1])
    except ValueError:
        raise CellFault("日期看不懂，请写成 2023-05-01。") from None


def _first(text: str) -> date:
    parts = _PARTS.findall(text)
    plain = f"{parts[0]}-01-01" if len(parts) == 1 and len(parts[0]) == 4 else "-".join(parts)
    return date.fromisoformat(row.day(plain))
