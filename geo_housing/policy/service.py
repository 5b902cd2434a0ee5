"""Recording settings and the table of workdays. A value is never edited: a newer one follows it, with its basis."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geo_housing.clock import today
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.journal.service import Subject, record
from geo_housing.policy.defaults import SETTINGS
from geo_housing.policy.models import PolicySetting, Workday
from geo_housing.policy.queries import effective
from geo_housing.policy.values import read_basis, shown
from geo_housing.policy.workdays import NamedDay
from geo_housing.scope import AreaScope

EVERY_AREA = "0"
EARLIEST = date(1990, 1, 1)


def record_value(
    session: Session, actor: Actor, *, key: str, value: Any, area_code: str, effective_from: date, basis: str
) -> PolicySetting:
    """A new value of one setting from a day on, for an area of the actor's own.

    Conflict when exactly that is already in force, so that a form sent twice records once.
    """
    if key not in SETTINGS:
        raise NotFound(f"没有“{key}”这项设置。")
    words = SETTINGS[key].words
    _check_area(actor, area_code)
    document = read_basis(basis)
    if SETTINGS[key].of_everybody and area_code != EVERY_AREA:
        raise BadInput(
            f"“{SETTINGS[key].label}”在登录时使用，那时还不知道属于哪个辖区，只能对全库设置，请由全库管理员办理。"
        )
    if effective_from < EARLIEST:
        raise BadInput("生效日期太早，请核对年份。")
    before = effective(session, key, area_code=area_code, on=max(effective_from, today()))
    same = (before.value, before.area_code, before.effective_from, before.basis)
    if same == (value, area_code, effective_from, document):
        raise Conflict("这个值已经记录过，没有重复记录。")
    row = PolicySetting(
        key=key,
        area_code=area_code,
        value=value,
        effective_from=effective_from,
        basis=document,
        recorded_by=actor.name,
    )
    session.add(row)
    session.flush()
    record(
        session,
        actor,
        "policy.record_value",
        Subject("setting", key, area_code),
        diff={
            "value": [shown(before.value, words), shown(value, words)],
            "effective_from": [None, effective_from.isoformat()],
        },
        note=row.basis,
    )
    return row


def load_workdays(session: Session, actor: Actor, *, days: list[NamedDay], basis: str) -> int:
    """Take over a table of days; a day that was there before says what the newer document says. How many changed."""
    document = read_basis(basis)
    present = {
        row.day: (row.is_workday, row.basis)
        for row in session.scalars(select(Workday).where(Workday.day.in_([named.day for named in days])))
    }
    changed = [named for named in days if present.get(named.day) != (named.is_workday, document)]
    if not changed:
        return 0
    statement = insert(Workday).values(
        [{"day": named.day, "is_workday": named.is_workday, "basis": document} for named in changed]
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Workday.day],
            set_={"is_workday": statement.excluded.is_workday, "basis": statement.excluded.basis},
        )
    )
    diff = {
        named.day.isoformat(): [_said(present[named.day][0]) if named.day in present else None, _said(named.is_workday)]
        for named in changed
    }
    counts = {"read": len(days), "changed": len(changed)}
    subject = Subject("workdays", f"{days[0].day.year}", actor.scope.lo)
    record(session, actor, "policy.load_workdays", subject, counts=counts, diff=diff, note=document)
    return len(changed)


def _said(is_workday: bool) -> str:
    return "上班" if is_workday else "休息"


def _check_area(actor: Actor, area_code: str) -> None:
    prefix = AreaScope("" if area_code == EVERY_AREA else area_code).prefix
    if not actor.scope.covers(prefix):
        raise NotAllowed("不能为自己管辖范围以外的区域记录设置；需要时请联系上级管理员。")
