"""Who issues: offices with the place they speak for, joint ones in order. Pure."""

import re
from dataclasses import dataclass

from geo_housing.area_codes import county_of
from geo_housing.hazards.bulletin.gazetteer import Gazetteer

_ORGAN = re.compile(
    "(?:国家|气象灾害|突发事件)?预警信息发布中心|水利部|自然资源部|应急管理部|气象台|气象局|水文(?:水资源)?(?:勘测)?(?:中心|分中心|局)|水利局|水务局|水利厅|"
    "自然资源和?规?划?局|自然资源局|应急管理局|应急局|(?:人民政府)?(?:防汛抗旱|防汛防旱|防汛|抗震救灾|减灾|地质灾害|抗旱)"
    "(?:应急)?(?:指挥部|总指挥部)(?:办公室)?|防指|防汛(?:抗旱)?办公室|防汛办|防办|地震局|地震台网|林业和草原局|住房和城乡建设局|"
    "水库(?:工程)?(?:运行)?(?:管理|服务|事务)(?:所|处|局|站|中心|单位)|水利(?:工程)?(?:管理|服务|事业)(?:所|中心|站)|人民政府(?:办公室)?"
)
_JOINED = re.compile(r"^(?:和|与|及|会同|联合|、|,|/)$")
_HAN = re.compile(r"[\u3400-\u9fff]+$")
# After these words a name begins anew.
_BREAK = re.compile(
    "信号|发布|通知|据|由|经|接到|接|转发|转|请|是|的|预警|来源|消息|和|与|及|会同|联合|日|时|分|按照|根据|播送|转播|插播|播报|播发|播出|播|一条|一则|刚才|现在|现将|同志|您"
)
_UPPER = re.compile("(?:[\u3400-\u9fff]{2,6}?(?:自治区|省))?(?:[\u3400-\u9fff]{1,5}(?:盟|市|州))?$")
_LONGEST_PLACE = 20


@dataclass(frozen=True)
class Issuer:
    """One office in the plain text; ``place`` is what stands before it ('' when nothing does)."""

    start: int
    end: int
    place: str


def issuer_groups(text: str, seams: frozenset[int], gazetteer: Gazetteer) -> list[tuple[Issuer, ...]]:
    """All offices of ``text``, those that stand joined as one group."""
    groups: list[list[Issuer]] = []
    for found in _ORGAN.finditer(text):
        floor = groups[-1][-1].end if groups else 0
        one = _with_place(text, floor, found, seams, gazetteer)
        between = text[groups[-1][-1].end : one.start] if groups else None
        if between is not None and (_JOINED.match(between) or (not between and one.start in seams and one.place)):
            groups[-1].append(one)
        elif groups and one.start == groups[-1][-1].end and not one.place and found[0] != "人民政府":
            # 县人民政府防汛抗旱指挥部: one office, not two.
            last = groups[-1][-1]
            groups[-1][-1] = Issuer(last.start, one.end, last.place)
        else:
            groups.append([one])
    return [tuple(group) for group in groups]


def _with_place(text: str, floor: int, organ: re.Match[str], seams: frozenset[int], gazetteer: Gazetteer) -> Issuer:
    at = organ.start()
    low = max(floor, at - _LONGEST_PLACE)
    run = _HAN.search(text[low:at])
    if not run:
        return Issuer(at, organ.end(), "")
    start = low + run.start()
    name, begins = _known_county(text, start, at, gazetteer)
    if begins is not None:
        upper = _UPPER.search(text[start:begins])
        if upper and upper[0] and not _BREAK.search(upper[0]):
            begins = start + upper.start()
        return Issuer(begins, organ.end(), name)
    breaks = [start + found.end() for found in _BREAK.finditer(text[start:at])]
    # A line break before the name is a beginning, one within it is a slip of the phone.
    breaks += [seam for seam in range(start + 1, at - 1) if seam in seams]
    start = max(breaks, default=start)
    # A reservoir is no place that a text speaks for.
    return Issuer(start, organ.end(), "" if organ[0].startswith("水库") else text[start:at])


def _known_county(text: str, start: int, at: int, gazetteer: Gazetteer) -> tuple[str, int | None]:
    """A loaded county, in full or by its stem, that ends where the office begins."""
    for begins in range(max(start, at - _LONGEST_PLACE), at - 1):
        words = text[begins:at]
        if gazetteer.county_of(words):
            return words, begins
    return "", None


def county_of_place(place: str, gazetteer: Gazetteer) -> str | None:
    """The loaded county that an office's place means, directly or by one of its townships."""
    if code := gazetteer.county_of(place):
        return code
    for at in range(len(place)):
        if found := gazetteer.full_at(place, at, len(place)):
            counties = {county_of(one.code) for one in found[1]}
            return counties.pop() if len(counties) == 1 else None
    return None


def is_other_place(place: str, gazetteer: Gazetteer) -> bool:
    """Whether an office speaks for a place that is named and is no loaded county (平乐, 兴安盟, 某某水利部)."""
    bare = place.removeprefix("我").removeprefix("本")
    return len(bare) >= 2 and county_of_place(place, gazetteer) is None
