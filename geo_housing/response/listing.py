"""The list of those to be moved kept in step with an event: who joins it, who leaves it, within the step that changes it.

Before the disaster is over people join the list; entering 灾后排查 closes nothing, because nobody goes back before their house
is checked. The houses have been collected (hazards/concerned.py), the event's row is locked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from geo_housing.conclusions.homeward import unsafe_houses
from geo_housing.db import Actor
from geo_housing.evacuation import opening
from geo_housing.evacuation.opening import Listing
from geo_housing.evacuation.queries import has_rows, move_policy, standing_on
from geo_housing.hazards.grounds import entered_grounds
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import Heads
from geo_housing.scope import AreaScope

# While a disaster is expected or goes on people are moved; afterwards houses are looked at.
LISTING_PHASES = ("warning", "ongoing")


@dataclass(frozen=True)
class ListMoves:
    """What became of the list, in 户: ``opened`` new, ``kept`` standing before, ``withdrawn`` left and not begun."""

    opened: int = 0
    kept: int = 0
    withdrawn: int = 0


def bring_in_step(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    *,
    batch_id: int,
    at: datetime,
    scope: AreaScope,
    areas: Sequence[str],
    withdraws: bool,
) -> ListMoves:
    """Put on the list who must be moved now; with ``withdraws`` take off it who left the zones and is not begun."""
    # A household may have been entered before the first respond.
    is_first = not event.responded_areas and not has_rows(session, event.id)
    listing = Listing(event.id, event.revision, batch_id, at, actor.called, is_first)
    opened = kept = withdrawn = 0
    # On ground that has entered 灾后排查 houses are looked at already: nobody joins, who stands there stays.
    over = sorted(entered_grounds(session, event)) if event.phase in LISTING_PHASES else None
    if over is not None:
        found = opening.decide_collected(session, event.kind, move_policy(session, event.scope_code), over=over)
        # Also where no rule lists anybody any more: who stands there is told that.
        if found.households or not is_first:
            done = opening.open_decided(session, listing)
            opened, kept = done.opened, done.kept
    if withdraws and not is_first:
        withdrawn = opening.withdraw_left(session, listing, scope, areas=areas, spared=unsafe_houses(session, event))
    return ListMoves(opened, kept + standing_on(session, event.id, scope, grounds=over), withdrawn)


def would_list(session: Session, event: HazardEvent) -> Heads | None:
    """Who of the houses collected must be moved; None when no list is made for such an event, or any more."""
    policy = move_policy(session, event.scope_code)
    if event.phase not in LISTING_PHASES or not policy.makes_list(event.kind):
        return None
    return opening.decide_collected(session, event.kind, policy, over=sorted(entered_grounds(session, event)))


def withdraw_all(
    session: Session, actor: Actor, event: HazardEvent, *, batch_id: int, at: datetime, spared: Collection[int]
) -> int:
    """误发撤销: take everybody off the list who is not begun, but for the houses ``spared``; how many households."""
    listing = Listing(event.id, event.revision, batch_id, at, actor.called, is_first=False)
    return opening.withdraw_all(session, listing, spared=spared)
