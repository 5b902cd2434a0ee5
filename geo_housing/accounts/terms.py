"""What a grant of the narrow roles opens: the times of a shift, the organisation, the department."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.accounts.grants import HeldGrant, Shift, planned_shift, scope_of
from geo_housing.accounts.models import Department
from geo_housing.clock import BEIJING, now, today
from geo_housing.errors import BadInput, NotFound
from geo_housing.policy.queries import effective

MOST_NAME = 100


@dataclass(frozen=True)
class Terms:
    """As somebody stated them, in Beijing time; ``department`` is a name."""

    shift_from: datetime | None = None
    shift_to: datetime | None = None
    organisation: str | None = None
    department: str | None = None


@dataclass(frozen=True)
class SettledTerms:
    """Checked: what the columns of the grant will hold."""

    shift: Shift | None = None
    organisation: str | None = None
    department: Department | None = None

    @property
    def first_day(self) -> date | None:
        """Of a shift."""
        return self.shift.begins.astimezone(BEIJING).date() if self.shift else None

    @property
    def last_day(self) -> date | None:
        """Of a shift, should nobody take over before its cap."""
        return self.shift.cap.astimezone(BEIJING).date() if self.shift else None

    def are_those_of(self, grant: HeldGrant) -> bool:
        """Whether ``grant`` gives just this already."""
        wanted = (self.organisation, self.department.id if self.department else None)
        if (grant.organisation, grant.department_id) != wanted:
            return False
        return (self.shift is None) == (grant.shift is None) and (
            self.shift is None or grant.shift is None or self.shift == grant.shift
        )

    def columns(self) -> dict[str, Any]:
        """Columns of the grant."""
        shift = self.shift
        return {
            "shift_from": shift and shift.begins,
            "shift_to": shift and shift.planned_end,
            "shift_cap": shift and shift.cap,
            "organisation": self.organisation,
            "department_id": self.department.id if self.department else None,
        }

    def changes(self) -> dict[str, Any]:
        """For the journal."""
        told: dict[str, Any] = {}
        if self.shift is not None:
            told["shift_from"] = [None, self.shift.begins.isoformat(timespec="minutes")]
            told["shift_to"] = [None, self.shift.planned_end.isoformat(timespec="minutes")]
        if self.organisation is not None:
            told["organisation"] = [None, self.organisation]
        if self.department is not None:
            told["department"] = [None, self.department.name]
        return told


def settled_terms(session: Session, role: str, area_code: str, terms: Terms) -> SettledTerms:
    """What is stated for ``role``; BadInput for what is missing, and for what another role was meant by."""
    stated = {
        "duty": terms.shift_from is not None or terms.shift_to is not None,
        "third_party": bool((terms.organisation or "").strip()),
        "department": bool((terms.department or "").strip()),
    }
    if any(is_stated for other, is_stated in stated.items() if other != role):
        raise BadInput("班次只用于值班员，机构名称只用于第三方机构，部门只用于部门。请核对角色。")
    if role == "duty":
        return SettledTerms(shift=_shift(session, area_code, terms))
    if role == "third_party":
        return SettledTerms(organisation=organisation_name(terms.organisation))
    if role == "department":
        return SettledTerms(department=_department(session, area_code, terms.department))
    return SettledTerms()


def grace(session: Session, area_code: str) -> timedelta:
    """How long a shift goes on beyond its planned end while nobody takes over."""
    return timedelta(minutes=int(effective(session, "duty.grace_minutes", area_code=area_code, on=today()).value))


def organisation_name(text: str | None) -> str:
    """The name of an organisation as it is compared; BadInput without one."""
    name = " ".join((text or "").split())
    if not name:
        raise BadInput("第三方机构的授权要写明机构名称，与通讯录里专业技术人员的“单位”一致。")
    if len(name) > MOST_NAME:
        raise BadInput(f"机构名称最多 {MOST_NAME} 个字，请用规范的简称。")
    return name


def _shift(session: Session, area_code: str, terms: Terms) -> Shift:
    if terms.shift_from is None or terms.shift_to is None:
        raise BadInput("值班员的授权要写明班次的开始和结束时间，例如 2026-11-26 18:00 到 2026-11-27 08:00。")
    shift = planned_shift(terms.shift_from, terms.shift_to, grace=grace(session, area_code))
    if shift.planned_end <= now():
        raise BadInput("这个班次已经过去，请核对日期和时间。")
    return shift


def _department(session: Session, area_code: str, name: str | None) -> Department:
    wanted = " ".join((name or "").split())
    if not wanted:
        raise BadInput("部门的授权要选择是哪个部门。")
    rows = session.scalars(select(Department).where(Department.name == wanted, Department.ended_at.is_(None))).all()
    # The nearest one around the area of the grant.
    around = [row for row in rows if scope_of(row.scope_code).covers(scope_of(area_code).prefix)]
    if not around:
        raise NotFound(f"没有“{wanted}”这个部门，或它不认定这个区域的农户。请先在“设置 → 部门”里登记它认定哪些类别。")
    return max(around, key=lambda row: len(row.scope_code))
