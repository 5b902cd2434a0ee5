"""What every workbook begins with: the file, the heads of a sheet, the two lines above a list that is printed."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

# What people have typed is never a formula, a link or a number.
_AS_TYPED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
# How papers are written, and where the heads of their columns stand: below the title and what is told of the list.
FONT = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
TITLE_FONT = {**FONT, "font_size": 16, "bold": True, "align": "center"}
HEADS_AT = 2
PAGES = "&C第 &P 页 共 &N 页"
_A4 = 9
# Two lines, or three on a narrow sheet.
_MARKED_HEIGHT = 44
_TITLE_HEIGHT = 26
# Of the line above each village's rows, in 12 points.
VILLAGE_HEIGHT = 20
_SIZE = 10
_LEAST_HEIGHT = 16.5


def choice_of(words: Iterable[str]) -> dict[str, object]:
    """A cell to choose one of the words in. Who types another is asked, not stopped: what a village writes is read, too."""
    return {
        "validate": "list",
        "source": list(words),
        "error_type": "warning",
        "error_title": "不在可选的词里",
        "error_message": "最好从下拉框中选。意思明确的常用说法上传时也能识别，识别不了的会指出是哪一格。仍要这样写吗？",
    }


def workbook(path: Path) -> xlsxwriter.Workbook:
    """An .xlsx that is whole after the ``with`` block."""
    return xlsxwriter.Workbook(str(path), _AS_TYPED)


@contextmanager
def long_workbook(path: Path, file: IO[bytes] | None = None) -> Iterator[xlsxwriter.Workbook]:
    """An .xlsx that is whole after the block; its rows wait in files beside it, on the disk that must hold them anyway.

    When the block or the disk fails nothing is put together, and no file stays open. ``file``: ``path``, opened already.
    """
    book = xlsxwriter.Workbook(
        str(path) if file is None else file, {**_AS_TYPED, "constant_memory": True, "tmpdir": str(path.parent)}
    )
    try:
        yield book
        book.close()
    finally:
        for sheet in book.worksheets():
            # What is still to be written out finds the disk as full as before.
            with suppress(OSError):
                sheet.row_data_fh.close()


def write_heads(
    sheet: Worksheet,
    columns: Iterable[tuple[str, float | None]],
    form: Format,
    *,
    at: int = 0,
    hidden: str | None = None,
) -> None:
    """The heads in row ``at`` with the widths of their columns (None: as usual); ``hidden`` is for the program, not for people."""
    for column, (label, width) in enumerate(columns):
        if width is not None:
            sheet.set_column(column, column, width, None, {"hidden": label == hidden})
        sheet.write_string(at, column, label, form)


def row_height(cells: Iterable[tuple[object, float | None]], *, size: int = _SIZE) -> float:
    """How high a row must be for its texts (each with the width of its column) to be read once they are wrapped.

    Excel finds that out when it opens a file; WPS and LibreOffice let a long text run over the rows around it.
    """
    lines = max((_lines(str(value), width * _SIZE / size) for value, width in cells if value and width), default=1)
    return max(_LEAST_HEIGHT, lines * size * 1.36 + 3)


def _lines(said: str, room: float) -> int:
    """Lines of a text in a column; a Chinese sign is as wide as two others."""
    lines = 0
    for paragraph in said.split("\n"):
        used, lines = 0, lines + 1
        for sign in paragraph:
            wide = 2 if unicodedata.east_asian_width(sign) in "WFA" else 1
            if used + wide > room:
                used, lines = 0, lines + 1
            used += wide
    return lines


def paper_sheet(
    book: xlsxwriter.Workbook,
    name: str,
    columns: int,
    *,
    title: tuple[str, Format],
    told: tuple[str, Format],
    header: str | None = None,
    footer: str = PAGES,
    is_landscape: bool = True,
    is_narrow: bool = True,
    frozen: int = 0,
    repeated: int = HEADS_AT,
) -> Worksheet:
    """A sheet for A4: the title and what is told of the list stand over all columns and on every page, with the heads below.

    ``header`` is for lists that must be kept safe: it stands on every page, and ``told`` has a line more. ``is_narrow``: with
    narrow margins. ``frozen``: columns that stay in sight. ``repeated``: the last row that stands on every page. ``columns``: those
    that are printed; what stands beyond them is for who fills the sheet in on a screen.
    """
    sheet: Worksheet = book.add_worksheet(name)
    sheet.set_paper(_A4)
    if is_landscape:
        sheet.set_landscape()
    if is_narrow:
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, repeated)
    sheet.freeze_panes(repeated + 1, frozen)
    sheet.set_row(0, _TITLE_HEIGHT)
    sheet.set_footer(footer)
    for row, (said, form) in enumerate((title, told)):
        if columns > 1:
            sheet.merge_range(row, 0, row, columns - 1, said, form)
        else:
            sheet.write_string(row, 0, said, form)
    if header is not None:
        sheet.set_row(1, _MARKED_HEIGHT)
        sheet.set_header(header)
    return sheet


def list_sheet(
    book: xlsxwriter.Workbook,
    name: str,
    columns: Sequence[tuple[str, float | None]],
    rows: Iterable[Sequence[int | str | None]],
) -> Worksheet:
    """A plain list to be read on a screen, such as what was wrong with a file; a cell that is None stays empty."""
    sheet: Worksheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    write_heads(sheet, columns, book.add_format({"bold": True, "bg_color": "#D9E1F2"}))
    for at, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(at, column, cell)
            elif cell is not None:
                sheet.write_string(at, column, cell)
    return sheet


def told_sheet(
    book: xlsxwriter.Workbook, name: str, lines: Iterable[Sequence[str]], *, widths: Sequence[float]
) -> None:
    """What a file says about itself, line by line, to whoever finds it on a disk a year later."""
    sheet = book.add_worksheet(name)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    for at, line in enumerate(lines):
        for column, said in enumerate(line):
            sheet.write_string(at, column, said)
