"""Reading one CAP 1.2 message (GB/T 35965.1 is its Chinese kin): who warns, of what, until when, for which areas.

Pure: bytes in, values out. Feeds, envelopes and CAP 1.1 are refused by name; faults against the schema are noted, not
refused, as long as an area can be read. Unknown codes are kept as received (domain.md 10.2).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput, TooLarge
from geo_housing.hazards.bulletin.plain import to_plain
from geo_housing.hazards.bulletin.signals import lifts_only
from geo_housing.hazards.cap_areas import CapArea, areas_of
from geo_housing.hazards.cap_elements import children, text_of, words_of
from geo_housing.hazards.cap_words import LEVELS, is_event_code, kind_of_code, kind_of_words, level_of

MAX_BYTES = 5 * 1024**2
CAP_12 = "urn:oasis:names:tc:emergency:cap:1.2"
_CAP_OTHER = "emergency:cap:"
_REFUSED_ROOTS = {
    "feed": "Atom 订阅列表",
    "rss": "RSS 订阅列表",
    "RDF": "RSS 订阅列表",
    "EDXLDistribution": "EDXL 分发信封",
}

# What the standard allows; anything else is noted and kept as received.
STATUS = ("Actual", "Exercise", "System", "Test", "Draft")
MSG_TYPE = ("Alert", "Update", "Cancel", "Ack", "Error")
_REQUIRED = ("identifier", "sender", "sent", "status", "msgType", "scope")
_REQUIRED_INFO = ("category", "event", "urgency", "severity", "certainty")


@dataclass(frozen=True)
class CapMessage:
    """One message as read; times are aware. ``is_lift``: it ends warnings, as a Cancel does, or says so otherwise."""

    identifier: str
    sender: str | None
    sent_at: datetime | None
    status: str
    msg_type: str
    references: tuple[str, ...]
    name: str | None
    kind: str
    kind_text: str | None
    level: str
    issuer: str | None
    starts_at: datetime | None
    expires_at: datetime | None
    areas: tuple[CapArea, ...]
    notes: tuple[str, ...]
    fields: dict[str, Any]
    is_lift: bool = False

    @property
    def named(self) -> tuple[str, ...]:
        """Identifiers of the messages that it refers to: each reference is sender,identifier,sent, or the identifier alone."""
        parts = [reference.split(",") for reference in self.references]
        return tuple(dict.fromkeys(part[1] if len(part) == 3 else part[0] for part in parts))

    @property
    def is_actual(self) -> bool:
        """Whether people are meant, not an exercise, a test or a draft."""
        return self.status == "Actual"


def read_cap(content: bytes) -> CapMessage:
    """The message; BadInput when it is no CAP 1.2 message, or has no identifier."""
    root = _parse(content)
    notes: list[str] = []
    _check_root(root, notes)
    _note_missing(root, notes)
    identifier = text_of(root, "identifier")
    if not identifier:
        raise BadInput("这条预警消息没有编号（identifier），无法登记。")
    infos = children(root, "info")
    main = _main_info(infos)
    status = _listed(text_of(root, "status") or "Actual", STATUS, "status", notes)
    msg_type = _listed(text_of(root, "msgType") or "Alert", MSG_TYPE, "msgType", notes)
    kind, kind_text = _kind(infos)
    moments = [_moment(text_of(info, "expires"), notes) for info in infos]
    return CapMessage(
        identifier=identifier,
        sender=text_of(root, "sender"),
        sent_at=_moment(_sent(root), notes),
        status=status,
        msg_type=msg_type,
        references=tuple((text_of(root, "references") or "").split()),
        name=None if main is None else text_of(main, "headline") or text_of(main, "event"),
        kind=kind,
        kind_text=kind_text,
        level=_level(infos),
        issuer=(None if main is None else text_of(main, "senderName")) or text_of(root, "sender"),
        starts_at=None
        if main is None
        else _moment(text_of(main, "onset") or text_of(main, "effective") or _sent(root), notes),
        expires_at=max((moment for moment in moments if moment), default=None),
        areas=areas_of(infos, notes, _level_of_info),
        notes=tuple(dict.fromkeys(notes)),
        fields=_fields(root, infos),
        is_lift=msg_type == "Cancel" or (msg_type in ("Alert", "Update") and _says_lifted(infos, main, notes)),
    )


def _says_lifted(infos: list[Any], main: Any | None, notes: list[str]) -> bool:
    """An all-clear in every block, or a headline that lifts and sets no other level (解除暴雨红色预警)."""
    responses = [{(text_of(one, "responseType") or ""), *_more(one)} - {""} for one in infos]
    clear = [found == {"AllClear"} for found in responses]
    if clear and all(clear):
        return True
    if any("AllClear" in found for found in responses):
        notes.append("消息中有一部分写明解除（AllClear），没有按解除登记，请核对")
    words = None if main is None else text_of(main, "headline") or text_of(main, "event")
    return words is not None and lifts_only(to_plain(words).text)


def _more(info: Any) -> set[str]:
    return {(one.text or "").strip() for one in children(info, "responseType")}


def _sent(root: Any) -> str | None:
    """When it was sent; messages of GB/T 35965 say sendTime."""
    return text_of(root, "sent") or text_of(root, "sendTime")


def _parse(content: bytes) -> Any:
    if len(content) > MAX_BYTES:
        raise TooLarge(f"XML 文件超过 {MAX_BYTES // 1024**2} MB，不像一条预警消息。")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BadInput("XML 文件不完整或格式有误，请重新获取。") from None
    # Entities are how a message would read our files or swell without end; no real message declares any.
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise BadInput("XML 文件含有 DOCTYPE 声明，出于安全不予读取；请向发布单位索取标准的 CAP 1.2 消息。")
    return root


def _check_root(root: Any, notes: list[str]) -> None:
    name = etree.QName(root)
    if name.localname in _REFUSED_ROOTS:
        raise BadInput(
            f"这是 {_REFUSED_ROOTS[name.localname]}，不是单条预警消息；目前只读取单条 CAP 1.2，请把其中一条另存后装入。"
        )
    if name.localname != "alert":
        raise BadInput(f"XML 的根元素是“{name.localname}”，不是 CAP 预警消息（alert）。")
    if name.namespace == CAP_12:
        return
    if name.namespace is None:
        notes.append("消息没有声明 CAP 命名空间，按 CAP 1.2 读取")
        return
    version = name.namespace.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
    if _CAP_OTHER in name.namespace or "/cap/" in name.namespace:
        raise BadInput(f"这条消息是 CAP {version}，目前只读取 CAP 1.2；请向发布单位索取 1.2 版。")
    raise BadInput(f"XML 的命名空间“{name.namespace}”不是 CAP 1.2。")


def _note_missing(root: Any, notes: list[str]) -> None:
    for name in _REQUIRED:
        if text_of(root, name) is None and not (name == "sent" and _sent(root)):
            notes.append(f"缺少必填项 {name}")
    for info in children(root, "info"):
        for name in _REQUIRED_INFO:
            if text_of(info, name) is None:
                notes.append(f"info 缺少必填项 {name}")
        for area in children(info, "area"):
            if text_of(area, "areaDesc") is None:
                notes.append("area 缺少必填项 areaDesc")


def _listed(value: str, allowed: tuple[str, ...], name: str, notes: list[str]) -> str:
    for known in allowed:
        if value.lower() == known.lower():
            return known
    notes.append(f"{name} 的值“{value}”不在标准取值中，按原样保留")
    return value


def _main_info(infos: list[Any]) -> Any | None:
    """The Chinese block when there are several languages, else the first."""
    chinese = [info for info in infos if (text_of(info, "language") or "").lower().startswith("zh")]
    return (chinese or infos or [None])[0]


def _moment(text: str | None, notes: list[str]) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        notes.append(f"时间“{text}”无法识别，未采用")
        return None
    if moment.tzinfo is None:
        notes.append("时间没有写时区，按北京时间")
        return moment.replace(tzinfo=BEIJING)
    return moment.astimezone(BEIJING)


def _level(infos: list[Any]) -> str:
    """The most severe level of all blocks."""
    found = [_level_of_info(info) for info in infos]
    return min((level for level in found if level), key=LEVELS.index, default="ungraded")


def _level_of_info(info: Any) -> str | None:
    words = " ".join(text for name in ("headline", "event") if (text := text_of(info, name)))
    return level_of(words, text_of(info, "severity"))


def _kind(infos: list[Any]) -> tuple[str, str | None]:
    """Our kind and the sender's own word; an event code that we do not know is the kind itself."""
    text = next((text for info in infos if (text := text_of(info, "event"))), None)
    for info in infos:
        coded = [text_of(code, "value") for code in children(info, "eventCode")]
        for value in (*coded, text_of(info, "eventType"), text_of(info, "event")):
            if value and is_event_code(value):
                return kind_of_code(value, text)
    words = [word for info in infos for name in ("event", "headline") if (word := text_of(info, name)) is not None]
    return kind_of_words(" ".join(words)), text


def _fields(root: Any, infos: list[Any]) -> dict[str, Any]:
    """What the message says in words, kept as received; areas are kept as zones."""
    return {**words_of(root), "info": [words_of(info) for info in infos]}
