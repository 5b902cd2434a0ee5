"""A text that corrects a warning which has been issued: 更正：…发布的暴雨橙色预警信号应为暴雨黄色预警信号. Pure.

What it names was never right. Read as what it quotes it would be a second warning at the wrong level beside the first; read
as a warning of its own at the right level it would leave the wrong one in force.
"""

import re
from dataclasses import replace

from geo_housing.hazards.bulletin.marks import is_reference
from geo_housing.hazards.bulletin.retracting import says_instead
from geo_housing.hazards.bulletin.signals import COLOURS, KINDS, Signal, Words, direction

_WORD = re.compile("更正|订正|勘误|纠正")
_RIGHT = rf"(?:{KINDS})?(?:灾害)?(?:气象)?(?:风险)?[\"“(]?(?P<now>[红橙黄蓝])色?[)\"”]?(?:预警)?(?:信号|信息)?"
_FAULT = "(?:(?:预警)?(?:信号)?的?(?:级别|等级|颜色)(?:发布|填写|标注|录入)?)?(?:有误|错误|有错|写错|发错|填错|不准确|不正确|系误发)?"
_IS = "(?:应为|应是|应当为|实为|实际为|(?:现|特)?(?:更正|订正|纠正|改正)(?:为|成|作))"
# Directly after the signal that is corrected, or after its colour said once more: 信号中橙色应为黄色.
_SHOULD_BE = re.compile(
    rf"(?:信号|信息)?[)\"”】]?[,;:]?(?:经核实|其中|其)?,?{_FAULT}[,;]?(?:(?:中|里)?的?[\"“]?(?P<was>[红橙黄蓝])色?[\"”]?)?,?{_IS}{_RIGHT}"
)
_WRITTEN_AS = re.compile(
    r"误将[\"“]?(?P<now>[红橙黄蓝])色?[\"”]?(?:预警(?:信号)?)?(?:写|发|报|填|录|标|印|发布)(?:为|成)[\"“]?(?P<was>[红橙黄蓝])色?"
)
# 应为暴雨黄色预警信号，误发为暴雨橙色预警信号: the signal before it is the right one.
_BY_MISTAKE = re.compile(
    rf"[,;(]?(?:原文|原|前次|此前)?误(?:发|写|报|填|录|标)(?:布)?(?:为|成)(?:{KINDS})?[\"“]?(?P<was>[红橙黄蓝])色"
)
# 02时56分发布的暴雨红色预警信号范围有误，现更正为甲: said after the warning that is named.
_PUT_RIGHT = re.compile(
    rf"(?P<word>{_WORD.pattern})|(?P<fault>有误|有错|错误|写错|发错|填错)[^。;!]{{0,16}}?(?:应为|应是|应当为|实为)"
)
_REACH = 60


def corrected(
    text: str, start: int, heading: Signal | None, others: list[Signal]
) -> tuple[Signal | None, list[Signal], Words | None]:
    """The heading as what it becomes, the others without what says that, and the words that call it a correction."""
    heading, instead = _mistaken_level(text, heading)
    if heading is None or heading.kind is None or heading.level is None or heading.undone is not None:
        return heading, others, None
    if heading.action is not None and heading.action.value in ("lift", "response"):
        return heading, others, None
    word = _WORD.search(text, start, heading.start)
    calls = Words("correction", word.start(), word.end()) if word else _called_after(text, heading) or instead
    if heading.former_level is not None:
        return heading, others, calls
    if (turn := _turn(text, heading)) is not None:
        was, now, end = turn
        verb = Words(direction(was.value, now.value), now.start, now.end)
        made = replace(heading, end=max(end, heading.end), action=verb, level=now, former_level=was)
        left = [one for one in others if not heading.start <= one.start < made.end]
        return made, left, calls or Words("correction", now.start, now.end)
    if calls is None:
        return heading, others, None
    # Its place or its time was wrong: whoever is concerned may be others.
    if heading.action is None or heading.action.value == "issue":
        heading = replace(heading, action=Words("change", calls.start, calls.end))
    return heading, others, calls


def _mistaken_level(text: str, heading: Signal | None) -> tuple[Signal | None, Words | None]:
    """系误发，应为…: something was issued, and something else holds; the words that say what."""
    if heading is None or heading.undone is None or not text.endswith("误发", 0, heading.undone.end):
        return heading, None
    found = says_instead(text, heading.undone.end, _sentence_end(text, heading.end))
    if found is None:
        return heading, None
    verb = Words("issue", heading.undone.start, heading.undone.end)
    return replace(heading, undone=None, action=verb), Words("correction", found.start(), found.end())


def _called_after(text: str, heading: Signal) -> Words | None:
    """The words after a warning that is only named, in its sentence, which say that it was wrong."""
    if not is_reference(text, heading):
        return None
    found = _PUT_RIGHT.search(text, heading.end, _sentence_end(text, heading.end))
    if found is None:
        return None
    group = "word" if found["word"] else "fault"
    return Words("correction", found.start(group), found.end(group))


def _sentence_end(text: str, at: int) -> int:
    return min([at + _REACH, *(end for mark in "。!" if (end := text.find(mark, at)) >= 0)])


def _turn(text: str, heading: Signal) -> tuple[Words, Words, int] | None:
    """The wrong colour, the right one, and where the words end that say so; in the sentence of the heading alone."""
    assert heading.level is not None
    end = _sentence_end(text, heading.end)
    if (found := _SHOULD_BE.match(text, heading.end, end)) is not None:
        was = _colour(found, "was") if found["was"] else heading.level
        now = _colour(found, "now")
        return None if was.value != heading.level.value or was.value == now.value else (was, now, found.end())
    if (found := _WRITTEN_AS.search(text, heading.end, end)) is not None:
        was, now = _colour(found, "was"), _colour(found, "now")
        return (was, now, found.end()) if was.value == heading.level.value != now.value else None
    if (found := _BY_MISTAKE.match(text, heading.end, end)) is not None:
        was = _colour(found, "was")
        return (was, heading.level, found.end()) if was.value != heading.level.value else None
    return None


def _colour(found: re.Match[str], group: str) -> Words:
    return Words(COLOURS[found[group]], found.start(group), found.end(group))
