"""Times as warnings write them (26日08时30分, 7月09日16时, 17时0分), in Beijing time. Pure.

A missing year is taken from the day of pasting: the one that brings the moment nearest to it; a missing month so that the
day is the last one that has been or comes within a week. A missing day is never taken from anywhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from geo_housing.clock import BEIJING

_TWO = r"(\d ?\d?)"
# 22时5O分: a letter among the digits is no number.
_NO_LETTER = r"(?!\d?[OoIlQ])"
# 2点半, 3时一刻, 5时整; 两点半小时 is a duration.
_MINUTES = rf"(?:{_TWO}分?|(半|[一三]刻)(?!个?小时)|整)?"
_WHEN = r"(凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜间|晚)?"
_DATE_TIME = re.compile(
    rf"(?:(\d ?\d ?\d ?\d)?年)?(?:{_TWO}月)?{_TWO}[日号]{_WHEN}{_TWO}(?:[时点]|:(?=\d)){_NO_LETTER}{_MINUTES}(?!间|左右内)"
    r"|(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]?(\d{1,2}):(\d{2})(?::\d{2})?"
)
_DATE_ONLY = re.compile(rf"(?:(\d ?\d ?\d ?\d)年)(?:{_TWO}月){_TWO}[日号](?!.?.?.?.?[时点:])")
_TIME_ONLY = re.compile(rf"(?<![日号\d ]){_TWO}[时点]{_TWO}分")
# Which day that is the text does not know: it may be pasted after midnight.
_TODAY = re.compile(rf"今[日天]{_WHEN}{_TWO}(?:[时点]|:(?=\d))(?:{_TWO}分?)?(?!间|左右内)")
# III级 is no number of minutes: a run of such letters is read whole or not at all.
_SPOILT = re.compile(
    r"(?<![\dOoIlQ])(?:[\dOoIlQ]{4}年)?(?:[\dOoIlQ]{1,2}月)?(?:[\dOoIlQ]{1,2}[日号])?(?:(?=\d?[OoIlQ])[\dOoIlQ]{1,2}[时点](?:[\dOoIlQ]{1,2}分)?"
    r"|[\dOoIlQ]{1,2}[时点:](?=\d?[OoIlQ])[\dOoIlQ]{1,2}(?![\dOoIlQ]|级)分?)"
)
QUARTERS = {"一刻": 15, "半": 30, "三刻": 45}
AFTER_NOON = ("下午", "傍晚", "晚上", "晚间", "夜间", "晚")


@dataclass(frozen=True)
class FoundTime:
    """A time in the plain text; ``moment`` is None where it names no moment, and ``sentence`` says why."""

    start: int
    end: int
    moment: datetime | None
    sentence: str | None = None


def times_in(text: str, start: int, end: int, pasted_on: date) -> Iterator[FoundTime]:
    """Full times of ``text[start:end]`` in their order."""
    for found in _DATE_TIME.finditer(text, start, end):
        moment = _moment(found, pasted_on)
        said = "这个时间不存在，请核对。" if moment is None else None
        yield FoundTime(found.start(), found.end(), moment, said)


def spoilt_time(text: str, start: int, end: int) -> FoundTime | None:
    """A time with letters in the place of digits."""
    found = _SPOILT.search(text, start, end)
    return found and FoundTime(found.start(), found.end(), None, "时间的数字里有字母，没有读取，请核对。")


def half_time(text: str, start: int, end: int) -> FoundTime | None:
    """A day without an hour or an hour without a day: no moment, but worth saying."""
    if found := _TODAY.search(text, start, end):
        return FoundTime(found.start(), found.end(), None, "只写了今日，没有写日期，请核对。")
    if found := _TIME_ONLY.search(text, start, end):
        return FoundTime(found.start(), found.end(), None, "只写了几时，没有写哪一天。")
    if found := _DATE_ONLY.search(text, start, end):
        return FoundTime(found.start(), found.end(), None, "只写了哪一天，没有写几时。")
    return None


def _moment(found: re.Match[str], pasted_on: date) -> datetime | None:
    if found[8]:
        year, month, day, hour, minute = (int(found[n]) for n in range(8, 13))
        return _at(_day(year, month, day, pasted_on), hour, minute)
    day, hour, minute = (
        int(_bare(found[3])),
        int(_bare(found[5])),
        QUARTERS[found[7]] if found[7] else int(_bare(found[6]) or 0),
    )
    if (found[4] in AFTER_NOON and 1 <= hour < 12) or (found[4] == "中午" and 1 <= hour < 3):
        hour += 12
    return _at(_day(_number(found[1]), _number(found[2]), day, pasted_on), hour, minute)


def _at(on: date | None, hour: int, minute: int) -> datetime | None:
    if on is None or hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    midnight = datetime(on.year, on.month, on.day, tzinfo=BEIJING)
    try:
        return midnight + timedelta(hours=hour, minutes=minute)
    except OverflowError:
        return None


def _day(year: int | None, month: int | None, day: int, pasted_on: date) -> date | None:
    """The day that the numbers mean at the paste; None when there is none."""
    if year is not None and month is None:
        return None
    if month is None:
        # Warnings are pasted after they were issued; what begins tomorrow or in some days is said, too.
        around = [pasted_on + timedelta(days=days) for days in range(7, -62, -1) if _exists(pasted_on, days)]
        return next((one for one in around if one.day == day), None)
    years = [year] if year is not None else [pasted_on.year + n for n in (-1, 0, 1)]
    possible = [made for one in years if (made := _made(one, month, day)) is not None]
    return min(possible, key=lambda one: (abs((one - pasted_on).days), one), default=None)


def _exists(pasted_on: date, days: int) -> bool:
    return date.min.toordinal() <= pasted_on.toordinal() + days <= date.max.toordinal()


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _bare(digits: str | None) -> str:
    return (digits or "").replace(" ", "")


def _number(digits: str | None) -> int | None:
    return int(_bare(digits)) if digits else None
