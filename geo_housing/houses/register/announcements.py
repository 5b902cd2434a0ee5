"""What the register announces to the rooms above (connected in geo_housing/reactions.py)."""

from dataclasses import dataclass

from geo_housing.journal.announcements import Announcement


@dataclass(frozen=True)
class HousesToJoin(Announcement):
    """A house is about to end as a duplicate, or to come back: whoever takes a turn for it takes it now, before houses are held."""


@dataclass(frozen=True)
class HousesJoined(Announcement):
    """A house was a duplicate of another one, which is kept and has its families now."""

    ended_id: int
    kept_id: int


@dataclass(frozen=True)
class HousesParted(Announcement):
    """A house that had ended as a duplicate is one of its own again; its families have come back to it."""

    house_id: int
    kept_id: int
