"""The hour at which a text says that the warning it speaks of was issued, without its day: 02时56分发布的…, 昨日20时发布的… Pure.

It is the latest such moment that is not after the text's own time. Where the text has no time of its own only the hour is
known, no moment: a text may be pasted after midnight, or the day after.
"""

import re
from datetime import datetime, time, timedelta

from geo_housing.hazards.bulletin.moments import AFTER_NOON, QUARTERS, FoundTime

_DAY = r"(?P<day>前[天日]|昨[天日晚夜晨早]?|今[天日晚夜晨早]|当[天日]|刚才|刚刚|刚|此前|先前|之前)?"
_PART = r"(?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜间|夜里|晚)?"
_HOUR = r"(?P<hour>\d{1,2})(?:[时点](?:(?P<minute>\d{1,2})分?|(?P<quarter>半|[一三]刻)|整)?|:(?P<minutes>\d{2}))"
CLOCK = rf"{_DAY}的?{_PART}(?<!\d){_HOUR}"
_REFERENCE = re.compile(rf"{CLOCK}(?:许|左右)?(?=,?(?:对外|由[^,。;:!]{{1,12}})?(?:误)?发布?的)")
DAYS_BACK = {"前": 2, "昨": 1, "今": 0, "当": 0}
_NIGHT_ENDS = 6


def hour_referred_to(
    text: str, start: int, end: int, times: tuple[FoundTime, ...], said_at: datetime | None
) -> tuple[FoundTime, time | None] | None:
    """The first such hour of ``text[start:end]`` that belongs to no time with a day (``times``), as a moment and as an hour.

    One of the two is None: the hour where the text has a time of its own, ``said_at``, the moment where it has none.
    """
    for found in _REFERENCE.finditer(text, start, end):
        if any(one.start <= found.start("hour") < one.end for one in times):
            continue
        moment = None if said_at is None else moment_of(found, said_at)
        where = FoundTime(found.start(), end_of_clock(found), moment)
        return where, time_of_day(found) if said_at is None else None
    return None


def end_of_clock(found: re.Match[str]) -> int:
    """Where the words of an hour end."""
    last = max(found.end(group) for group in ("hour", "minute", "minutes", "quarter"))
    return last + (found.string[last : last + 1] in ("分", "时", "点", "整"))


def moment_of(found: re.Match[str], said_at: datetime) -> datetime | None:
    """The last such hour before ``said_at``, on the day that is said."""
    hour, minute = clock_of(found)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    day = found["day"] or ""
    midnight = said_at.replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + timedelta(hours=hour, minutes=minute)
    if (back := DAYS_BACK.get(day[:1])) is None:
        return at if at <= said_at else at - timedelta(days=1)
    # 昨夜2时 is of the night that began yesterday.
    nights = 1 if day[1:] in ("晚", "夜") and hour < _NIGHT_ENDS else 0
    at -= timedelta(days=back - nights if back else 0)
    return at if at <= said_at else None


def time_of_day(found: re.Match[str]) -> time | None:
    """The hour alone; None where there is no such hour."""
    hour, minute = clock_of(found)
    return time(hour % 24, minute) if minute < 60 and (hour < 24 or (hour, minute) == (24, 0)) else None


def clock_of(found: re.Match[str]) -> tuple[int, int]:
    """Hour and minute by the clock of the day."""
    hour = int(found["hour"])
    minute = QUARTERS[found["quarter"]] if found["quarter"] else int(found["minute"] or found["minutes"] or 0)
    part = found["part"] or (found["day"] or "")[1:]
    is_late = part in (*AFTER_NOON, "夜里", "夜") and hour >= _NIGHT_ENDS
    if (is_late and hour < 12) or (part in ("下午", "傍晚") and 1 <= hour < 12) or (part == "中午" and 1 <= hour < 3):
        hour += 12
    return hour, minute
