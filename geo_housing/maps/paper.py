"""The map on paper: one sheet, A4 or A3, drawn here as SVG; hatching and letters say what colours would.

Of a county or a township villages are hatched by how many C and D houses are lived in; from a township down the houses that
matter stand on it with their letters. Units of the drawing are tenths of a millimetre of the printed sheet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely
from shapely.geometry import shape
from sqlalchemy import Double, func, select
from sqlalchemy.orm import Session

from geo_housing.area_codes import TOWNSHIP_DIGITS
from geo_housing.areas.names import short_name
from geo_housing.layers.filters import Filter, condition
from geo_housing.layers.tables import HOUSE
from geo_housing.maps.lines import lines_in_view
from geo_housing.maps.outlines import Division, bounds, divisions
from geo_housing.maps.paper_names import KeyRow, Name, Named, Taken, box_of_township, furniture, name_villages
from geo_housing.maps.paper_zones import Overlaid, Wanted, overlaid
from geo_housing.maps.queries import DEFAULT_MEASURE, MEASURES, VillageFigures, view_counts, village_figures
from geo_housing.paper_frame import Frame
from geo_housing.scope import AreaScope
from geo_housing.words import RISK

# Width and height of the drawing on each sheet, within margins of 10 mm and under a heading.
SHEETS = {"a4": (2770.0, 1500.0), "a3": (4000.0, 2330.0)}
DEFAULT_SHEET = "a4"
TENTHS_PER_METRE = 10_000
# Their letter, and the order in which they are drawn: the last lies on top.
MARKED = {"suspected": "疑", "C": "C", "D": "D"}
# More symbols of houses that are not marked would be a grey patch.
MOST_OTHERS = 4_000
DANGEROUS = ("C", "D")
# Bounds between the five hatchings, in C and D houses lived in of 100 households: fixed, so that two sheets can be laid side by side.
BOUNDS = (0.001, 2.0, 5.0, 10.0)
STEP_LABELS = ("无", "不到 2", "2–5", "5–10", "10 以上")
# Of the names of lines, in tenths of a millimetre: half of a character's width and of a line's height.
HALF_LETTER, HALF_LINE = 15.0, 34.0
# The key takes no more than this share of the sheet's width.
MOST_KEY = 0.4
# How fine lines are: over a county, within a township.
SHEET_ZOOM = {False: 10, True: 13}
# Where along a line its name may stand, the best first.
NAME_SHARES = (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9)

NOTHING_OVER, NOTHING_LIES_OVER = Wanted(), Overlaid()


@dataclass(frozen=True)
class Village:
    """A village as it is drawn: ``step`` of the hatching, None without figures.

    Where its name finds no place it has a ``number`` in a circle of ``radius``, which the key tells; ``x`` None: not even that.
    """

    name: str
    path: str
    step: int | None
    dangerous: int
    x: float | None
    y: float | None
    number: int | None = None
    radius: float | None = None


@dataclass(frozen=True)
class Symbol:
    """One house; ``letter`` empty for those that are not marked."""

    x: float
    y: float
    risk: str
    letter: str


@dataclass(frozen=True)
class Township:
    """The border of a township and where its name stands."""

    name: str
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class PaperLine:
    """A river or a road; ``x`` None where its name finds no place, or it has none."""

    kind: str
    rank: int
    path: str
    name: str | None
    x: float | None
    y: float | None


@dataclass(frozen=True)
class Sheet:
    """Everything that is drawn and counted on one sheet."""

    size: str
    width: float
    height: float
    villages: tuple[Village, ...]
    townships: tuple[Township, ...]
    symbols: tuple[Symbol, ...]
    others_left_out: int
    by_risk: dict[str, int]
    total: int
    unlocated: int
    dangerous_lived_in: int
    # Of those who are without a point, and so not on it.
    dangerous_unlocated: int
    scale_length: float
    scale_label: str
    ratio: int
    lines: tuple[PaperLine, ...] = ()
    # Beside the map, which it makes narrower.
    key: tuple[KeyRow, ...] = ()
    key_width: float = 0.0
    over: Overlaid = NOTHING_LIES_OVER

    @property
    def map_width(self) -> float:
        """Of the map itself, without the key."""
        return self.width - self.key_width

    @property
    def unnamed(self) -> int:
        """Villages whose name does not stand on the map: the key tells it, where there is one."""
        return sum(village.number is not None or village.x is None for village in self.villages)

    @property
    def unplaced(self) -> tuple[str, ...]:
        """Names of those that not even a number tells on the map."""
        return tuple(village.name for village in self.villages if village.x is None)

    @property
    def shows_houses(self) -> bool:
        """Whether single houses stand on it."""
        return bool(self.symbols) or self.others_left_out > 0


def sheet(
    session: Session,
    wanted: Filter,
    scope: AreaScope,
    *,
    size: str = DEFAULT_SHEET,
    kinds: Sequence[str] = (),
    over: Wanted = NOTHING_OVER,
) -> Sheet | None:
    """The map of ``wanted.area`` (or of all one sees) under a filter; None while nothing of it has a place.

    ``kinds`` of lines (river, road) lie under it for orientation, ``over``: zones and standing risk areas.
    """
    area = scope.narrowed(wanted.area)
    width, height = SHEETS[size]
    box = bounds(session, area) or _box_of_houses(session, wanted, scope)
    if box is None:
        return None
    single = len(area.prefix) >= TOWNSHIP_DIGITS
    figures = {one.code: one for one in village_figures(session, wanted, scope, MEASURES[DEFAULT_MEASURE])}
    townships, outlined = divisions(session, "township", area), divisions(session, "village", area)
    houses = {code: one.cd for code, one in figures.items()}
    frame, named, taken = _named(box, width, height, outlined, townships if not single else [], houses)
    symbols, left_out = _symbols(session, wanted, scope, frame) if single else ([], 0)
    villages = [
        _village(one, name, figures.get(one.code), frame) for one, name in zip(outlined, named.names, strict=True)
    ]
    length, label = frame.scale()
    counts = view_counts(session, wanted, scope)
    return Sheet(
        size,
        width,
        height,
        tuple(villages),
        tuple(_township(one, frame) for one in townships),
        tuple(symbols),
        left_out,
        # The legend of the screen counts what a click would add; paper counts what is drawn.
        {code: n if not wanted.risk or code in wanted.risk else 0 for code, n in counts.by_risk.items()},
        counts.total_houses,
        counts.unlocated,
        *_dangerous_lived_in(session, wanted, scope),
        length,
        label,
        ratio_of(frame.per_metre),
        tuple(_lines(session, frame, box, kinds, taken, zoom=SHEET_ZOOM[single])),
        named.key,
        named.key_width,
        overlaid(session, scope, frame, over),
    )


def _named(
    box: tuple[float, float, float, float],
    width: float,
    height: float,
    villages: Sequence[Division],
    townships: Sequence[Division],
    dangerous: dict[str, int],
) -> tuple[Frame, Named, Taken]:
    """The map's frame beside its key, the names, and what is written on it: a narrower map may need a longer key."""
    key_width, with_key = 0.0, True
    while True:
        frame = Frame(*box, width=width - key_width, height=height)
        taken = Taken(furniture(frame))
        for one in townships:
            taken.add(box_of_township(one.name, *frame.place(one.label_lon, one.label_lat)))
        named = name_villages(frame, villages, dangerous, taken, with_key=with_key)
        if named.key_width <= key_width:
            return frame, replace(named, key_width=key_width), taken
        # Of a prefecture nobody looks up a thousand numbers: then names alone, on the whole sheet.
        with_key = named.key_width <= width * MOST_KEY
        key_width = named.key_width if with_key else 0.0


def left_out_of(risks: Sequence[str]) -> str:
    """What a filter of classes leaves out, and what that makes of the figures; empty without such a filter."""
    names = [RISK.label(code) for code in RISK if code not in risks] if risks else []
    if not names:
        return ""
    dangerous = [code for code in DANGEROUS if code not in risks]
    if not dangerous:
        return f"已筛去{'、'.join(names)}，图上没有这些房屋"
    what = "不计算，不是没有" if len(dangerous) == len(DANGEROUS) else "只计其余部分"
    return f"已筛去{'、'.join(names)}，“C、D级有人居住”{what}"


def _lines(
    session: Session,
    frame: Frame,
    box: tuple[float, float, float, float],
    kinds: Sequence[str],
    taken: Taken,
    *,
    zoom: int,
) -> Iterator[PaperLine]:
    """Rivers and roads of the sheet, each name once where nothing else is written."""
    named: set[str] = set()
    for one in lines_in_view(session, box, kinds=kinds, zoom=zoom) if kinds else ():
        geom = shape(one["geometry"])
        said = one["properties"]
        name = said["name"] if said["name"] not in named else None
        at = _free_place(frame, geom, name, taken) if name else None
        if name and at is not None:
            named.add(name)
        x, y = at or (None, None)
        path = "".join(_stroke(frame, part) for part in shapely.get_parts(geom))
        yield PaperLine(said["kind"], said["rank"], path, said["name"], x, y)


def _free_place(frame: Frame, geom: shapely.MultiLineString, name: str, taken: Taken) -> tuple[float, float] | None:
    """Where along its longest part a name stands free of others; it is taken then. None where there is no room."""
    longest = max(shapely.get_parts(geom), key=lambda part: part.length)
    half = len(name) * HALF_LETTER + HALF_LETTER
    for share in NAME_SHARES:
        point = longest.interpolate(share, normalized=True)
        x, y = frame.place(point.x, point.y)
        place = (x - half, y - HALF_LINE, x + half, y + HALF_LINE)
        if taken.is_free(place):
            taken.add(place)
            return x, y
    return None


def _stroke(frame: Frame, part: shapely.LineString) -> str:
    points = (frame.place(lon, lat) for lon, lat in part.coords)
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points)


def ratio_of(per_metre: float) -> int:
    """N of the scale 1:n to two digits; ``per_metre`` are tenths of a millimetre on the sheet."""
    exact = TENTHS_PER_METRE / per_metre
    digits = len(str(int(exact))) - 2
    return int(round(exact, -max(digits, 0)))


def step_of(value: float | None) -> int | None:
    """Which hatching a rate has."""
    return None if value is None else sum(value >= bound for bound in BOUNDS)


def _village(one: Division, name: Name, figures: VillageFigures | None, frame: Frame) -> Village:
    # A village where nobody lives has no rate, but may well have houses.
    return Village(
        short_name(one.name),
        _path(frame, one.geometry),
        None if figures is None else step_of(figures.value),
        figures.cd if figures else 0,
        name.x,
        name.y,
        name.number,
        name.radius,
    )


def _township(one: Division, frame: Frame) -> Township:
    return Township(one.name, _path(frame, one.geometry), *frame.place(one.label_lon, one.label_lat))


def _path(frame: Frame, geometry: dict[str, Any]) -> str:
    return frame.path(shape(geometry))


def _symbols(session: Session, wanted: Filter, scope: AreaScope, frame: Frame) -> tuple[Sequence[Symbol], int]:
    h = HOUSE.c
    rows = session.execute(
        select(h.risk, func.ST_X(h.geom, type_=Double), func.ST_Y(h.geom, type_=Double))
        .where(condition(wanted, scope=scope), h.tile_key.is_not(None))
        .order_by(h.code)
    ).all()
    marked = [row for row in rows if row[0] in MARKED]
    others = [row for row in rows if row[0] not in MARKED]
    left_out = len(others) if len(others) > MOST_OTHERS else 0
    drawn = [] if left_out else others
    order = list(MARKED)
    drawn = [*drawn, *sorted(marked, key=lambda row: order.index(row[0]))]
    return [Symbol(*frame.place(lon, lat), risk, MARKED.get(risk, "")) for risk, lon, lat in drawn], left_out


def _dangerous_lived_in(session: Session, wanted: Filter, scope: AreaScope) -> tuple[int, int]:
    """C and D houses that count as lived in, the desk's figure under the filter of the sheet; of them those without a point."""
    lived_in = condition(Filter(lived_in=True, fresh_since=wanted.fresh_since))
    dangerous = HOUSE.c.risk.in_(("C", "D"))
    counted = select(func.count(), func.count().filter(HOUSE.c.tile_key.is_(None))).select_from(HOUSE)
    row = session.execute(counted.where(condition(wanted, scope=scope), dangerous, lived_in)).one()
    return row[0], row[1]


def _box_of_houses(session: Session, wanted: Filter, scope: AreaScope) -> tuple[float, float, float, float] | None:
    """Where no outline has been loaded, the houses themselves say where to look."""
    x, y = func.ST_X(HOUSE.c.geom, type_=Double), func.ST_Y(HOUSE.c.geom, type_=Double)
    row = session.execute(
        select(func.min(x), func.min(y), func.max(x), func.max(y)).where(condition(wanted, scope=scope))
    ).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])
