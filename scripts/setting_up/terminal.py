"""What the set-up says, and in which language."""

from __future__ import annotations

import os
import sys


class CannotInstall(Exception):
    """Something is missing that this script may not or cannot install; the text says what to do."""


def say(zh: str, en: str) -> None:
    """One plain line."""
    print(f"[setup] {en if english() else zh}", file=sys.stderr, flush=True)


def english() -> bool:
    """Whether whoever runs it asks for English; Chinese otherwise, as everywhere."""
    names = ("GEO_HOUSING_LANG", "LC_ALL", "LANG")
    return next((value for name in names if (value := os.environ.get(name))), "zh").lower().startswith("en")


def choose(zh: str, en: str) -> str:
    """The sentence in the language that is asked for."""
    return en if english() else zh
