"""The earliest moment at which somebody can have seen or told anything of an event. What is dated before it belongs to another."""

from datetime import datetime, timedelta

from geo_housing import clock
from geo_housing.hazards.models import HazardEvent

# An event whose begin nobody stated is often entered hours after it began, and somebody may have been there meanwhile. One that
# states it (a warning is issued at a minute) begins then; water now and then comes before its warning.
BEFORE_IT_WAS_ENTERED = timedelta(hours=12)
BEFORE_IT_BEGAN = timedelta(hours=1)
# A begin that lies longer before the entry is the year or the month of another one, and opens no house with a signature of then.
BELIEVED_FOR = timedelta(days=30)


def earliest(event: HazardEvent) -> datetime:
    """Before this moment nobody has been at a house, or has told of it, because of the event."""
    if event.starts_at is not None and event.created_at - BELIEVED_FOR <= event.starts_at <= event.created_at:
        return event.starts_at - BEFORE_IT_BEGAN
    return event.created_at - BEFORE_IT_WAS_ENTERED


def began_said(event: HazardEvent) -> str:
    """When it began, as sentences name it beside a moment that lies before."""
    return f"{(event.starts_at or event.created_at).astimezone(clock.BEIJING):%m-%d %H:%M}"
