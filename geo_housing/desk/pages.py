"""The desk: where everybody begins."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from geo_housing.accounts.access import SignedIn
from geo_housing.accounts.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/")
def desk(request: Request, access: SignedIn) -> Response:
    """工作台: what one may go to."""
    return render(request, access, "desk/desk.html")
