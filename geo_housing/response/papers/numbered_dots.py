"""Numbers beside the dots of a small map so that each can be read, and which houses need a closer map for that.

Pure: degrees and units of paper in, places of numbers out.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from geo_housing.paper_frame import METRES_PER_DEGREE, Bounds, Frame

# Sizes of letters (response_paper.css), the first that leaves no house without its number; the overview takes the last.
SIZES = (12, 9)
# Of a letter of size 1 in a sans-serif: a digit's width, a line's height. A dot's radius, and a large one's.
DIGIT, LINE = 0.575, 0.88
SMALL, LARGE = 2.6, 4.0
# So far from its dot a number may stand when a line leads to it.
FURTHER = (7.0, 15.0)
# Dots so near one another on the overview stand in one settlement, units.
NEAR = 26.0
# More maps of one village nobody would turn to; whose number finds no place on them is told beside.
MOST_CLOSER = 12
# Around the houses of a frame; its name (图12) is so wide and high.
FRAME, NAME = 5.0, (27.0, 12.0)
# At least so many times the scale of the overview.
CLOSER = 1.5
# Share of a settlement's extent that is shown beyond it.
ROOM = 0.06
# So few metres apart two houses are one place.
STEPS_M = 3.0
_CELL = 24.0


@dataclass(frozen=True)
class Spot:
    """A place with the numbers of all that stands there."""

    lon: float
    lat: float
    numbers: tuple[int, ...]

    @property
    def said(self) -> str:
        """3-5、9."""
        runs: list[list[int]] = []
        for number in self.numbers:
            if runs and number == runs[-1][1] + 1:
                runs[-1][1] = number
            else:
                runs.append([number, number])
        return "、".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


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


def spots_of(places: Iterable[tuple[int, float, float]]) -> list[Spot]:
    """Rows (number, longitude, latitude) by place; what stands a few steps apart is one place, as drawn it would be, too."""
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    found: list[tuple[float, float, list[int]]] = []
    for number, lon, lat in places:
        per_lon = METRES_PER_DEGREE * math.cos(math.radians(lat))
        column, row = math.floor(lon * per_lon / STEPS_M), math.floor(lat * METRES_PER_DEGREE / STEPS_M)
        around = (n for dx in (-1, 0, 1) for dy in (-1, 0, 1) for n in cells.get((column + dx, row + dy), ()))
        for n in around:
            x, y, numbers = found[n]
            if math.hypot((x - lon) * per_lon, (y - lat) * METRES_PER_DEGREE) <= STEPS_M:
                numbers.append(number)
                break
        else:
            cells[column, row].append(len(found))
            found.append((lon, lat, [number]))
    return [Spot(lon, lat, tuple(sorted(numbers))) for lon, lat, numbers in found]


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

    ``around`` are further dots that are drawn without a number; those of ``large`` are drawn larger.
    """
    taken = _Taken()
    # Title, scale and north arrow.
    taken.add((0, 0, 130, 20))
    taken.add((0, frame.height - 26, frame.scale()[0] + 20, frame.height))
    taken.add((frame.width - 30, 0, frame.width, 46))
    reach = {spot: LARGE if large.intersection(spot.numbers) else SMALL for spot in (*spots, *around)}
    at = {spot: frame.place(spot.lon, spot.lat) for spot in reach}
    for spot, (x, y) in at.items():
        r = reach[spot]
        taken.add((x - r, y - r, x + r, y + r))
    found = {}
    for spot in sorted(spots, key=lambda spot: spot.numbers):
        x, y = at[spot]
        wide = size * DIGIT * sum(2 if letter == "、" else 1 for letter in spot.said)
        high = size * LINE
        for left, top, leads in _beside(x, y, reach[spot] + 1, wide, high, further):
            box = (left, top, left + wide, top + high)
            inside = left >= 0 and top >= 0 and box[2] <= frame.width and box[3] <= frame.height
            if inside and taken.is_free(box):
                taken.add(box)
                found[spot] = Number(round(left, 1), round(top + high * 0.9, 1), spot.said, size, leads)
                break
    return found


def numbers_in_best_size(
    frame: Frame, spots: Sequence[Spot], *, large: frozenset[int] = frozenset()
) -> dict[Spot, Number]:
    """The numbers of a closer map in the largest letters that leave none out, else in the smallest."""
    for size in SIZES:
        found = numbers_on(frame, spots, large=large, size=size)
        if len(found) == len(spots):
            break
    return found


def _beside(
    x: float, y: float, r: float, wide: float, high: float, further: Sequence[float]
) -> Iterator[tuple[float, float, Bounds | None]]:
    """Left and top of a number around a dot, the best place first; with the line that leads to it from further away."""
    for far in (r, *(r + more for more in further)):
        for across, down in ((1, 0), (-1, 0), (0, -1), (0, 1), (0.7, -0.7), (0.7, 0.7), (-0.7, -0.7), (-0.7, 0.7)):
            near_x, near_y = x + across * far, y + down * far
            left = near_x - wide / 2 if not across else near_x - wide * (across < 0)
            top = near_y - high / 2 if not down else near_y - high * (down < 0)
            yield left, top, None if far == r else tuple(round(value, 1) for value in (x, y, near_x, near_y))  # type: ignore[misc] # four


def split_up(
    frame: Frame, spots: Sequence[Spot], *, large: frozenset[int] = frozenset()
) -> tuple[dict[Spot, Number], list[list[Spot]]]:
    """Numbers on the map of ``frame``, and the groups that need a closer map of their own, in the order of their numbers."""
    # On the overview a number that stands away from its dot, or a dot upon another one, tells nobody which house is meant.
    first = numbers_on(frame, spots, large=large, further=())
    hidden = _upon_one_another(frame, spots, LARGE)
    crowded = [
        spot
        for group in _standing_near(frame, spots)
        if any(one not in first or one in hidden for one in group)
        for spot in group
    ]
    if not crowded:
        return first, []
    waiting, groups = [crowded], list[list[Spot]]()
    while waiting:
        group = waiting.pop()
        is_full = len(waiting) + len(groups) + 2 > MOST_CLOSER
        if len(group) == 1 or is_full or _fits(group, frame, large):
            groups.append(group)
        else:
            waiting.extend(_halves(group))
    # A house that is left over alone is better told on the overview, where it finds a place there.
    inside = {spot for group in groups if len(group) > 1 for spot in group}
    alone = [spot for spot in spots if spot not in inside]
    shown = numbers_on(frame, alone, list(inside), large=large, further=())
    groups = [group for group in groups if len(group) > 1 or group[0] not in shown]
    return shown, sorted((sorted(group, key=lambda spot: spot.numbers) for group in groups), key=lambda g: g[0].numbers)


def frames_on(frame: Frame, groups: Sequence[Sequence[Spot]], numbers: Iterable[Number]) -> list[Closer]:
    """A frame around each group, named where its name covers no other frame, name or number as far as there is room."""
    taken = _Taken()
    for number in numbers:
        taken.add((number.x, number.y - number.size, number.x + number.size * len(number.said) * DIGIT, number.y))
    boxes = []
    for group in groups:
        west, south, east, north = box_of(group)
        (left, bottom), (right, top) = frame.place(west, south), frame.place(east, north)
        boxes.append((left - FRAME, top - FRAME, right + FRAME, bottom + FRAME))
        taken.add(boxes[-1])
    found = []
    for left, top, right, bottom in boxes:
        wide, high = NAME
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


def frame_of(group: Sequence[Spot]) -> Frame:
    """The closer map of a group, with some room around it."""
    west, south, east, north = box_of(group)
    dx, dy = (east - west) * ROOM, (north - south) * ROOM
    return Frame(west - dx, south - dy, east + dx, north + dy)


def box_of(spots: Sequence[Spot]) -> Bounds:
    """What holds all of them, in degrees."""
    lons, lats = [spot.lon for spot in spots], [spot.lat for spot in spots]
    return min(lons), min(lats), max(lons), max(lats)


def _fits(group: Sequence[Spot], overview: Frame, large: frozenset[int]) -> bool:
    """Whether one map that is really closer tells all numbers of the group."""
    frame = frame_of(group)
    if frame.per_metre < CLOSER * overview.per_metre or _upon_one_another(frame, group, SMALL):
        return False
    return len(numbers_in_best_size(frame, group, large=large)) == len(group)


def _standing_near(frame: Frame, spots: Sequence[Spot]) -> list[list[Spot]]:
    """Spots by settlement: each has a neighbour at most NEAR units away."""
    cells: dict[tuple[int, int], list[Spot]] = defaultdict(list)
    at = {spot: frame.place(spot.lon, spot.lat) for spot in spots}
    for spot, (x, y) in at.items():
        cells[math.floor(x / NEAR), math.floor(y / NEAR)].append(spot)
    left, groups = dict.fromkeys(spots), []
    while left:
        group = [next(iter(left))]
        del left[group[0]]
        for spot in group:
            x, y = at[spot]
            column, row = math.floor(x / NEAR), math.floor(y / NEAR)
            for cell in ((column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
                for other in cells.get(cell, ()):
                    if other in left and math.dist(at[spot], at[other]) <= NEAR:
                        del left[other]
                        group.append(other)
        groups.append(group)
    return groups


def _upon_one_another(frame: Frame, spots: Sequence[Spot], reach: float) -> set[Spot]:
    """Dots that have another one nearer than ``reach``."""
    cells: dict[tuple[int, int], list[Spot]] = defaultdict(list)
    at = {spot: frame.place(spot.lon, spot.lat) for spot in spots}
    for spot, (x, y) in at.items():
        cells[math.floor(x / reach), math.floor(y / reach)].append(spot)
    found = set[Spot]()
    for (column, row), inside in cells.items():
        near = [spot for dx in (-1, 0, 1) for dy in (-1, 0, 1) for spot in cells.get((column + dx, row + dy), ())]
        found.update(one for one in inside if any(o != one and math.dist(at[one], at[o]) < reach for o in near))
    return found


def _halves(group: Sequence[Spot]) -> tuple[list[Spot], list[Spot]]:
    """Two groups, parted where there is most room between many and many."""
    per_lon = METRES_PER_DEGREE * math.cos(math.radians(group[0].lat))
    metres: Mapping[str, dict[Spot, float]] = {
        "x": {spot: spot.lon * per_lon for spot in group},
        "y": {spot: spot.lat * METRES_PER_DEGREE for spot in group},
    }
    best, parted = -1.0, (list(group[:1]), list(group[1:]))
    for along in metres.values():
        order = sorted(group, key=lambda spot, along=along: along[spot])  # type: ignore[misc] # bound at once
        for n, (one, other) in enumerate(pairwise(order), start=1):
            room = (along[other] - along[one]) * math.sqrt(min(n, len(order) - n))
            if room > best:
                best, parted = room, (order[:n], order[n:])
    return parted
