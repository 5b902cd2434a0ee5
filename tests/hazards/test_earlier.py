"""Whom the zones of an earlier revision concern is what the event's page said when they stood, whoever asks."""

import re
from pathlib import Path
from typing import Any

import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import migrations
from geo_housing.clock import today
from geo_housing.hazards.divisions import zones_of_divisions
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.queries import Affected, affected
from geo_housing.hazards.service import EventDraft, create_event, replace_zones
from geo_housing.hazards.sources import ZoneDraft, ZoneSource
from geo_housing.houses.register.endings import end_house
from geo_housing.response.reports.then import affected_then
from geo_housing.scope import AreaScope
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase
from tests.hazards.conftest import CODES
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST
from tests.toy_county.county import NO_OUTLINE

READERS = (COUNTY, WEST, EAST, VILLAGES["西一"][0])
BOXES = st.tuples(st.floats(119.999, 120.035), st.floats(44.999, 45.015), st.floats(0.001, 0.02))
PLACES = st.lists(st.one_of(st.sampled_from([COUNTY, *CODES]), BOXES), min_size=1, max_size=4)
STEPS = st.lists(st.tuples(PLACES, st.booleans(), st.sampled_from(["red", "yellow"])), min_size=2, max_size=5)
UNLOCATED = """
    INSERT INTO house (code, scope_code, declared_code, location_state)
    SELECT 'U' || a.code || '-' || n, a.code, CASE WHEN n < 3 THEN a.code END, 'unlocated'
    FROM area a CROSS JOIN generate_series(1, 3) n
"""
READ_AS = "SELECT set_config('gh.area_lo', :lo, true), set_config('gh.area_hi', :hi, true)"


def zones_at(session: Session, places: list[Any]) -> ZoneSource:
    codes = [place for place in places if isinstance(place, str)]
    chosen = zones_of_divisions(session, codes).zones if codes else ()
    drawn = (
        ZoneDraft(shapely.MultiPolygon([shapely.box(west, south, west + side, south + side)]))
        for west, south, side in (place for place in places if not isinstance(place, str))
    )
    return ZoneSource((*chosen, *drawn), (), "EPSG:4490")


def said_to_each(session: Session, event: HazardEvent, revision: int | None = None) -> dict[str, Affected | None]:
    """What each reader is told, who sees no further than the policies let them."""
    said = {}
    for area in (*READERS, COUNTY):
        scope = AreaScope(area)
        session.execute(text(READ_AS), {"lo": scope.lo, "hi": scope.hi})
        said[area] = (
            affected(session, event.id, scope) if revision is None else affected_then(session, event, scope, revision)
        )
    return said


def test_zones_of_before_are_known_by_name_and_outline(toy: ToyDatabase) -> None:
    actor = toy.actor(COUNTY)
    with toy.transaction(COUNTY) as session:
        draft = EventDraft(name="试验过程", kind="flood", source="areas")
        event = create_event(session, actor, draft, zones_at(session, [NO_OUTLINE, EAST])).event_id
        outline = session.scalar(text("SELECT ST_AsBinary(geom) FROM area WHERE code = :code"), {"code": EAST})
        drawn = ZoneSource((ZoneDraft(shapely.from_wkb(bytes(outline)), "别处"),), (), "EPSG:4490")
        replace_zones(session, actor, event, drawn, via="file")
        replace_zones(session, actor, event, zones_at(session, [WEST]), via="areas")
        read = text("SELECT id, chosen_code FROM hazard_zone ORDER BY id")
        kept = session.execute(read).all()
        session.execute(text("UPDATE hazard_zone SET chosen_code = NULL"))
        for statement in recovering():
            session.execute(text(statement))
        assert session.execute(read).all() == kept
        assert [code for _, code in kept] == [NO_OUTLINE, EAST, None, WEST]


def recovering() -> list[str]:
    """What the migration says of zones that were stored before it."""
    script = Path(migrations.__file__).parent / "versions" / "2026_11_28_1940_chosen_divisions.py"
    return re.findall(r'op\.execute\("""(.*?)"""\)', script.read_text("utf-8"), re.DOTALL)


# Neighbours share a border line, and only one of them is named; then another warning names a further township.
@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@example(steps=[([WEST], False, "red"), ([EAST], True, "red"), ([VILLAGES["西一"][0]], False, "yellow")])
@example(steps=[([NO_OUTLINE, (120.012, 45.001, 0.011)], False, "red"), ([WEST, EAST], False, "red")])
def test_an_earlier_revision_concerns_whom_it_concerned(scattered: ToyDatabase, steps: list[Any]) -> None:
    actor = scattered.actor(COUNTY)
    with scattered.transaction(COUNTY) as session:
        session.execute(text(UNLOCATED))
        for code in ("西一-D", "东一-A"):
            version = session.scalar(text("SELECT version FROM house WHERE code = :code"), {"code": code})
            end_house(session, actor, code, reason="demolished", on=today(), version=version)
        live = []
        event = None
        for places, adds, level in steps:
            source = zones_at(session, places)
            if event is None:
                draft = EventDraft(name="试验过程", kind="flood", level=level, source="areas")
                event = session.get_one(HazardEvent, create_event(session, actor, draft, source).event_id)
            else:
                replace_zones(session, actor, event.id, source, via="areas", level=level, adds=adds)
            live.append(said_to_each(session, event))
        assert event is not None and event.revision == len(steps)
        for n, said in enumerate(live, start=1):
            assert said_to_each(session, event, n) == said
        session.rollback()
