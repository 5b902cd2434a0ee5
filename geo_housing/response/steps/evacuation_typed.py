"""What is typed in the forms of 转移避险, read: numbers and moments."""

from datetime import datetime

from geo_housing import clock
from geo_housing.errors import BadInput, Fault


def number(field: str, text: str) -> int | None:
    """A number as somebody types it; None where nothing is typed."""
    if not text.strip():
        return None
    try:
        # int() also reads full-width digits.
        return int(text.strip())
    except ValueError:
        raise BadInput("请填数字。", faults=[Fault(None, field, None, "请填数字")]) from None


def moment_typed(text: str) -> datetime | None:
    """A moment of a form's field for local time; None where nothing is typed."""
    if not text.strip():
        return None
    try:
        return clock.typed(text)
    except ValueError:
        raise BadInput("时间不对，请重新选。", faults=[Fault(None, "moved_at", None, "时间不对")]) from None
