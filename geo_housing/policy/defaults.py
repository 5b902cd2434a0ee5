"""The settings that the rules are made of, with the value that holds until the county records its own.

Every default names its basis; those that only we propose say so, and a gate that rests on them warns
and asks a reason, it never blocks (words.md, "Rules and where they come from").
"""

from dataclasses import dataclass
from typing import Any

from geo_housing.words import EVENT_KIND, RISK, WARNING_LEVEL, WordList

PROPOSED = "系统建议值（待县局确认）"


@dataclass(frozen=True)
class Setting:
    """One rule: key, label on the settings page, unit, default value, basis; numbers lie between ``least`` and ``most``.

    With ``words`` the value is a list of code words of that list, none of them too. ``of_everybody``: asked before anybody
    knows whose area it is, so there is one value for all.
    """

    key: str
    label: str
    unit: str
    default: Any
    basis: str = PROPOSED
    least: int = 1
    most: int | None = None
    words: WordList | None = None
    of_everybody: bool = False


# Water, and what water sets moving: it comes to the same places again and again. 其他 may be of that kind.
_WATER = ["rainstorm", "flood", "flash_flood", "dam_release", "geological", "other"]

SETTINGS: dict[str, Setting] = {
    setting.key: setting
    for setting in (
        Setting(
            "inspection.due_hours", "灾后应急排查时限（按优先级，自进入灾后排查起）", "小时", [24, 48, 72], most=720
        ),
        Setting("calls.next_after_minutes", "叫应：无人应答多久转叫下一人", "分钟", 10, most=240),
        Setting("calls.reply_minutes", "叫应：应答后多久内回报", "分钟", 60, most=720),
        Setting(
            "calls.demand",
            "叫应：预警和灾中要求乡镇做的事（照读）",
            "",
            # In the order of the list that villages get (evacuation/order.py): what is heard and what is read are one.
            "请马上叫应各村，"
            "先转移排查发现倒塌、有损坏或疑似危险的房屋里的住户，再转移灾害易发地内危房、未评定房和土坯房的住户，"
            "接着转移其他D、C级和疑似危房的住户，然后转移老弱孕幼和行动不便的人，最后转移名单上的其他住户；"
            "人员转移后，未经核查不得返回。"
            "回报应转、已转多少户多少人，有没有不愿转移和联系不上的。",
        ),
        # A village has no village below it: what the township asks of it is to go from door to door.
        Setting(
            "calls.demand_village",
            "叫应：预警和灾中要求村里做的事（照读）",
            "",
            "请马上逐户上门通知并组织转移，"
            "先转移排查发现倒塌、有损坏或疑似危险的房屋里的住户，再转移灾害易发地内危房、未评定房和土坯房的住户，"
            "接着转移其他D、C级和疑似危房的住户，然后转移老弱孕幼和行动不便的人，最后转移名单上的其他住户；"
            "人员转移后，未经核查不得返回。"
            "回报应转、已转多少户多少人，有没有不愿转移和联系不上的。",
        ),
        Setting(
            "calls.demand_aftermath",
            "叫应：灾后排查要求的事（照读）",
            "",
            "请组织逐户排查，未经排查和评估的房屋不得返回居住；发现倒塌、严重损坏马上报告。回报已排查多少栋、倒塌和损坏多少间。",
        ),
        # A zone without a level was drawn by somebody who meant it.
        Setting(
            "evacuation.levels",
            "转移避险：列应转移名单的预警级别",
            "",
            ["red", "orange", "ungraded"],
            words=WARNING_LEVEL,
        ),
        Setting(
            "evacuation.notify_levels", "转移避险：只通知、不列名单的预警级别", "", ["yellow"], words=WARNING_LEVEL
        ),
        Setting(
            "evacuation.no_list_kinds",
            "转移避险：不列名单的灾种（从灾后排查开始）",
            "",
            ["cold_wave", "earthquake"],
            words=EVENT_KIND,
        ),
        Setting(
            "evacuation.risks",
            "转移避险：有人居住就应转移的危险等级",
            "",
            ["C", "D", "suspected", "none"],
            words=RISK,
        ),
        Setting("evacuation.traits", "转移避险：家中有避险特征人员的应转移", "", True),
        Setting(
            "evacuation.earth_kinds",
            "转移避险：灾害易发地内土坯类结构（含结构不详）应转移的灾种",
            "",
            _WATER,
            words=EVENT_KIND,
        ),
        Setting(
            "evacuation.standing_kinds",
            "转移避险：红色预警下灾害易发地内全部应转移的灾种",
            "",
            _WATER,
            words=EVENT_KIND,
        ),
        Setting(
            "evacuation.everyone_kinds",
            "转移避险：影响范围内全部应转移的灾种",
            "",
            ["dam_release", "fire"],
            words=EVENT_KIND,
        ),
        Setting("warning.same_days", "相隔几天以内的预警可以归入同一事件", "天", 3, most=30),
        Setting(
            "conclusion.required_risks",
            "灾后须经专业技术人员签字才能返回的危险等级（有损坏、疑似危险和倒塌的总要签字）",
            "",
            ["C", "D", "suspected"],
            words=RISK,
        ),
        Setting("conclusion.restricted_kinds", "可以作“限制使用”结论的灾种", "", [], words=EVENT_KIND),
        Setting("occupancy.stale_days", "居住状况核实后的有效期", "天", 180, most=3650),
        Setting("map.approval_number", "自制地图的审图号（没有的写“无”）", "", "无"),
        Setting("statistics.least_houses", "分村统计每格最少房屋数（不足的合并）", "栋", 5, least=3, most=100),
        Setting("preseason.card_days", "避险明白卡打印后的有效期", "天", 180, most=730),
        Setting("upload.keep_days", "上传原始文件（加密）的保存期", "天", 30, most=3650),
        Setting("duty.grace_minutes", "值班：到点没有人接班时，最多延长多久", "分钟", 240, least=0, most=1440),
        Setting(
            "orders.open_days", "委托：完成期限后，对方还能看到房屋多少天（到期自动收回）", "天", 14, least=0, most=365
        ),
        Setting("session.idle_minutes", "无操作自动退出（值班员在班次内除外）", "分钟", 30, least=5, most=480),
        # A night is long and quiet until it is not: the phone's own lock keeps others out, the shift ends the session.
        Setting("session.duty_idle_minutes", "值班员在班次内无操作自动退出", "分钟", 720, least=5, most=2880),
        Setting("session.max_hours", "登录最长有效", "小时", 12, most=168),
        Setting("password.min_length", "密码最少位数", "位", 8, least=8, most=64),
        Setting("sign_in.max_failures", "连续登录失败锁定次数", "次", 5, least=3, most=20, of_everybody=True),
        Setting("sign_in.lock_minutes", "登录失败锁定时间", "分钟", 30, least=5, most=1440, of_everybody=True),
        Setting("village_link.valid_days", "村级链接最长有效（事件结束即失效）", "天", 30, most=365),
        Setting("first_link.valid_hours", "首次登录链接有效期", "小时", 72, most=720),
    )
}
