"""The session cookie (D7): HttpOnly, SameSite=Lax, Secure unless the address is this machine."""

from fastapi import Request
from starlette.responses import Response

from geo_housing.accounts.access import (
    SESSION_COOKIE,
    client_address,
    names_loopback,
    request_id,
)
from geo_housing.accounts.sign_in import From, SignedInSession


def put_session_cookie(request: Request, response: Response, opened: SignedInSession) -> None:
    """Give the browser its session."""
    response.set_cookie(
        SESSION_COOKIE,
        opened.token,
        max_age=opened.max_age_seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=not names_loopback(request),
    )


def drop_session_cookie(request: Request, response: Response) -> None:
    """Make the browser forget its session, and with it what it keeps of pages."""
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=not names_loopback(request))


def origin_of(request: Request, *, source: str) -> From:
    """Where a sign-in comes from, for the security log."""
    return From(client_address(request), request.headers.get("user-agent"), request_id(request), source)
