"""Cells that no field takes, as members of one JSON object for each row (originals.py says which)."""

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from geo_housing.houses.spreadsheet.columns import Cells, each, harmless, texts
from geo_housing.masking import mask_numbers

LONGEST = 200


def members(label: str, cells: Cells) -> Cells:
    """``"label": "cell"`` of every cell that says something, null for the others; people's numbers are masked."""
    plain = harmless(cells)
    if plain.any():
        as_they_are = pc.binary_join_element_wise('"', cells, '"', "")
        rest = each(cells.filter(pa.array(~plain)), _quoted)
        values = pc.replace_with_mask(as_they_are, pa.array(~plain), rest)
    else:
        values = each(cells, _quoted)
    return pc.binary_join_element_wise(json.dumps(label, ensure_ascii=False), values, ": ")


def together(parts: Sequence[Cells], size: int) -> Cells:
    """Members of one object each, side by side; null where there are none."""
    parts = [part for part in parts if part.null_count < size]
    if not parts:
        return texts([None] * size)
    # The empty text in front is never null: Arrow leaves rows out in which everything is.
    joined = pc.binary_join_element_wise(texts([""] * size), *parts, ", ", null_handling="skip")
    return pc.if_else(pc.equal(joined, ""), None, pc.utf8_slice_codeunits(joined, 2))


def as_object(members: Cells) -> Cells:
    """Members as JSON text."""
    return pc.binary_join_element_wise("{", members, "}", "")


def only(cells: Cells, rows: Sequence[int]) -> Cells:
    """The cells of some rows, cut to what is kept; null elsewhere."""
    mask = [False] * len(cells)
    for row in rows:
        mask[row] = True
    return pc.utf8_slice_codeunits(pc.if_else(pa.array(mask), cells, None), 0, LONGEST)


def _quoted(cell: str) -> str | None:
    return json.dumps(mask_numbers(cell.strip()), ensure_ascii=False) if cell.strip() else None
