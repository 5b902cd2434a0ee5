"""Words of a warning that say how it stands for the places beside them: a level, an end, a going on, an exception. Pure.

Statements are marks, and so are words without one: 六户镇（红色）, 水泉镇继续生效, 宝石镇除外, 其余乡镇解除预警.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass

from geo_housing.hazards.bulletin.runs import ALSO
from geo_housing.hazards.bulletin.signals import COLOURS, LEVEL_OF_NUMBER, NOT_LIFTED, PLANNED, Signal, Words
from geo_housing.hazards.bulletin.undone import open_before

LIFT, KEEP, EXCEPT = "lift", "keep", "except"
_LEVEL = re.compile(
    r"\((?:风险)?(?P<in>[红橙黄蓝])(?:色[^()。;!]{0,8})?\)"
    r"|(?:为|达到|达|至|属|是|维持|保持|仍)(?P<is>[红橙黄蓝])色"
    r"|(?P<of>[红橙黄蓝])色(?:风险)?(?:等级)?(?:区域|区|范围|地区|乡镇)?(?=[:(])"
    r"|(?:为|\()(?P<number>IV|III|II|I)级(?!应急|响应|防)"
)
_COLOUR = re.compile("[红橙黄蓝]色")
# 不在预警范围内, 未列入此次落区
_OUT_OF_IT = r"(?:[不未]在|没有在|[不未]属于?|[不未]列入|没有列入|[未不]纳入|没有纳入|[未不]涉及)(?:此次|本次|这次|本|该|此|上述)?[^,。;!:、]{0,12}?(?:范围|之列|其中|此列|落区|区域|名单)(?:之?内)?"
_STANDING = re.compile(
    r"(?P<kept>(?:[不未]|没有)(?:予|能|得|作|被)?(?:解除|取消|撤销)|(?:继续|仍然?)(?:处于|在)?(?:预警|\0|[红橙黄蓝]色)|预警(?:仍在?)?继续)"
    rf"|(?P<except>除外|例外|不含|不包括|不包含|{_OUT_OF_IT}|[未不]涉及|(?:以|之)外(?=的|其[余他它]|各|所有|全[县旗]|[我本][县旗]|地区|区域|[,。;)])(?!{ALSO})|(?:暂|尚|目前)(?:未|不|没有)影响(?:到|及)?"
    r"|(?:基本)?不(?:会)?受(?:其|此次|本次)?影响|未受影响|(?:暂|基本)?(?:无|没有)(?:明显|较大)?(?:影响|降水|降雨)(?!天气))"
    r"|(?P<keep>继续(?:保持|维持)?(?:生效|有效|保留|执行)|仍然?(?:将|在)?(?:继续)?(?:生效|有效|保留|执行)|继续发布"
    r"|维持(?!秩序|治安|交通|现场|在|\d)|保持(?=不变|原|现有|预警|\0|[红橙黄蓝]色)|保留(?=预警|\0|原|区|范围|乡镇|:)|(?:级别|等级|信号|预警)不变)"
    r"|(?P<lift>解除(?!前|之前|以前|后|之后|以后|时|信息|消息|通知|条件|危险)"
    r"|(?:取消|撤销|终止)(?=[^,。;!:]{0,12}(?:预警|\0)|[,。;!)]|$))"
)
_OF = {"issue": KEEP, "continue": KEEP, "upgrade": KEEP, "downgrade": KEEP, "change": KEEP, "lift": LIFT}


@dataclass(frozen=True)
class Mark:
    """One such word or statement; ``signal`` where it is a statement. ``standing`` is lift, keep or except."""

    start: int
    end: int
    level: Words | None = None
    standing: str | None = None
    signal: Signal | None = None

    @property
    def kind(self) -> str | None:
        """The kind that a statement names."""
        return self.signal.kind.value if self.signal is not None and self.signal.kind is not None else None


def marks_in(masked: str, start: int, end: int, signals: list[Signal]) -> list[Mark]:
    """All marks of ``masked[start:end]`` in their order, those of ``signals`` among them."""
    found = [
        Mark(one.start, one.end, one.level, None if is_reference(masked, one) else _standing(one), one)
        for one in signals
    ]
    # A verb that belongs to a statement says nothing by itself.
    spoken = {one.action.start for one in signals if one.action is not None}
    for words in _LEVEL.finditer(masked, start, end):
        group = str(words.lastgroup)
        code = LEVEL_OF_NUMBER[words[group]] if group == "number" else COLOURS[words[group]]
        found.append(Mark(words.start(), words.end(), Words(code, words.start(group), words.end(group))))
    for words in _STANDING.finditer(masked, start, end):
        group = str(words.lastgroup)
        is_spoken = not spoken.isdisjoint(range(words.start(), words.end()))
        if is_spoken or (group == LIFT and _is_open(masked, start, words.start())):
            continue
        found.append(Mark(words.start(), words.end(), None, KEEP if group == "kept" else group))
    return sorted(found, key=lambda one: (one.start, one.end))


def _is_open(masked: str, start: int, at: int) -> bool:
    before = masked[max(start, at - 30) : at]
    return (
        NOT_LIFTED.search(before[-6:]) is not None
        or PLANNED.search(before) is not None
        or open_before(masked, start, at) is not None
    )


def _standing(signal: Signal) -> str | None:
    # An emergency response that ends ends no warning.
    return None if signal.action is None or signal.response_level is not None else _OF.get(signal.action.value)


def is_reference(text: str, signal: Signal) -> bool:
    """7月12日20时发布的大风黄色预警信号: what was issued before is only named."""
    verb = signal.action
    return verb is not None and verb.value == "issue" and text.startswith("的", verb.end) and verb.end < signal.start


def colours_left(masked: str, start: int, end: int, marks: list[Mark]) -> list[tuple[int, int]]:
    """Colours that are no part of a mark."""
    spans = [(one.start, one.end) for one in marks]
    starts = [one for one, _ in spans]
    found = []
    for colour in _COLOUR.finditer(masked, start, end):
        n = bisect_left(starts, colour.end())
        if not any(first <= colour.start() < last for first, last in spans[max(0, n - 3) : n]):
            found.append(colour.span())
    return found
