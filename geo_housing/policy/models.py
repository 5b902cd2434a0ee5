"""Tables of the settings that the bureau's rules are made of: value, area, effect date, basis."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Identity, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code


class PolicySetting(Base):
    """One value of one rule from a date on; the latest effective one of the nearest area holds.

    Of two with the same date the one recorded later holds: that is how a slip is corrected without editing.
    """

    __tablename__ = "policy_setting"
    __table_args__ = (
        Index("ix_policy_setting_key", "key", "area_code", "effective_from"),
        {
            "comment": "Rules as data: value with area, effect date and basis; never edited, only followed by a newer one"
        },
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(Code)
    area_code: Mapped[str] = mapped_column(Code, comment="0 for every area")
    value: Mapped[Any] = mapped_column(JSONB)
    effective_from: Mapped[date]
    basis: Mapped[str] = mapped_column(comment="document number, or 系统建议值（待县局确认）")
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Workday(Base):
    """A day that deviates from Monday-Friday: public holidays and their make-up days."""

    __tablename__ = "workday"
    __table_args__ = {"comment": "Only the exceptions from Monday to Friday"}

    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    basis: Mapped[str]
