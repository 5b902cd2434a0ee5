"""Telephone numbers as lists hold them: several in a cell, with words, spaces and dashes around them. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from geo_housing.masking import mask_middle, mask_phone

# Between the numbers of one telephone text, in the order of calling.
DIVIDER = "、"
MOST_NUMBERS = 6
# Words stand between numbers, too (手机139… 办公51…), but for the one that makes an extension of what follows.
_BETWEEN = re.compile(r"[、,;/|\n\r\t:]|(?!转)[\u4e00-\u9fff]")
_EXTENSION = re.compile(r"(?:转|-)\s*(\d{1,6})$")
# China's own prefix, before a mobile also without its sign.
_COUNTRY = re.compile(r"^(?:\+86|(?:00)?86[\s-]*(?=1(?:[\s-]*\d){10}$))")
_FLOAT = re.compile(r"(?<=\d)\.0$")
# Eleven digits from 1 on: 100… is what made-up numbers begin with.
_MOBILE = re.compile(r"1\d{10}")
_SERVICE = re.compile(r"[48]00\d{7}")
_LANDLINE = re.compile(r"0\d{9,11}|[2-8]\d{6,7}")
# 110, a hall's own exchange, the short numbers of a group of mobiles.
_SHORT = re.compile(r"\d{3,6}")
# Anything in a cell that is long enough to be dialled, and the words around it.
_LONG = re.compile(r"\d(?:[\s-]?\d){6,}")
_WORDS = re.compile(r"[^\W\d_]+")
_OTHER = re.compile(r"[^\d\s()转-]")
_MASKED = re.compile(r"\*{2,}")
_NONE = frozenset({"", "无", "暂无", "没有", "不详", "未知", "-", "--", "—", "——", "/", "\\"})


@dataclass(frozen=True)
class ReadPhones:
    """What a cell says: numbers in their order, and the parts that are none. ``is_masked``: it states nothing."""

    numbers: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    is_masked: bool = False

    @property
    def text(self) -> str | None:
        """The numbers as one text, as it is sealed."""
        return DIVIDER.join(self.numbers) or None


def read_phones(text: str) -> ReadPhones:
    """The numbers of a cell; words around them (手机, 办公室) are left out, a masked number states nothing."""
    plain = unicodedata.normalize("NFKC", text).replace("分机", "转").strip()
    if plain in _NONE:
        return ReadPhones()
    if _MASKED.search(plain):
        return ReadPhones(is_masked=True)
    numbers: dict[str, None] = {}
    unread: list[str] = []
    for part in _BETWEEN.split(plain):
        for piece in _pieces(part.strip()):
            number = _number(piece)
            if number is None:
                unread.append(piece)
            else:
                numbers.setdefault(number)
    if not numbers and not unread:
        # 同上, 找村书记: somebody meant something, and nobody can dial it.
        unread.append(plain)
    return ReadPhones(tuple(numbers)[:MOST_NUMBERS], tuple(unread) + tuple(numbers)[MOST_NUMBERS:])


def mask_phones(text: str) -> str:
    """Each number of a sealed text as screens may show it."""
    return DIVIDER.join(_masked(number) for number in text.split(DIVIDER))


def numbers_of(text: str) -> tuple[str, ...]:
    """The numbers of a sealed text, in the order of calling."""
    return tuple(text.split(DIVIDER))


def without_country(text: str) -> str:
    """A number without 86 in front."""
    return _COUNTRY.sub("", text)


def mask_typed(text: str) -> str:
    """A cell as it was typed, as reports may show it: each number masked, names and other words beside them left out."""
    if _LONG.search(text) is None:
        return mask_phone(text)
    return _LONG.sub(lambda found: mask_phone(_digits(found[0])), _WORDS.sub("…", text))


def merged(first: str | None, second: str | None) -> str | None:
    """The numbers of both texts, each once, those of the first in front."""
    found = dict.fromkeys(number for text in (first, second) if text for number in numbers_of(text))
    return DIVIDER.join(tuple(found)[:MOST_NUMBERS]) or None


def _pieces(part: str) -> list[str]:
    """The numbers that stand beside each other with nothing but space: 139… 138…; 139 0000 0000 is one."""
    words = part.split()
    if len(words) > 1 and all(_number(word) is not None and len(_digits(word)) >= 7 for word in words):
        return words
    return [part] if re.search(r"\d", part) else []


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _number(piece: str) -> str | None:
    bare = without_country(_FLOAT.sub("", piece.strip()))
    if _OTHER.search(bare):
        # 1.39E+10: what a spreadsheet made of a number.
        return None
    digits = _digits(bare)
    extension = _EXTENSION.search(bare)
    # 0482-5123456转8: with the extension it has as many digits as a number elsewhere.
    if _is_number(digits) and not (extension and "转" in bare):
        return digits
    if extension and _is_number(before := _digits(bare[: extension.start()])) and len(before) >= 7:
        return f"{before}-{extension[1]}"
    return None


def _is_number(digits: str) -> bool:
    return any(form.fullmatch(digits) for form in (_MOBILE, _SERVICE, _LANDLINE, _SHORT))


def _masked(number: str) -> str:
    return mask_phone(number) if "-" not in number else mask_middle(number)
