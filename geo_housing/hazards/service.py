"""Events and their zones: stored whole or not at all, cut into cells for the overlay, revised, never edited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.cells import cut_adaptively
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, NotFound
from geo_housing.geometry import HOUSE_SRID, area_m2
from geo_housing.hazards.models import HazardEvent, HazardZone, HazardZonePiece, ZoneArea, ZoneRevision
from geo_housing.hazards.sources import ZoneDraft, ZoneSource
from geo_housing.journal.service import Subject, record
from geo_housing.words import EVENT_KIND, EVENT_MODE, WARNING_LEVEL


@dataclass(frozen=True)
class EventDraft:
    """What is said of an event when it is made; ``source`` is file, drawing, areas, buffer or cap."""

    name: str | None
    kind: str = "other"
    level: str = "ungraded"
    source: str = "file"
    mode: str = "actual"
    kind_text: str | None = None
    message_id: str | None = None
    message: dict[str, Any] | None = None
    issuer: str | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    client_id: str | None = None


@dataclass(frozen=True)
class Zoned:
    """An event's zones after a change; ``distance_m`` is to the nearest loaded area when none is touched."""

    event_id: int
    revision: int
    zones: int
    repaired: int
    rejected: int
    area_km2: float
    crs: str
    faults: tuple[Fault, ...]
    distance_m: float | None


def create_event(session: Session, actor: Actor, draft: EventDraft, source: ZoneSource) -> Zoned:
    """Make an event with its first zones; the same ``client_id`` twice gives the same event."""
    _may_edit(actor)
    _check_words(draft)
    _require_zones(source)
    if draft.client_id:
        known = session.scalar(select(HazardEvent.id).where(HazardEvent.client_id == draft.client_id))
        if known is not None:
            return _described(session, known, source)
    event_id = session.execute(
        insert(HazardEvent)
        .values(
            scope_code=_leading_area(session, actor, source),
            name=draft.name or _default_name(draft),
            kind=draft.kind,
            kind_text=draft.kind_text,
            level=draft.level,
            mode=draft.mode,
            source=draft.source,
            message_id=draft.message_id,
            message=draft.message,
            issuer=draft.issuer,
            starts_at=draft.starts_at,
            expires_at=draft.expires_at,
            client_id=draft.client_id,
            created_by=actor.label or actor.name,
        )
        .returning(HazardEvent.id)
    ).scalar_one()
    return _store_revision(session, actor, event_id, source, draft.source)


def replace_zones(session: Session, actor: Actor, event_id: int, source: ZoneSource, *, via: str) -> Zoned:
    """A new revision of an event's zones; the pieces of the old one are dropped, its zones stay as history."""
    _may_edit(actor)
    _require_zones(source)
    event = lock_event(session, event_id)
    if event.phase in ("closed", "mistaken"):
        raise Conflict("事件已结束，不能再改影响范围；请新建事件。")
    return _store_revision(session, actor, event_id, source, via)


def lock_event(session: Session, event_id: int) -> HazardEvent:
    """The event's row, locked until the transaction ends; NotFound outside the actor's area."""
    event = session.scalar(select(HazardEvent).where(HazardEvent.id == event_id).with_for_update())
    if event is None:
        raise NotFound(f"没有 {event_id} 号事件，或不在您的管辖范围内。")
    return event


def load_standing_areas(session: Session, actor: Actor, source: ZoneSource, *, kind: str, is_demo: bool = False) -> int:
    """Standing risk areas (灾害易发地): zones without an event."""
    _may_edit(actor)
    _require_zones(source)
    scope_code = _leading_area(session, actor, source)
    for zone in source.zones:
        _store_zone(session, zone, scope_code, kind=zone.kind or kind, level=None, is_demo=is_demo)
    record(session, actor, "hazards.standing", Subject("zone", kind, scope_code), counts={"zones": len(source.zones)})
    return len(source.zones)


def _store_revision(session: Session, actor: Actor, event_id: int, source: ZoneSource, via: str) -> Zoned:
    event = lock_event(session, event_id)
    revision = event.revision + 1
    revision_id = session.execute(
        insert(ZoneRevision)
        .values(
            event_id=event_id,
            scope_code=event.scope_code,
            n=revision,
            source=via,
            notes=list(source.notes),
            made_by=actor.label or actor.name,
        )
        .returning(ZoneRevision.id)
    ).scalar_one()
    old = select(HazardZone.id).where(HazardZone.event_id == event_id)
    session.execute(delete(HazardZonePiece).where(HazardZonePiece.zone_id.in_(old)))
    session.execute(delete(ZoneArea).where(ZoneArea.zone_id.in_(old)))
    for zone in source.zones:
        _store_zone(
            session,
            zone,
            event.scope_code,
            kind=zone.kind or event.kind,
            level=zone.level or event.level,
            event_id=event_id,
            revision_id=revision_id,
        )
    session.execute(
        update(HazardEvent)
        .where(HazardEvent.id == event_id)
        .values(revision=revision, version=HazardEvent.version + 1, updated_at=func.now())
    )
    zoned = _described(session, event_id, source)
    record(
        session,
        actor,
        "hazards.zones",
        Subject("event", str(event_id), event.scope_code),
        counts={"revision": revision, "zones": len(source.zones), "area_km2": zoned.area_km2},
    )
    return zoned


def _store_zone(
    session: Session,
    zone: ZoneDraft,
    scope_code: str,
    *,
    kind: str,
    level: str | None,
    event_id: int | None = None,
    revision_id: int | None = None,
    is_demo: bool = False,
) -> None:
    zone_id = session.execute(
        insert(HazardZone)
        .values(
            event_id=event_id,
            revision_id=revision_id,
            scope_code=scope_code,
            name=zone.name,
            kind=kind,
            level=level,
            geom=func.ST_GeomFromWKB(shapely.to_wkb(zone.geom), HOUSE_SRID),
            area_m2=area_m2(zone.geom),
            repaired=zone.repaired_m2 is not None,
            is_demo=is_demo,
        )
        .returning(HazardZone.id)
    ).scalar_one()
    cells = cut_adaptively(zone.geom)
    session.execute(
        text(
            "INSERT INTO hazard_zone_piece (zone_id, lo, hi, geom)"
            " SELECT :zone, c.lo, c.hi, ST_SetSRID(c.wkb::geometry, :srid)"
            " FROM unnest(CAST(:lo AS bigint[]), CAST(:hi AS bigint[]), CAST(:geoms AS text[])) AS c (lo, hi, wkb)"
        ),
        {
            "zone": zone_id,
            "srid": HOUSE_SRID,
            "lo": [cell.lo for cell in cells],
            "hi": [cell.hi for cell in cells],
            "geoms": [None if cell.geom is None else shapely.to_wkb(cell.geom, hex=True) for cell in cells],
        },
    )
    _store_areas(session, zone_id, zone)


def _store_areas(session: Session, zone_id: int, zone: ZoneDraft) -> None:
    if zone.whole_area is not None:
        session.execute(
            text(
                "INSERT INTO hazard_zone_area (zone_id, area_code, whole) SELECT :zone, code, true FROM area"
                " WHERE starts_with(code, :prefix)"
            ),
            {"zone": zone_id, "prefix": zone.whole_area},
        )
    session.execute(
        text(
            "INSERT INTO hazard_zone_area (zone_id, area_code, whole)"
            " SELECT :zone, a.code, false FROM area a, hazard_zone z"
            " WHERE z.id = :zone AND a.geom && ST_Expand(z.geom, 1e-9)"
            "   AND (ST_Intersects(z.geom, a.geom) OR ST_DWithin(z.geom, a.geom, 1e-9))"
            " ON CONFLICT DO NOTHING"
        ),
        {"zone": zone_id},
    )


def _described(session: Session, event_id: int, source: ZoneSource) -> Zoned:
    row = session.execute(
        text(
            "SELECT e.revision, count(z.id) AS zones, coalesce(sum(z.area_m2), 0) AS area"
            " FROM hazard_event e LEFT JOIN zone_revision r ON r.event_id = e.id AND r.n = e.revision"
            " LEFT JOIN hazard_zone z ON z.revision_id = r.id WHERE e.id = :event GROUP BY e.revision"
        ),
        {"event": event_id},
    ).one()
    return Zoned(
        event_id,
        row.revision,
        row.zones,
        sum(1 for zone in source.zones if zone.repaired_m2),
        len(source.faults),
        round(row.area / 1e6, 3),
        source.crs,
        source.faults,
        _distance_to_areas(session, event_id),
    )


def _distance_to_areas(session: Session, event_id: int) -> float | None:
    """Metres to the nearest loaded outline when the zones touch none; None when they do, or nothing is loaded."""
    touched = session.scalar(
        text(
            "SELECT EXISTS (SELECT FROM hazard_zone_area a JOIN hazard_zone z ON z.id = a.zone_id"
            " JOIN zone_revision r ON r.id = z.revision_id JOIN hazard_event e ON e.id = r.event_id AND e.revision = r.n"
            " WHERE e.id = :event)"
        ),
        {"event": event_id},
    )
    if touched:
        return None
    distance: float | None = session.scalar(
        text(
            "SELECT min(ST_Distance(a.geom::geography, ST_PointOnSurface(z.geom)::geography))"
            " FROM hazard_zone z, area a WHERE z.event_id = :event AND a.geom IS NOT NULL AND a.level <> 'village'"
        ),
        {"event": event_id},
    )
    return distance


def _leading_area(session: Session, actor: Actor, source: ZoneSource) -> str:
    """Whose event it is: the actor's own area, or for everywhere the county that the zones touch most."""
    if len(actor.scope.prefix) >= 6:
        return actor.scope.prefix[:9]
    union = shapely.union_all([zone.geom for zone in source.zones])
    found = session.scalar(
        text(
            "SELECT code FROM area WHERE level = 'county' AND geom && ST_GeomFromWKB(:wkb, :srid)"
            " AND starts_with(code, :prefix)"
            " ORDER BY ST_Area(ST_Intersection(geom, ST_GeomFromWKB(:wkb, :srid))) DESC, code LIMIT 1"
        ),
        {"wkb": shapely.to_wkb(union), "srid": HOUSE_SRID, "prefix": actor.scope.prefix},
    )
    if found is None:
        found = session.scalar(text("SELECT code FROM area WHERE level = 'county' ORDER BY code LIMIT 1"))
    if found is None:
        raise BadInput("还没有装入区划，无法确定事件归哪个县；请先运行 geo-housing areas load。")
    return str(found)


def _may_edit(actor: Actor) -> None:
    if not actor.may("events.edit"):
        raise NotAllowed("您没有建立事件和划定影响范围的权限。")


def _check_words(draft: EventDraft) -> None:
    if draft.level not in WARNING_LEVEL:
        raise BadInput(f"预警级别“{draft.level}”不对，可用：{'、'.join(WARNING_LEVEL.labels)}。")
    if draft.mode not in EVENT_MODE:
        raise BadInput(f"事件性质“{draft.mode}”不对，可用：{'、'.join(EVENT_MODE.labels)}。")


def _require_zones(source: ZoneSource) -> None:
    if not source.zones:
        raise BadInput("没有一个可用的影响范围，未保存任何内容。", faults=source.faults)


def _default_name(draft: EventDraft) -> str:
    return f"{EVENT_KIND.label(draft.kind)} {clock.today():%Y-%m-%d}"
