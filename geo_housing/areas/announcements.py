"""What the room of divisions announces; apart from the services, so that every command can know it at little cost."""

from dataclasses import dataclass

from geo_housing.journal.announcements import Announcement


@dataclass(frozen=True)
class OutlinesChanged(Announcement):
    """Outlines of these divisions were loaded or changed: houses may stand in another village now."""

    codes: tuple[str, ...]
