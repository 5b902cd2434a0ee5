"""Rows of the roster made in a test, through the service, by somebody who may."""

from typing import Any

from geo_housing.keys import KeyRing, ensure_keys
from geo_housing.roster.facts import KINDS
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


def _add(toy: ToyDatabase, kind: str, area: str, given: dict[str, Any]) -> int:
    with toy.transaction() as session:
        return add_row(session, toy.actor(), KINDS[kind], area, given, ring=ring(toy))
