"""The map of one order: its houses by their numbers in walking order, in the outlines of their villages, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.orders.queries import OrderedRow
from geo_housing.paper_frame import HEIGHT, WIDTH, Frame, bounds_of

# With more of them numbers would cover one another.
MOST_NUMBERS = 80
# What lies around the outermost houses, as a share of their extent.
AROUND = 0.12


@dataclass(frozen=True)
class Dot:
    """A house; ``number`` is its place in walking order, None once it is signed for."""

    x: float
    y: float
    code: str
    number: int | None


@dataclass(frozen=True)
class Village:
    """The outline of a village, and where its name stands."""

    path: str
    name: str
    x: float
    y: float


@dataclass(frozen=True)
class OrderMap:
    """In a box of ``width`` x ``height``, north up; ``scale_px`` is as long as ``scale_label`` says.

    ``outside`` 栋 lie too far from the others to be drawn with them.
    """

    villages: tuple[Village, ...]
    dots: tuple[Dot, ...]
    outside: int
    scale_px: float
    scale_label: str
    has_numbers: bool
    width: int = int(WIDTH)
    height: int = int(HEIGHT)


def order_map(session: Session, waiting: Sequence[OrderedRow], signed: Sequence[OrderedRow]) -> OrderMap | None:
    """The map of the houses as the page lists them; None when none of them has a place."""
    numbered = [(n, row) for n, row in enumerate(waiting, start=1)] + [(None, row) for row in signed]
    places = [
        (number, row, row.lon, row.lat) for number, row in numbered if row.lon is not None and row.lat is not None
    ]
    bounds = bounds_of(None, [(lon, lat) for _, _, lon, lat in places])
    if bounds is None:
        return None
    west, south, east, north = bounds
    dx, dy = (east - west) * AROUND, (north - south) * AROUND
    frame = Frame(west - dx, south - dy, east + dx, north + dy)
    shown = [(number, row, lon, lat) for number, row, lon, lat in places if frame.holds(lon, lat)]
    dots = tuple(Dot(*frame.place(lon, lat), row.house_code, number) for number, row, lon, lat in shown)
    villages = _villages(session, frame, sorted({row.scope_code for _, row, _, _ in shown}))
    length, label = frame.scale()
    return OrderMap(villages, dots, len(places) - len(shown), length, label, len(dots) <= MOST_NUMBERS)


def _villages(session: Session, frame: Frame, codes: list[str]) -> tuple[Village, ...]:
    (west, south), (east, north) = frame.corners()
    paper = shapely.box(west, south, east, north)
    rows = session.execute(
        text(
            "SELECT name, ST_AsBinary(geom) AS wkb FROM area WHERE code = ANY (:codes) AND geom IS NOT NULL ORDER BY code"
        ),
        {"codes": codes},
    )
    found = []
    for row in rows:
        outline = shapely.from_wkb(bytes(row.wkb))
        seen = shapely.intersection(outline, paper)
        if not shapely.is_empty(seen):
            middle = shapely.point_on_surface(seen)
            found.append(Village(frame.path(outline), row.name, *frame.place(middle.x, middle.y)))
    return tuple(found)
