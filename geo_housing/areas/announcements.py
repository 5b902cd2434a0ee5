"""What the room of divisions announces; apart from the services, so that every command can know it at little cost."""

from dataclasses import dataclass

from geo_housing.journal.announcements import Announcement


@dataclass(frozen=True)
class OutlinesChanged(Announcement):
    """Outlines of these divisions were loaded or changed, or they are new: houses may stand in another village now."""

    codes: tuple[str, ...]


@dataclass(frozen=True)
class AreaEnded(Announcement):
    """A division has been abolished; what was registered there belongs to the successor, where there is one."""

    code: str
    name: str
    successor: str | None


@dataclass(frozen=True)
class AreaReopened(Announcement):
    """An abolished division is back; ``heirs`` are those that took it over, one after the other."""

    code: str
    heirs: tuple[str, ...]
