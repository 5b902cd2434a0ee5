"""Names of divisions in a plain text, in runs: 宝石镇、永安和水泉等乡镇 is one run of three names. Pure.

A full name counts wherever it stands on its own. A bare stem is often an ordinary word (团结, 和平, 建设), so it counts
only in a run that says what its stems are, by a suffix at its end, by a full name in it, or by two townships in a row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from geo_housing.hazards.bulletin.gazetteer import Gazetteer, Place

HAN = "[\u3400-\u9fff]"
EXTENT = re.compile(
    r"(?:(?:大部分?|部分|局部|个别)(?:地区|地方|乡镇|村屯|村)?|(?:[东西南北中]{1,2}(?:偏[东西南北]{1,2})?部)(?:大部|局部|部分地区|地区)?"
    r"|全境|(?:政府)?(?:所在地|驻地)|境内|各地|局地|一带|沿河|城区|及?周边(?:地区|乡镇)?|(?<!等)地区)+"
)
_EXTENT_AT_END = re.compile(f"(?:{EXTENT.pattern})$")
_LEVEL_OF_SUFFIX = {"社区": "residents", "嘎查": "village", "村": "village", "地": "any", "带": "any", "方": "any"}
COLLECTIVE = re.compile(
    r"(?:等(?:部分|大部分?|个别|多个)?(?P<count>\d{1,2}|[一二两三四五六七八九十]{1,2})?个?"
    r"|(?P<count2>\d{1,2}|[二两三四五六七八九十]{1,2})个?|(?:这?几个?|[各诸]个?|两侧各?)(?=村|乡镇|苏木|嘎查|镇)|(?=乡镇|苏木))"
    r"(?P<suffix>乡镇苏木|苏木乡镇|苏木镇|乡镇街道|镇乡街道|镇街|乡镇|苏木|嘎查村|行政村|嘎查|村|社区|街道|镇|乡|旗县市区|旗县市|县市区|旗县|县|地区|地方|地|一带)"
    r"(?!级|务|政|值)"
)
_COUNTY_SUFFIX = re.compile("旗|县$|县市")
# 除宝石镇外，永安镇也将有暴雨: both are warned.
ALSO = r"[^。;!]{0,30}?(?:也|还|亦|同样)(?:将|有|会|可能|出现|受)"
SEPARATOR = re.compile(r"以及|[、,/·及和与暨]")
OWN = re.compile(r"(?:[我本全]县|[我本全]旗)(?:境内|的)?")
# What may stand before a name: a mark, a digit, or one of these.
_BEFORE = re.compile(
    r"(?:其中|[时动的县旗市盟区省镇乡村响及在以请间天午晚晨其是游线河括有涉为对于致成给经到至达从自由除知移织近述日分内库岸带受和与等主发布称了过"
    r"是被向使让令据按即且但并仅只将]|新增|增加|终止|取消|撤销|维持|保持|保留|继续|延续|升级|结束|不含|包括|尤其|特别|小时后|此后|随后|目前|当前|此前|预计|预报|要求|责令|含|[东西南北]部|部分|重点|集中|雨量|部)$"
)
# A name with one of these after it is a station, a river, a road.
NOT_A_DIVISION = re.compile(
    r"(?:国家|区域|自动|气象|水文|水位|雨量|监测|观测|火车|铁路|收费|加油|客运|变电)*(?:站(?!点)|水库|河(?!道|段|两岸)|大桥|大坝|灌区|水电)"
)
_GENERIC = re.compile(
    f"(?:{HAN}{{1,7}}?[旗县市盟])?{HAN}{{1,7}}?(?:镇(?!村)|乡(?!镇)|苏木|嘎查|社区|街道|农场|牧场|林场|村(?!民|屯))"
    f"|{HAN}{{1,7}}?(?:旗|县(?!城)|(?<!城)市)"
)
_BOUNDED = re.compile(f"{HAN}{{2,8}}")
_BEFORE_RAIN = re.compile(
    f"{HAN}{{2,4}}?(?=等?(?:的?(?:累计|日|小时)?(?:降水|降雨|雨量))|(?:仍?将|[已仍可]|预计)(?:有|出现|达|能)|有(?:大|暴|特大|强|中|小|雷)|出现)"
)
# What is no name, though it stands in a list; of names without a suffix, weather and its harm are none either.
_STOP = re.compile(
    "[我全本]县|部$|局部|部分|个别|其余|其他|其它|各|转移|人员|群众|学校|周边|附近|上述|将|请|已|所|的|村屯|^除|有关|相关|出现|预计|可能|等"
)
_HAS_SUFFIX = re.compile("(?:[镇乡村旗县市]|苏木|嘎查|社区|街道|[农牧林]场)$")
_WEATHER = re.compile("[雷雨风雹雪洪灾降全]|滑坡|泥石流|内涝|积涝")

_SUFFIX = re.compile(
    "(?<!村)屯(?!子|里|口|垦|镇|乡|村|嘎)|镇(?!村|区)|乡(?!镇|村)|苏木(?!乡)|嘎查|农场|林场|牧场|村(?!民|屯|镇|委|干|小|级|社|组|里|庄|内|口|道|子)"
)
_NO_STEM = re.compile(
    "这|那|沿|下游|上游|受灾|危险|重点|移民|偏远|所在|相邻|行政|自然|城$|乡$|村$|农$|该$|此$|每$|两$|几个?$|多个?$|各个?$|包$|驻$|进$|到$|出$|回$|全$|邻$"
)
_NO_NAME = re.compile(f"{_NO_STEM.pattern}|[区处带段谷河沟山坡岸地]$")
_LONGEST_STEM = 5
_NUMERALS = "〇一二三四五六七八九"
_SPOKEN = re.compile(
    rf"(?<![\d.:/\-第共约近])([1-9])({HAN}{{1,4}}?(?:镇|乡|苏木|嘎查|村(?:委会)?|社区|农场|林场|牧场))"
)
# 除甲、乙外: the names before may be those of others.
_EXCEPTED = re.compile(f"除(?:了|去|开)?(?:{HAN}{{2,8}}[、和与及])*$")
_OUTSIDE = re.compile(f"(?:(?:以|之)?外|(?:,|的)?(?:其余|其他|其它))(?!{ALSO})")
_FROM = re.compile('[由从]原?(?:来的)?[“"「『]?$')
_TO = re.compile('[”"」』]?(?:调整|变更|更改|改)(?:为|到|至|成)')
# 误发为甲、乙; 甲有误，应为丙; 甲更正为丙: the names are withdrawn. 甲应为橙色预警 corrects a level.
_BY_MISTAKE = re.compile(
    '(?:误|错)(?:发|写|报|传|标|列|录|播|印|植|刊)?(?:为|成|作|了|入|出|的)?(?:是|:)?[“"「『(]?$|(?:删除|剔除|去掉|删去|移除)[“"「『]?$'
)
_MISTAKEN = re.compile(
    '[”"」』)]?(?:等?(?:两|二|三|四|五)?个?(?:地|镇|乡镇)?)?(?:一词|字样|二字)?'
    "(?:(?:系|属|是|为|均为|均系|被)?(?:误发|误写|误报|误传|误列|误标|错发|错写|笔误|错误)|有误|写错|发错|(?:现|应|予以|应予)+(?:删除|剔除|去掉|移除)"
    "|,?(?:现|已|应当|应|须)?(?:更正|订正|修正|纠正)(?:为|成|作)(?![^,。;!]{0,6}[红橙黄蓝\0])"
    f'|,?(?:实际)?(?:应当|应该|应)(?:为|是|改为)(?=[“"「『:]?{HAN}{{1,8}}?(?:镇|乡|苏木|嘎查|村|场|旗|县))(?![^,。;!]{{0,6}}[红橙黄蓝\0]))'
)
_LEFT_OUT = re.compile(r"\([^()。;!]{0,40}?(?:除外|例外|不含|不包括|[不未]解除|继续|维持)")


@dataclass(frozen=True)
class Name:
    """One name of a run: ``places`` are the divisions of that name, none when it is unknown.

    ``within`` is the division (county or township) whose name stands directly before it.
    """

    start: int
    end: int
    places: tuple[Place, ...]
    is_full: bool
    extent: str | None = None
    within: tuple[Place, ...] = ()
    is_glued: bool = False
    is_station: bool = False


@dataclass
class Run:
    """Names in a row. ``suffix``: what their common suffix makes them (township, village, residents, county, any)."""

    names: list[Name] = field(default_factory=list)
    suffix: str | None = None
    count: int | None = None
    end: int = 0
    is_excluded: bool = False
    # 由甲、乙调整为丙: those before are none any more.
    is_replaced: bool = False
    # 误发为甲、乙
    is_withdrawn: bool = False


def runs_in(text: str, start: int, end: int, seams: frozenset[int], gazetteer: Gazetteer) -> Iterator[Run]:
    """All runs of ``text[start:end]`` in their order."""
    at, floor = start, start
    while at < end:
        name = _name_at(text, at, end, gazetteer)
        if name is None:
            at += 1
            continue
        if _is_glued(text, name.start, start, seams):
            if not name.is_full:
                at += 1
                continue
            name = _glued(text, name, floor)
        run = _run_from(text, name, end, seams, gazetteer)
        run.names = [*_unknown_before(text, run, floor, seams), *run.names]
        yield run
        at = floor = max(run.end, at + 1)


def _name_at(text: str, at: int, end: int, gazetteer: Gazetteer) -> Name | None:
    """The name that begins at ``at``, with the names of county and township before it and its extent after it."""
    begin = at
    within: tuple[Place, ...] = ()
    found = _longest(text, at, end, gazetteer)
    while found is not None:
        stop, places, is_full = found
        # 宝石镇的、宝石镇:、宝石镇( before a village.
        next_at = stop + 1 if stop < end and text[stop] in ":(的" and places[0].level != "village" else stop
        below = _longest(text, next_at, end, gazetteer) if next_at < end else None
        # 宝石镇(宝龙村除外): the township is named, and what is not meant of it.
        if not is_full or below is None or (text[stop] == "(" and _LEFT_OUT.match(text, stop, end)):
            break
        # 六户镇和宝石镇: two townships, though 和宝 is a village of the first.
        apart = None if below[2] else SEPARATOR.match(text, next_at, end)
        if apart is not None and gazetteer.full_at(text, apart.end(), end) is not None:
            break
        # 宝石镇双山、东沟等村: villages of that township, whether it has them or not.
        is_listed = text.startswith("、", below[0]) or COLLECTIVE.match(text, below[0], end) is not None
        if not _nests(places, below[1], is_stem=not below[2] and not is_listed):
            break
        within, at, found = places, next_at, below
    if found is None:
        return None
    stop, places, is_full = found
    is_station = NOT_A_DIVISION.match(text, stop, end)
    if is_station:
        return Name(begin, is_station.end(), places, is_full, within=within, is_station=True)
    extent = EXTENT.match(text, stop, end)
    return Name(begin, extent.end() if extent else stop, places, is_full, extent and extent[0], within)


def _longest(text: str, at: int, end: int, gazetteer: Gazetteer) -> tuple[int, tuple[Place, ...], bool] | None:
    full = gazetteer.full_at(text, at, end)
    # 宝石、永安乡镇: 乡 belongs to what follows.
    if full and not (text[full[0] - 1] == "乡" and text.startswith("镇", full[0])):
        # The county's town (突泉县城) is not the county.
        return None if full[1][0].level == "county" and text.startswith("城", full[0]) else (*full, True)
    stem = gazetteer.stem_at(text, at, end)
    # 溪柳乡 is not the village 溪柳村: another kind of unit after a stem makes it another name.
    if stem is None or (_SUFFIX.match(text, stem[0], end) and not COLLECTIVE.match(text, stem[0], end)):
        return None
    return (*stem, False)


def _nests(above: tuple[Place, ...], below: tuple[Place, ...], *, is_stem: bool) -> bool:
    """Whether one of ``below`` lies in one of ``above``; a stem only as a village within a township, or a township."""
    return any(low.code.startswith(high.code) and low.code != high.code for high in above for low in below) or (
        not is_stem and any(high.level == "township" and low.level == "village" for high in above for low in below)
    )


def _is_glued(text: str, at: int, start: int, seams: frozenset[int]) -> bool:
    """Whether the characters before make it another name (东永安镇)."""
    if at <= start or at in seams or not re.match(HAN, text[at - 1]):
        return False
    return not _BEFORE.search(text[max(start, at - 4) : at])


def _glued(text: str, name: Name, floor: int) -> Name:
    begin = name.start
    while begin > floor and name.start - begin < 3 and re.match(HAN, text[begin - 1]):
        if begin < name.start and _BEFORE.search(text[max(floor, begin - 4) : begin]):
            break
        begin -= 1
    return Name(begin, name.end, name.places, True, name.extent, name.within, is_glued=True)


def _run_from(text: str, first: Name, end: int, seams: frozenset[int], gazetteer: Gazetteer) -> Run:
    run = Run([first], end=first.end)
    at = first.end
    while at < end:
        common = COLLECTIVE.match(text, at, end)
        if common:
            suffix = common["suffix"]
            run.suffix = (
                "county" if _COUNTY_SUFFIX.search(suffix) else
                next((level for word, level in _LEVEL_OF_SUFFIX.items() if word in suffix), "township")
            )  # fmt: skip
            run.count = _count(common["count"] or common["count2"])
            run.end = at = common.end()
            # 宝石、永安等乡镇及水泉镇 goes on as another run.
            break
        separator = SEPARATOR.match(text, at, end)
        next_at = separator.end() if separator else at
        # 我县宝石永安: two short names without a mark between them.
        is_short = not run.names[-1].is_full and is_township(run.names[-1].places)
        if separator is None and at not in seams and not is_short:
            break
        following = _name_at(text, next_at, end, gazetteer) if next_at < end else None
        if following is None and separator and separator[0] != ",":
            following = _unknown_at(text, next_at, end, gazetteer)
        # 六户,宝石,水泉等地: after a comma a short name goes on only from one township to another.
        is_bare = following is not None and not following.is_full and not following.extent
        if following is None or (
            separator and separator[0] == "," and is_bare and not (is_short and is_township(following.places))
        ):
            break
        if separator is None and at not in seams and (following.is_full or not is_township(following.places)):
            break
        run.names.append(following)
        run.end = at = following.end
    before = text[max(0, first.start - 30) : first.start]
    run.is_excluded = _EXCEPTED.search(before) is not None and _OUTSIDE.match(text, run.end) is not None
    run.is_replaced = _FROM.search(before) is not None and _TO.match(text, run.end) is not None
    run.is_withdrawn = _BY_MISTAKE.search(before) is not None or _MISTAKEN.match(text, run.end) is not None
    return run


def is_township(places: tuple[Place, ...]) -> bool:
    """Whether one of the divisions of a name is a township."""
    return any(place.level == "township" for place in places)


def _count(said: str | None) -> int | None:
    if said is None:
        return None
    if said.isdigit():
        return int(said)
    digits = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
    return digits[said] if len(said) == 1 else None


def _ends_known(text: str, at: int, end: int, gazetteer: Gazetteer) -> bool:
    """及下游永安镇: a known name after another word, which is read by itself; 扎赉特旗永安镇 is another county's."""
    for begin in range(at + 1, end - 1):
        found = gazetteer.full_at(text, begin, end)
        if found is not None and found[0] == end:
            return re.search("[旗县市盟州]$", text[at:begin]) is None
    return False


def _unknown_at(text: str, at: int, end: int, gazetteer: Gazetteer) -> Name | None:
    """A name of a list that is none of the loaded ones."""
    generic = _GENERIC.match(text, at, end)
    if generic and _ends_known(text, at, generic.end(), gazetteer):
        return None
    if generic and not _is_no_name(generic[0]):
        return _unknown(text, at, generic.end(), end)
    bounded = _BOUNDED.match(text, at, end)
    if (
        bounded
        and not _is_no_name(bounded[0])
        and (text.startswith("、", bounded.end()) or COLLECTIVE.match(text, bounded.end(), end))
    ):
        return Name(at, bounded.end(), (), is_full=False)
    # 太平乡、绿野降水量将达: what rains after it is no part of the name.
    short = _BEFORE_RAIN.match(text, at, end)
    if short and not _is_no_name(short[0]) and not _NO_NAME.search(short[0]):
        return Name(at, short.end(), (), is_full=False)
    # 红岭等乡镇: the suffix is glued to the name.
    for stop in range(at + 2, min(at + 6, end)):
        if re.fullmatch(HAN + "+", text[at:stop]) and text[stop] == "等" and COLLECTIVE.match(text, stop, end):
            return None if _is_no_name(text[at:stop]) else Name(at, stop, (), False)
    return None


def _is_no_name(words: str) -> bool:
    if _STOP.search(words):
        return True
    return not _HAS_SUFFIX.search(words) and _WEATHER.search(words) is not None


def _unknown(text: str, start: int, stop: int, end: int) -> Name:
    station = NOT_A_DIVISION.match(text, stop, end)
    extent = EXTENT.match(text, stop, end)
    return Name(start, station.end() if station else extent.end() if extent else stop, (), True,
                extent[0] if extent and not station else None, is_station=station is not None)  # fmt: skip


def _unknown_before(text: str, run: Run, floor: int, seams: frozenset[int]) -> list[Name]:
    """Names of the list before its first known one."""
    found: list[Name] = []
    at = run.names[0].start
    while at > floor and text[at - 1] == "、":
        stop = begin = at - 1
        while begin > floor and stop - begin < 16 and re.match(HAN, text[begin - 1]):
            begin -= 1
        words = text[begin:stop]
        extent = _EXTENT_AT_END.search(words)
        bare = words[: extent.start()] if extent and extent.start() >= 2 else words
        # What stands before the list is no part of its first name.
        is_whole = begin == floor or text[begin - 1] in "、,:;。" or begin in seams
        if not is_whole or len(bare) > 8 or _is_no_name(bare):
            cuts = [n for n in range(max(1, len(bare) - 6), len(bare) - 1) if _BEFORE.search(bare[max(0, n - 4) : n])]
            begin += max((n for n in cuts if not _is_no_name(bare[n:])), default=len(words))
        if stop - begin < 2:
            break
        is_full = _HAS_SUFFIX.search(text[begin:stop]) is not None
        found.append(Name(begin, stop, (), is_full, extent[0] if extent and bare != words else None))
        at = begin
    return found[::-1]


def spoken_in(text: str, start: int, end: int, gazetteer: Gazetteer) -> Iterator[tuple[int, int, tuple[Place, ...]]]:
    """Names whose numeral was dictated and came as a digit (6户镇 for 六户镇): where they stand, and whose they may be."""
    for found in _SPOKEN.finditer(text, start, end):
        said = _NUMERALS[int(found[1])] + found[2]
        known = gazetteer.full_at(said, 0, len(said))
        if known is not None and known[0] == len(said):
            yield found.start(), found.end(), known[1]


def unknown_in(text: str, start: int, end: int, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Where names stand that look like those of townships and villages, outside the spans ``taken``, which are in order."""
    floor, n = start, 0
    for suffix in _SUFFIX.finditer(text, start, end):
        while n < len(taken) and taken[n][1] <= suffix.start():
            floor = max(floor, taken[n][1])
            n += 1
        if n < len(taken) and taken[n][0] < suffix.end():
            continue
        begin = at = suffix.start()
        while begin > floor and at - begin < _LONGEST_STEM + 4 and re.match(HAN, text[begin - 1]):
            begin -= 1
        words = text[begin:at]
        # From the last word that may stand before a name, else all of a short piece between marks.
        cuts = [cut for cut in range(1, len(words) - 1) if _BEFORE.search(words[max(0, cut - 4) : cut])]
        stem = words[max(cuts) :] if cuts else words
        is_whole = 2 <= len(stem) <= _LONGEST_STEM and not _is_no_name(stem + suffix[0]) and not _NO_STEM.search(stem)
        floor = suffix.end()
        if is_whole and not NOT_A_DIVISION.match(text, suffix.end(), end):
            yield at - len(stem), suffix.end()
