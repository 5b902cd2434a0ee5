"""Opening, reopening, and withdrawing inspections in sets: one statement per kind of change.

The houses concerned have been collected (hazards/concerned.py) and are compared with the inspections that stand. Callers
hold the event's row locked, so that two who press at once come one after the other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.hazards.changes import LEFT_OUT
from geo_housing.hazards.concerned import values_of_areas
from geo_housing.hazards.facts import LEVEL_OF_KEY_SQL, places_of_levels
from geo_housing.inspections.anew import HARMLESS, UNFINISHED
from geo_housing.inspections.priority import EXTRA, KEPT, decision_table
from geo_housing.inspections.stages import DANGEROUS
from geo_housing.inspections.steps import KEEP_ROWS
from geo_housing.scope import AreaScope

# Hours by priority.
Hours = tuple[int, int, int]


@dataclass(frozen=True)
class Opening:
    """Under what inspections are opened: ``due_hours`` of each ground that is in 灾后排查; on every other one they wait.

    A ground is a township, or the county for what lies in none. ``staffed`` are villages with inspectors of their own.
    Houses that stand under no higher level than those ``told_only`` get none.
    """

    event_id: int
    revision: int
    batch_id: int
    at: datetime
    due_hours: Mapping[str, Hours] = field(default_factory=dict)
    staffed: tuple[str, ...] = ()
    told_only: frozenset[str] = frozenset()


_TABLE = """
    CREATE TEMP TABLE IF NOT EXISTS urgency (key int PRIMARY KEY, priority smallint, reasons text[] COLLATE "C")
    ON COMMIT DROP
"""
_DECIDE = """
    INSERT INTO urgency
        SELECT d.key, d.priority, string_to_array(d.reasons, ',')
        FROM unnest(CAST(:keys AS int[]), CAST(:priorities AS smallint[]), CAST(:reasons AS text[]))
            AS d (key, priority, reasons)
    ON CONFLICT DO NOTHING
"""
# The grounds on which time runs, and until when it runs there from this moment.
_RUNNING = (
    "unnest(CAST(:grounds AS text[]), CAST(:hours_1 AS int[]), CAST(:hours_2 AS int[]), CAST(:hours_3 AS int[]))"
    " AS g (code, hours_1, hours_2, hours_3)"
)
_DUE = (
    "CAST(:at AS timestamptz) + make_interval(hours =>"
    " CASE {priority} WHEN 1 THEN g.hours_1 WHEN 2 THEN g.hours_2 ELSE g.hours_3 END)"
)
# The houses collected, each with what is decided for it; a village with inspectors of its own looks itself. Without a due
# time it waits.
_DECIDED = f"""
        SELECT c.house_id, c.scope_code, c.uncertain, c.facts, u.priority, u.reasons,
            CASE WHEN c.scope_code = ANY (CAST(:staffed AS text[])) THEN c.scope_code ELSE left(c.scope_code, 9) END
                AS assignee_area, {_DUE.format(priority="u.priority")} AS due_at
        FROM concerned c JOIN urgency u ON u.key = c.facts
        LEFT JOIN {_RUNNING} ON g.code = left(c.scope_code, 9)
"""
_IS_TASK = LEVEL_OF_KEY_SQL.format(key="c.facts") + " <> ALL (CAST(:told_only AS int[]))"
_STATE = "CASE WHEN c.due_at IS NULL THEN 'prepared' ELSE 'open' END"

# A withdrawn inspection of a house that re-enters is reopened; a due time never moves later. That it was withdrawn is kept.
_REOPEN = f"""
    WITH stood AS MATERIALIZED (
        SELECT i.* FROM emergency_inspection i WHERE i.event_id = :event AND i.state = 'withdrawn'
    ), changed AS (
    UPDATE emergency_inspection i SET state = {_STATE}, priority = c.priority, reasons = c.reasons,
        uncertain = c.uncertain, due_at = least(i.due_at, c.due_at), origin = 'zone',
        assignee_area = c.assignee_area, revision = :revision, batch_id = :batch, opened_at = :at,
        withdrawn_at = NULL, version = i.version + 1
    FROM ({_DECIDED}) c
    WHERE i.event_id = :event AND i.house_id = c.house_id AND i.state = 'withdrawn' AND {_IS_TASK}
    RETURNING i.id
    ) {KEEP_ROWS.format(rows="(SELECT * FROM stood JOIN changed USING (id))")}
"""

# The event's row is locked, so nobody else inserts; the unique index of event and house stands behind it. Plain, since
# ON CONFLICT costs half as much again on every row.
_INSERT = f"""
    INSERT INTO emergency_inspection (event_id, house_id, scope_code, state, priority, reasons, uncertain, due_at,
        assignee_area, revision, batch_id, opened_at)
        SELECT :event, c.house_id, c.scope_code, {_STATE}, c.priority, c.reasons, c.uncertain, c.due_at, c.assignee_area, :revision, :batch, :at
        FROM ({_DECIDED}) c
        WHERE c.house_id NOT IN (SELECT i.house_id FROM emergency_inspection i WHERE i.event_id = :event) AND {_IS_TASK}
"""

# A house that a person named, in whichever zone it lies: it comes first. One that was no house of its own (重复登记, 误登记) has
# no task; one that was demolished since was there when the disaster came.
_EXTRA = f"""
    INSERT INTO emergency_inspection AS i (event_id, house_id, scope_code, state, priority, reasons, uncertain, due_at,
        assignee_area, revision, batch_id, opened_at, origin)
        SELECT :event, c.house_id, c.scope_code, {_STATE}, 1, ARRAY[:reason], false, c.due_at, c.assignee_area, :revision,
            :batch, :at, 'extra'
        FROM (
            SELECT h.id AS house_id, h.scope_code, {_DUE.format(priority="1")} AS due_at,
                CASE WHEN h.scope_code = ANY (CAST(:staffed AS text[])) THEN h.scope_code ELSE left(h.scope_code, 9) END
                    AS assignee_area
            FROM house h LEFT JOIN {_RUNNING} ON g.code = left(h.scope_code, 9)
            WHERE h.id = :house AND (h.ended_on IS NULL OR h.ended_reason = 'demolished')
        ) c
    ON CONFLICT (event_id, house_id) DO UPDATE SET origin = 'extra', priority = 1,
        state = CASE i.state WHEN 'withdrawn' THEN excluded.state ELSE i.state END,
        reasons = CASE i.state WHEN 'withdrawn' THEN excluded.reasons ELSE array_remove(i.reasons, :reason) || excluded.reasons END,
        due_at = least(i.due_at, excluded.due_at), withdrawn_at = NULL, version = i.version + 1
        WHERE i.state IN ('prepared', 'open', 'withdrawn') AND (i.origin <> 'extra' OR i.state = 'withdrawn')
"""

_REPORTED = """
    UPDATE emergency_inspection SET danger_reported_at = :at, origin = 'extra', version = version + 1
    WHERE event_id = :event AND house_id = :house
"""

# Before that: one that was withdrawn was so until now.
_KEEP_WITHDRAWN = KEEP_ROWS.format(
    rows="(SELECT * FROM emergency_inspection WHERE event_id = :event AND house_id = :house AND state = 'withdrawn')"
)

# No priority falls; what gave it may be true no more (a standing area has ended), and is then not said any longer.
_REASONS = "CASE WHEN c.priority <= i.priority THEN c.reasons ELSE c.reasons || CAST(:kept AS text) END"
_IN_STEP = f"""
    UPDATE emergency_inspection i SET priority = least(i.priority, c.priority),
        reasons = CASE WHEN i.origin = 'zone' THEN {_REASONS} ELSE i.reasons END,
        due_at = CASE WHEN c.priority < i.priority THEN least(i.due_at, c.due_at) ELSE i.due_at END,
        uncertain = c.uncertain, assignee_area = c.assignee_area, version = i.version + 1
    FROM ({_DECIDED}) c
    WHERE i.event_id = :event AND i.house_id = c.house_id AND i.state IN ('prepared', 'open')
      AND (c.priority < i.priority OR (i.origin = 'zone' AND i.reasons <> {_REASONS})
        OR c.uncertain <> i.uncertain OR c.assignee_area <> i.assignee_area)
"""

# Not begun; ``spared`` are houses that somebody has worked on though nothing is said of the inspection yet.
_UNTOUCHED = "i.state IN ('prepared', 'open') AND i.house_id <> ALL (CAST(:spared AS bigint[]))"
_CALLED_OFF = f"i.event_id = :event AND i.origin = 'zone' AND {_UNTOUCHED}"
# What was entered from outside the zones does not leave them.
_LEFT = f"""
    i.event_id = :event AND i.origin = 'zone' AND {_UNTOUCHED} AND i.scope_code >= :scope_lo AND i.scope_code < :scope_hi
    AND (:everywhere OR EXISTS (
        SELECT FROM unnest(CAST(:areas AS text[])) a (code) WHERE starts_with(i.scope_code, a.code)))
    AND NOT EXISTS (SELECT FROM concerned c WHERE c.house_id = i.house_id)
"""


def decide_collected(session: Session) -> None:
    """Put down what is decided for every combination of facts, beside the houses that were collected."""
    session.execute(text(_TABLE))
    table = decision_table()
    session.execute(
        text(_DECIDE),
        {
            "keys": [key for key, _ in table],
            "priorities": [decision.priority for _, decision in table],
            "reasons": [",".join(decision.reasons) for _, decision in table],
        },
    )


def open_added(session: Session, opening: Opening) -> int:
    """Open an inspection for every house collected that has none, or whose was withdrawn; how many."""
    values = {
        **_values(opening),
        "staffed": list(opening.staffed),
        "revision": opening.revision,
        "batch": opening.batch_id,
        "told_only": places_of_levels(opening.told_only),
    }
    reopened = _changed(session, _REOPEN, values) if _has_any(session, opening.event_id) else 0
    return reopened + _changed(session, _INSERT, values)


def open_extra(session: Session, opening: Opening, house_id: int) -> int:
    """An inspection of a house that a person named, which no change of zones takes off; 0 where it stands so already."""
    values = {
        **_values(opening),
        "staffed": list(opening.staffed),
        "revision": opening.revision,
        "batch": opening.batch_id,
        "house": house_id,
        "reason": EXTRA,
    }
    session.execute(text(_KEEP_WITHDRAWN), values)
    return _changed(session, _EXTRA, values)


def mark_reported(session: Session, event_id: int, house_id: int, *, at: datetime) -> None:
    """Somebody has reported danger: who looked at the house before has not seen it, and it is looked at again (again.py)."""
    session.execute(text(_REPORTED), {"event": event_id, "house": house_id, "at": at})


def bring_in_step(session: Session, opening: Opening) -> int:
    """Bring what is not begun in step with what was collected; no priority falls, no due time moves later."""
    if not _has_any(session, opening.event_id):
        return 0
    return _changed(session, _IN_STEP, {**_values(opening), "staffed": list(opening.staffed), "kept": KEPT})


def _has_any(session: Session, event_id: int) -> bool:
    """Whether there is anything to compare the houses collected with: for a new event there is not."""
    statement = text("SELECT EXISTS (SELECT FROM emergency_inspection WHERE event_id = :event)")
    return bool(session.scalar(statement, {"event": event_id}))


def withdraw_left(
    session: Session, opening: Opening, scope: AreaScope, *, areas: Sequence[str], spared: Collection[int]
) -> int:
    """Withdraw what is not begun of houses that were not collected, but for those ``spared``; how many."""
    statement = (
        "UPDATE emergency_inspection i SET state = 'withdrawn', withdrawn_at = :at, version = version + 1"
        f" WHERE {_LEFT}"
    )
    values = {"event": opening.event_id, "at": opening.at, "scope_lo": scope.lo, "scope_hi": scope.hi}
    return _changed(session, statement, {**values, **values_of_areas(areas), "spared": list(spared)})


def count_left(
    session: Session, event_id: int, scope: AreaScope, *, areas: Sequence[str], spared: Collection[int]
) -> int:
    """How many ``withdraw_left`` would withdraw."""
    values = {"event": event_id, "scope_lo": scope.lo, "scope_hi": scope.hi, "spared": list(spared)}
    statement = text(f"SELECT count(*) FROM emergency_inspection i WHERE {_LEFT}")
    return int(session.execute(statement, values | values_of_areas(areas)).scalar_one())


def count_left_out(session: Session, event_id: int, scope: AreaScope, *, spared: Collection[int]) -> tuple[int, int]:
    """Of houses that a change (hazards/changes.py) would leave out: inspections to withdraw, and those that stay (栋)."""
    goes = f"i.origin = 'zone' AND {_UNTOUCHED}"
    statement = (
        f"SELECT count(*) FILTER (WHERE {goes}) AS goes, count(*) FILTER (WHERE NOT ({goes})) AS stays"
        " FROM emergency_inspection i WHERE i.event_id = :event AND i.state <> 'withdrawn'"
        f" AND i.scope_code >= :scope_lo AND i.scope_code < :scope_hi AND i.house_id IN {LEFT_OUT}"
    )
    values = {"event": event_id, "scope_lo": scope.lo, "scope_hi": scope.hi, "spared": list(spared)}
    row = session.execute(text(statement), values).one()
    return row.goes, row.stays


def count_missing(session: Session, event_id: int, told_only: frozenset[str]) -> tuple[int, int]:
    """How many ``open_added`` would open, and how many have no task because one is only told of them (栋)."""
    statement = (
        f"SELECT count(*) FILTER (WHERE {_IS_TASK}) AS tasks, count(*) FILTER (WHERE NOT {_IS_TASK}) AS told"
        " FROM concerned c WHERE NOT EXISTS (SELECT FROM emergency_inspection i"
        " WHERE i.event_id = :event AND i.house_id = c.house_id AND i.state <> 'withdrawn')"
    )
    row = session.execute(text(statement), {"event": event_id, "told_only": places_of_levels(told_only)}).one()
    return row.tasks, row.told


def count_behind(session: Session, event_id: int) -> tuple[int, int]:
    """Of how many houses ``bring_in_step`` would raise the priority, and of how many others it would say other reasons.

    After ``decide_collected``.
    """
    statement = (
        "SELECT (count(*) FILTER (WHERE c.priority < i.priority))::int AS raised,"
        f" (count(*) FILTER (WHERE c.priority >= i.priority AND i.origin = 'zone' AND i.reasons <> {_REASONS}))::int AS restated"
        " FROM (SELECT c.house_id, u.priority, u.reasons FROM concerned c JOIN urgency u ON u.key = c.facts) c"
        " JOIN emergency_inspection i ON i.house_id = c.house_id"
        " WHERE i.event_id = :event AND i.state IN ('prepared', 'open')"
    )
    row = session.execute(text(statement), {"event": event_id, "kept": KEPT}).one()
    return row.raised, row.restated


def start_prepared(session: Session, opening: Opening) -> int:
    """Grounds are in 灾后排查: what waits there is open, everything unfinished gets its due time; how many got one.

    After 误发撤销 what it leaves, which waits for no aftermath any more.
    One statement: what somebody begins at this moment is waited for and then seen as begun, not passed over by both.
    """
    if not opening.due_hours:
        return 0
    return _changed(
        session,
        "UPDATE emergency_inspection i SET state = CASE i.state WHEN 'prepared' THEN 'open' ELSE i.state END,"
        f" due_at = least(i.due_at, {_DUE.format(priority='i.priority')}), version = i.version + 1"
        f" FROM {_RUNNING} WHERE i.event_id = :event AND g.code = left(i.scope_code, 9)"
        " AND (i.state = 'prepared' OR (i.state IN ('open', 'in_progress') AND i.due_at IS NULL))",
        _values(opening),
    )


def restart_due(session: Session, opening: Opening, grounds: Collection[str]) -> int:
    """Grounds enter 灾后排查 anew after they were warned again: what is not done has its whole time once more; how many.

    Nobody may enter while the storm goes on, so the times of before it would be over when the door opens. That it was overdue
    until then is kept.
    """
    return _changed(
        session,
        "UPDATE emergency_inspection i SET overdue_earlier = i.overdue_earlier + CASE"
        " WHEN i.due_at < CAST(:at AS timestamptz)"
        " THEN tstzmultirange(tstzrange(i.due_at, CAST(:at AS timestamptz), '()')) ELSE '{}' END,"
        f" due_at = {_DUE.format(priority='i.priority')}, version = i.version + 1"
        f" FROM {_RUNNING} WHERE i.event_id = :event AND g.code = left(i.scope_code, 9)"
        f" AND g.code = ANY (CAST(:anew AS text[])) AND {UNFINISHED.format(i='i')}",
        {**_values(opening), "anew": list(grounds)},
    )


def reopen_harmless(session: Session, event_id: int, grounds: Sequence[str], *, at: datetime) -> int:
    """Grounds enter 灾后排查: what was finished there before (rain came again) and is no damage is looked at again; how many.

    What is said stays, and it is kept that it was done until then.
    """
    return _changed(
        session,
        "WITH stood AS MATERIALIZED (SELECT i.* FROM emergency_inspection i"
        " WHERE event_id = :event AND left(scope_code, 9) = ANY (CAST(:grounds AS text[]))"
        f" AND {HARMLESS.format(i='i')} FOR UPDATE), changed AS ("
        "UPDATE emergency_inspection SET state = 'in_progress', done_at = NULL, version = version + 1"
        f" WHERE id IN (SELECT id FROM stood)) {KEEP_ROWS.format(rows='stood')}",
        {"event": event_id, "grounds": list(grounds), "damage": list(DANGEROUS), "at": at},
    )


def count_waiting(session: Session, event_id: int, scope: AreaScope, *, grounds: Sequence[str] | None) -> int:
    """Inspections that wait (栋), on ``grounds`` or (None) on all of them."""
    statement = (
        "SELECT coalesce(sum(i.houses), 0) FROM inspection_count i WHERE i.event_id = :event AND i.state = 'prepared'"
        " AND i.scope_code >= :lo AND i.scope_code < :hi"
        " AND (CAST(:grounds AS text[]) IS NULL OR left(i.scope_code, 9) = ANY (CAST(:grounds AS text[])))"
    )
    wanted = None if grounds is None else list(grounds)
    bound = {"event": event_id, "lo": scope.lo, "hi": scope.hi, "grounds": wanted}
    return int(session.execute(text(statement), bound).scalar_one())


def grounds_worked_on(session: Session, event_id: int) -> list[str]:
    """Grounds on which the event has inspections."""
    statement = text(
        "SELECT left(scope_code, 9) FROM inspection_count WHERE event_id = :event GROUP BY 1 HAVING sum(houses) > 0"
    )
    return list(session.scalars(statement, {"event": event_id}))


def count_all(session: Session, event_id: int, *, spared: Collection[int]) -> int:
    """How many 误发撤销 would withdraw."""
    statement = text(f"SELECT count(*) FROM emergency_inspection i WHERE {_CALLED_OFF}")
    return int(session.execute(statement, {"event": event_id, "spared": list(spared)}).scalar_one())


def withdraw_all(session: Session, event_id: int, at: datetime, *, spared: Collection[int]) -> int:
    """误发撤销: withdraw everything that is not begun, but what a person reported, and the houses ``spared``; how many."""
    return _changed(
        session,
        "UPDATE emergency_inspection i SET state = 'withdrawn', withdrawn_at = :at, version = version + 1"
        f" WHERE {_CALLED_OFF}",
        {"event": event_id, "at": at, "spared": list(spared)},
    )


def _values(opening: Opening) -> dict[str, object]:
    running = sorted(opening.due_hours.items())
    return {
        "event": opening.event_id,
        "at": opening.at,
        "grounds": [code for code, _ in running],
        **{f"hours_{n}": [hours[n - 1] for _, hours in running] for n in (1, 2, 3)},
    }


def _changed(session: Session, statement: str, values: dict[str, object]) -> int:
    return int(session.connection().execute(text(statement), values).rowcount)
