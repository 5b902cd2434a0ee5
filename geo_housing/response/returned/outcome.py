"""What a returned workbook would do and what it did, whichever list it is."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from geo_housing.errors import BadInput, Fault
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.returned.picking import ToPick
from geo_housing.response.returned.readings import Reading, readings
from geo_housing.response.returned.sheets import ReadAs
from geo_housing.response.returned.unfinished import NOTHING_LEFT, Left


class Sent(Protocol):
    """What a line of a workbook says, whichever list it is."""

    @property
    def read_as(self) -> tuple[ReadAs, ...]:
        """Cells that were not read as they stand."""


class Compared(Protocol):
    """A line with what it would change."""

    @property
    def sent(self) -> Sent:
        """The line."""


Row = TypeVar("Row", bound=Compared)


@dataclass(frozen=True)
class HouseToSee:
    """A house that somebody must look at or ask about, and why."""

    house_code: str
    area_code: str
    why: str


@dataclass(frozen=True)
class Preview(Generic[Row]):
    """What the workbook would do. Every row of it is in one of these, or among the faults.

    ``taken_off``: rows that say something of what a change of the zones took off the list since: a person says whether it
    comes back. ``again``: of the unchanged ones, those whose house must be looked at once more: what the list says does not end them.
    ``to_pick``: of the faults, lines of which a person may say whose they are. ``asked``: rows of which a person must say first what a word means. ``left_open``: what will be unfinished of the list's villages once ``enters`` are entered. ``left_out``: single cells that could not be
    read, of rows that tell of damage and are not refused for them.
    """

    enters: tuple[Row, ...]
    conflicts: tuple[Row, ...]
    unchanged: int
    faults: tuple[Fault, ...]
    again: tuple["HouseToSee", ...] = ()
    taken_off: tuple[Row, ...] = ()
    left_open: Left = NOTHING_LEFT
    left_out: tuple[Fault, ...] = ()
    asked: tuple[Row, ...] = ()
    to_pick: tuple[ToPick, ...] = ()

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What of the rows that say something new was not read as it stands."""
        rows = (*self.enters, *self.conflicts, *self.taken_off, *self.asked)
        return readings(one for row in rows for one in row.sent.read_as)

    @property
    def read(self) -> int:
        """Rows of the workbook."""
        rows = (self.enters, self.conflicts, self.taken_off, self.asked, self.faults)
        return self.unchanged + sum(map(len, rows))


@dataclass(frozen=True)
class ListEntered:
    """What was entered: rows, those that replaced what stood, those left as they stand, those refused and why.

    ``restored``: of the rows entered, those that came back onto the list. ``again``: houses of the list that must be looked at once more all the same.
    ``left_open``: what is unfinished of the list's villages now. ``odd``: houses entered of which something is to be checked.
    ``left_out``: as of what was looked at. ``partly``: of the rows replaced, those of which some fields were left as they stand.
    """

    entered: int
    replaced: int
    left: int
    unchanged: int
    faults: tuple[Fault, ...]
    again: tuple["HouseToSee", ...] = ()
    restored: int = 0
    left_open: Left = NOTHING_LEFT
    odd: tuple["HouseToSee", ...] = ()
    left_out: tuple[Fault, ...] = ()
    partly: int = 0


def check_event(stated: int | None, event: HazardEvent) -> None:
    """BadInput when the workbook says that it is the list of another event."""
    if stated is not None and stated != event.id:
        raise BadInput(f"这是 {stated} 号事件的名单，现在是 {event.id} 号事件；请到那个事件的页面上传。")
