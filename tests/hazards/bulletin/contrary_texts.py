"""Texts whose words turn against what they seem to say, and lists as villages and chat groups write them."""

from datetime import date

from tests.hazards.bulletin.texts import STATION, Case, rest

ON = date(2026, 7, 13)
AT = "突泉县气象台2026年7月13日05时30分"
_RED = {
    "action": "issue", "kind": "rainstorm", "level": "red", "issuers": STATION, "issued": "2026-07-13 05:30", "pasted_on": ON,
}  # fmt: skip


def red(name: str, text: str, *areas: str, asked: tuple[str, ...] = (), unread: tuple[str, ...] = ()) -> Case:
    return Case(name, f"{AT}发布暴雨红色预警信号：{text}", areas=areas, asked=asked, unread=unread, **_RED)  # type: ignore[arg-type] # as Case has them


def lifted(name: str, text: str, *areas: str, further: tuple[str, ...], issued: str = "2026-07-13 06:00") -> Case:
    return Case(
        name, text, action="lift", kind="rainstorm", level="red", issued=issued, areas=areas, further=further, pasted_on=ON,
    )  # fmt: skip


_STANDS = [
    lifted(
        "one lifted, another one in force after a comma",
        "宝石镇、永安镇暴雨红色预警已于13日6时解除，山洪灾害橙色预警仍在生效，转移群众未经通知不得返回。",
        "宝石镇", "永安镇", further=("continue flash_flood orange 2026-07-13 06:00 宝石镇 永安镇",),
    ),
    lifted(
        "one lifted, another one not", "宝石镇暴雨红色预警已于13日6时解除，山洪灾害橙色预警未解除。",
        "宝石镇", further=("continue flash_flood orange 2026-07-13 06:00 宝石镇",),
    ),
    lifted(
        "one lifted, another one still in force in a sentence of its own",
        "宝石镇暴雨红色预警已于13日6时解除；地质灾害橙色预警还在生效。",
        "宝石镇", further=("continue geological orange 2026-07-13 06:00 ",),
    ),
    Case(
        "a lift is planned", "突泉县气象台拟于今天14时解除宝石镇暴雨红色预警信号，在此之前预警继续有效。",
        kind="rainstorm", level="red", issuers=STATION, areas=("宝石镇",), unread=("今天14时", "拟于今天14时解除"), pasted_on=ON,
    ),
    Case(
        "a lift is considered", "突泉县气象台正在研判是否解除宝石镇暴雨红色预警信号。",
        kind="rainstorm", level="red",  areas=("宝石镇",), unread=("是否解除",), pasted_on=ON,
    ),
    Case(
        "lifted, and people are told not to go home", "突泉县气象台7月13日6时30分解除暴雨红色预警，宝石镇、永安镇群众先别回去。",
        action="lift", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 06:30", asked=("宝石镇",),
        unread=("宝石镇", "永安镇"), pasted_on=ON,
    ),
    Case(
        "lifted, and a lower one is left", "突泉县气象台7月13日9时解除永安镇暴雨红色预警信号，该镇仍为暴雨黄色预警。",
        action="downgrade", kind="rainstorm", level="yellow", former="red", issuers=STATION, issued="2026-07-13 09:00",
        areas=("永安镇",), pasted_on=ON,
    ),
    Case(
        "issued and lifted since", "7月12日20时突泉县气象台发布暴雨红色预警，7月13日5时已解除。",
        action="lift", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 05:00",
        replaced="2026-07-12 20:00", pasted_on=ON,
    ),
    red("what was issued is over", "宝石镇有大暴雨，7月13日9时预警已解除。", "宝石镇", unread=("已解除",)),
    Case(
        "raised after a comma",
        "突泉县气象台7月12日23时50分发布的暴雨橙色预警信号，7月13日2时升级为暴雨红色预警信号，影响宝石镇。",
        action="upgrade", kind="rainstorm", level="red", former="orange", issuers=STATION, issued="2026-07-13 02:00",
        replaced="2026-07-12 23:50", areas=("宝石镇",), pasted_on=ON,
    ),
    Case(
        "raised by two at once", "突泉县气象台7月13日02时20分由暴雨蓝色预警信号直接升级为暴雨红色预警信号，影响乡镇：①宝石镇②永安镇。",
        action="upgrade", kind="rainstorm", level="red", former="blue", issuers=STATION, issued="2026-07-13 02:20",
        areas=("宝石镇", "永安镇"), pasted_on=ON,
    ),
    Case(
        "raised once more", "暴雨橙色预警信号再次升级为红色：宝石镇。突泉县气象台7月13日2时",
        action="upgrade", kind="rainstorm", level="red", former="orange", issuers=STATION, issued="2026-07-13 02:00",
        areas=("宝石镇",), pasted_on=ON,
    ),
    Case(
        "none was issued", "太平乡要发洪水是谣言，气象台没有发布暴雨红色预警，请不信谣不传谣。",
        kind="rainstorm", level="red", areas=("太平乡",), unread=("谣言", "没有发布"), pasted_on=ON,
    ),
    Case(
        "another response level elsewhere",
        "突泉县防指决定启动宝石镇防汛Ⅱ级应急响应，永安镇启动防汛Ⅲ级应急响应。", action="response", kind="flood", response="II",
        issuers=("突泉县防指",), areas=("宝石镇", "永安镇"), unread=("II级应急响应", "III级应急响应"), pasted_on=ON,
    ),
]  # fmt: skip

_LISTS = [
    red("villages in a bracket after their township", "宝石镇（宝龙、宝林、宝山）有大暴雨。", "宝石镇宝龙村委会", "宝石镇宝林村委会", "宝石镇宝山村委会"),
    red(
        "villages after a colon", "宝石镇：宝龙、宝林；永安镇：永发、永德。",
        "宝石镇宝龙村委会", "宝石镇宝林村委会", "永安镇永发村委会", "永安镇永德村委会",
    ),
    red("villages and who lives there", "宝石镇宝龙、宝林群众立即转移。", "宝石镇宝龙村委会", "宝石镇宝林村委会"),
    red("two villages with and", "宝石镇宝龙和宝林有大暴雨。", "宝石镇宝龙村委会", "宝石镇宝林村委会"),
    red("each of several villages", "永安镇永发、永德、永长各村有大暴雨。", "永安镇永发村委会", "永安镇永德村委会", "永安镇永长村委会"),
    red("some villages that are named", "永安镇永发、永德几个村有大暴雨。", "永安镇永发村委会", "永安镇永德村委会"),
    red("a colour on each line", "\n红色：宝石镇\n橙色：永安镇、学田乡\n黄色：九龙乡", "宝石镇", "永安镇!orange", "学田乡!orange", "九龙乡!yellow"),
    red("a bracket after each colour", "红色（宝石镇、永安镇）、橙色（学田乡、九龙乡）。", "宝石镇", "永安镇", "学田乡!orange", "九龙乡!orange"),
    Case(
        "brackets before the word warning", f"{AT}发布暴雨红色（宝石镇、永安镇）、橙色（学田乡）预警。",
        areas=("宝石镇", "永安镇", "学田乡!orange"), **_RED,
    ),
    Case(
        "the rest in a bracket", f"{AT}发布暴雨红色预警（宝石、永安）、橙色（学田、九龙）、黄色（其余）。",
        areas=("宝石镇", "永安镇", "学田乡!orange", "九龙乡!orange", *rest("宝石镇", "永安镇", "学田乡", "九龙乡", mark="!yellow")),
        **_RED,
    ),
    red("all of the county that is left", "宝石镇为红色，我县其余乡镇为黄色。", "宝石镇", *rest("宝石镇", mark="!yellow")),
    red("those townships, each of them", "宝石、永安、学田各乡镇有大暴雨。", "宝石镇", "永安镇", "学田乡"),
    red("a township that is not concerned", "宝石镇有大暴雨，永安镇不受影响。", "宝石镇", unread=("永安镇",)),
    red("a township without rain", "宝石镇有大暴雨，永安镇无降水。", "宝石镇", unread=("永安镇",)),
    red("where people are brought", "请宝石镇东沟村群众转移至永安镇中学。", "宝石镇东沟村委会", unread=("永安镇",)),
    red("where rain gathers", "降雨集中在宝石镇、永安镇。", "宝石镇", "永安镇"),
    red("a township but for a village", "宝石镇除宝山村外全部立即转移。", "宝石镇", unread=("宝山村",)),
    red("a short name that may be three", "杜尔基、宝石、永安有大暴雨。", "宝石镇", "永安镇", asked=("杜尔基",)),
    red("an unknown name before the rain", "太平乡、绿野降水量仍将达100毫米以上。", "太平乡", unread=("绿野",)),
    red("an unknown name after and", "太平乡和绿野将有大暴雨。", "太平乡", unread=("绿野",)),
    red("half a name", "影响东杜和六户镇。", "六户镇", asked=("东杜",)),
    Case(
        "one range in the place of another", "突泉县气象台7月13日8时更新：暴雨红色预警区域由六户镇、永安镇调整为永安镇、学田乡。",
        action="change", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 08:00", areas=("永安镇", "学田乡"),
        unread=("六户镇", "永安镇"), pasted_on=ON,
    ),
    Case(
        "read out by a township's loudspeakers", "六户镇应急广播：暴雨红色预警，榆树沟村立即转移。",
        kind="rainstorm", level="red", areas=("六户镇榆树沟村委会",), unread=("六户镇",), pasted_on=ON,
    ),
    Case(
        "read out on the radio", "各位听众，下面播送县气象台7月13日16时发布的雷雨大风黄色预警：六户、东杜尔基、太平三个乡镇有雷雨大风。",
        action="issue", kind="gale", level="yellow", replaced="2026-07-13 16:00", areas=("六户镇", "东杜尔基镇", "太平乡"), pasted_on=ON,
    ),
    Case(
        "signed after its date", "暴雨红色预警：宝石镇有大暴雨。2026-07-13 05:30，突泉县气象台",
        kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 05:30", areas=("宝石镇",), pasted_on=ON,
    ),
    Case(
        "a flash flood that asks to move at once",
        "突泉县水利局2026年7月13日4时发布山洪灾害立即转移预警：宝石镇宝范、宝兴、东沟3个村，请立即转移。",
        action="issue", kind="flash_flood", issuers=("突泉县水利局",), issued="2026-07-13 04:00",
        areas=("宝石镇宝范村委会", "宝石镇宝兴村委会", "宝石镇东沟村委会"), pasted_on=ON,
    ),
]  # fmt: skip

_LEAGUE = [
    Case(
        f"the county by its stem {name}", f"兴安盟气象台2026年7月13日9时发布暴雨蓝色预警：{text}", action="issue",
        kind="rainstorm", level="blue", issuers=("兴安盟气象台",), issued="2026-07-13 09:00", areas=("突泉县",), pasted_on=ON,
    )
    for name, text in (
        ("among others", "预计中旗、突泉、前旗南部今天白天有50毫米左右降水。"), ("first", "预计突泉、中旗有50毫米降水。"),
        ("alone", "预计突泉将有50毫米降水。"), ("last", "影响中旗、前旗和突泉。"),
    )
] + [
    Case(
        "all but another county and ours", "兴安盟气象台2026年7月13日9时发布暴雨蓝色预警：预计除阿尔山市和突泉县外，其余旗县市有大雨。",
        action="issue", kind="rainstorm", level="blue", issuers=("兴安盟气象台",), issued="2026-07-13 09:00",
        unread=("突泉县",), pasted_on=ON,
    ),
]  # fmt: skip

_WATER = [
    Case(
        name, f"{text}，永安镇永发村请远离河道。", kind="dam_release", areas=("永安镇永发村委会",), pasted_on=ON, **more,  # type: ignore[arg-type] # as Case has them
    )
    for name, text, more in (
        ("water is let out at an hour", "双城水库7月13日22时泄洪", {"effective": "2026-07-13 22:00"}),
        ("water is let out from an hour on", "7月13日22时起双城水库泄洪", {"effective": "2026-07-13 22:00"}),
        ("water is let out beforehand", "双城水库7月13日14时起按30m³/s预泄", {"effective": "2026-07-13 14:00"}),
        ("a friendly word first", "温馨提示：7月13日22时起双城水库泄洪", {"effective": "2026-07-13 22:00"}),
    )
] + [
    Case(
        "no more water, of which townships is asked", "双城水库已停止泄洪，下游各乡镇可恢复正常。突泉县水利局 2026年7月13日20时45分",
        action="lift", kind="dam_release", issuers=("突泉县水利局",), issued="2026-07-13 20:45", asked=("下游各乡镇",), pasted_on=ON,
    ),
]  # fmt: skip

CONTRARY = [*_STANDS, *_LISTS, *_LEAGUE, *_WATER]
