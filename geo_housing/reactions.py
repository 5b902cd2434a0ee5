"""The one visible table of what upper rooms do when a lower room announces something (design, layout)."""

from sqlalchemy.orm import Session

from geo_housing.areas.announcements import AreaEnded, AreaReopened, OutlinesChanged
from geo_housing.db import Actor
from geo_housing.hazards.area_ends import hand_on_standing_areas, refuse_while_concerned
from geo_housing.hazards.freezing import begin_entry
from geo_housing.houses.boundaries import give_back, replace_houses, take_over
from geo_housing.houses.register.announcements import HousesJoined, HousesParted, HousesToJoin
from geo_housing.inspections.announcements import HouseJudged
from geo_housing.journal.announcements import Announcement, Handler, connect
from geo_housing.roster.area_ends import give_back_roster, hand_on_roster


def follow_outlines(session: Session, actor: Actor, change: OutlinesChanged) -> int:
    """Zones that count today touch other divisions now; before the houses, in the order in which everybody locks."""
    from geo_housing.hazards.outlines import follow_outlines as follow

    return follow(session, actor, change)


def fetch_back(session: Session, actor: Actor, judged: HouseJudged) -> object:
    """Whoever is home in a house that was found to be dangerous is fetched once more."""
    # Shapes and conclusions are loaded by whoever judges a house, not by every command.
    from geo_housing.response.returning import fetch_back as fetch

    return fetch(session, actor, judged)


def list_found(session: Session, actor: Actor, judged: HouseJudged) -> object:
    """Whoever lives in a house that was found damaged is to be moved, whatever the rules had said before."""
    from geo_housing.response.found_dangerous import list_found as found

    return found(session, actor, judged)


def follow_kept(session: Session, actor: Actor, joined: HousesJoined) -> None:
    """What the night knows of a house that was registered twice stands under the one that is kept."""
    from geo_housing.response.joining import follow_kept as follow

    follow(session, actor, joined)


def come_apart(session: Session, actor: Actor, parted: HousesParted) -> list[str]:
    """What was brought together by mistake stands under its own house again; what does not is told."""
    from geo_housing.response.joining import come_apart as apart

    return apart(session, actor, parted)


def take_turn(session: Session, actor: Actor, coming: HousesToJoin) -> None:
    """Whoever enters takes their turn before they hold any house: a report that waits to freeze would close a circle."""
    begin_entry(session)


def conclusions_follow(session: Session, actor: Actor, joined: HousesJoined) -> object:
    """Last: it judges the house with its tasks and people."""
    from geo_housing.conclusions.joining import follow_kept as follow

    return follow(session, actor, joined)


def conclusions_part(session: Session, actor: Actor, parted: HousesParted) -> list[str]:
    """A permit that came with a duplicate lets nobody home once the two are apart again."""
    from geo_housing.conclusions.joining import come_apart as apart

    return apart(session, actor, parted)


REACTIONS: dict[type[Announcement], tuple[Handler, ...]] = {
    AreaEnded: (refuse_while_concerned, take_over, hand_on_standing_areas, hand_on_roster),
    AreaReopened: (give_back, give_back_roster),
    OutlinesChanged: (follow_outlines, replace_houses),
    HouseJudged: (fetch_back, list_found),
    HousesToJoin: (take_turn,),
    HousesJoined: (follow_kept, conclusions_follow),
    HousesParted: (come_apart, conclusions_part),
}


def connect_reactions() -> None:
    """Make announcements reach their handlers; called when the service or a command starts."""
    connect(REACTIONS)
