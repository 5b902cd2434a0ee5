"""Receiving warnings: what one would do to an event, figures first, and then doing it as a person has confirmed it.

A pasted text and a CAP message take the same way: a new event, or a further warning of one that is open. Nothing that
has begun is ever lost by it, and a lift withdraws nothing.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict
from geo_housing.evacuation.fetching import NOBODY, Fetched, returned_on
from geo_housing.hazards import overlay
from geo_housing.hazards.adding import Joining, add_warning
from geo_housing.hazards.bulletin.plain import to_plain
from geo_housing.hazards.divisions import zones_of_divisions
from geo_housing.hazards.first_list import FirstList, first_of_plan
from geo_housing.hazards.joining import (
    OpenEvent,
    Present,
    Proposal,
    Said,
    ZoneChange,
    overlaps,
    proposals,
    replaced_by,
    zone_change,
)
from geo_housing.hazards.models import HazardEvent, HazardWarning
from geo_housing.hazards.queries import Affected, affected_by_plan
from geo_housing.hazards.received import (
    Received,
    known_texts,
    open_events,
    present_warnings,
    present_zones,
    presents_of,
    warnings_of,
)
from geo_housing.hazards.service import EventDraft, create_event, lock_event
from geo_housing.hazards.sources import ZoneDraft, ZoneSource
from geo_housing.hazards.storing import Zoned
from geo_housing.policy.queries import effective
from geo_housing.response.changing import UNCHANGED, Changing, changing
from geo_housing.response.grounds import warn_again, would_warn_again
from geo_housing.response.service import Revised, open_added_houses

NOTHING = ZoneSource((), (), "EPSG:4490")


@dataclass(frozen=True)
class StatedArea:
    """A division as confirmed; ``text`` and ``extent`` are the words of the warning, ``level`` its own where it has one."""

    code: str
    name: str = ""
    text: str | None = None
    extent: str | None = None
    level: str | None = None


@dataclass(frozen=True)
class Stated:
    """One warning of a paste as a person states it.

    ``target`` is ``new``, ``first`` (the event of the first warning of the same paste) or the number of an event; ``ends``
    the warnings that it replaces or lifts, None for those that we would propose. ``revision`` is that of the event's zones
    when the difference was read. ``says_where``: the text names places, read or not.
    """

    part: int
    action: str
    kind: str
    areas: tuple[StatedArea, ...] = ()
    kind_text: str | None = None
    level: str | None = None
    former_level: str | None = None
    response_level: str | None = None
    issuer: str | None = None
    issued_at: datetime | None = None
    effective_at: datetime | None = None
    replaced_at: datetime | None = None
    mode: str = "actual"
    unread: tuple[tuple[str, str], ...] = ()
    target: str = "new"
    ends: tuple[int, ...] | None = None
    keep_unnamed: bool = True
    name: str | None = None
    revision: int | None = None
    says_where: bool = False

    def said(self) -> Said:
        """What of it decides where it belongs."""
        return Said(
            action=self.action,
            kind=self.kind,
            level=self.level,
            issuer=self.issuer,
            at=self.issued_at or clock.now(),
            mode=self.mode,
            areas=tuple((area.code, area.level) for area in self.areas),
            says_where=self.says_where,
        )


@dataclass(frozen=True)
class Effect:
    """What a warning would do to an event: nothing is stored.

    ``present`` are the event's warnings in force, ``ends`` those that this one replaces or lifts. ``affected`` is the event
    as it would be (of a lift: as it is); ``changing`` is what it does to the event; ``level_before`` None for a new one.
    """

    event: HazardEvent | None
    present: tuple[HazardWarning, ...]
    ends: tuple[int, ...]
    change: ZoneChange
    affected: Affected | None
    first: FirstList | None
    changing: Changing
    level_before: str | None


@dataclass(frozen=True)
class Done:
    """What became of one warning; ``is_new`` False when it was there already and nothing changed."""

    event: int
    is_new: bool
    action: str
    zoned: Zoned | None = None
    opened: int = 0
    to_withdraw: int = 0
    fetched: Fetched = NOBODY


def candidates(session: Session, actor: Actor, stated: Stated) -> tuple[Proposal, ...]:
    """Open events of the actor's area that the warning may belong to, the likeliest first."""
    return _proposed(session, actor, stated, open_events(session, actor.scope))


def held_above(session: Session, actor: Actor, stated: Stated) -> tuple[Proposal, ...]:
    """Open events of the areas above that already say what the warning says here: nothing further is to be made."""
    around = open_events(session, actor.scope, above=True)
    found = _proposed(session, actor, stated, around)
    codes = [area.code for area in stated.areas]
    return tuple(one for one in found if one.is_first_choice and (not codes or overlaps(codes, one.event.codes)))


def _proposed(session: Session, actor: Actor, stated: Stated, events: Sequence[OpenEvent]) -> tuple[Proposal, ...]:
    days = int(effective(session, "warning.same_days", area_code=actor.scope.lo, on=clock.today()).value)
    return proposals(stated.said(), events, same_days=days)


def effect_of(session: Session, actor: Actor, stated: Stated, event: HazardEvent | None) -> Effect:
    """Whom the warning concerns, and what it would change of ``event``."""
    scope = actor.scope
    present = tuple(present_warnings(session, event.id)) if event is not None else ()
    ends = _ends(stated, presents_of(session, event.id) if event is not None else [])
    zones = present_zones(session, event.id) if event is not None else []
    change = zone_change(stated.said(), zones, ends, keep_unnamed=stated.keep_unnamed)
    drafts = _drafts(session, stated, change.added)
    if event is None:
        found = affected_by_plan(session, overlay.values_of_plan((), drafts), scope) if drafts else None
        first = first_of_plan(session, overlay.values_of_plan((), drafts), scope) if drafts else None
        return Effect(None, present, ends, change, found, first, UNCHANGED, None)
    levels = {zone.id: zone.level for zone in zones}
    kept = [(one.zone_id, one.level or levels[one.zone_id]) for one in change.kept]
    differs, becomes = changing(session, actor, event, levels, kept, drafts)
    again = would_warn_again(session, event, stated.action, [area.code for area in stated.areas], ends)
    differs = replace(differs, fetched=returned_on(session, event.id, again))
    first = first_of_plan(session, overlay.values_of_plan(kept, drafts), scope)
    return Effect(event, present, ends, change, becomes, first, differs, event.level)


def digest_of(pasted: str) -> str:
    """What a paste is known again by, however its lines break and whichever width its digits have."""
    return hashlib.sha256(to_plain(pasted).text.encode()).hexdigest()


def known_before(session: Session, digest: str, stated: Stated) -> HazardWarning | None:
    """The same warning received before, for an event that is not over; else for one that is.

    The same is the same part of the same paste, or what says the same at the same time of no other place: pasted alone
    first, then with another one. What names a further place is told apart: nobody must be missed for a likeness.
    """
    found = [one for one in known_texts(session, digest) if one.part == stated.part]
    if stated.issuer and stated.issued_at:
        wanted = select(HazardWarning).where(
            HazardWarning.issued_at == stated.issued_at,
            HazardWarning.issuer == stated.issuer,
            HazardWarning.action == stated.action,
            HazardWarning.kind == stated.kind,
            HazardWarning.level.is_not_distinct_from(stated.level),
        )
        alike = session.scalars(wanted.order_by(HazardWarning.id.desc()).limit(20))
        codes = [area.code for area in stated.areas]
        found += [one for one in alike if all(_names(one, code) for code in codes)]
    open_ones = set(
        session.scalars(
            select(HazardEvent.id).where(
                HazardEvent.id.in_([one.event_id for one in found]), HazardEvent.phase.not_in(("closed", "mistaken"))
            )
        )
    )
    return next((one for one in found if one.event_id in open_ones), found[0] if found else None)


def _names(warning: HazardWarning, code: str) -> bool:
    return any(code.startswith(area["code"]) for area in warning.areas)


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
        known = _stored_already(session, own_id, digest, stated.part, target)
        if known is not None:
            done.append(Done(known, False, stated.action))
            continue
        if stated.action == "lift" and stated.says_where and not stated.areas:
            raise BadInput(
                "文中写明了解除的地方，但还没有选择是哪些。请勾选解除的乡镇、村；全县都解除的，勾选县名。没有勾选的预警继续有效。"
            )
        if target is None and not even_if_known:
            _refuse_known(session, digest, stated)
        if target is not None:
            _check_revision(session, target, stated, own_steps)
        received = _received(stated, pasted, digest, own_id)
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
    before = event.revision
    zoned = add_warning(session, actor, event_id, received, joining)
    # Before houses are added: on ground that is warned again they wait.
    fetched = warn_again(session, actor, event, received, warnings_of(session, event_id)[-1].id, joining.ends)
    if zoned.revision == before:
        return Revised(zoned, 0, 0, fetched)
    return replace(open_added_houses(session, actor, zoned), fetched=fetched)


def _target(stated: Stated, done: Sequence[Done]) -> int | None:
    """The number of the event, or None for a new one."""
    if stated.target == "new":
        return None
    if stated.target == "first":
        return done[0].event if done else None
    if not (stated.target.isascii() and stated.target.isdigit() and len(stated.target) < 10):
        raise BadInput("没有说明这条预警归入哪个事件，请选择“新建事件”或一个进行中的事件。")
    return int(stated.target)


def _stored_already(session: Session, own_id: str | None, digest: str, part: int, target: int | None) -> int | None:
    wanted = select(HazardWarning.event_id)
    if own_id is not None:
        found = session.scalar(wanted.where(HazardWarning.client_id == own_id))
        if found is not None:
            return found
    if target is None:
        return None
    return session.scalar(
        wanted.where(HazardWarning.event_id == target, HazardWarning.digest == digest, HazardWarning.part == part)
    )


def _refuse_known(session: Session, digest: str, stated: Stated) -> None:
    known = known_before(session, digest, stated)
    if known is None:
        return
    event = session.get(HazardEvent, known.event_id)
    if event is not None and event.phase not in ("closed", "mistaken"):
        at = known.received_at.astimezone(clock.BEIJING)
        raise Conflict(
            f"这条预警已由{known.received_by}于 {at:%m-%d %H:%M} 登记在 {event.id} 号事件“{event.name}”中，没有重复新建。"
            "确需另建事件的，请勾选“仍要另建”再登记。"
        )


def _received(stated: Stated, pasted: str, digest: str, own_id: str | None) -> Received:
    return Received(
        form="text",
        action=stated.action,
        kind=stated.kind,
        kind_text=stated.kind_text,
        level=None if stated.level == "ungraded" else stated.level,
        former_level=stated.former_level,
        response_level=stated.response_level,
        status="Actual" if stated.mode == "actual" else "Exercise",
        issuer=stated.issuer,
        issued_at=stated.issued_at,
        effective_at=stated.effective_at,
        replaced_at=stated.replaced_at,
        text=pasted,
        digest=digest,
        part=stated.part,
        areas=tuple(_area_json(area) for area in stated.areas),
        unread=tuple({"text": words, "sentence": sentence} for words, sentence in stated.unread),
        client_id=own_id,
    )


def _area_json(area: StatedArea) -> dict[str, Any]:
    return {"code": area.code, "name": area.name, "text": area.text, "extent": area.extent, "level": area.level}


def _new_event(session: Session, actor: Actor, stated: Stated, received: Received) -> Done:
    if stated.action == "lift":
        raise BadInput("这是一条解除，请选择它所解除的事件；没有对应的事件时不需要登记。")
    if not stated.areas:
        raise BadInput("还没有选择这条预警涉及的乡镇或村，不能新建事件。请在下面勾选。")
    change = zone_change(stated.said(), (), ())
    zones = tuple(zone for zone, _ in _drafts(session, stated, change.added))
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
    ends = _ends(stated, present)
    change = zone_change(stated.said(), present_zones(session, event_id), ends, keep_unnamed=stated.keep_unnamed)
    zones = tuple(zone for zone, _ in _drafts(session, stated, change.added))
    revised = join(session, actor, event_id, received, Joining(ends, change, replace(NOTHING, zones=zones)))
    return Done(event_id, True, stated.action, revised.zoned, revised.opened, revised.to_withdraw, revised.fetched)


def _ends(stated: Stated, present: Sequence[Present]) -> tuple[int, ...]:
    """As stated, as far as they are the event's; else as proposed."""
    if stated.ends is None:
        return replaced_by(stated.said(), present)
    known = {one.id for one in present}
    return tuple(warning for warning in stated.ends if warning in known)


def _drafts(session: Session, stated: Stated, added: Sequence[tuple[str, str]]) -> list[tuple[ZoneDraft, str]]:
    """The divisions that come as zones, each with its level; BadInput for one that is not known."""
    found: list[tuple[ZoneDraft, str]] = []
    for level in dict.fromkeys(level for _, level in added):
        source = zones_of_divisions(session, [code for code, own in added if own == level])
        found += [(replace(zone, level=level, kind=stated.kind), level) for zone in source.zones]
    return sorted(found, key=lambda one: str(one[0].whole_area))
