"""Reading a pasted warning: who warns, when, of what, at which level, where; and what of it could not be read. Pure.

Nothing is assumed: what the text does not say is absent, and names that may mean several divisions are asked about.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from geo_housing.hazards.bulletin.areas import Found, areas_in
from geo_housing.hazards.bulletin.blocks import Block, blocks_in
from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.hazards.bulletin.ground import Ground
from geo_housing.hazards.bulletin.issuers import Issuer, county_of_place, is_other_place
from geo_housing.hazards.bulletin.moments import FoundTime, half_time
from geo_housing.hazards.bulletin.parts import Bulletin, Part, Paste, Question, ReadArea, Unread
from geo_housing.hazards.bulletin.plain import Plain, to_plain
from geo_housing.hazards.bulletin.signals import VERB, VERBS, Signal, Words
from geo_housing.hazards.cap_words import LEVELS

# Names within: plans, files, links. Longer ones are no names.
_QUOTED = re.compile("《[^《》]{1,60}》|https?://[!-~]+")
_WEATHER = re.compile("毫米|mm|降水|降雨|暴雨|大雨|洪|泄|大风|阵风|降雪|暴雪|冰雹|滑坡|泥石流|地震|转移|避险|预警")
# Marked as an exercise; 组织避险演练 in a real warning is not such a mark.
_DRILL = re.compile(
    "[【\\[(](?P<marked>演练|演习)[】\\])]|\\A(?P<first>演练|演习)|(?P<said>(?:这是|此为|本次为|仅为)(?:演练|演习))"
)
_BLOT = "\0"
_ISSUED = re.compile("(?:发布|签发|发文)?时间(?:为|:)$|\\($|\\[$|【$")


def read_bulletin(text: str, gazetteer: Gazetteer, *, pasted_on: date) -> Paste:
    """All different warnings of ``text``; the same one twice, or a title above its text, is one."""
    plain = to_plain(text)
    blocks = blocks_in(plain.text, plain.seams, gazetteer, pasted_on)
    masked = _masked(plain.text, blocks)
    read: list[Bulletin] = []
    known: dict[tuple[object, ...], int] = {}
    for block, one in ((at, said) for at in blocks for said in _read_block(plain, masked, at, gazetteer)):
        if not _is_warning(one, plain.text[block.start : block.end]):
            continue
        same = known.get(_key(one))
        if same is None and read and _is_same(read[-1], one):
            same = len(read) - 1
        if same is None:
            read.append(one)
            same = len(read) - 1
        else:
            read[same] = _together(read[same], one)
        known[_key(one)] = known[_key(read[same])] = same
    return Paste(text, tuple(read))


def _key(one: Bulletin) -> tuple[object, ...]:
    """What tells one warning from another."""
    parts = (one.action, one.kind, one.level, one.response_level, one.issued_at)
    return (*(part and part.value for part in parts), *(part.value for part in one.issuers))


def _is_warning(one: Bulletin, words: str) -> bool:
    """Whether anything of a warning was read; a piece cut from one names places and water."""
    if any((one.action, one.kind, one.level, one.response_level)):
        return True
    return bool(one.areas or one.questions) and _WEATHER.search(words) is not None


def _read_block(plain: Plain, masked: str, block: Block, gazetteer: Gazetteer) -> list[Bulletin]:
    """The warning of the block, and those of other kinds that its sentence issues with it for the same places."""
    heading = block.heading
    others = [one for one in block.signals if heading is None or one.start >= heading.end or one.end <= heading.start]
    aside = _other_warnings(plain, heading, others)
    others = [one for one in others if one not in aside]
    signals = sorted([*others, *([heading] if heading else [])], key=lambda one: one.start)
    ground = _ground(block.issuers or block.offices[:1], gazetteer)
    found = areas_in(plain, masked, (block.start, block.body_end), ground, signals, others)
    unread = list(found.unread)
    beside = _of_the_same_places(plain, heading, aside, found)
    apart = [one for one in aside if one not in beside]
    unread += [_unread(plain, one.start, one.end, "同一句里还有另一种预警，请另行登记。") for one in apart]
    issued, effective, replaced = _times(plain, block, unread)
    if ground.is_other and not found.areas and not found.questions:
        first, last = _issuer_span(block)
        unread.append(_unread(plain, first, last, "发布单位不属于已装入的县，文中也没有写到已装入的县，没有读取区域。"))
    kind, level, former = _kind_and_level(heading, others, found.areas)
    read = Bulletin(
        action=_part(plain, heading.action if heading else None),
        kind=_part(plain, kind),
        level=_part(plain, level),
        former_level=_part(plain, former),
        response_level=_part(plain, heading.response_level if heading else None),
        issuers=tuple(Part(name, name, *plain.span(one.start, one.end))
                      for one in block.issuers for name in [plain.text[one.start : one.end]]),
        issued_at=_moment(plain, issued),
        effective_at=_moment(plain, effective),
        replaced_at=_moment(plain, replaced),
        drill=_drill(plain, block),
        areas=tuple(_own_levels(found.areas, level)),
        questions=_in_order(found.questions),
        unread=tuple(sorted(set(unread), key=lambda one: (one.start, one.end, one.sentence))),
    )  # fmt: skip
    return [read, *(_beside(plain, read, one, heading.end if heading else one.start) for one in beside)]


def _beside(plain: Plain, read: Bulletin, signal: Signal, begins: int) -> Bulletin:
    """发布暴雨红色、大风黄色预警: the second one, issued by the same office at the same time for the same places.

    ``begins`` is where the words between it and the heading begin: a verb of its own stands there.
    """
    own = next(VERB.finditer(plain.text, begins, signal.start), None)
    action = signal.action if own is None else Words(VERBS[own[0]], own.start(), own.end())
    return replace(
        read,
        action=_part(plain, action) or read.action,
        kind=_part(plain, signal.kind),
        level=_part(plain, signal.level),
        former_level=_part(plain, signal.former_level),
        response_level=None,
        areas=tuple(replace(area, level=None) for area in read.areas),
        unread=(),
    )


def _drill(plain: Plain, block: Block) -> Part[str] | None:
    found = _DRILL.search(plain.text, block.start, block.body_end)
    if found is None:
        return None
    start, end = found.span(found.lastgroup or 0)
    return Part("drill", plain.text[start:end], *plain.span(start, end))


def _in_order(questions: list[Question]) -> tuple[Question, ...]:
    """Each words once."""
    kept = {(one.text, one.candidates): one for one in reversed(questions)}
    return tuple(sorted(kept.values(), key=lambda one: one.start))


def _ground(issuers: Sequence[Issuer], gazetteer: Gazetteer) -> Ground:
    """The county that the issuers speak for; with no place named, the only loaded one."""
    homes = [code for one in issuers if (code := county_of_place(one.place, gazetteer)) is not None]
    if homes:
        return Ground(gazetteer, homes[0], is_other=False)
    if any(is_other_place(one.place, gazetteer) for one in issuers):
        return Ground(gazetteer, None, is_other=True)
    return Ground(gazetteer, gazetteer.counties[0] if len(gazetteer.counties) == 1 else None, is_other=False)


def _masked(text: str, blocks: list[Block]) -> str:
    """The text with offices, statements and quoted names blotted out: their words name no area."""
    spans = [found.span() for found in _QUOTED.finditer(text)]
    for block in blocks:
        spans += [(office.start, office.end) for office in block.offices]
        spans += [(signal.start, signal.end) for signal in block.signals]
        spans += [(block.heading.start, block.heading.end)] if block.heading else []
    parts, at = [], 0
    for start, end in sorted(spans):
        if end > at:
            parts += [text[at : max(at, start)], _BLOT * (end - max(at, start))]
            at = end
    return "".join([*parts, text[at:]])


def _issuer_span(block: Block) -> tuple[int, int]:
    offices = block.issuers or block.offices[:1]
    return offices[0].start, offices[-1].end


# Times ---------------------------------------------------------------------------------------------------------------


def _times(
    plain: Plain, block: Block, unread: list[Unread]
) -> tuple[FoundTime | None, FoundTime | None, FoundTime | None]:
    """When it was issued, when a measure begins, and when what it replaces was issued."""
    text = plain.text
    issued = effective = replaced = None
    head_end = block.heading.start if block.heading else block.said_from
    for one in block.times:
        before, after = text[max(block.start, one.start - 8) : one.start], text[one.end : one.end + 6]
        in_head = block.said_from <= one.start < head_end or _is_before_verb(block.heading, one)
        if after.startswith("发布的"):
            replaced = replaced or one
        elif re.search("自|从|定于|拟于|将于", before[-4:]) or re.match("起|开始|开闸|提闸|泄洪|启动", after):
            effective = effective or one
        elif issued is None and (in_head or _ISSUED.search(before) or _is_beside(text, plain.seams, block, one)):
            issued = one
    for bad in [one for one in (issued, effective, replaced) if one is not None and one.moment is None]:
        unread.append(_unread(plain, bad.start, bad.end, str(bad.sentence)))
    half = half_time(text, block.said_from, min(block.body_end, block.said_from + 80)) if issued is None else None
    if half is not None and not any(one.start <= half.start < one.end for one in block.times):
        unread.append(_unread(plain, half.start, half.end, str(half.sentence)))
    return issued, effective, replaced


def _is_before_verb(heading: Signal | None, time: FoundTime) -> bool:
    """暴雨红色预警于7月12日5时30分解除: between the signal and what is done."""
    if heading is None or heading.action is None:
        return False
    return heading.end <= time.start < heading.action.start


def _is_beside(text: str, seams: frozenset[int], block: Block, time: FoundTime) -> bool:
    """Directly before the heading, or directly behind the office that signs."""
    if time.end <= block.said_from:
        return re.fullmatch("[,:)】 ]*", text[time.end : block.said_from]) is not None
    signed = next((one for one in reversed(block.offices) if one.end <= time.start), None)
    is_last = time.end >= block.end or time.end in seams or text[time.end] in "。(["
    return signed is not None and signed.start > block.said_from and time.start - signed.end <= 2 and is_last


# Level ---------------------------------------------------------------------------------------------------------------


def _kind_and_level(
    heading: Signal | None, others: list[Signal], areas: list[ReadArea]
) -> tuple[Words | None, Words | None, Words | None]:
    """Of the heading; a heading without colour takes the highest that stands beside our areas, else the only one said."""
    if heading is None:
        return None, None, None
    level = heading.level
    said = [one.level for one in others if one.level is not None]
    if level is None and heading.response_level is None and said:
        own = {area.level for area in areas if area.level}
        values = own or {one.value for one in said}
        if own or len(values) == 1:
            highest = min(values, key=LEVELS.index)
            level = next(one for one in said if one.value == highest)
    kind = heading.kind or next((one.kind for one in others if one.kind and one.level == level), None)
    return kind, level, heading.former_level


def _own_levels(areas: list[ReadArea], level: Words | None) -> list[ReadArea]:
    """A level of its own is one that differs from the warning's."""
    return [replace(one, level=None) if level is not None and one.level == level.value else one for one in areas]


def _of_the_same_places(plain: Plain, heading: Signal | None, aside: list[Signal], found: Found) -> list[Signal]:
    """Those of ``aside`` that no place name parts from the heading: what is named then is meant for all of them."""
    if heading is None:
        return []
    from_ = plain.span(heading.start, heading.end)[1]
    named = [*(one.start for one in found.areas), *(one.start for one in found.questions)]
    last = {one.start: plain.span(one.start, one.end)[1] for one in aside}
    return [one for one in aside if not any(from_ <= at < last[one.start] for at in named)]


def _other_warnings(plain: Plain, heading: Signal | None, others: list[Signal]) -> list[Signal]:
    """Warnings of another kind in the sentence of the heading."""
    if heading is None or heading.kind is None:
        return []
    end = min((at for mark in "。;!:" if (at := plain.text.find(mark, heading.end)) >= 0), default=len(plain.text))
    inside = [one for one in others if one.kind and one.level and heading.end <= one.start < end]
    return [one for one in inside if one.kind and one.kind.value != heading.kind.value]


# Putting together ------------------------------------------------------------------------------------------------------


def _is_same(one: Bulletin, other: Bulletin) -> bool:
    """Nothing that both say differs."""
    pairs = [(one.action, other.action), (one.kind, other.kind), (one.level, other.level),
             (one.response_level, other.response_level), (one.issued_at, other.issued_at)]  # fmt: skip
    if any(left is not None and right is not None and left.value != right.value for left, right in pairs):
        return False
    offices = ({part.value for part in one.issuers}, {part.value for part in other.issuers})
    return not all(offices) or bool(offices[0] & offices[1])


def _together(one: Bulletin, other: Bulletin) -> Bulletin:
    """The first with what only the second says."""
    known = {area.code for area in one.areas}
    return replace(
        one,
        **{name: getattr(one, name) or getattr(other, name) for name in (
            "action", "kind", "level", "former_level", "response_level", "issuers", "issued_at", "effective_at", "replaced_at", "drill",
        )},
        areas=(*one.areas, *(area for area in other.areas if area.code not in known)),
        questions=_merged(one.questions, other.questions),
        unread=_merged(one.unread, other.unread),
    )  # fmt: skip


def _merged(ones: tuple, others: tuple) -> tuple:  # type: ignore[type-arg] # questions or unread words
    known = {(one.text, one.sentence) for one in ones}
    return (*ones, *(other for other in others if (other.text, other.sentence) not in known))


def _part(plain: Plain, words: Words | None) -> Part[str] | None:
    if words is None:
        return None
    return Part(words.value, plain.text[words.start : words.end], *plain.span(words.start, words.end))


def _moment(plain: Plain, time: FoundTime | None) -> Part[datetime] | None:
    if time is None or time.moment is None:
        return None
    return Part(time.moment, plain.text[time.start : time.end], *plain.span(time.start, time.end))


def _unread(plain: Plain, start: int, end: int, sentence: str) -> Unread:
    first, last = plain.span(start, end)
    return Unread(plain.text[start:end], first, last, sentence)
