"""Which loaded divisions a warning names, and what of its names cannot be told. Pure.

A text speaks for the county of its issuer. Where that is another county or the league, only what stands behind the name of
a loaded county is ours: 永安镇 and 太平乡 are townships of many counties.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from geo_housing.hazards.bulletin.beside import Beside, Mention, Said
from geo_housing.hazards.bulletin.gazetteer import Place
from geo_housing.hazards.bulletin.ground import Ground, largest
from geo_housing.hazards.bulletin.marks import EXCEPT, KEEP, LIFT, Mark, colours_left, marks_in
from geo_housing.hazards.bulletin.parts import Candidate, Question, ReadArea, Unread
from geo_housing.hazards.bulletin.plain import Plain
from geo_housing.hazards.bulletin.runs import OWN, Name, Run, runs_in, unknown_in
from geo_housing.hazards.bulletin.scopes import Scope, scopes_in
from geo_housing.hazards.bulletin.signals import Signal, Words

_OF_ANOTHER_COUNTY = re.compile("[旗县市盟]")
_ANOTHER_COUNTY_BEFORE = re.compile("[\u3400-\u9fff]*[^我本全各该邻在是时分日,、。:;0-9][县旗盟市]$")
UNKNOWN = "您能看到的区划中没有这个名称，请核对。"
STATION = "这是测站、水库、河流等的名称，不作为区域。"
_MOST_CANDIDATES = 40


@dataclass
class Found:
    """What was read of areas, with places in the plain text.

    ``others``: what is said only of another statement than the heading, by where that begins; ``levels`` are those that
    stand beside areas without a statement.
    """

    areas: list[ReadArea] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    others: dict[int, list[ReadArea]] = field(default_factory=dict)
    levels: list[Words] = field(default_factory=list)


class _Reader:
    def __init__(self, plain: Plain, masked: str, ground: Ground, heading: Signal | None, beside: Beside) -> None:
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

    # What is said ------------------------------------------------------------------------------------------------

    def unread(self, start: int, end: int, sentence: str, *, is_place: bool = True) -> None:
        """Say that words could not be used."""
        self.found.unread.append(
            Unread(self.plain.text[start:end], *self.plain.span(start, end), sentence, is_place=is_place)
        )

    def ask(self, start: int, end: int, sentence: str, places: list[Place]) -> None:
        """Ask which of ``places`` words mean."""
        if not self.refused(start, end, []):
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

    def refused(self, start: int, end: int, places: list[Place], extent: str | None = None) -> bool:
        """Whether the heading does not speak of these words: what goes on is not lifted, what is lifted not warned."""
        said = self.beside.standing(start, end)
        if said is None or said.mark.standing is None:
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
            self.unread(start, end, "这里预警继续，没有列入。")
        elif said.mark.standing == LIFT:
            self.unread(start, end, "这里写的是解除，没有列入。")
        else:
            return False
        return True

    def _is_other(self, said: Said) -> bool:
        own = self.heading.kind.value if self.heading is not None and self.heading.kind is not None else None
        return None not in (own, said.mark.kind) and own != said.mark.kind

    def _of_another(self, said: Said, mention: Mention) -> None:
        """What is said of another kind of warning alone."""
        signal = said.mark.signal
        if signal is not None and mention.places:
            self.others[signal.start].append(mention)
        if not said.is_forward:
            self.unread(mention.start, mention.end, "这里写的是另一种预警，没有列入。", is_place=False)

    def except_(self, start: int, end: int, places: list[Place]) -> None:
        """What is left out by 除外."""
        self._leave_out(start, end, places)
        self.unread(start, end, "原文写明除外，没有列入。")

    def _leave_out(self, start: int, end: int, places: list[Place]) -> None:
        self.excluded |= {place.code for place in places}
        self.left_out_at = self.left_out_at or (start, end)

    # Runs of names -------------------------------------------------------------------------------------------------

    def read_run(self, run: Run) -> bool:
        """All names of a run: full ones by themselves, stems as far as the run says what they are; whether any was."""
        before = len(self.mentions) + len(self.found.questions) + len(self.found.unread)
        want = run.suffix
        wants: list[str | None] = []
        for name in reversed(run.names):
            if name.is_full and name.places and not name.is_station:
                want = name.places[0].kind or name.places[0].level
            wants.append(want)
        wants.reverse()
        stems = [
            name for name in run.names if not name.is_full and any(place.level == "township" for place in name.places)
        ]
        in_a_row = len(stems) >= 2
        has_known = (
            run.suffix is not None
            or in_a_row
            or any(name.places and (name.is_full or name.extent) for name in run.names)
        )
        is_ours = any(place.level == "county" for name in run.names for place in name.places + name.within)
        county = self._county_before(run.names[0])
        township: str | None = None
        is_foreign = False
        read = 0
        for name, wanted in zip(run.names, wants, strict=True):
            within = [place for place in name.within if place.level == "township"]
            if any(place.level == "county" for place in name.within):
                county = next(place.code for place in name.within if place.level == "county")
            elif self.ground.is_other and any(place.level == "county" for place in name.places):
                # A county by itself ends what was said of the one before.
                county = None
            if len({place.code for place in within}) == 1:
                township = within[0].code
            is_foreign = self._is_foreign(name) or (is_foreign and not name.within)
            if not name.places and _OF_ANOTHER_COUNTY.search(self.plain.text, name.start, name.end):
                county = None
            if not name.places:
                # In the list of another county nothing is ours; in one of the league that names us, the others are said.
                if has_known and (not self.ground.is_other or is_ours):
                    self._unknown(name)
                    read += 1
                continue
            if name.is_station:
                self.unread(name.start, name.end, STATION, is_place=False)
                continue
            if is_foreign:
                self.unread(name.start, name.end, "这里写的是别的县，没有列入。")
                read += 1
            elif name.is_full or within:
                read += self._full(run, name, county, township, direct=bool(within))
            elif wanted or in_a_row or name.extent:
                read += self._stem(run, name, wanted or "any", county, township)
            else:
                self._single_stem(name, county, is_listed=has_known)
        if run.count is not None and run.count != read and run.suffix != "county":
            names = [name for name in run.names if not name.is_station]
            self.unread(names[0].start, run.end, f"原文写明 {run.count} 个，只写出 {read} 个名称，请核对。")
        return len(self.mentions) + len(self.found.questions) + len(self.found.unread) > before

    def _county_before(self, name: Name) -> str | None:
        before = self.text[max(0, name.start - 5) : name.start]
        own = OWN.search(before)
        return self.ground.home if own and own.end() == len(before) else None

    def _full(self, run: Run, name: Name, county: str | None, township: str | None, *, direct: bool) -> int:
        places = self.ground.ours(name.places, county)
        if not places:
            if not self.ground.is_other:
                self.unread(name.start, name.end, UNKNOWN)
            return 1
        if name.is_glued:
            self.ask(name.start, name.end, "前面的字连着写，不能确定是不是这个区划，请选择。", places)
            return 1
        if not name.is_full:
            # 宝石镇宝田: a stem directly behind its township.
            inside = [place for place in places if township and place.code.startswith(township)]
            places = inside or [place for place in places if place.level == "village"]
        above = township
        if above is not None and places and places[0].level == "village":
            inside = [place for place in places if place.code.startswith(above)]
            if not inside:
                where = self.ground.gazetteer.places[above].name
                self.ask(name.start, name.end, f"{where}没有这个村，请选择。", places)
                return 1
            places = inside
        return self._settle(run, name, places)

    def _is_foreign(self, name: Name) -> bool:
        """Whether the name of another county stands directly before: 扎赉特旗太平乡 is not ours."""
        if any(place.level == "county" for place in (*name.within, *name.places)):
            return False
        return _ANOTHER_COUNTY_BEFORE.search(self.plain.text[max(0, name.start - 6) : name.start]) is not None

    def _settle(self, run: Run, name: Name, places: list[Place]) -> int:
        if len(places) > 1:
            self.ask(name.start, name.end, "有多个区划叫这个名称，请选择。", places)
        elif run.is_excluded:
            self.except_(name.start, name.end, places)
        elif places:
            if places[0].level == "county" and name.extent and not re.search("大部|全境|境内|各地", name.extent):
                self._part_of_county(name.start, name.end, places[0].code)
            elif not (places[0].level == "county" and self._is_address(name)):
                self.add(name.start, name.end, places, name.extent)
        return 1

    def _is_address(self, name: Name) -> bool:
        """突泉县各有关部门, 突泉县7月12日发布: the county as somebody who is spoken to, or speaks."""
        return (
            re.match(
                r"各(?:级|有关|部门|单位)|人民|委|政府|应急预案|\d{4}年|\d{1,2}[月日]|发布|继续发布|解除",
                self.text[name.end : name.end + 5],
            )
            is not None
        )

    def _part_of_county(self, start: int, end: int, county: str) -> None:
        townships = self.ground.gazetteer.townships(county)
        whole = self.ground.gazetteer.places[county]
        self.ask(start, end, "只写了部分地区，没有写哪些乡镇，请选择。", [whole, *townships])

    def _stem(self, run: Run, name: Name, wanted: str, county: str | None, township: str | None) -> int:
        places = self.ground.ours(name.places, county)
        if not places:
            return 1
        if wanted == "any" and self.ground.is_other and any(place.level == "county" for place in places):
            wanted = "county"
        chosen = [place for place in places if wanted in (place.level, place.kind)]
        if wanted == "village":
            chosen = [place for place in chosen if place.kind != "residents"]
            if township is not None:
                chosen = [place for place in chosen if place.code.startswith(township)] or chosen
        if wanted == "any":
            chosen = largest(places)
        if not chosen:
            self.unread(name.start, name.end, UNKNOWN)
            return 1
        return self._settle(run, name, chosen)

    def _single_stem(self, name: Name, county: str | None, *, is_listed: bool) -> None:
        """One stem alone may be an ordinary word; that of a township is asked about where a warning would name it."""
        places = [place for place in self.ground.ours(name.places, county) if place.level == "township"]
        if places and (
            is_listed
            or re.match(r"[将已有仍降及受大暴中小特最累为达(\d]|出现|可能", self.text[name.end : name.end + 2])
        ):
            self.ask(name.start, name.end, "只写了简称，请选择。", places)

    def _unknown(self, name: Name) -> None:
        if name.is_station:
            self.unread(name.start, name.end, STATION, is_place=False)
        else:
            self.unread(name.start, name.end, UNKNOWN)

    # Scope words ---------------------------------------------------------------------------------------------------

    def read_scope(self, scope: Scope, named: set[int]) -> None:
        """全县 and the like; ``named``: where names begin, because 我县宝石镇 means the township alone."""
        if scope.kind in ("own", "some") and scope.end + self.text.startswith(("的", ":"), scope.end) in named:
            return
        county = self.ground.home
        if self.ground.is_other:
            return
        if county is None:
            counties = [self.ground.gazetteer.places[code] for code in self.ground.gazetteer.counties]
            self.ask(scope.start, scope.end, "没有写明是哪个县，请选择。", counties)
        elif scope.is_partial:
            self._part_of_county(scope.start, scope.end, county)
        elif scope.kind == "above":
            is_townships = "乡镇" in self.text[scope.start : scope.end]
            codes = sorted({code[:9] if is_townships else code for code in self.named if len(code) >= 9})
            self.add(scope.start, scope.end, [self.ground.gazetteer.places[code] for code in codes], None)
        elif scope.kind == "rest":
            left = [place for place in self.ground.gazetteer.townships(county) if not self._is_named(place.code)]
            is_told = any(len(code) == 9 for code in self.named | self.excluded)
            if left and self.text.startswith("请", scope.end):
                # 其余乡镇请注意: whether they are warned is not said.
                self.ask(scope.start, scope.end, "没有写明这些乡镇是否在预警范围内，请选择。", left)
            elif left and is_told:
                self.add(scope.start, scope.end, left, None)
            else:
                self._part_of_county(scope.start, scope.end, county)
        elif self.excluded:
            left = [place for place in self.ground.gazetteer.townships(county) if not self._is_left_out(place.code)]
            self.add(scope.start, scope.end, left, scope.extent)
        else:
            self.add(scope.start, scope.end, [self.ground.gazetteer.places[county]], scope.extent)

    def _is_named(self, code: str) -> bool:
        if code in self.named or self._is_left_out(code):
            return True
        # What is only asked about goes on until somebody says that it is lifted.
        return self.is_lift and any(other.startswith(code) for other in self.named | self.doubtful)

    def _is_left_out(self, code: str) -> bool:
        return code in self.excluded or (self.is_lift and any(other.startswith(code) for other in self.excluded))

    # When all is read ----------------------------------------------------------------------------------------------

    def finish(self, start: int, end: int, marks: list[Mark]) -> Found:
        """The areas with their levels, and colours that are nobody's."""
        found = self.found
        if self.is_lift and self.left_out_at is not None and not self.mentions and not found.questions:
            self._ask_the_rest(*self.left_out_at)
        found.areas = [area for area in self.beside.areas(self.mentions) if not self._goes_on_within(area)]
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

    def _ask_the_rest(self, start: int, end: int) -> None:
        """解除…预警（甲除外）: of the others is only said that they are not 甲."""
        county = self.ground.home
        left = self.ground.gazetteer.townships(county) if county is not None else []
        if left := [place for place in left if not self._is_left_out(place.code)]:
            named = tuple(Candidate(place.code, place.name) for place in left)
            sentence = "只写了哪里不解除，没有写哪些乡镇解除，请选择。"
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


def areas_in(
    plain: Plain, masked: str, bounds: tuple[int, int], ground: Ground, heading: Signal | None, signals: list[Signal]
) -> Found:
    """All divisions that ``masked``, the plain text with other names blotted out, names within ``bounds``.

    ``signals`` are all statements of the text in their order, the heading's among them.
    """
    start, end = bounds
    runs = list(runs_in(masked, start, end, plain.seams, ground.gazetteer))
    spans = [(run.names[0].start, run.end) for run in runs]
    scopes = [one for one in scopes_in(masked, start, end) if not _is_within(one.start, spans)]
    marks = marks_in(masked, start, end, signals)
    kind = heading.kind.value if heading is not None and heading.kind is not None else None
    beside = Beside(plain, masked, marks, [*spans, *((one.start, one.end) for one in scopes)], kind)
    reader = _Reader(plain, masked, ground, heading, beside)
    named = {run.names[0].start for run in runs if reader.read_run(run)}
    if not ground.is_other:
        for first, last in unknown_in(masked, start, end, spans):
            reader.unread(first, last, UNKNOWN)
    # 其余乡镇 is what is left when all names are read.
    for scope in sorted(scopes, key=lambda one: one.kind in ("rest", "above")):
        reader.read_scope(scope, named)
    return reader.finish(start, end, marks)


def _is_within(at: int, spans: list[tuple[int, int]]) -> bool:
    """Whether ``at`` lies in one of the spans, which stand in order and apart."""
    n = bisect_right(spans, (at, 1 << 60))
    return n > 0 and spans[n - 1][1] > at
