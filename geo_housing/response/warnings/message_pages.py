"""An uploaded or pasted warning message (CAP): what it says, where it belongs, whom it concerns; then it is confirmed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.areas.queries import area_names
from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput, GeoHousingError
from geo_housing.hazards.joining import Proposal
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.pasted import XML_STARTS
from geo_housing.numbers import whole_number
from geo_housing.response import queries
from geo_housing.response.pages import affected_townships
from geo_housing.response.standing.details import persons_of
from geo_housing.response.warnings.effect import Effect
from geo_housing.response.warnings.form import WarningForm
from geo_housing.response.warnings.messages import Looked, effect_of_message, load_message, look
from geo_housing.response.zones.answers import Given, loaded_toast
from geo_housing.response.zones.loading import MOST_MESSAGE_BYTES, XML_ENDINGS
from geo_housing.response.zones.uploads import metres, revision_of
from geo_housing.words import EVENT_KIND, EVENT_MODE, EVENT_PHASE, WARNING_ACTION, WARNING_LEVEL

router = APIRouter(prefix="/events/messages", include_in_schema=False)

Editor = Annotated[Access, requires("events.edit")]
WORDS: dict[str, Any] = {
    "kind": EVENT_KIND, "level": WARNING_LEVEL, "mode": EVENT_MODE, "phase": EVENT_PHASE, "action": WARNING_ACTION,
}  # fmt: skip
MOST_WORDS = 200


@dataclass(frozen=True)
class MessageBlock:
    """One message on the page, with the names that the part of pasted warnings reads (warning_effect.html)."""

    looked: Looked
    form: WarningForm
    proposals: tuple[Proposal, ...]
    effect: Effect | None
    error: str | None
    above: tuple[Proposal, ...] = ()
    has_ground: bool = True


@dataclass(frozen=True)
class SentMessage:
    """What the page sends: its fields, and the message, uploaded or carried along."""

    form: FormData
    message: str


async def _sent(request: Request) -> SentMessage:
    form = await request.form()
    uploaded = form.get("file")
    if isinstance(uploaded, UploadFile) and uploaded.filename:
        return SentMessage(form, text_of_message(await uploaded.read(MOST_MESSAGE_BYTES + 1)))
    return SentMessage(form, text_of_message(str(form.get("message") or "").encode()))


Posted = Annotated[SentMessage, Depends(_sent)]


def is_message(text_or_name: str) -> bool:
    """Whether what was pasted, or the name of what was uploaded, is a message rather than words or a map file."""
    return text_or_name.lstrip("\ufeff \t\r\n").startswith(XML_STARTS) or (
        Path(text_or_name[-MOST_WORDS:]).suffix.lower() in XML_ENDINGS and "\n" not in text_or_name
    )


@router.post("")
def read_message(request: Request, access: Editor, sent: Posted) -> Response:
    """The message as it was read, where it may belong and whom it concerns; stores nothing."""
    return message_page(request, access, sent)


@router.post("/effect")
def effect_part(request: Request, access: Editor, sent: Posted) -> Response:
    """Where the message belongs and whom it concerns, as the form is typed now; stores nothing."""
    block = _block(access, sent)
    return render(request, access, "response/warning_effect.html", block=block, **_around(access))


@router.post("/confirm")
def confirm(request: Request, access: Editor, sent: Posted) -> Response:
    """Store the message: a new event, or a further warning of the chosen one; a refusal keeps what was typed."""
    try:
        with access.session.begin_nested():
            given = _given(sent.form, _target(sent.form))
            loaded = load_message(access.session, access.actor, sent.message.encode(), given)
    except GeoHousingError as error:
        return message_page(request, access, sent, error)
    return redirect(f"/events/{loaded.zoned.event_id}", request=request, toast=loaded_toast(loaded, "已登记预警消息"))


def message_page(request: Request, access: Access, sent: SentMessage, error: GeoHousingError | None = None) -> Response:
    """The page of one message; one that cannot be read is the caller's to refuse."""
    block = _block(access, sent)
    return render(
        request,
        access,
        "response/message.html",
        status_code=200 if error is None else status_of(error),
        block=block,
        message=sent.message,
        client_id=str(sent.form.get("client_id") or "")[:64],
        buffer_m=str(sent.form.get("0-buffer_m") or "")[:10],
        error=error,
        even_if_known="even_if_known" in sent.form,
        **_around(access),
    )


def text_of_message(content: bytes) -> str:
    """UTF-8 text; BadInput says what else it is."""
    if not content.strip():
        raise BadInput("没有收到预警消息，请选择 .xml 文件，或把消息的全文粘贴进来。")
    if len(content) > MOST_MESSAGE_BYTES:
        raise BadInput(f"这个文件超过 {MOST_MESSAGE_BYTES >> 20} MB，不像一条预警消息。")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("这个文件不是 UTF-8 编码的预警消息，请用发布单位的原文件。") from None


def _target(form: FormData) -> int | None:
    """The event that was chosen, None for a new one; BadInput when nothing was."""
    chosen = str(form.get("0-target") or "")
    if chosen == "new":
        return None
    number = whole_number(chosen)
    if number is None:
        raise BadInput("没有说明这条预警归入哪个事件，请选择“新建事件”或一个进行中的事件。")
    return number


def _given(form: FormData, joins: int | None) -> Given:
    """What is stated beside the message; what stands as the message says it is not stated anew."""
    words = {name: str(form.get(f"0-{name}") or "").strip()[:MOST_WORDS] for name in ("name", "kind", "level", "mode")}
    read = {name: str(form.get(f"0-read-{name}") or "") for name in ("kind", "level")}
    ticked_for = str(form.get("0-ends_of") or "")
    is_for_this = joins is not None and ticked_for == str(joins)
    revision = str(form.get("0-revision") or "")
    ends = tuple(number for value in form.getlist("0-ends") if (number := whole_number(str(value))) is not None)
    return Given(
        joins=joins,
        name=words["name"] or None,
        kind=words["kind"] if words["kind"] != read["kind"] else None,
        level=words["level"] if words["level"] and words["level"] != read["level"] else None,
        mode=words["mode"] or None,
        buffer_m=metres(buffer_m) if (buffer_m := str(form.get("0-buffer_m") or "").strip()) else None,
        client_id=str(form.get("client_id") or "")[:64] or None,
        revision=revision_of(revision) if revision and is_for_this else None,
        ends=ends if is_for_this else None,
        # Where nobody has been asked yet, what an update leaves out goes: that is what an update means.
        keep_unnamed=is_for_this and "0-drop" not in form,
        is_over=is_for_this and "0-over" in form,
        even_if_known="even_if_known" in form,
    )


def _block(access: Access, sent: SentMessage) -> MessageBlock:
    """What the message says and what follows from it; what cannot be worked out yet is said in ``error``."""
    form = sent.form
    looked = look(access.session, access.actor, sent.message.encode(), _given(form, None))
    target = str(form.get("0-target") or "")
    offered = {"new", *(str(one.event.id) for one in looked.proposals)}
    if target not in offered:
        target = _first_target(looked)
    given = _given(form, whole_number(target))
    shown = WarningForm(
        part=0,
        take=True,
        action=looked.said.action,
        kind=looked.said.kind,
        kind_text=looked.said.kind_text or "" if looked.said.kind == "other" else "",
        level=looked.said.level or "ungraded",
        response_level="",
        issuer=looked.said.issuer or "",
        issued_at=looked.said.issued_at.astimezone(BEIJING).isoformat() if looked.said.issued_at else "",
        expires_at="",
        mode=(given.mode or "actual") if looked.message.status in ("Actual", "Draft") else "drill",
        areas=(),
        target=target,
        ends=given.ends,
        keep_unnamed=given.keep_unnamed,
        is_over=given.is_over,
        name=given.name or "",
    )
    try:
        event: HazardEvent | None = None
        if given.joins is not None:
            event = queries.event_of(access.session, given.joins, access.actor.scope)
        effect = None
        if event is not None or looked.said.action != "lift":
            effect = effect_of_message(access.session, access.actor, looked, event, given)
    except GeoHousingError as error:
        return MessageBlock(looked, shown, looked.proposals, None, error.sentence)
    return MessageBlock(looked, shown, looked.proposals, effect, None)


def _first_target(looked: Looked) -> str:
    """Where it was received before; else the event that we would choose, else a new one."""
    if looked.known is not None and any(one.event.id == looked.known for one in looked.proposals):
        return str(looked.known)
    return next((str(one.event.id) for one in looked.proposals if one.is_first_choice), "new")


def _around(access: Access) -> dict[str, Any]:
    return {
        "words": WORDS,
        "names": {area.code: area.name for area in area_names(access.session)},
        "group": affected_townships,
        "first_people": lambda first: persons_of(access.session, [area.zone_id for area in first.areas]),
    }
