"""From checked columns to the staging table: COPY text built column by column, personal data sealed on the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from psycopg import Cursor

from geo_housing.houses.spreadsheet.columns import Cells, each, flags, holds_any, texts
from geo_housing.keys import KeyRing
from geo_housing.masking import mask_id_number, mask_phone

# Order of the staging columns (sql/1_staging.sql).
STAGED = (
    "line", "code", "declared_code", "settlement", "head", "id_number_cipher", "id_number_key", "id_number_masked",
    "phone_cipher", "phone_key", "phone_masked", "persons", "lon", "lat", "tile_key", "structure", "built_year",
    "storeys", "rooms", "area_m2", "building_kind", "occupancy", "occupancy_checked_on", "grade", "grade_basis",
    "graded_on", "suspected", "renovation", "renovation_year", "measure", "categories", "monitoring", "traits", "traits_denied", "remark",
    "extra", "place_beyond", "names_place", "is_unclear", "cleared", "reserved_id",
)  # fmt: skip

# Plain cells that a ledger sets on a house (extra is joined, 5_changed.sql), in bit order of "cleared"; the other fields have rules of their own.
HOUSE_FIELDS = (
    "structure", "built_year", "storeys", "rooms", "area_m2", "building_kind", "occupancy", "occupancy_checked_on",
    "measure", "remark",
)  # fmt: skip
FAMILY_FIELDS = ("head", "persons", "categories", "monitoring", "traits")
CLEARED_BIT = {
    name: 1 << bit for bit, name in enumerate((*HOUSE_FIELDS, *FAMILY_FIELDS, "suspected", "renovation_year"))
}

# Of an ID number that is in use; the first generation had 15 digits.
ID_LENGTH = 18
_FREE_TEXT = frozenset({"code", "settlement", "head", "remark", "extra", "place_beyond"})
_NULL = "\\N"
# As COPY's text format writes what would end a cell or a row; the backslash first.
_ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"))


@dataclass(frozen=True)
class StagedBatch:
    """Arrow columns of equal length by staging name (missing ones are all NULL); texts as PostgreSQL reads them.

    ``rows`` of the file have been read with it; ``alone`` are the rows of a large load that share neither house code
    nor ID number with any other, ``marks`` those of their cells (alike.py); None where nobody has looked.
    """

    size: int
    columns: dict[str, Cells]
    rows: int = 0
    alone: NDArray[np.bool_] | None = None
    marks: dict[str, NDArray[np.uint64]] | None = None

    @property
    def lone(self) -> "StagedBatch":
        """The rows that are alone."""
        return self if self._parts is None else self._parts[0]

    @property
    def held(self) -> "StagedBatch":
        """The rows that have to wait."""
        return StagedBatch(0, {}) if self._parts is None else self._parts[1]

    @cached_property
    def _parts(self) -> tuple["StagedBatch", "StagedBatch"] | None:
        # None where all are alone: a batch that named itself would stay in memory until cycles are looked for.
        assert self.alone is not None, "somebody has looked which rows are alone"
        return None if self.alone.all() else (self._only(self.alone), self._only(~self.alone))

    @cached_property
    def stated(self) -> tuple[str, ...]:
        """The columns that say something of any row; every other one is left to its default, which is nothing."""
        return tuple(name for name in STAGED if name in self.columns and self.columns[name].null_count < self.size)

    @cached_property
    def text(self) -> bytes:
        """The rows as COPY reads them, in the columns of ``stated``."""
        return _as_copy_text(self) if self.size else b""

    def prepare(self) -> None:
        """Do here what would else be done when the database is waiting for it."""
        for part in [self] if self.alone is None else [self.lone, self.held]:
            _ = part.text

    def _only(self, rows: NDArray[np.bool_]) -> "StagedBatch":
        chosen = pa.array(rows)
        return StagedBatch(int(rows.sum()), {name: cells.filter(chosen) for name, cells in self.columns.items()})


def copy_batches(cursor: Cursor[Any], batches: Iterable[StagedBatch], table: str = "staging") -> int:
    """COPY every batch into ``table`` (staging or held); returns the number of rows."""
    rows = 0
    for batch in batches:
        if batch.size:
            with cursor.copy(f"COPY {table} ({', '.join(batch.stated)}) FROM STDIN") as copy:
                copy.write(batch.text)
            rows += batch.size
    return rows


def _as_copy_text(batch: StagedBatch) -> bytes:
    columns: list[Any] = []
    for name in batch.stated:
        cells = batch.columns[name]
        if name in _FREE_TEXT and holds_any(cells, r"[\\\n\t\r]"):
            for plain, escaped in _ESCAPES:
                cells = pc.replace_substring(cells, plain, escaped)
        columns.append(cells.cast(pa.string()).fill_null(_NULL))
    # The last column is never NULL; with its line feed the rows follow one another in one buffer.
    columns[-1] = pc.binary_join_element_wise(columns[-1], "\n", "")
    lines = pc.binary_join_element_wise(*columns, "\t")
    ends = memoryview(lines.buffers()[1]).cast("i")
    written: bytes = lines.buffers()[2].to_pybytes()
    return written[ends[lines.offset] : ends[lines.offset + batch.size]]


def seal(ring: KeyRing, field: str, values: Cells, owners: list[int]) -> dict[str, Cells]:
    """Cipher, keyed-hash and masked columns of ``field`` (id_number or phone), ready for COPY.

    Nobody is found by an ID number of the first generation: it has no hash.
    """
    plain, keyed = values.to_pylist(), whole_numbers(field, values)
    sealed = ring.encrypt_many(plain, field=field, owners=owners)
    return {
        f"{field}_cipher": _as_hexadecimal(sealed),
        f"{field}_key": texts(ring.search_ids(plain if keyed is values else keyed.to_pylist(), field=field)),
        f"{field}_masked": _masked(field, values),
    }


def whole_numbers(field: str, values: Cells) -> Cells:
    """The cells by which somebody is known: of ID numbers those of 18 characters."""
    if field != "id_number":
        return values
    whole = pc.equal(pc.utf8_length(values), ID_LENGTH)
    return pc.if_else(whole, values, None) if pc.all(whole).as_py() is False else values


def _as_hexadecimal(sealed: list[bytes | None]) -> Cells:
    """Bytes as COPY reads a bytea; written out at once, because it is twice for every row."""
    lengths = np.fromiter((2 * len(value or b"") for value in sealed), np.int32, len(sealed))
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    digits = b"".join(value or b"" for value in sealed).hex().encode()
    cells = pa.StringArray.from_buffers(len(sealed), pa.py_buffer(ends), pa.py_buffer(digits))
    return pc.if_else(pa.array(lengths > 0), pc.binary_join_element_wise("\\\\x", cells, ""), None)


# How most numbers look, and the places that stay of them: the rule itself is masking.py's.
_USUAL = {
    "id_number": (r"^(.{6}).{8}(.{4})$", r"\1********\2"),
    "phone": (r"^(.{3}).{4,5}(.{4})$", r"\1****\2"),
}
_MASKS = {"id_number": mask_id_number, "phone": mask_phone}


def _masked(field: str, values: Cells) -> Cells:
    pattern, shown = _USUAL[field]
    usual = flags(pc.match_substring_regex(values, pattern).fill_null(True))
    masked = pc.replace_substring_regex(values, pattern, shown)
    if usual.all():
        return masked
    return pc.replace_with_mask(masked, pa.array(~usual), each(values.filter(pa.array(~usual)), _MASKS[field]))
