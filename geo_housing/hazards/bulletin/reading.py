"""Reading a pasted warning: who warns, when, of what, at which level, where; and what of it could not be read. Pure.

Nothing is assumed: what the text does not say is absent, and names that may mean several divisions are asked about.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, time

from geo_housing.hazards.bulletin.areas import areas_in, names_in
from geo_housing.hazards.bulletin.blocks import Block, blocks_in
from geo_housing.hazards.bulletin.chat import IS_CHAT, chat_in
from geo_housing.hazards.bulletin.correcting import corrected
from geo_housing.hazards.bulletin.doubts import RESPONSE_STARTED, RETRACTED, doubts_in, undone_in
from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.hazards.bulletin.ground import Ground
from geo_housing.hazards.bulletin.issue_hour import (
    NO_DAY,
    UNSURE,
    RightHour,
    is_hour_of_issue,
    moment_put_right,
    right_hours,
)
from geo_housing.hazards.bulletin.issuers import Issuer, county_of_place, is_other_place
from geo_housing.hazards.bulletin.leagues import REGION, league_of
from geo_housing.hazards.bulletin.merging import is_same, key_of, together
from geo_housing.hazards.bulletin.moments import FoundTime, half_time, spoilt_time
from geo_housing.hazards.bulletin.parts import Bulletin, Part, Paste, Question, ReadArea, Unread
from geo_housing.hazards.bulletin.plain import Plain, to_plain
from geo_housing.hazards.bulletin.referring import hour_referred_to, time_of_day
from geo_housing.hazards.bulletin.said import moment_part, part, unread_part
from geo_housing.hazards.bulletin.several import Several
from geo_housing.hazards.bulletin.signals import Signal, Words
from geo_housing.hazards.bulletin.telling import Found
from geo_housing.hazards.bulletin.turning import turned
from geo_housing.hazards.bulletin.validity import is_validity, validity
from geo_housing.hazards.cap_words import LEVELS

# Names within: plans, files, links. Longer ones are no names.
_QUOTED = re.compile("《[^《》]{1,60}》|https?://[!-~]+")
_WEATHER = re.compile(
    "毫米|mm|降水|降雨|暴雨|大雨|洪|泄|大风|阵风|降雪|暴雪|冰雹|滑坡|泥石流|地震|转移|避险|撤离|险情|管涌|溃|决口|漫坝|塌|水位|预警"
)
# Marked as an exercise; 组织避险演练 in a real warning is not such a mark.
_DRILL = re.compile(
    "[【\\[(][^【】\\[\\]()。]{0,8}?(?P<marked>演练|演习|推演|测试)(?:开始|结束|用|专用|信息)?[】\\])]"
    "|\\A(?:以下为|现在是|模拟)?(?P<first>演练|演习|推演|测试|模拟场景|场景模拟)"
    "|(?P<said>(?:这是|此为|本次为|仅为|以[下上]为|以上是|以下是)[^。,;:]{0,6}?(?:演练|演习|推演|测试)|模拟(?:发布|场景|预警))"
)
_BLOT = "\0"
_ISSUED = re.compile("(?:发布|签发|发文)?时间(?:为|:)$|\\($|\\[$|【$")


def read_bulletin(text: str, gazetteer: Gazetteer, *, pasted_on: date) -> Paste:
    """All different warnings of ``text``; the same one twice, or a title above its text, is one."""
    plain = to_plain(text)
    blocks = blocks_in(plain.text, plain.seams, gazetteer, pasted_on)
    masked = _masked(plain.text, blocks, gazetteer)
    chat = [span for span in chat_in(plain) if next(names_in(plain, masked, span, gazetteer), None) is not None]
    masked = _blotted(masked, chat)
    read: list[Bulletin] = []
    known: dict[tuple[object, ...], int] = {}
    for block, one in ((at, said) for at in blocks for said in _read_block(plain, masked, at, gazetteer, chat)):
        if not _is_warning(one, plain.text[block.start : block.end]):
            continue
        same = known.get(key_of(one))
        if same is None and read and is_same(read[-1], one):
            same = len(read) - 1
        if same is None:
            read.append(one)
            same = len(read) - 1
        else:
            read[same] = together(read[same], one)
        known[key_of(one)] = known[key_of(read[same])] = same
    return Paste(text, tuple(read))


def _is_warning(one: Bulletin, words: str) -> bool:
    """Whether anything of a warning was read; a piece cut from one names places and water."""
    if any((one.action, one.kind, one.level, one.response_level)):
        return True
    return bool(one.areas or one.questions) and _WEATHER.search(words) is not None


def _read_block(
    plain: Plain, masked: str, block: Block, gazetteer: Gazetteer, chat: Sequence[tuple[int, int]]
) -> list[Bulletin]:
    """The warning of the block, and those of other kinds that its sentence issues with it for the same places."""
    heading = block.heading
    others = [one for one in block.signals if heading is None or one.start >= heading.end or one.end <= heading.start]

    def names_between(start: int, end: int) -> bool:
        return next(names_in(plain, masked, (start, end), gazetteer), None) is not None

    heading, others = turned(plain.text, heading, others, names_between)
    heading, others, corrects = corrected(plain.text, block.start, heading, others)
    told_of = [*others, *([heading] if heading else [])]
    # 后期可能升级为红色 gives no place a level.
    others = [one for one in others if one.undone is None or one.deed == "lift"]
    signals = sorted([*others, *([heading] if heading else [])], key=lambda one: one.start)
    ground = _ground(block.issuers or _own_offices(block, gazetteer) or block.offices[:1], gazetteer)
    several = Several(plain, heading, others)
    found = areas_in(plain, masked, (block.start, block.body_end), ground, heading, [
        replace(one, level=None) if one in several.of_their_own else one for one in signals
    ])  # fmt: skip
    others = [one for one in others if one not in several.of_their_own]
    unread = [*found.unread, *several.unread(found)]
    unread += [unread_part(plain, *span, IS_CHAT) for span in chat if block.start <= span[0] < block.end]
    undone = undone_in(plain.text, block.start, block.body_end, heading)
    doubts = doubts_in(plain.text, block.start, block.body_end, heading, told_of, undone)
    unread += [unread_part(plain, *doubt) for doubt in doubts]
    is_done = undone is None or undone[2] == RESPONSE_STARTED
    rights = [] if corrects is None else right_hours(plain.text, block.start, block.body_end, block.times)
    said_at, effective, replaced, hour = _times(plain, block, heading, unread, rights)
    right, replaced, hour = _put_right(plain, rights, said_at, replaced, hour, unread)
    issued = right or said_at
    expires = _expires(plain, block, issued or effective, unread)
    if ground.is_other and not (found.areas or found.questions or any(one.is_place for one in found.unread)):
        first, last = _issuer_span(block)
        unread.append(
            unread_part(plain, first, last, "发布单位不属于已装入的县，文中也没有写到已装入的县，没有读取区域。")
        )
    kind, level, former = _kind_and_level(heading, others, found)
    read = Bulletin(
        action=part(plain, heading.action if heading and is_done else None),
        kind=part(plain, kind),
        level=part(plain, level),
        former_level=part(plain, former),
        response_level=part(plain, heading.response_level if heading else None),
        issuers=tuple(Part(name, name, *plain.span(one.start, one.end))
                      for one in _issuers(block, heading, is_correction=corrects is not None) for name in [plain.text[one.start : one.end]]),
        issued_at=moment_part(plain, issued),
        effective_at=moment_part(plain, effective),
        expires_at=moment_part(plain, expires),
        replaced_at=moment_part(plain, replaced),
        replaced_clock=hour,
        drill=_drill(plain, block),
        areas=tuple(_own_levels(several.own_areas(found), level)),
        questions=_in_order(several.own_questions(found)),
        unread=tuple(sorted(set(unread), key=lambda one: (one.start, one.end, one.sentence))),
        undone=None if undone is None else unread_part(plain, *undone),
        corrects=part(plain, corrects),
        corrected_at=moment_part(plain, said_at if right is not None else None),
        puts_hour_right=right is not None,
        retracts=undone is not None and undone[2] == RETRACTED,
    )  # fmt: skip
    return [read, *several.warnings(read, found)]


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


def _own_offices(block: Block, gazetteer: Gazetteer) -> list[Issuer]:
    """Where nobody is said to issue: an office of ours among those that are named, though another one is quoted before."""
    return [one for one in block.offices if county_of_place(one.place, gazetteer) is not None]


def _ground(issuers: Sequence[Issuer], gazetteer: Gazetteer) -> Ground:
    """The county that the issuers speak for; with no place named, the only loaded one."""
    homes = [code for one in issuers if (code := county_of_place(one.place, gazetteer)) is not None]
    if homes:
        return Ground(gazetteer, homes[0], is_other=False)
    if any(is_other_place(one.place, gazetteer) for one in issuers):
        league = next((code for one in issuers if (code := league_of(one.place)) is not None), None)
        above = tuple(code for code in gazetteer.counties if league is not None and code.startswith(league))
        return Ground(gazetteer, None, is_other=True, above=above, is_league=len(league or "") > len(REGION))
    return Ground(gazetteer, gazetteer.counties[0] if len(gazetteer.counties) == 1 else None, is_other=False)


def _issuers(block: Block, heading: Signal | None, *, is_correction: bool) -> tuple[Issuer, ...]:
    """Who issues it; 更正：突泉县气象台…发布的 names by whom what it corrects was issued, and nobody else corrects it."""
    if block.issuers or heading is None or not is_correction:
        return block.issuers
    return tuple(one for one in block.offices if one.start < heading.start)


def _is_written_to(text: str, office: Issuer, gazetteer: Gazetteer) -> bool:
    """宝石镇、永安镇人民政府：the township that a notice is written to, which it concerns."""
    is_name = gazetteer.full_at(office.place, 0, len(office.place)) if office.place else None
    return is_name is not None and is_name[1][0].level == "township" and text.startswith(":", office.end)


def _masked(text: str, blocks: list[Block], gazetteer: Gazetteer) -> str:
    """The text with offices, statements and quoted names blotted out: their words name no area."""
    spans = [found.span() for found in _QUOTED.finditer(text)]
    for block in blocks:
        spans += [
            (one.start, one.end)
            for one in block.offices
            if one in block.issuers or not _is_written_to(text, one, gazetteer)
        ]
        spans += [(signal.start, signal.end) for signal in block.signals]
        spans += [(block.heading.start, block.heading.end)] if block.heading else []
    return _blotted(text, spans)


def _blotted(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
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
    plain: Plain, block: Block, heading: Signal | None, unread: list[Unread], rights: list[RightHour]
) -> tuple[FoundTime | None, FoundTime | None, FoundTime | None, Part[time] | None]:
    """When it was issued, when a measure begins, and when what it replaces was issued: a moment, or the hour of some day."""
    text = plain.text
    issued = effective = replaced = hour = None
    head_end = block.heading.start if block.heading else block.said_from
    for one in block.times:
        if is_validity(text, block.start, one.start) or any(right.holds(one) for right in rights):
            continue
        if _is_still_to_come(heading, one):
            effective = effective or one
            continue
        before, after = text[max(block.start, one.start - 8) : one.start], text[one.end : one.end + 6]
        in_head = block.said_from <= one.start < head_end or _is_before_verb(block.heading, one)
        if after.startswith("发布的"):
            replaced = replaced or one
        elif re.search("自|从|定于|拟于|将于", before[-4:]) or re.match("起|开始|开闸|提闸|泄洪|启动", after):
            effective = effective or one
        elif issued is not None and _is_changed_at(block.heading, one) and issued.moment != one.moment:
            # 12日20时发布暴雨红色预警，13日5时已解除: what is done last is said last.
            issued, replaced = one, replaced or issued
        elif issued is None and (in_head or _ISSUED.search(before) or _is_beside(text, plain.seams, block, one)):
            issued = one
    if replaced is None:
        said_at = issued.moment if issued is not None else None
        referred = hour_referred_to(text, block.start, block.body_end, block.times, said_at)
        if referred is not None:
            where, clock = referred
            replaced = where if where.moment is not None else None
            if clock is not None:
                hour = Part(clock, text[where.start : where.end], *plain.span(where.start, where.end))
    for bad in [one for one in (issued, effective, replaced) if one is not None and one.moment is None]:
        unread.append(unread_part(plain, bad.start, bad.end, str(bad.sentence)))
    spoilt = spoilt_time(text, block.said_from, min(block.body_end, block.said_from + 80)) if issued is None else None
    if spoilt is not None:
        unread.append(unread_part(plain, spoilt.start, spoilt.end, str(spoilt.sentence)))
        return issued, effective, replaced, hour
    half = half_time(text, block.said_from, min(block.body_end, block.said_from + 80)) if issued is None else None
    if half is not None and not any(one.start <= half.start < one.end for one in block.times):
        unread.append(unread_part(plain, half.start, half.end, str(half.sentence)))
    return issued, effective, replaced, hour


def _put_right(
    plain: Plain,
    rights: list[RightHour],
    said_at: FoundTime | None,
    replaced: FoundTime | None,
    hour: Part[time] | None,
    unread: list[Unread],
) -> tuple[FoundTime | None, FoundTime | None, Part[time] | None]:
    """The hour of issue that a correction puts right, and when what it corrects was issued, with what is said beside it.

    What it says of another time, or of one that is not sure, is unread.
    """
    right, own = None, None if said_at is None else said_at.moment
    for one in rights:
        clock = None if hour is None else (hour.value.hour, hour.value.minute)
        is_meant = right is None and is_hour_of_issue(one, replaced, clock)
        if is_meant and one.wrong is not None and replaced is None and hour is None:
            wrong = one.wrong.as_found(moment_put_right(one.wrong, None, own))
            at = time_of_day(one.wrong.found)
            replaced = wrong if wrong.moment is not None else None
            if replaced is None and at is not None:
                hour = Part(at, plain.text[wrong.start : wrong.end], *plain.span(wrong.start, wrong.end))
        then = None if replaced is None else replaced.moment
        moment = moment_put_right(one.right, then, own) if is_meant else None
        if moment is None:
            unread.append(unread_part(plain, one.right.start, one.right.end, NO_DAY if is_meant else UNSURE))
        else:
            right = one.right.as_found(moment)
    return right, replaced, hour


def _is_still_to_come(heading: Signal | None, time: FoundTime) -> bool:
    """将于20时解除: when what has not been done yet is to be done."""
    undone = heading.undone if heading is not None else None
    return undone is not None and undone.start <= time.start < undone.end


def _expires(plain: Plain, block: Block, since: FoundTime | None, unread: list[Unread]) -> FoundTime | None:
    """Until when the text says that it holds; told where that cannot be read."""
    moment = since.moment if since is not None else None
    said = validity(plain.text, block.start, block.body_end, moment, block.times)
    if said is not None and said.moment is None:
        unread.append(unread_part(plain, said.start, said.end, str(said.sentence)))
    return said


def _is_before_verb(heading: Signal | None, time: FoundTime) -> bool:
    """暴雨红色预警于7月12日5时30分解除: between the signal and what is done."""
    if heading is None or heading.action is None:
        return False
    # 橙色预警信号，7月13日2时升级为红色: between what was and what is.
    was = heading.former_level.end if heading.former_level is not None else heading.end
    return min(was, heading.end) <= time.start < heading.action.start


def _is_changed_at(heading: Signal | None, time: FoundTime) -> bool:
    """When what was issued before is lifted or changed."""
    if heading is None or heading.action is None or time.moment is None or not _is_before_verb(heading, time):
        return False
    return heading.action.value == "lift" or heading.former_level is not None


def _is_beside(text: str, seams: frozenset[int], block: Block, time: FoundTime) -> bool:
    """Directly before the heading, or directly after the office that signs."""
    if time.end <= block.said_from:
        return re.fullmatch("[,:)】 ]*", text[time.end : block.said_from]) is not None
    if any(
        text[time.end : one.start] in (",", " ", ", ", "\n") for one in block.issuers if one.start > block.said_from
    ):
        # 2026-07-13 05:30，突泉县气象台 at the end.
        return True
    signed = next((one for one in reversed(block.offices) if one.end <= time.start), None)
    is_last = (
        time.end >= block.end or time.end in seams or text[time.end] in "。([" or text.startswith("发布", time.end)
    )
    return signed is not None and signed.start > block.said_from and time.start - signed.end <= 2 and is_last


# Level ---------------------------------------------------------------------------------------------------------------


def _kind_and_level(
    heading: Signal | None, others: list[Signal], found: Found
) -> tuple[Words | None, Words | None, Words | None]:
    """Of the heading; a heading without colour takes the highest that stands beside our areas, else the only one said."""
    if heading is None:
        return None, None, None
    level = heading.level
    said = [*(one.level for one in others if one.level is not None), *found.levels]
    if level is None and heading.response_level is None and said:
        own = {area.level for area in found.areas if area.level}
        values = own or {one.value for one in said}
        if own or len(values) == 1:
            highest = min(values, key=LEVELS.index)
            level = next(one for one in said if one.value == highest)
    kind = heading.kind or next((one.kind for one in others if one.kind and one.level == level), None)
    if kind is None and level is not None:
        # A form says it in a line of its own.
        alone = [one.kind for one in others if one.kind and one.level is None and one.action is None]
        kind = alone[0] if len({one.value for one in alone}) == 1 else None
    return kind, level, heading.former_level


def _own_levels(areas: list[ReadArea], level: Words | None) -> list[ReadArea]:
    """A level of its own is one that differs from the warning's."""
    return [replace(one, level=None) if level is not None and one.level == level.value else one for one in areas]
