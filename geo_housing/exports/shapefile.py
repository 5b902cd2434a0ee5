"""What a Shapefile cannot hold, and how a planner gets it all the same: short names, long texts, what the file is.

Field names end after ten letters, texts after 254 bytes (84 Chinese characters), and there is no place for metadata. So the .zip brings
along ``<layer>-fields.csv`` (short name, name, heading), ``<layer>-about.txt`` (数据说明), ``<layer>.json`` (both for programs) and,
where a text had to be cut, ``<layer>-long-texts.csv`` with the whole of it.
"""

import csv
import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from geo_housing.exports.service import Export, metadata
from geo_housing.houses.spreadsheet.shortened import CUT, NAME_LETTERS, SHORT_HOUSE_NAMES, TEXT_BYTES
from geo_housing.layers.columns import Column

# Of the format: where records begin, where the header states the extent, the kind of a row without outline.
SHP_HEADER, SHP_EXTENT, NO_SHAPE = 100, 36, 0
# Of names longer than that; what is not listed is shortened by rule.
SHORT_NAMES = {
    **SHORT_HOUSE_NAMES,
    "inspection_id": "insp_id",
    "assignee_area": "assignee",
    "rooms_collapsed": "rm_collaps",
    "rooms_severe": "rm_severe",
    "rooms_slight": "rm_slight",
    "finding_items": "find_items",
    "reported_how": "rep_how",
    "reported_at": "rep_at",
    "risk_suspected": "risk_susp",
    "parent_code": "par_code",
    "parent_name": "par_name",
    "resident_households": "res_hh",
    "resident_people": "res_people",
    "households_without_size": "hh_no_size",
    "not_dangerous": "not_danger",
    "built_before_1980_or_unknown": "bt_bef1980",
    "built_1980_1999": "bt_80_99",
    "built_since_2000": "bt_2000_on",
    "structure_other": "struct_oth",
}


def short_names(columns: Sequence[Column]) -> dict[str, str]:
    """Name → name in the Shapefile: at most ten letters, each different from all others, whatever their case."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        wanted = SHORT_NAMES.get(column.name, column.name)[:NAME_LETTERS]
        number = 1
        while wanted.lower() in taken:
            number += 1
            wanted = f"{column.name[: NAME_LETTERS - 1 - len(str(number))]}_{number}"
        taken.add(wanted.lower())
        found[column.name] = wanted
    return found


@dataclass
class LongTexts:
    """Texts that were cut: (id of the row, field, whole text)."""

    cut: list[tuple[str, str, str]] = field(default_factory=list)

    def fitted(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches with every text short enough; what was cut is kept here."""
        for batch in batches:
            arrays = [
                self._fitted(array, batch, name) if pa.types.is_string(array.type) else array
                for name, array in zip(batch.schema.names, batch.columns, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=batch.schema)

    def _fitted(self, array: pa.Array, batch: pa.RecordBatch, name: str) -> pa.Array:
        texts: list[str | None] = array.to_pylist()
        if all(text is None or len(text.encode()) <= TEXT_BYTES for text in texts):
            return array
        for row, text in enumerate(texts):
            if text is not None and len(text.encode()) > TEXT_BYTES:
                self.cut.append((str(batch.column(0)[row].as_py()), name, text))
                texts[row] = shortened(text)
        return pa.array(texts, type=pa.string())


def shortened(text: str) -> str:
    """The beginning of ``text`` within TEXT_BYTES, whole characters, with a mark that there is more."""
    return text.encode()[: TEXT_BYTES - len(CUT.encode())].decode(errors="ignore") + CUT


def mend_extent(shp: Path) -> None:
    """State the extent of what is drawn: GDAL counts a first row without outline as the point 0, 0.

    A planner's map would otherwise open somewhere between the equator and their village.
    """
    content = shp.read_bytes()
    boxes = []
    at = SHP_HEADER
    while at < len(content):
        length = 2 * struct.unpack_from(">i", content, at + 4)[0]
        if struct.unpack_from("<i", content, at + 8)[0] != NO_SHAPE:
            boxes.append(struct.unpack_from("<4d", content, at + 12))
        at += 8 + length
    if not boxes:
        return
    west, south, east, north = zip(*boxes, strict=True)
    extent = struct.pack("<4d", min(west), min(south), max(east), max(north))
    for path in (shp, shp.with_suffix(".shx")):
        with path.open("r+b") as file:
            file.seek(SHP_EXTENT)
            file.write(extent)


def write_beside(export: Export, base: Path, names: dict[str, str], long_texts: LongTexts) -> None:
    """The files that explain the Shapefile, beside it."""
    fields = [(names[column.name], column.name, column.label) for column in export.columns]
    _table(base.with_name(f"{base.name}-fields.csv"), [("字段（Shapefile）", "字段（全名）", "中文名"), *fields])
    told = metadata(export)
    if long_texts.cut:
        note = f"有 {len(long_texts.cut)} 处文字超过 Shapefile 的 {TEXT_BYTES} 字节上限（约 84 个汉字），表中以“{CUT}”结尾，全文在 {base.name}-long-texts.csv。"
        told["notes"] = [*told["notes"], note]
        rows = [("编号", "字段（Shapefile）", "全文"), *long_texts.cut]
        _table(base.with_name(f"{base.name}-long-texts.csv"), rows)
    about = base.with_name(f"{base.name}-about.txt")
    about.write_text("\r\n".join(about_lines(told)) + "\r\n", "utf-8-sig")
    known = {short: {"name": name, "label": label} for short, name, label in fields}
    base.with_suffix(".json").write_text(json.dumps(told | {"fields": known}, ensure_ascii=False, indent=1), "utf-8")


def about_lines(told: dict[str, Any]) -> Iterator[str]:
    """数据说明 as lines of text."""
    yield f"图层：{told['title']}（{told['layer']}）"
    yield f"截至：{told['time']}"
    yield f"筛选条件：{told['filter_text']}"
    yield f"行数：{told['rows']}"
    yield f"坐标系：{told['crs']}"
    yield f"制作人：{told['maker']}"
    if "purpose" in told:
        yield f"用途：{told['purpose']}"
    yield "文字编码：UTF-8；字段名的对照在 -fields.csv。"
    for note in told["notes"]:
        yield f"说明：{note}"


def _table(path: Path, rows: Sequence[tuple[str, ...]]) -> None:
    """A table that Excel opens with the right characters."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
