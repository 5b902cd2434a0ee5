"""Standing risk areas (灾害易发地) out of map files and lists, with measures and people; a list that comes again updates in place."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault
from geo_housing.evacuation.redrawn import follow_redrawn
from geo_housing.geometry import area_m2
from geo_housing.hazards.models import HazardZone, HazardZonePiece
from geo_housing.hazards.service import add_standing_areas, lock_standing_areas
from geo_housing.hazards.sources import ZoneSource, check_buffer
from geo_housing.keys import KeyRing
from geo_housing.response.standing.details import store_details
from geo_housing.response.standing.drafts import Draft, drafts_of
from geo_housing.response.standing.fields import label_of
from geo_housing.response.standing.known import Known, Register, Unsure


@dataclass(frozen=True)
class StandingLoaded:
    """What became of a file: places by what was done, rows that were lost, columns that nobody understood.

    ``updated``: outline, measures or people are others now; ``kept``: registered places of the file's kinds that it does not name.
    """

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
    kept: int = 0

    def as_json(self) -> dict[str, Any]:
        """The keys of ``hazards load`` for an event, so that a script reads one answer, and what is more."""
        warnings = [f"没有认出的列：{'、'.join(self.unknown_columns)}。"] if self.unknown_columns else []
        return {
            "event": None,
            "zones": len(self.created),
            "updated": len(self.updated),
            "unchanged": self.unchanged,
            "not_in_file": self.kept,
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
    kind: str | None,
    buffer_m: float | None = None,
    crs: str | None = None,
    layer: str | None = None,
    sheet: str | None = None,
    is_demo: bool = False,
) -> StandingLoaded:
    """Register the places of a file, or bring those that are known in step with it; ``keys`` where it names people.

    ``kind`` is for lines that state none.
    """
    check_buffer(buffer_m)
    said = drafts_of(path, buffer_m=buffer_m, crs=crs, layer=layer, sheet=sheet)
    drafts, faults = said.drafts, list(said.faults)
    read = len(drafts) + len(faults)
    if not drafts:
        raise BadInput("文件里没有一处可用的灾害易发地，未保存任何内容。", faults=tuple(faults))
    ring = keys() if any(draft.facts.persons for draft in drafts) else None
    created: list[int] = []
    updated: list[int] = []
    redrawn: dict[int, int] = {}
    kinds: set[str] = set()
    unchanged = lost = 0
    # Two who load one list at once would each find nothing of the other's.
    lock_standing_areas(session)
    register = Register.of(session, actor.scope)
    register.reserve(draft.zone.geom for draft in drafts if draft.zone is not None and draft.zone.geom is not None)
    for draft in drafts:
        faults += [Fault(draft.line, None, draft.facts.name, one) for one in draft.facts.unread]
        of_kind = draft.facts.kind or kind or register.kind_of_number(draft.facts.number)
        found = _placed(session, actor, register, draft, kind=of_kind, via=path.name, is_demo=is_demo)
        if isinstance(found, Unsure):
            lost += 1
            faults.append(Fault(draft.line, None, draft.facts.name or draft.facts.number, found.sentence))
            continue
        faults += _kind_said(draft, said.kind_column)
        zone = session.get_one(HazardZone, found.id)
        kinds.add(zone.kind)
        if found.before is not None:
            redrawn[found.before] = found.id
        told = (draft.facts.says_more or draft.facts.name != zone.name) and actor.scope.covers(zone.scope_code)
        changed = store_details(session, actor, zone, draft.facts, ring) if told else False
        if found.is_new:
            created.append(found.id)
        elif changed or found.before is not None:
            updated.append(found.id)
        else:
            unchanged += 1
    if not (created or updated or unchanged):
        raise BadInput("文件里没有一处可用的灾害易发地，未保存任何内容。", faults=tuple(faults))
    follow_redrawn(session, redrawn)
    shapes = [draft.zone for draft in drafts if draft.zone is not None]
    repaired = sum(zone.repair is not None for zone in shapes)
    # A shape that a file holds twice is one place.
    distinct = {shapely.to_wkb(shapely.normalize(zone.geom)): zone.geom for zone in shapes if zone.geom is not None}
    size = round(sum(map(area_m2, distinct.values())) / 1e6, 3)
    return StandingLoaded(
        read, tuple(created), tuple(updated), unchanged, read - len(drafts) + lost, repaired, said.crs, tuple(said.unknown),
        tuple(faults), size, register.kept(kinds),
    )  # fmt: skip


_NO_PLACE = "这一行没有可用的经纬度，按编号或名称也没有找到已登记的灾害易发地，未采用。请补上经纬度，或先装入范围。"

_NO_KIND = "这一条没有写灾种，未采用。请在文件里加“灾种”列写明（如 山洪、地质灾害），或装入时为整个文件选定灾种（命令行 --kind 山洪）。"
_ALREADY = "相邻辖区已登记了同样的范围，未采用。"


def _kind_said(draft: Draft, column: str | None) -> list[Fault]:
    """A kind that is not written as the list of kinds has it is told with what it was taken for."""
    facts = draft.facts
    if facts.kind is None or facts.kind_text is None:
        return []
    if facts.kind == facts.kind_text:
        sentence = f"灾种“{facts.kind_text}”不在灾种表里，按原文登记；请核对，要改的在文件里改好后重新装入。"
    else:
        sentence = (
            f"灾种“{facts.kind_text}”按“{label_of(facts.kind)}”登记；不是的，请撤销这一处，在文件里改好灾种后重新装入。"
        )
    return [Fault(draft.line, column, facts.kind_text, sentence)]


@dataclass(frozen=True)
class _Placed:
    """Where a line stands now: a new place, or a known one, whose outline may be another than ``before``."""

    id: int
    is_new: bool = False
    before: int | None = None


def _placed(
    session: Session, actor: Actor, register: Register, draft: Draft, *, kind: str | None, via: str, is_demo: bool
) -> _Placed | Unsure:
    """The place of a line: new, known, or known and drawn anew."""
    facts = draft.facts
    if draft.zone is None or draft.zone.geom is None:
        told = register.without_shape(facts)
        if isinstance(told, Known):
            register.placed.add(told.id)
            return _Placed(told.id)
        return told or Unsure(_NO_PLACE)
    if kind is None:
        return Unsure(_NO_KIND)
    geom = draft.zone.geom
    known = register.with_shape(facts, kind, geom)
    if isinstance(known, Unsure):
        return known
    if known is not None and shapely.equals(known.geom, geom):
        register.placed.add(known.id)
        return _Placed(known.id)
    source = ZoneSource((replace(draft.zone, kind=kind),), (), "EPSG:4490")
    new = add_standing_areas(session, actor, source, kind=kind, is_demo=is_demo, via=via)
    if not new:
        return Unsure(_ALREADY)
    before = None if known is None else known.id
    number = facts.number or (known.number if known else None)
    register.put(Known(new[0], facts.name, kind, number, geom, is_own=True), instead_of=before)
    if before is not None:
        _succeed(session, before, new[0])
    return _Placed(new[0], is_new=before is None, before=before)


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
