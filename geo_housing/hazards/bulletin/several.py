"""Further warnings that one text issues or lifts beside that of its heading. Pure.

发布暴雨红色、大风黄色预警信号：甲、乙 issues both for the same places. …。同时发布山洪灾害橙色预警，乙、丙 is a warning of its
own places. …；同时解除大风黄色预警信号 is a lift of its own; 解除甲暴雨红色预警，乙降为暴雨橙色 says two things of one kind.
"""

from collections.abc import Sequence
from dataclasses import replace

from geo_housing.hazards.bulletin.beside import once
from geo_housing.hazards.bulletin.doubts import IS_RUMOUR, is_response
from geo_housing.hazards.bulletin.marks import is_reference
from geo_housing.hazards.bulletin.parts import Bulletin, ReadArea, Unread
from geo_housing.hazards.bulletin.plain import Plain
from geo_housing.hazards.bulletin.said import part, unread_part
from geo_housing.hazards.bulletin.signals import VERB, VERBS, Signal, Words
from geo_housing.hazards.bulletin.telling import Found

_CLAUSE_END = "。;!:"
_SENTENCE_END = "。;!"
# 达到地质灾害橙色预警标准 states no warning.
_NO_STATEMENT = ("标准", "条件", "阈值", "指标")

OTHER_RESPONSE = "这里写的是另一级应急响应，没有读出是哪些地方的级别，请核对。"


class Several:
    """The statements of ``others`` that are warnings of their own beside the heading's."""

    def __init__(self, plain: Plain, heading: Signal | None, others: list[Signal]) -> None:
        self.plain, self.heading = plain, heading
        self._aside: list[Signal] = []
        self._lifts: list[Signal] = []
        self._further: list[Signal] = []
        self._alike: list[Signal] = []
        own = heading.response_level if heading is not None else None
        self._responses = [
            one for one in others if own and one.response_level and one.response_level.value != own.value
        ]
        if heading is None or heading.kind is None:
            return
        ends = [at for mark in _CLAUSE_END if (at := plain.text.find(mark, heading.end)) >= 0]
        end = min(ends, default=len(plain.text))
        for one in others:
            if one.start < heading.end or is_reference(plain.text, one) or is_response(one):
                continue
            if is_response(heading) and one.level and one.action is not None:
                # 终止防汛Ⅱ级应急响应，继续发布洪水黄色预警: a response is no warning, of whichever kind.
                (self._lifts if one.action.value == "lift" else self._further).append(one)
            elif one.kind is None or one.kind.value == heading.kind.value:
                if (
                    one.action is not None
                    and one.level
                    and (heading.level is None or one.level.value != heading.level.value)
                ):
                    self._alike.append(one)
            elif one.start < end and one.level:
                self._aside.append(one)
            elif one.action is not None and one.action.value == "lift":
                self._lifts.append(one)
            elif one.level and (one.action is not None or self._begins_anew(one)):
                self._further.append(one)

    @property
    def of_their_own(self) -> list[Signal]:
        """Those whose level is none of the heading's places."""
        return [*self._aside, *self._lifts, *self._further]

    def own_areas(self, found: Found) -> list[ReadArea]:
        """The areas of the heading: not those that only a further warning's sentence names."""
        spans = [self._sentence(one) for one in self._further]
        kept = [area for area in found.each if not _within(area.start, spans)]
        codes = {area.code for area in found.areas}
        return [area for area in once(kept) if area.code in codes] or found.areas

    def own_questions(self, found: Found) -> list:  # type: ignore[type-arg] # Question
        """Those of the heading, all of them where nothing else is left."""
        spans = [self._sentence(one) for one in self._further]
        kept = [asked for asked in found.questions if not _within(asked.start, spans)]
        return kept if kept or self.own_areas(found) else found.questions

    def warnings(self, read: Bulletin, found: Found) -> list[Bulletin]:
        """The warnings beside ``read``, that of the heading."""
        shared = [self._shared(read, one, found) for one in self._aside if self._is_shared(one, found)]
        alike = [self._with(read, one, found.others[one.start]) for one in self._alike if found.others.get(one.start)]
        further = [self._further_one(read, one, found) for one in self._further]
        return [*shared, *alike, *further, *(self._lift(read, one, found) for one in self._lifts)]

    def unread(self, found: Found) -> list[Unread]:
        """Those that cannot be made out, to be registered by hand."""
        apart = [one for one in self._aside if not self._is_shared(one, found)]
        told = [unread_part(self.plain, one.start, one.end, "同一句里还有另一种预警，请另行登记。") for one in apart]
        return [*told, *(unread_part(self.plain, one.start, one.end, OTHER_RESPONSE) for one in self._responses)]

    def _begins_anew(self, signal: Signal) -> bool:
        """山洪灾害红色预警、地质灾害橙色预警同步生效 at the beginning of a sentence, each of a row."""
        text = self.plain.text
        if text.startswith(_NO_STATEMENT, signal.end):
            return False
        before = max((one.end for one in self._further if one.end <= signal.start), default=-1)
        is_row = before >= 0 and text[before : signal.start] in ("、", "和", "及", ",", "与")
        return (
            is_row or text[signal.start - 1 : signal.start] in tuple(_SENTENCE_END) or signal.start in self.plain.seams
        )

    def _sentence(self, signal: Signal) -> tuple[int, int]:
        """Where the sentence of a further warning stands in the original."""
        text = self.plain.text
        begins = max(text.rfind(mark, 0, signal.start) for mark in _SENTENCE_END) + 1
        ends = [at for mark in _SENTENCE_END if (at := text.find(mark, signal.end)) >= 0]
        return self.plain.span(begins, min(ends, default=len(text)))

    def _further_one(self, read: Bulletin, signal: Signal, found: Found) -> Bulletin:
        """With what its own sentence names, else with the places of the heading."""
        span = [self._sentence(signal)]
        own = once([area for area in found.each if _within(area.start, span)])
        asked = tuple(one for one in found.questions if _within(one.start, span))
        if not own and not asked:
            # One that goes on speaks of where it is in force.
            goes_on = signal.action is not None and signal.action.value == "continue"
            made = self._made(read, signal, signal.action, () if goes_on else read.areas)
            return replace(made, questions=()) if goes_on else made
        return replace(self._made(read, signal, signal.action, own), questions=asked)

    def _is_shared(self, signal: Signal, found: Found) -> bool:
        """No place name parts it from the heading: what is named then is meant for both."""
        if self.heading is None or signal.start in found.others:
            return self.heading is not None
        from_ = self.plain.span(self.heading.start, self.heading.end)[1]
        last = self.plain.span(signal.start, signal.end)[1]
        named = [*(one.start for one in found.areas), *(one.start for one in found.questions)]
        return not any(from_ <= at < last for at in named)

    def _shared(self, read: Bulletin, signal: Signal, found: Found) -> Bulletin:
        """A verb of its own stands between it and the heading."""
        begins = self.heading.end if self.heading is not None else signal.start
        if self.heading is not None and self.heading.action is not None:
            # 甲暴雨红色预警已于6时解除，山洪灾害橙色预警仍在生效: the heading's own verb stands after it.
            begins = max(begins, self.heading.action.end)
        own = next(VERB.finditer(self.plain.text, begins, signal.start), None)
        action = signal.action if own is None else Words(VERBS[own[0]], own.start(), own.end())
        if signal.action is not None and signal.action.start >= signal.end:
            action = signal.action
        areas = found.others.get(signal.start)
        made = self._made(read, signal, action, read.areas if areas is None else areas)
        goes_on = read.action is not None and read.action.value == "lift" and made.action != read.action
        # What a lift is not sure of is no question of what goes on.
        return replace(made, questions=()) if goes_on or areas is not None else made

    def _lift(self, read: Bulletin, signal: Signal, found: Found) -> Bulletin:
        return replace(
            self._with(read, signal, found.others.get(signal.start, [])), replaced_at=None, replaced_clock=None
        )

    def _with(self, read: Bulletin, signal: Signal, areas: Sequence[ReadArea]) -> Bulletin:
        return replace(self._made(read, signal, signal.action, areas), questions=())

    def _made(self, read: Bulletin, signal: Signal, action: Words | None, areas: Sequence[ReadArea]) -> Bulletin:
        # 没有发布暴雨红色、大风黄色预警信号 denies both; what stands after a comma, or a response, says nothing of the other.
        begins = self.heading.end if self.heading is not None else signal.start
        is_denied = action is None and read.response_level is None and "," not in self.plain.text[begins : signal.start]
        is_undone = read.undone is not None and (read.undone.sentence == IS_RUMOUR or is_denied)
        return replace(
            read,
            action=None if is_undone else part(self.plain, action) or read.action,
            undone=read.undone if is_undone else None,
            kind=part(self.plain, signal.kind) or read.kind,
            level=part(self.plain, signal.level),
            former_level=part(self.plain, signal.former_level),
            response_level=None,
            corrects=None,
            issued_at=read.corrected_at if read.puts_hour_right else read.issued_at,
            corrected_at=None,
            puts_hour_right=False,
            areas=tuple(replace(area, level=None) for area in areas),
            unread=(),
        )


def _within(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)
