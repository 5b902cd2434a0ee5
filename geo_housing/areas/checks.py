"""Do the outlines fit together? Overlaps and gaps between villages, divisions outside the one above them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy.orm import Session

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, county_of
from geo_housing.areas.queries import StoredArea, stored_areas
from geo_housing.geometry import SLIVER_M2, area_m2


@dataclass(frozen=True)
class Overlap:
    """Two divisions of one level that share ground."""

    first: str
    second: str
    area_m2: float


@dataclass(frozen=True)
class Gap:
    """Ground of ``within`` (a township or county) that no village holds; a point inside it."""

    within: str
    lon: float
    lat: float
    area_m2: float


@dataclass(frozen=True)
class AreaChecks:
    """All findings of ``areas check``."""

    overlaps: tuple[Overlap, ...]
    gaps: tuple[Gap, ...]
    outside_parent: tuple[str, ...]
    without_polygon: tuple[str, ...]


def check_areas(session: Session) -> AreaChecks:
    """Check what the actor may see; reads every outline into memory (a county has some 200)."""
    counties, townships, villages = (stored_areas(session, level) for level in ("county", "township", "village"))
    outlined = [area for area in villages if area.geom is not None]
    above = {area.code: area for area in (*counties, *townships) if area.geom is not None}
    return AreaChecks(
        tuple(_overlaps(outlined)),
        tuple(_gaps(outlined, townships, counties)),
        tuple(area.code for area in (*townships, *outlined) if _is_outside(area, above)),
        tuple(area.code for area in (*counties, *townships, *villages) if area.geom is None),
    )


def _overlaps(areas: list[StoredArea]) -> list[Overlap]:
    geoms = np.array([area.geom for area in areas], dtype=object)
    first, second = shapely.STRtree(geoms).query(geoms, predicate="intersects")
    found = []
    for a, b in zip(first, second, strict=True):
        if a < b:
            shared = area_m2(shapely.intersection(geoms[a], geoms[b]))
            if shared > SLIVER_M2:
                found.append(Overlap(areas[a].code, areas[b].code, shared))
    return found


def _gaps(villages: list[StoredArea], townships: list[StoredArea], counties: list[StoredArea]) -> list[Gap]:
    """Gaps within the outlined townships, and within counties that have no outlined township.

    Where no village has an outline yet, nothing is missing between them: they are listed as such.
    """
    covered = shapely.union_all([area.geom for area in villages])
    begun = {area.code[:length] for area in villages for length in (COUNTY_DIGITS, TOWNSHIP_DIGITS)}
    townships, counties = ([area for area in areas if area.code in begun] for areas in (townships, counties))
    frames = [area for area in townships if area.geom is not None]
    framed = {county_of(area.code) for area in frames}
    frames += [area for area in counties if area.geom is not None and area.code not in framed]
    found = []
    for frame in frames:
        for part in shapely.get_parts(shapely.difference(frame.geom, covered)):
            size = area_m2(part) if part.geom_type == "Polygon" else 0.0
            if size > SLIVER_M2:
                inside = part.point_on_surface()
                found.append(Gap(frame.code, inside.x, inside.y, size))
    return found


def _is_outside(area: StoredArea, above: Mapping[str, StoredArea]) -> bool:
    """Beyond its township, or beyond the county where that has no outline.

    Only by the representative point: borders of different sources never agree to the metre (contract).
    """
    widths = [width for width in (TOWNSHIP_DIGITS, COUNTY_DIGITS) if width < len(area.code)]
    parent = next((above[area.code[:width]] for width in widths if area.code[:width] in above), None)
    if area.geom is None or parent is None:
        return False
    return not bool(shapely.intersects(parent.geom, area.geom.point_on_surface()))
