"""Addresses of map tiles and of the clusters in them. Pure: knows neither database nor web."""

from dataclasses import dataclass

from geo_housing.errors import NotFound
from geo_housing.geometry import TILE_DEPTH, tile_key_range

MAX_ZOOM = 22
# Units of a vector tile's edge (the default of the format).
EXTENT = 4096
# Clusters stand some 64 pixels apart in tiles that are drawn 512 pixels wide.
CLUSTER_STEPS = 3
# Their place is the middle of their houses, told on a grid that is four times finer.
PLACE_STEPS = 2


@dataclass(frozen=True)
class Tile:
    """One tile of the Web Mercator grid: column ``x`` from the west, row ``y`` from the north."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.z <= MAX_ZOOM and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z):
            raise NotFound(f"没有瓦片 {self.z}/{self.x}/{self.y}：级别应为 0 到 {MAX_ZOOM}，行列号小于 2 的级别次方。")

    @property
    def keys(self) -> tuple[int, int]:
        """Half-open range of the tile keys in it: west and north edge in, east and south edge out."""
        return tile_key_range(self.z, self.x, self.y)

    @property
    def cluster_depth(self) -> int:
        """Depth in the quadtree at which its houses are put together."""
        return min(self.z + CLUSTER_STEPS, TILE_DEPTH)


def place_depth(cluster_depth: int, deepest: int) -> int:
    """Depth at which the houses of a cluster are counted to find its middle, where the source goes that deep."""
    return max(cluster_depth, min(cluster_depth + PLACE_STEPS, deepest))
