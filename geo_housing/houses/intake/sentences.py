"""What a load found, as sentences for the report."""

from collections.abc import Callable

from geo_housing.houses.spreadsheet.faults import LedgerFault
from geo_housing.houses.spreadsheet.fields import BY_NAME
from geo_housing.words import CATEGORY, RENOVATION

# Staging columns that stand for two fields.
_FIELDS = {"lon": ("lon", "lat"), "declared_code": ("township", "village")}
# How the file calls fields (reader.Recognised.called).
Called = Callable[..., str]

# Staging columns that are called otherwise than a field, or stand for two.
_STATED = {"declared_code": "行政村", "lon": "坐标"}


def called_by_labels(*names: str) -> str:
    """Fields by their labels, where no file has columns."""
    return "、".join(BY_NAME[name].label for name in names)


def fault_of(line: int, field: str, value: str | None, kind: str, detail: str | None, called: Called) -> LedgerFault:
    """The sentence for one finding of the SQL steps."""
    return LedgerFault(
        line, called(*_FIELDS.get(field, (field,))), value, _sentence(field, kind, detail or "", value), kind
    )


def _sentence(field: str, kind: str, detail: str, value: str | None) -> str:
    if kind == "generated":
        return "台账没有房屋编号，系统已编此号，请填回台账。"
    if kind == "differs" and field == "grade":
        return f"与已签字的等级 {detail} 不一致，未覆盖，留待人工核定。"
    if kind == "differs":
        certified = "、".join(CATEGORY.label(code) for code in detail.split("、"))
        return f"与已认定的保障类别（{certified}）不一致，未覆盖，留待人工核定。"
    if detail.startswith("no_ledger:"):
        status = RENOVATION.label(detail.removeprefix("no_ledger:"))
        return f"这栋房屋的改造状态是“{status}”，没有改造年度，原文已保留；已纳入年度台账的，请同时填写改造状态。"
    if kind == "second_house":
        return (
            f"该户已登记住在 {detail}，本行房屋登记为其拥有的房屋，户数、人数计在 {detail}；"
            f"如已搬到本行房屋居住，请在 {detail} 的房屋页面登记搬离，现住房填本行房屋的编号。"
        )
    if kind == "same_house":
        return _same_house(detail)
    if detail == "several_families":
        return "这栋房屋住有多户，本行没有写户主和身份证号，不知是哪一户，住户情况未更新。"
    if detail == "kept_elsewhere":
        return "户主现住在您的辖区以外，这户的人口、电话、类别由现住地登记，本行的没有采用，只更新房屋情况。"
    if detail.startswith("moved_out:"):
        return (
            f"这户已从本房搬到 {detail.removeprefix('moved_out:')} 居住，住户情况没有更新；如又搬回，请在房屋页面登记。"
        )
    if detail == "beyond_known":
        return "本行写的是别的辖区的村，房屋在册，归属没有改动；确已划出的，请由上级处理。"
    if detail == "beyond_placed":
        return "本行写的是别的辖区的村，坐标却在您的辖区内，已按坐标登记，列入待核对；请与对方核对，避免重复登记。"
    if detail == "registered_elsewhere":
        return "这个身份证号在本县另一个乡镇也有登记，人口可能重复计算；请核对户主现住哪里，由县级在“核对”中处理。"
    if detail.startswith("same_name:") and kind == "check":
        return (
            f"与第 {detail.removeprefix('same_name:')} 行同村同名，都没有房屋编号和身份证号，已分别登记；"
            "请核对是否同一户：是同一户的，把其中一栋登记为重复；是两户的，请补上身份证号。"
        )
    if detail.startswith("waits:") and kind == "check":
        return (
            f"本村同名的一户原住 {detail.removeprefix('waits:')}，还在无房户名单里（核对位置），本行已另登记一户；"
            "请核对：是同一户的，在无房户名单里把原来那一户的去向写为已登记在本行房屋，并补上身份证号。"
        )
    if detail.startswith("borrowed:"):
        code, _, head = detail.removeprefix("borrowed:").partition(" ")
        return (
            f"身份证号与房屋 {code} 的“{head}”一户相同，户主姓名不同：本行已另作一户登记，身份证号没有存入；"
            "请核对后补上正确的号码。"
        )
    if detail == "old_number":
        return "本行的 15 位旧身份证号与在册的 18 位号码不是同一人的，没有采用；请核对是否写错。"
    if detail == "new_number":
        return "本行的 18 位身份证号与原来留存的 15 位旧号不是同一人的，已按本行登记；请核对是否写错。"
    if detail.startswith("other_head:"):
        return (
            f"身份证号与在册的“{detail.removeprefix('other_head:')}”一户相同，户主姓名已按本行更改，没有另立一户；"
            "请核对：身份证号填错的，请撤销这次导入，改正后再导入。"
        )
    if detail.startswith("older_grade:"):
        grade, on, stated_on = detail.removeprefix("older_grade:").split(" ")
        return f"本行的评定日期 {stated_on} 早于在册等级 {grade} 的 {on}，等级没有改动；日期填错的，请改正后再导入。"
    if detail.startswith("was_above:"):
        return (
            f"这户的房屋 {detail.removeprefix('was_above:')} 原来没有认出村名，只登记在乡镇，"
            "已作为同一栋房屋归到本行所写的村，没有另建；如是另一栋房屋，请填写新的房屋编号（可自编）后再导入。"
        )
    if detail.startswith("maybe_above:"):
        return (
            f"同乡镇有同名户主的房屋 {detail.removeprefix('maybe_above:')}，没有认出村名，只登记在乡镇，"
            "看不出是否同一户，本行已另登记；请核对：是同一户的，把其中一栋登记为重复；是两户的，请补上身份证号。"
        )
    if detail.startswith("maybe_below:"):
        return (
            f"没有认出本行的村名，已在乡镇另登记一栋；同乡镇有同名户主的房屋 {detail.removeprefix('maybe_below:')}，"
            "请核对：是同一户的，把其中一栋登记为重复，并改正村名；是两户的，请补上身份证号。"
        )
    if kind == "check":
        return _place(value, detail)
    return _rejection(detail)


def _same_house(detail: str) -> str:
    what, _, rest = detail.partition(":")
    line, _, names = rest.partition(":")
    if what == "family":
        return f"与第 {line} 行是同一栋房屋，已作为这栋房屋的另一户登记；如是另一栋房屋，请改正房屋编号后重新导入。"
    if what == "nobody":
        return f"与第 {line} 行是同一栋房屋，本行没有写户主等住户信息，没有另登记一户。"
    if what == "point":
        return f"同一栋房屋的第 {line} 行没有可用的坐标，或坐标不在所写的村内，已采用本行的坐标。"
    if what == "columns":
        return (
            f"与第 {line} 行是同一栋房屋，本行没有写明是另一户，这些列的内容没有保留：{names}；"
            f"需要保留的，请写上户主，或并入第 {line} 行后重新导入。"
        )
    labels = "、".join(_STATED.get(name) or BY_NAME[name].label for name in names.split(","))
    return f"同一栋房屋以第 {line} 行为准，本行不同的内容没有采用：{labels}。"


def _place(village: str | None, note: str) -> str:
    if note == "misplaced" and village is None:
        return "台账所写的村没有认出，无法与坐标核对，列入待核对，请核实位置。"
    return {
        "misplaced": f"坐标落在{village or '别的村'}，与台账所写的村不符；已按坐标归属，列入待核对，请核实位置。",
        "outside": "坐标不在您管辖的任何村的界线内，已按台账所写区划归属，列入待核对，请核实位置。",
        "border": f"坐标正好在几个村的交界上，暂归{village or '其中一个村'}，请核实位置。",
        "shared_point": "与另一栋房屋的坐标完全相同，请核实是否为同一栋，或坐标是否复制粘贴所致。",
    }[note]


def _rejection(detail: str) -> str:
    if detail.startswith("repeated:"):
        return f"与第 {detail.removeprefix('repeated:')} 行是同一栋房屋同一户，只采用前一行。"
    if detail.startswith("same_person:"):
        return (
            f"第 {detail.removeprefix('same_person:')} 行已有同一身份证号的房屋，两行都没有房屋编号，只采用前一行；"
            "如是该户的另一栋房屋，请填写房屋编号（可自编）后再导入。"
        )
    if detail.startswith("several_houses:"):
        return (
            f"该户在本村登记有多栋房屋（{detail.removeprefix('several_houses:')}），本行没有写房屋编号，"
            "不知是哪一栋，未导入；请补上房屋编号。"
        )
    if detail.startswith("several_above:"):
        return (
            f"该户有多栋房屋没有认出村名，只登记在乡镇（{detail.removeprefix('several_above:')}），"
            "本行没有写房屋编号，不知是哪一栋，未导入；请补上房屋编号。"
        )
    if detail.startswith("ended:"):
        return (
            f"此房屋已于 {detail.removeprefix('ended:')} 登记为不再存在，本行未导入；"
            "如登记有误，请先在房屋页面恢复；如是新建的另一栋房屋，请填写新的房屋编号（可自编）。"
        )
    if detail.startswith("moved_from:"):
        former, present = detail.removeprefix("moved_from:").split(":")
        return (
            f"这户已从 {former} 搬到 {present}，本行写的是原来的房屋，没有导入，现住房没有改动；"
            f"如确是 {present} 的情况，请填上这个房屋编号再导入。"
        )
    if detail.startswith("moved_which:"):
        former, present = detail.removeprefix("moved_which:").split(":")
        return f"这户原住 {former}，现住 {present}，本行与两栋都不相符，看不出写的是哪一栋，没有导入；请补上房屋编号。"
    return {
        "beyond_ours": "本行写的是别的辖区的村，不在您的管辖范围内，没有导入（否则全县会重复统计）；请转交该乡镇，或由县级导入。",
        "elsewhere": "此房屋编号属于您管辖范围之外的房屋，不能导入；请核对编号，或由上级导入。",
        "lies_elsewhere": "这户的房屋已在册，点位落在您管辖范围之外，没有另建；请在“核对位置”中处理，或在本行补上房屋编号、身份证号。",
        "several_heads": "本村有多户同名户主，又没有房屋编号和身份证号，无法确定是哪一户；请补上其中之一。",
        "nowhere": "没有可识别的乡镇、村，也没有坐标，无法确定归谁管；请补上乡镇和行政村。",
        "beyond": "坐标落在您的辖区以外 1 公里以上，本行也没有写您辖区内的乡镇、村，未导入；请核对坐标，或由上级导入。",
        "far_away": "坐标离已装入的区划超过 1 公里，也没有可识别的乡镇、村；请核对“坐标是什么”选得对不对，或补上乡镇和行政村。",
    }[detail]
