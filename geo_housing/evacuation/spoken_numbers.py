"""Numbers of families and people as they are said on the telephone: 十户二十三个人, 两户五口人. Pure.

十几户 and 七八个人 are no numbers, and 一百二户 may be 102 or 120: those are asked about.
"""

import re

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_ONE = "一二两三四五六七八九"
_UNITS = {"十": 10, "百": 100, "千": 1000}
_SAID = "〇零一二两三四五六七八九十百千"
# What is counted, as the line's figures have it.
COUNTED = r"(?:户|个人|口人|人|口|名)"
_NUMBER = re.compile(rf"(?<![第几数\d{_SAID}])[{_SAID}]+(?=\s*{COUNTED})")
# 一百二, 一千二 without 十 or 零: the last word may be ones or tens.
_CUT_SHORT = rf"[百千][{_ONE}](?![十百{_SAID}])"
_VAGUE = re.compile(
    rf"(?:好?[几数][十百千]?|上[百千]|[{_SAID}\d]*[{_SAID}\d](?:几|多|余|来)|[{_SAID}]*[{_ONE}]{{2,}}[十百]?"
    rf"|[{_SAID}]*{_CUT_SHORT})\s*{COUNTED}"
)


def vague_number(line: str) -> str | None:
    """Words of the line that tell a number of families or people that is none."""
    found = _VAGUE.search(line)
    return None if found is None else found[0]


def in_digits(line: str) -> str:
    """The line with its said numbers of families and people in digits."""
    return _NUMBER.sub(lambda found: str(_value(found[0])), line)


def is_said(word: str) -> bool:
    """Whether a name reads as a number of families: 六户 of 六户镇."""
    return re.fullmatch(rf"[{_SAID}]+户", word) is not None


def _value(said: str) -> int:
    if not any(one in _UNITS for one in said):
        return int("".join(str(_DIGITS[one]) for one in said))
    total, digit = 0, None
    for one in said:
        if one in _UNITS:
            # 十二, 一百十五: without a number before it there is one of them.
            total += (1 if digit is None else digit) * _UNITS[one]
            digit = None
        else:
            digit = _DIGITS[one] or None
    return total + (digit or 0)
