"""The API of a department's own list: households of the categories that it certifies. Heads are 王某某, as on its page."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from geo_housing.accounts.access import Access, requires
from geo_housing.departments.pages import asked_of
from geo_housing.departments.queries import PAGE_ROWS, Counts, Row, list_counts, list_rows, own_department
from geo_housing.errors import BadInput
from geo_housing.masking import mask_name
from geo_housing.numbers import MOST_BIGINT, whole_number

router = APIRouter(prefix="/api/v1/department", tags=["department"])

Reader = Annotated[Access, requires("departments.list")]
Word = Annotated[str, Query(max_length=40)]
MOST_ROWS = 500


@router.get("")
def get_list(
    access: Reader,
    area: Word = "",
    category: Word = "",
    risk: Word = "",
    cursor: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE_ROWS,
) -> Any:
    """The list by village, with what all of it adds up to: 户 by how their house stands, and the 人 of those that are counted."""
    session, scope = access.session, access.actor.scope
    own = own_department(session)
    asked = asked_of(own, area, category, risk)
    rows = list_rows(session, scope, own, asked, after=_place(cursor), limit=limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "department": own.name,
        "categories": list(own.categories),
        "counts": _counts_json(list_counts(session, scope, asked)),
        "items": [_row_json(row) for row in rows[:limit]],
        "next": f"{last.scope_code}-{last.household_id}" if last else None,
    }


def _place(cursor: str | None) -> tuple[str, int]:
    if cursor is None:
        return "", 0
    code, _, number = cursor.partition("-")
    place = whole_number(number, most=MOST_BIGINT) if number else None
    if place is None or not (code.isascii() and code.isdigit()):
        raise BadInput("cursor 不对：请原样使用上一页返回的 next。")
    return code, place


def _counts_json(counts: Counts) -> dict[str, int]:
    return {
        "households": counts.households,
        "people": counts.people,
        "households_without_size": counts.unsized,
        "dangerous": counts.dangerous,
        "renovating": counts.renovating,
        "housed": counts.housed,
        "homeless": counts.homeless,
    }


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "area_code": row.scope_code,
        "head": mask_name(row.head or ""),
        "persons": row.persons,
        "categories": list(row.categories),
        "house_code": row.house_code,
        "settlement": row.settlement,
        "structure": row.structure,
        "built_year": row.built_year,
        "risk": row.risk,
        "grade": row.grade,
        "grade_basis": row.grade_basis,
        "graded_on": row.graded_on and row.graded_on.isoformat(),
        "renovation": row.renovation,
        "measure": row.measure,
    }
