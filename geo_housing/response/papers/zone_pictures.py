"""Every change of an event's zones as a small picture: what stood, what came, what went, in one frame for all of them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.hazards.overlay import rank
from geo_housing.paper_frame import Frame
from geo_housing.response.queries import Revision, revisions
from geo_housing.scope import AreaScope

WIDTH, HEIGHT = 300.0, 180.0
# Pictures of an event: the last ones; what was before is told in words.
MOST_PICTURES = 24
# Finer than half a pixel nobody sees.
STEPS = 2 * WIDTH
_ZONES = text("""
    WITH shown AS (
        SELECT r.n, z.level, z.geom FROM zone_revision r JOIN hazard_zone z ON z.revision_id = r.id
        WHERE r.event_id = :event AND r.n > :after AND z.geom IS NOT NULL
    ), box AS (SELECT ST_Extent(geom) AS whole FROM shown)
    SELECT s.n, coalesce(s.level, 'ungraded') AS level,
        ST_AsBinary(ST_SimplifyPreserveTopology(s.geom,
            greatest(ST_XMax(b.whole) - ST_XMin(b.whole), ST_YMax(b.whole) - ST_YMin(b.whole)) / :steps)) AS geom
    FROM shown s, box b
""")
_OUTLINES = text("""
    SELECT ST_AsBinary(ST_SimplifyPreserveTopology(geom, :tolerance)) FROM area
    WHERE level = 'township' AND code >= :lo AND code < :hi AND geom && ST_MakeEnvelope(:west, :south, :east, :north, 4490)
""")


@dataclass(frozen=True)
class Shape:
    """One zone of a picture; ``is_new``: it was not in the revision before."""

    path: str
    level: str
    is_new: bool


@dataclass(frozen=True)
class ZonePicture:
    """One revision: its zones, those that the one before had and this one has not (``gone``), townships around."""

    revision: Revision
    shapes: tuple[Shape, ...]
    gone: tuple[str, ...]
    outlines: str
    width: int = int(WIDTH)
    height: int = int(HEIGHT)

    @property
    def came(self) -> int:
        """Zones that this revision brought."""
        return sum(shape.is_new for shape in self.shapes)


def zone_pictures(
    session: Session, event_id: int, scope: AreaScope, *, until: datetime | None = None
) -> list[ZonePicture]:
    """The revisions of an event's zones, the newest first; ``until``: those that stood by then."""
    known = [one for one in revisions(session, event_id) if until is None or one.made_at <= until]
    shown = known[:MOST_PICTURES]
    if not shown:
        return []
    # One more before them, to tell what the oldest shown has changed.
    values = {"event": event_id, "after": shown[-1].n - 2, "steps": STEPS}
    zones: dict[int, dict[str, tuple[str, BaseGeometry]]] = {}
    # Of two warnings of one township the higher level is seen.
    for row in sorted(session.execute(_ZONES, values), key=lambda row: rank(row.level)):
        wkb = bytes(row.geom)
        key = hashlib.md5(wkb, usedforsecurity=False).hexdigest()
        zones.setdefault(row.n, {}).setdefault(key, (row.level, shapely.from_wkb(wkb)))
    all_of_them = [geom for of_one in zones.values() for _, geom in of_one.values()]
    if not all_of_them:
        return [ZonePicture(one, (), (), "") for one in shown]
    west, south, east, north = shapely.total_bounds(all_of_them)
    frame = Frame(west, south, east, north, width=WIDTH, height=HEIGHT)
    outlines = _outlines(session, frame, scope, (west, south, east, north))
    return [_picture(one, zones, frame, outlines) for one in shown]


def _picture(
    revision: Revision, zones: dict[int, dict[str, tuple[str, BaseGeometry]]], frame: Frame, outlines: str
) -> ZonePicture:
    own, before = zones.get(revision.n, {}), zones.get(revision.n - 1, {})
    shapes = tuple(
        Shape(frame.path(geom), level, key not in before and revision.n > 1) for key, (level, geom) in own.items()
    )
    gone = tuple(frame.path(geom) for key, (_, geom) in before.items() if key not in own)
    return ZonePicture(revision, shapes, gone, outlines)


def _outlines(session: Session, frame: Frame, scope: AreaScope, box: tuple[float, float, float, float]) -> str:
    west, south, east, north = box
    values = {
        "lo": scope.lo, "hi": scope.hi, "west": west, "south": south, "east": east, "north": north,
        "tolerance": max(east - west, north - south) / STEPS,
    }  # fmt: skip
    return "".join(frame.path(shapely.from_wkb(bytes(wkb))) for wkb in session.scalars(_OUTLINES, values))
