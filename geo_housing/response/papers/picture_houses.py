"""The houses of a village on the picture for the chat: on its map and, where they stand too near there, settlement by settlement.

Pure: rows and shapes in, what is drawn out.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shapely.geometry.base import BaseGeometry

from geo_housing.paper_frame import EDGE, METRES_PER_DEGREE, Frame
from geo_housing.response.papers.apart import moved_apart
from geo_housing.response.papers.numbered_dots import Closer, frames_on
from geo_housing.response.papers.settlements import (
    CLOSER,
    ROOM,
    Spot,
    box_of,
    closer_groups,
    frame_of,
    is_closest,
    linked,
    names_said,
    spots_of,
    standing_near,
)

WIDTH, MAP_HEIGHT = 1080.0, 860.0
# The map of the whole village, where its houses stand on closer ones.
OVERVIEW_HEIGHT = 440.0
# More would be a black patch.
MOST_DOTS = 3_000
# More closer maps nobody scrolls through in a chat; of more than so many two stand in a line.
MOST_CLOSER, MOST_ACROSS = 8, 3
# Half of a symbol with its line (picture.html): of C and D with their letter, and of all others.
LETTERED, PLAIN = 10.5, 6.5
# Above each closer map stands its name; around it this much is empty.
HEAD, BETWEEN = 44.0, 14.0
LEAST_HEIGHT, MOST_HEIGHT = 240.0, 640.0
# A settlement is parted when more than this share of its dots would have to be moved.
MOVED = 0.3
# Letters of the picture are so many times as large as on paper.
TIMES = 2.2


class Listed(Protocol):
    """A house of the lists."""

    @property
    def lon(self) -> float | None:
        """Degrees east."""

    @property
    def lat(self) -> float | None:
        """Degrees north."""

    @property
    def risk(self) -> str:
        """Its class."""

    @property
    def waits(self) -> bool:
        """Its people are not moved, or it is not inspected."""

    @property
    def settlement(self) -> str | None:
        """Natural village."""


@dataclass(frozen=True)
class HouseDot:
    """One house with its class; ``waits`` as above; a line leads to ``at``, where it stands, if its dot had to be moved far."""

    x: float
    y: float
    risk: str
    waits: bool
    at: tuple[float, float] | None = None
    is_on_closer: bool = False


@dataclass(frozen=True)
class CloserMap:
    """One settlement; ``x`` and ``y`` of its upper left corner below the upper edge of the village's map."""

    x: float
    y: float
    width: float
    height: float
    name: str
    houses: int
    outline: str
    zones: str
    dots: tuple[HouseDot, ...]
    scale_px: float
    scale_label: str


@dataclass(frozen=True)
class Houses:
    """What is drawn of a village; ``height`` of all its maps. ``outside``: 栋 too far away for this map."""

    frame: Frame
    height: float
    dots: tuple[HouseDot, ...] = ()
    frames: tuple[Closer, ...] = ()
    closer: tuple[CloserMap, ...] = ()
    outside: int = 0


def houses_on(
    framed: Callable[[float], Frame],
    houses: Sequence[Listed],
    shapes: Callable[[Frame], tuple[BaseGeometry | None, BaseGeometry | None]],
) -> Houses:
    """All houses with a place; ``framed``: the village's map at a height, ``shapes``: outline and zones on such a map."""
    frame = framed(MAP_HEIGHT)
    places = [
        (n, house.lon, house.lat) for n, house in enumerate(houses) if house.lon is not None and house.lat is not None
    ]
    # On both: which of them it will be, the houses decide.
    held = [place for place in places if frame.holds(*place[1:]) and framed(OVERVIEW_HEIGHT).holds(*place[1:])]
    if not held or len(held) > MOST_DOTS:
        return Houses(frame, MAP_HEIGHT, outside=len(places) - len(held))
    spots = spots_of(held)
    if _touching(frame, spots, houses):
        frame = framed(OVERVIEW_HEIGHT)
    groups = _groups(frame, spots, houses)
    if not groups:
        frame = framed(MAP_HEIGHT)
    on_closer = {number for group in groups for spot in group for number in spot.numbers}
    where = {n: (lon, lat) for n, lon, lat in held}
    closer = _closer(groups, where, houses, *shapes(frame)) if groups else ()
    dots = _dots(frame, {n: place for n, place in where.items() if n not in on_closer}, houses)
    small = [
        HouseDot(*frame.place(*where[n]), houses[n].risk, houses[n].waits, is_on_closer=True) for n in sorted(on_closer)
    ]
    return Houses(
        frame,
        max((one.y + one.height for one in closer), default=frame.height),
        (*small, *dots),
        tuple(frames_on(frame, groups, (), times=TIMES)),
        closer,
        len(places) - len(held),
    )


def _radius(house: Listed) -> float:
    return LETTERED if house.risk in ("C", "D") else PLAIN


def _touching(frame: Frame, spots: Sequence[Spot], houses: Sequence[Listed]) -> list[list[Spot]]:
    """Places whose dots would lie on one another."""
    radii = [max(_radius(houses[n]) for n in spot.numbers) for spot in spots]
    groups = linked([frame.place(spot.lon, spot.lat) for spot in spots], radii)
    return [[spots[n] for n in group] for group in groups if len(group) > 1]


def _groups(frame: Frame, spots: Sequence[Spot], houses: Sequence[Listed]) -> list[list[Spot]]:
    crowded = {spot for group in _touching(frame, spots, houses) for spot in group}
    settlements = [group for group in standing_near(frame, spots) if not crowded.isdisjoint(group)]

    def fits(group: list[Spot]) -> bool:
        near = frame_of(group, WIDTH, MOST_HEIGHT)
        touching = sum(map(len, _touching(near, group, houses)))
        return is_closest(group) or (near.per_metre >= CLOSER * frame.per_metre and touching <= MOVED * len(group))

    groups = [group for group in closer_groups(settlements, MOST_CLOSER, fits) if len(group) > 1]
    # From north to south and west to east, as they are looked for on the village's map.
    return sorted(groups, key=lambda group: (-box_of(group)[3], box_of(group)[0]))


def _closer(
    groups: Sequence[Sequence[Spot]],
    where: Mapping[int, tuple[float, float]],
    houses: Sequence[Listed],
    outline: BaseGeometry | None,
    zones: BaseGeometry | None,
) -> tuple[CloserMap, ...]:
    across = 1 if len(groups) <= MOST_ACROSS else 2
    width = (WIDTH - BETWEEN * (across - 1)) / across
    found, top = list[CloserMap](), OVERVIEW_HEIGHT
    for first in range(0, len(groups), across):
        line = groups[first : first + across]
        # The last one takes what its neighbour would leave empty.
        wide = WIDTH if len(line) < across else width
        height = max(_height(group, wide) for group in line)
        for n, group in enumerate(line):
            frame = frame_of(group, wide, height)
            own = {number: where[number] for spot in group for number in spot.numbers}
            length, label = frame.scale()
            found.append(
                CloserMap(
                    n * (width + BETWEEN),
                    top + HEAD,
                    wide,
                    height,
                    names_said(houses[number].settlement for number in own),
                    len(own),
                    frame.path(frame.within(outline)),
                    frame.path(frame.within(zones)),
                    _dots(frame, own, houses),
                    length,
                    label,
                )
            )
        top += HEAD + height + BETWEEN
    return tuple(found)


def _height(group: Sequence[Spot], width: float) -> float:
    """As high as the houses need where they fill the width, within reason."""
    _, south, _, north = box_of(group)
    per_metre = frame_of(group, width, MOST_HEIGHT).per_metre
    needed = (north - south) * (1 + 2 * ROOM) * METRES_PER_DEGREE * per_metre + 2 * EDGE
    return round(min(max(needed, LEAST_HEIGHT), MOST_HEIGHT))


def _dots(frame: Frame, where: Mapping[int, tuple[float, float]], houses: Sequence[Listed]) -> tuple[HouseDot, ...]:
    """Each house where it stands, or as near as no other dot lies."""
    at = [frame.place(lon, lat) for lon, lat in where.values()]
    radii = [_radius(houses[n]) for n in where]
    moved = moved_apart([(x, y, r) for (x, y), r in zip(at, radii, strict=True)], frame.width, frame.height)
    return tuple(
        HouseDot(*to, houses[n].risk, houses[n].waits, own if math.dist(own, to) > r else None)
        for n, own, to, r in zip(where, at, moved, radii, strict=True)
    )
