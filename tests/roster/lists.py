"""Lists as townships keep them, written as real files."""

from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from geo_housing.roster.facts import KINDS
from geo_housing.roster.loading import Loaded, load_file
from tests.fixtures.toy import ToyDatabase
from tests.roster.people import ring

Rows = Sequence[Sequence[str]]


def write_xlsx(path: Path, rows: Rows, *, merges: Sequence[tuple[int, int, int, int]] = ()) -> Path:
    """A workbook of texts; ``merges`` are first and last row, first and last column, from 0."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("通讯录")
        for line, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.write_string(line, column, text)
        for top, bottom, left, right in merges:
            sheet.merge_range(top, left, bottom, right, rows[top][left])
    return path


def load(toy: ToyDatabase, path: Path, kind: str = "contacts", *, area: str = "", dry_run: bool = False) -> Loaded:
    """Load a file as the command does, committed."""
    with toy.transaction(area) as session:
        return load_file(session, toy.actor(area), KINDS[kind], path, ring=ring(toy), name=path.name, dry_run=dry_run)


def counts(loaded: Loaded) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, rejected."""
    figures = loaded.counts
    return figures["created"], figures["updated"], figures["unchanged"], figures["rejected"]
