"""Families without a home: the house they lived in has ended, and nobody has said yet where they live now."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.houses.living import SIZE_SQL
from geo_housing.scope import AreaScope

_WAITING = text(f"""
    SELECT k.id, k.head, {SIZE_SQL}, k.scope_code, h.code, w.since
    FROM households_waiting(:lo, :hi) w JOIN household k ON k.id = w.household_id
    -- The house may have been placed in another area since: the family is this one's all the same.
    LEFT JOIN house h ON h.id = w.house_id
    ORDER BY k.scope_code, w.since DESC, k.id LIMIT :most
""")
_COUNT = f"""
    SELECT count(*), coalesce(sum(k.persons), 0), count(*) - count({SIZE_SQL})
    FROM households_waiting(:lo, :hi) w JOIN household k ON k.id = w.household_id
"""
_OPEN = text(f"""
    SELECT w.*, (SELECT count(*) FROM ledger_difference
        WHERE settled_at IS NULL AND scope_code >= :lo AND scope_code < :hi) AS differences FROM ({_COUNT}) w
""")


@dataclass(frozen=True)
class Waiting:
    """One family, the house that it lost (None: it stands in another area now) and when."""

    id: int
    head: str | None
    persons: int | None
    scope_code: str
    house_code: str | None
    since: date | None


# Two townships that enter one person see neither each other's household nor that they are counted twice.
_TWICE = text("""
    WITH several AS (
        SELECT k.id_number_key FROM household k
        WHERE k.id_number_key IS NOT NULL AND k.scope_code >= :lo AND k.scope_code < :hi
        GROUP BY 1 HAVING count(*) > 1 AND min(left(k.scope_code, 9)) <> max(left(k.scope_code, 9))
    ), living AS (
        SELECT k.id_number_key, k.id, k.head, k.id_number_masked, k.persons, h.code, h.scope_code
        FROM several s JOIN household k ON k.id_number_key = s.id_number_key
        JOIN house_household l ON l.household_id = k.id AND l.relation = 'lives' AND l.to_on IS NULL
        JOIN house h ON h.id = l.house_id
        WHERE k.scope_code >= :lo AND k.scope_code < :hi
    ), counted AS (
        SELECT *, min(left(scope_code, 9)) OVER w <> max(left(scope_code, 9)) OVER w AS is_twice
        FROM living WINDOW w AS (PARTITION BY id_number_key)
    )
    SELECT id_number_key::text AS person, id, head, id_number_masked, persons, code, scope_code,
        (SELECT count(DISTINCT id_number_key) FROM counted WHERE is_twice) AS total
    FROM counted WHERE is_twice ORDER BY person, scope_code, id LIMIT :most
""")


@dataclass(frozen=True)
class Registered:
    """One of the registrations of a person whom several townships have entered; ``person`` is the same in all of them."""

    person: str
    id: int
    head: str | None
    id_number: str | None
    persons: int | None
    house_code: str
    scope_code: str


@dataclass(frozen=True)
class WaitingCount:
    """户 and 人 that live in no house of the register; ``unsized`` of these families nobody has counted."""

    households: int
    people: int
    unsized: int


def waiting_families(session: Session, scope: AreaScope, *, limit: int) -> list[Waiting]:
    """Village by village, the latest first."""
    rows = session.execute(_WAITING, {"lo": scope.lo, "hi": scope.hi, "most": limit})
    return [Waiting(*row) for row in rows]


def count_waiting(session: Session, scope: AreaScope) -> WaitingCount:
    """How many wait in an area."""
    return WaitingCount(*session.execute(text(_COUNT), {"lo": scope.lo, "hi": scope.hi}).one())


def open_work(session: Session, scope: AreaScope) -> tuple[WaitingCount, int]:
    """Families that wait, and differences of ledgers to settle, for the desk in one question."""
    row = session.execute(_OPEN, {"lo": scope.lo, "hi": scope.hi}).one()
    return WaitingCount(*row[:3]), row[3]


def registered_twice(session: Session, scope: AreaScope, *, limit: int) -> tuple[list[Registered], int]:
    """Families that live in houses of several townships by one ID number, and how many persons that are."""
    rows = session.execute(_TWICE, {"lo": scope.lo, "hi": scope.hi, "most": limit}).all()
    return [Registered(*row[:-1]) for row in rows], rows[0].total if rows else 0
