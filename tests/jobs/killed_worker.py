"""A worker that begins a job and never ends it, to be killed: ``python -m tests.jobs.killed_worker URL HOME MARKER``."""

import sys
import time
from pathlib import Path
from typing import Any

from geo_housing import worker
from geo_housing.db import Database
from geo_housing.jobs.running import RunningJob, Task
from geo_housing.journal.service import Subject, record
from geo_housing.settings import read_settings


def hang(job: RunningJob) -> dict[str, Any]:
    """Change something, say so, and stay in the middle of it."""
    record(job.session, job.actor, "tests.counted", Subject("test", str(job.args["n"]), job.actor.scope.lo))
    Path(sys.argv[3]).touch()
    time.sleep(600)
    return {}


if __name__ == "__main__":
    database = Database(sys.argv[1], pool_size=2, stream_pool_size=1)
    app = worker.queue_app(
        database, read_settings({"GEO_HOUSING_HOME": sys.argv[2]}), {"tests.count": Task(hang, "houses.view")}
    )
    worker.asyncio.run(worker._work(app, once=False))
