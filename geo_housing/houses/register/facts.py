"""What a clerk may change about a house or a household: fields, labels, rules, masked differences. Pure.

The rules are those of the ledger (spreadsheet/row.py): what a cell may say, a form may say. Grades are not among
the fields; a grade comes from an assessment or a ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal

from geo_housing.errors import BadInput, Fault
from geo_housing.houses.spreadsheet import row
from geo_housing.houses.spreadsheet.faults import CellFault
from geo_housing.houses.spreadsheet.personal import id_number, phone
from geo_housing.masking import mask_id_number, mask_name, mask_phone
from geo_housing.words import (
    BUILDING_KIND,
    CATEGORY,
    MEASURE,
    MONITORING,
    OCCUPANCY,
    RENOVATION,
    STRUCTURE,
    TRAIT,
    WordList,
)

Kind = Literal["text", "number", "date", "word", "words", "long"]
Value = str | int | float | date | tuple[str, ...] | None


@dataclass(frozen=True)
class Fact:
    """One field of a form. ``unit`` stands after the field; ``hint`` below it."""

    name: str
    label: str
    kind: Kind
    words: WordList | None = None
    unit: str = ""
    longest: int = 200


HOUSE_FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("settlement", "自然屯/组", "text", longest=60),
        Fact("structure", "结构形式", "word", STRUCTURE),
        Fact("built_year", "建成年份", "number", unit="年"),
        Fact("storeys", "地上层数", "number", unit="层"),
        Fact("rooms", "间数", "number", unit="间"),
        Fact("area_m2", "建筑面积", "number", unit="㎡"),
        Fact("building_kind", "房屋用途", "word", BUILDING_KIND),
        Fact("occupancy", "居住状况", "word", OCCUPANCY),
        Fact("occupancy_checked_on", "居住核实日期", "date"),
        Fact("occupancy_checked_by", "核实人", "text", longest=60),
        Fact("renovation", "改造状态", "word", RENOVATION),
        Fact("renovation_year", "改造年度", "number", unit="年"),
        Fact("measure", "处置方式", "word", MEASURE),
        Fact("remark", "备注", "long", longest=1000),
    )
}
HOUSEHOLD_FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("head", "户主姓名", "text", longest=60),
        Fact("id_number", "身份证号", "text", longest=30),
        Fact("phone", "联系电话", "text", longest=30),
        Fact("persons", "现居住人数", "number", unit="人"),
        Fact("categories", "保障类别", "words", CATEGORY),
        Fact("monitoring", "监测身份", "words", MONITORING),
        Fact("traits", "避险特征", "words", TRAIT),
    )
}
# Kept encrypted; an empty field of the form leaves the stored value, since the form never shows it.
SEALED = ("id_number", "phone")
# Shown only to those who may see families.
FAMILY_FIELDS = frozenset(HOUSEHOLD_FACTS) | {"remark", "relation"}
CATEGORY_FIELDS = frozenset({"categories", "monitoring", "traits"})


def read_facts(given: Mapping[str, object], facts: Mapping[str, Fact], *, on: date) -> dict[str, Value]:
    """Typed values of what was given; an empty text is None. BadInput names every bad field at once."""
    rules = row.rules(on)
    # Of a ledger's cell a part may be taken, of what somebody types here nothing that is not understood.
    rules |= {"id_number": id_number, "phone": phone}
    rules["occupancy_checked_by"] = partial(row.free_text, longest=60)
    found: dict[str, Value] = {}
    faults: list[Fault] = []
    for name, value in given.items():
        fact = facts.get(name)
        if fact is None:
            raise BadInput(f"没有“{name}”这一项，可改的有：{'、'.join(facts)}。")
        try:
            found[name] = _read(fact, value, rules[name])
        except (CellFault, BadInput) as fault:
            faults.append(Fault(None, name, None, str(fault)))
    if faults:
        told = (f"{facts[str(f.column)].label}：{f.sentence.removesuffix('。')}" for f in faults[:3])
        sentences = "；".join(told) + "。"
        raise BadInput(f"有 {len(faults)} 项填得不对，没有保存。{sentences}", faults=faults)
    return found


def _read(fact: Fact, value: object, rule: row.Rule) -> Value:
    if fact.kind == "words":
        return _words(fact, value)
    text = row.normalise(str(value)) if value is not None else ""
    if not text:
        return None
    if "\x00" in text:
        raise CellFault("有不可见的控制字符，请重新输入。")
    stated = rule(text)
    if stated is None or stated == row.CLEARED:
        return None
    if fact.kind == "number":
        return float(stated) if fact.name == "area_m2" else int(stated)
    if fact.kind == "date":
        return date.fromisoformat(stated)
    return stated


def _words(fact: Fact, value: object) -> tuple[str, ...] | None:
    assert fact.words is not None, "a list of words has its list"
    parts = value if isinstance(value, list | tuple) else str(value or "").replace("，", ",").split(",")
    # A county may have added words to an extensible list before this version knew them.
    codes = sorted({fact.words.code(str(part)) for part in parts if str(part).strip()})
    return tuple(codes) or None


def shown(fact: Fact, value: Value) -> str:
    """A value as pages and messages show it; nothing is —."""
    if value is None or value in ("", ()):
        return "—"
    if fact.words is not None:
        codes = value if isinstance(value, tuple | list) else (str(value),)
        return "、".join(fact.words.label(code) for code in codes)
    if isinstance(value, float):
        return f"{value:g}{fact.unit}"
    return f"{value}{fact.unit}"


def as_typed(value: Value) -> str:
    """A value as it stands in the form's field."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def masked(name: str, value: Value) -> str | int | float | list[str] | None:
    """A value as the journal keeps it: personal data masked, a remark only by its length."""
    if value is None:
        return None
    if name in ("head", "occupancy_checked_by"):
        return mask_name(str(value))
    if name == "id_number":
        return mask_id_number(str(value))
    if name == "phone":
        return mask_phone(str(value))
    if name == "remark":
        return f"（{len(str(value))} 字）"
    if isinstance(value, tuple | list):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value
