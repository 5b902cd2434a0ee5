"""The table that tells whether what the map shows has changed."""

from sqlalchemy import BigInteger, Identity
from sqlalchemy.orm import Mapped, mapped_column

from geo_housing.db import Base, Code


class LayerChange(Base):
    """One statement that changed something a layer shows; says nothing about what or where."""

    __tablename__ = "layer_change"
    __table_args__ = ({"comment": "Appended by statement triggers, folded by a job; versions of tiles (ETag)"},)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    layer: Mapped[str] = mapped_column(Code, comment="houses, areas, zones, inspections")
