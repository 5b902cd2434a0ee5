"""The API of 叫应: the board, its presses, the record."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import render
from geo_housing.calls import record_sheet, service
from geo_housing.calls.models import Call
from geo_housing.calls.night import Line, night
from geo_housing.calls.queries import Entry, event_of, reply_after
from geo_housing.clock import BEIJING
from geo_housing.errors import NotFound
from geo_housing.files.response import made_file
from geo_housing.response.file_names import event_file
from geo_housing.response.steps.call_forms import Press, Start, person_of_form
from geo_housing.response.steps.call_text import text_for
from geo_housing.scope import AreaScope

router = APIRouter(tags=["calls"])

Viewer = Annotated[Access, requires("events.view")]
Caller = Annotated[Access, requires(service.WORK)]
AsOf = Annotated[datetime | None, Query()]


class StartBody(Start):
    """A call that begins."""

    model_config = ConfigDict(extra="forbid")


class PressBody(Press):
    """What came of a call."""

    model_config = ConfigDict(extra="forbid")


@router.get("/api/v1/events/{event_id}/calls")
def get_calls(event_id: int, access: Viewer, area: str | None = None, as_of: AsOf = None) -> Any:
    """The board, the first to be dealt with on top; numbers stay masked. ``as_of``: as it was known then."""
    event = event_of(access.session, event_id, access.actor.scope)
    scope = access.actor.scope.narrowed(area)
    found = night(access.session, access.actor, event_id, scope, ring=None, as_of=aware(as_of))
    return {
        "event": event.id,
        "mode": event.mode,
        "as_of": found.as_of.isoformat(timespec="seconds"),
        "reached": found.board.reached,
        "unanswered": found.board.unanswered,
        "waiting": found.board.waiting,
        # Not among those to be called: their warnings were lifted before they answered.
        "lifted": found.board.lifted,
        "total": found.board.total,
        # Called before, have left the zones since, and not told so yet; in none of the figures above.
        "to_tell": found.board.to_tell,
        # After 误发撤销 the board is that of telling it: who was called waits to be told, and is reached when told.
        "is_of_mistake": found.is_of_mistake,
        "next_after_minutes": int(found.next_after.total_seconds() // 60),
        "items": [_line_json(line) for line in found.lines],
    }


@router.get("/api/v1/events/{event_id}/calls/at/{code}/text")
def get_text(event_id: int, code: str, access: Viewer, way: Literal["phone", "message"] = "phone") -> Any:
    """What is read out to one division, or sent to it (``way=message``)."""
    event = event_of(access.session, event_id, access.actor.scope)
    return asdict(text_for(access, event, AreaScope(code), is_written=way == "message"))


@router.post("/api/v1/events/{event_id}/calls/at/{code}")
def post_call(event_id: int, code: str, request: Request, access: Caller, body: StartBody) -> Any:
    """Somebody is being called for a division: of the roster (``contact``), or typed."""
    person = person_of_form(request, access, code, body)
    return _call_json(
        service.start_call(access.session, access.actor, event_id, code, person, body.press(), way=body.way)
    )


@router.post("/api/v1/events/{event_id}/calls/{call_id}/{act}")
def post_press(event_id: int, call_id: int, act: str, access: Caller, body: PressBody) -> Any:
    """``answer``, ``hand-on``, ``reply`` or ``undo`` of a call; 409 when it stands otherwise than ``seen`` (its version)."""
    session, actor = access.session, access.actor
    event_of(session, event_id, actor.scope)
    press = body.press()
    if act == "answer":
        within = reply_after(session, actor.scope)
        return _call_json(service.answered(session, actor, call_id, press, said=body.words, reply_within=within))
    if act == "hand-on":
        return _call_json(service.not_answered(session, actor, call_id, press))
    if act == "reply":
        return _call_json(service.reported_back(session, actor, call_id, press, reply=body.words))
    if act == "undo":
        return _call_json(service.take_back(session, actor, call_id, press, reason=body.reason))
    raise NotFound("没有这种操作：可用 answer、hand-on、reply、undo。")


@router.get("/api/v1/events/{event_id}/calls.xlsx")
def get_record(event_id: int, access: Viewer, area: str | None = None, as_of: AsOf = None) -> Response:
    """叫应记录 as a workbook, as it was known at a moment."""
    found = record_sheet.record_of(
        access.session, access.actor, event_id, area=area or None, as_of=aware(as_of), form="xlsx"
    )
    name = event_file(access, record_sheet.TITLE, found.event, found.as_of, area)
    rows = {"X-Rows": str(len(found.rows))}
    return made_file(lambda path: record_sheet.write_workbook(found, path), name, headers=rows)


@router.get("/events/{event_id}/calls/print", include_in_schema=False)
def printed_record(event_id: int, request: Request, access: Viewer, area: str = "", as_of: AsOf = None) -> Response:
    """叫应记录 on A4, as it was known at a moment."""
    found = record_sheet.record_of(
        access.session, access.actor, event_id, area=area or None, as_of=aware(as_of), form="print"
    )
    return record_paper(request, access, found, area)


def record_paper(request: Request, access: Access, found: record_sheet.Record, area: str) -> Response:
    """The record as an A4 page."""
    return render(
        request,
        access,
        "response/calls_paper.html",
        record=found,
        full=found.full,
        title=record_sheet.title_of(found),
        subtitle=record_sheet.subtitle_of(found),
        heads=[label for label, _ in record_sheet.HEADS],
        rows=[record_sheet.cells_of(row, number) for number, row in enumerate(found.rows, start=1)],
        area=area,
    )


def aware(at: datetime | None) -> datetime | None:
    """A moment without a zone is Beijing's."""
    return at.replace(tzinfo=BEIJING) if at is not None and at.tzinfo is None else at


def _line_json(line: Line) -> dict[str, Any]:
    row = line.row
    return {
        "code": line.place.code,
        "name": line.place.name,
        "is_concerned": line.place.is_concerned,
        "disputed": line.place.disputed,
        "has_left": row.has_left,
        "state": row.state,
        "reached": row.reached,
        "unanswered_since": _iso(row.since),
        "reply_by": _iso(row.reply_by),
        "is_reply_late": row.is_reply_late,
        "all_tried": row.all_tried,
        "next": None if line.next is None else {**asdict(line.next), "numbers": None},
        "seen": row.newest,
        "villages": None if line.below is None else asdict(line.below),
        "calls": [_entry_json(call) for call in line.calls],
    }


def _entry_json(call: Entry) -> dict[str, Any]:
    told = asdict(call)
    return {name: _iso(value) if isinstance(value, datetime) else value for name, value in told.items()}


def _call_json(call: Call) -> dict[str, Any]:
    return {
        "id": call.id,
        "area_code": call.scope_code,
        "state": call.state,
        "is_void": call.is_void,
        "called_at": _iso(call.called_at),
        "answered_at": _iso(call.answered_at),
        "reply_by": _iso(call.reply_by),
        "replied_at": _iso(call.replied_at),
        "version": call.version,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
