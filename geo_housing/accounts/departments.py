"""Departments (部门) that certify categories: data that a county keeps, because offices are merged and renamed.

Who is granted a department sees the households of its categories and no others; changing the categories changes the list at once.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.accounts.models import Department, Grant
from geo_housing.accounts.queries import held
from geo_housing.clock import now
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotFound
from geo_housing.journal.service import Subject, record
from geo_housing.words import CATEGORY

MOST_NAME = 40
# 认定部门 of the six key groups and of their forerunners (domain: 4.1), as a county may begin with.
USUAL: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("民政局", ("K2", "K3", "K5", "L2", "L3")),
    ("农业农村（乡村振兴）局", ("K1", "K4", "K6", "L1")),
    ("残疾人联合会", ("L4",)),
)


def departments_of(session: Session, *, with_ended: bool = False) -> list[Department]:
    """Departments within one's area, by name; ended ones last."""
    rows = list(session.scalars(select(Department).order_by(Department.name, Department.id)))
    kept = [row for row in rows if with_ended or row.ended_at is None]
    return sorted(kept, key=lambda row: row.ended_at is not None)


def department_of(session: Session, department_id: int) -> Department:
    """One of them; NotFound outside one's area."""
    found = session.scalar(select(Department).where(Department.id == department_id))
    if found is None:
        raise NotFound("没有这个部门，或它不在您的管辖范围内。")
    return found


def add_department(
    session: Session,
    actor: Actor,
    *,
    scope_code: str,
    name: str,
    categories: Sequence[str],
    client_id: str | None = None,
) -> Department:
    """A further department of an area; the same form again is the same department."""
    if client_id:
        sent = select(Department).where(Department.created_by == actor.name, Department.client_id == client_id)
        if (known := session.scalar(sent)) is not None:
            return known
    spelled, codes = _name(name), _categories(categories)
    _refuse_double(session, scope_code, spelled)
    row = Department(
        scope_code=scope_code, name=spelled, categories=codes, created_by=actor.name, client_id=client_id or None
    )
    session.add(row)
    session.flush()
    _note(session, actor, "departments.add", row, {"name": [None, spelled], "categories": [None, codes]})
    return row


def add_usual(session: Session, actor: Actor, *, scope_code: str) -> int:
    """The usual departments that are not there yet; how many were added."""
    known = {row.name for row in departments_of(session)}
    missing = [(name, codes) for name, codes in USUAL if name not in known]
    for name, codes in missing:
        add_department(session, actor, scope_code=scope_code, name=name, categories=codes)
    return len(missing)


def change_department(
    session: Session, actor: Actor, department_id: int, *, name: str, categories: Sequence[str], version: int
) -> Department:
    """Another name or other categories; Conflict upon a stale version."""
    row = _locked(session, department_id, version)
    spelled, codes = _name(name), _categories(categories)
    if spelled != row.name:
        _refuse_double(session, row.scope_code, spelled)
    pairs: dict[str, tuple[object, object]] = {
        "name": (row.name, spelled),
        "categories": (list(row.categories), codes),
    }
    changed: dict[str, object] = {field: list(pair) for field, pair in pairs.items() if pair[0] != pair[1]}
    if changed:
        row.name, row.categories = spelled, codes
        row.version += 1
        session.flush()
        _note(session, actor, "departments.change", row, changed)
    return row


def end_department(session: Session, actor: Actor, department_id: int, *, version: int) -> Department:
    """It certifies nothing any more: whoever has been granted it sees nothing from now on. Conflict while grants stand."""
    row = _locked(session, department_id, version)
    if row.ended_at is None:
        standing = session.scalars(select(Grant).where(Grant.department_id == row.id))
        if any(held(grant).holds_at(now()) or held(grant).is_coming(now()) for grant in standing):
            raise Conflict(f"还有用户授权为“{row.name}”。请先在“用户”里终止这些授权，再停用部门。")
        row.ended_at = now()
        row.version += 1
        session.flush()
        _note(session, actor, "departments.end", row, {"name": [row.name, None]})
    return row


def _locked(session: Session, department_id: int, version: int) -> Department:
    department_of(session, department_id)
    row = session.scalars(
        select(Department).where(Department.id == department_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).one()
    if row.version != version:
        raise Conflict("这个部门刚被别人改过，您的没有保存。请刷新页面，核对后再保存。")
    return row


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > MOST_NAME:
        raise BadInput(f"请填写部门名称，最多 {MOST_NAME} 个字。")
    return name


def _categories(codes: Sequence[str]) -> list[str]:
    found = sorted({CATEGORY.code(code) for code in codes if code.strip()})
    if not found:
        raise BadInput("请选择这个部门认定的类别，至少一项。")
    return found


def _refuse_double(session: Session, scope_code: str, name: str) -> None:
    same = select(Department.id).where(
        Department.scope_code == scope_code, Department.name == name, Department.ended_at.is_(None)
    )
    if session.scalar(same) is not None:
        raise Conflict(f"“{name}”已经登记了，请直接修改它认定的类别。")


def _note(session: Session, actor: Actor, action: str, row: Department, diff: dict[str, object]) -> None:
    record(session, actor, action, Subject("department", str(row.id), row.scope_code), diff=diff)
