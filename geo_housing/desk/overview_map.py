"""The small map of the desk, drawn here as SVG: the divisions of the table, darker where more dangerous houses are lived in.

Each division opens its houses on the large map. Letters and figures stand on it, not colour alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.desk.queries import DivisionRow
from geo_housing.maps.queries import DEFAULT_MEASURE, MEASURES, per_hundred
from geo_housing.paper_frame import Frame
from geo_housing.scope import AreaScope

WIDTH, HEIGHT = 560.0, 330.0
# As on the large map (web/static/map/villages.js): from pale to dark, one hue, readable in grey.
STEPS = ("#f6eee3", "#f0d3ae", "#e0a86c", "#c2733a", "#8f3f15")
WITHOUT_HOUSES = "#eceff2"
# The same words, and the same figure, as the large map shows first.
MEASURE = MEASURES[DEFAULT_MEASURE].label
# Names and figures of more divisions would lie on one another.
MOST_LABELS = 20

_OUTLINES = text("""
    SELECT code, ST_AsBinary(ST_SimplifyPreserveTopology(geom, 0.001)) AS outline,
        ST_X(inner_point) AS lon, ST_Y(inner_point) AS lat
    FROM (
        SELECT code, geom, ST_PointOnSurface(geom) AS inner_point FROM area
        WHERE code >= :lo AND code < :hi AND length(code) = :length AND valid_to IS NULL AND geom IS NOT NULL
    ) a ORDER BY code
""")


@dataclass(frozen=True)
class Shape:
    """One division: the data of its path, its colour, and where its name and figure stand; ``rate`` as it is read."""

    row: DivisionRow
    path: str
    fill: str
    is_dark: bool
    x: float
    y: float
    rate: str


@dataclass(frozen=True)
class Step:
    """One colour of the legend; ``label`` are its bounds in houses per hundred households."""

    fill: str
    label: str


@dataclass(frozen=True)
class OverviewMap:
    """Shapes in a box of ``width`` x ``height``, north up."""

    shapes: tuple[Shape, ...]
    steps: tuple[Step, ...]
    is_labelled: bool
    scale_px: float
    scale_label: str
    width: float = WIDTH
    height: float = HEIGHT


def overview_map(session: Session, scope: AreaScope, rows: Sequence[DivisionRow], length: int) -> OverviewMap | None:
    """The map of ``rows``; None while no division has an outline."""
    found = session.execute(_OUTLINES, {"lo": scope.lo, "hi": scope.hi, "length": length}).all()
    by_code = {row.code: row for row in rows}
    outlines = [(line, shapely.from_wkb(bytes(line.outline))) for line in found if line.code in by_code]
    if not outlines:
        return None
    frame = Frame(*shapely.total_bounds([geom for _, geom in outlines]).tolist(), width=WIDTH, height=HEIGHT)
    bounds = bounds_of([share for row in rows if (share := share_of(row)) is not None])
    shapes = []
    for line, geom in outlines:
        row = by_code[line.code]
        step = step_of(share_of(row), bounds)
        x, y = frame.place(line.lon, line.lat)
        fill = WITHOUT_HOUSES if step is None else STEPS[step]
        shapes.append(
            Shape(row, frame.path(geom), fill, step is not None and step >= len(STEPS) - 2, x, y, rate_said(row))
        )
    scale_px, scale_label = frame.scale()
    return OverviewMap(tuple(shapes), legend_of(bounds), len(shapes) <= MOST_LABELS, scale_px, scale_label)


def share_of(row: DivisionRow) -> float | None:
    """C and D houses that are lived in, per hundred households, as it stands on the map: what reads alike has one colour."""
    return float(said) if (said := rate_said(row)) else None


def rate_said(row: DivisionRow) -> str:
    """The same as people read it, to the digit what the large map writes; empty where no household is registered."""
    rate = per_hundred(row.dangerous_lived_in, row.all_households)
    if rate is None:
        return ""
    # As the browser rounds a half: up.
    return str(Decimal(rate).quantize(Decimal(1) if rate >= 10 else Decimal("0.1"), ROUND_HALF_UP))


def bounds_of(shares: Sequence[float]) -> list[float]:
    """Bounds between the steps that hold about equally many divisions each, rounded; fewer where many are alike."""
    ranked = sorted(share for share in shares if share > 0)
    if not ranked:
        return []
    places = (math.floor(len(ranked) * part / len(STEPS)) for part in range(1, len(STEPS)))
    return sorted({rounded for place in places if (rounded := round(ranked[place], 1)) > 0})


def step_of(share: float | None, bounds: Sequence[float]) -> int | None:
    """Which of STEPS a share has: the palest below the first bound, the darkest from the last one on."""
    if share is None:
        return None
    place = sum(share >= bound for bound in bounds)
    return round(place * (len(STEPS) - 1) / len(bounds)) if bounds else 0


def legend_of(bounds: Sequence[float]) -> tuple[Step, ...]:
    """The steps between ``bounds`` with their colours; none where nothing differs."""
    edges = [0.0, *bounds]
    labels = [f"{low:g}–{high:g}" for low, high in pairwise(edges)] + [f"≥ {edges[-1]:g}"]
    steps = [step_of(low, bounds) or 0 for low in edges]
    return tuple(Step(STEPS[step], label) for step, label in zip(steps, labels, strict=True)) if bounds else ()
