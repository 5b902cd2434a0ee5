"""Writing the journal. Every room records through here, in the transaction of the change itself."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.journal.models import JournalEntry


@dataclass(frozen=True)
class Subject:
    """What an entry is about: kind (house, event, area, user, batch …), its id or code, whose area it lies in."""

    kind: str
    id: str
    scope_code: str


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: Subject | None = None,
    *,
    counts: dict[str, Any] | None = None,
    diff: dict[str, Any] | None = None,
    note: str | None = None,
    batch_id: int | None = None,
) -> int:
    """Add one entry and return its id; ``diff`` is {field: [before, after]} with personal data already masked.

    A set operation is one entry with counts; its rows carry the returned id as batch id where they need one.
    """
    return session.execute(
        insert(JournalEntry)
        .values(
            actor=actor.name,
            user_id=actor.user_id,
            action=action,
            subject_kind=subject.kind if subject else None,
            subject_id=subject.id if subject else None,
            scope_code=subject.scope_code if subject else actor.scope.lo,
            source=actor.source,
            address=actor.address,
            request_id=actor.request_id,
            counts=counts,
            diff=diff,
            note=note,
            batch_id=batch_id,
        )
        .returning(JournalEntry.id)
    ).scalar_one()
