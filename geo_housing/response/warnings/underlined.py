"""A pasted text as it was read: which of its words became what, for underlining. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from geo_housing.hazards.bulletin.parts import Bulletin, Paste

# Of words that say two things the first of these is shown.
LABELS = {
    "question": "待选择",
    "area": "区域",
    "unread": "未识别",
    "level": "级别",
    "former_level": "原级别",
    "response_level": "应急响应",
    "kind": "灾种",
    "action": "动作",
    "issuer": "发布单位",
    "issued_at": "发布时间",
    "effective_at": "起始时间",
    "expires_at": "有效期至",
    "replaced_at": "原预警时间",
    "replaced_clock": "原预警时间",
    "corrected_at": "更正时间",
    "drill": "演练",
}


@dataclass(frozen=True)
class Piece:
    """Words in a row; ``label`` says what they were read as, None for those that say nothing here; ``part`` of which warning."""

    text: str
    name: str | None = None
    label: str | None = None
    note: str | None = None
    part: int | None = None


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    name: str
    note: str | None
    part: int


def pieces_of(paste: Paste) -> list[Piece]:
    """The whole text in pieces: put together they are the original."""
    order = list(LABELS)
    spans = [span for part, one in enumerate(paste.bulletins) for span in _spans(one, part)]
    owner: list[_Span | None] = [None] * len(paste.text)
    for span in sorted(spans, key=lambda one: order.index(one.name), reverse=True):
        owner[span.start : span.end] = [span] * (span.end - span.start)
    return list(_grouped(paste.text, owner))


def _grouped(text: str, owner: list[_Span | None]) -> Iterator[Piece]:
    start = 0
    for at in range(1, len(text) + 1):
        if at < len(text) and owner[at] is owner[start]:
            continue
        span = owner[start]
        if span is None:
            yield Piece(text[start:at])
        else:
            yield Piece(text[start:at], span.name, LABELS[span.name], span.note, span.part)
        start = at


def _spans(one: Bulletin, part: int) -> Iterator[_Span]:
    said: list[tuple[str, Any]] = [
        ("action", one.action), ("kind", one.kind), ("level", one.level), ("former_level", one.former_level),
        ("response_level", one.response_level), ("issued_at", one.issued_at), ("effective_at", one.effective_at),
        ("expires_at", one.expires_at), ("replaced_at", one.replaced_at), ("replaced_clock", one.replaced_clock),
        ("corrected_at", one.corrected_at), ("drill", one.drill), *(("issuer", issuer) for issuer in one.issuers),
    ]  # fmt: skip
    for name, words in said:
        if words is not None:
            yield _Span(words.start, words.end, name, None, part)
    for area in one.areas:
        yield _Span(area.start, area.end, "area", area.name, part)
    for asked in one.questions:
        yield _Span(asked.start, asked.end, "question", asked.sentence, part)
    for unread in one.unread:
        yield _Span(unread.start, unread.end, "unread", unread.sentence, part)
