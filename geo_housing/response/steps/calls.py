"""叫应: the board on which the divisions of an event are called, one thumb on a phone; all of it works without JavaScript."""

import json
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import language_of, redirect, render
from geo_housing.areas.queries import name_of_area
from geo_housing.calls import service
from geo_housing.calls.board import ANSWERED, CALLING, DUE, LIFTED, UNANSWERED, WAITING
from geo_housing.calls.models import Call
from geo_housing.calls.night import night
from geo_housing.calls.queries import event_of, reply_after
from geo_housing.calls.turns import refused_in
from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput, GeoHousingError, NotAllowed, NotFound
from geo_housing.keys import load_keys
from geo_housing.masking import mask_name
from geo_housing.response.queries import kind_label
from geo_housing.response.steps.call_forms import Press as PressForm
from geo_housing.response.steps.call_forms import Start as StartForm
from geo_housing.response.steps.call_forms import person_of_form
from geo_housing.response.steps.call_text import text_for
from geo_housing.response.steps.tabs import head_of
from geo_housing.scope import AreaScope
from geo_housing.translation import translate
from geo_housing.words import CALL_STATE, CALL_WAY, EVENT_KIND, EVENT_MODE, EVENT_PHASE, WARNING_LEVEL

router = APIRouter(prefix="/events", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]
Caller = Annotated[Access, requires(service.WORK)]
WORDS: dict[str, Any] = {
    "kind": EVENT_KIND, "level": WARNING_LEVEL, "phase": EVENT_PHASE, "mode": EVENT_MODE, "call": CALL_STATE, "way": CALL_WAY,
}  # fmt: skip
# What is said most often; one press stands for 已应 with these words.
REPLIES = ("收到，马上组织", "已通知到各村", "正在转移", "已全部转移")
ROW_STATES = {DUE: "转叫下一人", CALLING: "未应", WAITING: "待叫", ANSWERED: "已应", LIFTED: "已解除，不用再叫"}
# Once the event has ended nobody waits to be called.
ENDED = {**ROW_STATES, WAITING: "没有叫应"}
# Of a mistake the same rows are those who are told of it.
TELLING = {**ROW_STATES, WAITING: "应告知", ANSWERED: "已告知", LIFTED: "已撤销，不用再叫"}
# The same of a place that has left the zones.
TELLING_LEFT = {**TELLING, LIFTED: ROW_STATES[LIFTED]}
TOLD_LEFT_REPLIES = ("收到，马上告知大家", "已通知到各村")
TOLD_REPLIES = (*TOLD_LEFT_REPLIES, "已转移的正在返回")


@router.get("/{event_id}/calls")
def calls_page(event_id: int, request: Request, access: Viewer, area: str = "", text: str = "") -> Response:
    """The board, the first to be dealt with on top; ``text`` shows what is read out to one division."""
    return _page(request, access, event_id, area, shown_text=text)


@router.get("/{event_id}/calls/board")
def board_part(event_id: int, request: Request, access: Viewer, area: str = "") -> Response:
    """The board alone; the page asks for it again by itself."""
    return _board(request, access, event_id, area)


@router.get("/{event_id}/calls/at/{code}/text")
def text_part(event_id: int, code: str, request: Request, access: Viewer, way: str = "phone") -> Response:
    """What is read out to one division, or sent to it (``way=message``); a page of its own without the page's script."""
    event = event_of(access.session, event_id, access.actor.scope)
    told = text_for(access, event, AreaScope(code), is_written=way == "message")
    if "hx-request" in request.headers:
        return render(request, access, "response/calls_text.html", told=told)
    return render(request, access, "response/text.html", event=event, code=code, told=told)


@router.post("/{event_id}/calls/at/{code}/start")
def post_start(
    event_id: int, code: str, request: Request, access: Caller, sent: Annotated[StartForm, Form()]
) -> Response:
    """Somebody is being called."""

    def done() -> Call:
        person = person_of_form(request, access, code, sent)
        return service.start_call(access.session, access.actor, event_id, code, person, sent.press(), way=sent.way)

    return _pressed(request, access, event_id, sent, done, "正在呼叫{name}，请记下结果。")


@router.post("/{event_id}/calls/{call_id}/answer")
def post_answer(
    event_id: int, call_id: int, request: Request, access: Caller, sent: Annotated[PressForm, Form()]
) -> Response:
    """已应, with what they said."""

    def done() -> Call:
        within = reply_after(access.session, access.actor.scope)
        return service.answered(
            access.session, access.actor, call_id, sent.press(), said=sent.words, reply_within=within
        )

    return _pressed(request, access, event_id, sent, done, "已记：{name}已应。")


@router.post("/{event_id}/calls/{call_id}/hand-on")
def post_hand_on(
    event_id: int, call_id: int, request: Request, access: Caller, sent: Annotated[PressForm, Form()]
) -> Response:
    """未应, the next name."""

    def done() -> Call:
        return service.not_answered(access.session, access.actor, call_id, sent.press())

    return _pressed(request, access, event_id, sent, done, "已记：{name}未应，请叫下一人。")


@router.post("/{event_id}/calls/{call_id}/reply")
def post_reply(
    event_id: int, call_id: int, request: Request, access: Caller, sent: Annotated[PressForm, Form()]
) -> Response:
    """What was asked for has been reported."""

    def done() -> Call:
        return service.reported_back(access.session, access.actor, call_id, sent.press(), reply=sent.words)

    return _pressed(request, access, event_id, sent, done, "已记回报。")


@router.post("/{event_id}/calls/{call_id}/undo")
def post_undo(
    event_id: int, call_id: int, request: Request, access: Caller, sent: Annotated[PressForm, Form()]
) -> Response:
    """The last press was a slip."""

    def done() -> Call:
        return service.take_back(access.session, access.actor, call_id, sent.press(), reason=sent.reason)

    return _pressed(request, access, event_id, sent, done, "已撤销上一步。", undoable=False)


def _pressed(
    request: Request,
    access: Access,
    event_id: int,
    sent: PressForm | StartForm,
    done: Any,
    said: str,
    *,
    undoable: bool = True,
) -> Response:
    """The board after a press, with a sentence and the way back; a refusal shows what stands now."""
    event_of(access.session, event_id, access.actor.scope)
    is_part = "hx-request" in request.headers
    try:
        with access.session.begin_nested():
            call = done()
    except (NotFound, NotAllowed):
        raise
    except GeoHousingError as error:
        if is_part:
            response = _board(request, access, event_id, sent.area, error=error, at=sent.at)
            if not undoable:
                # The way back reloads the page: the refusal is told there.
                told = redirect("/", request=request, toast=error.sentence)
                response.headers["set-cookie"] = told.headers["set-cookie"]
            return response
        return _page(request, access, event_id, sent.area, error=error, at=sent.at)
    toast = said.format(name=mask_name(call.name))
    if not is_part:
        place = f"?area={sent.area}" if sent.area else ""
        return redirect(f"/events/{event_id}/calls{place}#r{call.scope_code}", request=request, toast=toast)
    response = _board(request, access, event_id, sent.area)
    undo = f"/events/{event_id}/calls/{call.id}/undo?seen={call.version}" if undoable else None
    way_back = {"text": translate(toast, language_of(request, access.person)), "undo": undo}
    response.headers["HX-Trigger"] = json.dumps({"gh:toast": way_back, "gh:steps": {}})
    return response


def _page(
    request: Request,
    access: Access,
    event_id: int,
    area: str,
    *,
    error: GeoHousingError | None = None,
    at: str = "",
    shown_text: str = "",
) -> Response:
    event = event_of(access.session, event_id, access.actor.scope)
    told = {shown_text: text_for(access, event, AreaScope(shown_text))} if shown_text else {}
    return render(
        request,
        access,
        "response/calls.html",
        status_code=200 if error is None else 422 if isinstance(error, BadInput) else 409,
        head=head_of(access.session, access.actor, event),
        here="calls",
        **_context(request, access, event_id, area, error, at, told),
    )


def _board(
    request: Request, access: Access, event_id: int, area: str, *, error: GeoHousingError | None = None, at: str = ""
) -> Response:
    context = _context(request, access, event_id, area, error, at, {})
    return render(request, access, "response/calls_board.html", **context)


def _context(
    request: Request,
    access: Access,
    event_id: int,
    area: str,
    error: GeoHousingError | None,
    at: str,
    told: dict[str, Any],
) -> dict[str, Any]:
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    scope = actor.scope.narrowed(area or None)
    works = actor.may(service.WORK) and refused_in(event.phase) is None
    found = night(
        session, actor, event_id, scope, ring=load_keys(request.app.state.settings.keys_file) if works else None
    )
    return {
        "event": event,
        "kind": kind_label(event),
        "night": found,
        "area": area,
        "area_name": name_of_area(session, scope.prefix) if scope.prefix else None,
        "works": works,
        "refusal": refused_in(event.phase),
        "error": error,
        "at": at,
        "texts": told,
        "slip": service.SLIP,
        "row_states": TELLING if found.is_of_mistake else ENDED if event.phase == "closed" else ROW_STATES,
        "unanswered": UNANSWERED,
        "replies": TOLD_REPLIES if found.is_of_mistake else REPLIES,
        "left_states": TELLING if found.is_of_mistake else TELLING_LEFT,
        "left_replies": TOLD_REPLIES if found.is_of_mistake else TOLD_LEFT_REPLIES,
        "new_id": lambda: uuid.uuid4().hex,
        "clock": lambda moment: moment.astimezone(BEIJING).strftime("%H:%M"),
        "words": WORDS,
    }
