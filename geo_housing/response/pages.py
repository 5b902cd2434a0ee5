"""灾害应急: the list of events, the event's page with what to do next, its villages, the printed list."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from pydantic import StringConstraints
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.area_codes import county_of, is_village, township_of
from geo_housing.areas.queries import name_of_area, names_of
from geo_housing.clock import now
from geo_housing.errors import GeoHousingError, NotFound, TooLarge
from geo_housing.hazards.first_list import first_of_event
from geo_housing.hazards.over import Stand, over_events
from geo_housing.hazards.queries import Affected, affected
from geo_housing.hazards.received import levels_in_force, reasons_at, warnings_of
from geo_housing.hazards.renaming import rename_event
from geo_housing.inspections.loose.queries import waiting_counts
from geo_housing.response import queries, service
from geo_housing.response.at_rest import standing
from geo_housing.response.course import acts_of
from geo_housing.response.grounds import early_grounds, enter_grounds, grounds_of
from geo_housing.response.line import event_lines
from geo_housing.response.next_step import Situation, before_that, next_step, other_steps
from geo_housing.response.papers.paper import paper_of
from geo_housing.response.papers.parts import INSPECTIONS, parts_of_list
from geo_housing.response.rows import PAGE_ROWS, RowPosition, place_of, rows_of
from geo_housing.response.situation import COMPARED_AT_ONCE, situation_of
from geo_housing.response.standing.details import persons_of
from geo_housing.response.steps.tabs import tabs_of
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
    RESPONSE_LEVEL,
    RISK,
    STRUCTURE,
    TRAIT,
    WARNING_ACTION,
    WARNING_LEVEL,
)

router = APIRouter(prefix="/events", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]
Editor = Annotated[Access, requires("events.edit")]
Responder = Annotated[Access, requires("events.respond")]
# A township, or the county for what lies in none.
GroundCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[0-9]{9})$")]
SHOWN_EVENTS = 100
SHOWN_ACTS = 60
WORDS: dict[str, Any] = {
    "kind": EVENT_KIND, "level": WARNING_LEVEL, "phase": EVENT_PHASE, "mode": EVENT_MODE, "state": INSPECTION_STATE,
    "risk": RISK, "structure": STRUCTURE, "trait": TRAIT, "category": CATEGORY, "result": CHECK_RESULT,
    "damage": DAMAGE_CLASS, "key_groups": KEY_GROUPS, "action": WARNING_ACTION, "response_level": RESPONSE_LEVEL,
}  # fmt: skip


@router.get("")
def event_list(request: Request, access: Viewer) -> Response:
    """Open events on top, then those that have ended."""
    entries = queries.events_page(access.session, access.actor.scope, limit=SHOWN_EVENTS)
    is_open = [entry.event.phase in queries.OPEN_PHASES for entry in entries]
    events = [entry.event for entry in entries]
    going_on = [event for event in events if event.phase in queries.OPEN_PHASES]
    return render(
        request,
        access,
        "response/events.html",
        open_events=[entry for entry, still in zip(entries, is_open, strict=True) if still],
        ended=[entry for entry, still in zip(entries, is_open, strict=True) if not still],
        # As the line under the top bar says it: what to do next depends on it.
        over=over_events(access.session, going_on, access.actor.scope.prefix),
        levels=levels_in_force(access.session, events),
        words=WORDS,
    )


@router.get("/line")
def event_line(request: Request, access: Viewer) -> Response:
    """The line of the open events under the top bar; asked again every minute."""
    lines = event_lines(access.session, access.actor.scope)
    return render(request, access, "frame/event_line.html", lines=lines, as_of=now())


@router.get("/{event_id}")
def event_page(event_id: int, request: Request, access: Viewer) -> Response:
    """One event: what to do next, whom it concerns, how far the inspections are, what was done."""
    return _event_page(request, access, event_id)


@router.get("/{event_id}/progress")
def progress_part(event_id: int, request: Request, access: Viewer) -> Response:
    """The table of progress alone; the page asks for it again by itself."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    found = queries.progress(access.session, event_id, access.actor.scope)
    entered = early_grounds(access.session, event)
    return render(request, access, "response/progress.html", event=event, progress=found, entered=entered, words=WORDS)


@router.post("/{event_id}/respond")
def post_respond(
    event_id: int,
    request: Request,
    access: Responder,
    expired: Annotated[bool, Form()] = False,
    revision: Annotated[int | None, Form()] = None,
    told_too: Annotated[bool, Form()] = False,
) -> Response:
    """下达任务, or bring the tasks in step with the zones that the page showed (``revision``)."""
    try:
        with access.session.begin_nested():
            done = service.respond(
                access.session, access.actor, event_id, even_if_expired=expired, revision=revision, told_too=told_too
            )
    except NotFound:
        raise
    except GeoHousingError as error:
        return _event_page(request, access, event_id, error)
    parts = [f"新下达 {done.opened:,} 栋", f"原有 {done.kept:,} 栋"]
    if done.withdrawn:
        parts.append(f"撤销 {done.withdrawn:,} 栋")
    if done.evacuation.opened or done.evacuation.withdrawn:
        parts.append(f"转移名单新增 {done.evacuation.opened:,} 户")
    if done.evacuation.withdrawn:
        parts.append(f"撤下 {done.evacuation.withdrawn:,} 户")
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


@router.post("/{event_id}/name")
def post_name(
    event_id: int,
    request: Request,
    access: Editor,
    was: Annotated[str, Form(max_length=400)],
    name: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Call the event otherwise; without a name by area, kind and time again."""
    try:
        with access.session.begin_nested():
            is_renamed = rename_event(access.session, access.actor, event_id, name, was=was)
    except NotFound:
        raise
    except GeoHousingError as error:
        return _event_page(request, access, event_id, error)
    toast = "已改名；以前打印、导出的仍是原名。" if is_renamed else "名称没有改变。"
    return redirect(f"/events/{event_id}", request=request, toast=toast)


@router.post("/{event_id}/grounds")
def post_grounds(
    event_id: int,
    request: Request,
    access: Responder,
    area: Annotated[tuple[GroundCode, ...], Form()] = (),
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Let townships enter 灾后排查 for their own ground."""
    try:
        with access.session.begin_nested():
            done = enter_grounds(access.session, access.actor, event_id, area, reason=reason)
    except NotFound:
        raise
    except GeoHousingError as error:
        return _event_page(request, access, event_id, error)
    said = (
        f"{len(done.grounds)} 个乡镇已进入“灾后排查”，{done.started:,} 栋起算时限。"
        if done.grounds
        else "所选乡镇先前已进入“灾后排查”。"
    )
    return redirect(f"/events/{event_id}", request=request, toast=said)


@router.get("/{event_id}/steps")
def steps_part(event_id: int, request: Request, access: Viewer, here: str = "") -> Response:
    """The tabs of the steps alone: their open counts are asked again by the page."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    tabs = tabs_of(access.session, access.actor, event)
    return render(request, access, "response/steps.html", event=event, tabs=tabs, here=here)


@router.get("/{event_id}/next")
def next_part(event_id: int, request: Request, access: Viewer) -> Response:
    """What to do next alone: the page asks for it when tasks and zones of a large event must be compared."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    found = affected(access.session, event_id, access.actor.scope)
    situation = situation_of(access.session, access.actor, event, found)
    return render(request, access, "response/next.html", event=event, **_steps(access, situation))


@router.get("/{event_id}/areas/{code}")
def area_rows(event_id: int, code: str, request: Request, access: Viewer, after: str | None = None) -> Response:
    """The inspections of one village (or township): what must be done first on top; the row opens the form."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    scope = access.actor.scope.narrowed(code)
    found_rows = rows_of(access.session, access.actor, event_id, scope, limit=PAGE_ROWS + 1, after=place_of(after))
    rows = found_rows[:PAGE_ROWS]
    following = (
        RowPosition(rows[-1].id, rows[-1].state == "done" and not rows[-1].again)
        if len(found_rows) > PAGE_ROWS
        else None
    )
    found = queries.progress(access.session, event_id, scope)
    stand = Stand(access.session, event)
    return render(
        request,
        access,
        "response/area.html",
        event=event,
        kind=queries.kind_label(event),
        code=code,
        name=_place(access, code),
        reasons=reasons_at(access.session, event_id, code),
        over=stand.over_at(code),
        level_in_force=stand.level,
        entered=early_grounds(access.session, event),
        rows=rows,
        names=names_of(access.session, {row.scope_code for row in rows}),
        total=found.total,
        again=found.again.get(code, 0),
        is_first=after is None,
        following=following,
        words=WORDS,
    )


@router.get("/{event_id}/print")
def printed_list(event_id: int, request: Request, access: Viewer, area: str | None = None) -> Response:
    """分村应急排查名单 as A4 pages, one village after the other, each with a small map; journalled as an export."""
    base_map = request.app.state.settings.base_map
    try:
        found = paper_of(access.session, access.actor, event_id, area=area, base_map=base_map)
    except TooLarge as error:
        return parts_of_list(request, access, event_id, area, error, INSPECTIONS)
    return render(request, access, "response/paper.html", paper=found, full=found.full, words=WORDS)


def _event_page(request: Request, access: Access, event_id: int, error: GeoHousingError | None = None) -> Response:
    session, actor = access.session, access.actor
    event = queries.event_of(session, event_id, actor.scope)
    found = affected(session, event_id, actor.scope)
    situation = situation_of(session, actor, event, found, at_once=COMPARED_AT_ONCE)
    warnings, stand = warnings_of(session, event_id), Stand(session, event)
    return render(
        request,
        access,
        "response/event.html",
        status_code=status_of(error),
        event=event,
        tabs=tabs_of(session, actor, event),
        here="",
        kind=queries.kind_label(event),
        affected=found,
        first=(first := first_of_event(session, event_id, actor.scope)),
        first_people=persons_of(session, [area.zone_id for area in first.areas]),
        townships=affected_townships(found),
        names=names_of(session, {township_of(area.code) for area in found.areas} | {event.scope_code}),
        leads=actor.scope.covers(event.scope_code),
        photos_waiting=sum(waiting_counts(session, event_id, actor.scope).values())
        if actor.may("inspections.enter")
        else 0,
        may_list=actor.may("export") or actor.may("inspections.enter"),
        **_steps(access, situation),
        progress=queries.progress(session, event_id, actor.scope),
        grounds=grounds_of(session, event, actor.scope),
        entered=early_grounds(session, event),
        revisions=queries.revisions(session, event_id),
        acts=acts_of(session, actor, event, limit=SHOWN_ACTS)[0],
        warnings=warnings,
        ended_by={one.id: "correction" if one.is_correction else one.action for one in warnings},
        # As the head of every step has it.
        over=stand.over_at(actor.scope.prefix),
        level_in_force=stand.level,
        outlines=queries.township_outlines(session, actor.scope.narrowed(county_of(event.scope_code))),
        error=error,
        words=WORDS,
    )


def _steps(access: Access, situation: Situation | None) -> dict[str, Any]:
    """The main button and the other ones for those who may press them; ``situation`` None: still to be compared."""
    may_lead = access.actor.may("events.respond")
    return {
        "situation": situation,
        "standing": standing(situation) if situation else None,
        "before": before_that(situation) if situation else None,
        "next": next_step(situation) if situation and may_lead else None,
        "others": other_steps(situation) if situation and may_lead else (),
    }


def affected_townships(found: Affected) -> list[dict[str, Any]]:
    """The villages of an analysis under their townships, both with the most dangerous houses first."""
    groups: dict[str, dict[str, Any]] = {}
    for area in found.areas:
        group = groups.setdefault(
            township_of(area.code), {"code": township_of(area.code), "villages": [], "by_risk": {}}
        )
        group["villages"].append(area)
        for name in ("houses", "households", "people", "households_without_size", "uncertain"):
            group[name] = group.get(name, 0) + getattr(area, name)
        for risk, count in area.by_risk.items():
            group["by_risk"][risk] = group["by_risk"].get(risk, 0) + count
    for group in groups.values():
        group["villages"].sort(key=lambda area: (-area.by_risk["D"] - area.by_risk["C"], -area.houses, area.code))
    return sorted(groups.values(), key=lambda g: (-g["by_risk"]["D"] - g["by_risk"]["C"], -g["houses"], g["code"]))


def _place(access: Access, code: str) -> str:
    scope = AreaScope(code)
    own = name_of_area(access.session, scope.prefix) or code
    above = name_of_area(access.session, township_of(code)) if is_village(code) else None
    return f"{above} · {own}" if above else own
