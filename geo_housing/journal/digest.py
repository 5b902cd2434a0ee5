"""The chain of the journal: each past day's entries hashed together with the day before (D8).

Whoever changes, removes or adds an entry of a chained day breaks the chain from that day on, and doctor says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo_housing.clock import BEIJING, now
from geo_housing.journal.models import JournalDigest, JournalEntry

# An entry carries the moment it was written, not that of its commit: a long load may still bring some of yesterday.
SETTLED_AFTER = timedelta(hours=6)
_CHAIN_LOCK = 7_201_152_226

# Named columns in a fixed form: neither a new column nor the session's time zone may change what was hashed.
_DAY = text("""
WITH entries AS (
    SELECT id, sha256(convert_to(jsonb_build_array(
        id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), actor, user_id, action, subject_kind, subject_id,
        scope_code, batch_id, source, host(address), request_id, counts, diff, note)::text, 'UTF8')) AS hash
    FROM journal_entry WHERE at >= :begins AND at < :ends
)
SELECT count(*), coalesce(max(id), 0),
    sha256(CAST(:before AS bytea) || convert_to(:day || ' ' || count(*), 'UTF8')
           || coalesce(string_agg(hash, ''::bytea ORDER BY id), ''::bytea))
FROM entries
""")


@dataclass(frozen=True)
class ChainState:
    """How far the chain reaches, and the first day that does not agree with it."""

    days: int
    last_day: date | None
    head: bytes | None
    broken_on: date | None
    waiting_days: int


def extend_chain(session: Session) -> int:
    """Chain every settled day that is not yet chained; how many. The session must see the whole journal."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    last = session.scalars(select(JournalDigest).order_by(JournalDigest.day.desc()).limit(1)).one_or_none()
    before = last.digest if last else b""
    added = 0
    for day in _open_days(session, last.day if last else None):
        digest = _digest(session, day, before)
        session.add(digest)
        before = digest.digest
        added += 1
    session.flush()
    return added


def verify_chain(session: Session) -> ChainState:
    """Compute the chain again from its beginning. The session must see the whole journal."""
    before, days = b"", 0
    stored: JournalDigest | None = None
    for stored in session.scalars(select(JournalDigest).order_by(JournalDigest.day)):
        found = _digest(session, stored.day, before)
        if (found.digest, found.entries) != (stored.digest, stored.entries):
            return ChainState(days, stored.day, None, stored.day, 0)
        before, days = stored.digest, days + 1
    last_day = stored.day if stored else None
    waiting = sum(1 for _ in _open_days(session, last_day))
    return ChainState(days, last_day, before or None, None, waiting)


def _open_days(session: Session, last: date | None) -> Iterator[date]:
    if last is None:
        first = session.scalar(select(func.min(JournalEntry.at)))
        if first is None:
            return
        day = first.astimezone(BEIJING).date()
    else:
        day = last + timedelta(days=1)
    while _begin(day + timedelta(days=1)) + SETTLED_AFTER <= now():
        yield day
        day += timedelta(days=1)


def _digest(session: Session, day: date, before: bytes) -> JournalDigest:
    bounds = {"begins": _begin(day), "ends": _begin(day + timedelta(days=1))}
    row = session.execute(_DAY, {**bounds, "before": before, "day": day.isoformat()}).one()
    return JournalDigest(day=day, entries=row[0], last_id=row[1], digest=bytes(row[2]))


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)
