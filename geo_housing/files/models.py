"""Table of stored files: content-addressed bytes under files/ab/<sha256>, their rows here."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code


class StoredFile(Base):
    """One announced or arrived file: photo, document, upload, report."""

    __tablename__ = "stored_file"
    __table_args__ = (
        Index("ix_stored_file_sha256", "sha256"),
        Index("ix_stored_file_scope_code", "scope_code", "content_sha256"),
        {"comment": "Rows of the files kept outside the database; served only through the scope check"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code)
    sha256: Mapped[str] = mapped_column(Code, comment="of the bytes on disk, which are named by it")
    content_sha256: Mapped[str] = mapped_column(Code, comment="of the content; another one when it lies encrypted")
    bytes: Mapped[int] = mapped_column(BigInteger, comment="size of the content")
    media_type: Mapped[str] = mapped_column(Code)
    name: Mapped[str] = mapped_column(comment="name shown for download, without personal data")
    kind: Mapped[str] = mapped_column(Code, comment="photo, upload, report, document")
    encrypted: Mapped[bool] = mapped_column(server_default="false")
    keep_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="deleted by a job after this")
    arrived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
