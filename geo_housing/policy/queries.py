"""Reading settings: the nearest area's latest effective value, else the default. Settings are public: no scope."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, bindparam, func, literal, or_, select
from sqlalchemy.orm import Session

from geo_housing.policy.defaults import SETTINGS
from geo_housing.policy.models import PolicySetting, Workday


@dataclass(frozen=True)
class Effective:
    """A value that holds, and what it rests on."""

    value: Any
    basis: str
    area_code: str
    effective_from: date | None


# Asked by every request, and by many often: put together once.
_EFFECTIVE = (
    select(PolicySetting.value, PolicySetting.basis, PolicySetting.area_code, PolicySetting.effective_from)
    .where(
        PolicySetting.key == bindparam("key"),
        PolicySetting.effective_from <= bindparam("on"),
        or_(
            PolicySetting.area_code == "0",
            bindparam("area_code", type_=Text()).startswith(PolicySetting.area_code),
        ),
    )
    .order_by(
        func.length(func.nullif(PolicySetting.area_code, "0")).desc().nulls_last(),
        PolicySetting.effective_from.desc(),
        PolicySetting.id.desc(),
    )
    .limit(1)
)


def effective(session: Session, key: str, *, area_code: str, on: date) -> Effective:
    """What holds for ``key`` in ``area_code`` on a day; settings are public, so this takes no scope."""
    row = session.execute(_EFFECTIVE, {"key": key, "on": on, "area_code": area_code}).one_or_none()
    if row is None:
        setting = SETTINGS[key]
        return Effective(setting.default, setting.basis, "0", None)
    return Effective(row.value, row.basis, row.area_code, row.effective_from)


@dataclass(frozen=True)
class Recorded:
    """One value as it was recorded, in force or not (yet, any more)."""

    key: str
    area_code: str
    value: Any
    effective_from: date
    basis: str
    recorded_by: str
    recorded_at: datetime


def recorded(session: Session, *, area_code: str) -> dict[str, list[Recorded]]:
    """Everything recorded for an area, for areas around it and within it: by key, the latest effective first."""
    rows = session.scalars(
        select(PolicySetting)
        .where(
            or_(
                PolicySetting.area_code == "0",
                literal(area_code).startswith(PolicySetting.area_code),
                literal(area_code) == "0",
                PolicySetting.area_code.startswith(area_code),
            )
        )
        .order_by(PolicySetting.key, PolicySetting.effective_from.desc(), PolicySetting.id.desc())
    )
    found: dict[str, list[Recorded]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(
            Recorded(row.key, row.area_code, row.value, row.effective_from, row.basis, row.recorded_by, row.recorded_at)
        )
    return found


@dataclass(frozen=True)
class Day:
    """A day that deviates from Monday to Friday, and the document that says so."""

    day: date
    is_workday: bool
    basis: str


def special_days(session: Session, *, year: int | None = None) -> list[Day]:
    """The deviating days of a year, or all, in order."""
    wanted = select(Workday).order_by(Workday.day)
    if year is not None:
        wanted = wanted.where(Workday.day >= date(year, 1, 1), Workday.day <= date(year, 12, 31))
    return [Day(row.day, row.is_workday, row.basis) for row in session.scalars(wanted)]


def years_with_special_days(session: Session) -> list[int]:
    """The years for which a table of workdays was loaded, the latest first."""
    year = func.extract("year", Workday.day)
    return [int(value) for value in session.scalars(select(year).distinct().order_by(year.desc()))]


def areas_with_own(session: Session, keys: Iterable[str]) -> set[str]:
    """The divisions for which a value of one of these settings was recorded, in force or not; not the whole database's."""
    found = select(PolicySetting.area_code).where(PolicySetting.key.in_(list(keys)), PolicySetting.area_code != "0")
    return set(session.scalars(found.distinct()))
