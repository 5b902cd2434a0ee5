"""Codes of divisions: hierarchical, so that a code's length says its level and its beginning what it lies in. Pure."""

from collections.abc import Iterable

COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS = 6, 9, 12


def county_of(code: str) -> str:
    """The code of the county that a division lies in."""
    return code[:COUNTY_DIGITS]


def township_of(code: str) -> str:
    """The code of the township that a division lies in, the county's for what lies in none."""
    return code[:TOWNSHIP_DIGITS]


def with_townships(codes: Iterable[str]) -> set[str]:
    """The codes and those of their townships: what a place is called needs both names."""
    return {one for code in codes for one in (township_of(code), code)}


def is_township(code: str) -> bool:
    """Whether it is the code of a township."""
    return len(code) == TOWNSHIP_DIGITS


def is_village(code: str) -> bool:
    """Whether it is the code of a village."""
    return len(code) == VILLAGE_DIGITS
