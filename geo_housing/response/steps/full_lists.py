"""含完整电话的名单: the lists of the night with full telephone numbers, for those entitled who say what for.

By POST alone, because for whom and what for must stand in no address; on every page stands who took it, and the journal has
an entry. The lists that everybody else gets, and that are the default, show masked numbers.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import render
from geo_housing.calls import record_sheet
from geo_housing.errors import TooLarge
from geo_housing.files.response import made_file
from geo_housing.hazards.models import HazardEvent
from geo_housing.keys import load_keys
from geo_housing.response import lists
from geo_housing.response.file_names import event_file
from geo_housing.response.papers.list_workbook import write_workbook
from geo_housing.response.papers.paper import paper_of
from geo_housing.response.papers.parts import INSPECTIONS, MOVES, parts_of_list
from geo_housing.response.queries import event_of
from geo_housing.response.steps import evacuation_list
from geo_housing.response.steps.calls_api import aware, record_paper
from geo_housing.response.steps.evacuation_paper import paper_response
from geo_housing.roster.full_phones import FullPhones, asked_for
from geo_housing.words import CHECK_RESULT, EVENT_PHASE, RISK, STRUCTURE, TRAIT, WARNING_LEVEL

router = APIRouter(prefix="/events/{event_id}", include_in_schema=False)

Taker = Annotated[Access, requires("export.personal")]
PAPER_WORDS: dict[str, Any] = {
    "level": WARNING_LEVEL, "phase": EVENT_PHASE, "risk": RISK, "structure": STRUCTURE, "trait": TRAIT, "result": CHECK_RESULT,
}  # fmt: skip


class Asked(BaseModel):
    """What the press sends: which part of the list, what for."""

    model_config = ConfigDict(extra="ignore")

    area: Annotated[str, Field(pattern=r"^[0-9]{0,12}$")] = ""
    purpose: Annotated[str, Field(max_length=1000)] = ""
    as_of: Annotated[datetime | None, BeforeValidator(lambda value: None if value == "" else value)] = None


Sent = Annotated[Asked, Form()]


@router.post("/evacuation/list-full.xlsx")
def take_moves(event_id: int, request: Request, access: Taker, sent: Sent) -> Response:
    """分村转移避险名单 as a workbook; filled in it comes back like the other one."""
    full = _full(request, access, event_id, sent)
    found = evacuation_list.move_list(access.session, access.actor, event_id, area=sent.area or None, full=full)
    name = _file_name(access, evacuation_list.TITLE, found.event, full, sent)
    return made_file(lambda path: evacuation_list.write_moves(found, path), name, headers=_rows(len(found.rows)))


@router.post("/evacuation/print-full")
def print_moves(event_id: int, request: Request, access: Taker, sent: Sent) -> Response:
    """The same on A4."""
    full = _full(request, access, event_id, sent)
    area = sent.area or None
    try:
        found = evacuation_list.move_list(access.session, access.actor, event_id, area=area, full=full, form="print")
    except TooLarge as error:
        return parts_of_list(request, access, event_id, area, error, MOVES, full=full)
    return _unkept(paper_response(request, access, found))


@router.post("/list-full.xlsx")
def take_inspections(event_id: int, request: Request, access: Taker, sent: Sent) -> Response:
    """分村应急排查名单 as a workbook; filled in it comes back like the other one."""
    full = _full(request, access, event_id, sent)
    found = lists.village_list(access.session, access.actor, event_id, area=sent.area or None, full=full)
    name = _file_name(access, lists.TITLE, found.event, full, sent)
    return made_file(lambda path: write_workbook(found, path), name, headers=_rows(len(found.rows)))


@router.post("/print-full")
def print_inspections(event_id: int, request: Request, access: Taker, sent: Sent) -> Response:
    """The same on A4."""
    full = _full(request, access, event_id, sent)
    base_map, area = request.app.state.settings.base_map, sent.area or None
    try:
        found = paper_of(access.session, access.actor, event_id, area=area, base_map=base_map, full=full)
    except TooLarge as error:
        return parts_of_list(request, access, event_id, area, error, INSPECTIONS, full=full)
    return _unkept(render(request, access, "response/paper.html", paper=found, full=full, words=PAPER_WORDS))


@router.post("/calls/record-full.xlsx")
def take_calls(event_id: int, request: Request, access: Taker, sent: Sent) -> Response:
    """叫应记录 as a workbook."""
    full, found = _record(event_id, request, access, sent, form="xlsx")
    name = _file_name(access, record_sheet.TITLE, found.event, full, sent)
    return made_file(lambda path: record_sheet.write_workbook(found, path), name, headers=_rows(len(found.rows)))


@router.post("/calls/print-full")
def print_calls(event_id: int, request: Request, access: Taker, sent: Sent) -> Response:
    """The same on A4."""
    _, found = _record(event_id, request, access, sent, form="print")
    return _unkept(record_paper(request, access, found, sent.area))


def _record(
    event_id: int, request: Request, access: Access, sent: Asked, *, form: str
) -> tuple[FullPhones, record_sheet.Record]:
    full = _full(request, access, event_id, sent)
    found = record_sheet.record_of(
        access.session,
        access.actor,
        event_id,
        area=sent.area or None,
        as_of=aware(sent.as_of),
        form=form,
        full=full,
    )
    return full, found


def _full(request: Request, access: Access, event_id: int, sent: Asked) -> FullPhones:
    event = event_of(access.session, event_id, access.actor.scope)
    ring = load_keys(request.app.state.settings.keys_file)
    return asked_for(access.actor, is_drill=event.mode == "drill", purpose=sent.purpose, ring=ring)


def _file_name(access: Access, title: str, event: HazardEvent, full: FullPhones, sent: Asked) -> str:
    return event_file(access, f"{title}-{full.in_file_name}", event, full.at, sent.area)


def _rows(count: int) -> dict[str, str]:
    return {"X-Rows": str(count)}


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response
