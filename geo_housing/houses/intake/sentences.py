"""What a load found, as sentences for the report."""

from geo_housing.errors import Fault
from geo_housing.words import CATEGORY

_COLUMN = {"house_code": "房屋编号", "head": "户主姓名", "lon": "经度", "grade": "鉴定等级", "categories": "保障类别"}


def fault_of(line: int, field: str, value: str | None, kind: str, detail: str | None) -> Fault:
    """The sentence for one finding of the SQL steps."""
    return Fault(line, _COLUMN.get(field, field), value, _sentence(field, kind, detail or ""))


def _sentence(field: str, kind: str, detail: str) -> str:
    if kind == "generated":
        return "台账没有房屋编号，系统已编此号，请填回台账。"
    if kind == "differs" and field == "grade":
        return f"与已签字的等级 {detail} 不一致，未覆盖，留待人工核定。"
    if kind == "differs":
        certified = "、".join(CATEGORY.label(code) for code in detail.split("、"))
        return f"与已认定的保障类别（{certified}）不一致，未覆盖，留待人工核定。"
    if kind == "second_house":
        return "该户已登记住在另一栋房屋，本行房屋登记为其拥有的房屋。"
    return _rejection(detail)


def _rejection(detail: str) -> str:
    if detail.startswith("repeated:"):
        return f"与第 {detail.removeprefix('repeated:')} 行是同一栋房屋同一户，只采用前一行。"
    return {
        "elsewhere": "此房屋编号属于您管辖范围之外的房屋，不能导入；请核对编号，或由上级导入。",
        "several_heads": "本村有多户同名户主，又没有房屋编号和身份证号，无法确定是哪一户；请补上其中之一。",
        "nowhere": "没有可识别的乡镇、村，也没有坐标，无法确定归谁管；请补上乡镇和行政村。",
        "far_away": "坐标离已装入的区划超过 1 公里，也没有可识别的乡镇、村；请核对坐标系（--crs）或补上乡镇和行政村。",
    }[detail]
