"""Reading accounts. These tables carry no area of their own: who may see which user is decided here."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, or_, select
from sqlalchemy.orm import Session

from geo_housing.accounts.grants import HeldGrant, Person, Shift
from geo_housing.accounts.models import ApiToken, FirstLink, Grant, SignInSession, User
from geo_housing.accounts.tokens import short_id
from geo_housing.scope import AreaScope


@dataclass(frozen=True)
class StoredSession:
    """A session as stored, with the person it belongs to; whether it still counts is decided elsewhere."""

    person: Person
    disabled: bool
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class StoredToken:
    """An API token as stored, with the person it belongs to."""

    id: int
    person: Person
    disabled: bool
    revoked: bool
    last_used_at: datetime | None


# Asked by every request: put together once, and no objects of three tables for one answer.
_WHO = (
    User.id.label("user_id"), User.name, User.display_name, User.language, User.disabled_at, Grant.id.label("grant_id"),
    Grant.role, Grant.area_code, Grant.valid_from, Grant.valid_to, Grant.shift_from, Grant.shift_to, Grant.shift_cap,
    Grant.shift_ended_at, Grant.organisation, Grant.department_id,
)  # fmt: skip
_BY_SESSION = (
    select(SignInSession.csrf_token, SignInSession.last_seen_at, SignInSession.expires_at, *_WHO)
    .join(User, User.id == SignInSession.user_id)
    .join(Grant, Grant.id == SignInSession.grant_id)
    .where(SignInSession.token_hash == bindparam("hashed"))
)
_BY_TOKEN = (
    select(ApiToken.id, ApiToken.revoked_at, ApiToken.last_used_at, *_WHO)
    .join(User, User.id == ApiToken.user_id)
    .join(Grant, Grant.id == ApiToken.grant_id)
    .where(ApiToken.token_hash == bindparam("hashed"))
)


def session_by_hash_unscoped(session: Session, hashed: bytes) -> StoredSession | None:
    """The session with this token hash, with user and grant."""
    row = session.execute(_BY_SESSION, {"hashed": hashed}).one_or_none()
    if row is None:
        return None
    person = replace(_person(row), session_hash=hashed, csrf_token=row.csrf_token)
    return StoredSession(person, row.disabled_at is not None, row.last_seen_at, row.expires_at)


def token_by_hash_unscoped(session: Session, hashed: bytes) -> StoredToken | None:
    """The API token with this hash, with user and grant."""
    row = session.execute(_BY_TOKEN, {"hashed": hashed}).one_or_none()
    if row is None:
        return None
    disabled, revoked = row.disabled_at is not None, row.revoked_at is not None
    return StoredToken(row.id, _person(row), disabled, revoked, row.last_used_at)


def grants_of(session: Session, user_id: int) -> list[HeldGrant]:
    """All grants of a user, ended ones too, oldest first."""
    return [held(grant) for grant in session.scalars(select(Grant).where(Grant.user_id == user_id).order_by(Grant.id))]


def user_named(session: Session, name: str) -> User | None:
    """The user with this (normalised) sign-in name."""
    return session.scalars(select(User).where(User.name == name)).one_or_none()


def user_of_first_link(session: Session, hashed: bytes, *, at: datetime) -> User | None:
    """Whose first link this is, as long as it was not used and has not run out."""
    return session.scalars(
        select(User)
        .join(FirstLink, FirstLink.user_id == User.id)
        .where(
            FirstLink.token_hash == hashed,
            FirstLink.used_at.is_(None),
            FirstLink.expires_at > at,
            User.disabled_at.is_(None),
        )
    ).one_or_none()


@dataclass(frozen=True)
class OpenSession:
    """One of a user's sessions, for their list."""

    short_id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None
    is_this: bool


@dataclass(frozen=True)
class LiveToken:
    """One of a user's API tokens that is not revoked, for their list."""

    id: int
    note: str | None
    role: str
    area_code: str
    created_at: datetime
    last_used_at: datetime | None


def sessions_of(session: Session, user_id: int, *, this: bytes | None, at: datetime) -> list[OpenSession]:
    """The user's sessions that have not run out, the latest used first; ``this`` is the hash of the present one."""
    rows = session.scalars(
        select(SignInSession)
        .where(SignInSession.user_id == user_id, SignInSession.expires_at > at)
        .order_by(SignInSession.last_seen_at.desc())
    )
    return [
        OpenSession(
            short_id(row.token_hash),
            row.created_at,
            row.last_seen_at,
            row.expires_at,
            None if row.address is None else str(row.address),
            row.agent,
            row.token_hash == this,
        )
        for row in rows
    ]


def session_hash_by_short_id(session: Session, user_id: int, wanted: str) -> bytes | None:
    """The stored hash of one of the user's sessions by the id that their list shows."""
    hashes = session.scalars(select(SignInSession.token_hash).where(SignInSession.user_id == user_id))
    return next((hashed for hashed in hashes if short_id(hashed) == wanted), None)


def tokens_of(session: Session, user_id: int) -> list[LiveToken]:
    """The user's API tokens, the newest first."""
    rows = session.execute(
        select(ApiToken, Grant)
        .join(Grant, Grant.id == ApiToken.grant_id)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id.desc())
    )
    return [
        LiveToken(token.id, token.note, grant.role, grant.area_code, token.created_at, token.last_used_at)
        for token, grant in rows
    ]


@dataclass(frozen=True)
class ListedUser:
    """A user with all grants, for the list of users."""

    id: int
    name: str
    display_name: str
    has_password: bool
    disabled_at: datetime | None
    locked_until: datetime | None
    grants: tuple[HeldGrant, ...]


def users_within(session: Session, scope: AreaScope) -> list[ListedUser]:
    """Users with a grant inside ``scope``, and for the whole database those without any, by name."""
    grants: dict[int, list[HeldGrant]] = {}
    for grant in session.scalars(select(Grant).order_by(Grant.id)):
        grants.setdefault(grant.user_id, []).append(held(grant))
    listed = []
    for user in session.scalars(select(User).order_by(User.name)):
        own = grants.get(user.id, [])
        if any(scope.covers(grant.scope.prefix) for grant in own) or (not own and not scope.prefix):
            listed.append(
                ListedUser(
                    user.id,
                    user.name,
                    user.display_name,
                    user.password_hash is not None,
                    user.disabled_at,
                    user.locked_until,
                    tuple(grant for grant in own if scope.covers(grant.scope.prefix)),
                )
            )
    return listed


def users_with_grant_at(session: Session, area_code: str, at: datetime) -> list[str]:
    """Names of the users who hold a grant for exactly this division at a moment, and whose account is not disabled."""
    wanted = select(User.name, Grant).join(Grant, Grant.user_id == User.id)
    rows = session.execute(wanted.where(Grant.area_code == area_code, User.disabled_at.is_(None)).order_by(User.name))
    return list(dict.fromkeys(row.name for row in rows if held(row.Grant).holds_at(at)))


def managers_left(
    session: Session,
    roles: Collection[str],
    at: datetime,
    *,
    besides_user: int | None = None,
    besides_grant: int | None = None,
) -> bool:
    """Whether anybody whose account is not disabled holds one of ``roles`` at a moment, but for one user or one grant."""
    grants = session.scalars(
        select(Grant).join(User, User.id == Grant.user_id).where(User.disabled_at.is_(None), Grant.role.in_(roles))
    )
    return any(
        held(grant).holds_at(at) for grant in grants if grant.user_id != besides_user and grant.id != besides_grant
    )


def held(grant: Grant) -> HeldGrant:
    """A stored grant as a plain value."""
    return _held(grant.id, grant)


def _held(number: int, row: Grant | Row[*tuple[Any, ...]]) -> HeldGrant:
    shift = None
    if row.shift_from is not None and row.shift_to is not None and row.shift_cap is not None:
        shift = Shift(row.shift_from, row.shift_to, row.shift_cap, row.shift_ended_at)
    return HeldGrant(
        number, row.role, row.area_code, row.valid_from, row.valid_to, shift, row.organisation, row.department_id
    )


def _person(row: Row[*tuple[Any, ...]]) -> Person:
    return Person(row.user_id, row.name, row.display_name, row.language, _held(row.grant_id, row))


def display_names(session: Session, user_ids: Collection[int]) -> dict[int, str]:
    """Names on pages of these users; who did something in one's area is no secret there."""
    rows = session.execute(select(User.id, User.display_name).where(User.id.in_(user_ids)))
    return {row.id: row.display_name for row in rows}


def display_name_of(session: Session, name: str) -> str | None:
    """The name on pages of who signs in as ``name``."""
    return session.scalar(select(User.display_name).where(User.name == name))


def user_ids_called(session: Session, name: str) -> tuple[int, ...]:
    """Users whose sign-in name or name on pages is ``name``."""
    return tuple(session.scalars(select(User.id).where(or_(User.name == name, User.display_name == name))))


def count_open_sessions(session: Session, user_id: int, *, at: datetime) -> int:
    """In how many browsers the user is signed in."""
    return session.execute(
        select(func.count()).where(SignInSession.user_id == user_id, SignInSession.expires_at > at)
    ).scalar_one()
