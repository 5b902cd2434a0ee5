"""The layer of village statistics: figures by village for planners, small cells merged (small_cells.py).

Its rows are made of all houses of a township, whatever is filtered: a filter only chooses among them. A row is a village
with its figures, or a sum that one breakdown needed (``merged`` says which); so every column adds up to the county.
"""

from dataclasses import dataclass
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    String,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy import literal as value_of
from sqlalchemy.dialects.postgresql import aggregate_order_by

from geo_housing.area_codes import TOWNSHIP_DIGITS
from geo_housing.geometry import HOUSE_SRID
from geo_housing.houses.living import unsized
from geo_housing.layers.columns import Layer
from geo_housing.layers.small_cells import grouped, long_form
from geo_housing.layers.tables import AREA, HOUSE, in_range, plain
from geo_housing.policy.defaults import SETTINGS
from geo_housing.policy.models import PolicySetting
from geo_housing.scope import AreaScope
from geo_housing.words import MERGED_FOR

LEAST_HOUSES = "statistics.least_houses"
TOTALS = "totals"
# Digits of the widest code within which small villages are merged: whoever sees less cannot be shown a merged table.
_h = HOUSE.c


@dataclass(frozen=True)
class Part:
    """One class of a breakdown: its column, the heading, and which houses are in it."""

    name: str
    label: str
    houses: ColumnElement[bool]


def _rest(*parts: ColumnElement[bool]) -> ColumnElement[bool]:
    """All others, those of whom nothing is stated among them."""
    return func.coalesce(or_(*parts), false()).is_(False)


_vacant = _h.occupancy.in_(("away", "empty"))
_dangerous = _h.risk.in_(("C", "D"))
_earthen = _h.structure.in_(("earth_wood", "earth", "brick_earth"))
_timber = _h.structure.in_(("brick_wood", "stone_wood", "wood"))
_concrete = _h.structure.in_(("brick_concrete", "rc", "steel"))
# Of each breakdown every house is in exactly one part: the whole rule rests on it (a test counts).
BREAKDOWNS: dict[str, tuple[Part, ...]] = {
    "danger": (
        Part("dangerous", "C、D级（栋）", _dangerous),
        Part("not_dangerous", "C、D级以外（栋）", _rest(_dangerous)),
    ),
    "occupancy": (
        Part("vacant", "空置（长期外出、无人居住，栋）", _vacant),
        Part("not_vacant", "有人居住或不明（栋）", _rest(_vacant)),
    ),
    "years": (
        # Together: of few houses nobody knows the year, and alone they would hide the years of all others.
        Part("built_before_1980_or_unknown", "1980年以前建成或年份不详（栋）", _rest(_h.built_year >= 1980)),
        Part("built_1980_1999", "1980—1999年建成（栋）", _h.built_year.between(1980, 1999)),
        Part("built_since_2000", "2000年以后建成（栋）", _h.built_year >= 2000),
    ),
    "structure": (
        Part("earthen", "土木、生土、砖土混杂（栋）", _earthen),
        Part("timber", "砖木、石木、木结构（栋）", _timber),
        Part("concrete", "砖混、混凝土、钢（栋）", _concrete),
        Part("structure_other", "其他结构或不详（栋）", _rest(_earthen, _timber, _concrete)),
    ),
}
# Given for each village, or for the villages put together because they have fewer houses than is allowed.
_TOTALS = (
    ("houses", "房屋（栋）", func.count()),
    ("resident_households", "居住户数（户）", func.sum(_h.households)),
    ("resident_people", "居住人口（人）", func.sum(_h.people)),
    ("households_without_size", "其中未填人数（户）", func.sum(unsized(_h, _rest(_vacant)))),
)
PARTS = tuple(part for parts in BREAKDOWNS.values() for part in parts)
_FIGURES = (*(name for name, _, _ in _TOTALS), *(part.name for part in PARTS))


def least_houses(county: ColumnElement[str]) -> ColumnElement[int]:
    """The setting that holds in a county today (policy/queries.py gives the same to a page)."""
    p = PolicySetting.__table__.alias("least_setting").c
    today = cast(func.timezone("Asia/Shanghai", func.now()), Date)
    nearest = (
        select(cast(p.value.op("#>>")(literal_column("'{}'")), Integer))
        .where(
            p.key == LEAST_HOUSES,
            p.effective_from <= today,
            or_(p.area_code == "0", func.starts_with(county, p.area_code)),
        )
        .order_by(func.length(func.nullif(p.area_code, "0")).desc().nulls_last(), p.effective_from.desc(), p.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(nearest, SETTINGS[LEAST_HOUSES].default)


def _of_houses() -> CTE:
    """Figures by the division that is responsible; villages without houses with zeros."""
    counted = [expression.label(name) for name, _, expression in _TOTALS]
    counted += [func.count().filter(part.houses).label(part.name) for part in PARTS]
    of_houses = select(_h.scope_code.label("code"), *counted).where(_h.ended_on.is_(None)).group_by(_h.scope_code)
    area, lived = AREA.alias("empty_village").c, HOUSE.alias("any_house")
    has_houses = select(1).where(lived.c.scope_code == area.code, lived.c.ended_on.is_(None)).exists()
    without = select(area.code, *(literal_column("0").label(name) for name in _FIGURES)).where(
        area.level == "village", area.valid_to.is_(None), ~has_houses
    )
    both = union_all(of_houses, without).subquery("both")
    figures = [cast(both.c[name], BigInteger).label(name) for name in _FIGURES]
    return select(both.c.code, *figures).cte("figures")


def statistics(figures: CTE, least: Any = least_houses) -> tuple[CTE, CTE]:
    """Rows and their members out of ``figures`` (code and all figures): (row_id, figures…), (row_id, code).

    What is merged is NULL in the row of the village and stands in a row of its own.
    """
    f = figures.c
    county = func.left(f.code, 6)
    keep = ("item", "container", "above", "size", "least")
    villages = select(
        f.code.label("item"),
        func.left(f.code, TOWNSHIP_DIGITS).label("container"),
        county.label("above"),
        f.houses.label("size"),
        least(county).label("least"),
        *(f[name] for name in _FIGURES),
    ).cte("village_cells")
    v = villages.c
    of_totals = long_form(villages, TOTALS, ["houses"], keep)[0].cte("total_cells")
    units = grouped(of_totals, "totals").cte("units")
    unit = units.c.row_id
    unit_figures = (
        select(
            unit.label("item"),
            # A sum of whole townships belongs to none of them.
            case((unit == v.above.concat(f":{TOTALS}"), unit), else_=func.min(v.container)).label("container"),
            v.above,
            cast(func.sum(v.houses), BigInteger).label("size"),
            func.max(v.least).label("least"),
            *(cast(func.sum(v[name]), BigInteger).label(name) for name in _FIGURES),
        )
        .join_from(villages, units, units.c.item == v.item)
        .where(unit.is_not(None))
        .group_by(unit, v.above)
        .cte("unit_figures")
    )
    parts = [
        row
        for breakdown, classes in BREAKDOWNS.items()
        for row in long_form(unit_figures, breakdown, [part.name for part in classes], keep)
    ]
    cells = union_all(*parts).cte("part_cells")
    placed = grouped(cells, "parts").cte("placed")
    totals = [
        select(unit_figures.c.item.label("row_id"), value_of(name, Text).label("part"), unit_figures.c[name].label("n"))
        for name, _, _ in _TOTALS
    ]
    of_parts = (
        select(placed.c.row_id, cells.c.part, cells.c.houses.label("n"))
        .join_from(cells, placed, and_(placed.c.item == cells.c.item, placed.c.breakdown == cells.c.breakdown))
        .where(placed.c.row_id.is_not(None))
    )
    every = union_all(*totals, of_parts).subquery("every")
    rows = (
        select(
            every.c.row_id,
            *(cast(func.sum(every.c.n).filter(every.c.part == name), BigInteger).label(name) for name in _FIGURES),
        )
        .group_by(every.c.row_id)
        .cte("statistic_rows")
    )
    in_row = union_all(
        select(unit_figures.c.item.label("row_id"), unit_figures.c.item.label("unit")),
        select(placed.c.row_id, placed.c.item).where(placed.c.row_id.is_not(None), placed.c.row_id != placed.c.item),
    ).subquery("in_row")
    members = (
        select(in_row.c.row_id, units.c.item.label("code")).join_from(in_row, units, unit == in_row.c.unit).distinct()
    ).cte("members")
    return rows, members


def _source() -> FromClause:
    rows, members = statistics(_of_houses())
    area, outlined, parent = AREA.alias("member_area"), AREA.alias("outlined"), AREA.alias("parent_area").c
    outline = outlined.c
    code, breakdown = (func.split_part(rows.c.row_id, ":", place) for place in (1, 2))
    named = case(
        (area.c.level == "village", area.c.name),
        else_=func.coalesce(area.c.name, members.c.code).concat("（未归入村）"),
    )
    described = (
        select(
            members.c.row_id,
            func.string_agg(named, aggregate_order_by(value_of("、", String), members.c.code)).label("name"),
            func.count().filter(area.c.level == "village").label("villages"),
        )
        .outerjoin_from(members, area, and_(area.c.code == members.c.code, area.c.valid_to.is_(None)))
        .group_by(members.c.row_id)
        .subquery("described")
    )
    outlines = (
        select(func.ST_Multi(func.ST_Union(outline.geom)))
        .select_from(members.join(outlined, outline.code == members.c.code))
        .where(members.c.row_id == rows.c.row_id, outline.level == "village", outline.valid_to.is_(None))
        .scalar_subquery()
    )
    single = select(outline.geom).where(
        outline.code == rows.c.row_id, outline.level == "village", outline.valid_to.is_(None)
    )
    geom = case((breakdown == "", single.scalar_subquery()), else_=outlines)
    township = select(parent.name).where(parent.code == func.left(code, TOWNSHIP_DIGITS), func.length(code) >= 9)
    return (
        select(
            rows.c.row_id.label("unit"),
            code.label("code"),
            described.c.name,
            township.scalar_subquery().label("township"),
            case((breakdown == "", "none"), else_=breakdown).label("merged"),
            described.c.villages,
            *(rows.c[name] for name in _FIGURES),
            func.ST_SetSRID(geom, HOUSE_SRID, type_=Geometry("MULTIPOLYGON", srid=HOUSE_SRID)).label("geom"),
        )
        .join_from(rows, described, described.c.row_id == rows.c.row_id)
        .subquery("village_statistics")
    )


def _within(scope: AreaScope) -> ColumnElement[bool] | None:
    """Rows of an area; a single village can be chosen among the rows of its township."""
    return in_range(_s.code, scope)


_rows = _source()
_s = _rows.c

VILLAGE_STATISTICS = Layer(
    name="village-statistics",
    label="分村统计",
    geometry_type="MultiPolygon",
    source=_rows,
    scope_column=_s.code,
    key=_s.unit,
    feature_id=_s.unit,
    geometry=_s.geom,
    columns=(
        plain("unit", "统计单元", "text", _s.unit),
        plain("code", "区划代码", "text", _s.code),
        plain("name", "村（合并的列出各村）", "text", _s.name),
        plain("township", "乡镇", "text", _s.township),
        plain("merged", "合并的指标", "text", _s.merged, words=MERGED_FOR),
        plain("villages", "村数（个）", "int", _s.villages),
        *(plain(name, label, "int", _s[name]) for name, label, _ in _TOTALS),
        *(plain(part.name, part.label, "int", _s[part.name]) for part in PARTS),
    ),
    within_scope=_within,
    filters=frozenset({"area", "bbox", "within"}),
    whole_digits=TOWNSHIP_DIGITS,
)
