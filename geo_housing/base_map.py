"""What lies under the houses: Tianditu, tiles of an address, tiles in a folder of ours, or nothing (D18).

The large map, the small maps of pages and the maps on paper all ask here, so that source and 审图号 stand on each.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from geo_housing.errors import NotFound
from geo_housing.settings import BaseMap

TIANDITU = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
# Layer of Tianditu, name in the layer control, whether it lies over the others, whether it is shown at first.
TIANDITU_LAYERS = (
    ("vec", "天地图·矢量", False, True),
    ("img", "天地图·影像", False, False),
    ("cva", "天地图·注记", True, True),
)
DEEPEST = 18
# Fixed, so that tiles of a folder keep their address.
FOLDER_ADDRESS = "/map/base/{z}/{x}/{y}"
KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


@dataclass(frozen=True)
class BaseLayer:
    """One layer of tiles; ``address`` holds {z}, {x}, {y} and may hold {s}, for which a letter of ``hosts`` stands."""

    address: str
    name: str
    is_over: bool = False
    is_shown: bool = True
    hosts: str = "abc"


@dataclass(frozen=True)
class BaseTile:
    """Where one tile lies, in degrees."""

    z: int
    x: int
    y: int
    west: float
    south: float
    east: float
    north: float


def layers_of(base_map: BaseMap) -> tuple[BaseLayer, ...]:
    """The layers of the base map that the county has set, from below; none is an ordinary answer."""
    if base_map.kind == "tianditu":
        return tuple(
            BaseLayer(TIANDITU.format(layer=layer, key=base_map.tianditu_key), name, is_over, is_shown, "01234567")
            for layer, name, is_over, is_shown in TIANDITU_LAYERS
        )
    if base_map.kind == "url" and base_map.url:
        return (BaseLayer(base_map.url, "底图"),)
    if base_map.kind == "folder":
        return (BaseLayer(FOLDER_ADDRESS, "底图"),)
    return ()


def attribution(base_map: BaseMap) -> str:
    """Source and 审图号 of the base map, as they must stand on it; empty without one."""
    number = f"审图号：{base_map.approval_number}" if base_map.approval_number else ""
    return " ".join(part for part in (base_map.attribution, number) if part)


def for_browser(base_map: BaseMap) -> dict[str, Any]:
    """What a small map on a page is told (web/static/frame/base_map.js)."""
    shown = [asdict(layer) for layer in layers_of(base_map) if layer.is_shown]
    return {"layers": shown, "deepest": DEEPEST, "note": attribution(base_map)}


def tile_address(layer: BaseLayer, tile: BaseTile) -> str:
    """Address of one tile of a layer."""
    host = layer.hosts[(tile.x + tile.y) % len(layer.hosts)]
    parts = {"{s}": host, "{z}": str(tile.z), "{x}": str(tile.x), "{y}": str(tile.y)}
    address = layer.address
    for name, value in parts.items():
        address = address.replace(name, value)
    return address


def tiles_over(west: float, south: float, east: float, north: float, *, degrees: float) -> Iterator[BaseTile]:
    """The tiles over a box, at the coarsest zoom whose tiles are at most ``degrees`` wide."""
    z = min(DEEPEST, max(0, math.ceil(math.log2(360 / degrees))))
    left, top = _column(west, z), _row(north, z)
    for y in range(top, _row(south, z) + 1):
        for x in range(left, _column(east, z) + 1):
            yield BaseTile(z, x, y, _longitude(x, z), _latitude(y + 1, z), _longitude(x + 1, z), _latitude(y, z))


def _column(lon: float, z: int) -> int:
    return min(max(math.floor((lon + 180) / 360 * (1 << z)), 0), (1 << z) - 1)


def _row(lat: float, z: int) -> int:
    share = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return min(max(math.floor(share * (1 << z)), 0), (1 << z) - 1)


def _longitude(x: int, z: int) -> float:
    return x / (1 << z) * 360 - 180


def _latitude(y: int, z: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / (1 << z)))))


def local_tile(base_map: BaseMap, z: int, x: int, y: int) -> tuple[Path, str]:
    """File and media type of one tile of the folder; NotFound where it has none."""
    if base_map.folder is not None and min(z, x, y) >= 0:
        for ending, kind in KINDS.items():
            path = base_map.folder / str(z) / str(x) / f"{y}{ending}"
            if path.is_file():
                return path, kind
    raise NotFound("底图在这里没有图片。")
