"""Tables of the roster: who answers for which division, where people are brought, who judges houses."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code, Codes
from geo_housing.geometry import HOUSE_SRID

_PHONE_IS_WHOLE = "num_nulls(phone_cipher, phone_key, phone_masked) IN (0, 3)"


class _Kept:
    """What all three have: phones sealed (D9), whose row it is, where it came from, who changed it when.

    A cell may hold several telephone numbers; they are sealed as one text, divided by 、, in the order of calling.
    """

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, sort_order=-2)
    scope_code: Mapped[str] = mapped_column(Code, sort_order=-1)
    phone_cipher: Mapped[bytes | None] = mapped_column(LargeBinary, sort_order=20)
    phone_key: Mapped[Any | None] = mapped_column(Uuid, comment="of the whole text", sort_order=20)
    phone_masked: Mapped[str | None] = mapped_column(Code, sort_order=20)
    remark: Mapped[str | None] = mapped_column(sort_order=20)
    scope_before: Mapped[str | None] = mapped_column(
        Code, comment="abolished division that handed the row on to scope_code", sort_order=20
    )
    is_demo: Mapped[bool] = mapped_column(server_default="false", sort_order=20)
    batch_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="roster_load that created or last changed the row", sort_order=20
    )
    client_id: Mapped[str | None] = mapped_column(
        Code, comment="of the form that made it: twice is once", sort_order=20
    )
    version: Mapped[int] = mapped_column(server_default="1", sort_order=20)
    created_by: Mapped[str] = mapped_column(sort_order=20)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), sort_order=20)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), sort_order=20)


def _form_once(table: str) -> Index:
    return Index(
        f"uq_{table}_client_id",
        "created_by",
        "client_id",
        unique=True,
        postgresql_where=text("client_id IS NOT NULL"),
    )


class Contact(_Kept, Base):
    """One person (or duty telephone) who answers for one division; who answers for three villages has three rows."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("turn IN ('A', 'B')", name="turn"),
        CheckConstraint("valid_to >= valid_from", name="period"),
        CheckConstraint(_PHONE_IS_WHOLE, name="phone_whole"),
        Index("ix_contact_scope_code", "scope_code", "role"),
        _form_once("contact"),
        {"comment": "责任人通讯录; scope_code is the division that the person answers for, phones only encrypted (D9)"},
    )

    role: Mapped[str] = mapped_column(Code, comment="words.CONTACT_ROLE, or the word as the county writes it")
    name: Mapped[str] = mapped_column(Code)
    unit: Mapped[str | None]
    post: Mapped[str | None] = mapped_column(comment="职务")
    turn: Mapped[str] = mapped_column(Code, server_default="A", comment="A 主责, B 备岗")
    rank: Mapped[int | None] = mapped_column(SmallInteger, comment="place in the order of calling; none: by role")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None] = mapped_column(comment="last day on which he answers")


class Shelter(_Kept, Base):
    """One place to which people are brought (安置点). Who is in it tonight is not known here."""

    __tablename__ = "shelter"
    __table_args__ = (
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint(_PHONE_IS_WHOLE, name="phone_whole"),
        Index("ix_shelter_scope_code", "scope_code"),
        _form_once("shelter"),
        {"comment": "安置点; scope_code is the village or township it serves, the telephone is the contact's"},
    )

    name: Mapped[str] = mapped_column(Code)
    address: Mapped[str | None]
    geom: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=HOUSE_SRID, spatial_index=False))
    capacity: Mapped[int | None] = mapped_column(comment="人")
    contact_name: Mapped[str | None] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code, server_default="open", comment="open 可用, closed 停用")
    safe_from: Mapped[list[str] | None] = mapped_column(
        Codes, comment="words.EVENT_KIND that it is safe from; NULL: not stated"
    )


class Technician(_Kept, Base):
    """One technician (专业技术人员) who may judge houses after a disaster."""

    __tablename__ = "technician"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="period"),
        CheckConstraint(_PHONE_IS_WHOLE, name="phone_whole"),
        Index("ix_technician_scope_code", "scope_code"),
        Index("ix_technician_app_user_id", "app_user_id", postgresql_where=text("app_user_id IS NOT NULL")),
        _form_once("technician"),
        {"comment": "专业技术人员 and their teams; scope_code is the county (or township) that sends them"},
    )

    name: Mapped[str] = mapped_column(Code)
    unit: Mapped[str | None]
    specialty: Mapped[str | None] = mapped_column(comment="专业")
    certificate: Mapped[str | None] = mapped_column(comment="证书名称、编号")
    team: Mapped[str | None] = mapped_column(Code, comment="技术组")
    areas: Mapped[list[str] | None] = mapped_column(
        Codes, comment="divisions that he works in; NULL: all of scope_code"
    )
    app_user_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None] = mapped_column(comment="last day on which he works")


class RosterLoad(Base):
    """One file of contacts, shelters or technicians: looked at, then loaded."""

    __tablename__ = "roster_load"
    __table_args__ = (
        CheckConstraint("kind IN ('contacts', 'shelters', 'technicians')", name="kind"),
        Index("ix_roster_load_scope_code", "scope_code", "started_at"),
        Index(
            "uq_roster_load_client_id",
            "actor",
            "client_id",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        {"comment": "Files of the roster; the preview is masked, the file itself is kept sealed until it is loaded"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code)
    kind: Mapped[str] = mapped_column(Code)
    file_name: Mapped[str]
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="dry run, then result, row by row, masked")
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    client_id: Mapped[str | None] = mapped_column(Code)
    raw_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="SET NULL"))
    actor: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    undone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    undone_by: Mapped[str | None]


class RosterChange(Base):
    """One row that a load made or changed, and how it was before: what a load is taken back by."""

    __tablename__ = "roster_change"
    __table_args__ = (
        CheckConstraint("kind IN ('contacts', 'shelters', 'technicians')", name="kind"),
        Index("ix_roster_change_load_id", "load_id"),
        Index("ix_roster_change_row_id", "row_id", "kind"),
        {"comment": "What a load of the roster made and changed, and how it was before"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    load_id: Mapped[int] = mapped_column(ForeignKey("roster_load.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Code)
    row_id: Mapped[int] = mapped_column(BigInteger)
    scope_code: Mapped[str] = mapped_column(Code)
    before: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), comment="the changed fields; none: the load made the row"
    )
    phone_cipher: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="the telephone before, where it was changed"
    )
    version_after: Mapped[int]
    is_undone: Mapped[bool] = mapped_column(server_default="false")
