"""Until when a warning says that it holds: 有效期至26日20时, 有效时间6小时, 有效期：…至…. Pure.

Only what the text calls its validity is read: 预计未来3小时 is when the rain falls, not when the warning ends. An hour without
a day, and a day without a month, are the next after the warning was issued; without that, nothing is assumed.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from geo_housing.clock import BEIJING
from geo_housing.hazards.bulletin.moments import FoundTime

# Not 截止时间, which is as often that of a reply.
_VALID = re.compile(
    r"(?:有效(?:期限|时间|时段|时限|期)|时效|预警期限|失效时间|有效(?=[至到]))(?P<leads>(?:为|是|:|自|从|延长|延续|截止|截至|至|到)*)"
)
_BEGINS = re.compile(r"\d|[次今明后当]|[一二两三四五六七八九十]+个?小时|未来|今后")
_HOURS = re.compile(
    r"(?:(?:发布|即)(?:之)?[时日]?起)?(?:未来|今后)?(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,2})个?小时"
)
_HOUR = re.compile(
    r"(?:(?P<on>\d{1,2})[日号])?(?:(?P<day>[次今明后当])[日天]?)?"
    r"(?P<when>凌晨|清晨|早上|早晨|早|晨|上午|中午|下午|傍晚|晚上|晚间|晚|夜间|夜)?"
    r"(?P<hour>\d{1,2})(?:[时点]|:(?=\d))(?:(?P<minute>\d{2})分?|整)?"
)
# A day without its month is that day after the warning was issued, whenever it is pasted.
_HAS_MONTH = re.compile("[月/.-]")
_DAYS_ON = {"当": 0, "今": 0, "次": 1, "明": 1, "后": 2}
_AFTER_NOON = ("下午", "傍晚", "晚上", "晚间", "晚", "夜间", "夜")
_REGION = 48
_REGION_ENDS = re.compile(r"[。;!]|(?<!\d),")
_LONGEST = timedelta(days=30)
_DIGITS = "零一二三四五六七八九十"
# Up to a time that ends what is called so; a comma or a bracket ends the words for it.
_ENDS_IT = re.compile(_VALID.pattern + r"[^。;!,()]{0,24}$")
_LONGEST_WORDS = 40
NOT_READ = "有效期没有读出来，请核对。"
NO_BEGIN = "发布时间没有读出来，不能确定有效期是哪一天，请核对。"
NOT_AFTER = "有效期不晚于发布时间，请核对。"


def validity(text: str, start: int, end: int, issued: datetime | None, times: Sequence[FoundTime]) -> FoundTime | None:
    """The end of what ``text[start:end]`` calls its validity; its moment None with the reason where it names none.

    ``times`` are the full times of the text.
    """
    said = _VALID.search(text, start, end)
    if said is None or not (said["leads"] or _BEGINS.match(text, said.end(), end)):
        return None
    stop = min(end, said.end() + _REGION)
    ends = _REGION_ENDS.search(text, said.end(), stop)
    stop = ends.start() if ends else stop
    last, moment = _end_of(text, said.end(), stop, issued, times)
    if moment is None:
        return FoundTime(said.start(), last, None, NO_BEGIN if issued is None and last < stop else NOT_READ)
    if issued is not None and not issued < moment <= issued + _LONGEST:
        return FoundTime(said.start(), last, None, NOT_AFTER if moment <= issued else NOT_READ)
    return FoundTime(said.start(), last, moment)


def is_validity(text: str, start: int, at: int) -> bool:
    """Whether a time at ``at`` is one of those that say how long the warning holds, and none at which it was issued."""
    return _ENDS_IT.search(text, max(start, at - _LONGEST_WORDS), at) is not None


def _end_of(
    text: str, start: int, stop: int, issued: datetime | None, times: Sequence[FoundTime]
) -> tuple[int, datetime | None]:
    """Where the words for it end, and the moment."""
    if hours := _HOURS.match(text, start, stop):
        return hours.end(), None if issued is None else issued + timedelta(hours=_number(hours["n"]))
    full = [
        one for one in times if start <= one.start and one.end <= stop and _HAS_MONTH.search(text, one.start, one.end)
    ]
    end, begins = (full[-1].end, full[-1].moment) if full else (start, None)
    bare = [found for found in _HOUR.finditer(text, end, stop) if _leads(text, found.start())]
    if not bare:
        return end if begins is not None else stop, begins
    since = begins or issued
    for found in bare[:-1]:
        since = since and _moment(found, since.astimezone(BEIJING))
    at = since and _moment(bare[-1], since.astimezone(BEIJING))
    is_hour_alone = bare[-1]["on"] is None and bare[-1]["day"] is None
    if at is not None and is_hour_alone and at <= max(one for one in (since, issued) if one is not None):
        at += timedelta(days=1)
    return bare[-1].end(), at


def _leads(text: str, at: int) -> bool:
    """Whether an hour stands where an end is named: directly after 至 or a dash, or first of all."""
    return re.search(r"[至到~\-—为:时期效间]$", text[max(0, at - 1) : at]) is not None


def _moment(found: re.Match[str], since: datetime) -> datetime | None:
    """The hour on the day that is said, counted from that of ``since``; on that day itself where none is said."""
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if (found["when"] in _AFTER_NOON and 1 <= hour <= 12) or (found["when"] == "中午" and 1 <= hour < 3):
        # 晚上12时 is the end of the day, 下午12时 its middle.
        hour += 12 if hour < 12 or found["when"] in _AFTER_NOON[1:] else 0
    if hour > 24 or minute > 59:
        return None
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    if found["on"]:
        # 有效期至1日2时, issued on the 31st.
        days = (midnight + timedelta(days=n) for n in range(31))
        on = next((day for day in days if day.day == int(found["on"])), None)
        return None if on is None else on + timedelta(hours=hour, minutes=minute)
    return midnight + timedelta(days=_DAYS_ON[found["day"] or "当"], hours=hour, minutes=minute)


def _number(said: str) -> int:
    if said.isdigit():
        return int(said)
    digits = [2 if one == "两" else _DIGITS.index(one) for one in said]
    if len(digits) == 1:
        return digits[0]
    return 10 + digits[1] if digits[0] == 10 else 10 * digits[0] if digits[1] == 10 else digits[0]
