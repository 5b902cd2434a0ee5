"""Opening a ledger: its head rows, which column is which field, its rows as batches of columns.

CSV is streamed with flat memory; spreadsheets and geographic files are read whole (they hold at most a million
rows). Lines are numbered as the person sees them in the file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely

from geo_housing.clock import today
from geo_housing.errors import BadInput, Fault
from geo_housing.geofile_shapes import UNREAD
from geo_housing.geofiles import is_geographic, read_features
from geo_housing.houses.spreadsheet.body import BATCH_ROWS, Batch, Body
from geo_housing.houses.spreadsheet.faults import CellFault
from geo_housing.houses.spreadsheet.fields import (
    BY_NAME,
    DECLARED_RANK,
    HOUSES,
    ORDERED_CHOICE,
    Catalogue,
    plain_heading,
    recognise,
    whole_headings,
)
from geo_housing.houses.spreadsheet.row import normalise, rules
from geo_housing.houses.spreadsheet.shortened import is_ours, long_name, without_cut
from geo_housing.houses.spreadsheet.tables import SHEETS, TEXTS, Merge, Row, Table, csv_table, sheet_table
from geo_housing.houses.spreadsheet.workbook import MOST_COLUMNS, text_of

HEAD_ROWS = 20  # the heads stand within the first rows; above them are titles
SAMPLES = 3
CELLS_TRIED = 50  # different ones, where a heading alone does not say which field it is
# Sheets that explain a ledger, ours and those of official forms.
EXPLAINING = frozenset({"说明", "数据说明", "填表说明"})
LOOKED_AT = 10  # sheets, where the first ones hold no ledger
LEFT_OUT = "-"  # -=HEADING: not one of our fields, whatever it is called


@dataclass(frozen=True)
class Column:
    """One column of the file: its heading, the field it was recognised as, a few of its cells."""

    heading: str
    field: str | None
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Recognised:
    """What was understood of a file, shown before anything is stored."""

    columns: tuple[Column, ...]
    head_rows: tuple[int, ...]
    encoding: str | None
    sheet: str | None
    crs: str | None
    sheets: tuple[str, ...] = ()
    further: tuple[str, ...] = ()

    @property
    def unread(self) -> tuple[str, ...]:
        """Sheets that hold something, or that nobody looked into, beside the one that is read and explanations."""
        return tuple(name for name in (*self.sheets, *self.further) if name != self.sheet and name not in EXPLAINING)

    def called(self, *names: str) -> str:
        """How the file calls the columns of fields, as far as it has them; their labels where it has none of them."""
        found = [column.heading for name in names for column in self.columns if column.field == name]
        return "、".join(found or [BY_NAME[name].label for name in names])

    def column_of(self, name: str) -> int | None:
        """Position of the column that carries a field."""
        return next((n for n, column in enumerate(self.columns) if column.field == name), None)


@dataclass
class Ledger:
    """An opened ledger; ``batches`` can be walked once. ``titles`` are the rows above the heads, ``merges`` theirs."""

    recognised: Recognised
    batches: Iterator[Batch]
    titles: tuple[tuple[str, ...], ...]
    heads: tuple[tuple[str, ...], ...]
    merges: tuple[Merge, ...] = ()

    @property
    def title_texts(self) -> list[str]:
        """What stands above the heads."""
        return [cell for row in self.titles for cell in row if cell.strip()]


def open_ledger(
    path: Path,
    *,
    columns: Sequence[str] = (),
    sheet: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
    is_lenient: bool = False,
    catalogue: Catalogue = HOUSES,
) -> Ledger:
    """Open any ledger file; ``columns`` are ``FIELD=HEADING`` overrides. BadInput when no head row is found.

    ``is_lenient`` takes the first of two columns for one field instead of refusing: somebody will look at it.
    ``catalogue`` is what the list is about.
    """
    if not path.is_file():
        raise BadInput(f"找不到文件 {path.name}，请核对路径。")
    chosen = _overrides(columns)
    ending = path.suffix.lower()
    if ending in SHEETS:
        return _from_workbook(path, sheet, chosen, is_lenient, catalogue)
    if is_geographic(path):
        return _from_features(path, chosen, is_lenient, crs=crs, layer=layer)
    if ending not in TEXTS:
        raise BadInput(
            f"不认识 {path.suffix} 文件；台账可用 CSV、XLSX、XLS、GeoJSON、GeoPackage、Shapefile、FlatGeobuf。"
        )
    return _from_table(csv_table(path), chosen, is_lenient, catalogue)


class UnknownHeads(BadInput):
    """No column is recognised that a ledger needs; whoever can name columns may do so."""


def _overrides(columns: Sequence[str]) -> dict[str, str]:
    """Plain heading → field of the ``FIELD=HEADING`` options."""
    chosen = {}
    for option in columns:
        name, separator, heading = option.partition("=")
        wanted = name.strip()
        if separator and wanted == LEFT_OUT:
            chosen[plain_heading(heading)] = ""
            continue
        if not separator or wanted not in BY_NAME:
            if not separator:
                raise BadInput(f"“识别结果”中的“{option}”不对，应写成 字段=表头，如 房屋编号=编号。")
            known = recognise(wanted)
            if known is None:
                raise BadInput(f"“识别结果”中没有“{wanted}”这个字段。")
            wanted = known[0]
        chosen[plain_heading(heading)] = wanted
    return chosen


def _from_workbook(
    path: Path, sheet: str | None, chosen: dict[str, str], is_lenient: bool, catalogue: Catalogue
) -> Ledger:
    """The named sheet, else the first that says of which house or person its rows are: covers and notes go before it."""
    first = sheet_table(path, sheet)
    names = [] if sheet is not None else [name for name in first.sheets if name != first.sheet][:LOOKED_AT]
    refusal: BadInput | None = None
    ledger: Ledger | None = None
    try:
        ledger = _from_table(first, chosen, is_lenient, catalogue)
    except BadInput as error:
        refusal = error
    for name in names if ledger is None or not _says_whose(ledger, catalogue) else []:
        try:
            other = _from_table(sheet_table(path, name), chosen, is_lenient, catalogue)
        except BadInput:
            continue
        if _says_whose(other, catalogue):
            return other
    if ledger is None:
        assert refusal is not None, "it was read, or refused"
        raise refusal
    return ledger


def _says_whose(ledger: Ledger, catalogue: Catalogue) -> bool:
    found = {column.field for column in ledger.recognised.columns}
    return not found.isdisjoint(catalogue.keys - {"lon"})


def _from_table(table: Table, chosen: dict[str, str], is_lenient: bool, catalogue: Catalogue) -> Ledger:
    first = list(islice(table.rows, HEAD_ROWS + SAMPLES))
    if (width := max((len(row) for _, row in first), default=0)) > MOST_COLUMNS:
        # A block of 20,000 lines is read as columns at once.
        raise BadInput(f"表格有 {width} 列，最多 {MOST_COLUMNS} 列；请删去右边多余的列（往往是误填的一格）再试。")
    start, depth, headings = _find_heads(first, chosen, catalogue)
    fields = _assign(headings, chosen, is_lenient, catalogue)
    heads = first[start : start + depth]
    rows = _unmerged(chain(first[start + depth :], table.rows), table.merges, below=heads[-1][0])
    body = list(islice(rows, SAMPLES))
    samples = [tuple(row[n] for _, row in body if n < len(row) and row[n]) for n in range(len(headings))]
    recognised = Recognised(
        tuple(Column(h, f, s) for h, f, s in zip(headings, fields, samples, strict=True)),
        tuple(line for line, _ in heads),
        table.encoding,
        table.sheet,
        None,
        table.sheets,
        table.further,
    )
    return Ledger(
        recognised,
        Body(
            table,
            headings,
            fields,
            [row for _, row in heads],
            keys=catalogue.keys,
            tells_sums=catalogue.tells_sums,
        ).batches(chain(body, rows), len(first)),
        tuple(tuple(row) for _, row in first[:start]),
        tuple(tuple(row) for _, row in heads),
        tuple(merge for merge in table.merges if merge[1] <= heads[-1][0]),
    )


def _unmerged(rows: Iterator[tuple[int, Row]], merges: Sequence[Merge], *, below: int) -> Iterator[tuple[int, Row]]:
    """Rows in which a cell merged over several lines (one township, many houses) stands in each of them."""
    tops: dict[int, list[Merge]] = {}
    for merge in merges:
        if merge[0] > below and merge[1] > merge[0]:
            tops.setdefault(merge[0], []).append(merge)
    open_cells: list[tuple[Merge, str]] = []
    for line, row in rows:
        if open_cells:
            open_cells = [(merge, text) for merge, text in open_cells if merge[1] >= line]
            for (_, _, column, _), text in open_cells:
                row.extend([""] * (column + 1 - len(row)))
                row[column] = row[column] or text
        for merge in tops.get(line, ()):
            open_cells.append((merge, row[merge[2]] if merge[2] < len(row) else ""))
        yield line, row


def _find_heads(
    rows: list[tuple[int, Row]], chosen: dict[str, str], catalogue: Catalogue
) -> tuple[int, int, list[str]]:
    """Position of the head row, its depth (1 or 2 rows) and the headings; most recognised headings win."""
    best: tuple[int, int, int, list[str]] = (0, 0, 1, [])
    for n, (_, row) in enumerate(rows[:HEAD_ROWS]):
        single = [cell.strip() for cell in row]
        options = [(1, single)]
        if n + 1 < len(rows) and not _is_title(single, rows[n + 1][1]):
            options.append((2, _merged_heads(single, [cell.strip() for cell in rows[n + 1][1]], catalogue)))
        for depth, headings in options:
            found = sum(1 for name in headings if name and (plain_heading(name) in chosen or catalogue.recognise(name)))
            if found > best[0]:
                best = (found, n, depth, headings)
    if not any(cell.strip() for _, row in rows for cell in row):
        raise BadInput("文件是空的，一行内容也没有；请核对是否选错了文件。")
    if best[0] == 0:
        raise UnknownHeads(catalogue.needs)
    missing = [heading for heading in chosen if heading not in {plain_heading(name) for name in best[3]}]
    if missing:
        raise BadInput(f"指定的表头“{missing[0]}”不在文件里，有：{'、'.join(name for name in best[3][:30] if name)}。")
    return best[1], best[2], best[3]


def _is_title(top: Row, below: Row) -> bool:
    """Whether a row is a title and no upper head: one text, at the left, above a heading of its own."""
    return [n for n, cell in enumerate(top) if cell] == [0] and bool(below and below[0].strip())


def _merged_heads(top: Row, below: Row, catalogue: Catalogue) -> Row:
    """Headings of a merged two-row head: the lower cell, with the upper one in front where that is what is known."""
    width = max(len(top), len(below))
    headings, last = [], ""
    for n in range(width):
        upper = top[n] if n < len(top) else ""
        last = upper or last
        lower = below[n] if n < len(below) else ""
        if not lower:
            headings.append(upper)
        elif catalogue.recognise(lower) or (not upper and not last):
            headings.append(lower)
        else:
            headings.append(f"{last}{lower}" if catalogue.recognise(f"{last}{lower}") or not upper else lower)
    return headings


def _assign(
    headings: list[str], chosen: dict[str, str], is_lenient: bool, catalogue: Catalogue = HOUSES
) -> list[str | None]:
    """Field of every column; BadInput when two columns claim one field."""
    claims: dict[str, list[tuple[int, int]]] = {}
    for n, heading in enumerate(headings):
        override = chosen.get(plain_heading(heading))
        found = (
            (override, DECLARED_RANK - 1) if override is not None else catalogue.recognise(heading) if heading else None
        )
        if found and found[0]:
            claims.setdefault(found[0], []).append((found[1], n))
    fields: list[str | None] = [None] * len(headings)
    for name, places in claims.items():
        places.sort()
        if len(places) > 1 and places[0][0] >= 0 and name not in ORDERED_CHOICE and not is_lenient:
            doubled = "、".join(f"第 {n + 1} 列“{headings[n]}”" for _, n in places)
            raise BadInput(f"{doubled} 都像是“{catalogue.by_name[name].label}”，请在“识别结果”中指定用哪一列。")
        fields[places[0][1]] = name
    return fields


def whole_heading(name: str, cut: tuple[bytes, str] | None, cells: Sequence[str]) -> str:
    """The heading that a Shapefile has cut to ``name``: where several begin so, that of the field its cells are for.

    ``name`` where that is none, or nobody can tell (居住状 are the words of 居住状况 or the days of 居住状况核实日期).
    """
    found = whole_headings(name, cut)
    if len(found) > 1:
        said = list(dict.fromkeys(filter(None, map(normalise, cells))))[:CELLS_TRIED]
        understood = {field: sum(_is_understood(field, cell) for cell in said) for field in found}
        most = max(understood.values())
        found = {field: heading for field, heading in found.items() if most and understood[field] == most}
    return next(iter(found.values())) if len(found) == 1 else name


def _is_understood(field: str, cell: str) -> bool:
    rule = rules(today()).get(field)
    try:
        return rule is not None and rule(cell) is not None
    except CellFault:
        return False


def _from_features(
    path: Path, chosen: dict[str, str], is_lenient: bool, *, crs: str | None, layer: str | None
) -> Ledger:
    # A row whose coordinates are no degrees is told like any other cell that is wrong.
    features = read_features(path, crs=crs, layer=layer, by_row=True)
    located = ~(shapely.is_missing(features.geoms) | shapely.is_empty(features.geoms))
    points = features.geoms.copy()
    # What lies nowhere has no middle; its coordinates are told as they are.
    with np.errstate(invalid="ignore"):
        points[located] = shapely.point_on_surface(features.geoms[located])
    lon = ["" if not ok else repr(x) for ok, x in zip(located, shapely.get_x(points).tolist(), strict=True)]
    lat = ["" if not ok else repr(y) for ok, y in zip(located, shapely.get_y(points).tolist(), strict=True)]
    names = [name for name in features.columns if (recognise(name) or ("", 0))[0] not in ("lon", "lat")]
    is_shortened = is_ours(names)
    cells = [[text_of(value) for value in features.columns[name]] for name in names] + [lon, lat]
    whole: list[str] = []
    for name, column in zip(names, cells, strict=False):
        heading = long_name(name) if is_shortened else whole_heading(name, features.cut.get(name), column)
        # A second column that was cut alike and says the same stays what it is called.
        whole.append(name if heading in whole or heading in names else heading)
    headings = [*whole, "lon", "lat"]
    fields = _assign(headings, chosen, is_lenient)
    if not any(name in ("house_code", "head") for name in fields):
        if not names:
            raise BadInput("文件里只有图形，没有房屋编号、户主姓名等字段，不能作为台账导入。")
        raise UnknownHeads(
            f"没有认出房屋编号或户主列（有：{'、'.join(names[:20])}），请把其中一列的名称改为“房屋编号”或“户主姓名”。"
        )
    faults: list[Fault] = [Fault(row + 1, "经度、纬度", None, UNREAD) for row in features.unread]
    for n, heading in enumerate(headings if is_shortened else ()):
        cells[n], told = without_cut(heading, cells[n])
        faults += told
    samples = [tuple(value for value in column[:SAMPLES] if value) for column in cells]
    recognised = Recognised(
        tuple(Column(h, f, s) for h, f, s in zip(headings, fields, samples, strict=True)),
        (),
        None,
        features.layer,
        features.crs,
    )
    count = len(features)
    batches = (
        Batch(
            list(range(n + 1, min(n + BATCH_ROWS, count) + 1)),
            [pa.array(column[n : n + BATCH_ROWS], pa.string()) for column in cells],
            [fault for fault in faults if n < (fault.line or 0) <= n + BATCH_ROWS],
        )
        for n in range(0, count, BATCH_ROWS)
    )
    return Ledger(recognised, batches, (), ())
