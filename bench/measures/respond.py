"""Opening inspections: respond with its collection, priorities and journal, beside a bare INSERT of the very same rows."""

from statistics import median
from time import perf_counter

import shapely
from sqlalchemy import text

from bench.county import Points, jagged_zone
from bench.scratch import COUNTY, actor
from bench.table import Row, say
from geo_housing.db import Database
from geo_housing.response.service import respond
from geo_housing.response.zones.answers import Given
from geo_housing.response.zones.loading import load_drawing

SHARE = 0.1
COLUMNS = (
    "house_id, scope_code, state, priority, reasons, uncertain, due_at, assignee_area, revision, batch_id, opened_at"
)


def measure(database: Database, points: Points, rounds: int) -> Row:
    """Both within the same policies and indexes; each round with events of their own, in turn.

    Whoever is first in a round pays for pages that were not written since the last checkpoint: they take turns in that, too,
    after one opening that is not counted and whose rows the bare INSERT repeats.
    """
    zone = shapely.geometry.mapping(jagged_zone(points, vertices=2_000, houses=int(len(points.lon) * SHARE)))
    source, _, opened = _respond(database, zone)
    ours, bare = [], []
    for n in range(rounds):
        if n % 2 == 0:
            ours.append(_respond(database, zone)[1])
        bare.append(_bare_insert(database, source, _event(database, zone)))
        if n % 2 == 1:
            ours.append(_respond(database, zone)[1])
        say(f"  respond {ours[-1]:.2f} s, bare INSERT {bare[-1]:.2f} s ({opened:,} inspections, round {n + 1})")
    what = f"opening {opened:,} inspections and the list of those to be moved, journal included"
    return Row(what, median(ours), "bare INSERT … SELECT of the same inspections", median(bare), 2.0)


def _respond(database: Database, zone: dict[str, object]) -> tuple[int, float, int]:
    event = _event(database, zone)
    begun = perf_counter()
    with database.transaction(actor(COUNTY)) as session:
        opened = respond(session, actor(COUNTY), event).opened
    return event, perf_counter() - begun, opened


def _event(database: Database, zone: dict[str, object]) -> int:
    with database.transaction(actor(COUNTY)) as session:
        return load_drawing(session, actor(COUNTY), zone, Given(name="bench", kind="flood")).zoned.event_id


def _bare_insert(database: Database, source: int, target: int) -> float:
    with database.transaction(actor(COUNTY)) as session:
        session.execute(
            text(
                f"CREATE TEMP TABLE bench_rows ON COMMIT DROP AS SELECT {COLUMNS} FROM emergency_inspection"
                " WHERE event_id = :event"
            ),
            {"event": source},
        )
        session.execute(text("ANALYZE bench_rows"))
        begun = perf_counter()
        session.execute(
            text(
                f"INSERT INTO emergency_inspection (event_id, {COLUMNS})"
                f" SELECT CAST(:event AS int), {COLUMNS} FROM bench_rows"
            ),
            {"event": target},
        )
        session.commit()
        return perf_counter() - begun
