"""Colours and drawing order of the classes; never shown without the letter or label beside them.

Grades use the Okabe-Ito palette (design section 6), which colour-blind eyes tell apart; the renovation stages go
from grey over yellow to dark green, the emergency colours are the official warning colours.
"""

from geo_housing.layers.columns import Colouring, LegendItem
from geo_housing.words import INSPECTION_STATE, RENOVATION, RISK, WARNING_LEVEL, WordList


def _items(words: WordList, colours: dict[str, str]) -> tuple[LegendItem, ...]:
    return tuple(LegendItem(code, words.label(code), colour) for code, colour in colours.items())


RISK_COLOURS = Colouring(
    "risk",
    "危险等级",
    _items(
        RISK,
        {
            "none": "#8A8A8A",
            "A": "#009E73",
            "B": "#56B4E9",
            "suspected": "#CC79A7",
            "C": "#E69F00",
            "D": "#D55E00",
        },
    ),
)
RENOVATION_COLOURS = Colouring(
    "renovation",
    "改造状态",
    _items(
        RENOVATION,
        {
            "not_needed": "#BDBDBD",
            "moved_in": "#00441B",
            "accepted": "#1B9E77",
            "completed": "#41B6C4",
            "started": "#2C7FB8",
            "listed": "#FEC44F",
            "unplanned": "#CC4C02",
        },
    ),
)
STATE_COLOURS = Colouring(
    "state",
    "排查状态",
    _items(
        INSPECTION_STATE,
        {
            "withdrawn": "#BDBDBD",
            "done": "#009E73",
            "prepared": "#8A8A8A",
            "in_progress": "#56B4E9",
            "open": "#D55E00",
        },
    ),
)
LEVEL_COLOURS = Colouring(
    "level",
    "预警级别",
    _items(
        WARNING_LEVEL,
        {
            "ungraded": "#6E6E6E",
            "blue": "#1E66D0",
            "yellow": "#F2C200",
            "orange": "#F07800",
            "red": "#D0021B",
        },
    ),
)
