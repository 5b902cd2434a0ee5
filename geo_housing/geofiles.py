"""Opening geographic files: what they hold, in which reference system, as lon/lat degrees of EPSG:4490.

One door for outlines, houses and zones: GeoJSON, GeoPackage, Shapefile (or its .zip), KML, FlatGeobuf, all
through GDAL. A file that is not what its ending says is refused with a sentence that names what was found.
"""

import glob
import json
import pickle
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyproj
import shapely

from geo_housing.apart import TOO_LARGE, run_apart
from geo_housing.dbf_names import NAME_BYTES, beginning, encoding_of, head_of, raw_names, readable, whole, whole_names
from geo_housing.errors import BadInput, GeoHousingError, LayersUnchosen, NotReady, TooLarge
from geo_housing.geofile_shapes import UNREAD, rows_off, shapes_of, without_warnings
from geo_housing.geometry import Geometries, SourceCrs, parse_crs, reproject

GEO_ENDINGS = (".geojson", ".json", ".gpkg", ".shp", ".zip", ".kml", ".fgb")
GEOJSON_TYPES = frozenset(
    "FeatureCollection Feature Point MultiPoint LineString MultiLineString Polygon MultiPolygon GeometryCollection".split()
)
# What GDAL calls the formats that are read or written here; KML is read by either of two.
KNOWN_DRIVERS = frozenset({"GeoJSON", "GeoJSONSeq", "GPKG", "ESRI Shapefile", "LIBKML", "KML", "FlatGeobuf"})
MAX_BYTES = 2 * 1024**3
# What is larger is read in a process of its own: JSON takes twenty times its size while it is read.
MOST_BYTES_HERE = 4 << 20
MOST_NAMED = 10  # layers in a refusal
MOST_NAME_BYTES = 240  # what the file system takes, with a longer ending beside
DBF_LANGUAGE = 29  # byte of a .dbf that names its code page; 0: not said


@dataclass(frozen=True)
class Features:
    """All features of one layer, or of all folders of a KML; ``geoms`` may hold None; feature n (from 1) is row n - 1.

    ``layers`` are all that the file has. ``off`` are the rows whose coordinates are no degrees, while those of others are;
    ``closed`` those of which a ring had to be closed, ``unread`` those whose shape is none. ``cut`` are columns of a Shapefile
    whose names fill their ten bytes, so that more may have stood there: those bytes and their encoding.
    """

    columns: dict[str, list[Any]]
    geoms: Geometries
    crs: str
    layer: str
    layers: tuple[str, ...] = ()
    off: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()
    cut: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.geoms)


@cache
def use_known_drivers_only() -> None:
    """Take from GDAL every driver but those of the formats that are read and written here.

    GDAL looks at the content, not at the ending: a file called .kml that is a virtual data source would be opened as
    one, and names other files of this machine, addresses and programs.
    """
    from pyogrio import core

    others = sorted(set(core.list_drivers()) - KNOWN_DRIVERS)
    # With a comma in it the list is split at commas: names hold spaces.
    core.set_gdal_config_options({"GDAL_SKIP": ",".join([*others, ""])})
    core._register_drivers()
    core.set_gdal_config_options({"GDAL_SKIP": None})
    if left := set(core.list_drivers()) - KNOWN_DRIVERS:
        raise NotReady(f"地图文件的读取程序带有不该使用的格式（{'、'.join(sorted(left))}），请重新安装依赖。")


def is_geographic(path: Path) -> bool:
    """Whether the ending is one of the geographic formats."""
    return path.suffix.lower() in GEO_ENDINGS


def read_features(
    path: Path, *, crs: str | None = None, layer: str | None = None, where: str | None = None, by_row: bool = False
) -> Features:
    """Read one layer; ``crs`` states what the coordinates are when the file does not (contract, "Files").

    The folders of a KML are parts of one drawing and are read together, unless ``layer`` names one of them.

    BadInput: no such file, not what its ending says, unknown layer or where, contradicting or nonsensical CRS.
    ``by_row``: the caller tells the rows that are ``off`` or ``unread``; else one of them refuses the whole file.
    """
    found = _read_any(path, crs=crs, layer=layer, where=where)
    if found.unread and not by_row:
        raise BadInput(f"{path.name} 第 {found.unread[0] + 1} 条：{UNREAD}")
    if found.off and not by_row:
        row = found.off[0]
        x, y = shapely.get_coordinates(found.geoms[row])[0]
        raise BadInput(f"{path.name} 第 {row + 1} 条的坐标（{x:.10g}, {y:.10g}）不是经纬度，其他的是；请改正这一条。")
    return found


def _read_any(path: Path, *, crs: str | None, layer: str | None, where: str | None) -> Features:
    if not path.is_file():
        raise BadInput(f"找不到文件 {path.name}，请核对路径。")
    if not is_geographic(path):
        raise BadInput(f"“{path.name}”不是能读取的地图文件；可用 GeoJSON、GeoPackage、Shapefile、KML、FlatGeobuf。")
    if path.stat().st_size > MAX_BYTES:
        raise TooLarge(f"{path.name} 超过 {MAX_BYTES // 1024**3} GB，请先按乡镇拆分。")
    if path.suffix.lower() == ".zip":
        with tempfile.TemporaryDirectory() as folder:
            inside, wanted, stems = _unpack(path, Path(folder), layer)
            found = _read_any(inside, crs=crs, layer=wanted, where=where)
            return replace(found, layers=stems) if len(stems) > 1 else found
    if path.suffix.lower() == ".shp":
        _require_index(path)
    if _is_weighty(path):
        return _read_apart(path, crs=crs, layer=layer, where=where)
    return _read_here(path, crs=crs, layer=layer, where=where)


def _require_index(path: Path) -> None:
    """BadInput that names the part without which nothing of a Shapefile can be read.

    GDAL could make the index again, but a file that lost one part on its way has often lost the table of names and codes, too.
    """
    endings = {part.suffix.lower() for part in path.parent.iterdir() if part.stem == path.stem}
    if ".shx" not in endings:
        raise BadInput(
            f"{path.name} 缺少同名的 .shx；请把同名的 .shp、.shx、.dbf、.prj 放在一起，打包成一个 .zip 再用。"
        )


def _is_weighty(path: Path) -> bool:
    """Whether the file may take much to be read."""
    parts = path.parent.glob(f"{glob.escape(path.stem)}.*") if path.suffix.lower() == ".shp" else [path]
    return path.suffix.lower() == ".gpkg" or sum(part.stat().st_size for part in parts) > MOST_BYTES_HERE


def _read_apart(path: Path, *, crs: str | None, layer: str | None, where: str | None) -> Features:
    """Read in a process of its own: a GeoPackage is a database whose tables may be queries without end."""
    with tempfile.TemporaryFile() as spool:
        status = run_apart(__name__, json.dumps([str(path.absolute()), crs, layer, where]), into=spool)
        if status != 0:
            # It had no more memory or time, or its library gave up on nonsense; the system does not say which.
            raise TooLarge(
                f"{path.name} 读取时占用内存或时间太多，或文件已损坏；请简化图形、去掉无关的字段，或分成几份。"
            )
        spool.seek(0)
        answer = pickle.load(spool)  # noqa: S301 -- our own process wrote it
    if isinstance(answer, GeoHousingError):
        raise answer
    columns, wkb, *rest = answer
    return Features(columns, shapes_of(np.array(wkb, dtype=object)).geoms, *rest)


def main() -> int:
    """The process of its own: path and choices as JSON on the command line, features or refusal to standard output."""
    path, crs, layer, where = json.loads(sys.argv[1])
    # Nothing here needs what the reader takes along where it is installed: more than half of the time to the first byte.
    sys.modules.update(dict.fromkeys(("geopandas", "pandas", "pyarrow")))  # type: ignore[arg-type] # None: not to be had
    answer: GeoHousingError | tuple[Any, ...]
    try:
        found = _read_here(Path(path), crs=crs, layer=layer, where=where)
        columns, geoms, *rest = (getattr(found, one.name) for one in fields(found))
        answer = (columns, shapely.to_wkb(geoms).tolist(), *rest)
    except GeoHousingError as error:
        answer = error
    except MemoryError:
        return TOO_LARGE
    pickle.dump(answer, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
    return 0


def _read_here(path: Path, *, crs: str | None, layer: str | None, where: str | None) -> Features:
    use_known_drivers_only()
    # Brings GeoPandas and pandas with it, a second that no start of the service should wait for.
    import pyogrio
    import pyogrio.errors

    declares = _check_json(path) if path.suffix.lower() in (".geojson", ".json") else None
    try:
        with without_warnings():
            beside, encoding, guessed = _shapefile_encoding(path)
            with readable(path, beside, encoding) as whole_path:
                layers = tuple(str(name) for name, _ in pyogrio.list_layers(whole_path))
                chosen = _chosen_layers(path, layers, layer)
                parts = [pyogrio.raw.read(whole_path, layer=one, where=where, encoding=guessed) for one in chosen]
    except pyogrio.errors.DataSourceError:
        raise BadInput(f"{path.name} 打不开：不是完整的 {path.suffix} 文件，请重新导出。") from None
    except UnicodeDecodeError:
        raise BadInput(
            f"{path.name} 的文字不是文件所说的编码，读不出来；请重新导出，编码选 UTF-8，或改用 GeoPackage。"
        ) from None
    except (pyogrio.errors.DataLayerError, ValueError) as error:
        if where is None:
            raise BadInput(f"{path.name} 读取失败，文件可能已损坏，请重新导出：{_first_line(error)}") from None
        raise BadInput(f"{path.name} 读取失败，请核对筛选条件（命令行 --where）：{_first_line(error)}") from None
    except pyogrio.errors.FeatureError:
        raise BadInput(f"{path.name} 读到一半出错：文件不完整或已损坏，请重新导出。") from None
    own = _own_crs(parts[0][0]["crs"], declares, is_json=path.suffix.lower() in (".geojson", ".json"))
    stated = decide_crs(path.name, own, crs)
    columns, wkb = _together([(part[0]["fields"], part[2], part[3]) for part in parts])
    found = shapes_of(wkb)
    present = ~shapely.is_missing(found.geoms)
    geoms = found.geoms.copy()
    with without_warnings():
        geoms[present] = reproject(geoms[present], stated)
    off = rows_off(path.name, geoms, stated)
    return Features(
        columns,
        geoms,
        stated.name,
        "、".join(chosen),
        layers,
        off,
        found.closed,
        found.unread,
        _cut_names(beside, encoding),
    )


def _together(parts: Sequence[tuple[Any, Any, Any]]) -> tuple[dict[str, list[Any]], Any]:
    """Columns and shapes of several layers under one another; a layer without a column has None there."""
    columns: dict[str, list[Any]] = {}
    shapes: list[Any] = []
    for names, wkb, values in parts:
        count = len(wkb) if wkb is not None else len(values[0]) if values else 0
        for name, column in zip(names, values, strict=True):
            columns.setdefault(str(name), [None] * len(shapes)).extend(column.tolist())
        shapes += [None] * count if wkb is None else wkb.tolist()
        for cells in columns.values():
            cells.extend([None] * (len(shapes) - len(cells)))
    return columns, np.array(shapes, dtype=object)


def decide_crs(name: str, own: SourceCrs | None, stated: str | None) -> SourceCrs:
    """The file's own system, or the stated one; BadInput when they contradict each other."""
    if stated is None:
        return own or SourceCrs("EPSG:4326")
    wanted = parse_crs(stated)
    if own is not None and own != wanted and not _same_degrees(own, wanted):
        raise BadInput(
            f"{name} 自带坐标系 {own.name}，与所选的 {stated} 矛盾；请不要另选“坐标系”，或先更正文件的坐标系。"
        )
    return wanted


def _same_degrees(a: SourceCrs, b: SourceCrs) -> bool:
    return {a.name, b.name} <= {"EPSG:4326", "EPSG:4490"}


def _own_crs(text: str | None, declares: bool | None, *, is_json: bool) -> SourceCrs | None:
    """The reference system a file declares; a GeoJSON without crs member declares none here (it is often wrong)."""
    if not text or (is_json and not declares):
        return None
    number = pyproj.CRS.from_user_input(text).to_epsg(min_confidence=70)
    if number is None:
        raise BadInput("文件自带的坐标系没有 EPSG 编号，无法确定；请先转换为 EPSG:4490 再装入。")
    return SourceCrs(f"EPSG:{number}")


def _chosen_layers(path: Path, layers: Sequence[str], layer: str | None) -> Sequence[str]:
    if not layers:
        raise BadInput(f"{path.name} 里没有图层。")
    if layer is None and (len(layers) == 1 or path.suffix.lower() == ".kml"):
        return layers
    if layer is None:
        raise _unchosen(path, layers)
    if layer not in layers:
        raise LayersUnchosen(f"{path.name} 没有图层“{layer}”，有：{'、'.join(layers[:MOST_NAMED])}。", layers)
    return [layer]


def _unchosen(path: Path, layers: Sequence[str]) -> LayersUnchosen:
    named = "、".join(layers[:MOST_NAMED])
    return LayersUnchosen(f"{path.name} 有 {len(layers)} 个图层（{named}），请在“文件里的图层”中选定一个。", layers)


def _unpack(path: Path, folder: Path, layer: str | None) -> tuple[Path, str | None, tuple[str, ...]]:
    """The one geographic file of a .zip with what belongs to it, put into ``folder``; the layer to read in it; all files.

    Unpacked, not read through GDAL: zips hold folders, and those of Chinese Windows have names in GBK.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {PurePosixPath(_zipped_name(info)): info for info in archive.infolist() if not info.is_dir()}
            found = [name for name in parts if name.suffix.lower() == ".shp"] or [
                name for name in parts if name.suffix.lower() in GEO_ENDINGS and name.suffix.lower() != ".zip"
            ]
            found = [name for name in found if "__MACOSX" not in name.parts]
            chosen = [name for name in found if layer in (None, name.stem)] if len(found) > 1 else found
            stems = tuple(name.stem for name in found)
            if not found:
                raise BadInput(f"{path.name} 里没有 Shapefile 等地图文件。")
            if len(chosen) != 1:
                raise _unchosen(path, stems)
            name = chosen[0]
            if len(name.name.encode()) > MOST_NAME_BYTES:
                raise BadInput(f"{path.name} 里的文件名太长，请改短后重新打包。")
            kept = [n for n in parts if n.parent == name.parent and n.stem == name.stem]
            if sum(parts[n].file_size for n in kept) > MAX_BYTES:
                raise TooLarge(f"{path.name} 解压后超过 {MAX_BYTES // 1024**3} GB，请先按乡镇拆分。")
            for part in kept:
                with archive.open(parts[part]) as source, (folder / part.name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        # RuntimeError: a password; NotImplementedError: a compression that only some programs know.
        raise BadInput(f"{path.name} 打不开：不是完整的 .zip 文件，或带有密码，请重新导出。") from None
    return folder / name.name, layer if layer != name.stem else None, stems


def _zipped_name(info: zipfile.ZipInfo) -> str:
    """A member's name; without the flag for UTF-8 it is what the writing system used, here GBK."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename


def _shapefile_encoding(path: Path) -> tuple[dict[str, Path], str | None, str | None]:
    """The files of a Shapefile by ending, the encoding of its Chinese, and that as a guess where it states none.

    GDAL would take Chinese names for ISO-8859-1; no guess where the file says it itself (a .cpg beside it, or the language
    byte of the .dbf) or is no Shapefile.
    """
    if path.suffix.lower() != ".shp":
        return {}, None, None
    beside = {other.suffix.lower(): other for other in path.parent.glob(f"{glob.escape(path.stem)}.*")}
    if ".dbf" not in beside:
        return beside, None, None
    head = head_of(beside[".dbf"])
    if ".cpg" in beside or (len(head) > DBF_LANGUAGE and head[DBF_LANGUAGE] != 0):
        return beside, encoding_of(head, beside.get(".cpg")), None
    try:
        for name in raw_names(head):
            whole(name, "UTF-8").decode("utf-8")
        beside[".dbf"].read_bytes()[len(head) :].decode("utf-8")
    except UnicodeDecodeError:
        return beside, "GB18030", "GB18030"
    return beside, "UTF-8", "UTF-8"


def _cut_names(parts: dict[str, Path], encoding: str | None) -> dict[str, tuple[bytes, str]]:
    if encoding is None:
        return {}
    names = raw_names(head_of(parts[".dbf"]))
    return {
        kept.decode(encoding, "replace"): (beginning(name), encoding)
        for name, kept in zip(names, whole_names(names, encoding), strict=True)
        if len(name) == NAME_BYTES
    }


def _check_json(path: Path) -> bool:
    """Whether the GeoJSON names its CRS; BadInput when the JSON is no GeoJSON, saying what it is."""
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        # RecursionError: brackets within brackets, thousands deep.
        raise BadInput(f"{path.name} 不是完整的 JSON，可能下载中断，请重新获取。") from None
    if isinstance(content, list):
        raise BadInput(f"{path.name} 的最外层是数组，不是 GeoJSON；请导出为 FeatureCollection。")
    if not isinstance(content, dict):
        raise BadInput(f"{path.name} 不是 GeoJSON。")
    if "error" in content and "type" not in content:
        raise BadInput(f"{path.name} 里是一条出错信息，不是地图数据；请重新下载。")
    if content.get("type") not in GEOJSON_TYPES:
        members = "、".join(str(name) for name in list(content)[:6])
        raise BadInput(f"{path.name} 没有 GeoJSON 的 type（只有 {members}），请导出为 GeoJSON FeatureCollection。")
    return "crs" in content


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
