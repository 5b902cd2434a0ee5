"""Who asks by a link: an actor of one village with a few rights, in the one transaction of the request.

An endpoint takes ``access: ByLink`` and works with ``access.session``, ``access.actor`` and ``access.holder``. Row level
security holds it to the village; every query here holds it to the event besides.
"""

import hmac
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.responses import Response

from geo_housing.accounts.access import (
    SAFE_METHODS,
    admitted,
    check_origin,
    client_address,
    database,
    request_id,
    sent_csrf,
)
from geo_housing.areas.queries import name_of_area
from geo_housing.clock import now
from geo_housing.db import NOBODY, Actor
from geo_housing.errors import NotAllowed, NotFound
from geo_housing.journal.service import Subject, record, record_unseen
from geo_housing.links.attempts import Attempts
from geo_housing.links.models import VillageLink
from geo_housing.links.recognition import LINK_COOKIE, Holder, holder_of
from geo_housing.links.rendering import closed
from geo_housing.scope import AreaScope

# What is seen and done by a link, and nothing else: no ID number, no category, no file, no map.
LINK_PERMISSIONS = frozenset({"events.view", "heads.view", "inspections.enter", "evacuation.enter"})
# A use is written down again after so long, from the same phone or another.
USED_STEP = timedelta(minutes=10)


class LinkClosed(NotFound):
    """The link opens nothing: one answer for every reason."""


class TooManyAttempts(LinkClosed):
    """The address has tried too many links that open nothing."""


@dataclass(frozen=True)
class LinkAccess:
    """What an endpoint works with: the request's one transaction, who acts, what their link opens."""

    session: Session
    actor: Actor
    holder: Holder


class LinkRoute(APIRoute):
    """A route of the link's pages: a link that opens nothing is answered in one way, and no address is handed on."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with that one answer around it."""
        inner = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await inner(request)
            except TooManyAttempts:
                return closed(request, too_many=True)
            except LinkClosed:
                return closed(request)

        return handled


def recognise(request: Request, token: str | None, *, link_id: int | None = None) -> Holder:
    """What the token opens; for one that does not open ``link_id`` LinkClosed, or TooManyAttempts after many of them."""
    holder = holder_of(database(request), token)
    if holder is not None and link_id in (None, holder.id):
        return holder
    attempts = cast(Attempts, request.app.state.link_attempts)
    address, at = client_address(request) or "", now()
    if attempts.is_over(address, at):
        raise TooManyAttempts("试的次数太多，请过几分钟再打开。")
    if attempts.note_wrong(address, at):
        _note_refusals(request, address)
    raise LinkClosed("这个链接打不开。")


def actor_of(request: Request, holder: Holder) -> Actor:
    """The actor that a link's holder is in this request."""
    return Actor(
        name=f"link:{holder.id}",
        scope=AreaScope(holder.village),
        permissions=LINK_PERMISSIONS,
        source="link",
        address=client_address(request),
        request_id=request_id(request),
    )


def note_opening(request: Request, holder: Holder) -> None:
    """Write down that somebody opened the link."""
    actor = actor_of(request, holder)
    with database(request).transaction(actor) as session:
        _note_use(session, actor, holder, "links.open")


def _note_use(session: Session, actor: Actor, holder: Holder, action: str) -> None:
    session.execute(update(VillageLink).where(VillageLink.id == holder.id).values(last_used_at=now()))
    record(
        session,
        actor,
        action,
        Subject("link", str(holder.id), holder.village),
        counts={"event": holder.event_id},
    )


def _note_refusals(request: Request, address: str) -> None:
    """Once an address and ten minutes: whoever tries a million must not fill the journal."""
    actor = replace(NOBODY, source="link", address=address or None, request_id=request_id(request))
    with database(request).blind_transaction() as session:
        record_unseen(session, actor, "links.refused", Subject("link", "", "0"))


def _by_link(
    request: Request,
    link_id: int,
    csrf: Annotated[str | None, Depends(sent_csrf)],
    place: Annotated[None, Depends(admitted, scope="function")],
) -> Iterator[LinkAccess]:
    holder = recognise(request, request.cookies.get(LINK_COOKIE), link_id=link_id)
    if request.method not in SAFE_METHODS:
        check_origin(request)
        if not hmac.compare_digest((csrf or "").encode(), holder.csrf_token.encode()):
            raise NotAllowed("页面已过期，操作未执行。请刷新页面后重试。")
    actor = actor_of(request, holder)
    with database(request).transaction(actor) as session:
        place_name = name_of_area(session, holder.village) or holder.village
        actor = replace(actor, label=f"{place_name}链接" + (f"（{holder.note}）" if holder.note else ""))
        used = session.scalar(select(VillageLink.last_used_at).where(VillageLink.id == holder.id))
        if used is None or now() - used > USED_STEP:
            _note_use(session, actor, holder, "links.use")
        yield LinkAccess(session, actor, holder)


ByLink = Annotated[LinkAccess, Depends(_by_link, scope="function")]
