"""Tables of emergency conclusions (应急评估结论) and of families who cannot live in their house yet."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code, Codes
from geo_housing.words import EMERGENCY_CONCLUSION, UNSAFE_MEASURE


class EmergencyConclusion(Base):
    """What a named technician signed about one house after one event. Append-only: a newer one supersedes. Never a grade."""

    __tablename__ = "emergency_conclusion"
    __table_args__ = (
        CheckConstraint(f"conclusion IN ({', '.join(repr(v) for v in EMERGENCY_CONCLUSION)})", name="conclusion"),
        # One chain for each house of an event: two who sign upon the same state cannot both be the last.
        Index(
            "uq_emergency_conclusion_first",
            "event_id",
            "house_id",
            unique=True,
            postgresql_where=text("supersedes IS NULL"),
        ),
        Index("uq_emergency_conclusion_supersedes", "supersedes", unique=True),
        Index("ix_emergency_conclusion_event_id", "event_id", "house_id", "id"),
        Index("ix_emergency_conclusion_house_id", "house_id"),
        Index("ix_emergency_conclusion_scope_code", "scope_code", "event_id"),
        Index(
            "ix_emergency_conclusion_technician_id",
            "technician_id",
            postgresql_where=text("technician_id IS NOT NULL"),
        ),
        Index(
            "uq_emergency_conclusion_client_id",
            "entered_by",
            "client_id",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        {"comment": "Emergency conclusions signed by named technicians; the one that none supersedes holds"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id", ondelete="CASCADE"))
    house_id: Mapped[int] = mapped_column(ForeignKey("house.id", ondelete="CASCADE"))
    scope_code: Mapped[str] = mapped_column(Code)
    conclusion: Mapped[str] = mapped_column(Code)
    items: Mapped[list[str]] = mapped_column(Codes, comment="words.CONCLUSION_ITEM that were found, in order")
    advice: Mapped[str | None] = mapped_column(comment="what is to be done, what may be used")
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("technician.id", ondelete="SET NULL"))
    signed_by: Mapped[str] = mapped_column(comment="name of the technician as signed")
    unit: Mapped[str | None] = mapped_column(comment="the technician's unit as signed")
    signed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), comment="at the house, as stated")
    entered_by: Mapped[str] = mapped_column(comment="who typed it; another person than the technician: 代录")
    entered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("emergency_conclusion.id", ondelete="CASCADE"))
    reason: Mapped[str | None] = mapped_column(comment="why it supersedes another")
    client_id: Mapped[str | None] = mapped_column(Code)


class UnsafeHome(Base):
    """A house that people may not live in: where they live now, until they are safely housed."""

    __tablename__ = "unsafe_home"
    __table_args__ = (
        CheckConstraint(f"measure IN ({', '.join(repr(v) for v in UNSAFE_MEASURE)})", name="measure"),
        CheckConstraint("(settled_at IS NULL) = (settled_how IS NULL)", name="settled_whole"),
        Index("uq_unsafe_home_event_id_house_id", "event_id", "house_id", unique=True),
        Index("ix_unsafe_home_house_id", "house_id"),
        Index("ix_unsafe_home_scope_code", "scope_code", "event_id"),
        {"comment": "Opened by a conclusion that nobody may live there, open until the families are safely housed"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id", ondelete="CASCADE"))
    house_id: Mapped[int] = mapped_column(ForeignKey("house.id", ondelete="CASCADE"))
    scope_code: Mapped[str] = mapped_column(Code)
    living_now: Mapped[str | None] = mapped_column(comment="现居住地")
    measure: Mapped[str | None] = mapped_column(Code, comment="what is done to the house for now")
    measure_on: Mapped[date | None]
    assessment_asked_on: Mapped[date | None] = mapped_column(comment="评定/鉴定 asked for")
    note: Mapped[str | None]
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    settled_how: Mapped[str | None] = mapped_column(comment="how the families are safely housed")
    version: Mapped[int] = mapped_column(server_default="1")
