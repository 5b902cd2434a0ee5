"""A list too long to be printed at once: its townships (of a township its villages), each with what it has to print."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.responses import Response

from geo_housing.accounts.access import Access
from geo_housing.accounts.rendering import render
from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS
from geo_housing.areas.queries import names_of
from geo_housing.errors import TooLarge
from geo_housing.scope import AreaScope


@dataclass(frozen=True)
class Part:
    """A township or village; ``is_whole`` is what lies in none of them, which only the workbook has by itself."""

    code: str
    name: str
    count: int
    is_whole: bool


# Where the list is printed, its workbook, what it counts.
INSPECTIONS = ("/print", "list.xlsx", "栋")
MOVES = ("/evacuation/print", "evacuation/list.xlsx", "户")


def inspections_by_area(session: Session, event_id: int, scope: AreaScope) -> dict[str, int]:
    """栋 on the list of inspections by the division that they are counted in."""
    rows = session.execute(
        text(
            "SELECT scope_code, count(*) FROM emergency_inspection WHERE event_id = :event AND state <> 'withdrawn'"
            " AND scope_code >= :lo AND scope_code < :hi GROUP BY 1"
        ),
        {"event": event_id, "lo": scope.lo, "hi": scope.hi},
    )
    return {row[0]: row[1] for row in rows}


def parts_response(
    request: Request,
    access: Access,
    event_id: int,
    scope: AreaScope,
    error: TooLarge,
    counts: Mapping[str, int],
    kind: tuple[str, str, str],
) -> Response:
    """The refusal with the ways out that it names, as links."""
    print_path, workbook, unit = kind
    digits = TOWNSHIP_DIGITS if len(scope.prefix) < TOWNSHIP_DIGITS else VILLAGE_DIGITS
    found: Counter[str] = Counter()
    for code, count in counts.items():
        found[code[:digits]] += count
    names = names_of(access.session, found)
    parts = [Part(code, names.get(code, code), count, len(code) < digits) for code, count in sorted(found.items())]
    return render(
        request,
        access,
        "response/too_long.html",
        status_code=error.status,
        error=error,
        parts=parts,
        event_id=event_id,
        area=scope.prefix if len(scope.prefix) >= TOWNSHIP_DIGITS else "",
        print_path=print_path,
        workbook=workbook,
        unit=unit,
    )
