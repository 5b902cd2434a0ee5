"""Houses by where they stand: what is one place, what is one settlement, and which of them a closer map shows.

Pure: degrees in, groups of places out. The small maps of lists and the picture for the chat share it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from geo_housing.paper_frame import HEIGHT, METRES_PER_DEGREE, WIDTH, Bounds, Frame

# Houses further apart than this from all others of a settlement belong to another one. Of a list only some houses of a
# settlement are known, so this is more than from one neighbour to the next.
SETTLEMENT_M = 300.0
# On an overview of few metres what is one settlement must still be seen as one, units.
NEAR = 26.0
# At least so many times the scale of the overview.
CLOSER = 1.5
# A closer map may show so little ground, because the overview tells where that is: two houses next door stand apart on it.
LEAST_SHOWN_M = 80.0
# Share of a settlement's extent that is shown beyond it.
ROOM = 0.06
# So few metres apart two houses are one place.
STEPS_M = 3.0
# A map names so many natural villages, each stated by at least one house of so many.
MOST_NAMES, LEAST_SHARE = 3, 5


@dataclass(frozen=True)
class Spot:
    """A place with the numbers of all that stands there."""

    lon: float
    lat: float
    numbers: tuple[int, ...]

    @property
    def said(self) -> str:
        """3-5、9."""
        return runs_of(self.numbers)


def runs_of(numbers: Iterable[int]) -> str:
    """Numbers in their order as people write them: 3-5、9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "、".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


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


def standing_near(frame: Frame, spots: Sequence[Spot]) -> list[list[Spot]]:
    """Spots by settlement: each has a neighbour that is no further away than houses of one settlement are."""
    reach = min(NEAR, SETTLEMENT_M * frame.per_metre)
    groups = linked([frame.place(spot.lon, spot.lat) for spot in spots], [reach / 2] * len(spots))
    return [[spots[n] for n in group] for group in groups]


def linked(at: Sequence[tuple[float, float]], radii: Sequence[float]) -> list[list[int]]:
    """Which circles hang together over others that they touch; each by where it stands in ``at``."""
    side = 2 * max(radii, default=1.0)
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for n, (x, y) in enumerate(at):
        cells[math.floor(x / side), math.floor(y / side)].append(n)
    is_known, groups = [False] * len(at), []
    for first in range(len(at)):
        if is_known[first]:
            continue
        is_known[first], group = True, [first]
        for one in group:
            x, y = at[one]
            column, row = math.floor(x / side), math.floor(y / side)
            for cell in ((column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
                # Who is known is looked at no more: a settlement of a thousand houses lies in a few cells.
                left = [n for n in cells.get(cell, ()) if not is_known[n]]
                for n in left:
                    if math.dist((x, y), at[n]) < radii[one] + radii[n]:
                        is_known[n] = True
                        group.append(n)
                if left:
                    cells[cell] = left
        groups.append(group)
    return groups


def closer_groups(settlements: Iterable[list[Spot]], most: int, fits: Callable[[list[Spot]], bool]) -> list[list[Spot]]:
    """Which spots a closer map shows together, never those of two settlements; of more than ``most`` the largest.

    A settlement is parted only where one map does not tell all of it, the largest first, as far as ``most`` allows.
    """
    waiting = sorted(settlements, key=lambda group: (-len(group), min(spot.numbers for spot in group)))[:most]
    groups = list[list[Spot]]()
    while waiting:
        waiting.sort(key=len)
        group = waiting.pop()
        if len(group) == 1 or len(waiting) + len(groups) + 2 > most or fits(group):
            groups.append(group)
        else:
            waiting.extend(_halves(group))
    return groups


def frame_of(group: Sequence[Spot], width: float = WIDTH, height: float = HEIGHT) -> Frame:
    """The closer map of a group, with some room around it."""
    west, south, east, north = box_of(group)
    dx, dy = (east - west) * ROOM, (north - south) * ROOM
    return Frame(west - dx, south - dy, east + dx, north + dy, width=width, height=height, least_m=LEAST_SHOWN_M)


def is_closest(group: Sequence[Spot]) -> bool:
    """Whether a part of the group would be drawn no larger than the whole of it."""
    return frame_of(group).per_metre >= frame_of(group[:1]).per_metre


def box_of(spots: Sequence[Spot]) -> Bounds:
    """What holds all of them, in degrees."""
    lons, lats = [spot.lon for spot in spots], [spot.lat for spot in spots]
    return min(lons), min(lats), max(lons), max(lats)


def names_said(stated: Iterable[str | None]) -> str:
    """The natural village, or those, that a good part of the houses of a map state, the most frequent first."""
    counted = Counter(name for name in stated if name)
    return "、".join(name for name, count in counted.most_common(MOST_NAMES) if count * LEAST_SHARE >= counted.total())


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
