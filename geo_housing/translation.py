"""Chinese sentences and their English: the Chinese text is the message id, English stands in locale/en/<room>.po.

Every room has a catalogue of its own, read as it is (nothing to compile). What has no English yet stays Chinese.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from geo_housing.settings import Language

CATALOGUES = Path(__file__).parent / "locale"


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


def translate(text: str, language: Language) -> str:
    """``text`` in the reader's language."""
    return english().get(text, text) if language == "en" else text


def translate_counted(singular: str, plural: str, count: int, language: Language) -> str:
    """Jinja's ngettext; Chinese has one form, and our English sentences avoid the second ("houses: 3")."""
    return translate(singular if count == 1 else plural, language)
