"""The map as one file that opens from disk without network: everything it shows and needs lies in it (D17).

Up to MOST_SINGLE houses are in it one by one, else numbers by cells of the map; the heading says so. Nothing about
families is in it, unless heads' names are asked for.
"""

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Double, func, select
from sqlalchemy.orm import Session

from geo_housing.areas.queries import area_names, has_demo, maker_of
from geo_housing.clock import now
from geo_housing.db import Actor
from geo_housing.errors import BadInput, NotAllowed
from geo_housing.geometry import TILE_DEPTH, deinterleave
from geo_housing.journal.purposes import not_stated
from geo_housing.journal.service import Subject, record
from geo_housing.layers.catalogue import layer_named
from geo_housing.layers.columns import Column
from geo_housing.layers.filters import Filter, condition, described, settled
from geo_housing.layers.hazard_layers import EMERGENCY_INSPECTIONS
from geo_housing.layers.house_layer import HEADS, HOUSES
from geo_housing.layers.queries import count_rows, joined, uncertain_beside
from geo_housing.layers.tables import HOUSE
from geo_housing.maps import queries
from geo_housing.maps.clusters import coarser
from geo_housing.maps.map_content import MapContent
from geo_housing.maps.outlines import Box, bounds, divisions, features, zone_bounds
from geo_housing.maps.standalone_page import Alone, standalone_html
from geo_housing.maps.tiles import tile_columns
from geo_housing.scope import AreaScope
from geo_housing.settings import BaseMap, Language

# A browser still opens a file with this many houses in a second or two: some 8 MB.
MOST_SINGLE = 50_000
# Cells of some 1.7 km: what is left to see when houses are counted together.
COUNTED_DEPTH = 15
MOST_PURPOSE = 200
MOST_MAKER = 60


@dataclass(frozen=True)
class Written:
    """The file as it was written; ``houses`` are those on the map, ``counted`` when only their numbers are in it.

    ``uncertain``: 栋 that the event concerns, whose place nobody is sure of; no map shows them.
    """

    path: Path
    bytes: int
    houses: int
    unlocated: int
    uncertain: int
    counted: bool


@dataclass(frozen=True)
class MapText:
    """The map as the text of a file; the figures are those of Written."""

    html: str
    houses: int
    unlocated: int
    uncertain: int
    counted: bool


def write_map(
    session: Session,
    actor: Actor,
    path: Path,
    *,
    area: str | None = None,
    event: int | None = None,
    names: bool = False,
    language: Language = "zh",
    purpose: str | None = None,
    maker: str | None = None,
) -> Written:
    """Write the map (see ``map_text``) to ``path``; BadInput for a target that cannot be written."""
    _check_target(path)
    made = map_text(
        session, actor, area=area, event=event, names=names, language=language, purpose=purpose, maker=maker
    )
    _write(path, made.html)
    return Written(path, path.stat().st_size, made.houses, made.unlocated, made.uncertain, made.counted)


def map_text(
    session: Session,
    actor: Actor,
    *,
    area: str | None = None,
    event: int | None = None,
    names: bool = False,
    language: Language = "zh",
    purpose: str | None = None,
    maker: str | None = None,
) -> MapText:
    """The map of an area, of the houses in an event's zones, or of all one may see; journalled as an export.

    ``maker`` stands on it where an office is to be named instead of who is at work.

    NotAllowed without the rights, NotFound for an unknown area or event.
    """
    _check_rights(actor, names=names)
    wanted = settled(session, Filter(area=area, event=event), actor)
    scope = actor.scope.narrowed(area)
    counts = count_rows(session, HOUSES, wanted, actor.scope)
    uncertain = uncertain_beside(session, HOUSES, wanted, actor.scope)
    counted = counts.located > MOST_SINGLE
    inspections, left_out = _inspections(session, event, area, scope)
    made_at = now()
    embedded = {
        "as_of": made_at.isoformat(timespec="seconds"),
        "counted": counted,
        **(_counted_rows(session, wanted, scope) if counted else _single_rows(session, wanted, scope, names=names)),
        "measure": vars(queries.MEASURES[queries.DEFAULT_MEASURE]),
        "unlocated": _unlocated_by_village(session, wanted, scope),
        "households": queries.village_households(session, scope),
        **inspections,
        "zones": _collection(session, "zones", Filter(event=event), scope) if event else _collection_of([]),
        "standing": _collection(session, "standing-areas", Filter(area=area), scope),
    }
    events = queries.open_events(session, event=event) if event is not None else []
    alone = Alone(
        content=MapContent(
            base_map=BaseMap(),
            townships=divisions(session, "township", scope),
            villages=divisions(session, "village", scope),
            bounds=_bounds(session, wanted, scope),
            config={"embedded": embedded, "events": [one.id for one in events]},
            labels={},
        ),
        areas=[one for one in area_names(session) if scope.covers(one.code)],
        events=events,
        has_standing=bool(embedded["standing"]["features"]),
        has_inspections=bool(embedded["inspections"]),
        houses=counts.located,
        uncertain=uncertain,
        inspections_left_out=left_out,
        counted=counted,
        is_demo=has_demo(session),
        language=language,
        made_by=" ".join((maker or "").split())[:MOST_MAKER] or maker_of(session, actor),
        made_at=made_at,
        has_names=names,
    )
    told: dict[str, Any] = {
        "rows": counts.located,
        "unlocated": counts.unlocated,
        **({"uncertain": uncertain} if uncertain else {}),
        "format": "map.html",
        "personal": names,
        "purpose": " ".join((purpose or "").split())[:MOST_PURPOSE] or not_stated(actor.source),
    }
    subject = Subject("layer", HOUSES.name, actor.scope.narrowed(area).lo)
    record(session, actor, "export.made", subject, counts={**told, "filter": described(wanted)})
    return MapText(standalone_html(alone), counts.located, counts.unlocated, uncertain, counted)


def _check_rights(actor: Actor, *, names: bool) -> None:
    if not actor.may("export") or (names and not (actor.may("export.personal") and actor.may(HEADS))):
        raise NotAllowed("您的角色不能导出这样的地图；需要请找县住建局。")


def _check_target(path: Path) -> None:
    if path.suffix.lower() not in (".html", ".htm"):
        raise BadInput(f"地图是网页文件，文件名应以 .html 结尾，现在是“{path.name}”。")
    if not path.parent.is_dir():
        raise BadInput(f"没有目录“{path.parent}”，请先建立或换一个位置。")


def _single_rows(session: Session, wanted: Filter, scope: AreaScope, *, names: bool) -> dict[str, Any]:
    columns: list[Column] = list(tile_columns(HOUSES))
    if names:
        columns += [column for column in HOUSES.columns if column.name == "head"]
    lived_in = condition(Filter(lived_in=True, fresh_since=_fresh_since(session, scope)))
    more = (
        func.ST_X(HOUSE.c.geom, type_=Double).label("lon"),
        func.ST_Y(HOUSE.c.geom, type_=Double).label("lat"),
        HOUSE.c.households,
        lived_in.label("lived_in"),
    )
    rows = session.execute(
        select(*(column.value.label(column.name) for column in columns), *more)
        .select_from(joined(HOUSES, columns, bulk=True))
        .where(condition(wanted, scope=scope), HOUSE.c.tile_key.is_not(None))
        .order_by(HOUSE.c.id)
    )
    return {"columns": list(rows.keys()), "rows": [[_plain(value) for value in row] for row in rows]}


def _counted_rows(session: Session, wanted: Filter, scope: AreaScope) -> dict[str, Any]:
    """Numbers by cell, village, class and occupancy: enough for every filter of the page."""
    h = HOUSE.c
    cell = coarser(h.tile_key, TILE_DEPTH - COUNTED_DEPTH).label("cell")
    lived_in = condition(Filter(lived_in=True, fresh_since=_fresh_since(session, scope))).label("lived_in")
    keys = (cell, h.scope_code, h.risk, h.renovation, lived_in)
    found = session.execute(
        select(*keys, func.count(), func.sum(h.households))
        .where(condition(wanted, scope=scope), h.tile_key.is_not(None))
        .group_by(*keys)
    ).all()
    lons, lats = _middles([row[0] for row in found])
    columns = ["lon", "lat", "area_code", "risk", "renovation", "lived_in", "houses", "households"]
    rows = [
        [lon, lat, row[1], row[2], row[3], row[4], row[5], int(row[6])]
        for row, lon, lat in zip(found, lons, lats, strict=True)
    ]
    return {"columns": columns, "rows": rows}


def _middles(cells: Sequence[int]) -> tuple[list[float], list[float]]:
    """Lon and lat of the middle of each cell."""
    x, y = deinterleave(np.array(cells, dtype=np.int64))
    n = 2.0**COUNTED_DEPTH
    lats = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + 0.5) / n))))
    return np.round((x + 0.5) / n * 360 - 180, 6).tolist(), np.round(lats, 6).tolist()


def _unlocated_by_village(session: Session, wanted: Filter, scope: AreaScope) -> dict[str, int]:
    h = HOUSE.c
    rows = session.execute(
        select(h.scope_code, func.count())
        .where(condition(replace(wanted, location=("unlocated",)), scope=scope))
        .group_by(h.scope_code)
    )
    return {row[0]: row[1] for row in rows}


def _inspections(session: Session, event: int | None, area: str | None, scope: AreaScope) -> tuple[dict[str, Any], int]:
    """The tasks of the event with a point, and how many of them are left out: all where there are more than MOST_SINGLE."""
    layer = EMERGENCY_INSPECTIONS
    columns = [
        c for c in tile_columns(layer) if c.name in ("state", "overdue", "village", "due_at", "result", "event_name")
    ]
    names = [*(column.name for column in columns), "lon", "lat"]
    if event is None:
        return {"inspection_columns": names, "inspections": [], "inspections_unlocated": 0}, 0
    lon, lat = func.ST_X(HOUSE.c.geom).label("lon"), func.ST_Y(HOUSE.c.geom).label("lat")
    wanted = Filter(event=event, area=area)
    counts = count_rows(session, layer, wanted, scope)
    left_out = counts.located if counts.located > MOST_SINGLE else 0
    embedded: dict[str, Any] = {
        "inspection_columns": names,
        "inspections": [],
        "inspections_unlocated": counts.unlocated,
    }
    if not left_out:
        rows = session.execute(
            select(*(column.value.label(column.name) for column in columns), lon, lat)
            .select_from(joined(layer, columns, bulk=True))
            .where(condition(wanted, layer=layer, scope=scope), HOUSE.c.tile_key.is_not(None))
        )
        embedded["inspections"] = [[_plain(value) for value in row] for row in rows]
    return embedded, left_out


def _bounds(session: Session, wanted: Filter, scope: AreaScope) -> Box | None:
    """Where to look at first: the zones of the event, else the area's outlines, else the houses."""
    if wanted.event is not None:
        found = zone_bounds(session, [wanted.event], scope)
        if found is not None:
            return found
    located = select(func.ST_Extent(HOUSE.c.geom)).where(condition(wanted, scope=scope))
    return bounds(session, scope) or _extent(session, located)


def _extent(session: Session, statement: Any) -> Box | None:
    box = statement.scalar_subquery()
    edges = [edge(box, type_=Double) for edge in (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)]
    row = session.execute(select(*edges)).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def _fresh_since(session: Session, scope: AreaScope) -> Any:
    probe = settled(session, Filter(lived_in=True), Actor(name="map", scope=scope))
    return probe.fresh_since


def _collection(session: Session, layer: str, wanted: Filter, scope: AreaScope) -> dict[str, Any]:
    return _collection_of(features(session, layer_named(layer), wanted, scope))


def _collection_of(found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(found)}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _write(path: Path, text: str) -> None:
    """The whole file or none: an older one is replaced once the new one is complete."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
