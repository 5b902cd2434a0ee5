"""Of which division a row of a list is, and what is wrong with its cells of places. Pure."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from geo_housing.area_codes import is_township, township_of
from geo_housing.areas.names import key_of
from geo_housing.errors import Fault
from geo_housing.houses.intake.declared import Declared, Divisions
from geo_housing.houses.spreadsheet.faults import CellFault, LedgerFault

_VILLAGES = re.compile(r"[、,;/\n\r]")
# In the column of villages: the township itself is meant.
_OF_THE_TOWNSHIP = re.compile(
    r"^(全[乡镇]|全苏木|乡镇|乡|镇|苏木|本级|机关|(乡|镇|苏木|乡镇)?(人民)?政府|(乡|镇|乡镇)本级)$"
)
_FIRST = re.compile(r"(.+?)\s*[/、,;\-\s]\s*(.+)")
_LOST = "这一处未导入。"
_NEAR = 0.6
_PROPOSED = 3


class Places:
    """The divisions that the rows of one file mean; ``own`` is the area of who brings it, titles may name a township."""

    def __init__(self, kind: str, divisions: Divisions, titles: Sequence[str], own: str | None) -> None:
        self.kind, self.divisions = kind, divisions
        self.township = divisions.named_in(titles) or (own if own and is_township(own) else None)
        self.own = own or divisions.only_county

    def told_apart(self, stated: Mapping[str, str]) -> Mapping[str, str]:
        """The places of a row with what one column for both says as township and village."""
        text = stated.get("place")
        if text is None:
            return stated
        township, village = self._apart(text)
        apart = {"township": township, "village": village}
        return {name: said for name, said in apart.items() if said is not None} | {
            name: said for name, said in stated.items() if name != "place"
        }

    def _apart(self, text: str) -> tuple[str | None, str | None]:
        if _is_county(text, self.divisions) or self._is_township(text):
            return text, None
        found = _FIRST.fullmatch(text)
        if found is not None and self._is_township(found[1]):
            return found[1], found[2]
        names = (name for code, name in self.divisions.labels.items() if is_township(code) and text.startswith(name))
        if longest := max(names, key=len, default=None):
            return longest, text[len(longest) :].strip()
        return None, text

    def _is_township(self, text: str) -> bool:
        declared = self.divisions.declared(text, None)
        return declared.code is not None and is_township(declared.code) and declared.sentence is None

    def areas(self, line: int, stated: Mapping[str, str], faults: list[Fault]) -> list[str]:
        """Codes of the divisions that a row is about; empty when they cannot be found."""
        township, village = stated.get("township"), stated.get("village")
        if self.kind == "technicians" and self.own and not (township or village):
            return [self.own]
        if village and _OF_THE_TOWNSHIP.match(village):
            village = None
        if township and _is_county(township, self.divisions):
            return [self.divisions.only_county] if self.divisions.only_county and not village else []
        if village is None:
            code = self._one(line, township or self.township, None, faults) if township or self.township else self.own
            if code is None and not faults:
                faults.append(LedgerFault(line, "乡镇", None, "没有写明乡镇和村，未导入。", "rejected"))
            return [code] if code else []
        parts = [part.strip() for part in _VILLAGES.split(village) if part.strip()]
        found = (self._one(line, township or self.township, part, faults) for part in parts)
        return [code for code in dict.fromkeys(found) if code is not None]

    def worked_in(self, text: str) -> tuple[str, ...] | None:
        """The townships of a cell that lists them; None means all of the county."""
        if text in ("全县", "全域", "全旗"):
            return None
        codes = []
        for part in (part.strip() for part in _VILLAGES.split(text) if part.strip()):
            declared = self.divisions.declared(part, None)
            if declared.code is None or declared.sentence is not None:
                near = _near("乡镇", self._near_townships(part))
                raise CellFault(f"没有找到乡镇“{part}”；多个乡镇用顿号隔开，负责全县的请留空。{near}")
            codes.append(declared.code)
        return tuple(dict.fromkeys(codes))

    def _one(self, line: int, township: str | None, village: str | None, faults: list[Fault]) -> str | None:
        declared = self.divisions.declared(township, village)
        wanted = 9 if village is None else 12
        if declared.code is not None and len(declared.code) == wanted and declared.sentence is None:
            return declared.code
        column, value, sentence = self._wrong(township, village, declared)
        faults.append(LedgerFault(line, column, value, sentence, "rejected"))
        return None

    def _wrong(self, township: str | None, village: str | None, declared: Declared) -> tuple[str, str | None, str]:
        """Column, value and sentence: which of the two cells is wrong, and the name that is nearest to it."""
        if declared.is_ambiguous:
            return "行政村" if village else "乡镇", village or township, declared.sentence or ""
        above = self.divisions.declared(township, None).code if township else None
        if township and above is None:
            near = _near("乡镇", self._near_townships(township))
            if village is None:
                return "乡镇", township, f"没有找到乡镇“{township}”，或不在您的管辖范围内；请核对名称。{near}{_LOST}"
            if homes := self._homes_of(village):
                names = "、".join(self._nearest(township, homes) or sorted(homes.values())[:_PROPOSED])
                said = f"没有找到乡镇“{township}”，村“{village}”是有的，在 {names}；请改正乡镇的名称。"
                return "乡镇", township, said + _LOST
            near += _near("村", self._near_villages(village, None))
            said = f"没有找到乡镇“{township}”，也没有找到村“{village}”，或不在您的管辖范围内；请核对名称。"
            return "乡镇", township, said + near + _LOST
        near = _near("村", self._near_villages(village or "", above))
        if above is None:
            return "行政村", village, f"没有找到村“{village}”，或不在您的管辖范围内；请核对村名和乡镇。{near}{_LOST}"
        where = self.divisions.labels.get(above, township)
        if homes := self._homes_of(village or ""):
            names = "、".join(sorted(homes.values())[:_PROPOSED])
            return (
                "行政村",
                village,
                f"{where}没有找到村“{village}”，叫这个名称的村在 {names}；请核对村名和乡镇。{_LOST}",
            )
        return "行政村", village, f"{where}没有找到村“{village}”，或不在您的管辖范围内；请核对村名。{near}{_LOST}"

    def _homes_of(self, village: str) -> dict[str, str]:
        """The townships that have a village of this name: code and name."""
        key = key_of(village, "village")
        codes = {township_of(code) for other, code in self.divisions.villages.get(key.stem, []) if key.meets(other)}
        return {code: self.divisions.labels[code] for code in codes if code in self.divisions.labels}

    def _near_townships(self, text: str) -> list[str]:
        return self._nearest(text, {code: name for code, name in self.divisions.labels.items() if is_township(code)})

    def _near_villages(self, text: str, above: str | None) -> list[str]:
        known = {
            code: name
            for code, name in self.divisions.labels.items()
            if len(code) == 12 and code.startswith(above or "")
        }
        return self._nearest(text, known)

    def _nearest(self, text: str, known: Mapping[str, str]) -> list[str]:
        """The names that are most like a text, at most a few that are equally like it."""
        scores = [
            (_likeness(text, name, "township" if is_township(code) else "village"), name)
            for code, name in known.items()
        ]
        best = max((score for score, _ in scores), default=0.0)
        return sorted({name for score, name in scores if score == best})[:_PROPOSED] if best >= _NEAR else []


def _likeness(text: str, name: str, level: str) -> float:
    """How alike two names are, their stems with one sign for the kind of division behind them."""
    one, other = (f"{key_of(each, level).stem}·" for each in (text, name))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _near(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    told = "、".join(names)
    return f"最接近的乡镇是 {told}。" if what == "乡镇" else f"最接近的村是 {told}。"


def _is_county(text: str, divisions: Divisions) -> bool:
    county = divisions.only_county
    name = divisions.labels.get(county or "")
    return text in ("全县", "县级", "县本级", "县") or (name is not None and text in (name, county))
