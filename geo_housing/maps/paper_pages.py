"""打印地图: one sheet with title, legend, scale, north, maker, date and 审图号."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import render
from geo_housing.area_codes import TOWNSHIP_DIGITS, township_of
from geo_housing.areas.names import short_name
from geo_housing.areas.queries import has_demo, name_of_area
from geo_housing.clock import now, on_paper, today
from geo_housing.errors import BadInput, NotFound
from geo_housing.layers.filters import Filter, settled
from geo_housing.layers.house_layer import HOUSES
from geo_housing.layers.in_words import filter_in_words
from geo_housing.layers.parsing import parse_filter
from geo_housing.maps.line_facts import KINDS
from geo_housing.maps.paper import BOUNDS, DEFAULT_SHEET, MARKED, SHEETS, STEP_LABELS, left_out_of, sheet
from geo_housing.maps.paper_zones import Wanted
from geo_housing.maps.queries import DEFAULT_MEASURE, MEASURES, MOST_EVENTS
from geo_housing.policy.queries import effective

router = APIRouter(include_in_schema=False)

Viewer = Annotated[Access, requires("map.view")]
APPROVAL = "map.approval_number"
NO_NUMBER = "无"
# Of the address what is no filter of houses.
BESIDES = ("size", "lines", "zones", "standing-areas")


def _named(session: Session, area: str) -> str | None:
    """The name above a sheet: a village with its township, because many share one."""
    name = name_of_area(session, area)
    if name is None or len(area) <= TOWNSHIP_DIGITS:
        return name
    return f"{name_of_area(session, township_of(area)) or ''}{short_name(name)}"


def _switched_on(kinds: list[str], over: Wanted) -> dict[str, str]:
    """The layers of the sheet as the address of the map says them."""
    zones = ",".join(map(str, over.events)) or "none"
    return {"lines": ",".join(kinds), "zones": zones, "standing-areas": "1" if over.standing else ""}


@router.get("/map/print")
def print_map(request: Request, access: Viewer) -> Response:
    """The sheet; the filter is the map's, ``size`` a4 or a3. Chinese whatever the reader's language: paper goes to offices."""
    session, actor = access.session, access.actor
    given = {name: ",".join(request.query_params.getlist(name)) for name in request.query_params if name not in BESIDES}
    size = request.query_params.get("size", DEFAULT_SHEET).lower()
    kinds = [kind for kind in request.query_params.get("lines", "").split(",") if kind in KINDS]
    zones = [int(n) for n in request.query_params.get("zones", "").split(",") if n.isascii() and n.isdigit()][
        :MOST_EVENTS
    ]
    over = Wanted(tuple(n for n in dict.fromkeys(zones) if n < 2**31), bool(request.query_params.get("standing-areas")))
    if size not in SHEETS:
        raise BadInput("纸张只有 a4 和 a3。")
    wanted = parse_filter(given, layer=HOUSES, actor=actor)
    asked = replace(wanted, area=None)
    believed = settled(session, replace(wanted, lived_in=True), actor).fresh_since
    wanted = replace(settled(session, wanted, actor), fresh_since=believed)
    made = sheet(session, wanted, actor.scope, size=size, kinds=kinds, over=over)
    if made is None:
        raise NotFound("这个区域还没有界线，也没有已定位的房屋，画不出地图。")
    area = wanted.area or actor.scope.prefix
    number = str(effective(session, APPROVAL, area_code=area or "0", on=today()).value)
    made_at = now()
    return render(
        request,
        access,
        "maps/paper.html",
        sheet=made,
        area_name=_named(session, area) if area else None,
        query={name: value for name, value in {**given, **_switched_on(kinds, over)}.items() if value},
        kinds={kind: KINDS[kind] for kind in kinds},
        # The title says the area.
        filtered=filter_in_words(session, asked) if asked != Filter() else "",
        left_out=left_out_of(wanted.risk),
        steps=list(zip((0.0, *BOUNDS), STEP_LABELS, strict=True)),
        measure=MEASURES[DEFAULT_MEASURE].label,
        marked=MARKED,
        is_demo_map=has_demo(session),
        approval=None if number == NO_NUMBER else number,
        made_at=made_at,
        at_said=on_paper(made_at),
    )
