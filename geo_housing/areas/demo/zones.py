"""Invented standing risk areas (灾害易发地) and disaster zones of the demo county, laid along an invented river."""

from dataclasses import dataclass

import numpy as np
import shapely
import shapely.ops
from shapely import LineString, MultiPolygon, Polygon

from geo_housing.areas.demo.county import DEMO_SEED, KM_PER_LAT, KM_PER_LON, Ground, demo_ground, outline, to_degrees
from geo_housing.areas.demo.lattice import Point, noise
from geo_housing.geometry import as_multipolygon, buffer_metres

MEANDER_KM = 4.0


@dataclass(frozen=True)
class DemoZone:
    """A zone in lon/lat degrees within the county; ``kind`` and ``level`` are code words of words.py."""

    name: str
    kind: str
    level: str | None
    geom: MultiPolygon


@dataclass(frozen=True)
class _Waters:
    """The river from one end of the county to the other, and a brook that joins it."""

    river: LineString
    brook: LineString


def demo_standing_areas(seed: int = DEMO_SEED) -> list[DemoZone]:
    """River strip, flash-flood valley and two landslide slopes."""
    ground, waters = demo_ground(seed), _waters(seed)
    rng = np.random.default_rng([seed, 2])
    slopes = [_point_on(waters.brook, share) for share in (0.25, 0.6)]
    return [
        _zone(ground, "北河沿岸低洼地带（演示）", "flood", None, buffer_metres(waters.river, 700)),
        _zone(ground, "西沟山洪沟道（演示）", "flash_flood", None, buffer_metres(waters.brook, 500)),
        _zone(ground, "西沟北坡滑坡隐患点（演示）", "geological", None, _blob(slopes[0], 1.1, rng)),
        _zone(ground, "后山崩塌隐患点（演示）", "geological", None, _blob(slopes[1], 0.8, rng)),
    ]


def demo_zones(seed: int = DEMO_SEED) -> list[DemoZone]:
    """One flood along the middle of the river and one rainstorm over some townships."""
    ground, waters = demo_ground(seed), _waters(seed)
    rng = np.random.default_rng([seed, 3])
    reach = shapely.ops.substring(waters.river, 0.3, 0.75, normalized=True)
    return [
        _zone(ground, "北河洪水淹没范围（演示）", "flood", "orange", buffer_metres(reach, 1600)),
        _zone(ground, "暴雨红色预警范围（演示）", "rainstorm", "red", _blob(_point_on(waters.river, 0.4), 17.0, rng)),
    ]


def _waters(seed: int) -> _Waters:
    """Ways of least roughness: in at the north-western end, through the county seat, out at the south-eastern end."""
    ground = demo_ground(seed)
    lattice = ground.lattice
    rng = np.random.default_rng([seed, 1])
    valleys = 0.15 + noise(lattice.x, lattice.y, 5.0, rng) ** 4 * 12.0
    cells = np.flatnonzero(ground.inside)
    x, y = lattice.x[cells], lattice.y[cells]
    source, mouth = int(cells[np.argmax(y - x)]), int(cells[np.argmin(y - x)])
    spring = int(cells[np.argmin(x + 0.4 * y)])
    upper = lattice.path(ground.inside, source, ground.centre, valleys)
    lower = lattice.path(ground.inside, ground.centre, mouth, valleys)
    brook = lattice.path(ground.inside, spring, ground.centre, valleys)
    return _Waters(_flowing([*upper, *lower[1:]], rng), _flowing(brook, rng))


def _flowing(points: list[Point], rng: np.random.Generator) -> LineString:
    """The way bent off the honeycomb's straight lines, then with its corners cut twice (Chaikin), in degrees."""
    way = np.array(points)
    bends = [noise(way[:, 0], way[:, 1], MEANDER_KM, rng) - 0.5 for _ in range(2)]
    way = way + MEANDER_KM * np.column_stack(bends)
    for _ in range(2):
        before, after = way[:-1], way[1:]
        cut = np.stack([0.75 * before + 0.25 * after, 0.25 * before + 0.75 * after], axis=1).reshape(-1, 2)
        way = np.vstack([way[:1], cut, way[-1:]])
    return LineString(to_degrees([(float(x), float(y)) for x, y in way]))


def _point_on(line: LineString, share: float) -> tuple[float, float]:
    point = line.interpolate(share, normalized=True)
    return float(point.x), float(point.y)


def _blob(centre: tuple[float, float], radius_km: float, rng: np.random.Generator) -> Polygon:
    """A rounded patch with lobes around a point in degrees."""
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    reach = np.ones_like(angle)
    for waves in range(2, 9):
        reach += 0.28 / waves * np.cos(waves * angle + rng.random() * 2 * np.pi)
    lon = centre[0] + radius_km * reach * np.cos(angle) / KM_PER_LON
    lat = centre[1] + radius_km * reach * np.sin(angle) / KM_PER_LAT
    return Polygon(np.column_stack([lon, lat]))


def _zone(ground: Ground, name: str, kind: str, level: str | None, shape: Polygon | MultiPolygon) -> DemoZone:
    """The part of a shape within the county."""
    county = outline(ground.lattice, ground.inside.astype(np.int64) - 1, 0)
    return DemoZone(name, kind, level, as_multipolygon(shapely.intersection(shape, county)))
