"""Those who are home and must be fetched once more: their ground is warned again, or their house was found unsafe.

Whoever is 已返回 counts as 已转. When what allowed the return no longer holds the row goes back to 待转移 by a step that is
kept, so that they are called again and no figure says that they are safe. Nobody takes such a step back: they are entered anew.
"""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlalchemy.orm import Session

from geo_housing.area_codes import TOWNSHIP_DIGITS
from geo_housing.db import Actor
from geo_housing.evacuation.models import Evacuation, EvacuationStep
from geo_housing.evacuation.states import FOUND_UNSAFE, MOVED, WARNED_AGAIN, Said, combined
from geo_housing.evacuation.steps import apply_said, said_of
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.houses.models import HouseHousehold
from geo_housing.journal.service import Subject, record


def returned_on(session: Session, event_id: int, grounds: Collection[str]) -> Heads:
    """Who is home on these grounds (townships), as far as the actor sees them."""
    one = Evacuation
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(one.people), 0), func.count() - func.count(one.people)).where(
            one.event_id == event_id, one.withdrawn_at.is_(None), one.state == "returned", _on(grounds)
        )
    ).one()
    return Heads(row[0], row[1] or 0, row[2])


def fetch_from_grounds(
    session: Session, actor: Actor, event_id: int, grounds: Collection[str], *, at: datetime, batch_id: int
) -> Heads:
    """A warning names these grounds again: who has returned there is 待转移. The event's row is locked."""
    return _fetched(session, actor, event_id, _on(grounds), lambda row: True, WARNED_AGAIN, at=at, batch_id=batch_id)


def fetch_from_house(
    session: Session, actor: Actor, event_id: int, house_id: int, *, at: datetime, must_leave: Callable[[], bool]
) -> Heads:
    """A house was judged anew: who has returned to it is 待转移 when they ``must_leave``."""
    # Where the register has given a family another home since it was fetched, it has returned to that one.
    lives = select(HouseHousehold.household_id).where(
        HouseHousehold.house_id == house_id, HouseHousehold.relation == "lives", HouseHousehold.to_on.is_(None)
    )
    is_there = or_(Evacuation.house_id == house_id, Evacuation.household_id.in_(lives))
    return _fetched(session, actor, event_id, is_there, lambda row: must_leave(), FOUND_UNSAFE, at=at, batch_id=None)


def _on(grounds: Collection[str]) -> ColumnElement[bool]:
    return func.left(Evacuation.scope_code, TOWNSHIP_DIGITS).in_(sorted(grounds))


def _fetched(
    session: Session,
    actor: Actor,
    event_id: int,
    which: ColumnElement[bool],
    must_leave: Callable[[Evacuation], bool],
    act: str,
    *,
    at: datetime,
    batch_id: int | None,
) -> Heads:
    # All who are out of danger are locked, not only who is home by now: a return that is being entered is waited for.
    rows = session.scalars(
        select(Evacuation)
        .where(Evacuation.event_id == event_id, Evacuation.withdrawn_at.is_(None), Evacuation.state.in_(MOVED), which)
        .order_by(Evacuation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    home = [row for row in rows if row.state == "returned" and must_leave(row)]
    if not home:
        return NOBODY
    steps = []
    for row in home:
        after = combined(said_of(row), Said(state="pending"), frozenset({"state"}), now=at)
        steps.append(apply_said(row, after, actor, act=act, batch_id=batch_id))
    session.flush()
    session.execute(insert(EvacuationStep), steps)
    # Of a warning by township; of a house where it is, because whoever found it may see no more than their village.
    length = TOWNSHIP_DIGITS if act == WARNED_AGAIN else None
    found = Heads(len(home), sum(row.people or 0 for row in home), sum(row.people is None for row in home))
    for code, count in sorted(Counter(row.scope_code[:length] for row in home).items()):
        record(
            session,
            actor,
            f"evacuation.{act}",
            Subject("event", str(event_id), code),
            counts={"households": count},
            diff={"evacuation": ["returned", "pending"]},
            batch_id=batch_id,
        )
    return found
