"""The rows under the heads of a ledger as batches of columns.

CSV comes in whole blocks where its lines are plain; whatever needs a closer look is walked row by row.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo_housing.errors import Fault
from geo_housing.houses.spreadsheet.columns import flags
from geo_housing.houses.spreadsheet.faults import LedgerFault
from geo_housing.houses.spreadsheet.tables import Row, Table

BATCH_ROWS = 20_000
WALKED_ROWS = 2_000  # then a block is tried again
_FOOTERS = ("合计", "总计", "小计", "填表", "制表", "审核人", "说明:", "注:", "备注:", "填报")
# What stands where a head would stand: the row is a sum of the rows above it.
_SUMS = ("合计", "总计", "小计")
# What stands in the column of heads beside such a word: so many of something.
_COUNT = re.compile(r"^共?\d+(?:户|栋|间|人|口|座|处)?$")
_SPACES = re.compile(r"\s+")


@dataclass
class Batch:
    """Rows as columns: Arrow arrays of text, one for each heading; row i stands at ``lines[i]``."""

    lines: list[int]
    columns: list[Any]
    faults: list[Fault] = field(default_factory=list)
    lost: int = 0

    @cached_property
    def cells(self) -> list[list[str]]:
        """``cells[n][i]`` is the text of column n in row i, for whoever looks at single rows."""
        return [column.to_pylist() for column in self.columns]


class Body:
    """The rows under the heads as batches: those of houses, without empty ones, repeated heads and footers."""

    def __init__(
        self,
        table: Table,
        headings: list[str],
        fields: list[str | None],
        heads: list[Row],
        *,
        keys: frozenset[str],
        tells_sums: bool = False,
    ) -> None:
        self.table = table
        self.tells_sums = tells_sums
        self.width = len(headings)
        # Printed ledgers repeat the heads on every page.
        self.again = {_stripped((head + [""] * self.width)[: self.width]) for head in heads}
        self.first_heads = {head[0] for head in heads if head}
        self.key_columns = [n for n, name in enumerate(fields) if name in keys]
        self.head_column = fields.index("head") if "head" in fields else None
        self.own_columns = [n for n, name in enumerate(fields) if name in ("house_code", "id_number")]
        self.block = None if table.merges else table.block
        self.told = 0

    def batches(self, rows: Iterator[tuple[int, Row]], walked: int) -> Iterator[Batch]:
        """``walked`` of ``rows`` have been read already; after them whole blocks are taken where that is possible."""
        if self.block is not None:
            yield from self._walk(islice(rows, walked))
        while True:
            taken = self.block(self.width, BATCH_ROWS) if self.block else None
            if taken is not None:
                yield self._kept(*taken)
                continue
            some = list(islice(rows, WALKED_ROWS if self.block else BATCH_ROWS))
            yield from self._walk(iter(some))
            if not some:
                return

    def _walk(self, rows: Iterator[tuple[int, Row]]) -> Iterator[Batch]:
        lines: list[int] = []
        kept: list[Row] = []
        faults: list[Fault] = []
        sums: list[Fault] = []
        for line, row in rows:
            if len(row) != self.width:
                if len(row) > self.width and any(row[self.width :]):
                    faults.append(
                        LedgerFault(
                            line,
                            None,
                            None,
                            f"本行有 {len(row)} 格，表头只有 {self.width} 列，可能少了引号，未导入。",
                            "rejected",
                        )
                    )
                    continue
                row = (row + [""] * self.width)[: self.width]  # noqa: PLW2901 -- the same row, filled up
            if self._counts_houses(row):
                sums.append(_sum_told(line))
            elif self._is_house(row):
                lines.append(line)
                kept.append(row)
        faults += self.table.faults[self.told :]
        self.told = len(self.table.faults)
        if kept or faults or sums:
            columns = zip(*kept, strict=True) if kept else [()] * self.width
            yield Batch(lines, [pa.array(column, pa.string()) for column in columns], faults + sums, len(faults))

    def _is_house(self, row: Row) -> bool:
        return (
            any(row)
            and (not _is_footer(row, self.key_columns) or (self.tells_sums and is_sum(row)))
            and not self._is_sum(row)
            and not (row[0] in self.first_heads and _stripped(row) in self.again)
        )

    def _is_sum(self, row: Row) -> bool:
        """合计 as the head of a row that says of nobody's house that it is one."""
        if self.head_column is None or _plain(row[self.head_column]).strip(":") not in _SUMS:
            return False
        return not any(row[n].strip() for n in self.own_columns)

    def _counts_houses(self, row: Row) -> bool:
        """A sum with a figure where heads stand (合计 … 18户), which says of nobody's house that it is one: no name."""
        if self.head_column is None or not _COUNT.match(_plain(row[self.head_column])):
            return False
        if any(row[n].strip() and not _COUNT.match(_plain(row[n])) for n in self.own_columns):
            return False
        return any(_plain(cell).strip(":") in _SUMS for cell in row)

    def _kept(self, first: int, columns: list[Any]) -> Batch:
        """A block without the rows that are no house; what the first cell shows to be one is not looked at further."""
        lines = np.arange(first, first + len(columns[0]))
        # Most ledgers number their rows: such a cell is no footer, and a head only where a head is a number.
        numbers = flags(pc.match_substring_regex(columns[0], "^[0-9]+$"))
        sums = self._sums(columns)
        if numbers.all() and not sums.any() and not any(head.isascii() and head.isdigit() for head in self.first_heads):
            return Batch(lines.tolist(), columns)
        coded = columns[0].dictionary_encode()
        doubtful = [
            n
            for n, cell in enumerate(coded.dictionary.to_pylist())
            if not cell or cell in self.first_heads or _plain(cell).startswith(_FOOTERS)
        ]
        told: list[Fault] = []
        if doubtful or sums.any():
            places = np.flatnonzero(np.isin(coded.indices.to_numpy(), doubtful) | sums)
            cells = zip(*(column.take(pa.array(places)).to_pylist() for column in columns), strict=True)
            dropped: list[int] = []
            for place, row in zip(places.tolist(), cells, strict=True):
                if counts := self._counts_houses(list(row)):
                    told.append(_sum_told(int(lines[place])))
                if counts or not self._is_house(list(row)):
                    dropped.append(place)
            if dropped:
                rest = np.delete(np.arange(len(lines)), dropped)
                lines, columns = lines[rest], [column.take(pa.array(rest)) for column in columns]
        return Batch(lines.tolist(), columns, told)

    def _sums(self, columns: list[Any]) -> NDArray[np.bool_]:
        """Rows in whose head the word for a sum or a figure stands; they are looked at one by one."""
        if self.head_column is None:
            return np.zeros(len(columns[0]), np.bool_)
        return flags(pc.match_substring_regex(columns[self.head_column], r"^\s*(?:[合总小]\s*计|共?\s*\d)"))


def _sum_told(line: int) -> Fault:
    return LedgerFault(line, None, None, "本行是合计，不是一户的房屋：没有导入，也不计入读到和拒绝的行数。", "sum")


def is_sum(row: Sequence[str]) -> bool:
    """Whether the first words of a row are those of a sum."""
    return _plain(next((cell for cell in row if cell), "")).startswith(_SUMS)


def _stripped(row: Row) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in row)


def _is_footer(row: Row, key_columns: list[int]) -> bool:
    """Totals and notes under the table: the first words of a footer, and nothing that names a house."""
    place = next(n for n, cell in enumerate(row) if cell)
    if not _plain(row[place]).startswith(_FOOTERS):
        return False
    # 审核人：某某 may stand under a key column, too.
    others = [_plain(row[n]) for n in key_columns if n != place]
    return all(not text or ":" in text or text.startswith(_FOOTERS) for text in others)


def _plain(cell: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", cell))
