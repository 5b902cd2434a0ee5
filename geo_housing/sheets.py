"""Workbooks of any length with flat memory."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import xlsxwriter

# What people have typed is never a formula, a link or a number.
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@contextmanager
def long_workbook(path: Path) -> Iterator[xlsxwriter.Workbook]:
    """An .xlsx that is whole after the block; its rows wait in files beside it, on the disk that must hold them anyway.

    When the block or the disk fails nothing is put together, and no file stays open.
    """
    book = xlsxwriter.Workbook(str(path), {**OPTIONS, "tmpdir": str(path.parent)})
    try:
        yield book
        book.close()
    finally:
        for sheet in book.worksheets():
            # What is still to be written out finds the disk as full as before.
            with suppress(OSError):
                sheet.row_data_fh.close()
