"""Whom one calls: the people of the roster in their order, with the numbers that a reader may see."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, NotFound, NotReady
from geo_housing.keys import KeyRing
from geo_housing.masking import mask_name
from geo_housing.phones import mask_phones, numbers_of, read_phones
from geo_housing.roster.facts import KINDS
from geo_housing.roster.models import Contact
from geo_housing.roster.queries import ContactRow, calling_orders
from geo_housing.roster.service import add_row
from geo_housing.roster.storing import open_phone

PERSONAL, NAMES = "personal.view", "heads.view"
CONTACTS = KINDS["contacts"]


@dataclass(frozen=True)
class Callee:
    """One person (or duty telephone) as the reader sees them; ``numbers`` in full are there to be dialled."""

    id: int
    name: str
    role: str
    turn: str
    masked: str | None
    numbers: tuple[str, ...] = ()


def callees(session: Session, actor: Actor, codes: Collection[str]) -> dict[str, list[Callee]]:
    """Whom to call in each division today, in order; numbers masked."""
    shows = actor.may(NAMES)
    return {code: [_callee(row, shows_name=shows) for row in rows] for code, rows in _own(session, codes).items()}


def _own(session: Session, codes: Collection[str]) -> dict[str, list[ContactRow]]:
    """The divisions' own people in their order: the township's are whoever calls, or are called in a row of their own."""
    orders = calling_orders(session, codes, clock.today())
    return {code: [row for row in orders[code] if not row.from_above] for code in codes}


def numbers_to_dial(
    session: Session, actor: Actor, contact_ids: Iterable[int], ring: KeyRing
) -> dict[int, tuple[str, ...]]:
    """The full numbers of those who are called next, for those who may dial them.

    Whoever dials leaves an entry in the journal with the call that begins, not with each look at the board.
    """
    wanted = sorted(set(contact_ids))
    if not wanted or not actor.may(PERSONAL):
        return {}
    found = session.scalars(select(Contact).where(Contact.id.in_(wanted), Contact.phone_cipher.is_not(None)))
    return {contact.id: _opened(contact, ring) for contact in found}


def _opened(contact: Contact, ring: KeyRing) -> tuple[str, ...]:
    """The numbers of a contact; none where they no longer open (a key is missing): all others are called all the same."""
    try:
        return numbers_of(open_phone(CONTACTS, contact, ring))
    except (NotReady, ValueError):
        return ()


def person_of(session: Session, contact_id: int, code: str) -> tuple[str, str, str | None]:
    """Name, role and masked number of a contact who is called for ``code``; NotFound when they do not answer there."""
    for row in _own(session, [code])[code]:
        if row.id == contact_id:
            return row.name, _role(row), row.phone
    raise NotFound("通讯录里这个乡镇或村没有这位责任人，或已离任；请刷新页面重新选择。")


def typed_number(text: str) -> str | None:
    """What was typed as a telephone number, masked; BadInput where nothing of it can be dialled."""
    read = read_phones(text)
    if read.text is None and text.strip():
        raise BadInput("电话号码不对，请核对：手机 11 位，座机带区号。")
    return None if read.text is None else mask_phones(read.text)


def keep_in_roster(
    session: Session, actor: Actor, code: str, *, name: str, role: str, phone: str, ring: KeyRing, client_id: str | None
) -> int:
    """Keep whoever was typed as a contact of the division; their id."""
    given = {"role": role or "other", "name": name, "phone": phone}
    return add_row(session, actor, CONTACTS, code, given, ring=ring, client_id=client_id)


def _callee(row: ContactRow, *, shows_name: bool) -> Callee:
    name = row.name if shows_name else mask_name(row.name)
    return Callee(row.id, name, _role(row), row.turn, row.phone)


def _role(row: ContactRow) -> str:
    return " ".join(part for part in (row.unit, row.post or row.role_label) if part)
