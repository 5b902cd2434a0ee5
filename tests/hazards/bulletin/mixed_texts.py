"""Texts that say different things of different places: lifted here and kept there, several signals, levels of their own.

What goes on must never be read as lifted, what is warned never be left out; marks as in texts.py.
"""

from tests.hazards.bulletin.texts import STATION, Case, rest

LIFT = {"action": "lift", "kind": "rainstorm", "level": "red", "issuers": STATION, "issued": "2026-07-13 05:30"}
AT = "突泉县气象台2026年7月13日05时30分"
RED = {"action": "issue", "kind": "rainstorm", "level": "red", "issuers": STATION, "issued": "2026-07-12 21:00"}
SAID = "突泉县气象台2026年7月12日21时发布"

_LIFTS = [
    Case(
        "lifted in one sentence, in force in the other",
        f"{AT}解除暴雨红色预警信号：六户镇、宝石镇降水已结束；水泉镇、永安镇暴雨红色预警信号继续生效，请继续做好防范。",
        areas=("六户镇", "宝石镇"),
        unread=("水泉镇", "永安镇"),
        **LIFT,
    ),
    Case(
        "lifted for some, kept for others",
        f"{AT}解除六户镇、宝石镇暴雨红色预警信号，水泉镇、永安镇维持暴雨红色预警信号。",
        areas=("六户镇", "宝石镇"),
        unread=("水泉镇", "永安镇"),
        **LIFT,
    ),
    Case(
        "lifted for some, the rest stays in force",
        f"{AT}解除六户镇、宝石镇的暴雨红色预警信号，其余乡镇暴雨红色预警信号继续有效。",
        areas=("六户镇", "宝石镇"),
        unread=("其余乡镇",),
        **LIFT,
    ),
    Case(
        "lifted but for one",
        f"{AT}解除暴雨红色预警信号（宝石镇除外）。",
        asked=("宝石镇",),
        unread=("宝石镇",),
        **LIFT,
    ),
    Case(
        "lifted for all others than one",
        f"{AT}解除除宝石镇外其他乡镇的暴雨红色预警信号。",
        areas=rest("宝石镇"),
        unread=("宝石镇",),
        **LIFT,
    ),
    Case(
        "kept first, lifted after",
        f"{AT}维持水泉镇、永安镇暴雨红色预警信号，解除六户镇、宝石镇暴雨红色预警信号。",
        action="continue", kind="rainstorm", issuers=STATION, level="red", issued="2026-07-13 05:30", areas=("水泉镇", "永安镇"), unread=("六户镇", "宝石镇"),
    ),
    Case(
        "still in force",
        f"{AT}解除六户镇、宝石镇暴雨红色预警信号；水泉镇、永安镇暴雨红色预警信号仍然有效。",
        areas=("六户镇", "宝石镇"), unread=("水泉镇", "永安镇"), **LIFT,
    ),
    Case(
        "the rest stays as it is, without a signal",
        f"{AT}解除六户镇、宝石镇暴雨红色预警信号，其余乡镇维持不变。",
        areas=("六户镇", "宝石镇"), unread=("其余乡镇",), **LIFT,
    ),
    Case(
        "the others are still in force",
        f"{AT}解除六户镇暴雨红色预警信号，其他乡镇预警信号仍在生效中。",
        areas=("六户镇",), unread=("其他乡镇",), **LIFT,
    ),
    Case(
        "lifted, two excepted after a comma",
        f"{AT}解除暴雨红色预警信号，水泉镇、永安镇除外。",
        asked=("水泉镇",), unread=("水泉镇", "永安镇"), **LIFT,
    ),
    Case(
        "lifted, two not included",
        f"{AT}解除暴雨红色预警信号（不含宝石镇、永安镇）。",
        asked=("宝石镇",), unread=("宝石镇", "永安镇"), **LIFT,
    ),
    Case(
        "the whole county is lifted, two go on",
        f"{AT}解除全县暴雨红色预警信号，宝石镇、永安镇继续维持。",
        areas=rest("永安镇", "宝石镇"), unread=("宝石镇", "永安镇"), **LIFT,
    ),
    Case(
        "lifted for what is left beside two",
        f"{AT}解除除宝石镇、永安镇以外乡镇的暴雨红色预警信号。",
        asked=("宝石镇",), unread=("宝石镇", "永安镇"), **LIFT,
    ),
    Case(
        "what goes on stands in the exception",
        f"{AT}除水泉镇、永安镇继续维持暴雨红色预警信号外，解除其余乡镇暴雨红色预警信号。",
        action="continue", kind="rainstorm", issuers=STATION, level="red", issued="2026-07-13 05:30", areas=("水泉镇", "永安镇"), unread=("其余乡镇",),
    ),
    Case(
        "stems with one suffix, not lifted yet",
        f"{AT}解除六户、宝石等乡镇暴雨红色预警信号，水泉、永安等乡镇暂不解除。",
        areas=("六户镇", "宝石镇"), unread=("水泉", "永安"), **LIFT,
    ),
    Case(
        "a part of what is lifted goes on",
        f"{AT}解除宝石镇暴雨红色预警信号，宝石镇宝龙村、宝林村继续维持暴雨红色预警。",
        unread=("宝石镇", "宝石镇宝龙村", "宝林村"), **LIFT,
    ),
    Case(
        "villages of what is lifted are excepted",
        f"{AT}解除宝石镇（宝龙村、宝林村除外）、永安镇暴雨红色预警信号。",
        areas=("永安镇",), unread=("宝石镇", "宝龙村", "宝林村"), **LIFT,
    ),
    Case(
        "one lifted, one lowered, one kept",
        f"{AT}解除六户镇暴雨红色预警信号，宝石镇暴雨红色预警信号降级为暴雨黄色预警信号，水泉镇维持红色预警。",
        areas=("六户镇",), unread=("宝石镇", "水泉镇"), further=("downgrade rainstorm yellow 2026-07-13 05:30 宝石镇",), **LIFT,
    ),
    Case(
        "a lift by regions",
        "突泉县气象台2026年7月13日5时解除暴雨红色预警信号。解除区域：六户镇、宝石镇。继续预警区域：水泉镇、永安镇。",
        action="lift", kind="rainstorm", issuers=STATION, level="red", issued="2026-07-13 05:00", areas=("六户镇", "宝石镇"), unread=("水泉镇", "永安镇"),
    ),
    Case(
        "kept and lifted by regions",
        "突泉县气象台7月13日5时继续维持暴雨红色预警信号，范围：宝石镇、永安镇；解除范围：六户镇、水泉镇。",
        action="continue", kind="rainstorm", issuers=STATION, level="red", issued="2026-07-13 05:00", areas=("宝石镇", "永安镇"), unread=("六户镇", "水泉镇"),
    ),
    Case(
        "a notice of a lift for some",
        "关于部分解除暴雨红色预警的通知：经会商，自7月13日6时起，六户镇、宝石镇解除暴雨红色预警，水泉镇、永安镇不在此次解除范围。突泉县防汛抗旱指挥部办公室 2026年7月13日",
        action="lift", kind="rainstorm", issuers=("突泉县防汛抗旱指挥部办公室",), level="red", effective="2026-07-13 06:00", areas=("六户镇", "宝石镇"), unread=("水泉镇", "永安镇"),
    ),
    Case(
        "the announcement says where it goes on",
        "突泉县气象台7月13日5时发布解除公告：六户镇、宝石镇暴雨红色预警解除，水泉镇、永安镇预警继续有效，请勿返回。",
        action="lift", kind="rainstorm", issuers=STATION, level="red", issued="2026-07-13 05:00", areas=("六户镇", "宝石镇"), unread=("水泉镇", "永安镇"),
    ),
    Case(
        "lines broken and digits wide in a lift for some",
        "突泉县气象台\n２０２６年７月１３日０５时３０分\n解除六户镇、宝石\n镇暴雨红色预警信号，\n水泉镇、永安镇维持\n暴雨红色预警信号。",
        areas=("六户镇", "宝石镇"), unread=("水泉镇", "永安镇"), **LIFT,
    ),
    Case(
        "a lift of places that are not ours",
        f"{AT}解除红岭镇暴雨红色预警信号。",
        unread=("红岭镇",), **LIFT,
    ),
    Case(
        "what sounds as if it went on is not lifted",
        f"{AT}解除暴雨红色预警信号，六户镇、宝石镇降水仍在持续。",
        asked=("六户镇",), unread=("六户镇", "宝石镇"), **LIFT,
    ),
    Case(
        "a change: some lifted, one kept, the rest lowered",
        "突泉县气象台7月13日5时变更暴雨红色预警信号：宝石镇、永安镇解除，水泉镇维持暴雨红色预警，其余乡镇降为黄色预警。",
        action="change", kind="rainstorm", issuers=STATION, level="red", issued="2026-07-13 05:00", areas=("水泉镇", *rest("永安镇", "水泉镇", "宝石镇", mark="!yellow")), unread=("宝石镇", "永安镇"),
    ),
    Case(
        "lowered for one township that stands after 将",
        "突泉县气象台7月13日3时将六户镇暴雨红色预警信号降级为暴雨橙色预警信号，水泉镇、永安镇继续发布暴雨红色预警信号。",
        action="downgrade", kind="rainstorm", issuers=STATION, level="orange", former="red", issued="2026-07-13 03:00", areas=("六户镇", "水泉镇!red", "永安镇!red"),
    ),
    Case(
        "the county with one excepted in brackets",
        f"{SAID}暴雨红色预警信号：全县（宝石镇除外）未来3小时有50毫米以上降水。",
        areas=rest("宝石镇"), unread=("宝石镇",), **RED,
    ),
    Case(
        "a township without one of its villages",
        f"{SAID}暴雨红色预警信号：六户镇、宝石镇（宝龙村除外）将有大暴雨。",
        areas=("六户镇", "宝石镇"), unread=("宝龙村",), **RED,
    ),
]  # fmt: skip

_SEVERAL = [
    Case(
        "two signals share one word",
        "突泉县气象台2026年7月12日20时15分发布暴雨红色、大风黄色预警信号：预计今天夜间学田乡、九龙乡有强降水。",
        action="issue",
        kind="rainstorm",
        level="red",
        issuers=STATION,
        issued="2026-07-12 20:15",
        areas=("学田乡", "九龙乡"),
        further=("issue gale yellow 2026-07-12 20:15 学田乡 九龙乡",),
    ),
    Case(
        "three signals share one word",
        "突泉县气象台2026年7月12日20时15分发布大风蓝色、雷电黄色、暴雨橙色预警：学田乡有强降水。",
        action="issue",
        kind="gale",
        level="blue",
        issuers=STATION,
        issued="2026-07-12 20:15",
        areas=("学田乡",),
        further=("issue other yellow 2026-07-12 20:15 学田乡", "issue rainstorm orange 2026-07-12 20:15 学田乡"),
    ),
    Case(
        "the second warning is lifted in another sentence",
        "突泉县气象台于7月12日23时40分将7月12日22时50分发布的暴雨红色预警信号降级为暴雨橙色预警信号；同时解除7月12日20时10分发布的"
        "大风黄色预警信号。六户、九龙一带降雨仍在持续。",
        action="downgrade",
        kind="rainstorm",
        level="orange",
        former="red",
        issuers=STATION,
        issued="2026-07-12 23:40",
        replaced="2026-07-12 22:50",
        areas=("六户镇", "九龙乡@一带"),
        further=("lift gale yellow 2026-07-12 23:40 ",),
    ),
    Case(
        "rain is lifted, gale goes on for some",
        f"{AT}解除暴雨红色预警信号，继续发布大风蓝色预警信号：六户镇、宝石镇有6级以上大风。",
        further=("continue gale blue 2026-07-13 05:30 六户镇 宝石镇",), **LIFT,
    ),
    Case(
        "rain is lifted for some, gale goes on",
        f"{AT}解除六户镇、宝石镇暴雨红色预警信号，大风蓝色预警信号继续有效。",
        areas=("六户镇", "宝石镇"), further=("continue gale blue 2026-07-13 05:30 六户镇 宝石镇",), **LIFT,
    ),
    Case(
        "two kinds lifted, each for its own",
        f"{AT}解除六户镇暴雨红色预警信号；同时解除宝石镇大风蓝色预警信号。",
        areas=("六户镇",), unread=("宝石镇",), further=("lift gale blue 2026-07-13 05:30 宝石镇",), **LIFT,
    ),
    Case(
        "two lifted with one word",
        f"{AT}解除暴雨红色、大风黄色预警信号。",
        further=("lift gale yellow 2026-07-13 05:30 ",), **LIFT,
    ),
    Case(
        "two lifted with one word, another township goes on",
        f"{AT}解除宝石镇暴雨红色、大风黄色预警信号，永安镇暴雨红色预警信号继续生效。",
        areas=("宝石镇",), unread=("永安镇",), further=("lift gale yellow 2026-07-13 05:30 宝石镇",), **LIFT,
    ),
    Case(
        "two kinds of one colour",
        f"{SAID}暴雨、大风橙色预警信号：宝石镇、永安镇有强降水。",
        action="issue", kind="rainstorm", issuers=STATION, level="orange", issued="2026-07-12 21:00", areas=("宝石镇", "永安镇"), further=("issue gale orange 2026-07-12 21:00 宝石镇 永安镇",),
    ),
    Case(
        "two are raised at once",
        "突泉县气象台2026年7月12日21时将暴雨橙色、大风蓝色预警信号分别升级为暴雨红色、大风黄色预警信号：宝石镇有强降水。",
        action="upgrade", kind="rainstorm", issuers=STATION, level="red", issued="2026-07-12 21:00", areas=("宝石镇",), further=("upgrade gale yellow 2026-07-12 21:00 宝石镇",),
    ),
    Case(
        "one issued and one lifted in a sentence",
        f"{SAID}暴雨红色预警信号、解除大风黄色预警信号：学田乡、九龙乡有强降水。",
        areas=("学田乡", "九龙乡"), further=("lift gale yellow 2026-07-12 21:00 学田乡 九龙乡",), **RED,
    ),
    Case(
        "a further warning is told",
        f"{SAID}暴雨红色预警信号：宝石镇有大暴雨。目前大风蓝色预警信号继续有效。",
        areas=("宝石镇",), further=("continue gale blue 2026-07-12 21:00 ",), **RED,
    ),
]  # fmt: skip

_LEVELS = [
    Case(
        "levels in brackets without the word warning",
        f"{SAID}暴雨红色预警信号，影响：六户镇（红色）、永安镇（橙色）、其余乡镇（黄色）。",
        areas=("六户镇", "永安镇!orange", *rest("六户镇", "永安镇", mark="!yellow")),
        **RED,
    ),
    Case(
        "levels said in the sentence",
        "突泉县自然资源局7月12日20时发布地质灾害气象风险预警：宝石镇、学田乡风险等级为橙色（风险高），永安镇、太平乡为黄色（风险较高），"
        "其余乡镇为蓝色。",
        action="issue",
        kind="geological",
        level="orange",
        issuers=("突泉县自然资源局",),
        issued="2026-07-12 20:00",
        areas=(
            "宝石镇",
            "学田乡",
            "永安镇!yellow",
            "太平乡!yellow",
            *rest("宝石镇", "学田乡", "永安镇", "太平乡", mark="!blue"),
        ),
    ),
    Case(
        "the rest stays at a level without the word warning",
        "突泉县气象台7月13日6时将六户镇、宝石镇暴雨红色预警信号降为橙色，其余乡镇维持红色。",
        action="downgrade", kind="rainstorm", issuers=STATION, level="orange", former="red", issued="2026-07-13 06:00", areas=("六户镇", "宝石镇", *rest("六户镇", "宝石镇", mark="!red")), unread=("其余乡镇",),
    ),
    Case(
        "regions by colour with commas",
        f"{SAID}暴雨红色预警信号：红色区域：宝石镇、永安镇，橙色区域：水泉镇、太平乡，黄色区域：其余乡镇。",
        areas=("宝石镇", "永安镇", "水泉镇!orange", "太平乡!orange", *rest("永安镇", "水泉镇", "宝石镇", "太平乡", mark="!yellow")), **RED,
    ),
    Case(
        "levels as numbers in brackets",
        f"{SAID}暴雨预警：宝石镇（Ⅰ级）、永安镇（Ⅱ级）。",
        areas=("宝石镇", "永安镇!orange"), **RED,
    ),
    Case(
        "one township above the heading",
        f"{SAID}暴雨橙色预警信号：六户镇为红色，永安镇、宝石镇为橙色。",
        action="issue", kind="rainstorm", issuers=STATION, level="orange", issued="2026-07-12 21:00", areas=("六户镇!red", "永安镇", "宝石镇"),
    ),
    Case(
        "levels after words of risk",
        "突泉县自然资源局7月12日20时发布地质灾害气象风险橙色预警：宝石镇、学田乡风险高（橙色），永安镇、太平乡风险较高（黄色）。",
        action="issue", kind="geological", issuers=("突泉县自然资源局",), level="orange", issued="2026-07-12 20:00", areas=("宝石镇", "学田乡", "永安镇!yellow", "太平乡!yellow"),
    ),
    Case(
        "a level that is no place has is told",
        f"{SAID}暴雨橙色预警信号：宝石镇、永安镇有强降水。个别时段可达黄色标准以上。",
        action="issue", kind="rainstorm", issuers=STATION, level="orange", issued="2026-07-12 21:00", areas=("宝石镇", "永安镇"), unread=("达黄色",),
    ),
]  # fmt: skip

# No county, no township is invented; none is dropped because it is written short.
_NAMES = [
    Case(
        "a title names the county, the text its townships",
        "【突泉县暴雨红色预警】宝石镇、永安镇未来3小时降水将达100毫米以上。突泉县气象台7月12日1时50分发布。",
        action="issue", kind="rainstorm", issuers=STATION, level="red", issued="2026-07-12 01:50", areas=("宝石镇", "永安镇"),
    ),
    Case(
        "the signal after the county, then villages",
        "突泉县山洪灾害橙色预警：宝石镇宝龙村、宝林村请立即转移。突泉县水利局2026年7月12日21时",
        kind="flash_flood", level="orange", issuers=("突泉县水利局",), issued="2026-07-12 21:00", areas=("宝石镇宝龙村委会", "宝石镇宝林村委会"),
    ),
    Case(
        "a title without a signal",
        "【突泉县气象灾害预警】突泉县气象台2026年7月12日21时发布暴雨红色预警信号：宝石镇将出现大暴雨。",
        areas=("宝石镇",), **RED,
    ),
    Case(
        "the county alone in a title",
        "【兴安盟突泉县】7月12日21时发布暴雨红色预警，影响区域：宝石镇、永安镇。",
        action="issue", kind="rainstorm", level="red", issued="2026-07-12 21:00", areas=("宝石镇", "永安镇"),
    ),
    Case(
        "the county with a colon before its townships",
        "【暴雨红色预警】突泉县：宝石镇、永安镇3小时降水超100毫米。",
        kind="rainstorm", level="red", areas=("宝石镇", "永安镇"),
    ),
    Case(
        "a title of the county and nothing within it",
        "兴安盟气象台7月12日21时发布突泉县暴雨红色预警信号。",
        action="issue", kind="rainstorm", issuers=("兴安盟气象台",), level="red", issued="2026-07-12 21:00", areas=("突泉县",),
    ),
    Case(
        "neighbours of our county",
        f"{SAID}暴雨红色预警信号：与我县相邻的科右前旗永安镇、太平乡已出现100毫米以上降水，预计未来3小时我县宝石镇、学田乡将出现强降水。",
        areas=("宝石镇", "学田乡"), unread=("永安镇", "太平乡"), **RED,
    ),
    Case(
        "who lies beside our county",
        f"{SAID}暴雨红色预警信号：毗邻我县的科右前旗有强降水，宝石镇将出现大暴雨。",
        areas=("宝石镇",), **RED,
    ),
    Case(
        "stems of a township and a village before weather",
        f"{SAID}暴雨红色预警信号：预计未来3小时宝石镇将出现大暴雨，水泉、龙泉降水将超80毫米。",
        areas=("宝石镇",), asked=("水泉", "龙泉"), **RED,
    ),
    Case(
        "single stems before weather",
        f"{SAID}暴雨红色预警信号：预计未来3小时宝石镇将出现大暴雨，太平降水将超80毫米，永安还有50毫米。",
        areas=("宝石镇",), asked=("太平", "永安"), **RED,
    ),
    Case(
        "stems with half-width commas",
        "突泉县气象台2026年7月12日22时50分发布暴雨红色预警信号:预计未来3小时,六户,宝石,水泉等地将有强降水.",
        action="issue", kind="rainstorm", issuers=STATION, level="red", issued="2026-07-12 22:50", areas=("六户镇", "宝石镇", "水泉镇"),
    ),
    Case(
        "a word between 及 and a township",
        "双城水库泄洪通知：定于7月12日10时开闸泄洪，请水泉镇及下游永安镇转移沿河群众。突泉县水利局 2026年7月12日8时",
        action="issue", kind="dam_release", issuers=("突泉县水利局",), issued="2026-07-12 08:00", effective="2026-07-12 10:00", areas=("水泉镇", "永安镇"),
    ),
    Case(
        "和 between two townships begins a village of the first",
        f"{SAID}暴雨红色预警信号：六户镇和宝石镇将有大暴雨，六户镇和宝村已进水。",
        areas=("六户镇", "宝石镇", "六户镇和宝村委会"), **RED,
    ),
    Case(
        "a township that is new in a warning",
        "突泉县气象台2026年7月12日02时30分继续发布暴雨红色预警信号：六户镇、宝石镇降雨持续，新增太平乡、学田乡。",
        action="continue", kind="rainstorm", issuers=STATION, level="red", issued="2026-07-12 02:30", areas=("六户镇", "宝石镇", "太平乡", "学田乡"),
    ),
    Case(
        "a dam in danger, without the word warning",
        "【突发】宝石镇双城水库大坝出现管涌险情，请下游宝林、宝龙、宝合村群众立即撤离！突泉县防指7月12日2点40分",
        issued="2026-07-12 02:40", issuers=("突泉县防指",), areas=("宝石镇", "宝石镇宝林村委会", "宝石镇宝龙村委会", "宝石镇宝合村委会"),
    ),
    Case(
        "a letter among the digits of the time",
        "突泉县气象台2026年7月12日22时5O分发布暴雨红色预警信号：宝石镇有大暴雨。",
        action="issue", kind="rainstorm", issuers=STATION, level="red", areas=("宝石镇",), unread=("2026年7月12日22时5O分",),
    ),
    Case(
        "an earthquake by its magnitude",
        "据中国地震台网测定，7月12日3时15分突泉县宝石镇发生4.1级地震，震源深度10千米。",
        kind="earthquake", issued="2026-07-12 03:15", areas=("宝石镇",),
    ),
    Case(
        "a form in one line",
        "预警类型：山洪灾害 发布单位：突泉县水利局 预警等级：橙色 发布时间：2026年7月12日17时30分 预警区域：宝石镇、学田乡",
        kind="flash_flood", level="orange", issuers=("突泉县水利局",), issued="2026-07-12 17:30", areas=("宝石镇", "学田乡"),
    ),
    Case(
        "characters of another script",
        "突泉縣氣象臺2026年7月12日22時50分發布暴雨紅色預警信號：寶石鎮將有大暴雨。",
        action="issue", kind="rainstorm", issuers=STATION, level="red", issued="2026-07-12 22:50", areas=("宝石镇",),
    ),
]  # fmt: skip

MIXED = [*_LIFTS, *_SEVERAL, *_LEVELS, *_NAMES]
