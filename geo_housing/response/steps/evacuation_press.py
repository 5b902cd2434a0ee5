"""What is pressed at 转移避险: one household, all that a list shows, and taking back.

Every press works as a plain form; where the page asked for a part, the part comes back with a toast that takes it back.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.errors import BadInput, GeoHousingError, NotAllowed, NotFound
from geo_housing.evacuation import at_once, service
from geo_housing.evacuation.queries import zero_people
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import Said, state_said
from geo_housing.evacuation.take_over import take_over
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.queries import event_of
from geo_housing.response.returning import hindrance_of
from geo_housing.response.steps.evacuation import area_page, list_context, one_row
from geo_housing.response.steps.evacuation_answers import called, crowded, list_address, taken_back, with_toast
from geo_housing.response.steps.evacuation_typed import number

router = APIRouter(prefix="/events", include_in_schema=False)

# In place of a state: as another event knows it (evacuation/take_over.py).
TAKE_OVER = "take_over"
Enterer = Annotated[Access, requires("evacuation.enter")]
Text = Annotated[str, Form(max_length=500)]


@dataclass(frozen=True)
class MovePress:
    """A press in a list: ``row-version-state``, or ``all-state`` for all that were shown, with what the bar above says."""

    row: int | None
    version: int | None
    state: str

    @classmethod
    def read(cls, text: str) -> "MovePress":
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
        wanted = MovePress.read(press)
        with access.session.begin_nested():
            entry = _entry(wanted, shelter=shelter, organiser=organiser, reported_by=reported_by, client_id=client_id)
            hindrance = hindrance_of(access.session, access.actor, event)
            if wanted.state == TAKE_OVER:
                shown = _shown(rows) if wanted.row is None else [(wanted.row, wanted.version or 0)]
                batch, changed = take_over(
                    access.session, access.actor, event_id, shown, hindrance=hindrance, client_id=entry.client_id
                )
                said = f"{len(changed)} 户已按另一事件的登记接转。"
                back = f"/events/{event_id}/evacuation/undo-many/{batch}"
                return _list_again(request, access, event, code, said, back, state=state, after=after, is_part=part)
            if wanted.row is None:
                shown = _shown(rows)
                batch, changed = at_once.enter_many(
                    access.session, access.actor, event_id, shown, entry, hindrance=hindrance
                )
                label = state_said(wanted.state, entry.said.shelter_id, None)
                said = f"{len(changed)} 户已登记为“{label}”。"
                if len(changed) < len(shown):
                    stayed = {row for row, _ in shown} - set(changed)
                    said += f"{len(stayed)} 户刚有变动或不能返回，没有改，请核对。"
                    if of_nobody := len(zero_people(access.session, stayed, access.actor.scope)):
                        said += f"没有改的有 {of_nobody} 户登记的是 0 人，请逐户填写实际人数后再登记。"
                said += crowded(access, event, entry.said.shelter_id)
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
    said = f"{called(row.head)}已登记为“{row.state_said}”。" + crowded(access, event, row.shelter_id)
    undo = f"/events/{event_id}/evacuation/{row.id}/undo/{step.id}" if step is not None else None
    if not part:
        done = f"{row.id}-{step.id}" if step is not None else ""
        return redirect(list_address(event_id, code, state, after, done), request=request, toast=said)
    context = list_context(access, event, code, rows=[row])
    return with_toast(request, access, render(request, access, "response/evacuation_row.html", **context), said, undo)


@router.post("/{event_id}/evacuation/{row_id:int}/undo/{step_id:int}")
def post_undo(event_id: int, row_id: int, step_id: int, request: Request, access: Enterer) -> Response:
    """Take the last change of a household back."""
    event = event_of(access.session, event_id, access.actor.scope)
    hindrance = hindrance_of(access.session, access.actor, event)
    step = service.undo(access.session, access.actor, event_id, row_id, step_id, hindrance=hindrance)
    address = f"/events/{event_id}/evacuation/areas/{step.scope_code}"
    return _undone(request, access, f"{address}#r{row_id}" if step.counts_after else address, taken_back(step))


@router.post("/{event_id}/evacuation/undo-many/{batch_id:int}")
def post_undo_many(event_id: int, batch_id: int, request: Request, access: Enterer) -> Response:
    """Take back what was said of many at once."""
    event_of(access.session, event_id, access.actor.scope)
    undone = at_once.undo_many(access.session, access.actor, event_id, batch_id)
    said = f"已撤销 {undone.households} 户的登记。"
    if undone.stayed:
        said += f"另有 {undone.stayed} 户后来又有变动，没有撤销，请逐户核对。"
    return _undone(request, access, f"/events/{event_id}/evacuation", said)


def _entry(press: MovePress, *, shelter: str, organiser: str, reported_by: str, client_id: str) -> MoveEntry:
    stated = {"state"}
    if organiser.strip():
        stated.add("organiser")
    if reported_by.strip():
        stated.add("reported_by")
    shelter_id = number("shelter_id", shelter) if press.state == "moved_to_shelter" else None
    if shelter_id is not None:
        stated.add("shelter_id")
    said = Said(state=press.state, organiser=organiser, reported_by=reported_by, shelter_id=shelter_id)
    # All rows and buttons are in one form with one number: of a single row its version says whether it was pressed before, and
    # another button is another press.
    once = f"{press.state}:{client_id}" if client_id and press.row is None else None
    return MoveEntry(said, frozenset(stated), press.version, once)


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
        return redirect(list_address(event.id, code, state, after), request=request, toast=said)
    context = list_context(access, event, code, state=state, after=after or None)
    return with_toast(request, access, render(request, access, "response/evacuation_rows.html", **context), said, undo)


def _undone(request: Request, access: Access, address: str, said: str) -> Response:
    """The sentence alone for a page that renews itself, else the page that shows what stands again."""
    if "hx-request" in request.headers:
        return with_toast(request, access, Response(status_code=204), said, None)
    return redirect(address, request=request, toast=said)
