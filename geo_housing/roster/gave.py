"""What the columns of a list gave: how many of their cells say something, and whether any of it was taken. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from geo_housing.errors import Fault
from geo_housing.houses.spreadsheet import row as cells
from geo_housing.houses.spreadsheet.faults import LedgerFault
from geo_housing.roster.columns import Slot
from geo_housing.roster.facts import Kind
from geo_housing.roster.headings import seems


@dataclass(frozen=True)
class GivenColumn:
    """A column as reports name it: its field (None: not recognised), cells with a text, whether any was taken."""

    heading: str
    field: str | None
    stated: int
    is_taken: bool


class Gave:
    """Counts over all rows what stands in each column."""

    def __init__(self, kind: Kind, slots: Sequence[Slot], headings: Sequence[str]) -> None:
        self.kind, self.slots, self.headings = kind, {slot.column: slot for slot in slots}, headings
        self.stated = [0] * len(headings)
        self.taken: set[int] = set()
        self.kept: set[int] = set()

    def see(self, batch: Sequence[Sequence[str]]) -> None:
        """Some rows, by column."""
        for n, column in enumerate(batch[: len(self.stated)]):
            self.stated[n] += sum(map(_is_stated, column))

    def keep(self, row: Sequence[str], used: Collection[int]) -> None:
        """A row that was not lost, and the columns of it that were understood."""
        self.taken.update(used)
        self.kept.update(n for n in self.slots.keys() - self.taken if _is_stated(row[n]))

    def columns(self) -> tuple[GivenColumn, ...]:
        """All columns in their order."""
        return tuple(
            GivenColumn(
                self.slots[n].heading if n in self.slots else heading,
                self.slots[n].field if n in self.slots else None,
                self.stated[n],
                n in self.taken,
            )
            for n, heading in enumerate(self.headings)
        )

    def faults(self) -> list[Fault]:
        """Columns that say something of which nothing was taken, where that decides whom somebody calls and until when."""
        found: list[Fault] = []
        for n, column in enumerate(self.columns()):
            if not column.stated or column.is_taken:
                continue
            if n in self.slots:
                # Whoever was lost is told of line by line.
                if n not in self.kept:
                    continue
                sentence = f"认出了这一列，但 {column.stated} 格内容一格也没有采用；请核对表头和内容。"
                found.append(LedgerFault(None, column.heading, None, sentence, "check"))
            elif what := seems(self.kind.name, column.heading):
                sentence = (
                    f"这一列像是“{what}”，但没有认出来，{column.stated} 格内容都没有采用；请把表头改成“{what}”再上传。"
                )
                found.append(LedgerFault(None, column.heading, None, sentence, "check"))
        return found


def _is_stated(cell: str) -> bool:
    text = cells.normalise(cell)
    return cells.is_stated(text) and text not in cells.CLEARING
