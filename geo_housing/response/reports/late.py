"""Damaged houses that a report could not know: seen before its 截至, entered or corrected after it.

A 更正 that keeps the 截至 leaves them out.
"""

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
_TOLD = f"ARRAY[{DAMAGE}, i.rooms_collapsed::text, i.rooms_severe::text, i.rooms_slight::text]"
# Figures of a moment hold what was said by then (inspections/steps.py). ``since`` then it is told as it stands now. Steps are
# looked up house by house, as there.
_LATE = text(f"""
    SELECT h.code, coalesce(t.told[1], 'none') AS damage,
        CASE WHEN t.was_begun AND t.before[1] IS DISTINCT FROM t.told[1] THEN coalesce(t.before[1], 'none') END AS before,
        greatest(t.begun_at, (
            SELECT max(i.at) FROM emergency_inspection_step i
            WHERE i.inspection_id = t.id AND i.at > :at AND {_TOLD} IS DISTINCT FROM t.told)) AS since
    FROM (
        SELECT n.*, s.told AS before, s.was_begun IS TRUE AS was_begun
        FROM (
            SELECT i.id, i.house_id, i.begun_at, {_TOLD} AS told FROM emergency_inspection i
            WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi AND i.state IN ('in_progress', 'done')
              AND coalesce(i.visited_at, i.reported_at) <= :at
        ) n
        LEFT JOIN LATERAL (
            SELECT {_TOLD} AS told, i.begun_at <= :at AS was_begun FROM emergency_inspection_step i
            WHERE i.inspection_id = n.id AND i.at > :at ORDER BY i.id LIMIT 1
        ) s ON true
        WHERE n.begun_at > :at OR s.was_begun
    ) t
    JOIN house h ON h.id = t.house_id
    WHERE (t.told[1] = ANY (CAST(:damages AS text[])) OR (t.was_begun AND t.before[1] = ANY (CAST(:damages AS text[]))))
      AND (NOT t.was_begun OR t.before IS DISTINCT FROM t.told)
    ORDER BY since, h.code
""")


@dataclass(frozen=True)
class LateHouse:
    """One of them; ``before`` the damage that the report counted, None where it counted none or the same."""

    code: str
    damage: str
    before: str | None


@dataclass(frozen=True)
class Late:
    """``houses``: the first few of ``count``; with a 截至 of ``until`` all of them are counted as they stand now."""

    count: int
    houses: tuple[LateHouse, ...]
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
    named = tuple(LateHouse(one.code, one.damage, one.before) for one in found[:MOST_NAMED])
    return Late(len(found), named, found[-1].since)
