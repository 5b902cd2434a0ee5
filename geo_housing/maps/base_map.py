"""What lies under the houses: Tianditu, tiles of an address, tiles in a folder of ours, or nothing (D18)."""

from pathlib import Path

from geo_housing.errors import NotFound
from geo_housing.settings import BaseMap

TIANDITU = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default"
    "&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
# Layer of Tianditu → name in the layer control, whether it lies over the others.
TIANDITU_LAYERS = (
    ("vec", "天地图·矢量", False),
    ("img", "天地图·影像", False),
    ("cva", "天地图·注记", True),
)
DEEPEST = 18
# Fixed, so that tiles of a folder keep their address.
FOLDER_ADDRESS = "/map/base/{z}/{x}/{y}"
KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


def attribution(base_map: BaseMap) -> str:
    """Source and 审图号 of the base map, as they must stand on it; empty without one."""
    number = f"审图号：{base_map.approval_number}" if base_map.approval_number else ""
    return " ".join(part for part in (base_map.attribution, number) if part)


def local_tile(base_map: BaseMap, z: int, x: int, y: int) -> tuple[Path, str]:
    """File and media type of one tile of the folder; NotFound where it has none."""
    if base_map.folder is not None and min(z, x, y) >= 0:
        for ending, kind in KINDS.items():
            path = base_map.folder / str(z) / str(x) / f"{y}{ending}"
            if path.is_file():
                return path, kind
    raise NotFound("底图在这里没有图片。")
