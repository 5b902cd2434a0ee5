"""Names of villages on the sheet: each where it covers no other, and a number with a key for those that find no place.

Pure: outlines and a frame in, places out. Units of the drawing are tenths of a millimetre, as in paper.py.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import shape

from geo_housing.areas.names import short_name
from geo_housing.maps.outlines import Division
from geo_housing.paper_frame import Frame, places_in

# Half of a character's width and a line's height of names, of townships' names, of the houses told under a name (map_paper.css).
HALF_LETTER, ABOVE, BELOW = 14.5, 27.0, 8.0
TOWN_HALF_LETTER, TOWN_ABOVE, TOWN_BELOW = 22.5, 42.0, 12.0
COUNT_BELOW, COUNT_HALF_DIGIT = 38.0, 10.0
# Radii of the circle around a key's number, the first that finds a place.
RADII = (20.0, 15.0)
# The key beside the map: height of a row and of the head, room beside the words.
ROW, HEAD, SPARE = 37.0, 76.0, 30.0
# Of a name, a number and the houses in the key.
LETTER, NUMBER_WIDTH, COUNT_WIDTH = 28.0, 62.0, 52.0
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Name:
    """Where a village is named: by its name, by ``number`` in a circle of ``radius``, or (``x`` None) only in the key."""

    code: str
    x: float | None
    y: float | None
    number: int | None = None
    radius: float | None = None


@dataclass(frozen=True)
class KeyRow:
    """A row of the key: a township (``number`` None) or one of its villages; ``is_placed`` unless the map has no room even for its number."""

    x: float
    y: float
    words: str
    number: int | None = None
    dangerous: int = 0
    is_placed: bool = True


@dataclass(frozen=True)
class Named:
    """Every village's name, and the key of those that have a number, as wide as ``key_width`` beside the map."""

    names: tuple[Name, ...]
    key: tuple[KeyRow, ...] = ()
    key_width: float = 0.0


@dataclass
class Taken:
    """What is written already."""

    boxes: list[Box] = field(default_factory=list)

    def add(self, box: Box) -> None:
        """Nothing else is written there."""
        self.boxes.append(box)

    def is_free(self, box: Box) -> bool:
        """Whether nothing is written there."""
        if not self.boxes:
            return True
        taken = np.asarray(self.boxes)
        apart = (taken[:, 2] < box[0]) | (taken[:, 0] > box[2]) | (taken[:, 3] < box[1]) | (taken[:, 1] > box[3])
        return bool(apart.all())


def box_of_name(name: str, x: float, y: float, dangerous: int = 0) -> Box:
    """What a village's name covers, its C and D houses under it."""
    half = max(len(name) * HALF_LETTER, len(str(dangerous)) * COUNT_HALF_DIGIT if dangerous else 0) + 3
    return x - half, y - ABOVE, x + half, y + (COUNT_BELOW if dangerous else BELOW)


def box_of_township(name: str, x: float, y: float) -> Box:
    """What a township's name covers."""
    half = len(name) * TOWN_HALF_LETTER
    return x - half, y - TOWN_ABOVE, x + half, y + TOWN_BELOW


def furniture(frame: Frame) -> list[Box]:
    """Where the north arrow and the scale stand."""
    return [
        (frame.width - 116, 0, frame.width, 150),
        (0, frame.height - 112, frame.scale()[0] + 100, frame.height),
    ]


def name_villages(
    frame: Frame, villages: Sequence[Division], dangerous: dict[str, int], taken: Taken, *, with_key: bool = True
) -> Named:
    """Names of all ``villages``, those with the most C and D houses lived in first, then the largest.

    ``taken`` is what stands on the map before; names and numbers are added to it. Without a key there are names alone.
    """
    shapes = {one.code: shape(one.geometry) for one in villages}
    first = sorted(villages, key=lambda one: (-dangerous.get(one.code, 0), -shapes[one.code].area, one.code))
    found: dict[str, Name] = {}
    for one in first:
        name, houses = short_name(one.name), dangerous.get(one.code, 0)
        for x, y in _places(frame, shapes[one.code], one):
            box = box_of_name(name, x, y, houses)
            if _inside(frame, box) and taken.is_free(box):
                taken.add(box)
                found[one.code] = Name(one.code, x, y)
                break
    if not with_key:
        return Named(tuple(found.get(one.code) or Name(one.code, None, None) for one in villages))
    # In the order of codes: the villages of a township follow one another in the key.
    left = sorted((one for one in villages if one.code not in found), key=lambda one: one.code)
    for number, one in enumerate(left, start=1):
        found[one.code] = _numbered(frame, one, shapes[one.code], number, taken)
    key, width = _key(frame, left, found, dangerous)
    return Named(tuple(found[one.code] for one in villages), key, width)


def _numbered(frame: Frame, one: Division, geometry: shapely.Geometry, number: int, taken: Taken) -> Name:
    for radius in RADII:
        for x, y in _places(frame, geometry, one):
            box = (x - radius, y - radius, x + radius, y + radius)
            if _inside(frame, box) and taken.is_free(box):
                taken.add(box)
                return Name(one.code, x, y, number, radius)
    return Name(one.code, None, None, number)


def _places(frame: Frame, geometry: shapely.Geometry, one: Division) -> Iterable[tuple[float, float]]:
    return (frame.place(lon, lat) for lon, lat in places_in(geometry, one.label_lon, one.label_lat))


def _inside(frame: Frame, box: Box) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= frame.width and box[3] <= frame.height


def _key(
    frame: Frame, villages: Sequence[Division], names: dict[str, Name], dangerous: dict[str, int]
) -> tuple[tuple[KeyRow, ...], float]:
    """The rows in columns as high as the map, townships as heads where there are several."""
    if not villages:
        return (), 0.0
    heads = len({one.parent_name for one in villages}) > 1
    told = list[tuple[str, Division | None]]()
    for n, one in enumerate(villages):
        if heads and (n == 0 or villages[n - 1].parent_name != one.parent_name):
            told.append((one.parent_name or "", None))
        told.append((short_name(one.name), one))
    rows = max(math.floor((frame.height - HEAD - ROW / 2) / ROW), 1)
    wide = NUMBER_WIDTH + max(len(words) for words, _ in told) * LETTER + COUNT_WIDTH
    made = []
    at = 0
    for words, village in told:
        if village is None and at % rows == rows - 1:
            # A township's name does not stand alone at the end of a column.
            at += 1
        x, y = (at // rows) * wide + SPARE / 2, HEAD + (at % rows + 0.75) * ROW
        known = names[village.code] if village else None
        made.append(
            KeyRow(
                x,
                round(y, 1),
                words,
                known.number if known else None,
                dangerous.get(village.code, 0) if village else 0,
                known is None or known.x is not None,
            )
        )
        at += 1
    return tuple(made), (math.ceil(at / rows)) * wide + SPARE
