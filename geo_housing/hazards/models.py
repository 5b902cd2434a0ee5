"""Tables of disaster events, their warnings and zones; standing risk areas are zones without an event."""

from datetime import datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    Uuid,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from geo_housing.db import Base, Code, Codes
from geo_housing.geometry import HOUSE_SRID
from geo_housing.words import EVENT_MODE, EVENT_PHASE, RESPONSE_LEVEL, WARNING_ACTION, WARNING_LEVEL, event_kind_said

# 责任人, 监测人, 预警人, 转移责任人, 联系人: what lists of risk areas name.
STANDING_DUTIES = ("responsible", "monitor", "warner", "mover", "contact")
COLOURS = tuple(level for level in WARNING_LEVEL if level != "ungraded")


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


class HazardWarning(Base):
    """One warning (预警信息) received for an event, as it was confirmed: a pasted text kept whole, or a CAP message.

    Append-only but for its end: ``ended_by`` is the warning that replaced or lifted it.
    """

    __tablename__ = "warning"
    __table_args__ = (
        CheckConstraint("form IN ('text', 'cap')", name="form"),
        _one_of("action", tuple(action for action in WARNING_ACTION if action != "none")),
        _one_of("level", COLOURS),
        _one_of("response_level", tuple(RESPONSE_LEVEL)),
        CheckConstraint(
            "CASE form WHEN 'text' THEN text IS NOT NULL AND digest IS NOT NULL ELSE identifier IS NOT NULL END",
            name="is_whole",
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="end"),
        UniqueConstraint("event_id", "identifier"),
        UniqueConstraint("event_id", "digest", "part"),
        Index("ix_warning_digest", "digest"),
        Index("ix_warning_identifier", "identifier"),
        {"comment": "Warnings received for events, as confirmed; append-only but for their end"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id", ondelete="CASCADE"))
    scope_code: Mapped[str] = mapped_column(Code, comment="that of its event")
    form: Mapped[str] = mapped_column(Code, comment="text as pasted, or cap")
    identifier: Mapped[str | None] = mapped_column(Code, comment="of a CAP message")
    refers_to: Mapped[list[str] | None] = mapped_column(Codes, comment="identifiers that a CAP message names")
    text: Mapped[str | None] = mapped_column(comment="the paste, whole, as it was received")
    digest: Mapped[str | None] = mapped_column(
        Code, comment="of the paste in one spelling: known again when it comes twice"
    )
    part: Mapped[int] = mapped_column(SmallInteger, server_default="0", comment="which warning of the paste")
    message: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="fields of a CAP message as received")
    status: Mapped[str] = mapped_column(
        Code, server_default="Actual", comment="Actual, Exercise, Test, Draft, or as received"
    )
    action: Mapped[str] = mapped_column(Code)
    kind: Mapped[str] = mapped_column(Code, comment="words.EVENT_KIND, or the unknown word as received")
    kind_text: Mapped[str | None] = mapped_column(comment="the sender's own word")
    level: Mapped[str | None] = mapped_column(Code, comment="NULL: it states none")
    former_level: Mapped[str | None] = mapped_column(Code)
    response_level: Mapped[str | None] = mapped_column(Code, comment="I to IV: apart from the level")
    issuer: Mapped[str | None]
    issued_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    effective_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    replaced_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="when what it replaces was issued"
    )
    areas: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, server_default="[]", comment="[{code, name, text, extent, level}] as confirmed"
    )
    unread: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, server_default="[]", comment="[{text, sentence}] that could not be used"
    )
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_by: Mapped[int | None] = mapped_column(
        ForeignKey("warning.id"), comment="the warning that replaced or lifted it"
    )
    is_correction: Mapped[bool] = mapped_column(
        server_default="false", comment="it puts right another one: that was wrong, not only out of date"
    )
    received_by: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    client_id: Mapped[str | None] = mapped_column(Code, unique=True, comment="id the form gave itself: twice is once")

    @property
    def kind_said(self) -> str:
        """The kind as people read it."""
        return event_kind_said(self.kind, self.kind_text)


def _of_first_message(column: Any, event_id: Any) -> Any:
    """``column`` of an event's first CAP message."""
    return (
        select(column)
        .where(HazardWarning.event_id == event_id, HazardWarning.form == "cap")
        .order_by(HazardWarning.id)
        .limit(1)
        .correlate_except(HazardWarning)
        .scalar_subquery()
    )


class HazardEvent(Base):
    """One emergency process (应急过程): several warnings over the same days belong to one event."""

    __tablename__ = "hazard_event"
    __table_args__ = (
        _one_of("level", tuple(WARNING_LEVEL)),
        _one_of("mode", tuple(EVENT_MODE)),
        _one_of("phase", tuple(EVENT_PHASE)),
        CheckConstraint("response_level BETWEEN 1 AND 4", name="response_level"),
        Index("ix_hazard_event_scope_code", "scope_code", "created_at"),
        {"comment": "Disaster events; scope_code is the county (or township) that leads it"},
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(Code, comment="words.EVENT_KIND, or the unknown word as received")
    kind_text: Mapped[str | None] = mapped_column(comment="the sender's own word")
    level: Mapped[str] = mapped_column(Code, server_default="ungraded")
    response_level: Mapped[int | None]
    mode: Mapped[str] = mapped_column(Code, server_default="actual")
    phase: Mapped[str] = mapped_column(Code, server_default="warning")
    source: Mapped[str] = mapped_column(Code, comment="file, drawing, areas, buffer, cap, text")
    issuer: Mapped[str | None]
    starts_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    responded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="first respond")
    responded_areas: Mapped[list[str] | None] = mapped_column(
        Codes, comment="areas for which tasks were given ('0': all): only there a new revision opens added houses"
    )
    aftermath_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="due times count from here")
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revision: Mapped[int] = mapped_column(server_default="0", comment="n of the current zone_revision")
    is_demo: Mapped[bool] = mapped_column(server_default="false")
    client_id: Mapped[str | None] = mapped_column(Code, unique=True, comment="id the form gave itself: twice is once")
    version: Mapped[int] = mapped_column(server_default="1")
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    # Of the first CAP message that the event came from, if it came from one.
    message_id: Mapped[str | None] = column_property(_of_first_message(HazardWarning.identifier, id))
    message_status: Mapped[str | None] = column_property(_of_first_message(HazardWarning.status, id))


class ZoneRevision(Base):
    """One state of an event's zones; append-only, the event names the current one."""

    __tablename__ = "zone_revision"
    __table_args__ = (
        UniqueConstraint("event_id", "n"),
        {"comment": "Append-only: every change of an event's zones"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id"))
    scope_code: Mapped[str] = mapped_column(Code)
    n: Mapped[int]
    source: Mapped[str] = mapped_column(Code)
    notes: Mapped[list[str] | None] = mapped_column(JSONB)
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class HazardZone(Base):
    """One zone (影响范围) of a revision, or a standing risk area (灾害易发地) without event."""

    __tablename__ = "hazard_zone"
    __table_args__ = (
        CheckConstraint("geom IS NULL OR (ST_IsValid(geom) AND NOT ST_IsEmpty(geom))", name="geom_valid"),
        CheckConstraint("(event_id IS NULL) = (revision_id IS NULL)", name="event_has_revision"),
        Index("ix_hazard_zone_event_id", "event_id", "revision_id"),
        Index("ix_hazard_zone_scope_code", "scope_code"),
        Index("ix_hazard_zone_geom", "geom", postgresql_using="gist"),
        {"comment": "Zones of events by revision, and standing risk areas (event_id IS NULL)"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int | None] = mapped_column(ForeignKey("hazard_event.id"))
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("zone_revision.id"))
    scope_code: Mapped[str] = mapped_column(Code)
    name: Mapped[str | None]
    kind: Mapped[str] = mapped_column(Code)
    level: Mapped[str | None] = mapped_column(Code)
    geom: Mapped[WKBElement | None] = mapped_column(
        Geometry("MULTIPOLYGON", srid=HOUSE_SRID, spatial_index=False),
        comment="NULL: a division without outline, chosen by code",
    )
    chosen_code: Mapped[str | None] = mapped_column(
        Code, comment="the division that an event's zone was chosen by, kept when it counts no more; NULL: drawn"
    )
    warning_id: Mapped[int | None] = mapped_column(
        ForeignKey("warning.id"), comment="the warning that names it; NULL: drawn or from a file"
    )
    area_m2: Mapped[float]
    repaired: Mapped[bool] = mapped_column(server_default="false")
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="standing areas only")
    source: Mapped[str | None] = mapped_column(comment="standing areas only: the file, or that it was drawn")
    made_by: Mapped[str | None] = mapped_column(comment="standing areas only")
    is_demo: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class HazardZonePiece(Base):
    """A zone within one quadtree cell: houses with lo <= tile_key < hi are inside if geom is NULL, else if geom holds them.

    Only zones of current revisions and standing areas have pieces. The cells of one zone are disjoint, so a
    house meets at most one piece of a zone.
    """

    __tablename__ = "hazard_zone_piece"
    __table_args__ = (
        # lo after the zone: the one piece of a zone that may hold a given key is the last with lo <= key
        Index("ix_hazard_zone_piece_zone_id", "zone_id", "lo"),
        {"comment": "Zones cut along the tile quadtree (geo_housing/cells.py), so that overlay goes by B-tree"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("hazard_zone.id", ondelete="CASCADE"))
    lo: Mapped[int] = mapped_column(BigInteger)
    hi: Mapped[int] = mapped_column(BigInteger)
    geom: Mapped[WKBElement | None] = mapped_column(
        Geometry("MULTIPOLYGON", srid=HOUSE_SRID, spatial_index=False), comment="NULL: the whole cell is inside"
    )


class ZoneArea(Base):
    """A division that a current zone touches: finds the uncertain houses, says who is concerned."""

    __tablename__ = "hazard_zone_area"
    __table_args__ = (
        Index("ix_hazard_zone_area_area_code", "area_code"),
        {"comment": "Villages (else townships, counties) that a zone touches, or that it was chosen by"},
    )

    zone_id: Mapped[int] = mapped_column(ForeignKey("hazard_zone.id", ondelete="CASCADE"), primary_key=True)
    area_code: Mapped[str] = mapped_column(Code, primary_key=True)
    whole: Mapped[bool] = mapped_column(
        server_default="false", comment="chosen by code: every house declared there is meant, with or without a point"
    )
    overlap_m2: Mapped[float | None] = mapped_column(Double)


class EventGround(Base):
    """A township's own ground entered 灾后排查, or is warned again: append-only, its last row says which.

    A ground without a row is in the phase of its event. ``scope_code`` is the township, or the county for what lies in none.
    """

    __tablename__ = "event_ground"
    __table_args__ = (
        CheckConstraint("phase IN ('warning', 'aftermath')", name="phase"),
        Index("ix_event_ground_event_id", "event_id", "scope_code", "id"),
        {"comment": "Append-only: when each township entered 灾后排查 for its own ground, or was warned again"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id", ondelete="CASCADE"))
    scope_code: Mapped[str] = mapped_column(Code)
    phase: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), comment="due times of what waits there count from here"
    )
    reason: Mapped[str | None]
    warning_id: Mapped[int | None] = mapped_column(ForeignKey("warning.id"), comment="that warned it again")
    made_by: Mapped[str]
    batch_id: Mapped[int | None] = mapped_column(BigInteger, comment="journal id of what was done at once")


class StandingArea(Base):
    """What is known of a standing risk area beside its shape: measures, way out, where to; one row of its zone."""

    __tablename__ = "standing_area"
    __table_args__ = (
        Index("ix_standing_area_scope_code", "scope_code"),
        Index("ix_standing_area_number", "number"),
        {"comment": "灾害易发地: measures, routes and shelters as the list has them, beside hazard_zone"},
    )

    zone_id: Mapped[int] = mapped_column(
        ForeignKey("hazard_zone.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    scope_code: Mapped[str] = mapped_column(Code, comment="that of its zone")
    number: Mapped[str | None] = mapped_column(Code, comment="编号, by which a list that comes again is known")
    place: Mapped[str | None] = mapped_column(comment="位置")
    stated_households: Mapped[int | None] = mapped_column(comment="威胁户数 as the list says; never a figure of ours")
    stated_people: Mapped[int | None] = mapped_column(comment="威胁人数 as the list says; never a figure of ours")
    measures: Mapped[str | None] = mapped_column(comment="措施")
    signal: Mapped[str | None] = mapped_column(comment="预警信号")
    route: Mapped[str | None] = mapped_column(comment="转移路线")
    shelter: Mapped[str | None] = mapped_column(comment="安置点")
    remark: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    updated_by: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class StandingPerson(Base):
    """Who answers for a standing risk area, and in what; phones only encrypted (D9)."""

    __tablename__ = "standing_person"
    __table_args__ = (
        _one_of("duty", STANDING_DUTIES),
        CheckConstraint("num_nulls(phone_cipher, phone_key, phone_masked) IN (0, 3)", name="phone_whole"),
        Index("ix_standing_person_zone_id", "zone_id"),
        Index("ix_standing_person_scope_code", "scope_code"),
        {"comment": "责任人, 监测人 of standing risk areas; who is replaced stays as history (ended_at)"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("hazard_zone.id", ondelete="CASCADE"))
    scope_code: Mapped[str] = mapped_column(Code, comment="that of its zone")
    duty: Mapped[str] = mapped_column(Code)
    rank: Mapped[int] = mapped_column(SmallInteger, comment="order of the list")
    name: Mapped[str] = mapped_column(Code)
    post: Mapped[str | None] = mapped_column(comment="职务")
    phone_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_key: Mapped[Any | None] = mapped_column(Uuid, comment="of the whole text")
    phone_masked: Mapped[str | None] = mapped_column(Code)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="replaced by a later list")
