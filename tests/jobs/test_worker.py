"""Jobs on a real queue: deferred with the change, done as the person who left them, once, whatever dies meanwhile."""

import asyncio
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from geo_housing import worker
from geo_housing.accounts.permissions import permissions_of
from geo_housing.db import NOBODY, Actor, Database
from geo_housing.errors import BadInput, Fault, NotFound
from geo_housing.jobs import service
from geo_housing.jobs.models import Job
from geo_housing.jobs.queries import JobState, job_state
from geo_housing.jobs.running import RunningJob, Task
from geo_housing.jobs.service import defer
from geo_housing.journal.models import JournalEntry
from geo_housing.journal.service import Subject, record
from geo_housing.scope import AreaScope
from geo_housing.settings import Settings
from tests.fixtures.people import ADMINISTRATOR, Member
from tests.fixtures.toy import ToyDatabase

TOWNSHIP = "990001100"


def count(job: RunningJob) -> dict[str, Any]:
    """Record one entry under the number that was asked for; fail when told so."""
    record(job.session, job.actor, "tests.counted", Subject("test", str(job.args["n"]), job.actor.scope.lo))
    job.progress(1, 2, "清点")
    if job.args.get("fail"):
        raise BadInput("第 3 行不对。", faults=[Fault(3, "户主", "张*", "不能为空")])
    if job.args.get("burst"):
        raise ZeroDivisionError("secret 110101190001010010")
    return {"counted": 1, "actor": job.actor.name, "area": job.actor.scope.prefix}


TASKS = {"tests.count": Task(count, "houses.view"), "tests.forbidden": Task(count, "accounts.manage")}


@pytest.fixture
def person(toy: ToyDatabase) -> Member:
    return toy.member("township", TOWNSHIP)


def actor_for(member: Member) -> Actor:
    return Actor(
        name=f"user:{member.name}",
        scope=AreaScope(member.area),
        permissions=permissions_of(member.role),
        user_id=member.user_id,
        grant_id=member.grant_id,
        source="api",
    )


def deferred(database: Database, actor: Actor, task: str = "tests.count", key: str | None = None, **args: Any) -> int:
    with database.transaction(actor) as session:
        return defer(session, actor, task, args, key=key)


def worked(database: Database, settings: Settings) -> None:
    """Run a worker until its queue is empty."""
    asyncio.run(worker._work(worker.queue_app(database, settings, TASKS), once=True))


def state_of(database: Database, actor: Actor, job_id: int) -> JobState:
    with database.transaction(actor) as session:
        return job_state(session, actor, job_id)


def entries(database: Database, n: str) -> list[str]:
    with database.transaction(NOBODY) as session:
        return list(session.scalars(select(JournalEntry.actor).where(JournalEntry.subject_id == n)))


def test_a_job_is_done_as_the_person_with_the_same_area_and_gives_its_result(toy: ToyDatabase, person: Member) -> None:
    actor, n = actor_for(person), uuid.uuid4().hex
    job_id = deferred(toy.database, actor, n=n)
    assert state_of(toy.database, actor, job_id).state == "waiting"
    worked(toy.database, toy.settings)
    done = state_of(toy.database, actor, job_id)
    assert done.state == "done" and done.is_over
    assert done.result == {"counted": 1, "actor": f"job:{person.name}", "area": TOWNSHIP}
    assert (done.done, done.total, done.step) == (1, 2, "清点")
    assert entries(toy.database, n) == [f"job:{person.name}"]


def test_a_job_of_a_rolled_back_request_never_exists(toy: ToyDatabase, person: Member) -> None:
    actor, n = actor_for(person), uuid.uuid4().hex
    with toy.database.transaction(actor) as session:
        defer(session, actor, "tests.count", {"n": n})
        session.rollback()
    worked(toy.database, toy.settings)
    assert entries(toy.database, n) == []
    with toy.database.transaction(NOBODY) as session:
        assert session.scalars(select(Job)).all() == []
        assert (
            session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :t"), {"t": service.RUN})
            == 0
        )


def test_the_same_open_work_is_deferred_once_and_again_when_it_is_over(toy: ToyDatabase, person: Member) -> None:
    actor, n = actor_for(person), uuid.uuid4().hex
    first = deferred(toy.database, actor, key="event:7", n=n)
    assert deferred(toy.database, actor, key="event:7", n=n) == first
    worked(toy.database, toy.settings)
    assert len(entries(toy.database, n)) == 1
    assert deferred(toy.database, actor, key="event:7", n=n) != first


def test_one_of_our_errors_fails_the_job_with_its_sentence_and_undoes_its_changes(
    toy: ToyDatabase, person: Member
) -> None:
    actor, n = actor_for(person), uuid.uuid4().hex
    job_id = deferred(toy.database, actor, n=n, fail=True)
    worked(toy.database, toy.settings)
    failed = state_of(toy.database, actor, job_id)
    assert failed.state == "failed" and failed.error is not None
    assert failed.error["detail"] == "第 3 行不对。" and failed.error["errors"][0]["line"] == 3
    assert entries(toy.database, n) == []


def test_an_unforeseen_error_tells_the_person_a_number_and_nothing_of_its_text(
    toy: ToyDatabase, person: Member, capfd: pytest.CaptureFixture[str]
) -> None:
    actor = actor_for(person)
    job_id = deferred(toy.database, actor, n="burst", burst=True)
    worked(toy.database, toy.settings)
    failed = state_of(toy.database, actor, job_id)
    assert failed.state == "failed" and failed.error is not None and str(job_id) in failed.error["detail"]
    told = capfd.readouterr()
    assert "110101190001010010" not in str(failed.error) + told.out + told.err


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE app_user SET disabled_at = now() WHERE id = :user", "已停用"),
        (
            "UPDATE area_grant SET valid_to = current_date - 1, valid_from = current_date - 9 WHERE id = :grant",
            "已结束",
        ),
        ("DELETE FROM area_grant WHERE id = :grant", "已结束"),
        ("UPDATE area_grant SET area_code = '990001200' WHERE id = :grant", "不包括"),
    ],
)
def test_a_job_is_refused_when_its_person_may_no_longer(
    toy: ToyDatabase, person: Member, change: str, reason: str
) -> None:
    actor, n = actor_for(person), uuid.uuid4().hex
    job_id = deferred(toy.database, actor, n=n)
    with toy.database.transaction(ADMINISTRATOR) as session:
        session.execute(text(change), {"user": person.user_id, "grant": person.grant_id})
    worked(toy.database, toy.settings)
    refused = state_of(toy.database, actor, job_id)
    assert refused.state == "refused" and refused.error is not None and reason in refused.error["detail"]
    assert entries(toy.database, n) == []


def test_a_job_needs_the_tasks_permission_when_it_begins(toy: ToyDatabase, person: Member) -> None:
    actor = actor_for(person)
    job_id = deferred(toy.database, actor, "tests.forbidden", n="x")
    worked(toy.database, toy.settings)
    assert state_of(toy.database, actor, job_id).state == "refused"


def test_only_ones_own_jobs_are_answered(toy: ToyDatabase, person: Member) -> None:
    job_id = deferred(toy.database, actor_for(person), n="own")
    assert toy.browser(person).get(f"/api/v1/jobs/{job_id}").json()["state"] == "waiting"
    neighbour = toy.member("township", TOWNSHIP)
    assert toy.browser(neighbour).get(f"/api/v1/jobs/{job_id}").status_code == 404
    with pytest.raises(NotFound):
        state_of(toy.database, actor_for(neighbour), job_id)


def test_progress_is_seen_while_the_work_is_not_committed(toy: ToyDatabase, person: Member) -> None:
    actor = actor_for(person)
    job_id = deferred(toy.database, actor, n="p")
    with toy.database.transaction(actor) as session:
        running = RunningJob(job_id, session, actor, {}, toy.settings, toy.database)
        running.progress(40, 100, "核对")
        seen = state_of(toy.database, actor, job_id)
    assert (seen.done, seen.total, seen.step) == (40, 100, "核对")


def test_the_job_of_a_killed_worker_is_done_once_by_the_next(
    toy: ToyDatabase, person: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "GRACE_S", 0)
    actor, n, marker = actor_for(person), uuid.uuid4().hex, tmp_path / "begun"
    job_id = deferred(toy.database, actor, key="killed", n=n)
    command = [sys.executable, "-m", "tests.jobs.killed_worker"]
    doomed = subprocess.Popen([*command, toy.names.service_url, str(toy.settings.home), str(marker)])
    try:
        waited_for(marker.exists)
        # Alive, however slowly: nobody takes its job away.
        worker.take_up_jobs(toy.database, toy.settings)
        worked(toy.database, toy.settings)
        assert state_of(toy.database, actor, job_id).state == "running"
    finally:
        doomed.kill()
        doomed.wait()
    waited_for(lambda: worker.take_up_jobs(toy.database, toy.settings) == 1)
    assert entries(toy.database, n) == []
    worked(toy.database, toy.settings)
    assert state_of(toy.database, actor, job_id).state == "done"
    assert len(entries(toy.database, n)) == 1


def test_work_that_kills_its_worker_each_time_is_given_up_with_a_sentence(toy: ToyDatabase, person: Member) -> None:
    actor = actor_for(person)
    job_id = deferred(toy.database, actor, n="deadly")
    with toy.database.transaction(ADMINISTRATOR) as session:
        session.execute(text("UPDATE job SET attempts = 3, state = 'running'"))
    worked(toy.database, toy.settings)
    given_up = state_of(toy.database, actor, job_id)
    assert given_up.state == "failed" and given_up.error is not None and "3 次" in given_up.error["detail"]


def waited_for(condition: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
