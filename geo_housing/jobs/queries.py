"""Reading jobs: one's own, within the area one acts in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import NotFound
from geo_housing.jobs.models import Job


@dataclass(frozen=True)
class JobState:
    """How a job stands: waiting, running, done (with result), failed or refused (with error).

    ``is_over``: nothing more will happen.
    """

    job: int
    task: str
    state: str
    step: str | None
    done: int
    total: int | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    is_over: bool


def job_state(session: Session, actor: Actor, job_id: int) -> JobState:
    """The state of one of ``actor``'s own jobs; NotFound for anybody else's."""
    job = session.scalars(
        select(Job)
        .where(
            Job.id == job_id,
            Job.actor == actor.name,
            Job.scope_code >= actor.scope.lo,
            Job.scope_code < actor.scope.hi,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if job is None:
        raise NotFound("没有这个任务，或它不是您交办的。")
    return JobState(
        job.id,
        job.task,
        job.state,
        job.step,
        job.done,
        job.total,
        job.result,
        job.error,
        job.created_at,
        job.started_at,
        job.finished_at,
        job.finished_at is not None,
    )


def open_task(session: Session, job_id: int) -> str | None:
    """What a job that is not over yet does, whoever left it; None where it is over or belongs to an area above."""
    return session.scalar(select(Job.task).where(Job.id == job_id, Job.finished_at.is_(None)))
