"""Tables of handing over and taking over (交接班). The shifts themselves are grants."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code


class Handover(Base):
    """What an officer leaves to the next one. Append-only: the last of a shift counts."""

    __tablename__ = "duty_handover"
    __table_args__ = (
        Index("ix_duty_handover_scope_code", "scope_code", "given_at"),
        Index("ix_duty_handover_grant_id", "grant_id", "id"),
        Index("ix_duty_handover_user_id", "user_id"),
        Index("ix_duty_handover_to_user_id", "to_user_id"),
        Index(
            "uq_duty_handover_client_id",
            "given_by",
            "client_id",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        {"comment": "交班: what an officer leaves to the next one; append-only, the last of a shift counts"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code, comment="area of the shift")
    grant_id: Mapped[int] = mapped_column(ForeignKey("area_grant.id"), comment="the shift that is handed over")
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), comment="whose it is")
    to_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("app_user.id"), comment="who is to come; any other may come instead"
    )
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="open matters as counted when handed over")
    note: Mapped[str | None] = mapped_column(comment="what figures do not say")
    given_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    given_by: Mapped[str]
    client_id: Mapped[str | None] = mapped_column(Code)


class Takeover(Base):
    """Who went on from a shift. Append-only, once for each shift."""

    __tablename__ = "duty_takeover"
    __table_args__ = (
        Index("uq_duty_takeover_grant_id", "grant_id", unique=True),
        Index("ix_duty_takeover_scope_code", "scope_code", "taken_at"),
        Index("ix_duty_takeover_by_grant_id", "by_grant_id"),
        Index("ix_duty_takeover_handover_id", "handover_id"),
        Index("ix_duty_takeover_user_id", "user_id"),
        {"comment": "接班: who went on from a shift, when; append-only, once for each shift"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code, comment="area of the shift that ends with it")
    grant_id: Mapped[int] = mapped_column(ForeignKey("area_grant.id"), comment="the shift that ends with it")
    handover_id: Mapped[int | None] = mapped_column(
        ForeignKey("duty_handover.id"), comment="none: the officer had not handed over"
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), comment="who goes on")
    by_grant_id: Mapped[int] = mapped_column(ForeignKey("area_grant.id"), comment="under which grant")
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="open matters as counted when taken over")
    taken_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    taken_by: Mapped[str]
