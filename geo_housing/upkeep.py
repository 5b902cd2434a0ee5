"""What the worker does by the clock, without anybody asking; everything may run twice or late."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from geo_housing.accounts.models import FirstLink, SignInSession
from geo_housing.clock import now
from geo_housing.db import NOBODY, Database
from geo_housing.files.service import SWEEP_AFTER_SECONDS, delete_expired, sweep
from geo_housing.files.storage import FileStore
from geo_housing.jobs.models import Job
from geo_housing.jobs.service import take_up_abandoned
from geo_housing.journal.digest import extend_chain
from geo_housing.scope import EVERYWHERE
from geo_housing.settings import Settings

# How long people can still look up what became of their work, and the queue's own rows about it.
JOBS_KEPT = timedelta(days=90)
LINKS_KEPT = timedelta(days=7)


def fold_grid(database: Database, _settings: Settings) -> int:
    """Fold what has changed into the grid of counts, the sums of events, and the lists behind tiles' versions and cards (D15).

    How many deltas of the grid.
    """
    with database.transaction(NOBODY) as session:
        session.scalar(text("SELECT layer_change_fold(), event_counts_fold(), family_change_fold()"))
        return int(session.scalar(text("SELECT house_grid_fold()")) or 0)


def delete_expired_files(database: Database, settings: Settings) -> int:
    """Forget files whose time is over, then remove bytes that no row names; how many files on disk went."""
    store = FileStore(settings.files)
    with database.transaction(NOBODY) as session:
        forgotten = delete_expired(session, scope=EVERYWHERE, at=now())
    with database.transaction(NOBODY) as session:
        sweep(session, store, older_than=time.time() - SWEEP_AFTER_SECONDS)
    return forgotten


def end_sessions(database: Database, _settings: Settings) -> int:
    """Remove sessions that have run out, links that cannot be used, jobs long done; how many rows."""
    with database.transaction(NOBODY) as session:
        return (
            _delete(session, delete(SignInSession).where(SignInSession.expires_at < now()))
            + _delete(session, delete(FirstLink).where(FirstLink.expires_at < now() - LINKS_KEPT))
            + _delete(session, delete(Job).where(Job.finished_at < now() - JOBS_KEPT))
            + _delete(
                session,
                text(
                    "DELETE FROM procrastinate_jobs j WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted')"
                    " AND NOT EXISTS (SELECT FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > :since)"
                ).bindparams(since=now() - LINKS_KEPT),
            )
        )


def chain_journal(database: Database, _settings: Settings) -> int:
    """Chain the days of the journal that are over; how many."""
    with database.transaction(NOBODY) as session:
        return extend_chain(session)


def take_up_jobs(database: Database, _settings: Settings) -> int:
    """Put back into the queue what a killed worker left; how many."""
    with database.transaction(NOBODY) as session:
        return take_up_abandoned(session)


def _delete(session: Session, statement: object) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[call-overload] # a DELETE has a row count


@dataclass(frozen=True)
class Upkeep:
    """One piece of upkeep and when it comes (as in crontab)."""

    run: Callable[[Database, Settings], int]
    when: str


# Hourly what could be daily: whatever a night without power missed is made up for within the hour.
UPKEEP: dict[str, Upkeep] = {
    "grid.fold": Upkeep(fold_grid, "* * * * *"),
    "jobs.take_up": Upkeep(take_up_jobs, "* * * * *"),
    "files.delete_expired": Upkeep(delete_expired_files, "17 * * * *"),
    "accounts.end_sessions": Upkeep(end_sessions, "27 * * * *"),
    "journal.chain": Upkeep(chain_journal, "37 * * * *"),
}
