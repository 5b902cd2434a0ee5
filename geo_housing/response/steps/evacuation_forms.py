"""What is typed at 转移避险: the whole form of one household, its telephone, figures, 表外新增.

Every form works as a plain form; a refusal keeps what was typed.
"""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from markupsafe import escape
from starlette.responses import HTMLResponse, Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect
from geo_housing.areas.queries import name_of_area
from geo_housing.clock import BEIJING, moment_typed, now
from geo_housing.errors import BadInput, GeoHousingError, NotAllowed, NotFound
from geo_housing.evacuation import additions, service
from geo_housing.evacuation.additions import ExtraHousehold, ToldFigure
from geo_housing.evacuation.left_already import left_already
from geo_housing.evacuation.naming import NamedHousehold, name_told
from geo_housing.evacuation.one_line import read_line, told_area
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import TOLD_HOME, Said
from geo_housing.houses.register.personal import reveal
from geo_housing.keys import load_keys
from geo_housing.numbers import MOST_BIGINT
from geo_housing.response.extra import add_extra, require_state
from geo_housing.response.queries import event_of
from geo_housing.response.returning import hindrance_of
from geo_housing.response.steps.evacuation import area_page, household_page, local_minute, one_row
from geo_housing.response.steps.evacuation_answers import called, crowded, list_address
from geo_housing.response.steps.evacuation_typed import number
from geo_housing.scope import EVERYWHERE
from geo_housing.written_moments import moment_of

router = APIRouter(prefix="/events", include_in_schema=False)

Enterer = Annotated[Access, requires("evacuation.enter")]
Revealer = Annotated[Access, requires("personal.view")]
Text = Annotated[str, Form(max_length=500)]


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
                moved_at=moment_typed(moved_at, "转移时间", field="moved_at"),
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
            entry = MoveEntry(said, stated, read, client_id or None)
            hindrance = hindrance_of(access.session, access.actor, event)
            service.enter(access.session, access.actor, event_id, row_id, entry, hindrance=hindrance)
    except (NotFound, NotAllowed):
        raise
    except GeoHousingError as error:
        return household_page(request, access, event_id, row_id, error=error, typed=typed)
    row = one_row(access, event_id, row_id)
    address = f"/events/{event_id}/evacuation/areas/{row.scope_code}#r{row.id}"
    told = f"{called(row.head)}的登记已保存。" + crowded(access, event, row.shelter_id)
    return redirect(address, request=request, toast=told)


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
            said_at=moment_of(read.said) if read.said else None,
            reported_by=reported_by.strip() or read.reported_by,
            note=read.more,
            client_id=client_id or None,
            sure=sure,
        )
        kept = additions.tell_figure(session, access.actor, event_id, figure)
        place = name_of_area(session, kept.scope_code) or kept.scope_code
        at = f"报数时间{kept.said_at.astimezone(BEIJING):%H:%M}。" if read.said else ""
        if kept.people is None:
            return f"电话报数已登记：{place}已转{kept.households}户。{at}"
        return f"电话报数已登记：{place}已转{kept.households}户{kept.people}人。{at}"

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
        return "已记下：已通知返回。这次电话报数不再计。" if note.strip() == TOLD_HOME else "这次电话报数已销去。"

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
    state: Annotated[Literal["", "pending", "moved_to_shelter", "moved_to_kin", "away"], Form()] = "",
    house_code: Annotated[str, Form(max_length=60)] = "",
    area: Annotated[str, Form(max_length=12)] = "",
    client_id: Annotated[str, Form(max_length=64)] = "",
    no_house: Annotated[bool, Form()] = False,
    household_id: Annotated[int | None, Form(ge=1, le=MOST_BIGINT)] = None,
) -> Response:
    """表外新增: village, head, what the matter is; or a family without a home by its number."""
    typed = {"village": village, "head": head, "what": what, "people": people, "house_code": house_code}
    typed |= {"no_house": "1"} if no_house else {}
    typed |= {"state": state} if state else {}
    # Which of the page's forms was refused: the sentence stands there, too. 列入名单 of a family without a home has a row of its own.
    typed |= {"of_extra": "1"} if household_id is None else {}
    left = None if state else left_already(what)
    # What the words say is proposed, the person confirms it; nothing where they contradict the number.
    if left is not None and people.strip() in ("", str(left.people)):
        typed |= {"state": left.state or "", "people": str(left.people or people)}

    def added() -> str:
        extra = ExtraHousehold(
            village, head, what, number("people", people), house_code or None, client_id or None, household_id
        )
        require_state(extra, state or None)
        started = now()
        row = add_extra(access.session, access.actor, event_id, extra, is_house=not no_house, state=state or None)
        if row.opened_at < started:
            return "这户已在转移名单上：情况已记下，房屋列入应急排查。如是同名的另一户，请在姓名后注明位置（如“村西”）再加。"
        return "已加入转移名单。" if row.house_id is None else "已加入转移名单和应急排查名单。"

    return _added(request, access, event_id, area, added, typed)


@router.post("/{event_id}/evacuation/named")
def post_named(
    event_id: int,
    request: Request,
    access: Enterer,
    village: Annotated[str, Form(max_length=12)] = "",
    head: Text = "",
    state: Annotated[str, Form(max_length=40)] = "moved_to_shelter",
    people: Annotated[str, Form(max_length=10)] = "",
    house_code: Annotated[str, Form(max_length=60)] = "",
    area: Annotated[str, Form(max_length=12)] = "",
    client_id: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """补录姓名: after 误发撤销 one of those told by telephone is named; the list of their village shows them."""
    event_of(access.session, event_id, access.actor.scope)
    typed = {"named_in": village, "named": head, "named_as": state, "named_people": people, "named_code": house_code}
    try:
        with access.session.begin_nested():
            told = NamedHousehold(village, head, state, number("people", people), house_code or None, client_id or None)
            row, step = name_told(access.session, access.actor, event_id, told)
    except (NotFound, NotAllowed):
        raise
    except GeoHousingError as error:
        return area_page(request, access, event_id, area, error=error, typed=typed)
    said = f"{called(one_row(access, event_id, row.id).head)}已补录；到家后请按“已返回”。"
    address = list_address(event_id, row.scope_code, done=f"{row.id}-{step.id}")
    return redirect(address, request=request, toast=said)


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
    return redirect(list_address(event_id, area), request=request, toast=said)
