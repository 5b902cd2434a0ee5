"""A paste taken apart: where each warning begins, its heading, and where criteria and guides begin after it. Pure."""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date

from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.hazards.bulletin.issuers import Issuer, issuer_groups
from geo_housing.hazards.bulletin.moments import FoundTime, times_in
from geo_housing.hazards.bulletin.signals import VERB, VERBS, Signal, Words, release_in, signals_in

# What is pasted after a warning says nothing of this one.
_TAIL = re.compile(
    r"防御指南|防御措施|防范建议|防御建议|图例|信号含义|(?:预警(?:信号)?|信号|发布)?标准[:为]|\(?预警信息来源|\(?信息来源|\(?来源:|责编|责任编辑|"
    r"编辑:|温馨提示[:,]|附件[:1]|小知识|相关链接|阅读原文"
)
# Between the office and what it does.
_FILLER = re.compile(
    r"联合|共同|同时|另外|还|也|并|随后|现|今日|今天|今[晚晨早]?|昨[天日晚夜]|凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|夜间|刚刚|刚才|刚|已经?|定于|拟于|于|在|将|对|由|自|从|起|有效期?(?:至|到)|决定|研究|关于|再次|再|\d{1,2}月\d{1,2}日|\d{1,2}[时点](?:\d{1,2}分)?(?!前)|确认|[,.:、()\[\]【】《》]"
    r"|经.{0,12}?(?:研判|会商|研究|批准)"
    # A time with letters in it.
    r"|[\dOoIlQ]{1,4}年|[\dOoIlQ]{1,2}(?:月|[日号]|[时点分](?!前))"
)
_ISSUED_THEN = re.compile("[^,。;:!]{0,28}?发布的")
_VERB_REACH = 40
_NOTICE = re.compile("(?:泄洪|泄流|放水|预泄|响应|预警)[^。;!]{0,12}?(?:通知|通告|公告|通报)")
_BARE = re.compile("(发布|继续发布|变更|更新)(?:[\u3400-\u9fff]{1,6}(?:预警|信息|提示|通报|公告))?[:,]")
_SIGN_OFF = re.compile(r"[ :()\d年月日号时点分.-]*(?P<verb>(?:联合)?发布)?[。!]?")
# 发布单位：突泉县水利局
_LABEL = re.compile("(?:发布|签发|发文)(?:单位|机构|部门|台站)(?:为|:)$")


@dataclass(frozen=True)
class Block:
    """One warning in the plain text: from ``start`` to ``end``, its own words up to ``body_end``.

    ``heading`` is the statement that it makes, ``signals`` are all of its statements; ``issuers`` issue it, ``offices``
    are all that the text names; ``said_from`` is where its heading begins.
    """

    start: int
    end: int
    body_end: int
    said_from: int
    issuers: tuple[Issuer, ...]
    offices: tuple[Issuer, ...]
    heading: Signal | None
    signals: tuple[Signal, ...]
    times: tuple[FoundTime, ...]


@dataclass(frozen=True)
class _Head:
    start: int
    issuers: tuple[Issuer, ...]
    signal: Signal | None
    said_to: int
    verb: Words | None = None


class _Found:
    """What was found in the whole text, and what of it lies between two places."""

    def __init__(self, text: str, seams: frozenset[int], gazetteer: Gazetteer, pasted_on: date) -> None:
        self.text, self.seams = text, seams
        self.groups = issuer_groups(text, seams, gazetteer)
        self.times = list(times_in(text, 0, len(text), pasted_on))
        self.signals = signals_in(text, 0, len(text))
        self.tails = [found.start() for found in _TAIL.finditer(text)]
        self._group_starts = [group[0].start for group in self.groups]
        self._time_starts = [one.start for one in self.times]
        self._signal_starts = [one.start for one in self.signals]

    def groups_in(self, start: int, end: int) -> list[tuple[Issuer, ...]]:
        return self.groups[bisect_left(self._group_starts, start) : bisect_left(self._group_starts, end)]

    def times_in(self, start: int, end: int) -> list[FoundTime]:
        return self.times[bisect_left(self._time_starts, start) : bisect_left(self._time_starts, end)]

    def signals_in(self, start: int, end: int) -> list[Signal]:
        return self.signals[bisect_left(self._signal_starts, start) : bisect_left(self._signal_starts, end)]

    def tail_in(self, start: int, end: int) -> int:
        # 温馨提示：… as the first words of a text is its beginning.
        at = bisect_left(self.tails, start + 1)
        return self.tails[at] if at < len(self.tails) and self.tails[at] < end else end

    def time_at(self, start: int) -> FoundTime | None:
        at = bisect_left(self._time_starts, start)
        return self.times[at] if at < len(self.times) and self.times[at].start == start else None

    def signal_at(self, start: int) -> Signal | None:
        at = bisect_left(self._signal_starts, start)
        return self.signals[at] if at < len(self.signals) and self.signals[at].start == start else None


def blocks_in(text: str, seams: frozenset[int], gazetteer: Gazetteer, pasted_on: date) -> list[Block]:
    """The warnings of a plain text in their order; one block without heading when it makes no statement."""
    found = _Found(text, seams, gazetteer, pasted_on)
    heads = [head for group in found.groups if (head := _head_of_office(found, group)) is not None]
    led = {one.issuers[-1].end: one for one in heads}
    heads += [head for one in found.times if (head := _head_of_time(found, one, led)) is not None]
    heads.sort(key=lambda one: one.start)
    if not heads:
        return [_block(found, 0, len(text), None)]
    # What stands before the first heading is its title or its beginning.
    edges = [0, *(one.start for one in heads[1:]), len(text)]
    return [_block(found, edges[n], edges[n + 1], head) for n, head in enumerate(heads)]


def _head_of_office(found: _Found, group: tuple[Issuer, ...]) -> _Head | None:
    """A heading that begins with an office: what follows it is a time, then what is done with which signal."""
    at = _past_fillers(found, group[-1].end)
    signal = _stated_at(found, at) or _turned_of(found, group[-1].end)
    if signal is None and (said := _BARE.match(found.text, at)):
        # …发布：预计宝石镇升级为红色预警: what is issued is said in the text.
        verb = Words(VERBS[said[1]], said.start(1), said.end(1))
        return _Head(group[0].start, group, None, said.end(), verb)
    if signal is None and (notice := _NOTICE.search(found.text, at, at + _VERB_REACH + 20)):
        return _Head(group[0].start, group, None, notice.end())
    return None if signal is None else _Head(group[0].start, group, signal, signal.end)


def _turned_of(found: _Found, at: int) -> Signal | None:
    """昨天23时50分发布的暴雨橙色预警信号，今天2时升级为红色: what was issued then is changed now."""
    before = _ISSUED_THEN.match(found.text, at)
    signal = found.signal_at(before.end()) if before else None
    return signal if signal is not None and signal.former_level is not None else None


def _head_of_time(found: _Found, time: FoundTime, led: dict[int, _Head]) -> _Head | None:
    """A heading whose office was cut off or left out: it begins with its time."""
    before = found.text[time.start - 1] if time.start else ""
    is_beginning = not before or before in "。;!:】)]" or time.start in found.seams
    if (
        not is_beginning
        or found.text.startswith("发布的", time.end)
        or any(end <= time.start <= head.said_to for end, head in _near(led, time.start))
    ):
        return None
    signal = _stated_at(found, _past_fillers(found, time.end))
    return None if signal is None else _Head(time.start, (), signal, signal.end)


def _near(led: dict[int, _Head], at: int) -> list[tuple[int, _Head]]:
    return [(end, led[end]) for end in range(at, max(-1, at - _VERB_REACH - 60), -1) if end in led]


def _past_fillers(found: _Found, at: int) -> int:
    """The place after times and the words that may stand between office and deed."""
    limit = at + _VERB_REACH + 40
    while at < min(limit, len(found.text)):
        if time := found.time_at(at):
            if found.text.startswith("发布的", time.end):
                return at
            at = time.end
        elif filler := _FILLER.match(found.text, at):
            at = filler.end()
        else:
            return at
    return at


def _stated_at(found: _Found, at: int) -> Signal | None:
    """The statement that begins at ``at``: at once, or after its verb in the same sentence."""
    signal = found.signal_at(at)
    if signal is not None and (signal.action is not None or found.text[at - 1 : at] != "将"):
        return signal
    if not VERB.match(found.text, at) and found.text[at - 1 : at] != "将":
        return None
    ends = [place for mark in "。;!:" if (place := found.text.find(mark, at, at + _VERB_REACH + 20)) >= 0]
    inside = found.signals_in(at, min(ends, default=at + _VERB_REACH + 20))
    # 将暴雨橙色、大风蓝色预警信号分别升级为…: what is done is said after the old ones.
    return next((one for one in inside if one.action is not None), inside[0]) if inside else None


def _block(found: _Found, start: int, end: int, head: _Head | None) -> Block:
    said_to = start if head is None else head.said_to
    body_end = found.tail_in(said_to, end)
    signals = found.signals_in(start, body_end)
    heading = None if head is None else head.signal
    if heading is None:
        heading = next((one for one in signals if one.action is not None), signals[0] if signals else None)
        if heading is None:
            heading = release_in(found.text, start, body_end)
    if heading is not None and heading.action is None and head is not None:
        heading = replace(heading, action=head.verb)
    groups = found.groups_in(start, end)
    issuers = head.issuers if head is not None and head.issuers else _signed(found, groups, said_to, end)
    issuers = issuers or next(
        (one for one in groups if _LABEL.search(found.text[max(0, one[0].start - 8) : one[0].start])), ()
    )
    if not issuers and head is None and groups and _leads(found, groups[0], start):
        issuers = groups[0]
    if heading is not None and heading.action is None and issuers and issuers[-1].start >= said_to:
        signed = _SIGN_OFF.match(found.text, issuers[-1].end, end)
        if signed and signed["verb"]:
            heading = replace(heading, action=Words("issue", signed.start("verb"), signed.end("verb")))
    return Block(
        start,
        end,
        body_end,
        start if head is None else head.start,
        issuers,
        tuple(one for group in groups for one in group),
        heading,
        tuple(signals),
        tuple(found.times_in(start, end)),
    )


def _leads(found: _Found, group: tuple[Issuer, ...], start: int) -> bool:
    """Whether a text begins with an office and the time at which it speaks, 某局：7月13日2时… too."""
    end = group[-1].end
    return group[0].start == start and (
        found.time_at(end) is not None or (found.text.startswith(":", end) and found.time_at(end + 1) is not None)
    )


def _signed(found: _Found, groups: list[tuple[Issuer, ...]], said_to: int, end: int) -> tuple[Issuer, ...]:
    """The office at the end of a notice, alone or with its date."""
    if groups and groups[-1][0].start >= said_to:
        last = groups[-1]
        signed = _SIGN_OFF.match(found.text, last[-1].end, end)
        begins = last[0].start
        is_last = signed and (signed.end() >= end or found.tail_in(signed.end(), end) == signed.end())
        is_apart = begins in found.seams or found.text[begins - 1 : begins] in ("。", "!", ";", "")
        is_dated = any(found.text[one.end : begins] in (",", " ") for one in found.times if one.end < begins)
        if is_last and (is_apart or is_dated):
            return last
    return ()
