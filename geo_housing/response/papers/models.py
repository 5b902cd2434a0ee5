"""What pages about 避险明白卡 are spared: the sums of cards, and which divisions have changed since they were made."""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, Identity, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code


class FamilyChange(Base):
    """How many statements have changed houses or families of a division: grows with every one, and says nothing of what."""

    __tablename__ = "family_change"
    __table_args__ = (
        Index("ix_family_change_scope_code", "scope_code"),
        {"comment": "Appended by statement triggers on house, household, house_household; folded by a job"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code)
    changes: Mapped[int] = mapped_column(BigInteger, server_default="1")


class CardSum(Base):
    """The sum over the houses of a division's card (card_sums.py), and everything of which it was made: true only together."""

    __tablename__ = "card_sum"
    __table_args__ = ({"comment": "Kept by whoever had to make it; made again when anything it names is no longer so"},)

    scope_code: Mapped[str] = mapped_column(Code, primary_key=True)
    asked: Mapped[str] = mapped_column(
        Code, primary_key=True, comment="hash of the statement, the rules and the kind of print"
    )
    changes: Mapped[int] = mapped_column(BigInteger, comment="sum over family_change")
    standing: Mapped[Decimal] = mapped_column(Numeric, comment="sum over the houses in standing risk areas")
    since: Mapped[date] = mapped_column(comment="true for stale_before from this day")
    until: Mapped[date | None] = mapped_column(comment="and up to this one: an empty house counts as lived in after it")
    sum: Mapped[Decimal] = mapped_column(Numeric)
    made_on: Mapped[date]
