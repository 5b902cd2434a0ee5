"""When two written names are one person's: one rule for every list, form and table, in Python and in SQL. Pure.

A name of two characters is spread over the width of three (丁　华), programs leave invisible characters between them, and the
dot of a Mongolian name (乌云·其其格) has as many forms as there are keyboards. None of it makes another person.
"""

import re
import unicodedata

# Between the characters of one name, in the regular expressions of Python and of PostgreSQL alike: blanks of every width, the dots, what nobody sees.
_BLANKS = r"\s\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_UNSEEN = r"\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_DOTS = r"\u00b7\u0387\u16eb\u2022\u2027\u2219\u22c5\u2e31\u2e33\u30fb\uff65\uff0e."
BETWEEN = f"[{_BLANKS}{_UNSEEN}{_DOTS}]"
_IS_BETWEEN, _IS_UNSEEN = re.compile(BETWEEN), re.compile(f"[{_UNSEEN}]")

_HAN = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
# 王　伟 is written as wide as 王小伟, 欧 阳 小 花 letter by letter; 张三 李四 may be two people.
_PADDED = re.compile(rf"{_HAN}(?:\s*{_HAN}){{1,2}}|{_HAN}(?:\s+{_HAN})+")
_DOTTED = re.compile(rf"(?<={_HAN})\s*[{_DOTS}]\s*(?={_HAN})")


def name_key(name: str) -> str:
    """What is equal for two names exactly where they are one: without blanks, dots, invisible characters and widths."""
    return _IS_BETWEEN.sub("", unicodedata.normalize("NFKC", name))


def tidy_name(name: str) -> str:
    """A name as it is kept: without what only fills a column, its inner dot as the one of the standard."""
    plain = _IS_UNSEEN.sub("", name).strip()
    if _PADDED.fullmatch(plain):
        return re.sub(r"\s", "", plain)
    return _DOTTED.sub("·", plain)
