"""Numbers that are typed in the forms of 转移避险."""

import re

from geo_housing.errors import BadInput, Fault
from geo_housing.numbers import half_width

# No more digits than a column holds; how many people a household can have is said where it is kept.
_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
_LABELS = {"people": "人数", "shelter_id": "安置点", "version": "页面的版本"}


def number(field: str, text: str) -> int | None:
    """A number as somebody types it; None where nothing is typed."""
    said = half_width(text)
    if not said:
        return None
    if not _NUMBER.fullmatch(said):
        label, typed = _LABELS[field], text.strip()
        sentence = f"“{label}”请填数字，不是“{typed}”。"
        raise BadInput(sentence, faults=[Fault(None, field, typed, sentence)])
    return int(said)
