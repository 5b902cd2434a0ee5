"""Tables of the journal: who did what, when, from where. Append-only by grants and by trigger."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Identity, Index, LargeBinary, func
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code


class JournalEntry(Base):
    """One act: a single change with its masked diff, or a set operation with its counts."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index("ix_journal_entry_subject", "subject_kind", "subject_id", "at"),
        Index("ix_journal_entry_at", "at"),
        Index("ix_journal_entry_scope_code", "scope_code", "at"),
        {"comment": "Append-only: who did what, when, from where; set operations are one row with counts"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    actor: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(Code, comment="room.verb, e.g. houses.load")
    subject_kind: Mapped[str | None] = mapped_column(Code)
    subject_id: Mapped[str | None] = mapped_column(Code)
    scope_code: Mapped[str] = mapped_column(Code, comment="whose area the act concerns; 0 for the whole service")
    batch_id: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(Code, comment="page, api, cli, job")
    address: Mapped[str | None] = mapped_column(INET)
    request_id: Mapped[str | None]
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    diff: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="{field: [before, after]}, personal data masked")
    note: Mapped[str | None]


class JournalDigest(Base):
    """Hash of one day's entries, chained to the day before: a changed entry breaks the chain."""

    __tablename__ = "journal_digest"
    __table_args__ = {"comment": "SHA-256 over a day's journal and the previous digest"}

    day: Mapped[date] = mapped_column(primary_key=True)
    entries: Mapped[int]
    last_id: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
