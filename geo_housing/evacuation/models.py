"""Tables of 转移避险: one row per event and household to be fetched, every change of it, and figures told by telephone."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code, Codes
from geo_housing.words import EVACUATION_STATE


class Evacuation(Base):
    """One household that must be moved in one event; a house that counts as lived in without a family has one, too."""

    __tablename__ = "evacuation"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(v) for v in EVACUATION_STATE)})", name="state"),
        CheckConstraint("origin IN ('rule', 'extra')", name="origin"),
        CheckConstraint("house_id IS NOT NULL OR named IS NOT NULL", name="somebody"),
        CheckConstraint("people >= 0", name="people"),
        # A row that was withdrawn stays as history; who comes back on the list gets a new one.
        Index(
            "uq_evacuation_household_id",
            "household_id",
            "event_id",
            unique=True,
            postgresql_where=text("household_id IS NOT NULL AND withdrawn_at IS NULL"),
        ),
        Index(
            "uq_evacuation_house_without_family",
            "house_id",
            "event_id",
            unique=True,
            postgresql_where=text("household_id IS NULL AND house_id IS NOT NULL AND withdrawn_at IS NULL"),
        ),
        Index("ix_evacuation_house_id", "house_id"),
        Index("ix_evacuation_event_id", "event_id", "scope_code", "state"),
        Index("ix_evacuation_shelter_id", "shelter_id", postgresql_where=text("shelter_id IS NOT NULL")),
        Index("uq_evacuation_client_id", "client_id", unique=True, postgresql_where=text("client_id IS NOT NULL")),
        {"comment": "转移避险, one row per event and household; 应转 are all that are not withdrawn"},
    )

    # Without foreign keys to event, house and family: none of them is ever deleted (the demo's rows go before), and to
    # look up and lock each would take a third of the time of opening.
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(comment="hazard_event")
    scope_code: Mapped[str] = mapped_column(Code)
    house_id: Mapped[int | None] = mapped_column(BigInteger, comment="house; NULL: not in the register")
    household_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="household; NULL: no family of the house is in the register"
    )
    origin: Mapped[str] = mapped_column(Code, server_default="rule", comment="rule, or extra (表外新增)")
    was_listed: Mapped[bool] = mapped_column(
        server_default="false", comment="a rule had listed it before a person reported it: not counted as added"
    )
    reasons: Mapped[list[str]] = mapped_column(Codes, comment="why, see evacuation/rule.py")
    place: Mapped[int] = mapped_column(SmallInteger, comment="who is fetched first within a village, 1 before 2")
    uncertain: Mapped[bool] = mapped_column(server_default="false", comment="no or disputed point, village touched")
    standing_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="hazard_zone: the standing risk area in which a weak house stands; those come first"
    )
    named: Mapped[str | None] = mapped_column(comment="head as entered, where no family of the register is meant")
    what: Mapped[str | None] = mapped_column(comment="表外新增: what the matter is")

    state: Mapped[str] = mapped_column(Code, server_default="pending")
    people: Mapped[int | None] = mapped_column(SmallInteger, comment="人 as counted; NULL: nobody counted them")
    organiser: Mapped[str | None] = mapped_column(comment="who fetches them")
    departure: Mapped[str | None] = mapped_column(comment="from where, if not from the house")
    shelter_id: Mapped[int | None] = mapped_column(ForeignKey("shelter.id"))
    destination: Mapped[str | None] = mapped_column(comment="to where, if not to a shelter of the roster")
    moved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="when, as told")
    reported_by: Mapped[str | None]
    reported_how: Mapped[str | None] = mapped_column(Code, comment="words.REPORTED_HOW")
    note: Mapped[str | None]
    entered_by: Mapped[str | None]
    entered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    revision: Mapped[int] = mapped_column(comment="zone revision that opened it")
    batch_id: Mapped[int | None] = mapped_column(BigInteger, comment="journal id of what opened it")
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), comment="never changes")
    begun_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="first saved content")
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(server_default="1")
    client_id: Mapped[str | None] = mapped_column(Code, comment="of the form that made it: twice is once")


class EvacuationStep(Base):
    """One change of one row, with what stood before: so how it stood at any moment can be asked. Append-only.

    Opening a row is no step: the row says when that was, and before its first step it stood as that step found it.
    """

    __tablename__ = "evacuation_step"
    __table_args__ = (
        Index("ix_evacuation_step_evacuation_id", "evacuation_id", "id"),
        Index("ix_evacuation_step_event_id", "event_id", "at"),
        {"comment": "Append-only: changes of evacuation, as known from the moment at which they were entered"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    evacuation_id: Mapped[int] = mapped_column(ForeignKey("evacuation.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id"))
    scope_code: Mapped[str] = mapped_column(Code)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), comment="when it was entered")
    act: Mapped[str] = mapped_column(Code, comment="enter, undo, withdraw, renew")
    state_before: Mapped[str] = mapped_column(Code)
    state_after: Mapped[str] = mapped_column(Code)
    people_before: Mapped[int | None] = mapped_column(SmallInteger)
    people_after: Mapped[int | None] = mapped_column(SmallInteger)
    counts_before: Mapped[bool] = mapped_column(comment="whether it was on the list (not withdrawn)")
    counts_after: Mapped[bool]
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="{field: [before, after]} of everything else")
    reported_by: Mapped[str | None]
    reported_how: Mapped[str | None] = mapped_column(Code)
    entered_by: Mapped[str]
    undoes: Mapped[int | None] = mapped_column(BigInteger, comment="step that it takes back")
    version: Mapped[int] = mapped_column(comment="of the row after it")
    batch_id: Mapped[int | None] = mapped_column(BigInteger, comment="journal id of what was done at once")
    client_id: Mapped[str | None] = mapped_column(Code)


class EvacuationFigure(Base):
    """电话报数: how many of an area are moved, told before the names. The last one of an area replaces those before."""

    __tablename__ = "evacuation_figure"
    __table_args__ = (
        CheckConstraint("households >= 0 AND people >= 0", name="counts"),
        Index("ix_evacuation_figure_event_id", "event_id", "scope_code", "id"),
        Index(
            "uq_evacuation_figure_client_id", "client_id", unique=True, postgresql_where=text("client_id IS NOT NULL")
        ),
        {"comment": "电话报数: moved so far in an area as told; never added to what the names say"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("hazard_event.id"))
    scope_code: Mapped[str] = mapped_column(Code, comment="the area that was told of")
    households: Mapped[int] = mapped_column(comment="户 moved so far")
    people: Mapped[int | None] = mapped_column(comment="人 moved so far")
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), comment="as of when it was told")
    reported_by: Mapped[str | None]
    reported_how: Mapped[str] = mapped_column(Code, server_default="phone")
    note: Mapped[str | None]
    entered_by: Mapped[str]
    entered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="it no longer stands")
    settled_by: Mapped[str | None]
    settled_note: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    client_id: Mapped[str | None] = mapped_column(Code)


class EvacuationCount(Base):
    """How many households of an event stand so: what 应转, 已转 and 未转 are the sums of, however many there are."""

    __tablename__ = "evacuation_count"
    __table_args__ = (
        Index("ix_evacuation_count_event_id", "event_id", "scope_code"),
        {"comment": "Appended by statement triggers on evacuation, folded by a job; 应转, 已转, 未转 are their sums"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_id: Mapped[int] = mapped_column(comment="hazard_event")
    scope_code: Mapped[str] = mapped_column(Code)
    state: Mapped[str] = mapped_column(Code)
    is_folded: Mapped[bool] = mapped_column(server_default="false")
    households: Mapped[int] = mapped_column(comment="户, less than 0 for those that are no longer so")
    people: Mapped[int] = mapped_column(comment="人 of those that are counted")
    unsized: Mapped[int] = mapped_column(comment="户 whose people nobody counted")
    without_family: Mapped[int] = mapped_column(comment="户 that are houses without a family in the register")
    extra: Mapped[int] = mapped_column(comment="户 表外新增")
