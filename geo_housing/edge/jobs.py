"""How one's own work that goes on after the answer stands."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from geo_housing.accounts.access import SignedIn
from geo_housing.accounts.rendering import language_of
from geo_housing.jobs.queries import job_state
from geo_housing.translation import translate

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


class JobAnswer(BaseModel):
    """One job; ``state`` is waiting, running, done (``result``), failed or refused (``error``)."""

    model_config = ConfigDict(from_attributes=True)

    job: int
    task: str
    state: str
    is_over: bool
    step: str | None
    done: int
    total: int | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@router.get("/{job_id}")
def job(job_id: int, request: Request, access: SignedIn) -> JobAnswer:
    """The state of one of one's own jobs; what was refused is said as a refused request says it."""
    found = JobAnswer.model_validate(job_state(access.session, access.actor, job_id))
    language = language_of(request, access.person)
    for name in ("title", "detail"):
        if found.error and name in found.error:
            found.error[name] = translate(found.error[name], language)
    return found
