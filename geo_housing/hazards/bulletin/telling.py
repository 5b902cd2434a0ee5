"""What was read of places, set against what is said of them: areas, questions, and what could not be used. Pure.

In a lift whatever is doubtful stays in force: what goes on, what is only asked about, what holds a part that goes on.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from geo_housing.hazards.bulletin import around
from geo_housing.hazards.bulletin.beside import Beside, Mention, Said, once
from geo_housing.hazards.bulletin.gazetteer import Place
from geo_housing.hazards.bulletin.ground import Ground
from geo_housing.hazards.bulletin.marks import EXCEPT, KEEP, LIFT, Mark, colours_left
from geo_housing.hazards.bulletin.parts import Candidate, Question, ReadArea, Unread
from geo_housing.hazards.bulletin.plain import Plain
from geo_housing.hazards.bulletin.scopes import TITLE
from geo_housing.hazards.bulletin.signals import Signal, Words

EXCEPTED = "原文写明除外或不受影响，没有列入。"
WITHDRAWN = "原文写明这里是误发或更正以前的，没有列入。"
EXCEPTED_INSIDE = "原文写明除外，但所在的乡镇整个列入了，请核对。"
ANOTHER = "这里写的是另一种预警，没有列入。"
_MOST_CANDIDATES = 40


def _of(signal: Signal) -> tuple[str | None, str | None]:
    kind, level = signal.kind, signal.level
    return None if kind is None else kind.value, None if level is None else level.value


@dataclass
class Found:
    """What was read of areas, with places in the plain text.

    ``each``: the areas as often as they are named. ``others``: what is said only of another statement than the heading, by where that begins; ``levels`` are those that
    stand beside areas without a statement.
    """

    areas: list[ReadArea] = field(default_factory=list)
    each: list[ReadArea] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    others: dict[int, list[ReadArea]] = field(default_factory=dict)
    levels: list[Words] = field(default_factory=list)


class Telling:
    """Takes what is read of one warning; ``heading`` is its statement, ``signals`` are all statements of its text."""

    def __init__(
        self, plain: Plain, masked: str, ground: Ground, heading: Signal | None, signals: list[Signal], beside: Beside
    ) -> None:
        self.signals = {one.start: one for one in signals}
        self.plain, self.text, self.ground = plain, masked, ground
        self.heading, self.beside = heading, beside
        self.is_lift = heading is not None and heading.action is not None and heading.action.value == "lift"
        self.found = Found()
        self.mentions: list[Mention] = []
        self.others: dict[int, list[Mention]] = defaultdict(list)
        self.named: set[str] = set()
        self.excluded: set[str] = set()
        self.doubtful: set[str] = set()
        self.left_out_at: tuple[int, int] | None = None
        self.titles: list[tuple[int, int, list[Place]]] = []
        self._excepted: list[tuple[int, int, list[Place]]] = []
        self._withdrawn: list[tuple[int, int, list[Place]]] = []

    # What is said ------------------------------------------------------------------------------------------------

    def unread(self, start: int, end: int, sentence: str, *, is_place: bool = True) -> None:
        """Say that words could not be used."""
        self.found.unread.append(
            Unread(self.plain.text[start:end], *self.plain.span(start, end), sentence, is_place=is_place)
        )

    def ask(self, start: int, end: int, sentence: str, places: list[Place]) -> None:
        """Ask which of ``places`` words mean."""
        if not self.refused(start, end, places if self.is_lift else [], is_asked=True):
            self.doubtful |= {place.code for place in places}
            named = tuple(Candidate(place.code, self.ground.full_name(place)) for place in places[:_MOST_CANDIDATES])
            self.found.questions.append(
                Question(self.plain.text[start:end], *self.plain.span(start, end), sentence, named)
            )

    def add(self, start: int, end: int, places: list[Place], extent: str | None) -> None:
        """Areas that stand between ``start`` and ``end``; which level is theirs is told when all are read."""
        self.named |= {place.code for place in places}
        if places and not self.refused(start, end, places, extent):
            self.mentions.append(Mention(start, end, tuple(places), extent))

    def add_county(self, start: int, end: int, places: list[Place], extent: str | None) -> None:
        """The whole county, which in a title is only meant where nothing within it is named."""
        if extent is None and self._is_title(end):
            self.titles.append((start, end, places))
        else:
            self.add(start, end, places, extent)

    def refused(
        self, start: int, end: int, places: list[Place], extent: str | None = None, *, is_asked: bool = False
    ) -> bool:
        """Whether the heading does not speak of these words: what goes on is not lifted, what is lifted not warned."""
        said = self.beside.standing(start, end)
        if (led := self._led_by_another(said, start)) is not None:
            if not is_asked:
                self.others[led.start].append(Mention(start, end, tuple(places), extent))
                if said is None or not said.is_forward:
                    self.unread(start, end, ANOTHER, is_place=False)
            return not is_asked
        is_lifted = said is None or said.mark.standing == LIFT
        if self.is_lift and is_lifted and self.beside.may_go_on(start, end, said):
            self._leave_out(start, end, places)
            self.unread(start, end, "这里写的像是预警继续，没有列入，请核对。")
            return True
        if said is None:
            return False
        is_other = self._is_other(said)
        if said.mark.standing == EXCEPT:
            self.except_(start, end, places)
        elif is_other and said.is_forward and not (self.is_lift and said.mark.standing == KEEP):
            # 发布甲预警、解除乙预警：丙、丁: both are said of them.
            return False
        elif (not is_other and (said.mark.standing == LIFT) == self.is_lift) or (
            is_other and not self.is_lift and said.mark.standing == KEEP
        ):
            return False
        elif is_other:
            self._of_another(said, Mention(start, end, tuple(places), extent))
        elif said.mark.standing == KEEP and self.is_lift:
            self._leave_out(start, end, places)
            if said.mark.signal is not None and places:
                self.others[said.mark.signal.start].append(Mention(start, end, tuple(places), extent))
            self.unread(start, end, "这里预警继续，没有列入。")
        elif said.mark.standing == LIFT:
            self.unread(start, end, "这里写的是解除，没有列入。")
        else:
            return False
        return True

    def _led_by_another(self, said: Said | None, at: int) -> Signal | None:
        """解除大风预警，暴雨预警继续生效，甲、乙请继续防范: in a lift what follows a warning that goes on is said of that one."""
        if not self.is_lift or self.heading is None or self.heading.kind is None:
            return None
        before = [one for start, one in self.signals.items() if start < at]
        last = before[-1] if before else None
        if last is None or last.start <= self.heading.start or last.kind is None or last.action is None:
            return None
        is_other = last.kind.value != self.heading.kind.value and last.action.value != "lift"
        is_near = not any(mark in self.text[last.end : at] for mark in "。;!")
        is_free = said is None or said.mark.signal is None or said.mark.signal is last
        return last if is_other and is_near and is_free and (said is None or said.mark.standing != LIFT) else None

    def _is_other(self, said: Said) -> bool:
        own = self.heading.kind.value if self.heading is not None and self.heading.kind is not None else None
        return None not in (own, said.mark.kind) and own != said.mark.kind

    def _of_another(self, said: Said, mention: Mention) -> None:
        """What is said of another kind of warning alone."""
        signal = said.mark.signal
        if signal is not None and mention.places:
            self.others[signal.start].append(mention)
        if not said.is_forward:
            self.unread(mention.start, mention.end, ANOTHER, is_place=False)

    def except_(self, start: int, end: int, places: list[Place]) -> None:
        """What is left out by 除外."""
        self._leave_out(start, end, places)
        self._excepted.append((start, end, places))

    def withdraw(self, start: int, end: int, places: list[Place]) -> None:
        """What a correction takes back (误发为…); whether it stands elsewhere is told when all is read."""
        self._withdrawn.append((start, end, places))

    def _leave_out(self, start: int, end: int, places: list[Place]) -> None:
        self.excluded |= {place.code for place in places}
        self.left_out_at = self.left_out_at or (start, end)

    def _is_title(self, end: int) -> bool:
        """【突泉县暴雨红色预警】, 突泉县山洪灾害橙色预警：甲村: the county as it stands before a title, or alone in one."""
        if TITLE.match(self.text, end):
            return True
        said = self.signals.get(end)
        if said is None or said.kind is None:
            return False
        own = self.heading
        # Sent twice in a row it says the same again.
        return own is None or said.start <= own.start or _of(said) == _of(own)

    def is_named(self, code: str) -> bool:
        """Whether the text has said something of a division, so that it is none of the rest."""
        if code in self.named or self.is_left_out(code):
            return True
        # What is only asked about goes on until somebody says that it is lifted.
        return self.is_lift and any(other.startswith(code) for other in self.named | self.doubtful)

    def is_left_out(self, code: str) -> bool:
        """Whether a division is excepted, or the warning goes on there."""
        return code in self.excluded or (self.is_lift and any(other.startswith(code) for other in self.excluded))

    # When all is read ----------------------------------------------------------------------------------------------

    def finish(self, start: int, end: int, marks: list[Mark]) -> Found:
        """The areas with their levels, and colours that are nobody's."""
        found = self.found
        if not self.mentions and not found.questions:
            for first, last, places in self.titles:
                self.add(first, last, places, None)
        if self.is_lift and self.left_out_at is not None and not self.mentions and not found.questions:
            self._ask_the_rest(*self.left_out_at, "只写了哪里不解除，没有写哪些乡镇解除，请选择。")
        elif not self.is_lift and not self.mentions and not found.questions:
            outside = next((one for one in self._excepted if around.is_outside(self.text, one[1])), None)
            if outside is not None:
                self._ask_the_rest(*outside[:2], "只写了哪里除外，没有写其余哪些乡镇在预警范围内，请选择。")
        found.each = self.beside.each(self.mentions)
        found.areas = [area for area in once(found.each) if not self._goes_on_within(area)]
        for first, last, places in self._excepted:
            # 宝石镇除宝山村外: a township stands on the list as a whole.
            is_inside = any(place.code.startswith(area.code) for area in found.areas for place in places)
            self.unread(first, last, EXCEPTED_INSIDE if is_inside else EXCEPTED)
        for first, last, places in self._withdrawn:
            # 应为甲、乙，误发为丙、乙: 乙 is warned all the same.
            if not any(area.code == place.code for area in found.areas for place in places):
                self.unread(first, last, WITHDRAWN)
        found.others = {at: self.beside.areas(ones) for at, ones in self.others.items()}
        told = [mark for mark in marks if mark in self.beside.told]
        found.levels = [mark.level for mark in told if mark.signal is None and mark.level is not None]
        own = self.heading.level.value if self.heading is not None and self.heading.level is not None else None
        spans = [
            (mark.start, mark.end)
            for mark in marks
            if mark.signal is None and mark.level is not None and mark not in told and mark.level.value != own
        ]
        for first, last in [*spans, *colours_left(self.text, start, end, marks)]:
            self.unread(first, last, "这里写了颜色，没有读出是哪些地方的级别，请核对。", is_place=False)
        return found

    def _ask_the_rest(self, start: int, end: int, sentence: str) -> None:
        """解除…预警（甲除外）: of the others is only said that they are not 甲."""
        county = self.ground.home
        left = self.ground.gazetteer.townships(county) if county is not None else []
        if left := [place for place in left if not self.is_left_out(place.code)]:
            named = tuple(Candidate(place.code, place.name) for place in left)
            words = self.plain.text[start:end]
            self.found.questions.append(Question(words, *self.plain.span(start, end), sentence, named))

    def _goes_on_within(self, area: ReadArea) -> bool:
        """Of a lift: whether it goes on in a part of the area, or there, as another place of the text says."""
        if not self.is_lift or not any(code.startswith(area.code) for code in self.excluded):
            return False
        self.found.unread.append(
            Unread(
                area.text, area.start, area.end, "文中另写这里或其中一部分预警继续，没有列入，请核对。", is_place=True
            )
        )
        return True
