"""Tasks for many houses as a job: the same step as at once."""

from dataclasses import asdict
from typing import Any

from geo_housing.jobs.running import RunningJob
from geo_housing.response.service import respond

RESPOND = "response.respond"


def respond_in_background(job: RunningJob) -> dict[str, Any]:
    """下达转移避险和灾后应急排查任务, as it was asked for."""
    done = respond(
        job.session,
        job.actor,
        int(job.args["event"]),
        area=job.args["area"],
        even_if_expired=bool(job.args["expired"]),
        revision=job.args["revision"],
        # A job of before this could be asked for has none.
        told_too=bool(job.args.get("told_too")),
    )
    return asdict(done)
