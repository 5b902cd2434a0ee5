"""电话报数 in one line as somebody types it: 宝石镇已转12户19人. Decided without a database.

An area is meant by its full name or its stem; a stem that several divisions share is asked about, never guessed.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from geo_housing.areas.names import key_of
from geo_housing.errors import BadInput, Fault

MOST = 1_000_000
_HOUSEHOLDS = re.compile(r"(\d{1,7})\s*(?:户|household)")
_PEOPLE = re.compile(r"(\d{1,7})\s*(?:人|口|people|person)")


@dataclass(frozen=True)
class Place:
    """A division that may be meant."""

    code: str
    name: str
    level: str


@dataclass(frozen=True)
class Line:
    """What a line says: of which area (None: of the one that was asked for), 户 and 人 moved so far."""

    area: str | None
    households: int
    people: int | None


def read_line(typed: str, places: Iterable[Place]) -> Line:
    """The figure that a line tells; BadInput says what is missing."""
    line = unicodedata.normalize("NFKC", typed).replace(",", "").strip()
    households, people = _HOUSEHOLDS.search(line), _PEOPLE.search(line)
    if households is None:
        raise _fault("households", "没有看到户数，请写成“宝石镇已转12户19人”的样子。")
    counted = int(households.group(1)), int(people.group(1)) if people else None
    if max(counted[0], counted[1] or 0) > MOST:
        raise _fault("households", "数太大，请核对。")
    return Line(_area(line, list(places)), *counted)


def _area(line: str, places: list[Place]) -> str | None:
    """The division named in the line; of a village and its township both named the village."""
    townships = [place for place in places if place.level == "township" and place.name in line]
    rest = line
    for township in townships:
        rest = rest.replace(township.name, " ")
    inside = [place for place in places if place not in townships]
    if townships:
        # 宝石镇永平村: the township says which village of that name.
        inside = [one for one in inside if one.level == "village" and one.code[:9] in {t.code for t in townships}]
    found = {place.code: (length, place) for place in inside if (length := _named(place, rest))}
    if not found:
        found = {place.code: (len(place.name), place) for place in townships}
    if not found:
        return None
    longest = max(length for length, _ in found.values())
    meant = [place for length, place in found.values() if length == longest]
    if len(meant) > 1:
        names = "、".join(place.name for place in meant[:4])
        raise _fault("line", f"有几个地方都可能是它（{names}），请写上乡镇和村的全名。")
    return meant[0].code


def _named(place: Place, line: str) -> int:
    """How long the longest spelling of the place is that stands in the line; 0 when none does."""
    key = key_of(place.name, place.level)
    spelled = [place.name, key.stem]
    if place.level == "village":
        spelled += [key.stem + end for end in (("社区",) if key.kind == "residents" else ("村", "嘎查"))]
    return max((len(word) for word in spelled if len(word) > 1 and word in line), default=0)


def _fault(field: str, sentence: str) -> BadInput:
    return BadInput(sentence, faults=[Fault(None, field, None, sentence)])
