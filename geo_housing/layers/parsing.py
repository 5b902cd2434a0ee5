"""Reading a filter from a query string, a JSON body or command options; Chinese labels beside code words."""

from collections.abc import Iterable, Mapping

from geo_housing.db import Actor
from geo_housing.errors import BadInput, NotAllowed
from geo_housing.layers import cql2
from geo_housing.layers.columns import Layer
from geo_housing.layers.filters import Filter
from geo_housing.layers.house_layer import CATEGORIES
from geo_housing.layers.spatial import parse_box, parse_polygon
from geo_housing.layers.where import where_condition
from geo_housing.numbers import whole_number
from geo_housing.scope import AreaScope
from geo_housing.words import (
    CATEGORY,
    GRADE,
    INSPECTION_STATE,
    KEY_GROUPS,
    LOCATION_STATE,
    OCCUPANCY,
    RENOVATION,
    RISK,
    STRUCTURE,
    TRAIT,
    WordList,
)

LIVED_IN_WORDS = ("lived_in", "有人居住")
NOT_TOLD_WORDS = ("none", "未填")
SIX_GROUPS_WORDS = ("key_groups", "六类", "六类对象")


def parse_filter(given: Mapping[str, object], *, layer: Layer, actor: Actor) -> Filter:
    """The filter of ``given``; empty values ask nothing.

    BadInput: unknown or unfitting field or value; NotAllowed: category or trait without the right, foreign area.
    """
    asked = {name: value for name, value in given.items() if value not in (None, "", (), [])}
    if layer.whole_digits and len(actor.scope.prefix) > layer.whole_digits:
        raise NotAllowed(f"{layer.label}按乡镇合并小数，只向管辖范围为乡镇及以上的人员提供。")
    allowed = layer.filters | {"where"}
    for name in asked:
        if name not in allowed:
            raise BadInput(f"{layer.label}图层没有“{name}”这个筛选项，可用的有：{'、'.join(sorted(allowed))}。")
    if any("\x00" in value for value in asked.values() if isinstance(value, str)):
        raise BadInput("筛选条件里有不可见的控制字符，请重新输入。")
    if {"category", "trait"} & asked.keys() and not actor.may(CATEGORIES):
        raise NotAllowed("您的角色不能按保障类别或避险特征筛选。")
    area = _area(asked["area"], actor) if "area" in asked else None
    where = _where(asked["where"], layer) if "where" in asked else None
    occupancy, lived_in = _occupancy(asked.get("occupancy"))
    return Filter(
        area=area,
        bbox=parse_box(asked["bbox"]) if "bbox" in asked else None,
        within=parse_polygon(asked["within"]) if "within" in asked else None,
        occupancy=occupancy,
        lived_in=lived_in,
        category=_categories(asked.get("category")),
        event=_number("event", asked.get("event")),
        uncertain=_uncertain(asked),
        zone=_number("zone", asked.get("zone")),
        standing="any" if asked.get("standing") in ("any", "全部") else _number("standing", asked.get("standing")),
        where=where,
        grade=_codes(GRADE, asked.get("grade")),
        risk=_codes(RISK, asked.get("risk")),
        renovation=_codes(RENOVATION, asked.get("renovation")),
        renovation_year=_years(asked.get("renovation_year")),
        structure=_codes(STRUCTURE, asked.get("structure")),
        location=_codes(LOCATION_STATE, asked.get("location")),
        state=_codes(INSPECTION_STATE, asked.get("state")),
        trait=_codes(TRAIT, asked.get("trait")),
    )


def _texts(given: object) -> list[str]:
    """The words of ``C,D`` or ``["C", "D"]``."""
    if given is None:
        return []
    parts = given.replace("，", ",").split(",") if isinstance(given, str) else given
    if not isinstance(parts, Iterable):
        raise BadInput(f"筛选值“{given}”应为文字或文字的列表。")
    return [str(part).strip() for part in parts if str(part).strip()]


def _codes(words: WordList, given: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words.code(text) for text in _texts(given)))


def _occupancy(given: object) -> tuple[tuple[str, ...], bool]:
    texts = _texts(given)
    plain = [text for text in texts if text not in LIVED_IN_WORDS]
    return _codes(OCCUPANCY, plain), len(plain) < len(texts)


def _categories(given: object) -> tuple[str, ...]:
    texts = _texts(given)
    if any(text in SIX_GROUPS_WORDS for text in texts):
        return tuple(dict.fromkeys([*KEY_GROUPS, *_codes(CATEGORY, [t for t in texts if t not in SIX_GROUPS_WORDS])]))
    return _codes(CATEGORY, texts)


def _years(given: object) -> tuple[int | None, ...]:
    years: list[int | None] = []
    for text in _texts([given] if isinstance(given, int) else given):
        if text in NOT_TOLD_WORDS:
            years.append(None)
        elif (year := whole_number(text, most=9999)) is not None:
            years.append(year)
        else:
            raise BadInput(f"“renovation_year”应为四位年份或 none（未填），现在是“{text[:40]}”。")
    return tuple(dict.fromkeys(years))


def _number(name: str, given: object) -> int | None:
    if given is None:
        return None
    number = whole_number(str(given).strip())
    if number is None:
        raise BadInput(f"“{name}”应为编号（整数），现在是“{str(given)[:40]}”。")
    return number


def _uncertain(asked: Mapping[str, object]) -> bool:
    """Whether the houses of uncertain place are meant; without an event there are none."""
    given = str(asked.get("uncertain", "")).strip().lower()
    if given in ("", "0", "false", "no", "否"):
        return False
    if given not in ("1", "true", "yes", "是"):
        raise BadInput(f"“uncertain”应为 1 或 0，现在是“{given[:40]}”。")
    if asked.get("event") is None:
        raise BadInput("“uncertain”（位置不确定）要和事件（event）一起用。")
    return True


def _area(given: object, actor: Actor) -> str:
    code = str(given).strip()
    AreaScope(code)
    actor.scope.narrowed(code)
    return code


def _where(given: object, layer: Layer) -> str:
    text = str(given)
    where_condition(layer, cql2.parse(text))
    return text
