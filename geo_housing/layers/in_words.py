"""A filter as somebody would say it, for what is made with it: files and papers, which are Chinese."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing import words
from geo_housing.areas.queries import name_of_area
from geo_housing.layers.filters import Filter, described
from geo_housing.layers.tables import EVENT
from geo_housing.settings import Language
from geo_housing.translation import translate

EVERYTHING = "无（全部）"
_LISTS = {
    "grade": ("安全等级", words.GRADE),
    "risk": ("危险等级", words.RISK),
    "renovation": ("改造状态", words.RENOVATION),
    "occupancy": ("居住状况", words.OCCUPANCY),
    "structure": ("结构形式", words.STRUCTURE),
    "location": ("定位状态", words.LOCATION_STATE),
    "state": ("排查状态", words.INSPECTION_STATE),
    "category": ("保障类别", words.CATEGORY),
    "trait": ("避险特征", words.TRAIT),
}


def filter_in_words(session: Session, wanted: Filter, language: Language = "zh") -> str:
    """The filter as somebody would say it: 区域：西山镇（990001100）；危险等级：C级、D级；有人居住. Files are Chinese."""
    of, between, after = ("：", "、", "；") if language == "zh" else (": ", ", ", "; ")
    parts = (
        translate(label, language)
        + (of + between.join(translate(value, language) for value in values) if values else "")
        for label, values in _parts(session, wanted)
    )
    return after.join(parts) or translate(EVERYTHING, language)


def _parts(session: Session, wanted: Filter) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each part of a filter: what it is of, and the values; none where the name says all."""
    if wanted.area:
        yield "区域", (f"{name_of_area(session, wanted.area) or ''}（{wanted.area}）",)
    for name, (label, known) in _LISTS.items():
        if codes := getattr(wanted, name):
            yield label, tuple(known.label(code) for code in codes)
    if wanted.renovation_year:
        yield "改造年度", tuple("未填" if year is None else str(year) for year in wanted.renovation_year)
    if wanted.lived_in:
        yield "有人居住（居住状况不明或核实已过期的也算）", ()
    if wanted.event is not None:
        event = session.scalar(select(EVENT.c.name).where(EVENT.c.id == wanted.event))
        yield "事件", (f"{event}（{wanted.event}）", *(("位置不确定的",) if wanted.uncertain else ()))
    if wanted.zone is not None:
        yield "影响范围", (str(wanted.zone),)
    if wanted.standing is not None:
        yield ("灾害易发地内", ()) if wanted.standing == "any" else ("灾害易发地", (str(wanted.standing),))
    told = described(wanted)
    if wanted.bbox is not None:
        yield "矩形范围（西、南、东、北）", tuple(map(str, told["bbox"]))
    if wanted.within is not None:
        inside = told["within"]
        yield "多边形范围内", (str(inside if isinstance(inside, str) else inside["bbox"]),)
    if wanted.where is not None:
        yield "条件", (wanted.where,)
