"""Reading accounts. These tables carry no area of their own: who may see which user is decided here."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.accounts.grants import HeldGrant, Person
from geo_housing.accounts.models import ApiToken, FirstLink, Grant, SignInSession, User


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


def session_by_hash_unscoped(session: Session, hashed: bytes) -> StoredSession | None:
    """The session with this token hash, with user and grant."""
    row = session.execute(
        select(SignInSession, User, Grant)
        .join(User, User.id == SignInSession.user_id)
        .join(Grant, Grant.id == SignInSession.grant_id)
        .where(SignInSession.token_hash == hashed)
    ).one_or_none()
    if row is None:
        return None
    stored, user, grant = row.tuple()
    person = replace(_person(user, grant), session_hash=hashed, csrf_token=stored.csrf_token)
    return StoredSession(person, user.disabled_at is not None, stored.last_seen_at, stored.expires_at)


def token_by_hash_unscoped(session: Session, hashed: bytes) -> StoredToken | None:
    """The API token with this hash, with user and grant."""
    row = session.execute(
        select(ApiToken, User, Grant)
        .join(User, User.id == ApiToken.user_id)
        .join(Grant, Grant.id == ApiToken.grant_id)
        .where(ApiToken.token_hash == hashed)
    ).one_or_none()
    if row is None:
        return None
    stored, user, grant = row.tuple()
    return StoredToken(
        stored.id,
        _person(user, grant),
        user.disabled_at is not None,
        stored.revoked_at is not None,
        stored.last_used_at,
    )


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


def held(grant: Grant) -> HeldGrant:
    """A stored grant as a plain value."""
    return HeldGrant(grant.id, grant.role, grant.area_code, grant.valid_from, grant.valid_to)


def _person(user: User, grant: Grant) -> Person:
    return Person(user.id, user.name, user.display_name, user.language, held(grant))
