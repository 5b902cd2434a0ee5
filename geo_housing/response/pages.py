"""灾害应急: the list of events, a new event, the event's page with what to do next, its villages, the printed list."""

from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.areas.queries import area_names, name_of_area
from geo_housing.clock import now
from geo_housing.errors import GeoHousingError, NotFound
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.queries import Affected, affected
from geo_housing.journal.queries import Wanted, entries
from geo_housing.journal.wording import action_label, changes, figures
from geo_housing.response import queries, service
from geo_housing.response.event_form import EventForm, sent_event
from geo_housing.response.next_step import next_step, other_steps
from geo_housing.response.paper import paper_of
from geo_housing.response.rows import PAGE_ROWS, rows_of
from geo_housing.response.situation import situation_of
from geo_housing.scope import AreaScope
from geo_housing.words import (
    CATEGORY,
    CHECK_RESULT,
    DAMAGE_CLASS,
    EVENT_KIND,
    EVENT_MODE,
    EVENT_PHASE,
    INSPECTION_STATE,
    KEY_GROUPS,
    RISK,
    STRUCTURE,
    TRAIT,
    WARNING_LEVEL,
)

router = APIRouter(prefix="/events", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]
Editor = Annotated[Access, requires("events.edit")]
Responder = Annotated[Access, requires("events.respond")]
SHOWN_EVENTS = 100
SHOWN_ACTS = 60
WORDS: dict[str, Any] = {
    "kind": EVENT_KIND, "level": WARNING_LEVEL, "phase": EVENT_PHASE, "mode": EVENT_MODE, "state": INSPECTION_STATE,
    "risk": RISK, "structure": STRUCTURE, "trait": TRAIT, "category": CATEGORY, "result": CHECK_RESULT,
    "damage": DAMAGE_CLASS, "key_groups": KEY_GROUPS,
}  # fmt: skip


@router.get("")
def event_list(request: Request, access: Viewer) -> Response:
    """Open events on top, then those that have ended."""
    entries = queries.events_page(access.session, access.actor.scope, limit=SHOWN_EVENTS)
    is_open = [entry.event.phase in queries.OPEN_PHASES for entry in entries]
    return render(
        request,
        access,
        "response/events.html",
        open_events=[entry for entry, still in zip(entries, is_open, strict=True) if still],
        ended=[entry for entry, still in zip(entries, is_open, strict=True) if not still],
        words=WORDS,
    )


@router.get("/line")
def event_line(request: Request, access: Viewer) -> Response:
    """The line of the open events under the top bar; asked again every minute."""
    lines = []
    for entry in queries.events_page(access.session, access.actor.scope, only_open=True, limit=3):
        lines.append(
            {
                "level": entry.event.level,
                "is_drill": entry.event.mode == "drill",
                "text": line_text(entry),
                "address": f"/events/{entry.event.id}",
                "as_of": now(),
            }
        )
    return render(request, access, "frame/event_line.html", lines=lines)


def line_text(entry: queries.EventEntry) -> str:
    """暴雨红色预警 · 灾后排查 · 待排查 1,204 · 逾期 14."""
    event, states = entry.event, entry.states
    level = "" if event.level == "ungraded" else f"{WARNING_LEVEL.label(event.level)}预警"
    parts = [f"{event.name}" if not level else f"{event.name}（{entry.kind_label}{level}）"]
    parts.append(EVENT_PHASE.label(event.phase))
    waiting = states.get("open", 0) + states.get("in_progress", 0)
    if states.get("prepared"):
        parts.append(f"待开始 {states['prepared']:,}")
    if waiting:
        parts.append(f"待排查 {waiting:,}")
    if entry.overdue:
        parts.append(f"逾期 {entry.overdue:,}")
    return " · ".join(parts)


@router.get("/new")
def new_event(request: Request, access: Editor) -> Response:
    """The form: what, how strong, where."""
    return _event_form(request, access, EventForm())


@router.post("/new")
def post_new_event(request: Request, access: Editor, form: Annotated[EventForm, Depends(sent_event)]) -> Response:
    """Make the event; a refusal keeps what was typed and says what is wrong."""
    try:
        with access.session.begin_nested():
            loaded = form.load(access.session, access.actor)
    except GeoHousingError as error:
        return _event_form(request, access, form, error)
    return redirect(f"/events/{loaded.zoned.event_id}", request=request, toast=_loaded_toast(loaded, "已新建事件"))


@router.get("/{event_id}/zones")
def zones_form(event_id: int, request: Request, access: Editor) -> Response:
    """The form for other zones of the same event."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    return _event_form(request, access, EventForm(name=event.name, kind=event.kind, level=event.level), event=event)


@router.post("/{event_id}/zones")
def post_zones(
    event_id: int, request: Request, access: Editor, form: Annotated[EventForm, Depends(sent_event)]
) -> Response:
    """Replace the zones: added houses get their tasks at once, withdrawing waits for the button."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    try:
        with access.session.begin_nested():
            loaded = form.load(access.session, access.actor, event_id=event_id)
    except GeoHousingError as error:
        return _event_form(request, access, form, error, event=event)
    return redirect(f"/events/{event_id}", request=request, toast=_loaded_toast(loaded, "已更新影响范围"))


@router.get("/{event_id}")
def event_page(event_id: int, request: Request, access: Viewer) -> Response:
    """One event: what to do next, whom it concerns, how far the inspections are, what was done."""
    return _event_page(request, access, event_id)


@router.get("/{event_id}/progress")
def progress_part(event_id: int, request: Request, access: Viewer) -> Response:
    """The table of progress alone; the page asks for it again by itself."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    found = queries.progress(access.session, event_id, access.actor.scope)
    return render(request, access, "response/progress.html", event=event, progress=found, words=WORDS)


@router.post("/{event_id}/respond")
def post_respond(
    event_id: int, request: Request, access: Responder, expired: Annotated[bool, Form()] = False
) -> Response:
    """下达任务, or bring the tasks in step with the zones."""
    try:
        with access.session.begin_nested():
            done = service.respond(access.session, access.actor, event_id, even_if_expired=expired)
    except NotFound:
        raise
    except GeoHousingError as error:
        return _event_page(request, access, event_id, error)
    parts = [f"新下达 {done.opened:,} 栋", f"原有 {done.kept:,} 栋"]
    if done.withdrawn:
        parts.append(f"撤销 {done.withdrawn:,} 栋")
    return redirect(f"/events/{event_id}", request=request, toast="任务已下达：" + "，".join(parts) + "。")


@router.post("/{event_id}/phase")
def post_phase(
    event_id: int,
    request: Request,
    access: Responder,
    phase: Annotated[str, Form(max_length=20)],
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Lead the event into its next phase."""
    try:
        with access.session.begin_nested():
            done = service.change_phase(access.session, access.actor, event_id, phase, reason=reason)
    except NotFound:
        raise
    except GeoHousingError as error:
        return _event_page(request, access, event_id, error)
    return redirect(f"/events/{event_id}", request=request, toast=f"事件已转为“{EVENT_PHASE.label(done.phase)}”。")


@router.get("/{event_id}/areas/{code}")
def area_rows(event_id: int, code: str, request: Request, access: Viewer, page: int = 1) -> Response:
    """The inspections of one village (or township): what must be done first on top; the row opens the form."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    scope = access.actor.scope.narrowed(code)
    at = max(1, min(page, 5000))
    rows = rows_of(access.session, access.actor, event_id, scope, limit=PAGE_ROWS + 1, skip=(at - 1) * PAGE_ROWS)
    found = queries.progress(access.session, event_id, scope)
    return render(
        request,
        access,
        "response/area.html",
        event=event,
        kind=queries.kind_label(event),
        code=code,
        name=_place(access, code),
        rows=rows[:PAGE_ROWS],
        names=queries.area_names_of(access.session, {row.scope_code for row in rows}),
        total=found.total,
        page=at,
        has_more=len(rows) > PAGE_ROWS,
        words=WORDS,
    )


@router.get("/{event_id}/print")
def printed_list(event_id: int, request: Request, access: Viewer, area: str | None = None) -> Response:
    """分村应急排查名单 as A4 pages, one village after the other, each with a small map; journalled as an export."""
    found = paper_of(access.session, access.actor, event_id, area=area)
    return render(request, access, "response/paper.html", paper=found, words=WORDS)


def _event_page(request: Request, access: Access, event_id: int, error: GeoHousingError | None = None) -> Response:
    session, actor = access.session, access.actor
    event = queries.event_of(session, event_id, actor.scope)
    found = affected(session, event_id, actor.scope)
    situation = situation_of(session, actor, event, found)
    may_lead = actor.may("events.respond")
    return render(
        request,
        access,
        "response/event.html",
        status_code=409 if error else 200,
        event=event,
        kind=queries.kind_label(event),
        affected=found,
        townships=affected_townships(found),
        names=queries.area_names_of(session, {area.code[:9] for area in found.areas} | {event.scope_code}),
        situation=situation,
        next=next_step(situation) if may_lead else None,
        others=other_steps(situation) if may_lead else (),
        progress=queries.progress(session, event_id, actor.scope),
        revisions=queries.revisions(session, event_id),
        acts=_acts(access, event),
        outlines=queries.township_outlines(session, actor.scope.narrowed(event.scope_code[:6])),
        error=error,
        words=WORDS,
    )


def affected_townships(found: Affected) -> list[dict[str, Any]]:
    """The villages of an analysis under their townships, both with the most dangerous houses first."""
    groups: dict[str, dict[str, Any]] = {}
    for area in found.areas:
        group = groups.setdefault(area.code[:9], {"code": area.code[:9], "villages": [], "by_risk": {}})
        group["villages"].append(area)
        for name in ("houses", "households", "people", "uncertain"):
            group[name] = group.get(name, 0) + getattr(area, name)
        for risk, count in area.by_risk.items():
            group["by_risk"][risk] = group["by_risk"].get(risk, 0) + count
    for group in groups.values():
        group["villages"].sort(key=lambda area: (-area.by_risk["D"] - area.by_risk["C"], -area.houses, area.code))
    return sorted(groups.values(), key=lambda g: (-g["by_risk"]["D"] - g["by_risk"]["C"], -g["houses"], g["code"]))


def _acts(access: Access, event: HazardEvent) -> list[dict[str, Any]]:
    wanted = Wanted(access.actor.scope, subject_kind="event", subject=str(event.id))
    found, _ = entries(access.session, wanted, limit=SHOWN_ACTS)
    return [
        {
            **asdict(entry),
            "label": action_label(entry.action),
            "figures": figures(entry.counts),
            "changes": changes(entry.diff),
        }
        for entry in found
    ]


def _event_form(
    request: Request,
    access: Access,
    form: EventForm,
    error: GeoHousingError | None = None,
    *,
    event: HazardEvent | None = None,
) -> Response:
    names = area_names(access.session)
    scope = access.actor.scope
    inside = [area for area in names if scope.covers(area.code)]
    return render(
        request,
        access,
        "response/event_form.html",
        status_code=422 if error else 200,
        form=replace(form, file=None),
        error=error,
        event=event,
        townships=[area for area in inside if area.level == "township"],
        villages=[area for area in inside if area.level == "village"],
        words=WORDS,
    )


def _loaded_toast(loaded: Any, done: str) -> str:
    zoned = loaded.zoned
    parts = [f"{done}：{zoned.zones} 个范围，{zoned.area_km2:,.2f} 平方公里"]
    if zoned.repaired:
        parts.append(f"修复 {zoned.repaired} 个图形")
    if zoned.rejected:
        parts.append(f"{zoned.rejected} 个图形不能用，未采用")
    if loaded.opened:
        parts.append(f"新增任务 {loaded.opened:,} 栋")
    if loaded.to_withdraw:
        parts.append(f"待确认撤销 {loaded.to_withdraw:,} 栋")
    return "，".join(parts) + "。"


def _place(access: Access, code: str) -> str:
    scope = AreaScope(code)
    own = name_of_area(access.session, scope.prefix) or code
    above = name_of_area(access.session, code[:9]) if len(code) == 12 else None
    return f"{above} · {own}" if above else own
