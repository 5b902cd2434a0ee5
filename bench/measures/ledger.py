"""``houses load`` of a ledger with personal data, families, history and placement, beside ogr2ogr, which checks nothing."""

from pathlib import Path
from statistics import median
from time import perf_counter

from bench.scratch import Scratch, actor
from bench.table import Row, say
from geo_housing.db import Database
from geo_housing.houses.intake.load import LoadOptions, load_ledger
from geo_housing.keys import ensure_keys

DATA = "bench"


def measure(scratch: Scratch, ledger: Path, rounds: int) -> tuple[Database, Row]:
    """The loaded database, which the other measures use, and the row."""
    ours, peer = [], []
    database: Database | None = None
    for n in range(rounds):
        if database is not None:
            database.close()
        database = scratch.create(DATA)
        begun = perf_counter()
        read = load(database, ledger, scratch)
        ours.append(perf_counter() - begun)
        peer.append(_ogr2ogr(scratch, ledger))
        say(f"  houses load {ours[-1]:.1f} s, ogr2ogr {peer[-1]:.1f} s ({read:,} rows, round {n + 1})")
    assert database is not None, "there is at least one round"
    return database, Row(f"houses load, {read:,} rows", median(ours), "ogr2ogr PG_USE_COPY", median(peer), 1.2)


def load(database: Database, ledger: Path, scratch: Scratch) -> int:
    """Load the ledger through the product's own function; how many rows it read, all of which were kept."""
    with database.transaction(actor()) as session:
        loaded = load_ledger(session, actor(), ledger, LoadOptions(), ensure_keys(scratch.settings.keys_file))
    assert loaded.rejected == 0, loaded.faults[:3]
    return loaded.read


def _ogr2ogr(scratch: Scratch, ledger: Path) -> float:
    with scratch.connect("postgres") as connection:
        connection.execute("DROP DATABASE IF EXISTS bench_peer WITH (FORCE)")
        connection.execute("CREATE DATABASE bench_peer")
    with scratch.connect("bench_peer") as connection:
        connection.execute("CREATE EXTENSION postgis")
    command = f"ogr2ogr -f PostgreSQL PG: {ledger} -nln ledger -a_srs EPSG:4490 --config PG_USE_COPY YES"
    columns = ["-oo", "X_POSSIBLE_NAMES=经度", "-oo", "Y_POSSIBLE_NAMES=纬度"]
    begun = perf_counter()
    scratch.run([*command.split(), *columns], "bench_peer")
    return perf_counter() - begun
