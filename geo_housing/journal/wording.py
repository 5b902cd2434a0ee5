"""How the journal's codes are said to people: actions, subjects, sources, fields and counts. Pure.

An action, field or count that is not listed is shown as its code, never left out. A test looks through the code for
actions without a label.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from geo_housing.clock import BEIJING
from geo_housing.journal.count_words import COUNTS, NAMING, NOT_TOLD, VALUES, count_label
from geo_housing.journal.field_words import FIELDS
from geo_housing.words import WordList

NOTHING = "—"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[0-9:.]*[+-]\d\d:\d\d$")
# By room; the order is that of the filter on the page.
ACTIONS: dict[str, str] = {
    "accounts.sign_in": "登录",
    "accounts.sign_in_failed": "登录失败",
    "accounts.sign_in_refused": "登录被拒绝",
    "accounts.use_first_link": "用一次性链接设置密码",
    "accounts.sign_out": "退出",
    "accounts.sign_out_everywhere": "退出全部登录",
    "accounts.sign_out_user": "强制退出用户的全部登录",
    "accounts.end_session": "退出一台设备",
    "accounts.switch_grant": "切换授权",
    "accounts.change_password": "修改密码",
    "accounts.add_user": "新增用户",
    "accounts.grant": "增加授权",
    "accounts.end_grant": "终止授权",
    "accounts.disable_user": "停用用户",
    "accounts.enable_user": "恢复用户",
    "accounts.unlock_user": "解除登录锁定",
    "accounts.issue_first_link": "发放一次性链接",
    "accounts.add_token": "新建 API 令牌",
    "accounts.revoke_token": "撤销 API 令牌",
    "departments.add": "登记部门",
    "departments.change": "修改部门",
    "departments.end": "停用部门",
    "orders.give": "下达委托",
    "orders.end": "收回委托",
    "orders.withdraw": "收回委托中的部分房屋",
    "orders.days": "更改委托期限",
    "duty.hand_over": "交班",
    "duty.take_over": "接班",
    "duty.extend": "调整班次时间",
    "duty.end": "提前结束班次",
    "areas.load": "装入区划",
    "areas.add_alias": "增加区划别名",
    "areas.remove_alias": "删除区划别名",
    "areas.end": "撤销区划",
    "areas.reopen": "恢复区划",
    "houses.load": "导入房屋台账",
    "houses.form": "按原表格式导出台账",
    "houses.import_check": "试读台账",
    "houses.undo": "撤销台账导入",
    "houses.replace": "按新界线重新归村",
    "houses.edit": "修改房屋信息",
    "houses.end": "终止房屋登记",
    "houses.resume": "恢复房屋登记",
    "houses.locate": "修正房屋位置",
    "houses.unlocate": "原点位有误，转为待定位",
    "houses.confirm_location": "确认房屋点位正确",
    "houses.propose_location": "提请把房屋移到别的乡镇",
    "houses.taken_back": "房屋被填报地收回",
    "houses.settle_difference": "处理台账差异",
    "households.edit": "修改农户信息",
    "households.add": "登记农户",
    "households.leave": "登记农户搬离",
    "households.take_over": "接收重复登记房屋的农户",
    "households.reveal": "查看完整个人信息",
    "households.find": "按身份证号查找",
    "hazards.zones": "更新影响范围",
    "hazards.level": "变更预警级别",
    "hazards.rename": "事件改名",
    "hazards.warning": "登记预警",
    "maps.lines": "装入河流、道路",
    "maps.lines_cleared": "撤下河流、道路",
    "hazards.standing": "划定灾害易发地",
    "hazards.standing_end": "撤销灾害易发地",
    "hazards.standing_facts": "登记灾害易发地的措施和责任人",
    "hazards.standing_reveal": "查看灾害易发地责任人电话",
    "response.respond": "下达转移避险和灾后应急排查任务",
    "response.take_over": "上级接管事件",
    "response.grow": "影响范围或预警改变后更新任务",
    "response.extra": "表外新增的房屋列入排查",
    "response.phase": "变更事件阶段",
    "response.ground": "变更乡镇阶段",
    "houses.outside": "表外新增的农房登记入台账",
    "calls.start": "叫应：呼叫",
    "calls.answer": "叫应：记已应",
    "calls.hand_on": "叫应：记未应，转叫下一人",
    "calls.reply": "叫应：记回报",
    "calls.undo": "叫应：撤销上一步",
    "evacuation.enter": "登记转移避险",
    "evacuation.enter_many": "整村登记转移避险",
    "evacuation.take_over": "按另一事件的登记接转",
    "evacuation.join_houses": "重复登记合并，转移名单并到保留的房屋",
    "inspections.join_houses": "重复登记合并，排查并到保留的房屋",
    "evacuation.part_houses": "恢复误并的房屋，转移名单分回原房屋",
    "inspections.part_houses": "恢复误并的房屋，排查任务恢复",
    "evacuation.again": "再次预警，已返回的改回待转移",
    "evacuation.unsafe": "房屋不能居住，已返回的改回待转移",
    "evacuation.undo": "撤销转移避险登记",
    "evacuation.extra": "表外新增转移户",
    "evacuation.reported": "名单上的户又报险情",
    "evacuation.named": "按电话报数补录转移户",
    "evacuation.figure": "登记电话报数",
    "evacuation.settle_figure": "销去电话报数",
    "evacuation.returned": "录入回传的转移名单",
    "inspections.enter": "录入排查结果",
    "inspections.correct": "更正排查结果",
    "inspections.photo": "上传排查照片",
    "inspections.photo_back": "收回归错户的照片",
    "inspections.loose_photo": "收到待归户照片",
    "inspections.loose_assign": "照片归户",
    "inspections.loose_aside": "照片不归户",
    "inspections.loose_restore": "照片放回待归户",
    "inspections.returned": "录入回传的名单",
    "links.make": "发放村级链接",
    "links.open": "打开村级链接",
    "links.use": "使用村级链接",
    "links.reveal": "经村级链接查看联系电话",
    "links.withdraw": "收回村级链接",
    "links.refused": "村级链接多次打不开",
    "conclusions.sign": "签署应急评估结论",
    "conclusions.part_houses": "误作重复登记的房屋恢复，带来的评估结论不再适用",
    "conclusions.join_houses": "重复登记合并，评估结论和现居住地并到保留的房屋",
    "conclusions.care": "登记现居住地和临时措施",
    "roster.add": "登记通讯录",
    "roster.edit": "修改通讯录",
    "roster.end": "登记离任、停用",
    "roster.load": "导入通讯录",
    "roster.undo": "撤销通讯录导入",
    "roster.load_check": "试读通讯录表格",
    "roster.export": "导出通讯录",
    "roster.reveal": "查看通讯录完整电话",
    "files.delete_expired": "删除到期的上传原件",
    "export.made": "导出数据",
    "export.village_list": "导出分村名单",
    "export.picture": "导出地图图片",
    "export.calls": "导出叫应记录",
    "export.preseason": "打印避险明白卡",
    "reports.make": "出报告",
    "reports.send": "报告定稿",
    "reports.drop": "作废报告草稿",
    "export.report": "导出报告",
    "export.losses": "导出倒塌损坏住房户台账",
    "export.stopped": "导出中断",
    "policy.record_value": "记录设置的新值",
    "policy.load_workdays": "装入工作日表",
    "journal.export": "导出日志",
    "demo.load": "装入示例数据",
    "demo.clear": "清除示例数据",
    "db.backup": "备份",
    "db.restore": "恢复备份",
    "keys.rotate": "更换加密密钥",
}
SUBJECTS: dict[str, str] = {
    "house": "房屋",
    "household": "农户",
    "event": "灾害事件",
    "zone": "影响范围",
    "inspection": "应急排查",
    "evacuation": "转移避险",
    "call": "叫应",
    "link": "村级链接",
    "import": "台账导入",
    "contact": "责任人",
    "shelter": "安置点",
    "technician": "专业技术人员",
    "roster": "通讯录",
    "roster_load": "通讯录导入",
    "user": "用户",
    "shift": "班次",
    "department": "部门",
    "order": "委托",
    "setting": "设置",
    "workdays": "工作日表",
    "layer": "图层",
    "line": "河流、道路",
    "level": "区划",
    "areas": "区划界线",
    "area": "区划",
    "journal": "日志",
    "file": "文件",
    "demo": "示例数据",
    "backup": "备份",
    "keys": "密钥",
}
SOURCES: dict[str, str] = {
    "page": "网页",
    "link": "村级链接",
    "api": "接口",
    "cli": "命令行",
    "job": "后台任务",
    "system": "系统",
}
_ORDER = {field: place for place, field in enumerate(FIELDS)}


def action_label(action: str) -> str:
    """What was done, in words."""
    return ACTIONS.get(action, action)


def subject_label(kind: str | None) -> str:
    """What kind of thing it was done to."""
    return "—" if kind is None else SUBJECTS.get(kind, kind)


def source_label(source: str) -> str:
    """Through which door it came."""
    return SOURCES.get(source, source)


def changes(diff: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Rows (field, before, after) of a diff, with labels instead of codes, in the order of our fields (jsonb has none)."""
    found = []
    for field, pair in sorted((diff or {}).items(), key=lambda item: (_ORDER.get(item[0], len(_ORDER)), item[0])):
        label, known = FIELDS.get(field, (field, None))
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        told = (label, _said(before, known), _said(after, known))
        if told[1:] != (NOTHING, NOTHING):
            found.append(told)
    return found


def field_label(field: str) -> str:
    """What a field of a change is called."""
    return FIELDS.get(field, (field, None))[0]


def field_value(field: str, value: Any) -> str:
    """One side of a change in words."""
    return _said(value, FIELDS.get(field, (field, None))[1])


def counts_told(counts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The counts without what is kept for a later comparison: made of what stands on a list, it is nobody's to read."""
    return None if counts is None else {name: value for name, value in counts.items() if name not in NOT_TOLD}


def figures(counts: Mapping[str, Any] | None, action: str = "") -> list[tuple[str, str]]:
    """Rows (what, how many) of the counts of a set operation, in the units of its action."""
    given = {name: value for name, value in (counts_told(counts) or {}).items() if value != {}}
    order = {name: place for place, name in enumerate(COUNTS)}
    names = sorted(given, key=lambda name: (order.get(name, len(order)), name))
    return [(count_label(name, action), _counted(_in_words(name, given[name]))) for name in names]


def _in_words(name: str, value: Any) -> Any:
    """A count that is no number but a code: which field, what was decided, which list."""
    if name == "field":
        return field_label(str(value))
    if name in NAMING and isinstance(value, int):
        return str(value)
    return VALUES.get(name, {}).get(str(value), value)


def _counted(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else _said(value, None)


def actions_like(typed: str) -> list[str]:
    """Codes of the actions that a filter means: one code, or a whole room as ``accounts.``."""
    return [action for action in ACTIONS if action == typed or (typed.endswith(".") and action.startswith(typed))]


def _said(value: Any, known: WordList | None) -> str:
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str) and _MOMENT.match(value):
        return datetime.fromisoformat(value).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list):
        return "、".join(_said(part, known) for part in value)
    if isinstance(value, Mapping):
        return "；".join(f"{name} {_said(part, None)}" for name, part in value.items())
    return known.label(str(value)) if known else str(value)
