"""What this room and the one of conclusions announce to rooms above (connected in geo_housing/reactions.py)."""

from dataclasses import dataclass

from geo_housing.journal.announcements import Announcement


@dataclass(frozen=True)
class HouseJudged(Announcement):
    """Of a house after an event something worse was found or reported, or a technician has signed."""

    event_id: int
    house_id: int
