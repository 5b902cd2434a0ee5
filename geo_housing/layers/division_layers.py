"""The layers of townships and villages: outlines with the counts of their houses."""

from typing import Literal

from sqlalchemy import FromClause, func, select

from geo_housing.layers.columns import Column, Join, Layer
from geo_housing.layers.tables import AREA, HOUSE, in_range, plain
from geo_housing.words import AREA_CODE_LENGTH, AREA_LEVEL, RISK


def _house_counts(length: int) -> FromClause:
    """Houses of the actor's area by division and risk."""
    code = func.left(HOUSE.c.scope_code, length).label("code")
    classes = [func.count().filter(HOUSE.c.risk == risk).label(f"risk_{risk.lower()}") for risk in RISK]
    return (
        select(code, func.count().label("houses"), func.count(HOUSE.c.tile_key).label("located"), *classes)
        .where(HOUSE.c.ended_on.is_(None))
        .group_by(code)
        .subquery(f"counts_{length}")
    )


def division_layer(name: str, label: str, level: Literal["township", "village"]) -> Layer:
    """The layer of all present divisions of ``level``; those without an outline are told, not drawn."""
    area, parent = AREA.alias("division"), AREA.alias("parent")
    counts = _house_counts(AREA_CODE_LENGTH[level])
    on_counts, on_parent = counts.c.code == area.c.code, parent.c.code == area.c.parent_code
    figures = [("houses", "房屋（栋）"), ("located", "已定位（栋）")]
    figures += [(f"risk_{risk.lower()}", f"{RISK.label(risk)}（栋）") for risk in RISK]
    return Layer(
        name=name,
        label=label,
        geometry_type="MultiPolygon",
        source=area,
        scope_column=area.c.code,
        key=area.c.code,
        feature_id=area.c.code,
        geometry=area.c.geom,
        columns=(
            plain("code", "区划代码", "text", area.c.code),
            plain("name", "名称", "text", area.c.name),
            plain("level", "级别", "text", area.c.level, words=AREA_LEVEL),
            plain("parent_code", "上级代码", "text", area.c.parent_code),
            Column("parent_name", "上级名称", "text", parent.c.name, needs=frozenset({"parent"})),
            plain("area_m2", "面积（㎡）", "float", area.c.area_m2),
            *(
                Column(column, heading, "int", func.coalesce(counts.c[column], 0), needs=frozenset({"counts"}))
                for column, heading in figures
            ),
        ),
        # The divisions above one's own are readable for headings, but they are not one's rows.
        within_scope=lambda scope: in_range(area.c.code, scope),
        always=(area.c.level == level, area.c.valid_to.is_(None)),
        joins={
            "counts": Join(counts, on_counts, counts, on_counts),
            "parent": Join(parent, on_parent, parent, on_parent),
        },
        filters=frozenset({"area", "bbox", "within"}),
    )


TOWNSHIPS = division_layer("townships", "乡镇", "township")
VILLAGES = division_layer("villages", "行政村", "village")
