"""A pasted text in one spelling: half-width digits, no blanks and line breaks, and where each character stood. Pure.

Phones widen digits and break lines in the middle of names. Everything is read in the plain text; what is said about it
is given with its place in the original, so that it can be underlined there.
"""

import unicodedata
from dataclasses import dataclass

# Blanks, line breaks, control characters, zero-width and direction marks.
_BLANK = ("Zs", "Zl", "Zp", "Cc", "Cf")


@dataclass(frozen=True)
class Plain:
    """``text`` and, for each of its characters, where the original one begins and ends.

    ``seams`` are the places in ``text`` before which blanks or line breaks stood. Between two digits a blank stays.
    """

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    seams: frozenset[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` stands in the original; ``end`` is after ``start``."""
        return self.starts[start], self.ends[end - 1]


def to_plain(original: str) -> Plain:
    """The text of ``original`` as it is read."""
    kept: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    seams: set[int] = set()
    blank_from: int | None = None
    for at, char in enumerate(original):
        if unicodedata.category(char) in _BLANK:
            blank_from = at if blank_from is None else blank_from
            continue
        for said in unicodedata.normalize("NFKC", char):
            if unicodedata.category(said) in _BLANK:
                continue
            if blank_from is not None:
                if kept and kept[-1].isdigit() and said.isdigit():
                    kept.append(" ")
                    starts.append(blank_from)
                    ends.append(at)
                seams.add(len(kept))
                blank_from = None
            kept.append(said)
            starts.append(at)
            ends.append(at + 1)
    return Plain(original, "".join(kept), tuple(starts), tuple(ends), frozenset(seams))
