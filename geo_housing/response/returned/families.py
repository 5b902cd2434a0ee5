"""Whether the name in a row is of the house or the household that the row means. Pure.

Who sorts one column alone leaves every code where it was and moves the names: what is said then stands beside another family's code.
"""

import re
import unicodedata
from collections.abc import Collection

from geo_housing.everyday_words import BLANK
from geo_housing.masking import mask_name
from geo_housing.people_names import name_key

_NOTE = re.compile(r"\(.*?\)")
_BETWEEN = re.compile(r"[、,;/|\n]")
_NOBODY = ("未登记", "未登记农户", "无", "不详")


def is_called(written: str, heads: Collection[str]) -> bool:
    """Whether a cell names one of ``heads``: spaces, full width, a note in brackets make no other name, nor does a masked one."""
    known = {_plain(head) for head in heads}
    known |= {mask_name(head) for head in known}
    return any(_plain(name) in known for name in (written, *_BETWEEN.split(_no_notes(written))) if _plain(name))


def contradicts(written: str, heads: Collection[str], elsewhere: Collection[str]) -> bool:
    """Whether the name in a row is not of its house; ``heads``: its families, ``elsewhere``: those of the list's other houses.

    An empty cell contradicts nothing. To a house of which no family is known somebody may write one, unless it lives in another.
    """
    if written in BLANK or _plain(written) in ("", *_NOBODY) or is_called(written, heads):
        return False
    return bool(heads) or is_called(written, elsewhere)


def names_shown(heads: Collection[str], *, in_full: bool) -> str:
    """Families as pages name them."""
    return "、".join(heads if in_full else [mask_name(head) for head in heads])


def _no_notes(text: str) -> str:
    return _NOTE.sub("", unicodedata.normalize("NFKC", text))


def _plain(text: str) -> str:
    return name_key(_no_notes(text))
