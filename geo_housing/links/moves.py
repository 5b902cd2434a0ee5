"""Whom to fetch, by a link: the households to be moved of one village in one event, how each stands, taking back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotFound
from geo_housing.evacuation import service
from geo_housing.evacuation.homeward import on_the_way_home
from geo_housing.evacuation.models import Evacuation
from geo_housing.evacuation.queries import last_step
from geo_housing.evacuation.rows import EvacuationRow, rows_of
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import ON_A_FORECAST, Said
from geo_housing.evacuation.take_over import take_over
from geo_housing.hazards.began import earliest
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.register import personal
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing
from geo_housing.links.recognition import Holder
from geo_housing.roster.queries import ShelterRow, shelters_of
from geo_housing.scope import AreaScope

# What a village says by its link; who may return is said by those who know how the house was found.
STATES = ("moved_to_shelter", "moved_to_kin", "away", "refused", "unreachable", "pending")
# What it says beside: how many they are, where to, and a word.
STATED = frozenset({"state", "people", "shelter_id", "note"})
# A page that a phone can hold; no village of the county has a third of it.
MOST_MOVES = 1_000


@dataclass(frozen=True)
class VillageMove:
    """One household of the list; ``step`` is the last change where this link made it: it can be taken back."""

    row: EvacuationRow
    step: int | None = None


@dataclass(frozen=True)
class VillageMoves:
    """The village's list: who is not moved first, then who must be fetched first."""

    rows: tuple[EvacuationRow, ...]
    shelters: tuple[ShelterRow, ...] = ()

    @property
    def left(self) -> int:
        """未转 (户)."""
        return sum(not row.is_moved for row in self.rows)


def village_moves(session: Session, actor: Actor, holder: Holder) -> VillageMoves:
    """Who must be fetched in the village."""
    scope = AreaScope(holder.village)
    rows = rows_of(session, actor, holder.event_id, scope, limit=MOST_MOVES)
    home = on_the_way_home(session, actor, session.get_one(HazardEvent, holder.event_id), scope)
    return VillageMoves(tuple(home.told(rows)), tuple(shelters_of(session, scope)))


def move_of_link(session: Session, actor: Actor, holder: Holder, row_id: int) -> VillageMove:
    """One household of the village in the event; NotFound for every other one."""
    found = rows_of(session, actor, holder.event_id, AreaScope(holder.village), only=[row_id])
    if not found:
        raise NotFound("没有这一户，或已从转移名单撤下；请回到名单重新选择。")
    last = last_step(session, row_id)
    is_own = last is not None and last.act == "enter" and last.entered_by == actor.called
    return VillageMove(found[0], last.id if last is not None and is_own else None)


def enter_move(
    session: Session,
    actor: Actor,
    holder: Holder,
    row_id: int,
    *,
    said: Said,
    stated: frozenset[str],
    version: int,
    client_id: str | None = None,
    ago: int = 0,
) -> VillageMove:
    """Say how a household stands, how many they are, where to; the same ``client_id`` again changes nothing.

    An older ``version`` is refused, so is a shelter that does not serve the village. ``ago``: so many seconds before it was sent
    it was said; who was fetched at two without network has not moved at six.
    """
    stood = move_of_link(session, actor, holder, row_id).row
    if said.state not in STATES:
        why = "通过村级链接不能登记为这个状态；住户返回由乡镇或县里登记。"
        raise BadInput(why, faults=[Fault(None, "state", said.state, why)])
    offered = {None, *(one.id for one in shelters_of(session, AreaScope(holder.village)))}
    if "shelter_id" in stated and said.shelter_id not in offered:
        why = "没有这个安置点，或已关闭；请重新选，或在备注里写明去向。"
        raise BadInput(why, faults=[Fault(None, "shelter_id", None, why)])
    stated &= STATED
    said_at = _said_at(session, holder, row_id, ago) if said.state != stood.state else None
    if said_at is not None:
        said, stated = replace(said, moved_at=said_at), stated | {"moved_at"}
    entry = MoveEntry(said, stated, version, client_id)
    service.enter(session, actor, holder.event_id, row_id, entry, hindrance=_never)
    return move_of_link(session, actor, holder, row_id)


def take_move_over(
    session: Session,
    actor: Actor,
    holder: Holder,
    row_id: int,
    *,
    said: Said,
    stated: frozenset[str],
    version: int,
    client_id: str | None = None,
) -> VillageMove:
    """接转: where another event that goes on has this family of the village, it is here, too; the same ``client_id`` is once.

    How many they are and a word may be said beside. Nobody returns by it.
    """
    move_of_link(session, actor, holder, row_id)
    beside = MoveEntry(said, stated & STATED)
    shown = [(row_id, version)]
    take_over(session, actor, holder.event_id, shown, hindrance=_never, client_id=client_id, beside=beside)
    return move_of_link(session, actor, holder, row_id)


def undo_move(session: Session, actor: Actor, holder: Holder, row_id: int, step_id: int) -> VillageMove:
    """Take the last change back; twice is once."""
    move_of_link(session, actor, holder, row_id)
    service.undo(session, actor, holder.event_id, row_id, step_id, hindrance=_never)
    return move_of_link(session, actor, holder, row_id)


def reveal_phone(session: Session, actor: Actor, holder: Holder, row_id: int, *, ring: KeyRing) -> str:
    """The household's full number; each look stands in the journal."""
    row = move_of_link(session, actor, holder, row_id).row
    if row.household_id is None or row.phone_masked is None:
        raise NotFound("这户没有登记联系电话。")
    number = personal.phone_of(session, row.household_id, ring=ring)
    subject = Subject("evacuation", str(row.id), holder.village)
    record(session, actor, "links.reveal", subject, counts={"households": 1})
    return number


def move_json(move: VillageMove) -> dict[str, Any]:
    """One household for the page's script: how it stands, and no name."""
    row = move.row
    return {
        "id": row.id,
        "version": row.version,
        "state": row.state,
        "said": row.state_said,
        "told": _told(row),
        "people": row.people,
        "shelter_id": row.shelter_id,
        "to": row.to,
        "note": row.note,
        "is_moved": row.is_moved,
        "entered_by": row.entered_by,
        "step": move.step,
    }


def _said_at(session: Session, holder: Holder, row_id: int, ago: int) -> datetime | None:
    """When it was said by the server's clock; None where that is now, or cannot be: then the phone's clock was set meanwhile.

    Nobody can press a row before it stands on the list.
    """
    now = clock.now()
    opened_at = session.scalars(select(Evacuation.opened_at).where(Evacuation.id == row_id)).one()
    first = max(opened_at, earliest(session.get_one(HazardEvent, holder.event_id)) - ON_A_FORECAST)
    return now - timedelta(seconds=ago) if 0 < ago <= (now - first).total_seconds() else None


def _told(row: EvacuationRow) -> str:
    """All that a village says of a household in one line, to be set against what somebody else has said."""
    people = "" if row.people is None else f"{row.people}人"
    return " ".join(part for part in (row.state_said, f"→ {row.to}" if row.to else "", people, row.note) if part)


def _never(row: Evacuation, note: str | None) -> str | None:
    del row, note
    raise Conflict("通过村级链接不能登记为这个状态；住户返回由乡镇或县里登记。")
