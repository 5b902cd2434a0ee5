"""What the headings of such lists mean: the fields of each kind and how townships write them. Pure."""

import re

from geo_housing.houses.spreadsheet.fields import BY_NAME, Field, plain_heading
from geo_housing.roster.facts import KINDS

# One column for both: a township in one row, a village in the next, or one behind the other.
_EITHER = (
    "乡镇/村", "乡镇(村)", "乡镇村", "乡(镇)村", "乡/镇/村", "乡镇、村", "乡镇或村", "乡镇及村", "乡镇和村", "乡镇-村",
    "所属乡镇村", "所属乡镇/村", "所属乡镇、村", "所属乡镇(村)", "所在乡镇村", "所在乡镇/村", "所在乡镇、村", "所在乡镇(村)",
    "乡镇嘎查村", "乡镇/嘎查村", "苏木乡镇/嘎查村", "苏木乡镇嘎查村", "乡镇/行政村", "乡镇行政村", "乡镇村名称", "乡镇村名",
)  # fmt: skip
_PLACES = (
    BY_NAME["township"],
    Field("village", (*BY_NAME["village"].headings, "所属村", "所属行政村", "所在行政村", "所属嘎查", "所属嘎查村")),
    Field("place", _EITHER),
)
_PHONES = (
    "联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "电话号码", "联系电话1", "移动电话",
    "负责人电话", "联系人电话", "管理员电话",
)  # fmt: skip
_MORE_PHONES = ("备用电话", "联系电话2", "办公电话", "座机", "固定电话", "固话", "短号", "其他电话", "电话2")
# What else a heading of a term may be is told by its words.
_TERM = (
    Field("valid_from", ("任职起始", "任职时间", "任职日期", "有效期起")),
    Field("valid_to", ("任职截止", "离任日期", "有效期止", "有效期至")),
    Field("term", ("任期", "任职期限", "起止日期")),
)
_CONTACT = (
    *_PLACES,
    Field(
        "role", ("责任人类别", "类别", "责任类别", "责任人类型", "人员类别", "身份", "角色", "责任", "岗位", "人员类型")
    ),
    Field("name", ("姓名", "责任人", "责任人姓名", "联系人", "负责人", "人员姓名", "名字")),
    Field("unit", ("单位", "工作单位", "所在单位", "单位名称")),
    Field("post", ("职务", "单位及职务", "单位职务", "单位、职务", "现任职务", "职务职称")),
    Field("turn", ("岗次", "AB岗", "A/B岗", "A岗/B岗", "主备岗", "AB角", "主备")),
    Field("rank", ("叫应顺序", "呼叫顺序", "顺序", "叫应次序", "通知顺序")),
    Field("phone", _PHONES),
    Field("phone_2", _MORE_PHONES),
    *_TERM,
    Field("remark", ("备注", "说明")),
)
_SHELTER = (
    *_PLACES,
    Field(
        "name",
        (
            "安置点名称",
            "安置点",
            "避险安置点",
            "避险点",
            "避险场所",
            "避难场所",
            "名称",
            "场所名称",
            "安置场所",
            "临时安置点",
        ),
    ),
    Field("address", ("地址", "详细地址", "安置地点", "位置", "地点", "具体位置")),
    Field("capacity", ("可容纳人数", "容纳人数", "可安置人数", "安置人数", "容量", "安置容量", "最大容纳人数")),
    Field("contact_name", ("联系人", "负责人", "负责人姓名", "管理人", "管理员", "安置点负责人", "责任人", "姓名")),
    Field("phone", _PHONES),
    Field("phone_2", _MORE_PHONES),
    Field("state", ("状态", "是否可用", "使用状态", "启用状态")),
    Field("safe_from", ("适用灾种", "适用灾害", "适用灾害类型", "可避险灾种")),
    Field("lon", BY_NAME["lon"].headings),
    Field("lat", BY_NAME["lat"].headings),
    Field("remark", ("备注", "说明")),
)
_TECHNICIAN = (
    *_PLACES,
    Field("name", ("姓名", "技术人员", "专家姓名", "技术人员姓名", "人员姓名")),
    Field("unit", ("单位", "工作单位", "所在单位", "单位名称")),
    Field("specialty", ("专业", "从事专业", "专业方向", "专业特长")),
    Field("certificate", ("证书", "职称", "资格证书", "证书编号", "执业资格", "职称/资格", "证书名称", "资格")),
    Field("team", ("技术组", "组别", "小组", "分组", "所在组")),
    Field("phone", _PHONES),
    Field("phone_2", _MORE_PHONES),
    Field("areas", ("负责区域", "负责乡镇", "服务乡镇", "包联乡镇", "服务区域", "包保乡镇", "责任区域")),
    Field("account", ("平台账号", "登录名", "账号")),
    *_TERM,
    Field("remark", ("备注", "说明")),
)
FIELDS: dict[str, tuple[Field, ...]] = {"contacts": _CONTACT, "shelters": _SHELTER, "technicians": _TECHNICIAN}
_KNOWN = {
    kind: {plain_heading(text): field.name for field in reversed(fields) for text in (field.name, *field.headings)}
    for kind, fields in FIELDS.items()
}
_UNIT = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_BRACKETS = re.compile(r"[()（）\[\]【】、,/\-—~.]")
_OF_A_TERM = r"(?:(?:任期|任职|聘期|聘任|聘用|届期|责任期|有效期|有效|履职)(?:期限|期间|期)?)"
_WHEN = r"(?:日期|时间|年月日|年月|日)"
_BEGIN = re.compile(rf"{_OF_A_TERM}{_WHEN}?(?:起始|起算|起|开始|始|自|从){_WHEN}?|(?:开始|起始|起){_WHEN}")
_END = re.compile(
    rf"{_OF_A_TERM}{_WHEN}?(?:截止|截至|终止|止|至|结束|到期|届满|期满|终){_WHEN}?|(?:结束|截止|终止|到期|届满|止){_WHEN}"
)
_SPAN = re.compile(rf"{_OF_A_TERM}|{_OF_A_TERM}?{_WHEN}?起(?:止|讫|至){_WHEN}?")
_BARE_BEGIN = re.compile(rf"起始|起|开始|始|自|从|(?:开始|起始|起){_WHEN}")
_BARE_END = re.compile(rf"止|终止|结束|截止|到期|终|(?:结束|截止|终止|止|到期){_WHEN}")
_TURNS = re.compile(
    r"(?:是否)?(?:主备|主副|ab|a[岗角]b)(?:岗位?|角色?|责)?(?:类别|类型|设置|情况|区分)?|[是为属]?ab[岗角]|岗[位]?次"
)
# Words that betray what a column is about that nobody recognised; and what to call it.
_TELLING = (
    (re.compile(r"电话|手机|联系方式|座机|固话|短号"), "联系电话"),
    (re.compile(r"a.{0,2}b|[ab][岗角]|主备|主副|主责|备岗|岗次"), "岗次"),
    (re.compile(r"任期|任职|届期|聘期|聘任|期限|起止|起讫|离任|卸任|到期|有效期|截止|届满"), "任期"),
    (re.compile(r"类别|类型|身份|角色|责任人|岗位|责任"), "责任人类别"),
)
_FIELD_TOLD = {"phone": "联系电话", "phone_2": "联系电话", "turn": "岗次", "role": "责任人类别"} | dict.fromkeys(
    ("term", "valid_from", "valid_to"), "任期"
)
TERM_FIELDS = frozenset({"term", "valid_from", "valid_to"})


def field_of(kind: str, heading: str) -> str | None:
    """The field that a heading means by itself."""
    known = _KNOWN[kind]
    plain = plain_heading(heading)
    found = known.get(plain)
    if found is None and kind != "shelters":
        found = _term_of(_BRACKETS.sub("", plain))
    if found is None and kind == "contacts" and _TURNS.fullmatch(_BRACKETS.sub("", plain)):
        found = "turn"
    return found or known.get(plain_heading(_UNIT.sub("", heading)))


def field_under(kind: str, above: str, here: str) -> str | None:
    """The field of a column under an upper head, which is asked where the lower one alone says nothing."""
    if not here:
        return field_of(kind, above) if above else None
    found = field_of(kind, here)
    if found is not None or not above:
        return found
    bare = _BRACKETS.sub("", plain_heading(here))
    if field_of(kind, above) in TERM_FIELDS:
        if _BARE_BEGIN.fullmatch(bare):
            return "valid_from"
        if _BARE_END.fullmatch(bare):
            return "valid_to"
    return field_of(kind, f"{above}{here}")


def seems(kind: str, heading: str) -> str | None:
    """What a column that was not taken seems to say, where that decides whom somebody calls and until when."""
    if told := _FIELD_TOLD.get(field_of(kind, heading) or ""):
        return told
    labels = {fact.label for fact in KINDS[kind].facts.values()} | ({"任期"} if kind != "shelters" else set())
    plain = plain_heading(heading)
    return next((told for pattern, told in _TELLING if told in labels and pattern.search(plain)), None)


def _term_of(plain: str) -> str | None:
    if _SPAN.fullmatch(plain):
        return "term"
    if _BEGIN.fullmatch(plain):
        return "valid_from"
    return "valid_to" if _END.fullmatch(plain) else None
