"""Changes of the roster: adding, correcting, ending, and the one look at a full telephone number.

Telephones are sealed before they reach the database (D9). Nothing is deleted: who left has a last day, a shelter that is
no more is closed. Only what a list made goes with it when the load is taken back (``undo``).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.accounts.models import User
from geo_housing.area_codes import TOWNSHIP_DIGITS
from geo_housing.areas.queries import area_exists
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, NotFound, differs
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing
from geo_housing.phones import numbers_of
from geo_housing.roster.closing import check_empty
from geo_housing.roster.facts import SEALED, Kind, Values, diff_of, read_form, shown
from geo_housing.roster.models import Contact, Shelter
from geo_housing.roster.order import DUTY_PHONE
from geo_housing.roster.storing import (
    MODELS,
    Row,
    change_row,
    changes_of,
    current,
    open_phone,
    row_of,
    store_new,
    take_turns,
    write,
)

VIEW, EDIT, REVEAL = "roster.view", "roster.edit", "personal.view"
LINK_ACCOUNTS = "settings.edit"


def add_row(
    session: Session,
    actor: Actor,
    kind: Kind,
    area_code: str,
    given: Mapping[str, object],
    *,
    ring: KeyRing,
    client_id: str | None = None,
) -> int:
    """A new contact, shelter or technician of a division; the same form sent twice is one. Its id."""
    _may_edit(actor, area_code)
    if client_id is not None and (known := _of_client(session, actor, kind, client_id)) is not None:
        return known
    if not area_exists(session, area_code):
        raise BadInput("没有这个区划，请重新选择。", faults=[Fault(None, "area_code", area_code, "请选择乡镇或村。")])
    needed = {name: "" for name, fact in kind.facts.items() if fact.is_needed}
    values = _resolved(session, actor, kind, read_form(kind, {**needed, **given}))
    take_turns(session, area_code)
    _refuse_doubled(session, kind, area_code, values)
    row_id = store_new(session, actor, kind, area_code, values, ring=ring, client_id=client_id)
    subject = Subject(kind.subject, str(row_id), area_code)
    record(session, actor, "roster.add", subject, diff=diff_of(kind, {}, values))
    return row_id


def edit_row(
    session: Session,
    actor: Actor,
    kind: Kind,
    row_id: int,
    given: Mapping[str, object],
    *,
    version: int,
    ring: KeyRing,
    drops_phone: bool = False,
    sure: bool = False,
) -> list[str]:
    """Correct one; the fields that changed. An empty telephone leaves the stored one, unless it is to be dropped."""
    row = _locked(session, actor, kind, row_id)
    values = _resolved(session, actor, kind, read_form(kind, given))
    if drops_phone and SEALED not in values:
        values[SEALED] = None
    if row.version != version:
        stored, other = current(session, row), changes_of(session, row, values, ring=ring)
        raise Conflict(
            "这一条刚被别人改过，您的修改没有保存。请核对后再保存一次。",
            faults=[differs(name, shown(kind.facts[name], stored[name])) for name in other],
        )
    take_turns(session, row.scope_code)
    _refuse_doubled(
        session, kind, row.scope_code, {**{name: getattr(row, name) for name in kind.key}, **values}, row.id
    )
    return change_row(session, actor, row, values, ring=ring, sure=sure)


def end_row(
    session: Session, actor: Actor, kind: Kind, row_id: int, *, on: date | None = None, sure: bool = False
) -> None:
    """They no longer answer after the day ``on`` (yesterday, if none is given): they stay in the list of former ones.

    A shelter is closed; StillInside where people are in it and nobody is ``sure``.
    """
    row = _locked(session, actor, kind, row_id)
    if isinstance(row, Shelter):
        if row.state == "closed":
            return
        check_empty(session, row, sure=sure)
        values: Values = {"state": "closed"}
    else:
        last = on or clock.today() - timedelta(days=1)
        if last > clock.today():
            raise BadInput("最后一天不能晚于今天；以后才离任的，请在“任职截止”里填写。")
        if row.valid_to is not None and row.valid_to <= last:
            return
        values = {"valid_to": last}
        if row.valid_from is not None and row.valid_from > last:
            values["valid_from"] = last
    diff = diff_of(kind, {name: getattr(row, name) for name in values}, values)
    write(session, row, values)
    record(session, actor, "roster.end", Subject(kind.subject, str(row.id), row.scope_code), diff=diff)


def reveal(session: Session, actor: Actor, kind: Kind, row_id: int, *, ring: KeyRing) -> tuple[str, ...]:
    """The telephone numbers of one row in full. A duty telephone is an office's: whoever works with families may see it."""
    row = row_of(session, kind, row_id)
    if row is None or not actor.may(VIEW):
        raise NotFound(f"没有这个{kind.label}，或不在您的管辖范围内。")
    is_duty = isinstance(row, Contact) and row.role == DUTY_PHONE
    if not (actor.may(REVEAL) or (is_duty and actor.may("heads.view"))):
        raise NotAllowed("您的角色不能查看完整的电话号码。")
    if row.phone_cipher is None:
        raise NotFound(f"“{row.name}”没有登记电话。")
    numbers = numbers_of(open_phone(kind, row, ring))
    # An entry about a division above the reader's stands in their own area: they could not read it there.
    scope = row.scope_code if actor.scope.covers(row.scope_code) else actor.scope.lo
    record(session, actor, "roster.reveal", Subject(kind.subject, str(row.id), scope), counts={"phones": len(numbers)})
    return numbers


def _may_edit(actor: Actor, area_code: str) -> None:
    if not actor.may(EDIT):
        raise NotAllowed("您的角色不能修改通讯录；请联系乡镇或县住建局。")
    if not actor.scope.covers(area_code):
        raise NotAllowed("这个区划不在您的管辖范围内，不能在这里修改。")


def _locked(session: Session, actor: Actor, kind: Kind, row_id: int) -> Row:
    """The row, held until the end of the transaction. What stands above one's own area is seen, not changed."""
    model: Any = MODELS[kind.name]
    seen = row_of(session, kind, row_id)
    if seen is None:
        raise NotFound(f"没有这个{kind.label}，或不在您的管辖范围内。")
    _may_edit(actor, seen.scope_code)
    # FOR NO KEY UPDATE: whoever brings people names the row as a key, and closing waits for them.
    held = select(model).where(model.id == row_id).with_for_update(key_share=True)
    row: Row | None = session.scalar(held.execution_options(populate_existing=True))
    assert row is not None, "within one's own area what is seen can be held"
    return row


def _resolved(session: Session, actor: Actor, kind: Kind, values: Values) -> Values:
    """Values with what only the database knows: codes and accounts that exist, defaults of words that have one."""
    if "turn" in values:
        values["turn"] = values["turn"] or "A"
    if "state" in values:
        values["state"] = values["state"] or "open"
    faults: list[Fault] = []
    unknown = [
        code for code in values.get("areas") or () if len(code) != TOWNSHIP_DIGITS or not area_exists(session, code)
    ]
    if unknown:
        faults.append(Fault(None, "areas", "、".join(unknown), "请从本县的乡镇里选择。"))
    if not actor.may(LINK_ACCOUNTS):
        # As whom somebody signs is the county's to say; the form of others has no such field.
        values.pop("account", None)
    account = values.get("account")
    if account is not None and session.scalar(select(User.id).where(User.name == account)) is None:
        faults.append(Fault(None, "account", account, "没有这个登录名，请核对；没有平台账号的请留空。"))
    if faults:
        told = "；".join(
            f"{kind.facts[str(fault.column)].label}：{fault.sentence.removesuffix('。')}" for fault in faults
        )
        raise BadInput(f"有 {len(faults)} 项填得不对，没有保存。{told}。", faults=faults)
    return values


def _of_client(session: Session, actor: Actor, kind: Kind, client_id: str) -> int | None:
    model = MODELS[kind.name]
    return session.scalar(select(model.id).where(model.created_by == actor.name, model.client_id == client_id))


def _refuse_doubled(
    session: Session, kind: Kind, area_code: str, values: Mapping[str, Any], own_id: int | None = None
) -> None:
    model: Any = MODELS[kind.name]
    same = select(model.id).where(
        model.scope_code == area_code, *(getattr(model, name) == values[name] for name in kind.key)
    )
    if kind.name != "shelters":
        same = same.where(or_(model.valid_to.is_(None), model.valid_to >= clock.today()))
    if own_id is not None:
        same = same.where(model.id != own_id)
    if session.scalar(same.limit(1)) is not None:
        sentence = f"这里已登记{kind.label}“{values['name']}”，没有重复登记；请在原来那条上修改，确是同名的另一人，请在姓名后加以区分。"
        raise Conflict(sentence, faults=[Fault(None, "name", None, sentence)])
