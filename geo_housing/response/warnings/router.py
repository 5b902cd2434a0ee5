"""The API of warnings: read a text and say whom it concerns, confirm it, list what an event has received."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from geo_housing.accounts.access import Access, requires
from geo_housing.areas.queries import area_names
from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput, TooLarge
from geo_housing.hazards.bulletin.parts import Paste
from geo_housing.hazards.models import HazardWarning
from geo_housing.hazards.overtaken import Overtaken
from geo_housing.hazards.pasted import MAX_BYTES, paste_json, read_pasted, refuse_message
from geo_housing.hazards.received import warnings_of
from geo_housing.response import queries
from geo_housing.response.schemas import Code, Name, Word, affected_json
from geo_housing.response.warnings import receiving
from geo_housing.response.warnings.effect import Effect, candidates, effect_of
from geo_housing.response.warnings.form import MOST_WARNINGS, corrected_at, form_of_reading, level_corrected, stated
from geo_housing.response.warnings.received_before import digest_of, known_before
from geo_housing.response.warnings.receiving import Done
from geo_housing.response.warnings.retracting import retracted_by, retracted_json
from geo_housing.response.warnings.stated import Stated, StatedArea
from geo_housing.response.zones.changing import changing_json
from geo_housing.words import EVENT_MODE, RESPONSE_LEVEL, WARNING_ACTION, WARNING_LEVEL

router = APIRouter(prefix="/api/v1", tags=["warnings"])

Viewer = Annotated[Access, requires("events.view")]
Editor = Annotated[Access, requires("events.edit")]
Text = Annotated[str, Field(max_length=MAX_BYTES)]


class ReadBody(BaseModel):
    """A pasted text."""

    model_config = ConfigDict(extra="forbid")

    text: Text


class AreaBody(BaseModel):
    """A division, with a level of its own where it has one."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    level: Word | None = None


class WarningBody(BaseModel):
    """One warning of the text as confirmed: ``part`` counts from 0 in the order of the answer of read.

    Without ``event`` a new one is made; ``first`` joins the event of the first warning of the list. ``ends`` are numbers of
    warnings that it replaces or lifts; left out, they are told by kind and issuer. Of a correction of which nobody can tell which it
    puts right they must be given, empty where it is none of those in force. ``keep_unnamed``: divisions of what it replaces that it
    does not name stay; left out, they do, and of a correction that has such it must be given. ``is_over``: lifts of the event that were
    issued after it have ended it (``overtaken`` in the answer of read); 409 where none has. ``revision`` is the one whose difference
    was read: 409 when the zones are others by now.
    """

    model_config = ConfigDict(extra="forbid")

    part: int = Field(default=0, ge=0, lt=MOST_WARNINGS)
    action: Word
    kind: Word
    level: Word | None = None
    response_level: Word | None = None
    issuer: Name | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    mode: Word = "actual"
    areas: list[AreaBody] = Field(default_factory=list, max_length=2000)
    event: int | None = None
    first: bool = False
    ends: list[int] | None = Field(default=None, max_length=200)
    keep_unnamed: bool | None = None
    is_over: bool = False
    name: Name | None = None
    revision: int | None = None


class ConfirmBody(BaseModel):
    """The text, kept whole, with its warnings as confirmed."""

    model_config = ConfigDict(extra="forbid")

    text: Text
    warnings: list[WarningBody] = Field(min_length=1, max_length=MOST_WARNINGS)
    client_id: Annotated[str, Field(max_length=64)] | None = None
    even_if_known: bool = False


@router.post("/warnings/read")
def read_warnings(access: Editor, body: ReadBody) -> Any:
    """What a text says, as ``hazards text``, with the events it may belong to and whom it concerns; stores nothing."""
    paste = read_pasted(access.session, _checked(body.text))
    names = {area.code: area.name for area in area_names(access.session)}
    answer = paste_json(paste)
    parts = [answer, *answer["further"]]
    for part, one in enumerate(paste.bulletins[:MOST_WARNINGS]):
        read = form_of_reading(one, part)
        # Where nothing was read to be done, nothing is proposed; it is said whether it was entered before.
        said = stated(replace(read, action=read.action or "issue"), one, names, is_sure=False)
        proposed = candidates(access.session, access.actor, said) if read.action else ()
        chosen = next((found.event.id for found in proposed if found.is_first_choice), None)
        event = None if chosen is None else queries.event_of(access.session, chosen, access.actor.scope)
        known = known_before(access.session, digest_of(paste.text), said)
        parts[part]["known_in"] = None if known is None else known.event_id
        parts[part]["events"] = [
            {
                "id": found.event.id,
                "name": found.event.name,
                "reasons": list(found.reasons),
                "proposed": found.is_first_choice,
            }
            for found in proposed
        ]
        parts[part]["effect"] = None
        if one.retracts:
            taken_back = retracted_by(access.session, access.actor, replace(said, action="lift"))
            parts[part]["retracted"] = retracted_json(taken_back)
        if read.action and (event is not None or said.action != "lift"):
            parts[part]["effect"] = _effect_json(effect_of(access.session, access.actor, said, event), access)
    return answer


@router.post("/warnings")
def confirm_warnings(access: Editor, body: ConfirmBody) -> Any:
    """Store warnings as confirmed, all or none: new events, or further warnings of open ones; sent twice is once."""
    paste = read_pasted(access.session, _checked(body.text))
    names = {area.code: area.name for area in area_names(access.session)}
    taken = []
    for one in body.warnings:
        if one.part >= max(1, len(paste.bulletins)):
            raise BadInput(f"文中没有第 {one.part + 1} 条预警，请先读取（/api/v1/warnings/read）再登记。")
        taken.append(_as_read(_stated(one, names), paste))
    done = receiving.receive(
        access.session, access.actor, body.text, taken, client_id=body.client_id, even_if_known=body.even_if_known
    )
    return {"warnings": [_done_json(one) for one in done]}


@router.get("/events/{event_id}/warnings")
def list_warnings(event_id: int, access: Viewer) -> Any:
    """All warnings of an event in the order in which they were received."""
    queries.event_of(access.session, event_id, access.actor.scope)
    return {"items": [_warning_json(one) for one in warnings_of(access.session, event_id)], "next": None}


def _checked(text: str) -> str:
    if not text.strip():
        raise BadInput("没有文字。请粘贴预警信息的全文。")
    if len(text.encode()) > MAX_BYTES:
        raise TooLarge(f"文字超过 {MAX_BYTES // 1000} KB，不像一条预警信息；请只粘贴预警的正文。")
    refuse_message(text)
    return text


def _as_read(stated: Stated, paste: Paste) -> Stated:
    """With what only the text says: whether it names places, and which warning it corrects."""
    if not paste.bulletins:
        return stated
    read = paste.bulletins[stated.part]
    at, hour = read.replaced_at, read.replaced_clock
    stated = replace(
        stated,
        says_where=read.says_where,
        replaced_at=None if at is None else at.value,
        replaced_clock=None if hour is None else hour.value,
    )
    if read.corrects is None:
        return stated
    was = read.former_level
    return replace(
        stated,
        corrects=True,
        corrected_at=corrected_at(read),
        was_level=level_corrected(read),
        former_level=None if was is None else was.value,
    )


def _stated(body: WarningBody, names: dict[str, str]) -> Stated:
    action = WARNING_ACTION.code(body.action)
    if action == "none":
        raise BadInput("请选择这条预警的动作（发布、升级、解除等）。")
    level = WARNING_LEVEL.code(body.level) if body.level else None
    return Stated(
        part=body.part,
        action=action,
        kind=body.kind.strip(),
        level=None if level == "ungraded" else level,
        response_level=RESPONSE_LEVEL.code(body.response_level) if body.response_level else None,
        issuer=body.issuer,
        issued_at=None if body.issued_at is None else body.issued_at.astimezone(BEIJING),
        expires_at=None if body.expires_at is None else body.expires_at.astimezone(BEIJING),
        mode=EVENT_MODE.code(body.mode),
        areas=tuple(
            StatedArea(
                one.code, names.get(one.code, one.code), level=WARNING_LEVEL.code(one.level) if one.level else None
            )
            for one in body.areas
        ),
        target="first" if body.first else "new" if body.event is None else str(body.event),
        ends=None if body.ends is None else tuple(body.ends),
        corrects_none=body.ends == [],
        keep_unnamed=body.keep_unnamed is not False,
        rest_said=body.keep_unnamed is not None,
        is_over=body.is_over,
        name=body.name,
        revision=body.revision,
    )


def _effect_json(effect: Effect, access: Access) -> dict[str, Any]:
    return {
        "event": None if effect.event is None else effect.event.id,
        "ends": list(effect.ends),
        "told_only": list(effect.told_only),
        "doubts": [{"warning": warning, "reason": said} for warning, said in effect.doubts.items() if said],
        "revision": None if effect.event is None else effect.event.revision,
        "level": effect.change.level,
        "level_before": effect.level_before,
        "overtaken": None if effect.overtaken is None else _overtaken_json(effect.overtaken),
        "odd_time": effect.odd_time or None,
        **changing_json(effect.changing),
        "affected": None if effect.affected is None else affected_json(effect.affected, access.actor, effect.first),
    }


def _overtaken_json(found: Overtaken) -> dict[str, Any]:
    return {
        "lift": found.lift_id,
        "issued_at": _moment(found.at),
        "issuer": found.issuer,
        "areas": list(found.codes),
        "is_whole": found.is_whole,
    }


def _done_json(done: Done) -> dict[str, Any]:
    zoned = done.zoned
    return {
        "event": done.event,
        "is_new": done.is_new,
        "zones": None if zoned is None else zoned.zones,
        "revision": None if zoned is None else zoned.revision,
        "opened": done.opened,
        "to_withdraw": done.to_withdraw,
        "returned_again": done.fetched.households,
    }


def _warning_json(one: HazardWarning) -> dict[str, Any]:
    return {
        "id": one.id, "form": one.form, "identifier": one.identifier, "refers_to": one.refers_to or [],
        "status": one.status, "action": one.action, "kind": one.kind, "kind_text": one.kind_text, "level": one.level,
        "former_level": one.former_level, "response_level": one.response_level, "issuer": one.issuer,
        "issued_at": _moment(one.issued_at), "effective_at": _moment(one.effective_at),
        "expires_at": _moment(one.expires_at), "areas": one.areas, "unread": one.unread, "text": one.text,
        "part": one.part, "ended_at": _moment(one.ended_at), "ended_by": one.ended_by, "received_by": one.received_by,
        "received_at": _moment(one.received_at),
    }  # fmt: skip


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(BEIJING).isoformat(timespec="seconds")
