"""GeoJSON of all houses over HTTP, beside COPY of ST_AsGeoJSON and ogr2ogr; and what it costs in memory."""

from collections.abc import Iterator
from functools import partial

from bench.measures.ledger import DATA
from bench.scratch import COUNTY, Scratch
from bench.service import running_service
from bench.table import Row, median_seconds, say
from geo_housing.db import Database

PATH = "/api/v1/houses.geojson"
COPY = "COPY (SELECT ST_AsGeoJSON(h.*) FROM house h) TO STDOUT"
MOST_MIB = 64.0


def measure(scratch: Scratch, database: Database, rounds: int) -> Iterator[Row]:
    """Time beside both peers, and the growth of the service's memory.

    A planner gets what the peers give, the columns of the house; the county also the name of the family that lives there,
    which is joined from a second table of as many rows and which no peer does.
    """
    taken = {}
    with running_service(scratch, database, DATA) as service:
        tokens = {role: service.token(role, COUNTY) for role in ("planner", "county")}
        for token in tokens.values():
            service.get(f"{PATH}?bbox=120,40,120.001,40.001", token)  # warms up what every request needs
        before = service.memory_kib()
        service.forget_peak()
        for role, token in tokens.items():
            taken[role] = median_seconds(rounds, partial(service.get, PATH, token))
        growth = (service.peak_memory_kib() - before) / 1024
    copied, _ = median_seconds(rounds, lambda: _copy(scratch))
    by_gdal, _ = median_seconds(rounds, lambda: _ogr2ogr(scratch))
    for role, (ours, size) in taken.items():
        say(f"  as {role} {size / 1e6:,.0f} MB in {ours:.1f} s, memory grew by {growth:.1f} MiB")
        what = f"GeoJSON of all over HTTP, as {role}"
        yield Row(f"{what}, {size / 1e6:,.0f} MB", ours, "COPY ST_AsGeoJSON(h.*)", copied, 2.0)
        yield Row(what, ours, "ogr2ogr", by_gdal, 1 / 5)
    yield Row("GeoJSON of all: the service's memory grows by", growth, "limit", MOST_MIB, 1.0, unit="MiB")


def _copy(scratch: Scratch) -> int:
    size = 0
    with scratch.connect(DATA) as connection, connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for block in copy:
            size += len(block)
    return size


def _ogr2ogr(scratch: Scratch) -> None:
    target = scratch.folder / "gdal.geojson"
    target.unlink(missing_ok=True)
    scratch.run(["ogr2ogr", "-f", "GeoJSON", str(target), "PG:", "house"], DATA)
