"""Tables of the loads of ledgers: what was read, what became of it, what a person has to settle."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code


class ImportBatch(Base):
    """One load of a ledger: what was read, what became of it, whether it was undone."""

    __tablename__ = "import_batch"
    __table_args__ = (
        Index("ix_import_batch_scope_code", "scope_code", "started_at"),
        Index(
            "uq_import_batch_client_id",
            "actor",
            "client_id",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        {"comment": "Loads of ledgers; rows carry the batch id, raw rows lie masked in a stored file"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code)
    file_name: Mapped[str]
    file_sha256: Mapped[str | None] = mapped_column(Code)
    source_crs: Mapped[str] = mapped_column(Code)
    recognised: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    layout: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="how to write the same form again")
    options: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="what the person said about the file")
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="dry run, then result, row by row, masked")
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    job_id: Mapped[int | None] = mapped_column(BigInteger, comment="job that does it, when it is large")
    client_id: Mapped[str | None] = mapped_column(Code, comment="of the form that sent it, so that it counts once")
    raw_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="SET NULL"))
    report_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="SET NULL"))
    actor: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    undone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    undone_by: Mapped[str | None]


class ImportRows(Base):
    """Which house and household each line of a ledger is, so that it can go out again line by line."""

    __tablename__ = "import_rows"
    __table_args__ = ({"comment": "Lines of a ledger with their houses and households; not kept for very large files"},)

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code)
    lines: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    house_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    household_ids: Mapped[list[int | None]] = mapped_column(ARRAY(BigInteger))


class ImportChange(Base):
    """What an import found before it changed a row; created rows need none, they carry its batch id at version 1."""

    __tablename__ = "import_change"
    __table_args__ = (
        CheckConstraint("kind IN ('house', 'household', 'link')", name="kind"),
        Index("ix_import_change_row_id", "row_id", "kind"),
        {"comment": "Values before an import changed them, and the version it left"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Code, primary_key=True)
    row_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code)
    line: Mapped[int | None]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    id_number_cipher: Mapped[bytes | None] = mapped_column(
        comment="of a household before the import, sealed for row_id"
    )
    phone_cipher: Mapped[bytes | None] = mapped_column(comment="of a household before the import, sealed for row_id")
    version_after: Mapped[int]


# Who has settled a difference that a later ledger states just so: no person, and not for good.
SAID_AGAIN = "后来的台账说法相同"


class LedgerDifference(Base):
    """A ledger cell that would overwrite a signed grade or a certified category: left for a person."""

    __tablename__ = "ledger_difference"
    __table_args__ = (
        Index("ix_ledger_difference_house_id", "house_id"),
        {"comment": "What a ledger says against a signed fact, until somebody settles it"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"))
    house_id: Mapped[int] = mapped_column(ForeignKey("house.id"))
    scope_code: Mapped[str] = mapped_column(Code)
    line: Mapped[int | None]
    field: Mapped[str] = mapped_column(Code)
    stored: Mapped[str | None]
    stated: Mapped[str | None]
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    settled_by: Mapped[str | None]


class RegisterSetAside(Base):
    """An index or foreign key that the first load makes again after its rows; committed empty always."""

    __tablename__ = "register_set_aside"
    __table_args__ = ({"comment": "Indexes and keys that a first load has set aside; empty outside its transaction"},)

    definition: Mapped[str] = mapped_column(primary_key=True)
    removal: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger, comment="1 unique, 2 indexes, 3 foreign keys")
