"""Standing risk areas (灾害易发地) out of map files and lists, with measures and people; a list that comes again updates in place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault
from geo_housing.evacuation.redrawn import follow_redrawn
from geo_housing.geometry import area_m2, parse_crs, reproject
from geo_housing.hazards.models import HazardZone, HazardZonePiece, StandingArea
from geo_housing.hazards.service import add_standing_areas
from geo_housing.hazards.sources import ZoneDraft, ZoneSource, check_buffer, zone_of_geometry, zones_of_file
from geo_housing.houses.spreadsheet.fields import Catalogue, Field
from geo_housing.keys import KeyRing
from geo_housing.response.standing.columns import slots_of
from geo_housing.response.standing.details import store_details
from geo_housing.response.standing.fields import Slot, StandingFacts, facts_of

MOST_ROWS = 10_000


@dataclass(frozen=True)
class Draft:
    """One place of a file: ``zone`` None where the list has no coordinates and only tells more of a known place."""

    line: int
    zone: ZoneDraft | None
    facts: StandingFacts


@dataclass(frozen=True)
class StandingLoaded:
    """What became of a file: places by what was done, rows that were lost, columns that nobody understood."""

    read: int
    created: tuple[int, ...]
    updated: tuple[int, ...]
    unchanged: int
    rejected: int
    repaired: int
    crs: str
    unknown_columns: tuple[str, ...]
    faults: tuple[Fault, ...]
    area_km2: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The keys of ``hazards load`` for an event, so that a script reads one answer, and what is more."""
        warnings = [f"没有认出的列：{'、'.join(self.unknown_columns)}。"] if self.unknown_columns else []
        return {
            "event": None,
            "zones": len(self.created),
            "updated": len(self.updated),
            "unchanged": self.unchanged,
            "repaired": self.repaired,
            "rejected": self.rejected,
            "area_km2": self.area_km2,
            "revision": None,
            "opened": 0,
            "to_withdraw": 0,
            "crs": self.crs,
            "report": None,
            "warnings": warnings,
            "unknown_columns": list(self.unknown_columns),
        }


def load_standing_file(
    session: Session,
    actor: Actor,
    path: Path,
    keys: Callable[[], KeyRing],
    *,
    kind: str,
    buffer_m: float | None = None,
    crs: str | None = None,
    layer: str | None = None,
    sheet: str | None = None,
    is_demo: bool = False,
) -> StandingLoaded:
    """Register the places of a file, or bring those that are known in step with it; ``keys`` where it names people."""
    check_buffer(buffer_m)
    # Only who loads something pays for what reads it.
    from geo_housing.houses.spreadsheet.tables import SHEETS, TEXTS

    if path.suffix.lower() in (*SHEETS, *TEXTS):
        drafts, faults, unknown, used = _of_list(path, buffer_m=buffer_m, crs=crs, sheet=sheet)
        read = len(drafts) + len(faults)
    else:
        source = zones_of_file(path, crs=crs, layer=layer, buffer_m=buffer_m)
        drafts, unknown, used = *_of_features(source), source.crs
        faults, read = list(source.faults), len(drafts) + len(source.faults)
    if not drafts:
        raise BadInput("文件里没有一处可用的灾害易发地，未保存任何内容。", faults=tuple(faults))
    ring = keys() if any(draft.facts.persons for draft in drafts) else None
    created: list[int] = []
    updated: list[int] = []
    redrawn: dict[int, int] = {}
    unchanged = lost = 0
    for draft in drafts:
        faults += [Fault(draft.line, None, draft.facts.name, one) for one in draft.facts.unread]
        zone_id, is_new = _placed(session, actor, draft, redrawn, kind=kind, via=path.name, is_demo=is_demo)
        if zone_id is None:
            lost += 1
            faults.append(Fault(draft.line, None, draft.facts.name, _NO_PLACE))
            continue
        zone = session.get_one(HazardZone, zone_id)
        told = (draft.facts.says_more or draft.facts.name != zone.name) and actor.scope.covers(zone.scope_code)
        changed = store_details(session, actor, zone, draft.facts, ring) if told else False
        if is_new:
            created.append(zone_id)
        elif changed:
            updated.append(zone_id)
        else:
            unchanged += 1
    follow_redrawn(session, redrawn)
    shapes = [draft.zone for draft in drafts if draft.zone is not None]
    repaired = sum(zone.repaired_m2 is not None for zone in shapes)
    # A shape that a file holds twice is one place.
    distinct = {shapely.to_wkb(shapely.normalize(zone.geom)): zone.geom for zone in shapes if zone.geom is not None}
    size = round(sum(map(area_m2, distinct.values())) / 1e6, 3)
    return StandingLoaded(
        read, tuple(created), tuple(updated), unchanged, read - len(drafts) + lost, repaired, used, tuple(unknown),
        tuple(faults), size,
    )  # fmt: skip


_NO_PLACE = "这一行没有可用的经纬度，按编号或名称也没有找到已登记的灾害易发地，未采用。请补上经纬度，或先装入范围。"


def _of_features(source: ZoneSource) -> tuple[list[Draft], list[str]]:
    headings = list(source.columns)
    slots, unknown = slots_of(headings)
    drafts = []
    for zone, line in zip(source.zones, source.lines, strict=True):
        facts = facts_of(slots, [source.columns[heading][line - 1] for heading in headings])
        facts = replace(facts, name=facts.name or zone.name)
        drafts.append(Draft(line, replace(zone, name=facts.name, kind=facts.kind), facts))
    return drafts, [heading for heading in unknown if heading not in _SHAPE_FIELDS]


# What map programs write of their own accord.
_SHAPE_FIELDS = ("Shape_Leng", "Shape_Area", "OBJECTID", "FID", "Id", "fid", "SHAPE_Leng", "SHAPE_Area")
_CATALOGUE = Catalogue(
    recognise=lambda heading: (found[0].field, 0) if (found := slots_of([heading])[0]) else None,
    by_name={"name": Field("name", ("名称",))},
    keys=frozenset({"name", "number"}),
    needs="前 20 行里没有认出表头；至少要有名称或编号，请在表头写明。",
)


def _of_list(
    path: Path, *, buffer_m: float | None, crs: str | None, sheet: str | None
) -> tuple[list[Draft], list[Fault], list[str], str]:
    """Rows of a workbook or .csv; a point needs a distance to be a place."""
    from geo_housing.houses.spreadsheet.reader import open_ledger

    ledger = open_ledger(path, sheet=sheet, is_lenient=True, catalogue=_CATALOGUE)
    headings = [column.heading for column in ledger.recognised.columns]
    if len(ledger.heads) > 1 and sum(bool(cell.strip()) for cell in ledger.heads[0]) == 1:
        # One cell over all columns is the title of the list, no upper head.
        headings = list(ledger.heads[-1])
    slots, unknown = slots_of(headings)
    if not any(slot.field in ("name", "number") for slot in slots):
        raise BadInput("没有认出“名称”或“编号”这一列，请在表头写明。")
    system = parse_crs(crs or "EPSG:4490")
    drafts: list[Draft] = []
    faults: list[Fault] = []
    for batch in ledger.batches:
        faults += [Fault(fault.line, fault.column, fault.value, fault.sentence) for fault in batch.faults]
        for i, line in enumerate(batch.lines):
            facts = facts_of(slots, [column[i] for column in batch.cells])
            if len(drafts) >= MOST_ROWS:
                raise BadInput(f"文件超过 {MOST_ROWS:,} 行，请按乡镇分开导入。")
            if facts.name is None and facts.number is None:
                faults.append(Fault(line, None, None, "这一行没有名称，也没有编号，未采用。"))
                continue
            point = _point(facts, slots)
            if point is None:
                drafts.append(Draft(line, None, facts))
                continue
            [shifted] = reproject(np.array([point], dtype=object), system)
            zone = zone_of_geometry(shifted, buffer_m=buffer_m, name=facts.name, line=line)
            if isinstance(zone, Fault):
                faults.append(zone)
            else:
                drafts.append(Draft(line, replace(zone, kind=facts.kind), facts))
    return drafts, faults, unknown, system.name


def _point(facts: StandingFacts, slots: Sequence[Slot]) -> shapely.Point | None:
    if not {"lon", "lat"} <= {slot.field for slot in slots}:
        return None
    try:
        return shapely.Point(float(facts.lon or ""), float(facts.lat or ""))
    except ValueError:
        return None


def _placed(
    session: Session, actor: Actor, draft: Draft, redrawn: dict[int, int], *, kind: str, via: str, is_demo: bool
) -> tuple[int | None, bool]:
    """The zone of a draft, and whether it is new. A known number with another shape is the same place, put into ``redrawn``."""
    known = _known(session, actor, draft)
    if draft.zone is None or draft.zone.geom is None:
        return known, False
    geom = draft.zone.geom
    if known is not None and _has_shape(session, known, geom):
        return known, False
    new = add_standing_areas(
        session, actor, ZoneSource((draft.zone,), (), "EPSG:4490"), kind=kind, is_demo=is_demo, via=via
    )
    if not new:
        return _of_shape(session, draft.zone.kind or kind, geom), False
    if known is not None:
        _succeed(session, known, new[0])
        redrawn[known] = new[0]
    return new[0], known is None


def _known(session: Session, actor: Actor, draft: Draft) -> int | None:
    """The place that holds under this number, else (in a list without coordinates) the only one of this name."""
    scope = actor.scope
    holds = (
        HazardZone.event_id.is_(None),
        HazardZone.ended_at.is_(None),
        HazardZone.scope_code >= scope.lo,
        HazardZone.scope_code < scope.hi,
    )
    if draft.facts.number:
        wanted = (
            select(HazardZone.id)
            .join(StandingArea, StandingArea.zone_id == HazardZone.id)
            .where(StandingArea.number == draft.facts.number, *holds)
            .order_by(HazardZone.id.desc())
        )
        found = session.scalars(wanted.limit(1)).first()
        if found is not None:
            return found
    if draft.zone is not None or not draft.facts.name:
        return None
    named = session.scalars(select(HazardZone.id).where(HazardZone.name == draft.facts.name, *holds).limit(2)).all()
    return named[0] if len(named) == 1 else None


def _has_shape(session: Session, zone_id: int, geom: shapely.MultiPolygon) -> bool:
    query = text("SELECT ST_Equals(geom, ST_GeomFromWKB(:wkb, 4490)) FROM hazard_zone WHERE id = :id")
    return bool(session.scalar(query, {"id": zone_id, "wkb": shapely.to_wkb(geom)}))


def _of_shape(session: Session, kind: str, geom: shapely.MultiPolygon) -> int | None:
    query = text(
        "SELECT min(id) FROM hazard_zone WHERE event_id IS NULL AND ended_at IS NULL AND kind = :kind"
        " AND geom = ST_GeomFromWKB(:wkb, 4490)"
    )
    found: int | None = session.scalar(query, {"kind": kind, "wkb": shapely.to_wkb(geom)})
    return found


def _succeed(session: Session, old: int, new: int) -> None:
    """The place drawn anew takes over what is known of it; the shape before stays as history."""
    session.execute(text("UPDATE hazard_zone SET ended_at = :at WHERE id = :old"), {"old": old, "at": clock.now()})
    session.execute(delete(HazardZonePiece).where(HazardZonePiece.zone_id == old))
    session.execute(
        text(
            "INSERT INTO standing_area (zone_id, scope_code, number, place, stated_households, stated_people, measures,"
            "  signal, route, shelter, remark, updated_by)"
            " SELECT z.id, z.scope_code, a.number, a.place, a.stated_households, a.stated_people, a.measures, a.signal,"
            "  a.route, a.shelter, a.remark, a.updated_by"
            " FROM standing_area a JOIN hazard_zone z ON z.id = :new WHERE a.zone_id = :old"
        ),
        {"old": old, "new": new},
    )
    session.execute(
        text(
            "UPDATE standing_person p SET zone_id = z.id, scope_code = z.scope_code FROM hazard_zone z"
            " WHERE z.id = :new AND p.zone_id = :old AND p.ended_at IS NULL"
        ),
        {"old": old, "new": new},
    )
    session.expire_all()
