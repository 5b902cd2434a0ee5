"""Where a house really stands, said by a person: moved on the map, confirmed, or declared wrong.

The rule for two areas that both are concerned: an area may take a house upon itself, never push it to another. So a
township settles what stays with it or comes to it; a place in somebody else's village becomes a proposal, which
keeps the house where it is counted, marks it, and is decided by the level above both.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sqlalchemy import func, text
from sqlalchemy.orm import Session

from geo_housing.areas.turns import keep_outlines
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed
from geo_housing.geometry import HOUSE_SRID, tile_key
from geo_housing.houses.models import House
from geo_housing.houses.register.location_queries import DeclaredHere, declared_here
from geo_housing.houses.register.queries import Point, code_behind_alias, house_at, normal_code, point_of
from geo_housing.houses.register.service import next_version, record_house, require_house
from geo_housing.journal.service import Subject, record, record_unseen

CHECK = "houses.check_location"
Verdict = Literal["moved", "confirmed", "wrong"]
PROPOSED = "proposed"


@dataclass(frozen=True)
class Settled:
    """What became of it: ``proposed`` waits for the level above; ``scope_code`` is where the house counts now."""

    proposed: bool
    scope_code: str
    place: str
    location_state: str


@dataclass(frozen=True)
class _Target:
    """The place that was meant: its village (None: in no loaded village) with its name."""

    point: Point | None
    key: int | None
    village_code: str | None
    name: str


def settle_location(
    session: Session, actor: Actor, code: str, *, verdict: Verdict, version: int, point: Point | None = None
) -> Settled:
    """Say where a house stands. ``moved`` needs ``point``; ``wrong``: it belongs to its declared village, place unknown.

    Conflict when somebody was quicker; BadInput for a place more than 1 km outside everything that is loaded.
    """
    if not actor.may(CHECK):
        raise NotAllowed("您的角色不能核对房屋位置。")
    if verdict not in ("moved", "confirmed", "wrong"):
        raise BadInput("核对结论应为 moved（移到正确位置）、confirmed（点位正确）或 wrong（点位有误）。")
    if verdict == "moved" and point is None:
        raise BadInput("请在地图上点出房屋的正确位置，或填写经度、纬度。")
    wanted = normal_code(code)
    house = house_at(session, wanted) or (
        house_at(session, present) if (present := code_behind_alias(session, wanted)) else None
    )
    foreign = declared_here(session, wanted) if house is None else None
    if foreign is not None:
        return _take_back(session, actor, foreign, verdict, version, point)
    house = house or require_house(session, code)
    if house.ended_on is not None:
        raise Conflict("这栋房屋已终止，不用核对位置。")
    if verdict == "confirmed":
        return _confirm(session, actor, house, version)
    target = _looked_up(session, point) if verdict == "moved" else _Target(None, None, None, "")
    scope_code = _scope_at(actor, house, target, verdict)
    if not actor.scope.covers(scope_code):
        return _propose(session, actor, house, version, target)
    return _place(session, actor, house, version, target, scope_code)


def _looked_up(session: Session, point: Point | None) -> _Target:
    """The division at a point, whoever may see it."""
    assert point is not None, "checked before"
    keep_outlines(session)
    if not (np.isfinite(point.lon) and np.isfinite(point.lat) and abs(point.lon) <= 180 and abs(point.lat) <= 90):
        raise _fault("坐标不对：经度应在 -180 到 180 之间，纬度应在 -90 到 90 之间。")
    lon, lat = round(point.lon, 7), round(point.lat, 7)
    key = int(tile_key(np.array([lon]), np.array([lat]))[0])
    found = session.execute(
        text("SELECT * FROM division_at(:lon, :lat, :key)"), {"lon": lon, "lat": lat, "key": key}
    ).one()
    if found.has_outlines and not found.is_near:
        raise _fault("这个位置离已装入的区划超过 1 公里，没有保存。请核对经度、纬度是否写反，或坐标系是否不同。")
    return _Target(Point(lon, lat), key, found.village_code, f"{found.township_name or ''}{found.village_name or ''}")


def _scope_at(actor: Actor, house: House, target: _Target, verdict: Verdict) -> str:
    """Who is responsible for the house at that place: its village, else the declared one, else who is now."""
    if target.village_code is not None:
        return target.village_code
    if house.declared_code is not None and (verdict == "wrong" or actor.scope.covers(house.declared_code)):
        return house.declared_code
    return house.scope_code


def _place(session: Session, actor: Actor, house: House, version: int, target: _Target, scope_code: str) -> Settled:
    before = point_of(session, house.id)
    from_scope = house.scope_code
    geom: Any = None
    if target.point is not None:
        geom = func.ST_SetSRID(func.ST_MakePoint(target.point.lon, target.point.lat), HOUSE_SRID)
    values: dict[str, Any] = {
        "geom": geom,
        "tile_key": target.key,
        "village_code": target.village_code,
        "scope_code": scope_code,
        "location_state": "located" if target.point else "unlocated",
        "location_note": "confirmed" if target.point else None,
        "source_crs": f"EPSG:{HOUSE_SRID}" if target.point else None,
    }
    next_version(session, house, version, values)
    diff = _moved(before, target.point)
    if from_scope != scope_code:
        diff["area_code"] = [from_scope, scope_code]
    record_house(session, actor, house, "houses.locate" if target.point else "houses.unlocate", diff=diff)
    return Settled(False, scope_code, target.name, house.location_state)


def _confirm(session: Session, actor: Actor, house: House, version: int) -> Settled:
    if house.geom is None:
        raise BadInput("这栋房屋还没有点位，无法确认；请在地图上点出它的位置。")
    next_version(session, house, version, {"location_state": "located", "location_note": "confirmed"})
    record_house(session, actor, house, "houses.confirm_location")
    return Settled(False, house.scope_code, "", house.location_state)


def _propose(session: Session, actor: Actor, house: House, version: int, target: _Target) -> Settled:
    """Somebody else's village: noted, not done."""
    before = point_of(session, house.id)
    state = "unlocated" if house.geom is None else "disputed"
    next_version(session, house, version, {"location_state": state, "location_note": PROPOSED})
    wanted = target.village_code or house.declared_code
    diff = {**_moved(before, target.point), "area_code": [house.scope_code, wanted]}
    record_house(session, actor, house, "houses.propose_location", diff=diff)
    return Settled(True, house.scope_code, target.name, house.location_state)


def _take_back(
    session: Session, actor: Actor, house: DeclaredHere, verdict: Verdict, version: int, point: Point | None
) -> Settled:
    """A house of ours that lies in somebody else's village: it comes to us, or stays where it is."""
    if verdict == "confirmed":
        raise NotAllowed(f"点位在{house.place}；如果点位正确，由{house.place}确认，您这里不用操作。")
    target = _looked_up(session, point) if verdict == "moved" else _Target(None, None, None, "")
    if target.village_code is not None and not actor.scope.covers(target.village_code):
        raise NotAllowed(f"这个位置在{target.name}，不在您的管辖范围内；只能移到本辖区内的正确位置。")
    taken = session.execute(
        text("SELECT house_take_back(:code, :version, :lon, :lat, :key)"),
        {
            "code": house.code,
            "version": version,
            "lon": target.point.lon if target.point else None,
            "lat": target.point.lat if target.point else None,
            "key": target.key,
        },
    ).scalar_one()
    if taken is None:
        raise Conflict("这栋房屋刚被别人核对过，您的修改没有保存。请重新打开核对。")
    before = Point(house.lon, house.lat) if house.lon is not None and house.lat is not None else None
    diff = {**_moved(before, target.point), "area_code": [house.scope_code, taken]}
    action = "houses.locate" if target.point else "houses.unlocate"
    record(session, actor, action, Subject("house", house.code, taken), diff=diff, counts={"version": version + 1})
    # The area that has lost it finds it in its own journal.
    lost = Subject("house", house.code, house.scope_code)
    record_unseen(session, actor, "houses.taken_back", lost, diff={"area_code": [house.scope_code, taken]})
    return Settled(False, taken, target.name, "located" if target.point else "unlocated")


def _moved(before: Point | None, after: Point | None) -> dict[str, list[Any]]:
    return {
        "lon": [before.lon if before else None, after.lon if after else None],
        "lat": [before.lat if before else None, after.lat if after else None],
    }


def _fault(sentence: str) -> BadInput:
    return BadInput(sentence, faults=[Fault(None, "lon", None, sentence)])
