"""Loading divisions: from a file to stored outlines, cut cells and re-placed houses, in the caller's transaction."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy import delete, func, insert, text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.areas.loading import (
    PARENT_LEVEL,
    AreaRow,
    Plan,
    check_under,
    cut_code,
    plan_numbered,
    plan_unnumbered,
)
from geo_housing.areas.models import Area, AreaCell
from geo_housing.areas.names import match_key
from geo_housing.areas.queries import StoredArea, areas_covering, demo_state_unscoped, stored_areas
from geo_housing.cells import cut_to_depth
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed
from geo_housing.geofiles import is_geographic, read_features
from geo_housing.geometry import HOUSE_SRID, TILE_DEPTH, area_m2, repair_polygon, tile_key
from geo_housing.journal.announcements import Announcement, announce
from geo_housing.journal.service import Subject, record
from geo_housing.words import AREA_CODE_LENGTH, AREA_LEVEL

CELL_DEPTH = 14
CELL_SHIFT = 2 * (TILE_DEPTH - CELL_DEPTH)
# Column names under which codes and names are found without being told, best first; the natural-resources
# layers use XZQDM/XZQMC (divisions) and ZLDWDM/ZLDWMC (19-digit ownership units, cut to 12).
CODE_FIELDS = ("code", "代码", "区划代码", "行政区划代码", "xzqdm", "zldwdm", "qsdwdm", "adcode", "dt_adcode", "区划码")
NAME_FIELDS = ("name", "名称", "区划名称", "行政区划名称", "xzqmc", "zldwmc", "qsdwmc", "dt_name")


@dataclass(frozen=True)
class OutlinesChanged(Announcement):
    """Outlines of these divisions were loaded or changed: houses may stand in another village now."""

    codes: tuple[str, ...]


@dataclass(frozen=True)
class LoadOptions:
    """What the person says about the file (contract, ``areas load``)."""

    level: str
    code_field: str | None = None
    name_field: str | None = None
    under: str | None = None
    where: str | None = None
    crs: str | None = None
    layer: str | None = None


@dataclass(frozen=True)
class Loaded:
    """Counts of a load; ``repaired`` lists (code or line, name, m² before, m² after)."""

    read: int
    loaded: int
    updated: int
    unchanged: int
    rejected: int
    replaced_houses: int
    crs: str | None
    repaired: tuple[AreaRow, ...]
    faults: tuple[Fault, ...]


def load_areas(session: Session, actor: Actor, path: Path, options: LoadOptions) -> Loaded:
    """Load one level of divisions from ``path``; good rows are stored, bad ones reported, in place when repeated."""
    if not actor.may("areas.load"):
        raise NotAllowed("您没有维护区划的权限，请联系县级管理员。")
    if options.level not in AREA_LEVEL:
        raise BadInput(f"区划级别“{options.level}”不对，应为 county、township 或 village。")
    check_under(options.level, options.under)
    refuse_beside_demo(session)
    rows, faults, crs, read = _read(path, options)
    plan = _plan(session, rows, options)
    plan.faults[:0] = faults
    if not (plan.create or plan.update or plan.unchanged):
        raise BadInput(f"{path.name} 中没有可用的区划（读到 {read} 条）。", faults=plan.faults)
    replaced = store_plan(session, actor, plan, source=f"{path.name} {crs or ''}".strip())
    outcome = Loaded(
        read,
        len(plan.create),
        len(plan.update),
        plan.unchanged,
        len(plan.faults),
        replaced,
        crs,
        tuple(row for row in rows if row.repaired_m2),
        tuple(plan.faults),
    )
    record(
        session,
        actor,
        "areas.load",
        Subject("level", options.level, actor.scope.lo),
        counts={"loaded": outcome.loaded, "updated": outcome.updated, "rejected": outcome.rejected, "file": path.name},
    )
    return outcome


def store_plan(session: Session, actor: Actor, plan: Plan, *, source: str, is_demo: bool = False) -> int:
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
    for area in changed:
        _store_cells(session, area)
    if not changed:
        return 0
    return sum(announce(session, actor, OutlinesChanged(tuple(area.code for area in changed))))


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


def _store_cells(session: Session, area: StoredArea) -> None:
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


def _plan(session: Session, rows: list[AreaRow], options: LoadOptions) -> Plan:
    stored = stored_areas(session, options.level)
    if options.under is None:
        parent_level = PARENT_LEVEL.get(options.level)
        parents = {area.code for area in stored_areas(session, parent_level)} if parent_level else set()
        return plan_numbered(rows, options.level, stored, parents)
    by_code = any(row.code for row in rows)
    return plan_unnumbered(rows, options.level, stored, _parents(session, rows, options), by_code)


def _parents(session: Session, rows: list[AreaRow], options: LoadOptions) -> dict[int, str]:
    """Parent code of each line under ``options.under``: given directly, or the township around its middle."""
    under = options.under
    assert under is not None, "only called for unnumbered rows"
    if options.level == "county" or len(under) == AREA_CODE_LENGTH[PARENT_LEVEL[options.level]]:
        _require_parent(session, options.level, under)
        return {row.line: under for row in rows}
    outlined = [row for row in rows if row.geom is not None]
    points = shapely.point_on_surface(np.array([row.geom for row in outlined], dtype=object))
    lons, lats = shapely.get_x(points), shapely.get_y(points)
    found = areas_covering(session, "township", tile_key(lons, lats).tolist(), lons.tolist(), lats.tolist())
    return {outlined[n].line: code for n, code in found.items() if code.startswith(under)}


def _require_parent(session: Session, level: str, under: str) -> None:
    if level == "county":
        return
    parent_level = PARENT_LEVEL[level]
    if under not in {area.code for area in stored_areas(session, parent_level)}:
        raise BadInput(f"上级区划 {under} 尚未装入，请先装入{AREA_LEVEL.label(parent_level)}。")


def _read(path: Path, options: LoadOptions) -> tuple[list[AreaRow], list[Fault], str | None, int]:
    """Rows of the wanted level, faults, the CRS that was applied, how many rows were read."""
    if path.suffix.lower() == ".csv":
        listed = list(_csv_rows(path, options))
        return listed, [], None, len(listed)
    if not is_geographic(path):
        raise BadInput(f"不认识 {path.suffix} 文件；区划可用 CSV、GeoJSON、GeoPackage、Shapefile、KML、FlatGeobuf。")
    features = read_features(path, crs=options.crs, layer=options.layer, where=options.where)
    codes = _column(features.columns, options.code_field, CODE_FIELDS, "代码", needed=options.under is None)
    names = _column(features.columns, options.name_field, NAME_FIELDS, "名称", needed=False)
    rows, faults = [], []
    for n, geom in enumerate(features.geoms):
        line = n + 1
        code, name = _text(codes[n] if codes else None), _text(names[n] if names else None)
        if geom is None or geom.is_empty:
            faults.append(Fault(line, None, code or name, "这一条没有边界，未装入；只装名称请用 CSV。"))
            continue
        if geom.geom_type not in ("Polygon", "MultiPolygon", "GeometryCollection"):
            faults.append(Fault(line, None, code or name, f"边界应为面，这里是 {geom.geom_type}。"))
            continue
        repaired = repair_polygon(geom)
        if repaired.geom is None:
            faults.append(Fault(line, None, code or name, "边界修复后没有面积，未装入。"))
            continue
        areas = (repaired.area_before_m2, repaired.area_after_m2) if repaired.changed else None
        rows.append(AreaRow(line, code, name, repaired.geom, repaired_m2=areas))
    return rows, faults, features.crs, len(features)


def _csv_rows(path: Path, options: LoadOptions) -> Iterator[AreaRow]:
    """Rows of ``code,name,level,parent_code`` that are of the wanted level."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"找不到文件 {path.name}，请核对路径。") from None
    except UnicodeDecodeError:
        content = path.read_bytes().decode("gb18030")
    table = csv.DictReader(io.StringIO(content))
    headings = {str(heading): heading for heading in table.fieldnames or ()}
    code_field = _heading(headings, options.code_field, CODE_FIELDS, "代码", needed=True)
    name_field = _heading(headings, options.name_field, NAME_FIELDS, "名称", needed=True)
    level_field = _heading(headings, None, ("level", "级别"), "级别", needed=False)
    for line, row in enumerate(table, start=2):
        level = (row.get(level_field) or "").strip() if level_field else options.level
        if level in (options.level, AREA_LEVEL.label(options.level)):
            yield AreaRow(line, _text(row[code_field or ""]), _text(row[name_field or ""]), None)


def _column(
    columns: dict[str, list[object]], wanted: str | None, known: Iterable[str], label: str, *, needed: bool
) -> list[object] | None:
    heading = _heading({name: name for name in columns}, wanted, known, label, needed=needed)
    return columns[heading] if heading else None


def _heading(
    headings: dict[str, str], wanted: str | None, known: Iterable[str], label: str, *, needed: bool
) -> str | None:
    if wanted is not None:
        if wanted not in headings:
            raise BadInput(f"文件没有“{wanted}”列，有：{'、'.join(list(headings)[:20])}。")
        return wanted
    lowered = {name.strip().lower(): name for name in headings}
    for name in known:
        if name in lowered:
            return lowered[name]
    if needed:
        option = "--code-field" if label == "代码" else "--name-field"
        raise BadInput(f"没有认出{label}列（有：{'、'.join(list(headings)[:20])}），请用 {option} 指定。")
    return None


def _text(value: object) -> str:
    if value is None or value != value:  # NaN is GDAL's null of a number
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


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
    "store_plan",
]
