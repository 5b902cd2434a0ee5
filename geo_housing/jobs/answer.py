"""The answer to a request whose work goes on after it."""

from starlette.responses import JSONResponse

from geo_housing.jobs.service import job_address


def accepted(job_id: int) -> JSONResponse:
    """202 with the address where the job's state is asked for."""
    address = job_address(job_id)
    return JSONResponse({"job": job_id, "address": address}, 202, headers={"Location": address})
