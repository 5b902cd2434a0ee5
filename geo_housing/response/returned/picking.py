"""Lines that say whose they are in no way that the list knows: a person picks the row of the list, from those that the file lacks."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from geo_housing.response.returned.families import is_called
from geo_housing.response.returned.sheets import Line
from geo_housing.response.returned.unfinished import LeftRow

# Sheet and number of a line, and what it was picked to mean: the code of a house, or the row of the moving list.
Picked = Mapping[tuple[str, int], str]
NOTHING_PICKED: Picked = {}


@dataclass(frozen=True)
class ToPick:
    """A line, and the rows that it may mean: those of the same name first."""

    line: Line
    called: str
    rows: tuple[LeftRow, ...]

    @property
    def where(self) -> str:
        """How a choice says which line it is of; the row that is chosen follows."""
        return f"{self.line.sheet}|{self.line.number}|"


def to_pick(lines: Iterable[Line], absent: Collection[LeftRow]) -> tuple[ToPick, ...]:
    """The lines for which there is something to choose from."""
    found = []
    for line in lines:
        head = line.cells.get("head", "")
        rows = sorted(absent, key=lambda row: not (row.head and is_called(head, row.head.split("、"))))
        if rows:
            found.append(ToPick(line, head, tuple(rows)))
    return tuple(found)


def picked_of(choices: Iterable[str]) -> Picked:
    """What was chosen, from what the page has sent; anything else is passed over."""
    found = {}
    for choice in choices:
        parts = choice.rsplit("|", 2)
        if len(parts) == 3 and parts[1].isdecimal() and len(parts[1]) < 9 and parts[2]:
            found[parts[0], int(parts[1])] = parts[2]
    return found
