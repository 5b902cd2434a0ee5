"""再次查看: houses that were looked at before their ground was warned once more, or before somebody reported them.

What was found dangerous keeps its force: nobody goes home upon a hope. But the rain that came after may have done more, so the
house is looked at once more and told again; the visit of its own (another time) takes it off the list. Whoever named a house in
表外新增 saw something that those who found it harmless before cannot have seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select, text
from sqlalchemy.orm import Session

from geo_housing.inspections.models import EmergencyInspection
from geo_housing.inspections.stages import DANGEROUS
from geo_housing.scope import AreaScope

# Of an inspection ``{i}``: since somebody was at the house its ground was warned anew.
WARNED_SINCE = """({i}.visited_at IS NOT NULL AND EXISTS (
        SELECT FROM event_ground g WHERE g.event_id = {i}.event_id AND g.scope_code = left({i}.scope_code, 9)
          AND g.phase = 'warning' AND g.at > {i}.visited_at))"""
# Found dangerous is what the report was about; its words are entered before or after the result.
REPORTED_SINCE = f"""(coalesce({{i}}.danger_reported_at > {{i}}.visited_at, false)
        AND {{i}}.result NOT IN ({", ".join(f"'{result}'" for result in DANGEROUS)}))"""
# Where nothing stands any more there is nothing to look at; where nothing happened (误发), only what was reported.
MUST_LOOK_AGAIN = f"""({{i}}.state IN ('in_progress', 'done') AND {{i}}.result IS NOT NULL AND {{i}}.result <> 'demolished'
    AND ({REPORTED_SINCE} OR {WARNED_SINCE} AND EXISTS (
        SELECT FROM hazard_event v WHERE v.id = {{i}}.event_id AND v.phase <> 'mistaken')))"""


def must_look_again() -> ColumnElement[Any]:
    """The same as a condition on EmergencyInspection."""
    return literal_column(MUST_LOOK_AGAIN.format(i=EmergencyInspection.__tablename__))


_BY_AREA = text(f"""
    SELECT i.scope_code AS code, count(*) AS houses FROM emergency_inspection i
    WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi
      -- Most events are never warned again, and nothing is reported of what was seen: then no inspection is read.
      AND (EXISTS (SELECT FROM event_ground WHERE event_id = :event AND phase = 'warning')
        OR EXISTS (SELECT FROM emergency_inspection WHERE event_id = :event AND danger_reported_at IS NOT NULL))
      AND {MUST_LOOK_AGAIN.format(i="i")}
    GROUP BY 1
""")


def houses_to_see_again(session: Session, event_id: int, scope: AreaScope) -> dict[str, int]:
    """栋 that must be looked at again, by village (or township, county for houses in no village)."""
    rows = session.execute(_BY_AREA, {"event": event_id, "lo": scope.lo, "hi": scope.hi})
    return {row.code: row.houses for row in rows}


_WOULD = text(f"""
    SELECT i.id FROM (
        SELECT one.*, k.event_id, k.danger_reported_at FROM unnest(
            CAST(:ids AS bigint[]), CAST(:codes AS text[]), CAST(:states AS text[]), CAST(:results AS text[]),
            CAST(:visits AS timestamptz[])
        ) AS one (id, scope_code, state, result, visited_at)
        JOIN emergency_inspection k ON k.id = one.id AND k.event_id = :event
    ) i
    WHERE {MUST_LOOK_AGAIN.format(i="i")}
""")


@dataclass(frozen=True)
class Supposed:
    """An inspection as it would stand."""

    id: int
    scope_code: str
    state: str
    result: str | None
    visited_at: datetime | None


def would_be_seen_again(session: Session, event_id: int, supposed: Sequence[Supposed]) -> set[int]:
    """Of inspections of an event that would stand so: numbers of those that would have to be looked at again."""
    values = {
        "ids": [one.id for one in supposed],
        "codes": [one.scope_code for one in supposed],
        "states": [one.state for one in supposed],
        "results": [one.result for one in supposed],
        "visits": [one.visited_at for one in supposed],
    }
    return set(session.scalars(_WOULD, {"event": event_id, **values}))


def is_to_be_seen_again(session: Session, inspection_id: int) -> bool:
    """Whether one inspection is on the list of those to be looked at again."""
    return bool(session.scalar(select(must_look_again()).where(EmergencyInspection.id == inspection_id)))
