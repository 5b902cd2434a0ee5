"""Words that mean a whole county, or what is left of it: 全县, 我县, 各乡镇, 其余乡镇. Pure.

Who is spoken to is not warned: 请各乡镇做好防范 names nobody.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from geo_housing.hazards.bulletin.leagues import NAMES
from geo_housing.hazards.bulletin.runs import EXTENT

_SCOPE = re.compile(
    rf"(?P<league>(?:[全我本](?:盟|市(?![县区])|区(?=大部|各|境|范围|有|将|普降|出现|[东西南北中]))|{'|'.join(NAMES)})"
    r"(?:(?:境内|范围内?)?(?:各|所有)?(?:旗县市区?|旗县|盟市|山区|农区|牧区|沿河))?)"
    r"|(?P<others>(?:其余|其他|其它)(?:各)?(?:旗县市区?|旗县|地区旗县))"
    r"|(?P<rest>(?:[全我本][县旗](?:的)?)?(?:其余|其他|其它|剩余)(?:(?:的)?(?:各)?(?:乡镇|苏木乡镇|苏木镇|镇乡|地区|区域)|(?=[)。;]|$)))"
    r"|(?P<every>(?:我县|全县|本县|全旗|我旗)?(?:境内)?(?:各|所有|全部)(?<!下游各)(?<!下游)(?<!沿线各)个?(?:苏木乡镇|乡镇|乡\(镇\)|镇乡|苏木镇))"
    r"|(?P<above>上述各?(?:乡镇|苏木乡镇|苏木镇|地区|区域|地方)|该(?:地区|区域))"
    r"|(?P<most>(?<![镇乡旗县市盟村木查])大部分?(?:地区|乡镇))"
    r"|(?P<some>(?:我县|全县)?(?:偏?[东西南北中]{1,2}部?|沿河|沿线|(?<!大)部分|个别|(?:下游|沿线|沿岸)(?:的)?各?)(?:乡镇|苏木乡镇|苏木镇))"
    r"|(?P<seat>(?:[我本全]县)?县城(?:城区|区)?)"
    r"|(?P<own>[我本全]县|[我本全]旗|县域|县境)"
)
_ADDRESSED_AFTER = re.compile(
    r"(?:场|街道|\(街道\)|\(场\))?(?:人民政府|政府|党委|党政|防指|防办|防汛|应急|分管|主要|:|[,、]?(?:各|县|有关|相关|县直)|要|应|须|需|务必|做好|加强|严格|切实|迅速|立即|密切|"
    r"和(?:有关|相关|各|县)|及(?:有关|相关|各|县)|干部|组织|落实|按照|认真|继续做|注意|领导)"
)
_ADDRESSED_BEFORE = re.compile(r"(?:请|望|要求|提醒|通知|建议|希望|督促|指导|下发|印发|抄送)[^,。;!:]{0,16}$")
_NO_PLACE_AFTER = re.compile(
    r"(?:气象|防指|防汛抗旱|防办|水利|水务|水文|自然|应急管理|应急局|各|有关|相关|人民|群众|干部|实际|委|政府|领导|党|外|以外|之外|相邻|接壤|毗邻|毗连|交界|邻近|直|上下|形成|累计转移|共转移|"
    r"防汛形势|森林|住房|教育|公安)"
)
_WHOLE = re.compile("大部|全境|境内|各地")
# After the county in a title.
TITLE = re.compile(
    r"[】\]:]|[\u3400-\u9fff]{0,8}?(?:中心|广播|电视台|融媒|发布|新闻|在线|消防|公安|应急|气象)[】\]]|(?:气象|自然)?灾害(?:风险|性天气)?预警|(?:预警|天气)(?:信息|信号|快报|通报)?[】\]]"
)
# 我盟各级, 兴安盟突泉县, 全盟防汛工作: who is spoken to, or where a county lies; 【兴安盟暴雨预警】: a title.
_NO_LEAGUE_AFTER = re.compile(
    r"(?:气象|防汛(?!(?:抗旱)?(?:\0|.{0,2}级))|抗旱|防指|水利|各级|各部门|人民|党委|干部|群众|要|应|须|需|务必|做好|加强|严格|切实|认真|迅速|立即|密切|注意|外|以外|之外|[】\])])"
)
_COUNTY_AFTER = re.compile("[\u3400-\u9fff]{2,4}[县旗市]")
_SOME_OF_LEAGUE = re.compile("[东西南北中]|部分|局部|个别|山区|农区|牧区|沿河|一带")
_AT_SEAT = re.compile(
    "及?周边|[、,和与及]|[将已有仍降受达(:]|出现|可能|累计|部分|雨|雪|大风|雷|强降|洪|内涝|积水|群众|居民|低洼"
)


@dataclass(frozen=True)
class Scope:
    """Words that mean several divisions.

    ``kind``: own (the county), seat (its town), every, some, most or rest (its townships), above (those named before),
    league (all counties of the league), others (those of its counties that are not named).
    ``extent`` of own, most and league; ``is_partial``: only some of it is meant, and which is not said.
    """

    start: int
    end: int
    kind: str
    extent: str | None
    is_partial: bool


def scopes_in(text: str, start: int, end: int) -> Iterator[Scope]:
    """Scope words of ``text[start:end]`` that say where, not those that name who is spoken to."""
    passed = start
    for found in _SCOPE.finditer(text, start, end):
        if found.start() < passed:
            continue
        kind = str(found.lastgroup)
        if kind == "seat":
            # 县城区域, 县城建设: only where weather or people are spoken of.
            if _AT_SEAT.match(text, found.end()):
                yield Scope(found.start(), found.end(), kind, None, is_partial=True)
        elif kind in ("league", "others"):
            extent = EXTENT.match(text, found.end(), end)
            is_name = found[0] in NAMES
            if is_name and text[max(start, found.start() - 1) : found.start()] in ("", "【", "["):
                # 【兴安盟暴雨红色预警】
                continue
            if extent is None and (
                _NO_LEAGUE_AFTER.match(text, found.end()) or (is_name and _COUNTY_AFTER.match(text, found.end()))
            ):
                continue
            if _ADDRESSED_BEFORE.search(text[max(start, found.start() - 20) : found.start()]):
                continue
            passed = extent.end() if extent else found.end()
            whole = text[found.start() : passed]
            yield Scope(found.start(), passed, kind, whole, _SOME_OF_LEAGUE.search(whole) is not None)
        elif kind == "own":
            extent = EXTENT.match(text, found.end(), end)
            if extent is None and _NO_PLACE_AFTER.match(text, found.end()):
                continue
            words = extent[0] if extent else None
            passed = extent.end() if extent else found.end()
            is_partial = words is not None and not _WHOLE.search(words)
            yield Scope(found.start(), passed, kind, words, is_partial)
        elif not _ADDRESSED_AFTER.match(text, found.end()) and not _ADDRESSED_BEFORE.search(
            text[max(start, found.start() - 20) : found.start()]
        ):
            yield Scope(found.start(), found.end(), kind, found[0] if kind == "most" else None, kind == "some")
