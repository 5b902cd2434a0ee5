"""Changing accounts: users and their grants (how they get in: credentials.py). Pages, API and command line call these.

Accounts carry no area of their own. Who may manage whom is decided here: an administrator grants only inside their own
area, and manages only users whose every present grant lies inside it.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from geo_housing.accounts.grants import (
    WHOLE_DATABASE,
    HeldGrant,
    check_level,
    first_to_act_under,
    grant_area_code,
    scope_of,
)
from geo_housing.accounts.models import FirstLink, Grant, SignInSession, User
from geo_housing.accounts.names import new_name, normal_name
from geo_housing.accounts.permissions import MANAGING
from geo_housing.accounts.queries import grants_of, held, managers_left, user_named
from geo_housing.accounts.terms import Terms, settled_terms
from geo_housing.areas.queries import area_exists, has_areas
from geo_housing.clock import now, today
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.journal.service import Subject, record
from geo_housing.words import ROLE


def add_user(session: Session, actor: Actor, *, name: str, display_name: str | None = None) -> User:
    """A new account without password and rights; Conflict when the name is taken."""
    spelled = new_name(name)
    if user_named(session, spelled) is not None:
        raise Conflict(f"用户“{spelled}”已经有了。要给他增加授权，请用“增加授权”（users grant）。")
    user = User(name=spelled, display_name=(display_name or "").strip() or spelled)
    session.add(user)
    session.flush()
    note_about(session, actor, "accounts.add_user", user, actor.scope.lo)
    return user


def grant_role(
    session: Session,
    actor: Actor,
    *,
    user: User,
    role: str,
    area_code: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
    terms: Terms | None = None,
) -> HeldGrant:
    """Give ``role`` in an area from a day (today) to a day (open); the same present grant again is kept as it is.

    ``terms`` say what a shift, a department's or an organisation's grant opens; a shift has moments instead of days.
    """
    role = ROLE.code(role)
    code = grant_area_code(area_code)
    _check_area(session, actor, code)
    check_level(role, code)
    settled = settled_terms(session, role, code, terms or Terms())
    first_day = settled.first_day or valid_from or today()
    last_day = settled.last_day or valid_to
    if last_day is not None and last_day < first_day:
        raise BadInput("授权的截止日期早于开始日期，请改正。")
    for present in grants_of(session, user.id):
        same = (present.role, present.area_code, present.valid_to) == (role, code, last_day)
        if same and present.valid_from <= first_day and settled.are_those_of(present):
            return present
    grant = Grant(
        user_id=user.id,
        role=role,
        area_code=code,
        valid_from=first_day,
        valid_to=last_day,
        granted_by=actor.name,
        **settled.columns(),
    )
    session.add(grant)
    session.flush()
    until = last_day.isoformat() if last_day else None
    change = {"role": [None, role], "from": [None, first_day.isoformat()], "to": [None, until], **settled.changes()}
    note_about(session, actor, "accounts.grant", user, code, diff=change)
    return held(grant)


def end_grant(session: Session, actor: Actor, *, user: User, grant_id: int) -> None:
    """End a grant of the user at once, one that has not begun too: sessions and tokens under it stop with the next request.

    Conflict where it has ended already: what it was must stay as it was.
    """
    grant = session.get(Grant, grant_id)
    if grant is None or grant.user_id != user.id or not actor.scope.covers(scope_of(grant.area_code).prefix):
        raise NotFound("没有这项授权，或它不在您的管辖范围内。")
    if held(grant).is_over(now()):
        raise Conflict("这项授权已经终止或到期，没有改动。")
    if grant.user_id == actor.user_id and held(grant).holds_at(now()):
        raise Conflict("不能终止自己的授权，请由另一位管理员办理。")
    _keep_a_manager(session, user, [held(grant)], besides_grant=grant_id)
    change = {"role": [grant.role, None], "to": [grant.valid_to.isoformat() if grant.valid_to else None, "ended"]}
    note_about(session, actor, "accounts.end_grant", user, grant.area_code, diff=change)
    session.execute(delete(SignInSession).where(SignInSession.grant_id == grant_id))
    if held(grant).is_coming(now()):
        # Nothing was done under it; the journal keeps that it was given.
        session.delete(grant)
    elif grant.shift_from is not None:
        # Somebody stood there tonight: the row stays, with its end.
        grant.shift_ended_at = grant.shift_ended_at or now()
    else:
        # One that was given today has no last day, but somebody may have taken over a shift under it: the row stays.
        grant.valid_to = today() - timedelta(days=1)
    session.flush()


def disable_user(session: Session, actor: Actor, *, user: User) -> None:
    """Stop an account at once: sign-in, sessions, tokens and links; nothing is deleted."""
    check_may_manage(session, actor, user)
    if user.id == actor.user_id:
        raise Conflict("不能停用自己的账号，请由另一位管理员办理。")
    if user.disabled_at is None:
        _keep_a_manager(session, user, grants_of(session, user.id), besides_user=user.id)
        user.disabled_at = now()
        user.version += 1
        session.execute(delete(SignInSession).where(SignInSession.user_id == user.id))
        session.execute(delete(FirstLink).where(FirstLink.user_id == user.id))
        note_about(session, actor, "accounts.disable_user", user, area_in_journal(session, user))
    session.flush()


def _keep_a_manager(session: Session, user: User, ending: list[HeldGrant], **besides: int) -> None:
    """Conflict when ``ending`` takes the last right to manage accounts: nobody could sign in to give it again."""
    at = now()
    if user.disabled_at is not None or not any(grant.role in MANAGING and grant.holds_at(at) for grant in ending):
        return
    # Two administrators who end each other at the same moment: the second one sees what the first one did.
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('accounts.managers', 0))"))
    if not managers_left(session, MANAGING, at, **besides):
        raise Conflict(
            f"“{user.name}”是仅有的管理员，这样就没有人能管理用户和授权了。"
            "请先增加另一位管理员（geo-housing users add 用户名 --role admin --area 0），再办理。"
        )


def enable_user(session: Session, actor: Actor, *, user: User) -> None:
    """Let a stopped account sign in again."""
    check_may_manage(session, actor, user)
    if user.disabled_at is not None:
        user.disabled_at = None
        user.version += 1
        note_about(session, actor, "accounts.enable_user", user, area_in_journal(session, user))
    session.flush()


def unlock_user(session: Session, actor: Actor, *, user: User) -> None:
    """Lift the lock after failed sign-ins."""
    check_may_manage(session, actor, user)
    user.failed_sign_ins = 0
    user.locked_until = None
    session.flush()
    note_about(session, actor, "accounts.unlock_user", user, area_in_journal(session, user))


def sign_out_user(session: Session, actor: Actor, *, user: User) -> int:
    """End all sessions of a user, wherever they are signed in; how many there were."""
    check_may_manage(session, actor, user)
    ended = session.execute(
        delete(SignInSession).where(SignInSession.user_id == user.id).returning(SignInSession.token_hash)
    ).all()
    record(
        session,
        actor,
        "accounts.sign_out_user",
        Subject("user", user.name, area_in_journal(session, user)),
        counts={"sessions": len(ended)},
    )
    return len(ended)


def set_language(session: Session, *, user_id: int, language: str) -> None:
    """Remember in which language the user reads."""
    if language not in ("zh", "en"):
        raise BadInput("语言只能是 zh 或 en。")
    session.execute(update(User).where(User.id == user_id).values(language=language))


def user_to_manage(session: Session, actor: Actor, name: str) -> User:
    """The user of this name, if ``actor`` may manage them; else NotFound or NotAllowed."""
    user = user_named(session, normal_name(name))
    if user is None:
        raise NotFound(f"没有用户“{name}”。用户列表：设置 → 用户（或 geo-housing users list）。")
    check_may_manage(session, actor, user)
    return user


def check_may_manage(session: Session, actor: Actor, user: User) -> None:
    """NotAllowed unless every present or coming grant of ``user`` (without these, every past one) is in one's own area."""
    ever = grants_of(session, user.id)
    present = [grant for grant in ever if grant.valid_to is None or grant.valid_to >= today()]
    if not all(actor.scope.covers(grant.scope.prefix) for grant in present or ever):
        raise NotAllowed(f"用户“{user.name}”在您的管辖范围以外也有授权，请由上级管理员办理。")


def _check_area(session: Session, actor: Actor, code: str) -> None:
    if not actor.scope.covers(scope_of(code).prefix):
        raise NotAllowed(f"区划 {code} 不在您的管辖范围内，不能在那里授权。")
    # Before any list of divisions is loaded, accounts may be prepared all the same.
    if code != WHOLE_DATABASE and has_areas(session) and not area_exists(session, code):
        raise NotFound(f"没有区划 {code}。请核对代码，或先用 geo-housing areas load 装入区划。")


def area_in_journal(session: Session, user: User) -> str:
    """The area under which an act about ``user`` stands in the journal: that of their widest grant."""
    grant = first_to_act_under(grants_of(session, user.id), now())
    return grant.area_code if grant else WHOLE_DATABASE


def note_about(
    session: Session,
    actor: Actor,
    action: str,
    user: User,
    area_code: str,
    *,
    diff: dict[str, Any] | None = None,
) -> None:
    """Journal an act about ``user``, under their area or, where that is not the actor's, under the actor's."""
    code = area_code if actor.scope.covers(scope_of(area_code).prefix) else actor.scope.lo
    record(session, actor, action, Subject("user", user.name, code), diff=diff)
