"""Chinese sentences and their English: the Chinese text is the message id, English stands in locale/en/<room>.po.

Every room has a catalogue of its own, read as it is (nothing to compile). What has no English yet stays Chinese.

Rooms write finished Chinese sentences, values included, and journal, jobs and reports keep them so. English is found at the
edge: an entry with places in it, ``“%(name)s”已停用``, is the form in which such a sentence is recognised, whoever made it and
whenever (``%(n)d`` takes a number, ``%(x)s`` anything). What is said of a number stands in English as ``%(n)d [house|houses]``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from geo_housing.settings import Language

CATALOGUES = Path(__file__).parent / "locale"
# Texts remembered with their English; pages ask for the same few hundred again and again.
REMEMBERED = 4096
# Sentences that one entry holds at most.
LONGEST_ENTRY = 4

_CHINESE = re.compile("[\u3400-\u9fff]")
_PLACE = re.compile(r"%\((\w+)\)([sd])")
_PLACE_OR_CHOICE = re.compile(r"%\((\w+)\)[sd]|\[([^|\[\]]*)\|([^|\[\]]*)\]")
# Not inside brackets or quotes.
_OUTSIDE = "(?![^（]*）)(?![^“]*”)"
_IN_BRACKETS = re.compile(r"(.*?)（([^（）]*)）(.*)", re.DOTALL)
_ACCEPTED = {"d": r"(-?\d[\d,]*(?:\.\d+)?)", "s": "(.*?)"}
LATIN_MARKS = {"：": ": ", "，": ", ", "、": ", ", "；": "; ", "。": ". ", "（": " (", "）": ")", "【": "[", "】": "] "}
_LATIN = str.maketrans(LATIN_MARKS)
# Of a sentence put together from parts: where it is taken apart, and what stands there in English.
_BREAKS = (("\n", "\n"), ("。", ". "), ("；", "; "), ("：", ": "), ("，", ", "), (" · ", " · "), ("、", ", "))


@dataclass(frozen=True)
class Form:
    """A sentence with places for values, as it is recognised; ``anchor`` is the longest of its words, looked for first."""

    pattern: re.Pattern[str]
    anchor: str
    names: tuple[str, ...]
    quoted: frozenset[str]
    english: str


@cache
def english() -> Mapping[str, str]:
    """Chinese → English of all rooms."""
    found: dict[str, str] = {}
    for path in sorted((CATALOGUES / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id and isinstance(message.string, str) and message.string:
                    found[str(message.id)] = message.string
    return found


@cache
def forms() -> tuple[Form, ...]:
    """The entries that can be recognised, those with the most words first."""
    found = []
    for msgid, said in english().items():
        words = [part.replace("%%", "%") for part in _PLACE.split(msgid)[::3]]
        places = _PLACE.findall(msgid)
        weight = sum(len(part.replace(" ", "")) for part in words)
        # One character beside anything would recognise far too much.
        if places and (weight > 1 or any(kind == "d" for _, kind in places)):
            pattern = re.escape(words[0])
            for (_, kind), after in zip(places, words[1:], strict=True):
                pattern += _ACCEPTED[kind] + re.escape(after)
            quoted = frozenset(
                name for n, (name, _) in enumerate(places) if words[n].endswith("“") and words[n + 1].startswith("”")
            )
            names = tuple(name for name, _ in places)
            found.append((weight, Form(re.compile(pattern, re.DOTALL), max(words, key=len), names, quoted, said)))
    return tuple(form for _, form in sorted(found, key=lambda pair: pair[0], reverse=True))


def translate(text: str, language: Language) -> str:
    """``text`` in the reader's language: a sentence of the catalogues, one with values in it, or several in a row."""
    return _in_english(text) if language == "en" and _CHINESE.search(text) else text


def latin_marks(text: str) -> str:
    """``text`` with the marks of English; its words stay."""
    return text.translate(_LATIN)


def translate_counted(singular: str, plural: str, count: int, language: Language) -> str:
    """Jinja's ngettext; Chinese has one form, English chooses inside the sentence (``choose``)."""
    return choose(translate(singular if count == 1 else plural, language), {"count": count, "n": count})


def choose(said: str, values: Mapping[str, Any]) -> str:
    """``[house|houses]`` by the number that stands before it; the places stay."""
    number = ""

    def chosen(found: re.Match[str]) -> str:
        nonlocal number
        if found[1]:
            number = str(values.get(found[1], "")).strip()
            return found[0]
        return found[2] if number == "1" else found[3]

    return _PLACE_OR_CHOICE.sub(chosen, said)


@lru_cache(maxsize=REMEMBERED)
def _in_english(text: str) -> str:
    return _known(text) or _by_parts(text)


def _by_form(text: str) -> str | None:
    for form in forms():
        if form.anchor in text and (found := form.pattern.fullmatch(text)):
            values = {}
            for name, value in zip(form.names, found.groups(), strict=True):
                # What stands in quotes is what somebody has typed, or a label.
                values[name] = english().get(value, value) if name in form.quoted else _value_in_english(value)
            return choose(form.english, values) % values
    return None


def _value_in_english(value: str) -> str:
    # A list of codes has nothing to translate but its marks.
    return translate(value, "en") if _CHINESE.search(value) else latin_marks(value)


def _by_parts(text: str) -> str:
    """Sentences in a row, lists of labels, a remark in brackets; unchanged where no part is known."""
    for mark, said in _BREAKS:
        parts = re.split(rf"{mark}{_OUTSIDE}", text)
        if len(parts) > 1:
            return _joined(text, mark, parts, said)
    if found := _IN_BRACKETS.fullmatch(text):
        before, inside, after = (translate(part, "en") for part in found.groups())
        if (before, inside, after) != found.groups():
            return f"{before.rstrip()} ({inside}){after}".lstrip()
    return text


def _joined(text: str, mark: str, parts: list[str], said: str) -> str:
    # An entry may be several sentences, and has its full stop.
    pieces = [part + mark for part in parts[:-1]] + [part for part in parts[-1:] if part]
    told, is_any = "", False
    while pieces:
        for run in range(min(len(pieces), LONGEST_ENTRY), 0, -1):
            whole = "".join(pieces[:run])
            bare = whole.removesuffix(mark)
            if known := _known(whole):
                told += f"{known} "
            elif known := _known(bare) or (translate(bare, "en") if run == 1 else None):
                told += known + (said if bare != whole else "")
            else:
                continue
            is_any = is_any or known != bare
            break
        pieces = pieces[run:]
    # Half of a clause in English would be worse than none.
    return told.strip(" ") if is_any and not (mark == "，" and _CHINESE.search(told)) else text


def _known(text: str) -> str | None:
    if said := english().get(text) or _by_form(text):
        return said
    # After a colon or in a list a sentence has lost its full stop.
    said = None if text.endswith("。") else english().get(f"{text}。") or _by_form(f"{text}。")
    return said.removesuffix(".") if said else None
