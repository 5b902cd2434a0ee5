"""What was looked at is entered row by row, whichever list it is: ticked conflicts, ticked returns, every refusal told."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import Fault, GeoHousingError
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.service import lock_event
from geo_housing.journal.service import Subject, record
from geo_housing.response.returned.compare import CONFLICT
from geo_housing.response.returned.outcome import Compared, Preview


class Seen(Compared, Protocol):
    """A row that a person has seen beside what stands."""

    @property
    def seen(self) -> str:
        """What somebody ticks who has seen it so: once it has changed again, the tick means nothing."""

    @property
    def verdict(self) -> Any:
        """What becomes of the row (``kind``)."""


Row = TypeVar("Row", bound=Seen)


@dataclass(frozen=True)
class Ticked:
    """``seen`` of conflicts that replace what stands, and of rows that come back onto the list."""

    replace: Collection[str] = ()
    restore: Collection[str] = ()


NOTHING_TICKED = Ticked()


@dataclass(frozen=True)
class Done(Generic[Row]):
    """How many rows were entered; the faults of looking and of entering; the conflicts that were left as they stand."""

    entered: int
    replaced: int
    restored: int
    faults: list[Fault]
    left: list[Row]


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
    chosen = [row for row in found.conflicts if row.seen in ticked.replace]
    coming_back = [row for row in found.taken_off if row.seen in ticked.restore]
    faults = [*found.faults, *(stays_off(row) for row in found.taken_off if row.seen not in ticked.restore)]
    if coming_back:
        # Before any row: whoever gives tasks locks in this order.
        lock_event(session, event.id)
    entered = replaced = restored = 0
    staying = ((row, False) for row in (*found.enters, *chosen))
    for row, comes_back in (*staying, *((row, True) for row in coming_back)):
        try:
            with session.begin_nested():
                put(row, comes_back)
        except GeoHousingError as error:
            faults.append(refused(row, error))
            continue
        entered += 1
        restored += comes_back
        replaced += row.verdict.kind == CONFLICT and not comes_back
    left = [row for row in found.conflicts if row.seen not in ticked.replace]
    record(
        session,
        actor,
        action,
        Subject("event", str(event.id), actor.scope.prefix or event.scope_code),
        counts={
            "read": found.read,
            "entered": entered,
            "replaced": replaced,
            "restored": restored,
            "unchanged": found.unchanged,
            "left": len(left),
            "rejected": len(faults),
        },
    )
    return Done(entered, replaced, restored, faults, left)
