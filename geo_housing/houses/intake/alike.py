"""Rows of a large CSV that share their house code or ID number with another row, found before the first one goes in.

Only the two columns are read, and of each cell a mark of 64 bits is kept. Two different cells with one mark would only
make two rows wait that need not; a pair that this reading misses is found by the load itself (straight.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from geo_housing.houses.spreadsheet.columns import Cells, flags
from geo_housing.houses.spreadsheet.reader import Recognised
from geo_housing.houses.spreadsheet.tables import delimiter_of

KEYS = ("house_code", "id_number")
_BLOCK_BYTES = 1 << 23
_LONGEST = 256
Marks = NDArray[np.uint64]
# The cells of a field as the rules read them.
Reading = Callable[[str, Cells], Cells]


@dataclass
class Alike:
    """``rows`` of the file, and the marks that several of them have."""

    rows: int
    several: dict[str, Marks]
    weights: Marks = field(repr=False)

    def marks(self, cells: Cells) -> Marks:
        """The marks of the cells that state something."""
        return _marks(cells.drop_null(), self.weights)

    def alone(self, columns: dict[str, Cells]) -> NDArray[np.bool_]:
        """Rows with a code of their own, and an ID number of their own or none."""
        codes = columns["house_code"]
        found = flags(codes.is_valid())
        for name, several in self.several.items():
            stated = flags(columns[name].is_valid())
            found[stated] &= ~np.isin(self.marks(columns[name]), several)
        return found


def find_alike(path: Path, recognised: Recognised, reading: Reading) -> Alike | None:
    """None where the file is no CSV with house codes, or cannot be read in this way."""
    places = {name: place for name in KEYS if (place := recognised.column_of(name)) is not None}
    if recognised.encoding is None or "house_code" not in places:
        return None
    weights = np.random.default_rng().integers(1, 1 << 63, _LONGEST, np.uint64) * np.uint64(2) + np.uint64(1)
    found: dict[str, list[Marks]] = {name: [] for name in places}
    rows = 0
    try:
        with _columns(path, recognised, places) as reader:
            for batch in reader:
                rows += batch.num_rows
                for name, place in places.items():
                    cells = reading(name, batch.column(str(place)))
                    found[name].append(_marks(cells.drop_null(), weights))
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    return Alike(rows, {name: repeated(marks) for name, marks in found.items()}, weights)


def repeated(parts: list[Marks]) -> Marks:
    """What occurs more than once."""
    marks = np.sort(np.concatenate(parts)) if parts else np.empty(0, np.uint64)
    return np.unique(marks[1:][marks[1:] == marks[:-1]])


def _columns(path: Path, recognised: Recognised, places: dict[str, int]) -> arrow_csv.CSVStreamingReader:
    encoding = recognised.encoding or ""
    names = [str(n) for n in range(len(recognised.columns))]
    wanted = [names[place] for place in places.values()]
    return arrow_csv.open_csv(
        path,
        read_options=arrow_csv.ReadOptions(
            column_names=names,
            skip_rows=max(recognised.head_rows),
            block_size=_BLOCK_BYTES,
            encoding="utf8" if encoding.startswith("utf-8") else encoding,
        ),
        # A row of another width is looked at by the load; here it would only stop the reading.
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter_of(path, encoding), newlines_in_values=True, invalid_row_handler=lambda row: "skip"
        ),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=False
        ),
    )


def _marks(cells: Cells, weights: Marks) -> Marks:
    """Sum of the bytes of each cell, every place with its own weight (cells are never empty)."""
    if len(cells) == 0:
        return np.empty(0, np.uint64)
    ends = np.frombuffer(cells.buffers()[1], np.int32)[cells.offset : cells.offset + len(cells) + 1].astype(np.int64)
    values = np.frombuffer(cells.buffers()[2], np.uint8)[ends[0] : ends[-1]].astype(np.uint64)
    begins = ends[:-1] - ends[0]
    places = np.arange(len(values)) - np.repeat(begins, np.diff(ends))
    return np.add.reduceat((values + np.uint64(1)) * weights[places % _LONGEST], begins)
