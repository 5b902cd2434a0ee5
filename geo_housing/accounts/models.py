"""Tables of people and their rights: accounts, grants, sessions, tokens, first links, failed sign-ins."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    func,
)
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code
from geo_housing.words import ROLE

_ROLES = ", ".join(f"'{role}'" for role in ROLE)


class User(Base):
    """One account. Without a password until the first link has been used."""

    __tablename__ = "app_user"
    __table_args__ = ({"comment": "Accounts; a password is argon2, no account has a default one"},)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Code, unique=True, comment="sign-in name")
    display_name: Mapped[str]
    password_hash: Mapped[str | None]
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failed_sign_ins: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    language: Mapped[str | None] = mapped_column(Code)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Grant(Base):
    """A role of a user in an area for a time; a session acts under one grant at a time."""

    __tablename__ = "area_grant"
    __table_args__ = (
        CheckConstraint(f"role IN ({_ROLES})", name="role"),
        Index("ix_area_grant_user_id", "user_id"),
        Index("ix_area_grant_area_code", "area_code"),
        {"comment": "Who may do what where and when; area 0 is the whole database"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(Code)
    area_code: Mapped[str] = mapped_column(Code)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    granted_by: Mapped[str]


class SignInSession(Base):
    """One signed-in browser; the cookie holds the random token, the table its SHA-256."""

    __tablename__ = "sign_in_session"
    __table_args__ = (
        Index("ix_sign_in_session_user_id", "user_id"),
        {"comment": "Server-side sessions: ended by sign-out, expiry, disabling the user"},
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"))
    grant_id: Mapped[int] = mapped_column(ForeignKey("area_grant.id", ondelete="CASCADE"))
    csrf_token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    address: Mapped[str | None] = mapped_column(INET)
    agent: Mapped[str | None]


class ApiToken(Base):
    """A token for scripts and desktop GIS; 256 random bits, stored as SHA-256."""

    __tablename__ = "api_token"
    __table_args__ = (
        Index("ix_api_token_user_id", "user_id"),
        {"comment": "API tokens, acting under one grant of their user"},
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"))
    grant_id: Mapped[int] = mapped_column(ForeignKey("area_grant.id", ondelete="CASCADE"))
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class FirstLink(Base):
    """A link that sets the first (or a new) password, once."""

    __tablename__ = "first_link"
    __table_args__ = ({"comment": "One-time links to set a password; stored as SHA-256"},)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
