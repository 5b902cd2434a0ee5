"""Another name for an event, given by a person who may change it, and what a corrected hour makes of its own one."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.naming import is_own_name, is_taken, name_of, own_name
from geo_housing.hazards.service import lock_event, may_edit, require_whole_event
from geo_housing.journal.service import Subject, record

MOST_NAME = 100


def rename_event(session: Session, actor: Actor, event_id: int, name: str, *, was: str) -> bool:
    """Call an event by ``name``, or without one by area, kind and time again; whether it was called otherwise.

    Conflict where it is no longer called as the person saw it (``was``). What has left on paper keeps the name that it had.
    """
    may_edit(actor)
    event = lock_event(session, event_id)
    require_whole_event(actor, event)
    if event.name != was:
        raise Conflict(f"这个事件刚被改名为“{event.name}”，您的没有保存。请核对后再改。")
    called = " ".join(name.split()) or name_of(session, event, None)
    if called == event.name:
        return False
    if len(called) > MOST_NAME:
        raise BadInput(f"名称最多 {MOST_NAME} 个字。")
    if is_taken(session, called, event_id):
        raise BadInput(f"已有名为“{called}”的事件，请加上日期或地名区分。")
    record(
        session,
        actor,
        "hazards.rename",
        Subject("event", str(event_id), event.scope_code),
        diff={"name": [event.name, called]},
    )
    event.name = called
    event.version += 1
    session.flush()
    return True


def begin_otherwise(
    session: Session, actor: Actor, event: HazardEvent, wrong: Collection[datetime | None], right: datetime
) -> bool:
    """The hour of a warning was put right: an event that began with a ``wrong`` one begins at the ``right`` one, and is called so.

    Whether it began there. A name that a person gave stays.
    """
    if event.starts_at is None or event.starts_at not in wrong:
        return False
    before, called = event.starts_at, event.name
    follows = is_own_name(called, own_name(session, event))
    event.starts_at = right
    if follows:
        event.name = name_of(session, event, None)
    event.version += 1
    session.flush()
    began = [before.isoformat(), right.isoformat()]
    diff = {"starts_at": began} if called == event.name else {"starts_at": began, "name": [called, event.name]}
    record(session, actor, "hazards.rename", Subject("event", str(event.id), event.scope_code), diff=diff)
    return True
