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
    text,
)
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code, Codes
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


class Department(Base):
    """A department (部门) that certifies protection categories; whoever is granted it sees the households of these only."""

    __tablename__ = "department"
    __table_args__ = (
        CheckConstraint("cardinality(categories) > 0", name="categories"),
        Index("uq_department_name", "scope_code", "name", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index(
            "uq_department_client_id",
            "created_by",
            "client_id",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        {"comment": "认定部门: which protection categories a department certifies, and so which households it sees"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code)
    name: Mapped[str] = mapped_column(Code)
    categories: Mapped[list[str]] = mapped_column(Codes, comment="words.CATEGORY that it certifies (认定部门)")
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    client_id: Mapped[str | None] = mapped_column(Code)
    version: Mapped[int] = mapped_column(server_default="1")


class Grant(Base):
    """A role of a user in an area for a time; a session acts under one grant at a time.

    A shift (值班) holds from moment to moment; an organisation's grant opens its orders, a department's its list.
    """

    __tablename__ = "area_grant"
    __table_args__ = (
        CheckConstraint(f"role IN ({_ROLES})", name="role"),
        CheckConstraint(
            "num_nulls(shift_from, shift_to, shift_cap) = CASE role WHEN 'duty' THEN 0 ELSE 3 END", name="shift_whole"
        ),
        CheckConstraint("shift_from < shift_to AND shift_to <= shift_cap", name="shift_order"),
        CheckConstraint("shift_ended_at IS NULL OR shift_from IS NOT NULL", name="shift_ended"),
        CheckConstraint("(role = 'third_party') = (organisation IS NOT NULL)", name="organisation"),
        CheckConstraint("(role = 'department') = (department_id IS NOT NULL)", name="department"),
        Index("ix_area_grant_user_id", "user_id"),
        Index("ix_area_grant_area_code", "area_code"),
        Index(
            "ix_area_grant_department_id",
            "department_id",
            postgresql_where=text("department_id IS NOT NULL"),
        ),
        Index("ix_area_grant_shift", "shift_from", postgresql_where=text("shift_from IS NOT NULL")),
        {"comment": "Who may do what where and when; area 0 is the whole database"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(Code)
    area_code: Mapped[str] = mapped_column(Code)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    granted_by: Mapped[str]
    shift_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="值班: from when it holds")
    shift_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="until when it is planned")
    shift_cap: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="until when it holds as long as nobody has taken over"
    )
    shift_ended_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="taken over, or ended by the office"
    )
    organisation: Mapped[str | None] = mapped_column(Code, comment="第三方机构: technician.unit whose orders it opens")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), comment="部门: whose list it opens")


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
