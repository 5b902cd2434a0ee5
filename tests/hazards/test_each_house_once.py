"""Zones that share houses: each house is found once, under its highest level; as sorting everything that is found would say."""

from typing import Any

import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.hazards import overlay
from geo_housing.hazards.divisions import zones_of_divisions
from geo_housing.hazards.queries import PLAN
from geo_housing.hazards.sources import ZoneDraft
from geo_housing.response.zones.answers import Given
from geo_housing.response.zones.loading import load_divisions
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST
from tests.toy_county.county import NO_OUTLINE

CODES = [WEST, EAST, NO_OUTLINE, *(code for code, _, _ in VILLAGES.values())]
LEVELS = ["red", "orange", "yellow"]
BOXES = st.tuples(st.floats(119.999, 120.035), st.floats(44.999, 45.015), st.floats(0.001, 0.02))
DRAWN = st.lists(st.tuples(BOXES, st.sampled_from(LEVELS)), max_size=2)
CHOSEN = st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(LEVELS)), max_size=5)
ALL = (
    f"WITH {', '.join((*PLAN, overlay.CANDIDATES, overlay.INSIDE))} SELECT id, min(zone_level) FROM inside GROUP BY id"
)
ONCE = f"WITH {', '.join((*PLAN, overlay.CANDIDATES, overlay.INSIDE_ONCE))} SELECT id, zone_level FROM inside"


def found(session: Session, statement: str, plan: dict[str, Any], area: str) -> list[tuple[int, int]]:
    scope = AreaScope(area)
    values = {**plan, "scope_lo": scope.lo, "scope_hi": scope.hi, "stale_before": "2026-01-01"}
    return sorted((row[0], row[1]) for row in session.execute(text(statement), values))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=CHOSEN, standing=CHOSEN, drawn=DRAWN, area=st.sampled_from([COUNTY, WEST, VILLAGES["西一"][0]]))
def test_each_house_is_found_once_under_its_highest_level(
    scattered: ToyDatabase, chosen: list[Any], standing: list[Any], drawn: list[Any], area: str
) -> None:
    with scattered.transaction(COUNTY) as session:
        drafts = [(zone, level) for code, level in chosen for zone in zones_of_divisions(session, [code]).zones]
        for (west, south, side), level in drawn:
            shape = shapely.MultiPolygon([shapely.box(west, south, west + side, south + side)])
            drafts.append((ZoneDraft(geom=shape), level))
        kept: list[tuple[int, str]] = []
        for code, level in standing:
            event = load_divisions(
                session, scattered.actor(COUNTY), [code], Given(name="前", kind="flood")
            ).zoned.event_id
            zones = session.scalars(text("SELECT id FROM hazard_zone WHERE event_id = :event"), {"event": event})
            kept += [(zone, level) for zone in zones]
        plan = overlay.values_of_plan(kept, drafts)
        once = found(session, ONCE, plan, area)
        assert once == found(session, ALL, plan, area)
        session.rollback()
    assert len({house for house, _ in once}) == len(once)
