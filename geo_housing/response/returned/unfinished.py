"""What a list that came back leaves unfinished: by what is missing, where it stands in the file, what the file lacks. Pure.

A house that nobody filled in looks like all others in a table of a hundred; so does a row that somebody has deleted.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geo_housing.response.returned.sheets import Line, runs

# The row says something, and none of it was entered.
REFUSED = "表里填了，没有录入"
# Something else stands, and nobody has said that the row is to replace it.
UNTICKED = "与现有内容不同，没有勾选"


@dataclass(frozen=True)
class LeftRow:
    """One row of the event's list that still lacks something; ``line`` None where the file does not have it.

    ``address``: where it is filled in. ``head`` as pages name families.
    """

    address: str
    area_code: str
    house_code: str
    head: str
    lacks: tuple[str, ...]
    line: Line | None
    row_id: int = 0


@dataclass(frozen=True)
class Run:
    """Rows one below the other that lack the same: the first and the last of them."""

    first: LeftRow
    last: LeftRow


@dataclass(frozen=True)
class InSheet:
    """The rows of one sheet that lack the same, and how many; of a row that is about several families the first."""

    sheet: str
    rows: int
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Lack:
    """One thing that is missing, with the rows that lack it."""

    what: str
    rows: int
    sheets: tuple[InSheet, ...]


@dataclass(frozen=True)
class Left:
    """What remains to be filled in of the villages that a file is about.

    ``absent``: rows that the file does not have, in villages of which it has others. ``villages``: of which it has none, with how many are open.
    """

    rows: int = 0
    lacks: tuple[Lack, ...] = ()
    absent: tuple[LeftRow, ...] = ()
    villages: tuple[tuple[str, int], ...] = ()

    @property
    def areas(self) -> set[str]:
        """Villages that are named."""
        return {row.area_code for row in self.absent} | {code for code, _ in self.villages}

    def __bool__(self) -> bool:
        return self.rows > 0


NOTHING_LEFT = Left()


def left_of(rows: Sequence[LeftRow], *, in_file: Iterable[str], order: Sequence[str]) -> Left:
    """Rows that lack something, in order; ``in_file``: villages of which the file has a row. ``order``: of what is missing."""
    present = set(in_file)
    by_lack: dict[str, list[LeftRow]] = defaultdict(list)
    absent: list[LeftRow] = []
    villages: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.line is not None:
            for what in row.lacks:
                by_lack[what].append(row)
        elif row.area_code in present:
            absent.append(row)
        else:
            villages[row.area_code] += 1
    lacks = []
    for what in (REFUSED, UNTICKED, *order):
        if sheets := _by_sheet(by_lack[what]):
            lacks.append(Lack(what, sum(sheet.rows for sheet in sheets), sheets))
    return Left(len(rows), tuple(lacks), tuple(absent), tuple(sorted(villages.items())))


def _by_sheet(rows: Iterable[LeftRow]) -> tuple[InSheet, ...]:
    sheets: dict[str, dict[int, LeftRow]] = defaultdict(dict)
    for row in rows:
        if row.line is not None:
            sheets[row.line.sheet].setdefault(row.line.number, row)
    found = []
    for sheet, by_number in sheets.items():
        placed = sorted(by_number.items())
        found.append(InSheet(sheet, len(placed), tuple(Run(run[0], run[-1]) for run in runs(placed))))
    return tuple(found)
