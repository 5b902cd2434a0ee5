"""Tables of orders (委托) to third parties."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code


class WorkOrder(Base):
    """Houses that an organisation is asked to look at. It sees them as long as the order stands."""

    __tablename__ = "work_order"
    __table_args__ = (
        CheckConstraint("event_id IS NOT NULL OR reason IS NOT NULL", name="why"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_whole"),
        Index("ix_work_order_scope_code", "scope_code", "id"),
        Index("ix_work_order_event_id", "event_id"),
        Index("ix_work_order_organisation", "organisation", postgresql_where=text("ended_at IS NULL")),
        Index(
            "uq_work_order_client_id",
            "made_by",
            "client_id",
            unique=True,
            postgresql_where=text("client_id IS NOT NULL"),
        ),
        {"comment": "委托: houses that a third party (第三方机构) looks at, and sees as long as the order stands"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code, comment="whose order it is")
    organisation: Mapped[str] = mapped_column(Code, comment="technician.unit, as the roster has it")
    event_id: Mapped[int | None] = mapped_column(ForeignKey("hazard_event.id", ondelete="CASCADE"))
    reason: Mapped[str | None] = mapped_column(comment="of an order without event, or more about it")
    due_on: Mapped[date]
    ends_on: Mapped[date | None] = mapped_column(comment="last day on which the organisation sees its houses")
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="withdrawn, or done with: the organisation sees its houses no more"
    )
    ended_by: Mapped[str | None]
    ended_reason: Mapped[str | None]
    client_id: Mapped[str | None] = mapped_column(Code)
    version: Mapped[int] = mapped_column(server_default="1")


class OrderedHouse(Base):
    """One house of an order."""

    __tablename__ = "work_order_house"
    __table_args__ = (
        Index("ix_work_order_house_house_id", "house_id"),
        Index("ix_work_order_house_scope_code", "scope_code"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_whole"),
        {"comment": "The houses of an order; added to, and given back one by one"},
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("work_order.id", ondelete="CASCADE"), primary_key=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("house.id", ondelete="CASCADE"), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code, comment="of the order, wherever the house is placed later")
    withdrawn_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True),
        comment="given back before anybody signed for it: the organisation sees the house no more",
    )
    withdrawn_by: Mapped[str | None]
    withdrawn_reason: Mapped[str | None]
