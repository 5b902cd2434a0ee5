"""How personal data is shown where it may not be shown in full: pages, reports, diffs, logs."""

import re

# Resident ID numbers, bank accounts and mobile numbers, wherever they stand in a text.
_NUMBERS = re.compile(r"(?<!\d)(?:\d{15,19}|\d{17}[Xx]|1[3-9]\d{9})(?!\d)")


def mask_numbers(text: str) -> str:
    """A text in which every number that may be a person's (ID, account, mobile) is masked."""
    return _NUMBERS.sub(lambda found: mask_id_number(found[0]) if len(found[0]) > 11 else mask_phone(found[0]), text)


def mask_id_number(text: str) -> str:
    """152224********1234: division and last four stay, as villages post it; a shorter text keeps two at each end."""
    if len(text) >= 15:
        return f"{text[:6]}{'*' * (len(text) - 10)}{text[-4:]}"
    return mask_middle(text)


def mask_phone(text: str) -> str:
    """100****5678."""
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 11 else mask_middle(text)


def mask_name(text: str) -> str:
    """王某某: the family name stays."""
    return f"{text[:1]}某某" if text else text


def mask_middle(text: str) -> str:
    """At most two characters at each end of anything that may be personal."""
    keep = min(2, len(text) // 4)
    return f"{text[:keep]}{'*' * (len(text) - 2 * keep)}{text[len(text) - keep :] if keep else ''}"
