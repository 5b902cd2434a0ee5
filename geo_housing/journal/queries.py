"""Reading the journal: newest first, in keyset pages, within one's area."""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from geo_housing.errors import BadInput
from geo_housing.journal.models import JournalEntry
from geo_housing.scope import AreaScope

FETCHED_AT_ONCE = 2000


@dataclass(frozen=True)
class Wanted:
    """Which entries are wanted: [``since``, ``until``), actors by their names, one action or a room (``accounts.``).

    ``subject`` is the code or number of what it is about, ``scope`` the area that it concerns.
    """

    scope: AreaScope
    since: datetime | None = None
    until: datetime | None = None
    actors: tuple[str, ...] = ()
    user_ids: tuple[int, ...] = ()
    action: str | None = None
    subject_kind: str | None = None
    subject: str | None = None


@dataclass(frozen=True)
class Entry:
    """One act as it was recorded."""

    id: int
    at: datetime
    actor: str
    user_id: int | None
    action: str
    subject_kind: str | None
    subject_id: str | None
    scope_code: str
    batch_id: int | None
    source: str
    address: str | None
    request_id: str | None
    counts: dict[str, Any] | None
    diff: dict[str, Any] | None
    note: str | None


@dataclass(frozen=True)
class JournalPosition:
    """A place in the journal's order, as the client keeps it between two pages."""

    at: datetime
    id: int

    @classmethod
    def read(cls, text: str | None) -> "JournalPosition | None":
        """The place that ``text`` means; BadInput when it was not made here."""
        if not text:
            return None
        try:
            at, number = json.loads(base64.urlsafe_b64decode(text.encode()))
            return cls(datetime.fromisoformat(at), int(number))
        except (binascii.Error, ValueError, TypeError):
            raise BadInput("cursor 不对：请原样使用上一页返回的 next。") from None

    def text(self) -> str:
        """The place as the client gets it."""
        return base64.urlsafe_b64encode(json.dumps([self.at.isoformat(), self.id]).encode()).decode()


def entries(
    session: Session, wanted: Wanted, *, after: JournalPosition | None = None, limit: int = 50
) -> tuple[list[Entry], JournalPosition | None]:
    """One page, newest first, and where the next one begins (None at the end)."""
    statement = _chosen(wanted)
    if after is not None:
        statement = statement.where(tuple_(JournalEntry.at, JournalEntry.id) < tuple_(after.at, after.id))
    found = [_entry(row) for row in session.scalars(statement.limit(limit + 1))]
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], JournalPosition(last.at, last.id)


def count_entries(session: Session, wanted: Wanted, *, most: int) -> int:
    """How many entries are wanted, counted no further than ``most`` + 1."""
    some = _chosen(wanted).with_only_columns(JournalEntry.id).order_by(None).limit(most + 1).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def all_entries(session: Session, wanted: Wanted) -> Iterator[Entry]:
    """Every wanted entry, read in parts."""
    for row in session.scalars(_chosen(wanted), execution_options={"yield_per": FETCHED_AT_ONCE}):
        yield _entry(row)


def _chosen(wanted: Wanted) -> Select[JournalEntry]:
    statement = select(JournalEntry).where(
        JournalEntry.scope_code >= wanted.scope.lo, JournalEntry.scope_code < wanted.scope.hi
    )
    if wanted.since is not None:
        statement = statement.where(JournalEntry.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(JournalEntry.at < wanted.until)
    if wanted.actors or wanted.user_ids:
        statement = statement.where(
            or_(JournalEntry.actor.in_(wanted.actors), JournalEntry.user_id.in_(wanted.user_ids))
        )
    if wanted.action and wanted.action.endswith("."):
        # "/" follows "." in the order of bytes: a room's actions as a range.
        statement = statement.where(
            JournalEntry.action >= wanted.action, JournalEntry.action < wanted.action[:-1] + "/"
        )
    elif wanted.action:
        statement = statement.where(JournalEntry.action == wanted.action)
    if wanted.subject_kind:
        statement = statement.where(JournalEntry.subject_kind == wanted.subject_kind)
    if wanted.subject:
        statement = statement.where(JournalEntry.subject_id == wanted.subject)
    return statement.order_by(JournalEntry.at.desc(), JournalEntry.id.desc())


def _entry(row: JournalEntry) -> Entry:
    values = {field.name: getattr(row, field.name) for field in fields(Entry)}
    return Entry(**{**values, "address": None if row.address is None else str(row.address)})
