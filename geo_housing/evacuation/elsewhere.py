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
# The same family; a house of which one of the two lists knows no family is the same house. ``w`` is the row asked about.
SAME = (
    "(o.household_id = w.household_id"
    " OR (o.house_id = w.house_id AND (o.household_id IS NULL OR w.household_id IS NULL)))"
)
# What another real event knows that this row does not: that they are away, or that they have come home since.
KNOWN_ELSEWHERE = f"""
    SELECT o.id, o.event_id, o.version, o.state, o.people, o.shelter_id, o.destination, o.moved_at, v.name AS event, v.phase
    FROM evacuation o JOIN hazard_event v ON v.id = o.event_id
    WHERE o.withdrawn_at IS NULL AND o.event_id <> w.event_id AND {SAME} AND v.mode = 'actual' AND v.phase <> 'draft'
      AND ((w.state = ANY (CAST(:not_moved AS text[])) AND o.state = ANY (CAST(:out AS text[])))
        OR (w.state = ANY (CAST(:out AS text[])) AND o.state = 'returned' AND o.entered_at > w.entered_at))
    ORDER BY v.phase = ANY (CAST(:ended AS text[])), o.moved_at DESC NULLS LAST, o.id DESC
    LIMIT 1
"""
BOUND = {"out": list(OUT), "not_moved": list(NOT_MOVED), "ended": list(ENDED_PHASES)}
# In sets: on a night of two large events everybody's page asks for it again and again.
_COUNTED = text("""
    WITH away AS MATERIALIZED (
        SELECT o.id, o.household_id, o.house_id, o.moved_at, v.id AS event_id, v.name AS event
        FROM hazard_event v JOIN evacuation o ON o.event_id = v.id
        WHERE v.id <> :event AND v.mode = 'actual' AND v.phase <> ALL (CAST(:over AS text[]))
          AND o.withdrawn_at IS NULL AND o.state = ANY (CAST(:out AS text[]))
          AND EXISTS (SELECT FROM hazard_event here WHERE here.id = :event AND here.mode = 'actual')
    ), waiting AS MATERIALIZED (
        SELECT w.id, w.household_id, w.house_id, w.people FROM evacuation w
        WHERE w.event_id = :event AND w.withdrawn_at IS NULL AND w.state = ANY (CAST(:not_moved AS text[]))
          AND w.scope_code >= :lo AND w.scope_code < :hi AND EXISTS (SELECT FROM away)
    ), met AS (
        SELECT w.id AS own, w.people, o.* FROM waiting w JOIN away o ON o.household_id = w.household_id
        UNION ALL
        SELECT w.id, w.people, o.* FROM waiting w
        JOIN away o ON o.house_id = w.house_id AND (o.household_id IS NULL OR w.household_id IS NULL)
    )
    SELECT event_id, event, count(*)::int AS households, coalesce(sum(people), 0)::int AS people,
        (count(*) - count(people))::int AS unsized
    FROM (SELECT DISTINCT ON (own) * FROM met ORDER BY own, moved_at DESC NULLS LAST, id DESC) one
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
    bound = {
        "out": BOUND["out"],
        "not_moved": BOUND["not_moved"],
        "event": event_id,
        "lo": scope.lo,
        "hi": scope.hi,
        "over": ["draft", *ENDED_PHASES],
    }
    return [
        AwayElsewhere(row.event_id, row.event, Heads(row.households, row.people, row.unsized))
        for row in session.execute(_COUNTED, bound)
    ]
