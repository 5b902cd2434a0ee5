"""From a cookie or an API token to a person; each look-up is a short transaction that sees no scoped row."""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from geo_housing.accounts.grants import SHIFT_OVER, Person, session_is_over
from geo_housing.accounts.models import ApiToken, SignInSession
from geo_housing.accounts.queries import (
    StoredSession,
    session_by_hash_unscoped,
    token_by_hash_unscoped,
)
from geo_housing.accounts.tokens import token_hash
from geo_housing.clock import now, today
from geo_housing.db import Database
from geo_housing.errors import NotSignedIn
from geo_housing.policy.defaults import SETTINGS
from geo_housing.policy.queries import effective

# How stale "last seen" and "last used" may be: a write for every tile of a map would cost more than it tells.
SEEN_STEP = timedelta(minutes=1)
USED_STEP = timedelta(minutes=5)


def by_session(database: Database, token: str, *, is_background: bool = False) -> Person:
    """The person of a session cookie; NotSignedIn, and the session is gone, when it no longer counts.

    ``is_background``: the page asked by itself, which does not keep the session awake.
    """
    hashed = token_hash(token)
    with database.blind_transaction() as session:
        found = session_by_hash_unscoped(session, hashed)
        over = found is None or _is_over(session, found)
        if over:
            session.execute(delete(SignInSession).where(SignInSession.token_hash == hashed))
        elif found is not None and not is_background and found.last_seen_at < now() - SEEN_STEP:
            _mark_seen(session, hashed)
    if found is None or over:
        shift = found.person.grant.shift if found else None
        if shift is not None and not shift.holds_at(now()):
            raise NotSignedIn(SHIFT_OVER)
        raise NotSignedIn("登录已过期或已退出，请重新登录。")
    return found.person


def by_token(database: Database, token: str) -> Person:
    """The person of an API token; NotSignedIn when it is unknown, revoked, or its user or grant no longer holds."""
    with database.blind_transaction() as session:
        found = token_by_hash_unscoped(session, token_hash(token))
        if found is None or found.revoked or found.disabled or not found.person.grant.holds_at(now()):
            raise NotSignedIn("API 令牌无效、已撤销，或其授权已到期。请在“我的账号”里新建令牌。")
        if found.last_used_at is None or now() - found.last_used_at > USED_STEP:
            session.execute(update(ApiToken).where(ApiToken.id == found.id).values(last_used_at=now()))
    return found.person


def _is_over(session: Session, found: StoredSession) -> bool:
    grant = found.person.grant
    key = "session.idle_minutes" if grant.shift is None else "session.duty_idle_minutes"
    at, idle_minutes = now(), SETTINGS[key].least
    if at - found.last_seen_at >= timedelta(minutes=idle_minutes):
        # Whoever was seen a moment ago is not idle, whatever is set; who asks again and again need not have it looked up.
        idle_minutes = int(effective(session, key, area_code=grant.area_code, on=today()).value)
    return session_is_over(
        at=at,
        last_seen_at=found.last_seen_at,
        expires_at=found.expires_at,
        idle_minutes=idle_minutes,
        disabled=found.disabled,
        grant=grant,
    )


def _mark_seen(session: Session, hashed: bytes) -> None:
    session.execute(
        update(SignInSession)
        .where(SignInSession.token_hash == hashed, SignInSession.last_seen_at < now() - SEEN_STEP)
        .values(last_seen_at=now())
    )
