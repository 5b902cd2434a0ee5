"""Loading divisions: from a file to stored outlines, cut cells and re-placed houses, in the caller's transaction."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy import delete, func, insert, text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.areas.announcements import OutlinesChanged
from geo_housing.areas.loading import (
    PARENT_LEVEL,
    Plan,
    check_under,
    plan_numbered,
    plan_unnumbered,
)
from geo_housing.areas.models import Area, AreaCell
from geo_housing.areas.names import match_key
from geo_housing.areas.pieces import AreaRow, cut_code
from geo_housing.areas.queries import (
    StoredArea,
    area_names,
    areas_covering,
    demo_state_unscoped,
    ended_areas,
    stored_areas,
)
from geo_housing.areas.reading import LoadOptions, read_areas
from geo_housing.areas.turns import change_outlines
from geo_housing.cells import cut_to_depth
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed
from geo_housing.geometry import HOUSE_SRID, TILE_DEPTH, area_m2, tile_key
from geo_housing.journal.announcements import announce
from geo_housing.journal.service import Subject, record
from geo_housing.words import AREA_CODE_LENGTH, AREA_LEVEL

CELL_DEPTH = 14
CELL_SHIFT = 2 * (TILE_DEPTH - CELL_DEPTH)
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Loaded:
    """Counts of a load; ``repaired`` are rows whose outline was repaired, ``notes`` what was loaded and should be looked at."""

    read: int
    loaded: int
    updated: int
    unchanged: int
    rejected: int
    replaced_houses: int
    crs: str | None
    repaired: tuple[AreaRow, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...] = ()


def _nobody(done: int, total: int) -> None:
    """Progress that nobody watches."""


def load_areas(session: Session, actor: Actor, path: Path, options: LoadOptions, *, told: Told = _nobody) -> Loaded:
    """Load one level of divisions from ``path``; good rows are stored, bad ones reported, in place when repeated.

    ``told`` hears how many of the changed outlines are stored.
    """
    if not actor.may("areas.load"):
        raise NotAllowed("您没有维护区划的权限，请联系县级管理员。")
    if options.level not in AREA_LEVEL:
        raise BadInput(f"区划级别“{options.level}”不对，应为 county、township 或 village。")
    check_under(options.level, options.under)
    refuse_beside_demo(session)
    found = read_areas(path, options)
    change_outlines(session)
    plan = _plan(session, actor, found.rows, options)
    faults = sorted([*found.faults, *plan.faults], key=lambda fault: fault.line or 0)
    if not (plan.create or plan.update or plan.unchanged):
        raise BadInput(
            f"{path.name} 中没有可用的{AREA_LEVEL.label(options.level)}（读到 {found.read} 条）。", faults=faults
        )
    replaced = store_plan(session, actor, plan, source=f"{path.name} {found.crs or ''}".strip(), told=told)
    refused = {fault.line for fault in faults}
    outcome = Loaded(
        found.read,
        len(plan.create),
        len(plan.update),
        plan.unchanged,
        len(faults),
        replaced,
        found.crs,
        tuple(row for row in found.rows if row.repair is not None and row.line not in refused),
        tuple(faults),
        tuple(plan.notes),
    )
    record(
        session,
        actor,
        "areas.load",
        Subject("level", options.level, actor.scope.lo),
        counts={"loaded": outcome.loaded, "updated": outcome.updated, "rejected": outcome.rejected, "file": path.name},
    )
    return outcome


def store_plan(
    session: Session, actor: Actor, plan: Plan, *, source: str, is_demo: bool = False, told: Told = _nobody
) -> int:
    """Write created and updated divisions with their cells; returns how many houses changed their village."""
    for area in plan.create:
        session.execute(
            insert(Area).values(**_values(area), source=source, is_demo=is_demo, valid_from=clock.today(), version=1)
        )
    for area in plan.update:
        session.execute(
            update(Area)
            .where(Area.code == area.code)
            .values(**_values(area), source=source, version=Area.version + 1, updated_at=func.now())
        )
    changed = [area for area in (*plan.create, *plan.update) if area.geom is not None]
    for done, area in enumerate(changed, 1):
        store_cells(session, area)
        told(done, len(changed))
    # A new division without an outline lies somewhere in the next one around it.
    codes = tuple(dict.fromkeys(area.code for area in (*changed, *plan.create)))
    if not codes:
        return 0
    return sum(announce(session, actor, OutlinesChanged(codes)))


def _values(area: StoredArea) -> dict[str, object]:
    return {
        "code": area.code,
        "level": area.level,
        "name": area.name,
        "match_name": match_key(area.name, area.level),
        "parent_code": area.parent_code,
        "source_code": area.source_code,
        "geom": None if area.geom is None else func.ST_GeomFromWKB(shapely.to_wkb(area.geom), HOUSE_SRID),
        "area_m2": None if area.geom is None else area_m2(area.geom),
    }


def store_cells(session: Session, area: StoredArea) -> None:
    """Cut an outline along the tile grid, by which points find it."""
    assert area.geom is not None, "only outlines are cut"
    session.execute(delete(AreaCell).where(AreaCell.area_code == area.code))
    cells = cut_to_depth(area.geom, CELL_DEPTH)
    session.execute(
        text(
            "INSERT INTO area_cell (area_code, cell, geom)"
            " SELECT :code, c.cell, ST_SetSRID(c.wkb::geometry, :srid)"
            " FROM unnest(CAST(:cells AS bigint[]), CAST(:geoms AS text[])) AS c (cell, wkb)"
        ),
        {
            "code": area.code,
            "srid": HOUSE_SRID,
            "cells": [cell.lo >> CELL_SHIFT for cell in cells],
            "geoms": [None if cell.geom is None else shapely.to_wkb(cell.geom, hex=True) for cell in cells],
        },
    )


def _plan(session: Session, actor: Actor, rows: list[AreaRow], options: LoadOptions) -> Plan:
    stored, ended = stored_areas(session, options.level), ended_areas(session, options.level)
    above = _above(session, options.level) if any(row.geom is not None for row in rows) else {}
    if options.under is None:
        parent_level = PARENT_LEVEL.get(options.level)
        parents = {area.code for area in area_names(session, parent_level)} if parent_level else set()
        return plan_numbered(rows, options.level, stored, parents, actor.scope, ended, above)
    parent_of = _parents(session, actor, rows, options)
    by_code = options.code_field is not None
    return plan_unnumbered(rows, options.level, stored, parent_of, by_code=by_code, ended=ended, above=above)


def _above(session: Session, level: str) -> dict[str, StoredArea]:
    """The divisions above ``level`` with their outlines, by code."""
    found: dict[str, StoredArea] = {}
    while (upper := PARENT_LEVEL.get(level)) is not None:
        level = upper
        found |= {area.code: area for area in stored_areas(session, level)}
    return found


def _parents(session: Session, actor: Actor, rows: list[AreaRow], options: LoadOptions) -> dict[int, str]:
    """Parent code of each line under ``options.under``: given directly, or the township around its middle."""
    under = options.under
    assert under is not None, "only called for unnumbered rows"
    if not actor.scope.covers(under):
        raise NotAllowed(f"上级区划 {under} 不在您的管辖范围内。")
    if options.level == "county":
        return {row.line: under for row in rows}
    level = PARENT_LEVEL[options.level]
    direct = len(under) == AREA_CODE_LENGTH[level]
    wanted = level if direct else PARENT_LEVEL[level]
    if under not in {area.code for area in area_names(session, wanted)}:
        raise BadInput(f"上级区划 {under} 尚未装入，请先装入{AREA_LEVEL.label(wanted)}。")
    return {row.line: under for row in rows} if direct else _townships_around(session, rows, under)


def _townships_around(session: Session, rows: list[AreaRow], county: str) -> dict[int, str]:
    """Township of each line: the one that covers the middle of its outline; without outline the one that it names."""
    townships = {area.code for area in area_names(session, "township") if area.code.startswith(county)}
    named = {row.line: row.parent for row in rows if row.geom is None and row.parent in townships}
    outlined = [row for row in rows if row.geom is not None]
    points = shapely.point_on_surface(np.array([row.geom for row in outlined], dtype=object))
    lons, lats = shapely.get_x(points), shapely.get_y(points)
    found = areas_covering(session, "township", tile_key(lons, lats).tolist(), lons.tolist(), lats.tolist())
    return named | {outlined[n].line: code for n, code in found.items() if code in townships}


def refuse_beside_demo(session: Session) -> None:
    """Conflict while the demo county is loaded: real divisions and houses are never mixed with it (D18)."""
    if demo_state_unscoped(session).has_demo:
        raise Conflict(
            "现在装的是演示县，真实的区划和房屋不能与它混用；请先运行 geo-housing demo --clear 清除演示数据。"
        )


def load_demo_areas(session: Session, actor: Actor, areas: Iterable[StoredArea]) -> int:
    """Store the demo county, whose rows are marked; Conflict beside real divisions."""
    if demo_state_unscoped(session).has_real:
        raise Conflict(
            "已有真实的区划或房屋，不能装入演示县；要看演示，请另设一个空的 GEO_HOUSING_HOME 再运行 geo-housing demo。"
        )
    change_outlines(session)
    plan = Plan(create=list(areas))
    store_plan(session, actor, plan, source="示意边界", is_demo=True)
    return len(plan.create)


__all__ = [
    "LoadOptions",
    "Loaded",
    "OutlinesChanged",
    "cut_code",
    "load_areas",
    "load_demo_areas",
    "refuse_beside_demo",
    "store_cells",
    "store_plan",
]
