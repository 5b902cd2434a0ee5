"""Whom to telephone after 误发撤销 about those who were only told as a figure: where, how many, and who answers there.

A village's link ended with the event, and what it answers is the same for every link that opens nothing. So nobody is asked
through it: whoever told the figure and the roster's people of the place know who they are.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import is_village, with_townships
from geo_housing.areas.queries import names_of
from geo_housing.db import Actor
from geo_housing.evacuation.still_to_name import Unnamed, figures_to_name
from geo_housing.hazards.models import HazardEvent
from geo_housing.roster.queries import ContactRow, calling_orders
from geo_housing.scope import AreaScope

# Whoever is further down the order is found in the roster.
MOST_PEOPLE = 3


@dataclass(frozen=True)
class ToAsk:
    """One figure with names missing; ``people`` in the order of calling, their numbers masked, without the reader's own desk.

    ``is_whole``: it tells of a township or county, and nobody has told in which village they live.
    """

    figure: Unnamed
    place: str
    is_whole: bool
    is_own: bool
    people: tuple[ContactRow, ...]


def whom_to_ask(session: Session, actor: Actor, event: HazardEvent, scope: AreaScope) -> list[ToAsk]:
    """The figures of the scope, and those above it, that still lack names; nothing for a village, which knows its people."""
    if is_village(actor.scope.prefix):
        return []
    figures = figures_to_name(session, event, scope)
    codes = [figure.area for figure in figures]
    names = names_of(session, with_townships(codes))
    orders = calling_orders(session, codes, clock.today())
    own = actor.scope.prefix
    return [
        ToAsk(
            figure,
            " ".join(names.get(code, code) for code in sorted(with_townships([figure.area])) if code != own),
            is_whole=not is_village(figure.area),
            is_own=figure.area == own,
            people=tuple(row for row in orders[figure.area] if row.area_code != own)[:MOST_PEOPLE],
        )
        for figure in figures
    ]
