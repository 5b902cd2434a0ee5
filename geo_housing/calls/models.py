"""Tables of the night's calls: one row per call, and each press upon it."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code
from geo_housing.words import CALL_STATE, CALL_WAY


class Call(Base):
    """Somebody was called for a division: whom, when, and what came of it. Only what came of it changes."""

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(v) for v in CALL_STATE)})", name="state"),
        CheckConstraint(f"way IN ({', '.join(repr(v) for v in CALL_WAY)})", name="way"),
        CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name="answered"),
        Index("ix_call_event_id", "event_id", "scope_code"),
        Index("ix_call_scope_code", "scope_code"),
        # One at a time: two who call the same division at once are told of each other.
        Index(
            "uq_call_under_way",
            "event_id",
            "scope_code",
            unique=True,
            postgresql_where=text("state = 'calling' AND NOT is_void"),
        ),
        {"comment": "Calls of an event; scope_code is the division that is called, by somebody above it"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # Goes with its event: only a demo's event is ever removed.
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id", ondelete="CASCADE"))
    scope_code: Mapped[str] = mapped_column(Code)
    way: Mapped[str] = mapped_column(Code, server_default="phone")
    contact_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="of the roster; what it said of him then stands here"
    )
    name: Mapped[str] = mapped_column(Code)
    role: Mapped[str | None] = mapped_column(comment="as people read it")
    number_masked: Mapped[str | None] = mapped_column(Code)
    called_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    called_by: Mapped[str]
    state: Mapped[str] = mapped_column(Code, server_default="calling")
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    said: Mapped[str | None] = mapped_column(comment="what the called one said")
    reply_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="回报时限, as read out")
    replied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reply: Mapped[str | None]
    tells_left: Mapped[bool] = mapped_column(
        server_default="false", comment="made to tell that the division has left the zones; no answer to a warning"
    )
    is_void: Mapped[bool] = mapped_column(server_default="false", comment="pressed by mistake: nobody was called")
    client_id: Mapped[str | None] = mapped_column(Code, unique=True, comment="of the press that made it: twice is once")
    version: Mapped[int] = mapped_column(server_default="1")


class CallChange(Base):
    """One press upon a call and how the call stood after it: what was known at any moment can be asked."""

    __tablename__ = "call_change"
    __table_args__ = (
        Index("ix_call_change_call_id", "call_id"),
        Index("ix_call_change_scope_code", "scope_code"),
        {"comment": "Append-only: every press upon a call"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id", ondelete="CASCADE"))
    event_id: Mapped[int]
    scope_code: Mapped[str] = mapped_column(Code)
    act: Mapped[str] = mapped_column(Code, comment="start, answer, hand_on, reply, undo")
    state: Mapped[str] = mapped_column(Code, comment="as the call stood behind it, and so on below")
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    said: Mapped[str | None]
    reply_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    replied_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reply: Mapped[str | None]
    is_void: Mapped[bool]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), comment="when it reached us")
    made_by: Mapped[str]
    reason: Mapped[str | None]
    client_id: Mapped[str | None] = mapped_column(Code, unique=True, comment="of the press: twice is once")
