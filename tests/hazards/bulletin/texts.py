"""Warning texts written in the style of weather stations, water and land offices, with what a person reads in them.

Areas: name (with the township before a village), then ``@`` the part of it, ``!`` a level of its own, ``~`` only observed.
The day of pasting is 2026-07-12; times are Beijing time.
"""

from dataclasses import dataclass
from datetime import date

PASTED_ON = date(2026, 7, 12)


@dataclass(frozen=True)
class Case:
    """One text; what is not given is expected to be absent."""

    name: str
    text: str
    action: str | None = None
    kind: str | None = None
    level: str | None = None
    former: str | None = None
    response: str | None = None
    issuers: tuple[str, ...] = ()
    issued: str | None = None
    effective: str | None = None
    expires: str | None = None
    replaced: str | None = None
    areas: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    pasted_on: date = PASTED_ON


ALL_TOWNSHIPS = (
    "突泉镇", "六户镇", "东杜尔基镇", "永安镇", "水泉镇", "宝石镇", "学田乡", "九龙乡", "太平乡", "内蒙古自治区国营杜尔基农场",
)  # fmt: skip


def rest(*named: str, mark: str = "") -> tuple[str, ...]:
    """All townships but those."""
    return tuple(f"{name}{mark}" for name in ALL_TOWNSHIPS if name not in named)


STATION = ("突泉县气象台",)

CASES = [
    Case(
        "issue with what has fallen and what will",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：过去3小时宝石镇、永安镇已出现100毫米以上降水，预计未来3小时"
        "宝石镇、水泉镇仍有50毫米以上降水，请注意防范。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("永安镇~", "宝石镇", "水泉镇"),
    ),
    Case(
        "continue",
        "突泉县气象台2026年7月12日04时40分继续发布暴雨红色预警信号：目前降水仍在持续，预计未来3小时六户镇、东杜尔基镇累积雨量可达60毫米。",
        action="continue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 04:40",
        areas=("六户镇", "东杜尔基镇"),
    ),
    Case(
        "upgrade from one colour to another, stems with one suffix",
        "突泉县气象台7月12日0时25分将暴雨橙色预警信号升级为暴雨红色预警信号：预计未来3小时，我县宝石、永安、水泉等乡镇降雨量将达100毫米以上。",
        action="upgrade", kind="rainstorm", level="red", former="orange", issuers=STATION, issued="2026-07-12 00:25",
        areas=("宝石镇", "永安镇", "水泉镇"),
    ),
    Case(
        "upgrade without the former colour",
        "突泉县气象台2026年07月11日23时36分升级发布暴雨橙色预警信号：学田乡过去2小时降水达48毫米，预计未来3小时学田乡、九龙乡仍有短时强降水。",
        action="upgrade", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-11 23:36",
        areas=("学田乡", "九龙乡"),
    ),
    Case(
        "upgrade written short",
        "突泉县气象台2026年7月12日02时暴雨黄色升级为暴雨橙色预警信号：宝石镇、太平乡部分地区将出现暴雨。",
        action="upgrade", kind="rainstorm", level="orange", former="yellow", issuers=STATION, issued="2026-07-12 02:00",
        areas=("宝石镇", "太平乡@部分地区"),
    ),
    Case(
        "downgrade",
        "突泉县气象台12日06时05分将暴雨红色预警信号降级为暴雨黄色预警信号：雨势减弱，预计未来6小时永安镇仍有10～20毫米降水。",
        action="downgrade", kind="rainstorm", level="yellow", former="red", issuers=STATION, issued="2026-07-12 06:05",
        areas=("永安镇",),
    ),
    Case(
        "change of the same level with two times in one sentence",
        "突泉县气象台2026年7月12日03时10分变更7月12日00时20分发布的暴雨橙色预警信号：预计未来3小时，水泉镇、太平乡将新增强降水。",
        action="change", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-12 03:10",
        replaced="2026-07-12 00:20", areas=("水泉镇", "太平乡"),
    ),
    Case(
        "change that is an upgrade",
        "突泉县气象台7月12日03时10分变更7月12日00时20分发布的暴雨橙色预警信号为暴雨红色预警信号：全县大部将出现大暴雨。",
        action="upgrade", kind="rainstorm", level="red", former="orange", issuers=STATION, issued="2026-07-12 03:10",
        replaced="2026-07-12 00:20", areas=("突泉县@大部",),
    ),
    Case(
        "更新为 without a change of colour",
        "突泉县气象台2026年7月9日16时将大风蓝色预警信号更新为大风蓝色预警信号：预计未来24小时全县有7级以上阵风。",
        action="change", kind="gale", level="blue", former="blue", issuers=STATION, issued="2026-07-09 16:00",
        areas=("突泉县",),
    ),
    Case(
        "lift",
        "突泉县气象台2026年7月12日05时30分解除暴雨红色预警信号。",
        action="lift", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 05:30",
    ),
    Case(
        "lift that names when it was issued",
        "突泉县气象台7月12日5时30分解除2026年7月11日22时05分发布的暴雨红色预警信号，宝石镇、永安镇山体土壤饱和，仍需防范次生灾害。",
        action="lift", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 05:30",
        replaced="2026-07-11 22:05", areas=("宝石镇", "永安镇"),
    ),
    Case(
        "lift without a time of its own",
        "突泉县气象台解除7月11日22时05分发布的雷暴大风黄色预警信号",
        action="lift", kind="gale", level="yellow", issuers=STATION, replaced="2026-07-11 22:05",
    ),
    Case(
        "cancelled",
        "突泉县气象台2026年7月12日7时0分取消冰雹橙色预警信号",
        action="lift", kind="hail", level="orange", issuers=STATION, issued="2026-07-12 07:00",
    ),
    Case(
        "signal first, lifted after",
        "【预警解除】暴雨橙色预警信号已解除。突泉县气象台 7月12日8时",
        action="lift", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-12 08:00",
    ),
    Case(
        "not lifted yet is no lift",
        "突泉县气象台2026年7月12日02时15分继续发布暴雨橙色预警信号：六户镇雨强较大，预警解除前请勿返回危险区。",
        action="continue", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-12 02:15",
        areas=("六户镇",),
    ),
    Case(
        "flash flood, joint issuers, villages of two townships",
        "突泉县水利局和突泉县气象局2026年7月12日17时0分联合发布山洪灾害气象风险橙色预警：预计12日20时至13日20时，宝石镇宝田村、"
        "宝合村，水泉镇合发村发生山洪灾害的可能性较大，请提前转移危险区人员。",
        action="issue", kind="flash_flood", level="orange", issuers=("突泉县水利局", "突泉县气象局"),
        issued="2026-07-12 17:00", areas=("宝石镇宝田村委会", "宝石镇宝合村委会", "水泉镇合发村委会"),
    ),
    Case(
        "colour before the kind, second issuer without place",
        "突泉县水利局、气象局12日18时联合发布黄色山洪灾害气象预警，预计12日20时～13日20时，九龙乡、学田乡局地可能发生山洪灾害。",
        action="issue", kind="flash_flood", level="yellow", issuers=("突泉县水利局", "气象局"),
        issued="2026-07-12 18:00", areas=("九龙乡", "学田乡@局地"),
    ),
    Case(
        "geological risk as Ⅲ级 with its colour",
        "突泉县自然资源局与突泉县气象局7月12日17时30分联合发布地质灾害气象风险Ⅲ级（黄色）预警：宝石镇北部、永安镇发生崩塌、滑坡的风险较高。",
        action="issue", kind="geological", level="yellow", issuers=("突泉县自然资源局", "突泉县气象局"),
        issued="2026-07-12 17:30", areas=("宝石镇@北部", "永安镇"),
    ),
    Case(
        "levels beside the townships, none in the heading",
        "突泉县水利局、突泉县气象局7月12日18时联合发布山洪灾害气象预警：宝石镇、永安镇发生山洪灾害可能性很大（红色预警），"
        "水泉镇、太平乡发生山洪灾害可能性大（橙色预警）。",
        action="issue", kind="flash_flood", level="red", issuers=("突泉县水利局", "突泉县气象局"),
        issued="2026-07-12 18:00", areas=("宝石镇", "永安镇", "水泉镇!orange", "太平乡!orange"),
    ),
    Case(
        "one township is raised, the rest stays",
        "突泉县气象台2026年7月12日19时36分变更暴雨红色预警信号：过去1小时宝石镇降雨量已达80毫米，预计未来3小时宝石镇降水仍将持续，"
        "宝石镇升级为暴雨红色预警，其余乡镇维持暴雨黄色预警。",
        action="change", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 19:36",
        areas=("宝石镇", *rest("宝石镇", mark="!yellow")), unread=("其余乡镇",),
    ),
    Case(
        "what is issued is said in the text only",
        "突泉县气象台12日3时5分发布：预计未来3小时，宝石镇升级为暴雨红色预警，其余乡镇维持暴雨黄色预警。",
        action="upgrade", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 03:05",
        areas=("宝石镇", *rest("宝石镇", mark="!yellow")), unread=("其余乡镇",),
    ),
    Case(
        "zones by colour with colons",
        "突泉县气象台7月12日20时10分发布暴雨橙色预警信号。红色预警区域：宝石镇、永安镇；黄色预警区域：学田乡。",
        action="issue", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-12 20:10",
        areas=("宝石镇!red", "永安镇!red", "学田乡!yellow"),
    ),
    Case(
        "all townships",
        "突泉县气象台2026年7月12日16时发布暴雨蓝色预警信号：预计未来12小时全县各乡镇将出现50毫米以上降水。",
        action="issue", kind="rainstorm", level="blue", issuers=STATION, issued="2026-07-12 16:00", areas=("突泉县",),
    ),
    Case(
        "who is spoken to is not warned",
        "突泉县气象台2026年7月12日16时发布暴雨黄色预警信号：预计太平乡将出现暴雨。请各乡镇、各有关部门做好防范，各乡镇要加强值守。",
        action="issue", kind="rainstorm", level="yellow", issuers=STATION, issued="2026-07-12 16:00", areas=("太平乡",),
    ),
    Case(
        "part of the county without names is asked about",
        "突泉县气象台2026年7月12日16时发布暴雨黄色预警信号：预计未来6小时我县东部将出现50毫米以上降水。",
        action="issue", kind="rainstorm", level="yellow", issuers=STATION, issued="2026-07-12 16:00", asked=("我县东部",),
    ),
    Case(
        "some townships, which ones is not said",
        "突泉县气象台2026年7月12日16时发布雷电黄色预警信号：我县部分乡镇将有雷电活动。",
        action="issue", kind="other", level="yellow", issuers=STATION, issued="2026-07-12 16:00", asked=("我县部分乡镇",),
    ),
    Case(
        "no place at all",
        "突泉县气象台2026年7月12日01时50分发布暴雨橙色预警信号，请注意防范。",
        action="issue", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-12 01:50",
    ),
    Case(
        "the county but one township",
        "突泉县气象台2026年7月12日2时0分发布暴雨黄色预警信号：除突泉镇外，全县大部地区将出现暴雨。",
        action="issue", kind="rainstorm", level="yellow", issuers=STATION, issued="2026-07-12 02:00",
        areas=rest("突泉镇", mark="@大部地区"), unread=("突泉镇",),
    ),
    Case(
        "the rest is lifted",
        "突泉县气象台7月12日6时将暴雨红色预警信号降级为暴雨黄色预警信号：宝石镇维持暴雨黄色预警，其余乡镇解除预警。",
        action="downgrade", kind="rainstorm", level="yellow", former="red", issuers=STATION, issued="2026-07-12 06:00",
        areas=("宝石镇",), unread=("其余乡镇",),
    ),
    Case(
        "league station with short names and parts",
        "兴安盟气象台2026年7月12日17时0分发布暴雨黄色预警信号：过去1小时中旗中部降水量达40毫米，预计未来6小时，中旗中部、突泉大部、"
        "前旗中东部、乌市及周边将出现短时强降水。",
        action="issue", kind="rainstorm", level="yellow", issuers=("兴安盟气象台",), issued="2026-07-12 17:00",
        areas=("突泉县@大部",), unread=("中旗中部", "前旗中东部", "乌市及周边"),
    ),
    Case(
        "league station names townships after the county",
        "兴安盟气象台2026年7月12日18时30分发布暴雨橙色预警信号：预计未来3小时，突泉县宝石镇、永安镇和扎赉特旗胡尔勒镇将出现强降水。",
        action="issue", kind="rainstorm", level="orange", issuers=("兴安盟气象台",), issued="2026-07-12 18:30",
        areas=("宝石镇", "永安镇"), unread=("扎赉特旗胡尔勒镇",),
    ),
    Case(
        "league station that does not mean us",
        "兴安盟气象台2026年7月12日17时20分发布暴雨橙色预警信号：过去3小时前旗中西部降水量已达50毫米以上，该地区降水仍将持续。",
        action="issue", kind="rainstorm", level="orange", issuers=("兴安盟气象台",), issued="2026-07-12 17:20",
        unread=("兴安盟气象台",),
    ),
    Case(
        "another county with townships of our names",
        "平乐县气象台2026年7月12日04时00分发布暴雨红色预警信号：过去3小时我县永安镇降水量已达100.2毫米，预计未来3小时永安镇、太平乡、"
        "九龙乡还有30～50毫米降雨。",
        action="issue", kind="rainstorm", level="red", issuers=("平乐县气象台",), issued="2026-07-12 04:00",
        unread=("平乐县气象台",),
    ),
    Case(
        "another county whose station left out the word county",
        "平乐气象台2026年7月12日04时00分发布暴雨红色预警信号：预计未来3小时我县太平、永安、水泉等乡镇有强降雨。",
        action="issue", kind="rainstorm", level="red", issuers=("平乐气象台",), issued="2026-07-12 04:00",
        unread=("平乐气象台",),
    ),
    Case(
        "the whole way from the region down",
        "内蒙古自治区兴安盟突泉县气象台2026年07月09日16时05分发布大风蓝色预警信号：24小时内突泉镇、六户镇可能受大风影响，平均风力可达6级以上。",
        action="issue", kind="gale", level="blue", issuers=("内蒙古自治区兴安盟突泉县气象台",), issued="2026-07-09 16:05",
        areas=("突泉镇", "六户镇"),
    ),
    Case(
        "reservoir releases water, a notice with its office below",
        "关于双城水库开闸泄洪的紧急通知\n各有关乡镇：\n受上游强降雨影响，双城水库定于7月12日10时起开闸泄洪，泄洪流量控制在30立方米每秒以内。"
        "请宝石镇、永安镇、水泉镇立即通知沿河村屯群众转移，严禁下河。\n突泉县防汛抗旱指挥部办公室\n2026年7月12日8时",
        action="issue", kind="dam_release", issuers=("突泉县防汛抗旱指挥部办公室",), issued="2026-07-12 08:00",
        effective="2026-07-12 10:00", areas=("宝石镇", "永安镇", "水泉镇"),
    ),
    Case(
        "release by the reservoir's own office, only a day below",
        "水库泄洪通知：双城水库将于7月12日14时30分开闸泄洪，下游宝石镇宝林村、宝龙村注意避让。双城水库管理处 2026年7月12日",
        action="issue", kind="dam_release", issuers=("双城水库管理处",), effective="2026-07-12 14:30",
        areas=("宝石镇宝林村委会", "宝石镇宝龙村委会"), unread=("2026年7月12日",),
    ),
    Case(
        "release is over",
        "突泉县水利局关于双城水库泄洪结束的通知：双城水库已于7月12日20时关闸。",
        action="lift", kind="dam_release", issuers=("突泉县水利局",),
    ),
    Case(
        "emergency response is no warning level",
        "经会商研判，突泉县防汛抗旱指挥部决定自7月12日2时起启动突泉县防汛Ⅲ级应急响应，请各乡镇人民政府、各成员单位立即到岗到位。",
        action="response", kind="flood", response="III", issuers=("突泉县防汛抗旱指挥部",), effective="2026-07-12 02:00",
        areas=("突泉县",), unread=("III级应急响应",),
    ),
    Case(
        "response raised",
        "县防指决定，7月12日4时起将防汛Ⅳ级应急响应提升为Ⅲ级。",
        kind="flood", response="III", issuers=("县防指",), effective="2026-07-12 04:00", unread=("IV级应急响应提升为III级",),
    ),
    Case(
        "response ended, number as a word",
        "突泉县防汛抗旱指挥部办公室7月13日9时终止防汛四级应急响应。",
        kind="flood", response="IV", issuers=("突泉县防汛抗旱指挥部办公室",), issued="2026-07-13 09:00", unread=("四级应急响应",),
    ),
    Case(
        "flood of a river: stations and rivers are no areas",
        "突泉县水文中心2026年7月12日9时发布洪水黄色预警：受强降雨影响，突泉河永安站水位上涨，宝石水库水位超汛限，预计突泉镇、东杜尔基镇沿河将超警。",
        action="issue", kind="flood", level="yellow", issuers=("突泉县水文中心",), issued="2026-07-12 09:00",
        areas=("突泉镇", "东杜尔基镇@沿河"), unread=("突泉河", "永安站", "宝石水库"),
    ),
    Case(
        "stations in a list",
        "突泉县气象台2026年7月12日9时发布暴雨黄色预警信号：降水较大的有宝石镇水文站、永安站、六户站，预计太平乡将有暴雨。",
        action="issue", kind="rainstorm", level="yellow", issuers=STATION, issued="2026-07-12 09:00",
        areas=("太平乡",), unread=("宝石镇水文站", "永安站", "六户站"),
    ),
    Case(
        "criteria and guide after the text name nobody",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时宝石镇将出现大暴雨。（预警信息来源：国家预警信息发布中心）\n"
        "图例 标准 防御指南\n3小时内降雨量将达100毫米以上，或者已达100毫米以上且降雨可能持续。1.永安镇、水泉镇等政府按照职责做好应急和抢险；"
        "2.全县停止集会、停课、停业；3.各乡镇做好山洪、滑坡、泥石流的防御。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50", areas=("宝石镇",),
    ),
    Case(
        "doubled",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时宝石镇将出现大暴雨。"
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时宝石镇将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50", areas=("宝石镇",),
    ),
    Case(
        "a title above its text is the same warning",
        "突泉县气象台发布暴雨红色预警信号\n突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时宝石镇将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50", areas=("宝石镇",),
    ),
    Case(
        "two different warnings in one paste",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时宝石镇将出现大暴雨。\n"
        "突泉县气象台2026年7月12日02时20分发布雷暴大风黄色预警信号：预计未来6小时六户镇有8级以上阵风。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50", areas=("宝石镇",),
        further=("issue gale yellow 2026-07-12 02:20 六户镇",),
    ),
    Case(
        "two signals in one sentence",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号和大风蓝色预警信号：预计宝石镇将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50", areas=("宝石镇",),
        further=("issue gale blue 2026-07-12 01:50 宝石镇",),
    ),
    Case(
        "two signals in one sentence, the second with its own verb, a village asked in both",
        "突泉县气象台7月12日5时继续发布暴雨橙色预警信号、发布雷电黄色预警信号：六户镇、永安镇仍有强降水，请注意防范。",
        action="continue", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-12 05:00",
        areas=("六户镇", "永安镇"), further=("issue other yellow 2026-07-12 05:00 六户镇 永安镇",),
    ),
    Case(
        "two signals in one sentence, each with places of its own",
        "突泉县气象台7月12日5时发布宝石镇暴雨红色预警信号和六户镇大风蓝色预警信号，请注意防范。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 05:00",
        areas=("宝石镇", "六户镇"), unread=("大风蓝色预警信号",),
    ),
    Case(
        "full-width digits and letters",
        "突泉县气象台２０２６年７月１２日０１时５０分发布暴雨红色预警信号：过去３小时宝石镇降水达１００㎜，预计未来３小时永安镇仍有强降水。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇~", "永安镇"),
    ),
    Case(
        "lines broken by the phone",
        "突泉县气\n象台2026年7\n月12日01时5\n0分发布暴雨红\n色预警信号：预\n计未来3小时宝\n石镇、永\n安镇将出现大\n暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇", "永安镇"),
    ),
    Case(
        "blanks between all characters of the heading",
        "突 泉 县 气 象 台 2 0 2 6 年 7 月 1 2 日 0 1 时 5 0 分 发 布 暴 雨 红 色 预 警 信 号 : 宝 石 镇 将 出 现 大 暴 雨",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50", areas=("宝石镇",),
    ),
    Case(
        "cut at the front",
        "分发布暴雨红色预警信号：过去3小时宝石镇已出现100毫米以上降水，预计未来3小时永安镇仍有50毫米以上降水。",
        action="issue", kind="rainstorm", level="red", areas=("宝石镇~", "永安镇"),
    ),
    Case(
        "cut within the list",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时宝石镇、永安镇、水泉",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇", "永安镇"), asked=("水泉",),
    ),
    Case(
        "only the middle of a text",
        "宝石镇、永安镇已出现100毫米以上降水，预计未来3小时仍有强降水",
        areas=("宝石镇", "永安镇"),
    ),
    Case(
        "slip: 暴雨橙预警",
        "突泉县气象台2026年7月12日00时15分发布暴雨橙预警信号：宝石镇将有强降水。",
        action="issue", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-12 00:15", areas=("宝石镇",),
    ),
    Case(
        "slip: 继发布, and the county left out of the issuer",
        "突泉气象台7月12日00时15分继发布暴雨黄色预警信号：太平乡、九龙乡仍有降水。",
        action="continue", kind="rainstorm", level="yellow", issuers=("突泉气象台",), issued="2026-07-12 00:15",
        areas=("太平乡", "九龙乡"),
    ),
    Case(
        "slip: the year's number is lost",
        "突泉县气象台年07月11日15时47分发布暴雨橙色预警信号：宝石镇将有强降水。",
        action="issue", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-11 15:47", areas=("宝石镇",),
    ),
    Case(
        "day and hour only",
        "突泉县气象台26日08时30分发布暴雨蓝色预警信号：学田乡有强降水。",
        action="issue", kind="rainstorm", level="blue", issuers=STATION, issued="2026-06-26 08:30", areas=("学田乡",),
    ),
    Case(
        "an hour without a day is no time",
        "突泉县气象台8时30分发布暴雨蓝色预警信号：学田乡有强降水。",
        action="issue", kind="rainstorm", level="blue", issuers=STATION, areas=("学田乡",), unread=("8时30分",),
    ),
    Case(
        "a time that does not exist",
        "突泉县气象台2026年7月32日08时30分发布暴雨蓝色预警信号：学田乡有强降水。",
        action="issue", kind="rainstorm", level="blue", issuers=STATION, areas=("学田乡",),
        unread=("2026年7月32日08时30分",),
    ),
    Case(
        "the year turns between warning and paste",
        "突泉县气象台12月31日22时10分发布暴雪橙色预警信号：预计未来6小时六户镇、东杜尔基镇降雪量将达10毫米以上。",
        action="issue", kind="snowstorm", level="orange", issuers=STATION, issued="2026-12-31 22:10",
        areas=("六户镇", "东杜尔基镇"), pasted_on=date(2027, 1, 1),
    ),
    Case(
        "no level word",
        "突泉县气象台2026年11月15日8时发布寒潮预警：预计48小时内全县最低气温下降10℃以上。",
        action="issue", kind="cold_wave", issuers=STATION, issued="2026-11-15 08:00", areas=("突泉县",),
        pasted_on=date(2026, 11, 15),
    ),
    Case(
        "names that are not of this county",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时宝石镇、红岭镇、永安镇将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇", "永安镇"), unread=("红岭镇",),
    ),
    Case(
        "unknown stems in a list with one suffix",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时红岭、宝石、白狼、永安等乡镇将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇", "永安镇"), unread=("红岭", "白狼"),
    ),
    Case(
        "a longer name that ends like ours",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时东永安镇将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50", asked=("东永安镇",),
    ),
    Case(
        "the stem of a township in another one: asked",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时宝石、太平等地将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇",), asked=("太平",),
    ),
    Case(
        "villages and residents' committees of one stem",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：突泉镇团结社区、利民社区，水泉镇团结村、学田乡利民嘎查将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("突泉镇团结居委会", "突泉镇利民居委会", "水泉镇团结村委会", "学田乡利民村委会"),
    ),
    Case(
        "village stems after their township",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：宝石镇宝林、宝龙、宝山等村将出现大暴雨，永安镇永安村已进水。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇宝林村委会", "宝石镇宝龙村委会", "宝石镇宝山村委会", "永安镇永安村委会"),
    ),
    Case(
        "a village that another township has",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：宝石镇合发村将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50", asked=("宝石镇合发村",),
    ),
    Case(
        "townships as sumu and villages as gacha",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：太平苏木、宝石镇查干楚鲁嘎查将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("太平乡", "宝石镇查干楚鲁村委会"),
    ),
    Case(
        "farm and forest farm by their short names",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：杜尔基农场、老头山林场将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("内蒙古自治区国营杜尔基农场", "宝石镇老头山林场生活区"),
    ),
    Case(
        "number of names does not fit",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：宝石、永安、水泉等5个乡镇将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇", "永安镇", "水泉镇"), unread=("宝石、永安、水泉等5个乡镇",),
    ),
    Case(
        "ordinary words that are villages, too",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：请团结一致，确保群众平安，先锋队伍联合值守，保安、建设、和平等工作不松懈。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
    ),
    Case(
        "an alias of an abolished township and one of a county",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：溪柳乡、宝石镇将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("突泉镇", "宝石镇"),
    ),
    Case(
        "forwarded with chat words around",
        "【转】@所有人 收到请回复！突泉县气象台2026年7月12日1:50发布暴雨红色预警信号：宝石镇将出现大暴雨。大家注意安全[抱拳]",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50", areas=("宝石镇",),
    ),
    Case(
        "machine date",
        "预警信息 发布时间：2026-07-12 01:50 突泉县气象台发布暴雨红色预警信号，影响范围：宝石镇、永安镇。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇", "永安镇"),
    ),
    Case(
        "afternoon",
        "突泉县气象台7月11日下午3时20分发布冰雹橙色预警信号：预计未来2小时六户镇有冰雹。",
        action="issue", kind="hail", level="orange", issuers=STATION, issued="2026-07-11 15:20", areas=("六户镇",),
    ),
    Case(
        "earthquake without a warning level",
        "突泉县应急管理局7月12日3时15分发布地震信息：宝石镇发生3.2级地震，请各乡镇立即排查。",
        action="issue", kind="earthquake", issuers=("突泉县应急管理局",), issued="2026-07-12 03:15", areas=("宝石镇",),
    ),
    Case(
        "two short names without a mark between them, a railway station",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：过去3小时我县宝石永安降水量已达100.2毫米，宝石铁路站98毫米，预计未来3小时"
        "强降雨范围将扩大，永安、水泉、太平等乡镇还有30～50毫米降雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇~", "永安镇", "水泉镇", "太平乡"), unread=("宝石铁路站",),
    ),
    Case(
        "the seats of townships, most of the county",
        "突泉县气象台2026年7月12日01时50分发布暴雨黄色预警信号：六户镇所在地、突泉镇城区有积水，预计我县境内大部分乡镇将出现暴雨。",
        action="issue", kind="rainstorm", level="yellow", issuers=STATION, issued="2026-07-12 01:50",
        areas=("六户镇@所在地", "突泉镇@城区", "突泉县@境内大部分乡镇"),
    ),
    Case(
        "the townships above are those of the villages",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：过去3小时最大降水出现在宝石镇宝范村（112.6毫米）、永安镇四家子村（101毫米），"
        "预计未来3小时上述乡镇仍有强降水。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇宝范村委会~", "永安镇四家子村委会~", "宝石镇", "永安镇"),
    ),
    Case(
        "a form with one line each",
        "突泉县自然资源局 突泉县气象局\n地质灾害气象风险预警\n（2026年第3号）\n预警等级：橙色\n发布时间：2026年7月12日17时30分\n"
        "预警区域：宝石镇、学田乡\n预警时段：7月12日20时至13日20时",
        kind="geological", level="orange", issuers=("突泉县自然资源局", "突泉县气象局"), issued="2026-07-12 17:30",
        areas=("宝石镇", "学田乡"),
    ),
    Case(
        "a township warns its own villages",
        "宝石镇人民政府2026年7月12日2时发布山洪红色预警：宝田、宝丰、宝城三个村立即转移！",
        action="issue", kind="flash_flood", level="red", issuers=("宝石镇人民政府",), issued="2026-07-12 02:00",
        areas=("宝石镇宝田村委会", "宝石镇宝丰村委会", "宝石镇宝城村委会"),
    ),
    Case(
        "prolonged",
        "突泉县气象台2026年7月12日9时将9时前发布的暴雨黄色预警延长至15时：宝石镇、永安镇仍有降水。",
        action="continue", kind="rainstorm", level="yellow", issuers=STATION, issued="2026-07-12 09:00",
        areas=("宝石镇", "永安镇"),
    ),
    Case(
        "everywhere in the county",
        "突泉县气象台2026年7月12日9时0分发布高温橙色预警信号：全县各地最高气温将升至37℃以上。",
        action="issue", kind="other", level="orange", issuers=STATION, issued="2026-07-12 09:00", areas=("突泉县@各地",),
    ),
    Case(
        "league and the county with levels of their own",
        "兴安盟水利局与兴安盟气象局7月12日18时联合发布山洪灾害气象预警：预计7月12日20时至13日20时，突泉县、科右前旗发生山洪灾害可能性较大"
        "（黄色预警），其中突泉县宝石镇、学田乡可能性大（橙色预警）。",
        action="issue", kind="flash_flood", level="orange", issuers=("兴安盟水利局", "兴安盟气象局"), issued="2026-07-12 18:00",
        areas=("突泉县!yellow", "宝石镇", "学田乡"), unread=("科右前旗",),
    ),
    Case(
        "ministries name nobody of us",
        "水利部和中国气象局7月11日18时联合发布橙色山洪灾害气象预警：预计11日20时至12日20时，内蒙古东北部、黑龙江西部部分地区发生山洪灾害可能性大。"
        "其他地区也可能因局地短历时强降水引发山洪灾害。",
        action="issue", kind="flash_flood", level="orange", issuers=("水利部", "中国气象局"), issued="2026-07-11 18:00",
        unread=("水利部和中国气象局",),
    ),
    Case(
        "a flood notice says its colour in the text",
        "突泉县防汛抗旱指挥部办公室7月12日7时发布水情预警：突泉河水位超警戒，洪水黄色预警，请突泉镇柳河村，东杜尔基镇杜祥村转移。",
        action="issue", kind="flood", level="yellow", issuers=("突泉县防汛抗旱指挥部办公室",), issued="2026-07-12 07:00",
        areas=("突泉镇柳河村委会", "东杜尔基镇杜祥村委会"), unread=("突泉河",),
    ),
    Case(
        "a call without heading",
        "紧急！宝石镇宝山村、宝林村马上转移，上游水库要泄洪了",
        areas=("宝石镇宝山村委会", "宝石镇宝林村委会"),
    ),
    Case(
        "a township of another county after its name",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时宝石镇将出现大暴雨，邻近的扎赉特旗太平乡也有强降水。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇",), unread=("太平乡",),
    ),
    Case(
        "a village that is not of this county, alone",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时洪山村将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50", unread=("洪山村",),
    ),
    Case(
        "a lower level after one township, the heading's for the other",
        "突泉县气象台2026年7月12日4时发布暴雨红色预警信号：永安镇仍维持暴雨黄色预警，宝石镇将出现大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 04:00",
        areas=("永安镇!yellow", "宝石镇"),
    ),
    Case(
        "who is asked to move is not warned by that",
        "突泉县气象台2026年7月12日16时发布暴雨黄色预警信号：预计太平乡将出现暴雨，请沿河各乡镇群众注意避让。",
        action="issue", kind="rainstorm", level="yellow", issuers=STATION, issued="2026-07-12 16:00", areas=("太平乡",),
    ),
    Case(
        "parts of the county before its townships",
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时，我县北部的宝石镇、学田乡以及东部的太平乡降雨量将达100毫米以上。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇", "学田乡", "太平乡"),
    ),
    Case(
        "a village stem that its township does not have",
        "突泉县气象台2026年7月12日01时50分发布山洪红色预警：宝石镇双山、东沟、宝乐等村群众立即转移。",
        action="issue", kind="flash_flood", level="red", issuers=STATION, issued="2026-07-12 01:50",
        areas=("宝石镇东沟村委会", "宝石镇宝乐村委会"), asked=("宝石镇双山",),
    ),
    Case(
        "the county's town is not the county, and who issues is no area",
        "突泉县2026年07月12日10时00分发布雷暴大风黄色预警：宝石镇将有大风，突泉县城内涝风险高。",
        action="issue", kind="gale", level="yellow", issued="2026-07-12 10:00", areas=("宝石镇",), asked=("县城",),
    ),
    Case(
        "lifted at a time",
        "预警解除通知：暴雨红色预警于7月12日5时30分解除。",
        action="lift", kind="rainstorm", level="red", issued="2026-07-12 05:30",
    ),
    Case(
        "a township that is not loaded and is called like a village",
        "突泉县气象台2026年7月12日01时50分发布暴雨橙色预警信号：预计未来3小时学田乡、宝乐乡仍有50毫米以上降水。",
        action="issue", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-12 01:50",
        areas=("学田乡",), unread=("宝乐乡",),
    ),
    Case(
        "the county's town is asked about",
        "突泉县气象台2026年7月12日01时50分发布暴雨橙色预警信号：预计未来3小时县城及周边有50毫米以上降水，请注意防范。",
        action="issue", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-12 01:50", asked=("县城",),
    ),
    Case(
        "the rest is only told to beware",
        "突泉县水利局7月12日19时20分发布山洪灾害气象风险橙色预警：预计宝石镇发生山洪灾害的可能性大，其余乡镇请注意。",
        action="issue", kind="flash_flood", level="orange", issuers=("突泉县水利局",), issued="2026-07-12 19:20",
        areas=("宝石镇",), asked=("其余乡镇",),
    ),
    Case(
        "today is no date",
        "突泉县气象台今日14时发布大风黄色预警信号：预计宝石镇有8级大风。",
        action="issue", kind="gale", level="yellow", issuers=STATION, areas=("宝石镇",), unread=("今日14时",),
    ),
    Case("no warning at all", "明天上午九点在宝石镇开会，请各村支书参加，自带笔记本。"),
    Case("nothing", " \n\t "),
]  # fmt: skip
