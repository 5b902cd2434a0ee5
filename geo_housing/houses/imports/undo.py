"""Taking an import back as a whole: what it changed is as before, what it made was a mistake, history stays (D12)."""

from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import Conflict, NotAllowed
from geo_housing.houses.boundaries import place_again
from geo_housing.houses.imports.queries import hold_touched, import_batch, touched_since
from geo_housing.houses.intake.models import SAID_AGAIN, ImportBatch
from geo_housing.houses.intake.turns import wait_for_turn
from geo_housing.houses.models import DERIVED, House, Household
from geo_housing.jobs.service import AT_ONCE_ROWS
from geo_housing.journal.service import Subject, record

_OWN = {"id", "version", "created_at", "updated_at", "is_demo"}
_SEALED = {"id_number_cipher", "phone_cipher"}
NAMED = 20
# Number of the step that begins and what it does, for whoever waits.
Progress = Callable[[int, str], None]
STEPS = 4


def is_long(batch: ImportBatch) -> bool:
    """Whether undoing it takes longer than a page waits."""
    counts = batch.counts or {}
    return int(counts.get("created", 0)) + int(counts.get("updated", 0)) > AT_ONCE_ROWS


def check_undoable(batch: ImportBatch) -> None:
    """Conflict where there is nothing to undo."""
    if batch.finished_at is None:
        raise Conflict("这份台账还没有导入，没有可撤销的内容。")
    if batch.undone_at is not None:
        raise Conflict("这次导入已经撤销过了。")


def in_the_way(touched: list[str]) -> str:
    """The sentence about houses that something else has touched since."""
    names, n = "、".join(touched[:NAMED]), len(touched)
    if n > NAMED:
        return f"这次导入不能整体撤销：之后有 {n} 栋房屋又被改动或使用过（{names} 等）。请在房屋页面逐栋更正。"
    return f"这次导入不能整体撤销：之后有 {n} 栋房屋又被改动或使用过（{names}）。请在房屋页面逐栋更正。"


def undo_import(
    session: Session, actor: Actor, batch_id: int, *, progress: Progress = lambda step, what: None
) -> ImportBatch:
    """Undo an import; Conflict names the houses that something else has touched since.

    In turn with the loads of the county: what begins meanwhile finds the register as it is afterwards.

    Changed rows get their former values under a new version; new houses end as mistaken, so that the same ledger may
    bring them again. Grades it recorded stay in the history, marked by the undone batch.
    """
    if not actor.may("houses.import"):
        raise NotAllowed("您没有撤销导入的权限，请联系本乡镇或县级管理员。")
    batch = import_batch(session, actor.scope, batch_id, for_change=True)
    check_undoable(batch)
    wait_for_turn(session, actor)
    progress(1, "核对导入后的变动")
    hold_touched(session, batch_id)
    if touched := touched_since(session, batch_id):
        raise Conflict(in_the_way(touched))
    _take_back(session, batch_id, progress)
    batch.undone_at, batch.undone_by = clock.now(), actor.name
    session.flush()
    record(
        session,
        actor,
        "houses.undo",
        Subject("import", str(batch_id), batch.scope_code),
        counts={"file": batch.file_name, **{key: (batch.counts or {}).get(key, 0) for key in ("created", "updated")}},
        batch_id=batch_id,
    )
    return batch


def _take_back(session: Session, batch_id: int, progress: Progress) -> None:
    values = {"batch": batch_id, "today": clock.today(), "said_again": SAID_AGAIN}
    affected = list(
        session.scalars(
            text(
                "SELECT row_id FROM import_change WHERE batch_id = :batch AND kind = 'house'"
                " UNION SELECT id FROM house WHERE batch_id = :batch"
                " UNION SELECT house_id FROM house_household WHERE batch_id = :batch"
                " UNION SELECT l.house_id FROM import_change i JOIN house_household l ON l.household_id = i.row_id"
                "   WHERE i.batch_id = :batch AND i.kind = 'household'"
            ),
            values,
        )
    )
    family = [column.name for column in Household.__table__.columns if column.name not in _OWN | _SEALED]
    house = [column.name for column in House.__table__.columns if column.name not in _OWN | set(DERIVED)]
    steps = (
        f"UPDATE household k SET {_assigned(family)}, version = k.version + 1, updated_at = now(),"
        " id_number_cipher = i.id_number_cipher, phone_cipher = i.phone_cipher"
        " FROM import_change i, jsonb_populate_record(NULL::household, i.before) b"
        " WHERE i.batch_id = :batch AND i.kind = 'household' AND k.id = i.row_id",
        # New houses first: restored ones get their former batch back and could not be told from them.
        "UPDATE house h SET ended_on = :today, ended_reason = 'mistaken', version = h.version + 1, updated_at = now()"
        " WHERE h.batch_id = :batch AND NOT EXISTS (SELECT FROM import_change i"
        "   WHERE i.batch_id = :batch AND i.kind = 'house' AND i.row_id = h.id)",
        f"UPDATE house h SET {_assigned(house)}, version = h.version + 1, updated_at = now(),"
        " geom = ST_SetSRID(ST_MakePoint((i.before ->> 'lon')::float8, (i.before ->> 'lat')::float8), 4490)"
        " FROM import_change i, jsonb_populate_record(NULL::house, i.before) b"
        " WHERE i.batch_id = :batch AND i.kind = 'house' AND h.id = i.row_id",
        "UPDATE house_household l SET extra = nullif(i.before -> 'extra', 'null') FROM import_change i"
        " WHERE i.batch_id = :batch AND i.kind = 'link' AND l.id = i.row_id",
        # A family that was known before it came with this import waits for a home again; a new one was a mistake.
        "UPDATE house_household l SET to_on = :today, closed_with = CASE WHEN l.relation = 'lives' AND EXISTS ("
        "   SELECT FROM household k WHERE k.id = l.household_id AND k.batch_id IS DISTINCT FROM :batch) THEN 'ended' END"
        " WHERE l.batch_id = :batch AND l.to_on IS NULL",
        # A house that the import brought back is ended again, and its families with it.
        "UPDATE house_household l SET to_on = h.ended_on, closed_with = 'ended' FROM import_change i"
        " JOIN house h ON h.id = i.row_id AND h.ended_on IS NOT NULL"
        " WHERE i.batch_id = :batch AND i.kind = 'house' AND l.house_id = h.id AND l.relation = 'lives'"
        " AND l.to_on IS NULL",
        # What an earlier ledger says just so is open again, unless a person has settled it with this one.
        "UPDATE ledger_difference SET settled_at = NULL, settled_by = NULL WHERE id IN ("
        " SELECT max(e.id) FROM ledger_difference d JOIN ledger_difference e"
        "   ON e.house_id = d.house_id AND e.field = d.field AND e.id < d.id AND e.settled_by = :said_again"
        "   AND (e.stored, e.stated) IS NOT DISTINCT FROM (d.stored, d.stated)"
        " JOIN import_batch b ON b.id = e.batch_id AND b.undone_at IS NULL"
        " WHERE d.batch_id = :batch AND d.settled_at IS NULL GROUP BY d.id)",
        "UPDATE ledger_difference SET settled_at = now(), settled_by = '导入已撤销'"
        " WHERE batch_id = :batch AND (settled_at IS NULL OR settled_by = :said_again)",
    )
    progress(2, "恢复导入前的内容")
    for step in steps:
        session.execute(text(step), {key: value for key, value in values.items() if f":{key}" in step})
    progress(3, "重新计算户数和人数")
    session.execute(text("SELECT house_recount(:houses)"), {"houses": affected})
    progress(4, "核对归属")
    # Outlines that came after the ledger have placed its houses where they stood under it, not where they stand again.
    if session.scalar(text(_OUTLINES_CAME), {"batch": batch_id}):
        place_again(session, affected)
    session.expire_all()


_OUTLINES_CAME = """
    SELECT EXISTS (SELECT FROM area a JOIN import_batch b ON b.id = :batch
        WHERE a.geom IS NOT NULL AND a.updated_at > b.started_at)
"""


def _assigned(names: list[str]) -> str:
    return ", ".join(f"{name} = b.{name}" for name in names)
