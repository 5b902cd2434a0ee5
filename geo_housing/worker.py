"""The worker: takes jobs from the queue and does them as the person who left them; also the upkeep by the clock.

``up`` starts it as a child process, ``geo-housing worker`` alone; a server runs as many as it wants.
"""

import asyncio
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from geo_housing.accounts.acting import Absent, actor_again
from geo_housing.db import APP_ROLE, NOBODY, Actor, Database, libpq_url
from geo_housing.disk import refusal_of_disk
from geo_housing.errors import GeoHousingError, NotAllowed
from geo_housing.jobs.models import Job
from geo_housing.jobs.running import RunningJob, Task
from geo_housing.jobs.service import QUEUE, RUN, is_being_done, note_done, note_failed, note_start
from geo_housing.reactions import connect_reactions
from geo_housing.settings import Settings
from geo_housing.tasks import TASKS
from geo_housing.upkeep import UPKEEP, take_up_jobs

log = structlog.get_logger("geo_housing.worker")

# A job whose worker died each time is itself the likely cause.
MOST_ATTEMPTS = 3
RETRY_S = 10
# How long a stop waits for running jobs; what is not done by then is rolled back and done after the next start.
PATIENCE_S = 20.0
AT_ONCE = 2


class BeingDone(Exception):
    """Another worker is at this job; ask again later whether it finished."""


def run_worker(database: Database, settings: Settings, *, once: bool = False) -> None:
    """Work until SIGINT or SIGTERM; ``once``: until the queue is empty."""
    connect_reactions()
    database.check_identity()
    take_up_jobs(database, settings)
    app = queue_app(database, settings)
    asyncio.run(_work(app, once=once))


def queue_app(database: Database, settings: Settings, tasks: Mapping[str, Task] = TASKS) -> procrastinate.App:
    """The queue with its one task for people's jobs and one for each piece of upkeep."""
    connector = procrastinate.PsycopgConnector(
        conninfo=libpq_url(database.url), min_size=1, max_size=AT_ONCE + 3, configure=_become_app
    )
    app = procrastinate.App(connector=connector)
    again = procrastinate.RetryStrategy(
        max_attempts=1_000, wait=RETRY_S, retry_exceptions=[BeingDone, OperationalError]
    )

    @app.task(name=RUN, queue=QUEUE, retry=again)
    def run(job_id: int) -> None:
        run_job(database, settings, job_id, tasks)

    for name, upkeep in UPKEEP.items():
        task = app.task(name=name, queue=QUEUE, queueing_lock=name)
        app.periodic(cron=upkeep.when)(task(_upkeep(name, upkeep.run, database, settings)))
    return app


def run_job(database: Database, settings: Settings, job_id: int, tasks: Mapping[str, Task] = TASKS) -> None:
    """Do one job: its work and its being done are one transaction, so that it happens once or not at all."""
    begun = _begin(database, job_id, tasks)
    if begun is None:
        return
    job, actor, task = begun
    try:
        with database.transaction(actor) as session:
            _without_limits(session)
            if is_being_done(session, job_id):
                raise BeingDone
            if session.get_one(Job, job_id, populate_existing=True).finished_at is not None:
                return
            running = RunningJob(job_id, session, actor, job.args, settings, database)
            note_done(session, job_id, task.run(running))
    except BeingDone:
        raise
    except OperationalError as error:
        if (refusal := refusal_of_disk(error)) is None:
            raise
        # Tried again it would fill the disk again; somebody must make room first.
        _log(job_id, error)
        _fail(database, job_id, refusal)
    except GeoHousingError as error:
        _fail(database, job_id, error)
    except Exception as error:  # noqa: BLE001 (the edge of a job: the person must learn that it failed)
        _log(job_id, error)
        unforeseen = GeoHousingError(f"系统出错，没有保存。请把任务编号 {job_id} 告诉系统管理员。")
        _fail(database, job_id, refusal_of_disk(error, settings.home, Path(tempfile.gettempdir())) or unforeseen)


def _begin(database: Database, job_id: int, tasks: Mapping[str, Task]) -> tuple[Job, Actor, Task] | None:
    """Who acts in this job, checked now; None when it is over, or is refused herewith."""
    with database.transaction(NOBODY) as session:
        job = session.get(Job, job_id)
        if job is None or job.finished_at is not None:
            return None
        if is_being_done(session, job_id):
            raise BeingDone
        task = tasks.get(job.task)
        if task is None:
            note_failed(session, job_id, GeoHousingError(f"程序里没有任务“{job.task}”，请更新所有工作进程后重试。"))
            return None
        if job.attempts >= MOST_ATTEMPTS:
            sentence = (
                f"处理这项任务的进程连续 {MOST_ATTEMPTS} 次意外中断，已停止，没有保存任何内容。请联系系统管理员。"
            )
            note_failed(session, job_id, GeoHousingError(sentence))
            return None
        absent = Absent(job.actor, job.user_id, job.grant_id, job.scope_code, _text(job.address), job.request_id)
        try:
            actor = actor_again(session, absent, task.permission)
        except NotAllowed as error:
            note_failed(session, job_id, error, refused=True)
            return None
        note_start(session, job)
    return job, actor, task


def _fail(database: Database, job_id: int, error: GeoHousingError) -> None:
    with database.transaction(NOBODY) as session:
        note_failed(session, job_id, error)


def _without_limits(session: Session) -> None:
    """A job may take long where a page may not; but its query ends when the worker's process is gone."""
    for setting in (
        "statement_timeout = 0",
        "idle_in_transaction_session_timeout = 0",
        "client_connection_check_interval = '2s'",
    ):
        session.execute(text(f"SET LOCAL {setting}"))


def _upkeep(
    name: str, run: Callable[[Database, Settings], int], database: Database, settings: Settings
) -> Callable[[int], None]:
    def work(timestamp: int) -> None:
        del timestamp
        try:
            done = run(database, settings)
        except GeoHousingError as error:
            log.error("upkeep_failed", upkeep=name, kind=type(error).__qualname__, sentence=error.sentence)
            raise
        if done:
            log.info("upkeep", upkeep=name, done=done)

    return work


def _log(job_id: int, error: BaseException) -> None:
    """Kind and place, never the message: it may quote values."""
    frames = traceback.extract_tb(error.__traceback__)
    log.error(
        "job_failed",
        job=job_id,
        kind=type(error).__qualname__,
        at=[f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


async def _become_app(connection: psycopg.AsyncConnection[Any]) -> None:
    """The queue's own connections go through no door: they are gh_app without any area, and see no scoped row."""
    await connection.execute(f"SET ROLE {APP_ROLE}")
    await connection.commit()


async def _work(app: procrastinate.App, *, once: bool) -> None:
    async with app.open_async():
        await app.run_worker_async(
            queues=[QUEUE],
            concurrency=AT_ONCE,
            wait=not once,
            listen_notify=not once,
            shutdown_graceful_timeout=PATIENCE_S,
            fetch_job_polling_interval=5.0,
        )
