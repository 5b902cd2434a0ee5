"""From columns of text to checked columns: every distinct cell is judged once, faults keep line and value.

A fault of a cell does not lose its row. A row is lost only when nothing says which house it is: neither a code
nor township, village and head.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo_housing.errors import Fault
from geo_housing.geometry import SourceCrs, tile_key, to_lonlat
from geo_housing.houses.spreadsheet.faults import LedgerFault
from geo_housing.houses.spreadsheet.fields import BY_NAME
from geo_housing.houses.spreadsheet.reader import Batch, Recognised
from geo_housing.houses.spreadsheet.row import (
    CLEARED,
    CLEARING,
    CellFault,
    Rule,
    coordinate,
    is_stated,
    normalise,
    rules,
)
from geo_housing.masking import mask_id_number, mask_name, mask_numbers, mask_phone

Column = list[str | None]
# Fields that 无 empties; for the others 无 says nothing.
CLEARABLE = frozenset({"categories", "monitoring", "traits", "remark", "measure", "suspected"})
_MASKS: dict[str, Callable[[str], str]] = {"id_number": mask_id_number, "phone": mask_phone, "head": mask_name}


@dataclass
class Checked:
    """Rows that go on, as columns by field; a cell is a value, None (not stated) or row.CLEARED.

    ``township`` and ``village`` are names as written; ``lon``, ``lat`` degrees with 7 decimals, ``tile_key`` with them.
    """

    lines: list[int]
    columns: dict[str, Column]
    faults: list[Fault]
    lost: int


class Checker:
    """Checks batch after batch of one ledger."""

    def __init__(self, recognised: Recognised, crs: SourceCrs, this_year: int) -> None:
        self.crs = crs
        self.rules = rules(this_year)
        self.places = {column.field: n for n, column in enumerate(recognised.columns) if column.field}
        self.headings = [column.heading for column in recognised.columns]
        self.others = [n for n, column in enumerate(recognised.columns) if column.field is None and column.heading]
        # A geographic file's own coordinates are degrees already; a table's are what the person says.
        self.already_degrees = recognised.crs is not None

    def check(self, batch: Batch) -> Checked:
        """All cells of a batch judged."""
        faults = list(batch.faults)
        columns: dict[str, Column] = {}
        for name, n in self.places.items():
            if name in self.rules:
                columns[name] = self._judged(name, batch, batch.cells[n], faults)
            elif name in ("township", "village"):
                columns[name] = _plain(batch.cells[n])
        columns |= self._located(batch, faults)
        columns["extra"] = self._extra(batch)
        kept = self._identified(batch, columns, faults)
        lost = batch.lost + len(batch.lines) - len(kept)
        if len(kept) < len(batch.lines):
            columns = {name: [column[i] for i in kept] for name, column in columns.items()}
        return Checked([batch.lines[i] for i in kept], columns, faults, lost)

    def _judged(self, name: str, batch: Batch, cells: list[str], faults: list[Fault]) -> Column:
        judge = _memo(self.rules[name], name in CLEARABLE)
        seen: dict[str, str | CellFault | None] = {}
        for cell in set(cells):
            seen[cell] = judge(cell)
        wrong = {cell for cell, answer in seen.items() if isinstance(answer, CellFault)}
        if not wrong:
            return [seen[cell] for cell in cells]  # type: ignore[misc] # no faults among them
        for i, cell in enumerate(cells):
            if cell in wrong:
                faults.append(
                    Fault(batch.lines[i], self.headings[self.places[name]], shown(name, cell), str(seen[cell]))
                )
        return [None if cell in wrong else seen[cell] for cell in cells]  # type: ignore[misc] # faults are replaced

    def _located(self, batch: Batch, faults: list[Fault]) -> dict[str, Column]:
        size = len(batch.lines)
        if "lon" not in self.places or "lat" not in self.places:
            return {"lon": [None] * size, "lat": [None] * size, "tile_key": [None] * size}
        x = self._numbers("lon", batch, faults)
        y = self._numbers("lat", batch, faults)
        ok = np.isfinite(x) & np.isfinite(y)
        for i in np.flatnonzero(np.isfinite(x) ^ np.isfinite(y)):
            faults.append(Fault(batch.lines[i], "经度、纬度", None, "经度、纬度只填了一个，按待定位处理。"))
        degrees = self.already_degrees or self.crs.is_offset or self.crs.name in ("EPSG:4326", "EPSG:4490")
        problems = {
            "坐标为 0，按待定位处理；没有坐标请留空。": ok & ((x == 0) | (y == 0)),
            "经度和纬度好像写反了，按待定位处理；整列写反请用 --columns lon=纬度列 --columns lat=经度列。": ok
            & degrees
            & (np.abs(y) > 90)
            & (np.abs(x) <= 90),
            "不是有效的经纬度，按待定位处理；平面坐标请用 --crs 写明，如 EPSG:4529。": ok
            & degrees
            & ((np.abs(x) > 180) | ((np.abs(y) > 90) & (np.abs(x) > 90))),
        }
        for sentence, where in problems.items():
            for i in np.flatnonzero(where):
                faults.append(Fault(batch.lines[i], "经度、纬度", f"{x[i]:.7g}, {y[i]:.7g}", sentence))
            ok &= ~where
        lon, lat = np.full(size, np.nan), np.full(size, np.nan)
        if ok.any():
            lon[ok], lat[ok] = (x[ok], y[ok]) if self.already_degrees else to_lonlat(x[ok], y[ok], self.crs)
        beyond = ok & ~(np.isfinite(lon) & np.isfinite(lat))
        for i in np.flatnonzero(beyond):
            faults.append(Fault(batch.lines[i], "经度、纬度", None, f"按 {self.crs.name} 换算不出位置，按待定位处理。"))
        ok &= ~beyond
        lon, lat = np.round(lon, 7), np.round(lat, 7)
        keys = tile_key(np.where(ok, lon, 0.0), np.where(ok, lat, 0.0)).tolist()
        good = ok.tolist()
        return {
            "lon": [repr(v) if g else None for g, v in zip(good, lon.tolist(), strict=True)],
            "lat": [repr(v) if g else None for g, v in zip(good, lat.tolist(), strict=True)],
            "tile_key": [str(v) if g else None for g, v in zip(good, keys, strict=True)],
        }

    def _numbers(self, name: str, batch: Batch, faults: list[Fault]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        cells = batch.cells[self.places[name]]
        try:
            return np.array(cells, dtype=np.float64)
        except ValueError:
            pass
        values = np.full(len(cells), np.nan)
        for i, cell in enumerate(cells):
            text = normalise(cell)
            if not is_stated(text) or text in CLEARING:
                continue
            try:
                values[i] = coordinate(text)
            except CellFault as fault:
                faults.append(Fault(batch.lines[i], self.headings[self.places[name]], text[:40], str(fault)))
        return values

    def _extra(self, batch: Batch) -> Column:
        """Columns without a field of ours as JSON text; None when all of them are empty.

        Whatever such a column is, numbers of people in it are masked: nothing would encrypt them here.
        """
        filled = [n for n in self.others if any(batch.cells[n]) and self.headings[n] != "序号"]
        if not filled:
            return [None] * len(batch.lines)
        names = [self.headings[n] for n in filled]
        memo: dict[tuple[str, ...], str | None] = {}
        column: Column = []
        for values in zip(*(batch.cells[n] for n in filled), strict=True):
            if values not in memo:
                stated = {
                    name: mask_numbers(value.strip())
                    for name, value in zip(names, values, strict=True)
                    if value.strip()
                }
                memo[values] = json.dumps(stated, ensure_ascii=False) if stated else None
            column.append(memo[values])
        return column

    def _identified(self, batch: Batch, columns: dict[str, Column], faults: list[Fault]) -> list[int]:
        """Rows that say which house they mean."""
        empty: Column = [None] * len(batch.lines)
        codes, heads = columns.get("house_code", empty), columns.get("head", empty)
        townships, villages = columns.get("township", empty), columns.get("village", empty)
        kept = []
        for i in range(len(batch.lines)):
            if codes[i] is not None or (heads[i] is not None and villages[i] is not None):
                kept.append(i)
            else:
                have = "、".join(
                    BY_NAME[name].label
                    for name, column in (("township", townships), ("village", villages), ("head", heads))
                    if column[i] is None
                )
                faults.append(
                    LedgerFault(
                        batch.lines[i],
                        None,
                        None,
                        f"没有房屋编号，也缺少 {have}，无法知道是哪一户，未导入。",
                        "rejected",
                    )
                )
        return kept


def _memo(rule: Rule, clearable: bool) -> Callable[[str], str | CellFault | None]:
    def judge(cell: str) -> str | CellFault | None:
        text = normalise(cell)
        if not is_stated(text):
            return None
        if text in CLEARING:
            return CLEARED if clearable else None
        try:
            return rule(text)
        except CellFault as fault:
            return fault

    return judge


def _plain(cells: list[str]) -> Column:
    memo = {cell: (text if is_stated(text := normalise(cell)) else None) for cell in set(cells)}
    return [memo[cell] for cell in cells]


def shown(name: str, cell: str) -> str:
    """A cell as reports may show it: personal fields masked, long text cut."""
    text = normalise(cell)
    return _MASKS[name](text) if name in _MASKS else text[:60]
