"""报告: 快报, 续报, 晨报 in one press, their words, the files that go out, the 更正 of one that went out."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from geo_housing import clock
from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.clock import now
from geo_housing.errors import BadInput, GeoHousingError, NotFound
from geo_housing.files.response import DOCX, XLSX, made_file
from geo_housing.journal.service import Subject, record
from geo_housing.numbers import whole_number
from geo_housing.response.file_names import event_file
from geo_housing.response.queries import event_of
from geo_housing.response.reports import losses, service
from geo_housing.response.reports.figures import figures_of
from geo_housing.response.reports.late import entered_late
from geo_housing.response.reports.showing import shown
from geo_housing.response.reports.wording import file_name, kind_said
from geo_housing.response.steps.tabs import head_of
from geo_housing.words import DAMAGE_CLASS, EVENT_MODE, EVENT_PHASE, REPORT_KIND, WARNING_LEVEL

router = APIRouter(prefix="/events/{event_id}/reports", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]
Maker = Annotated[Access, requires(service.MAKE)]
Exporter = Annotated[Access, requires("export.personal")]
Typed = Annotated[str, Form(max_length=service.MOST_TEXT)]
NAME = "reports"
WORDS: dict[str, Any] = {
    "phase": EVENT_PHASE,
    "level": WARNING_LEVEL,
    "mode": EVENT_MODE,
    "kind": REPORT_KIND,
    "damage": DAMAGE_CLASS,
}
MEDIA = {"docx": DOCX, "xlsx": XLSX}


@router.get("")
def reports_page(event_id: int, request: Request, access: Viewer) -> Response:
    """All reports of one's own area, the newest first, and the button for the next one."""
    return _list(request, access, event_id)


@router.post("")
def post_report(
    event_id: int,
    request: Request,
    access: Maker,
    kind: Annotated[str, Form(max_length=20)] = "",
    as_of: Annotated[str, Form(max_length=30)] = "",
    corrects: Annotated[str, Form(max_length=10)] = "",
    reason: Typed = "",
    client_id: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Freeze the figures of now; a correction names the report that it corrects."""
    try:
        with access.session.begin_nested():
            wanted = service.Wanted(
                kind or None,
                clock.typed_until(as_of, "截至时间"),
                whole_number(corrects) if corrects else None,
                reason or None,
                client_id or None,
            )
            row = service.make_report(access.session, access.actor, event_id, wanted)
    except NotFound:
        raise
    except GeoHousingError as error:
        return _list(request, access, event_id, error)
    toast = f"第 {row.number} 期已生成，数字已固定；请补充困难和下一步，然后定稿。"
    return redirect(f"/events/{event_id}/reports/{row.number}", request=request, toast=toast)


@router.get("/losses.xlsx")
def losses_file(event_id: int, access: Exporter, area: str | None = None) -> Response:
    """因灾倒塌损坏住房户台账 as a workbook."""
    event = event_of(access.session, event_id, access.actor.scope)
    found = losses.loss_ledger(access.session, access.actor, event, area=area)
    name = event_file(access, losses.TITLE, event, now(), area)
    return made_file(lambda path: losses.write_losses(found, path), name)


@router.get("/{number}")
def report_page(event_id: int, number: int, request: Request, access: Viewer) -> Response:
    """One report as it goes out."""
    return _report(request, access, event_id, number)


@router.post("/{number}")
def post_words(
    event_id: int,
    number: int,
    request: Request,
    access: Maker,
    difficulties: Typed = "",
    next_steps: Typed = "",
    version: Annotated[str, Form(max_length=10)] = "",
    send: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Save the words; with ``send`` the report is final and nothing of it changes any more."""
    typed = {"difficulties": difficulties, "next_steps": next_steps}
    try:
        with access.session.begin_nested():
            stated = whole_number(version)
            if stated is None:
                raise BadInput("页面缺少版本号，请刷新页面后重新填写。")
            row = service.write_words(
                access.session,
                access.actor,
                event_id,
                number,
                difficulties=difficulties,
                next_steps=next_steps,
                version=stated,
            )
            if send:
                row = service.send_report(access.session, access.actor, event_id, number, version=row.version)
    except NotFound:
        raise
    except GeoHousingError as error:
        return _report(request, access, event_id, number, error=error, typed=typed)
    toast = f"第 {number} 期已定稿。" if row.sent_at else "已保存。"
    return redirect(f"/events/{event_id}/reports/{number}", request=request, toast=toast)


@router.post("/{number}/drop")
def post_drop(
    event_id: int,
    number: int,
    request: Request,
    access: Maker,
    drop_reason: Annotated[str, Form(max_length=300)] = "",
    version: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """作废草稿: a draft that nobody wants keeps its number and counts nowhere."""
    try:
        with access.session.begin_nested():
            stated = whole_number(version)
            if stated is None:
                raise BadInput("页面缺少版本号，请刷新页面后重新填写。")
            service.drop_draft(access.session, access.actor, event_id, number, reason=drop_reason, version=stated)
    except NotFound:
        raise
    except GeoHousingError as error:
        return _report(request, access, event_id, number, error=error)
    return redirect(f"/events/{event_id}/reports", request=request, toast=f"第 {number} 期草稿已作废，期号不再使用。")


@router.get("/{number}/file.{ending}")
def report_file(event_id: int, number: int, ending: str, access: Viewer) -> Response:
    """The report as .docx or .xlsx; journalled as an export."""
    if ending not in MEDIA:
        raise NotFound("报告只有 .docx 和 .xlsx 两种文件。")
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    row = service.report_of(session, event_id, number, actor.scope)
    report = shown(session, event, row)
    record(
        session,
        actor,
        "export.report",
        Subject("event", str(event_id), row.scope_code),
        counts={"number": number},
        note=ending,
    )
    name = file_name(report.heading, event_id, ending)
    return made_file(lambda path: report.write(ending, path), name, media_type=MEDIA[ending])


def _list(request: Request, access: Access, event_id: int, error: GeoHousingError | None = None) -> Response:
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    rows = service.reports_of(session, event_id, actor.scope)
    put_right = service.kinds_put_right(rows)
    return render(
        request,
        access,
        "response/reports.html",
        status_code=status_of(error),
        event=event,
        head=head_of(session, actor, event),
        here=NAME,
        rows=[(row, figures_of(row.figures)) for row in rows],
        numbers={row.id: row.number for row in rows},
        kinds={row.id: kind_said(row.kind, put_right[row.id]) for row in rows},
        corrections={row.corrects: row for row in rows if row.corrects is not None and row.dropped_at is None},
        is_first=all(row.dropped_at is not None for row in rows),
        may_make=actor.may(service.MAKE) and event.phase != "draft",
        may_losses=actor.may("export.personal"),
        error=error,
        words=WORDS,
    )


def _report(
    request: Request,
    access: Access,
    event_id: int,
    number: int,
    *,
    error: GeoHousingError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    row = service.report_of(session, event_id, number, actor.scope)
    return render(
        request,
        access,
        "response/report.html",
        status_code=status_of(error),
        event=event,
        head=head_of(session, actor, event),
        here=NAME,
        report=shown(session, event, row),
        correction=service.correction_of(session, row),
        typed=typed or {"difficulties": row.difficulties or "", "next_steps": row.next_steps or ""},
        may_make=actor.may(service.MAKE),
        # A 更正 is made of what is sent.
        late=entered_late(session, row) if row.sent_at and actor.may(service.MAKE) else None,
        error=error,
        words=WORDS,
    )
