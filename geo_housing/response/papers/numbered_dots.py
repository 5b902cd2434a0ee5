"""Numbers beside the dots of a small map so that each can be read, and which houses need a closer map for that.

Pure: degrees and units of paper in, places of numbers out.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from geo_housing.paper_frame import Bounds, Frame
from geo_housing.response.papers.settlements import (
    CLOSER,
    Spot,
    box_of,
    closer_groups,
    frame_of,
    is_closest,
    linked,
    standing_near,
)

# Sizes of letters (response_paper.css), the first that leaves no house without its number; the overview takes the last.
SIZES = (12, 9)
# Of a letter of size 1 in a sans-serif: a digit's width, a line's height. A dot's radius, and a large one's.
DIGIT, LINE = 0.575, 0.88
SMALL, LARGE = 2.6, 4.0
# So far from its dot a number may stand when a line leads to it.
FURTHER = (7.0, 15.0)
# More maps of one village nobody would turn to; whose number finds no place on them is told beside.
MOST_CLOSER = 12
# Around the houses of a frame; its name (图12) is so wide and high.
FRAME, NAME = 5.0, (27.0, 12.0)
# Of so many dots that lie on one another one label still tells which are meant.
MOST_JOINED = 3
_CELL = 24.0


@dataclass(frozen=True)
class Number:
    """What is written, from ``x`` on the line ``y``; ``leads`` is the line from the dot where it stands further away."""

    x: float
    y: float
    said: str
    size: int
    leads: Bounds | None = None


@dataclass(frozen=True)
class Closer:
    """A frame on the overview around the houses of a closer map, and where it is named."""

    x: float
    y: float
    width: float
    height: float
    name_x: float
    name_y: float


@dataclass
class _Taken:
    """Boxes that are drawn already, found by where they lie."""

    cells: dict[tuple[int, int], list[Bounds]] = field(default_factory=lambda: defaultdict(list))

    def add(self, box: Bounds) -> None:
        for cell in self._cells(box):
            self.cells[cell].append(box)

    def is_free(self, box: Bounds) -> bool:
        return not any(_overlap(box, other) for cell in self._cells(box) for other in self.cells.get(cell, ()))

    def _cells(self, box: Bounds) -> Iterator[tuple[int, int]]:
        left, top, right, bottom = (math.floor(value / _CELL) for value in box)
        return ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))


def _overlap(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def numbers_on(
    frame: Frame,
    spots: Sequence[Spot],
    around: Sequence[Spot] = (),
    *,
    large: frozenset[int] = frozenset(),
    size: int = SIZES[-1],
    further: Sequence[float] = FURTHER,
) -> dict[Spot, Number]:
    """Where the numbers of ``spots`` stand, each at its dot, over no other dot or number; who finds no place is missing.

    Of a few dots that lie on one another nobody can tell which is which: they are one spot here, with one label for all.
    ``around`` are further dots that are drawn without a number; those of ``large`` are drawn larger.
    """
    taken = _Taken()
    # Title, scale and north arrow.
    taken.add((0, 0, 130, 20))
    taken.add((0, frame.height - 26, frame.scale()[0] + 20, frame.height))
    taken.add((frame.width - 30, 0, frame.width, 46))
    reach = {spot: LARGE if large.intersection(spot.numbers) else SMALL for spot in (*spots, *around)}
    at = {spot: frame.place(spot.lon, spot.lat) for spot in reach}
    dots = {spot: (x - reach[spot], y - reach[spot], x + reach[spot], y + reach[spot]) for spot, (x, y) in at.items()}
    for box in dots.values():
        taken.add(box)
    labelled = list[list[Spot]]()
    for group in _touching(frame, spots, large):
        if len(group) <= MOST_JOINED:
            labelled.append(group)
        elif further:
            # A line that leads into a heap of dots is more than nothing.
            labelled.extend([spot] for spot in group)
    found = {}
    for spot, box in sorted((_joined(group, dots) for group in labelled), key=lambda joined: joined[0].numbers):
        wide = size * DIGIT * sum(2 if letter == "、" else 1 for letter in spot.said)
        high = size * LINE
        for left, top, leads in _beside(box, wide, high, further):
            covered = (left, top, left + wide, top + high)
            inside = left >= 0 and top >= 0 and covered[2] <= frame.width and covered[3] <= frame.height
            if inside and taken.is_free(covered):
                taken.add(covered)
                found[spot] = Number(round(left, 1), round(top + high * 0.9, 1), spot.said, size, leads)
                break
    return found


def numbers_in_best_size(
    frame: Frame, spots: Sequence[Spot], *, large: frozenset[int] = frozenset()
) -> dict[Spot, Number]:
    """The numbers of a closer map in the largest letters that leave none out, else in the smallest."""
    for size in SIZES:
        found = numbers_on(frame, spots, large=large, size=size)
        if not untold_of(spots, found):
            break
    return found


def untold_of(spots: Iterable[Spot], told: Iterable[Spot]) -> tuple[int, ...]:
    """Numbers of ``spots`` that no spot of ``told`` has."""
    known = {number for spot in told for number in spot.numbers}
    return tuple(sorted(number for spot in spots for number in spot.numbers if number not in known))


def _touching(frame: Frame, spots: Sequence[Spot], large: frozenset[int]) -> list[list[Spot]]:
    """Spots by what lies on one another when it is drawn."""
    radii = [LARGE if large.intersection(spot.numbers) else SMALL for spot in spots]
    groups = linked([frame.place(spot.lon, spot.lat) for spot in spots], radii)
    return [[spots[n] for n in group] for group in groups]


def _joined(group: Sequence[Spot], dots: Mapping[Spot, Bounds]) -> tuple[Spot, Bounds]:
    """One spot for dots that lie on one another, and the box that they fill."""
    if len(group) == 1:
        return group[0], dots[group[0]]
    west, south, east, north = box_of(group)
    boxes = [dots[spot] for spot in group]
    numbers = tuple(sorted(number for spot in group for number in spot.numbers))
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return Spot((west + east) / 2, (south + north) / 2, numbers), box


def _beside(
    box: Bounds, wide: float, high: float, further: Sequence[float]
) -> Iterator[tuple[float, float, Bounds | None]]:
    """Left and top of a number around what is drawn in ``box``, the best place first; with the line that leads to it."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for more in (0.0, *further):
        half_x, half_y = (box[2] - box[0]) / 2 + 1 + more, (box[3] - box[1]) / 2 + 1 + more
        for across, down in ((1, 0), (-1, 0), (0, -1), (0, 1), (0.7, -0.7), (0.7, 0.7), (-0.7, -0.7), (-0.7, 0.7)):
            near_x, near_y = x + across * half_x, y + down * half_y
            left = near_x - wide / 2 if not across else near_x - wide * (across < 0)
            top = near_y - high / 2 if not down else near_y - high * (down < 0)
            yield left, top, None if not more else tuple(round(value, 1) for value in (x, y, near_x, near_y))  # type: ignore[misc] # four


def split_up(
    frame: Frame, spots: Sequence[Spot], *, large: frozenset[int] = frozenset()
) -> tuple[dict[Spot, Number], list[list[Spot]]]:
    """Numbers on the map of ``frame``, and the groups that need a closer map of their own, in the order of their numbers.

    A group is of one settlement. What neither tells, :func:`untold_of` names.
    """
    # On the overview a number that stands away from its dot, or a dot upon another one, tells nobody which house is meant.
    first = numbers_on(frame, spots, large=large, further=())
    crowded = [group for group in standing_near(frame, spots) if any(one not in first for one in group)]
    groups = closer_groups(crowded, MOST_CLOSER, lambda group: _fits(group, frame, large))
    # A house that is left over alone is better told on the overview, where it finds a place there.
    inside = {spot for group in groups if len(group) > 1 for spot in group}
    alone = [spot for spot in spots if spot not in inside]
    for further in ((), FURTHER):
        shown = numbers_on(frame, alone, list(inside), large=large, further=further)
        if not (left := untold_of(alone, shown)):
            break
    groups = [group for group in groups if len(group) > 1 or set(group[0].numbers) & set(left)]
    return shown, sorted((sorted(group, key=lambda spot: spot.numbers) for group in groups), key=lambda g: g[0].numbers)


def frames_on(
    frame: Frame, groups: Sequence[Sequence[Spot]], numbers: Iterable[Number], *, times: float = 1.0
) -> list[Closer]:
    """A frame around each group, named where its name covers no other frame, name or number as far as there is room.

    ``times`` as large as on paper are letters and frames.
    """
    edge, wide, high = FRAME * times, NAME[0] * times, NAME[1] * times
    taken = _Taken()
    for number in numbers:
        taken.add((number.x, number.y - number.size, number.x + number.size * len(number.said) * DIGIT, number.y))
    boxes = []
    for group in groups:
        west, south, east, north = box_of(group)
        (left, bottom), (right, top) = frame.place(west, south), frame.place(east, north)
        boxes.append((left - edge, top - edge, right + edge, bottom + edge))
        taken.add(boxes[-1])
    found = []
    for left, top, right, bottom in boxes:
        places = [
            *((x, y) for y in (top - high - 1, bottom + 1) for x in (left, right - wide)),
            *((x, y) for x in (right + 2, left - wide - 2) for y in (top, bottom - high)),
        ]
        kept = [(x, y) for x, y in places if 0 <= x <= frame.width - wide and 0 <= y <= frame.height - high]
        free = [(x, y) for x, y in kept if taken.is_free((x, y, x + wide, y + high))]
        x, y = (free or kept or places)[0]
        taken.add((x, y, x + wide, y + high))
        found.append(Closer(*(round(v, 1) for v in (left, top, right - left, bottom - top, x, y + high - 2))))
    return found


def _fits(group: Sequence[Spot], overview: Frame, large: frozenset[int]) -> bool:
    """Whether one map that is really closer tells all numbers of the group, and hardly any two of them together."""
    frame = frame_of(group)
    if is_closest(group):
        return True
    if frame.per_metre < CLOSER * overview.per_metre:
        return False
    if any(len(touching) > MOST_JOINED for touching in _touching(frame, group, large)):
        return False
    return not untold_of(group, numbers_in_best_size(frame, group, large=large))
