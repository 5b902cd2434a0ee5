"""Finding the division that a ledger means by its township and village cells.

By township and full name; a stem alone only where one unit answers, because in this county nine stems are both
a village and a residents' committee (domain section 2). A bare code is understood, too.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS, is_township, township_of
from geo_housing.areas.names import MatchKey, key_of
from geo_housing.areas.queries import AreaName
from geo_housing.words import AREA_CODE_LENGTH


@dataclass(frozen=True)
class Declared:
    """``code`` of the narrowest division understood (None: nothing), and what is wrong with the cells.

    ``beyond`` is the division that is meant, in words, where it is one of the county that the actor does not work for.
    """

    code: str | None
    sentence: str | None = None
    is_ambiguous: bool = False
    beyond: str | None = None

    @property
    def is_clear(self) -> bool:
        """Whether it is known which division is meant, and that it is one's own."""
        return self.sentence is None and self.beyond is None


class Divisions:
    """The divisions that the person may see, ready for matching; ``beyond`` are the county's other ones, to be told."""

    def __init__(
        self,
        names: list[AreaName],
        aliases: Sequence[tuple[str, str]] = (),
        heirs: Mapping[str, str] | None = None,
        beyond: Sequence[AreaName] = (),
    ) -> None:
        self.beyond = Beyond(beyond)
        # Whom a code means: a present division, or the one that took an abolished one over.
        self.means = {**(heirs or {}), **{area.code: area.code for area in names}}
        self.townships: dict[str, list[str]] = defaultdict(list)
        self.villages: dict[str, list[tuple[MatchKey, str]]] = defaultdict(list)
        self.labels = {area.code: area.name for area in names}
        known = [(area.code, area.level, area.name) for area in names]
        levels = {area.code: area.level for area in names}
        known += [(code, levels[code], name) for code, name in aliases if code in levels]
        for code, level, name in known:
            key = key_of(name, level)
            if level == "township":
                self.townships[key.stem].append(code)
            elif level == "village":
                self.villages[key.stem].append((key, code))
        counties = [area.code for area in names if area.level == "county"]
        self.only_county = counties[0] if len(counties) == 1 else None
        self._memo: dict[tuple[str | None, str | None], Declared] = {}

    def named_in(self, texts: Sequence[str]) -> str | None:
        """Code of the one township that titles name in full, one's own first; None when they name none or several."""
        named = {
            code for code, name in self.labels.items() if is_township(code) and any(name in text for text in texts)
        }
        named = named or self.beyond.named_in(texts)
        return named.pop() if len(named) == 1 else None

    def declared(self, township: str | None, village: str | None) -> Declared:
        """What the two cells of a row mean together."""
        if (township, village) not in self._memo:
            self._memo[township, village] = self._resolve(township, village)
        return self._memo[township, village]

    def declared_beside(self, township: str | None, village: str | None) -> Declared:
        """What a village cell means beside the township in which the point lies: that one only tells namesakes apart."""
        if village is None:
            return Declared(None)
        alone = self.declared(None, village)
        return self.declared(township, village) if alone.is_ambiguous else alone

    def _resolve(self, township: str | None, village: str | None) -> Declared:
        if township is None and village is None:
            return Declared(None)
        above, unknown = self._township(township)
        if above is None and township is not None and (place := self.beyond.township(township)):
            return Declared(None, beyond=place if village is None else f"{place} {self.beyond.label(village)}")
        if village is None:
            return Declared(above, unknown)
        if coded := self._as_code(village, "village"):
            return Declared(coded, unknown)
        key = key_of(village, "village")
        answers = [
            (other, code)
            for other, code in self.villages.get(key.stem, [])
            if key.meets(other) and code.startswith(above or "")
        ]
        exact = [code for other, code in answers if other == key]
        codes = exact if len(exact) == 1 else [code for _, code in answers]
        if len(codes) == 1:
            return Declared(codes[0], unknown)
        if not codes and township is None and (place := self.beyond.village(village)):
            return Declared(None, beyond=place)
        if not codes:
            # A township that the title named came as its code, which tells nobody which one is meant.
            where = f"{self.labels.get(above or '', township)}下" if township else "已装入的区划中"
            return Declared(
                above, f"{where}没有“{village}”，请核对村名；已按{'乡镇' if above else '导入单位'}归属，待核对。"
            )
        names = "、".join(f"{self.labels.get(township_of(code), '')}{self.labels[code]}" for code in codes[:5])
        return Declared(above, f"“{village}”可能是 {names}，请写明乡镇和全称。", is_ambiguous=True)

    def _township(self, township: str | None) -> tuple[str | None, str | None]:
        if township is None:
            return None, None
        if coded := self._as_code(township, "township"):
            return coded, None
        codes = self.townships.get(key_of(township, "township").stem, [])
        if len(codes) == 1:
            return codes[0], None
        return None, f"没有找到乡镇“{township}”，请核对名称。" if not codes else f"有多个“{township}”，请写区划代码。"

    def _as_code(self, text: str, level: str) -> str | None:
        cut = text[: AREA_CODE_LENGTH[level]]
        return self.means.get(cut) if text.isdigit() else None


class Beyond:
    """The divisions of the county that somebody else works for, by their names: a row that names one is not ours."""

    def __init__(self, names: Sequence[AreaName]) -> None:
        self.labels: dict[str, str] = {}
        self._townships: dict[str, set[str]] = defaultdict(set)
        self._villages: dict[str, list[tuple[MatchKey, str]]] = defaultdict(list)
        self._names: list[tuple[str, str]] = []
        for area in names:
            self.labels.setdefault(area.code, area.name)
            key = key_of(area.name, area.level)
            if area.level == "township":
                self._townships[key.stem].add(area.code)
                self._names.append((area.code, area.name))
            elif area.level == "village":
                self._villages[key.stem].append((key, area.code))

    def named_in(self, texts: Sequence[str]) -> set[str]:
        """Codes of the townships that titles name in full."""
        return {code for code, name in self._names if any(name in text for text in texts)}

    def township(self, text: str) -> str | None:
        """The name of the one township that is meant, by its name or code."""
        if text.isdigit():
            return self.labels.get(text[:TOWNSHIP_DIGITS])
        codes = self._townships.get(key_of(text, "township").stem, set())
        return self.labels[next(iter(codes))] if len(codes) == 1 else None

    def village(self, text: str) -> str | None:
        """Township and name of the one village that is meant, by its name or code."""
        if text.isdigit():
            codes = {text[:VILLAGE_DIGITS]} & self.labels.keys()
        else:
            key = key_of(text, "village")
            codes = {code for other, code in self._villages.get(key.stem, []) if key.meets(other)}
        if len(codes) != 1:
            return None
        code = codes.pop()
        return f"{self.labels.get(township_of(code), '')} {self.labels[code]}".strip()

    def label(self, village: str) -> str:
        """A village's cell in words."""
        return self.labels.get(village[:VILLAGE_DIGITS], village)
