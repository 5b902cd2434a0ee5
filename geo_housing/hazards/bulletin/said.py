"""What was found in the plain text, said with its place in the original. Pure."""

from datetime import datetime

from geo_housing.hazards.bulletin.moments import FoundTime
from geo_housing.hazards.bulletin.parts import Part, Unread
from geo_housing.hazards.bulletin.plain import Plain
from geo_housing.hazards.bulletin.signals import Words


def part(plain: Plain, words: Words | None) -> Part[str] | None:
    """A code word and where it was read."""
    if words is None:
        return None
    return Part(words.value, plain.text[words.start : words.end], *plain.span(words.start, words.end))


def moment_part(plain: Plain, time: FoundTime | None) -> Part[datetime] | None:
    """A moment and where it was read; None when it is none."""
    if time is None or time.moment is None:
        return None
    return Part(time.moment, plain.text[time.start : time.end], *plain.span(time.start, time.end))


def unread_part(plain: Plain, start: int, end: int, sentence: str) -> Unread:
    """Words that could not be used, which say no place."""
    first, last = plain.span(start, end)
    return Unread(plain.text[start:end], first, last, sentence)
