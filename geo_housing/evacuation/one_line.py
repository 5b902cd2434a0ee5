"""电话报数 in one line as somebody types it: 宝石镇已转12户19人. Decided without a database.

Only what is said to be moved counts: 应转, 未转 and 还有 are other figures, 又转 is no sum, and a line of which it is not sure
what its figure says is asked about. An area is meant by its full name or its stem; a stem that several divisions share, two
areas in one line, and a name that no division has are asked about, never guessed.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from geo_housing.areas.names import key_of
from geo_housing.errors import BadInput, Fault
from geo_housing.evacuation.spoken_numbers import in_digits, is_said, vague_number
from geo_housing.written_moments import CLOCK_IN_LINE

MOST = 1_000_000
_UNIT = r"(?:户|households?\b)"
_HEAD = r"(?:个人|口人|名(?:群众|村民|居民|老人|人员|人)?|人|口|people\b|persons?\b)"
_BETWEEN = r"(?:[\s,、/:]|和|及|共|计|约|大概|大约|合计|转移|已转)*"
_FIGURE = re.compile(
    rf"(?<![\d.])(?P<first>\d+)\s*{_HEAD}[\s,、/]*(?P<of>\d+)\s*{_UNIT}"
    rf"|(?<![\d.])(?P<households>\d+)\s*{_UNIT}(?:{_BETWEEN}(?<!\d)(?P<people>\d+)\s*{_HEAD})?"
    rf"|(?<![\d.])(?P<only>\d+)\s*{_HEAD}"
)
# What stands before a figure says what it counts, the last word of it most.
_SAYS = re.compile(
    r"(?P<other>应(?:该|当)?(?:转|撤)移?|需要?(?:转|撤)移?|须(?:转|撤)移?|待(?:转|撤)移?|拟(?:转|撤)移?|计划(?:转|撤)?移?"
    r"|(?:未|没有?|尚未|没能|没来得及)(?:转|撤|走)移?|还有|还剩|还差|剩余|剩下|剩|余下|尚有|仍有|共有|总共有?|辖|不愿|拒绝|联系不上|失联"
    r"|not moved|to move|remaining|left)"
    r"|(?P<added>(?:又|再)(?:次|新)?(?:转|撤|搬|安置|有|增)|又|新增|新转|新撤|另外?有?(?:转|撤|搬)?|刚刚?(?:又|转|撤|搬)|more)"
    r"|(?P<moved>累计|已|转|撤|搬|安置|moved)"
    r"|(?P<part>其中|包括|含)"
)
# What stands after it, in the same breath.
_STAYS = re.compile(
    r"^[^,;。\d]{0,8}?(?:(?:未|没有?|尚未|没能|没来得及|不肯|不愿意?|不)(?:转|撤|走|动|搬)|待转|需转|应转|要转|拒绝|联系不上|not moved|left)"
)
_UNKNOWN = re.compile(r"(?<![全本我该各这])[一-鿿]{1,6}?(?<![全本我该各这])(?:镇|乡|苏木|村|嘎查|社区|居委会|县|旗)")
_WHOLE = (
    ("county", re.compile("[全本我][县旗]")),
    ("township", re.compile("[全本我该](?:镇|乡|苏木)")),
    ("village", re.compile("[全本我该](?:村|嘎查|社区)")),
)
# A day that is no moment of a figure: still to come, or one that only its date tells.
_OTHER_DAY = re.compile(
    r"(?P<to_come>明[天日早晚晨]|明儿|大?后天|次日|翌日|tomorrow)|(?P<before>大?前[天日晚]|yesterday)", re.IGNORECASE
)
# Who has said it, and when: 王主任02:40报, 据村支书李某电话报告. The clock is blanked when this is looked for.
_REPORTED = re.compile(
    r"(?P<by>[一-鿿·]{2,8}?)\s*(?:打?来?电话|微信|短信)?\s*(?:报告|报来|汇报|上报|报数|报|说|讲)(?![一-鿿])"
)
_BEFORE_NAME = re.compile("^(?:据|由|经|听)")
# Words that say nothing beside area and figure.
_PLAIN = re.compile(
    r"(?:截至|截止|目前|现在|今[天晚早日]|到|止|共|计|约|大概|大约|合计|转移|转走|上报|汇报|报告|报数|报|了|的|是|[全本我该各][镇乡村县旗]|苏木|嘎查|社区)|"
    + _SAYS.pattern
)
LEVELS = {6: "county", 9: "township", 12: "village"}


@dataclass(frozen=True)
class NamedDivision:
    """A division that may be meant."""

    code: str
    name: str
    level: str


@dataclass(frozen=True)
class Line:
    """What a line says: of which area (None: of the one that was asked for), 户 and 人 moved so far.

    ``level`` is told where the line says 全县 or 全镇 without a name. ``said`` is the time in it as it was written,
    ``reported_by`` who is named as having said it, ``more`` the whole line where it says something else besides.
    """

    area: str | None
    households: int
    people: int | None
    level: str | None = None
    said: str | None = None
    reported_by: str | None = None
    more: str | None = None


def read_line(typed: str, places: Iterable[NamedDivision], *, own: str = "") -> Line:
    """The figure that a line tells; BadInput says what is missing. ``own``: of namesakes the one in this area is meant."""
    line = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", unicodedata.normalize("NFKC", typed)).strip()
    known = list(places)
    _refuse_number_or_name(line, known)
    area, rest = _area(line, known, own)
    if (vague := vague_number(rest)) is not None:
        raise _fault("line", f"“{vague}”不是准数，请写成数字，如“12户19人”。")
    rest = in_digits(rest)
    _refuse_other_day(rest)
    clock = CLOCK_IN_LINE.search(rest)
    rest = _blanked(rest, clock)
    figure = _moved(rest)
    households, people = int(figure["households"] or figure["of"]), figure["people"] or figure["first"]
    if max(households, int(people or 0)) > MOST:
        raise _fault("households", "数太大，请核对。")
    level = None if area else next((level for level, word in _WHOLE if word.search(line)), None)
    rest = _blanked(rest, figure)
    reported = _REPORTED.search(rest)
    by = _BEFORE_NAME.sub("", reported["by"]) if reported and not _SAYS.search(reported["by"]) else None
    rest = _blanked(rest, reported) if by else rest
    is_more = re.search(r"\w", _PLAIN.sub("", rest))
    if area is None and (words := re.search("[一-鿿]{2,}", _PLAIN.sub("", _FIGURE.sub("", rest[: figure.start()])))):
        # 双城已转3户: whoever names a place does not speak of the page's.
        raise _fault("line", f"不知道“{words[0]}”是哪里，或不在您的管辖范围内；请写乡镇、村的全名。")
    return Line(
        area,
        households,
        int(people) if people else None,
        level,
        clock[0].strip() if clock else None,
        by or None,
        typed.strip() if is_more else None,
    )


def _refuse_other_day(line: str) -> None:
    """BadInput where a line says 明天 or 前天: a clock beside it is not today's, and what will be is not moved."""
    found = _OTHER_DAY.search(line)
    if found is None:
        return
    if found["to_come"]:
        raise _fault("line", f"“{found[0]}”还没有到；这里只报到现在为止已经转了多少，请核对。")
    raise _fault("line", f"“{found[0]}”请写成日期和时间，如 2026-07-12 02:40；报的应是到那时为止一共转了多少。")


def _refuse_number_or_name(line: str, places: list[NamedDivision]) -> None:
    """BadInput for 已转六户 in a county with a 六户镇."""
    for place in places:
        stem = key_of(place.name, place.level).stem
        if is_said(stem) and (found := re.search(rf"(?:转移?|撤离?|走|了|共|计|有|约){stem}(?![镇乡村嘎社])", line)):
            raise _fault("line", f"“{found[0]}”的“{stem}”是户数还是{place.name}？户数请写数字，地名请写全名。")


def _blanked(line: str, found: re.Match[str] | None) -> str:
    """The line with what was read of it as spaces."""
    return line if found is None else line[: found.start()] + " " * len(found[0]) + line[found.end() :]


def told_area(line: Line, asked: str) -> str:
    """The code of the area that a line tells of, typed on the page of ``asked``; BadInput where it says another level."""
    if line.area is None and line.level is not None and LEVELS.get(len(asked)) != line.level:
        raise _fault("line", "分不清报的是哪里，请写上地名，如“宝石镇已转12户19人”。")
    return line.area or asked


def _moved(line: str) -> re.Match[str]:
    """The figure of those that the line says are moved in all."""
    figures = list(_FIGURE.finditer(line))
    if not any(figure["households"] or figure["of"] for figure in figures):
        raise _fault("households", "没有看到户数，请写成“宝石镇已转12户19人”的样子。")
    said = [_said(line, figures, at) for at in range(len(figures))]
    if "added" in said and "moved" not in said:
        raise _fault("line", "“又转”“新增”的是增加数；请报到现在为止一共转了多少户、多少人。")
    moved = [figure for figure, what in zip(figures, said, strict=True) if what == "moved"]
    plain = [figure for figure, what in zip(figures, said, strict=True) if what == ""]
    meant = moved or (plain if len(figures) == 1 else [])
    if len(meant) != 1 or (moved and plain):
        if "other" in said and not meant:
            raise _fault("line", "看到的是应转或未转的数，没有看到已转的户数；请写成“宝石镇已转12户19人”的样子。")
        raise _fault(
            "line",
            "这一行有几个数，分不清哪个是已转的；一行只报一个地方的累计已转数，请写成“宝石镇已转12户19人”的样子。",
        )
    (one,) = meant
    if (one["households"] or one["of"]) is None:
        raise _fault("households", "没有看到已转的户数，请写成“宝石镇已转12户19人”的样子。")
    return one


def _said(line: str, figures: list[re.Match[str]], at: int) -> str:
    """What a figure counts: moved, added, other, part; '' where nothing is said."""
    begins = figures[at - 1].end() if at else 0
    ends = figures[at + 1].start() if at + 1 < len(figures) else len(line)
    if _STAYS.search(line[figures[at].end() : ends]):
        return "other"
    words = [found.lastgroup or "" for found in _SAYS.finditer(line[begins : figures[at].start()])]
    return words[-1] if words else ""


def _area(line: str, places: list[NamedDivision], own: str) -> tuple[str | None, str]:
    """The division that is named, of one inside another the smaller; and the line without names."""
    spans: dict[tuple[int, int], list[NamedDivision]] = {}
    for place in places:
        for word in _spellings(place):
            begin = line.find(word)
            while begin >= 0:
                known = spans.setdefault((begin, begin + len(word)), [])
                if place not in known:
                    known.append(place)
                begin = line.find(word, begin + 1)
    # 宝石 within 宝石镇 is no name of its own.
    spans = {
        span: found
        for span, found in spans.items()
        if not any(other != span and other[0] <= span[0] and span[1] <= other[1] for other in spans)
    }
    named = [place for found in spans.values() if len(found) == 1 for place in found]
    meant: dict[str, NamedDivision] = {}
    doubtful: set[str] = set()
    for found in spans.values():
        # 宝石镇永平村: the township says which village of that name.
        inside = [place for place in found if any(_holds(other, place) for other in named)]
        # 永安 is a township and, in another one, a village: on the page of either nobody knows which is meant.
        is_mixed = len({place.level for place in found}) > 1 and LEVELS.get(len(own)) != "village"
        at_home = [place for place in found if own and place.code.startswith(own) and not is_mixed]
        chosen = found if len(found) == 1 else inside or (at_home if len(at_home) == 1 else found)
        meant |= {place.code: place for place in chosen}
        if len(chosen) > 1:
            # 宝石 may be the township or a village of it: neither is the closer word for the other.
            doubtful |= {place.code for place in chosen}
    smallest = [
        place
        for place in meant.values()
        if not any(_holds(place, other) and not {place.code, other.code} <= doubtful for other in meant.values())
    ]
    if len(smallest) > 1:
        names = "、".join(place.name for place in sorted(smallest, key=lambda place: (len(place.code), place.code))[:4])
        raise _fault("line", f"有几个地方都可能是它（{names}），请写上乡镇和村的全名；一行只报一个地方。")
    rest = line
    for begin, end in spans:
        rest = rest[:begin] + " " * (end - begin) + rest[end:]
    unknown = _UNKNOWN.search(re.split(r"\d", rest, maxsplit=1)[0])
    if unknown is not None and not smallest:
        raise _fault("line", f"不知道“{unknown[0]}”是哪里，或不在您的管辖范围内；请写乡镇、村的全名。")
    return (smallest[0].code if smallest else None), rest


def _holds(outer: NamedDivision, inner: NamedDivision) -> bool:
    return outer.code != inner.code and inner.code.startswith(outer.code)


def _spellings(place: NamedDivision) -> set[str]:
    key = key_of(place.name, place.level)
    spelled = {place.name} if place.level == "county" else {place.name, key.stem}
    if place.level == "village":
        spelled |= {key.stem + end for end in (("社区",) if key.kind == "residents" else ("村", "嘎查"))}
    return {word for word in spelled if len(word) > 1}


def _fault(field: str, sentence: str) -> BadInput:
    return BadInput(sentence, faults=[Fault(None, field, None, sentence)])
