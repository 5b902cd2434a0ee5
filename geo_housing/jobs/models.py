"""Table of jobs: who wants what done where, how far it is, what came of it. The queue itself knows only their ids."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code

IS_OPEN = "state IN ('waiting', 'running')"


class Job(Base):
    """One piece of work of one person; no grant is kept but its number, because it is looked up again at the start."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'refused')", name="state"),
        Index("uq_job_open", "actor", "task", "key", unique=True, postgresql_where=text(IS_OPEN)),
        Index("ix_job_scope_code", "scope_code"),
        Index("ix_job_user_id", "user_id", "id"),
        {"comment": "Work for the worker: actor and area it acts with, progress, result; ids only, no personal data"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code, comment="the area the actor had; 0 for the whole database")
    actor: Mapped[str] = mapped_column(Code)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    grant_id: Mapped[int | None] = mapped_column(BigInteger)
    address: Mapped[str | None] = mapped_column(INET)
    request_id: Mapped[str | None]
    task: Mapped[str] = mapped_column(Code, comment="name in geo_housing/tasks.py")
    args: Mapped[dict[str, Any]] = mapped_column(JSONB)
    key: Mapped[str] = mapped_column(Code, comment="the same person defers the same open work once")
    state: Mapped[str] = mapped_column(Code, server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    step: Mapped[str | None] = mapped_column(comment="what is being done, for people")
    done: Mapped[int] = mapped_column(BigInteger, server_default="0")
    total: Mapped[int | None] = mapped_column(BigInteger)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="{title, detail, errors}")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
