"""Rows of a file of divisions, and the pieces of one outline that some files spread over several of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import shapely

from geo_housing.areas.names import match_key
from geo_housing.errors import Fault
from geo_housing.geometry import SLIVER_M2, area_m2
from geo_housing.repairs import Repair
from geo_housing.words import AREA_CODE_LENGTH


@dataclass(frozen=True)
class AreaRow:
    """One row or feature of a file, geometry already repaired and in lon/lat degrees."""

    line: int
    code: str
    name: str
    geom: shapely.MultiPolygon | None
    parent: str | None = None
    repair: Repair | None = None


def cut_code(code: str, level: str) -> str | None:
    """The hierarchical code of ``level`` within ``code`` (6, 9 or 12 leading digits), None when there is none.

    Cut by the level's length, never by trailing zeros: 152224100200 is a village (contract, "Files").
    """
    digits = code.strip()
    wanted = AREA_CODE_LENGTH[level]
    return digits[:wanted] if digits.isascii() and digits.isdigit() and len(digits) >= wanted else None


def joined_pieces(rows: Iterable[AreaRow], level: str) -> tuple[list[AreaRow], list[Fault]]:
    """Rows of which several are pieces of one division's outline as one row, in the place of the first, and what was joined.

    Land surveys draw a village in units with codes of their own (19 digits, of which the first 12 are the village), and
    whoever splits multipolygons gets several rows of one code and name. Other rows of one code stay as they are: duplicates.
    """
    found: list[list[AreaRow]] = []
    at: dict[str, int] = {}
    for row in rows:
        code = cut_code(row.code, level)
        place = at.setdefault(code, len(found)) if code is not None else len(found)
        if place < len(found) and _are_pieces(found[place], row, level):
            found[place].append(row)
        else:
            found.append([row])
    notes = [_joined(pieces) for pieces in found if len(pieces) > 1]
    return [_whole(pieces) for pieces in found], notes


def _whole(pieces: list[AreaRow]) -> AreaRow:
    if len(pieces) == 1:
        return pieces[0]
    # In one order, whatever that of the rows: the same pieces again change nothing.
    whole = shapely.normalize(shapely.union_all([piece.geom for piece in pieces]))
    return replace(pieces[0], geom=shapely.multipolygons(shapely.get_parts(whole)))


def _joined(pieces: list[AreaRow]) -> Fault:
    lines = "、".join(str(piece.line) for piece in pieces)
    sentence = f"边界由文件中的 {len(pieces)} 条合并而成（第 {lines} 条）。"
    return Fault(pieces[0].line, None, pieces[0].code, sentence)


def _are_pieces(pieces: list[AreaRow], other: AreaRow, level: str) -> bool:
    """Pieces of one outline share borders; what shares more ground than digitising explains is drawn twice."""
    first = pieces[0]
    if first.geom is None or other.geom is None:
        return False
    if first.code != other.code:
        return min(len(first.code), len(other.code)) > AREA_CODE_LENGTH[level]
    if match_key(first.name, level) != match_key(other.name, level):
        return False
    return all(area_m2(shapely.intersection(piece.geom, other.geom)) <= SLIVER_M2 for piece in pieces)
