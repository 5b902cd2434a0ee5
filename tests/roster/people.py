"""Rows of the roster made in a test, through the service, by somebody who may."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.keys import KeyRing, ensure_keys
from geo_housing.roster.facts import KINDS
from geo_housing.roster.queries import ContactRow, calling_orders
from geo_housing.roster.service import add_row
from tests.fixtures.toy import ToyDatabase


def ring(toy: ToyDatabase) -> KeyRing:
    """The keys of the toy county."""
    return ensure_keys(toy.settings.keys_file)


def contact(toy: ToyDatabase, area: str, name: str, role: str = "secretary", **more: Any) -> int:
    """One contact, committed."""
    return _add(toy, "contacts", area, {"name": name, "role": role, **more})


def shelter(toy: ToyDatabase, area: str, name: str, **more: Any) -> int:
    """One shelter, committed."""
    return _add(toy, "shelters", area, {"name": name, **more})


def technician(toy: ToyDatabase, area: str, name: str, **more: Any) -> int:
    """One technician, committed."""
    return _add(toy, "technicians", area, {"name": name, **more})


def calling_order(session: Session, area_code: str, on: date) -> list[ContactRow]:
    """Whom to call for one division on a day, first to last."""
    return calling_orders(session, [area_code], on)[area_code]


def _add(toy: ToyDatabase, kind: str, area: str, given: dict[str, Any]) -> int:
    with toy.transaction() as session:
        return add_row(session, toy.actor(), KINDS[kind], area, given, ring=ring(toy))
