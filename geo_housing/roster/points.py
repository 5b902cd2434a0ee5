"""Whether the point of a shelter can be right: in the county, and not far from the township that the list names."""

from dataclasses import dataclass, field
from math import cos, radians
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from geo_housing.area_codes import township_of
from geo_housing.areas.queries import StoredArea, stored_area
from geo_housing.words import AREA_CODE_LENGTH

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

# A township's shelter may well stand in the county town; much farther away the figures are somebody else's, or mistyped.
FAR_KM = 30.0
_KM_A_DEGREE = 111.2


@dataclass
class Surroundings:
    """Outlines of the divisions that the rows of a list name, each read once."""

    session: Session
    known: dict[str, StoredArea | None] = field(default_factory=dict)

    def wrong(self, area_code: str, lon: float, lat: float) -> str | None:
        """Why a point cannot be that of a shelter of the division; None where nothing speaks against it."""
        county = self._area(area_code[: AREA_CODE_LENGTH["county"]])
        if county is not None and county.geom is not None and (km := km_outside(county.geom, lon, lat)) > 0:
            return f"这个点不在{county.name}范围内（最近处相距约 {_told(km)} 公里），没有采用；请核对经度、纬度。"
        township = self._area(township_of(area_code))
        if township is not None and township.geom is not None and (km := km_outside(township.geom, lon, lat)) > FAR_KM:
            return f"这个点离{township.name}约 {_told(km)} 公里，没有采用；请核对乡镇和经度、纬度。"
        return None

    def _area(self, code: str) -> StoredArea | None:
        if code not in self.known:
            self.known[code] = stored_area(self.session, code)
        return self.known[code]


def km_outside(outline: "BaseGeometry", lon: float, lat: float) -> float:
    """How far outside an outline a point lies, roughly; 0 within it."""
    # Shapely takes long to load: only who loads a list pays for it.
    from shapely import Point, affinity
    from shapely.ops import nearest_points

    point = Point(lon, lat)
    if outline.covers(point):
        return 0.0
    # Degrees of longitude are shorter than those of latitude: stretched alike, the nearest place is the nearest.
    shrunk = cos(radians(lat))
    flat, here = (affinity.scale(each, shrunk, 1, origin=(0, 0)) for each in (outline, point))
    near, _ = nearest_points(flat, here)
    return max(float(near.distance(here)) * _KM_A_DEGREE, 0.001)


def _told(km: float) -> str:
    return f"{km:.0f}" if km >= 10 else f"{km:.1f}"
