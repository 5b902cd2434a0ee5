"""The formats of files, by ending: media type, which columns they hold, how they are made."""

from dataclasses import dataclass
from typing import Literal

from geo_housing.errors import BadInput
from geo_housing.layers.columns import Form

Making = Literal["stream", "file"]


@dataclass(frozen=True)
class Format:
    """One way out. ``making`` stream: rows go out while they are read; file: it is finished first, then sent.

    ``holds_all``: rows without a geometry are in it. ``fixed_crs``: always WGS 84 by RFC 7946.
    """

    ending: str
    label: str
    media_type: str
    form: Form
    making: Making
    holds_all: bool = False
    fixed_crs: bool = False


FORMATS: dict[str, Format] = {
    f.ending: f
    for f in (
        Format("geojson", "GeoJSON", "application/geo+json", "map", "stream", fixed_crs=True),
        Format("geojsonl", "GeoJSON Lines", "application/geo+json-seq", "map", "stream", fixed_crs=True),
        Format("csv", "CSV", "text/csv; charset=utf-8", "ledger", "stream", holds_all=True),
        Format(
            "xlsx",
            "Excel",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "ledger",
            "file",
            holds_all=True,
        ),
        Format("gpkg", "GeoPackage", "application/geopackage+sqlite3", "map", "file"),
        Format("fgb", "FlatGeobuf", "application/flatgeobuf", "map", "file"),
        Format("parquet", "GeoParquet", "application/vnd.apache.parquet", "map", "file"),
        Format("zip", "Shapefile", "application/zip", "map", "file"),
    )
}


def format_of(ending: str) -> Format:
    """The format of an ending (with or without dot); BadInput names those that there are."""
    wanted = ending.lower().removeprefix(".")
    if wanted not in FORMATS:
        known = "、".join(f".{e}（{f.label}）" for e, f in FORMATS.items())
        raise BadInput(f"不支持“.{wanted}”格式，可用的有：{known}。")
    return FORMATS[wanted]
