"""Tables of the register: houses, households, who lives where, grades, the grid of counts."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Double,
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
from geo_housing.houses.unsettled import UNSETTLED
from geo_housing.words import (
    BUILDING_KIND,
    GRADE,
    GRADE_BASIS,
    IN_ANNUAL_LEDGER,
    LOCATION_STATE,
    MEASURE,
    OCCUPANCY,
    RENOVATION,
    WordList,
)

# What lists show first: lower is more urgent. An expression index carries it, so queries repeat it word for word.
URGENCY = (
    "(CASE risk WHEN 'D' THEN 1 WHEN 'C' THEN 2 WHEN 'suspected' THEN 3 WHEN 'none' THEN 4 WHEN 'B' THEN 5 ELSE 6 END)"
)
# The rule of words.md "risk class": a recorded C or D stays; else a suspicion newer than the grade; else the grade.
RISK_RULE = (
    "CASE WHEN grade IN ('C', 'D') THEN grade"
    " WHEN suspected_on IS NOT NULL AND (graded_on IS NULL OR suspected_on > graded_on) THEN 'suspected'"
    " WHEN grade IS NOT NULL THEN grade ELSE 'none' END"
)


def one_of(column: str, words: WordList) -> CheckConstraint:
    """CHECK that ``column`` is a code word of a closed list (an extensible list has none)."""
    values = ", ".join(f"'{code}'" for code in words)
    return CheckConstraint(f"{column} IN ({values})", name=column)


# Of a house what is counted or computed from the rest of it.
DERIVED = (
    "geom",
    "risk",
    "households",
    "first_household_id",
    "owner",
    "people",
    "households_without_size",
    "key_groups",
    "traits",
)
LIVES_NOW = "relation = 'lives' AND to_on IS NULL"


class House(Base):
    """One house of the register (栋). It may end, it is never deleted."""

    __tablename__ = "house"
    __table_args__ = (
        one_of("location_state", LOCATION_STATE),
        one_of("building_kind", BUILDING_KIND),
        one_of("occupancy", OCCUPANCY),
        one_of("grade", GRADE),
        one_of("grade_basis", GRADE_BASIS),
        one_of("renovation", RENOVATION),
        one_of("measure", MEASURE),
        CheckConstraint("renovation_year BETWEEN 2008 AND 2100", name="renovation_year"),
        CheckConstraint(f"renovation_year IS NULL OR renovation IN {IN_ANNUAL_LEDGER}", name="year_of_annual_ledger"),
        CheckConstraint("(geom IS NULL) = (tile_key IS NULL)", name="tile_key_of_point"),
        CheckConstraint("(grade IS NULL) = (grade_basis IS NULL)", name="grade_has_basis"),
        Index("ix_house_scope_code", "scope_code"),
        # scope_code after the key: without it the planner ANDs two bitmaps per range for a township (20 times slower)
        Index("ix_house_tile_key", "tile_key", "scope_code"),
        Index("ix_house_unsettled", "scope_code", "id", postgresql_where=text(UNSETTLED)),
        Index("ix_house_urgency", text(URGENCY), "scope_code", "id", postgresql_where=text("ended_on IS NULL")),
        Index("ix_house_declared_code", "declared_code", postgresql_where=text("location_state <> 'located'")),
        Index(
            "ix_house_declared_elsewhere",
            "declared_code",
            postgresql_where=text("declared_code <> scope_code AND ended_on IS NULL"),
        ),
        Index("ix_house_batch_id", "batch_id"),
        Index("ix_house_owner", "owner", "scope_code", postgresql_where=text("owner IS NOT NULL")),
        Index("ix_house_duplicate_of", "duplicate_of", postgresql_where=text("duplicate_of IS NOT NULL")),
        {"comment": "Houses; tile_key (quadkey of the point at z24) is the spatial index, see D11 and D15"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True, comment="NFKC, trimmed, upper case; never changes by moving")
    scope_code: Mapped[str] = mapped_column(Code, comment="computed village, else declared, else township or county")
    village_code: Mapped[str | None] = mapped_column(Code, comment="village whose outline holds the point")
    declared_code: Mapped[str | None] = mapped_column(Code, comment="village (or township) that the ledger names")
    declared_before: Mapped[str | None] = mapped_column(
        Code, comment="abolished division that handed the house on to declared_code"
    )
    settlement: Mapped[str | None] = mapped_column(comment="自然屯/组")
    location_state: Mapped[str] = mapped_column(Code, server_default="unlocated")
    location_note: Mapped[str | None] = mapped_column(
        Code, comment="misplaced, outside, border, shared_point, shifted, proposed, confirmed"
    )
    geom: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=HOUSE_SRID, spatial_index=False))
    tile_key: Mapped[int | None] = mapped_column(BigInteger)
    source_crs: Mapped[str | None] = mapped_column(Code)

    structure: Mapped[str | None] = mapped_column(Code)
    built_year: Mapped[int | None] = mapped_column(SmallInteger)
    storeys: Mapped[int | None] = mapped_column(SmallInteger)
    rooms: Mapped[int | None] = mapped_column(SmallInteger, comment="间")
    area_m2: Mapped[float | None] = mapped_column(Double)
    building_kind: Mapped[str | None] = mapped_column(Code)
    occupancy: Mapped[str | None] = mapped_column(Code)
    occupancy_checked_on: Mapped[date | None]
    occupancy_checked_by: Mapped[str | None]

    grade: Mapped[str | None] = mapped_column(Code, comment="cache of grade_record: signed beats ledger, then latest")
    grade_basis: Mapped[str | None] = mapped_column(Code)
    graded_on: Mapped[date | None]
    suspected_on: Mapped[date | None] = mapped_column(comment="day of an open suspicion")
    risk: Mapped[str] = mapped_column(Code, Computed(RISK_RULE, persisted=True))
    renovation: Mapped[str] = mapped_column(Code, server_default="not_needed")
    renovation_year: Mapped[int | None] = mapped_column(
        SmallInteger, comment="year of the annual ledger it is or was in; null: not told"
    )
    measure: Mapped[str | None] = mapped_column(Code)
    remark: Mapped[str | None]
    extra: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="ledger columns without a field of their own")

    # Caches of the households that live here, so that an analysis of 400,000 houses joins nothing (D13).
    households: Mapped[int] = mapped_column(SmallInteger, server_default="0", comment="户 living here")
    first_household_id: Mapped[int | None] = mapped_column(
        BigInteger, comment="of the 户 living here the one that was recorded first"
    )
    owner: Mapped[str | None] = mapped_column(
        Code, comment="head of the 户 recorded first of those owning it and living elsewhere"
    )
    people: Mapped[int] = mapped_column(SmallInteger, server_default="0", comment="人 living here")
    households_without_size: Mapped[int] = mapped_column(
        SmallInteger, server_default="0", comment="户 living here of whom no number above 0 is stated"
    )
    key_groups: Mapped[list[str] | None] = mapped_column(Codes, comment="K1-K6 of those households, repeated per 户")
    traits: Mapped[list[str] | None] = mapped_column(Codes, comment="避险特征 of those households, repeated per 户")

    ended_on: Mapped[date | None]
    ended_reason: Mapped[str | None] = mapped_column(Code, comment="demolished, duplicate, mistaken")
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("house.id"))
    is_demo: Mapped[bool] = mapped_column(server_default="false")
    batch_id: Mapped[int | None] = mapped_column(BigInteger, comment="import that created or last changed the row")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class HouseAlias(Base):
    """An older code of a house."""

    __tablename__ = "house_alias"
    __table_args__ = (
        Index("ix_house_alias_house_id", "house_id"),
        {"comment": "Former codes, so that an old ledger still finds its house"},
    )

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("house.id"))
    scope_code: Mapped[str] = mapped_column(Code)


class Household(Base):
    """One household (户). Persons are the people now living there."""

    __tablename__ = "household"
    __table_args__ = (
        Index("ix_household_scope_code", "scope_code"),
        # scope_code after the name: a township looks a common family name up without reading the county's rows
        Index("ix_household_head", "head", "scope_code"),
        Index("ix_household_id_number_key", "id_number_key"),
        {"comment": "Households; ID number and phone only encrypted, found by keyed hash (D9)"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scope_code: Mapped[str] = mapped_column(Code)
    head: Mapped[str | None] = mapped_column(Code, comment="户主姓名")
    id_number_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_key: Mapped[Any | None] = mapped_column(Uuid, comment="first 128 bits of HMAC-SHA256")
    id_number_masked: Mapped[str | None] = mapped_column(Code)
    phone_cipher: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_key: Mapped[Any | None] = mapped_column(Uuid)
    phone_masked: Mapped[str | None] = mapped_column(Code)
    persons: Mapped[int | None] = mapped_column(SmallInteger)
    categories: Mapped[list[str] | None] = mapped_column(Codes, comment="保障类别")
    monitoring: Mapped[list[str] | None] = mapped_column(Codes, comment="监测身份")
    traits: Mapped[list[str] | None] = mapped_column(Codes, comment="避险特征")
    is_demo: Mapped[bool] = mapped_column(server_default="false")
    batch_id: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class CategoryCertificate(Base):
    """A certified category of a household: a ledger may not overwrite it (D12)."""

    __tablename__ = "category_certificate"
    __table_args__ = (
        Index("ix_category_certificate_household_id", "household_id"),
        {"comment": "Certified protection categories with certifier and document"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    scope_code: Mapped[str] = mapped_column(Code)
    category: Mapped[str] = mapped_column(Code)
    certified_on: Mapped[date]
    valid_to: Mapped[date | None]
    certifier: Mapped[str]
    document: Mapped[str | None]


class HouseHousehold(Base):
    """A household lives in one house and may own more; a house may hold several households."""

    __tablename__ = "house_household"
    __table_args__ = (
        CheckConstraint("relation IN ('lives', 'owns')", name="relation"),
        CheckConstraint("closed_with IN ('ended', 'moved', 'same')", name="closed_with"),
        Index("ix_house_household_house_id", "house_id"),
        # One home at a time.
        Index("uq_house_household_lives_once", "household_id", unique=True, postgresql_where=text(LIVES_NOW)),
        Index("ix_house_household_household_id", "household_id"),
        Index("ix_house_household_waiting", "household_id", postgresql_where=text("closed_with = 'ended'")),
        {"comment": "Who lives in and who owns which house, with period"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("house.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    scope_code: Mapped[str] = mapped_column(Code)
    relation: Mapped[str] = mapped_column(Code, server_default="lives")
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    closed_with: Mapped[str | None] = mapped_column(
        Code,
        comment="the house ended: ended (the family waits for a home), moved (to the house chosen), same (is known there)",
    )
    batch_id: Mapped[int | None] = mapped_column(BigInteger)
    extra: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB, comment="columns without a field of ours, as this family's row has them; null: as the house's"
    )


class GradeRecord(Base):
    """One grade of one house at one day. Append-only; a newer record supersedes, never edits."""

    __tablename__ = "grade_record"
    __table_args__ = (
        one_of("grade", GRADE),
        one_of("basis", GRADE_BASIS),
        Index("ix_grade_record_house_id", "house_id", "decided_on"),
        Index("ix_grade_record_supersedes", "supersedes", postgresql_where=text("supersedes IS NOT NULL")),
        {
            "comment": "History of grades; house.grade is its cache: signed beats ledger, then the latest; undone imports do not count"
        },
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    house_id: Mapped[int] = mapped_column(ForeignKey("house.id"))
    scope_code: Mapped[str] = mapped_column(Code)
    grade: Mapped[str] = mapped_column(Code)
    basis: Mapped[str] = mapped_column(Code)
    decided_on: Mapped[date | None]
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    source: Mapped[str] = mapped_column(comment="import file, form, assessment")
    batch_id: Mapped[int | None] = mapped_column(BigInteger)
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("grade_record.id"))


class HouseGrid(Base):
    """Counts of located houses by z16 tile cell, scope, risk and renovation: what far tiles are made of."""

    __tablename__ = "house_grid"
    __table_args__ = (
        {"comment": "Counts by z16 cell; true together with house_grid_delta, doctor compares with house"},
    )

    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="tile_key >> 16")
    scope_code: Mapped[str] = mapped_column(Code, primary_key=True)
    risk: Mapped[str] = mapped_column(Code, primary_key=True)
    renovation: Mapped[str] = mapped_column(Code, primary_key=True)
    houses: Mapped[int]


class HouseGridDelta(Base):
    """Changes of the grid that a job folds in; readers add both."""

    __tablename__ = "house_grid_delta"
    __table_args__ = (
        Index("ix_house_grid_delta_cell", "cell"),
        {"comment": "Appended by statement triggers on house, folded into house_grid by a job"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cell: Mapped[int] = mapped_column(BigInteger)
    scope_code: Mapped[str] = mapped_column(Code)
    risk: Mapped[str] = mapped_column(Code)
    renovation: Mapped[str] = mapped_column(Code)
    houses: Mapped[int]
