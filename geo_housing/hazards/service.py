"""Events and their zones: stored whole or not at all, cut into cells for the overlay, revised, never edited."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.hazards.cap import CapMessage
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.freezing import begin_entry
from geo_housing.hazards.joining import highest
from geo_housing.hazards.models import HazardEvent, HazardZone, HazardZonePiece, ZoneRevision
from geo_housing.hazards.naming import is_own_name, name_of, own_name
from geo_housing.hazards.received import (
    Received,
    event_of_message,
    present_zones,
    received_message,
    store_warning,
    told,
)
from geo_housing.hazards.sources import ZoneSource
from geo_housing.hazards.storing import (
    Zoned,
    ZonePlace,
    described,
    drop_pieces,
    keep_zones,
    leading_area,
    store_zones,
)
from geo_housing.hazards.zone_change import Kept, kept_by_choice
from geo_housing.journal.service import Subject, record
from geo_housing.words import EVENT_MODE, WARNING_LEVEL

# Nobody is warned of them: the event begins with the inspections.
BEGINS_WITH_INSPECTIONS = ("earthquake",)


@dataclass(frozen=True)
class EventDraft:
    """What is said of an event when it is made; ``source`` is file, drawing, areas, buffer or cap.

    ``name`` is what somebody calls it; without one it is called by the ``headline`` of its message, or by area, kind and time.
    ``even_if_known``: its message was received for an event that has ended, and is meant to make another one.
    """

    name: str | None
    kind: str = "other"
    level: str = "ungraded"
    source: str = "file"
    mode: str = "actual"
    phase: str = "warning"
    kind_text: str | None = None
    warning: Received | None = None
    issuer: str | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    client_id: str | None = None
    is_demo: bool = False
    headline: str | None = None
    even_if_known: bool = False


def draft_of_message(
    message: CapMessage, *, name: str | None = None, kind: str | None = None, level: str | None = None
) -> EventDraft:
    """The event that a CAP message announces; what the user states wins over what the message says.

    Exercises and tests are drills, drafts wait to be confirmed: none of them stands in a figure.
    """
    warning = received_message(message, kind=kind, level=level)
    return EventDraft(
        name=name,
        headline=message.name,
        kind=warning.kind,
        kind_text=warning.kind_text,
        level=warning.level or "ungraded",
        source="cap",
        mode="actual" if message.status in ("Actual", "Draft") else "drill",
        phase="draft" if message.status == "Draft" else "warning",
        warning=warning,
        issuer=message.issuer,
        starts_at=message.starts_at,
        expires_at=message.expires_at,
    )


def create_event(session: Session, actor: Actor, draft: EventDraft, source: ZoneSource) -> Zoned:
    """Make an event with its first zones; the same ``client_id`` or message twice gives the same event."""
    may_edit(actor)
    _check_words(draft)
    client_id = actor.own_id(draft.client_id)
    known = _known_event(session, client_id, draft)
    if known is not None:
        return described(session, known, source, is_new=False)
    _require_zones(source)
    stated = (draft.name or "").strip()
    begins_after = draft.kind in BEGINS_WITH_INSPECTIONS and draft.phase == "warning"
    event_id: int = session.execute(
        insert(HazardEvent)
        .values(
            scope_code=leading_area(session, actor, source.zones),
            name=stated,
            kind=draft.kind,
            kind_text=draft.kind_text,
            level=draft.level,
            mode=draft.mode,
            phase="aftermath" if begins_after else draft.phase,
            aftermath_at=clock.now() if begins_after else None,
            source=draft.source,
            issuer=draft.issuer,
            starts_at=draft.starts_at,
            expires_at=draft.expires_at,
            client_id=client_id,
            is_demo=draft.is_demo,
            created_by=actor.label or actor.name,
            created_at=clock.now(),
        )
        .returning(HazardEvent.id)
    ).scalar_one()
    event = lock_event(session, event_id)
    if draft.warning is not None:
        warning_id = store_warning(session, actor, event, draft.warning)
        subject = Subject("event", str(event_id), event.scope_code)
        record(session, actor, "hazards.warning", subject, diff=told(draft.warning, None, draft.level))
        source = replace(source, zones=tuple(replace(zone, warning_id=warning_id) for zone in source.zones))
    zoned = store_revision(session, actor, event, source, draft.source)
    if not stated:
        event.name = name_of(session, event, draft.headline)
        session.flush()
    return zoned


def replace_zones(
    session: Session,
    actor: Actor,
    event_id: int,
    source: ZoneSource,
    *,
    via: str,
    level: str | None = None,
    adds: bool = False,
) -> Zoned:
    """A new revision of an event's zones, with a new warning level where one is stated; ``adds``: beside those that stand.

    A division that is chosen again keeps its zones with all that was said of them. The pieces of the old revision are
    dropped, its zones stay as history. Callers that must open inspections for the added houses go through
    response.service.
    """
    may_edit(actor)
    _require_zones(source)
    event = lock_event(session, event_id)
    require_whole_event(actor, event)
    if event.phase in ENDED_PHASES:
        raise Conflict("事件已结束，不能再改影响范围；请新建事件。")
    if level is not None and level not in WARNING_LEVEL:
        raise BadInput(f"预警级别“{level}”不对，可用：{'、'.join(WARNING_LEVEL.labels.values())}。")
    found = redrawn(session, event, source, level=level, adds=adds)
    if found.level != event.level:
        record(
            session,
            actor,
            "hazards.level",
            Subject("event", str(event_id), event.scope_code),
            diff={"level": [event.level, found.level]},
        )
        event.level = found.level
        session.flush()
    return store_revision(session, actor, event, found.added, via, found.kept)


@dataclass(frozen=True)
class Redrawn:
    """Which present zones stay, what comes to them, and the event's level then."""

    kept: tuple[Kept, ...]
    added: ZoneSource
    level: str


def redrawn(
    session: Session, event: HazardEvent, source: ZoneSource, *, level: str | None, adds: bool = False
) -> Redrawn:
    """``source`` in the place of the event's zones; with ``adds`` beside them, which raises the level and never lowers it."""
    present = present_zones(session, event.id)
    if adds:
        own = level or event.level
        stands = {zone.code for zone in present if zone.code is not None and zone.level == own}
        added = tuple(replace(zone, level=zone.level or own) for zone in source.zones if zone.whole_area not in stands)
        kept = tuple(Kept(zone.id) for zone in present)
        return Redrawn(kept, replace(source, zones=added), highest((event.level, *(zone.level for zone in added))))
    chosen = {zone.whole_area for zone in source.zones if zone.whole_area is not None}
    after = level or event.level
    kept = kept_by_choice(present, chosen, before=event.level, after=after)
    stays = {zone.code for zone in present if zone.code is not None and zone.code in chosen}
    added = tuple(zone for zone in source.zones if zone.whole_area not in stays)
    return Redrawn(kept, replace(source, zones=added), after)


def lock_event(session: Session, event_id: int) -> HazardEvent:
    """The event's row, locked until the transaction ends; NotFound outside the actor's area."""
    begin_entry(session)
    event = session.scalar(
        select(HazardEvent)
        .where(HazardEvent.id == event_id)
        # NO KEY: what names the event (a move, a call) is entered meanwhile, and the two never wait for one another.
        .with_for_update(key_share=True)
        # What was read before the lock was granted may be old.
        .execution_options(populate_existing=True)
    )
    if event is None:
        raise NotFound(f"没有 {event_id} 号事件，或不在您的管辖范围内。")
    return event


def require_whole_event(actor: Actor, event: HazardEvent) -> None:
    """NotAllowed unless the whole event lies in the actor's area: zones, level and phase concern all of it."""
    if not actor.scope.covers(event.scope_code):
        raise NotAllowed("这是上级建立的事件，影响范围和阶段由建立它的一级修改；您可以在本辖区内下达任务和录入结果。")


def lock_standing_areas(session: Session) -> None:
    """One after the other: sent twice at once, neither would find the other's shape standing."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('hazards.standing', 0))"))


def add_standing_areas(
    session: Session, actor: Actor, source: ZoneSource, *, kind: str, is_demo: bool = False, via: str | None = None
) -> list[int]:
    """Standing risk areas (灾害易发地): zones without an event; a shape that stands already is not stored again.

    Answers the ids of those that are new; ``via`` is the file, or that they were drawn.
    """
    may_edit(actor)
    _require_zones(source)
    if any(zone.geom is None for zone in source.zones):
        raise BadInput("灾害易发地需要图形；所选区划没有边界，请在地图上画，或装入边界后再选。")
    lock_standing_areas(session)
    stored: list[int] = []
    for zone in source.zones:
        scope_code = leading_area(session, actor, [zone])
        made_by = actor.called
        place = ZonePlace(scope_code, kind, is_demo=is_demo, source=via, made_by=made_by)
        if not _stands_already(session, zone.geom, zone.kind or kind):
            stored += store_zones(session, [zone], place)
    if stored:
        subject = Subject("zone", kind, leading_area(session, actor, source.zones))
        record(session, actor, "hazards.standing", subject, counts={"zones": len(stored)})
    return stored


def own_standing_area(session: Session, actor: Actor, zone_id: int) -> HazardZone:
    """A standing risk area that the actor may change, ended or not, locked; NotFound, NotAllowed."""
    may_edit(actor)
    zone = session.scalar(select(HazardZone).where(HazardZone.id == zone_id, HazardZone.event_id.is_(None)))
    if zone is None:
        raise NotFound(f"没有 {zone_id} 号灾害易发地，或不在您的管辖范围内。")
    if not actor.scope.covers(zone.scope_code):
        raise NotAllowed("这处灾害易发地不由本辖区划定，请由划定它的单位办理。")
    # Locked only now: what others have drawn is seen, but not to be locked.
    session.refresh(zone, with_for_update=True)
    return zone


def end_standing_area(session: Session, actor: Actor, zone_id: int, *, reason: str | None = None) -> None:
    """A standing risk area no longer holds; it stays as history and counts nowhere."""
    zone = own_standing_area(session, actor, zone_id)
    if zone.ended_at is not None:
        return
    zone.ended_at = clock.now()
    session.flush()
    session.execute(delete(HazardZonePiece).where(HazardZonePiece.zone_id == zone_id))
    record(session, actor, "hazards.standing_end", Subject("zone", str(zone_id), zone.scope_code), note=reason)


def _stands_already(session: Session, geom: Any, kind: str) -> bool:
    return bool(
        session.scalar(
            text(
                "SELECT EXISTS (SELECT FROM hazard_zone WHERE event_id IS NULL AND ended_at IS NULL AND kind = :kind"
                " AND geom = ST_GeomFromWKB(:wkb, 4490) AND ST_Equals(geom, ST_GeomFromWKB(:wkb, 4490)))"
            ),
            {"kind": kind, "wkb": geom.wkb},
        )
    )


def store_revision(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    source: ZoneSource,
    via: str,
    kept: Sequence[Kept] = (),
    warning_id: int | None = None,
) -> Zoned:
    """The next revision: ``kept`` zones of the present one, and those of ``source``."""
    revision = event.revision + 1
    # Before the zones change: whoever has named the event by hand has another name than this.
    follows = revision > 1 and is_own_name(event.name, own_name(session, event))
    revision_id = session.execute(
        insert(ZoneRevision)
        .values(
            event_id=event.id,
            scope_code=event.scope_code,
            n=revision,
            source=via,
            notes=list(source.notes),
            made_by=actor.label or actor.name,
            made_at=clock.now(),
        )
        .returning(ZoneRevision.id)
    ).scalar_one()
    stays = keep_zones(session, kept, revision_id=revision_id, warning_id=warning_id)
    drop_pieces(session, event.id, but=stays)
    place = ZonePlace(event.scope_code, event.kind, event.level, event.id, revision_id, event.is_demo)
    store_zones(session, source.zones, place)
    session.execute(
        update(HazardEvent)
        .where(HazardEvent.id == event.id)
        .values(revision=revision, version=HazardEvent.version + 1, updated_at=func.now())
    )
    session.refresh(event)
    zoned = described(session, event.id, source)
    called = event.name
    if follows and not is_own_name(called, own_name(session, event)):
        event.name = name_of(session, event, None)
        session.flush()
    record(
        session,
        actor,
        "hazards.zones",
        Subject("event", str(event.id), event.scope_code),
        diff={"name": [called, event.name]} if called != event.name else None,
        counts={"revision": revision, "zones": zoned.zones, "area_km2": zoned.area_km2, "rejected": zoned.rejected},
    )
    return zoned


def _known_event(session: Session, client_id: str | None, draft: EventDraft) -> int | None:
    """The event that this form or message has made already; a second one at the same moment waits here.

    Conflict where it has ended: whether its message means another event only a person can say, feeds repeat theirs for days.
    """
    if client_id is not None:
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:value, 0))"), {"value": client_id})
        known = session.scalar(select(HazardEvent.id).where(HazardEvent.client_id == client_id))
        if known is not None:
            return known
    identifier = draft.warning.identifier if draft.warning else None
    event = None if identifier is None else session.get(HazardEvent, event_of_message(session, identifier) or 0)
    if event is None or event.phase not in ENDED_PHASES:
        return None if event is None else event.id
    if draft.even_if_known:
        return None
    raise Conflict(
        f"这条预警消息以前登记在 {event.id} 号事件“{event.name}”中，该事件已{_ENDED_AS[event.phase]}，未保存任何内容。"
        "确需按它另建事件的，请勾选“仍要另建”再登记。"
    )


_ENDED_AS = {"closed": "结束", "mistaken": "作误发撤销"}


def may_edit(actor: Actor) -> None:
    """NotAllowed for who makes no events and draws no zones."""
    if not actor.may("events.edit"):
        raise NotAllowed("您没有建立事件和划定影响范围的权限。")


def _check_words(draft: EventDraft) -> None:
    if draft.level not in WARNING_LEVEL:
        raise BadInput(f"预警级别“{draft.level}”不对，可用：{'、'.join(WARNING_LEVEL.labels.values())}。")
    if draft.mode not in EVENT_MODE:
        raise BadInput(f"事件性质“{draft.mode}”不对，可用：{'、'.join(EVENT_MODE.labels.values())}。")
    if not draft.kind.strip():
        raise BadInput("请写明灾种。")


def _require_zones(source: ZoneSource) -> None:
    if not source.zones:
        raise BadInput("没有一个可用的影响范围，未保存任何内容。", faults=source.faults)
