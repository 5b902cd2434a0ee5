"""A whole ledger off by some hundred metres: coordinates of a web map (GCJ-02, BD-09) that nobody declared (D5).

Told, never undone by guess: when undoing an offset would put so many more of the houses into the village that the
ledger itself names, the person is asked to declare it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg

from geo_housing.errors import Fault
from geo_housing.geometry import CHINA, SourceCrs, tile_key, to_lonlat
from geo_housing.houses.intake.sentences import Called
from geo_housing.houses.spreadsheet.faults import LedgerFault
from geo_housing.houses.spreadsheet.originals import AXES

# Contract: at least 30 percentage points more, of at least 50 houses.
LEAST_HOUSES = 50
LEAST_GAIN = 0.3
SAMPLE = 5_000
# As pages offer them.
OFFSETS = {"gcj02": "GCJ-02（高德、腾讯地图）", "bd09": "BD-09（百度地图）"}

_SAMPLED = """
SELECT s.lon, s.lat, s.declared_code FROM (
    SELECT line, lon, lat, declared_code FROM staging WHERE tile_key IS NOT NULL AND length(declared_code) = 12
    UNION ALL SELECT line, lon, lat, declared_code FROM sampled
) s
WHERE s.declared_code IN (SELECT code FROM area WHERE geom IS NOT NULL)
ORDER BY hashint8(s.line) LIMIT %s
"""
_INSIDE = """
SELECT count(*) AS houses FROM unnest(%s::float8[], %s::float8[], %s::bigint[], %s::text[]) AS p (lon, lat, key, code)
WHERE EXISTS (
    SELECT FROM area_cell c WHERE c.cell = p.key >> 20 AND c.area_code = p.code
      AND (c.geom IS NULL OR ST_DWithin(c.geom, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4490), 1e-9)))
"""


@dataclass(frozen=True)
class Shift:
    """An offset that would explain where the houses lie; shares of the compared houses in their declared village."""

    offset: str
    houses: int
    share_now: float
    share_undone: float

    def as_fault(self, called: Called) -> Fault:
        """The sentence for the report; ``called``: how the file calls the columns."""
        name = OFFSETS[self.offset]
        return LedgerFault(
            None,
            called(*AXES),
            None,
            f"坐标可能整体偏移：比对 {self.houses} 栋，现在有 {self.share_now:.0%} 落在台账所写的村内，"
            f"若按 {name} 坐标换算则有 {self.share_undone:.0%}。请核实坐标来源，"
            f"如确是，请在“坐标是什么”中选“{name}”后重新导入。",
            "check",
        )


def systematic_shift(cursor: psycopg.Cursor[Any]) -> Shift | None:
    """The offset that would put many more of the staged houses into their declared village, if there is one."""
    west, south, east, north = CHINA
    sampled = cursor.execute(_SAMPLED, (SAMPLE,)).fetchall()
    rows = [row for row in sampled if west < row.lon < east and south < row.lat < north]
    if len(rows) < LEAST_HOUSES:
        return None
    lon, lat = np.array([row.lon for row in rows]), np.array([row.lat for row in rows])
    codes = [row.declared_code for row in rows]
    now = _share_inside(cursor, lon, lat, codes)
    found = []
    for offset in OFFSETS:
        x, y = to_lonlat(lon, lat, SourceCrs(offset))
        found.append(Shift(offset, len(rows), now, _share_inside(cursor, x, y, codes)))
    best = max(found, key=lambda shift: shift.share_undone)
    return best if best.share_undone - best.share_now >= LEAST_GAIN else None


def _share_inside(cursor: psycopg.Cursor[Any], lon: Any, lat: Any, codes: list[str]) -> float:
    row = cursor.execute(_INSIDE, (lon.tolist(), lat.tolist(), tile_key(lon, lat).tolist(), codes)).fetchone()
    return float(row.houses) / len(codes) if row is not None else 0.0
