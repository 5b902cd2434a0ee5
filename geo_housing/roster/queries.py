"""Reading the roster: whom to call for a division, where people can be brought, who may judge houses.

Telephones are masked in all of it; ``service.reveal`` shows one in full and notes it in the journal.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from geo_housing.accounts.models import User
from geo_housing.area_codes import TOWNSHIP_DIGITS, township_of
from geo_housing.areas.queries import names_of
from geo_housing.roster.facts import Kind
from geo_housing.roster.models import Contact, Shelter, Technician
from geo_housing.roster.order import DUTY_PHONE, call_key, holds_on
from geo_housing.scope import AreaScope
from geo_housing.words import CONTACT_ROLE, CONTACT_TURN, EVENT_KIND


@dataclass(frozen=True)
class ContactRow:
    """One person who answers for one division; ``phone`` is masked, ``from_above``: they answer for the township."""

    id: int
    area_code: str
    area_name: str
    role: str
    name: str
    unit: str | None
    post: str | None
    turn: str
    rank: int | None
    phone: str | None
    valid_from: date | None
    valid_to: date | None
    remark: str | None
    is_demo: bool
    version: int
    from_above: bool = False

    @property
    def role_label(self) -> str:
        """The role as people read it; a word of the county's own as it was written."""
        return CONTACT_ROLE.label(self.role)

    @property
    def turn_label(self) -> str:
        """主责 or 备岗."""
        return CONTACT_TURN.label(self.turn)

    def holds_on(self, on: date) -> bool:
        """Whether they answer on that day."""
        return holds_on(on, self.valid_from, self.valid_to)


@dataclass(frozen=True)
class ShelterRow:
    """One place to which people are brought; ``phone`` is its contact's, masked; ``capacity`` 人."""

    id: int
    area_code: str
    area_name: str
    name: str
    address: str | None
    lon: float | None
    lat: float | None
    capacity: int | None
    contact_name: str | None
    phone: str | None
    state: str
    safe_from: tuple[str, ...] | None
    remark: str | None
    is_demo: bool
    version: int
    # Closed: not later than this.
    changed_at: datetime

    @property
    def safe_from_labels(self) -> list[str]:
        """The kinds of disaster that it is safe from; none stated is an empty list."""
        return [EVENT_KIND.label(kind) for kind in self.safe_from or ()]


@dataclass(frozen=True)
class TechnicianRow:
    """One technician; ``areas`` are the divisions they work in (None: all of ``area_code``), ``account`` their sign-in name."""

    id: int
    area_code: str
    area_name: str
    name: str
    unit: str | None
    specialty: str | None
    certificate: str | None
    team: str | None
    phone: str | None
    areas: tuple[str, ...] | None
    area_names: tuple[str, ...]
    account: str | None
    app_user_id: int | None
    valid_from: date | None
    valid_to: date | None
    remark: str | None
    is_demo: bool
    version: int

    def holds_on(self, on: date) -> bool:
        """Whether they work on that day."""
        return holds_on(on, self.valid_from, self.valid_to)


@dataclass(frozen=True)
class RosterEntry:
    """Any of the three, as far as a list of names needs it; ``phone`` is masked."""

    id: int
    area_code: str
    area_name: str
    name: str
    role: str | None
    phone: str | None
    valid_to: date | None
    is_closed: bool

    @property
    def role_label(self) -> str:
        """The role of a contact; empty for the others."""
        return CONTACT_ROLE.label(self.role) if self.role else ""


def entries_of(session: Session, kind: Kind, scope: AreaScope) -> list[RosterEntry]:
    """All contacts, shelters or technicians in a scope, former ones too."""
    if kind.name == "contacts":
        return [_entry(row, role=row.role) for row in contacts_of(session, scope)]
    if kind.name == "shelters":
        return [_entry(row) for row in shelters_of(session, scope, with_closed=True)]
    return [_entry(row) for row in all_technicians(session, scope)]


def _entry(row: ContactRow | ShelterRow | TechnicianRow, role: str | None = None) -> RosterEntry:
    return RosterEntry(
        id=row.id,
        area_code=row.area_code,
        area_name=row.area_name,
        name=row.name,
        role=role,
        phone=row.phone,
        valid_to=None if isinstance(row, ShelterRow) else row.valid_to,
        is_closed=isinstance(row, ShelterRow) and row.state == "closed",
    )


def calling_orders(session: Session, area_codes: Collection[str], on: date) -> dict[str, list[ContactRow]]:
    """Whom to call for townships and villages on a day, first to last: A before B, by rank, the duty telephone last.

    By code; one without anybody has an empty list. Of a village without anybody who has a telephone, the township's people
    follow, marked ``from_above``; the township's duty telephone stands after every village's own people.
    """
    townships = {township_of(code) for code in area_codes if len(code) > TOWNSHIP_DIGITS}
    by_area: dict[str, list[ContactRow]] = defaultdict(list)
    for row in _contacts(session, Contact.scope_code.in_(sorted({*area_codes, *townships}))):
        if row.holds_on(on):
            by_area[row.area_code].append(row)
    return {code: _with_those_above(code, by_area) for code in area_codes}


def _with_those_above(code: str, by_area: Mapping[str, list[ContactRow]]) -> list[ContactRow]:
    own = list(by_area.get(code, ()))
    if len(code) <= TOWNSHIP_DIGITS:
        return own
    above = by_area.get(township_of(code), [])
    if any(row.phone for row in own):
        above = [row for row in above if row.role == DUTY_PHONE]
    return own + [replace(row, from_above=True) for row in above]


def contacts_of(session: Session, scope: AreaScope) -> list[ContactRow]:
    """All contacts of the divisions in a scope, whenever they answer: by division, then in the order of calling."""
    return _contacts(session, _inside(Contact.scope_code, scope))


def shelters_of(session: Session, scope: AreaScope, *, with_closed: bool = False) -> list[ShelterRow]:
    """Places that serve a scope: those in it, and those of the township (county) around it; closed ones only if asked."""
    wanted = _inside_or_above(Shelter.scope_code, scope)
    if not with_closed:
        wanted = and_(wanted, Shelter.state == "open")
    return _shelters(session, wanted)


def shelter_row(session: Session, shelter_id: int) -> ShelterRow | None:
    """One shelter, as long as the reader may see it."""
    return next(iter(_shelters(session, Shelter.id == shelter_id)), None)


def technicians_of(session: Session, scope: AreaScope, on: date) -> list[TechnicianRow]:
    """Who may judge houses in a scope on a day: sent there, or for all of the county or township around it."""
    return [
        row
        for row in all_technicians(session, scope)
        if row.holds_on(on) and (row.areas is None or any(_meet(code, scope.prefix) for code in row.areas))
    ]


def all_technicians(session: Session, scope: AreaScope) -> list[TechnicianRow]:
    """Everybody whom the scope or a division above it sends, whenever and wherever they work: by team, then name."""
    return _technicians(session, _inside_or_above(Technician.scope_code, scope))


def technician_of_user(session: Session, user_id: int, on: date) -> TechnicianRow | None:
    """As whom an account signs on a day; None when it is nobody's."""
    found = _technicians(session, Technician.app_user_id == user_id)
    return next((row for row in found if row.holds_on(on)), None)


def areas_of_technician(session: Session, user_id: int, on: date) -> tuple[str, ...] | None:
    """The divisions in which somebody works as a technician: their own, else those of their team; None: they are none, or all.

    ``areas`` of the roster say where somebody looks at houses, the grant of their account what they may see.
    """
    own = technician_of_user(session, user_id, on)
    if own is None:
        return None
    if own.areas is not None:
        return tuple(own.areas)
    if own.team is None:
        return None
    mates = [row for row in _technicians(session, Technician.team == own.team) if row.holds_on(on) and row.areas]
    return tuple(sorted({code for mate in mates for code in mate.areas or ()})) or None


def _inside(column: Any, scope: AreaScope) -> ColumnElement[bool]:
    return and_(column >= scope.lo, column < scope.hi)


def _inside_or_above(column: Any, scope: AreaScope) -> ColumnElement[bool]:
    return or_(_inside(column, scope), func.starts_with(literal(scope.lo), column))


def _meet(code: str, prefix: str) -> bool:
    return code.startswith(prefix) or prefix.startswith(code)


def _contacts(session: Session, wanted: ColumnElement[bool]) -> list[ContactRow]:
    found = session.scalars(select(Contact).where(wanted)).all()
    names = names_of(session, {contact.scope_code for contact in found})
    rows = [
        ContactRow(
            id=contact.id,
            area_code=contact.scope_code,
            area_name=names.get(contact.scope_code, contact.scope_code),
            role=contact.role,
            name=contact.name,
            unit=contact.unit,
            post=contact.post,
            turn=contact.turn,
            rank=contact.rank,
            phone=contact.phone_masked,
            valid_from=contact.valid_from,
            valid_to=contact.valid_to,
            remark=contact.remark,
            is_demo=contact.is_demo,
            version=contact.version,
        )
        for contact in found
    ]
    return sorted(
        rows, key=lambda row: (row.area_code, call_key(role=row.role, turn=row.turn, rank=row.rank, id=row.id))
    )


def _shelters(session: Session, wanted: ColumnElement[bool]) -> list[ShelterRow]:
    point = (func.ST_X(Shelter.geom).label("lon"), func.ST_Y(Shelter.geom).label("lat"))
    query: Select[Any] = select(Shelter, *point).where(wanted).order_by(Shelter.scope_code, Shelter.name, Shelter.id)
    found = session.execute(query).all()
    names = names_of(session, {row.Shelter.scope_code for row in found})
    return [
        ShelterRow(
            id=shelter.id,
            area_code=shelter.scope_code,
            area_name=names.get(shelter.scope_code, shelter.scope_code),
            name=shelter.name,
            address=shelter.address,
            lon=lon,
            lat=lat,
            capacity=shelter.capacity,
            contact_name=shelter.contact_name,
            phone=shelter.phone_masked,
            state=shelter.state,
            safe_from=None if shelter.safe_from is None else tuple(shelter.safe_from),
            remark=shelter.remark,
            is_demo=shelter.is_demo,
            version=shelter.version,
            changed_at=shelter.updated_at,
        )
        for shelter, lon, lat in found
    ]


def _technicians(session: Session, wanted: ColumnElement[bool]) -> list[TechnicianRow]:
    found = session.execute(
        select(Technician, User.name.label("account"))
        .outerjoin(User, User.id == Technician.app_user_id)
        .where(wanted)
        .order_by(Technician.team.nulls_last(), Technician.name, Technician.id)
    ).all()
    codes: set[str] = set()
    for row in found:
        codes |= {row.Technician.scope_code, *(row.Technician.areas or ())}
    names = names_of(session, codes)
    return [
        TechnicianRow(
            id=person.id,
            area_code=person.scope_code,
            area_name=names.get(person.scope_code, person.scope_code),
            name=person.name,
            unit=person.unit,
            specialty=person.specialty,
            certificate=person.certificate,
            team=person.team,
            phone=person.phone_masked,
            areas=None if person.areas is None else tuple(person.areas),
            area_names=_said(person.areas or (), names),
            account=account,
            app_user_id=person.app_user_id,
            valid_from=person.valid_from,
            valid_to=person.valid_to,
            remark=person.remark,
            is_demo=person.is_demo,
            version=person.version,
        )
        for person, account in found
    ]


def _said(codes: Iterable[str], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(names.get(code, code) for code in codes)
