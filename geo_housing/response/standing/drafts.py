"""The places that a file states, line by line: map files and lists with coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely

from geo_housing.errors import BadInput, Fault
from geo_housing.geometry import parse_crs, reproject
from geo_housing.hazards.sources import ZoneDraft, ZoneSource, zone_of_geometry, zones_of_file
from geo_housing.houses.spreadsheet.fields import Catalogue, Field
from geo_housing.response.standing.columns import slots_of
from geo_housing.response.standing.fields import Slot, StandingFacts, facts_of

MOST_ROWS = 10_000


@dataclass(frozen=True)
class Draft:
    """One place of a file: ``zone`` None where the list has no coordinates and only tells more of a known place."""

    line: int
    zone: ZoneDraft | None
    facts: StandingFacts


@dataclass(frozen=True)
class Drafts:
    """What a file states; ``kind_column`` is the heading under which it states kinds."""

    drafts: list[Draft]
    faults: list[Fault]
    unknown: list[str]
    crs: str
    kind_column: str | None


def drafts_of(path: Path, *, buffer_m: float | None, crs: str | None, layer: str | None, sheet: str | None) -> Drafts:
    """Every place of a file, and why a line is none."""
    # Only who loads something pays for what reads it.
    from geo_housing.houses.spreadsheet.tables import SHEETS, TEXTS

    if path.suffix.lower() in (*SHEETS, *TEXTS):
        return _of_list(path, buffer_m=buffer_m, crs=crs, sheet=sheet)
    return _of_features(zones_of_file(path, crs=crs, layer=layer, buffer_m=buffer_m))


def _of_features(source: ZoneSource) -> Drafts:
    headings = list(source.columns)
    slots, unknown = slots_of(headings)
    drafts = []
    for zone, line in zip(source.zones, source.lines, strict=True):
        facts = facts_of(slots, [source.columns[heading][line - 1] for heading in headings])
        unread = facts.unread if zone.left_out is None else (*facts.unread, zone.left_out)
        facts = replace(facts, name=facts.name or zone.name, unread=unread)
        drafts.append(Draft(line, replace(zone, name=facts.name, kind=facts.kind), facts))
    unknown = [heading for heading in unknown if heading not in _SHAPE_FIELDS]
    return Drafts(drafts, list(source.faults), unknown, source.crs, _kind_column(slots, headings))


def _kind_column(slots: Sequence[Slot], headings: Sequence[str]) -> str | None:
    return next((headings[slot.column] for slot in slots if slot.field == "kind"), None)


# What map programs write of their own accord.
_SHAPE_FIELDS = ("Shape_Leng", "Shape_Area", "OBJECTID", "FID", "Id", "fid", "SHAPE_Leng", "SHAPE_Area")
_CATALOGUE = Catalogue(
    recognise=lambda heading: (found[0].field, 0) if (found := slots_of([heading])[0]) else None,
    by_name={"name": Field("name", ("名称",))},
    keys=frozenset({"name", "number"}),
    needs="前 20 行里没有认出表头；至少要有名称或编号，请在表头写明。",
)


def _of_list(path: Path, *, buffer_m: float | None, crs: str | None, sheet: str | None) -> Drafts:
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
    return Drafts(drafts, faults, unknown, system.name, _kind_column(slots, headings))


def _point(facts: StandingFacts, slots: Sequence[Slot]) -> shapely.Point | None:
    if not {"lon", "lat"} <= {slot.field for slot in slots}:
        return None
    try:
        return shapely.Point(float(facts.lon or ""), float(facts.lat or ""))
    except ValueError:
        return None
