"""The layer of houses: its columns are the "House properties everywhere" of the contract, then the ledger's own."""

from sqlalchemy import Double, func, literal_column

from geo_housing.layers.columns import Column, Kind, Layer
from geo_housing.layers.legend import RENOVATION_COLOURS, RISK_COLOURS
from geo_housing.layers.tables import (
    HOUSE,
    HOUSEHOLD,
    area_column,
    area_join,
    area_name,
    family_join,
    in_range,
    plain,
)
from geo_housing.words import (
    BUILDING_KIND,
    CATEGORY,
    GRADE,
    GRADE_BASIS,
    LOCATION_STATE,
    MEASURE,
    MONITORING,
    OCCUPANCY,
    RENOVATION,
    RISK,
    STRUCTURE,
    TRAIT,
    WordList,
)

HEADS = "heads.view"
CATEGORIES = "categories.view"

_h = HOUSE.c
_township_code = func.left(_h.scope_code, 9)

HOUSE_JOINS = {
    "township": area_join("township", "township", _township_code),
    "village": area_join("village", "village", _h.scope_code),
    "declared": area_join("declared", "village", _h.declared_code),
    "declared_township": area_join("declared_township", "township", func.left(_h.declared_code, 9)),
    "family": family_join(_h.first_household_id),
}


def family(name: str, label: str, kind: Kind, permission: str, words: WordList | None = None) -> Column:
    """A column of the family that lives there; whichever join is taken calls itself ``family``."""
    value = literal_column(f"family.{name}", HOUSEHOLD.c[name].type)
    return Column(
        name, label, kind, value, words=words, permission=permission, ledger=True, needs=frozenset({"family"})
    )


# Whoever lives there first; of a house that nobody lives in whose it is.
HEAD = Column(
    "head",
    "户主姓名",
    "text",
    func.coalesce(literal_column("family.head", HOUSEHOLD.c.head.type), _h.owner),
    permission=HEADS,
    needs=frozenset({"family"}),
)
PLACE = (
    plain("area_code", "区划代码", "text", _h.scope_code),
    area_column("township", "乡镇", "township", test=area_name("township", _township_code)),
    area_column("village", "行政村", "village", test=area_name("village", _h.scope_code)),
)
DECLARED = (
    area_column("declared_township", "填报乡镇", "declared_township", ledger=True),
    area_column("declared_village", "填报行政村", "declared", test=area_name("village", _h.declared_code)),
)
POINT = (
    Column("lon", "经度", "float", func.ST_X(_h.geom, type_=Double), ledger=True),
    Column("lat", "纬度", "float", func.ST_Y(_h.geom, type_=Double), ledger=True),
)
_suspected = _h.suspected_on.is_not(None)
BUILDING = (
    plain("structure", "结构形式", "text", _h.structure, words=STRUCTURE),
    plain("built_year", "建成年份", "int", _h.built_year),
    plain("storeys", "地上层数", "int", _h.storeys),
    plain("rooms", "间数", "int", _h.rooms),
    plain("area_m2", "建筑面积", "float", _h.area_m2),
    plain("building_kind", "房屋用途", "text", _h.building_kind, words=BUILDING_KIND),
    plain("occupancy", "居住状况", "text", _h.occupancy, words=OCCUPANCY),
    plain("occupancy_checked_on", "居住核实日期", "date", _h.occupancy_checked_on),
)
SAFETY = (
    plain("grade", "安全等级", "text", _h.grade, words=GRADE),
    plain("grade_basis", "等级依据", "text", _h.grade_basis, words=GRADE_BASIS),
    plain("graded_on", "评定日期", "date", _h.graded_on),
    Column("suspected", "疑似危房", "bool", _suspected, test=_suspected),
    plain("risk", "危险等级", "text", _h.risk, words=RISK),
    plain("renovation", "改造状态", "text", _h.renovation, words=RENOVATION),
    plain("renovation_year", "改造年度", "int", _h.renovation_year),
    plain("measure", "处置方式", "text", _h.measure, words=MEASURE),
)

HOUSES = Layer(
    name="houses",
    label="农房",
    geometry_type="Point",
    source=HOUSE,
    scope_column=_h.scope_code,
    key=_h.id,
    feature_id=_h.code,
    geometry=_h.geom,
    columns=(
        plain("house_code", "房屋编号", "text", _h.code),
        *PLACE,
        *DECLARED,
        plain("settlement", "自然屯/组", "text", _h.settlement),
        plain("location_state", "定位状态", "text", _h.location_state, words=LOCATION_STATE),
        HEAD,
        family("persons", "家庭人口", "int", HEADS),
        Column("households", "居住户数", "int", _h.households, permission=HEADS, ledger=True),
        *POINT,
        *BUILDING,
        *SAFETY,
        family("categories", "保障类别", "words", CATEGORIES, CATEGORY),
        family("monitoring", "监测身份", "words", CATEGORIES, MONITORING),
        family("traits", "避险特征", "words", CATEGORIES, TRAIT),
        # Clerks write names and telephone numbers into remarks.
        Column("remark", "备注", "text", _h.remark, permission=HEADS, ledger=True),
    ),
    within_scope=lambda scope: in_range(_h.scope_code, scope),
    always=(_h.ended_on.is_(None),),
    joins=HOUSE_JOINS,
    filters=frozenset(
        "area bbox within grade risk renovation renovation_year occupancy category trait structure location event uncertain zone"
        " standing".split()
    ),
    colourings=(RISK_COLOURS, RENOVATION_COLOURS),
)
