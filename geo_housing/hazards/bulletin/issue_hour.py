"""The hour at which a warning was really issued, as a correction says it: 发布时间有误，应为10时50分. Pure.

It is the hour on the day of the warning that is put right, or of the correction. Where the words do not say whose hour it is,
or no day can be told, it is not read, and said: whoever looks at the correction must see the one thing that it changes.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from geo_housing.hazards.bulletin.moments import FoundTime
from geo_housing.hazards.bulletin.referring import CLOCK, DAYS_BACK, clock_of, end_of_clock, moment_of
from geo_housing.hazards.bulletin.validity import is_validity

UNSURE = "更正里的这个时间没有读出是什么时间，请核对。"
NO_DAY = "更正后的发布时间是哪一天没有读出来，请核对。"

_QUOTE = "[\"“”'‘’「」]?"
# Its day is read among the times of the text.
_DATE = r"(?:(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}[日号])?"
_AT = rf"{_QUOTE}(?P<said>{_DATE}{CLOCK})"
_IS = "(?:应该?为|应当为|应该?是|实际?为|实际是|(?:更正|订正|纠正|改正|修正|更改|修改|改)(?:为|成|作)|(?<=时间)为)"
_RIGHT = re.compile(rf"(?:{_IS}于?|应该?当?[于在](?=[^,。;]{{0,14}}?(?:发布|签发)))(?:{_QUOTE}(?:今天|当天))?{_AT}")
_FAULT = "(?:的?(?:填写|标注|录入|书写)?(?:有误|错误|有错|写错|填错|发错|不准确|不正确))?"
# Directly before what is right: 原“11时02分”有误，现更正为.
_WRONG_BEFORE = re.compile(rf"{_AT}(?:分|整)?{_QUOTE}{_FAULT}[,;:]?(?:经核实|现|特|均)?,?$")
_WRONG_AFTER = re.compile(
    rf"{_QUOTE}[,;(]?(?:原文|原|前次|此前)?(?:误|错)(?:写|发|报|填|录|标|印)?(?:布)?(?:为|成|作){_AT}"
)
_WRITTEN_AS = re.compile(
    rf"误将(?:预警)?(?:信号)?(?:的?(?:发布|签发)时间)?{_AT}(?:分|整)?{_QUOTE}(?:写|发|报|填|录|标|印|发布)(?:为|成|作)"
)
_NAMED_TIME = re.compile(
    "(?P<issue>(?:发布|签发|发文|发出|播发|落款)的?(?:日期[和及、])?时间)|时间|有效期|时效|时段|时限"
)
_RANGE = re.compile(rf"{_QUOTE}(?:分|整)?{_QUOTE}[至到~\-—]")
_ISSUED_THEN = re.compile(rf"{_QUOTE}(?:对外)?(?:发布|签发|发出)(?!的)")
_LOOK_BACK = 60


@dataclass(frozen=True)
class Hour:
    """An hour in the words of a correction; ``stated`` is the moment where the text writes its day."""

    found: re.Match[str]
    stated: FoundTime | None

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.found.start("said")

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.stated.end if self.stated is not None else end_of_clock(self.found)

    def as_found(self, moment: datetime | None) -> FoundTime:
        """Where it was found, as a moment."""
        return FoundTime(self.start, self.end, moment, NO_DAY)


@dataclass(frozen=True)
class RightHour:
    """The hour that is ``right``, and the one that was ``wrong`` where that is said beside it.

    ``says_issued``: words beside it say that it is the hour of issue; None: they name none at all.
    """

    right: Hour
    wrong: Hour | None
    says_issued: bool | None

    def holds(self, time: FoundTime) -> bool:
        """Whether a time of the text is one of the two."""
        return any(one is not None and one.start <= time.start < one.end for one in (self.right, self.wrong))


def right_hours(text: str, start: int, end: int, times: tuple[FoundTime, ...]) -> list[RightHour]:
    """All hours of ``text[start:end]`` that are said to be right instead of others; what is said of a validity is none."""

    def hour(found: re.Match[str] | None) -> Hour | None:
        if found is None:
            return None
        return Hour(found, next((one for one in times if one.start <= found.start("hour") < one.end), None))

    made = []
    for found in [*_RIGHT.finditer(text, start, end), *_WRITTEN_AS.finditer(text, start, end)]:
        right = hour(found)
        if right is None or is_validity(text, start, right.start):
            continue
        before = _WRONG_BEFORE.search(text, start, found.start())
        if found.re is _WRITTEN_AS:
            before = re.compile(_AT).match(text, found.end(), end)
        wrong = hour(before or _WRONG_AFTER.match(text, right.end, end))
        named = list(_NAMED_TIME.finditer(text, max(start, found.start() - _LOOK_BACK), right.start))
        says = named[-1]["issue"] is not None if named else None
        if _ISSUED_THEN.match(text, right.end, end):
            says = True
        if _RANGE.match(text, right.end, end):
            says = False
        made.append(RightHour(right, wrong, says))
    return sorted(made, key=lambda one: one.right.start)


def is_hour_of_issue(one: RightHour, replaced: FoundTime | None, hour: tuple[int, int] | None) -> bool:
    """Whether it surely is; 原“11时02分”更正为“10时50分” is of a warning that is said to be issued at 11时02分."""
    if one.says_issued is not None:
        return one.says_issued
    if one.wrong is None:
        return False
    if replaced is not None and replaced.moment is not None:
        hour = replaced.moment.hour, replaced.moment.minute
    return hour is not None and clock_of(one.wrong.found) == hour


def moment_put_right(one: Hour, replaced: datetime | None, said_at: datetime | None) -> datetime | None:
    """Its moment: on the day of the warning that is put right, or the last one before the correction; None if none is sure."""
    if one.stated is not None:
        moment = one.stated.moment
    elif (one.found["day"] or "")[:1] in DAYS_BACK or replaced is None:
        moment = None if said_at is None else moment_of(one.found, said_at)
    else:
        moment = _nearest(one.found, replaced, is_sure_over_midnight=said_at is not None)
    return None if moment is None or (said_at is not None and moment > said_at) else moment


def _nearest(found: re.Match[str], to: datetime, *, is_sure_over_midnight: bool) -> datetime | None:
    """00时10分 put right as 23时50分 is of the day before: known where the correction itself says when it was sent."""
    hour, minute = clock_of(found)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    same = to.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour, minutes=minute)
    nearest = min((same + timedelta(days=n) for n in (0, -1, 1)), key=lambda at: abs(at - to))
    return nearest if nearest == same or is_sure_over_midnight else None
