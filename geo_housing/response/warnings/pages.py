"""粘贴预警信息: a pasted text as it was read, correctable, with whom it concerns; confirmed it makes or joins an event."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.areas.queries import AreaName, area_names
from geo_housing.errors import BadInput, GeoHousingError
from geo_housing.hazards.bulletin.parts import Bulletin, Paste
from geo_housing.hazards.joining import Proposal
from geo_housing.hazards.models import HazardEvent, HazardWarning
from geo_housing.hazards.pasted import MAX_BYTES, missing, read_pasted
from geo_housing.numbers import whole_number
from geo_housing.response import queries
from geo_housing.response.pages import affected_townships
from geo_housing.response.service import may_call_off
from geo_housing.response.standing.details import persons_of
from geo_housing.response.warnings import receiving
from geo_housing.response.warnings.effect import Effect, candidates, effect_of, held_above
from geo_housing.response.warnings.form import (
    MOST_WARNINGS,
    PasteForm,
    WarningForm,
    sent_warnings,
    stated,
)
from geo_housing.response.warnings.message_pages import SentMessage, is_message, message_page, text_of_message
from geo_housing.response.warnings.received_before import digest_of, known_before
from geo_housing.response.warnings.retracting import Retracted, retracted_by
from geo_housing.response.warnings.stated import Stated
from geo_housing.response.warnings.underlined import pieces_of
from geo_housing.words import EVENT_KIND, EVENT_MODE, EVENT_PHASE, RESPONSE_LEVEL, WARNING_ACTION, WARNING_LEVEL

router = APIRouter(prefix="/events/warnings", include_in_schema=False)

Editor = Annotated[Access, requires("events.edit")]
WORDS: dict[str, Any] = {
    "kind": EVENT_KIND, "level": WARNING_LEVEL, "mode": EVENT_MODE, "phase": EVENT_PHASE, "action": WARNING_ACTION,
    "response_level": RESPONSE_LEVEL,
}  # fmt: skip
# Fields that nothing in the text filled, as the page says them.
MISSING = {
    "action": "动作", "kind": "灾种", "level": "级别", "issuer": "发布单位", "issued_at": "发布时间", "areas": "区域",
}  # fmt: skip


@dataclass(frozen=True)
class Block:
    """One warning on the page: as read, as typed, where it may belong, and what it would do.

    ``retracted``, of a text that takes a warning back: the events that hold it.
    """

    read: Bulletin
    form: WarningForm
    missing: tuple[str, ...]
    known: HazardWarning | None
    proposals: tuple[Proposal, ...]
    above: tuple[Proposal, ...]
    effect: Effect | None
    error: str | None
    retracted: tuple[Retracted, ...] | None = None

    @property
    def has_ground(self) -> bool:
        """Whether any division is chosen by now."""
        return bool(self.form.chosen)


async def _posted(request: Request) -> FormData:
    return await request.form()


Posted = Annotated[FormData, Depends(_posted)]


@router.get("")
def empty_page(request: Request, access: Editor) -> Response:
    """The field alone."""
    return _page(request, access, PasteForm("", "", ()), Paste("", ()))


@router.post("")
def read_page(request: Request, access: Editor, form: Posted) -> Response:
    """The text as it was read, every part correctable, and whom it concerns; stores nothing."""
    try:
        if is_message(_text(form)):
            return message_page(request, access, SentMessage(FormData(), text_of_message(_text(form).encode())))
        paste = _paste(access.session, form)
    except GeoHousingError as error:
        return _page(request, access, PasteForm(_text(form), "", ()), Paste("", ()), error)
    return _page(request, access, sent_warnings(form, paste), paste)


@router.post("/effect")
def effect_part(request: Request, access: Editor, form: Posted, part: int = 0) -> Response:
    """Where one warning of the form belongs and whom it concerns, as it is typed now; stores nothing."""
    paste = _paste(access.session, form)
    typed = sent_warnings(form, paste)
    found = next((one for one in typed.warnings if one.part == part), None)
    if found is None:
        raise BadInput("这条预警不在所粘贴的文字中，请重新读取。")
    names = area_names(access.session)
    block = _block(access, typed, paste, found, {area.code: area.name for area in names})
    return render(request, access, "response/warning_effect.html", block=block, **_around(access, names))


@router.post("/confirm")
def confirm(request: Request, access: Editor, form: Posted) -> Response:
    """Store the warnings that are ticked, all or none; a refusal keeps what was typed and says what is wrong."""
    paste = _paste(access.session, form)
    typed = sent_warnings(form, paste)
    names = {area.code: area.name for area in area_names(access.session)}
    try:
        with access.session.begin_nested():
            taken = [stated(one, paste.bulletins[one.part], names) for one in typed.warnings if one.take]
            done = receiving.receive(
                access.session,
                access.actor,
                paste.text,
                taken,
                client_id=typed.client_id or None,
                even_if_known=typed.even_if_known,
            )
    except GeoHousingError as error:
        return _page(request, access, typed, paste, error)
    lifted = any(one.action == "lift" for one in done)
    address = f"/events/{done[0].event}" + ("#next" if lifted else "")
    return redirect(address, request=request, toast=_toast(done, lifted=lifted))


def _toast(done: list[receiving.Done], *, lifted: bool) -> str:
    if not any(one.is_new for one in done):
        return "这条预警以前已经登记，没有重复登记。"
    parts = [f"已登记 {len(done)} 条预警"]
    if opened := sum(one.opened for one in done):
        parts.append(f"新增任务 {opened:,} 栋")
    if again := sum(one.fetched.households for one in done):
        parts.append(f"已返回的 {again:,} 户改回待转移，请马上再次转移")
    if left := sum(one.to_withdraw for one in done):
        parts.append(f"待确认撤销 {left:,} 栋")
    if lifted:
        return "，".join(parts) + "。解除不撤销任何任务；请核对后进入灾后排查。"
    return "，".join(parts) + "。"


def _text(form: FormData) -> str:
    return str(form.get("text") or "")


def _paste(session: Session, form: FormData) -> Paste:
    # A browser sends line breaks as CR LF: what is kept and known again is what stood in the message.
    text = _text(form).replace("\r\n", "\n")
    if not text.strip():
        raise BadInput("没有文字。请粘贴预警信息的全文。")
    if len(text.encode()) > MAX_BYTES:
        raise BadInput(f"文字超过 {MAX_BYTES // 1000} KB，不像一条预警信息；请只粘贴预警的正文。")
    return read_pasted(session, text)


def _page(
    request: Request, access: Access, typed: PasteForm, paste: Paste, error: GeoHousingError | None = None
) -> Response:
    names = area_names(access.session)
    by_code = {area.code: area.name for area in names}
    blocks = [_block(access, typed, paste, one, by_code) for one in typed.warnings]
    if error is None and len(blocks) == len(typed.warnings):
        # The page as it is first shown carries what is proposed.
        typed = replace(typed, warnings=tuple(block.form for block in blocks))
    return render(
        request,
        access,
        "response/warning.html",
        status_code=200 if error is None else 422 if isinstance(error, BadInput) else 409,
        typed=typed,
        pieces=pieces_of(paste),
        blocks=blocks,
        left_out=max(0, len(paste.bulletins) - MOST_WARNINGS),
        error=error,
        **_around(access, names),
    )


def _around(access: Access, names: list[AreaName]) -> dict[str, Any]:
    """What both the page and its part need beside the block."""
    scope = access.actor.scope
    inside = [area for area in names if scope.covers(area.code)]
    return {
        "words": WORDS,
        "missing_words": MISSING,
        "may_call_off": may_call_off(access.actor),
        "names": {area.code: area.name for area in names},
        "townships": [area for area in inside if area.level == "township"],
        "villages": [area for area in inside if area.level == "village"],
        "group": affected_townships,
        "first_people": lambda first: persons_of(access.session, [area.zone_id for area in first.areas]),
    }


def _block(access: Access, typed: PasteForm, paste: Paste, form: WarningForm, names: dict[str, str]) -> Block:
    """One warning with what follows from it; what cannot be worked out yet is said in ``error``."""
    read = paste.bulletins[form.part]
    known: HazardWarning | None = None
    try:
        if read.retracts and not form.action:
            said = stated(replace(form, action="lift"), read, names, is_sure=False)
            found_in = retracted_by(access.session, access.actor, said)
            return Block(read, form, tuple(missing(read)), None, (), (), None, None, found_in)
        if not form.action:
            # Where it belongs and what it changes follows from what is done with it.
            said = stated(replace(form, action="issue"), read, names, is_sure=False)
            known = known_before(access.session, digest_of(paste.text), said)
        said = stated(form, read, names, is_sure=False)
        known = known_before(access.session, digest_of(paste.text), said)
        found = candidates(access.session, access.actor, said)
        above = held_above(access.session, access.actor, said)
        form = _with_target(typed, form, found, known, above)
        effect = _effect(access, replace(said, target=form.target, ends=form.ends))
    except GeoHousingError as error:
        return Block(read, form, tuple(missing(read)), known, (), (), None, error.sentence)
    return Block(read, form, tuple(missing(read)), known, found, above, effect, None)


def _with_target(
    typed: PasteForm,
    form: WarningForm,
    found: tuple[Proposal, ...],
    known: HazardWarning | None,
    above: tuple[Proposal, ...],
) -> WarningForm:
    """Where it belongs: as chosen; at first what we would choose, and for a further warning of the paste with the first."""
    targets = {"new", *(str(one.event.id) for one in found)} | ({"first"} if form.part else set())
    if form.target in targets:
        return form
    chosen = next((str(one.event.id) for one in found if one.is_first_choice), None)
    if known is not None and any(one.event.id == known.event_id for one in found):
        return replace(form, target=str(known.event_id), take=False)
    if chosen is None and above:
        return replace(form, target="new", take=False)
    if chosen is None and form.part and form.action != "lift":
        first = typed.warnings[0]
        chosen = "first" if first.take else None
    if chosen is None and form.action == "lift" and not found:
        return replace(form, target="new", take=False)
    return replace(form, target=chosen or "new")


def _effect(access: Access, said: Stated) -> Effect | None:
    event: HazardEvent | None = None
    if (number := whole_number(said.target)) is not None:
        event = queries.event_of(access.session, number, access.actor.scope)
    if event is None and said.action == "lift":
        return None
    return effect_of(access.session, access.actor, said, event)
