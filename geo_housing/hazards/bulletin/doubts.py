"""Words that make what was read something else: told, so that nobody takes a warning for what it is not. Pure.

拟于14时解除 has lifted nothing yet; 预警已解除 after what was issued says that it is over; 没有发布, 谣言 say that there is none.
"""

import re
from collections.abc import Iterator, Sequence

from geo_housing.hazards.bulletin.signals import PLANNED, Signal

IS_PLANNED = "这里写的是打算解除，还没有解除，请核对。"
IS_OVER = "这里写的是已经解除，没有读出是哪条预警，请核对。"
IS_NONE = "这里写的是没有发布或不是真的，请核对。"
_LIFT = re.compile("解除|取消|撤销")
_OVER = re.compile("已(?:经|全部|全线|陆续|于[^,。;!:]{1,16}?)?(?P<verb>解除|取消|撤销)")
_NONE = re.compile("(?:没有|并?未|从未|不曾)(?:正式)?(?:发布|发出)|谣言|辟谣|不实(?:信息|消息)|假消息")


def doubts_in(
    text: str, start: int, end: int, heading: Signal | None, signals: Sequence[Signal]
) -> Iterator[tuple[int, int, str]]:
    """Where such words stand in ``text[start:end]``, and what is to be said of them."""
    spoken = {one.action.start for one in (*signals, *([heading] if heading else [])) if one.action is not None}
    for verb in _LIFT.finditer(text, start, end):
        if PLANNED.search(text[max(start, verb.start() - 30) : verb.start()]):
            yield verb.start(), verb.end(), IS_PLANNED
    is_lift = heading is not None and heading.action is not None and heading.action.value == "lift"
    for over in _OVER.finditer(text, start, end):
        if not is_lift and over.start("verb") not in spoken:
            yield over.start(), over.end(), IS_OVER
    for none in _NONE.finditer(text, start, end):
        yield none.start(), none.end(), IS_NONE
