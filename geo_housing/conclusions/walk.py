"""The order in which a technician walks from house to house: urgent ones first, then without long ways. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

# Two-by-two improvement looks at every pair of legs: beyond this many houses the nearest next one must do.
MOST_IMPROVED = 150


@dataclass(frozen=True)
class Stop:
    """One house; lon/lat in degrees, None where nobody knows the place. Lower ``urgency`` comes first."""

    id: int
    urgency: int
    settlement: str
    lon: float | None = None
    lat: float | None = None


def walking_order(stops: Sequence[Stop]) -> list[int]:
    """Ids in walking order: by urgency, within it along a short way; houses without a point last, by settlement.

    Every stop comes exactly once. A way of one urgency goes on where the one before it ended.
    """
    order: list[int] = []
    here: Stop | None = None
    for urgency in sorted({stop.urgency for stop in stops}):
        of_urgency = [stop for stop in stops if stop.urgency == urgency]
        placed = sorted(
            (stop for stop in of_urgency if stop.lon is not None and stop.lat is not None), key=lambda stop: stop.id
        )
        lost = sorted((stop for stop in of_urgency if stop.lon is None or stop.lat is None), key=_by_settlement)
        way = _improved(_nearest_next(placed, here), here)
        order += [stop.id for stop in (*way, *lost)]
        here = way[-1] if way else here
    return order


def _nearest_next(stops: list[Stop], start: Stop | None) -> list[Stop]:
    left, way = list(stops), []
    # Without a place to come from one begins at an end, not in the middle.
    here = start or (min(left, key=lambda stop: (stop.lon or 0, stop.lat or 0, stop.id)) if left else None)
    while left and here is not None:
        at = here
        here = min(left, key=lambda stop: (_metres(at, stop), stop.id))
        left.remove(here)
        way.append(here)
    return way


def _improved(way: list[Stop], start: Stop | None) -> list[Stop]:
    """The same stops with crossings undone: a part is walked backwards where that is shorter."""
    if len(way) > MOST_IMPROVED:
        return way
    better = True
    while better:
        better = False
        for first in range(len(way) - 1):
            before = way[first - 1] if first else start
            for last in range(first + 1, len(way)):
                after = way[last + 1] if last + 1 < len(way) else None
                old = _leg(before, way[first]) + _leg(way[last], after)
                new = _leg(before, way[last]) + _leg(way[first], after)
                if new < old - 0.01:
                    way[first : last + 1] = reversed(way[first : last + 1])
                    better = True
    return way


def _leg(a: Stop | None, b: Stop | None) -> float:
    return 0.0 if a is None or b is None else _metres(a, b)


def _metres(a: Stop, b: Stop) -> float:
    """Metres between two stops of one county, where the earth is flat enough."""
    north = ((b.lat or 0) - (a.lat or 0)) * 111_320
    east = ((b.lon or 0) - (a.lon or 0)) * 111_320 * cos(radians(((a.lat or 0) + (b.lat or 0)) / 2))
    return hypot(north, east)


def _by_settlement(stop: Stop) -> tuple[bool, str, int]:
    return not stop.settlement, stop.settlement, stop.id
