"""Whole numbers out of addresses and forms, where anybody may write anything."""

# As Chinese input writes digits and marks; not ² and ①, which say something else than the digit in them.
_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}

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


def half_width(text: str) -> str:
    """What is typed in a field, digits and marks of full width (２０２６－０７) as plain ones, without the space around."""
    return text.translate(_HALF_WIDTH).strip()


def number_typed(text: str, *, most: int = MOST_INT) -> int | None:
    """A whole number as people type it: ３ is 3. None for anything else, as of ``whole_number``."""
    return whole_number(half_width(text), most=most)
