"""Warnings of other kinds that one text issues or lifts beside that of its heading. Pure.

发布暴雨红色、大风黄色预警信号：甲、乙 issues both for the same places. …；同时解除大风黄色预警信号 is a lift of its own.
"""

from dataclasses import replace

from geo_housing.hazards.bulletin.marks import is_reference
from geo_housing.hazards.bulletin.parts import Bulletin, ReadArea, Unread
from geo_housing.hazards.bulletin.plain import Plain
from geo_housing.hazards.bulletin.said import part, unread_part
from geo_housing.hazards.bulletin.signals import VERB, VERBS, Signal, Words
from geo_housing.hazards.bulletin.telling import Found

_SENTENCE_END = "。;!:"


class Several:
    """The statements of ``others`` that are warnings of another kind than the heading's."""

    def __init__(self, plain: Plain, heading: Signal | None, others: list[Signal]) -> None:
        self.plain, self.heading = plain, heading
        self._aside: list[Signal] = []
        self._lifts: list[Signal] = []
        self._further: list[Signal] = []
        if heading is None or heading.kind is None:
            return
        ends = [at for mark in _SENTENCE_END if (at := plain.text.find(mark, heading.end)) >= 0]
        end = min(ends, default=len(plain.text))
        for one in others:
            if one.kind is None or one.kind.value == heading.kind.value or one.start < heading.end:
                continue
            if one.start < end and one.level:
                self._aside.append(one)
            elif one.action is not None and one.action.value == "lift":
                self._lifts.append(one)
            elif one.action is not None and one.level and not is_reference(plain.text, one):
                self._further.append(one)

    @property
    def of_their_own(self) -> list[Signal]:
        """Those whose level is none of the heading's places."""
        return [*self._aside, *self._lifts]

    def warnings(self, read: Bulletin, found: Found) -> list[Bulletin]:
        """The warnings beside ``read``, that of the heading."""
        shared = [self._shared(read, one, found) for one in self._aside if self._is_shared(one, found)]
        return [*shared, *(self._lift(read, one, found) for one in self._lifts)]

    def unread(self, found: Found) -> list[Unread]:
        """Those that cannot be made out, to be registered by hand."""
        apart = [one for one in self._aside if not self._is_shared(one, found)]
        return [
            *(unread_part(self.plain, one.start, one.end, "同一句里还有另一种预警，请另行登记。") for one in apart),
            *(unread_part(self.plain, one.start, one.end, "文中还有另一种预警，请另行登记。") for one in self._further),
        ]

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
        own = next(VERB.finditer(self.plain.text, begins, signal.start), None)
        action = signal.action if own is None else Words(VERBS[own[0]], own.start(), own.end())
        areas = found.others.get(signal.start)
        return self._made(read, signal, action, read.areas if areas is None else areas)

    def _lift(self, read: Bulletin, signal: Signal, found: Found) -> Bulletin:
        areas = found.others.get(signal.start, [])
        return replace(self._made(read, signal, signal.action, areas), questions=(), replaced_at=None)

    def _made(
        self, read: Bulletin, signal: Signal, action: Words | None, areas: "list[ReadArea] | tuple[ReadArea, ...]"
    ) -> Bulletin:
        return replace(
            read,
            action=part(self.plain, action) or read.action,
            kind=part(self.plain, signal.kind),
            level=part(self.plain, signal.level),
            former_level=part(self.plain, signal.former_level),
            response_level=None,
            areas=tuple(replace(area, level=None) for area in areas),
            unread=(),
        )
