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
_TOLD = f"{DAMAGE} AS damage, i.rooms_collapsed, i.rooms_severe, i.rooms_slight"
_SAME = "({a}.damage, {a}.rooms_collapsed, {a}.rooms_severe, {a}.rooms_slight) IS NOT DISTINCT FROM ({b}.damage, {b}.rooms_collapsed, {b}.rooms_severe, {b}.rooms_slight)"
# Figures of a moment hold what was said by then (inspections/steps.py). ``since`` has it as it stands now.
_LATE = text(f"""
    WITH step AS MATERIALIZED (
        SELECT i.id, i.inspection_id, i.at, i.begun_at, {_TOLD} FROM emergency_inspection_step i
        WHERE i.event_id = :event AND i.at > :at AND i.scope_code >= :lo AND i.scope_code < :hi
    ), stood AS (
        SELECT * FROM (SELECT DISTINCT ON (inspection_id) * FROM step ORDER BY inspection_id, id) s WHERE s.begun_at <= :at
    ), told AS (
        SELECT i.id, i.house_id, i.begun_at, {_TOLD} FROM emergency_inspection i
        WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi AND i.state IN ('in_progress', 'done')
          AND coalesce(i.visited_at, i.reported_at) <= :at
          AND (i.begun_at > :at OR i.id IN (SELECT inspection_id FROM stood))
    )
    SELECT h.code, coalesce(t.damage, 'none') AS damage,
        CASE WHEN s.damage IS DISTINCT FROM t.damage AND s.id IS NOT NULL THEN coalesce(s.damage, 'none') END AS before,
        greatest(t.begun_at, (
            SELECT max(o.at) FROM step o WHERE o.inspection_id = t.id AND NOT ({_SAME.format(a="o", b="t")}))) AS since
    FROM told t JOIN house h ON h.id = t.house_id LEFT JOIN stood s ON s.inspection_id = t.id
    WHERE (t.damage = ANY (CAST(:damages AS text[])) OR s.damage = ANY (CAST(:damages AS text[])))
      AND (s.id IS NULL OR NOT ({_SAME.format(a="s", b="t")}))
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
