"""What is known of a contact, a shelter, a technician: fields, labels, rules. Pure.

The same rules read a form and a cell of a list. What a list leaves empty is not stated; what a form leaves empty is
empty, but for the telephone, which no form shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Literal

from geo_housing.errors import BadInput, Fault
from geo_housing.houses.spreadsheet import row
from geo_housing.houses.spreadsheet.coordinates import coordinate
from geo_housing.houses.spreadsheet.faults import CellFault
from geo_housing.phones import mask_phones, read_phones
from geo_housing.roster.spelling import ANY_KIND, SAFE_WORDS, STATES, TURNS, known_turn, read_role
from geo_housing.roster.terms import last_day
from geo_housing.words import CONTACT_ROLE, CONTACT_TURN, EVENT_KIND, SHELTER_STATE, WordList

FactKind = Literal["text", "long", "number", "date", "word", "words", "phone", "degrees", "areas", "account"]
KindName = Literal["contacts", "shelters", "technicians"]
Values = dict[str, Any]

MOST_CAPACITY = 100_000


@dataclass(frozen=True)
class Fact:
    """One field of a form and of a list. ``words`` are proposed; the list of roles may be gone beyond."""

    name: str
    label: str
    kind: FactKind
    words: WordList | None = None
    unit: str = ""
    longest: int = 100
    is_needed: bool = False


@dataclass(frozen=True)
class Kind:
    """One of the three things that the roster keeps; ``key`` are the fields by which a list finds a row again.

    ``bounds`` say where and how long somebody may act: without one of them they may everywhere and always, so that a row in
    which one was not understood is not taken.
    """

    name: KindName
    subject: str
    label: str
    facts: dict[str, Fact]
    key: tuple[str, ...]
    bounds: frozenset[str] = frozenset()


def _facts(*facts: Fact) -> dict[str, Fact]:
    return {fact.name: fact for fact in facts}


_PHONE = Fact("phone", "联系电话", "phone")
_PERIOD = (Fact("valid_from", "任职起始", "date"), Fact("valid_to", "任职截止", "date"))
_REMARK = Fact("remark", "备注", "long", longest=500)
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "contacts",
            "contact",
            "责任人",
            _facts(
                Fact("role", "责任人类别", "word", CONTACT_ROLE, is_needed=True),
                Fact("name", "姓名", "text", longest=40, is_needed=True),
                Fact("unit", "单位", "text"),
                Fact("post", "职务", "text", longest=60),
                Fact("turn", "岗次", "word", CONTACT_TURN),
                Fact("rank", "叫应顺序", "number"),
                _PHONE,
                *_PERIOD,
                _REMARK,
            ),
            ("role", "name"),
        ),
        Kind(
            "shelters",
            "shelter",
            "安置点",
            _facts(
                Fact("name", "安置点名称", "text", longest=60, is_needed=True),
                Fact("address", "地址", "text", longest=120),
                Fact("capacity", "可容纳人数", "number", unit="人"),
                Fact("contact_name", "联系人", "text", longest=40),
                _PHONE,
                Fact("state", "状态", "word", SHELTER_STATE),
                Fact("safe_from", "适用灾种", "words", EVENT_KIND),
                Fact("lon", "经度", "degrees"),
                Fact("lat", "纬度", "degrees"),
                _REMARK,
            ),
            ("name",),
        ),
        Kind(
            "technicians",
            "technician",
            "专业技术人员",
            _facts(
                Fact("name", "姓名", "text", longest=40, is_needed=True),
                Fact("unit", "单位", "text"),
                Fact("specialty", "专业", "text", longest=60),
                Fact("certificate", "证书", "text"),
                Fact("team", "技术组", "text", longest=40),
                _PHONE,
                Fact("areas", "负责区域", "areas"),
                Fact("account", "平台账号", "account", longest=60),
                *_PERIOD,
                _REMARK,
            ),
            ("name",),
            frozenset({"areas", "valid_from", "valid_to"}),
        ),
    )
}
# Kept encrypted: an empty field of a form leaves what is stored.
SEALED = "phone"


def _role(text: str) -> str:
    return read_role(text)[0]


def _listed(text: str, *, words: WordList, more: Mapping[str, str]) -> str:
    return row.word(text.upper() if text.upper() in more else text, words=words, more=dict(more))


def _number(text: str, *, most: int, what: str) -> int:
    return int(row.whole(text, least=1, most=most, what=what))


def _phones(text: str) -> str | None:
    found = read_phones(text)
    if found.unread:
        raise CellFault("有不像电话号码的内容：手机应为 11 位，座机写区号加号码；多个号码用顿号隔开。")
    return found.text


def _kinds(text: str) -> tuple[str, ...]:
    if text in ANY_KIND:
        return tuple(code for code in EVENT_KIND if code != "other")
    stated = row.word_set(text, words=EVENT_KIND, more=SAFE_WORDS)
    return () if stated == row.CLEARED else tuple(stated.strip("{}").split(","))


def _degrees(text: str, *, most: float) -> float:
    value = round(coordinate(text, "lon" if most > 90 else "lat"), 7)
    if not -most <= value <= most:
        raise CellFault("应为经纬度，如 经度 121.5566、纬度 45.3821（CGCS2000）。")
    return value


def rule_of(fact: Fact) -> Callable[[str], Any]:
    """How the text of a field (normalised, not empty) becomes its value; CellFault says what is wrong."""
    if fact.name == "role":
        return _role
    if fact.name == "turn":
        return lambda text: known_turn(text) or row.word(text, words=CONTACT_TURN, more=TURNS)
    if fact.name == "state":
        return partial(_listed, words=SHELTER_STATE, more=STATES)
    if fact.kind == "phone":
        return _phones
    if fact.name == "valid_to":
        return last_day
    if fact.kind == "date":
        return lambda text: date.fromisoformat(row.day(text))
    if fact.kind == "words":
        return _kinds
    if fact.kind == "number":
        return partial(_number, most=99 if fact.name == "rank" else MOST_CAPACITY, what=fact.label)
    if fact.kind == "degrees":
        return partial(_degrees, most=180 if fact.name == "lon" else 90)
    return partial(row.free_text, longest=fact.longest)


@dataclass
class Typed:
    """What was read of a form: values by field, and all that is wrong with it."""

    values: Values = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_form(kind: Kind, given: Mapping[str, object]) -> Values:
    """Values of a form; an empty field is None, an empty telephone is left out. BadInput names every bad field at once."""
    typed = Typed()
    for name, value in given.items():
        fact = kind.facts.get(name)
        if fact is None:
            raise BadInput(f"没有“{name}”这一项，可填的有：{'、'.join(kind.facts)}。")
        _read_one(fact, value, typed)
    faults = typed.faults + whole_faults(kind, typed.values)
    if faults:
        told = (f"{kind.facts[str(fault.column)].label}：{fault.sentence.removesuffix('。')}" for fault in faults[:3])
        raise BadInput(f"有 {len(faults)} 项填得不对，没有保存。{'；'.join(told)}。", faults=faults)
    return typed.values


def _read_one(fact: Fact, value: object, typed: Typed) -> None:
    parts = [str(part) for part in value] if isinstance(value, list | tuple) else [str(value or "")]
    text = row.normalise("、".join(part for part in parts if part.strip()))
    if "\x00" in text:
        typed.faults.append(Fault(None, fact.name, None, "有不可见的控制字符，请重新输入。"))
    elif not text:
        if fact.is_needed:
            typed.faults.append(Fault(None, fact.name, None, f"请填写{fact.label}。"))
        elif fact.kind != "phone":
            typed.values[fact.name] = None
    elif fact.kind in ("areas", "account"):
        # Who may be named there is the database's to say.
        typed.values[fact.name] = tuple(part for part in parts if part) if fact.kind == "areas" else text
    else:
        try:
            typed.values[fact.name] = rule_of(fact)(text)
        except CellFault as fault:
            typed.faults.append(Fault(None, fact.name, None, str(fault)))


def whole_faults(kind: Kind, values: Values) -> list[Fault]:
    """What is wrong between fields that are each right."""
    faults = []
    begins, ends = values.get("valid_from"), values.get("valid_to")
    if begins and ends and ends < begins:
        faults.append(Fault(None, "valid_to", None, "截止日期早于起始日期，请核对。"))
    if kind.name == "shelters" and (values.get("lon") is None) != (values.get("lat") is None):
        missing = "lon" if values.get("lon") is None else "lat"
        faults.append(Fault(None, missing, None, "经度、纬度要么都填，要么都不填。"))
    return faults


def shown(fact: Fact, value: Any) -> str:
    """A value as pages, files and messages show it, the telephone masked; nothing is empty."""
    if value is None or value == ():
        return ""
    if fact.kind == "phone":
        return mask_phones(str(value))
    if fact.words is not None:
        codes = value if isinstance(value, tuple | list) else (str(value),)
        return "、".join(fact.words.label(code) for code in codes)
    if isinstance(value, tuple | list):
        return "、".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.7f}".rstrip("0").rstrip(".")
    return value.isoformat() if isinstance(value, date) else str(value)


# What the journal's own words for these fields would make something else of.
_IN_JOURNAL = {"role": "contact_role", "state": "shelter_state", "name": "person"}


def diff_of(kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The changed fields as the journal keeps them: [before, after], telephones masked."""
    return {
        name if kind.name == "shelters" and name == "name" else _IN_JOURNAL.get(name, name): [
            for_journal(kind.facts[name], before.get(name)),
            for_journal(kind.facts[name], value),
        ]
        for name, value in after.items()
        if before.get(name) is not None or value is not None
    }


def for_journal(fact: Fact, value: Any) -> Any:
    """A value as the journal keeps it: the telephone masked, a remark only by its length."""
    if value is None:
        return None
    if fact.kind == "phone":
        return mask_phones(str(value))
    if fact.kind == "long":
        return f"（{len(str(value))} 字）"
    if isinstance(value, tuple | list):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value
