"""Texts that leave places out or take them back, that end a response, and that write their times in Chinese numerals."""

from datetime import date

from tests.hazards.bulletin.texts import STATION, Case, rest

ON = date(2026, 7, 28)
AT = "突泉县气象台7月28日18时发布暴雨红色预警信号："
LEAGUE = "兴安盟气象台7月28日18时发布暴雨红色预警信号："
_RED = {
    "action": "issue", "kind": "rainstorm", "level": "red", "issuers": STATION, "issued": "2026-07-28 18:00", "pasted_on": ON,
}  # fmt: skip


def red(name: str, text: str, *areas: str, **other: object) -> Case:
    return Case(name, f"{AT}{text}", areas=areas, **_RED | other)  # type: ignore[arg-type] # as Case has them


def of_league(name: str, text: str, *areas: str, **other: object) -> Case:
    return Case(name, f"{LEAGUE}{text}", areas=areas, **_RED | {"issuers": ("兴安盟气象台",)} | other)  # type: ignore[arg-type] # as Case has them


def at_night(name: str, text: str, issued: str | None, **other: object) -> Case:
    said = _RED | {"issued": issued, "areas": ("宝石镇",)} | other
    return Case(name, text, **said)  # type: ignore[arg-type] # as Case has them


_BOTH = ("突泉镇", "永安镇")
_EXCEPTED = [
    red("the rest outside of two", "突泉镇、永安镇以外的其余乡镇将有大暴雨。", *rest(*_BOTH), unread=_BOTH),
    red("the others outside of two", "突泉镇、永安镇之外的各乡镇将有大暴雨。", *rest(*_BOTH), unread=_BOTH),
    red("two towns excepted by their number", "突泉镇、永安镇两镇除外，其他乡镇将有大暴雨。", *rest(*_BOTH), unread=_BOTH),
    red("the county without two", "全县将有大暴雨，不含突泉镇和永安镇。", *rest(*_BOTH), unread=_BOTH),
    red("the county, one in brackets", "全县（不包括突泉镇）将有大暴雨。", *rest("突泉镇"), unread=("突泉镇",)),
    red("except for one, without 外", "除突泉镇，其余乡镇将有大暴雨。", *rest("突泉镇"), unread=("突泉镇",)),
    red("outside of one, the others not named", "突泉镇以外地区将有大暴雨。", asked=("突泉镇",), unread=("突泉镇",)),
    red("besides two another one as well", "除突泉镇、永安镇外，水泉镇也将有大暴雨。", "突泉镇", "永安镇", "水泉镇"),
    red("not within the range", "宝石镇将有大暴雨，永安镇、突泉镇不在此次预警范围内。", "宝石镇", unread=_BOTH),
    red("not on the list", "宝石镇、水泉镇将有大暴雨，永安镇未列入预警范围。", "宝石镇", "水泉镇", unread=("永安镇",)),
    red("not one of the region", "宝石镇将有大暴雨，突泉镇不属于本次预警区域。", "宝石镇", unread=("突泉镇",)),
    red("not concerned", "宝石镇将有大暴雨，红色预警不涉及水泉镇。", "宝石镇", unread=("水泉镇",)),
    of_league(
        "the county is not within the range", "突泉县、科右中旗不在预警范围内，扎赉特旗将有大暴雨。", unread=("突泉县", "科右中旗"),
    ),
    of_league("the county is not on the list, said last", "扎赉特旗将有大暴雨，突泉县未列入预警区域。", unread=("突泉县",)),
]  # fmt: skip

_WITHDRAWN = [
    Case(
        "the right places and those by mistake",
        "更正：突泉县气象台7月28日18时发布暴雨红色预警信号，落区应为“水泉镇、永安镇”，误发为“宝石镇、永安镇”。",
        areas=("水泉镇", "永安镇"), unread=("宝石镇",), **_RED | {"action": "change"},
    ),
    red("in brackets, without its verb", "宝石镇、永安镇将有大暴雨（原文误写为水泉镇）。", "宝石镇", "永安镇", unread=("水泉镇",)),
    red("wrong, should be", "“宝石镇”有误，应为“水泉镇”。", "水泉镇", unread=("宝石镇",)),
    red("by mistake, now corrected", "原发宝石镇系误发，现更正为水泉镇。", "水泉镇", unread=("宝石镇",)),
    red("from these to those", "影响区域由宝石镇、永安镇更正为水泉镇、永安镇。", "水泉镇", "永安镇", unread=("宝石镇",)),
    red("one is struck out", "影响乡镇中的水泉镇应删除，宝石镇、永安镇不变。", "宝石镇", "永安镇", unread=("水泉镇",)),
    red("a level is corrected, the place stays", "宝石镇应为橙色预警，永安镇为红色预警。", "宝石镇!orange", "永安镇"),
    red("what is to be is no correction", "永安镇应是重点防范区域，宝石镇将有大暴雨。", "永安镇", "宝石镇"),
]  # fmt: skip

_RESPONSES = [
    Case(
        "a warning lifted and a response ended by one office",
        "突泉县气象台7月28日18时解除暴雨红色预警信号，同时终止防汛Ⅱ级应急响应。",
        unread=("II级应急响应",), **_RED | {"action": "lift"},
    ),
    Case(
        "a response ended, a warning of another kind lifted",
        "突泉县防指决定自7月28日9时起终止防汛Ⅱ级应急响应，同时解除宝石镇山洪灾害橙色预警。",
        kind="flood", response="II", issuers=("突泉县防指",), effective="2026-07-28 09:00", unread=("II级应急响应", "宝石镇"),
        further=("lift flash_flood orange None 宝石镇",), pasted_on=ON,
    ),
    Case(
        "a response ended, a warning goes on",
        "突泉县防指7月28日9时终止防汛Ⅱ级应急响应，继续发布洪水黄色预警。",
        kind="flood", response="II", issuers=("突泉县防指",), issued="2026-07-28 09:00", unread=("II级应急响应",),
        further=("continue flood yellow 2026-07-28 09:00 ",), pasted_on=ON,
    ),
    Case(
        "a response begun with a warning of its kind",
        "县防汛抗旱指挥部7月28日9时启动山洪灾害Ⅱ级应急响应，宝石镇发布山洪灾害红色预警，立即转移。",
        action="response", kind="flash_flood", response="II", issuers=("县防汛抗旱指挥部",), effective="2026-07-28 09:00",
        areas=("宝石镇",), unread=("II级应急响应",), further=("issue flash_flood red None 宝石镇",), pasted_on=ON,
    ),
]  # fmt: skip

_SAID = "发布暴雨红色预警信号：宝石镇将有大暴雨"
_NIGHT = "2026-07-28 01:50"
_TIMES = [
    at_night("a time in numerals", f"突泉县气象台七月二十八日一时五十分{_SAID}。", _NIGHT),
    at_night("the year, too", f"突泉县气象台二〇二六年七月二十八日一时五十分{_SAID}，有效期至二十八日十二时。", _NIGHT, expires="2026-07-28 12:00"),
    at_night("digits and numerals", f"突泉县气象台7月28日一时五十分{_SAID}（有效期至28日12时）。", _NIGHT, expires="2026-07-28 12:00"),
    at_night("half past two", f"突泉县气象台七月二十八日凌晨两点半{_SAID}。", "2026-07-28 02:30"),
    at_night("no day", f"突泉县气象台一时五十分{_SAID}。", None, unread=("1时50分",)),
    at_night(
        "no day, and until when", f"突泉县气象台一时五十分{_SAID}（有效期至28日12时）。", None, unread=("1时50分", "有效期至28日12时"),
    ),
    at_night(
        "until when stands where the time of issue does", f"【暴雨红色预警】（有效期至28日12时）突泉县气象台{_SAID}。", None, unread=("有效期至28日12时",),
    ),
    at_night(
        "until when stands between the office and its deed", f"突泉县气象台（有效期至28日12时）{_SAID}。", None, unread=("有效期至28日12时",),
    ),
    at_night(
        "both in brackets", f"发布时间：七月二十八日一时五十分（有效期至28日12时）突泉县气象台{_SAID}。", _NIGHT, expires="2026-07-28 12:00",
    ),
    at_night("ordinary words", f"突泉县气象台7月28日1时50分{_SAID}，有三点要求，群众一时难以撤离的就近上楼。", _NIGHT),
]  # fmt: skip

CORRECTED = [*_EXCEPTED, *_WITHDRAWN, *_RESPONSES, *_TIMES]
