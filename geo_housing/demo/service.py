"""Loading the demo county through the ordinary services, every row marked, and taking it out again."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.areas.demo import DEMO_SEED, DemoArea, demo_areas, demo_standing_areas
from geo_housing.areas.queries import StoredArea, demo_state_unscoped
from geo_housing.areas.service import load_demo_areas
from geo_housing.db import Actor, Database
from geo_housing.demo.ledger import DEMO_HOUSES, demo_ledger, write_ledger
from geo_housing.demo.queries import loaded_ledger_name, register_counts
from geo_housing.demo.roster import demo_contacts, demo_shelters, demo_technicians
from geo_housing.demo.standing import demo_standing_facts
from geo_housing.demo.technicians import link_technicians
from geo_housing.errors import Conflict, NotAllowed
from geo_housing.geometry import LONLAT, as_multipolygon
from geo_housing.hazards.service import add_standing_areas
from geo_housing.hazards.sources import ZoneDraft, ZoneSource
from geo_housing.houses.intake.load import LoadOptions, load_ledger
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing, load_keys
from geo_housing.response.standing.details import own_area, store_details
from geo_housing.roster.facts import KINDS
from geo_housing.roster.storing import store_many
from geo_housing.settings import Settings


@dataclass(frozen=True)
class DemoCounts:
    """Divisions, houses (栋) and households (户) of the demo that are loaded, or were removed."""

    areas: int
    houses: int
    households: int


def load_demo(
    session: Session, actor: Actor, ring: KeyRing, *, houses: int | None = None, seed: int | None = None
) -> DemoCounts:
    """Load county, houses, standing risk areas, and the roster.

    Beside a loaded demo nothing changes when that is the one asked for (or none in particular), else Conflict.
    """
    _may_load(actor)
    asked = houses is not None or seed is not None
    houses, seed = houses or DEMO_HOUSES, DEMO_SEED if seed is None else seed
    name = _ledger_name(houses, seed)
    if demo_state_unscoped(session).has_demo:
        if asked and loaded_ledger_name(session) != name:
            raise Conflict("已装有另一套演示数据；要换成这一套，请先运行 geo-housing demo --clear。")
        return DemoCounts(*register_counts(session))
    areas = demo_areas(seed)
    load_demo_areas(session, actor, (_stored(area) for area in areas))
    with tempfile.TemporaryDirectory() as folder:
        path = write_ledger(demo_ledger(areas, houses, seed), Path(folder) / "demo.csv")
        load_ledger(session, actor, path, LoadOptions(is_demo=True), ring, name=name)
    _load_standing_areas(session, actor, ring, areas, seed)
    _load_roster(session, actor, ring, areas, seed)
    counts = DemoCounts(*register_counts(session))
    record(session, actor, "demo.load", Subject("demo", str(seed), actor.scope.lo), counts=asdict(counts))
    return counts


def load_if_empty(
    database: Database, settings: Settings, actor: Actor, *, houses: int = DEMO_HOUSES
) -> DemoCounts | None:
    """Load the demo county unless anything, demo or real, is loaded: then None, after one quick question.

    Whether keys may be made has been decided before (``ready_keys``): sealed files may be there although no area is.
    """
    with database.transaction(actor) as session:
        state = demo_state_unscoped(session)
        if state.has_demo or state.has_real:
            return None
        return load_demo(session, actor, load_keys(settings.keys_file), houses=houses)


def clear_demo(session: Session, actor: Actor) -> DemoCounts:
    """Remove every demo row and all that hangs on it, history too; real rows stay. Counts what went."""
    _may_load(actor)
    counts = DemoCounts(*session.execute(text("SELECT areas, houses, households FROM demo_clear()")).one())
    if counts.areas or counts.houses:
        record(session, actor, "demo.clear", Subject("demo", "all", actor.scope.lo), counts=asdict(counts))
    return counts


def _may_load(actor: Actor) -> None:
    if not (actor.may("areas.load") and actor.may("houses.import") and actor.scope.prefix == ""):
        raise NotAllowed("装入和清除演示县涉及全库，只能由系统管理员在命令行进行。")


def _ledger_name(houses: int, seed: int) -> str:
    return f"演示台账（{houses} 栋，种子 {seed}）"


def _stored(area: DemoArea) -> StoredArea:
    geom = None if area.geom is None else as_multipolygon(area.geom)
    return StoredArea(area.code, area.level, area.name, area.parent_code, None, geom)


def _load_standing_areas(session: Session, actor: Actor, ring: KeyRing, areas: Sequence[DemoArea], seed: int) -> None:
    known = demo_standing_facts(areas, seed)
    for zone in demo_standing_areas(seed):
        draft = ZoneDraft(zone.geom, name=zone.name, kind=zone.kind)
        source = ZoneSource((draft,), (), LONLAT.name)
        for zone_id in add_standing_areas(session, actor, source, kind=zone.kind, is_demo=True, via="演示数据"):
            store_details(session, actor, own_area(session, actor, zone_id), known[zone.name], ring)


def _load_roster(session: Session, actor: Actor, ring: KeyRing, areas: Sequence[DemoArea], seed: int) -> None:
    for kind, rows in (
        ("contacts", demo_contacts(areas, seed)),
        ("shelters", demo_shelters(areas, seed)),
        ("technicians", demo_technicians(areas, seed)),
    ):
        store_many(session, actor, KINDS[kind], rows, ring=ring, is_demo=True)
    link_technicians(session, actor)
