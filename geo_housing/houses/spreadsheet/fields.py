"""The one catalogue of ledger fields: name, label, recognised headings, whether personal.

Headings are the union of the forms in domain section 14; a heading is compared after NFKC, without spaces,
brackets with units and line breaks. Columns of a ledger without a field of ours are kept as they are (extra).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from geo_housing.words import TRAIT


@dataclass(frozen=True)
class Field:
    """One field of a house ledger; the first heading is the label it is exported under."""

    name: str
    headings: tuple[str, ...]
    personal: bool = False

    @property
    def label(self) -> str:
        """The heading under which the field goes out."""
        return self.headings[0]


# Words of a set that a ledger may have a column of its own for, ticked where it holds, and the set.
TICKED = dict.fromkeys(TRAIT.labels, "traits")
FIELDS: tuple[Field, ...] = (
    Field("house_code", ("房屋编号", "房屋编码", "房屋代码", "农房编号", "房屋唯一编号")),
    Field(
        "township", ("乡镇", "乡镇名称", "乡（镇）", "乡/镇", "苏木乡镇", "苏木镇", "所在乡镇", "镇", "乡", "街道乡镇")
    ),
    Field(
        "village",
        ("行政村", "村", "嘎查村", "嘎查", "所在村", "村名", "行政村名称", "村（嘎查）", "村（居）委会", "村委会"),
    ),
    Field(
        "settlement", ("自然屯", "自然屯/组", "屯", "组", "村民组", "村民小组", "自然村", "屯组", "浩特", "屯（组）")
    ),
    Field("head", ("户主姓名", "户主", "姓名", "农户姓名", "户主名字", "房主", "房屋所有人"), personal=True),
    Field(
        "id_number",
        ("身份证号", "身份证号码", "身份证", "公民身份号码", "户主身份证号", "户主身份证号码", "证件号码"),
        personal=True,
    ),
    Field("phone", ("联系电话", "电话", "手机号", "手机", "手机号码", "联系方式", "户主电话"), personal=True),
    Field("persons", ("常住人口", "现居住人数", "居住人数", "常住人数", "家庭人口", "人口", "家庭人口数", "家庭人数")),
    Field("lon", ("经度", "东经", "X", "经度E", "坐标经度", "x坐标")),
    Field("lat", ("纬度", "北纬", "Y", "纬度N", "坐标纬度", "y坐标")),
    Field("structure", ("结构形式", "结构类型", "房屋结构", "结构", "建筑结构")),
    Field(
        "built_year",
        ("建成年份", "建造年代", "建造年份", "建房时间", "建成年代", "建设年代", "建筑年代", "建房年份", "建房年代"),
    ),
    Field("storeys", ("地上层数", "层数", "房屋层数", "建筑层数")),
    Field("rooms", ("间数", "房屋间数", "开间数", "开间数量")),
    Field("area_m2", ("建筑面积", "房屋面积", "住房面积", "面积", "房屋建筑面积")),
    Field("building_kind", ("房屋用途", "房屋类别", "用途", "房屋性质")),
    Field("occupancy", ("居住状况", "是否有人居住", "居住情况", "是否住人", "使用情况", "有人居住")),
    Field("occupancy_checked_on", ("居住状况核实日期", "核实日期", "居住核实日期")),
    Field("grade", ("鉴定等级", "安全等级", "房屋等级", "危房等级", "评定等级", "等级", "房屋安全等级", "鉴定结果")),
    Field("grade_basis", ("等级依据", "评定方式", "鉴定方式", "评定/鉴定方式")),
    Field("graded_on", ("评定日期", "鉴定日期", "评定时间", "鉴定时间")),
    Field("suspected", ("疑似危房", "是否疑似危房", "排查结论", "是否疑似")),
    Field("renovation", ("改造状态", "改造情况", "改造进度")),
    Field(
        "renovation_year",
        (
            "改造年度",
            "改造年份",
            "年度改造",
            "危改年度",
            "危改年份",
            "改造年",
            "危房改造年度",
            "农村危房改造年度",
            "危房改造年份",
            "纳入改造年度",
            "列入改造年度",
            "改造计划年度",
            "改造实施年度",
        ),
    ),
    Field("measure", ("处置方式", "处置措施", "改造方式")),
    Field("categories", ("农户类型", "保障类别", "对象类别", "六类对象", "贫困类型", "农户类别")),
    Field("monitoring", ("监测身份", "监测类别", "监测对象类别")),
    Field("traits", ("避险特征", "特殊人群", "转移特征")),
    *(Field(code, (label,)) for code, label in TRAIT.labels.items()),
    Field("remark", ("备注", "说明")),
)
BY_NAME = {field.name: field for field in FIELDS}
# Headings that two columns of one ledger may carry for the same field: the earlier one in Field.headings wins.
ORDERED_CHOICE = frozenset({"persons"})
# An exported ledger holds the village that the point lies in and the one that was declared: the latter is what a
# ledger states, so it goes before the other.
DECLARED = {
    "declared_township": "township",
    "填报乡镇": "township",
    "declared_village": "village",
    "填报行政村": "village",
}
DECLARED_RANK = -1
# What an export adds of its own: computed from the register, so no ledger states it. Told by the columns above, because a
# township may well call one of its own so.
COMPUTED = frozenset(
    {
        *("id", "area_code", "township", "village", "location_state", "households", "risk"),
        *("区划代码", "乡镇", "行政村", "定位状态", "居住户数", "危险等级"),
    }
)
_UNIT = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_NOISE = re.compile(r"[\s*＊:：]+")


def plain_heading(text: str) -> str:
    """A heading as it is compared: NFKC, lower case, without spaces and asterisks."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()


def _index() -> dict[str, tuple[str, int]]:
    known: dict[str, tuple[str, int]] = {}
    for field in FIELDS:
        for rank, heading in enumerate((field.name, *field.headings)):
            known.setdefault(plain_heading(heading), (field.name, rank))
    return known


_KNOWN = _index()


def recognise(heading: str) -> tuple[str, int] | None:
    """Field name and rank of a heading (lower rank is the better one), None when it is none of ours."""
    plain = plain_heading(heading)
    if plain in DECLARED:
        return DECLARED[plain], DECLARED_RANK
    return _KNOWN.get(plain) or _KNOWN.get(plain_heading(_UNIT.sub("", unicodedata.normalize("NFKC", heading))))


def whole_headings(name: str, cut: tuple[bytes, str] | None) -> dict[str, str]:
    """Fields with a heading that begins as the name of a column that a Shapefile has cut, and the first of each.

    ``cut``: the bytes that are left of it, and their encoding.
    """
    if cut is None or recognise(name) is not None:
        return {}
    begins, encoding = cut
    return {
        field.name: heading
        for field in reversed(FIELDS)
        for heading in reversed(field.headings)
        if heading.encode(encoding)[: len(begins)] == begins
    }


def is_exported(headings: Sequence[str]) -> bool:
    """Whether a file is an export of the register, by the columns that only such a one has."""
    return any(plain_heading(heading) in DECLARED for heading in headings)


def computed_headings(headings: Sequence[str]) -> frozenset[str]:
    """The headings of an exported ledger that say what the register has computed; none of any other."""
    return COMPUTED if is_exported(headings) else frozenset()


def is_township_computed(headings: Sequence[str]) -> bool:
    """Whether a file says which village was declared and of townships only the one in which the point lies."""
    stated = {DECLARED.get(plain_heading(heading)) for heading in headings}
    return "village" in stated and "township" not in stated


@dataclass(frozen=True)
class Catalogue:
    """What the columns of one kind of list may be, for the reader; houses are one of several.

    ``recognise`` gives field and rank of a heading, ``keys`` are the fields that say what a row is about, ``needs`` is
    said where no head is found.
    """

    recognise: Callable[[str], tuple[str, int] | None]
    by_name: Mapping[str, Field]
    keys: frozenset[str]
    needs: str
    # Whoever reads the list looks at rows of sums, to say that they were left out; else the reader drops them.
    tells_sums: bool = False


HOUSES = Catalogue(
    recognise,
    BY_NAME,
    frozenset({"house_code", "head", "id_number", "lon"}),
    "前 20 行里没有认出表头；至少要有 房屋编号，或 乡镇、行政村、户主姓名，请在表头写明。",
)
