"""Workbooks as an office program saves them: cells merged, dates as dates."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook


def write_book(path: Path, rows: Sequence[Sequence[Any]], *merges: str) -> Path:
    """One sheet; ``merges`` as a spreadsheet names them (A1:F1)."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append([None if cell == "" else cell for cell in row])
    for merge in merges:
        sheet.merge_cells(merge)
    book.save(path)
    return path
