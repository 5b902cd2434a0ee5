"""Whole numbers out of addresses and forms, where anybody may write anything."""

MOST_INT = 2**31 - 1
MOST_BIGINT = 2**63 - 1


def whole_number(text: str, *, most: int = MOST_INT) -> int | None:
    """What plain digits say; None for anything else: nothing, signs, ² and ３, more than ``most``.

    The length is looked at first: Python refuses to read a number of 5,000 digits with an error of its own.
    """
    if not (text.isascii() and text.isdigit()) or len(text.lstrip("0")) > len(str(most)):
        return None
    number = int(text.lstrip("0") or "0")
    return number if number <= most else None
