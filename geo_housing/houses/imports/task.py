"""Large ledgers, and taking them back, as jobs: the same steps as at once, with progress."""

from typing import Any

from geo_housing.houses.imports.queries import import_batch
from geo_housing.houses.imports.service import Keeping, check_import, report_address, run_import
from geo_housing.houses.imports.undo import STEPS, undo_import
from geo_housing.jobs.running import RunningJob

CHECK = "houses.import_check"
RUN = "houses.import"
UNDO = "houses.import_undo"


def check_in_background(job: RunningJob) -> dict[str, Any]:
    """Work an announced import out."""
    keeping = Keeping.of(job.settings)
    batch = import_batch(job.session, job.actor.scope, int(job.args["import"]), for_change=True)
    answer = check_import(
        job.session, job.actor, keeping, batch, progress=lambda rows: job.progress(rows, None, "读取并核对")
    )
    return {**answer, "import": batch.id, "report": None}


def run_in_background(job: RunningJob) -> dict[str, Any]:
    """Load an announced import."""
    keeping = Keeping.of(job.settings)
    number = int(job.args["import"])
    answer = run_import(
        job.session, job.actor, keeping, number, progress=lambda rows: job.progress(rows, None, "读取并核对")
    )
    batch = import_batch(job.session, job.actor.scope, number)
    return {**answer, "import": number, "report": report_address(batch)}


def undo_in_background(job: RunningJob) -> dict[str, Any]:
    """Take an import back."""
    number = int(job.args["import"])
    undo_import(job.session, job.actor, number, progress=lambda step, what: job.progress(step, STEPS, what))
    return {"import": number}
