"""The table that tells whether what the map shows has changed; rivers and roads, which it shows for orientation."""

from datetime import datetime

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, DateTime, Double, ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code
from geo_housing.geometry import HOUSE_SRID


class LayerChange(Base):
    """One statement that changed something a layer shows; says nothing about what or where."""

    __tablename__ = "layer_change"
    __table_args__ = ({"comment": "Appended by statement triggers, folded by a job; versions of tiles (ETag)"},)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    layer: Mapped[str] = mapped_column(Code, comment="houses, areas, zones, inspections, lines")


class MapLine(Base):
    """A river or a road of the map, for orientation alone: nothing is counted along it."""

    __tablename__ = "map_line"
    __table_args__ = (
        CheckConstraint("kind IN ('river', 'road')", name="kind"),
        CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom_valid"),
        Index("ix_map_line_area_code", "area_code", "kind"),
        Index("ix_map_line_geom", "geom", postgresql_using="gist"),
        Index("uq_map_line_key", "area_code", "kind", "key", unique=True),
        {"comment": "Rivers and roads for orientation; read by everybody who is signed in"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    area_code: Mapped[str] = mapped_column(
        Code, ForeignKey("area.code", ondelete="CASCADE"), comment="the county that loaded it; goes with it"
    )
    kind: Mapped[str] = mapped_column(Code)
    key: Mapped[str] = mapped_column(Code, comment="number of the source, else name and place: known again by it")
    name: Mapped[str | None]
    rank: Mapped[int] = mapped_column(server_default="2", comment="1 seen from far, 3 from near")
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTILINESTRING", srid=HOUSE_SRID, spatial_index=False))
    length_m: Mapped[float] = mapped_column(Double)
    repaired: Mapped[bool] = mapped_column(server_default="false")
    source: Mapped[str | None] = mapped_column(comment="the file")
    loaded_by: Mapped[str]
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True), comment="taken off the map")
