"""What lists of risk areas state of one place: 山洪灾害危险区, 地质灾害隐患点 and their like. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from geo_housing.errors import BadInput
from geo_housing.houses.spreadsheet.fields import BY_NAME, plain_heading
from geo_housing.phones import merged, read_phones
from geo_housing.words import EVENT_KIND

# What each duty is called, the first as pages say it.
DUTIES: dict[str, tuple[str, ...]] = {
    "responsible": (
        "责任人", "防灾责任人", "行政责任人", "第一责任人", "第二责任人", "包保责任人", "防汛责任人", "危险区责任人", "隐患点责任人",
        "管理责任人", "包保领导", "包保干部", "网格责任人", "负责人",
    ),
    "monitor": (
        "监测人", "监测责任人", "监测员", "群测群防员", "巡查员", "巡查责任人", "监测人员", "群测群防监测员", "巡查人",
    ),
    "warner": ("预警人", "预警员", "预警责任人", "监测预警员", "监测预警责任人"),
    "mover": ("转移责任人", "转移人", "人员转移责任人", "避险转移责任人", "转移包保责任人", "组织转移责任人"),
    "contact": ("联系人", "联络员", "联络人", "第二联系人"),
}  # fmt: skip
DUTY_LABELS = {duty: names[0] for duty, names in DUTIES.items()}
# Of a zone's kind, what such a place is called.
PLACE_LABELS = {
    "flash_flood": "山洪危险区",
    "geological": "地灾隐患点",
    "flood": "沿河低洼",
    "dam_release": "水库下游",
}
_HEADINGS: dict[str, tuple[str, ...]] = {
    "name": (
        "名称", "危险区名称", "隐患点名称", "灾害点名称", "风险区名称", "易发地名称", "灾害易发地", "灾害易发地名称",
        "山洪灾害危险区", "山洪灾害危险区名称", "山洪危险区", "地质灾害隐患点", "地质灾害隐患点名称", "地灾隐患点", "name",
        "title",
    ),
    "number": (
        "编号", "统一编号", "隐患点编号", "危险区编号", "危险区编码", "灾害点编号", "风险区编号", "野外编号", "编码", "代码",
    ),
    "township": BY_NAME["township"].headings,
    "village": BY_NAME["village"].headings,
    "place": ("位置", "地理位置", "具体位置", "详细位置", "地点", "所在位置", "坐落", "所在地"),
    "kind": ("灾害类型", "灾种", "类型", "易发地类型", "隐患类型", "灾害种类", "类别", "隐患点类型"),
    "stated_households": (
        "威胁户数", "危险区内户数", "受威胁户数", "户数", "影响户数", "涉及户数", "危险区户数", "威胁户",
    ),
    "stated_people": (
        "威胁人数", "威胁人口", "危险区内人口", "危险区内人数", "受威胁人数", "人口", "人数", "影响人口", "影响人数", "涉及人数",
        "危险区人口", "威胁人",
    ),
    "measures": ("措施", "防治措施", "防范措施", "应对措施", "防灾措施", "避险措施", "治理措施", "拟采取措施"),
    "signal": ("预警信号", "预警方式", "预警手段", "报警信号", "预警信号及方式"),
    "route": ("转移路线", "撤离路线", "疏散路线", "转移线路", "避险路线", "逃生路线"),
    "shelter": (
        "安置点", "安置地点", "避险地点", "避灾地点", "转移地点", "避险场所", "转移安置点", "临时避险点", "安置场所", "避险点",
    ),
    "lon": BY_NAME["lon"].headings,
    "lat": BY_NAME["lat"].headings,
    "remark": ("备注", "说明"),
}  # fmt: skip
TEXTS = ("place", "measures", "signal", "route", "shelter", "remark")
NUMBERS = ("stated_households", "stated_people")
TEXT_LABELS = {
    "place": "位置",
    "measures": "措施",
    "signal": "预警信号",
    "route": "转移路线",
    "shelter": "安置点",
    "remark": "备注",
}
FIELD_OF = {plain_heading(text): name for name, texts in _HEADINGS.items() for text in (name, *texts)}
_DIVIDED = re.compile(r"[、,，;；/\n\r]+|\s{2,}")
_NONE = ("无", "没有")
MOST_TEXT = 2000
MOST_NAME = 60
# What lists call the kinds, beside the words of the list itself: these very words, and words that hold one of them, which is a guess.
_KINDS: dict[str, tuple[str, ...]] = {
    "flash_flood": (
        "山洪", "山洪灾害", "山洪沟", "山洪危险区", "山洪灾害危险区", "山洪沟口",
    ),
    "geological": (
        "滑坡", "崩塌", "泥石流", "地面塌陷", "地裂缝", "地面沉降", "不稳定斜坡", "地灾", "地质", "地灾隐患点", "地质灾害隐患点",
        "滑坡隐患点", "崩塌隐患点", "泥石流隐患点",
    ),
    "dam_release": ("水库", "水库下游", "水库泄洪"),
    "flood": ("沿河低洼", "沿河低洼地带", "河", "低洼", "洪", "内涝"),
}  # fmt: skip
_HINTS = ("河", "低洼", "洪", "地质", "地灾")


@dataclass(frozen=True)
class Slot:
    """One column: its place in the row and what it states; of a person also whose."""

    column: int
    field: str
    duty: str | None = None
    person: int = -1


@dataclass(frozen=True)
class Person:
    """Who answers for the place in what; ``phone`` as it is sealed."""

    duty: str
    name: str
    post: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class StandingFacts:
    """What a list states of one place; None: not stated, '' : stated to be nothing.

    ``kind_text``: what stands there, where ``kind`` is only what it was taken for.
    """

    name: str | None = None
    number: str | None = None
    kind: str | None = None
    kind_text: str | None = None
    place: str | None = None
    stated_households: int | None = None
    stated_people: int | None = None
    measures: str | None = None
    signal: str | None = None
    route: str | None = None
    shelter: str | None = None
    remark: str | None = None
    lon: str | None = None
    lat: str | None = None
    persons: tuple[Person, ...] = ()
    unread: tuple[str, ...] = field(default=())

    @property
    def says_more(self) -> bool:
        """Whether anything is stated beside name, kind and shape."""
        texts = (self.number, self.stated_households, self.stated_people, *(getattr(self, name) for name in TEXTS))
        return bool(self.persons) or any(value is not None for value in texts)


def facts_of(slots: Sequence[Slot], cells: Sequence[object]) -> StandingFacts:
    """One row. What cannot be read is told in ``unread`` and left out, the rest stays."""
    said: dict[str, object] = {}
    unread: list[str] = []
    places: list[str] = []
    people: dict[int, dict[str, str]] = {}
    for slot in slots:
        text = _text(cells[slot.column])
        if text is None:
            continue
        if slot.person >= 0:
            group = people.setdefault(slot.person, {"duty": slot.duty or ""})
            group[slot.field] = f"{group[slot.field]}、{text}" if slot.field in group else text
        elif slot.field in ("township", "village"):
            places.append(text)
        elif slot.field in NUMBERS:
            number = _number(text)
            if number is None:
                unread.append(f"“{text[:20]}”不是户数或人数，没有采用。")
            said[slot.field] = number
        elif slot.field == "kind":
            said["kind"], is_sure = kind_of(text)
            said["kind_text"] = None if is_sure else text[:40]
        else:
            said[slot.field] = "" if text in _NONE and slot.field in TEXTS else text[:MOST_TEXT]
    if places and not said.get("place"):
        said["place"] = "".join(places)
    persons = _each_once(one for _, group in sorted(people.items()) for one in _persons(group, unread))
    found = StandingFacts(**said, persons=tuple(persons), unread=tuple(unread))  # type: ignore[arg-type] # by field
    return replace(found, name=found.name[:MOST_NAME] if found.name else None)


def kind_of(text: str) -> tuple[str, bool]:
    """The code word of a kind as a list writes it, and whether it says so; what we do not know is kept as it is written."""
    try:
        return EVENT_KIND.code(text), True
    except BadInput:
        pass
    plain = plain_heading(text)
    for kind, words in _KINDS.items():
        if plain in words and plain not in _HINTS:
            return kind, True
    parts = {kind_of(part) for part in _DIVIDED.split(text) if part.strip() and part.strip() != text.strip()}
    if len(parts) == 1 and all(is_sure for _, is_sure in parts):
        return parts.pop()
    return next((kind for kind, words in _KINDS.items() for word in words if word in plain), text[:40]), False


def label_of(kind: str) -> str:
    """What a standing area of this kind is called."""
    return PLACE_LABELS.get(kind) or (EVENT_KIND.label(kind) if kind in EVENT_KIND else kind)


def _persons(group: Mapping[str, str], unread: list[str]) -> list[Person]:
    """The people of one group of columns: a cell may hold several, with as many telephones."""
    if group.get("person") in _NONE or not group.get("person"):
        if group.get("phone"):
            unread.append("有电话没有姓名，没有采用。")
        return []
    names = [name.strip()[:MOST_NAME] for name in _DIVIDED.split(group["person"]) if name.strip()]
    read = read_phones(group.get("phone", ""))
    if read.unread:
        unread.append(f"{'、'.join(names)}的电话读不出来，没有采用。")
    numbers = list(read.numbers)
    if len(names) > 1 and len(numbers) == len(names):
        return [
            Person(group["duty"], name, group.get("post"), phone) for name, phone in zip(names, numbers, strict=True)
        ]
    if len(names) > 1 and len(numbers) > 1:
        unread.append(f"{'、'.join(names)}共 {len(names)} 人，电话有 {len(numbers)} 个，看不出哪个是谁的，没有采用。")
        return [Person(group["duty"], name, group.get("post")) for name in names]
    first = Person(group["duty"], names[0], group.get("post"), read.text)
    return [first, *(Person(group["duty"], name) for name in names[1:])]


def _each_once(persons: Iterable[Person]) -> list[Person]:
    """监测人 and 巡查员 are one duty: who stands in both columns is one person, with the numbers of both."""
    found: dict[tuple[str, str], Person] = {}
    for one in persons:
        known = found.get((one.duty, one.name))
        found[one.duty, one.name] = (
            one if known is None else replace(known, post=known.post or one.post, phone=merged(known.phone, one.phone))
        )
    return list(found.values())


def _text(value: object) -> str | None:
    if value is None or value != value:
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    text = " ".join(text.split()) if "\n" not in text else text.strip()
    return text or None


def _number(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,6})(?:\.0+)?\s*[户人]?", text)
    return int(found[1]) if found else None
