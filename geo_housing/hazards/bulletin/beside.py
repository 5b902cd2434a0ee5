"""What is said of a place in its sentence: a level of its own, that a warning ends or goes on there, what has happened. Pure.

Names in a row are spoken of together. What is said stands before them (解除甲、乙预警; 红色预警区域：甲、乙) or after (甲、乙维持
红色预警); after other words and another name stands what is said of that one.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from geo_housing.hazards.bulletin.gazetteer import Place
from geo_housing.hazards.bulletin.marks import EXCEPT, LIFT, Mark
from geo_housing.hazards.bulletin.parts import ReadArea
from geo_housing.hazards.bulletin.plain import Plain

_OBSERVED = re.compile("过去|前期|目前|截至|截止|实况|昨天|昨日|昨夜|已出现|已达")
_FORECAST = re.compile(
    "预计|预报|未来|今天|今日|今夜|明天|明日|夜间|仍将|将有|将出现|可能|请|发布|升级|变更|定于|影响范围|涉及"
)
# 红色预警区域：甲、乙 and 发布暴雨红色预警信号：甲、乙
_FORWARD = re.compile(r"的?(?:信号)?(?:区域|范围|区|地区|影响区域|乡镇)?(?:为|有|是|包括|:|\()")
_ROW = re.compile("(?:[、/·及和与暨]|以及|或)*")
_APART = re.compile("[,(]")
_COMMA = re.compile("[,:]")
_NAMED_BEFORE = ("上述", "该地区", "该区域")
# Between a verb and the places directly after it.
_TO = re.compile("(?:对|了|原|各|以下|涉及|[(:])*")
_APART_BEFORE = re.compile("[)、]")
_CLOSE = re.compile(
    r"(?:[)”」』\"]|等|均|都|暂|目前|[两二三四五六七八九十]个?(?:镇|乡镇|乡|地|旗县|村|嘎查)|的?(?:预警|信号))*"
)
_GOES_ON = re.compile(
    "继续|维持|仍|还|保留|保持|尚|暂|[不未没]解除|除外|(?:[不别勿禁未]|严禁|切勿)(?:能|得|可|要|许|准|应)?(?:擅自|私自|提前)?(?:回|返)|先别|先不"
)
_SENTENCE_END = "。;!"
_LONGEST_SENTENCE = 2000
_LONGEST_LOOK = 200
_MOST_ROWS = 100


@dataclass(frozen=True)
class Mention:
    """Divisions that the words from ``start`` to ``end`` of the plain text name."""

    start: int
    end: int
    places: tuple[Place, ...]
    extent: str | None


@dataclass(frozen=True)
class Said:
    """A mark that speaks of a place; ``is_forward``: it stands before it and speaks of all that follows."""

    mark: Mark
    is_forward: bool = False


class Beside:
    """Looks around names; ``rows`` are the spans of all names and scope words in their order, ``kind`` is the heading's."""

    def __init__(
        self, plain: Plain, masked: str, marks: list[Mark], rows: Iterable[tuple[int, int]], kind: str | None
    ) -> None:
        self.plain, self.text, self.kind = plain, masked, kind
        self._rows = self._joined(rows)
        self._row_starts = [start for start, _ in self._rows]
        self._levels = [one for one in marks if one.level is not None]
        self._standings = [one for one in marks if one.standing is not None]
        self._starts = {id(ones): [one.start for one in ones] for ones in (self._levels, self._standings)}
        self._answers: dict[tuple[int, int], Said | None] = {}
        self.told: set[Mark] = set()

    def may_go_on(self, start: int, end: int, said: Said | None) -> bool:
        """Whether words of the same clause sound as if a warning went on there, and no 解除 stands in it."""
        row = self._row_at(start, end)
        first, last = self._sentence(*row)
        begins = max(first, max(self.text.rfind(mark, first, row[0]) for mark in ",:") + 1)
        ends = min([at for mark in ",:" if (at := self.text.find(mark, row[1], last)) >= 0], default=last)
        if said is not None and begins <= said.mark.start < ends:
            return False
        return _GOES_ON.search(self.text, begins, ends) is not None

    def standing(self, start: int, end: int) -> Said | None:
        """What is said of whether the warning is in force there."""
        return self._said(self._standings, self._row_at(start, end))

    def areas(self, mentions: Sequence[Mention]) -> list[ReadArea]:
        """The mentions with what stands beside them, each division once."""
        return once(self.each(mentions))

    def each(self, mentions: Sequence[Mention]) -> list[ReadArea]:
        """The same, each division as often as it is named."""
        return list(self._areas(mentions))

    def _areas(self, mentions: Sequence[Mention]) -> Iterator[ReadArea]:
        for one in mentions:
            begin, _ = self._sentence(one.start, one.end)
            is_observed = self._last(_OBSERVED, begin, one.start) > self._last(_FORECAST, begin, one.start)
            level = self._said(self._levels, self._row_at(one.start, one.end))
            if level is not None:
                self.told.add(level.mark)
            code = level.mark.level.value if level is not None and level.mark.level is not None else None
            words = self.plain.text[one.start : one.end]
            first, last = self.plain.span(one.start, one.end)
            for place in one.places:
                yield ReadArea(place.code, place.name, words, first, last, one.extent, code, is_observed)

    # Rows ----------------------------------------------------------------------------------------------------------

    def _joined(self, rows: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Spans without a comma in them; those with nothing but 、 and 和 between them as one."""
        joined: list[tuple[int, int]] = []
        for start, end in sorted(piece for row in rows for piece in self._pieces(*row)):
            if joined and start < joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            elif joined and _ROW.fullmatch(self.text, joined[-1][1], start):
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return joined

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for apart in _APART.finditer(self.text, start, end):
            yield start, apart.start()
            start = apart.end()
        yield start, end

    def _row_at(self, start: int, end: int) -> tuple[int, int]:
        n = bisect_right(self._row_starts, start) - 1
        if n >= 0 and self._rows[n][1] > start:
            return self._rows[n][0], max(end, self._rows[n][1])
        return start, end

    # Marks ---------------------------------------------------------------------------------------------------------

    def _said(self, marks: list[Mark], row: tuple[int, int]) -> Said | None:
        key = (id(marks), row[0])
        if key not in self._answers:
            self._answers[key] = self._look(marks, row)
        return self._answers[key]

    def _look(self, marks: list[Mark], row: tuple[int, int]) -> Said | None:
        start, end = row
        first, last = self._sentence(start, end)
        n = bisect_left(self._starts[id(marks)], start)
        before = marks[n - 1] if n and marks[n - 1].start >= first else None
        if before is not None and self._is_verb_of(before, start):
            return Said(before)
        for mark in marks[n : n + 2]:
            if mark.start < last and mark.start >= end and self._speaks_back(mark, row, is_led=before is not None):
                return Said(mark)
        if before is not None and _FORWARD.match(self.text, before.end):
            return Said(before, is_forward=True)
        return None

    def _is_verb_of(self, mark: Mark, start: int) -> bool:
        """解除甲、乙预警, （不含甲）."""
        is_verb = mark.signal is None and mark.standing is not None and not self.text.startswith("外", mark.end - 1)
        return is_verb and _TO.fullmatch(self.text, mark.end, start) is not None

    def _speaks_back(self, mark: Mark, row: tuple[int, int], *, is_led: bool) -> bool:
        """Whether a mark after a row speaks of it; ``is_led``: something was said before the row, too."""
        end = row[1]
        verb = mark.signal.action if mark.signal is not None else None
        begins = min(mark.start, verb.start) if verb is not None and verb.start >= end else mark.start
        n = bisect_left(self._row_starts, end)
        farthest = n + _MOST_ROWS
        while n < len(self._rows) and self._rows[n][0] < begins:
            between = self.text[end : self._rows[n][0]]
            if n == farthest or mark.standing == EXCEPT or (_COMMA.search(between) and between != ","):
                return False
            end = self._rows[n][1]
            n += 1
        if mark.standing == EXCEPT:
            return _CLOSE.fullmatch(self.text, end, mark.start) is not None
        if mark.signal is None and mark.level is not None and self._leads_on(mark, end, is_led=is_led):
            return False
        if _COMMA.search(self.text, end, begins) is None:
            return True
        # After a comma: not 黄色预警区域：丙, not a warning of another kind, not a bare 解除.
        if mark.signal is None:
            return mark.standing != LIFT and not _FORWARD.match(self.text, mark.end)
        is_other = None not in (mark.kind, self.kind) and mark.kind != self.kind
        return not is_other and not (is_led and _FORWARD.match(self.text, mark.end))

    def _leads_on(self, mark: Mark, end: int, *, is_led: bool) -> bool:
        """红色：甲 橙色：乙, 红色（甲）、橙色（乙）: a colour before a place and its mark speaks of what follows."""
        forward = _FORWARD.match(self.text, mark.end)
        n = bisect_left(self._row_starts, mark.end)
        is_followed = forward is not None and n < len(self._rows) and self._rows[n][0] <= forward.end() + 2
        # 甲红色：… alone is said of 甲; a line or a bracket of its own parts them.
        is_apart = mark.start in self.plain.seams or _APART_BEFORE.search(self.text, end, mark.start) is not None
        return is_followed and (is_led or is_apart)

    def _sentence(self, start: int, end: int) -> tuple[int, int]:
        low, high = max(0, start - _LONGEST_SENTENCE), min(len(self.text), end + _LONGEST_SENTENCE)
        begins = max(self.text.rfind(mark, low, start) for mark in _SENTENCE_END) + 1
        ends = [at for mark in _SENTENCE_END if (at := self.text.find(mark, end, high)) >= 0]
        return max(begins, low), min(ends, default=high)

    def _last(self, pattern: re.Pattern[str], start: int, end: int) -> int:
        found = pattern.finditer(self.text, max(start, end - _LONGEST_LOOK), end)
        return max((one.start() for one in found), default=-1)


def once(areas: list[ReadArea]) -> list[ReadArea]:
    """Each division once: where more rain is forecast rather than where it has fallen, with the level that it has anywhere."""
    kept: dict[str, ReadArea] = {}
    for area in sorted(areas, key=lambda one: one.start):
        known = kept.get(area.code)
        if known is None:
            kept[area.code] = area
        else:
            better = area if known.is_observed and not area.is_observed else known
            if better is area and area.text.startswith(_NAMED_BEFORE):
                # 宝石镇已出现…，上述地区将有…: it is warned, and stands where its name does.
                better = replace(known, is_observed=False)
            kept[area.code] = replace(better, level=known.level or area.level)
    return sorted(kept.values(), key=lambda one: (one.start, one.code))
