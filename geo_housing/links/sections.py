"""What the first page of a link shows, one section per kind of work, in the order of the night.

A further kind of work adds its line here: a template under web/templates and what it shows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.links.moves import village_moves
from geo_housing.links.queries import village_houses
from geo_housing.links.recognition import Holder


@dataclass(frozen=True)
class Section:
    """One kind of work: its template is given ``section``, what ``content`` found."""

    name: str
    template: str
    content: Callable[[Session, Actor, Holder], Any]


def _houses(session: Session, actor: Actor, holder: Holder) -> Any:
    del actor
    return village_houses(session, holder)


# Lives first: who must be fetched stands before what must be looked at.
SECTIONS: tuple[Section, ...] = (
    Section("moves", "links/moves.html", village_moves),
    Section("houses", "links/houses.html", _houses),
)
