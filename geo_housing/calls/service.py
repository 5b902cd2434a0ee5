"""Calling the divisions of an event, one after the other: a call begins, is answered or handed on, a slip is taken back.

Each press names itself (``client_id``) and arrives as often as it likes: twice is once. It names what its presser has
seen, too: who presses upon something else than what stands is told by whom it was changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import is_village, township_of
from geo_housing.calls import turns
from geo_housing.calls.models import Call, CallChange
from geo_housing.calls.queries import (
    CalledDivision,
    call_in,
    changes_of,
    event_of,
    known_press,
    last_call,
    places_to_call,
    redrawn_at,
)
from geo_housing.calls.standing import mistaken_at
from geo_housing.clock import BEIJING
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.hazards.freezing import begin_entry
from geo_housing.hazards.models import HazardEvent
from geo_housing.journal.service import Subject, record
from geo_housing.masking import mask_name, mask_numbers
from geo_housing.scope import AreaScope
from geo_housing.words import CALL_STATE, CALL_WAY

WORK = "calls.work"
MOST_TEXT, MOST_NAME = 500, 60
# A press that waited for the network tells how long; what is older was not made tonight.
MOST_AGO = timedelta(hours=12)
# After this a slip is no slip any more: what others have seen for so long is changed with a reason.
SLIP = timedelta(minutes=10)


@dataclass(frozen=True)
class Person:
    """Who is called, as the call keeps it; ``contact_id`` None: typed for this call."""

    name: str
    role: str | None = None
    number_masked: str | None = None
    contact_id: int | None = None


@dataclass(frozen=True)
class Press:
    """What every press brings: its own id, what its presser has seen, how long ago it was made."""

    client_id: str | None = None
    seen: int | None = None
    ago: timedelta = timedelta(0)


def start_call(
    session: Session, actor: Actor, event_id: int, code: str, person: Person, press: Press, *, way: str = "phone"
) -> Call:
    """Somebody is being called for the division ``code``. ``press.seen`` is the last call that was seen there, 0 for none.

    Conflict while another call there is under way, and when somebody has called meanwhile.
    """
    event = _open_event(session, actor, event_id)
    place = _require_below(session, actor, event_id, code)
    client_id = actor.own_id(press.client_id)
    begin_entry(session)
    # One after the other: two who call the same division at the same moment.
    key = f"calls:{event_id}:{code}"
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    known = known_press(session, client_id)
    if known is not None:
        return session.get_one(Call, known.call_id)
    if way not in CALL_WAY:
        raise BadInput(f"叫应方式“{way}”不对，可用：{'、'.join(CALL_WAY.labels.values())}。")
    name = _text(person.name, MOST_NAME)
    if name is None:
        raise BadInput("请写明叫应谁（姓名，或值班电话的单位）。")
    before = last_call(session, event_id, code)
    called_at = _moment(press)
    tells_left = place.has_left and event.phase != "mistaken" and called_at >= redrawn_at(session, event_id)
    if before is not None and (_is_settled(event, before, clock.now()) or (tells_left and not before.tells_left)):
        _let_go(session, actor, before)
    else:
        _require_seen(before, press.seen)
    call = Call(
        event_id=event.id,
        scope_code=code,
        way=way,
        contact_id=person.contact_id,
        name=name,
        role=_text(person.role, MOST_NAME),
        number_masked=person.number_masked,
        called_at=called_at,
        called_by=actor.called,
        state="calling",
        client_id=client_id,
        tells_left=tells_left,
        is_void=False,
        version=1,
    )
    session.add(call)
    session.flush()
    _note(session, actor, call, "start", client_id)
    counts = {"event": event_id, "contact": call.contact_id} if call.contact_id else {"event": event_id}
    called = " ".join(filter(None, (call.role, mask_name(call.name), call.number_masked)))
    diff = {"called": [None, called], "way": [None, way]}
    record(session, actor, "calls.start", _subject(call), counts=counts, diff=diff)
    return call


def answered(
    session: Session,
    actor: Actor,
    call_id: int,
    press: Press,
    *,
    said: str | None = None,
    reply_within: timedelta | None = None,
) -> Call:
    """已应, with what they said; of an answered call it corrects what they said. ``reply_within``: until when they report back."""
    words = _text(said, MOST_TEXT)

    def done(call: Call, now: datetime) -> None:
        # Who is told of a mistake, or that they have left the zones, need not report back.
        is_over = call.tells_left or session.get_one(HazardEvent, call.event_id).phase == "mistaken"
        if not turns.answer(call.state).same:
            call.answered_at = now
            call.reply_by = None if reply_within is None or is_over else now + reply_within
        call.state = "answered"
        call.said = words if words is not None else call.said

    return _pressed(session, actor, call_id, press, "answer", done)


def not_answered(session: Session, actor: Actor, call_id: int, press: Press) -> Call:
    """未应: the next name is called."""

    def done(call: Call, _now: datetime) -> None:
        turn = turns.hand_on(call.state)
        if turn.refusal:
            raise Conflict(turn.refusal)
        call.state = "handed_on"

    return _pressed(session, actor, call_id, press, "hand_on", done)


def reported_back(session: Session, actor: Actor, call_id: int, press: Press, *, reply: str | None = None) -> Call:
    """回报: what was asked for by a time has come, with what was reported."""
    words = _text(reply, MOST_TEXT)

    def done(call: Call, now: datetime) -> None:
        turn = turns.reply(call.state)
        if turn.refusal:
            raise Conflict(turn.refusal)
        call.replied_at = call.replied_at or now
        call.reply = words if words is not None else call.reply

    return _pressed(session, actor, call_id, press, "reply", done)


def take_back(session: Session, actor: Actor, call_id: int, press: Press, *, reason: str | None = None) -> Call:
    """The last press upon a call was a slip; of a call on which nothing else was pressed: nobody was called.

    Later than some minutes it asks for a reason.
    """
    why = _text(reason, MOST_TEXT)

    def done(call: Call, now: datetime) -> None:
        standing = _standing(changes_of(session, call.id))
        before = standing[-2] if len(standing) > 1 else None
        last = last_call(session, call.event_id, call.scope_code)
        turn = turns.undo(before.state if before else None, is_last=last is not None and last.id == call.id)
        if turn.refusal:
            raise Conflict(turn.refusal)
        if why is None and now - standing[-1].at > SLIP:
            minutes = int(SLIP.total_seconds() // 60)
            raise BadInput(f"这一步记下已超过 {minutes} 分钟，撤销请写明原因。")
        if before is None:
            call.is_void = True
            return
        for field in _STANDING:
            setattr(call, field, getattr(before, field))

    return _pressed(session, actor, call_id, press, "undo", done, reason=why)


_STANDING = ("state", "answered_at", "said", "reply_by", "replied_at", "reply")


def _standing(changes: list[CallChange]) -> list[CallChange]:
    """The presses that still hold: one that was taken back went together with its taking back."""
    kept: list[CallChange] = []
    for change in changes:
        if change.act == "undo":
            kept.pop()
        else:
            kept.append(change)
    return kept


def _pressed(
    session: Session,
    actor: Actor,
    call_id: int,
    press: Press,
    act: str,
    done: Callable[[Call, datetime], None],
    *,
    reason: str | None = None,
) -> Call:
    """One press upon a call: once however often it arrives, refused where something else stands than was seen."""
    begin_entry(session)
    # Read before it is locked: a call upon oneself is seen, but not to be locked.
    _require_above(actor, call_in(session, call_id, actor.scope).scope_code)
    call = call_in(session, call_id, actor.scope, locked=True)
    client_id = actor.own_id(press.client_id)
    if known_press(session, client_id) is not None:
        return call
    if _is_settled(_open_event(session, actor, call.event_id), call, _moment(press)):
        raise Conflict(turns.SETTLED)
    if call.is_void:
        raise Conflict("这次呼叫已作为误按撤销，请刷新页面。")
    before = _told(call)
    if press.seen is not None and press.seen != call.version:
        last = changes_of(session, call.id)[-1]
        raise Conflict(
            f"{last.made_by} 已于 {_clock(last.at)} 把这次呼叫记为“{CALL_STATE.label(call.state)}”，您的这一步没有记录。"
            "请看清现在的情况再按。"
        )
    done(call, _moment(press))
    after = _told(call)
    if after == before:
        return call
    call.version += 1
    session.flush()
    _note(session, actor, call, act, client_id, reason)
    diff = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    record(session, actor, f"calls.{act}", _subject(call), counts={"event": call.event_id}, diff=diff, note=reason)
    return call


def _told(call: Call) -> dict[str, Any]:
    """What of a call a press may change, as the journal may tell it."""
    return {
        "call_state": call.state,
        "answered_at": _iso(call.answered_at),
        "said": None if call.said is None else mask_numbers(call.said),
        "reply_by": _iso(call.reply_by),
        "replied_at": _iso(call.replied_at),
        "reply": None if call.reply is None else mask_numbers(call.reply),
        "mistaken": call.is_void,
    }


def _note(
    session: Session, actor: Actor, call: Call, act: str, client_id: str | None, reason: str | None = None
) -> None:
    session.add(
        CallChange(
            call_id=call.id,
            event_id=call.event_id,
            scope_code=call.scope_code,
            act=act,
            is_void=call.is_void,
            at=clock.now(),
            made_by=actor.called,
            reason=reason,
            client_id=client_id,
            **{field: getattr(call, field) for field in _STANDING},
        )
    )
    session.flush()


def _open_event(session: Session, actor: Actor, event_id: int) -> HazardEvent:
    if not actor.may(WORK):
        raise NotAllowed("您没有叫应的权限；叫应由县、乡镇值班人员办理。")
    event = event_of(session, event_id, actor.scope)
    if refusal := turns.refused_in(event.phase):
        raise Conflict(refusal)
    return event


def _is_settled(event: HazardEvent, call: Call, at: datetime) -> bool:
    """Of a mistake: whether the call was made before it, and ``at`` is after; what was pressed in time may come late."""
    wrong_since = mistaken_at(event)
    return wrong_since is not None and call.called_at < wrong_since <= at


def _let_go(session: Session, actor: Actor, call: Call) -> None:
    """Who was rung before all was a mistake, or before the division left, and has not answered, is waited for no more: another call begins there."""
    if call.state != "calling":
        return
    before = _told(call)
    call.state = "handed_on"
    call.version += 1
    session.flush()
    _note(session, actor, call, "hand_on", None)
    diff = {"call_state": [before["call_state"], call.state]}
    record(session, actor, "calls.hand_on", _subject(call), counts={"event": call.event_id}, diff=diff)


def _require_above(actor: Actor, code: str) -> None:
    if code == actor.scope.prefix or not actor.scope.covers(code):
        raise NotAllowed("本级由上级叫应，请由上级记录；您可以叫应所辖的村。")


def _require_below(session: Session, actor: Actor, event_id: int, code: str) -> CalledDivision:
    """NotAllowed outside what the actor calls, NotFound where the event does not concern the division."""
    actor.scope.narrowed(code)
    _require_above(actor, code)
    around = AreaScope(township_of(code)) if is_village(code) else actor.scope
    for place in places_to_call(session, event_id, around):
        if place.code == code:
            return place
    raise NotFound("这个乡镇或村不在事件的影响范围内，不用叫应；如应叫应，请先更改影响范围。")


def _require_seen(before: Call | None, seen: int | None) -> None:
    """Conflict when somebody else has called since the page was made, or is calling."""
    if before is None or (before.state != "calling" and seen in (None, before.id)):
        return
    who, at, whom = before.called_by, _clock(before.called_at), mask_name(before.name)
    if before.state == "calling":
        raise Conflict(f"{who} 已于 {at} 呼叫{whom}，还没有记结果。请先记“已应”或“未应”，再叫下一人。")
    came_of_it = CALL_STATE.label(before.state)
    raise Conflict(f"{who} 已于 {at} 呼叫{whom}，记为“{came_of_it}”。您的这次呼叫没有记录；确需再叫的，请再按一次。")


def _moment(press: Press) -> datetime:
    """When it was pressed: a press may have waited for the network."""
    return clock.now() - min(max(press.ago, timedelta(0)), MOST_AGO)


def _text(value: str | None, most: int) -> str | None:
    said = (value or "").strip()
    if len(said) > most:
        raise BadInput(f"文字最多 {most} 个字，请精简。")
    return said or None


def _subject(call: Call) -> Subject:
    return Subject("call", str(call.id), call.scope_code)


def _clock(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%H:%M")


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
