"""What a load makes and changes, noted row by row, so that it can be taken back. Telephones are sealed here, too."""

from datetime import date
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from geo_housing.keys import KeyRing
from geo_housing.roster.facts import SEALED, Kind, Values
from geo_housing.roster.models import RosterChange

# What the ciphertexts of former telephones are bound to.
FIELD = "roster_change.phone"


def note_made(session: Session, load_id: int, kind: Kind, row_id: int, area_code: str) -> None:
    """A row that the load has made."""
    session.execute(
        insert(RosterChange).values(
            load_id=load_id, kind=kind.name, row_id=row_id, scope_code=area_code, version_after=1
        )
    )


def note_changed(
    session: Session,
    load_id: int,
    kind: Kind,
    row_id: int,
    area_code: str,
    before: Values,
    *,
    phone: str | None,
    version: int,
    ring: KeyRing,
) -> None:
    """Fields as they were before the load changed them; ``phone`` is the former telephone in full, ``version`` the new one."""
    change_id = int(session.scalar(text("SELECT nextval(pg_get_serial_sequence('roster_change', 'id'))")) or 0)
    session.execute(
        insert(RosterChange).values(
            id=change_id,
            load_id=load_id,
            kind=kind.name,
            row_id=row_id,
            scope_code=area_code,
            before={name: None if name == SEALED else _plain(value) for name, value in before.items()},
            phone_cipher=None if phone is None else ring.encrypt(phone, field=FIELD, owner=change_id),
            version_after=version,
        )
    )


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value
