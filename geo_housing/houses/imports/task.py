"""Large ledgers, and taking them back, as jobs: the same steps as at once, with progress."""

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import Conflict
from geo_housing.houses.imports.queries import import_batch, is_free
from geo_housing.houses.imports.service import Keeping, check_import, report_address, run_import
from geo_housing.houses.imports.undo import STEPS, check_undoable, is_long, undo_import
from geo_housing.jobs.running import RunningJob
from geo_housing.jobs.service import defer

if TYPE_CHECKING:
    from geo_housing.houses.intake.service import Progress

CHECK = "houses.import_check"
RUN = "houses.import"
UNDO = "houses.import_undo"
READING = "读取并核对"


def take_back(session: Session, actor: Actor, batch_id: int) -> int | None:
    """Take an import back; a large one is the worker's: the number of its job. Conflict where there is nothing to undo."""
    batch = import_batch(session, actor.scope, batch_id)
    if not is_long(batch):
        undo_import(session, actor, batch_id)
        return None
    # The worker holds the import until all is taken back: nobody's press waits for that.
    if not is_free(session, batch_id):
        raise Conflict("这次导入正在后台办理，请稍后刷新页面查看。")
    session.refresh(batch)
    check_undoable(batch)
    batch.job_id = defer(session, actor, UNDO, {"import": batch_id}, key=str(batch_id))
    return batch.job_id


def check_in_background(job: RunningJob) -> dict[str, Any]:
    """Work an announced import out."""
    keeping = Keeping.of(job.settings)
    batch = import_batch(job.session, job.actor.scope, int(job.args["import"]), for_change=True)
    answer = check_import(job.session, job.actor, keeping, batch, progress=_told(job, None, "与房屋登记比对"))
    return {**answer, "import": batch.id, "report": None}


def run_in_background(job: RunningJob) -> dict[str, Any]:
    """Load an announced import."""
    keeping = Keeping.of(job.settings)
    number = int(job.args["import"])
    batch = import_batch(job.session, job.actor.scope, number)
    # What was worked out before it was confirmed has counted the rows.
    rows = ((batch.preview or {}).get("counts") or {}).get("read")
    answer = run_import(job.session, job.actor, keeping, number, progress=_told(job, rows, "写入房屋登记"))
    batch = import_batch(job.session, job.actor.scope, number)
    return {**answer, "import": number, "report": report_address(batch)}


def _told(job: RunningJob, rows: int | None, writing: str) -> "Progress":
    """Progress of a load as that of its job: rows while the file is read, then steps of the database."""

    def tell(done: int, steps: int | None) -> None:
        if steps is None:
            job.progress(done, rows, READING)
        else:
            job.progress(done, steps, writing)

    return tell


def undo_in_background(job: RunningJob) -> dict[str, Any]:
    """Take an import back."""
    number = int(job.args["import"])
    undo_import(job.session, job.actor, number, progress=lambda step, what: job.progress(step, STEPS, what))
    return {"import": number}
