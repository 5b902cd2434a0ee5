"""From columns of text to checked columns: every distinct cell is judged once, faults keep line and value.

A fault of a cell does not lose its row. A row is lost only when nothing says which house it is: neither a code
nor township, village and head.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo_housing.errors import Fault
from geo_housing.geometry import SourceCrs, tile_key, to_lonlat
from geo_housing.houses.spreadsheet.body import Batch
from geo_housing.houses.spreadsheet.columns import (
    Cells,
    as_numbers,
    each,
    flags,
    holds_any,
    nothing,
    places_where,
    plain_ones,
    texts,
    with_answers,
)
from geo_housing.houses.spreadsheet.coordinates import coordinate
from geo_housing.houses.spreadsheet.faults import CellFault, LedgerFault
from geo_housing.houses.spreadsheet.fields import BY_NAME, TICKED, computed_headings, is_exported
from geo_housing.houses.spreadsheet.kept import members, only, together
from geo_housing.houses.spreadsheet.originals import AXES, KEPT, original
from geo_housing.houses.spreadsheet.reader import Recognised
from geo_housing.houses.spreadsheet.row import (
    CLEARED,
    CLEARING,
    SAYS_MORE,
    Rule,
    is_stated,
    normalise,
    of_other_set,
    rules,
)
from geo_housing.masking import mask_id_number, mask_name
from geo_housing.phones import mask_typed

# Fields that 无 empties; for the others 无 says nothing.
CLEARABLE = frozenset(
    {"categories", "monitoring", "traits", "remark", "measure", "suspected", "renovation_year", *TICKED}
)
_MASKS: dict[str, Callable[[str], str]] = {"id_number": mask_id_number, "phone": mask_typed, "head": mask_name}


@dataclass
class Checked:
    """Rows that go on, as Arrow columns by field; a cell is a value, null (not stated) or row.CLEARED.

    ``township`` and ``village`` are names as written; ``lon``, ``lat`` degrees with 7 decimals, ``tile_key`` with them;
    ``extra`` what no field took, as members of a JSON object (originals.py).
    """

    lines: list[int]
    columns: dict[str, Cells]
    faults: list[Fault]
    lost: int


class Checker:
    """Checks batch after batch of one ledger."""

    def __init__(self, recognised: Recognised, crs: SourceCrs, today: date) -> None:
        self.crs = crs
        self.rules = rules(today)
        self.places = {column.field: n for n, column in enumerate(recognised.columns) if column.field}
        self.point = recognised.called(*AXES)
        self.headings = [column.heading for column in recognised.columns]
        computed = computed_headings(self.headings)
        # What the register has written itself says no more than it knows.
        self.says_more = {} if is_exported(self.headings) else SAYS_MORE
        self.others = [
            n
            for n, column in enumerate(recognised.columns)
            if column.field is None and column.heading and column.heading not in computed
        ]
        # A geographic file's own coordinates are degrees already; a table's are what the person says.
        self.already_degrees = recognised.crs is not None

    def check(self, batch: Batch) -> Checked:
        """All cells of a batch judged."""
        faults = list(batch.faults)
        columns: dict[str, Cells] = {}
        originals: list[Cells] = []
        for name, n in self.places.items():
            if name in self.rules:
                columns[name] = self._judged(name, batch, batch.columns[n], faults, originals)
            elif name in ("township", "village"):
                columns[name] = each(batch.columns[n], _stated)
        columns |= self._of_other_sets(batch, columns)
        columns |= _of_ticks(columns)
        columns |= self._located(batch, faults, originals)
        columns["extra"] = together([*self._extra(batch), *originals], len(batch.lines))
        kept = self._identified(batch, columns, faults)
        lost = batch.lost
        lines = batch.lines
        if not kept.all():
            lost += int((~kept).sum())
            columns = {name: column.filter(pa.array(kept)) for name, column in columns.items()}
            lines = np.array(lines)[kept].tolist()
        return Checked(lines, columns, faults, lost)

    def as_read(self, name: str, cells: Cells) -> Cells:
        """What the rule of field ``name`` makes of its cells, without a word about those it cannot use."""
        judge = _memo(self.rules[name], name in CLEARABLE)

        def answer(cell: str) -> str | None:
            found = judge(cell)
            return None if isinstance(found, CellFault) else found

        return with_answers(cells, plain_ones(name, cells), answer)

    def _judged(self, name: str, batch: Batch, cells: Cells, faults: list[Fault], originals: list[Cells]) -> Cells:
        judge = _memo(self.rules[name], name in CLEARABLE)
        wrong: dict[str, str] = {}

        def answer(cell: str) -> str | None:
            found = judge(cell)
            if isinstance(found, CellFault):
                wrong[cell] = str(found)
                return found.value
            return found

        judged = with_answers(cells, plain_ones(name, cells), answer)
        more = self.says_more.get(name, frozenset())
        if name in KEPT and (wrong or more):
            kept = places_where(cells, lambda cell: cell in wrong or normalise(cell) in more).tolist()
            originals.append(members(original(name), only(cells, kept)))
        if wrong:
            for i in places_where(cells, wrong.__contains__).tolist():
                cell = cells[i].as_py()
                faults.append(Fault(batch.lines[i], self.headings[self.places[name]], shown(name, cell), wrong[cell]))
        return judged

    def _of_other_sets(self, batch: Batch, columns: dict[str, Cells]) -> dict[str, Cells]:
        """Protection categories and monitoring identities each in their own set, whichever column they stand in."""
        found: dict[str, Cells] = {}
        for name, other in (("categories", "monitoring"), ("monitoring", "categories")):
            if name not in self.places:
                continue
            strays = each(batch.columns[self.places[name]], partial(of_other_set, name=name))
            if strays.null_count == len(strays):
                continue
            own = columns[other] if other in columns else nothing(len(strays))
            pairs = zip(own.to_pylist(), strays.to_pylist(), strict=True)
            found[other] = texts([_together(stated, stray) for stated, stray in pairs])
        return found

    def _located(self, batch: Batch, faults: list[Fault], originals: list[Cells]) -> dict[str, Cells]:
        size = len(batch.lines)
        if "lon" not in self.places or "lat" not in self.places:
            return {name: nothing(size) for name in ("lon", "lat", "tile_key")}
        x, y = (self._numbers(name, batch, faults, originals) for name in AXES)
        ok = np.isfinite(x) & np.isfinite(y)
        for i in np.flatnonzero(np.isfinite(x) ^ np.isfinite(y)):
            faults.append(
                Fault(batch.lines[i], self.point, self._point(batch, i), "经度、纬度只填了一个，按待定位处理。")
            )
        degrees = self.already_degrees or self.crs.is_offset or self.crs.name in ("EPSG:4326", "EPSG:4490")
        problems = {
            "坐标为 0，按待定位处理；没有坐标请留空。": ok & ((x == 0) | (y == 0)),
            "经度和纬度好像写反了，按待定位处理；整列写反的，请把这两列对调后重新导入。": ok
            & degrees
            & (np.abs(y) > 90)
            & (np.abs(x) <= 90),
            "不是有效的经纬度，按待定位处理；如是平面坐标，请选定坐标系（如 EPSG:4529）后重新导入。": ok
            & degrees
            & ((np.abs(x) > 180) | ((np.abs(y) > 90) & (np.abs(x) > 90))),
        }
        for sentence, where in problems.items():
            for i in np.flatnonzero(where):
                faults.append(Fault(batch.lines[i], self.point, self._point(batch, i), sentence))
            ok &= ~where
        lon, lat = np.full(size, np.nan), np.full(size, np.nan)
        if ok.any():
            lon[ok], lat[ok] = (x[ok], y[ok]) if self.already_degrees else to_lonlat(x[ok], y[ok], self.crs)
        beyond = ok & ~(np.isfinite(lon) & np.isfinite(lat))
        for i in np.flatnonzero(beyond):
            faults.append(
                Fault(
                    batch.lines[i],
                    self.point,
                    self._point(batch, i),
                    f"按 {self.crs.name} 换算不出位置，按待定位处理。",
                )
            )
        ok &= ~beyond
        lon, lat = np.round(lon, 7), np.round(lat, 7)
        keys = tile_key(np.where(ok, lon, 0.0), np.where(ok, lat, 0.0))
        return {
            name: pa.array(values, mask=~ok).cast(pa.string())
            for name, values in (("lon", lon), ("lat", lat), ("tile_key", keys))
        }

    def _point(self, batch: Batch, i: np.signedinteger) -> str:
        """Both coordinates of a row as they stand in the file: so they are found there again."""
        return ", ".join(shown(name, batch.columns[self.places[name]][int(i)].as_py()) or "—" for name in AXES)

    def _numbers(
        self, name: str, batch: Batch, faults: list[Fault], originals: list[Cells]
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        column = batch.columns[self.places[name]]
        plain = as_numbers(column)
        if plain is not None:
            return plain
        values = np.full(len(column), np.nan)
        unread: list[int] = []
        for i, cell in enumerate(column.to_pylist()):
            text = normalise(cell)
            if not is_stated(text) or text in CLEARING:
                continue
            try:
                values[i] = coordinate(text, name)
            except CellFault as fault:
                faults.append(Fault(batch.lines[i], self.headings[self.places[name]], text[:40], str(fault)))
                unread.append(i)
        if unread:
            originals.append(members(original(name), only(column, unread)))
        return values

    def _extra(self, batch: Batch) -> list[Cells]:
        """Columns without a field of ours; whatever they are, numbers of people in them are masked."""
        return [
            members(self.headings[n], batch.columns[n])
            for n in self.others
            if self.headings[n] != "序号" and holds_any(batch.columns[n], ".")
        ]

    def _identified(self, batch: Batch, columns: dict[str, Cells], faults: list[Fault]) -> NDArray[np.bool_]:
        """Rows that say which house they mean."""
        size = len(batch.lines)
        has = {
            name: flags(columns[name].is_valid()) if name in columns else np.zeros(size, bool)
            for name in ("house_code", "township", "village", "head")
        }
        kept = has["house_code"] | (has["head"] & has["village"])
        for i in np.flatnonzero(~kept).tolist():
            have = "、".join(BY_NAME[name].label for name in ("township", "village", "head") if not has[name][i])
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


def _of_ticks(columns: dict[str, Cells]) -> dict[str, Cells]:
    """The set that stands as a column for each of its words, and the words that are denied; takes those columns out.

    Ticks speak of their own words alone. Beside a column of the whole set they only add to it.
    """
    names = [name for name in TICKED if name in columns]
    if not names:
        return {}
    marks = [
        each(columns.pop(name).fill_null(""), {"t": name, "f": f"-{name}", CLEARED: f"-{name}"}.get) for name in names
    ]
    said = pc.binary_join_element_wise(*marks, " ", null_handling="replace")
    ticked, denied = each(said, partial(_marked, holds=True)), each(said, partial(_marked, holds=False))
    if "traits" not in columns:
        return {"traits": ticked, "traits_denied": denied}
    whole = columns["traits"]
    pairs = zip(whole.to_pylist(), ticked.to_pylist(), strict=True)
    both = texts([_together(stated, stray) for stated, stray in pairs])
    return {"traits": both, "traits_denied": pc.if_else(whole.is_valid(), None, denied)}


def _marked(said: str, *, holds: bool) -> str | None:
    """Of ticked (and with -, denied) words the ones or the others, as an array; denied ones also where there are none."""
    words = said.split()
    found = ",".join(sorted(word.removeprefix("-") for word in words if word.startswith("-") != holds))
    return f"{{{found}}}" if found or (words and not holds) else None


def _together(stated: str | None, stray: str | None) -> str | None:
    """Two sets of code words as one."""
    if stated is None or stray is None or stated == CLEARED:
        return stray or stated
    return "{" + ",".join(sorted({*stated[1:-1].split(","), *stray[1:-1].split(",")})) + "}"


def _stated(cell: str) -> str | None:
    text = normalise(cell)
    return text if is_stated(text) else None


def shown(name: str, cell: str) -> str:
    """A cell as reports may show it: personal fields masked, long text cut."""
    text = normalise(cell)
    return _MASKS[name](text) if name in _MASKS else text[:60]
