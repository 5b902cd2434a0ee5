"""Now and today, in one place: moments are aware, official days are Asia/Shanghai."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment in Beijing time."""
    return datetime.now(BEIJING)


def today() -> date:
    """The official day of the present moment."""
    return now().date()
