"""From a link's token to what it opens; one short look-up that sees no scoped row, the same work for every token."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlalchemy import text

from geo_housing.accounts.access import database
from geo_housing.accounts.tokens import token_hash
from geo_housing.clock import now
from geo_housing.db import Database

# Each link has a cookie of its own: a phone may hold those of two villages. The path keeps them apart.
LINK_COOKIE = "gh_link"
LINK_PATH = "/v/"
# In place of a token that was not sent, so that nothing is told by how long the refusal takes.
_NO_TOKEN = "0" * 43
MOST_TOKEN = 200


@dataclass(frozen=True)
class Holder:
    """What a link opens: one village of one event. ``csrf_token`` follows from the token, which the database never has."""

    id: int
    event_id: int
    village: str
    note: str | None
    expires_at: datetime
    csrf_token: str


def holder_of(database: Database, token: str | None) -> Holder | None:
    """What ``token`` opens now; None for a wrong, expired or withdrawn one and when the event has ended."""
    presented = (token or _NO_TOKEN)[:MOST_TOKEN]
    with database.blind_transaction() as session:
        row = session.execute(
            text("SELECT id, event_id, scope_code, note, expires_at FROM village_link_opens(:hash, :at)"),
            {"hash": token_hash(presented), "at": now()},
        ).one_or_none()
    csrf_token = hmac.new(presented.encode(), b"csrf", hashlib.sha256).hexdigest()
    if row is None:
        return None
    return Holder(row.id, row.event_id, row.scope_code, row.note, row.expires_at, csrf_token)


def link_address(link_id: int) -> str:
    """Where the pages of a link begin; the path of its cookie, too."""
    return f"{LINK_PATH}{link_id}"


def sends_link(request: Request) -> bool:
    """Whether the request carries a link's cookie to a link's page."""
    return request.url.path.startswith(LINK_PATH) and LINK_COOKIE in request.cookies


def is_link_open(request: Request) -> bool:
    """Whether that cookie still opens something: asked before a large upload is taken in."""
    return sends_link(request) and holder_of(database(request), request.cookies[LINK_COOKIE]) is not None
