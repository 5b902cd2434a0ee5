"""The desk, where everybody begins, and the page of search results."""

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from geo_housing.accounts.access import Access, SignedIn, requires
from geo_housing.accounts.navigation import first_page
from geo_housing.accounts.rendering import redirect, render
from geo_housing.clock import now, today
from geo_housing.conclusions.unsafe import unsafe_by_event
from geo_housing.desk.overview_map import MEASURE, overview_map
from geo_housing.desk.queries import (
    TO_RENOVATE,
    code_length_below,
    division_rows,
    fresh,
    new_work,
    tasks_overdue,
    tasks_today,
    to_move_by_event,
    to_sign_by_event,
)
from geo_housing.desk.recent import DAYS, recent_changes
from geo_housing.desk.search import (
    MOST_TYPED,
    house_address,
    is_id_number,
    only_house,
    search,
    search_by_number,
)
from geo_housing.errors import BadInput, NotAllowed
from geo_housing.houses.register.homes import open_work
from geo_housing.houses.register.location import CHECK
from geo_housing.houses.register.location_queries import all_declared_here, count_unsettled
from geo_housing.houses.register.queries import places
from geo_housing.keys import load_keys
from geo_housing.masking import mask_id_number
from geo_housing.roster.queries import areas_of_technician
from geo_housing.words import RISK

router = APIRouter(include_in_schema=False)

Office = Annotated[Access, requires("desk.view")]

TASKS_SHOWN = 8
RESULTS_EACH = 30
# The beginning of an ID number, or most of one: not for an address, although a code of a house may look like it.
LIKE_A_NUMBER = re.compile(r"\d{14}")


@router.get("/")
def desk(request: Request, access: SignedIn) -> Response:
    """工作台: what is to be done, and the figures of the divisions below; each figure opens its rows.

    Who sees one list only begins there.
    """
    if not access.actor.may("desk.view"):
        return redirect(first_page(access.actor.permissions), request=request)
    actor, session = access.actor, access.session
    length = code_length_below(session, actor.scope) if actor.may("houses.view") else None
    waiting, differences = open_work(session, actor.scope) if actor.may("houses.view") else (None, 0)
    rows = division_rows(session, actor.scope, fresh(session, actor), length) if length else []
    works = actor.may("inspections.enter")
    due, due_total = tasks_today(session, actor.scope, limit=TASKS_SHOWN) if works else ([], 0)
    overdue, overdue_total = tasks_overdue(session, actor.scope, limit=TASKS_SHOWN) if works else ([], 0)
    return render(
        request,
        access,
        "desk/desk.html",
        works=works,
        today=due,
        today_total=due_total,
        overdue=overdue,
        overdue_total=overdue_total,
        new=new_work(session, actor.scope) if works else [],
        chores=_chores(access, waiting.households if waiting else 0, differences),
        waiting=waiting,
        may_check=actor.may(CHECK),
        rows=rows,
        length=length,
        overview=overview_map(session, actor.scope, rows, length) if length else None,
        measure=MEASURE,
        recent=recent_changes(session, actor) if actor.may("houses.view") else [],
        recent_days=DAYS,
        to_renovate=",".join(TO_RENOVATE),
        places=places(session, [task.scope_code for task in (*due, *overdue)]),
        house_address=house_address,
        risks=RISK,
        as_of=now(),
    )


@dataclass(frozen=True)
class Chore:
    """Standing work beside the inspections: what, how many, where; ``parts`` say what the number is made of.

    ``event`` is the name of the event that left it.
    """

    label: str
    count: int
    address: str
    parts: tuple[tuple[str, int], ...] = ()
    unit: str = "条"
    event: str = ""


def _chores(access: Access, waiting: int, differences: int) -> list[Chore]:
    actor, session = access.actor, access.session
    found = []
    if actor.may("evacuation.enter"):
        # Lives first: before any wall.
        found += [
            Chore("转移避险，还没有转移的", households, f"/events/{event_id}/evacuation", unit="户", event=name)
            for event_id, name, households in to_move_by_event(session, actor.scope)
        ]
    if _signs_himself(access):
        own = areas_of_technician(session, actor.user_id, today()) if actor.user_id is not None else None
        found += [
            Chore("应急评估，等您签署结论", houses, f"/events/{event_id}/conclusions/mine", unit="栋", event=name)
            for event_id, name, houses in to_sign_by_event(session, actor.scope, own)
        ]
    if actor.may("inspections.enter"):
        # Also of an event that is closed: nobody is forgotten in a house that is not fit to live in.
        found += [
            Chore("安置房屋倒塌或不可以居住的农户", houses, f"/events/{event_id}/conclusions", unit="栋", event=name)
            for event_id, name, houses in unsafe_by_event(session, actor.scope)
        ]
    if actor.may(CHECK):
        unsure, doubtful = count_unsettled(session, actor.scope)
        elsewhere = len(all_declared_here(session))
        # The table below counts the first of these alone.
        parts = (("待核对、待定位", unsure), ("已定位但存疑", doubtful), ("登记在此、点位在外", elsewhere))
        found.append(Chore("核对房屋位置", unsure + doubtful + elsewhere, "/houses/check", parts, "栋"))
        found.append(Chore("登记无房户的现住房", waiting, "/houses/check#waiting", unit="户"))
    if actor.may("houses.edit"):
        found.append(Chore("处理台账与已签字内容的差异", differences, "/houses/differences"))
    return [chore for chore in found if chore.count]


def _signs_himself(access: Access) -> bool:
    """Whether signing is what the reader's role is for; offices only enter what technicians have signed."""
    return access.actor.may("conclusions.sign") and not access.actor.may("events.respond")


@router.get("/search")
def search_page(request: Request, access: Office, q: str = "") -> Response:
    """Results as a page. A full code opens its house."""
    return _found_page(request, access, _typed(q))


@router.post("/search")
def post_search(request: Request, access: Office, q: Annotated[str, Form()] = "") -> Response:
    """The search field: rows below it while somebody types, a page when they press Enter.

    By POST, because what is typed may be an ID number or the beginning of one; what may be seen in an address goes there.
    """
    typed = _typed(q)
    if "hx-request" in request.headers:
        if not typed:
            return Response(status_code=200, media_type="text/html")
        by_number = is_id_number(typed)
        groups = [] if by_number else search(access.session, access.actor, typed)
        return render(request, access, "frame/search.html", groups=groups, by_number=by_number)
    if is_id_number(typed):
        return _found_by_number(request, access, typed)
    if LIKE_A_NUMBER.search(typed):
        return _found_page(request, access, typed)
    return redirect(f"/search?{urlencode({'q': typed})}", request=request)


def _typed(q: str) -> str:
    return q.strip()[:MOST_TYPED].replace("\x00", "")


def _found_page(request: Request, access: Access, typed: str) -> Response:
    if typed and (code := only_house(access.session, typed)):
        return redirect(house_address(code), request=request)
    groups = search(access.session, access.actor, typed, each=RESULTS_EACH)
    answers = [found for group in groups for found in group.found]
    if len(answers) == 1:
        return redirect(answers[0].address, request=request)
    return render(request, access, "desk/search.html", groups=groups, typed=typed, each=RESULTS_EACH, refusal=None)


def _found_by_number(request: Request, access: Access, typed: str) -> Response:
    refusal, groups = None, []
    try:
        ring = load_keys(request.app.state.settings.keys_file)
        groups = search_by_number(access.session, access.actor, typed, ring=ring)
    except (BadInput, NotAllowed) as error:
        refusal = error.sentence
    answers = [found for group in groups for found in group.found]
    if len(answers) == 1:
        return redirect(answers[0].address, request=request)
    shown = mask_id_number(typed)
    return render(request, access, "desk/search.html", groups=groups, typed=shown, each=RESULTS_EACH, refusal=refusal)
