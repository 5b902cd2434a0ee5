"""How the counts of a set operation are called in the journal. Pure; one that is not listed is shown as its code."""

# Kept for a later comparison, see response/papers/card_sums.py: no figure for anybody.
NOT_TOLD = frozenset({"families_sum"})

COUNTS: dict[str, str] = {
    "areas": "区划（个）",
    "villages": "村（个）",
    "prepared": "待开始（栋）",
    "open": "待排查（栋）",
    "in_progress": "排查中（栋）",
    "done": "已排查（栋）",
    "file": "文件",
    "read": "读取",
    "number": "期号",
    "entered": "录入",
    "replaced": "替换",
    "partly": "部分替换",
    "restored": "恢复",
    "removed": "撤下",
    "stayed": "未撤销",
    "left": "保持原样",
    "created": "新增",
    "loaded": "新增",
    "updated": "更新",
    "unchanged": "未变",
    "rejected": "拒绝",
    "unlocated": "待定位（栋）",
    "misplaced": "待核对",
    "outside": "不在任何村内",
    "differs": "与已签字的不一致",
    "houses": "房屋（栋）",
    "households": "农户（户）",
    "doubled": "重复（户）",
    "families_moved": "转到其他房屋的农户（户）",
    "families_waiting": "待登记现住房的农户（户）",
    "families_back": "随房屋恢复的农户（户）",
    "inspections": "排查任务（栋）",
    "people": "人口（人）",
    "uncertain": "位置不确定（栋）",
    "zones": "影响范围（个）",
    "revision": "范围版次",
    "area_km2": "面积（km²）",
    "opened": "下达任务（栋）",
    "kept": "原有任务（栋）",
    "withdrawn": "撤销任务（栋）",
    "moves_opened": "转移名单新增（户）",
    "moves_kept": "转移名单原有（户）",
    "moves_withdrawn": "转移名单撤下（户）",
    "registered": "台账中有这户",
    "to_withdraw": "待确认撤销（栋）",
    "rows": "行数",
    "format": "格式",
    "personal": "含个人信息",
    "filter": "筛选条件",
    "purpose": "用途",
    "stopped_after_bytes": "中断前已发送（字节）",
    "stalled": "对方长时间不接收",
    "crs": "坐标系",
    "sessions": "登录（个）",
    "changed": "有变化",
    "version": "版本",
    "photos": "照片（张）",
    "photo": "照片编号",
    "page": "页",
    "phones": "电话（个）",
    "missing": "不在文件里",
    "event": "事件编号",
    "household": "农户编号",
    "contact": "责任人编号",
    "difference": "差异编号",
    "field": "项目",
    "stated": "台账所写",
    "decision": "处理",
    "on": "日期",
    "kind": "种类",
    "found": "找到",
    "persons": "责任人（人）",
    "masked": "打码的电话（个）",
    "ended": "撤下",
    "imports": "导入前的内容（户）",
    "roster": "通讯录（条）",
    "files": "文件（个）",
    "bytes": "字节",
    "key": "密钥编号",
}
# Numbers that name something: without thousands.
NAMING = frozenset({"event", "household", "contact", "difference", "photo", "version", "number", "revision", "key"})
# Counts that are codes.
VALUES: dict[str, dict[str, str]] = {
    "format": {"rows": "接口分页读取", "ogc": "OGC 服务"},
    "decision": {"take": "采用台账", "dismiss": "维持现有"},
    "kind": {
        "contacts": "责任人",
        "shelters": "安置点",
        "technicians": "专业技术人员",
        "rivers": "河流",
        "roads": "道路",
    },
}
# What is counted depends on what was done: the beginning of the action, the longest that fits first.
_UNITS: dict[str, str] = {
    "areas.": "个区划",
    "conclusions.": "栋",
    "evacuation.": "户",
    "hazards.": "个图形",
    "houses.import_check": "条",
    "houses.load": "条",
    "houses.undo": "条",
    "inspections.": "栋",
    "maps.": "条",
    "policy.load_workdays": "天",
    "response.": "栋",
    "roster.": "条",
}
_COUNTED = frozenset(
    "entered replaced partly left restored removed stayed created loaded updated unchanged rejected changed missing ended".split()
)
# Of lists that came back: what was read are rows, and a row may have several places that were not entered.
_OF_LISTS = {"read": "读取（条）", "rejected": "拒绝（处）"}


def count_label(name: str, action: str) -> str:
    """What a count is called, with what it counts where that depends on the action; an unknown name as it is."""
    label = COUNTS.get(name, name)
    if action.endswith(".returned") and name in _OF_LISTS:
        return _OF_LISTS[name]
    if name == "read":
        return f"{label}（{'天' if action == 'policy.load_workdays' else '条'}）" if action else label
    begins = max((one for one in _UNITS if action.startswith(one)), key=len, default=None)
    return label if begins is None or name not in _COUNTED else f"{label}（{_UNITS[begins]}）"
