"""How people get in: one-time links, passwords, API tokens. Only hashes are stored; a link and a token are shown once."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from geo_housing.accounts.grants import WHOLE_DATABASE, HeldGrant, first_to_act_under
from geo_housing.accounts.models import ApiToken, FirstLink, Grant, SignInSession, User
from geo_housing.accounts.passwords import check_new, hash_password, is_right
from geo_housing.accounts.queries import grants_of, user_named, user_of_first_link
from geo_housing.accounts.service import add_user, area_in_journal, check_may_manage, grant_role, note_about
from geo_housing.accounts.tokens import new_token, token_hash
from geo_housing.clock import now, today
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotFound
from geo_housing.policy.queries import effective
from geo_housing.words import ROLE

FIRST_ADMINISTRATOR = "admin"
# Two first administrators at once would each get an account.
_FIRST_ADMINISTRATOR_LOCK = 7_201_152_225


@dataclass(frozen=True)
class IssuedToken:
    """A token that is shown once: nobody can read it again."""

    id: int
    token: str
    # Under which it acts.
    grant: HeldGrant


def issue_first_link(session: Session, actor: Actor, *, user: User) -> str:
    """The token of a new one-time link that sets the password; earlier links of the user stop working."""
    check_may_manage(session, actor, user)
    if user.disabled_at is not None:
        raise Conflict(f"用户“{user.name}”已停用，请先恢复启用。")
    area = area_in_journal(session, user)
    hours = int(effective(session, "first_link.valid_hours", area_code=area, on=today()).value)
    session.execute(delete(FirstLink).where(FirstLink.user_id == user.id, FirstLink.used_at.is_(None)))
    token = new_token()
    session.add(FirstLink(token_hash=token_hash(token), user_id=user.id, expires_at=now() + timedelta(hours=hours)))
    session.flush()
    note_about(session, actor, "accounts.issue_first_link", user, area)
    return token


def first_administrator_link(session: Session, actor: Actor) -> str | None:
    """A first link for the first administrator, made if need be; None once any administrator has a password."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _FIRST_ADMINISTRATOR_LOCK})
    administrators = session.scalars(
        select(User).join(Grant, Grant.user_id == User.id).where(Grant.role == "admin", User.disabled_at.is_(None))
    ).all()
    if any(user.password_hash for user in administrators):
        return None
    user = user_named(session, FIRST_ADMINISTRATOR)
    if user is None:
        user = add_user(session, actor, name=FIRST_ADMINISTRATOR, display_name=ROLE.label("admin"))
        grant_role(session, actor, user=user, role="admin", area_code=WHOLE_DATABASE)
    return issue_first_link(session, actor, user=user)


def use_first_link(session: Session, *, token: str, password: str) -> User:
    """Set the password of the link's user and use the link up; NotFound when it is not valid (any more).

    Ends all sessions of the user: whoever asks for a new link may have lost the old password to somebody.
    """
    hashed = token_hash(token)
    user = user_of_first_link(session, hashed, at=now())
    if user is None:
        raise NotFound("这个链接已用过或已过期，请向系统管理员要一个新的。")
    set_password(session, user=user, password=password)
    used = session.execute(
        update(FirstLink)
        .where(FirstLink.token_hash == hashed, FirstLink.used_at.is_(None))
        .values(used_at=now())
        .returning(FirstLink.user_id)
    ).first()
    if used is None:
        raise Conflict("这个链接刚刚被用过。如果不是您本人，请马上联系系统管理员。")
    session.execute(delete(SignInSession).where(SignInSession.user_id == user.id))
    return user


def set_password(session: Session, *, user: User, password: str) -> None:
    """Store a new password after checking it; also lifts a lock."""
    area = area_in_journal(session, user)
    least = int(effective(session, "password.min_length", area_code=area, on=today()).value)
    check_new(password, user_name=user.name, min_length=least)
    user.password_hash = hash_password(password)
    user.failed_sign_ins = 0
    user.locked_until = None
    user.version += 1
    session.flush()


def change_password(session: Session, actor: Actor, *, user_id: int, old: str, new: str, keep: bytes | None) -> None:
    """The user's own change; all their other sessions end, ``keep`` is the hash of the one they work in."""
    user = session.get_one(User, user_id)
    if not is_right(user.password_hash, old):
        raise BadInput("原密码不对，密码没有改。")
    set_password(session, user=user, password=new)
    session.execute(
        delete(SignInSession).where(SignInSession.user_id == user_id, SignInSession.token_hash != (keep or b""))
    )
    note_about(session, actor, "accounts.change_password", user, actor.scope.lo)


def add_token(
    session: Session, actor: Actor, *, user: User, note: str | None = None, grant_id: int | None = None
) -> IssuedToken:
    """A new API token of ``user`` under one of their grants (the widest, if none is named)."""
    if user.disabled_at is not None:
        raise Conflict(f"用户“{user.name}”已停用，不能新建令牌。")
    present = [grant for grant in grants_of(session, user.id) if grant_id in (None, grant.id)]
    grant = first_to_act_under(present, now())
    if grant is None:
        raise Conflict(f"用户“{user.name}”没有有效的授权，请先授权再新建令牌。")
    token = new_token()
    stored = ApiToken(
        token_hash=token_hash(token), user_id=user.id, grant_id=grant.id, note=(note or "").strip() or None
    )
    session.add(stored)
    session.flush()
    session.refresh(stored, ["id"])
    note_about(session, actor, "accounts.add_token", user, grant.area_code, diff={"token": [None, str(stored.id)]})
    return IssuedToken(stored.id, token, grant)


def revoke_token(session: Session, actor: Actor, *, user_id: int, token_id: int) -> None:
    """Revoke one of the user's own API tokens; again is harmless."""
    revoked = session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now())
        .returning(ApiToken.id)
    ).first()
    if revoked is None:
        raise NotFound("没有这个令牌，或它已经撤销。")
    user = session.get_one(User, user_id)
    note_about(session, actor, "accounts.revoke_token", user, actor.scope.lo, diff={"token": [str(token_id), None]})
