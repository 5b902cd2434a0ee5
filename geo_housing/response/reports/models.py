"""Table of the reports of an event."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code
from geo_housing.words import REPORT_KIND


class EventReport(Base):
    """One report of one area about one event. Its figures never change; a 更正 names the one that it corrects."""

    __tablename__ = "event_report"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(v) for v in REPORT_KIND)})", name="kind"),
        CheckConstraint("(kind = 'correction') = (corrects IS NOT NULL)", name="correction_names"),
        CheckConstraint("(sent_at IS NULL) = (sent_by IS NULL)", name="sent_whole"),
        CheckConstraint("num_nulls(dropped_at, dropped_by, drop_reason) IN (0, 3)", name="dropped_whole"),
        CheckConstraint("sent_at IS NULL OR dropped_at IS NULL", name="sent_or_dropped"),
        Index("uq_event_report_number", "event_id", "scope_code", "number", unique=True),
        Index("ix_event_report_scope_code", "scope_code", "event_id"),
        Index("ix_event_report_corrects", "corrects", postgresql_where=text("corrects IS NOT NULL")),
        Index(
            "uq_event_report_client_id",
            "made_by",
            "client_id",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        {"comment": "Reports of events: figures frozen when made, words until sent"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id", ondelete="CASCADE"))
    scope_code: Mapped[str] = mapped_column(Code, comment="the area that reports")
    number: Mapped[int] = mapped_column(comment="第 n 期 of that area and event")
    kind: Mapped[str] = mapped_column(Code)
    as_of: Mapped[datetime] = mapped_column(DateTime(timezone=True), comment="截至")
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="frozen, see response/reports/figures.py")
    difficulties: Mapped[str | None] = mapped_column(comment="存在困难")
    next_steps: Mapped[str | None] = mapped_column(comment="下一步工作")
    corrects: Mapped[int | None] = mapped_column(ForeignKey("event_report.id", ondelete="CASCADE"))
    reason: Mapped[str | None] = mapped_column(comment="of a correction")
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="from here on nothing changes")
    sent_by: Mapped[str | None]
    dropped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="a draft that nobody wanted")
    dropped_by: Mapped[str | None]
    drop_reason: Mapped[str | None]
    client_id: Mapped[str | None] = mapped_column(Code)
    version: Mapped[int] = mapped_column(server_default="1")

    @property
    def is_draft(self) -> bool:
        """Neither sent nor dropped."""
        return self.sent_at is None and self.dropped_at is None
