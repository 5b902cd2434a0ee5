"""The small map of a village on paper, drawn here as SVG: its outline, the zones, the houses of its list with their numbers.

Paper holds letters and shapes, not colour alone: a copy in black and white says the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.base_map import BaseLayer
from geo_housing.hazards.models import HazardEvent
from geo_housing.paper_frame import HEIGHT, WIDTH, Bounds, Frame, TilePicture, bounds_of
from geo_housing.words import AREA_CODE_LENGTH


class Placed(Protocol):
    """A row of a list that may have a place."""

    @property
    def lon(self) -> float | None:
        """Degrees east."""

    @property
    def lat(self) -> float | None:
        """Degrees north."""


@dataclass(frozen=True)
class Dot:
    """A house on the small map; ``number`` is its number in the list."""

    x: float
    y: float
    number: int


@dataclass(frozen=True)
class SmallMap:
    """Paths in a box of WIDTH x HEIGHT, north up; ``scale_px`` is as long as ``scale_label`` says.

    ``outside`` are the numbers in the list of houses whose point lies too far away for this map. ``closer`` is the map of
    the houses alone, where they stand together in a small part of this one.
    """

    outline: str
    zones: str
    dots: tuple[Dot, ...]
    outside: tuple[int, ...]
    scale_px: float
    scale_label: str
    tiles: tuple[TilePicture, ...] = ()
    width: float = WIDTH
    height: float = HEIGHT
    closer: "SmallMap | None" = None


_SHAPES = text(
    """
    SELECT ST_AsBinary(a.geom) AS outline, (
        SELECT ST_AsBinary(ST_Collect(ST_ClipByBox2D(z.geom, ST_Expand(CAST(:box AS box2d), 0.002))))
        FROM hazard_zone z JOIN zone_revision r ON r.id = z.revision_id AND r.n = :revision
        WHERE z.event_id = :event AND z.geom IS NOT NULL AND z.geom && ST_SetSRID(CAST(:box AS box2d)::geometry, 4490)
    ) AS zones
    FROM (SELECT 1) one LEFT JOIN area a ON a.code = :code
    """
)


def small_map(
    session: Session, event: HazardEvent, code: str, rows: Sequence[Placed], under: Sequence[BaseLayer] = ()
) -> SmallMap | None:
    """The map of one village with the houses of its list, over the tiles of ``under``; None when nothing has a place."""
    places = [
        (n, row.lon, row.lat) for n, row in enumerate(rows, start=1) if row.lon is not None and row.lat is not None
    ]
    bounds = bounds_of(_envelope(session, code), [(lon, lat) for _, lon, lat in places])
    if bounds is None:
        return None
    made = _drawn(session, event, code, places, bounds, under)
    near = _standing_close(made.dots, places)
    return made if near is None else replace(made, closer=_drawn(session, event, code, places, near, under))


# Houses that take up less than this share of the map, either way, are drawn once more by themselves.
CLOSE = 0.4


def _standing_close(dots: Sequence[Dot], places: Sequence[tuple[int, float, float]]) -> Bounds | None:
    """The box of the houses that are drawn, where it is a small part of the map."""
    xs, ys = [dot.x for dot in dots], [dot.y for dot in dots]
    if len(dots) < 2 or max(xs) - min(xs) > CLOSE * WIDTH or max(ys) - min(ys) > CLOSE * HEIGHT:
        return None
    shown = {dot.number for dot in dots}
    lons, lats = [lon for n, lon, _ in places if n in shown], [lat for n, _, lat in places if n in shown]
    return min(lons), min(lats), max(lons), max(lats)


def _drawn(
    session: Session,
    event: HazardEvent,
    code: str,
    places: Sequence[tuple[int, float, float]],
    bounds: Bounds,
    under: Sequence[BaseLayer],
) -> SmallMap:
    west, south, east, north = bounds
    box = f"BOX({west} {south},{east} {north})"
    found = session.execute(_SHAPES, {"box": box, "event": event.id, "revision": event.revision, "code": code}).one()
    frame = Frame(west, south, east, north)
    dots = tuple(Dot(*frame.place(lon, lat), n) for n, lon, lat in places if frame.holds(lon, lat))
    shown = {dot.number for dot in dots}
    outside = tuple(n for n, *_ in places if n not in shown)
    length, label = frame.scale()
    tiles = tuple(frame.tiles(under)) if under else ()
    outline, zones = frame.path(_shape(found.outline)), frame.path(_shape(found.zones))
    return SmallMap(outline, zones, dots, outside, length, label, tiles)


def _envelope(session: Session, code: str) -> Bounds | None:
    """The box of the village's outline; None for other divisions, and where there is no outline."""
    if len(code) != AREA_CODE_LENGTH["village"]:
        return None
    found = session.scalar(text("SELECT ST_AsBinary(ST_Envelope(geom)) FROM area WHERE code = :code"), {"code": code})
    return None if found is None else shapely.from_wkb(bytes(found)).bounds


def short_name(name: str) -> str:
    """光明村委会 as people say it: paper has little room."""
    for ending, short in (("村民委员会", "村"), ("村村委会", "村"), ("村委会", "村"), ("居民委员会", "居委会")):
        if name.endswith(ending):
            return name.removesuffix(ending) + short
    return name


def _shape(wkb: bytes | None) -> BaseGeometry | None:
    return None if wkb is None else shapely.from_wkb(bytes(wkb))
