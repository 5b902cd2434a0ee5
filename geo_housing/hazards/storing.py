"""Writing zones: cut into cells for the overlay, with the divisions they touch; described afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from geo_housing.area_codes import COUNTY_DIGITS, county_of
from geo_housing.cells import cut_adaptively, wkb_of
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault
from geo_housing.geometry import HOUSE_SRID, SLIVER_M2, area_m2
from geo_housing.hazards.models import HazardZone, HazardZonePiece, ZoneArea
from geo_housing.hazards.sources import ZoneDraft, ZoneSource
from geo_housing.hazards.zone_change import Kept


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
    # How many times as large as the outlines that they touch the zones are.
    times_areas: float | None = None


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


def store_zones(session: Session, zones: Sequence[ZoneDraft], place: ZonePlace) -> list[int]:
    """Store zones with their pieces and the divisions they touch; returns their ids in the same order.

    In sets: a flood as satellites see it is a thousand small polygons, and a statement for each would be asked of the
    database some thousand times.
    """
    ids = _insert_zones(session, zones, place)
    _store_pieces(session, [(zone_id, zone.geom) for zone_id, zone in zip(ids, zones, strict=True) if zone.geom])
    found = list(zip(ids, zones, strict=True))
    store_areas(
        session,
        chosen=[(zone_id, zone.whole_area) for zone_id, zone in found if zone.whole_area is not None],
        drawn=[zone_id for zone_id, zone in found if zone.whole_area is None],
    )
    if place.event_id is None:
        measure_overlaps(session, [(zone_id, place.scope_code) for zone_id in ids])
    return ids


def _insert_zones(session: Session, zones: Sequence[ZoneDraft], place: ZonePlace) -> list[int]:
    added = session.scalars(
        text(
            "INSERT INTO hazard_zone (event_id, revision_id, scope_code, name, kind, level, geom, area_m2, repaired,"
            "  is_demo, source, made_by, warning_id, chosen_code)"
            " SELECT :event, :revision, :scope, z.name, z.kind, z.level, ST_SetSRID(z.wkb::geometry, :srid), z.area_m2,"
            "  z.repaired, :is_demo, :source, :made_by, z.warning, z.chosen"
            " FROM unnest(CAST(:names AS text[]), CAST(:kinds AS text[]), CAST(:levels AS text[]),"
            "   CAST(:geoms AS text[]), CAST(:areas AS float8[]), CAST(:repaired AS boolean[]),"
            "   CAST(:warnings AS bigint[]), CAST(:chosen AS text[]))"
            "   WITH ORDINALITY AS z (name, kind, level, wkb, area_m2, repaired, warning, chosen, n)"
            " ORDER BY z.n RETURNING id"
        ),
        {
            "event": place.event_id,
            "revision": place.revision_id,
            "scope": place.scope_code,
            "srid": HOUSE_SRID,
            "is_demo": place.is_demo,
            "source": place.source,
            "made_by": place.made_by,
            "names": [zone.name for zone in zones],
            "kinds": [zone.kind or place.kind for zone in zones],
            "levels": [zone.level or place.level for zone in zones],
            "geoms": [None if zone.geom is None else shapely.to_wkb(zone.geom, hex=True) for zone in zones],
            "areas": [0.0 if zone.geom is None else area_m2(zone.geom) for zone in zones],
            "repaired": [zone.repair is not None for zone in zones],
            "warnings": [zone.warning_id for zone in zones],
            "chosen": [zone.whole_area for zone in zones],
        },
    )
    # Numbered in the order of the zones, which RETURNING does not promise to keep.
    return sorted(added)


def keep_zones(session: Session, kept: Sequence[Kept], *, revision_id: int, warning_id: int | None) -> list[int]:
    """Zones of the revision before stand in this one, too; one with another level is now of the warning that says so.

    Their cells and divisions move along: nothing is cut again.
    """
    if not kept:
        return []
    old = [one.zone_id for one in sorted(kept, key=lambda one: one.zone_id)]
    levels = {one.zone_id: one.level for one in kept}
    added = session.scalars(
        text(
            "INSERT INTO hazard_zone (event_id, revision_id, scope_code, name, kind, level, geom, area_m2, repaired,"
            "  is_demo, chosen_code, warning_id)"
            " SELECT z.event_id, :revision, z.scope_code, z.name, z.kind, coalesce(k.level, z.level), z.geom, z.area_m2,"
            "  z.repaired, z.is_demo, z.chosen_code, CASE WHEN k.level IS NULL THEN z.warning_id ELSE coalesce(:warning, z.warning_id) END"
            " FROM unnest(CAST(:old AS bigint[]), CAST(:levels AS text[])) AS k (id, level)"
            " JOIN hazard_zone z ON z.id = k.id ORDER BY z.id RETURNING id"
        ),
        {
            "revision": revision_id,
            "warning": warning_id,
            "old": old,
            "levels": [levels[zone_id] for zone_id in old],
        },
    )
    new = sorted(added)
    for derived in ("hazard_zone_piece", "hazard_zone_area"):
        session.execute(
            text(
                f"UPDATE {derived} d SET zone_id = m.new"
                " FROM unnest(CAST(:old AS bigint[]), CAST(:new AS bigint[])) AS m (old, new) WHERE d.zone_id = m.old"
            ),
            {"old": old, "new": new},
        )
    return new


def drop_pieces(session: Session, event_id: int, *, but: Sequence[int] = ()) -> None:
    """Take the present zones of an event out of the overlay, ``but`` these; the zones themselves stay as history."""
    old = select(HazardZone.id).where(HazardZone.event_id == event_id, HazardZone.id.not_in(list(but)))
    session.execute(delete(HazardZonePiece).where(HazardZonePiece.zone_id.in_(old)))
    session.execute(delete(ZoneArea).where(ZoneArea.zone_id.in_(old)))


def _store_pieces(session: Session, zones: Sequence[tuple[int, shapely.MultiPolygon]]) -> None:
    cells = [(zone_id, cell) for zone_id, geom in zones for cell in cut_adaptively(geom)]
    session.execute(
        text(
            "INSERT INTO hazard_zone_piece (zone_id, lo, hi, geom)"
            " SELECT c.zone, c.lo, c.hi, ST_GeomFromWKB(c.wkb, :srid)"
            " FROM unnest(CAST(:zones AS bigint[]), CAST(:lo AS bigint[]), CAST(:hi AS bigint[]),"
            "   CAST(:geoms AS bytea[])) AS c (zone, lo, hi, wkb)"
        ),
        {
            "srid": HOUSE_SRID,
            "zones": [zone_id for zone_id, _ in cells],
            "lo": [cell.lo for _, cell in cells],
            "hi": [cell.hi for _, cell in cells],
            "geoms": wkb_of([cell for _, cell in cells]),
        },
    )


def store_areas(session: Session, *, chosen: Sequence[tuple[int, str]], drawn: Sequence[int]) -> None:
    """Which divisions stored zones touch: those ``chosen`` by the code of a division, and those ``drawn``."""
    session.execute(
        text(
            "INSERT INTO hazard_zone_area (zone_id, area_code, whole) SELECT c.zone, a.code, true"
            " FROM unnest(CAST(:zones AS bigint[]), CAST(:prefixes AS text[])) AS c (zone, prefix)"
            " JOIN area a ON starts_with(a.code, c.prefix)"
        ),
        {"zones": [zone_id for zone_id, _ in chosen], "prefixes": [prefix for _, prefix in chosen]},
    )
    _store_overlapping_areas(session, chosen)
    # By functions that see all outlines: a township's zone may mean houses that its neighbour declares.
    session.execute(
        text(
            "INSERT INTO hazard_zone_area (zone_id, area_code, whole)"
            " SELECT d.ids[t.shape], t.code, false"
            " FROM (SELECT array_agg(id ORDER BY id) AS ids, array_agg(geom ORDER BY id) AS shapes"
            "   FROM hazard_zone WHERE id = ANY(:zones)) d"
            " CROSS JOIN LATERAL divisions_touched(d.shapes) t"
        ),
        {"zones": list(drawn)},
    )


def _store_overlapping_areas(session: Session, chosen: Sequence[tuple[int, str]]) -> None:
    """A division chosen by code touches beside itself only what its outline really overlaps.

    Neighbours share a border line and are not meant, however their common line was digitised; a division around the
    chosen one is not meant either: whoever ticks one village asks for its list, not for the doubts of all the township.
    """
    session.execute(
        text(
            "INSERT INTO hazard_zone_area (zone_id, area_code, whole, overlap_m2)"
            " SELECT d.ids[o.shape], o.code, false, o.overlap_m2"
            " FROM (SELECT array_agg(z.id ORDER BY z.id) AS ids, array_agg(z.geom ORDER BY z.id) AS shapes,"
            "     array_agg(c.prefix ORDER BY z.id) AS chosen"
            "   FROM unnest(CAST(:zones AS bigint[]), CAST(:prefixes AS text[])) AS c (zone, prefix)"
            "   JOIN hazard_zone z ON z.id = c.zone) d"
            " CROSS JOIN LATERAL divisions_overlapped(d.shapes, d.chosen, :least) o"
        ),
        {
            "zones": [zone_id for zone_id, _ in chosen],
            "prefixes": [prefix for _, prefix in chosen],
            "least": SLIVER_M2,
        },
    )


def measure_overlaps(session: Session, standing: Sequence[tuple[int, str]]) -> None:
    """Where else than in its own division each standing risk area (number, code) really lies: there the neighbour sees it, and counts it."""
    session.execute(
        text(
            "UPDATE hazard_zone_area a SET overlap_m2 = o.overlap_m2"
            " FROM (SELECT d.ids[o.shape] AS zone_id, o.code, o.overlap_m2"
            "   FROM (SELECT array_agg(z.id ORDER BY z.id) AS ids, array_agg(z.geom ORDER BY z.id) AS shapes,"
            "       array_agg(c.scope ORDER BY z.id) AS scopes"
            "     FROM unnest(CAST(:zones AS bigint[]), CAST(:scopes AS text[])) AS c (zone, scope)"
            "     JOIN hazard_zone z ON z.id = c.zone) d"
            "   CROSS JOIN LATERAL divisions_overlapped(d.shapes, d.scopes, :least) o) o"
            " WHERE a.zone_id = o.zone_id AND a.area_code = o.code"
        ),
        {
            "zones": [zone_id for zone_id, _ in standing],
            "scopes": [scope for _, scope in standing],
            "least": SLIVER_M2,
        },
    )


def described(session: Session, event_id: int, source: ZoneSource, *, is_new: bool = True) -> Zoned:
    """What stands in the database for the event, beside what was found in ``source``."""
    row = session.execute(
        text(
            "SELECT e.revision, count(z.id) AS zones,"
            # Two warnings of one township are one area.
            "  (SELECT coalesce(sum(d.area_m2), 0) FROM (SELECT DISTINCT ON (o.area_m2, ST_AsBinary(o.geom)) o.area_m2"
            "   FROM hazard_zone o JOIN zone_revision s ON s.id = o.revision_id"
            "   WHERE s.event_id = e.id AND s.n = e.revision) d) AS area,"
            "  count(*) FILTER (WHERE z.repaired) AS repaired"
            " FROM hazard_event e LEFT JOIN zone_revision r ON r.event_id = e.id AND r.n = e.revision"
            " LEFT JOIN hazard_zone z ON z.revision_id = r.id WHERE e.id = :event GROUP BY e.id, e.revision"
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
        _times_the_areas(session, event_id, row.area),
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


def _times_the_areas(session: Session, event_id: int, area_m2: float) -> float | None:
    """The zones' surface by that of the widest outlines that they touch; None where they touch none."""
    outlines: float | None = session.scalar(
        text(
            "SELECT sum(ST_Area(a.geom::geography)) FROM area a"
            " WHERE a.level = (SELECT min(level) FROM area WHERE geom IS NOT NULL) AND EXISTS ("
            "   SELECT FROM hazard_event e JOIN zone_revision r ON r.event_id = e.id AND r.n = e.revision"
            "   JOIN hazard_zone z ON z.revision_id = r.id WHERE e.id = :event AND z.geom && a.geom)"
        ),
        {"event": event_id},
    )
    return area_m2 / outlines if outlines else None


def leading_area(session: Session, actor: Actor, zones: Sequence[ZoneDraft]) -> str:
    """Whose event it is: the actor's own area, or for everywhere the county that the zones touch most."""
    if len(actor.scope.prefix) >= COUNTY_DIGITS:
        return actor.scope.prefix
    chosen = next((zone.whole_area for zone in zones if zone.whole_area), None)
    if chosen is not None:
        return county_of(chosen)
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
