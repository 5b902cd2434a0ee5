"""How inspections stood at an earlier moment: before each change that overwrites something, what stood is kept.

A row says itself when it was opened, begun, ended and withdrawn. So only a change that takes one of these times back, or
changes what had been said, is a step: opening and the first saving of every house write none.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.inspections.models import EmergencyInspection, EmergencyInspectionStep

# What an earlier moment needs of a row.
KEPT = (
    "state", "opened_at", "withdrawn_at", "due_at", "overdue_earlier", "begun_at", "done_at", "visited_at",
    "result", "damage", "rooms_collapsed", "rooms_severe", "rooms_slight", "worsened_at",
)  # fmt: skip
_NAMES = ", ".join(KEPT)

# Adds a step for each of ``{rows}``, a name with the rows (all columns) as they stood until :at.
KEEP_ROWS = f"""
    INSERT INTO emergency_inspection_step (inspection_id, event_id, scope_code, at, {_NAMES})
        SELECT b.id, b.event_id, b.scope_code, :at, {", ".join(f"b.{name}" for name in KEPT)} FROM {{rows}} b
"""

# The rows of :event from :lo to :hi as they stood at :at, to be read in place of emergency_inspection: before its first step
# after that moment a row stood as this step kept it. Times that lie after :at had not come yet: that is still to be asked.
# Looked up row by row: joined as a set, steps that nobody has analyzed yet are taken for one row and compared with each row.
INSPECTIONS_THEN = f"""(
    SELECT i.id, i.event_id, i.house_id, i.scope_code, i.danger_reported_at, s.is_known IS NOT FALSE AS is_known,
        {", ".join(f"CASE WHEN s.id IS NULL THEN i.{name} ELSE s.{name} END AS {name}" for name in KEPT)}
    FROM emergency_inspection i
    LEFT JOIN LATERAL (
        SELECT id, is_known, {_NAMES} FROM emergency_inspection_step
        WHERE inspection_id = i.id AND at > :at ORDER BY id LIMIT 1
    ) s ON true
    WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi)"""
# The same of this very moment: no step is after it.
INSPECTIONS_NOW = "(SELECT *, true AS is_known FROM emergency_inspection)"


@dataclass(frozen=True)
class Stood:
    """A row before a change."""

    of: dict[str, Any]

    @property
    def was_untouched(self) -> bool:
        """Whether it was waiting and nothing had been said."""
        return self.of["begun_at"] is None and self.of["state"] != "withdrawn"


def stood(inspection: EmergencyInspection) -> Stood:
    """What a step would keep; to be taken before anything is changed."""
    return Stood({name: getattr(inspection, name) for name in KEPT})


def keep(session: Session, inspection: EmergencyInspection, before: Stood, at: datetime) -> None:
    """The row has changed at a moment: keep how it stood, unless nothing of it is overwritten."""
    if stood(inspection) != before:
        step = EmergencyInspectionStep(
            inspection_id=inspection.id,
            event_id=inspection.event_id,
            scope_code=inspection.scope_code,
            at=at,
            **before.of,
        )
        session.add(step)
