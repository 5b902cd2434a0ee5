"""What the first page of a link shows, one section per kind of work, in the order of the night.

A further kind of work (who must be fetched) adds its line here: a template under web/templates and what it shows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.db import Actor
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


SECTIONS: tuple[Section, ...] = (Section("houses", "links/houses.html", _houses),)
