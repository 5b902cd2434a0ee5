"""Divisions change over the years: other names, merged and abolished townships and villages, in the caller's transaction.

Codes and rows stay: what was ended is known for good, its number is never given out again, and a list of last year does
not bring it back by itself.
"""

from dataclasses import dataclass, replace
from datetime import date

import shapely
from geoalchemy2.functions import ST_GeomFromWKB
from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.areas.announcements import AreaEnded, AreaReopened, OutlinesChanged
from geo_housing.areas.models import Area, AreaAlias, AreaCell
from geo_housing.areas.names import key_of, match_key
from geo_housing.areas.queries import StoredArea, heirs_of, stored_area
from geo_housing.areas.service import store_cells
from geo_housing.areas.turns import change_outlines
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.geometry import HOUSE_SRID, area_m2, repair_polygon
from geo_housing.journal.announcements import announce
from geo_housing.journal.service import Subject, record
from geo_housing.words import AREA_LEVEL

LONGEST_NAME = 60
# An heir whose outline holds this share of the ground took it over; one that was loaded since lies beside it.
TAKEN_OVER = 0.99


@dataclass(frozen=True)
class Ended:
    """What became of it: ``houses`` is how many houses found another village or another declared one."""

    code: str
    ended_on: date
    successor: str | None
    houses: int


def add_alias(session: Session, actor: Actor, code: str, name: str) -> str:
    """Let ledgers and the search know a present division by another name too; the name as it is kept."""
    area = _to_change(session, actor, code)
    kept = " ".join(name.split())
    if not kept or len(kept) > LONGEST_NAME:
        raise BadInput(f"别名应为 1 到 {LONGEST_NAME} 个字。")
    key = key_of(kept, area.level)
    if key == key_of(area.name, area.level):
        raise Conflict(f"“{kept}”与{area.name}是同一个名称，不用另加别名。")
    namesake = _namesake(session, area, match_key(kept, area.level))
    if namesake is not None:
        raise Conflict(f"“{kept}”已是 {namesake} 的名称，台账会分不清；请换一个写法，或先处理那个区划。")
    _keep_alias(session, area, kept)
    record(session, actor, "areas.add_alias", Subject("area", area.code, area.code), diff={"alias": [None, kept]})
    return kept


def remove_alias(session: Session, actor: Actor, code: str, name: str) -> None:
    """Forget another name of a division; NotFound when it has none such."""
    area = _to_change(session, actor, code)
    gone = session.scalars(
        delete(AreaAlias)
        .where(AreaAlias.area_code == area.code, AreaAlias.name == " ".join(name.split()))
        .returning(AreaAlias.name)
    ).all()
    if not gone:
        raise NotFound(f"{area.name}没有“{name}”这个别名，请核对。")
    record(session, actor, "areas.remove_alias", Subject("area", area.code, area.code), diff={"alias": [gone[0], None]})


def end_area(
    session: Session, actor: Actor, code: str, *, successor: str | None = None, on: date | None = None
) -> Ended:
    """Abolish a township or village. Its ground, its houses and its name go to the successor, where there is one.

    Without a successor its houses stay with the division they were declared in, under its township; those with a point
    go where an outline covers them.
    """
    change_outlines(session)
    area = _to_change(session, actor, code)
    day = on or clock.today()
    if area.level == "county":
        raise BadInput("县级区划不能在这里撤销；请撤销或并入乡镇和村。")
    if day > clock.today():
        raise BadInput("撤销日期不能晚于今天，请到那一天再办理。")
    below = session.scalar(
        select(func.count()).select_from(Area).where(Area.parent_code == area.code, Area.valid_to.is_(None))
    )
    if below:
        raise Conflict(f"{area.name}下还有 {below} 个现行的村，请先把它们撤销或并入别处。")
    heir = None if successor is None else _heir(session, actor, area, successor)
    heir_code = None if heir is None else heir.code
    session.execute(
        update(Area)
        .where(Area.code == area.code)
        .values(valid_to=day, successor_code=heir_code, version=Area.version + 1, updated_at=func.now())
    )
    session.execute(delete(AreaCell).where(AreaCell.area_code == area.code))
    if heir is not None:
        _inherit(session, area, heir)
    changed = (area.code,) if heir is None else (area.code, heir.code)
    moved = sum(announce(session, actor, AreaEnded(area.code, area.name, heir_code)))
    moved += sum(announce(session, actor, OutlinesChanged(changed)))
    record(
        session,
        actor,
        "areas.end",
        Subject("area", area.code, area.code),
        diff={"valid_to": [None, str(day)], "successor": [None, heir_code]},
        counts={"houses": moved},
    )
    return Ended(area.code, day, heir_code, moved)


def reopen_area(session: Session, actor: Actor, code: str) -> int:
    """Take an abolition back: outline, names and houses; how many houses went back or found their village in it.

    A house that has got another declared division since stays there.
    """
    change_outlines(session)
    area = _known(session, actor, code)
    if _is_present(session, area.code):
        raise Conflict(f"{area.name}是现行区划，没有撤销。")
    if area.parent_code is not None and not _is_present(session, area.parent_code):
        raise Conflict(f"上级区划 {area.parent_code} 也已撤销，请先恢复它。")
    heirs = heirs_of(session, area.code)
    session.execute(
        update(Area)
        .where(Area.code == area.code)
        .values(valid_to=None, successor_code=None, version=Area.version + 1, updated_at=func.now())
    )
    _take_back_names(session, area, heirs)
    changed = [area.code, *_give_up_ground(session, area, heirs)]
    if area.geom is not None:
        store_cells(session, area)
    moved: int = sum(announce(session, actor, AreaReopened(area.code, tuple(heirs))))
    moved += sum(announce(session, actor, OutlinesChanged(tuple(changed))))
    record(session, actor, "areas.reopen", Subject("area", area.code, area.code), counts={"houses": moved})
    return moved


def _take_back_names(session: Session, area: StoredArea, heirs: list[str]) -> None:
    """As names of an heir, too, they would mean two divisions."""
    own = select(AreaAlias.name).where(AreaAlias.area_code == area.code)
    names = [area.name, *session.scalars(own)]
    session.execute(delete(AreaAlias).where(AreaAlias.area_code.in_(heirs), AreaAlias.name.in_(names)))


def _give_up_ground(session: Session, area: StoredArea, heirs: list[str]) -> list[str]:
    """Cut the ground out of the heirs that took it over; their codes."""
    if area.geom is None:
        return []
    changed = []
    for code in heirs:
        heir = stored_area(session, code)
        if heir is None or heir.geom is None:
            continue
        if shapely.intersection(heir.geom, area.geom).area < TAKEN_OVER * area.geom.area:
            continue
        left = repair_polygon(shapely.difference(heir.geom, area.geom)).geom
        if left is not None:
            _store_ground(session, heir, left, present=_is_present(session, code))
            changed.append(code)
    return changed


def _known(session: Session, actor: Actor, code: str) -> StoredArea:
    if not actor.may("areas.load"):
        raise NotAllowed("您没有维护区划的权限，请联系县级管理员。")
    area = stored_area(session, code.strip())
    if area is None or not actor.scope.covers(area.code):
        raise NotFound(f"没有区划 {code}，或不在您的管辖范围内。")
    return area


def _to_change(session: Session, actor: Actor, code: str) -> StoredArea:
    area = _known(session, actor, code)
    if not _is_present(session, area.code):
        raise Conflict(f"{area.name}已经撤销；要改动，请先恢复（geo-housing areas reopen {area.code}）。")
    return area


def _is_present(session: Session, code: str) -> bool:
    return session.scalar(select(exists().where(Area.code == code, Area.valid_to.is_(None)))) is True


def _heir(session: Session, actor: Actor, area: StoredArea, successor: str) -> StoredArea:
    heir = _to_change(session, actor, successor)
    if heir.code == area.code or heir.level != area.level:
        raise BadInput(f"{AREA_LEVEL.label(area.level)}只能并入另一个{AREA_LEVEL.label(area.level)}，请核对代码。")
    return heir


def _namesake(session: Session, area: StoredArea, match_name: str) -> str | None:
    """Another present division beside it that has this name, or is also called so."""
    beside = select(Area.name).where(
        Area.parent_code == area.parent_code, Area.code != area.code, Area.level == area.level, Area.valid_to.is_(None)
    )
    called = select(AreaAlias.area_code).where(AreaAlias.match_name == match_name)
    return session.scalars(beside.where((Area.match_name == match_name) | Area.code.in_(called)).limit(1)).first()


def _keep_alias(session: Session, area: StoredArea, name: str) -> None:
    if session.scalar(select(exists().where(AreaAlias.area_code == area.code, AreaAlias.name == name))):
        return
    session.execute(insert(AreaAlias).values(area_code=area.code, name=name, match_name=match_key(name, area.level)))


def _inherit(session: Session, area: StoredArea, heir: StoredArea) -> None:
    """The successor takes over the ground, unless its own is not known, and all names."""
    for name in (area.name, *session.scalars(select(AreaAlias.name).where(AreaAlias.area_code == area.code))):
        if match_key(name, heir.level) != match_key(heir.name, heir.level):
            _keep_alias(session, heir, name)
    if area.geom is None or heir.geom is None:
        return
    ground = repair_polygon(shapely.union(area.geom, heir.geom)).geom
    assert ground is not None, "two outlines have an area"
    _store_ground(session, heir, ground, present=True)


def _store_ground(session: Session, area: StoredArea, ground: shapely.MultiPolygon, *, present: bool) -> None:
    session.execute(
        update(Area)
        .where(Area.code == area.code)
        .values(
            geom=ST_GeomFromWKB(shapely.to_wkb(ground), HOUSE_SRID),
            area_m2=area_m2(ground),
            version=Area.version + 1,
            updated_at=func.now(),
        )
    )
    if present:
        store_cells(session, replace(area, geom=ground))
