"""The printed 分村转移避险名单: A4 pages, one village after the other, each with its map."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from fastapi import Request
from starlette.responses import Response

from geo_housing.accounts.access import Access
from geo_housing.accounts.rendering import render
from geo_housing.area_codes import is_village, township_of
from geo_housing.base_map import BaseLayer, attribution, layers_of
from geo_housing.evacuation.rows import EvacuationRow
from geo_housing.response import waiting
from geo_housing.response.papers.paper import MOST_BASE_MAPS
from geo_housing.response.papers.small_map import small_map
from geo_housing.response.queries import kind_label
from geo_housing.response.steps.evacuation_list import MoveList
from geo_housing.words import EVACUATION_STATE, RISK, STRUCTURE, TRAIT, WARNING_LEVEL

WORDS: dict[str, Any] = {
    "level": WARNING_LEVEL, "state": EVACUATION_STATE, "risk": RISK, "structure": STRUCTURE, "trait": TRAIT,
}  # fmt: skip


def paper_response(request: Request, access: Access, found: MoveList) -> Response:
    """The list as A4 pages, a village with its map after the other."""
    base_map = request.app.state.settings.base_map
    few = len({row.scope_code for row in found.rows}) <= MOST_BASE_MAPS
    under = layers_of(base_map) if base_map and few else ()
    by_village = {code: list(rows) for code, rows in groupby(found.rows, key=lambda row: row.scope_code)}
    for family in found.without_home:
        by_village.setdefault(family.scope_code, [])
    villages = [_village(access, found, code, rows, under) for code, rows in sorted(by_village.items())]
    return render(
        request,
        access,
        "response/evacuation_paper.html",
        paper=found,
        full=found.full,
        villages=villages,
        kind=kind_label(found.event),
        base_map_note=attribution(base_map) if base_map and under else "",
        words=WORDS,
    )


def _village(
    access: Access, found: MoveList, code: str, rows: list[EvacuationRow], under: Sequence[BaseLayer]
) -> dict[str, Any]:
    without_home = [family for family in found.without_home if family.scope_code == code]
    left = frozenset(n for n, row in enumerate(rows, start=1) if not row.is_moved)
    return {
        "name": found.names.get(code, code) if is_village(code) else "不在任何村内",
        "level_said": found.stand.level_said(code),
        "township": found.names.get(township_of(code), ""),
        "rows": rows,
        "left": len(left),
        "people": sum(row.people or 0 for row in rows),
        "unsized": sum(row.people is None for row in rows),
        "waiting": left,
        "map": small_map(access.session, found.event, code, rows, under, large=left) if rows else None,
        "without_home": waiting.paper_rows(without_home, access.actor, found.names, found.phones),
    }
