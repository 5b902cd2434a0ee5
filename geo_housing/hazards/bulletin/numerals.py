"""Times in Chinese numerals (七月二十八日一时五十分) as digits, so that all that reads times reads them. Pure.

一时, 三点, 二号 are ordinary words, too: a numeral is read only where other parts of a time stand beside it.
"""

import re
from collections.abc import Iterator

_DIGITS = {
    "〇": 0, "零": 0, "○": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
_ONE = "一二三四五六七八九"
_TWO = rf"(?:二?十[{_ONE}]?|三十[{_ONE}]?|[四五]十[{_ONE}]?|[〇零○][{_ONE}]|[两{_ONE}]|\d{{1,2}})"
_YEAR = r"(?:[〇零○一二三四五六七八九]{4}|\d{4})年"
_WHEN = "(?:凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜间|今晚|今晨|今早|昨晚|明晨|晚|早)"
_AFTER_HOUR = rf"(?:{_TWO}分|半(?!个?小?时)|[一三]刻|整)"
_DAY = rf"(?:(?:{_YEAR})?{_TWO}月)?{_TWO}[日号]"
_TIME = re.compile(
    rf"{_DAY}{_WHEN}?{_TWO}[时点]{_AFTER_HOUR}?(?!间)"
    rf"|(?:{_YEAR})?{_TWO}月{_TWO}[日号]"
    rf"|{_TWO}[时点]{_AFTER_HOUR}"
    # 至十二时, 今日八时; but not 不到三点要求, 一时难以.
    rf"|(?:(?<=[至于自从])|(?<=[今昨明次当][日天])|{_WHEN}){_TWO}[时点](?!间|[要建注]|难|无)"
)
_NUMERAL = re.compile(rf"[〇零○十两{_ONE}]+(?!刻)")


def numerals_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Where numerals of times stand in ``text``, and their digits."""
    for time in _TIME.finditer(text):
        for one in _NUMERAL.finditer(text, time.start(), time.end()):
            yield one.start(), one.end(), _digits(one[0])


def _digits(said: str) -> str:
    if "十" not in said:
        return "".join(str(_DIGITS[one]) for one in said)
    tens, _, ones = said.partition("十")
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))
