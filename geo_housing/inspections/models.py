"""Tables of emergency inspections: one per event and house, with result and photos; photos that wait for a house."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code, Codes
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS, INSPECTION_STATE, REPORTED_HOW


class EmergencyInspection(Base):
    """The order to look at one house after one event, and what was seen. Never a grade, changes none."""

    __tablename__ = "emergency_inspection"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(v) for v in INSPECTION_STATE)})", name="state"),
        CheckConstraint(f"result IN ({', '.join(repr(v) for v in CHECK_RESULT)})", name="result"),
        CheckConstraint(f"damage IN ({', '.join(repr(v) for v in DAMAGE_CLASS)})", name="damage"),
        CheckConstraint(f"reported_how IN ({', '.join(repr(v) for v in REPORTED_HOW)})", name="reported_how"),
        CheckConstraint("priority BETWEEN 1 AND 3", name="priority"),
        CheckConstraint("origin IN ('zone', 'extra')", name="origin"),
        Index("uq_emergency_inspection_event_id_house_id", "event_id", "house_id", unique=True),
        Index("ix_emergency_inspection_house_id", "house_id"),
        Index("ix_emergency_inspection_scope_code", "scope_code", "event_id", "state"),
        Index(
            "ix_emergency_inspection_due_at",
            "due_at",
            postgresql_where=text("state IN ('open', 'in_progress')"),
        ),
        Index(
            "ix_emergency_inspection_danger_reported",
            "event_id",
            postgresql_where=text("danger_reported_at IS NOT NULL"),
        ),
        Index(
            "ix_emergency_inspection_collapsed",
            "scope_code",
            "event_id",
            postgresql_where=text("result = 'collapsed'"),
        ),
        {"comment": "Emergency inspections, one per event and house; reopened, not repeated, when a house re-enters"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id"))
    house_id: Mapped[int] = mapped_column(ForeignKey("house.id"))
    scope_code: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code, comment="prepared until 灾后排查 begins")
    priority: Mapped[int] = mapped_column(SmallInteger, comment="1 first")
    reasons: Mapped[list[str]] = mapped_column(Codes, comment="why this priority, see inspections/priority.py")
    uncertain: Mapped[bool] = mapped_column(server_default="false", comment="no or disputed point, village touched")
    due_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="moves later only where 灾后排查 begins anew"
    )
    assignee_area: Mapped[str] = mapped_column(Code, comment="village with inspectors, else the township's desk")
    origin: Mapped[str] = mapped_column(
        Code, server_default="zone", comment="zone, or extra (表外新增): outside the zones, stays without them"
    )
    revision: Mapped[int] = mapped_column(comment="zone revision that (re)opened it")
    batch_id: Mapped[int] = mapped_column(BigInteger, comment="journal id of the respond that (re)opened it")
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    begun_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="first saved content")
    result: Mapped[str | None] = mapped_column(Code)
    damage: Mapped[str | None] = mapped_column(Code)
    rooms_collapsed: Mapped[int | None] = mapped_column(SmallInteger, comment="倒塌 间")
    rooms_severe: Mapped[int | None] = mapped_column(SmallInteger, comment="严重损坏 间")
    rooms_slight: Mapped[int | None] = mapped_column(SmallInteger, comment="一般损坏 间")
    finding_items: Mapped[list[str]] = mapped_column(Codes, server_default="{}", comment="what was seen, by item")
    findings: Mapped[str | None] = mapped_column(comment="the same in free words")
    visited_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    visitor: Mapped[str | None] = mapped_column(comment="who looked; may differ from who typed (代录)")
    reported_by: Mapped[str | None] = mapped_column(comment="代录: who told it to the township")
    reported_how: Mapped[str | None] = mapped_column(Code)
    reported_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    entered_by: Mapped[str | None]
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    overdue_earlier: Mapped[MultiRange[datetime]] = mapped_column(
        TSTZMULTIRANGE,
        server_default="{}",
        comment="when it had been overdue by due times of before 灾后排查 began anew",
    )
    worsened_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True),
        comment="when what was found last became worse: a permission that was signed before holds no more",
    )
    danger_reported_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True),
        comment="when somebody last named the house off the lists: seen harmless before, it is looked at again",
    )
    version: Mapped[int] = mapped_column(server_default="1")
    client_id: Mapped[str | None] = mapped_column(Code, comment="of the last save")
    saved_ids: Mapped[list[str]] = mapped_column(
        Codes, server_default="{}", comment="of all saves before it: a phone may send one again long after"
    )


class EmergencyInspectionStep(Base):
    """How an inspection stood until a change that overwrote it: so how it stood at any moment can be asked. Append-only.

    What the row's own times tell is no step: that it was opened, begun, ended, withdrawn. Read by inspections/steps.py.
    """

    __tablename__ = "emergency_inspection_step"
    __table_args__ = (
        Index("ix_emergency_inspection_step_inspection_id", "inspection_id", "id"),
        Index("ix_emergency_inspection_step_event_id", "event_id", "at"),
        {"comment": "Append-only: how an inspection stood before each change that overwrote it"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("emergency_inspection.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(comment="hazard_event")
    scope_code: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), comment="until when it stood so")
    is_known: Mapped[bool] = mapped_column(
        server_default="true", comment="false: of before steps were kept, with what was corrected until then"
    )
    state: Mapped[str] = mapped_column(Code)
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    overdue_earlier: Mapped[MultiRange[datetime]] = mapped_column(TSTZMULTIRANGE)
    begun_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    visited_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    result: Mapped[str | None] = mapped_column(Code)
    damage: Mapped[str | None] = mapped_column(Code)
    rooms_collapsed: Mapped[int | None] = mapped_column(SmallInteger)
    rooms_severe: Mapped[int | None] = mapped_column(SmallInteger)
    rooms_slight: Mapped[int | None] = mapped_column(SmallInteger)
    worsened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class InspectionPhoto(Base):
    """A photo of an inspection, re-encoded before it was kept."""

    __tablename__ = "inspection_photo"
    __table_args__ = (
        Index("ix_inspection_photo_inspection_id", "inspection_id"),
        {"comment": "Photos of emergency inspections"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("emergency_inspection.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    scope_code: Mapped[str] = mapped_column(Code)
    taken_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    taken_lon: Mapped[float | None] = mapped_column(Double, comment="as the camera says; a hint, shown to nobody")
    taken_lat: Mapped[float | None] = mapped_column(Double)
    taken_back_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="it was another house's; it is shown nowhere any more"
    )


class LoosePhoto(Base):
    """照片归户: a photo that was sent later, until somebody says of which house it is. Kept for good, whatever becomes of it."""

    __tablename__ = "loose_photo"
    __table_args__ = (
        CheckConstraint(
            "(inspection_id IS NULL) = (photo_id IS NULL) AND (inspection_id IS NULL) = (assigned_at IS NULL)"
            " AND (inspection_id IS NULL OR set_aside_at IS NULL)",
            name="one_place",
        ),
        # The same photo sent twice is kept once.
        Index("uq_loose_photo_file_id", "file_id", "event_id", "scope_code", unique=True),
        Index("ix_loose_photo_scope_code", "scope_code", "event_id"),
        Index("ix_loose_photo_event_id", "event_id"),
        Index("ix_loose_photo_inspection_id", "inspection_id", postgresql_where=text("inspection_id IS NOT NULL")),
        Index("ix_loose_photo_photo_id", "photo_id", postgresql_where=text("photo_id IS NOT NULL")),
        {"comment": "照片归户: photos that were sent later, until somebody says of which house they are"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id", ondelete="CASCADE"))
    scope_code: Mapped[str] = mapped_column(Code, comment="township or village whose photos they are")
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    taken_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="as the camera says")
    taken_lon: Mapped[float | None] = mapped_column(Double, comment="as the camera says; a hint, shown to nobody")
    taken_lat: Mapped[float | None] = mapped_column(Double)
    sent_by: Mapped[str]
    sent_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    inspection_id: Mapped[int | None] = mapped_column(
        ForeignKey("emergency_inspection.id"), comment="NULL: waits for a house"
    )
    photo_id: Mapped[int | None] = mapped_column(
        ForeignKey("inspection_photo.id"), comment="the photo of the inspection that it became"
    )
    assigned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    assigned_by: Mapped[str | None]
    set_aside_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="不归户: of no house, kept")
    set_aside_by: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")


class InspectionCount(Base):
    """How many inspections of an event stand so: what progress is the sum of, however many there are."""

    __tablename__ = "inspection_count"
    __table_args__ = (
        Index("ix_inspection_count_event_id", "event_id", "scope_code"),
        {
            "comment": "Appended by statement triggers on emergency_inspection, folded by a job; an event's progress is"
            " their sum"
        },
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(comment="hazard_event")
    scope_code: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    is_folded: Mapped[bool] = mapped_column(server_default="false")
    result: Mapped[str | None] = mapped_column(Code)
    damage: Mapped[str | None] = mapped_column(Code)
    uncertain: Mapped[bool]
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    houses: Mapped[int] = mapped_column(comment="栋, less than 0 for those that are no longer so")
