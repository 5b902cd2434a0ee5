"""Reading one CAP 1.2 message (GB/T 35965.1 is its Chinese kin): who warns, of what, until when, for which areas.

Pure: bytes in, values out. Feeds, envelopes and CAP 1.1 are refused by name; faults against the schema are noted, not
refused, as long as an area can be read. Unknown codes are kept as received (domain.md 10.2).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput, TooLarge
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

# Schemes of <geocode> whose values are Chinese division codes.
_DIVISION_SCHEMES = ("cpeas", "2260", "行政区划", "区划代码")


@dataclass(frozen=True)
class Circle:
    """A circle in degrees and kilometres; radius 0 is a point without extent."""

    lon: float
    lat: float
    radius_km: float


@dataclass(frozen=True)
class CapArea:
    """One distinct <area>: rings in lon/lat degrees, closed; ``unread`` says what of it could not be used."""

    name: str | None
    rings: tuple[tuple[tuple[float, float], ...], ...]
    circles: tuple[Circle, ...]
    division_codes: tuple[str, ...]
    other_codes: tuple[tuple[str, str], ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class CapMessage:
    """One message as read; times are aware."""

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
    identifier = _text(root, "identifier")
    if not identifier:
        raise BadInput("这条预警消息没有编号（identifier），无法登记。")
    infos = _children(root, "info")
    main = _main_info(infos)
    status = _listed(_text(root, "status") or "Actual", STATUS, "status", notes)
    msg_type = _listed(_text(root, "msgType") or "Alert", MSG_TYPE, "msgType", notes)
    kind, kind_text = _kind(infos)
    moments = [_moment(_text(info, "expires"), notes) for info in infos]
    return CapMessage(
        identifier=identifier,
        sender=_text(root, "sender"),
        sent_at=_moment(_text(root, "sent"), notes),
        status=status,
        msg_type=msg_type,
        references=tuple((_text(root, "references") or "").split()),
        name=None if main is None else _text(main, "headline") or _text(main, "event"),
        kind=kind,
        kind_text=kind_text,
        level=_level(infos),
        issuer=(None if main is None else _text(main, "senderName")) or _text(root, "sender"),
        starts_at=None
        if main is None
        else _moment(_text(main, "onset") or _text(main, "effective") or _text(root, "sent"), notes),
        expires_at=max((moment for moment in moments if moment), default=None),
        areas=_areas(infos, notes),
        notes=tuple(dict.fromkeys(notes)),
        fields=_fields(root, infos),
    )


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


def _children(element: Any, name: str) -> list[Any]:
    return [child for child in element if isinstance(child.tag, str) and etree.QName(child).localname == name]


def _text(element: Any, name: str) -> str | None:
    found = _children(element, name)
    text = "".join(found[0].itertext()).strip() if found else ""
    return re.sub(r"\s+", " ", text) or None


def _note_missing(root: Any, notes: list[str]) -> None:
    for name in _REQUIRED:
        if _text(root, name) is None:
            notes.append(f"缺少必填项 {name}")
    for info in _children(root, "info"):
        for name in _REQUIRED_INFO:
            if _text(info, name) is None:
                notes.append(f"info 缺少必填项 {name}")
        for area in _children(info, "area"):
            if _text(area, "areaDesc") is None:
                notes.append("area 缺少必填项 areaDesc")


def _listed(value: str, allowed: tuple[str, ...], name: str, notes: list[str]) -> str:
    for known in allowed:
        if value.lower() == known.lower():
            return known
    notes.append(f"{name} 的值“{value}”不在标准取值中，按原样保留")
    return value


def _main_info(infos: list[Any]) -> Any | None:
    """The Chinese block when there are several languages, else the first."""
    chinese = [info for info in infos if (_text(info, "language") or "").lower().startswith("zh")]
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
    found = [
        level_of(
            " ".join(text for name in ("headline", "event") if (text := _text(info, name))), _text(info, "severity")
        )
        for info in infos
    ]
    return min((level for level in found if level), key=LEVELS.index, default="ungraded")


def _kind(infos: list[Any]) -> tuple[str, str | None]:
    """Our kind and the sender's own word; an event code that we do not know is the kind itself."""
    text = next((text for info in infos if (text := _text(info, "event"))), None)
    for info in infos:
        coded = [_text(code, "value") for code in _children(info, "eventCode")]
        for value in (*coded, _text(info, "eventType"), _text(info, "event")):
            if value and is_event_code(value):
                return kind_of_code(value, text)
    words = [word for info in infos for name in ("event", "headline") if (word := _text(info, name)) is not None]
    return kind_of_words(" ".join(words)), text


def _areas(infos: list[Any], notes: list[str]) -> tuple[CapArea, ...]:
    """Distinct areas in order: a message in two languages repeats its areas, once is enough."""
    found: dict[tuple[Any, ...], CapArea] = {}
    for info in sorted(infos, key=lambda one: not (_text(one, "language") or "").lower().startswith("zh")):
        for element in _children(info, "area"):
            area = _area(element, notes)
            # The shape says which place it is; codes beside it may differ from block to block.
            shape = (area.rings, area.circles)
            codes = (area.division_codes, area.other_codes)
            found.setdefault(shape if any(shape) else codes if any(codes) else (area.name,), area)
    return tuple(found.values())


def _area(element: Any, notes: list[str]) -> CapArea:
    unread: list[str] = []
    rings = [_ring(part, notes, unread) for part in _children(element, "polygon")]
    circles = [_circle(part, unread) for part in _children(element, "circle")]
    codes = [(_text(code, "valueName") or "", _text(code, "value") or "") for code in _children(element, "geocode")]
    divisions = [value for scheme, value in codes if _names_divisions(scheme)]
    return CapArea(
        name=_text(element, "areaDesc"),
        rings=tuple(sorted(ring for ring in rings if ring)),
        circles=tuple(
            sorted((circle for circle in circles if circle), key=lambda one: (one.lon, one.lat, one.radius_km))
        ),
        division_codes=tuple(sorted(set(divisions))),
        other_codes=tuple(sorted({code for code in codes if not _names_divisions(code[0])})),
        unread=tuple(unread),
    )


def _names_divisions(scheme: str) -> bool:
    return any(word in scheme.lower() for word in _DIVISION_SCHEMES)


def _content(part: Any) -> str:
    return "".join(part.itertext()).strip()


def _ring(part: Any, notes: list[str], unread: list[str]) -> tuple[tuple[float, float], ...] | None:
    """``lat,lon lat,lon …`` as a closed ring of lon/lat."""
    pairs = _content(part).split()
    if not pairs:
        unread.append("有一个多边形是空的")
        return None
    try:
        points = [_point(pair) for pair in pairs]
    except ValueError:
        unread.append("有一个多边形的坐标无法识别（应为“纬度,经度 纬度,经度 …”）")
        return None
    if points[0] != points[-1]:
        notes.append("有一个多边形没有闭合，已按首点闭合")
        points.append(points[0])
    if len(points) < 4:
        unread.append("有一个多边形不足三个角")
        return None
    return tuple(points)


def _point(pair: str) -> tuple[float, float]:
    lat, lon = (float(number) for number in pair.split(","))
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(pair)
    return lon, lat


def _circle(part: Any, unread: list[str]) -> Circle | None:
    """``lat,lon radius`` with the radius in kilometres."""
    try:
        centre, radius = _content(part).split()
        lon, lat = _point(centre)
        radius_km = float(radius)
    except ValueError:
        unread.append("有一个圆的写法无法识别（应为“纬度,经度 半径公里”）")
        return None
    if not 0 <= radius_km <= 20_000:
        unread.append(f"有一个圆的半径“{radius}”公里不合理")
        return None
    return Circle(lon, lat, radius_km)


def _fields(root: Any, infos: list[Any]) -> dict[str, Any]:
    """What the message says in words, kept as received; areas are kept as zones."""
    return {**_words(root), "info": [_words(info) for info in infos]}


def _words(element: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child).localname
        # Pictures and signatures may be megabytes; they say nothing that is decided on here.
        if name in ("info", "area", "resource", "Signature"):
            continue
        if len(child):
            value: Any = {etree.QName(part).localname: _content(part) for part in child if isinstance(part.tag, str)}
        else:
            value = _content(child)
        if name in found:
            found[name] = [*(found[name] if isinstance(found[name], list) else [found[name]]), value]
        else:
            found[name] = value
    return found
