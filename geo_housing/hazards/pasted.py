"""A pasted warning against the loaded divisions: its bytes, its names, its answer. Nothing is stored here."""

from typing import Any

from sqlalchemy.orm import Session

from geo_housing.areas.queries import aliases, area_names
from geo_housing.clock import today
from geo_housing.errors import BadInput, TooLarge
from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.hazards.bulletin.parts import Bulletin, Part, Paste
from geo_housing.hazards.bulletin.reading import read_bulletin

# Some thirty pages: the longest warnings with their guides are one.
MAX_BYTES = 100_000
# How a CAP message begins.
XML_STARTS = ("<?xml", "<alert", "<cap:alert")


def decode(content: bytes) -> str:
    """The text of a file, UTF-8 or GB18030; BadInput when it is neither or empty, TooLarge beyond MAX_BYTES."""
    if len(content) > MAX_BYTES:
        raise TooLarge(f"文字超过 {MAX_BYTES // 1000} KB，不像一条预警信息；请只粘贴预警的正文。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if not text.strip():
            raise BadInput("没有文字。请粘贴预警信息的全文。")
        refuse_message(text)
        return text
    raise BadInput("这不是文字，或编码既不是 UTF-8 也不是 GB18030。请粘贴文字，或另存为 UTF-8 的文本文件。")


def refuse_message(text: str) -> None:
    """BadInput for a CAP message: read as words it would say nothing, and nobody would know why."""
    if text.lstrip("\ufeff \t\r\n").startswith(XML_STARTS):
        raise BadInput(
            "这是 CAP 预警消息（XML），不是预警文字；请存成 .xml 文件后用“上传文件”装入（命令行 hazards load）。"
        )


def read_pasted(session: Session, text: str) -> Paste:
    """The warnings of ``text``, their areas among the divisions that the actor may see; dates as of today."""
    named = Gazetteer(area_names(session), [(one.code, one.name) for one in aliases(session)])
    return read_bulletin(text, named, pasted_on=today())


def paste_json(paste: Paste) -> dict[str, Any]:
    """The answer of ``hazards text``: the first warning, the others under ``further``; action none when there is none."""
    if not paste.bulletins:
        nothing = dict.fromkeys(("kind", "level", "issuer", "issued_at"))
        empty: dict[str, Any] = {name: [] for name in ("areas", "unread", "questions", "missing", "further")}
        return {"action": "none", **nothing, **empty, "drill": False, "corrects": False, "retracts": False}
    first, *others = paste.bulletins
    return {**_bulletin_json(first), "further": [_bulletin_json(one) for one in others]}


def _bulletin_json(one: Bulletin) -> dict[str, Any]:
    parts: dict[str, Part[Any] | None] = {
        "action": one.action,
        "kind": one.kind,
        "level": one.level,
        "issued_at": one.issued_at,
        "former_level": one.former_level,
        "response_level": one.response_level,
        "effective_at": one.effective_at,
        "expires_at": one.expires_at,
        "replaced_at": one.replaced_at,
        "replaced_clock": one.replaced_clock,
        "corrected_at": one.corrected_at,
    }
    said: dict[str, Any] = {name: None if part is None else part.value for name, part in parts.items()}
    for name in ("issued_at", "effective_at", "expires_at", "replaced_at", "corrected_at"):
        said[name] = said[name] and said[name].isoformat()
    said["replaced_clock"] = None if one.replaced_clock is None else f"{one.replaced_clock.value:%H:%M}"
    where: dict[str, Any] = {name: _place(part) for name, part in parts.items() if part is not None}
    where["issuer"] = [_place(part) for part in one.issuers]
    return {
        **said,
        "issuer": "、".join(part.value for part in one.issuers) or None,
        "areas": [
            {
                "code": area.code,
                "name": area.name,
                "text": area.text,
                "start": area.start,
                "end": area.end,
                "extent": area.extent,
                "level": area.level,
                "observed": area.is_observed,
            }
            for area in one.areas
        ],
        "unread": [{**_place(words), "sentence": words.sentence} for words in one.unread],
        "undone": None if one.undone is None else {**_place(one.undone), "sentence": one.undone.sentence},
        "drill": one.drill is not None,
        "corrects": one.corrects is not None,
        "retracts": one.retracts,
        "questions": [
            {
                **_place(asked),
                "sentence": asked.sentence,
                "candidates": [{"code": place.code, "name": place.name} for place in asked.candidates],
            }
            for asked in one.questions
        ],
        "missing": missing(one),
        "parts": where,
    }


def missing(one: Bulletin) -> list[str]:
    """What the text does not say, of what a person needs to go on."""
    wanted = {
        "action": one.action,
        "kind": one.kind,
        "level": one.level or one.response_level,
        "issuer": one.issuers,
        "issued_at": one.issued_at,
        # A lifting that names no place ends the whole warning.
        "areas": one.areas
        or one.questions
        or (one.action is not None and one.action.value == "lift" and not one.says_where)
        # A correction that names none speaks of all places of what it corrects.
        or (one.corrects is not None and not one.says_where),
    }
    return [name for name, value in wanted.items() if not value]


def _place(said: Any) -> dict[str, Any]:
    return {"text": said.text, "start": said.start, "end": said.end}
