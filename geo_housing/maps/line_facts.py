"""What a file says of a river or a road: its name, the number by which it is known again, from how far it is seen. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KINDS = {"river": "河流", "road": "道路"}
_NAMES = (
    "name", "名称", "河流名称", "河名", "河道名称", "水系名称", "道路名称", "路名", "路线名称", "公路名称", "name:zh", "name_zh",
    "fullname", "rivername", "roadname",
)  # fmt: skip
_NUMBERS = (
    "编号", "编码", "代码", "河流编码", "河流编号", "河流代码", "路线编号", "路线编码", "道路编号", "路段编号", "osm_id", "code", "gid",
)  # fmt: skip
_CLASSES = (
    "highway",
    "waterway",
    "fclass",
    "class",
    "type",
    "等级",
    "河流等级",
    "道路等级",
    "技术等级",
    "行政等级",
    "类型",
    "级别",
)
# From how far it is seen: 1 over the whole county, 2 over some townships, 3 within a village.
_RANKS = (
    (1, ("motorway", "trunk", "primary", "river", "高速", "国道", "省道", "一级", "干流", "主要")),
    (2, ("secondary", "tertiary", "canal", "stream", "县道", "二级", "三级", "支流", "干渠")),
    (3, ("residential", "service", "track", "path", "footway", "unclassified", "living_street", "ditch", "drain",
         "乡道", "村道", "四级", "等外", "支沟", "沟渠")),
)  # fmt: skip
USUAL_RANK = 2
MOST_NAME = 80


@dataclass(frozen=True)
class LineFacts:
    """What is stated of one line; None: not stated."""

    name: str | None
    number: str | None
    rank: int


def facts_of_lines(columns: Mapping[str, Sequence[Any]], count: int) -> tuple[list[LineFacts], list[str]]:
    """The facts of each of ``count`` features, and the columns that say nothing to us."""
    names, numbers, classes = (_columns(columns, wanted) for wanted in (_NAMES, _NUMBERS, _CLASSES))
    used = {*names, *numbers, *classes}
    found = []
    for n in range(count):
        name = _first(columns, names, n)
        number = _first(columns, numbers, n)
        said = " ".join(filter(None, (_text(columns[column][n]) for column in classes)))
        found.append(LineFacts(name[:MOST_NAME] if name else None, number, rank_of(said)))
    return found, [column for column in columns if column not in used]


def rank_of(said: str) -> int:
    """From how far a line of this class is seen."""
    plain = said.lower()
    return next((rank for rank, words in _RANKS if any(_says(plain, word) for word in words)), USUAL_RANK)


def _says(text: str, word: str) -> bool:
    return re.search(rf"(?<![a-z_]){word}(?![a-z_])", text) is not None if word.isascii() else word in text


def _columns(columns: Mapping[str, Sequence[Any]], wanted: Sequence[str]) -> list[str]:
    """Those of the columns that have one of the headings, in the order of the headings."""
    plain = {_plain(column): column for column in reversed(list(columns))}
    return [plain[_plain(heading)] for heading in wanted if _plain(heading) in plain]


def _plain(heading: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", heading)).lower()


def _first(columns: Mapping[str, Sequence[Any]], wanted: Sequence[str], n: int) -> str | None:
    return next((text for column in wanted if (text := _text(columns[column][n]))), None)


def _text(value: Any) -> str | None:
    if value is None or value != value:
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return " ".join(text.split()) or None
