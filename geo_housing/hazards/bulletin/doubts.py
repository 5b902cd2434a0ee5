"""Words that make what was read something else: told, so that nobody takes a warning for what it is not. Pure.

拟于14时解除 has lifted nothing yet; 预警已解除 after what was issued says that it is over; 没有发布, 谣言 say that there is none.
An emergency response (应急响应) is no warning: its end lifts none.
"""

import re
from collections.abc import Iterator, Sequence

from geo_housing.hazards.bulletin.retracting import retraction_in
from geo_housing.hazards.bulletin.signals import PLANNED, Signal
from geo_housing.hazards.bulletin.undone import PLANNED_ONLY, dropped, open_before, rumour_in

Doubt = tuple[int, int, str]
IS_PLANNED = "这里写的是打算解除，还没有解除，请核对。"
IS_OVER = "这里写的是已经解除，没有读出是哪条预警，请核对。"
IS_NONE = "这里写的是没有发布或不是真的，请核对。"
RETRACTED = "这是撤销误发的预警，不是解除，也不是新的预警：登记了那条预警的事件，由县级核实后办理“误发撤销”。"
NOT_ISSUED = "文中说没有发布，这不是一条预警，请核对。"
NOT_LIFTED = "文中说没有解除，预警继续有效，请核对。"
NOT_CHANGED = "文中说没有升级或变更，请核对。"
ISSUE_PLANNED = "文中写的是将要或可能发布，还没有发布，请核对。"
CHANGE_PLANNED = "文中写的是将要或可能升级、变更，还没有变，请核对。"
PLAN_DROPPED = "文中说取消的是发布的计划，没有发布，也没有解除预警，请核对。"
IS_RUMOUR = "文中说这是传言或不实消息，请向发布单位核实。"
RESPONSE_ENDED = "这里写的是应急响应终止或调整，应急响应不是预警：不解除也不改变任何预警。"
RESPONSE_STARTED = "这里写的是启动应急响应，本身不是预警；有预警的，请登记预警原文。"
_LIFT = re.compile("解除|取消|撤销")
_OVER = re.compile("已(?:经|全部|全线|陆续|于[^,。;!:]{1,16}?)?(?P<verb>解除|取消|撤销)")
_NONE = re.compile("(?:没有|并?未|从未|不曾)(?:正式)?(?:发布|发出)|谣言|辟谣|不实(?:信息|消息)|假消息")
# 请不信谣、不传谣, 请勿听信谣言: the end of many a real warning.
_ADVICE = re.compile("(?:[勿不别莫]|严禁|防止|避免|抵制|以免)[^,。;!:]{0,6}$")
_SENTENCES = {
    ("issue", PLANNED_ONLY): ISSUE_PLANNED, ("lift", PLANNED_ONLY): IS_PLANNED, ("issue", ""): NOT_ISSUED, ("lift", ""): NOT_LIFTED,
}  # fmt: skip


def undone_in(text: str, start: int, end: int, heading: Signal | None) -> Doubt | None:
    """Why what the heading of ``text[start:end]`` says has not been done, and by which words; None where it has."""
    if heading is None:
        return None
    if (mistake := retraction_in(text, start, end, heading)) is not None:
        return *mistake, RETRACTED
    if heading.undone is not None:
        return heading.undone.start, heading.undone.end, _sentence(heading)
    if (plan := dropped(text, start, heading.start, end)) is not None:
        return *plan, PLAN_DROPPED
    begins = min(heading.start, heading.action.start) if heading.action is not None else heading.start
    if (rumour := rumour_in(text, start, end, begins)) is not None:
        return *rumour, IS_RUMOUR
    if heading.action is not None and is_response(heading):
        is_begun = heading.action.value == "response"
        return heading.start, heading.end, RESPONSE_STARTED if is_begun else RESPONSE_ENDED
    if heading.action is None and heading.response_level is None:
        return _lift_after(text, heading, end)
    return None


def is_response(signal: Signal) -> bool:
    """Whether it speaks of an emergency response and of no warning."""
    return signal.response_level is not None and signal.level is None


def doubts_in(
    text: str, start: int, end: int, heading: Signal | None, signals: Sequence[Signal], undone: Doubt | None = None
) -> Iterator[Doubt]:
    """Where such words stand in ``text[start:end]``, and what is to be said of them; ``undone`` is told already."""
    told = [undone] if undone is not None else []
    for one in signals:
        if one is not heading and one.undone is not None and not _overlap(one.undone.start, one.undone.end, told):
            told.append((one.undone.start, one.undone.end, _sentence(one)))
        elif (
            one is not heading
            and one.action is not None
            and one.action.value == "lift"
            and is_response(one)
            and not _overlap(one.start, one.end, told)
        ):
            told.append((one.start, one.end, RESPONSE_ENDED))
    yield from told
    spoken = {one.action.start for one in (*signals, *([heading] if heading else [])) if one.action is not None}
    for verb in _LIFT.finditer(text, start, end):
        if not _is_within(verb.start(), told) and _is_planned(text, start, verb.start()):
            yield verb.start(), verb.end(), IS_PLANNED
    is_lift = heading is not None and heading.action is not None and heading.action.value == "lift"
    for over in _OVER.finditer(text, start, end):
        if not is_lift and over.start("verb") not in spoken:
            yield over.start(), over.end(), IS_OVER
    for none in _NONE.finditer(text, start, end):
        is_advice = none[0] in ("谣言", "不实信息", "不实消息") and _ADVICE.search(
            text[max(start, none.start() - 8) : none.start()]
        )
        if not is_advice and not _is_within(none.start(), told):
            yield none.start(), none.end(), IS_NONE


def _is_planned(text: str, start: int, at: int) -> bool:
    before = open_before(text, start, at)
    return PLANNED.search(text[max(start, at - 30) : at]) is not None or (
        before is not None and before[1] == PLANNED_ONLY
    )


def _lift_after(text: str, heading: Signal, end: int) -> Doubt | None:
    """宝石镇暴雨红色预警信号，研判后决定是否解除: the verb stands further on in the sentence, or before it with places between."""
    begins = max(text.rfind(mark, 0, heading.start) for mark in "。;!:") + 1
    ends = min([at for mark in "。;!" if (at := text.find(mark, heading.end, end)) >= 0], default=end)
    for verb in _LIFT.finditer(text, begins, ends):
        if _is_planned(text, begins, verb.start()):
            return verb.start(), verb.end(), IS_PLANNED
    return None


def _sentence(signal: Signal) -> str:
    how = signal.undone.value if signal.undone is not None else ""
    if how == "response":
        return RESPONSE_ENDED
    how = PLANNED_ONLY if how == PLANNED_ONLY else ""
    deed = "issue" if signal.deed in ("issue", "response") else signal.deed
    return _SENTENCES.get((deed, how), CHANGE_PLANNED if how else NOT_CHANGED)


def _overlap(first: int, last: int, spans: Sequence[Doubt]) -> bool:
    return any(start < last and first < end for start, end, _ in spans)


def _is_within(at: int, spans: Sequence[Doubt]) -> bool:
    return any(start <= at < end for start, end, _ in spans)
