"""Households that another real event knows to be away: two events may list one family, and each has its own list.

The list of an event counts what was entered in it, so that its sums stay true. What another one knows is told beside, on the
row and above the list, and becomes the event's own by somebody's press (evacuation/take_over.py).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.clock import BEIJING
from geo_housing.evacuation.states import MOVED, NOT_MOVED, state_said
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.houses.heads import Heads
from geo_housing.scope import AreaScope
from geo_housing.words import EVACUATION_STATE

# Away from home; who has returned is not.
OUT = tuple(state for state in MOVED if state != "returned")
# What another real event knows of the row ``w`` that it does not say itself: that they are away, or that they have come home
# since. The same family; a house of which one of the two lists knows no family is the same house. The fences keep the look-up
# at the family's own rows: on a list that was opened a moment ago the planner knows nothing and would walk the whole list.
KNOWN_ELSEWHERE = """
    SELECT o.id, o.event_id, o.version, o.state, o.people, o.shelter_id, o.destination, o.moved_at, v.name AS event, v.phase
    FROM (
        (SELECT o.* FROM evacuation o WHERE o.household_id = w.household_id AND o.withdrawn_at IS NULL OFFSET 0)
        UNION ALL
        (SELECT o.* FROM evacuation o WHERE o.house_id = w.house_id AND o.withdrawn_at IS NULL
            AND (o.household_id IS NULL OR w.household_id IS NULL) OFFSET 0)
    ) o
    JOIN LATERAL (SELECT v.name, v.phase, v.mode FROM hazard_event v WHERE v.id = o.event_id OFFSET 0) v ON true
    WHERE o.event_id <> w.event_id AND v.mode = 'actual' AND v.phase <> 'draft'
      AND ((w.state = ANY (CAST(:not_moved AS text[])) AND o.state = ANY (CAST(:out AS text[])))
        OR (w.state = ANY (CAST(:out AS text[])) AND o.state = 'returned' AND o.entered_at > w.entered_at))
    ORDER BY v.phase = ANY (CAST(:ended AS text[])), o.moved_at DESC NULLS LAST, o.id DESC
    LIMIT 1
"""
BOUND = {"out": list(OUT), "not_moved": list(NOT_MOVED), "ended": list(ENDED_PHASES)}
# Looked up family by family, as on the rows, and only where another event has somebody away at all.
_COUNTED = text(f"""
    WITH waiting AS MATERIALIZED (
        SELECT w.* FROM evacuation w
        WHERE w.event_id = :event AND w.withdrawn_at IS NULL AND w.state = ANY (CAST(:not_moved AS text[]))
          AND w.scope_code >= :lo AND w.scope_code < :hi
          AND EXISTS (SELECT FROM hazard_event here
              WHERE here.id = :event AND here.mode = 'actual' AND here.phase <> 'mistaken')
          AND EXISTS (SELECT FROM hazard_event v JOIN evacuation_count c ON c.event_id = v.id
              WHERE v.id <> :event AND v.mode = 'actual' AND v.phase <> 'draft' AND v.phase <> ALL (CAST(:ended AS text[]))
                AND c.state = ANY (CAST(:out AS text[])))
    )
    SELECT known.event_id, known.event, count(*)::int AS households, coalesce(sum(w.people), 0)::int AS people,
        (count(*) - count(w.people))::int AS unsized
    FROM waiting w JOIN LATERAL ({KNOWN_ELSEWHERE}) known ON known.phase <> ALL (CAST(:ended AS text[]))
    GROUP BY 1, 2 ORDER BY 3 DESC, 1
""")


@dataclass(frozen=True)
class Elsewhere:
    """How a household stands in another event, of which it is the row ``row_id`` in ``version``."""

    event_id: int
    event: str
    phase: str
    row_id: int
    version: int
    state: str
    people: int | None
    shelter_id: int | None
    shelter: str | None
    destination: str | None
    moved_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether that event has ended: nobody keeps it true any more."""
        return self.phase in ENDED_PHASES

    @property
    def state_said(self) -> str:
        """How they stand there, as people read it."""
        if self.state == "returned":
            return EVACUATION_STATE.label("returned")
        return state_said(self.state, self.shelter_id, self.destination)

    @property
    def to(self) -> str:
        """Where they were brought there."""
        return self.shelter or self.destination or ""

    @property
    def said(self) -> str:
        """In one line, as papers and sheets write it."""
        at = "" if self.moved_at is None else f"{self.moved_at.astimezone(BEIJING):%m-%d %H:%M}"
        told = f"“{self.event}”中{self.state_said}"
        told += f"→{self.to}" if self.to else ""
        told += f"（{at}）" if at else ""
        return told + ("，该事件已结束，请核实" if self.is_over else "")


@dataclass(frozen=True)
class AwayElsewhere:
    """How many of those who are not moved here another event that goes on knows to be away."""

    event_id: int
    event: str
    heads: Heads


def away_elsewhere(session: Session, event_id: int, scope: AreaScope) -> list[AwayElsewhere]:
    """By event, the most households first; nothing of a drill."""
    bound = {**BOUND, "event": event_id, "lo": scope.lo, "hi": scope.hi}
    return [
        AwayElsewhere(row.event_id, row.event, Heads(row.households, row.people, row.unsized))
        for row in session.execute(_COUNTED, bound)
    ]
