"""What was looked at is entered row by row, whichever list it is: ticked conflicts, ticked returns, every refusal told."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import Fault, GeoHousingError
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.service import lock_event
from geo_housing.journal.service import Subject, record
from geo_housing.response.returned.outcome import Compared, Preview


class Seen(Compared, Protocol):
    """A row that a person has seen beside what stands."""

    @property
    def seen(self) -> str:
        """What somebody ticks who has seen it so: once it has changed again, the tick means nothing."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that differ from what stands."""

    def only(self, fields: Collection[str]) -> Self:
        """The row with those of its fields alone: the others stay as they stand."""


Row = TypeVar("Row", bound=Seen)


@dataclass(frozen=True)
class Ticked:
    """``seen`` of conflicts that replace what stands, and of rows that come back onto the list.

    ``replace`` holds whole rows and single fields of them (``cell_of``). ``answers``: of words of several meanings, which one
    (``cell_of`` with the code). ``picked``: whose some lines are (``picking.picked_of``).
    """

    replace: Collection[str] = ()
    restore: Collection[str] = ()
    answers: Collection[str] = ()
    picked: Collection[str] = ()

    def fields_of(self, row: Seen) -> tuple[str, ...]:
        """Those fields of a conflict that replace what stands."""
        if row.seen in self.replace:
            return row.fields
        return tuple(name for name in row.fields if cell_of(row, name) in self.replace)


@dataclass(frozen=True)
class ConflictCell:
    """One field of a conflict as a page shows it; ``tick`` is what its box sends. ``is_word``: of a list, in any language."""

    tick: str
    label: str
    stands: str
    sent: str
    is_word: bool = False


def cell_of(row: Seen, name: str) -> str:
    """What somebody ticks who has seen one field of a row, or chooses who was asked about it."""
    return f"{row.seen}.{name}"


TAKEN_OFF_AND_OVER = "这栋房屋的排查任务已撤销，事件也已结束，没有录入"
# That it is damaged must not end with a refusal.
FELL_LATER = (
    "这栋房屋的排查任务已撤销，事件也已结束，没有录入；房屋确有损坏的，请在正在处置的事件里用“表外新增”登记，"
    "没有这样的事件的，请报县住建局派人查看"
)

NOTHING_TICKED = Ticked()


@dataclass(frozen=True)
class Done(Generic[Row]):
    """How many rows were entered; the faults of looking and of entering; the conflicts that were left as they stand.

    ``partly``: of those that replaced what stood, the ones of which some fields were left as they stand.
    """

    entered: int
    replaced: int
    restored: int
    faults: list[Fault]
    left: list[Row]
    partly: int = 0


def enter_rows(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    found: Preview[Row],
    ticked: Ticked,
    *,
    action: str,
    put: Callable[[Row, bool], None],
    refused: Callable[[Row, GeoHousingError], Fault],
    stays_off: Callable[[Row], Fault],
) -> Done[Row]:
    """``put(row, comes_back)`` every row that ``found`` would enter and every ticked one, each for itself; journalled as ``action``.

    A row that is refused undoes itself alone and is told by ``refused``; ``stays_off`` tells a row taken off the list
    that nobody ticked.
    """
    chosen = [(row, fields) for row in found.conflicts if (fields := ticked.fields_of(row))]
    coming_back = [row for row in found.taken_off if row.seen in ticked.restore]
    faults = [*found.faults, *(stays_off(row) for row in found.taken_off if row.seen not in ticked.restore)]
    if coming_back:
        # Before any row: whoever gives tasks locks in this order.
        lock_event(session, event.id)
    entered = replaced = restored = partly = 0
    adding = [(row, row.fields, False, False) for row in found.enters]
    replacing = [(row, fields, True, False) for row, fields in chosen]
    returning = [(row, row.fields, False, True) for row in coming_back]
    for row, fields, replaces, comes_back in (*adding, *replacing, *returning):
        is_part = len(fields) < len(row.fields)
        try:
            with session.begin_nested():
                put(row.only(fields) if is_part else row, comes_back)
        except GeoHousingError as error:
            faults.append(refused(row, error))
            continue
        entered += 1
        restored += comes_back
        replaced += replaces
        partly += is_part
    left = [row for row in found.conflicts if not ticked.fields_of(row)]
    record(
        session,
        actor,
        action,
        Subject("event", str(event.id), actor.scope.prefix or event.scope_code),
        counts={
            "read": found.read,
            "entered": entered,
            "replaced": replaced,
            "partly": partly,
            "restored": restored,
            "unchanged": found.unchanged,
            "left": len(left),
            "rejected": len(faults),
        },
    )
    return Done(entered, replaced, restored, faults, left, partly)
