"""The small map of a village on paper, drawn here as SVG: its outline, the zones, the houses of its list with their numbers.

Paper holds letters and shapes, not colour alone: a copy in black and white says the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.area_codes import is_village
from geo_housing.base_map import BaseLayer
from geo_housing.hazards.models import HazardEvent
from geo_housing.paper_frame import HEIGHT, WIDTH, Bounds, Frame, TilePicture, bounds_of
from geo_housing.response.papers.numbered_dots import (
    Closer,
    Number,
    Spot,
    frame_of,
    frames_on,
    numbers_in_best_size,
    split_up,
    spots_of,
)


class Placed(Protocol):
    """A row of a list that may have a place."""

    @property
    def lon(self) -> float | None:
        """Degrees east."""

    @property
    def lat(self) -> float | None:
        """Degrees north."""

    @property
    def settlement(self) -> str | None:
        """Natural village."""


@dataclass(frozen=True)
class Dot:
    """A house on the small map; ``number`` is its number in the list."""

    x: float
    y: float
    number: int
    is_on_closer: bool = False


@dataclass(frozen=True)
class SmallMap:
    """Paths in a box of WIDTH x HEIGHT, north up; ``scale_px`` is as long as ``scale_label`` says.

    ``numbers`` stand beside the dots, where there is room for them; where houses stand too near one another they stand
    on a map of ``closer``, whose place the overview shows by a frame of ``frames``. ``untold`` found no room at all.
    ``outside`` are the numbers in the list of houses whose point lies too far away for this map.
    """

    outline: str
    zones: str
    dots: tuple[Dot, ...]
    numbers: tuple[Number, ...]
    scale_px: float
    scale_label: str
    tiles: tuple[TilePicture, ...] = ()
    title: str = ""
    outside: tuple[int, ...] = ()
    untold: tuple[int, ...] = ()
    frames: tuple[Closer, ...] = ()
    closer: "tuple[SmallMap, ...]" = ()
    width: float = WIDTH
    height: float = HEIGHT


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
    session: Session,
    event: HazardEvent,
    code: str,
    rows: Sequence[Placed],
    under: Sequence[BaseLayer] = (),
    *,
    large: frozenset[int] = frozenset(),
) -> SmallMap | None:
    """The map of one village with the houses of its list, over the tiles of ``under``; None when nothing has a place.

    ``large`` are the numbers of the houses that are drawn larger.
    """
    places = [
        (n, row.lon, row.lat) for n, row in enumerate(rows, start=1) if row.lon is not None and row.lat is not None
    ]
    bounds = bounds_of(_envelope(session, code), [(lon, lat) for _, lon, lat in places])
    if bounds is None:
        return None
    west, south, east, north = bounds
    box = f"BOX({west} {south},{east} {north})"
    found = session.execute(_SHAPES, {"box": box, "event": event.id, "revision": event.revision, "code": code}).one()
    drawing = _Drawing(_shape(found.outline), _shape(found.zones), under, large)
    frame = Frame(*bounds)
    spots = spots_of([place for place in places if frame.holds(*place[1:])])
    numbers, groups = split_up(frame, spots, large=large)
    closer = [drawing.closer(n, group, rows) for n, group in enumerate(groups, start=1)]
    shown = {number for spot in spots for number in spot.numbers}
    return replace(
        drawing.drawn(frame, spots, numbers),
        outside=tuple(n for n, *_ in places if n not in shown),
        untold=tuple(sorted(number for one in closer for number in one.untold)),
        frames=tuple(frames_on(frame, groups, numbers.values())),
        closer=tuple(closer),
    )


@dataclass(frozen=True)
class _Drawing:
    """What all maps of one village have in common."""

    outline: BaseGeometry | None
    zones: BaseGeometry | None
    under: Sequence[BaseLayer]
    large: frozenset[int]

    def drawn(self, frame: Frame, spots: Sequence[Spot], numbers: Mapping[Spot, Number]) -> SmallMap:
        """One map; further houses than those with a number are on it, too."""
        dots = [
            Dot(*frame.place(spot.lon, spot.lat), number, spot not in numbers)
            for spot in spots
            for number in spot.numbers
        ]
        length, label = frame.scale()
        tiles = tuple(frame.tiles(self.under)) if self.under else ()
        return SmallMap(
            frame.path(_within(self.outline, frame)),
            frame.path(_within(self.zones, frame)),
            tuple(sorted(dots, key=lambda dot: dot.number)),
            tuple(numbers.values()),
            length,
            label,
            tiles,
        )

    def closer(self, n: int, group: Sequence[Spot], rows: Sequence[Placed]) -> SmallMap:
        """The houses of ``group`` by themselves, named by the natural village that most of them state."""
        frame = frame_of(group)
        numbers = numbers_in_best_size(frame, group, large=self.large)
        named = Counter(rows[number - 1].settlement for spot in group for number in spot.numbers)
        name = next((name for name, _ in named.most_common() if name), "")
        untold = sorted(number for spot in group if spot not in numbers for number in spot.numbers)
        return replace(self.drawn(frame, group, numbers), title=f"图{n} {name}".strip(), untold=tuple(untold))


def _within(shape: BaseGeometry | None, frame: Frame) -> BaseGeometry | None:
    """What of ``shape`` lies on the paper, and a little more: where it was cut no line is seen."""
    if shape is None:
        return None
    (west, south), (east, north) = frame.corners()
    dx, dy = (east - west) / 10, (north - south) / 10
    return shapely.clip_by_rect(shape, west - dx, south - dy, east + dx, north + dy)


def _envelope(session: Session, code: str) -> Bounds | None:
    """The box of the village's outline; None for other divisions, and where there is no outline."""
    if not is_village(code):
        return None
    found = session.scalar(text("SELECT ST_AsBinary(ST_Envelope(geom)) FROM area WHERE code = :code"), {"code": code})
    return None if found is None else shapely.from_wkb(bytes(found)).bounds


def _shape(wkb: bytes | None) -> BaseGeometry | None:
    return None if wkb is None else shapely.from_wkb(bytes(wkb))
