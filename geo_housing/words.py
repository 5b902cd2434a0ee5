"""The lists that code, pages, files and reports share: code word and Chinese label, one list each.

Code words go into the database (as text with a CHECK, never as a PostgreSQL enum: an enum's ``=`` is not
leakproof and loses its index under row level security), into JSON, tiles and options; labels go onto pages
and into ledgers. Labels are what officials write. Lists that a county may extend are marked ``extensible``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS
from geo_housing.errors import BadInput


@dataclass(frozen=True)
class WordList:
    """One list: ``labels`` maps code word to label in display order; ``aliases`` maps other spellings to code words."""

    name: str
    labels: dict[str, str]
    extensible: bool = False
    aliases: dict[str, str] | None = None

    def __contains__(self, code: object) -> bool:
        return code in self.labels

    def __iter__(self) -> Iterator[str]:
        return iter(self.labels)

    def label(self, code: str | None) -> str:
        """Label of ``code``; an unknown code is shown as it is, nothing stated as —."""
        return "—" if code is None or code == "" else self.labels.get(code, code)

    def code(self, text: str) -> str:
        """Code word for a code or label as a user types it; BadInput names what is allowed."""
        wanted = text.strip()
        if wanted in self.labels:
            return wanted
        for code, label in self.labels.items():
            if wanted == label:
                return code
        if self.aliases and wanted in self.aliases:
            return self.aliases[wanted]
        allowed = "、".join(f"{code}（{label}）" for code, label in self.labels.items())
        raise BadInput(f"“{text}”不在{self.name}的取值中，请改用：{allowed}。")

    def codes(self, text: str) -> tuple[str, ...]:
        """Code words of a comma separated option such as ``C,D,suspected``."""
        return tuple(self.code(part) for part in text.replace("，", ",").split(",") if part.strip())


AREA_LEVEL = WordList("区划级别", {"county": "县", "township": "乡镇", "village": "村"})
AREA_CODE_LENGTH = {"county": COUNTY_DIGITS, "township": TOWNSHIP_DIGITS, "village": VILLAGE_DIGITS}

GRADE = WordList(
    "安全等级", {"A": "A级", "B": "B级", "C": "C级", "D": "D级"}, aliases={"a": "A", "b": "B", "c": "C", "d": "D"}
)
GRADE_BASIS = WordList(
    "等级依据", {"assessment": "评定", "appraisal": "鉴定", "field_judgement": "排查初判", "legacy": "旧台账"}
)
SIGNED_BASES = ("assessment", "appraisal")

RISK = WordList(
    "危险等级",
    {"A": "A级", "B": "B级", "C": "C级", "D": "D级", "suspected": "疑似危房（待评定）", "none": "未评定"},
    aliases={"a": "A", "b": "B", "c": "C", "d": "D", "疑似": "suspected", "疑似危房": "suspected"},
)
RENOVATION = WordList(
    "改造状态",
    {
        "not_needed": "不涉及",
        "unplanned": "未纳入计划",
        "listed": "已纳入年度台账",
        "started": "已开工",
        "completed": "已竣工",
        "accepted": "已验收",
        "moved_in": "已入住",
    },
)
# In the list of a year, or done by it: what has a 改造年度.
IN_ANNUAL_LEDGER = ("listed", "started", "completed", "accepted", "moved_in")
MEASURE = WordList(
    "处置方式",
    {
        "subsidised": "补助改造",
        "self_funded": "自行改造",
        "placement": "公房安置",
        "rental": "公租房安置",
        "sealed": "封存",
        "demolished": "拆除",
        "declined": "农户不愿改造（书面）",
    },
)
STRUCTURE = WordList(
    "结构形式",
    {
        "earth_wood": "土木",
        "brick_wood": "砖木",
        "brick_earth": "砖土混杂",
        "wood": "木结构",
        "stone_wood": "石木",
        "brick_concrete": "砖混",
        "rc": "混凝土",
        "steel": "钢",
        "earth": "生土",
        "other": "其他",
        "unknown": "不详",
    },
    extensible=True,
)
BUILDING_KIND = WordList("房屋用途", {"dwelling": "主要住房", "ancillary": "附属用房", "disused": "闲置旧房"})
OCCUPANCY = WordList(
    "居住状况",
    {"resident": "常住", "seasonal": "季节性居住", "away": "长期外出空置", "let": "出租", "empty": "无人居住"},
)
LIVED_IN = ("resident", "seasonal", "let")
# Of village statistics: which breakdown a row is the sum of, because single villages have too few houses in it.
MERGED_FOR = WordList(
    "合并的指标",
    {
        "none": "未合并（单独一个村）",
        "totals": "房屋太少的村合并",
        "danger": "C、D级合并",
        "occupancy": "居住状况合并",
        "years": "建成年份合并",
        "structure": "结构形式合并",
    },
)
LOCATION_STATE = WordList("定位状态", {"located": "已定位", "unlocated": "待定位", "disputed": "待核对"})

CATEGORY = WordList(
    "保障类别",
    {
        "K1": "农村易返贫致贫户",
        "K2": "农村低保户",
        "K3": "农村分散供养特困人员",
        "K4": "因病因灾因意外刚性支出较大等严重困难家庭",
        "K5": "农村低保边缘家庭",
        "K6": "未享受过保障政策的其他脱贫户",
        "L1": "建档立卡贫困户",
        "L2": "低保户",
        "L3": "农村分散供养特困人员（旧）",
        "L4": "贫困残疾人家庭",
    },
    extensible=True,
)
KEY_GROUPS = ("K1", "K2", "K3", "K4", "K5", "K6")
MONITORING = WordList(
    "监测身份",
    {"lifted": "已脱贫户", "unstable": "脱贫不稳定户", "marginal": "边缘易致贫户", "sudden_hardship": "突发严重困难户"},
    extensible=True,
)
TRAIT = WordList(
    "避险特征",
    {
        "elderly_alone": "独居老人",
        "impaired": "残疾或行动不便",
        "pregnant_or_child": "孕妇儿童",
        "needs_help": "需帮助转移",
    },
    extensible=True,
)

EVENT_KIND = WordList(
    "灾种",
    {
        "rainstorm": "暴雨",
        "flood": "洪水",
        "flash_flood": "山洪",
        "dam_release": "水库泄洪",
        "snowstorm": "暴雪",
        "gale": "大风",
        "hail": "冰雹",
        "cold_wave": "寒潮",
        "earthquake": "地震",
        "geological": "地质灾害",
        "fire": "火灾",
        "other": "其他",
    },
    extensible=True,
)


def event_kind_said(kind: str, own_word: str | None) -> str:
    """A kind of disaster as people read it: of one that we have no word for the sender's own, before their code."""
    return (own_word if kind == "other" or kind not in EVENT_KIND else None) or EVENT_KIND.label(kind)


WARNING_LEVEL = WordList(
    "预警级别", {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色", "ungraded": "未分级"}
)
WARNING_ACTION = WordList(
    "预警动作",
    {
        "issue": "发布",
        "continue": "继续",
        "upgrade": "升级",
        "downgrade": "降级",
        "change": "变更",
        "lift": "解除",
        "response": "启动应急响应",
        "none": "不是预警",
    },
)
# Apart from the level of a warning.
RESPONSE_LEVEL = WordList("应急响应级别", {"I": "Ⅰ级", "II": "Ⅱ级", "III": "Ⅲ级", "IV": "Ⅳ级"})
EVENT_MODE = WordList("事件性质", {"actual": "实际", "drill": "演练"})
EVENT_PHASE = WordList(
    "事件阶段",
    {
        "draft": "待确认",
        "warning": "预警响应",
        "ongoing": "灾中",
        "aftermath": "灾后排查",
        "closed": "结束",
        "mistaken": "误发撤销",
    },
)
CALL_STATE = WordList("叫应", {"calling": "未应", "answered": "已应", "handed_on": "转叫下一人"})
CALL_WAY = WordList("叫应方式", {"phone": "电话", "message": "短信、微信"})
INSPECTION_STATE = WordList(
    "排查状态",
    {"prepared": "待开始", "open": "待排查", "in_progress": "排查中", "done": "已排查", "withdrawn": "已撤销"},
)
EVACUATION_STATE = WordList(
    "转移避险",
    {
        "pending": "待转移",
        "moved_to_shelter": "已转移（集中安置）",
        "moved_to_kin": "已转移（投亲靠友）",
        "away": "已外出",
        "refused": "拒绝转移",
        "unreachable": "联系不上",
        "returned": "已返回",
    },
    aliases={"已转移": "moved_to_shelter", "集中安置": "moved_to_shelter", "投亲靠友": "moved_to_kin"},
)
CHECK_RESULT = WordList(
    "排查结果",
    {
        "no_visible_hazard": "未见明显隐患",
        "suspected": "有损坏或疑似危险",
        "collapsed": "倒塌",
        "locked": "锁门/外出",
        "uninhabited": "无人居住",
        "refused": "拒绝入户",
        "demolished": "已拆除",
    },
)
DAMAGE_CLASS = WordList("损坏程度", {"none": "无", "slight": "一般损坏", "severe": "严重损坏", "collapsed": "倒塌"})
# Signed by a named technician. Not a grade, and changes none.
EMERGENCY_CONCLUSION = WordList(
    "应急评估结论", {"habitable": "可以居住", "not_habitable": "不可以居住", "restricted": "限制使用"}
)
# What a technician looks at, from the ground up.
CONCLUSION_ITEM = WordList(
    "评估所见",
    {
        "site": "场地有滑坡、崩塌、冲刷危险",
        "foundation": "地基下沉、掏空或泡水",
        "wall_crack": "承重墙开裂、鼓闪",
        "wall_lean": "墙体倾斜或部分倒塌",
        "frame": "木柱、梁、檩歪斜、折断或松脱",
        "roof": "屋面塌陷、漏雨严重",
        "soaked": "墙根泡水、土坯软化",
        "neighbour": "受相邻房屋、围墙或树木威胁",
        "power": "电线、电气受潮或破损",
        "none": "未见上述情况",
    },
    extensible=True,
)
REPORT_KIND = WordList("报告种类", {"flash": "快报", "follow_up": "续报", "morning": "晨报", "correction": "更正"})
UNSAFE_MEASURE = WordList(
    "临时措施", {"strengthened": "临时加固、支顶", "sealed": "封存停用、设警示标识", "demolished": "已拆除"}
)
# What a village person can see from outside and inside, by part of the house; more goes into free words.
FINDING_ITEM = WordList(
    "损坏情况",
    {
        "wall_crack": "墙体开裂",
        "wall_lean": "墙体倾斜、外鼓",
        "wall_fall": "墙体局部倒塌",
        "wall_soaked": "墙根泡水、剥落",
        "roof_leak": "屋面漏雨",
        "roof_sag": "屋面塌陷、变形",
        "roof_blown": "屋面掀落",
        "beam": "梁、檩、柱断裂或歪斜",
        "ground": "地面、地基下沉",
        "scour": "基础被冲刷",
        "flooded": "进水",
        "slope": "房前屋后滑坡、崩塌",
        "yard_wall": "院墙、仓房倒塌",
        "opening": "门窗变形、打不开",
    },
    extensible=True,
)
REPORTED_HOW = WordList("报告方式", {"phone": "电话", "chat": "微信", "in_person": "当面"})

# Why a house is in the register no more; how a family belongs to one.
ENDED_REASON = WordList("终止原因", {"demolished": "已拆除", "duplicate": "重复登记", "mistaken": "误登记"})
RELATION = WordList("与房屋的关系", {"lives": "居住", "owns": "拥有（另有住处）"})

# In the order in which they are called where nobody gave one.
CONTACT_ROLE = WordList(
    "责任人类别",
    {
        "township_lead": "乡镇主要领导（第一责任人）",
        "deputy_lead": "分管领导",
        "secretary": "村书记",
        "director": "村主任",
        "village_cadre": "包村干部",
        "village_leader": "包村领导",
        "grid_worker": "网格员",
        "group_head": "村民小组长（屯长）",
        "work_team": "驻村工作队",
        "helper": "帮扶责任人",
        "county_leader": "包乡镇县领导",
        "bureau": "住建局联系人",
        "duty_phone": "值班电话",
        "other": "其他",
    },
    extensible=True,
)
CONTACT_TURN = WordList("岗次", {"A": "主责（A岗）", "B": "备岗（B岗）"})
SHELTER_STATE = WordList("安置点状态", {"open": "可用", "closed": "停用"})

ROLE = WordList(
    "角色",
    {
        "village": "村级",
        "township": "乡镇",
        "county": "县住建局",
        "emergency": "应急值班",
        "planner": "规划",
        "leader": "领导",
        "technician": "专业技术人员",
        "admin": "系统管理员",
        "duty": "值班员（按班次）",
        "department": "部门（本部门名单）",
        "third_party": "第三方机构（受托房屋）",
    },
)
