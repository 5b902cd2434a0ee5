"""Putting households on the list and taking them off, in sets; repeatable.

The houses concerned have been collected (hazards/concerned.py). ``decide_collected`` says which of them must be left; family
by family they are compared with the rows that stand. Callers hold the event's row locked. Nobody leaves the list because a level fell or a setting changed: only who left the zones, and only if not moved.
What rules say of a row (why, who comes first) follows the register whatever was begun; what people said of it never does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.evacuation.rule import MovePolicy, still_true_table, to_move_table
from geo_housing.evacuation.states import NOT_MOVED
from geo_housing.hazards.changes import LEFT_OUT
from geo_housing.hazards.concerned import values_of_areas
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.houses.living import SIZE_SQL
from geo_housing.scope import AreaScope


@dataclass(frozen=True)
class Listing:
    """Under what households are listed; ``by`` stands in the steps. ``is_first``: nobody was listed for the event before."""

    event_id: int
    revision: int
    batch_id: int
    at: datetime
    by: str
    is_first: bool


@dataclass(frozen=True)
class Behind:
    """How far the list stands behind the register, in 户: who must be moved and is not on it, and rows that say otherwise."""

    missing: int = 0
    changed: int = 0


@dataclass(frozen=True)
class Opened:
    """户: those that are new on the list, and those that stood there."""

    opened: int
    kept: int


_TABLES = (
    'CREATE TEMP TABLE IF NOT EXISTS to_move (key int PRIMARY KEY, reasons text[] COLLATE "C", place smallint,'
    " first bool) ON COMMIT DROP",
    "DELETE FROM to_move",
    "CREATE TEMP TABLE IF NOT EXISTS still_true (LIKE to_move INCLUDING INDEXES) ON COMMIT DROP",
    "DELETE FROM still_true",
)
_LISTED = (
    "CREATE TEMP TABLE IF NOT EXISTS listed (house_id bigint, household_id bigint,"
    ' family bigint GENERATED ALWAYS AS (coalesce(household_id, -house_id)) STORED, scope_code text COLLATE "C",'
    ' uncertain bool, reasons text[] COLLATE "C", place smallint, people smallint, standing_id bigint) ON COMMIT DROP',
    "DELETE FROM listed",
)
_DECIDE = """
    INSERT INTO {table}
        SELECT d.key, string_to_array(d.reasons, ','), d.place, d.first
        FROM unnest(CAST(:keys AS int[]), CAST(:reasons AS text[]), CAST(:places AS smallint[]), CAST(:firsts AS bool[]))
            AS d (key, reasons, place, first)
"""
# A house without a family in the register has one row all the same: somebody may live there. Families are looked up for
# the houses listed alone; how many people one is whose house holds no other stands in the house's own figures. Whether that
# number is known is decided for all rooms alike (houses/living.py).
_FAMILIES = f"""
        SELECT c.house_id, l.household_id, c.scope_code, c.uncertain, d.reasons, d.place,
            CASE WHEN c.households > 1 THEN (SELECT {SIZE_SQL} FROM household k WHERE k.id = l.household_id)
                WHEN c.unsized = 0 THEN c.people END AS people,
            CASE WHEN d.first THEN c.standing_id END AS standing_id
        FROM concerned c
        JOIN to_move d ON d.key = c.facts
        LEFT JOIN LATERAL (
            SELECT l.household_id FROM house_household l
            WHERE l.house_id = c.house_id AND l.relation = 'lives' AND l.to_on IS NULL
            OFFSET 0
        ) l ON true
"""
_LIST = f"INSERT INTO listed (house_id, household_id, scope_code, uncertain, reasons, place, people, standing_id) {_FAMILIES}"
_COUNT = """
    SELECT coalesce(sum(greatest(c.households, 1)), 0)::int AS households, coalesce(sum(c.people), 0)::int AS people,
        coalesce(sum(c.unsized), 0)::int AS unsized
    FROM concerned c JOIN to_move d ON d.key = c.facts
"""

# Of houses where it is over nothing is to be decided here; that they are concerned stays.
_FORGET_FACTS = text("UPDATE concerned SET facts = -1 WHERE left(scope_code, 9) = ANY (CAST(:over AS text[]))")

_NEW = """
    INSERT INTO evacuation (event_id, scope_code, house_id, household_id, reasons, place, uncertain, people, standing_id,
        revision, batch_id, opened_at)
        SELECT :event, n.scope_code, n.house_id, n.household_id, n.reasons, n.place, n.uncertain, n.people,
            n.standing_id, :revision, :batch, :at
        FROM {source} n
"""
_FIRST = _NEW.format(source=f"({_FAMILIES})")
_UNLISTED = """NOT EXISTS (
            SELECT FROM evacuation e WHERE e.event_id = :event AND e.withdrawn_at IS NULL
              AND coalesce(e.household_id, -e.house_id) = n.family)"""
_ADDED = f"""
    {_NEW.format(source="listed")}
        WHERE {_UNLISTED}
    -- A family that has moved here from an area of others may stand there.
    ON CONFLICT DO NOTHING
"""

_STEP_COLUMNS = (
    "evacuation_id, event_id, scope_code, at, act, state_before, state_after, people_before, people_after,"
    " counts_before, counts_after, entered_by, version, batch_id"
)
# A house without family on the list whose family has entered the register meanwhile: it is that family, whatever was begun.
_NAMED = """first AS (
        SELECT DISTINCT ON (n.house_id) n.house_id, n.household_id, n.people FROM listed n
        WHERE n.household_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM evacuation o WHERE o.event_id = :event AND o.withdrawn_at IS NULL
              AND o.household_id = n.household_id)
        ORDER BY n.house_id, n.household_id
    )"""
_IS_NAMED = """evacuation e JOIN first f ON f.house_id = e.house_id
        WHERE e.event_id = :event AND e.household_id IS NULL AND e.withdrawn_at IS NULL"""
_NAME_FAMILIES = f"""
    WITH {_NAMED}, target AS MATERIALIZED (
        SELECT e.id, e.state, e.people, e.version, e.scope_code, f.household_id, f.people AS counted
        FROM {_IS_NAMED}
        ORDER BY e.id FOR UPDATE OF e
    ), step AS (
        INSERT INTO evacuation_step ({_STEP_COLUMNS})
            SELECT id, :event, scope_code, :at, 'renew', state, state, people, coalesce(people, counted), true, true, :by,
                version + 1, :batch
            FROM target
    )
    UPDATE evacuation e SET household_id = t.household_id, people = coalesce(t.people, t.counted), version = t.version + 1
    FROM target t WHERE e.id = t.id
"""
# What is said of every row by register and rules: of the families listed, and of those on the list whom no rule puts there any
# more, what is still true. A person's word (表外新增) stays.
_AS_RULED = """ruled AS MATERIALIZED (
        SELECT e.id AS row_id, n.house_id, n.scope_code, n.reasons, n.place, n.uncertain, n.people, n.standing_id
        FROM evacuation e JOIN listed n ON n.family = coalesce(e.household_id, -e.house_id)
        WHERE e.event_id = :event AND e.withdrawn_at IS NULL AND e.origin = 'rule'
        UNION ALL
        SELECT e.id, e.house_id, e.scope_code,
            ARRAY(SELECT r.code FROM unnest(e.reasons) WITH ORDINALITY r (code, n) WHERE r.code = ANY (d.reasons) ORDER BY n),
            d.place, c.uncertain, e.people, CASE WHEN d.first THEN c.standing_id END
        FROM evacuation e JOIN concerned c ON c.house_id = e.house_id JOIN still_true d ON d.key = c.facts
        WHERE e.event_id = :event AND e.withdrawn_at IS NULL AND e.origin = 'rule' AND NOT EXISTS (
            SELECT FROM listed n WHERE n.family = coalesce(e.household_id, -e.house_id))
    )"""
# Where a family lives and how many they are is the register's word until somebody has said it; rules speak of the house that a
# begun row names, and of no other.
_SAYS_OTHERWISE = """evacuation e JOIN ruled n ON n.row_id = e.id
        WHERE e.withdrawn_at IS NULL
          AND ((e.reasons, e.place, e.uncertain, e.standing_id) IS DISTINCT FROM (n.reasons, n.place, n.uncertain, n.standing_id)
                AND (e.begun_at IS NULL OR e.house_id IS NOT DISTINCT FROM n.house_id)
            OR e.begun_at IS NULL AND (e.house_id, e.scope_code, e.people) IS DISTINCT FROM (n.house_id, n.scope_code, n.people))"""
# No version of a begun row: nothing that was said has changed, and a phone without network saves what it has typed.
_RENEW = f"""
    WITH {_AS_RULED}, target AS MATERIALIZED (
        SELECT e.id, e.state, e.people, e.version + (e.begun_at IS NULL)::int AS version, n.reasons, n.place, n.uncertain,
            n.standing_id, CASE WHEN e.begun_at IS NULL THEN n.scope_code ELSE e.scope_code END AS scope_code,
            CASE WHEN e.begun_at IS NULL THEN n.house_id ELSE e.house_id END AS house_id,
            CASE WHEN e.begun_at IS NULL THEN n.people ELSE e.people END AS counted
        FROM {_SAYS_OTHERWISE}
        ORDER BY e.id FOR UPDATE OF e
    ), step AS (
        INSERT INTO evacuation_step ({_STEP_COLUMNS})
            SELECT id, :event, scope_code, :at, 'renew', state, state, people, counted, true, true, :by, version, :batch
            FROM target WHERE people IS DISTINCT FROM counted
    )
    UPDATE evacuation e SET house_id = t.house_id, scope_code = t.scope_code, reasons = t.reasons, place = t.place,
        uncertain = t.uncertain, people = t.counted, standing_id = t.standing_id, version = t.version
    FROM target t WHERE e.id = t.id
"""

# What open_decided would add, name and renew, without doing it: a family that a row without family becomes is no new one.
_BEHIND = f"""
    WITH {_AS_RULED}, {_NAMED}, named AS (SELECT f.household_id FROM {_IS_NAMED})
    SELECT (SELECT count(*) FROM listed n WHERE {_UNLISTED}
            AND (n.household_id IS NULL OR n.household_id NOT IN (SELECT household_id FROM named)))::int AS missing,
        ((SELECT count(*) FROM named) + (SELECT count(*) FROM {_SAYS_OTHERWISE}))::int AS changed
"""

# Of houses in ``spared`` something dangerous is known: whoever lives there must leave, wherever the zones are drawn.
_SPARES = "coalesce(e.house_id <> ALL (CAST(:spared AS bigint[])), true)"
_NOT_BEGUN = "e.event_id = :event AND e.withdrawn_at IS NULL AND e.begun_at IS NULL AND e.origin = 'rule'"
# Who is home and has said so, or was not found, need not leave either, once the house is in no zone any more.
_NOT_MOVED = f"(e.begun_at IS NULL OR e.state IN ({', '.join(repr(state) for state in NOT_MOVED)}))"
# Left: the house is in no zone any more, or nothing is begun and the family lives in it no more, or has a row of its own. Of a
# family that waits for a home, because its house has ended or it has left it, nobody knows where it is: it stays on the list.
_LEFT = f"""
    e.event_id = :event AND e.withdrawn_at IS NULL AND e.origin = 'rule' AND {_NOT_MOVED}
    AND e.scope_code >= :scope_lo AND e.scope_code < :scope_hi
    AND (:everywhere OR EXISTS (
        SELECT FROM unnest(CAST(:areas AS text[])) a (code) WHERE starts_with(e.scope_code, a.code)))
    AND (NOT EXISTS (SELECT FROM concerned c WHERE c.house_id = e.house_id) AND {_SPARES}
        OR e.begun_at IS NULL AND (e.household_id IS NOT NULL) <> EXISTS (
            SELECT FROM house_household l WHERE l.house_id = e.house_id AND l.relation = 'lives' AND l.to_on IS NULL
              AND (e.household_id IS NULL OR l.household_id = e.household_id)))
    AND (e.household_id IS NULL
        OR e.household_id NOT IN (SELECT w.household_id FROM households_waiting(:scope_lo, :scope_hi) w))
"""
_WITHDRAW = f"""
    WITH target AS MATERIALIZED (
        SELECT e.id, e.state, e.people, e.version, e.scope_code FROM evacuation e WHERE {{which}}
        ORDER BY e.id FOR UPDATE
    ), step AS (
        INSERT INTO evacuation_step ({_STEP_COLUMNS})
            SELECT id, :event, scope_code, :at, 'withdraw', state, state, people, people, true, false, :by, version + 1,
                :batch
            FROM target
    )
    UPDATE evacuation e SET withdrawn_at = :at, version = t.version + 1 FROM target t WHERE e.id = t.id
"""


def decide_collected(session: Session, kind: str, policy: MovePolicy, *, over: Sequence[str] = ()) -> Heads:
    """Put down which of the houses collected must be left; how many households live there.

    Grounds (townships) where it is ``over`` list nobody new: what was listed there stays.
    """
    for statement in _TABLES:
        session.execute(text(statement))
    if over:
        session.execute(_FORGET_FACTS, {"over": list(over)})
    for table, decided in (("to_move", to_move_table(kind, policy)), ("still_true", still_true_table(kind, policy))):
        values = {
            "keys": [one.key for one in decided],
            "reasons": [",".join(one.reasons) for one in decided],
            "places": [one.place for one in decided],
            "firsts": [one.comes_first for one in decided],
        }
        session.execute(text(_DECIDE.format(table=table)), values)
    if not policy.makes_list(kind):
        return NOBODY
    session.execute(text("ANALYZE to_move"))
    row = session.execute(text(_COUNT)).one()
    return Heads(row.households, row.people, row.unsized)


def open_decided(session: Session, listing: Listing) -> Opened:
    """A row for every household that must be moved and has none; those that stand follow register and rules."""
    values = {"event": listing.event_id, "at": listing.at, "batch": listing.batch_id}
    opened = {**values, "revision": listing.revision}
    if listing.is_first:
        return Opened(_changed(session, _FIRST, opened), 0)
    listed = _put_down(session)
    # Named first: what rules say of the family is then brought to its row at once.
    _changed(session, _NAME_FAMILIES, {**values, "by": listing.by})
    _changed(session, _RENEW, {**values, "by": listing.by})
    added = _changed(session, _ADDED, opened)
    return Opened(added, listed - added)


def count_behind(session: Session, event_id: int) -> Behind:
    """What ``open_decided`` would add and bring in step after ``decide_collected``."""
    _put_down(session)
    row = session.execute(text(_BEHIND), {"event": event_id}).one()
    return Behind(row.missing, row.changed)


def _put_down(session: Session) -> int:
    """Everybody of the houses decided, family by family, to be compared with the rows that stand; how many."""
    for statement in (*_LISTED, _LIST, "CREATE INDEX IF NOT EXISTS listed_family ON listed (family)", "ANALYZE listed"):
        session.execute(text(statement))
    return int(session.execute(text("SELECT count(*) FROM listed")).scalar_one())


def withdraw_left(
    session: Session, listing: Listing, scope: AreaScope, *, areas: Sequence[str], spared: Collection[int]
) -> int:
    """Take off the list who left the zones and is not moved, but for the houses ``spared``; how many."""
    statement = _WITHDRAW.format(which=_LEFT)
    values = {"event": listing.event_id, "at": listing.at, "by": listing.by, "batch": listing.batch_id}
    values["spared"] = list(spared)
    return _changed(session, statement, {**values, **_within(scope, areas)})


def count_left(
    session: Session, event_id: int, scope: AreaScope, *, areas: Sequence[str], spared: Collection[int]
) -> int:
    """How many ``withdraw_left`` would take off."""
    statement = f"SELECT count(*) FROM evacuation e WHERE {_LEFT}"
    values = {"event": event_id, "spared": list(spared), **_within(scope, areas)}
    return int(session.execute(text(statement), values).scalar_one())


def count_left_out(session: Session, event_id: int, scope: AreaScope, *, spared: Collection[int]) -> tuple[int, int]:
    """Of houses that a change (hazards/changes.py) would leave out: 户 to take off the list, and those that stay."""
    goes = f"{_NOT_MOVED} AND e.origin = 'rule' AND {_SPARES}"
    statement = (
        f"SELECT count(*) FILTER (WHERE {goes}) AS goes, count(*) FILTER (WHERE NOT ({goes})) AS stays"
        " FROM evacuation e WHERE e.event_id = :event AND e.withdrawn_at IS NULL"
        f" AND e.scope_code >= :scope_lo AND e.scope_code < :scope_hi AND e.house_id IN {LEFT_OUT}"
    )
    values = {"event": event_id, "scope_lo": scope.lo, "scope_hi": scope.hi, "spared": list(spared)}
    row = session.execute(text(statement), values).one()
    return row.goes, row.stays


def count_all(session: Session, event_id: int, *, spared: Collection[int]) -> int:
    """How many households 误发撤销 would take off."""
    statement = text(f"SELECT count(*) FROM evacuation e WHERE {_NOT_BEGUN} AND {_SPARES}")
    return int(session.execute(statement, {"event": event_id, "spared": list(spared)}).scalar_one())


def withdraw_all(session: Session, listing: Listing, *, spared: Collection[int]) -> int:
    """误发撤销: take everybody off who is not begun, but whom a person put on, and the houses ``spared``; how many."""
    statement = _WITHDRAW.format(which=f"{_NOT_BEGUN} AND {_SPARES}")
    values = {"event": listing.event_id, "at": listing.at, "by": listing.by, "batch": listing.batch_id}
    values["spared"] = list(spared)
    return _changed(session, statement, values)


def _within(scope: AreaScope, areas: Sequence[str]) -> dict[str, object]:
    return {"scope_lo": scope.lo, "scope_hi": scope.hi, **values_of_areas(areas)}


def _changed(session: Session, statement: str, values: dict[str, object]) -> int:
    return int(session.connection().execute(text(statement), values).rowcount)
