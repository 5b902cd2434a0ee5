"""What the first page of a link shows, one section per kind of work, in the order of the night.

A further kind of work adds its line here: a template under web/templates and what it shows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.evacuation.queries import households_listed
from geo_housing.hazards.without_home import without_home_of_event
from geo_housing.links.moves import village_moves
from geo_housing.links.queries import village_houses
from geo_housing.links.recognition import Holder
from geo_housing.scope import AreaScope


@dataclass(frozen=True)
class Section:
    """One kind of work: its template is given ``section``, what ``content`` found."""

    name: str
    template: str
    content: Callable[[Session, Actor, Holder], Any]


def _houses(session: Session, actor: Actor, holder: Holder) -> Any:
    del actor
    return village_houses(session, holder)


def _without_home(session: Session, actor: Actor, holder: Holder) -> Any:
    """Who waits for a home and is not on the list: the village alone knows where they sleep."""
    del actor
    found = without_home_of_event(session, holder.event_id, AreaScope(holder.village))
    listed = households_listed(session, holder.event_id, [family.household_id for family in found])
    return [family for family in found if family.household_id not in listed]


# Lives first: who must be fetched, and who must be found, stand before what must be looked at.
SECTIONS: tuple[Section, ...] = (
    Section("moves", "links/moves.html", village_moves),
    Section("without-home", "links/without_home.html", _without_home),
    Section("houses", "links/houses.html", _houses),
)
