"""Tables of the divisions: county, township, village, their outlines, other names and pieces."""

from datetime import date, datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code
from geo_housing.geometry import HOUSE_SRID


class Area(Base):
    """One division. The outline may be missing: then everything works by the declared code."""

    __tablename__ = "area"
    __table_args__ = (
        CheckConstraint("level IN ('county', 'township', 'village')", name="level"),
        CheckConstraint(
            "length(code) = CASE level WHEN 'county' THEN 6 WHEN 'township' THEN 9 ELSE 12 END", name="code_length"
        ),
        CheckConstraint("geom IS NULL OR ST_IsValid(geom)", name="geom_valid"),
        Index("ix_area_geom", "geom", postgresql_using="gist"),
        Index("ix_area_parent_code", "parent_code", "name"),
        Index("ix_area_source_code", "parent_code", "source_code"),
        {"comment": "Divisions; code is hierarchical by prefix: county 6, township 9, village 12 digits"},
    )

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    level: Mapped[str] = mapped_column(Code)
    name: Mapped[str]
    match_name: Mapped[str] = mapped_column(Code, comment="normalised name for matching ledgers, see areas/names.py")
    parent_code: Mapped[str | None] = mapped_column(Code, ForeignKey("area.code"))
    source_code: Mapped[str | None] = mapped_column(Code, comment="code of the source file when it is not hierarchical")
    geom: Mapped[WKBElement | None] = mapped_column(Geometry("MULTIPOLYGON", srid=HOUSE_SRID, spatial_index=False))
    area_m2: Mapped[float | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    successor_code: Mapped[str | None] = mapped_column(Code)
    source: Mapped[str | None] = mapped_column(comment="file name and CRS the outline came from")
    is_demo: Mapped[bool] = mapped_column(server_default="false")
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class AreaAlias(Base):
    """Another name of a division: abolished townships, reading forms such as 嘎查."""

    __tablename__ = "area_alias"
    __table_args__ = (
        Index("ix_area_alias_match_name", "match_name"),
        {"comment": "Other and former names under which ledgers and warnings know a division"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    area_code: Mapped[str] = mapped_column(Code, ForeignKey("area.code", ondelete="CASCADE"))
    name: Mapped[str]
    match_name: Mapped[str] = mapped_column(Code)


class AreaCell(Base):
    """The part of an outline in one cell of the z14 tile grid; a point in the cell is inside if geom is NULL or covers it.

    Cells make placement an equality join (``cell = tile_key >> 20``), see geo_housing/cells.py.
    """

    __tablename__ = "area_cell"
    __table_args__ = (
        Index("ix_area_cell_cell", "cell"),
        {"comment": "Outlines cut along the z14 tile grid, so that a point finds its village by equality"},
    )

    area_code: Mapped[str] = mapped_column(Code, ForeignKey("area.code", ondelete="CASCADE"), primary_key=True)
    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True, comment="tile_key >> 20")
    geom: Mapped[WKBElement | None] = mapped_column(
        Geometry("MULTIPOLYGON", srid=HOUSE_SRID, spatial_index=False), comment="NULL: the whole cell is inside"
    )
