"""A text that takes back a warning which was issued by mistake: …发布的暴雨红色预警信号系误发，现予以撤销. Pure.

It is no lift: a lift leaves what was begun, and this says that there was never anything. It is no correction either,
unless it says what holds instead (应为, 更正为).
"""

import re

from geo_housing.hazards.bulletin.signals import Signal

_MISTAKE = "(?:误发布?|误操作|误报|误触发|(?:系统)?测试|系统故障)"
_IT = "(?:该|此|上述|本|以上)?(?:条|次|则)?(?:预警)?(?:信号|信息)?"
_IS_MISTAKEN = re.compile(
    rf"[)\]】\"”]?[,(]?(?:经核实|经查)?,?{_IT}(?P<words>(?:均|确)?(?:系|属于?|是|为)(?:一次)?{_MISTAKE})(?!为)"
)
_ISSUED_BY_MISTAKE = re.compile("(?P<words>误(?:发布?|报|触发)(?:出)?)(?:的|了)?$")
_INSTEAD = re.compile("应为|应是|应当为|实为|实际为|(?:更正|订正|纠正|改正)(?:为|成|作)|改为")
_TAKEN_BACK = re.compile("撤销|撤回|取消|作废|收回|解除|停用")
_BEFORE = 40


def retraction_in(text: str, start: int, end: int, heading: Signal) -> tuple[int, int] | None:
    """The words that say that the warning of the heading was a mistake; None where something holds instead of it."""
    begins = max(start, heading.start - _BEFORE, *(text.rfind(mark, start, heading.start) + 1 for mark in "。;!"))
    ends = min([end, *(at for mark in "。;!" if (at := text.find(mark, heading.end, end)) >= 0)])
    if heading.former_level is not None or says_instead(text, heading.end, ends):
        return None
    if (found := _IS_MISTAKEN.match(text, heading.end, ends)) is not None:
        return found.span("words")
    found = _ISSUED_BY_MISTAKE.search(text[begins : heading.start])
    if found is not None and _TAKEN_BACK.search(text, begins, ends):
        return begins + found.start("words"), begins + found.end("words")
    return None


def says_instead(text: str, start: int, end: int) -> re.Match[str] | None:
    """Words that say what holds instead of what was wrong."""
    return _INSTEAD.search(text, start, end)
