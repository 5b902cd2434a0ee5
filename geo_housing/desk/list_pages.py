"""Pages of lists of houses: the filtered list, and the houses whose ledgers contradict signed facts."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import render
from geo_housing.areas.queries import AreaName, area_names
from geo_housing.clock import today
from geo_housing.desk.house_list import ListPosition, listing
from geo_housing.desk.search import MOST_TYPED, house_address
from geo_housing.errors import BadInput
from geo_housing.exports.asked import Cursor, query_values
from geo_housing.houses.register.queries import houses_with_differences, places
from geo_housing.inspections.queries import event_named
from geo_housing.layers.filters import settled
from geo_housing.layers.house_layer import CATEGORIES, HEADS, HOUSES
from geo_housing.layers.parsing import parse_filter
from geo_housing.words import (
    BUILDING_KIND,
    CATEGORY,
    GRADE_BASIS,
    KEY_GROUPS,
    LOCATION_STATE,
    OCCUPANCY,
    RENOVATION,
    RISK,
    STRUCTURE,
    TRAIT,
)

router = APIRouter(include_in_schema=False)

Viewer = Annotated[Access, requires("houses.view")]
# Parameters of the page that are no filter.
OWN = frozenset({"q", "after"})
# Chips in the order of the list.
RISK_ORDER = ("D", "C", "suspected", "none", "B", "A")
MOST_AREAS = 700
DIFFERENCES_SHOWN = 500
# Years of annual ledgers to choose from, before this one.
YEARS_BACK = 6


@router.get("/houses")
def houses_page(request: Request, access: Viewer) -> Response:
    """房屋: the list under the one filter; figures by risk class switch the class."""
    params = request.query_params
    text = params.get("q", "").strip()[:MOST_TYPED].replace("\x00", "")
    values = query_values(params, besides=OWN)
    wanted = parse_filter(values, layer=HOUSES, actor=access.actor)
    wanted = settled(access.session, wanted, access.actor)
    counted, page = listing(access.session, wanted, access.actor, text, after=_after(params))
    areas = area_names(access.session)
    return render(
        request,
        access,
        "desk/houses.html",
        rows=page.rows,
        total=counted.houses,
        counts=counted.by_risk,
        # How many live in one house is for those who may see families; an event's figures are everybody's.
        figures=counted if access.actor.may(HEADS) or wanted.event is not None else None,
        of_word=counted.of_word,
        event_name=event_named(access.session, wanted.event) if wanted.event is not None else None,
        without_event=_address(params, event=None, uncertain=None),
        risk_order=RISK_ORDER,
        chips={risk: _chip(params, wanted.risk, risk) for risk in RISK_ORDER},
        every_risk=_address(params, risk=None),
        next_page=_address(params, after=_place_text(page.next_after)) if page.next_after else None,
        first_page=_address(params) if "after" in params else None,
        export_query=urlencode(list(values.items())),
        export_is_personal=any(column.permission for column in HOUSES.visible(access.actor, "ledger", to_file=True)),
        wanted=wanted,
        values=values,
        text=text,
        areas=_choices(areas, wanted.area),
        years=range(today().year + 1, today().year - YEARS_BACK - 1, -1),
        names={area.code: area.name for area in areas},
        is_filtered=bool(text or values),
        may_heads=access.actor.may(HEADS),
        may_categories=access.actor.may(CATEGORIES),
        house_address=house_address,
        words={
            "risk": RISK,
            "renovation": RENOVATION,
            "occupancy": OCCUPANCY,
            "structure": STRUCTURE,
            "location": LOCATION_STATE,
            "category": CATEGORY,
            "basis": GRADE_BASIS,
            "kind": BUILDING_KIND,
            "trait": TRAIT,
        },
        key_groups=KEY_GROUPS,
    )


@router.get("/houses/differences")
def differences_page(request: Request, access: Annotated[Access, requires("houses.edit")]) -> Response:
    """Houses whose ledger contradicts a signed grade or a certified category."""
    rows = houses_with_differences(access.session, access.actor.scope, limit=DIFFERENCES_SHOWN)
    return render(
        request,
        access,
        "desk/differences.html",
        rows=rows,
        most=DIFFERENCES_SHOWN,
        places=places(access.session, [row[1] for row in rows]),
        house_address=house_address,
    )


def _address(params: QueryParams, **changes: str | None) -> str:
    """The list with other parameters; the place in it is lost unless it is what changes."""
    pairs = [(name, value) for name, value in params.multi_items() if value and name != "after" and name not in changes]
    pairs += [(name, value) for name, value in changes.items() if value]
    return f"/houses?{urlencode(pairs)}" if pairs else "/houses"


def _chip(params: QueryParams, chosen: tuple[str, ...], risk: str) -> str:
    """The list with one class switched."""
    left = [code for code in RISK_ORDER if (code in chosen) != (code == risk)]
    return _address(params, risk=",".join(left) or None)


def _after(params: QueryParams) -> ListPosition | None:
    cursor = Cursor.read(params.get("after")).after
    if cursor is None:
        return None
    try:
        urgency, empty, key = (int(part) for part in cursor[1].split("."))
    except ValueError:
        raise BadInput("页码不对，请从第一页重新翻。") from None
    return ListPosition(urgency, empty, cursor[0], key)


def _place_text(place: ListPosition) -> str | None:
    return Cursor((place.scope_code, f"{place.urgency}.{place.empty}.{place.id}")).text()


def _choices(areas: list[AreaName], chosen: str | None) -> list[tuple[AreaName, int]]:
    """Divisions to choose from with their depth; of very many only those above the villages, and the chosen one."""
    kept = areas if len(areas) <= MOST_AREAS else [a for a in areas if a.level != "village" or a.code == chosen]
    depths: dict[str, int] = {"county": 0, "township": 1, "village": 2}
    return [(area, depths[area.level]) for area in kept]
