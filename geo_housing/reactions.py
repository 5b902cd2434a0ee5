"""The one visible table of what upper rooms do when a lower room announces something (design, layout)."""

from geo_housing.areas.announcements import OutlinesChanged
from geo_housing.houses.boundaries import replace_houses
from geo_housing.journal.announcements import Announcement, Handler, connect

REACTIONS: dict[type[Announcement], tuple[Handler, ...]] = {
    OutlinesChanged: (replace_houses,),
}


def connect_reactions() -> None:
    """Make announcements reach their handlers; called when the service or a command starts."""
    connect(REACTIONS)
