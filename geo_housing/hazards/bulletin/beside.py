"""What stands beside a place name in its sentence: a level of its own, a lifting, what has happened there already. Pure."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

from geo_housing.hazards.bulletin.gazetteer import Place
from geo_housing.hazards.bulletin.parts import ReadArea
from geo_housing.hazards.bulletin.plain import Plain
from geo_housing.hazards.bulletin.signals import Signal

_OBSERVED = re.compile("过去|前期|目前|截至|截止|实况|昨天|昨日|昨夜|已出现|已达")
_FORECAST = re.compile(
    "预计|预报|未来|今天|今日|今夜|明天|明日|夜间|仍将|将有|将出现|可能|请|发布|升级|变更|定于|影响范围|涉及"
)
# 红色预警区域：甲、乙 and 发布暴雨红色预警信号：甲、乙
_FORWARD = re.compile("(?:信号)?(?:区域|范围|区|地区|影响区域|乡镇)?(?:为|有|包括|:|\\()")
_SENTENCE_END = "。;!"
_LONGEST_SENTENCE = 2000
_LONGEST_LOOK = 200


@dataclass(frozen=True)
class Mention:
    """Divisions that the words from ``start`` to ``end`` of the plain text name."""

    start: int
    end: int
    places: tuple[Place, ...]
    extent: str | None


class Beside:
    """Looks around mentions; ``others`` are the statements that are not the heading's."""

    def __init__(self, plain: Plain, masked: str, signals: list[Signal], others: list[Signal]) -> None:
        self.plain, self.text = plain, masked
        self._levels = [(one.start, one.end, one.level.value) for one in signals if one.level is not None]
        self._lifts = [one.start for one in others if one.action is not None and one.action.value == "lift"]

    def is_lifted(self, start: int, end: int) -> bool:
        """Whether what is said of the place is that its warning is lifted."""
        at = bisect_left(self._lifts, end)
        is_later = at < len(self._lifts) and self._lifts[at] < self._sentence(start, end)[1]
        return is_later or self.text.find("解除", end, end + 4) >= 0

    def areas(self, mentions: list[Mention]) -> list[ReadArea]:
        """The mentions with what stands beside them, each division once."""
        return _once(list(self._areas(mentions)))

    def _areas(self, mentions: list[Mention]) -> Iterator[ReadArea]:
        starts = sorted(one.start for one in mentions)
        for one in mentions:
            begin, _ = sentence = self._sentence(one.start, one.end)
            is_observed = self._last(_OBSERVED, begin, one.start) > self._last(_FORECAST, begin, one.start)
            level = self._level(one, sentence, starts)
            words = self.plain.text[one.start : one.end]
            first, last = self.plain.span(one.start, one.end)
            for place in one.places:
                yield ReadArea(place.code, place.name, words, first, last, one.extent, level, is_observed)

    def _sentence(self, start: int, end: int) -> tuple[int, int]:
        low, high = max(0, start - _LONGEST_SENTENCE), min(len(self.text), end + _LONGEST_SENTENCE)
        begins = max(self.text.rfind(mark, low, start) for mark in _SENTENCE_END) + 1
        ends = [at for mark in _SENTENCE_END if (at := self.text.find(mark, end, high)) >= 0]
        return max(begins, low), min(ends, default=high)

    def _last(self, pattern: re.Pattern[str], start: int, end: int) -> int:
        found = pattern.finditer(self.text, max(start, end - _LONGEST_LOOK), end)
        return max((one.start() for one in found), default=-1)

    def _level(self, one: Mention, sentence: tuple[int, int], starts: list[int]) -> str | None:
        """甲、乙升级为红色预警; 红色预警区域：甲、乙; 甲发生山洪的可能性很大（红色预警）."""
        n = bisect_left(self._levels, (one.start,))
        after = self._levels[n] if n < len(self._levels) and self._levels[n][0] < sentence[1] else None
        before = self._levels[n - 1] if n and self._levels[n - 1][0] >= sentence[0] else None
        if before is not None and not _FORWARD.match(self.text, before[1]):
            before = None
        if after is not None and before is not None:
            # Names in a row belong together; behind other words and another name stands that one's level.
            following = bisect_left(starts, one.end)
            if following < len(starts) and starts[following] < after[0]:
                after = None if re.search("[,:。;]", self.text[one.end : starts[following]]) else after
        chosen = after or before
        return None if chosen is None else chosen[2]


def _once(areas: list[ReadArea]) -> list[ReadArea]:
    """Each division once: where more rain is forecast rather than where it has fallen, with the level that it has anywhere."""
    kept: dict[str, ReadArea] = {}
    for area in sorted(areas, key=lambda one: one.start):
        known = kept.get(area.code)
        if known is None:
            kept[area.code] = area
        else:
            better = area if known.is_observed and not area.is_observed else known
            kept[area.code] = replace(better, level=known.level or area.level)
    return sorted(kept.values(), key=lambda one: (one.start, one.code))
