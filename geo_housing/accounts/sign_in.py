"""Signing in and out, and the sessions in between.

Signing in is a row of short transactions of its own (D4): a failed attempt must be counted although the request as
a whole is refused, and no connection is held while a password is checked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, or_, update
from sqlalchemy.orm import Session

from geo_housing.accounts.grants import HeldGrant, Person, first_to_act_under, no_grant
from geo_housing.accounts.models import SignInSession, User
from geo_housing.accounts.names import normal_name
from geo_housing.accounts.passwords import is_right
from geo_housing.accounts.queries import grants_of, session_hash_by_short_id
from geo_housing.accounts.tokens import new_token, token_hash
from geo_housing.clock import now, today
from geo_housing.db import Actor, Database
from geo_housing.errors import Conflict, NotFound, NotSignedIn
from geo_housing.journal.service import Subject, record, record_unseen
from geo_housing.policy.queries import effective
from geo_housing.scope import EVERYWHERE

# One sentence for every reason: it must not tell whether the account exists, is locked or disabled.
REFUSED = "用户名或密码不对，或账号已停用、已暂时锁定。连续输错会锁定一段时间；忘记密码请找系统管理员要新的登录链接。"
AGENT_LENGTH = 200


@dataclass(frozen=True)
class From:
    """Where a sign-in comes from."""

    address: str | None
    agent: str | None
    request_id: str | None
    source: str


@dataclass(frozen=True)
class SignedInSession:
    """A new session: ``token`` goes into the cookie and is known to the browser alone."""

    token: str
    csrf_token: str
    user_id: int
    name: str
    display_name: str
    grant: HeldGrant
    max_age_seconds: int


@dataclass(frozen=True)
class _Attempt:
    user_id: int
    name: str
    display_name: str
    password_hash: str | None
    grant: HeldGrant | None
    without_grant: str


def sign_in(database: Database, *, name: str, password: str, origin: From) -> SignedInSession:
    """A session for the right name and password; NotSignedIn with one sentence for every other case."""
    spelled = normal_name(name)[:100]
    with database.blind_transaction() as session:
        attempt = _begin_attempt(session, spelled)
    right = is_right(attempt.password_hash if attempt else None, password)
    if attempt is None or not right or attempt.grant is None:
        with database.blind_transaction() as session:
            _log_refusal(session, origin, attempt)
        raise NotSignedIn(attempt.without_grant if right and attempt else REFUSED)
    with database.blind_transaction() as session:
        return open_session(session, attempt.user_id, attempt.grant, origin=origin)


def open_session(session: Session, user_id: int, grant: HeldGrant, *, origin: From) -> SignedInSession:
    """A new session of a user who has just proved who they are; clears their failed attempts."""
    user = session.get_one(User, user_id)
    user.failed_sign_ins = 0
    user.locked_until = None
    ends = _ends(session, grant)
    token, csrf = new_token(), new_token()
    session.execute(delete(SignInSession).where(SignInSession.expires_at < now()))
    session.add(
        SignInSession(
            token_hash=token_hash(token),
            user_id=user_id,
            grant_id=grant.id,
            csrf_token=csrf,
            created_at=now(),
            last_seen_at=now(),
            expires_at=ends,
            address=origin.address,
            agent=(origin.agent or "")[:AGENT_LENGTH] or None,
        )
    )
    session.flush()
    _log(session, origin, "accounts.sign_in", user.id, user.name, grant.area_code)
    return SignedInSession(
        token, csrf, user.id, user.name, user.display_name, grant, int((ends - now()).total_seconds())
    )


def _ends(session: Session, grant: HeldGrant) -> datetime:
    """When a session ends at the latest: after some hours, that of a duty officer with the shift, however it is extended."""
    if grant.shift is not None:
        return grant.shift.longest
    return now() + timedelta(
        hours=int(effective(session, "session.max_hours", area_code=grant.area_code, on=today()).value)
    )


def open_session_after_first_link(session: Session, user: User, *, origin: From) -> SignedInSession | None:
    """Sign in whoever has just set a password by a first link; None while they have no grant that holds."""
    grant = first_to_act_under(grants_of(session, user.id), now())
    area = grant.area_code if grant else "0"
    _log(session, origin, "accounts.use_first_link", user.id, user.name, area)
    return open_session(session, user.id, grant, origin=origin) if grant else None


def sign_out(session: Session, actor: Actor, person: Person) -> None:
    """End the session of this browser."""
    session.execute(delete(SignInSession).where(SignInSession.token_hash == person.session_hash))
    record(session, actor, "accounts.sign_out", _subject(person))


def sign_out_everywhere(session: Session, actor: Actor, person: Person) -> int:
    """End all sessions of the user, this one too; how many there were."""
    ended = session.execute(
        delete(SignInSession).where(SignInSession.user_id == person.user_id).returning(SignInSession.token_hash)
    ).all()
    record(session, actor, "accounts.sign_out_everywhere", _subject(person), counts={"sessions": len(ended)})
    return len(ended)


def end_session(session: Session, actor: Actor, person: Person, *, short_id: str) -> None:
    """End one of the user's own sessions, named as in the list."""
    hashed = session_hash_by_short_id(session, person.user_id, short_id)
    if hashed is None:
        raise NotFound("没有这个登录，可能已经退出。")
    session.execute(delete(SignInSession).where(SignInSession.token_hash == hashed))
    record(session, actor, "accounts.end_session", _subject(person), counts={"sessions": 1})


def switch_grant(session: Session, actor: Actor, person: Person, *, grant_id: int) -> HeldGrant:
    """Go on under another of one's own grants, from the next request on."""
    wanted = next((g for g in grants_of(session, person.user_id) if g.id == grant_id and g.holds_at(now())), None)
    if wanted is None:
        raise NotFound("没有这项授权，或它已到期。")
    if person.session_hash is None:
        raise Conflict("API 令牌固定使用一项授权，不能切换；请为另一项授权新建令牌。")
    # By day the long session of a shift is none: nobody keeps by switching what the other grant does not give.
    ends = _ends(session, wanted)
    session.execute(
        update(SignInSession)
        .where(SignInSession.token_hash == person.session_hash)
        .values(
            grant_id=wanted.id,
            expires_at=ends if wanted.shift is not None else func.least(SignInSession.expires_at, ends),
        )
    )
    change = {"grant": [f"{person.grant.role} {person.grant.area_code}", f"{wanted.role} {wanted.area_code}"]}
    record(session, actor, "accounts.switch_grant", _subject(person), diff=change)
    return wanted


def _begin_attempt(session: Session, name: str) -> _Attempt | None:
    """Count the attempt as failed beforehand, so that many at once cannot all be first; None if not admitted."""
    at = now()
    most = int(effective(session, "sign_in.max_failures", area_code="0", on=today()).value)
    lock = timedelta(minutes=int(effective(session, "sign_in.lock_minutes", area_code="0", on=today()).value))
    # A lock that has run out forgives what led to it.
    failures = case((User.locked_until <= at, 1), else_=User.failed_sign_ins + 1)
    row = session.execute(
        update(User)
        .where(User.name == name, User.disabled_at.is_(None), or_(User.locked_until.is_(None), User.locked_until <= at))
        .values(failed_sign_ins=failures, locked_until=case((failures >= most, at + lock), else_=None))
        .returning(User.id, User.name, User.display_name, User.password_hash)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        return None
    grants = grants_of(session, row.id)
    return _Attempt(
        row.id, row.name, row.display_name, row.password_hash, first_to_act_under(grants, at), no_grant(grants, at)
    )


def _log_refusal(session: Session, origin: From, attempt: _Attempt | None) -> None:
    if attempt is None:
        # The name is not kept: people type their password there by mistake.
        _log(session, origin, "accounts.sign_in_refused", None, "", "0")
        return
    area = attempt.grant.area_code if attempt.grant else "0"
    _log(session, origin, "accounts.sign_in_failed", attempt.user_id, attempt.name, area)


def _log(session: Session, origin: From, action: str, user_id: int | None, name: str, area_code: str) -> None:
    actor = Actor(
        name=f"user:{name}" if name else "nobody",
        scope=EVERYWHERE,
        user_id=user_id,
        source=origin.source,
        address=origin.address,
        request_id=origin.request_id,
    )
    record_unseen(session, actor, action, Subject("user", name or "-", area_code))


def _subject(person: Person) -> Subject:
    return Subject("user", person.name, person.grant.area_code)
