"""What the end of a division means for the roster: its people and shelters go to the division that takes it over."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.areas.announcements import AreaEnded, AreaReopened
from geo_housing.db import Actor

_TABLES = ("contact", "shelter", "technician")
_HAND_ON = (
    "UPDATE {table} SET scope_code = :heir, scope_before = :code, version = version + 1, updated_at = now()"
    " WHERE scope_code = :code"
)
_GIVE_BACK = (
    "UPDATE {table} SET scope_code = :code, scope_before = NULL, version = version + 1, updated_at = now()"
    " WHERE scope_before = :code AND scope_code = ANY (CAST(:heirs AS text[]))"
)
_WORKED_IN = text(
    'UPDATE technician SET areas = array_replace(areas, CAST(:code AS text) COLLATE "C", CAST(:heir AS text) COLLATE "C"),'
    " version = version + 1, updated_at = now() WHERE :code = ANY (areas)"
)


def hand_on_roster(session: Session, actor: Actor, ended: AreaEnded) -> int:
    """Contacts, shelters and technicians of an abolished division belong to its successor; no house moves here."""
    if ended.successor is not None:
        for table in _TABLES:
            session.execute(text(_HAND_ON.format(table=table)), {"code": ended.code, "heir": ended.successor})
        session.execute(_WORKED_IN, {"code": ended.code, "heir": ended.successor})
    return 0


def give_back_roster(session: Session, actor: Actor, reopened: AreaReopened) -> int:
    """What an abolished division had handed on is its own again; no house moves here."""
    for table in _TABLES:
        session.execute(text(_GIVE_BACK.format(table=table)), {"code": reopened.code, "heirs": list(reopened.heirs)})
    return 0
