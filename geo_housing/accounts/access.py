"""Who asks, under which grant, in the one transaction of the request (D4, D6, D7).

An endpoint takes ``access: SignedIn``, or ``access: Annotated[Access, requires("houses.edit")]``, and works with
``access.session`` and ``access.actor``. The transaction commits when the endpoint returns and *before* the answer
goes out; an exception rolls it back. An endpoint that wants to answer a refused form with a page runs the change in
``access.session.begin_nested()``. Streams open ``database(request).stream(access.actor)`` of their own.
"""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import urlsplit

import anyio
from fastapi import Depends, Request
from sqlalchemy.orm import Session

from geo_housing.accounts import recognition
from geo_housing.accounts.grants import Person
from geo_housing.accounts.parameters import refuse_unknown_parameters
from geo_housing.accounts.permissions import permissions_of, works_as
from geo_housing.db import Actor, Database
from geo_housing.errors import NotAllowed, NotSignedIn

SESSION_COOKIE = "gh_session"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
# A page that refreshes itself sends this, so that an unattended screen still signs out.
BACKGROUND_HEADER = "x-background"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Of a form: photos of one inspection; every division of a county chosen; a drawing in a field.
MOST_FILES, MOST_FIELDS, MOST_FIELD_BYTES = 64, 3_100, 32 << 20
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Access:
    """What an endpoint works with: the request's one transaction, who acts, and as whom they signed in."""

    session: Session
    actor: Actor
    person: Person


def database(request: Request) -> Database:
    """The service's database, for streams and for short transactions of their own."""
    return cast(Database, request.app.state.database)


def client_address(request: Request) -> str | None:
    """The client's IP address, None when the server does not know one."""
    host = request.client.host if request.client else ""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def is_loopback(request: Request) -> bool:
    """Whether the request came from this machine itself, not through a proxy on it and under a local name."""
    address = client_address(request)
    if address is None or not ipaddress.ip_address(address).is_loopback:
        return False
    return "x-forwarded-for" not in request.headers and "forwarded" not in request.headers and names_loopback(request)


def names_loopback(request: Request) -> bool:
    """Whether the address in the browser's bar is this machine."""
    host = request.url.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def identify(request: Request) -> Person | None:
    """The person whose cookie or token the request carries; None without either, NotSignedIn if it no longer holds."""
    if token := _sent_token(request):
        return recognition.by_token(database(request), token)
    if cookie := request.cookies.get(SESSION_COOKIE):
        return recognition.by_session(database(request), cookie, is_background=BACKGROUND_HEADER in request.headers)
    return None


def actor_of(request: Request, person: Person) -> Actor:
    """The actor that ``person`` is in this request."""
    return Actor(
        name=f"user:{person.name}",
        scope=person.grant.scope,
        permissions=permissions_of(person.grant.role),
        user_id=person.user_id,
        grant_id=person.grant.id,
        source="api" if request.url.path.startswith("/api/") else "page",
        address=client_address(request),
        request_id=request_id(request),
        label=person.display_name,
        **works_as(person.grant),
    )


def request_id(request: Request) -> str | None:
    """The id under which this request stands in the logs and the journal."""
    return getattr(request.state, "request_id", None)


def check_origin(request: Request) -> None:
    """Refuse what another site's page sent: NotAllowed unless Origin (or Referer) names this very host."""
    stated = request.headers.get("origin") or request.headers.get("referer")
    if stated is not None and _host_of(stated) != request.headers.get("host", ""):
        raise NotAllowed("请求来自别的网站，未执行。请从本平台的页面重新操作。")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowed("请求来自别的网站，未执行。请从本平台的页面重新操作。")


def _host_of(address: str) -> str | None:
    """Host and port of an address; None for what is none (``http://[``)."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return None


async def admitted(request: Request) -> AsyncIterator[None]:
    """A place among the requests that hold a connection."""
    # Requests wait here, without a thread, for a place among those that hold a connection: were they to wait for
    # the pool inside threads, they could take all threads from the very requests that would give theirs back.
    async with cast(anyio.CapacityLimiter, request.app.state.admission):
        try:
            yield
        finally:
            # Uploads that an endpoint took out of the form itself: FastAPI closes only those it declared.
            await request.close()


async def sent_csrf(request: Request) -> str | None:
    """The CSRF token of the header, else of the form; the body is taken in whole, and kept for the endpoint.

    Before anything is held for its sender: as many slow uploads as there are places would otherwise stop the service.
    """
    if request.method in SAFE_METHODS:
        return None
    sent = request.headers.get(CSRF_HEADER)
    if not request.headers.get("content-type", "").startswith(FORM_TYPES):
        await request.body()
        return sent
    form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=MOST_FIELD_BYTES)
    field = form.get(CSRF_FIELD)
    return sent or (field if isinstance(field, str) else None)


def _access(
    request: Request,
    csrf: Annotated[str | None, Depends(sent_csrf)],
    place: Annotated[None, Depends(admitted, scope="function")],
) -> Iterator[Access]:
    yield from _entered(request, csrf, None)


SignedIn = Annotated[Access, Depends(_access, scope="function")]


def requires(permission: str) -> Access:
    """Like SignedIn, for those with ``permission``; who lacks it is refused before anything is begun for them.

    Written as ``Annotated[Access, requires("events.respond")]``.
    """

    def permitted(
        request: Request,
        csrf: Annotated[str | None, Depends(sent_csrf)],
        place: Annotated[None, Depends(admitted, scope="function")],
    ) -> Iterator[Access]:
        yield from _entered(request, csrf, permission)

    return cast(Access, Depends(permitted, scope="function"))


def _entered(request: Request, csrf: str | None, permission: str | None) -> Iterator[Access]:
    """The request's access, which may be asked for more than once; one transaction for all who ask."""
    entered: Access | None = getattr(request.state, "access", None)
    actor = entered.actor if entered else _recognised(request, csrf)
    if permission is not None and not actor.may(permission):
        raise NotAllowed("您当前的角色不能做这项操作；如确需办理，请联系系统管理员调整授权。")
    if entered:
        yield entered
        return
    # Whoever is not let in learns nothing of what there is to ask for.
    refuse_unknown_parameters(request)
    with database(request).transaction(actor) as session:
        request.state.access = Access(session, actor, request.state.person)
        try:
            yield request.state.access
        finally:
            request.state.access = None


def _recognised(request: Request, csrf: str | None) -> Actor:
    person = identify(request)
    if person is None:
        raise NotSignedIn("请先登录。")
    request.state.person = person
    if person.csrf_token is not None and request.method not in SAFE_METHODS:
        check_origin(request)
        if not hmac.compare_digest((csrf or "").encode(), person.csrf_token.encode()):
            raise NotAllowed("页面已过期，操作未执行。请刷新页面后重试。")
    return actor_of(request, person)


def _sent_token(request: Request) -> str | None:
    """The API token of ``Authorization: Bearer``, or the password of HTTP Basic (QGIS and GDAL know nothing else)."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2] or None
    except (binascii.Error, UnicodeDecodeError):
        raise NotSignedIn("Authorization 头无法识别。请用 Bearer 令牌，或把令牌作为 Basic 认证的密码。") from None
