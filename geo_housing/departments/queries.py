"""Reading the list of a department. Runs as gh_department, which sees these households and houses and nothing else."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.errors import NotAllowed
from geo_housing.scope import AreaScope

PAGE_ROWS = 100
DANGEROUS = ("C", "D", "suspected")


@dataclass(frozen=True)
class OwnDepartment:
    """The department of whoever asks, and what it certifies."""

    id: int
    name: str
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What of the list is wanted; None is all of it."""

    area: str | None = None
    category: str | None = None
    risk: str | None = None


@dataclass(frozen=True)
class Row:
    """One household with the house it lives in; no house: it waits for a home, or none was registered."""

    household_id: int
    scope_code: str
    head: str | None
    persons: int | None
    # Of the department alone; what else the family holds is another office's.
    categories: tuple[str, ...]
    house_code: str | None
    settlement: str | None
    structure: str | None
    built_year: int | None
    risk: str | None
    grade: str | None
    grade_basis: str | None
    graded_on: date | None
    renovation: str | None
    measure: str | None


@dataclass(frozen=True)
class Counts:
    """户 of the list; ``people`` are those of the ``households`` less ``unsized``; the others 户 by how their house stands."""

    households: int
    people: int
    unsized: int
    dangerous: int
    renovating: int
    housed: int
    homeless: int


_LIST = """
    FROM household k
    LEFT JOIN house_household l ON l.household_id = k.id AND l.relation = 'lives' AND l.to_on IS NULL
    LEFT JOIN house h ON h.id = l.house_id
    WHERE k.scope_code >= :lo AND k.scope_code < :hi
      AND (CAST(:category AS text) IS NULL OR k.categories @> ARRAY[CAST(:category AS text)])
      AND (CAST(:risk AS text) IS NULL OR h.risk = CAST(:risk AS text))
"""
_ROWS = text(f"""
    SELECT k.id AS household_id, k.scope_code, k.head, k.persons,
        ARRAY(SELECT c FROM unnest(k.categories) c WHERE c = ANY (CAST(:own AS text[])) ORDER BY c) AS categories,
        h.code AS house_code, h.settlement, h.structure, h.built_year, h.risk, h.grade, h.grade_basis, h.graded_on,
        h.renovation, h.measure
    {_LIST} AND (k.scope_code, k.id) > (CAST(:after_code AS text) COLLATE "C", CAST(:after_id AS bigint))
    ORDER BY k.scope_code, k.id LIMIT :limit
""")
_COUNTS = text(f"""
    SELECT count(*) AS households, coalesce(sum(k.persons), 0) AS people, count(*) - count(k.persons) AS unsized,
        count(*) FILTER (WHERE h.risk IN ('C', 'D', 'suspected')) AS dangerous,
        count(*) FILTER (WHERE h.renovation IN ('listed', 'started')) AS renovating,
        count(*) FILTER (WHERE h.renovation IN ('completed', 'accepted', 'moved_in')) AS housed,
        count(*) FILTER (WHERE h.id IS NULL) AS homeless
    {_LIST}
""")


def own_department(session: Session) -> OwnDepartment:
    """The department under whose grant the transaction runs; NotAllowed once it has been ended."""
    row = session.execute(text("SELECT id, name, categories FROM department WHERE ended_at IS NULL")).one_or_none()
    if row is None:
        raise NotAllowed("本部门已停用，名单不能再看。如有疑问，请联系县住建局。")
    return OwnDepartment(row.id, row.name, tuple(row.categories))


def list_rows(
    session: Session,
    scope: AreaScope,
    own: OwnDepartment,
    asked: Asked,
    *,
    after: tuple[str, int] = ("", 0),
    limit: int | None = PAGE_ROWS,
) -> list[Row]:
    """Households of the list, by village; ``after`` is the last one of the page before."""
    values = _values(scope, asked) | {"own": list(own.categories), "limit": limit}
    rows = session.execute(_ROWS, values | {"after_code": after[0], "after_id": after[1]})
    return [Row(**{**row._mapping, "categories": tuple(row.categories)}) for row in rows]


def list_counts(session: Session, scope: AreaScope, asked: Asked) -> Counts:
    """What the list adds up to."""
    return Counts(**session.execute(_COUNTS, _values(scope, asked)).one()._mapping)


def _values(scope: AreaScope, asked: Asked) -> dict[str, Any]:
    wanted = scope.narrowed(asked.area)
    return {"lo": wanted.lo, "hi": wanted.hi, "category": asked.category, "risk": asked.risk}
