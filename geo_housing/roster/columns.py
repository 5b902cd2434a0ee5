"""Which column of a list is what. Pure.

Townships keep contacts in two forms: one line a person (村, 类别, 姓名, 电话), and one line a village with a pair of columns
for each role (村, 包村领导, 电话, 村书记, 电话 …), under one head row or two. Both become slots: column, field, whose.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from geo_housing.houses.spreadsheet.fields import BY_NAME, Catalogue, Field, plain_heading
from geo_housing.houses.spreadsheet.tables import Merge
from geo_housing.roster.facts import KINDS
from geo_housing.roster.spelling import known_role

_PLACES = (BY_NAME["township"], BY_NAME["village"])
_PHONES = (
    "联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "电话号码", "联系电话1", "移动电话",
    "负责人电话", "联系人电话", "管理员电话",
)  # fmt: skip
_MORE_PHONES = ("备用电话", "联系电话2", "办公电话", "座机", "固定电话", "固话", "短号", "其他电话", "电话2")
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
    Field("valid_from", ("任职起始", "任职时间", "起始日期", "任职日期", "开始日期", "有效期起")),
    Field("valid_to", ("任职截止", "截止日期", "离任日期", "结束日期", "有效期止", "有效期至")),
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
    Field("contact_name", ("联系人", "负责人", "负责人姓名", "管理人", "管理员", "安置点负责人", "责任人")),
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
    Field("valid_from", ("任职起始", "起始日期", "聘期起", "有效期起")),
    Field("valid_to", ("任职截止", "截止日期", "聘期止", "有效期止", "有效期至")),
    Field("remark", ("备注", "说明")),
)
FIELDS: dict[str, tuple[Field, ...]] = {"contacts": _CONTACT, "shelters": _SHELTER, "technicians": _TECHNICIAN}
_KNOWN = {
    kind: {plain_heading(text): field.name for field in reversed(fields) for text in (field.name, *field.headings)}
    for kind, fields in FIELDS.items()
}
_UNIT = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_TURN = re.compile(r"[(（\[]?\s*[ABab]\s*[岗角]\s*[)）\]]?")
# After the name of a role in one heading: 村书记姓名, 网格员联系电话.
_PARTS = (
    ("phone", re.compile(r"(的?联系电话|联系方式|电话号码|手机号码|手机号|手机|电话)$")),
    ("post", re.compile(r"职务$")),
    ("unit", re.compile(r"单位$")),
    ("name", re.compile(r"(的?姓名|名字)$")),
)
# A telephone without a person: the heading says both.
_DUTY = frozenset({"值班电话", "值班室电话", "值守电话", "24小时值班电话", "应急值班电话"})
_BESIDE_A_NAME = frozenset({"post", "unit", "phone", "phone_2", "turn"})


@dataclass(frozen=True)
class Slot:
    """One column: its heading as reports name it, its field, and the person of the row it belongs to.

    ``group`` -1 is the row itself; each further one is a person whose ``role`` the head names.
    """

    column: int
    heading: str
    field: str
    role: str | None = None
    group: int = -1


def field_of(kind: str, heading: str) -> str | None:
    """The field that a heading means by itself."""
    known = _KNOWN[kind]
    return known.get(plain_heading(heading)) or known.get(plain_heading(_UNIT.sub("", heading)))


def catalogue_of(kind: str) -> Catalogue:
    """How the reader of ledgers finds the heads of such a list."""

    def recognise(heading: str) -> tuple[str, int] | None:
        found = _contact_heading(heading)[1] if kind == "contacts" else field_of(kind, heading)
        return (found, 0) if found else None

    needs = "、".join(fact.label for fact in KINDS[kind].facts.values() if fact.is_needed)
    return Catalogue(
        recognise=recognise,
        by_name={field.name: field for field in FIELDS[kind]},
        keys=frozenset({"name", "phone"}),
        needs=f"前 20 行里没有认出表头；至少要有 {needs}，请在表头写明。",
    )


def slots_of(kind: str, heads: Sequence[Sequence[str]], merges: Sequence[Merge], first_line: int) -> list[Slot]:
    """The slots of a list with these head rows (one or two); ``first_line`` is the line of the upper one."""
    width = max(map(len, heads))
    low = _filled(heads[-1], width)
    top = _carried(_filled(heads[0], width), low, merges, first_line) if len(heads) > 1 else [""] * width
    if kind == "contacts":
        return _contact_slots(top, low)
    slots: dict[str, Slot] = {}
    for n, (above, here) in enumerate(zip(top, low, strict=True)):
        name = field_of(kind, here) or field_of(kind, f"{above}{here}") or (None if here else field_of(kind, above))
        if name is not None and (name not in slots or name in ("phone", "phone_2")):
            # Every column of telephones counts, in its order.
            slots[name if name not in slots else f"{name} {n}"] = Slot(n, here or above, name)
    return list(slots.values())


def _contact_slots(top: list[str], low: list[str]) -> list[Slot]:
    slots: list[Slot] = []
    role: str | None = None
    group = -1
    for n, (above, here) in enumerate(zip(top, low, strict=True)):
        own_role, name = _contact_heading(here or above, above if here else "")
        if name is None:
            role = None
            continue
        taken = {slot.field for slot in slots if slot.group == group and role is not None}
        if own_role is not None:
            if own_role != role or name in taken - {"phone"}:
                group += 1
            role = own_role
        elif name not in _BESIDE_A_NAME or name in taken - {"phone", "phone_2"}:
            role = None
        heading = f"{above}{here}" if own_role and above and here else here or above
        place = group if role is not None else -1
        if place >= 0 or name in ("phone", "phone_2") or all((s.field, s.group) != (name, -1) for s in slots):
            slots.append(Slot(n, heading, name, role, place))
    return slots


def _contact_heading(heading: str, above: str = "") -> tuple[str | None, str | None]:
    """Role (as written) and field of one column of a list of contacts; ``above`` is what the upper head says over it."""
    if not heading:
        return None, None
    if heading in _DUTY:
        return heading, "phone"
    plain = field_of("contacts", heading)
    if above and plain in _BESIDE_A_NAME | {"name"} and field_of("contacts", above) is None:
        return above, plain
    if plain is not None:
        return None, plain
    for name, pattern in _PARTS:
        stem = pattern.sub("", heading)
        if stem != heading and _names_role(stem):
            return stem, name
    return (heading, "name") if _names_role(heading) else (None, None)


def _names_role(text: str) -> bool:
    return bool(bare := _TURN.sub("", text).strip()) and known_role(bare) not in (None, "other")


def _filled(row: Sequence[str], width: int) -> list[str]:
    return [cell.strip() for cell in row] + [""] * (width - len(row))


def _carried(top: list[str], low: list[str], merges: Sequence[Merge], line: int) -> list[str]:
    """The upper head over all of its columns: as far as it is merged, else as far as only the lower row says something."""
    carried = list(top)
    spans = [(left, right) for first, _, left, right in merges if first == line and right > left]
    for left, right in spans:
        for n in range(left, min(right, len(top) - 1) + 1):
            carried[n] = top[left]
    for n in range(1, len(top)):
        if not spans and not carried[n] and low[n]:
            carried[n] = carried[n - 1]
    return carried
