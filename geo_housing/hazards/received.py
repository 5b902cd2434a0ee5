"""Warnings that were received for an event: stored as they were confirmed, known again, ended by those that follow."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, insert, select, text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import COUNTY_DIGITS
from geo_housing.areas.queries import names_of
from geo_housing.db import Actor
from geo_housing.hazards.cap import CapMessage
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.joining import RANKED, OpenEvent, Present, highest
from geo_housing.hazards.models import HazardEvent, HazardWarning
from geo_housing.hazards.zone_change import PresentZone
from geo_housing.scope import AreaScope
from geo_housing.words import EVENT_KIND, event_kind_said


@dataclass(frozen=True)
class Received:
    """A warning before it is stored; what it does not say is None (models.HazardWarning tells each field)."""

    form: str
    action: str
    kind: str
    kind_text: str | None = None
    level: str | None = None
    former_level: str | None = None
    response_level: str | None = None
    status: str = "Actual"
    issuer: str | None = None
    issued_at: datetime | None = None
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    replaced_at: datetime | None = None
    identifier: str | None = None
    refers_to: tuple[str, ...] = ()
    text: str | None = None
    digest: str | None = None
    part: int = 0
    message: dict[str, Any] | None = None
    areas: tuple[dict[str, Any], ...] = ()
    unread: tuple[dict[str, Any], ...] = field(default=())
    client_id: str | None = None
    is_correction: bool = False
    # The lift that had ended it everywhere before it was received, as a person has stated.
    lifted_by: int | None = None


def received_message(message: CapMessage, *, kind: str | None = None, level: str | None = None) -> Received:
    """A CAP message as a warning; what the user states wins over what the message says."""
    stated = level or message.level
    return Received(
        form="cap",
        action="lift" if message.is_lift else "change" if message.msg_type == "Update" else "issue",
        kind=kind or message.kind,
        kind_text=message.kind_text,
        level=None if stated == "ungraded" else stated,
        status=message.status,
        issuer=message.issuer,
        issued_at=message.sent_at,
        effective_at=message.starts_at,
        expires_at=message.expires_at,
        identifier=message.identifier,
        refers_to=message.named,
        message={**message.fields, "status": message.status, "msgType": message.msg_type},
    )


def store_warning(session: Session, actor: Actor, event: HazardEvent, one: Received) -> int:
    """Add a warning to an event; its id. Callers have looked whether it is there already."""
    values = asdict(one)
    del values["lifted_by"]
    values["refers_to"] = list(one.refers_to) or None
    values["areas"], values["unread"] = list(one.areas), list(one.unread)
    stored = insert(HazardWarning).values(
        event_id=event.id,
        scope_code=event.scope_code,
        received_by=actor.label or actor.name,
        received_at=clock.now(),
        **values,
    )
    return session.execute(stored.returning(HazardWarning.id)).scalar_one()


def told(received: Received, before: str | None, after: str) -> dict[str, list[Any]]:
    """What the journal says of a warning: its own level, and the event's before and after it where that is another."""
    level = {} if before == after else {"level": [before, after]}
    own = {"warning_level": [None, received.level]} if received.level else {}
    corrects: dict[str, list[Any]] = {"is_correction": [None, True]} if received.is_correction else {}
    # A code that no list of ours has is told with the sender's own word.
    said = event_kind_said(received.kind, received.kind_text)
    kind = received.kind if received.kind in EVENT_KIND or said == received.kind else f"{said}（{received.kind}）"
    return {"action": [None, received.action], "kind": [None, kind], **own, **level, **corrects}


def end_warnings(session: Session, warnings: Sequence[int], by: int) -> None:
    """What ``by`` replaces or lifts holds no longer; what has ended before stays as it ended."""
    session.execute(
        update(HazardWarning)
        .where(HazardWarning.id.in_(list(warnings)), HazardWarning.ended_at.is_(None))
        .values(ended_at=clock.now(), ended_by=by)
    )


def event_of_message(session: Session, identifier: str) -> int | None:
    """The event for which a CAP message of this identifier was received, one that goes on before one that has ended.

    A second load at the same moment waits here.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:value, 0))"), {"value": identifier})
    wanted = (
        select(HazardWarning.event_id)
        .join(HazardEvent, HazardEvent.id == HazardWarning.event_id)
        .where(HazardWarning.identifier == identifier)
        .order_by(HazardEvent.phase.in_(ENDED_PHASES), HazardWarning.event_id.desc())
    )
    return session.scalar(wanted.limit(1))


def event_of_references(session: Session, identifiers: Sequence[str]) -> int | None:
    """The last event for which one of the messages that a message names was received."""
    wanted = select(HazardWarning.event_id).where(HazardWarning.identifier.in_(list(identifiers)))
    return session.scalar(wanted.order_by(HazardWarning.event_id.desc()).limit(1))


def warnings_of(session: Session, event_id: int) -> list[HazardWarning]:
    """All warnings of an event in the order in which they were received."""
    return list(
        session.scalars(select(HazardWarning).where(HazardWarning.event_id == event_id).order_by(HazardWarning.id))
    )


def present_warnings(session: Session, event_id: int) -> list[HazardWarning]:
    """Warnings of an event that neither another one has replaced nor a lift has ended; a lift is none itself."""
    return [one for one in warnings_of(session, event_id) if one.ended_at is None and one.action != "lift"]


def presents_of(session: Session, event_id: int) -> list[Present]:
    """What of the warnings in force decides about the next one, those before each of them with it.

    One that has replaced another speaks of what it names, and of what stands yet of the other's.
    """
    every = warnings_of(session, event_id)
    replaced: dict[int, list[HazardWarning]] = {}
    for one in every:
        if one.ended_by is not None:
            replaced.setdefault(one.ended_by, []).append(one)

    def former(by: int) -> list[HazardWarning]:
        # A warning is ended by a later one: the chain has an end.
        before = [one for one in replaced.get(by, ()) if one.id < by]
        return [*before, *(earlier for one in before for earlier in former(one.id))]

    found = []
    for one in every:
        if one.ended_at is None and one.action != "lift":
            before = former(one.id)
            named = frozenset(other.identifier for other in before if other.identifier is not None)
            found.append(replace(as_present(one), former=named, replaced=frozenset(other.id for other in before)))
    # A message says its divisions by its zones.
    asked = any(not one.codes or one.replaced for one in found)
    zones = present_zones(session, event_id) if asked else []
    drawn = {zone.warning_id for zone in zones if zone.code is None}
    coded: dict[int | None, tuple[str, ...]] = {}
    for zone in zones:
        if zone.code is not None:
            coded[zone.warning_id] = (*coded.get(zone.warning_id, ()), zone.code)
    return _with_counties(session, event_id, [replace(one, codes=_speaks_of(one, coded, drawn)) for one in found])


def _speaks_of(one: Present, coded: dict[int | None, tuple[str, ...]], drawn: set[int | None]) -> tuple[str, ...]:
    """All divisions of which a warning in force speaks; none where a shape hides which they are."""
    if drawn & ({*one.replaced} if one.codes else {one.id, *one.replaced}):
        return ()
    own = one.codes or coded.get(one.id, ())
    kept = (code for id in sorted(one.replaced) for code in coded.get(id, ()))
    return (*own, *(code for code in dict.fromkeys(kept) if not code.startswith(own)))


def with_replaced(ends: Collection[int], present: Sequence[Present]) -> frozenset[int]:
    """The warnings and those that they have replaced: zones of these that were kept are theirs."""
    return frozenset(ends).union(*(one.replaced for one in present if one.id in ends))


def _with_counties(session: Session, event_id: int, found: Sequence[Present]) -> list[Present]:
    """With the county in which each lies, where it is one: that of its event where it only draws shapes."""
    around = session.scalar(select(HazardEvent.scope_code).where(HazardEvent.id == event_id)) or ""
    counties = {one.id: {code[:COUNTY_DIGITS] for code in one.codes or (around,)} for one in found}
    names = names_of(session, {code for codes in counties.values() for code in codes if len(code) == COUNTY_DIGITS})
    return [
        replace(one, county=names.get(next(iter(counties[one.id]))) if len(counties[one.id]) == 1 else None)
        for one in found
    ]


def present_zones(session: Session, event_id: int) -> list[PresentZone]:
    """Zones of the event's present revision, with the division that each was chosen by."""
    rows = session.execute(_PRESENT_ZONES, {"event": event_id})
    return [PresentZone(row.id, row.code, row.name, row.kind, row.level or "ungraded", row.warning_id) for row in rows]


_PRESENT_ZONES = text("""
    SELECT z.id, z.name, z.kind, z.level, z.warning_id,
        (SELECT min(a.area_code) FROM hazard_zone_area a WHERE a.zone_id = z.id AND a.whole) AS code
    FROM hazard_event e
    JOIN zone_revision r ON r.event_id = e.id AND r.n = e.revision
    JOIN hazard_zone z ON z.revision_id = r.id
    WHERE e.id = :event ORDER BY z.id
""")


@dataclass(frozen=True)
class Reason:
    """Why a place is in an event: a kind and level of its present zones, and the warning that says so, if one does."""

    kind: str
    kind_said: str
    level: str | None
    issuer: str | None
    issued_at: datetime | None


def reasons_at(session: Session, event_id: int, area_code: str) -> list[Reason]:
    """All that the event's present zones say of a division, the highest level first."""
    rows = session.execute(_REASONS, {"event": event_id, "code": area_code})
    found = [
        Reason(row.kind, event_kind_said(row.kind, row.own_word), row.level, row.issuer, row.issued_at) for row in rows
    ]
    return sorted(found, key=lambda one: (RANKED.index(one.level or "ungraded"), one.kind))


_REASONS = text("""
    SELECT DISTINCT z.kind, CASE WHEN w.kind = z.kind THEN w.kind_text END AS own_word, z.level, w.issuer, w.issued_at
    FROM hazard_zone z
    JOIN hazard_zone_area a ON a.zone_id = z.id AND a.area_code = :code
    LEFT JOIN warning w ON w.id = z.warning_id
    WHERE z.event_id = :event
""")


def known_texts(session: Session, digest: str) -> list[HazardWarning]:
    """Warnings that were received out of the very same paste, the last first."""
    wanted = select(HazardWarning).where(HazardWarning.digest == digest)
    return list(session.scalars(wanted.order_by(HazardWarning.id.desc()).limit(20)))


def open_events(session: Session, scope: AreaScope, *, above: bool = False) -> list[OpenEvent]:
    """Events that are not over and that the scope holds whole, with what decides to which one a warning belongs.

    ``above``: those of the areas around the scope instead, which are not its own to change.
    """
    own = and_(HazardEvent.scope_code >= scope.lo, HazardEvent.scope_code < scope.hi)
    around = and_(func.starts_with(scope.lo, HazardEvent.scope_code), HazardEvent.scope_code != scope.lo)
    wanted = select(HazardEvent).where(HazardEvent.phase.not_in(("closed", "mistaken")), around if above else own)
    events = list(session.scalars(wanted.order_by(HazardEvent.id)))
    numbers = [event.id for event in events]
    codes: dict[int, set[str]] = {}
    for event_id, code in session.execute(_TOUCHED, {"events": numbers}):
        codes.setdefault(event_id, set()).add(code)
    warnings: dict[int, list[HazardWarning]] = {}
    of_events = select(HazardWarning).where(HazardWarning.event_id.in_(numbers)).order_by(HazardWarning.id)
    for one in session.scalars(of_events):
        warnings.setdefault(one.event_id, []).append(one)
    return [_open_event(event, codes.get(event.id, set()), warnings.get(event.id, [])) for event in events]


# Where an event is. A drawing touches its township and county, too, and divisions without outline that may lie anywhere: by
# these every two events of a county would be in one place.
_TOUCHED = text("""
    WITH touched AS (
        SELECT z.event_id, t.zone_id, t.area_code, t.whole, a.geom IS NOT NULL AS outlined
        FROM hazard_zone z JOIN hazard_zone_area t ON t.zone_id = z.id JOIN area a ON a.code = t.area_code
        WHERE z.event_id = ANY (:events)
    )
    SELECT DISTINCT t.event_id, t.area_code FROM touched t
    WHERE t.whole OR (t.outlined AND NOT EXISTS (
        SELECT FROM touched f
        WHERE f.zone_id = t.zone_id AND f.outlined AND f.area_code <> t.area_code AND starts_with(f.area_code, t.area_code)))
""")


def _open_event(event: HazardEvent, codes: set[str], warnings: list[HazardWarning]) -> OpenEvent:
    said = [moment for one in warnings for moment in (one.issued_at, one.received_at) if moment is not None]
    return OpenEvent(
        event.id,
        event.name,
        event.kind,
        event.level,
        event.mode,
        event.phase,
        first_at=min([event.created_at, *said]),
        last_at=max([event.created_at, *said]),
        codes=frozenset(codes),
        warnings=tuple(as_present(one) for one in warnings),
        has_work=bool(event.responded_areas),
        warned_at=tuple(one.issued_at or one.received_at for one in warnings) or (event.created_at,),
    )


def as_present(one: HazardWarning) -> Present:
    """What of a stored warning decides about those that follow."""
    areas = [area for area in one.areas or () if area.get("code")]
    return Present(
        one.id,
        one.kind,
        one.level,
        one.issuer,
        one.identifier,
        tuple(area["code"] for area in areas),
        issued_at=one.issued_at,
        received_at=one.received_at,
        own_levels=frozenset(area["level"] for area in areas if area.get("level")),
    )


def is_lifted(session: Session, event_id: int) -> bool:
    """Whether warnings of the event were lifted and none is in force any more."""
    return bool(lifted_among(session, [event_id]))


_LEVELS_IN_FORCE = text("""
    SELECT event_id, level FROM warning WHERE event_id = ANY (:events) AND ended_at IS NULL AND action <> 'lift'
    UNION
    SELECT z.event_id, z.level
    FROM hazard_event e
    JOIN zone_revision r ON r.event_id = e.id AND r.n = e.revision
    JOIN hazard_zone z ON z.revision_id = r.id
    WHERE e.id = ANY (:events) AND z.warning_id IS NULL
""")


def levels_in_force(session: Session, events: Collection[HazardEvent]) -> dict[int, str]:
    """The highest level in force of each event: of its warnings, and of what a person drew; its own where none is in force.

    The level of an event is the highest of its zones, which a lift leaves as they are.
    """
    found: dict[int, list[str | None]] = {}
    for row in session.execute(_LEVELS_IN_FORCE, {"events": [event.id for event in events]}):
        found.setdefault(row.event_id, []).append(row.level)
    return {
        event.id: event.level if None in (levels := found.get(event.id, [None])) else highest([*levels])
        for event in events
    }


def lifted_among(session: Session, event_ids: Collection[int]) -> frozenset[int]:
    """The same of several events at once: those whose warnings were lifted and none is in force any more."""
    is_lift = HazardWarning.action == "lift"
    in_force = func.count().filter(~is_lift, HazardWarning.ended_at.is_(None))
    found = session.scalars(
        select(HazardWarning.event_id)
        .where(HazardWarning.event_id.in_(event_ids))
        .group_by(HazardWarning.event_id)
        .having(func.count().filter(is_lift) > 0, in_force == 0)
    )
    return frozenset(found)


def with_lift(session: Session, event_ids: Collection[int]) -> frozenset[int]:
    """Of several events those of which something was lifted, the whole or a part."""
    wanted = select(HazardWarning.event_id).where(HazardWarning.event_id.in_(event_ids), HazardWarning.action == "lift")
    return frozenset(session.scalars(wanted.distinct()))
