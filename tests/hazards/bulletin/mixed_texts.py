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
]

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
]

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
]

MIXED = [*_LIFTS, *_SEVERAL, *_LEVELS]
