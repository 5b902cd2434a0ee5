"""One load: batches of checked rows into the register, in the caller's transaction, in sets of SQL."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import func, insert, text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import COUNTY_DIGITS
from geo_housing.db import Actor
from geo_housing.errors import Fault, NotAllowed
from geo_housing.geometry import SourceCrs
from geo_housing.houses.intake.ahead import ahead
from geo_housing.houses.intake.alike import Alike
from geo_housing.houses.intake.details import Details, details_of
from geo_housing.houses.intake.models import ImportBatch
from geo_housing.houses.intake.scripts import script
from geo_housing.houses.intake.sentences import Called, called_by_labels, fault_of
from geo_housing.houses.intake.shift import Shift, systematic_shift
from geo_housing.houses.intake.staging import StagedBatch, copy_batches
from geo_housing.houses.intake.straight import Straight, Tally
from geo_housing.houses.intake.turns import wait_for_turn
from geo_housing.houses.spreadsheet.personal import first_generation
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing

# Rows read so far, with None; then the step and of how many, while they are joined to the register.
Progress = Callable[[int, int | None], None]
Cursor = psycopg.Cursor[Any]

BLOCK_ROWS = 1 << 20
MAX_BLOCKS = 64
MANY_ROWS = 2000
# So many rows into an empty register: its indexes and foreign keys are made after them (register_set_aside).
FIRST_LOAD_ROWS = 10_000
# So large a ledger goes out in its own form again; larger ones are files of other programs, and are exported.
MOST_KEPT_ROWS = 100_000
_KEEP_ROWS = """
INSERT INTO import_rows (batch_id, scope_code, lines, house_ids, household_ids)
SELECT %s, %s, array_agg(t.line ORDER BY t.line),
    array_agg(CASE WHEN t.is_new THEN t.reserved_id ELSE t.house_id END ORDER BY t.line),
    array_agg(coalesce(f.household_id, f.new_id, m.household_id) ORDER BY t.line)
FROM target t LEFT JOIN family f ON f.line = t.line LEFT JOIN moved_out m ON m.line = t.line
HAVING count(*) > 0
"""
# Fresh statistics where so much was written that the step would be planned for a far smaller register.
_WRITTEN = {
    "5_changed": "SELECT register_analyze() FROM target HAVING count(*) FILTER (WHERE is_new) > %(many)s"
    " AND count(*) FILTER (WHERE NOT is_new) > 0",
    "7_finish": "SELECT register_analyze() WHERE (SELECT count(*) FROM target WHERE is_new)"
    " + (SELECT count(*) FROM changed) + (SELECT count(*) FROM family_changed) > %(many)s",
}
_BEYOND = """
SELECT split_part(value, ' ', 1) AS name, count(*) AS rows FROM finding
WHERE kind = 'rejected' AND detail = 'beyond_ours' GROUP BY 1 ORDER BY 2 DESC, 1
"""
STEPS = (
    "2_match", "2a_name", "2b_above", "2c_target", "2d_hold", "3_known", "3b_place", "3c_shared", "4_new", "4a_families", "4b_own",
    "5_changed", "6_households", "6a_changed", "7_finish",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Where a load comes from: ``name`` without folder, ``crs`` as applied, what was recognised, the form's layout.

    ``batch_id`` is the import that was announced for it (the page's); without, the load makes its own. ``wants_details``
    collects what became of single rows. ``is_exported``: the register wrote the file itself. ``alike`` are the rows of a large
    CSV that need more than the straight way.
    """

    name: str
    crs: str
    sha256: str | None = None
    recognised: dict[str, Any] | None = None
    layout: dict[str, Any] | None = None
    is_demo: bool = False
    is_exported: bool = False
    default_scope: str | None = None
    batch_id: int | None = None
    wants_details: bool = False
    alike: Alike | None = None
    called: Called = called_by_labels


@dataclass(frozen=True)
class Counts:
    """Contract of ``houses load``; ``unlocated``, ``misplaced``, ``outside``, ``differs`` are among the kept."""

    created: int
    updated: int
    unchanged: int
    rejected: int
    unlocated: int
    misplaced: int
    outside: int
    differs: int


@dataclass
class Outcome:
    """What became of a load; ``staged`` rows reached the database, ``details`` only where they were asked for.

    ``beyond`` are rows that were refused because they speak of a township of somebody else's, by its name.
    """

    batch_id: int
    staged: int
    counts: Counts
    faults: list[Fault] = field(default_factory=list)
    shift: Shift | None = None
    details: Details | None = None
    beyond: dict[str, int] = field(default_factory=dict)


def take_blocks(session: Session) -> list[int]:
    """First ids of MAX_BLOCKS blocks of BLOCK_ROWS that this load alone may use, for houses and for households.

    Taken before COPY begins, because the connection takes no other statement during it; numbers are plentiful.
    """
    drawn = session.scalars(text("SELECT nextval('intake_block') FROM generate_series(1, :n)"), {"n": MAX_BLOCKS})
    return [number * BLOCK_ROWS for number in drawn]


def load_staged(
    session: Session,
    actor: Actor,
    source: Source,
    batches: Iterable[StagedBatch],
    ring: KeyRing,
    progress: Progress = lambda done, steps: None,
    lost: Callable[[], int] = lambda: 0,
) -> Outcome:
    """Stage ``batches``, match, place and write them; the caller commits or, for a dry run, rolls back.

    ``progress`` is told how far it is; ``lost`` tells, when all are read, how many rows were refused
    before they were staged. NotAlone: without ``source.alike`` it would work.
    """
    if not actor.may("houses.import"):
        raise NotAllowed("您没有导入台账的权限，请联系本乡镇或县级管理员。")
    wait_for_turn(session, actor)
    scope_code = _scope_of(actor, source)
    batch_id = source.batch_id or _new_batch(session, actor, source, scope_code)
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection), "the engine is psycopg 3"
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        cursor.execute(script("1_staging"))
        cursor.execute(
            "INSERT INTO intake VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (
                batch_id,
                clock.today(),
                f"台账导入：{source.name}",
                source.crs,
                source.is_demo,
                source.default_scope,
                source.is_exported,
            ),
        )
        # One row: the planner would else take it for hundreds beside every row of the ledger.
        cursor.execute("ANALYZE intake")
        straight = _straight(cursor, source)
        staged = _staged(cursor, batches, straight, progress)
        for n, step in enumerate(STEPS, start=1):
            progress(n, len(STEPS))
            if step == "6a_changed":
                _compare_numbers(cursor, ring)
            if step == "7_finish":
                _reseal_changed(cursor, ring)
            if step == "4_new" and staged > FIRST_LOAD_ROWS:
                cursor.execute("SELECT register_set_aside()")
            if step in _WRITTEN and staged > MANY_ROWS:
                cursor.execute(_WRITTEN[step], {"many": MANY_ROWS})
            cursor.execute(script(step))
        counts = _count(cursor, staged)
        if straight is not None:
            straight.tell_shared()
            staged += straight.tally.staged
            counts = _together(counts, straight.tally)
        counts = replace(counts, rejected=counts.rejected + lost())
        outcome = Outcome(batch_id, staged, counts, list(_findings(cursor, source.called)))
        if not SourceCrs(source.crs).is_offset:
            outcome.shift = systematic_shift(cursor)
        if outcome.shift is not None:
            outcome.faults.append(outcome.shift.as_fault(source.called))
        outcome.beyond = dict(cursor.execute(_BEYOND).fetchall())
        if source.wants_details:
            outcome.details = details_of(cursor, batch_id)
        if source.layout is not None and straight is None and staged <= MOST_KEPT_ROWS:
            cursor.execute(_KEEP_ROWS, (batch_id, scope_code))
    stored = vars(outcome.counts)
    session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == batch_id)
        .values(
            scope_code=scope_code,
            counts=stored,
            source_crs=source.crs,
            recognised=source.recognised,
            layout=source.layout,
            finished_at=func.clock_timestamp(),
        )
    )
    record(
        session,
        actor,
        "houses.load",
        Subject("import", str(batch_id), scope_code),
        counts={**stored, "file": source.name, "crs": source.crs},
        batch_id=batch_id,
    )
    return outcome


def _straight(cursor: Cursor, source: Source) -> Straight | None:
    """The straight way for a large ledger, while the register is empty and nobody is at it."""
    if source.alike is None or source.wants_details:
        return None
    row = cursor.execute("SELECT register_set_aside() AS done").fetchone()
    return Straight(cursor, source.alike) if row is not None and row.done else None


def _staged(cursor: Cursor, batches: Iterable[StagedBatch], straight: Straight | None, progress: Progress) -> int:
    """How many rows are in staging for the steps, when all batches have been taken."""

    def prepared() -> Iterator[StagedBatch]:
        for batch in batches:
            batch.prepare()
            yield batch

    def told() -> Iterator[StagedBatch]:
        for batch in ahead(prepared()):
            progress(batch.rows, None)
            yield batch

    if straight is None:
        return copy_batches(cursor, told())
    for batch in told():
        straight.put(batch)
    return straight.finish()


def _together(counts: Counts, straight: Tally) -> Counts:
    return replace(
        counts,
        created=counts.created + straight.created,
        rejected=counts.rejected + straight.staged - straight.created,
        unlocated=counts.unlocated + straight.unlocated,
        misplaced=counts.misplaced + straight.misplaced,
        outside=counts.outside + straight.outside,
    )


def _scope_of(actor: Actor, source: Source) -> str:
    """Whose import it is: of whoever works for the whole database, the one county's, which else would not see it."""
    if len(actor.scope.prefix) < COUNTY_DIGITS and source.default_scope is not None:
        return source.default_scope
    return actor.scope.lo


def _new_batch(session: Session, actor: Actor, source: Source, scope_code: str) -> int:
    return session.execute(
        insert(ImportBatch)
        .values(
            scope_code=scope_code,
            file_name=source.name,
            file_sha256=source.sha256,
            source_crs=source.crs,
            actor=actor.name,
        )
        .returning(ImportBatch.id)
    ).scalar_one()


def _compare_numbers(cursor: psycopg.Cursor[Any], ring: KeyRing) -> None:
    """An ID number of the first generation has no key to compare by: row and family are opened, of the few that have one."""
    cursor.execute(
        "SELECT w.line, w.id, w.sealed_for, w.new_id_cipher, k.id_number_cipher"
        " FROM family_wanted w JOIN household k ON k.id = w.id WHERE w.new_id_cipher IS NOT NULL"
        " AND k.id_number_cipher IS NOT NULL AND (w.states_old_number OR w.has_old_number)"
    )
    others = [
        row.line
        for row in cursor.fetchall()
        if first_generation(ring.decrypt(row.new_id_cipher, field="id_number", owner=row.sealed_for))
        != first_generation(ring.decrypt(row.id_number_cipher, field="id_number", owner=row.id))
    ]
    if others:
        cursor.execute("UPDATE family_wanted SET is_other_number = true WHERE line = ANY (%s)", (others,))


def _reseal_changed(cursor: psycopg.Cursor[Any], ring: KeyRing) -> None:
    """Ciphertexts of known households were sealed for the id reserved for their line: seal them for their own."""
    cursor.execute(
        "SELECT id, sealed_for, new_id_cipher, new_phone_cipher FROM family_changed"
        " WHERE (new_id_number AND new_id_cipher IS NOT NULL) OR (new_phone AND new_phone_cipher IS NOT NULL)"
    )
    changes = []
    for row in cursor.fetchall():
        changes.append(
            (
                _reseal(ring, "id_number", row.new_id_cipher, row.sealed_for, row.id),
                _reseal(ring, "phone", row.new_phone_cipher, row.sealed_for, row.id),
                row.id,
            )
        )
    if changes:
        cursor.executemany("UPDATE family_changed SET new_id_cipher = %s, new_phone_cipher = %s WHERE id = %s", changes)


def _reseal(ring: KeyRing, name: str, sealed: bytes | None, before: int, after: int) -> bytes | None:
    if sealed is None:
        return None
    return ring.encrypt(ring.decrypt(sealed, field=name, owner=before), field=name, owner=after)


COUNT = """
WITH kept AS (
    -- Created are houses: a further line of a new one adds a family to it, or nothing.
    SELECT t.line, t.is_new AND t.place = 1 AS is_new,
        CASE WHEN t.is_new THEN t.place > 1 AND t.line IN (SELECT line FROM family)
            ELSE t.line IN (SELECT line FROM changed) OR t.line IN (SELECT line FROM family_changed)
                OR t.line IN (SELECT line FROM own_changed WHERE is_told)
                OR t.line IN (SELECT line FROM family WHERE household_id IS NULL) END AS is_updated
    FROM target t
), location AS (
    SELECT p.location_state AS state, p.location_note AS note
    FROM placed p JOIN target t ON t.line = p.line WHERE t.is_new AND t.place = 1
    UNION ALL
    SELECT h.location_state, h.location_note FROM target t JOIN house h ON h.id = t.house_id
    WHERE NOT t.is_new AND t.place = 1
)
SELECT
    (SELECT count(*) FROM kept WHERE is_new) AS created,
    (SELECT count(*) FROM kept WHERE is_updated) AS updated,
    (SELECT count(*) FROM kept WHERE NOT is_new AND NOT is_updated) AS unchanged,
    (SELECT count(*) FROM location WHERE state = 'unlocated') AS unlocated,
    (SELECT count(*) FROM location WHERE note IN ('misplaced', 'border')) AS misplaced,
    (SELECT count(*) FROM location WHERE note = 'outside') AS outside,
    (SELECT count(*) FROM finding WHERE kind = 'differs') AS differs
"""


def _count(cursor: psycopg.Cursor[Any], staged: int) -> Counts:
    row = cursor.execute(COUNT).fetchone()
    assert row is not None, "an aggregate gives one row"
    kept = row.created + row.updated + row.unchanged
    return Counts(
        row.created, row.updated, row.unchanged, staged - kept, row.unlocated, row.misplaced, row.outside, row.differs
    )


def _findings(cursor: psycopg.Cursor[Any], called: Called) -> Iterator[Fault]:
    cursor.execute("SELECT line, field, value, kind, detail FROM finding ORDER BY line")
    for row in cursor:
        yield fault_of(row.line, row.field, row.value, row.kind, row.detail, called)
