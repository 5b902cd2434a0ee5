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


TABLES = ("house", "household", "house_household", "grade_record")
BLOCK = 1 << 20


def measure(scratch: Scratch, ledger: Path, rounds: int) -> tuple[Database, list[Row]]:
    """The loaded database, which the other measures use, and the rows."""
    ours, peer, least = [], [], []
    database: Database | None = None
    for n in range(rounds):
        if database is not None:
            database.close()
        database = scratch.create(DATA)
        begun = perf_counter()
        read = load(database, ledger, scratch)
        ours.append(perf_counter() - begun)
        peer.append(_ogr2ogr(scratch, ledger))
        least.append(_copied(scratch))
        say(
            f"  houses load {ours[-1]:.1f} s, ogr2ogr {peer[-1]:.1f} s, COPY of the finished rows {least[-1]:.1f} s"
            f" ({read:,} rows, round {n + 1})"
        )
    assert database is not None, "there is at least one round"
    what = f"houses load, {read:,} rows"
    # No bar of its own: what PostgreSQL itself needs for the same rows, and so the least that any load can take.
    finished = "COPY of the finished rows: house, household, link, grade; indexes, keys, grid"
    return database, [
        Row(what, median(ours), "ogr2ogr PG_USE_COPY", median(peer), 1.2),
        Row(what, median(ours), finished, median(least), None),
    ]


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


def _copied(scratch: Scratch) -> float:
    """The rows that the load has made, into the same empty tables in one transaction, by the superuser without policies.

    Nothing is read, checked, sealed, matched or placed. Indexes and foreign keys come after the rows as in the load,
    which is the quickest way; the triggers count the grid.
    """
    columns = {}
    with scratch.connect(DATA) as connection:
        for table in TABLES:
            listed = connection.execute(
                "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
                (table,),
            ).fetchone()
            assert listed is not None, "an aggregate gives one row"
            columns[table] = str(listed[0])
            dumped = connection.cursor().copy(f"COPY {table} ({columns[table]}) TO STDOUT (FORMAT binary)")
            with dumped as copy, _dump(scratch, table).open("wb") as file:
                for block in copy:
                    file.write(block)
    scratch.create("bench_least").close()
    with scratch.connect("bench_least") as connection:
        begun = perf_counter()
        with connection.transaction():
            connection.execute("SELECT register_set_aside()")
            for table in TABLES:
                loading = connection.cursor().copy(f"COPY {table} ({columns[table]}) FROM STDIN (FORMAT binary)")
                with loading as copy, _dump(scratch, table).open("rb") as file:
                    while block := file.read(BLOCK):
                        copy.write(block)
            connection.execute("SELECT register_put_back(), register_analyze()")
        seconds = perf_counter() - begun
    with scratch.connect("postgres") as connection:
        connection.execute("DROP DATABASE bench_least WITH (FORCE)")
    for table in TABLES:
        _dump(scratch, table).unlink()
    return seconds


def _dump(scratch: Scratch, table: str) -> Path:
    return scratch.folder / f"finished-{table}"
