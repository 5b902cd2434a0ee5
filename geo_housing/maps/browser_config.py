"""What the browser modules are told with the page: labels, colours, sentences in the reader's language, rights."""

import re
from functools import cache
from typing import Any

from geo_housing.layers.legend import LEVEL_COLOURS, RENOVATION_COLOURS, RISK_COLOURS, STATE_COLOURS
from geo_housing.settings import Language
from geo_housing.translation import translate
from geo_housing.web_assets import STATIC
from geo_housing.words import (
    CATEGORY,
    CHECK_RESULT,
    EVENT_KIND,
    EVENT_PHASE,
    GRADE_BASIS,
    INSPECTION_STATE,
    MEASURE,
    OCCUPANCY,
    RENOVATION,
    RISK,
    STRUCTURE,
    TRAIT,
    WARNING_LEVEL,
    WordList,
)

# Name in the browser (label("risk", code)) → list.
LISTS: dict[str, WordList] = {
    "risk": RISK,
    "renovation": RENOVATION,
    "structure": STRUCTURE,
    "occupancy": OCCUPANCY,
    "measure": MEASURE,
    "grade_basis": GRADE_BASIS,
    "trait": TRAIT,
    "category": CATEGORY,
    "event_kind": EVENT_KIND,
    "event_phase": EVENT_PHASE,
    "level": WARNING_LEVEL,
    "inspection_state": INSPECTION_STATE,
    "check_result": CHECK_RESULT,
}
# Lists of the legend → lists of words.
LEGEND_LISTS = {"risk": "risk", "renovation": "renovation", "state": "inspection_state"}
# Modules of web/static/map, besides page.js, which begins, and embedded.js, which only files from disk need.
MODULES = (
    "words source state sprites villages overlays panel popup points_gl points_canvas search status table drawing"
    " export_form village_markers lines redrawing"
).split()
# From this zoom on houses are shown, before that villages.
FAR_ZOOM = 11
COLOURINGS = (RISK_COLOURS, RENOVATION_COLOURS, STATE_COLOURS, LEVEL_COLOURS)
SENTENCE = re.compile(r"""\bt\(\s*"((?:[^"\\]|\\.)+)\"""")


def words_and_colours(language: Language) -> dict[str, Any]:
    """Labels and colours of all lists, and the sentences of the modules where the language is not Chinese."""
    return {
        "language": language,
        "strings": {text: translate(text, language) for text in sentences()} if language != "zh" else {},
        "words": {
            name: {code: translate(words.label(code), language) for code in words} for name, words in LISTS.items()
        },
        "colourings": {
            colouring.column: [
                {"code": item.code, "label": translate(item.label, language), "colour": item.colour}
                for item in colouring.items
            ]
            for colouring in COLOURINGS
        },
    }


def legend_words() -> dict[str, Any]:
    """Labels and colours of the legend's rows, by list and code, and the words of an event's phase."""
    return {
        "phases": EVENT_PHASE.labels,
        "labels": {name: LISTS[LEGEND_LISTS[name]].labels for name in LEGEND_LISTS},
        "colours": {colouring.column: {item.code: item.colour for item in colouring.items} for colouring in COLOURINGS},
    }


@cache
def sentences() -> tuple[str, ...]:
    """Every Chinese sentence that the modules show, read from their own text: none can be forgotten."""
    found: set[str] = set()
    for path in sorted((STATIC / "map").glob("*.js")):
        found.update(SENTENCE.findall(path.read_text("utf-8")))
    return tuple(sorted(found))
