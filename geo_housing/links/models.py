"""Table of village links: each opens one village of one event on a phone, without an account."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code


class VillageLink(Base):
    """A signed link or QR code. Its uses stand in the journal; the row keeps only the last."""

    __tablename__ = "village_link"
    __table_args__ = (
        Index("ix_village_link_event_id", "event_id", "scope_code"),
        Index(
            "uq_village_link_client_id",
            "made_by",
            "client_id",
            "scope_code",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        {"comment": "Links that open one village of one event until it ends; SHA-256 of a 256-bit token"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id", ondelete="CASCADE"))
    scope_code: Mapped[str] = mapped_column(Code, comment="the village")
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    note: Mapped[str | None] = mapped_column(comment="for whom")
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    withdrawn_by: Mapped[str | None]
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    client_id: Mapped[str | None] = mapped_column(Code, comment="of the press that made it: twice is once")
