"""A paper too long to be printed at once: its townships (of a township its villages), each with what it has to print."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.responses import Response

from geo_housing.accounts.access import Access
from geo_housing.accounts.rendering import render
from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS, is_village
from geo_housing.areas.queries import names_of
from geo_housing.errors import TooLarge
from geo_housing.evacuation.sums import totals
from geo_housing.roster.full_phones import FullPhones
from geo_housing.scope import AreaScope


@dataclass(frozen=True)
class Part:
    """A township or village; ``is_rest`` is what lies in none of them."""

    code: str
    name: str
    count: int
    is_rest: bool


@dataclass(frozen=True)
class Printing:
    """How a paper was asked for, so that a part of it is asked for in the same way.

    ``counts``: how much of it, in ``unit``, each division has. ``sent``: what was pressed with beside the area (what for,
    which kind); None where an address prints. ``workbook``: where the same list is taken as one, if it is.
    ``prints_rest``: whether what lies in no part is printed by itself (``own``).
    """

    paper: str
    unit: str
    counts: Mapping[str, int]
    back: str
    back_to: str
    workbook: str = ""
    sent: Mapping[str, str] | None = None
    prints_rest: bool = False


@dataclass(frozen=True)
class ListPaper:
    """A list of an event: where among its pages it stands, what it counts, and that by division."""

    step: str
    unit: str
    counted: Callable[[Session, int, AreaScope], Mapping[str, int]]


def _inspections(session: Session, event_id: int, scope: AreaScope) -> dict[str, int]:
    rows = session.execute(
        text(
            "SELECT scope_code, count(*) FROM emergency_inspection WHERE event_id = :event AND state <> 'withdrawn'"
            " AND scope_code >= :lo AND scope_code < :hi GROUP BY 1"
        ),
        {"event": event_id, "lo": scope.lo, "hi": scope.hi},
    )
    return {row[0]: row[1] for row in rows}


def _moves(session: Session, event_id: int, scope: AreaScope) -> dict[str, int]:
    return {one.code: one.due.households for one in totals(session, event_id, scope).villages}


INSPECTIONS = ListPaper("", "栋", _inspections)
MOVES = ListPaper("evacuation/", "户", _moves)


def parts_of_list(
    request: Request,
    access: Access,
    event_id: int,
    area: str | None,
    error: TooLarge,
    paper: ListPaper,
    *,
    full: FullPhones | None = None,
) -> Response:
    """The refusal of a list of an event, with its parts; those of a press for full numbers are pressed for, too."""
    scope = access.actor.scope.narrowed(area)
    base = f"/events/{event_id}"
    asked = Printing(
        paper=f"{base}/{paper.step}print" if full is None else f"{base}/{paper.step}print-full",
        unit=paper.unit,
        counts=paper.counted(access.session, event_id, scope),
        back=base,
        back_to="回到事件",
        workbook=f"/api/v1{base}/{paper.step}list.xlsx" if full is None else f"{base}/{paper.step}list-full.xlsx",
        sent=None if full is None else {"purpose": full.purpose},
    )
    return parts_response(request, access, scope, error, asked)


def parts_response(request: Request, access: Access, scope: AreaScope, error: TooLarge, asked: Printing) -> Response:
    """The refusal with the ways out that it names: links, or presses that send again what was sent."""
    digits = TOWNSHIP_DIGITS if len(scope.prefix) < TOWNSHIP_DIGITS else VILLAGE_DIGITS
    found: Counter[str] = Counter()
    if not is_village(scope.prefix):
        for code, count in asked.counts.items():
            found[code[:digits]] += count
    names = names_of(access.session, found)
    response = render(
        request,
        access,
        "response/too_long.html",
        status_code=error.status,
        error=error,
        parts=[Part(code, names.get(code, code), count, len(code) < digits) for code, count in sorted(found.items())],
        asked=asked,
        area=scope.prefix if len(scope.prefix) >= TOWNSHIP_DIGITS else "",
    )
    if asked.sent is not None:
        response.headers["Cache-Control"] = "private, no-store"
    return response
