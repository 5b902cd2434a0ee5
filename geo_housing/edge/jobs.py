"""How one's own work that goes on after the answer stands."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Request

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import language_of
from geo_housing.jobs.queries import JobState, job_state
from geo_housing.translation import translate

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


@router.get("/{job_id}")
def job(job_id: int, request: Request, access: Annotated[Access, requires("desk.view")]) -> JobState:
    """The state of one of one's own jobs; what was refused is said as a refused request says it."""
    found = job_state(access.session, access.actor, job_id)
    if not found.error:
        return found
    language = language_of(request, access.person)
    said: dict[str, Any] = {
        name: translate(found.error[name], language) for name in ("title", "detail") if name in found.error
    }
    return replace(found, error={**found.error, **said})
