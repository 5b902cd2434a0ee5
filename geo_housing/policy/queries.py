"""Reading settings: the nearest area's latest effective value, else the default."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session

from geo_housing.policy.defaults import SETTINGS
from geo_housing.policy.models import PolicySetting


@dataclass(frozen=True)
class Effective:
    """A value that holds, and what it rests on."""

    value: Any
    basis: str
    area_code: str
    effective_from: date | None


def effective(session: Session, key: str, *, area_code: str, on: date) -> Effective:
    """What holds for ``key`` in ``area_code`` on a day; settings are public, so this takes no scope."""
    row = session.execute(
        select(PolicySetting)
        .where(
            PolicySetting.key == key,
            PolicySetting.effective_from <= on,
            or_(PolicySetting.area_code == "0", literal(area_code).startswith(PolicySetting.area_code)),
        )
        .order_by(
            func.length(func.nullif(PolicySetting.area_code, "0")).desc().nulls_last(),
            PolicySetting.effective_from.desc(),
        )
        .limit(1)
    ).scalar_one_or_none()
    if row is None:
        setting = SETTINGS[key]
        return Effective(setting.default, setting.basis, "0", None)
    return Effective(row.value, row.basis, row.area_code, row.effective_from)
