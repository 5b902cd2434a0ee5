"""Now and today, in one place: moments are aware, official days are Asia/Shanghai."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment in Beijing time."""
    return datetime.now(BEIJING)


def typed(text: str) -> datetime:
    """A moment from a form's field, whose time is local; ValueError when it is none."""
    at = datetime.fromisoformat(text.strip())
    return at if at.tzinfo else at.replace(tzinfo=BEIJING)


def typed_until(text: str) -> datetime:
    """Up to when somebody asks who types a minute: its end, so that what was done in it is in it. Of this minute: until now."""
    minute, present = typed(text), now()
    end = minute.replace(second=59, microsecond=999_999)
    return present if minute <= present <= end else end


def today() -> date:
    """The official day of the present moment."""
    return now().date()
