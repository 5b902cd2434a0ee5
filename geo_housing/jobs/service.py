"""Deferring work, and what its runner notes about it; see the room's own text for how to use it."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import GeoHousingError
from geo_housing.jobs.models import IS_OPEN, Job

# Of more rows than these the sender is not kept waiting: the work goes on as a job (contract).
AT_ONCE_ROWS = 5_000
QUEUE = "geo_housing"
# The queue's one task: its argument is the number of the row in table job.
RUN = "geo_housing.run"
# The advisory lock that a running job holds until its transaction ends, however that happens, is this plus its number.
LOCK_BASE = 7_201_152 << 32
MOST_FAULTS = 1000
GRACE_S = 5

_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY["
    "ROW(:queue, :task, 0, :lock, NULL, CAST(:args AS jsonb), NULL)::procrastinate_job_to_defer_v1])"
)
_TAKE_UP = text("""
WITH started AS MATERIALIZED (
    SELECT j.id, (j.args ->> 'job_id')::bigint AS job_id FROM procrastinate_jobs j
    WHERE j.status = 'doing' AND j.task_name = :run
      AND NOT EXISTS (SELECT FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'started'
                      AND e.at > clock_timestamp() - make_interval(secs => :seconds))
), abandoned AS MATERIALIZED (
    SELECT id FROM started WHERE pg_try_advisory_xact_lock(:base + job_id)
), retried AS MATERIALIZED (
    SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM abandoned
)
SELECT count(*) FROM retried
""")
# Upkeep comes again by the clock.
_FAIL_UPKEEP = text(
    "UPDATE procrastinate_jobs SET status = 'failed' WHERE status = 'doing' AND task_name <> :run AND worker_id IS NULL"
)


def defer(session: Session, actor: Actor, task: str, args: Mapping[str, Any], *, key: str | None = None) -> int:
    """Have ``task`` done for ``actor`` after this transaction has been committed; the job's number.

    ``key`` names the work: while the same person's job of this key is open, its number is returned and nothing is
    added; jobs of one task and key never run side by side, whoever deferred them.
    """
    stated = key if key is not None else uuid.uuid4().hex
    added = session.scalar(
        insert(Job)
        .values(
            scope_code=actor.scope.lo,
            actor=actor.name,
            user_id=actor.user_id,
            grant_id=actor.grant_id,
            address=actor.address,
            request_id=actor.request_id,
            task=task,
            args=dict(args),
            key=stated,
        )
        .on_conflict_do_nothing(index_elements=["actor", "task", "key"], index_where=text(IS_OPEN))
        .returning(Job.id)
    )
    if added is None:
        return session.scalars(
            select(Job.id).where(Job.actor == actor.name, Job.task == task, Job.key == stated, text(IS_OPEN))
        ).one()
    session.execute(
        _DEFER, {"queue": QUEUE, "task": RUN, "lock": f"{task}:{stated}", "args": json.dumps({"job_id": added})}
    )
    return int(added)


def job_address(job_id: int) -> str:
    """Where the job's state is asked for."""
    return f"/api/v1/jobs/{job_id}"


def is_being_done(session: Session, job_id: int) -> bool:
    """Whether somebody else's transaction is at this job; if not, it is this transaction's until it ends."""
    return not session.scalar(select(func.pg_try_advisory_xact_lock(LOCK_BASE + job_id)))


def take_up_abandoned(session: Session) -> int:
    """Put what a killed worker left unfinished back into the queue; how many jobs.

    Told by the lock, not by a heartbeat: a slow worker still holds it, a dead one does not, and the next one need not
    wait until the silence has lasted long enough. The few seconds are for a worker between fetching and locking.
    """
    retried = session.scalar(_TAKE_UP, {"run": RUN, "base": LOCK_BASE, "seconds": GRACE_S})
    session.execute(_FAIL_UPKEEP, {"run": RUN})
    return int(retried or 0)


def note_start(session: Session, job: Job) -> None:
    """The job is begun (once more)."""
    _set(session, job.id, state="running", attempts=Job.attempts + 1, started_at=func.clock_timestamp(), done=0)


def note_progress(session: Session, job_id: int, *, done: int, total: int | None, step: str | None) -> None:
    """How far the job is."""
    _set(session, job_id, done=done, total=total, step=step)


def note_done(session: Session, job_id: int, result: Mapping[str, Any]) -> None:
    """The work is done; in the transaction of the work itself."""
    _set(session, job_id, state="done", result=dict(result), finished_at=func.clock_timestamp())


def note_failed(session: Session, job_id: int, error: GeoHousingError, *, refused: bool = False) -> None:
    """The work was not done, nothing of it is stored; the person reads the sentence."""
    told = {
        "title": error.title,
        "detail": error.sentence,
        "errors": [
            {"line": fault.line, "column": fault.column, "value": fault.value, "sentence": fault.sentence}
            for fault in error.faults[:MOST_FAULTS]
        ],
    }
    state = "refused" if refused else "failed"
    _set(session, job_id, state=state, error=told, finished_at=func.clock_timestamp())


def _set(session: Session, job_id: int, **values: Any) -> None:
    session.execute(update(Job).where(Job.id == job_id).values(**values))
