"""The names under which warnings know the loaded divisions: full names in all their spellings, and bare stems. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from geo_housing.area_codes import TOWNSHIP_DIGITS, county_of
from geo_housing.areas.names import key_of, normalise_area_name
from geo_housing.hazards.bulletin.plain import to_plain

_SUFFIXES = {
    "village": ("村民委员会", "村村民委员会", "村委会", "村村委会", "嘎查村民委员会", "嘎查村委会", "嘎查委员会",
                "嘎查村", "嘎查", "行政村", "村"),
    "residents": ("社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区"),
    "township": ("镇", "乡", "苏木", "街道", "街道办事处", "民族乡"),
    "county": ("县", "旗", "市", "区"),
}  # fmt: skip
_WRITTEN = ("嘎查", "社区", "街道", "苏木", "村", "镇", "乡")
_SIDES = "东西南北上下前后"
_MOST_NEAR = 6
_MOST_UNKNOWN = 200
# Of names without a suffix: what people leave out.
_DROPPED = ("国营", "生活区")


class Named(Protocol):
    """A loaded division: code, level (county, township, village) and official name."""

    @property
    def code(self) -> str:
        """6, 9 or 12 digits."""

    @property
    def level(self) -> str:
        """county, township or village."""

    @property
    def name(self) -> str:
        """As officially written."""


@dataclass(frozen=True)
class Place:
    """A division; ``kind`` tells a village from a residents' committee."""

    code: str
    level: str
    name: str
    kind: str = ""


class Gazetteer:
    """All names of the divisions that the actor may see, ready for looking up in a plain text."""

    def __init__(self, divisions: Iterable[Named], aliases: Iterable[tuple[str, str]] = ()) -> None:
        """``aliases``: code and other name."""
        self.places: dict[str, Place] = {}
        self._full: dict[str, dict[str, Place]] = defaultdict(dict)
        self._loose: dict[str, dict[str, Place]] = defaultdict(dict)
        self._stems: dict[str, dict[str, Place]] = defaultdict(dict)
        self._near: dict[tuple[str, str], tuple[Place, ...]] = {}
        for one in divisions:
            key = key_of(one.name, one.level)
            self.places[one.code] = Place(one.code, one.level, one.name, key.kind)
            self._add(self.places[one.code], one.name)
        for code, name in aliases:
            if code in self.places:
                self._add(self.places[code], name)
        self.shortened: set[str] = set()
        for place in self.places.values():
            if place.level == "township":
                self._shorten(place)
        self.counties = sorted(code for code, place in self.places.items() if place.level == "county")
        self._full_lengths = _lengths_by_first([*self._full, *self._loose])
        self._stem_lengths = _lengths_by_first(self._stems)

    def _add(self, place: Place, name: str) -> None:
        plain = to_plain(name).text
        bare = plain if place.level == "county" else to_plain(normalise_area_name(name)).text
        if len(bare) < 2:
            return
        key = key_of(bare, place.level)
        kind = key.kind or place.level
        endings = _SUFFIXES["township" if place.level == "township" else kind]
        stem = key.stem
        if place.level == "county":
            stem = bare[:-1] if bare.endswith(endings) and len(bare) > 2 else bare
        if stem == bare:
            # No suffix: a farm or an alias. Long ones stand for themselves, and without what people leave out.
            for form in {bare, *(bare.replace(word, "") for word in _DROPPED)}:
                (self._full if len(form) > 3 else self._stems)[form][place.code] = place
            return
        self._full[bare][place.code] = place
        if place.level != "county":
            for ending in endings:
                (self._full if place.level == "village" else self._loose)[stem + ending][place.code] = place
        if len(stem) >= 2:
            self._stems[stem][place.code] = place

    def _shorten(self, place: Place) -> None:
        """杜尔基 and 东杜 for 东杜尔基镇: what people say, and what may mean something else: always asked about."""
        stem = key_of(place.name, place.level).stem
        if len(stem) < 4:
            return
        townships = [other for other in self.places.values() if other.level == "township"]
        for short in (stem[1:] if stem[0] in _SIDES else "", stem[:2]):
            meant = [other for other in townships if short in other.name]
            if len(short) > 1 and len(meant) <= _MOST_NEAR and (len(short) > 2 or len(meant) == 1):
                self._stems[short] |= {other.code: other for other in meant}
                self.shortened.add(short)

    def full_at(self, text: str, start: int, end: int) -> tuple[int, tuple[Place, ...]] | None:
        """The longest full name that begins at ``start``: where it ends, and whose it is."""
        for length in self._full_lengths.get(text[start], ()):
            form = text[start : start + length]
            if start + length <= end and (found := self._full.get(form) or self._loose.get(form)):
                return start + length, tuple(found.values())
        return None

    def stem_at(self, text: str, start: int, end: int) -> tuple[int, tuple[Place, ...]] | None:
        """The longest bare stem that begins at ``start``."""
        if start < end:
            for length in self._stem_lengths.get(text[start], ()):
                if start + length <= end and (found := self._stems.get(text[start : start + length])):
                    return start + length, tuple(found.values())
        return None

    def near(self, words: str, above: str) -> tuple[Place, ...]:
        """Divisions below ``above`` whose names differ from ``words`` by one character, as misread and mistyped ones do.

        Of a village with a short name only below its township: of two characters one is shared by many. Each name is looked for
        once, and no more names than any warning has: a text may be made of nothing but invented ones.
        """
        key = words, above
        if key not in self._near and len(self._near) < _MOST_UNKNOWN:
            self._near[key] = self._nearly(words, above)
        return self._near.get(key, ())

    def _nearly(self, words: str, above: str) -> tuple[Place, ...]:
        ending = next((one for one in _WRITTEN if words.endswith(one)), "")
        stem = words.removesuffix(ending)
        is_township = ending in _SUFFIXES["township"]
        is_told = is_township or len(above) == TOWNSHIP_DIGITS or len(stem) > 2
        if not ending or len(stem) < 2 or not is_told:
            return ()
        found = {
            code: place
            for known, places in self._stems.items()
            if _is_near(stem, known)
            for code, place in places.items()
            if code.startswith(above)
            and (place.level == "township" and place.name.endswith(ending) if is_township else place.level == "village")
        }
        return tuple(found[code] for code in sorted(found)) if len(found) <= _MOST_NEAR else ()

    def county_of(self, words: str) -> str | None:
        """The one loaded county that ``words``, a full name or a stem, means."""
        found = {**self._full.get(words, {}), **self._stems.get(words, {})}
        codes = [code for code, place in found.items() if place.level == "county"]
        return codes[0] if len(codes) == 1 else None

    def townships(self, county: str) -> list[Place]:
        """The townships of a county in code order."""
        inside = (
            place for place in self.places.values() if place.level == "township" and county_of(place.code) == county
        )
        return sorted(inside, key=lambda place: place.code)


def _is_near(one: str, other: str) -> bool:
    """Whether one character makes the difference: another one, one more, one less."""
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) == 1 and any(long[:n] + long[n + 1 :] == short for n in range(len(long)))


def _lengths_by_first(names: Iterable[str]) -> dict[str, list[int]]:
    """For each first character the lengths of the names, longest first."""
    found: dict[str, set[int]] = defaultdict(set)
    for name in names:
        found[name[0]].add(len(name))
    return {char: sorted(lengths, reverse=True) for char, lengths in found.items()}
