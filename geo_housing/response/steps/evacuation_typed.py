"""Numbers that are typed in the forms of 转移避险."""

import re

from geo_housing.errors import BadInput, Fault
from geo_housing.numbers import half_width

# No more digits than a column holds; how many people a household can have is said where it is kept.
_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)


def number(field: str, text: str) -> int | None:
    """A number as somebody types it; None where nothing is typed."""
    said = half_width(text)
    if not said:
        return None
    if not _NUMBER.fullmatch(said):
        raise BadInput("请填数字。", faults=[Fault(None, field, None, "请填数字")])
    return int(said)
