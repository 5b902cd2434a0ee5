"""Shapes as GDAL hands them over, row by row: rings that are not closed are closed, what cannot be read is told.

One damaged ring must not take the rest of a file with it.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_housing.errors import BadInput
from geo_housing.geometry import CHINA, Geometries, SourceCrs

# West, south, east, north; what a computer has made of 180 degrees may lie a little beyond.
_LEAST_DEGREES, _MOST_DEGREES = (-180.000001, -90.0) * 2, (180.000001, 90.0) * 2

UNREAD = "图形残缺（如只有一两个点的边界、不是数字的坐标），读不出来，未采用；请在地图软件中检查几何后重新导出。"


@dataclass(frozen=True)
class Shapes:
    """``closed`` are the rows of which a ring had to be closed, ``unread`` those whose shape is none (None in ``geoms``)."""

    geoms: Geometries
    closed: tuple[int, ...]
    unread: tuple[int, ...]


@contextmanager
def without_warnings() -> Iterator[None]:
    """GDAL and numpy warn of rings and numbers that are told here by row; users would read the words of a library."""
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def shapes_of(wkb: NDArray[np.object_]) -> Shapes:
    """The geometries of WKB."""
    with without_warnings():
        geoms = shapely.from_wkb(wkb, on_invalid="ignore")
        damaged = np.flatnonzero(shapely.is_missing(geoms) & np.array([one is not None for one in wkb], dtype=bool))
        if not len(damaged):
            return Shapes(geoms, (), ())
        geoms = geoms.copy()
        geoms[damaged] = shapely.from_wkb(wkb[damaged], on_invalid="fix")
    is_unread = shapely.is_missing(geoms[damaged])
    return Shapes(geoms, tuple(damaged[~is_unread].tolist()), tuple(damaged[is_unread].tolist()))


def rows_off(name: str, geoms: Geometries, crs: SourceCrs) -> tuple[int, ...]:
    """The rows whose coordinates cannot be degrees; BadInput when those of none can: the stated CRS is wrong."""
    drawn = ~shapely.is_missing(geoms) & ~shapely.is_empty(geoms)
    bounds = shapely.bounds(geoms)
    with np.errstate(invalid="ignore"):
        is_off = drawn & ~((bounds >= _LEAST_DEGREES) & (bounds <= _MOST_DEGREES)).all(axis=1)
    coordinates, rows = shapely.get_coordinates(geoms, return_index=True)
    # Bounds leave out what is no number.
    is_off[rows[~np.isfinite(coordinates).all(axis=1)]] = True
    if is_off.sum() < drawn.sum():
        return tuple(np.flatnonzero(is_off).tolist())
    if drawn.any():
        west, south, east, north = shapely.total_bounds(geoms[drawn])
        if not np.isfinite(coordinates).all():
            raise BadInput(f"{name} 按 {crs.name} 换算后没有意义，请核对坐标系。")
        least_lon, least_lat, most_lon, most_lat = CHINA
        if least_lat <= west and east <= most_lat and least_lon <= south and north <= most_lon:
            raise BadInput(
                f"{name} 的经纬度好像写反了（如 {west:.2f}, {south:.2f}）；应先经度、后纬度，请交换后重新导出。"
            )
        raise BadInput(
            f"{name} 的坐标（如 {west:.0f}, {south:.0f}）不是经纬度，坐标系不对；请选定“坐标系”，如 EPSG:4529。"
        )
    return ()
