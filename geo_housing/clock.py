"""Now and today, in one place: moments are aware, official days are Asia/Shanghai."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from geo_housing.errors import BadInput, Fault
from geo_housing.numbers import half_width

BEIJING = ZoneInfo("Asia/Shanghai")
# An earlier year in a form is a slip of the finger: 0026, 1026.
FIRST_YEAR = 1900
# Nobody types more for a moment; the patterns below are slow on a thousand spaces.
LONGEST = 60

_DATE = (
    r"(?:(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*[日号]?"
    r"|(?P<bare_year>\d{4})(?P<bare_month>\d\d)(?P<bare_day>\d\d))"
)
_TIME = r"(?P<hour>\d{1,2})\s*(?:[:时点]\s*(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.\d+)?|\s*分)?|[时点])"
_DAY = re.compile(_DATE, re.ASCII)
# Seconds and the offset are written by scripts.
_MOMENT = re.compile(rf"{_DATE}(?:(?:\s*T\s*|\s+|(?<=[日号])){_TIME}\s*(?P<zone>Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


def now() -> datetime:
    """The present moment in Beijing time."""
    return datetime.now(BEIJING)


def day_typed(text: str | None, label: str, *, field: str | None = None) -> date | None:
    """A day that somebody typed: 2026-07-19, 2026/7/19, 2026年7月19日; None for nothing.

    BadInput names the field by its ``label`` for anything else; ``field`` is its name in the form.
    """
    said = half_width(text or "")
    if not said:
        return None
    found = _DAY.fullmatch(said) if len(said) <= LONGEST else None
    if day := found and _day(found):
        return day
    raise _refused(f"“{label}”请填成 2026-07-19 这样的日期。", said, field)


def moment_typed(text: str | None, label: str, *, field: str | None = None) -> datetime | None:
    """A moment that somebody typed, in the county's time: 2026-07-19 06:30, T or 点 between too; a day is its beginning.

    None for nothing, BadInput as ``day_typed``.
    """
    said = half_width(text or "")
    if not said:
        return None
    found = _MOMENT.fullmatch(said) if len(said) <= LONGEST else None
    if moment := found and _moment(found):
        return moment
    raise _refused(f"“{label}”请填成 2026-07-19 06:30 这样的时间。", said, field)


def typed_until(text: str | None, label: str) -> datetime | None:
    """Up to when somebody asks who types a minute: its end, so that what was done in it is in it. Of this minute: until now."""
    minute, present = moment_typed(text, label), now()
    if minute is None:
        return None
    end = minute.replace(second=59, microsecond=999_999)
    return present if minute <= present <= end else end


def on_paper(at: datetime) -> str:
    """A moment as papers and pictures write it, in the county's time: 2026年7月12日02:41."""
    local = at.astimezone(BEIJING)
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"


def today() -> date:
    """The official day of the present moment."""
    return now().date()


def _day(found: re.Match[str]) -> date | None:
    year, month, day = (int(found[name] or found[f"bare_{name}"]) for name in ("year", "month", "day"))
    try:
        return date(year, month, day) if year >= FIRST_YEAR else None
    except ValueError:
        return None


def _moment(found: re.Match[str]) -> datetime | None:
    day = _day(found)
    if day is None:
        return None
    try:
        at = time(int(found["hour"] or 0), int(found["minute"] or 0), int(found["second"] or 0))
        zone = datetime.strptime(found["zone"], "%z").tzinfo if found["zone"] else BEIJING
        return datetime.combine(day, at, zone).astimezone(BEIJING)
    except (ValueError, OverflowError):
        # 25:00; beyond the calendar's last day in the county's time.
        return None


def _refused(sentence: str, said: str, field: str | None) -> BadInput:
    return BadInput(sentence, faults=[Fault(None, field, said[:30], sentence.removesuffix("。"))] if field else [])
