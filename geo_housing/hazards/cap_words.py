"""What the words and codes of a warning message mean for us: level and kind of disaster (domain.md 10.2). Pure.

Providers add values without notice: what is not listed here is kept as received.
"""

import re

LEVELS = ("red", "orange", "yellow", "blue")

# Colours of the Chinese signals against CAP's severity, and the colour itself as national messages put it there.
LEVEL_BY_SEVERITY = {
    "extreme": "red", "severe": "orange", "moderate": "yellow", "minor": "blue",
    "red": "red", "orange": "orange", "yellow": "yellow", "blue": "blue",
}  # fmt: skip
_COLOURS = {"红色": "red", "橙色": "orange", "黄色": "yellow", "蓝色": "blue"}

# Event type codes seen in public feeds: label, and our kind where there is one.
EVENT_CODES: dict[str, tuple[str, str | None]] = {
    "11B01": ("台风", None), "11B03": ("暴雨", "rainstorm"), "11B04": ("暴雪", "snowstorm"),
    "11B05": ("寒潮", "cold_wave"), "11B06": ("大风", "gale"), "11B07": ("沙尘暴", None), "11B09": ("高温", None),
    "11B14": ("雷电", None), "11B15": ("冰雹", "hail"), "11B16": ("霜冻", None), "11B17": ("大雾", None),
    "11B19": ("霾", None), "11B20": ("雷雨大风", "gale"), "11B21": ("道路结冰", None), "11B22": ("干旱", None),
}  # fmt: skip
_CODE_FAMILIES = {"11C": ("地震", "earthquake"), "11D": ("地质灾害", "geological")}
_EVENT_CODE = re.compile(r"11[A-Z]\d{2}")

# Words in the event's name, the more special first.
KIND_BY_WORD = (
    ("山洪", "flash_flood"), ("flash flood", "flash_flood"), ("泄洪", "dam_release"), ("洪水", "flood"),
    ("flood", "flood"), ("暴雨", "rainstorm"), ("rainstorm", "rainstorm"), ("heavy rain", "rainstorm"),
    ("暴雪", "snowstorm"), ("snow", "snowstorm"), ("blizzard", "snowstorm"), ("大风", "gale"), ("gale", "gale"),
    ("strong wind", "gale"), ("冰雹", "hail"), ("hail", "hail"), ("寒潮", "cold_wave"), ("cold wave", "cold_wave"),
    ("地震", "earthquake"), ("earthquake", "earthquake"), ("地质", "geological"), ("滑坡", "geological"),
    ("泥石流", "geological"), ("landslide", "geological"), ("火灾", "fire"), ("fire", "fire"),
)  # fmt: skip


def level_of(words: str, severity: str | None) -> str | None:
    """The one colour that the words name, else what CAP's severity (or a colour in its place) means."""
    named = {level for word, level in _COLOURS.items() if word in words}
    if len(named) == 1:
        return named.pop()
    return LEVEL_BY_SEVERITY.get((severity or "").lower())


def is_event_code(value: str) -> bool:
    """Whether ``value`` is a code of the national list of warning events, such as 11B03."""
    return _EVENT_CODE.fullmatch(value.strip().upper()) is not None


def kind_of_code(value: str, text: str | None) -> tuple[str, str | None]:
    """Our kind for an event code, or the code itself; and the word to show for it."""
    code = value.strip().upper()
    label, kind = EVENT_CODES.get(code) or _CODE_FAMILIES.get(code[:3]) or (None, None)
    said = text if text and text.upper() != code else None
    return kind or code, said or label or code


def kind_of_words(words: str) -> str:
    """Our kind for an event's name."""
    lowered = words.lower()
    return next((kind for word, kind in KIND_BY_WORD if word in lowered), "other")
