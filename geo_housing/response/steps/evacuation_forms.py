"""What is pressed and typed at 转移避险: one household, a whole village, figures, 表外新增, the telephone, and taking back.

Every form works as a plain form; where the page asked for a part, the part comes back with a toast that takes it back.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from markupsafe import escape
from starlette.responses import HTMLResponse, Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import language_of, redirect, render
from geo_housing.areas.queries import name_of_area
from geo_housing.errors import BadInput, GeoHousingError, NotAllowed, NotFound
from geo_housing.evacuation import additions, service
from geo_housing.evacuation.additions import ExtraHousehold, ToldFigure
from geo_housing.evacuation.one_line import read_line, told_area
from geo_housing.evacuation.service import Entry
from geo_housing.evacuation.states import Said, state_said
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.register.personal import reveal
from geo_housing.keys import load_keys
from geo_housing.masking import mask_name
from geo_housing.numbers import MOST_BIGINT
from geo_housing.response.extra import add_extra
from geo_housing.response.queries import event_of
from geo_housing.response.returning import hindrance_of
from geo_housing.response.steps.evacuation import (
    area_page,
    household_page,
    inside_of,
    list_context,
    local_minute,
    one_row,
)
from geo_housing.response.steps.evacuation_typed import moment_typed, number
from geo_housing.roster.inside import over_capacity
from geo_housing.roster.queries import shelter_row
from geo_housing.scope import EVERYWHERE
from geo_housing.translation import translate
from geo_housing.words import EVACUATION_STATE

router = APIRouter(prefix="/events", include_in_schema=False)

Enterer = Annotated[Access, requires("evacuation.enter")]
Revealer = Annotated[Access, requires("personal.view")]
Text = Annotated[str, Form(max_length=500)]


@dataclass(frozen=True)
class Press:
    """A press in a list: ``row-version-state``, or ``all-state`` for all that were shown, with what the bar above says."""

    row: int | None
    version: int | None
    state: str

    @classmethod
    def read(cls, text: str) -> "Press":
        """What the button sent."""
        parts = text.split("-")
        if len(parts) == 2 and parts[0] == "all":
            return cls(None, None, parts[1])
        if len(parts) == 3 and all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts[:2]):
            return cls(int(parts[0]), int(parts[1]), parts[2])
        raise BadInput("操作没有说明是哪一户，请刷新页面后重试。")


@router.post("/{event_id}/evacuation/areas/{code}/press")
def post_press(
    event_id: int,
    code: str,
    request: Request,
    access: Enterer,
    press: Annotated[str, Form(max_length=60)],
    rows: Annotated[list[str] | None, Form(max_length=500)] = None,
    shelter: Annotated[str, Form(max_length=20)] = "",
    organiser: Text = "",
    reported_by: Text = "",
    state: Annotated[str, Form(max_length=20)] = "",
    after: Annotated[str, Form(max_length=80)] = "",
    client_id: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """One tap: the household (or all that are shown) is moved, gone, refused or not reached; who and when fill themselves."""
    event = event_of(access.session, event_id, access.actor.scope)
    part = "hx-request" in request.headers
    try:
        wanted = Press.read(press)
        with access.session.begin_nested():
            entry = _entry(wanted, shelter=shelter, organiser=organiser, reported_by=reported_by, client_id=client_id)
            hindrance = hindrance_of(access.session, access.actor, event)
            if wanted.row is None:
                shown = _shown(rows)
                batch, changed = service.enter_many(
                    access.session, access.actor, event_id, shown, entry, hindrance=hindrance
                )
                label = state_said(wanted.state, entry.said.shelter_id, None)
                said = f"{len(changed)} 户已登记为“{label}”。"
                if len(changed) < len(shown):
                    said += f"{len(shown) - len(changed)} 户刚有变动或不能返回，没有改，请核对。"
                said += _crowded(access, event, entry.said.shelter_id)
                undo = f"/events/{event_id}/evacuation/undo-many/{batch}" if changed else None
                return _list_again(request, access, event, code, said, undo, state=state, after=after, is_part=part)
            step = service.enter(access.session, access.actor, event_id, wanted.row, entry, hindrance=hindrance)
    except (NotFound, NotAllowed):
        raise
    except GeoHousingError as error:
        if part:
            raise
        return area_page(request, access, event_id, code, state=state, after=after or None, error=error)
    row = one_row(access, event_id, wanted.row)
    said = f"{_called(row.head)}已登记为“{row.state_said}”。" + _crowded(access, event, row.shelter_id)
    undo = f"/events/{event_id}/evacuation/{row.id}/undo/{step.id}" if step is not None else None
    if not part:
        done = f"{row.id}-{step.id}" if step is not None else ""
        return redirect(_list_address(event_id, code, state, after, done), request=request, toast=said)
    context = list_context(access, event, code, rows=[row])
    return _with_toast(request, access, render(request, access, "response/evacuation_row.html", **context), said, undo)


@router.post("/{event_id}/evacuation/{row_id:int}")
def post_household(
    event_id: int,
    row_id: int,
    request: Request,
    access: Enterer,
    version: Annotated[str, Form(max_length=20)] = "",
    state: Annotated[str, Form(max_length=40)] = "",
    people: Annotated[str, Form(max_length=10)] = "",
    organiser: Text = "",
    departure: Text = "",
    shelter_id: Annotated[str, Form(max_length=20)] = "",
    destination: Text = "",
    moved_at: Annotated[str, Form(max_length=40)] = "",
    reported_by: Text = "",
    reported_how: Annotated[str, Form(max_length=40)] = "",
    note: Text = "",
    client_id: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """The whole form of one household; a refusal keeps what was typed."""
    event = event_of(access.session, event_id, access.actor.scope)
    typed = {
        "version": version, "state": state, "people": people, "organiser": organiser, "departure": departure,
        "shelter_id": shelter_id, "destination": destination, "moved_at": moved_at, "reported_by": reported_by,
        "reported_how": reported_how, "note": note,
    }  # fmt: skip
    try:
        with access.session.begin_nested():
            said = Said(
                state=state or "pending",
                people=number("people", people),
                organiser=organiser,
                departure=departure,
                shelter_id=number("shelter_id", shelter_id),
                destination=destination,
                moved_at=moment_typed(moved_at),
                reported_by=reported_by,
                reported_how=reported_how or None,
                note=note,
            )
            stated = frozenset(typed) - {"version"} - (frozenset() if state else {"state"})
            if moved_at == local_minute(one_row(access, event_id, row_id).moved_at):
                # Left as it stood: of a new state it is told anew.
                stated -= {"moved_at"}
            read = number("version", version)
            if read is None:
                raise BadInput("页面缺少版本号，请刷新页面后重新填写。")
            entry = Entry(said, stated, read, client_id or None)
            hindrance = hindrance_of(access.session, access.actor, event)
            service.enter(access.session, access.actor, event_id, row_id, entry, hindrance=hindrance)
    except (NotFound, NotAllowed):
        raise
    except GeoHousingError as error:
        return household_page(request, access, event_id, row_id, error=error, typed=typed)
    row = one_row(access, event_id, row_id)
    address = f"/events/{event_id}/evacuation/areas/{row.scope_code}#r{row.id}"
    told = f"{_called(row.head)}的登记已保存。" + _crowded(access, event, row.shelter_id)
    return redirect(address, request=request, toast=told)


@router.post("/{event_id}/evacuation/{row_id:int}/undo/{step_id:int}")
def post_undo(event_id: int, row_id: int, step_id: int, request: Request, access: Enterer) -> Response:
    """Take the last change of a household back."""
    event = event_of(access.session, event_id, access.actor.scope)
    hindrance = hindrance_of(access.session, access.actor, event)
    step = service.undo(access.session, access.actor, event_id, row_id, step_id, hindrance=hindrance)
    said = f"已撤销，恢复为“{EVACUATION_STATE.label(step.state_after)}”。"
    return _undone(request, access, f"/events/{event_id}/evacuation/areas/{step.scope_code}#r{row_id}", said)


@router.post("/{event_id}/evacuation/undo-many/{batch_id:int}")
def post_undo_many(event_id: int, batch_id: int, request: Request, access: Enterer) -> Response:
    """Take back what was said of many at once."""
    event_of(access.session, event_id, access.actor.scope)
    undone = service.undo_many(access.session, access.actor, event_id, batch_id)
    return _undone(request, access, f"/events/{event_id}/evacuation", f"已撤销 {undone} 户的登记。")


@router.post("/{event_id}/evacuation/{row_id:int}/phone")
def post_phone(event_id: int, row_id: int, request: Request, access: Revealer) -> Response:
    """The household's telephone as a link to dial; each view is journalled."""
    event_of(access.session, event_id, access.actor.scope)
    row = one_row(access, event_id, row_id)
    if row.household_id is None or row.house_code is None:
        raise NotFound("这户没有登记联系电话。")
    ring = load_keys(request.app.state.settings.keys_file)
    number = reveal(access.session, access.actor, row.house_code, row.household_id, "phone", ring=ring)
    if "hx-request" not in request.headers:
        response = household_page(request, access, event_id, row_id, phone=number)
        response.headers["Cache-Control"] = "private, no-store"
        return response
    shown = escape(number)
    link = f'<a class="btn btn-sm move-dial" href="tel:{shown}"><span aria-hidden="true">☎</span> {shown}</a>'
    return HTMLResponse(link, headers={"Cache-Control": "private, no-store"})


@router.post("/{event_id}/evacuation/figures")
def post_figure(
    event_id: int,
    request: Request,
    access: Enterer,
    line: Text = "",
    area: Annotated[str, Form(max_length=12)] = "",
    reported_by: Text = "",
    client_id: Annotated[str, Form(max_length=64)] = "",
    sure: Annotated[bool, Form()] = False,
) -> Response:
    """电话报数 in one line: 宝石镇已转12户19人."""
    typed = {"line": line, "told_by": reported_by}

    def told() -> str:
        session, scope = access.session, access.actor.scope
        read = read_line(line, additions.places_of(session, EVERYWHERE), own=scope.prefix)
        wanted = told_area(read, area or scope.prefix)
        if not scope.covers(wanted):
            raise BadInput(f"{name_of_area(session, wanted) or wanted}不在您的管辖范围内，请由当地或县里登记。")
        figure = ToldFigure(
            wanted,
            read.households,
            read.people,
            reported_by=reported_by or None,
            client_id=client_id or None,
            sure=sure,
        )
        kept = additions.tell_figure(session, access.actor, event_id, figure)
        place = name_of_area(session, kept.scope_code) or kept.scope_code
        if kept.people is None:
            return f"电话报数已登记：{place}已转{kept.households}户。"
        return f"电话报数已登记：{place}已转{kept.households}户{kept.people}人。"

    return _added(request, access, event_id, area, told, typed)


@router.post("/{event_id}/evacuation/figures/{figure_id:int}/settle")
def post_settle(
    event_id: int,
    figure_id: int,
    request: Request,
    access: Enterer,
    version: Annotated[int, Form()],
    area: Annotated[str, Form(max_length=12)] = "",
    note: Text = "",
) -> Response:
    """A figure no longer stands."""

    def settled() -> str:
        additions.settle_figure(access.session, access.actor, event_id, figure_id, note=note or None, version=version)
        return "这次电话报数已销去。"

    return _added(request, access, event_id, area, settled, {})


@router.post("/{event_id}/evacuation/extra")
def post_extra(
    event_id: int,
    request: Request,
    access: Enterer,
    village: Annotated[str, Form(max_length=12)] = "",
    head: Text = "",
    what: Text = "",
    people: Annotated[str, Form(max_length=10)] = "",
    house_code: Annotated[str, Form(max_length=60)] = "",
    area: Annotated[str, Form(max_length=12)] = "",
    client_id: Annotated[str, Form(max_length=64)] = "",
    no_house: Annotated[bool, Form()] = False,
    household_id: Annotated[int | None, Form(ge=1, le=MOST_BIGINT)] = None,
) -> Response:
    """表外新增: village, head, what the matter is; or a family without a home by its number."""
    typed = {"village": village, "head": head, "what": what, "people": people, "house_code": house_code}
    typed |= {"no_house": "1"} if no_house else {}

    def added() -> str:
        extra = ExtraHousehold(
            village, head, what, number("people", people), house_code or None, client_id or None, household_id
        )
        row = add_extra(access.session, access.actor, event_id, extra, is_house=not no_house)
        return "已加入转移名单。" if row.house_id is None else "已加入转移名单和应急排查名单。"

    return _added(request, access, event_id, area, added, typed)


def _added(
    request: Request, access: Access, event_id: int, area: str, done: Callable[[], str], typed: dict[str, str]
) -> Response:
    """Do it and go back to the page it was done from; a refusal shows that page with what was typed."""
    event_of(access.session, event_id, access.actor.scope)
    try:
        with access.session.begin_nested():
            said = done()
    except (NotFound, NotAllowed):
        raise
    except GeoHousingError as error:
        return area_page(request, access, event_id, area, error=error, typed=typed)
    return redirect(_list_address(event_id, area), request=request, toast=said)


def _entry(press: Press, *, shelter: str, organiser: str, reported_by: str, client_id: str) -> Entry:
    stated = {"state"}
    if organiser.strip():
        stated.add("organiser")
    if reported_by.strip():
        stated.add("reported_by")
    shelter_id = number("shelter_id", shelter) if press.state == "moved_to_shelter" else None
    if shelter_id is not None:
        stated.add("shelter_id")
    said = Said(state=press.state, organiser=organiser, reported_by=reported_by, shelter_id=shelter_id)
    # All rows are in one form with one number: of a single row its version says whether it was pressed before.
    return Entry(said, frozenset(stated), press.version, (client_id or None) if press.row is None else None)


def _shown(rows: list[str] | None) -> list[tuple[int, int]]:
    found = []
    for pair in rows or ():
        row, _, version = pair.partition("-")
        if row.isascii() and row.isdigit() and version.isascii() and version.isdigit() and len(pair) < 38:
            found.append((int(row), int(version)))
    return found


def _list_again(
    request: Request,
    access: Access,
    event: HazardEvent,
    code: str,
    said: str,
    undo: str | None,
    *,
    state: str,
    after: str,
    is_part: bool,
) -> Response:
    if not is_part:
        return redirect(_list_address(event.id, code, state, after), request=request, toast=said)
    context = list_context(access, event, code, state=state, after=after or None)
    return _with_toast(request, access, render(request, access, "response/evacuation_rows.html", **context), said, undo)


def _undone(request: Request, access: Access, address: str, said: str) -> Response:
    """The sentence alone for a page that renews itself, else the page that shows what stands again."""
    if "hx-request" in request.headers:
        return _with_toast(request, access, Response(status_code=204), said, None)
    return redirect(address, request=request, toast=said)


def _with_toast(request: Request, access: Access, response: Response, said: str, undo: str | None) -> Response:
    told = {"text": translate(said, language_of(request, access.person)), "undo": undo}
    response.headers["HX-Trigger"] = json.dumps({"gh:toast": told, "gh:moved": {}})
    return response


def _list_address(event_id: int, code: str, state: str = "", after: str = "", done: str = "") -> str:
    path = f"/events/{event_id}/evacuation" + (f"/areas/{code}" if code else "")
    asked = [f"{name}={value}" for name, value in (("state", state), ("after", after), ("done", done)) if value]
    anchor = f"#r{done.partition('-')[0]}" if done else ""
    return path + ("?" + "&".join(asked) if asked else "") + anchor


def _called(head: str | None) -> str:
    """Whom a sentence is about: toasts stay on the screen of whoever stands behind."""
    return mask_name(head) if head else "这户"


def _crowded(access: Access, event: HazardEvent, shelter_id: int | None) -> str:
    """What is said when more are in a shelter than it holds: a warning, never a refusal."""
    shelter = shelter_row(access.session, shelter_id) if shelter_id is not None else None
    return "" if shelter is None else over_capacity(shelter, inside_of(access.session, event))
