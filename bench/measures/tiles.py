"""Tiles of houses from z6 to z16, chosen by their houses, each over a new connection to the database."""

import gzip
from collections.abc import Iterator
from time import perf_counter

import numpy as np

from bench.county import SEED, Points
from bench.measures.ledger import DATA
from bench.scratch import COUNTY, TOWNSHIP, Scratch, actor
from bench.table import Row, say
from geo_housing.db import SERVICE_LOGIN, Database
from geo_housing.layers.filters import EVERYTHING
from geo_housing.layers.house_layer import HOUSES
from geo_housing.maps.tile_address import Tile
from geo_housing.maps.tiles import TileAsked, tile_bytes
from geo_housing.scope import AreaScope

ZOOMS = range(6, 17)
TILES = 60
MEDIAN_MS, P95_MS, LARGEST_KB = 100.0, 250.0, 500.0


def measure(scratch: Scratch, points: Points, rounds: int) -> Iterator[Row]:
    """Median, 95th percentile and size beside their limits, as county and as township user."""
    url = scratch.address.url(SERVICE_LOGIN, DATA)
    for who, area in (("county", COUNTY), ("township", TOWNSHIP)):
        times, sizes = [], []
        for tile in _chosen(points, TILES * rounds, area):
            begun = perf_counter()
            database = Database(url, pool_size=1, stream_pool_size=1)
            try:
                with database.transaction(actor(area)) as session:
                    data = tile_bytes(session, HOUSES, TileAsked(tile, EVERYTHING, AreaScope(area)))
            finally:
                database.close()
            times.append((perf_counter() - begun) * 1000)
            sizes.append(len(data) / 1000)
        middle, late = np.percentile(times, [50, 95])
        packed = len(gzip.compress(data, 1)) / 1000
        say(f"  as {who}: {middle:.0f} ms, {late:.0f} ms, {max(sizes):.0f} kB (the last one packed: {packed:.0f} kB)")
        yield Row(f"tiles z6-z16 as {who}, new connection: median", middle, "limit", MEDIAN_MS, 1.0, unit="ms")
        yield Row(f"tiles z6-z16 as {who}, new connection: 95 %", late, "limit", P95_MS, 1.0, unit="ms")
        yield Row(f"tiles z6-z16 as {who}: largest", max(sizes), "limit", LARGEST_KB, 1.0, unit="kB")


def _chosen(points: Points, count: int, area: str) -> list[Tile]:
    """Tiles by chance, the more houses of ``area`` a tile holds the likelier."""
    rng = np.random.default_rng(SEED)
    inside = [n for n, (code, _, _) in enumerate(points.villages) if code.startswith(area)]
    houses = np.flatnonzero(np.isin(points.village, inside))
    chosen = []
    for n, house in enumerate(rng.choice(houses, count)):
        z = ZOOMS[n % len(ZOOMS)]
        size = 2**z
        x = int((points.lon[house] + 180) / 360 * size)
        y = int((1 - np.arcsinh(np.tan(np.radians(points.lat[house]))) / np.pi) / 2 * size)
        chosen.append(Tile(z, x, y))
    return chosen
