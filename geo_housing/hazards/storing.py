"""Writing zones: cut into cells for the overlay, with the divisions they touch; described afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from geo_housing.cells import cut_adaptively
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault
from geo_housing.geometry import HOUSE_SRID, area_m2
from geo_housing.hazards.models import HazardZone, HazardZonePiece, ZoneArea
from geo_housing.hazards.sources import ZoneDraft, ZoneSource


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
    notes: tuple[str, ...] = ()
    is_new: bool = True


@dataclass(frozen=True)
class ZonePlace:
    """Whose zone it is, of which event; standing risk areas have no event."""

    scope_code: str
    kind: str
    level: str | None = None
    event_id: int | None = None
    revision_id: int | None = None
    is_demo: bool = False
    source: str | None = None
    made_by: str | None = None


def store_zone(session: Session, zone: ZoneDraft, place: ZonePlace) -> int:
    """Store one zone with its pieces and the divisions it touches; returns its id."""
    zone_id: int = session.execute(
        insert(HazardZone)
        .values(
            event_id=place.event_id,
            revision_id=place.revision_id,
            scope_code=place.scope_code,
            name=zone.name,
            kind=zone.kind or place.kind,
            level=zone.level or place.level,
            geom=None if zone.geom is None else func.ST_GeomFromWKB(shapely.to_wkb(zone.geom), HOUSE_SRID),
            area_m2=0.0 if zone.geom is None else area_m2(zone.geom),
            repaired=zone.repaired_m2 is not None,
            is_demo=place.is_demo,
            source=place.source,
            made_by=place.made_by,
        )
        .returning(HazardZone.id)
    ).scalar_one()
    if zone.geom is not None:
        _store_pieces(session, zone_id, zone.geom)
    _store_areas(session, zone_id, zone)
    return zone_id


def drop_pieces(session: Session, event_id: int) -> None:
    """Take the present zones of an event out of the overlay; the zones themselves stay as history."""
    old = select(HazardZone.id).where(HazardZone.event_id == event_id)
    session.execute(delete(HazardZonePiece).where(HazardZonePiece.zone_id.in_(old)))
    session.execute(delete(ZoneArea).where(ZoneArea.zone_id.in_(old)))


def _store_pieces(session: Session, zone_id: int, geom: shapely.MultiPolygon) -> None:
    cells = cut_adaptively(geom)
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


def _store_areas(session: Session, zone_id: int, zone: ZoneDraft) -> None:
    if zone.whole_area is not None:
        session.execute(
            text(
                "INSERT INTO hazard_zone_area (zone_id, area_code, whole) SELECT :zone, code, true FROM area"
                " WHERE starts_with(code, :prefix)"
            ),
            {"zone": zone_id, "prefix": zone.whole_area},
        )
        return
    session.execute(
        text(
            "INSERT INTO hazard_zone_area (zone_id, area_code, whole)"
            " SELECT :zone, a.code, false FROM area a, hazard_zone z"
            " WHERE z.id = :zone AND a.geom && ST_Expand(z.geom, 1e-9)"
            "   AND (ST_Intersects(z.geom, a.geom) OR ST_DWithin(z.geom, a.geom, 1e-9))"
        ),
        {"zone": zone_id},
    )
    # A division without outline is touched when the nearest one around it that has an outline is.
    session.execute(
        text(
            "INSERT INTO hazard_zone_area (zone_id, area_code, whole)"
            " SELECT :zone, a.code, false FROM area a"
            " WHERE a.geom IS NULL AND EXISTS ("
            "   SELECT FROM hazard_zone_area t WHERE t.zone_id = :zone AND t.area_code = ("
            "     SELECT b.code FROM area b WHERE b.geom IS NOT NULL AND starts_with(a.code, b.code)"
            "     ORDER BY length(b.code) DESC LIMIT 1))"
        ),
        {"zone": zone_id},
    )


def described(session: Session, event_id: int, source: ZoneSource, *, is_new: bool = True) -> Zoned:
    """What stands in the database for the event, beside what was found in ``source``."""
    row = session.execute(
        text(
            "SELECT e.revision, count(z.id) AS zones, coalesce(sum(z.area_m2), 0) AS area,"
            "  count(*) FILTER (WHERE z.repaired) AS repaired"
            " FROM hazard_event e LEFT JOIN zone_revision r ON r.event_id = e.id AND r.n = e.revision"
            " LEFT JOIN hazard_zone z ON z.revision_id = r.id WHERE e.id = :event GROUP BY e.revision"
        ),
        {"event": event_id},
    ).one()
    return Zoned(
        event_id,
        row.revision,
        row.zones,
        row.repaired,
        len(source.faults),
        round(row.area / 1e6, 3),
        source.crs,
        source.faults,
        _distance_to_areas(session, event_id),
        source.notes,
        is_new,
    )


def _distance_to_areas(session: Session, event_id: int) -> float | None:
    """Metres to the nearest loaded outline when the zones touch none; None when they do, or nothing is loaded."""
    touched = session.scalar(
        text(
            "SELECT EXISTS (SELECT FROM hazard_zone_area a JOIN hazard_zone z ON z.id = a.zone_id"
            " WHERE z.event_id = :event)"
        ),
        {"event": event_id},
    )
    if touched:
        return None
    distance: float | None = session.scalar(
        text(
            "SELECT min(ST_Distance(a.geom::geography, z.geom::geography))"
            " FROM hazard_event e JOIN zone_revision r ON r.event_id = e.id AND r.n = e.revision"
            " JOIN hazard_zone z ON z.revision_id = r.id CROSS JOIN area a"
            " WHERE e.id = :event AND a.geom IS NOT NULL AND z.geom IS NOT NULL"
            "   AND a.level = (SELECT min(level) FROM area WHERE geom IS NOT NULL)"
        ),
        {"event": event_id},
    )
    return distance


def leading_area(session: Session, actor: Actor, zones: Sequence[ZoneDraft]) -> str:
    """Whose event it is: the actor's own area, or for everywhere the county that the zones touch most."""
    if len(actor.scope.prefix) >= 6:
        return actor.scope.prefix[:9]
    chosen = next((zone.whole_area for zone in zones if zone.whole_area), None)
    if chosen is not None:
        return chosen[:6]
    union = shapely.union_all([zone.geom for zone in zones])
    found = session.scalar(
        text(
            "SELECT code FROM area WHERE level = 'county' AND geom && ST_GeomFromWKB(:wkb, :srid)"
            "   AND ST_Intersects(geom, ST_GeomFromWKB(:wkb, :srid)) AND starts_with(code, :prefix)"
            " ORDER BY ST_Area(ST_Intersection(geom, ST_GeomFromWKB(:wkb, :srid))) DESC, code LIMIT 1"
        ),
        {"wkb": shapely.to_wkb(union), "srid": HOUSE_SRID, "prefix": actor.scope.prefix},
    )
    if found is None:
        # Villages may have outlines where their county has none.
        found = session.scalar(
            text(
                "SELECT left(code, 6) FROM area WHERE geom && ST_GeomFromWKB(:wkb, :srid)"
                " AND ST_Intersects(geom, ST_GeomFromWKB(:wkb, :srid)) ORDER BY code LIMIT 1"
            ),
            {"wkb": shapely.to_wkb(union), "srid": HOUSE_SRID},
        )
    if found is None:
        found = session.scalar(text("SELECT code FROM area WHERE level = 'county' ORDER BY code LIMIT 1"))
    if found is None:
        raise BadInput("还没有装入区划，无法确定事件归哪个县；请先运行 geo-housing areas load。")
    return str(found)
