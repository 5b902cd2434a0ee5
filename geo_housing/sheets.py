"""Workbooks of any length with flat memory."""

from collections.abc import Iterable, Iterator
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


def choice_of(words: Iterable[str]) -> dict[str, object]:
    """A cell to choose one of the words in. Who types another is asked, not stopped: what a village writes is read, too."""
    return {
        "validate": "list",
        "source": list(words),
        "error_type": "warning",
        "error_title": "不在可选的词里",
        "error_message": "最好从下拉框中选。意思明确的常用说法上传时也能识别，识别不了的会指出是哪一格。仍要这样写吗？",
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
