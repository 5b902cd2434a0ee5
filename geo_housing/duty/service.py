"""Handing over and taking over (交接班), and what the office does to a shift: who, when and why is written down."""

from datetime import datetime

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.accounts.grants import LONGEST_SHIFT, said, scope_of
from geo_housing.accounts.models import Grant, User
from geo_housing.accounts.queries import display_names, held
from geo_housing.accounts.terms import grace
from geo_housing.clock import BEIJING
from geo_housing.db import Actor
from geo_housing.duty.matters import open_matters
from geo_housing.duty.models import Handover, Takeover
from geo_housing.duty.queries import known_press, last_handover, locked_shift, others_on_duty, takeover_of
from geo_housing.duty.standing import ON_DUTY, standing
from geo_housing.errors import BadInput, Conflict, NotAllowed
from geo_housing.journal.service import Subject, record

WORK, HAND_OVER, MANAGE = "duty.work", "duty.hand_over", "duty.manage"
MOST_NOTE = 4000
MOST_REASON = 300


def hand_over(
    session: Session, actor: Actor, *, note: str, to_user_id: int | None = None, client_id: str | None = None
) -> Handover:
    """Leave one's shift to the next officer; the rights stay until somebody has taken over. Again is a later word."""
    if not actor.may(HAND_OVER) or actor.shift_id is None:
        raise NotAllowed("只有正在值班的值班员可以交班。")
    if (known := known_press(session, actor.name, client_id)) is not None:
        return known
    text = note.strip()
    if len(text) > MOST_NOTE:
        raise BadInput(f"交班说明最多 {MOST_NOTE} 个字，请精简。")
    grant = locked_shift(session, actor.shift_id, actor.scope)
    if to_user_id is not None and to_user_id not in others_on_duty(session, actor.scope, grant.user_id):
        raise BadInput("接班人要选另一位在用的值班员；还没有定的，选“接班人未定”。")
    row = Handover(
        scope_code=actor.scope.lo,
        grant_id=grant.id,
        user_id=grant.user_id,
        to_user_id=to_user_id,
        figures=open_matters(session, actor.scope),
        note=text or None,
        given_at=clock.now(),
        given_by=actor.name,
        client_id=client_id or None,
    )
    session.add(row)
    session.flush()
    named = display_names(session, [to_user_id]).get(to_user_id) if to_user_id is not None else None
    _note(session, actor, "duty.hand_over", grant, {"successor": [None, named]})
    return row


def take_over(session: Session, actor: Actor, *, grant_id: int, read: int | None) -> Takeover:
    """Go on from somebody's shift, which ends with it. ``read``: the handover that was on the screen, None when there was none.

    Conflict when somebody else was quicker, when there is a later word than the one that was read, and while the officer is
    in the middle of their time.
    """
    if not actor.may(WORK) or actor.user_id is None or actor.grant_id is None:
        raise NotAllowed("您当前的角色不能接班。请用值班或常设值守的账号登录。")
    grant = locked_shift(session, grant_id, actor.scope)
    at = clock.now()
    if (known := takeover_of(session, grant_id)) is not None:
        if known.user_id == actor.user_id:
            return known
        who = display_names(session, [known.user_id]).get(known.user_id, "")
        raise Conflict(f"{who} 已于 {said(known.taken_at)} 接班，不用再接。")
    if grant.user_id == actor.user_id:
        raise Conflict("不能接自己的班，请由下一位值班员接班。")
    left = last_handover(session, grant_id)
    if (left.id if left else None) != read:
        raise Conflict("交班说明刚有更新，还没有接班。请看过新的说明，再按“接班”。")
    shift = held(grant).shift
    assert shift is not None, "a shift was asked for"
    stands = standing(shift, at, is_handed_over=left is not None, is_taken_over=False)
    if not stands.may_take_over:
        if stands.word == ON_DUTY:
            raise Conflict(
                f"对方还在值班，没有交班，不能接班。对方交班以后，或到了 {said(shift.planned_end)} 还没有交班的，才能接。"
            )
        raise Conflict("这个班次还没有开始，或已经取消、结束，不用接班。")
    row = Takeover(
        scope_code=scope_of(grant.area_code).lo,
        grant_id=grant.id,
        handover_id=left.id if left else None,
        user_id=actor.user_id,
        by_grant_id=actor.grant_id,
        figures=open_matters(session, scope_of(grant.area_code)),
        taken_at=at,
        taken_by=actor.name,
    )
    session.add(row)
    if shift.holds_at(at):
        grant.shift_ended_at = at
    session.flush()
    _note(session, actor, "duty.take_over", grant, {"handed_over": [None, left is not None]})
    return row


def extend(session: Session, actor: Actor, *, grant_id: int, until: datetime | None) -> Grant:
    """Another planned end, later or earlier, as long as it lies ahead: nobody has to be given a new grant at night."""
    grant = _of_others(session, actor, grant_id)
    if until is None:
        raise BadInput("请填写新的结束时间。")
    at = clock.now()
    shift = held(grant).shift
    assert shift is not None and grant.shift_from is not None, "a shift was asked for"
    if shift.ended_at is not None or takeover_of(session, grant_id) is not None:
        raise Conflict("这个班次已经结束或交接，不能再改时间。需要继续值班的，请新增一个班次。")
    if until <= max(at, shift.begins):
        raise BadInput("新的结束时间应晚于现在和班次开始；要马上结束的，用“提前结束”。")
    if until - shift.begins > LONGEST_SHIFT:
        raise BadInput(f"一个班次最长 {int(LONGEST_SHIFT.total_seconds() // 3600)} 小时，请另排一个班次。")
    if until == shift.planned_end:
        return grant
    cap = until + grace(session, grant.area_code)
    grant.shift_to, grant.shift_cap = until, cap
    grant.valid_to = cap.astimezone(BEIJING).date()
    session.flush()
    times = [shift.planned_end.isoformat(timespec="minutes"), until.isoformat(timespec="minutes")]
    _note(session, actor, "duty.extend", grant, {"shift_to": times})
    return grant


def end_early(session: Session, actor: Actor, *, grant_id: int, reason: str) -> Grant:
    """End a shift at once, or call off one that is to come; the reason is kept."""
    grant = _of_others(session, actor, grant_id)
    text = reason.strip()
    if not text:
        raise BadInput("请写明提前结束的原因。")
    if len(text) > MOST_REASON:
        raise BadInput(f"原因最多 {MOST_REASON} 个字，请精简。")
    shift = held(grant).shift
    assert shift is not None, "a shift was asked for"
    at = clock.now()
    if shift.ends <= at:
        raise Conflict("这个班次已经结束。")
    grant.shift_ended_at = at
    session.flush()
    times = [shift.planned_end.isoformat(timespec="minutes"), at.isoformat(timespec="minutes")]
    _note(session, actor, "duty.end", grant, {"shift_to": times}, note=text)
    return grant


def _of_others(session: Session, actor: Actor, grant_id: int) -> Grant:
    if not actor.may(MANAGE):
        raise NotAllowed("您当前的角色不能调整班次，请县局或系统管理员办理。")
    grant = locked_shift(session, grant_id, actor.scope)
    if grant.user_id == actor.user_id:
        raise Conflict("不能调整自己的班次，请由另一位管理人员办理。")
    return grant


def _note(
    session: Session,
    actor: Actor,
    action: str,
    grant: Grant,
    diff: dict[str, object],
    *,
    note: str | None = None,
) -> None:
    officer = session.get_one(User, grant.user_id)
    area = scope_of(grant.area_code).lo
    record(session, actor, action, Subject("shift", officer.name, area), diff=diff, note=note)
