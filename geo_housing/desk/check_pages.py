"""核对位置: the queue of houses whose place somebody must look at, and the map on which one says where they stand."""

import json
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from sqlalchemy import Double, func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.area_codes import COUNTY_DIGITS
from geo_housing.desk.forms import Posted, day_of, text_of, version_of
from geo_housing.desk.house import last_proposal
from geo_housing.desk.search import house_address, shown_head
from geo_housing.desk.tasks_given import told_of_tasks
from geo_housing.errors import BadInput, Conflict, GeoHousingError, NotAllowed
from geo_housing.houses.models import House
from geo_housing.houses.register.endings import give_home, gone_away
from geo_housing.houses.register.homes import count_waiting, registered_twice, waiting_families
from geo_housing.houses.register.location import CHECK, Settled, settle_location
from geo_housing.houses.register.location_queries import (
    REASONS,
    DeclaredHere,
    QueuePosition,
    all_declared_here,
    count_queue,
    declared_here,
    next_in_queue,
    outlines_around,
    place_of,
    queue_page,
    reason_of,
    shared_points,
)
from geo_housing.houses.register.queries import (
    Point,
    families_of,
    house_at,
    journal_of_house,
    normal_code,
    places,
    point_of,
)
from geo_housing.houses.register.service import require_house
from geo_housing.layers.spatial import Box, house_in_box
from geo_housing.layers.tables import HOUSE
from geo_housing.maps.outlines import area_to_look_at
from geo_housing.numbers import MOST_BIGINT, whole_number
from geo_housing.scope import AreaScope
from geo_housing.words import RISK

router = APIRouter(prefix="/houses", include_in_schema=False)

Checker = Annotated[Access, requires(CHECK)]
Editor = Annotated[Access, requires("houses.edit")]
WAITING_SHOWN = 200
ROWS = 50
MOST_NEIGHBOURS = 300
# Half the side of the box in which neighbours are drawn, degrees (some 500 m).
AROUND = 0.005


@router.get("/check")
def queue(request: Request, access: Checker, reason: str = "", area: str = "", after: str = "") -> Response:
    """The queue, the worst first, with the reason in words; families without a home and houses of ours that lie elsewhere on top."""
    scope = access.actor.scope.narrowed(area or None)
    reason = reason if reason in REASONS else ""
    rows, more = queue_page(access.session, scope, reason=reason or None, limit=ROWS, after=_place(after))
    counts = count_queue(access.session, scope)
    elsewhere = (
        [] if reason or after else [h for h in all_declared_here(access.session) if scope.covers(h.declared_code)]
    )
    waiting = [] if reason or after else waiting_families(access.session, scope, limit=WAITING_SHOWN)
    # Only whoever sees several townships can see a person in two of them.
    is_wide = len(scope.prefix) <= COUNTY_DIGITS and not reason and not after
    twice, twice_total = registered_twice(access.session, scope, limit=WAITING_SHOWN) if is_wide else ([], 0)
    codes = [code for row in rows for code in (row.scope_code, row.declared_code)]
    codes += [one.scope_code for one in twice]
    codes += [family.scope_code for family in waiting]
    codes += [house.declared_code for house in elsewhere]
    return render(
        request,
        access,
        "desk/check.html",
        rows=rows,
        elsewhere=elsewhere,
        waiting=waiting,
        waiting_count=count_waiting(access.session, scope) if waiting else None,
        twice=twice,
        twice_total=twice_total,
        heads={
            key: shown_head(head, access.actor)
            for key, head in [(one.id, one.head) for one in waiting] + [(one.id, one.head) for one in twice]
        },
        may_edit=access.actor.may("houses.edit"),
        counts=counts,
        total=counts.get(reason, 0) if reason else sum(counts.values()),
        reason=reason,
        reasons=REASONS,
        area=area,
        places=places(access.session, codes),
        risks=RISK,
        locate=lambda code: _locate_address(code, reason, area),
        house_address=house_address,
        next_page=_queue_address(reason, area, ".".join(map(str, rows[-1].place))) if more else None,
        first_page=_queue_address(reason, area) if after else None,
        reason_address=lambda key: _queue_address(key, area),
    )


@router.post("/waiting/{household_id:int}")
def post_waiting(household_id: int, request: Request, access: Editor, posted: Posted) -> Response:
    """A family without a home lives in a house from now on, or has left the county."""
    if text_of(posted, "then") == "gone":
        gone_away(access.session, access.actor, household_id, note=text_of(posted, "note"))
        return redirect("/houses/check", request=request, toast="已登记去向，这户不再列入无房户名单。")
    home, on = text_of(posted, "home"), day_of(posted, "from_on", "起始日期")
    house = give_home(access.session, access.actor, household_id, home, on=on)
    return redirect("/houses/check", request=request, toast=f"已登记住在 {house.code}。")


@router.get("/{code:path}/location")
def location_page(code: str, request: Request, access: Checker, reason: str = "", area: str = "") -> Response:
    """One house on a small map: its marker, its neighbours, the outlines of the villages around."""
    return _location(request, access, code, reason, area)


@router.post("/{code:path}/location")
def post_location(code: str, request: Request, access: Checker, posted: Posted) -> Response:
    """Save where the house stands and go on to the next in the queue."""
    reason, area = text_of(posted, "reason"), text_of(posted, "area")
    # After where the house stands now: it may be counted in another village afterwards.
    following = _next_address(access, code, reason, area)
    before = house_at(access.session, normal_code(code))
    codes = {before.scope_code} if before is not None else set()
    try:
        with access.session.begin_nested():
            settled = settle_location(
                access.session,
                access.actor,
                code,
                verdict=text_of(posted, "verdict"),  # type: ignore[arg-type] # checked by the service
                version=version_of(posted),
                point=_point(text_of(posted, "lon"), text_of(posted, "lat")),
            )
    except (BadInput, Conflict, NotAllowed) as error:
        status = {Conflict: 409, NotAllowed: 403}.get(type(error), 422)
        access.session.expire_all()
        return _location(request, access, code, reason, area, error, status)
    target = house_address(normal_code(code)) if text_of(posted, "then") == "house" else following
    said = _said(normal_code(code), settled)
    if text_of(posted, "verdict") != "confirmed" and not settled.proposed:
        said += told_of_tasks(access.session, access.actor, {*codes, settled.scope_code})
    return redirect(target, request=request, toast=said)


def _location(
    request: Request,
    access: Access,
    code: str,
    reason: str,
    area: str,
    refusal: GeoHousingError | None = None,
    status_code: int = 200,
) -> Response:
    session, actor = access.session, access.actor
    foreign = declared_here(session, normal_code(code)) if house_at(session, normal_code(code)) is None else None
    shown = _foreign(session, foreign) if foreign else _own(session, access, require_house(session, code))
    center = shown["point"] or shown["proposed"]
    data = {
        "point": shown["point"],
        "proposed": shown["proposed"],
        "area": area_to_look_at(session, actor.scope),
        "outlines": [asdict(outline) for outline in outlines_around(session, shown["around"])],
        "declared": shown["declared_code"],
        "near": shown["reason"] == "shared_point",
        "neighbours": _neighbours(session, center, shown["id"]) if center else [],
    }
    return render(
        request,
        access,
        "desk/location.html",
        status_code=status_code,
        shown=shown,
        data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
        refusal=refusal,
        reason=reason,
        area=area,
        queue_address=_queue_address(reason, area),
        skip_address=_next_address(access, code, reason, area),
        address=None if foreign else house_address(shown["code"]),
        may_confirm=foreign is None and shown["point"] is not None,
        risks=RISK,
        told_of_tasks=told_of_tasks(session, actor, [area for area in shown["around"] if len(area) > COUNTY_DIGITS]),
        head=shown_head(shown["head"], actor),
    )


def _own(session: Session, access: Access, house: House) -> dict[str, Any]:
    named = places(session, [house.scope_code, house.declared_code, house.village_code])
    families = [family for family in families_of(session, house.id) if family.is_here]
    point = point_of(session, house.id)
    proposed, entry = (None, None)
    if house.location_note == "proposed":
        proposed, entry = last_proposal(journal_of_house(session, house.code))
    key = reason_of(house.location_state, house.location_note)
    shared = shared_points(session, house.id, house.tile_key) if house.tile_key is not None else []
    return {
        "id": house.id,
        "code": house.code,
        "version": house.version,
        "risk": house.risk,
        "settlement": house.settlement,
        "head": "、".join(family.head for family in families if family.head) or None,
        "point": [point.lon, point.lat] if point else None,
        "proposed": list(proposed) if proposed else None,
        "proposal": entry,
        "place": named[house.scope_code].name,
        "computed": named[house.village_code].name if house.village_code else None,
        "declared": named[house.declared_code].name if house.declared_code else None,
        "declared_code": house.declared_code,
        "around": [code for code in (house.scope_code, house.declared_code, access.actor.scope.prefix) if code],
        "is_settled": house.location_state == "located" and house.location_note in (None, "confirmed"),
        "reason": key,
        "reason_text": REASONS[key],
        "shared": shared,
        "is_foreign": False,
    }


def _foreign(session: Session, house: DeclaredHere) -> dict[str, Any]:
    declared = places(session, [house.declared_code])[house.declared_code]
    return {
        "id": house.id,
        "code": house.code,
        "version": house.version,
        "risk": house.risk,
        "settlement": house.settlement,
        "head": house.head,
        "point": [house.lon, house.lat] if house.lon is not None else None,
        "proposed": None,
        "proposal": None,
        "place": house.place,
        "computed": house.place,
        "declared": declared.name,
        "declared_code": house.declared_code,
        "around": [house.declared_code],
        "is_settled": False,
        "reason": "misplaced",
        "reason_text": REASONS["misplaced"],
        "shared": [],
        "is_foreign": True,
    }


def _neighbours(session: Session, center: list[float], house_id: int) -> list[dict[str, Any]]:
    """Other houses around a point; boxes go by tile key."""
    lon, lat = center
    box = Box(lon - AROUND, lat - AROUND, lon + AROUND, lat + AROUND)
    x, y = func.ST_X(HOUSE.c.geom, type_=Double), func.ST_Y(HOUSE.c.geom, type_=Double)
    rows = session.execute(
        select(HOUSE.c.code, HOUSE.c.risk, x, y)
        .where(house_in_box(box), HOUSE.c.ended_on.is_(None), HOUSE.c.id != house_id)
        .limit(MOST_NEIGHBOURS)
    )
    return [{"code": row[0], "risk": row[1], "lon": row[2], "lat": row[3]} for row in rows]


def _next_address(access: Access, code: str, reason: str, area: str) -> str:
    """The next house of the queue after this one; the queue itself when nothing is left."""
    scope = access.actor.scope.narrowed(area or None)
    house = house_at(access.session, normal_code(code))
    after = place_of(access.session, house) if house is not None and scope.covers(house.scope_code) else None
    found = next_in_queue(access.session, scope, reason=reason or None, after=after)
    return (
        _locate_address(found, reason, area) if found and found != normal_code(code) else _queue_address(reason, area)
    )


def _said(code: str, settled: Settled) -> str:
    if settled.proposed:
        return f"{code}：该位置在{settled.place or '别的乡镇'}，超出您的管辖范围，已提请上级处理，房屋暂留原处。"
    if settled.location_state == "unlocated":
        return f"{code}：原点位已作废，转为待定位。"
    return f"{code}：位置已核对{f'，在{settled.place}' if settled.place else ''}。"


def _locate_address(code: str, reason: str, area: str) -> str:
    query = urlencode([pair for pair in (("reason", reason), ("area", area)) if pair[1]])
    return f"{house_address(code)}/location{f'?{query}' if query else ''}"


def _queue_address(reason: str, area: str, after: str = "") -> str:
    query = urlencode([pair for pair in (("reason", reason), ("area", area), ("after", after)) if pair[1]])
    return f"/houses/check{f'?{query}' if query else ''}"


def _place(text: str) -> QueuePosition | None:
    if not text:
        return None
    parts = text.split(".")
    if len(parts) == 3:
        urgency, key = whole_number(parts[0], most=9), whole_number(parts[2], most=MOST_BIGINT)
        if urgency is not None and key is not None and parts[1]:
            AreaScope(parts[1])
            return urgency, parts[1], key
    raise BadInput("页码不对，请从第一页重新翻。")


def _point(lon: str, lat: str) -> Point | None:
    if not lon or not lat:
        return None
    try:
        return Point(float(lon), float(lat))
    except ValueError:
        raise BadInput("经度、纬度应为十进制度数，如 121.5678901。") from None
