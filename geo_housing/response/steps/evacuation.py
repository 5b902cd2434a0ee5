"""转移避险: how many must be moved, are and are not; townships worst first, villages, households. Works without JavaScript."""

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import render, status_of
from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS, is_township, is_village, with_townships
from geo_housing.areas.queries import name_of_area, names_of
from geo_housing.clock import BEIJING, now
from geo_housing.errors import GeoHousingError, NotFound, TooLarge
from geo_housing.evacuation.additions import places_of
from geo_housing.evacuation.elsewhere import away_elsewhere
from geo_housing.evacuation.homeward import on_the_way_home, with_return
from geo_housing.evacuation.queries import move_policy, steps_of
from geo_housing.evacuation.rows import PAGE_ROWS, EvacuationRow, rows_of
from geo_housing.evacuation.rule import SEES_LIST
from geo_housing.evacuation.standing_figures import fallen_figures
from geo_housing.evacuation.states import AT_ONCE, BROUGHT_HOME, MOVED, NOT_HOME, NOT_MOVED, STILL_TAKEN, TOLD_HOME
from geo_housing.evacuation.still_to_name import rooms_to_name, to_name
from geo_housing.evacuation.sums import Totals, first_heads, totals, unplaced_of
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.grounds import entered_grounds
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.numbers import MOST_BIGINT, whole_number
from geo_housing.response import waiting
from geo_housing.response.listing import LISTING_PHASES
from geo_housing.response.papers.parts import MOVES, parts_of_list
from geo_housing.response.queries import event_of, kind_label
from geo_housing.response.standing.fields import label_of
from geo_housing.response.steps.evacuation_list import move_list
from geo_housing.response.steps.evacuation_paper import paper_response
from geo_housing.response.steps.tabs import head_of
from geo_housing.response.steps.whom_to_ask import whom_to_ask
from geo_housing.roster.inside import inside_now, is_full
from geo_housing.roster.queries import shelters_of
from geo_housing.scope import AreaScope
from geo_housing.words import (
    EVACUATION_STATE,
    EVENT_KIND,
    EVENT_MODE,
    EVENT_PHASE,
    GRADE_BASIS,
    REPORTED_HOW,
    RISK,
    STRUCTURE,
    TRAIT,
    WARNING_LEVEL,
)

router = APIRouter(prefix="/events", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]
WAITING_SHOWN = 200
# 集中安置 and 去向待核实 are one state: that no place is told makes the difference.
PLACED = {"in_shelter": True, "unplaced": False}
# Who is not home again where the disaster is over: whether what is known of the house lets them go.
HOMEWARD = {"may_return": True, "kept": False}
WORDS: dict[str, Any] = {
    "kind": EVENT_KIND, "level": WARNING_LEVEL, "phase": EVENT_PHASE, "mode": EVENT_MODE, "state": EVACUATION_STATE,
    "risk": RISK, "structure": STRUCTURE, "trait": TRAIT, "how": REPORTED_HOW, "basis": GRADE_BASIS,
}  # fmt: skip


@router.get("/{event_id}/evacuation")
def evacuation_page(event_id: int, request: Request, access: Viewer) -> Response:
    """The totals and the townships, worst first."""
    return area_page(request, access, event_id, "")


@router.get("/{event_id}/evacuation/totals")
def totals_part(event_id: int, request: Request, access: Viewer, area: str = "") -> Response:
    """The totals and the areas alone; the page asks for them again by itself."""
    event = event_of(access.session, event_id, access.actor.scope)
    return render(request, access, "response/evacuation_totals.html", **_summed(access, event, area))


@router.get("/{event_id}/evacuation/print")
def printed_list(event_id: int, request: Request, access: Viewer, area: str | None = None) -> Response:
    """分村转移避险名单 as A4 pages, one village after the other; journalled as an export."""
    try:
        found = move_list(access.session, access.actor, event_id, area=area, form="print")
    except TooLarge as error:
        return parts_of_list(request, access, event_id, area, error, MOVES)
    return paper_response(request, access, found)


@router.get("/{event_id}/evacuation/areas/{code}")
def area_rows(
    event_id: int,
    code: str,
    request: Request,
    access: Viewer,
    state: str = "",
    all: bool = False,
    after: str | None = None,
    done: str = "",
) -> Response:
    """A township with its villages, or a village with its households; ``state`` and ``all`` list those of a township."""
    return area_page(request, access, event_id, code, state=state, lists=all, after=after, done=done)


@router.get("/{event_id}/evacuation/areas/{code}/rows")
def rows_part(
    event_id: int, code: str, request: Request, access: Viewer, state: str = "", after: str | None = None
) -> Response:
    """The households alone; the page asks for them again by itself while nobody is at work in them."""
    event = event_of(access.session, event_id, access.actor.scope)
    context = list_context(access, event, code, state=state, after=after)
    return render(request, access, "response/evacuation_rows.html", **context)


@router.get("/{event_id}/evacuation/{row_id:int}")
def row_page(event_id: int, row_id: int, request: Request, access: Viewer) -> Response:
    """One household: everything that is said of it, and every change."""
    return household_page(request, access, event_id, row_id)


def area_page(
    request: Request,
    access: Access,
    event_id: int,
    code: str,
    *,
    state: str = "",
    lists: bool = False,
    after: str | None = None,
    done: str = "",
    error: GeoHousingError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    """The page of the event's list, of a township or of a village."""
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    is_listed = (is_village(code) or lists or bool(state)) and actor.may(SEES_LIST)
    if is_listed:
        context = list_context(access, event, code, state=state, after=after)
    else:
        context = {**_summed(access, event, code), "rows": None, "new_id": new_id, "state": "", "after": ""}
    places = places_of(session, actor.scope.narrowed(code or None)) if actor.may("evacuation.enter") else []
    without_home = waiting.to_ask_after(session, event, actor.scope.narrowed(code or None))
    return render(
        request,
        access,
        "response/evacuation.html",
        status_code=status_of(error),
        head=head_of(session, actor, event),
        here="evacuation",
        **context,
        lists=lists,
        without_home=without_home[:WAITING_SHOWN] if actor.may(SEES_LIST) else [],
        without_home_sum=waiting.summed(without_home),
        without_home_names=names_of(session, with_townships(family.scope_code for family in without_home)),
        why_empty="" if context["totals"].total.due.households else why_no_list(access, event),
        places=places,
        to_ask=whom_to_ask(session, actor, event, actor.scope.narrowed(code or None)) if places else [],
        names_of_townships={place.code: place.name for place in places if place.level == "township"},
        error=error,
        faults={fault.column: fault.sentence for fault in error.faults} if error else {},
        typed=typed or {},
        done=_done(done),
        still_taken=STILL_TAKEN.get(event.phase),
    )


def household_page(
    request: Request,
    access: Access,
    event_id: int,
    row_id: int,
    *,
    error: GeoHousingError | None = None,
    typed: dict[str, str] | None = None,
    phone: str | None = None,
) -> Response:
    """The page of one household."""
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    row = with_return(session, actor, event, one_row(access, event_id, row_id))
    (row,) = _told(session, event, [row])
    return render(
        request,
        access,
        "response/evacuation_household.html",
        status_code=status_of(error),
        event=event,
        head=head_of(session, actor, event),
        here="evacuation",
        kind=kind_label(event),
        row=row,
        place=_place(access, row.scope_code),
        steps=steps_of(session, row_id, actor.scope),
        shelters=shelters_of(session, AreaScope(row.scope_code)),
        inside=inside_of(session, event),
        typed=typed or {},
        error=error,
        faults={fault.column: fault.sentence for fault in error.faults} if error else {},
        phone=phone,
        still_taken=STILL_TAKEN.get(event.phase),
        moved_local=local_minute(row.moved_at),
        new_id=new_id,
        words=WORDS,
    )


def local_minute(at: datetime | None) -> str:
    """A moment as a form's field for local time takes it."""
    return "" if at is None else at.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")


def one_row(access: Access, event_id: int, row_id: int) -> EvacuationRow:
    """One household of the list; NotFound outside the scope or off the list."""
    found = rows_of(access.session, access.actor, event_id, access.actor.scope, only=[row_id], limit=1)
    if not found:
        raise NotFound("这户不在转移名单上，或不在您的管辖范围内。")
    return found[0]


def list_context(
    access: Access,
    event: HazardEvent,
    code: str,
    *,
    state: str = "",
    after: str | None = None,
    rows: list[EvacuationRow] | None = None,
) -> dict[str, Any]:
    """A page of the households of an area (or ``rows`` of it), with the sums that stand above."""
    scope = access.actor.scope.narrowed(code or None)
    states = states_of(state)
    sums = _summed(access, event, code)
    found = rows
    if found is None:
        found = rows_of(
            access.session,
            access.actor,
            event.id,
            scope,
            states=states,
            placed=placed_of(state),
            only=sums["homeward"].ids(may=HOMEWARD[state]) if state in HOMEWARD else None,
            # Who had refused may be one of those whom a telephone figure tells of.
            with_released=not states and bool(sums["to_name"]),
            after=after,
            limit=PAGE_ROWS + 1,
        )
    page = _told(access.session, event, sums["homeward"].told(found[:PAGE_ROWS]))
    return {
        **sums,
        "rows": page,
        "names": names_of(access.session, {row.scope_code for row in page}),
        "state": state if states else "",
        "after": after or "",
        "following": page[-1].cursor if len(found) > PAGE_ROWS else None,
        "shelters": shelters_of(access.session, scope),
        "to_move": [] if event.phase in ENDED_PHASES else [row for row in page if not row.is_moved],
        "to_bring_home": [row for row in page if event.phase == "mistaken" and row.state in BROUGHT_HOME],
        "to_take_over": []
        if event.phase in ENDED_PHASES
        else [row for row in page if row.may_be_taken_over and not row.is_moved],
        "at_once": AT_ONCE,
        "moved": MOVED,
        "new_id": new_id,
    }


def _told(session: Session, event: HazardEvent, rows: list[EvacuationRow]) -> list[EvacuationRow]:
    """Rows of an event that was called off, with whether they may be among those told by telephone and not yet named."""
    villages = {row.scope_code for row in rows if not row.is_moved} if event.phase == "mistaken" else set()
    room = rooms_to_name(session, event.id, villages)
    return [replace(row, is_told=room.get(row.scope_code, 0) > 0) for row in rows] if villages else rows


def why_no_list(access: Access, event: HazardEvent) -> str:
    """Why nobody is listed, and what to do; nothing where there is a list to be made."""
    policy = move_policy(access.session, event.scope_code)
    if not policy.makes_list(event.kind):
        return f"{kind_label(event)}从灾后排查开始，不列转移名单；需要安置的，请按“表外新增”登记。"
    if event.level in policy.notify_levels:
        return "现在的级别只通知到户，不列转移名单；级别提高后会自动列出。"
    if event.level not in policy.levels:
        return "现在的级别只掌握信息，不列转移名单；级别提高后会自动列出。"
    if event.phase == "mistaken" and event.responded_at is not None:
        return "误发撤销时，没有登记过的户已从转移名单撤下。"
    if event.phase not in LISTING_PHASES:
        return "进入灾后排查前没有列过转移名单。"
    if event.responded_at is None:
        return "还没有下达任务；下达后，按规则应转移的户会列在这里。"
    return "影响范围内没有按规则应转移的户；确需转移的，请按“表外新增”登记。"


def new_id() -> str:
    """The number that a form gives itself: sent twice is done once."""
    return uuid.uuid4().hex


def _summed(access: Access, event: HazardEvent, code: str) -> dict[str, Any]:
    scope = access.actor.scope.narrowed(code or None)
    found, inside = totals(access.session, event.id, scope), inside_of(access.session, event)
    moved_in, unplaced = found.total.by_state.get("moved_to_shelter", NOBODY), NOBODY
    if moved_in.households:
        unplaced = unplaced_of(access.session, event.id, scope)
    used = [one for one in shelters_of(access.session, scope, with_closed=True) if one.id in inside]
    return {
        "event": event,
        "kind": kind_label(event),
        "code": code,
        "name": _place(access, code) if code else "",
        "totals": found,
        "first": first_heads(access.session, event.id, scope),
        "place_label": label_of,
        "over": entered_grounds(access.session, event),
        "below": _below(found, scope),
        "as_of": now(),
        "told_home": TOLD_HOME,
        "to_name": to_name(access.session, event, scope),
        "not_moved": NOT_MOVED,
        "sees_list": access.actor.may(SEES_LIST),
        "words": WORDS,
        "inside": inside,
        "shelters_used": used,
        "unplaced": unplaced,
        "in_shelters": Heads(
            *(getattr(moved_in, name) - getattr(unplaced, name) for name in ("households", "people", "unsized"))
        ),
        "away_elsewhere": away_elsewhere(access.session, event.id, scope),
        "homeward": on_the_way_home(access.session, access.actor, event, scope),
        "fallen": fallen_figures(access.session, event.id, scope),
        "full_shelters": sum(is_full(one, inside) for one in used),
    }


def inside_of(session: Session, event: HazardEvent) -> dict[int, Heads]:
    """Who is in each shelter now; in a drill its own people alone."""
    return inside_now(session, drill=event.id if event.mode == "drill" else None)


def _below(found: Totals, scope: AreaScope) -> tuple[Any, ...]:
    """What stands one level below: townships of a county, villages of a township."""
    if is_village(scope.prefix):
        return ()
    return found.villages if is_township(scope.prefix) else found.townships


def states_of(state: str) -> tuple[str, ...]:
    """The states that a filter means."""
    if state == "moved":
        return MOVED
    if state == "left":
        return NOT_MOVED
    if state in PLACED:
        return ("moved_to_shelter",)
    if state in HOMEWARD:
        return NOT_HOME
    return (state,) if state in EVACUATION_STATE else ()


def placed_of(state: str) -> bool | None:
    """Of those moved, whether the filter means who is in a shelter or of whom nobody knows where; None: both."""
    return PLACED.get(state)


def _done(text: str) -> tuple[int, int] | None:
    """Row and step of what was just said, to take it back without JavaScript."""
    row, _, step = text.partition("-")
    of_row, of_step = whole_number(row, most=MOST_BIGINT), whole_number(step, most=MOST_BIGINT)
    return None if of_row is None or of_step is None else (of_row, of_step)


def _place(access: Access, code: str) -> str:
    names = [
        name_of_area(access.session, code[:length])
        for length in (TOWNSHIP_DIGITS, VILLAGE_DIGITS)
        if len(code) >= length
    ]
    return " · ".join(name for name in names if name) or name_of_area(access.session, code) or code
