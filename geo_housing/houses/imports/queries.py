"""Looking up imports: the list, one of them, what would stand in the way of undoing it, its lines for the form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, select, text
from sqlalchemy.orm import Session

from geo_housing.errors import NotFound
from geo_housing.houses.intake.models import ImportBatch, ImportRows
from geo_housing.jobs.models import Job
from geo_housing.scope import AreaScope

PAGE = 50

# Something else has touched what the import made or changed: a later version, a later import, somebody's grade, a
# household that moved in, or any row of an upper room that names a house which would cease to be. Later imports that are
# undone themselves have left their rows as they found them, two versions on: they stand in nobody's way.
_TOUCHED = text("""
WITH made AS (
    SELECT h.id, h.code, h.version FROM house h
    WHERE h.batch_id = :batch
      AND NOT EXISTS (SELECT FROM import_change i WHERE i.batch_id = :batch AND i.kind = 'house' AND i.row_id = h.id)
), family AS (
    SELECT k.id, k.version, h.code FROM household k
    JOIN house_household l ON l.household_id = k.id AND l.batch_id = :batch JOIN house h ON h.id = l.house_id
    WHERE k.batch_id = :batch
      AND NOT EXISTS (SELECT FROM import_change i WHERE i.batch_id = :batch AND i.kind = 'household' AND i.row_id = k.id)
), undone AS (
    SELECT id FROM import_batch WHERE id > :batch AND undone_at IS NOT NULL
), left_at AS (
    SELECT kind, row_id, version_after AS version FROM import_change WHERE batch_id = :batch
    UNION ALL
    SELECT 'house', id, 1 FROM made
    UNION ALL
    SELECT DISTINCT 'household', id, 1 FROM family
), as_left AS (
    SELECT l.kind, l.row_id, l.version + 2 * (SELECT count(*) FROM import_change i
        WHERE i.kind = l.kind AND i.row_id = l.row_id AND i.batch_id IN (SELECT id FROM undone)) AS version
    FROM left_at l
)
SELECT DISTINCT code FROM (
    SELECT h.code FROM as_left r JOIN house h ON h.id = r.row_id WHERE r.kind = 'house' AND h.version <> r.version
    UNION ALL
    SELECT h.code FROM as_left r JOIN household k ON k.id = r.row_id
    JOIN house_household l ON l.household_id = k.id JOIN house h ON h.id = l.house_id
    WHERE r.kind = 'household' AND k.version <> r.version
    UNION ALL
    SELECT h.code FROM house_household l JOIN house h ON h.id = l.house_id WHERE l.batch_id = :batch AND l.to_on IS NOT NULL
    UNION ALL
    SELECT h.code FROM import_change i JOIN house h ON h.id = i.row_id
    WHERE i.batch_id > :batch AND i.kind = 'house' AND (i.before ->> 'batch_id')::bigint = :batch
      AND i.batch_id NOT IN (SELECT id FROM undone)
    UNION ALL
    SELECT h.code FROM import_change i
    JOIN house_household l ON l.household_id = i.row_id JOIN house h ON h.id = l.house_id
    WHERE i.batch_id > :batch AND i.kind = 'household' AND (i.before ->> 'batch_id')::bigint = :batch
      AND i.batch_id NOT IN (SELECT id FROM undone)
    UNION ALL
    -- What a row said of its own, and its link: a link has no version, its cells tell.
    SELECT h.code FROM import_change i JOIN house_household l ON l.id = i.row_id JOIN house h ON h.id = l.house_id
    WHERE i.batch_id = :batch AND i.kind = 'link' AND l.extra IS DISTINCT FROM i.before -> 'left'
    UNION ALL
    SELECT h.code FROM import_change i JOIN house_household l ON l.id = i.row_id JOIN house h ON h.id = l.house_id
    WHERE i.batch_id > :batch AND i.kind = 'link' AND l.batch_id = :batch AND i.batch_id NOT IN (SELECT id FROM undone)
    UNION ALL
    SELECT m.code FROM made m JOIN house_household l ON l.house_id = m.id
    WHERE l.batch_id IS DISTINCT FROM :batch
      AND NOT (l.to_on IS NOT NULL AND coalesce(l.batch_id IN (SELECT id FROM undone), false))
    UNION ALL
    SELECT m.code FROM made m JOIN grade_record g ON g.house_id = m.id
    WHERE g.batch_id IS DISTINCT FROM :batch AND NOT coalesce(g.batch_id IN (SELECT id FROM undone), false)
) touched ORDER BY code
""")
_HELD = (
    text(
        "SELECT count(*) FROM (SELECT FROM house WHERE id IN (SELECT id FROM house WHERE batch_id = :batch"
        " UNION SELECT row_id FROM import_change WHERE batch_id = :batch AND kind = 'house'"
        " UNION SELECT l.house_id FROM import_change i JOIN house_household l ON l.id = i.row_id"
        " WHERE i.batch_id = :batch AND i.kind = 'link') ORDER BY id FOR UPDATE) held"
    ),
    text(
        "SELECT count(*) FROM (SELECT FROM household WHERE id IN (SELECT row_id FROM import_change"
        " WHERE batch_id = :batch AND kind = 'household' UNION SELECT id FROM household WHERE batch_id = :batch)"
        " ORDER BY id FOR UPDATE) held"
    ),
)
# Tables of other rooms that name houses or families: asked from the catalogue, so that a new room needs no line here. By the
# name of the column, because where rows are made by the ten thousand there is no foreign key (evacuation).
_NAMING = text("""
SELECT c.oid::regclass::text AS named_in, a.attname AS column_name
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname IN ('house_id', 'household_id')
  AND c.relname NOT IN ('house', 'house_household', 'grade_record', 'ledger_difference')
ORDER BY 1, 2
""")
_NAMED = {
    "house_id": "SELECT h.code FROM house h JOIN {table} n ON n.house_id = h.id WHERE h.batch_id = :batch AND NOT EXISTS ("
    "SELECT FROM import_change i WHERE i.batch_id = :batch AND i.kind = 'house' AND i.row_id = h.id)",
    "household_id": "SELECT h.code FROM household k JOIN {table} n ON n.household_id = k.id"
    " JOIN house_household l ON l.household_id = k.id AND l.batch_id = :batch JOIN house h ON h.id = l.house_id"
    " WHERE k.batch_id = :batch AND NOT EXISTS ("
    "SELECT FROM import_change i WHERE i.batch_id = :batch AND i.kind = 'household' AND i.row_id = k.id)",
}


@dataclass(frozen=True)
class ImportLine:
    """One import as the list shows it."""

    id: int
    file_name: str
    actor: str
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    counts: dict[str, Any] | None
    # What the worker does, or will do, with it.
    task: str | None


def imports(session: Session, scope: AreaScope, *, before: int | None = None, limit: int = PAGE) -> list[ImportLine]:
    """Imports of an area, newest first; ``before`` is the last id of the page before."""
    statement = (
        select(
            ImportBatch.id,
            ImportBatch.file_name,
            ImportBatch.actor,
            ImportBatch.started_at,
            ImportBatch.finished_at,
            ImportBatch.undone_at,
            ImportBatch.counts,
            Job.task,
        )
        .outerjoin(Job, and_(Job.id == ImportBatch.job_id, Job.finished_at.is_(None)))
        .where(ImportBatch.scope_code >= scope.lo, ImportBatch.scope_code < scope.hi)
        .order_by(ImportBatch.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(ImportBatch.id < before)
    return [ImportLine(**row._mapping) for row in session.execute(statement)]


def import_batch(session: Session, scope: AreaScope, batch_id: int, *, for_change: bool = False) -> ImportBatch:
    """One import; NotFound outside the scope. ``for_change`` keeps others from changing it meanwhile."""
    statement = select(ImportBatch).where(
        ImportBatch.id == batch_id, ImportBatch.scope_code >= scope.lo, ImportBatch.scope_code < scope.hi
    )
    found = session.scalars(statement.with_for_update() if for_change else statement).one_or_none()
    if found is None:
        raise NotFound("没有找到这次导入，可能不在您的管辖范围内。")
    return found


def is_free(session: Session, batch_id: int) -> bool:
    """Whether nobody is changing the import; if so, it is this transaction's until it ends."""
    held = select(ImportBatch.id).where(ImportBatch.id == batch_id).with_for_update(skip_locked=True)
    return session.scalar(held) is not None


def import_of_client(session: Session, actor_name: str, client_id: str) -> ImportBatch | None:
    """The import that this form of this person has announced already."""
    return session.scalars(
        select(ImportBatch).where(ImportBatch.actor == actor_name, ImportBatch.client_id == client_id)
    ).one_or_none()


def remembered_options(session: Session, scope: AreaScope, headings: Sequence[str]) -> dict[str, Any] | None:
    """What was said about the last ledger of the same headings that was imported here."""
    return session.scalars(
        select(ImportBatch.options)
        .where(
            ImportBatch.scope_code >= scope.lo,
            ImportBatch.scope_code < scope.hi,
            ImportBatch.finished_at.is_not(None),
            ImportBatch.options["headings"] == list(headings),
        )
        .order_by(ImportBatch.id.desc())
        .limit(1)
    ).one_or_none()


def hold_touched(session: Session, batch_id: int) -> None:
    """Lock what the import made or changed: whoever is just saving is waited for, so that ``touched_since`` sees them.

    New rows that would name one of the houses (a task, a household that moves in) wait, too.
    """
    for statement in _HELD:
        session.execute(statement, {"batch": batch_id})


def touched_since(session: Session, batch_id: int) -> list[str]:
    """Codes of houses that something else has touched since the import, or whose new family."""
    codes = set(session.scalars(_TOUCHED, {"batch": batch_id}))
    for row in session.execute(_NAMING).all():
        statement = _NAMED[row.column_name].format(table=row.named_in)
        codes.update(session.scalars(text(statement), {"batch": batch_id}))
    return sorted(codes)


@dataclass(frozen=True)
class Outlook:
    """What undoing would do: new houses that would end, houses and families put back, houses that stand in the way."""

    ends: int
    houses: int
    families: int
    touched: list[str]


_OUTLOOK = text("""
SELECT (SELECT count(*) FROM house h WHERE h.batch_id = :batch AND h.ended_on IS NULL AND NOT EXISTS (
        SELECT FROM import_change i WHERE i.batch_id = :batch AND i.kind = 'house' AND i.row_id = h.id)) AS ends,
    count(*) FILTER (WHERE kind = 'house') AS houses,
    count(DISTINCT coalesce(l.household_id, row_id)) FILTER (WHERE kind <> 'house') AS families
FROM import_change c LEFT JOIN house_household l ON c.kind = 'link' AND l.id = c.row_id WHERE c.batch_id = :batch
""")


def undo_outlook(session: Session, batch_id: int) -> Outlook:
    """What undoing an import would do now."""
    row = session.execute(_OUTLOOK, {"batch": batch_id}).one()
    return Outlook(row.ends, row.houses, row.families, touched_since(session, batch_id))


_FORM_ROWS = text("""
SELECT x.line, h.code AS house_code, coalesce(t.name, td.name) AS township, v.name AS village, h.settlement, h.declared_code,
    k.id AS household_id, k.head, k.id_number_masked, k.id_number_cipher, k.phone_masked, k.phone_cipher, k.persons,
    ST_X(h.geom) AS lon, ST_Y(h.geom) AS lat, h.structure, h.built_year, h.storeys, h.rooms, h.area_m2,
    h.building_kind, h.occupancy, h.occupancy_checked_on, h.grade, h.grade_basis, h.graded_on,
    h.suspected_on IS NOT NULL AS suspected, h.renovation, h.renovation_year, h.measure, k.categories, k.monitoring, k.traits, h.remark,
    coalesce(own.extra, h.extra) AS extra, own.extra IS NOT NULL AS is_own, h.extra AS house_extra
FROM import_rows r
CROSS JOIN LATERAL unnest(r.lines, r.house_ids, r.household_ids) AS x (line, house_id, household_id)
JOIN house h ON h.id = x.house_id AND h.ended_on IS NULL
LEFT JOIN household k ON k.id = x.household_id
-- A row is that of a family in a house, whether it lives there still or not.
LEFT JOIN LATERAL (
    SELECT l.extra FROM house_household l
    WHERE l.house_id = x.house_id AND l.household_id = x.household_id AND l.extra IS NOT NULL ORDER BY l.id DESC LIMIT 1
) own ON true
LEFT JOIN area v ON v.code = coalesce(h.declared_code, h.village_code) AND v.level = 'village'
LEFT JOIN area t ON t.code = v.parent_code
LEFT JOIN area td ON td.code = left(coalesce(h.declared_code, h.scope_code), 9) AND td.level = 'township'
WHERE r.batch_id = :batch
ORDER BY x.line
""")


def form_rows(session: Session, batch_id: int) -> Sequence[Row[Any]] | None:
    """What the register holds now for each line of a ledger, in its order; None when its lines were not kept."""
    if session.get(ImportRows, batch_id) is None:
        return None
    return session.execute(_FORM_ROWS, {"batch": batch_id}).all()
