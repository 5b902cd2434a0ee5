"""Addresses of the pages' own files: scripts, styles and pictures that lie in web/, all served by us (D18).

Below /static/ stands web/static; below /static/vendor/ only those files of web/node_modules that are listed here,
under short names that stay when a package moves its files. An address carries the hash of its file's content, so
that browsers may keep it for ever and a new version is seen at once.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from geo_housing.own_code import PROJECT_FOLDER

STATIC = PROJECT_FOLDER / "web" / "static"
PACKAGES = PROJECT_FOLDER / "web" / "node_modules"

# MapLibre GL 6 because it is the line that is cared for, and because its parts are ordinary ES modules: the page
# imports one file, the worker is a second file of our own host, and no blob address has to be allowed (5 starts its
# worker from one). It needs WebGL 2, which browsers have had since 2017 (Safari 2021); without it the map draws circles.
VENDOR: dict[str, str] = {
    "bootstrap/bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    # The part of ECharts with bars, lines and pies: half the size of the whole.
    "echarts/echarts.simple.min.js": "echarts/dist/echarts.simple.min.js",
    "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "leaflet/leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet/leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet/images/layers.png": "leaflet/dist/images/layers.png",
    "leaflet/images/layers-2x.png": "leaflet/dist/images/layers-2x.png",
    "leaflet/images/marker-icon.png": "leaflet/dist/images/marker-icon.png",
    "leaflet/images/marker-icon-2x.png": "leaflet/dist/images/marker-icon-2x.png",
    "leaflet/images/marker-shadow.png": "leaflet/dist/images/marker-shadow.png",
    "geoman/leaflet-geoman.min.js": "@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.min.js",
    "geoman/leaflet-geoman.css": "@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.css",
    "maplibre/maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
    "maplibre/maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
    "maplibre/maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
    "maplibre/leaflet-maplibre-gl.mjs": "@maplibre/maplibre-gl-leaflet/dist/leaflet-maplibre-gl.mjs",
}
VENDOR_PREFIX = "vendor/"


def asset_file(path: str) -> Path | None:
    """The file behind ``/static/<path>``; None for a package's file that is not listed."""
    if not path.startswith(VENDOR_PREFIX):
        return STATIC / path
    listed = VENDOR.get(path.removeprefix(VENDOR_PREFIX))
    return PACKAGES / listed if listed else None


def asset(path: str) -> str:
    """Address of a file, as ``map/page.js`` or ``vendor/leaflet/leaflet.js``; without its hash when it is not there.

    A missing file breaks one picture or script, not the page that names it.
    """
    file = asset_file(path)
    try:
        if file is None:
            raise FileNotFoundError
        known = file.stat()
        return f"/static/{path}?v={_content_hash(file, known.st_mtime_ns, known.st_size)}"
    except FileNotFoundError:
        return f"/static/{path}"


@lru_cache(maxsize=512)
def _content_hash(file: Path, mtime_ns: int, size: int) -> str:
    """Short hash of the content; time and size are only there to notice a change."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
