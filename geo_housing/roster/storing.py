"""How the roster's values become rows: telephones sealed, points made, differences found and journalled one by one."""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from geo_housing.accounts.models import User
from geo_housing.area_codes import township_of
from geo_housing.db import Actor
from geo_housing.errors import BadInput
from geo_housing.geometry import HOUSE_SRID
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing
from geo_housing.phones import mask_phones
from geo_housing.roster.closing import check_empty
from geo_housing.roster.facts import KINDS, SEALED, Kind, Values, diff_of, whole_faults
from geo_housing.roster.models import Contact, Shelter, Technician

Row = Contact | Shelter | Technician
MODELS: dict[str, type[Row]] = {"contacts": Contact, "shelters": Shelter, "technicians": Technician}
_POINT = ("lon", "lat")


def row_of(session: Session, kind: Kind, row_id: int) -> Row | None:
    """One stored row, as long as the reader may see it."""
    found: Row | None = session.get(cast("Any", MODELS[kind.name]), row_id)
    return found


def has_ended(row: Row, on: date) -> bool:
    """Whether somebody has left by that day, or a shelter is closed."""
    return row.state == "closed" if isinstance(row, Shelter) else row.valid_to is not None and row.valid_to < on


def kind_of(row: Row) -> Kind:
    """What a stored row is."""
    return next(kind for name, kind in KINDS.items() if isinstance(row, MODELS[name]))


def open_phone(kind: Kind, row: Row, ring: KeyRing) -> str:
    """The sealed text of a row that has one."""
    assert row.phone_cipher is not None, "the caller has looked"
    return ring.decrypt(bytes(row.phone_cipher), field=f"{kind.subject}.phone", owner=row.id)


def phone_key(kind: Kind, phone: str, ring: KeyRing) -> object:
    """The keyed hash under which a whole telephone text is known again."""
    return ring.search_id(phone, field=f"{kind.subject}.phone")


def take_turns(session: Session, area_code: str) -> None:
    """Two who write the roster of one township at once go one after the other."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"roster {township_of(area_code)}"}
    )


def store_new(
    session: Session,
    actor: Actor,
    kind: Kind,
    area_code: str,
    values: Values,
    *,
    ring: KeyRing,
    client_id: str | None = None,
    batch_id: int | None = None,
    is_demo: bool = False,
) -> int:
    """Store checked values as a new row; its id. The caller has looked for rights and for the same one."""
    model = MODELS[kind.name]
    row_id = int(
        session.execute(
            text("SELECT nextval(pg_get_serial_sequence(:table, 'id'))"), {"table": model.__tablename__}
        ).scalar_one()
    )
    session.execute(
        insert(model).values(
            id=row_id,
            scope_code=area_code,
            created_by=actor.name,
            client_id=client_id,
            batch_id=batch_id,
            is_demo=is_demo,
            **_columns(kind, row_id, {name: value for name, value in values.items() if value is not None}, ring),
        )
    )
    return row_id


def store_many(
    session: Session,
    actor: Actor,
    kind: Kind,
    rows: Sequence[tuple[str, Values]],
    *,
    ring: KeyRing,
    is_demo: bool = False,
) -> None:
    """Store checked values as new rows, by division: one statement for all. None of them names an account."""
    model = MODELS[kind.name]
    ids = session.scalars(
        text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :n)"),
        {"table": model.__tablename__, "n": len(rows)},
    ).all()
    same = {"created_by": actor.name, "is_demo": is_demo}
    made = [
        {**_columns(kind, row_id, values, ring), "id": row_id, "scope_code": area_code, **same}
        for row_id, (area_code, values) in zip(ids, rows, strict=True)
    ]
    if made:
        session.execute(insert(model), made)


def change_row(
    session: Session,
    actor: Actor,
    row: Row,
    values: Values,
    *,
    ring: KeyRing,
    batch_id: int | None = None,
    sure: bool = False,
) -> list[str]:
    """Bring a row to the checked values; the fields that changed (none: nothing is written). Journalled one by one.

    StillInside where a shelter with people in it is closed and nobody is ``sure``.
    """
    kind = kind_of(row)
    wanted = changes_of(session, row, values, ring=ring)
    if not wanted:
        return []
    if isinstance(row, Shelter) and wanted.get("state") == "closed":
        check_empty(session, row, sure=sure)
    before = current(session, row)
    if faults := whole_faults(kind, {**before, **wanted}):
        raise BadInput(faults[0].sentence, faults=faults)
    diff = diff_of(kind, before, wanted)
    columns = _columns(kind, row.id, wanted, ring, before)
    if batch_id is not None:
        columns["batch_id"] = batch_id
    write(session, row, columns)
    record(
        session, actor, "roster.edit", Subject(kind.subject, str(row.id), row.scope_code), diff=diff, batch_id=batch_id
    )
    return list(wanted)


def changes_of(session: Session, row: Row, values: Values, *, ring: KeyRing) -> Values:
    """Those of the values that differ from what is stored."""
    kind, stored = kind_of(row), current(session, row)
    wanted = {}
    for name, value in values.items():
        if name == SEALED:
            if (None if value is None else phone_key(kind, value, ring)) != row.phone_key:
                wanted[name] = value
        elif plain(value) != plain(stored[name]):
            wanted[name] = value
    return wanted


def current(session: Session, row: Row) -> Values:
    """The values of a stored row by field; of the telephone only its mask."""
    values = {name: getattr(row, name, None) for name in kind_of(row).facts}
    values[SEALED] = row.phone_masked
    if isinstance(row, Shelter):
        point = select(func.ST_X(Shelter.geom), func.ST_Y(Shelter.geom)).where(Shelter.id == row.id)
        values["lon"], values["lat"] = session.execute(point).one()
    elif isinstance(row, Technician) and row.app_user_id is not None:
        values["account"] = session.scalar(select(User.name).where(User.id == row.app_user_id))
    return values


def write(session: Session, row: Row, columns: dict[str, Any]) -> None:
    """Write columns of a locked row; its version goes up."""
    session.execute(
        update(type(row))
        .where(type(row).id == row.id)
        .values(**columns, version=row.version + 1, updated_at=func.now())
        .execution_options(synchronize_session=False)
    )
    session.refresh(row)


def _columns(kind: Kind, row_id: int, values: Values, ring: KeyRing, stored: Values | None = None) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, value in values.items():
        if name == SEALED:
            columns |= _sealed(kind, row_id, value, ring)
        elif name == "account":
            account = select(User.id).where(User.name == value).scalar_subquery()
            columns["app_user_id"] = None if value is None else account
        elif name not in _POINT:
            columns[name] = list(value) or None if isinstance(value, tuple) else value
    if any(name in values for name in _POINT):
        whole = {**(stored or {}), **values}
        lon, lat = whole.get("lon"), whole.get("lat")
        # As text, so that many rows can be one statement.
        columns["geom"] = None if lon is None or lat is None else f"SRID={HOUSE_SRID};POINT({lon!r} {lat!r})"
    return columns


def _sealed(kind: Kind, row_id: int, phone: str | None, ring: KeyRing) -> dict[str, Any]:
    if phone is None:
        return dict.fromkeys(("phone_cipher", "phone_key", "phone_masked"))
    return {
        "phone_cipher": ring.encrypt(phone, field=f"{kind.subject}.phone", owner=row_id),
        "phone_key": phone_key(kind, phone, ring),
        "phone_masked": mask_phones(phone),
    }


def plain(value: Any) -> Any:
    """A value as it is compared: the order of a list says nothing, an empty one is none."""
    return (tuple(sorted(value)) or None) if isinstance(value, tuple | list) else value
