"""The small map of a village on paper, drawn here as SVG: its outline, the zones, the houses of its list with their numbers.

Paper holds letters and shapes, not colour alone: a copy in black and white says the same.
"""

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
    frames_on,
    numbers_in_best_size,
    split_up,
    untold_of,
)
from geo_housing.response.papers.settlements import Spot, frame_of, names_said, runs_of, spots_of

# Over both columns of the paper, with what lies between them (response_paper.css).
WIDE = 1_052.0


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
    ``outside`` are the numbers in the list of houses whose point lies too far away for this map, ``unlocated`` of those
    that have none.
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
    unlocated: tuple[int, ...] = ()
    frames: tuple[Closer, ...] = ()
    closer: "tuple[SmallMap, ...]" = ()
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def missing(self) -> tuple[tuple[str, int, str], ...]:
        """What of the list this map does not tell: why, how many, and which numbers."""
        return tuple(
            (why, len(numbers), runs_of(numbers))
            for why, numbers in (
                ("没有坐标，不在图上", self.unlocated),
                ("离得太远没有画出、位置待核对", self.outside),
                ("挨得太近、没有写下序号", self.untold),
            )
            if numbers
        )


_SHAPES = text(
    """
    SELECT ST_AsBinary(a.geom) AS outline, (
        SELECT ST_AsBinary(ST_Collect(ST_ClipByBox2D(z.geom, CAST(:box AS box2d))))
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
    frame = Frame(*bounds)
    spots = spots_of([place for place in places if frame.holds(*place[1:])])
    numbers, groups = split_up(frame, spots, large=large)
    widths = [WIDTH] * len(groups)
    if groups and len(groups) % 2 == 0:
        # Two to a line: the last one takes what its neighbour would leave empty, so it is the one that gains most by it.
        groups.append(groups.pop(groups.index(max(groups, key=_gain))))
        widths[-1] = WIDE
    around = _around([frame, *(frame_of(group, width) for group, width in zip(groups, widths, strict=True))])
    values = {"box": around, "event": event.id, "revision": event.revision, "code": code}
    found = session.execute(_SHAPES, values).one()
    drawing = _Drawing(_shape(found.outline), _shape(found.zones), under, large)
    closer = [
        drawing.closer(n, group, rows, width) for n, (group, width) in enumerate(zip(groups, widths, strict=True), 1)
    ]
    shown = {number for spot in spots for number in spot.numbers}
    on_overview = untold_of([spot for spot in spots if not any(spot in group for group in groups)], numbers)
    return replace(
        drawing.drawn(frame, spots, numbers),
        outside=tuple(n for n, *_ in places if n not in shown),
        unlocated=tuple(n for n, row in enumerate(rows, start=1) if row.lon is None or row.lat is None),
        untold=tuple(sorted((*on_overview, *(number for one in closer for number in one.untold)))),
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
        told = {number for spot in numbers for number in spot.numbers}
        dots = [
            Dot(*frame.place(spot.lon, spot.lat), number, number not in told)
            for spot in spots
            for number in spot.numbers
        ]
        length, label = frame.scale()
        tiles = tuple(frame.tiles(self.under)) if self.under else ()
        return SmallMap(
            frame.path(frame.within(self.outline)),
            frame.path(frame.within(self.zones)),
            tuple(sorted(dots, key=lambda dot: dot.number)),
            tuple(numbers.values()),
            length,
            label,
            tiles,
            width=frame.width,
            height=frame.height,
        )

    def closer(self, n: int, group: Sequence[Spot], rows: Sequence[Placed], width: float) -> SmallMap:
        """The houses of ``group`` by themselves, named by the natural village that they state."""
        frame = frame_of(group, width)
        numbers = numbers_in_best_size(frame, group, large=self.large)
        name = names_said(rows[number - 1].settlement for spot in group for number in spot.numbers)
        return replace(
            self.drawn(frame, group, numbers), title=f"图{n} {name}".strip(), untold=untold_of(group, numbers)
        )


def _around(frames: Sequence[Frame]) -> str:
    """A box that holds all that the maps show and more: a zone cut off on the paper would look as if it ended there."""
    boxes = [frame.around() for frame in frames]
    west, south = (min(box[n] for box in boxes) for n in (0, 1))
    east, north = (max(box[n] for box in boxes) for n in (2, 3))
    return f"BOX({west} {south},{east} {north})"


def _gain(group: Sequence[Spot]) -> float:
    """What a map over both columns is worth to a group: many houses that would be drawn larger."""
    return len(group) * (frame_of(group, WIDE).per_metre / frame_of(group).per_metre - 1)


def _envelope(session: Session, code: str) -> Bounds | None:
    """The box of the village's outline; None for other divisions, and where there is no outline."""
    if not is_village(code):
        return None
    found = session.scalar(text("SELECT ST_AsBinary(ST_Envelope(geom)) FROM area WHERE code = :code"), {"code": code})
    return None if found is None else shapely.from_wkb(bytes(found)).bounds


def _shape(wkb: bytes | None) -> BaseGeometry | None:
    return None if wkb is None else shapely.from_wkb(bytes(wkb))
