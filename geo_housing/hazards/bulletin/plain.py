"""A pasted text in one spelling: half-width digits, no blanks and line breaks, and where each character stood. Pure.

Phones widen digits and break lines in the middle of names. Everything is read in the plain text; what is said about it
is given with its place in the original, so that it can be underlined there.
"""

import unicodedata
from dataclasses import dataclass

from geo_housing.hazards.bulletin.numerals import numerals_in

# Blanks, line breaks, control characters, zero-width and direction marks.
# Characters of another script that warnings and names of divisions are written with, one for one.
_SIMPLE = str.maketrans(
    "預發佈級紅黃藍變號縣臺颱氣災質鄉鎮區鐵國東西爾雙慶龍壩農場風電強區將續過現點時從啟動應響範圍圖標準"
    "濟專業務組織辦聯總黨員會與為處險轉離撤鬧洩閘關閉調對後還來達據測報導區內蒙興突泉寶石學雲霧凍結滑瀉澇漬"
    "庫灣溝嶺頭莊廟營豐榮華萬樂義順長陽勝創團進遠樹馬鳥魚雞銀錦鋼鐘門間園廣廠術廳殘禦範餘該無鄰連遷減壓緊給須請"
    "註銷訊衛隊傷亡戶數單這個們實際終維護歸齊邊見觀開講說計設證評認議論誤謹警",
    "预发布级红黄蓝变号县台台气灾质乡镇区铁国东西尔双庆龙坝农场风电强区将续过现点时从启动应响范围图标准"
    "济专业务组织办联总党员会与为处险转离撤闹泄闸关闭调对后还来达据测报导区内蒙兴突泉宝石学云雾冻结滑泻涝渍"
    "库湾沟岭头庄庙营丰荣华万乐义顺长阳胜创团进远树马鸟鱼鸡银锦钢钟门间园广厂术厅残御范余该无邻连迁减压紧给须请"
    "注销讯卫队伤亡户数单这个们实际终维护归齐边见观开讲说计设证评认议论误谨警",
)
_BLANK = ("Zs", "Zl", "Zp", "Cc", "Cf")


@dataclass(frozen=True)
class Plain:
    """``text`` and, for each of its characters, where the original one begins and ends.

    ``seams`` are the places in ``text`` before which blanks or line breaks stood. Between two digits a blank stays.
    """

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    seams: frozenset[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` stands in the original; ``end`` is after ``start``."""
        return self.starts[start], self.ends[end - 1]


def to_plain(original: str) -> Plain:
    """The text of ``original`` as it is read."""
    kept: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    seams: set[int] = set()
    blank_from: int | None = None
    for at, char in enumerate(original):
        if unicodedata.category(char) in _BLANK:
            blank_from = at if blank_from is None else blank_from
            continue
        for said in unicodedata.normalize("NFKC", char).translate(_SIMPLE):
            if unicodedata.category(said) in _BLANK:
                continue
            if blank_from is not None:
                if kept and kept[-1].isdigit() and said.isdigit():
                    kept.append(" ")
                    starts.append(blank_from)
                    ends.append(at)
                seams.add(len(kept))
                blank_from = None
            kept.append(said)
            starts.append(at)
            ends.append(at + 1)
    return _with_digits(Plain(original, "".join(kept), tuple(starts), tuple(ends), frozenset(seams)))


def _with_digits(plain: Plain) -> Plain:
    """The same with the numerals of times as digits, each of which stands where the whole numeral does."""
    kept: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    moved: dict[int, int] = {}
    at = 0
    for start, end, digits in [*numerals_in(plain.text), (len(plain.text), len(plain.text), "")]:
        moved |= {old: len(kept) + old - at for old in range(at, start + 1)}
        kept += plain.text[at:start]
        starts += plain.starts[at:start]
        ends += plain.ends[at:start]
        if digits:
            kept += digits
            first, last = plain.span(start, end)
            starts += [first] * len(digits)
            ends += [last] * len(digits)
        at = end
    seams = frozenset(moved[seam] for seam in plain.seams if seam in moved)
    return Plain(plain.original, "".join(kept), tuple(starts), tuple(ends), seams)
