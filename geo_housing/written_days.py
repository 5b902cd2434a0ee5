"""Days that were written down without a clock, and the moment as which they are read: the earliest that the words allow.

Of a house that was looked at on the day of a warning nobody knows whether that was before or after it: read so, it is looked at again
rather than not. It is the same moment, too, whenever the same list comes back.
"""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta

from geo_housing.clock import BEIJING, now
from geo_housing.errors import BadInput
from geo_housing.written_moments import CLOCKS_DIFFER, moment_of, nearest, years_meant

FUTURE = "是将来的时间，请核对日期、时间"
NO_CLOCK = "没有写几点"
NO_YEAR = "没有写年份，按今年算是将来的时间，请核对日期；确是去年的，请写上年份"
NO_MONTH = "没有写月份，按本月算是将来的时间，请核对日期；确是上个月的，请写上月份"
# Parts of a day: the hour at which each begins and the one at which it ends.
_PARTS = {
    "凌晨": (0, 6), "清晨": (5, 9), "早上": (5, 10), "早晨": (5, 10), "早": (5, 10), "晨": (5, 10), "上午": (6, 12),
    "中午": (11, 14), "下午": (12, 19), "傍晚": (16, 20), "晚上": (17, 24), "晚": (17, 24), "夜里": (17, 24), "夜": (17, 24),
}  # fmt: skip
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_AGO = {"今": 0, "昨": 1, "前": 2}
_SAID = re.compile(rf"([今昨前])(?:[天日]\s*({_PART})?|({_PART}))")
# What a cell holds in which a day alone was typed brings a midnight.
_DAY = re.compile(
    rf"(?:(?:(\d{{4}})[-/.年])?(\d{{1,2}})[-/.月])?(\d{{1,2}})([日号])?(?:[\sT]+0?0:00(?::00)?)?\s*({_PART})?"
)
_SERIAL = re.compile(r"[45]\d{4}")


def moment_or_day(text: str, *, since: datetime | None = None) -> tuple[datetime, str]:
    """The moment, and as what a day without a clock is read, empty where a clock is written; BadInput when it is neither.

    ``since``: before it nobody was there because of the event. What was written of a later time than now is refused; the writer's
    clock may go ahead of ours, so the next day is taken shortly before it begins, as any other moment is.
    """
    found = _day_of(text.strip(), since)
    if found is None:
        moment = moment_of(text)
        if moment > now() + CLOCKS_DIFFER:
            raise BadInput(_future(text))
        return moment, ""
    day, part = found
    first, behind = _PARTS.get(part, (0, 24))
    midnight = datetime.combine(day, time(), tzinfo=BEIJING)
    begins, ends = midnight + timedelta(hours=first), midnight + timedelta(hours=behind)
    if begins > now() + CLOCKS_DIFFER:
        raise BadInput(FUTURE)
    moment = _full_minute(since) if since is not None and begins < since < ends else begins
    return moment, f"{moment:%Y-%m-%d %H:%M}（{NO_CLOCK}，按当天可能的最早时间）"


def _future(text: str) -> str:
    """What is said of a time that has not come: where the year or the month was left out, it may be another one that is meant."""
    if re.search(r"\d{4}", text) or not (
        day := re.search(r"(\d{1,2}\s*[-/.月]\s*)?\d{1,2}\s*[日号]|\d{1,2}[-/.月]\d", text)
    ):
        return FUTURE
    return NO_YEAR if day[1] or not day[0].rstrip().endswith(("日", "号")) else NO_MONTH


def _full_minute(at: datetime) -> datetime:
    """The first one that is not before: a list that goes out again keeps minutes alone."""
    return (at.astimezone(BEIJING) + timedelta(seconds=59, microseconds=999_999)).replace(second=0, microsecond=0)


def _day_of(text: str, since: datetime | None) -> tuple[date, str] | None:
    """The day and the part of it that is named; None where it is no day alone."""
    here = now().astimezone(BEIJING)
    if said := _SAID.fullmatch(text):
        return here.date() - timedelta(days=_AGO[said[1]]), said[2] or said[3] or ""
    if _SERIAL.fullmatch(text):
        return date(1899, 12, 30) + timedelta(days=int(text)), ""
    found = _DAY.fullmatch(text)
    if found is None or not (found[2] or found[4]):
        return None
    year, month, day = (int(number) if number else None for number in found.groups()[:3])
    assert day is not None, "a day is always written"
    today = (here + CLOCKS_DIFFER).date()
    days = [one for one in _candidates(today, year, month) if 1 <= day <= monthrange(one.year, one.month)[1]]
    dates = [one.replace(day=day) for one in days]
    if not dates:
        raise BadInput("没有这个时间，请写成 2026-07-12 06:30 的样子")
    meant = nearest(dates, today)
    began = since.astimezone(BEIJING).date() if since is not None else date.min
    if meant > today or (dates[0] > today and meant < began):
        # The last such day was long before it began: whoever wrote it means the one that comes.
        raise BadInput(_future(text))
    return meant, found[5] or ""


def _candidates(today: date, year: int | None, month: int | None) -> list[date]:
    """First days of the months that may be meant, the latest first."""
    if month is not None:
        if not 1 <= month <= 12:
            return []
        return [date(one, month, 1) for one in ((year,) if year else years_meant(today, month)) if one]
    this = today.replace(day=1)
    before = (this - timedelta(days=1)).replace(day=1)
    return [this, before, (before - timedelta(days=1)).replace(day=1)]
