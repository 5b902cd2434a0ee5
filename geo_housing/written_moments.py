"""Moments as people write them down at night: with or without a year, a day, as a clock alone."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TypeVar

from geo_housing.clock import BEIJING, now
from geo_housing.errors import BadInput

# The clock of whoever wrote it may go ahead of ours.
CLOCKS_DIFFER = timedelta(minutes=15)
Day = TypeVar("Day", datetime, date)
_DAY_MOMENT = re.compile(
    r"(\d{1,2})[月/.-](\d{1,2})[日号]?\s*(凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|晚)?\s*(\d{1,2})[:：时点](?:(半)|(\d{1,2})分?)?"
)
# A clock without a day, as a village writes it at night; a cell that Excel holds as a time brings seconds.
_CLOCK = re.compile(
    r"(今[天日早晚晨]|昨[天日晚夜]|凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里)?(凌晨|早上|上午|中午|下午|晚上|夜里)?\s*"
    r"(\d{1,2})[:：时点](?:(半)|(\d{1,2})分?(?:[:：]\d{2})?)?\s*([AaPp]\.?[Mm]\.?)?"
)
_AFTER_NOON = {"下午", "傍晚", "晚上", "晚", "今晚", "昨晚", "昨夜", "夜里", "pm"}
# Two o'clock of such a night is after midnight.
_OF_THE_NIGHT = {"晚上", "晚", "今晚", "昨晚", "昨夜", "夜里"}
_SMALL_HOURS = 6
_PART = r"凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|晚|[AaPp]\.?[Mm]\.?"
_MOMENT = re.compile(
    rf"(\d{{4}})\D(\d{{1,2}})\D(\d{{1,2}})[日号]?(?:\s|T)*({_PART})?\s*(\d{{1,2}})[:：时点](?:(半)|(\d{{1,2}}))?(?:[:：]\d{{2}})?\s*({_PART})?"
)
# The day of a month that is not named.
_DAY_ALONE = re.compile(rf"(\d{{1,2}})[日号]\s*({_PART})?\s*(\d{{1,2}}[:：时点].*)")
# 八点, 二十三点四十: as numbers before a clock is looked for.
_IN_WORDS = re.compile(r"[零一二三四五六七八九十两]+(?=[点时分日号月])|(?<=[点时])[零一二三四五六七八九十]+")
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
# Days since the end of 1899, as a table counts them: what a cell holds that has lost its format.
_SERIAL = re.compile(r"[45]\d{4}\.\d+")
_SERIAL_FROM = datetime(1899, 12, 30, tzinfo=BEIJING)
# A moment among other words.
CLOCK_IN_LINE = re.compile(rf"(?<!\d)(?:{_MOMENT.pattern}分?|{_DAY_MOMENT.pattern}|{_CLOCK.pattern})(?!\d)")


def moment_of(text: str) -> datetime:
    """A day with its time as people write them; without a year, or without a day, the last one that has passed. BadInput when it is none.

    What would lie much nearer in the future than in the past is read as the one to come, which no caller takes: 11月30日 written
    on 11月28日 is no day of last year.
    """
    text = _IN_WORDS.sub(lambda found: _number(found[0]), text)
    if clock := _CLOCK.fullmatch(text.strip()):
        return _last(clock)
    if alone := _DAY_ALONE.fullmatch(text.strip()):
        return _in_month(alone)
    if _SERIAL.fullmatch(text.strip()):
        return _SERIAL_FROM + timedelta(minutes=round(float(text) * 24 * 60))
    if day := _DAY_MOMENT.fullmatch(text.strip()):
        here = now().astimezone(BEIJING)
        month, of_month = int(day[1]), int(day[2])
        hour, minute = _hour(int(day[4]), day[3]), 30 if day[5] else int(day[6] or 0)
        moments = []
        for year in years_meant(here.date(), month):
            with suppress(ValueError):
                moments.append(datetime(year, month, of_month, hour, minute, tzinfo=BEIJING))
        if moments:
            return nearest(moments, here)
    found = _MOMENT.search(text)
    if found is None:
        raise BadInput("时间请写成 2026-07-12 06:30 的样子")
    years, months, dates, part, hours, half, minutes, behind = found.groups()
    at = _hour(int(hours), part, behind), 30 if half else int(minutes or 0)
    try:
        return datetime(int(years), int(months), int(dates), *at, tzinfo=BEIJING)
    except ValueError:
        raise BadInput("没有这个时间，请写成 2026-07-12 06:30 的样子") from None


def _number(words: str) -> str:
    """二十三 as 23; words that are no number stay."""
    if "十" not in words:
        return "".join(str(_DIGITS[word]) for word in words)
    tens, _, ones = words.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return words
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def _in_month(found: re.Match[str]) -> datetime:
    """That moment of this month or of the one before."""
    here = now().astimezone(BEIJING)
    first = here.replace(day=1)
    moments = []
    for month in (first, first - timedelta(days=1)):
        with suppress(BadInput):
            moments.append(moment_of(f"{month:%Y-%m}-{int(found[1]):02d} {found[2] or ''}{found[3]}"))
    if not moments:
        raise BadInput("没有这个时间，请写成 2026-07-12 06:30 的样子")
    return nearest(moments, here + CLOCKS_DIFFER)


def years_meant(today: date, month: int) -> tuple[int, ...]:
    """The years of which a month may be that is written without one, the latest first: in December January is to come."""
    this = (today.year, today.year - 1)
    return (today.year + 1, *this) if (today.month, month) == (12, 1) else this


def nearest(moments: Sequence[Day], at: Day) -> Day:
    """Of moments, or of days, the latest first: the last that has passed, or the next one where that is as near."""
    passed = [one for one in moments if one <= at]
    coming = [one for one in moments if one > at]
    if not passed or (coming and coming[-1] - at <= at - passed[0]):
        return coming[-1]
    return passed[0]


def _hour(hour: int, *said: str | None) -> int:
    """The hour of the day, as what stands around it says: 下午3点, 9:30 PM; two o'clock of a night is after midnight."""
    parts = {part.lower().replace(".", "") for part in said if part}
    if parts & _OF_THE_NIGHT and hour < _SMALL_HOURS:
        return hour
    if hour == 12 and "am" in parts:
        return 0
    return hour + 12 if hour < 12 and parts & _AFTER_NOON else hour


def _last(clock: re.Match[str]) -> datetime:
    """When it was that time the last time; yesterday's where that is said."""
    day, part, hours, half, minutes, behind = clock.groups()
    is_small = bool({day, part} & _OF_THE_NIGHT) and int(hours) < _SMALL_HOURS
    hour = _hour(int(hours), day, part, behind)
    here = now().astimezone(BEIJING)
    try:
        moment = here.replace(hour=hour, minute=30 if half else int(minutes or 0), second=0, microsecond=0)
    except ValueError:
        raise BadInput("没有这个时间，请写成 2026-07-12 06:30 的样子") from None
    is_yesterday = (day or "").startswith("昨") and not is_small
    names_day = (day or "").startswith(("今", "昨")) and not is_small
    if not names_day and (tomorrow := moment + timedelta(days=1)) <= here + CLOCKS_DIFFER:
        return tomorrow
    is_before = is_yesterday or moment > here + CLOCKS_DIFFER
    return moment - timedelta(days=1) if is_before else moment
