"""本部门名单: households of the categories that a department certifies, with how their houses stand; and the list as a file.

On the page a head is 王某某, as for a leader. The file has the names, because a department compares it with its own register, as
soon as somebody has said what for; it is journalled with the purpose.
"""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import render
from geo_housing.area_codes import with_townships
from geo_housing.areas.queries import area_names, names_of
from geo_housing.clock import now, today
from geo_housing.departments.queries import (
    DANGEROUS,
    PAGE_ROWS,
    Asked,
    OwnDepartment,
    Row,
    list_counts,
    list_rows,
    own_department,
)
from geo_housing.departments.workbook import file_name, notes_of, write_list
from geo_housing.errors import BadInput
from geo_housing.exports.service import MOST_PURPOSE
from geo_housing.files.response import made_file
from geo_housing.journal.purposes import NOT_STATED
from geo_housing.journal.service import Subject, record
from geo_housing.masking import mask_name
from geo_housing.numbers import MOST_BIGINT, whole_number
from geo_housing.words import CATEGORY, GRADE, GRADE_BASIS, MEASURE, RENOVATION, RISK, STRUCTURE

router = APIRouter(prefix="/department", include_in_schema=False)

Reader = Annotated[Access, requires("departments.list")]
Typed = Annotated[str, Form(max_length=1000)]
WORDS = {
    "category": CATEGORY, "risk": RISK, "structure": STRUCTURE, "renovation": RENOVATION, "measure": MEASURE, "grade": GRADE,
    "basis": GRADE_BASIS,
}  # fmt: skip


@router.get("")
def list_page(
    request: Request, access: Reader, area: str = "", category: str = "", risk: str = "", after: str = ""
) -> Response:
    """The list, by village; every figure is of the list alone."""
    session, scope = access.session, access.actor.scope
    own = own_department(session)
    asked = asked_of(own, area, category, risk)
    rows = list_rows(session, scope, own, asked, after=_place(after))
    following = f"{rows[-1].scope_code}-{rows[-1].household_id}" if len(rows) == PAGE_ROWS else None
    kept = {"area": area, "category": category, "risk": risk}
    return render(
        request,
        access,
        "departments/list.html",
        own=own,
        counts=list_counts(session, scope, asked),
        rows=[(row, mask_name(row.head or "")) for row in rows],
        names=names_of(session, with_townships(row.scope_code for row in rows)),
        townships=area_names(session, "township"),
        kept=kept,
        dangerous=DANGEROUS,
        first=f"/department?{urlencode(kept)}" if after else None,
        next=f"/department?{urlencode({**kept, 'after': following})}" if following else None,
        most_purpose=MOST_PURPOSE,
        words=WORDS,
        at=now(),
    )


@router.post("/list.xlsx")
def list_file(
    access: Reader, area: Typed = "", category: Typed = "", risk: Typed = "", purpose: Typed = ""
) -> Response:
    """The list as a workbook. Without a purpose it has 王某某 instead of the names."""
    session, actor = access.session, access.actor
    own = own_department(session)
    asked = asked_of(own, area, category, risk)
    said = " ".join(purpose.split())
    if len(said) > MOST_PURPOSE:
        raise BadInput(f"用途最多写 {MOST_PURPOSE} 个字。")
    rows = list_rows(session, actor.scope, own, asked, limit=None)
    names = names_of(session, with_townships(row.scope_code for row in rows))
    record(
        session,
        actor,
        "export.made",
        Subject("department", str(own.id), actor.scope.lo),
        counts={"rows": len(rows), "format": "xlsx", "personal": bool(said), "purpose": said or NOT_STATED},
        note=own.name,
    )
    maker = access.person.display_name
    notes = notes_of(own, asked, names, rows=len(rows), maker=maker, purpose=said, at=now())
    return made_file(
        lambda path: write_list(path, _shown(rows, by_name=bool(said)), names, notes),
        file_name(own, today()),
    )


def _shown(rows: list[Row], *, by_name: bool) -> Iterator[tuple[Row, str]]:
    return ((row, (row.head or "") if by_name else mask_name(row.head or "")) for row in rows)


def asked_of(own: OwnDepartment, area: str, category: str, risk: str) -> Asked:
    """What is wanted of the list; BadInput for a category that another department certifies."""
    if category and category not in own.categories:
        raise BadInput("这个类别不由本部门认定，请从列表里选择。")
    if risk and risk not in RISK:
        raise BadInput("危险等级不对，请从列表里选择。")
    return Asked(area.strip() or None, category or None, risk or None)


def _place(text: str) -> tuple[str, int]:
    code, _, number = text.partition("-")
    place = whole_number(number, most=MOST_BIGINT) if number else None
    return (code, place) if place is not None and code.isascii() and code.isdigit() else ("", 0)
