"""Reading a workbook in a process of its own, whose memory and time are limited.

A workbook of two kilobytes may say that it has a cell in its last row and column, or name one long text a million
times: its reader then asks for more memory than there is, and the process ends. That must not be the service.
"""

import errno
import marshal
import sys
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from geo_housing.apart import BROKEN, TOO_LARGE, run_apart
from geo_housing.errors import BadInput, TooLarge

MOST_COLUMNS = 1_000
MOST_SHEETS = 50
_ROWS_A_PIECE = 1_000


@dataclass(frozen=True)
class Sheet:
    """One sheet as texts: ``sheets`` are the names of those that hold something; ``rows`` can be walked once.

    ``further``: the names after the first MOST_SHEETS, into which nobody looked.
    ``merges``: first and last row (from 1), first and last column (from 0) of each merged range.
    """

    name: str
    sheets: tuple[str, ...]
    further: tuple[str, ...]
    merges: tuple[tuple[int, int, int, int], ...]
    rows: Iterator[list[str]]


@dataclass(frozen=True)
class Grid:
    """A whole sheet as texts, with its merged ranges as ``Sheet`` tells them."""

    rows: list[list[str]]
    merges: tuple[tuple[int, int, int, int], ...] = ()


def read_sheet(path: Path, sheet: str | None, *, with_hours: bool = False) -> Sheet:
    """The named sheet, else the first that holds more than a title; BadInput or TooLarge says what is wrong.

    A ledger means days; ``with_hours`` keeps the time of a cell that has one.
    """
    spool = _read_apart(path, "one", "hours" if with_hours else "days", *([] if sheet is None else [sheet]))
    try:
        found = _announced(path.name, spool)
        assert found is not None, "one sheet, or why not"
    except BaseException:
        spool.close()
        raise
    # The file goes with the rows, walked or not.
    weakref.finalize(found.rows, spool.close)
    return found


def read_sheets(path: Path, *, with_hours: bool = False) -> dict[str, Grid]:
    """Every sheet that holds something, in their order, read by one process; refuses what ``read_sheet`` refuses."""
    found: dict[str, Grid] = {}
    with _read_apart(path, "every", "hours" if with_hours else "days") as spool:
        while sheet := _announced(path.name, spool):
            found[sheet.name] = Grid(list(sheet.rows), sheet.merges)
    return found


def _read_apart(path: Path, *arguments: str) -> IO[bytes]:
    spool = tempfile.TemporaryFile()  # noqa: SIM115 -- goes with its rows
    try:
        _check(path.name, run_apart(__name__, str(path.absolute()), *arguments, into=spool))
        spool.seek(0)
    except BaseException:
        spool.close()
        raise
    return spool


def _announced(file: str, spool: IO[bytes]) -> Sheet | None:
    """The next sheet that the other process tells; None after the last of all."""
    kind, *told = marshal.load(spool)  # noqa: S302 -- our own process wrote it
    if kind == "end":
        return None
    if kind != "sheet":
        raise BadInput(_refusal(file, kind, told))
    name, filled, further, merges = told
    return Sheet(name, tuple(filled), tuple(further), tuple(merges), _Rows(spool))


def _check(name: str, status: int) -> None:
    if status == BROKEN:
        raise BadInput(f"{name} 打不开：不是完整的表格文件，或加了密码；请另存为 XLSX 再试。")
    if status != 0:
        # It had no more memory or time, or its library gave up on nonsense; the system does not say which.
        raise TooLarge(
            f"{name} 展开后太大，或已损坏，无法读取；请删去表格以外的空行空列和无关的工作表，或另存为 CSV 再试。"
        )


def _refusal(name: str, kind: str, told: list[Any]) -> str:
    if kind == "no such sheet":
        sheet, names = told
        return f"{name} 没有工作表“{sheet}”，有：{'、'.join(names)}。"
    sheet, width = told
    return f"{name} 的工作表“{sheet}”有 {width} 列，最多 {MOST_COLUMNS} 列；请删去表格右边多余的列（往往是误填的一格）再试。"


class _Rows:
    """The rows that the other process left, piece by piece."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self._is_over = False
        self._piece: Iterator[list[str]] = iter(())

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        for row in self._piece:
            return row
        if self._is_over or not (rows := marshal.load(self._spool)):  # noqa: S302 -- our own process wrote it
            self._is_over = True
            raise StopIteration
        self._piece = iter(rows)
        return next(self._piece)


def main() -> int:
    """The process of its own: path, what of it and how from the command line, marshalled values to standard output."""
    import python_calamine

    try:
        path, how_many, keeps, *sheet = sys.argv[1:]
        book = python_calamine.CalamineWorkbook.from_path(path)
        _write(book, sheet[0] if sheet else None, keeps == "hours", is_every=how_many == "every")
    except python_calamine.CalamineError:
        return BROKEN
    except OSError as error:
        return TOO_LARGE if error.errno in (errno.EFBIG, errno.ENOSPC) else BROKEN
    except MemoryError:
        return TOO_LARGE
    return 0


def _write(book: Any, sheet: str | None, with_hours: bool, *, is_every: bool) -> None:
    out = sys.stdout.buffer
    names = list(book.sheet_names)
    if not names or (sheet is not None and sheet not in names):
        marshal.dump(("no such sheet", sheet or "", names[:MOST_SHEETS]), out)
        return
    filled = [name for name in names[:MOST_SHEETS] if book.get_sheet_by_name(name).height > 1]
    for name in filled if is_every else [sheet or next(iter(filled), names[0])]:
        if not _write_one(book.get_sheet_by_name(name), name, filled, names[MOST_SHEETS:], with_hours):
            return
    marshal.dump(("end",), out)
    out.flush()


def _write_one(found: Any, name: str, filled: list[str], further: list[str], with_hours: bool) -> bool:
    """Name and rows of one sheet; False when it is refused."""
    out = sys.stdout.buffer
    width = found.end[1] + 1 if found.end else 0
    if width > MOST_COLUMNS:
        marshal.dump(("too wide", name, width), out)
        return False
    merges = [(top + 1, bottom + 1, left, right) for (top, left), (bottom, right) in found.merged_cell_ranges or ()]
    marshal.dump(("sheet", name, filled, further, merges), out)
    cells = found.to_python(skip_empty_area=False)
    for n in range(0, len(cells), _ROWS_A_PIECE):
        piece = cells[n : n + _ROWS_A_PIECE]
        marshal.dump([[text_of(cell, with_hours=with_hours) for cell in row] for row in piece], out)
    marshal.dump([], out)
    return True


def text_of(cell: Any, *, with_hours: bool = False) -> str:
    """A cell of a workbook as the person sees it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        if cell != cell:
            return ""
        # A number this large has lost digits: kept recognisable, so that the rule of the field can say so.
        return f"{cell:.0f}.0" if abs(cell) >= 1e15 else str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}" if with_hours else cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)


if __name__ == "__main__":
    sys.exit(main())
