"""Rivers and roads of the map, for orientation alone: loaded from files of lines, repaired and told as outlines are; read by view."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import COUNTY_DIGITS, county_of
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault, NotAllowed, TooLarge
from geo_housing.geofiles import read_features
from geo_housing.geometry import HOUSE_SRID, length_m
from geo_housing.journal.service import Subject, record
from geo_housing.maps.line_facts import KINDS, LineFacts, facts_of_lines

MOST_LINES = 100_000
MOST_VERTICES = 3_000_000
LEAST_M = 1.0
# Lines of a view; what is finer comes nearer.
MOST_SHOWN = 4_000
DECIMALS = 5
# Degrees of a pixel at zoom 0; a bend of a quarter of one nobody sees.
PIXEL = 360 / 256


@dataclass(frozen=True)
class LoadedLines:
    """What became of a file of lines; ``outside`` of those kept lie in no loaded county."""

    read: int
    created: int
    updated: int
    unchanged: int
    repaired: int
    rejected: int
    outside: int
    km: float
    crs: str
    faults: tuple[Fault, ...]
    unknown_columns: tuple[str, ...]

    def as_json(self, report: str | None) -> dict[str, Any]:
        """As ``areas load`` answers."""
        return {
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "repaired": self.repaired,
            "rejected": self.rejected,
            "outside": self.outside,
            "km": self.km,
            "crs": self.crs,
            "report": report,
            "unknown_columns": list(self.unknown_columns),
        }


@dataclass(frozen=True)
class _Draft:
    key: str
    facts: LineFacts
    geom: shapely.MultiLineString
    repaired: bool


def kind_of_lines(said: str) -> str:
    """River or road, as a code or as people say it."""
    word = said.strip().lower()
    found = next((kind for kind, label in KINDS.items() if word in (kind, label)), None)
    if found is None:
        raise BadInput(f"图层种类“{said}”不对，可用：river（河流）、road（道路）。")
    return found


def load_lines(
    session: Session, actor: Actor, path: Path, *, kind: str, crs: str | None = None, layer: str | None = None
) -> LoadedLines:
    """Every line of a map file; known again by its number, else by its name, it is updated in place."""
    if not actor.may("areas.load"):
        raise NotAllowed("您没有装入河流和道路的权限，请联系县级管理员。")
    kind = kind_of_lines(kind)
    features = read_features(path, crs=crs, layer=layer)
    if len(features) > MOST_LINES:
        raise TooLarge(f"有 {len(features):,} 条线，一次最多 {MOST_LINES:,} 条；请先按县裁剪，或去掉小路。")
    if int(shapely.get_num_coordinates(features.geoms).sum()) > MOST_VERTICES:
        raise TooLarge(f"线的顶点超过 {MOST_VERTICES:,} 个；请先在地图软件中简化或裁剪。")
    facts, unknown = facts_of_lines(features.columns, len(features))
    drafts: list[_Draft] = []
    faults: list[Fault] = []
    for n, (geom, said) in enumerate(zip(features.geoms, facts, strict=True), start=1):
        found = _line(geom, n, said.name)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            drafts.append(_Draft("", said, *found))
    if not drafts:
        raise BadInput("文件里没有一条可用的线，未保存任何内容。", faults=tuple(faults))
    drafts, same = _keyed(drafts)
    area = _county(session, actor, drafts)
    # One after the other: two loads of one kind would make the same line twice.
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('maps.lines', 0))"))
    created, updated = _store(session, actor, drafts, kind=kind, area=area, source=path.name)
    done = LoadedLines(
        len(features),
        created,
        updated,
        len(drafts) - created - updated + same,
        sum(draft.repaired for draft in drafts),
        len(faults),
        _outside(session, area, kind),
        round(sum(length_m(draft.geom) for draft in drafts) / 1000, 1),
        features.crs,
        tuple(faults),
        tuple(unknown),
    )
    if created or updated:
        counts = {"created": created, "updated": updated, "unchanged": done.unchanged, "rejected": done.rejected}
        record(session, actor, "maps.lines", Subject("line", kind, area), counts=counts)
    return done


def clear_lines(session: Session, actor: Actor, *, kind: str) -> int:
    """Take all lines of a kind off the map; they stay as history and come back when they are loaded again."""
    if not actor.may("areas.load"):
        raise NotAllowed("您没有装入河流和道路的权限，请联系县级管理员。")
    kind = kind_of_lines(kind)
    scope = actor.scope
    ended = session.execute(
        text(
            "UPDATE map_line SET ended_at = :at WHERE kind = :kind AND ended_at IS NULL"
            " AND area_code >= :lo AND area_code < :hi"
        ),
        {"at": clock.now(), "kind": kind, "lo": scope.lo, "hi": scope.hi},
    )
    count = int(ended.rowcount)  # type: ignore[attr-defined] # of an UPDATE
    if count:
        record(session, actor, "maps.lines_cleared", Subject("line", kind, scope.lo), counts={"ended": count})
    return count


def _line(geom: BaseGeometry | None, line: int, name: str | None) -> tuple[shapely.MultiLineString, bool] | Fault:
    """The lines of one geometry, and whether it had to be mended; or why it is none."""
    if geom is None or geom.is_empty:
        return Fault(line, None, name, "这一条没有图形，未采用。")
    if geom.geom_type not in ("LineString", "MultiLineString", "LinearRing", "GeometryCollection"):
        is_surface = "Polygon" in geom.geom_type
        said = "这一条是面，不是线，未采用；河面请先提取中心线。" if is_surface else "这一条是点，不是线，未采用。"
        return Fault(line, None, name, said)
    plain = shapely.force_2d(geom)
    mended = shapely.remove_repeated_points(shapely.make_valid(plain)) if not plain.is_valid else plain
    parts = [
        part for part in shapely.get_parts(mended) if part.geom_type in ("LineString", "LinearRing") and part.length > 0
    ]
    whole = shapely.MultiLineString([shapely.LineString(part.coords) for part in parts])
    if not parts or not whole.is_valid or length_m(whole) < LEAST_M:
        return Fault(line, None, name, "这一条修复后不到 1 米，未采用；请核对图形。")
    return whole, not plain.is_valid or len(parts) != len(shapely.get_parts(plain))


def _keyed(drafts: Sequence[_Draft]) -> tuple[list[_Draft], int]:
    """Each under the key by which it is known again; how many are the very same line twice.

    A number that several lines have (the pieces of one road) does not tell them apart: then name and shape do.
    """
    numbers = Counter(draft.facts.number for draft in drafts)
    names = Counter(draft.facts.name for draft in drafts)
    found: dict[str, _Draft] = {}
    for draft in drafts:
        number, name = draft.facts.number, draft.facts.name
        if number and numbers[number] == 1:
            key = f"n:{number}"
        elif name and names[name] == 1:
            key = f"m:{name}"
        else:
            shape = shapely.to_wkb(shapely.set_precision(draft.geom, 1e-6, mode="pointwise"))
            key = f"s:{hashlib.sha256((name or '').encode() + shape).hexdigest()[:24]}"
        found.setdefault(key, _Draft(key, draft.facts, draft.geom, draft.repaired))
    return list(found.values()), len(drafts) - len(found)


_STORE = """
    WITH given AS (
        SELECT g.key COLLATE "C" AS key, g.name, g.rank, ST_SetSRID(g.wkb::geometry, :srid) AS geom, g.length_m, g.repaired
        FROM unnest(CAST(:keys AS text[]), CAST(:names AS text[]), CAST(:ranks AS int[]), CAST(:geoms AS text[]),
            CAST(:lengths AS float8[]), CAST(:repaired AS boolean[])) AS g (key, name, rank, wkb, length_m, repaired)
    )
    INSERT INTO map_line AS m (area_code, kind, key, name, rank, geom, length_m, repaired, source, loaded_by)
        SELECT :area, :kind, key, name, rank, geom, length_m, repaired, :source, :by FROM given
    ON CONFLICT (area_code, kind, key) DO UPDATE
        SET name = excluded.name, rank = excluded.rank, geom = excluded.geom, length_m = excluded.length_m,
            repaired = excluded.repaired, source = excluded.source, loaded_by = excluded.loaded_by, loaded_at = now(),
            ended_at = NULL
        WHERE m.name IS DISTINCT FROM excluded.name OR m.rank <> excluded.rank OR m.ended_at IS NOT NULL
           OR m.geom IS DISTINCT FROM excluded.geom
    RETURNING xmax = 0 AS is_new
"""


def _store(
    session: Session, actor: Actor, drafts: Sequence[_Draft], *, kind: str, area: str, source: str
) -> tuple[int, int]:
    values = {
        "srid": HOUSE_SRID,
        "area": area,
        "kind": kind,
        "source": source,
        "by": actor.called,
        "keys": [draft.key for draft in drafts],
        "names": [draft.facts.name for draft in drafts],
        "ranks": [draft.facts.rank for draft in drafts],
        "geoms": [shapely.to_wkb(draft.geom, hex=True) for draft in drafts],
        "lengths": [length_m(draft.geom) for draft in drafts],
        "repaired": [draft.repaired for draft in drafts],
    }
    written = list(session.scalars(text(_STORE), values))
    return sum(written), len(written) - sum(written)


def _county(session: Session, actor: Actor, drafts: Sequence[_Draft]) -> str:
    """Whose lines they are: the actor's county, or for everywhere the one whose outline is nearest to them."""
    if len(actor.scope.prefix) >= COUNTY_DIGITS:
        return county_of(actor.scope.prefix)
    around = shapely.box(*shapely.total_bounds([draft.geom for draft in drafts]))
    found = session.scalar(
        text(
            "SELECT code FROM area WHERE level = 'county' AND starts_with(code, :prefix)"
            " ORDER BY ST_Distance(geom, ST_GeomFromWKB(:wkb, :srid)) NULLS LAST, code LIMIT 1"
        ),
        {"prefix": actor.scope.prefix, "wkb": shapely.to_wkb(around), "srid": HOUSE_SRID},
    )
    if found is None:
        raise BadInput("还没有装入区划，无法确定这些线归哪个县；请先运行 geo-housing areas load。")
    return str(found)


def _outside(session: Session, area: str, kind: str) -> int:
    """Lines that lie in no loaded county, where counties have outlines: an extract of the whole league, or another system."""
    query = text(
        "SELECT count(*) FROM map_line m WHERE m.area_code = :area AND m.kind = :kind AND m.ended_at IS NULL"
        " AND EXISTS (SELECT FROM area WHERE level = 'county' AND geom IS NOT NULL)"
        " AND NOT EXISTS (SELECT FROM area a WHERE a.level = 'county' AND a.geom && m.geom AND ST_Intersects(a.geom, m.geom))"
    )
    return int(session.scalar(query, {"area": area, "kind": kind}) or 0)


def kinds_of_lines(session: Session) -> list[str]:
    """The kinds of which any line is on the map."""
    found = set(session.scalars(text("SELECT DISTINCT kind FROM map_line WHERE ended_at IS NULL")))
    return [kind for kind in KINDS if kind in found]


_IN_VIEW = """
    SELECT kind, name, rank,
        ST_AsGeoJSON(ST_SetSRID(coalesce(ST_SimplifyPreserveTopology(geom, :step), geom), 4326), :decimals, 0) AS geometry
    FROM map_line
    WHERE ended_at IS NULL AND kind = ANY (:kinds) AND rank <= :rank
      AND geom && ST_MakeEnvelope(:west, :south, :east, :north, :srid)
    ORDER BY rank, length_m DESC, id LIMIT :most
"""


def lines_in_view(
    session: Session, box: tuple[float, float, float, float], *, kinds: Sequence[str], zoom: int
) -> list[dict[str, Any]]:
    """Lines of a view as GeoJSON features, the important ones first; the finer the nearer."""
    west, south, east, north = box
    values = {
        "west": west, "south": south, "east": east, "north": north, "srid": HOUSE_SRID, "kinds": list(kinds),
        "rank": rank_at(zoom), "step": PIXEL / 2**zoom / 4, "decimals": DECIMALS, "most": MOST_SHOWN,
    }  # fmt: skip
    return [
        {
            "type": "Feature",
            "geometry": json.loads(row.geometry),
            "properties": {"kind": row.kind, "name": row.name, "rank": row.rank},
        }
        for row in session.execute(text(_IN_VIEW), values)
    ]


def rank_at(zoom: int) -> int:
    """The finest lines that are shown at a zoom."""
    return 1 if zoom < 10 else 2 if zoom < 13 else 3
