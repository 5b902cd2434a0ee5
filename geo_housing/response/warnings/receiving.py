"""Receiving warnings as a person has confirmed them (effect.py says before what one would do).

A pasted text and a CAP message take the same way: a new event, or a further warning of one that is open. Nothing that
has begun is ever lost by it, and a lift withdraws nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict
from geo_housing.hazards.adding import Joining, add_warning
from geo_housing.hazards.grounds import codes_of
from geo_housing.hazards.received import (
    Received,
    present_zones,
    presents_of,
    warnings_of,
    with_replaced,
)
from geo_housing.hazards.renaming import begin_otherwise
from geo_housing.hazards.service import EventDraft, create_event, lock_event
from geo_housing.hazards.sources import ZoneSource
from geo_housing.hazards.storing import Zoned
from geo_housing.hazards.zone_change import zone_change
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.response.grounds import grounds_in_aftermath, warn_again
from geo_housing.response.service import Revised, open_added_houses
from geo_housing.response.warnings.late import require_stated
from geo_housing.response.warnings.received_before import digest_of, refuse_known, stored_already
from geo_housing.response.warnings.stated import Stated, drafts_of, ends_of, record_of, require_corrected, require_rest

NOTHING = ZoneSource((), (), "EPSG:4490")


@dataclass(frozen=True)
class Done:
    """What became of one warning; ``is_new`` False when it was there already and nothing changed."""

    event: int
    is_new: bool
    action: str
    zoned: Zoned | None = None
    opened: int = 0
    to_withdraw: int = 0
    fetched: Heads = NOBODY


def receive(
    session: Session,
    actor: Actor,
    pasted: str,
    warnings: Sequence[Stated],
    *,
    client_id: str | None = None,
    even_if_known: bool = False,
) -> list[Done]:
    """Store warnings of one paste as confirmed, all or none; the same sent twice is stored once.

    Conflict for a new event out of a text that stands in an open one, unless ``even_if_known``.
    """
    if not warnings:
        raise BadInput("没有选择要登记的预警。")
    digest = digest_of(pasted)
    # Two people with the same text in hand come one after the other; the second is told.
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:value, 0))"), {"value": digest})
    done: list[Done] = []
    # Of each event the revision that this press itself has led to.
    own_steps: dict[int, int] = {}
    for stated in warnings:
        own_id = f"{actor.name}:{client_id}:{stated.part}" if client_id else None
        target = _target(stated, done)
        known = stored_already(session, own_id, digest, stated.part, target)
        if known is not None:
            done.append(Done(known, False, stated.action))
            continue
        if stated.action == "lift" and stated.says_where and not stated.areas:
            raise BadInput(
                "文中写明了解除的地方，但还没有选择是哪些。请勾选解除的乡镇、村；全县都解除的，勾选县名。没有勾选的预警继续有效。"
            )
        if target is None and not even_if_known:
            refuse_known(session, digest, stated)
        if target is not None:
            _check_revision(session, target, stated, own_steps)
        received = record_of(stated, pasted, digest, own_id)
        done.append(_new_event(session, actor, stated, received) if target is None else
                    _joined(session, actor, stated, received, target))  # fmt: skip
    return done


def _check_revision(session: Session, event_id: int, stated: Stated, own_steps: dict[int, int]) -> None:
    """Conflict when the zones are others than those that the difference was shown for."""
    present = lock_event(session, event_id).revision
    start = own_steps.setdefault(event_id, present)
    if stated.revision is not None and stated.revision != start:
        raise Conflict(
            f"{event_id} 号事件的影响范围刚被改过，现在是第 {present} 版，您的没有登记。请核对下面新的差别，再确认一次。"
        )


def join(session: Session, actor: Actor, event_id: int, received: Received, joining: Joining) -> Revised:
    """Add a warning to an event; where tasks were given, added houses get theirs at once and nothing is withdrawn yet."""
    event = lock_event(session, event_id)
    before, entered = event.revision, grounds_in_aftermath(session, event)
    zoned = add_warning(session, actor, event_id, received, joining)
    # Before houses are added: on ground that is warned again they wait.
    fetched = warn_again(session, actor, event, received, warnings_of(session, event_id)[-1].id, joining.ends, entered)
    if zoned.revision == before:
        return Revised(zoned, 0, 0, fetched)
    return replace(open_added_houses(session, actor, zoned, by_warning=True), fetched=fetched)


def _target(stated: Stated, done: Sequence[Done]) -> int | None:
    """The number of the event, or None for a new one."""
    if stated.target == "new":
        return None
    if stated.target == "first":
        return done[0].event if done else None
    if not (stated.target.isascii() and stated.target.isdigit() and len(stated.target) < 10):
        raise BadInput("没有说明这条预警归入哪个事件，请选择“新建事件”或一个进行中的事件。")
    return int(stated.target)


def _new_event(session: Session, actor: Actor, stated: Stated, received: Received) -> Done:
    if stated.action == "lift":
        raise BadInput("这是一条解除，请选择它所解除的事件；没有对应的事件时不需要登记。")
    if not stated.areas:
        raise BadInput("还没有选择这条预警涉及的乡镇或村，不能新建事件。请在下面勾选。")
    change = zone_change(stated.said(), (), ())
    zones = tuple(zone for zone, _ in drafts_of(session, stated, change.added))
    draft = EventDraft(
        name=stated.name,
        kind=stated.kind,
        kind_text=stated.kind_text,
        level=change.level,
        source="text",
        mode=stated.mode,
        warning=received,
        issuer=stated.issuer,
        starts_at=stated.effective_at or stated.issued_at,
        expires_at=stated.expires_at,
        client_id=received.client_id,
    )
    zoned = create_event(session, actor, draft, ZoneSource(zones, (), "EPSG:4490"))
    return Done(zoned.event_id, zoned.is_new, stated.action, zoned)


def _joined(session: Session, actor: Actor, stated: Stated, received: Received, event_id: int) -> Done:
    event = lock_event(session, event_id)
    if event.mode != stated.mode:
        words = ("演练", "实际") if event.mode == "drill" else ("实际", "演练")
        raise Conflict(f"{event_id} 号事件是{words[0]}事件，{words[1]}预警不能归入。请新建事件。")
    present = presents_of(session, event_id)
    received = require_stated(session, event_id, received, codes_of(received), is_over=stated.is_over)
    ends = ends_of(stated, present)
    require_corrected(stated, present, ends)
    theirs = with_replaced(ends, present)
    change = zone_change(stated.said(), present_zones(session, event_id), theirs, keep_unnamed=stated.keep_unnamed)
    require_rest(stated, change)
    zones = tuple(zone for zone, _ in drafts_of(session, stated, change.added))
    revised = join(session, actor, event_id, received, Joining(ends, change, replace(NOTHING, zones=zones)))
    if stated.corrected_at is not None and stated.issued_at is not None:
        wrong = [one.issued_at for one in present if one.id in ends]
        begin_otherwise(session, actor, event, wrong, stated.issued_at)
    return Done(event_id, True, stated.action, revised.zoned, revised.opened, revised.to_withdraw, revised.fetched)
