"""Texts of the league, changes that are written as a lift and an issue, several warnings in one text; marks as in texts.py.

The county is proposed where the whole league is warned, asked about where only a part of it is; what stays in force is
never read as lifted.
"""

from datetime import date

from tests.hazards.bulletin.texts import STATION, Case

AT = "突泉县气象台2026年7月13日05时30分"
LEAGUE = ("兴安盟气象台",)
_SAID = "兴安盟气象台2026年7月12日22时50分"
_L = {"issuers": LEAGUE, "issued": "2026-07-12 22:50"}
_DOWN = {"action": "downgrade", "kind": "rainstorm", "issuers": STATION, "issued": "2026-07-13 05:30", "former": "red"}
_RED = {"action": "issue", "kind": "rainstorm", "level": "red", "issuers": STATION, "issued": "2026-07-13 05:30"}
_LIFT = {"action": "lift", "kind": "rainstorm", "level": "red", "issuers": STATION, "issued": "2026-07-13 05:30"}

_LEAGUE = [
    Case(
        "most of the league",
        f"{_SAID}发布暴雨红色预警信号：预计未来3小时，全盟大部降水将达100毫米以上。",
        action="issue", kind="rainstorm", level="red", areas=("突泉县@全盟大部",), **_L,
    ),
    Case(
        "most of our league",
        f"{_SAID}发布暴雨橙色预警信号：预计夜间到13日白天，我盟大部地区有暴雨，局地大暴雨，请做好防范。",
        action="issue", kind="rainstorm", level="orange", areas=("突泉县@我盟大部地区",), **_L,
    ),
    Case(
        "the middle and north of the league is asked about",
        f"{_SAID}发布暴雨黄色预警信号：预计今天夜间我盟中北部有大到暴雨。",
        action="issue", kind="rainstorm", level="yellow", asked=("我盟中北部",), **_L,
    ),
    Case(
        "the south of the league is asked about",
        f"{_SAID}发布暴雨黄色预警信号：预计今天夜间我盟南部地区有大到暴雨，局地伴有短时强降水。",
        action="issue", kind="rainstorm", level="yellow", asked=("我盟南部地区",), **_L,
    ),
    Case(
        "the whole league is lifted",
        f"{_SAID}解除全盟暴雨红色预警信号。",
        action="lift", kind="rainstorm", level="red", areas=("突泉县@全盟",), **_L,
    ),
    Case(
        "a title, what has been and what will be",
        f"【兴安盟暴雨橙色预警】{_SAID}继续发布暴雨橙色预警：目前全盟各旗县市均出现降水，预计未来6小时全盟自西向东仍有50毫米以上降水。",
        action="continue", kind="rainstorm", level="orange", areas=("突泉县@全盟",), **_L,
    ),
    Case(
        "a response of the whole league, and who is spoken to",
        "兴安盟防汛抗旱指挥部决定于7月13日2时启动全盟防汛Ⅱ级应急响应，各旗县市要切实做好人员转移。",
        action="response", kind="flood", response="II", issuers=("兴安盟防汛抗旱指挥部",), effective="2026-07-13 02:00", areas=("突泉县@全盟",),
        unread=("II级应急响应",),
    ),
    Case(
        "all but one that is not ours",
        f"{_SAID}发布雷暴大风黄色预警：预计12日夜间，除阿尔山市外全盟大部有8级以上雷暴大风。",
        action="issue", kind="gale", level="yellow", areas=("突泉县@全盟大部",), **_L,
    ),
    Case(
        "all but ours",
        f"{_SAID}发布雷暴大风黄色预警：预计12日夜间，除突泉县外全盟大部有8级以上雷暴大风。",
        action="issue", kind="gale", level="yellow", unread=("突泉县",), **_L,
    ),
    Case(
        "another league's whole is none of ours",
        "锡林郭勒盟气象台2026年7月12日22时50分发布暴雨红色预警信号：预计未来3小时，全盟大部降水将达100毫米以上。",
        action="issue", kind="rainstorm", level="red", issuers=("锡林郭勒盟气象台",), issued="2026-07-12 22:50", unread=("锡林郭勒盟气象台",),
    ),
    Case(
        "the region names our league among others",
        "内蒙古自治区气象台2026年7月12日22时50分发布暴雨红色预警：预计12日20时至13日20时，兴安盟、通辽市北部、赤峰市北部有暴雨到大暴雨。",
        action="issue", kind="rainstorm", level="red", issuers=("内蒙古自治区气象台",), issued="2026-07-12 22:50", areas=("突泉县@兴安盟",),
    ),
    Case(
        "the league names a township without its county",
        f"{_SAID}发布暴雨红色预警信号：预计未来3小时宝石镇、学田乡有大暴雨。",
        action="issue", kind="rainstorm", level="red", asked=("宝石镇", "学田乡"), **_L,
    ),
    Case(
        "the league is lowered as a whole",
        f"{_SAID}将全盟暴雨红色预警降级为暴雨黄色预警。",
        action="downgrade", kind="rainstorm", level="yellow", former="red", areas=("突泉县@全盟",), **_L,
    ),
    Case(
        "the county quotes the league and says what is to be done",
        "根据兴安盟气象台7月12日16时发布的暴雨橙色预警，结合我县实际，突泉县防指要求宝石镇、学田乡于20时前完成危险区人员转移。",
        action="issue", kind="rainstorm", level="orange", replaced="2026-07-12 16:00", areas=("宝石镇", "学田乡"),
    ),
]  # fmt: skip

_TURNS = [
    Case(
        "lifted, and goes on one level lower",
        f"{AT}解除暴雨红色预警信号，继续发布暴雨黄色预警信号：预计未来6小时永安镇、水泉镇仍有降水。",
        level="yellow", areas=("永安镇", "水泉镇"), **_DOWN,
    ),
    Case(
        "lifted, and another level is issued",
        f"{AT}解除暴雨红色预警信号，同时发布暴雨蓝色预警信号，预计未来12小时宝石镇、学田乡累计雨量可达50毫米。",
        level="blue", areas=("宝石镇", "学田乡"), **_DOWN,
    ),
    Case(
        "lifted, in another sentence it goes on",
        f"{AT}解除暴雨红色预警信号。继续发布暴雨黄色预警信号：预计未来6小时永安镇仍有降水。",
        level="yellow", areas=("永安镇",), **_DOWN,
    ),
    Case(
        "issued, the higher one is lifted",
        f"{AT}发布暴雨黄色预警信号，同时解除暴雨红色预警信号：预计未来6小时永安镇、水泉镇仍有降水。",
        level="yellow", areas=("永安镇", "水泉镇"), **_DOWN,
    ),
    Case(
        "lifted with its time, another one issued",
        f"{AT}解除7月12日22时发布的暴雨红色预警信号，并发布暴雨黄色预警信号：宝石镇、永安镇今天上午仍有中到大雨。",
        level="yellow", replaced="2026-07-12 22:00", areas=("宝石镇", "永安镇"), **_DOWN,
    ),
    Case(
        "lifted for some, another level for the same",
        f"{AT}解除宝石镇、六户镇暴雨红色预警信号，改发暴雨橙色预警信号。",
        level="orange", areas=("宝石镇", "六户镇"), **_DOWN,
    ),
    Case(
        "taken back and turned",
        f"{AT}取消暴雨红色预警，转为暴雨蓝色预警，影响宝石镇、水泉镇。",
        level="blue", areas=("宝石镇", "水泉镇"), **_DOWN,
    ),
    Case(
        "lowered, the level without its kind",
        f"{AT}将暴雨红色预警降级为黄色：预计宝石镇仍有短时强降水。",
        level="yellow", areas=("宝石镇",), **_DOWN,
    ),
    Case(
        "lifted for one, lowered for others",
        f"{AT}解除六户镇暴雨红色预警信号，同时宝石镇、永安镇由暴雨红色降为暴雨橙色预警信号。",
        areas=("六户镇",), unread=("宝石镇", "永安镇"), further=("downgrade rainstorm orange 2026-07-13 05:30 宝石镇 永安镇",), **_LIFT,
    ),
    Case(
        "lifted, another kind is kept with its places",
        f"{AT}解除暴雨红色预警信号，维持山洪灾害橙色预警，宝石镇、永安镇群众暂不返回。",
        unread=("宝石镇", "永安镇"), further=("continue flash_flood orange 2026-07-13 05:30 宝石镇 永安镇",), **_LIFT,
    ),
]  # fmt: skip

_SECOND = [
    Case(
        "a second warning in the next sentence has its own places",
        f"{AT}发布暴雨红色预警信号：预计未来3小时宝石镇、永安镇降水达100毫米以上。同时发布山洪灾害橙色预警，宝石镇、学田乡山洪风险高。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 05:30", areas=("宝石镇", "永安镇"),
        further=("issue flash_flood orange 2026-07-13 05:30 宝石镇 学田乡",),
    ),
    Case(
        "a second warning without places is for the same",
        f"{AT}发布暴雨红色预警信号：预计未来3小时宝石镇、永安镇降水达100毫米以上；并发布雷暴大风黄色预警信号，请注意防范。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 05:30", areas=("宝石镇", "永安镇"),
        further=("issue gale yellow 2026-07-13 05:30 宝石镇 永安镇",),
    ),
    Case(
        "another office issues a second one",
        f"{AT}发布暴雨红色预警：宝石镇、水泉镇未来3小时降水超100毫米。突泉县水利局同时发布山洪灾害气象红色预警：水泉镇山洪沟可能暴发山洪，请立即转移。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 05:30", areas=("宝石镇", "水泉镇"),
        further=("issue flash_flood red None 水泉镇",),
    ),
    Case(
        "two more in force in the next sentence",
        "突泉县7月13日1时发布暴雨红色预警，宝石镇、永安镇请立即转移。山洪灾害红色预警、地质灾害橙色预警同步生效，涉及宝石镇、太平乡。",
        action="issue", kind="rainstorm", level="red", issued="2026-07-13 01:00", areas=("宝石镇", "永安镇"),
        further=("issue flash_flood red 2026-07-13 01:00 宝石镇 太平乡", "issue geological orange 2026-07-13 01:00 宝石镇 太平乡"),
    ),
    Case(
        "its reach grows",
        f"{AT}将暴雨橙色预警范围扩大至宝石镇、永安镇、太平乡。",
        action="change", kind="rainstorm", level="orange", issuers=STATION, issued="2026-07-13 05:30", areas=("宝石镇", "永安镇", "太平乡"),
    ),
]  # fmt: skip

_FACES = [
    Case(
        "a notice to two townships",
        "关于双城水库调整下泄流量的通知\n宝石镇、永安镇人民政府：\n经县防指研究决定，双城水库自7月13日4时起下泄流量由80立方米每秒加大至200立方米每秒，请做好下游群众转移避险。\n突泉县水利局\n2026年7月13日",
        action="issue", kind="dam_release", issuers=("突泉县水利局",), effective="2026-07-13 04:00", areas=("宝石镇", "永安镇"),
    ),
    Case(
        "the end of a release",
        "双城水库管理处通知：水库泄洪于7月14日8时结束，下游宝石镇、永安镇恢复正常。",
        action="lift", kind="dam_release", areas=("宝石镇", "永安镇"),
    ),
    Case(
        "the county before its townships in brackets",
        f"{AT}发布暴雨红色预警信号：影响区域：突泉县（宝石镇、学田乡、太平乡）；影响时间：13日06时至09时。",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 05:30", areas=("宝石镇", "学田乡", "太平乡"),
    ),
    Case(
        "变更 A 为 B without a time between",
        f"{AT}变更暴雨橙色预警信号为暴雨红色预警信号，影响范围新增太平乡、学田乡。",
        action="upgrade", kind="rainstorm", level="red", former="orange", issuers=STATION, issued="2026-07-13 05:30", areas=("太平乡", "学田乡"),
    ),
    Case(
        "who sends it on is no area",
        "【突泉县融媒体中心】小突提醒您：突泉县气象台7月13日05时30分升级发布暴雨红色预警☔️，宝石、永安、水泉、六户等4个乡镇出现大暴雨的可能性极大，非必要不外出！🙏",
        action="upgrade", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 05:30", areas=("宝石镇", "永安镇", "水泉镇", "六户镇"),
    ),
    Case(
        "a form whose kind stands before its level",
        "突发事件预警信息 发布单位：突泉县气象台 预警类别：暴雨 预警级别：红色 发布时间：2026-07-13 01:50:00 影响区域：宝石镇、永安镇、水泉镇 防御指南：略",
        kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 01:50", areas=("宝石镇", "永安镇", "水泉镇"),
    ),
    Case(
        "written as it is spoken",
        "突泉县气象台13日凌晨1点50发布暴雨红警！宝石镇永安镇水泉镇注意！",
        action="issue", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 01:50", areas=("宝石镇", "永安镇", "水泉镇"),
        pasted_on=date(2026, 7, 13),
    ),
    Case(
        "a natural village is told",
        "突泉县人民政府提醒：永安镇四家子村、敖牛村、靠山屯已列入山洪危险区转移范围，请立即转移。",
        areas=("永安镇四家子村委会", "永安镇敖牛村委会"), unread=("靠山屯",),
    ),
    Case(
        "neighbours call it",
        "乡亲们注意了！县里刚发的暴雨红色预警，宝石、永安、水泉这几个镇马上要下大雨，住土房的赶紧上村委会！！",
        kind="rainstorm", level="red", areas=("宝石镇", "永安镇", "水泉镇"),
    ),
]  # fmt: skip

_MISREAD = [
    Case(
        "names with one wrong character are asked about",
        f"{AT}发布暴雨红色预警：预计未来3小时，室石镇、杜尔基镇、六尸镇北部、学田乡将出现100毫米以上降水。",
        asked=("室石镇", "杜尔基镇", "六尸镇北部"), areas=("学田乡",), **_RED,
    ),
    Case(
        "a name that is only nearly ours is not asked about when ours is named, too",
        f"{AT}发布暴雨红色预警：宝石镇、室石镇将出现100毫米以上降水。",
        areas=("宝石镇",), unread=("室石镇",), **_RED,
    ),
    Case(
        "a village with one wrong character, below its township",
        f"{AT}发布暴雨红色预警：东杜尔基镇红冈村将出现100毫米以上降水。",
        areas=("东杜尔基镇",), asked=("红冈村",), **_RED,
    ),
    Case(
        "in a lift nothing is guessed",
        f"{AT}解除六户镇、室石镇暴雨红色预警信号。", areas=("六户镇",), unread=("室石镇",), **_LIFT,
    ),
    Case(
        "a day after the county is that of the rain",
        f"{AT}发布暴雨红色预警：预计突泉县13日夜间有大暴雨，请注意防范。", areas=("突泉县",), **_RED,
    ),
    Case(
        "an hour after the county is that of who speaks",
        "突泉县01时10分升级发布暴雨红色预警，宝石镇、六户镇3小时内100毫米降水。",
        action="upgrade", kind="rainstorm", level="red", areas=("宝石镇", "六户镇"), unread=("01时10分",),
    ),
    Case(
        "of the league, each with its level",
        "兴安盟水利局、兴安盟气象局7月12日22时50分联合发布红色山洪灾害气象预警：突泉县宝石镇（红色）、学田乡（橙色）、九龙乡（黄色）可能发生山洪灾害。",
        action="issue", kind="flash_flood", level="red", issuers=("兴安盟水利局", "兴安盟气象局"), issued="2026-07-12 22:50",
        areas=("宝石镇", "学田乡!orange", "九龙乡!yellow"),
    ),
    Case(
        "an arrow between two colours",
        "突泉县气象台7月13日05时30分暴雨橙色→红色预警：宝石镇、永安镇降水已达80毫米。",
        action="upgrade", kind="rainstorm", level="red", former="orange", issuers=STATION, issued="2026-07-13 05:30", areas=("宝石镇", "永安镇"),
    ),
]  # fmt: skip

_PLACES = {"areas": ("宝石镇", "永安镇")}
_VALIDITY = [
    Case(name, f"{AT}发布暴雨红色预警：宝石镇、永安镇有大暴雨，{words}", expires=expires, unread=unread, **_RED, **_PLACES)
    for name, words, expires, unread in [
        ("valid until a day and hour", "有效期至13日20时。", "2026-07-13 20:00", ()),
        ("valid for hours", "预警有效时间6小时。", "2026-07-13 11:30", ()),
        ("valid for hours in words", "有效期为未来十二个小时", "2026-07-13 17:30", ()),
        ("valid from and until", "有效期：2026年7月13日05时30分至2026年7月14日08时10分。", "2026-07-14 08:10", ()),
        ("valid until an hour before that of issue", "有效期至2时。", "2026-07-14 02:00", ()),
        ("valid until the next day", "有效期至次日8时30分。", "2026-07-14 08:30", ()),
        ("valid from a day and hour until an hour", "有效时段：13日6时至14时。", "2026-07-13 14:00", ()),
        ("valid for longer", "有效期延长至14日2时30分", "2026-07-14 02:30", ()),
        ("valid from one day until another without their month", "有效期：13日5时30分至14日5时。", "2026-07-14 05:00", ()),
        ("valid until the first of the next month", "有效期至1日2时。", "2026-08-01 02:00", ()),
        ("valid until a day that does not come", "有效期至39日2时。", None, ("有效期至39日2时",)),
        ("valid from the hour of issue until the next day", "有效期5时30分-次日8时。", "2026-07-14 08:00", ()),
        ("valid from an hour until an hour", "有效期5时至8时。", "2026-07-13 08:00", ()),
        ("valid until midnight", "有效期至当天晚上12时。", "2026-07-14 00:00", ()),
        ("valid until tonight", "有效期至今晚20时。", "2026-07-13 20:00", ()),
        ("valid until tomorrow night", "有效期至明晚8时。", "2026-07-14 20:00", ()),
        ("valid until the day after tomorrow", "有效期至后天8时。", "2026-07-15 08:00", ()),
        ("valid until the end of the day", "有效期至当日24时。", "2026-07-14 00:00", ()),
        ("valid until before dawn", "有效期至凌晨2时。", "2026-07-14 02:00", ()),
        ("valid for hours since the issue", "有效期为自发布之时起24小时。", "2026-07-14 05:30", ()),
        ("valid until something happens", "有效期至预警解除为止。", None, ("有效期至预警解除为止",)),
        ("the end of a reply", "请报送人员转移情况，截止时间：13日20时。", None, ()),
        ("ends before it was issued", "有效期至13日01时。", None, ("有效期至13日01时",)),
        ("only mentions that it is valid", "请在有效期内注意防范。", None, ()),
        ("rain of the next hours is no validity", "预计未来3小时仍有强降水。", None, ()),
    ]
]  # fmt: skip
_VALIDITY += [
    Case(
        "valid for hours of an unknown moment", "【预警】宝石镇山洪红色预警，有效时间6小时。",
        kind="flash_flood", level="red", areas=("宝石镇",), unread=("有效时间6小时",),
    ),
    Case(
        "a form with its validity",
        "突发事件预警信息 发布单位：突泉县气象台 预警类别：暴雨 预警级别：红色 发布时间：2026-07-13 23:50:00 有效期：2026-07-13 23:50 至 05:50 影响区域：宝石镇",
        kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 23:50", expires="2026-07-14 05:50", areas=("宝石镇",),
    ),
]  # fmt: skip

_BY_OTHERS = [
    Case(
        name, f"{sender}2026年7月13日05时30分发布暴雨红色预警：请宝石镇、学田乡群众立即转移。",
        action="issue", kind="rainstorm", level="red", issued="2026-07-13 05:30", areas=("宝石镇", "学田乡"),
    )
    for name, sender in (
        ("an office for floods that is not known", "突泉县防汛值班室"), ("a duty room", "突泉县政府总值班室"),
        ("a misread station", "突泉县气向台"), ("a centre", "突泉县气象服务中心"),
    )
] + [
    Case(
        "passed on by a news centre",
        f"突泉县融媒体中心消息：{AT}发布暴雨红色预警信号，宝石镇、学田乡。", areas=("宝石镇", "学田乡"), **_RED,
    ),
    Case(
        "read out over the loudspeakers", "突泉县应急广播：暴雨红色预警，宝石镇请立即转移。",
        kind="rainstorm", level="red", areas=("宝石镇",),
    ),
    Case(
        "the county itself before words that are no office", f"{AT}发布暴雨红色预警信号：突泉县大部将有100毫米以上降水，突泉县台地、沿河一带注意。",
        areas=("突泉县@大部",), **_RED,
    ),
    Case("a place that is not affected yet", f"{AT}发布暴雨红色预警信号：影响六户镇，暂未影响宝石镇。", areas=("六户镇",), unread=("宝石镇",), **_RED),
]  # fmt: skip
IN_CHAT = [
    Case(f"{said} in the chat around it", text, areas=("宝石镇", "永安镇"), unread=unread, **_RED)
    for said, unread, text in (
        (one, told, one.format(f"{AT}发布暴雨红色预警信号，预计宝石镇、永安镇降雨超100毫米，请注意防范。"))
        for one, *told in (
            ("{}\n六户镇收到", "六户镇收到"),
            ("{}\n收到，六户镇没有险情", "收到,六户镇没有险情"),
            ("{}\n学田乡 李刚：收到", "学田乡李刚:收到"),
            ("{}\n六户镇正在落实", "六户镇正在落实"),
            ("李镇长（六户镇） 05:32\n{}", "李镇长(六户镇)05:32"),
            ("学田乡王明 5:32\n{}\n收到请回复", "学田乡王明5:32"),
            ("六户镇值班室转发：{}", "六户镇值班室转发"),
            ("{}\n六户镇值班电话0482-5100000", "六户镇值班电话0482-5100000"),
            ("{}\n——九龙乡工作群", "——九龙乡工作群"),
            ("【九龙乡防汛群】{}", "九龙乡防汛群"),
            ("九龙乡党政办：{}", "九龙乡党政办"),
            ("来自六户镇的转发：{}", "来自六户镇的转发"),
            ("{} 转给水泉镇", "转给水泉镇"),
            ("{}\n水泉镇：已通知各村，放心", "水泉镇:已通知各村,放心"),
            ("{}\n@水泉镇 @九龙乡 接龙", "@水泉镇@九龙乡接龙"),
            ("{}收到请回复@六户镇", "@六户镇"),
            ("{}\n1.六户镇收到 2.学田乡收到", "1.六户镇收到2.学田乡收到"),
            ("{}\n抄送：六户镇、学田乡人民政府", "抄送:六户镇、学田乡人民政府"),
            ("{}\n抄送给六户镇、学田乡", "抄送给六户镇、学田乡"),
            ("{}\n转发给六户镇、学田乡参考", "转发给六户镇、学田乡参考"),
            ("{}\n县应急局张：各乡镇请回复", "县应急局张:各乡镇请回复"),
            ("{}\n@各乡镇 收到请回复", "@各乡镇收到请回复"),
            ("{}各乡镇收到请回复。", "各乡镇收到请回复"),
            ("{}\n九龙乡老张：我们九龙乡水库水位正常", "九龙乡老张:我们九龙乡水库水位正常"),
            ("{}\n太平乡值班：太平乡没有下雨", "太平乡值班:太平乡没有下雨"),
        )
    )
] + [
    Case(f"{more} asks of it", f"{AT}发布暴雨红色预警信号：宝石镇将出现100毫米以上降水。\n{more}", areas=("宝石镇", *areas), **_RED)
    for more, *areas in (
        ("请六户镇、学田乡收到后马上通知各村。", "六户镇", "学田乡"),
        ("六户镇：请立即转移沿河群众！", "六户镇"),
        ("@六户镇 请立即转移", "六户镇"),
        ("@六户镇值班 请立即转移群众", "六户镇"),
        ("六户镇也要马上转移", "六户镇"),
        ("受影响的还有六户镇，已安排人员上门。", "六户镇"),
        ("六户镇群众正在转移，请学田乡接应。", "六户镇", "学田乡"),
        ("六户镇\n学田乡", "六户镇", "学田乡"),
    )
]  # fmt: skip
_BY_OTHERS += [
    Case(
        "answered in the group it was sent to",
        f"王主任 05:31\n转发：{AT}发布暴雨红色预警信号：宝石镇将出现100毫米以上降水，收到请回复！\n李镇长 05:32\n收到，六户镇正在落实\n学田乡：好的，学田乡马上转移",
        areas=("宝石镇",), unread=("收到,六户镇正在落实", "学田乡:好的,学田乡马上转移"), **_RED,
    ),
    Case(
        "an order that is no answer", f"{AT}发布暴雨红色预警信号。\n收到预警后，请六户镇立即转移。\n收到请宝石镇回复。",
        areas=("六户镇", "宝石镇"), **_RED,
    ),
    Case("an answer that warns itself", f"收到，{AT}发布暴雨红色预警信号：宝石镇注意。", areas=("宝石镇",), **_RED),
    Case(
        "the higher one ends together with the lower one's issue",
        f"{AT}降级发布暴雨黄色预警信号，暴雨红色预警信号同时解除：宝石镇、永安镇雨势减弱。", level="yellow", areas=("宝石镇", "永安镇"), **_DOWN,
    ),
    Case(
        "signed by the flood office",
        "受降水影响，请六合村、大友村低洼处群众即刻转移。突泉县防汛办 13日5时", issuers=("突泉县防汛办",), issued="2026-07-13 05:00",
        areas=("东杜尔基镇六合村委会", "东杜尔基镇大友村委会"),
    ),
    Case(
        "an earthquake by its office and time", "突泉县地震局：2026年7月13日05时12分，突泉县宝石镇发生4.6级地震，震源深度10千米。",
        kind="earthquake", issuers=("突泉县地震局",), issued="2026-07-13 05:12", areas=("宝石镇",),
    ),
    Case(
        "written to an office", "突泉县人民政府：宝石镇将有100毫米以上降水，暴雨红色预警。", kind="rainstorm", level="red", areas=("宝石镇",),
    ),
]  # fmt: skip
# Dictated on the way: a numeral of a name comes as a digit, an hour has a half.
_DICTATED = [
    Case(
        "a township whose numeral is a digit is asked about, and its county is not meant",
        f"{AT}发布暴雨红色预警信号：突泉县6户镇、宝石镇将出现100毫米以上降水。",
        asked=("6户镇",), areas=("宝石镇",), **_RED,
    ),
    Case(
        "one of a text of the league, too",
        f"{_SAID}发布暴雨红色预警信号：预计未来3小时，突泉县9龙乡有大暴雨。",
        action="issue", kind="rainstorm", level="red", asked=("9龙乡",), **_L,
    ),
    Case(
        "not where it is written out as well, and not where the digit counts",
        f"{AT}发布暴雨红色预警信号：六户镇（6户镇）、宝石镇，已有6户镇区居民转移，共9龙乡。",
        areas=("六户镇", "宝石镇"), **_RED,
    ),
    Case(
        "a digit that is no name of ours",
        f"{AT}发布暴雨红色预警信号：宝石镇将出现100毫米以上降水，3道梁村、5个村。",
        areas=("宝石镇",), unread=("道梁村",), **_RED,
    ),
    Case(
        "raised at an hour that stands between the two levels",
        "突泉县气象台昨天23时50分发布的暴雨橙色预警今天2时升级为红色，宝石镇。",
        action="upgrade", kind="rainstorm", level="red", former="orange", issuers=("突泉县气象台",), areas=("宝石镇",), unread=("今天2时",),
    ),
    Case(
        "half past",
        "突泉县气象台2026年7月13日凌晨5点半发布暴雨红色预警信号：宝石镇。",
        areas=("宝石镇",), **_RED,
    ),
    Case(
        "a quarter to",
        "突泉县气象台13日下午3点三刻解除暴雨红色预警信号。",
        action="lift", kind="rainstorm", level="red", issuers=STATION, issued="2026-07-13 15:45",
    ),
]  # fmt: skip

FURTHER = [*_LEAGUE, *_TURNS, *_SECOND, *_FACES, *_MISREAD, *_BY_OTHERS, *IN_CHAT, *_DICTATED, *_VALIDITY]
