"""The API of events: zones in, whom they concern, tasks, phases, progress, village lists, standing risk areas."""

from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.errors import BadInput, Fault
from geo_housing.files.response import made_file
from geo_housing.hazards.first_list import first_of_event, first_of_geometry
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.over import Stand, over_events
from geo_housing.hazards.queries import affected, affected_by_geometry
from geo_housing.hazards.service import add_standing_areas, end_standing_area, require_whole_event
from geo_housing.hazards.sources import zones_of_drawing
from geo_housing.jobs.answer import accepted
from geo_housing.jobs.service import AT_ONCE_ROWS, defer
from geo_housing.response import lists, queries, service
from geo_housing.response.file_names import event_file
from geo_housing.response.grounds import grounds_of
from geo_housing.response.papers.list_workbook import write_workbook
from geo_housing.response.schemas import (
    EventBody,
    PhaseBody,
    PhaseOut,
    PreviewBody,
    RespondBody,
    RespondedOut,
    StandingBody,
    StandingOut,
    affected_json,
    entry_json,
    event_json,
    ground_json,
    progress_json,
    revision_json,
)
from geo_housing.response.task import RESPOND
from geo_housing.response.zones.answers import Given, Loaded, kind_word
from geo_housing.response.zones.changing import changing_json
from geo_housing.response.zones.loading import load_divisions, load_drawing, load_file
from geo_housing.response.zones.preview import drawn
from geo_housing.response.zones.redrawing import Redrawing, redrawn_by_divisions, redrawn_by_drawing, redrawn_by_file
from geo_housing.response.zones.uploads import Posted, on_disk, posted

router = APIRouter(prefix="/api/v1", tags=["events"])

Viewer = Annotated[Access, requires("events.view")]
Editor = Annotated[Access, requires("events.edit")]
Responder = Annotated[Access, requires("events.respond")]
Sent = Annotated[Posted, Depends(posted)]
MOST_FAULTS = 1000
DEFAULT_ROWS, MOST_ROWS = 50, 200


@router.get("/events")
def list_events(access: Viewer, open: bool = False, cursor: int | None = None, limit: int = DEFAULT_ROWS) -> Any:
    """Events of my area, newest first, with their inspections; ``open=1`` leaves out what has ended."""
    wanted = max(1, min(limit, MOST_ROWS))
    found = queries.events_page(access.session, access.actor.scope, only_open=open, before=cursor, limit=wanted + 1)
    more = len(found) > wanted
    over = over_events(access.session, [entry.event for entry in found[:wanted]], access.actor.scope.prefix)
    items = [{**entry_json(entry), "over": over[entry.event.id] or None} for entry in found[:wanted]]
    return {"items": items, "next": found[wanted - 1].event.id if more else None}


@router.post("/events")
def post_event(access: Editor, sent: Sent) -> Any:
    """A new event: multipart ``file``, or JSON with ``geometry`` or ``areas``; ``name``, ``kind``, ``level`` beside."""
    return _loaded_json(_load(access, sent, None))


@router.get("/events/{event_id}")
def get_event(event_id: int, access: Viewer) -> Any:
    """One event with its revisions and its inspections (栋) by state."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    counted = queries.progress(access.session, event_id, access.actor.scope).total
    return {
        **event_json(event),
        # At the reader's own division.
        "over": Stand(access.session, event).over_at(access.actor.scope.prefix) or None,
        "grounds": [ground_json(one) for one in grounds_of(access.session, event, access.actor.scope)],
        "revisions": [revision_json(one) for one in queries.revisions(access.session, event_id)],
        "inspections": {
            "prepared": counted.prepared,
            "open": counted.open,
            "in_progress": counted.in_progress,
            "done": counted.done,
            "withdrawn": counted.withdrawn,
        },
        "overdue": counted.overdue,
    }


@router.put("/events/{event_id}/zones")
def put_zones(event_id: int, access: Editor, sent: Sent) -> Any:
    """Replace the zones; where tasks were given, added houses get theirs at once, nothing is withdrawn yet.

    ``revision`` is the one that was read: 409 when the zones are others by now. Without it whatever stands is replaced;
    every revision is kept.
    """
    return _loaded_json(_load(access, sent, event_id))


@router.post("/events/{event_id}/zones/preview")
def post_zones_preview(event_id: int, access: Editor, sent: Sent) -> Any:
    """What the same request to ``PUT`` would change: who comes, who goes, who stays, which work is kept; stores nothing."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    require_whole_event(access.actor, event)
    found = _redrawn(access, event, replace(sent, given=_for_event(sent, event_id)))
    return {
        "event": event_id,
        "revision": event.revision,
        "level_before": found.level_before,
        "level": found.level,
        "note": found.note,
        **changing_json(found.changing),
        "affected": affected_json(found.affected, access.actor, found.first),
        "errors": _faults_json(found.faults),
    }


@router.get("/events/{event_id}/affected")
def get_affected(event_id: int, access: Viewer) -> Any:
    """影响分析: houses, households, people in the present zones, by village."""
    queries.event_of(access.session, event_id, access.actor.scope)
    scope = access.actor.scope
    first = first_of_event(access.session, event_id, scope)
    return affected_json(affected(access.session, event_id, scope), access.actor, first)


@router.post("/affected-preview")
def post_preview(access: Viewer, body: PreviewBody) -> Any:
    """影响分析 of what is being drawn; nothing is stored."""
    zone = drawn(body.geometry, buffer_m=body.buffer_m)
    scope = access.actor.scope
    found = affected_by_geometry(access.session, zone, scope)
    return affected_json(found, access.actor, first_of_geometry(access.session, zone, scope))


@router.post("/events/{event_id}/respond", response_model=RespondedOut)
def post_respond(event_id: int, access: Responder, body: RespondBody | None = None) -> Any:
    """下达转移避险和灾后应急排查任务; after a revision it also withdraws what left the zones and is not begun.

    For more than 5,000 houses 202 with a job, whose result is the same answer.
    """
    asked = body or RespondBody()
    try:
        done = service.respond(
            access.session,
            access.actor,
            event_id,
            area=asked.area,
            even_if_expired=asked.expired,
            revision=asked.revision,
            told_too=asked.told_too,
            most=AT_ONCE_ROWS,
        )
    except service.TooManyAtOnce as many:
        # The job does what was meant at this moment: zones that somebody makes smaller meanwhile were not.
        wanted = {"event": event_id, **asked.model_dump(), "revision": many.revision}
        meant = (asked.area or access.actor.scope.lo, many.revision, int(asked.expired), int(asked.told_too))
        key = ":".join(("event", str(event_id), *map(str, meant)))
        return accepted(defer(access.session, access.actor, RESPOND, wanted, key=key))
    return RespondedOut(**asdict(done))


@router.post("/events/{event_id}/phase")
def post_phase(event_id: int, access: Responder, body: PhaseBody) -> PhaseOut:
    """Lead the event, or some of its townships (``areas``), into the next phase."""
    done = service.change_phase(
        access.session, access.actor, event_id, body.phase, reason=body.reason, areas=body.areas
    )
    return PhaseOut(**asdict(done))


@router.get("/events/{event_id}/progress")
def get_progress(event_id: int, access: Viewer) -> Any:
    """Due, done, overdue by township and village, as of now."""
    return progress_json(queries.progress(access.session, event_id, access.actor.scope))


@router.get("/events/{event_id}/list.xlsx")
def get_list(event_id: int, access: Viewer, area: str | None = None) -> Response:
    """分村应急排查名单 as a workbook."""
    found = lists.village_list(access.session, access.actor, event_id, area=area)
    name = event_file(access, lists.TITLE, found.event, found.as_of, area)
    return made_file(lambda path: write_workbook(found, path), name, headers={"X-Rows": str(len(found.rows))})


@router.post("/standing-areas")
def post_standing_area(access: Editor, body: StandingBody) -> StandingOut:
    """A new standing risk area (灾害易发地) drawn on the map."""
    source = zones_of_drawing(body.geometry, buffer_m=body.buffer_m, name=body.name)
    kind = kind_word(body.kind) or "geological"
    ids = add_standing_areas(access.session, access.actor, source, kind=kind, via="地图上画")
    return StandingOut(
        zones=len(ids),
        ids=ids,
        unchanged=len(source.zones) - len(ids),
        rejected=len(source.faults),
        errors=_faults_json(source.faults),
    )


@router.delete("/standing-areas/{zone_id}", status_code=204)
def delete_standing_area(zone_id: int, access: Editor, reason: str | None = None) -> None:
    """A standing risk area no longer holds; it stays as history."""
    end_standing_area(access.session, access.actor, zone_id, reason=reason)


def _load(access: Access, sent: Posted, event_id: int | None) -> Loaded:
    given = sent.given if event_id is None else _for_event(sent, event_id)
    if sent.body is None:
        with on_disk(sent) as path:
            return load_file(access.session, access.actor, path, given)
    _require_one_source(sent.body)
    if sent.body.geometry is not None:
        return load_drawing(access.session, access.actor, sent.body.geometry, given)
    return load_divisions(access.session, access.actor, sent.body.areas or [], given)


def _redrawn(access: Access, event: HazardEvent, sent: Posted) -> Redrawing:
    if sent.body is None:
        with on_disk(sent) as path:
            return redrawn_by_file(access.session, access.actor, event, path, sent.given)
    _require_one_source(sent.body)
    if sent.body.geometry is not None:
        return redrawn_by_drawing(access.session, access.actor, event, sent.body.geometry, sent.given)
    return redrawn_by_divisions(access.session, access.actor, event, sent.body.areas or [], sent.given)


def _require_one_source(body: EventBody) -> None:
    if (body.geometry is None) == (body.areas is None):
        raise BadInput("请给出绘制的图形（geometry）或选定的乡镇村（areas），两者之一。")


def _for_event(sent: Posted, event_id: int) -> Given:
    return replace(sent.given, event=event_id)


def _loaded_json(loaded: Loaded) -> dict[str, Any]:
    return {**loaded.as_json(None), "errors": _faults_json(loaded.source.faults)}


def _faults_json(faults: tuple[Fault, ...]) -> list[dict[str, Any]]:
    return [asdict(fault) for fault in faults[:MOST_FAULTS]]
