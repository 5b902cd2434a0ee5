"""Reading divisions out of files: which column holds codes and names, outlines repaired, what cannot be used and why."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import shapely

from geo_housing.areas.pieces import AreaRow, cut_code
from geo_housing.errors import BadInput, Fault
from geo_housing.geofile_shapes import UNREAD
from geo_housing.geofiles import is_geographic, read_features
from geo_housing.geometry import repair_polygon
from geo_housing.repairs import repair_of
from geo_housing.words import AREA_LEVEL

# Columns that hold a code, each with its column of names, best first; the natural-resources layers use XZQDM/XZQMC
# (divisions), ZLDWDM/ZLDWMC and QSDWDM/QSDWMC (where a parcel lies and whose it is: 19 digits, cut to 12).
NAME_OF_CODE = {
    "code": "name", "代码": "名称", "区划代码": "区划名称", "行政区划代码": "行政区划名称", "xzqdm": "xzqmc", "zldwdm": "zldwmc",
    "qsdwdm": "qsdwmc", "adcode": "name", "dt_adcode": "dt_name", "区划码": "名称",
}  # fmt: skip
CODE_FIELDS = tuple(NAME_OF_CODE)
NAME_FIELDS = tuple(dict.fromkeys(NAME_OF_CODE.values()))
LEVEL_FIELDS = ("level", "级别")
PARENT_FIELDS = ("parent_code", "上级代码", "上级区划代码")
# No division is smaller: degrees that were read as metres are.
LEAST_M2 = 1.0
OPTION = {"代码": "--code-field", "名称": "--name-field"}


@dataclass(frozen=True)
class LoadOptions:
    """What the person says about the file (contract, ``areas load``)."""

    level: str
    code_field: str | None = None
    name_field: str | None = None
    under: str | None = None
    where: str | None = None
    crs: str | None = None
    layer: str | None = None


@dataclass(frozen=True)
class ReadAreas:
    """Rows of the wanted level and what is wrong with the others; read = rows + faults."""

    rows: list[AreaRow]
    faults: list[Fault]
    crs: str | None

    @property
    def read(self) -> int:
        """Rows of the wanted level that the file holds."""
        return len(self.rows) + len(self.faults)


def read_areas(path: Path, options: LoadOptions) -> ReadAreas:
    """The divisions of ``options.level`` in a CSV list or a boundary file."""
    if path.suffix.lower() == ".csv":
        if options.where or options.layer:
            raise BadInput("CSV 名单没有图层，--where 和 --layer 只用于边界文件；请去掉。")
        return ReadAreas(list(_listed(path, options)), [], None)
    if not is_geographic(path):
        raise BadInput(f"不认识“{path.name}”；区划可用 CSV、GeoJSON、GeoPackage、Shapefile、KML、FlatGeobuf。")
    features = read_features(path, crs=options.crs, layer=options.layer, where=options.where, by_row=True)
    headings = {name.strip().lower(): name for name in features.columns}
    codes, names = _columns(headings, features.columns, options)
    rows, faults = [], []
    off, closed, unread = set(features.off), set(features.closed), set(features.unread)
    for n, geom in enumerate(features.geoms):
        line = n + 1
        code, name = _text(codes[n] if codes else None), _text(names[n] if names else None)
        if n in unread:
            faults.append(Fault(line, None, code or name, UNREAD))
            continue
        if geom is None or geom.is_empty:
            faults.append(Fault(line, None, code or name, "这一条没有边界，未装入；只装名称请用 CSV。"))
            continue
        if geom.geom_type not in ("Polygon", "MultiPolygon", "GeometryCollection"):
            faults.append(Fault(line, None, code or name, f"边界应为面，这里是 {geom.geom_type}。"))
            continue
        if n in off:
            x, y = shapely.get_coordinates(geom)[0]
            faults.append(
                Fault(line, None, code or name, f"坐标（{x:.10g}, {y:.10g}）不是经纬度，坐标系不对，未装入。")
            )
            continue
        repaired = repair_polygon(geom)
        if repaired.geom is None:
            faults.append(Fault(line, None, code or name, "边界修复后没有面积，未装入。"))
            continue
        if repaired.area_after_m2 < LEAST_M2:
            faults.append(
                Fault(line, None, code or name, "边界的面积不到 1 ㎡，坐标系可能不对（命令行 --crs），未装入。")
            )
            continue
        rows.append(AreaRow(line, code, name, repaired.geom, repair=repair_of(repaired, closed=n in closed)))
    return ReadAreas(rows, faults, features.crs)


def _listed(path: Path, options: LoadOptions) -> Iterator[AreaRow]:
    """Rows of ``code,name,level,parent_code`` that are of the wanted level."""
    table = csv.reader(io.StringIO(_decoded(path)))
    heads = [head.strip() for head in next(table, [])]
    lines = [(table.line_num, row) for row in table if any(cell.strip() for cell in row)]
    cells = {head: [row[n] if n < len(row) else "" for _, row in lines] for n, head in enumerate(heads) if head}
    headings = {head.lower(): head for head in cells}
    codes, names = _columns(headings, cells, options)
    levels = _optional(headings, cells, LEVEL_FIELDS)
    parents = _optional(headings, cells, PARENT_FIELDS)
    for n, (line, _) in enumerate(lines):
        level = _text(levels[n]) if levels else options.level
        if level in (options.level, AREA_LEVEL.label(options.level)):
            code, name = _text(codes[n] if codes else None), _text(names[n] if names else None)
            yield AreaRow(line, code, name, None, parent=(_text(parents[n]) or None) if parents else None)


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"找不到文件 {path.name}，请核对路径。") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(f"{path.name} 的文字编码不认识；请另存为 UTF-8 的 CSV。")


def _columns(
    headings: Mapping[str, str], cells: Mapping[str, Sequence[object]], options: LoadOptions
) -> tuple[Sequence[object] | None, Sequence[object] | None]:
    """The columns of codes and names: the ones asked for, else the best that are known."""
    code = _asked(headings, options.code_field, "代码") or _best_code(headings, cells, options)
    if code is None and options.under is None:
        raise BadInput(
            f"没有认出代码列（有：{_list(cells)}），请用 --code-field 指定；没有统一代码的数据请加 --under 由系统编号。"
        )
    name = _asked(headings, options.name_field, "名称")
    if name is None:
        partner = NAME_OF_CODE.get(code.strip().lower(), "") if code else ""
        name = next((headings[known] for known in (partner, *NAME_FIELDS) if known in headings), None)
    return cells[code] if code else None, cells[name] if name else None


def _best_code(headings: Mapping[str, str], cells: Mapping[str, Sequence[object]], options: LoadOptions) -> str | None:
    """The first known column with codes as long as the level needs: a village layer may carry its township's, too."""
    known = [headings[name] for name in CODE_FIELDS if name in headings]
    if options.under is None:
        for heading in known:
            if any(cut_code(_text(value), options.level) for value in cells[heading]):
                return heading
    return known[0] if known else None


def _asked(headings: Mapping[str, str], wanted: str | None, label: str) -> str | None:
    if wanted is None:
        return None
    if wanted in headings.values():
        return wanted
    if wanted.strip().lower() in headings:
        return headings[wanted.strip().lower()]
    raise BadInput(f"文件没有“{wanted}”列，有：{_list(headings.values())}；请核对 {OPTION[label]}。")


def _optional(
    headings: Mapping[str, str], cells: Mapping[str, Sequence[object]], known: Sequence[str]
) -> Sequence[object] | None:
    return next((cells[headings[name]] for name in known if name in headings), None)


def _list(names: Collection[str]) -> str:
    return "、".join(list(names)[:20]) or "没有任何列"


def _text(value: object) -> str:
    if value is None or value != value:  # NaN is GDAL's null of a number
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
