"""Writing the journal. Every room records through here, in the transaction of the change itself."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, text
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
    entry_id: int | None = None,
) -> int:
    """Add one entry and return its id; ``diff`` is {field: [before, after]} with personal data already masked.

    A set operation is one entry with counts; its rows carry the entry's id as batch id where they need one. Who must
    write the rows before the counts are known takes the id first (``reserve_entry``).
    """
    values = _values(actor, action, subject, {"counts": counts, "diff": diff, "note": note, "batch_id": batch_id})
    if entry_id is not None:
        values["id"] = entry_id
    return session.execute(insert(JournalEntry).values(values).returning(JournalEntry.id)).scalar_one()


def reserve_entry(session: Session) -> int:
    """The id of an entry that this transaction will record."""
    return int(session.execute(text("SELECT nextval(pg_get_serial_sequence('journal_entry', 'id'))")).scalar_one())


def record_unseen(
    session: Session,
    actor: Actor,
    action: str,
    subject: Subject,
    *,
    counts: dict[str, Any] | None = None,
    diff: dict[str, Any] | None = None,
    note: str | None = None,
) -> None:
    """Add an entry about an area that the transaction itself may not see: the security log of sign-ins.

    Everybody may write, but RETURNING (which SQLAlchemy adds by itself unless inline) needs the right to read the row.
    """
    values = _values(actor, action, subject, {"counts": counts, "diff": diff, "note": note, "batch_id": None})
    session.execute(insert(JournalEntry.__table__).inline().values(values))  # type: ignore[arg-type] # it is a Table


def _values(actor: Actor, action: str, subject: Subject | None, what: dict[str, Any]) -> dict[str, Any]:
    return {
        "actor": actor.name,
        "user_id": actor.user_id,
        "action": action,
        "subject_kind": subject.kind if subject else None,
        "subject_id": subject.id if subject else None,
        "scope_code": subject.scope_code if subject else actor.scope.lo,
        "source": actor.source,
        "address": actor.address,
        "request_id": actor.request_id,
        **what,
    }
