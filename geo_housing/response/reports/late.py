"""Damaged houses that a report could not know: seen before its 截至, entered after it. A 更正 that keeps the 截至 leaves them out."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.clock import BEIJING
from geo_housing.response.reports.figures import LOSSES
from geo_housing.response.reports.homes import DAMAGE
from geo_housing.response.reports.models import EventReport
from geo_housing.scope import AreaScope

# As many are named; the others are counted.
MOST_NAMED = 5
# Figures of a moment hold what was begun by then (gather.py).
_LATE = text(f"""
    SELECT h.code, {DAMAGE} AS damage, i.begun_at FROM emergency_inspection i JOIN house h ON h.id = i.house_id
    WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi AND i.state IN ('in_progress', 'done')
      AND i.begun_at > :at AND {DAMAGE} = ANY (CAST(:damages AS text[])) AND coalesce(i.visited_at, i.reported_at) <= :at
    ORDER BY i.begun_at, h.code
""")


@dataclass(frozen=True)
class Late:
    """``houses``: code and damage of the first few of ``count``; with a 截至 of ``until`` all of them are counted."""

    count: int
    houses: tuple[tuple[str, str], ...]
    until: datetime

    @property
    def typed(self) -> str:
        """``until`` as the form's field takes it; a minute that is typed counts to its end."""
        return self.until.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")


def entered_late(session: Session, row: EventReport) -> Late | None:
    """None where the report has missed nothing of the kind."""
    scope = AreaScope(row.scope_code)
    values = {"event": row.event_id, "lo": scope.lo, "hi": scope.hi, "at": row.as_of, "damages": list(LOSSES)}
    found = session.execute(_LATE, values).all()
    if not found:
        return None
    return Late(len(found), tuple((one.code, one.damage) for one in found[:MOST_NAMED]), found[-1].begun_at)
