"""Columns of text as Arrow arrays: what a cell says is asked once per distinct cell, or of the whole column at once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from geo_housing.houses.spreadsheet.personal import are_id_numbers
from geo_housing.houses.spreadsheet.row import CLEARING, NOT_STATED, PLAIN

# An array of pyarrow strings; pyarrow has no types of its own for checkers.
Cells = Any
_SAYS_NOTHING = pa.array(sorted(NOT_STATED | CLEARING), pa.string())


def texts(values: Any) -> Cells:
    """An array of strings (or None)."""
    return pa.array(values, pa.string())


def nothing(size: int) -> Cells:
    """A column in which nothing is stated."""
    return pa.nulls(size, pa.string())


def flags(mask: Cells) -> NDArray[np.bool_]:
    """A column of truth values for numpy; unknown is false."""
    return np.asarray(mask.fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)


def each(cells: Cells, answer: Callable[[str], str | None]) -> Cells:
    """``answer`` of every cell, asked once for equal ones."""
    coded = cells.dictionary_encode()
    return texts([answer(cell) for cell in coded.dictionary.to_pylist()]).take(coded.indices)


def places_where(cells: Cells, holds: Callable[[str], bool]) -> NDArray[np.int64]:
    """Positions of the cells of which ``holds`` is true, asked once for equal ones."""
    coded = cells.dictionary_encode()
    found = [n for n, cell in enumerate(coded.dictionary.to_pylist()) if holds(cell)]
    return np.flatnonzero(np.isin(coded.indices.to_numpy(zero_copy_only=False), found))


def plain_ones(name: str, cells: Cells) -> NDArray[np.bool_]:
    """Cells that the rule of field ``name`` would give back as they are: found for all at once, without the rule."""
    if name not in PLAIN:
        return np.zeros(len(cells), bool)
    plain = flags(pc.and_not(pc.match_substring_regex(cells, PLAIN[name]), pc.is_in(cells, value_set=_SAYS_NOTHING)))
    if name == "id_number" and plain.any():
        plain[plain] = are_id_numbers(_bytes(cells.filter(pa.array(plain)), 18))
    return plain


def _bytes(cells: Cells, width: int) -> NDArray[np.uint8]:
    """Cells of ``width`` ASCII characters as one row of codes each."""
    begin = cells.offset
    offsets = np.frombuffer(cells.buffers()[1], np.int32)[begin : begin + len(cells) + 1]
    return np.frombuffer(cells.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].reshape(len(cells), width)


def with_answers(cells: Cells, plain: NDArray[np.bool_], answer: Callable[[str], str | None]) -> Cells:
    """Plain cells as they are, ``answer`` of the others."""
    if plain.all():
        return cells
    if not plain.any():
        return each(cells, answer)
    other = pa.array(~plain)
    return pc.replace_with_mask(cells, other, each(cells.filter(other), answer))


def as_numbers(cells: Cells) -> NDArray[np.float64] | None:
    """Numbers with NaN for empty cells; None when a cell is no plain number."""
    try:
        numbers = pc.if_else(pc.equal(cells, ""), None, cells).cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.float64).copy()


def holds_any(cells: Cells, pattern: str) -> bool:
    """Whether the regular expression is found in any cell."""
    return bool(pc.any(pc.match_substring_regex(cells, pattern)).as_py())


# Letters, digits and common signs: JSON needs no escapes for them, and fewer than 11 digits are nobody's number.
_HARMLESS = r"^[0-9A-Za-z\x{4E00}-\x{9FFF}.#()（）_/-]+$"
_LONG_DIGITS = r"\p{Nd}{11}"


def harmless(cells: Cells) -> NDArray[np.bool_]:
    """Cells that stand in JSON as they are and hold no number of a person."""
    return flags(pc.and_not(pc.match_substring_regex(cells, _HARMLESS), pc.match_substring_regex(cells, _LONG_DIGITS)))
