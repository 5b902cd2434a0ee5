"""Which loaded divisions a warning names, and what of its names cannot be told. Pure.

A text speaks for the county of its issuer. Where that is another county or the league, only what stands after the name of
a loaded county is ours: 永安镇 and 太平乡 are townships of many counties.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from geo_housing.area_codes import TOWNSHIP_DIGITS, township_of
from geo_housing.hazards.bulletin import around
from geo_housing.hazards.bulletin.beside import Beside
from geo_housing.hazards.bulletin.gazetteer import Gazetteer, Place
from geo_housing.hazards.bulletin.ground import Ground, largest
from geo_housing.hazards.bulletin.leagues import named_at
from geo_housing.hazards.bulletin.marks import marks_in
from geo_housing.hazards.bulletin.plain import Plain
from geo_housing.hazards.bulletin.runs import OWN, Name, Run, is_township, runs_in, spoken_in, unknown_in
from geo_housing.hazards.bulletin.scopes import Scope, scopes_in
from geo_housing.hazards.bulletin.signals import Signal
from geo_housing.hazards.bulletin.telling import Found, Telling

UNKNOWN = "您能看到的区划中没有这个名称，请核对。"
NEAR = "没有这个名称的区划，可能是写错或识别错了，请选择。"
OF_WHICH_COUNTY = "发布单位管几个旗县，没有写明是哪个旗县的，请选择。"
SPOKEN = "这里写的是数字，可能是语音输入或识别造成的，请选择。"
SHORT = "只写了简称，请选择。"
STATION = "这是测站、水库、河流等的名称，不作为区域。"
# Scope words that are read after all names.
_LAST = {"rest": 1, "above": 1, "league": 2, "others": 2}


class _Reader(Telling):
    _asked_of: Run | None = None
    _answer: bool = False
    # Where the run before ends, and of which county it was.
    _list_of: tuple[int, str | None] = (0, None)
    # Where names begin whose numeral is written as a digit; of which county those are that stand after its name.
    spoken: frozenset[int] = frozenset()
    # Counties that are named by their league alone.
    _of_leagues: frozenset[str] = frozenset()

    def __init__(
        self, plain: Plain, masked: str, ground: Ground, heading: Signal | None, signals: list[Signal], beside: Beside
    ) -> None:
        super().__init__(plain, masked, ground, heading, signals, beside)
        # Names that no division has: where they and their extent stand, and of which division they are said to be.
        self._without: list[tuple[int, int, int, str | None]] = []
        self.spoken_of: dict[int, str] = {}

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
            or any(name.places and (name.is_full or name.extent or name.within) for name in run.names)
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
            if not name.places and around.OF_ANOTHER_COUNTY.search(self.plain.text, name.start, name.end):
                county = None
            if not name.places:
                # In the list of another county nothing is ours; in one of the league that names us, the others are said.
                if has_known and (not self.ground.is_other or is_ours):
                    self._unknown(name, township or county)
                    read += 1
                continue
            if name.is_station:
                self.unread(name.start, name.end, STATION, is_place=False)
                continue
            if is_foreign:
                self.unread(name.start, name.end, "这里写的是别的县，没有列入。")
                read += 1
            elif run.is_withdrawn:
                self.withdraw(name.start, name.end, self.ground.ours(name.places, county))
                read += 1
            elif run.is_replaced:
                self.unread(name.start, name.end, around.REPLACED)
                read += 1
            elif around.is_destination(self.text, run.names[0].start):
                self.unread(name.start, name.end, around.DESTINATION)
                read += 1
            elif name.is_full or within:
                read += self._full(run, name, county, township)
            elif wanted or in_a_row or name.extent:
                read += self._stem(run, name, wanted or "any", county, township)
            elif self._lies_in(name, township):
                # 宝石镇宝龙、宝林、宝山: of the township whose name stands before the first.
                read += self._stem(run, name, "village", county, township)
            elif self.ground.is_other and self._is_county(run, name):
                read += self._stem(run, name, "county", county, township)
            else:
                self._single_stem(run, name, county, is_listed=has_known)
        self._list_of = run.end, county
        if run.count is not None and run.count != read and run.suffix != "county":
            names = [name for name in run.names if not name.is_station]
            self.unread(names[0].start, run.end, f"原文写明 {run.count} 个，只写出 {read} 个名称，请核对。")
        return len(self.mentions) + len(self.found.questions) + len(self.found.unread) > before

    def _lies_in(self, name: Name, township: str | None) -> bool:
        return township is not None and any(
            place.level == "village" and place.code.startswith(township) for place in name.places
        )

    def _is_county(self, run: Run, name: Name) -> bool:
        """预计中旗、突泉、前旗: in a text of the league the stem of a county is one, where weather or a list around.speaks of it."""
        is_spoken_of = around.has_weather(self.text, run.end) or around.is_told_of(self.text, name.start)
        return (len(run.names) > 1 or is_spoken_of) and any(place.level == "county" for place in name.places)

    def _county_before(self, name: Name) -> str | None:
        before = self.text[max(0, name.start - 5) : name.start]
        own = OWN.search(before)
        if own and own.end() == len(before):
            return self.ground.home
        # 突泉县宝石镇(红色)、学田乡(橙色): the list goes on after the level of each.
        end, county = self._list_of
        return county if around.LEVEL_BETWEEN.fullmatch(self.plain.text[end : name.start]) else None

    def _full(self, run: Run, name: Name, county: str | None, township: str | None) -> int:
        places = self.ground.ours(name.places, county)
        if not places:
            if perhaps := self.ground.perhaps_ours(name.places):
                self.ask(name.start, name.end, OF_WHICH_COUNTY, perhaps)
            elif not self.ground.is_other:
                self.unread(name.start, name.end, UNKNOWN)
            return 1
        if name.is_glued:
            self.ask(name.start, name.end, "前面的字连着写，不能确定是不是这个区划，请选择。", places)
            return 1
        if not name.is_full:
            # 宝石镇宝田: a stem directly after its township.
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
        return around.of_other_county(self.plain.text, name.start)

    def _settle(self, run: Run, name: Name, places: list[Place]) -> int:
        if len(places) > 1:
            self.ask(name.start, name.end, "有多个区划叫这个名称，请选择。", places)
        elif run.is_excluded:
            self.except_(name.start, name.end, places)
        elif places:
            if places[0].level == "county" and name.extent and not re.search("大部|全境|境内|各地", name.extent):
                self._part_of_county(name.start, name.end, places[0].code)
            elif places[0].level != "county" and around.passes_on(self.text, name.end):
                self.unread(name.start, name.end, around.BROADCAST)
            elif places[0].level != "county":
                self.add(name.start, name.end, places, name.extent)
            elif name.end in self.spoken:
                self.spoken_of[name.end] = places[0].code
            elif not around.speaks(self.text, name.start, name.end):
                self.add_county(name.start, name.end, places, name.extent)
        return 1

    def _part_of_county(self, start: int, end: int, county: str) -> None:
        townships = self.ground.gazetteer.townships(county)
        whole = self.ground.gazetteer.places[county]
        self.ask(start, end, "只写了部分地区，没有写哪些乡镇，请选择。", [whole, *townships])

    def _stem(self, run: Run, name: Name, wanted: str, county: str | None, township: str | None) -> int:
        places = self.ground.ours(name.places, county)
        if places and self._is_short(name):
            # 杜尔基 may be 东杜尔基镇 or a village of it.
            self.ask(name.start, name.end, SHORT, [one for one in places if wanted in (one.level, one.kind)] or places)
            return 1
        if not places:
            perhaps = [place for place in self.ground.perhaps_ours(name.places) if wanted in (place.level, place.kind)]
            if perhaps:
                self.ask(name.start, name.end, OF_WHICH_COUNTY, perhaps)
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

    def _is_short(self, name: Name) -> bool:
        return self.text[name.start : name.end - len(name.extent or "")] in self.ground.gazetteer.shortened

    def _has_township(self, run: Run) -> bool:
        if self._asked_of is not run:
            found = any(place.level == "township" for one in run.names for place in one.places)
            self._asked_of, self._answer = run, found
        return self._answer

    def _single_stem(self, run: Run, name: Name, county: str | None, *, is_listed: bool) -> None:
        """One stem alone may be an ordinary word; that of a township is asked about where a warning would name it.

        In a list before such words, a township among it, the stems of villages are, too.
        """
        is_listed = is_listed or around.has_weather(self.text, run.end) or around.is_pointed_at(self.text, name.start)
        has_township = len(run.names) > 1 and self._has_township(run)
        levels = ("township", "village") if has_township else ("township",)
        places = [
            place
            for place in self.ground.ours(name.places, county)
            if place.level in levels or (self._is_short(name) and place.level != "county")
        ]
        if places and is_listed:
            self.ask(name.start, name.end, SHORT, places)

    def _unknown(self, name: Name, above: str | None) -> None:
        if name.is_station:
            self.unread(name.start, name.end, STATION, is_place=False)
        else:
            self.without(name.start, name.end, above, extent=name.extent)

    def without(self, start: int, end: int, above: str | None = None, *, extent: str | None = None) -> None:
        """A name that no division has; when all others are read, those of nearly that name are asked about."""
        self._without.append((start, end - len(extent or ""), end, above))

    def tell_without(self) -> None:
        """Ask about, or tell, the names that no division has. In a lift nothing is guessed: what is not read goes on."""
        before = {one.end: one.places[0].code for one in self.mentions if is_township(one.places)}
        for start, stop, end, said in self._without:
            # 宝石镇宝尤村: of the township whose name stands before it.
            above = said or before.get(start) or self.ground.home or ""
            places = () if self.is_lift else self.ground.gazetteer.near(self.text[start:stop], above)
            near = [place for place in places if not self.is_named(place.code) and place.code not in self.excluded]
            if near:
                self.ask(start, end, NEAR, near)
            else:
                self.unread(start, end, UNKNOWN)

    # Scope words ---------------------------------------------------------------------------------------------------

    def read_scope(self, scope: Scope, named: set[int]) -> None:
        """全县 and the like; ``named``: where names begin, because 我县宝石镇 means the township alone."""
        if scope.kind in ("own", "some") and scope.end + self.text.startswith(("的", ":"), scope.end) in named:
            return
        if scope.kind in ("league", "others"):
            self._read_league(scope)
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
            codes = sorted(
                {township_of(code) if is_townships else code for code in self.named if len(code) >= TOWNSHIP_DIGITS}
            )
            self.add(scope.start, scope.end, [self.ground.gazetteer.places[code] for code in codes], None)
        elif scope.kind == "rest":
            left = [place for place in self.ground.gazetteer.townships(county) if not self.is_named(place.code)]
            is_told = any(len(code) == TOWNSHIP_DIGITS for code in self.named | self.excluded)
            if left and self.text.startswith("请", scope.end):
                # 其余乡镇请注意: whether they are warned is not said.
                self.ask(scope.start, scope.end, "没有写明这些乡镇是否在预警范围内，请选择。", left)
            elif left and is_told:
                self.add(scope.start, scope.end, left, None)
                if not self.is_lift and around.goes_on(self.plain.text, scope.end):
                    # 其余乡镇维持不变: of those that were warned; which they were the text does not know.
                    self.unread(scope.start, scope.end, around.REST_KEPT, is_place=False)
            else:
                self._part_of_county(scope.start, scope.end, county)
        elif self.excluded:
            left = [place for place in self.ground.gazetteer.townships(county) if not self.is_left_out(place.code)]
            self.add(scope.start, scope.end, left, scope.extent)
        elif not around.lies_beside(self.text, scope.start):
            self.add_county(scope.start, scope.end, [self.ground.gazetteer.places[county]], scope.extent)

    def _read_league(self, scope: Scope) -> None:
        """全盟大部: each loaded county of the league that around.speaks; asked about where the text says it only of some of them."""
        words = self.text[scope.start : scope.end]
        ground, places = self.ground, self.ground.gazetteer.places
        named = named_at(words)
        counties = ground.above if ground.is_other else ground.gazetteer.counties
        ours = [places[code] for code in counties if named is None or code.startswith(named)]
        own = self._of_leagues
        if not ours or any(self.is_named(place.code) and place.code not in own for place in ours):
            # 除突泉县外全盟大部, or it is said of ours already.
            return
        is_whole = (ground.is_league or named is not None) and not scope.is_partial
        is_told = any(place.code not in own for one in self.mentions for place in one.places) or self.found.questions
        if scope.kind == "league" and ground.is_other and is_whole and not is_told:
            self.add(scope.start, scope.end, ours, words)
            self._of_leagues |= {place.code for place in ours}
        elif ground.is_other or ("盟" in words and not is_told):
            below = [place for county in ours for place in ground.gazetteer.townships(county.code)]
            self.ask(
                scope.start, scope.end, "写的是全盟或其中一部分，没有写明是哪些旗县、乡镇，请选择。", [*ours, *below]
            )


def names_in(plain: Plain, masked: str, bounds: tuple[int, int], gazetteer: Gazetteer) -> Iterator[int]:
    """Where names of loaded divisions and words for several of them stand."""
    start, end = bounds
    for run in runs_in(masked, start, end, plain.seams, gazetteer):
        if run.suffix is not None or any(name.is_full or is_township(name.places) for name in run.names):
            yield run.names[0].start
    yield from (one.start for one in scopes_in(masked, start, end))


def areas_in(
    plain: Plain, masked: str, bounds: tuple[int, int], ground: Ground, heading: Signal | None, signals: list[Signal]
) -> Found:
    """All divisions that ``masked``, the plain text with other names blotted out, names within ``bounds``.

    ``signals`` are all statements of the text in their order, the heading's among them.
    """
    start, end = bounds
    scopes = list(scopes_in(masked, start, end))
    # 兴安盟 is not the village 兴安.
    leagues = [(one.start, one.end) for one in scopes if one.kind == "league"]
    runs = [
        one
        for one in runs_in(masked, start, end, plain.seams, ground.gazetteer)
        if not _is_within(one.names[0].start, leagues)
    ]
    spans = [(run.names[0].start, run.end) for run in runs]
    scopes = [one for one in scopes if not _is_within(one.start, spans)]
    marks = marks_in(masked, start, end, signals)
    kind = heading.kind.value if heading is not None and heading.kind is not None else None
    beside = Beside(plain, masked, marks, [*spans, *((one.start, one.end) for one in scopes)], kind)
    reader = _Reader(plain, masked, ground, heading, signals, beside)
    spoken = list(spoken_in(masked, start, end, ground.gazetteer))
    reader.spoken = frozenset(first for first, _, _ in spoken)
    named = {run.names[0].start for run in runs if reader.read_run(run)}
    for first, last, places in spoken:
        meant = [
            place for place in ground.ours(places, reader.spoken_of.get(first, ground.home)) if place.level != "county"
        ]
        if meant and not all(reader.is_named(place.code) for place in meant):
            reader.ask(first, last, SPOKEN, meant)
    if not ground.is_other:
        for first, last in unknown_in(masked, start, end, spans):
            reader.without(first, last)
    # 其余乡镇 is what is left when all names are read.
    for scope in sorted(scopes, key=lambda one: _LAST.get(one.kind, 0)):
        reader.read_scope(scope, named)
    reader.tell_without()
    return reader.finish(start, end, marks)


def _is_within(at: int, spans: list[tuple[int, int]]) -> bool:
    """Whether ``at`` lies in one of the spans, which stand in order and apart."""
    n = bisect_right(spans, (at, 1 << 60))
    return n > 0 and spans[n - 1][1] > at
