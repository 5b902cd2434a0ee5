"""Whom a zone concerns: 影响分析 of a drawing (cut, overlay, villages, risks) beside SedonaDB and plain ST_Intersects."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from shapely import MultiPolygon
from sqlalchemy import text

from bench.county import Points, jagged_zone, write_ledger
from bench.measures.ledger import load
from bench.scratch import COUNTY, TOWNSHIP, Scratch, actor
from bench.table import Row, median_seconds, say
from geo_housing.cells import INSIDE_TOLERANCE
from geo_housing.db import Database
from geo_housing.hazards import overlay
from geo_housing.hazards.queries import affected_by_geometry
from geo_housing.scope import EVERYWHERE, AreaScope

PEERS = Path(__file__).parents[1] / ".peers" / "bin" / "python"
SEDONA = Path(__file__).parents[1] / "peers" / "sedona_affected.py"
IDS = f"""
    WITH {overlay.PIECES_OF_DRAWING}, {overlay.TOUCHED_BY_DRAWING}, {overlay.INSIDE} SELECT id FROM inside
"""


@dataclass(frozen=True)
class Peers:
    """The same points in the forms that the peers read."""

    parquet: Path
    table: str
    database: str


def prepare(scratch: Scratch, name: str) -> Peers:
    """GeoParquet for SedonaDB, and a plain table with a GiST index for ST_Intersects."""
    with scratch.connect(name) as connection:
        connection.execute("CREATE TABLE bench_plain AS SELECT id, geom FROM house WHERE geom IS NOT NULL")
        connection.execute("CREATE INDEX ON bench_plain USING gist (geom)")
        connection.execute("VACUUM ANALYZE bench_plain")
        rows = connection.execute("SELECT id, ST_X(geom), ST_Y(geom) FROM bench_plain ORDER BY id").fetchall()
    ids, lon, lat = (np.array(column) for column in zip(*rows, strict=True))
    frame = gpd.GeoDataFrame({"id": ids}, geometry=gpd.points_from_xy(lon, lat), crs="OGC:CRS84")
    parquet = scratch.folder / "houses.parquet"
    frame.to_parquet(parquet)
    return Peers(parquet, "bench_plain", name)


def measure(
    scratch: Scratch,
    database: Database,
    peers: Peers,
    zone: MultiPolygon,
    rounds: int,
    *,
    bars: dict[str, float],
    kind: str = "",
) -> Iterator[Row]:
    """Rows for one zone; ``bars`` by peer (sedona, plain). The houses must be the very same ones."""
    vertices = int(shapely.get_num_coordinates(zone))
    times = {}
    for area in (COUNTY, TOWNSHIP):
        with database.transaction(actor(area)) as session:
            times[area], found = median_seconds(rounds, partial(affected_by_geometry, session, zone, AreaScope(area)))
        if area == COUNTY:
            houses = found.houses
            ids = _ids(database, zone)
        say(f"  zone of {vertices:,} vertices as {area}: {times[area]:.3f} s, {found.houses:,} houses")
    plain, plain_ids = median_seconds(rounds, lambda: _plain(scratch, peers, zone))
    _check_same(ids, plain_ids, zone, peers)
    figures = {"plain": ("plain ST_Intersects, ids only", plain)}
    if "sedona" in bars:
        found_by_sedona = _sedona(scratch, peers, zone, rounds)
        assert found_by_sedona["ids"] == _hash(plain_ids), "SedonaDB finds other houses than ST_Intersects"
        figures["sedona"] = ("SedonaDB on GeoParquet, ids only", float(np.median(found_by_sedona["seconds"])))
    for who, area in (("county", COUNTY), ("township", TOWNSHIP)):
        for peer, bar in bars.items():
            what = f"affected, {vertices - 1:,} vertices{kind}, {houses:,} houses, as {who}"
            yield Row(what, times[area], figures[peer][0], figures[peer][1], bar)


def scaling(scratch: Scratch, database: Database, points: Points, rounds: int) -> Row:
    """The same zone with the same houses inside, among all houses and among a tenth of them."""
    zone = jagged_zone(points, vertices=2_000, houses=int(len(points.lon) * 0.015))
    inside = np.flatnonzero(shapely.contains_xy(zone, points.lon, points.lat))
    outside = np.setdiff1d(np.arange(len(points.lon)), inside)
    chosen = np.concatenate([inside, outside[: len(points.lon) // 10 - len(inside)]])
    tenth = Points(points.lon[chosen], points.lat[chosen], points.village[chosen], points.villages)
    file = scratch.folder / "tenth.csv"
    write_ledger(tenth, file)
    other = scratch.create("bench_tenth")
    try:
        load(other, file, scratch)
        few, held = _time_of(other, zone, rounds)
        many, found = _time_of(database, zone, rounds)
    finally:
        other.close()
    assert found == held == len(inside), "the same houses lie inside"
    what = f"same zone, {held:,} houses inside, among {len(points.lon):,}"
    return Row(what, many, f"among {len(chosen):,}", few, 1.5)


def _time_of(database: Database, zone: MultiPolygon, rounds: int) -> tuple[float, int]:
    with database.transaction(actor(COUNTY)) as session:
        seconds, found = median_seconds(rounds, lambda: affected_by_geometry(session, zone, AreaScope(COUNTY)))
    return seconds, found.houses


def _ids(database: Database, zone: MultiPolygon) -> list[int]:
    values = {
        **overlay.values_of_drawing(zone),
        "scope_lo": EVERYWHERE.lo,
        "scope_hi": EVERYWHERE.hi,
        "stale_before": None,
    }
    with database.transaction(actor()) as session:
        return list(session.scalars(text(IDS), values))


def _plain(scratch: Scratch, peers: Peers, zone: MultiPolygon) -> list[int]:
    with scratch.connect(peers.database) as connection:
        # The zone as it comes: one geometry, compared with every candidate of the index.
        query = f"SELECT id FROM {peers.table} WHERE ST_Intersects(geom, ST_GeomFromWKB(%s, 4490))"
        return [row[0] for row in connection.execute(query, [shapely.to_wkb(zone)])]


def _check_same(ours: list[int], exact: list[int], zone: MultiPolygon, peers: Peers) -> None:
    """Ours are the exact ones and those within the tolerance of an edge (0.1 mm), which an exact predicate leaves out."""
    assert len(set(ours)) == len(ours), "a house is found twice"
    assert not set(exact) - set(ours), "a house is missing"
    more = set(ours) - set(exact)
    frame = gpd.read_parquet(peers.parquet)
    points = frame.loc[frame["id"].isin(more), "geometry"].array
    near = shapely.dwithin(zone, np.asarray(points), INSIDE_TOLERANCE)
    assert len(near) == len(more) and near.all(), "a house is found that does not lie inside"


def _sedona(scratch: Scratch, peers: Peers, zone: MultiPolygon, rounds: int) -> dict[str, object]:
    wkt = scratch.folder / "zone.wkt"
    wkt.write_text(shapely.to_wkt(zone, rounding_precision=-1))
    command = [str(PEERS), str(SEDONA), str(peers.parquet), str(wkt), str(rounds)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def _hash(ids: object) -> str:
    return hashlib.sha256(np.sort(np.array(ids, dtype="<i8")).tobytes()).hexdigest()
