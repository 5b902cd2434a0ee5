"""Where the demo's houses stand: natural villages as rows of houses along lanes, inside the outline of their village."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from geo_housing.areas.demo import DemoArea
from geo_housing.areas.demo.county import KM_PER_LAT, KM_PER_LON
from geo_housing.geometry import Floats, Integers

M_LON, M_LAT = KM_PER_LON * 1000, KM_PER_LAT * 1000  # metres of a degree
LANE_M, PLOT_M, SETBACK_M = 88.0, 30.0, 16.0
INWARD_M = 420.0  # a settlement's middle keeps this distance from the village's border
# Share of villages with one, two … natural villages: some 2.5 each, as in the county (464 in 188).
NATURAL_VILLAGES = (0.14, 0.40, 0.31, 0.15)
WITHOUT_OUTLINE = 0.012  # share of houses in committees, forest farms and the state farm, which have no border
UNLOCATED = 0.012
NEXT_DOOR = 0.005  # declared here, point in the neighbouring village
SHARED = 0.002  # point of the house next door
STEMS = "东 西 南 北 前 后 上 下 李家 王家 张家 赵家 刘家 孙家 周家 三合 永兴 双发 新立 向阳 兴隆 太平 和平 福安 长胜 靠山 河沿 柳树 榆树 杏树 大泉 四合".split()
ENDINGS = ("屯", "屯", "屯", "窝堡", "营子")


@dataclass(frozen=True)
class Places:
    """One entry a house: ``area`` is the position in ``areas``; NaN where the ledger has no point."""

    areas: tuple[DemoArea, ...]
    area: Integers
    settlement: list[str]
    lon: Floats
    lat: Floats


@dataclass(frozen=True)
class _Settlement:
    area: int
    name: str
    lon: Floats
    lat: Floats


def settle(villages: Sequence[DemoArea], houses: int, rng: np.random.Generator) -> Places:
    """Stand ``houses`` houses in the ``villages``, some without a usable point as in every real ledger."""
    outlined = [n for n, village in enumerate(villages) if village.geom is not None]
    others = [n for n, village in enumerate(villages) if village.geom is None]
    elsewhere = round(houses * WITHOUT_OUTLINE) if others else 0
    settlements = [_pointless(n, count) for n, count in zip(others, _shares(others, elsewhere, rng), strict=True)]
    for n, count in zip(outlined, _shares(outlined, houses - elsewhere, rng), strict=True):
        geom = villages[n].geom
        assert geom is not None, "chosen by its outline"
        settlements += _natural_villages(n, geom, count, rng)
    area = np.concatenate([np.full(len(place.lon), place.area) for place in settlements])
    lon, lat = (np.concatenate([getattr(place, axis) for place in settlements]) for axis in ("lon", "lat"))
    names = [name for place in settlements for name in [place.name] * len(place.lon)]
    _misplace(area, lon, lat, rng)
    return Places(tuple(villages), area, names, np.round(lon, 7), np.round(lat, 7))


def _shares(places: Sequence[int], houses: int, rng: np.random.Generator) -> list[int]:
    """``houses`` dealt out in whole numbers, larger and smaller villages."""
    if not places:
        return []
    upto = np.cumsum(rng.uniform(0.5, 1.6, len(places)))
    bounds = np.round(upto / upto[-1] * houses).astype(int)
    counts: list[int] = np.diff(bounds, prepend=0).tolist()
    return counts


def _pointless(area: int, houses: int) -> _Settlement:
    nowhere = np.full(houses, np.nan)
    return _Settlement(area, "", nowhere, nowhere.copy())


def _natural_villages(area: int, outline: Polygon, houses: int, rng: np.random.Generator) -> list[_Settlement]:
    number = int(rng.choice(len(NATURAL_VILLAGES), p=NATURAL_VILLAGES)) + 1
    centres = _centres(outline, number, rng)
    names = rng.choice(STEMS, number, replace=False)
    made = []
    for n, count in enumerate(_shares(range(number), houses, rng)):
        lon, lat = _along_lanes(outline, centres[n], count, rng)
        made.append(_Settlement(area, f"{names[n]}{ENDINGS[int(rng.integers(len(ENDINGS)))]}", lon, lat))
    return made


def _centres(outline: Polygon, number: int, rng: np.random.Generator) -> Floats:
    """Points well inside the outline and far from one another."""
    inward = shapely.buffer(outline, -INWARD_M / M_LAT)
    room = outline if inward.is_empty else inward
    west, south, east, north = room.bounds
    draws = np.column_stack([rng.uniform(west, east, 400), rng.uniform(south, north, 400)])
    draws = draws[shapely.contains_xy(room, draws[:, 0], draws[:, 1])]
    middle = room.representative_point()
    candidates = np.vstack([draws, [[middle.x, middle.y]]])
    chosen = candidates[:1]
    while len(chosen) < number:
        apart = (candidates[:, None, :] - chosen[None, :, :]) * (M_LON, M_LAT)
        chosen = np.vstack([chosen, candidates[np.argmax((apart**2).sum(axis=2).min(axis=1))]])
    return chosen


def _along_lanes(outline: Polygon, centre: Floats, houses: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Plots on both sides of parallel lanes, nearest to the middle first, some of them left empty."""
    turn = rng.normal(0.0, 0.35)  # lanes run east and west more or less: houses face south
    for generosity in (3, 8, 30, 120):
        across = int(np.ceil(np.sqrt(houses * generosity / 6.0))) + 1
        along = 3 * across + 4
        lane, plot, side = np.meshgrid(np.arange(-across, across + 1), np.arange(-along, along + 1), (-1, 1))
        x = plot.ravel() * PLOT_M + rng.normal(0, 2.5, plot.size)
        y = lane.ravel() * LANE_M + side.ravel() * SETBACK_M + 18 * np.sin(x / 140) + rng.normal(0, 2.0, plot.size)
        lon = centre[0] + (x * np.cos(turn) - y * np.sin(turn)) / M_LON
        lat = centre[1] + (x * np.sin(turn) + y * np.cos(turn)) / M_LAT
        free = shapely.contains_xy(outline, lon, lat) & (rng.random(plot.size) > 0.18)
        order = np.argsort(np.where(free, np.hypot(x / 3.4, y) + rng.exponential(26, plot.size), np.inf))[:houses]
        if free.sum() >= houses:
            break
    return lon[order], lat[order]


def _misplace(area: Integers, lon: Floats, lat: Floats, rng: np.random.Generator) -> None:
    """The faults of a real ledger: no point, the neighbour's point, a point in the next village."""
    luck = rng.random(len(lon))
    located = np.isfinite(lon)
    before = np.roll(np.arange(len(lon)), 1)
    shared = located & (luck < SHARED) & (area == area[before]) & located[before]
    lon[shared], lat[shared] = lon[before[shared]], lat[before[shared]]
    for n in np.flatnonzero(located & (luck >= SHARED) & (luck < SHARED + NEXT_DOOR)):
        distance = np.where(
            located & (area != area[n]), np.hypot((lon - lon[n]) * M_LON, (lat - lat[n]) * M_LAT), np.inf
        )
        there = int(np.argmin(distance))
        if np.isfinite(distance[there]):
            lon[n], lat[n] = lon[there] + 9 / M_LON, lat[there] - 9 / M_LAT
    gone = located & (luck > 1 - UNLOCATED)
    lon[gone], lat[gone] = np.nan, np.nan
