"""What a change of zones does, read in one pass, is what reading the houses anew for each side and for the analysis says."""

from collections import Counter
from typing import Any

import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.hazards import overlay
from geo_housing.hazards.changes import Difference, TownshipDifference, change_of, collect_left
from geo_housing.hazards.divisions import zones_of_divisions
from geo_housing.hazards.facts import COMES_FIRST_SQL
from geo_housing.hazards.first_list import first_of_plan
from geo_housing.hazards.queries import PLAN, affected_by_plan
from geo_housing.hazards.service import add_standing_areas
from geo_housing.hazards.sources import ZoneDraft, ZoneSource
from geo_housing.houses.living import UNSIZED_SQL, unsized_sql
from geo_housing.response.zones.answers import Given
from geo_housing.response.zones.loading import load_divisions, load_drawing
from geo_housing.scope import AreaScope
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase
from tests.hazards.conftest import CODES
from tests.toy_county import COUNTY, VILLAGES, WEST

BELIEVED_SINCE = "2026-01-01"
LEVELS = ["red", "orange", "yellow"]
BOXES = st.tuples(st.floats(119.999, 120.035), st.floats(44.999, 45.015), st.floats(0.001, 0.02))
COMES = st.lists(st.tuples(st.one_of(st.sampled_from(CODES), BOXES), st.sampled_from(LEVELS)), max_size=3)
# What stands, with what becomes of each zone: it goes, or stays at a level.
STANDS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(CODES), BOXES), st.sampled_from(LEVELS), st.one_of(st.none(), st.sampled_from(LEVELS))
    ),
    max_size=4,
)
SIDE = f"""
    WITH {", ".join((*PLAN, overlay.CANDIDATES, overlay.INSIDE))}
    SELECT id, min(scope_code) AS scope_code, min(level) AS level FROM (
        SELECT id, scope_code, zone_level AS level FROM inside
        UNION ALL SELECT c.id, c.scope_code, t.level FROM candidate c JOIN touched t ON t.code = c.declared
    ) h GROUP BY id
"""
NEAR = "near AS (SELECT z.id FROM hazard_zone z WHERE z.event_id IS NULL AND z.ended_at IS NULL)"
FIRST = f"""
    WITH {", ".join((*PLAN, overlay.INSIDE, NEAR, overlay.STANDING))}
    SELECT zone_id, count(*), sum(greatest(households, 1)), sum(people), sum({unsized_sql("t")}) FROM (
        SELECT DISTINCT ON (i.id) i.*, s.zone_id FROM inside i JOIN standing s ON s.id = i.id ORDER BY i.id
    ) t WHERE {COMES_FIRST_SQL} GROUP BY 1 ORDER BY 1
"""


# Some stand empty by a check of this autumn, some by one of long ago; of a third of the families nothing is stated, a third are 0人.
VARIED = (
    "UPDATE house SET occupancy = (ARRAY['empty', 'away', 'resident', NULL])[id % 4 + 1],"
    " occupancy_checked_on = CASE WHEN id % 8 < 4 THEN date '2026-11-01' ELSE date '2025-01-01' END",
    "UPDATE household SET persons = nullif(id % 3, 2) * 2",
    "SELECT house_recount((SELECT array_agg(id) FROM house))",
)


def square(box: tuple[float, float, float]) -> shapely.MultiPolygon:
    west, south, side = box
    return shapely.MultiPolygon([shapely.box(west, south, west + side, south + side)])


def rows_of(session: Session, statement: str, plan: dict[str, Any], scope: AreaScope) -> list[Any]:
    values = {**plan, "scope_lo": scope.lo, "scope_hi": scope.hi, "stale_before": BELIEVED_SINCE}
    return list(session.execute(text(statement), values))


def compared(
    session: Session, before: dict[str, Any], after: dict[str, Any], scope: AreaScope
) -> list[TownshipDifference]:
    """Both sides read for themselves, held together house by house."""
    was, becomes = ({row.id: row for row in rows_of(session, SIDE, plan, scope)} for plan in (before, after))
    counts: dict[str, Counter[str]] = {}
    for house in was.keys() | becomes.keys():
        township = counts.setdefault((was.get(house) or becomes[house]).scope_code[:9], Counter())
        if house not in was or house not in becomes:
            township["added" if house in becomes else "left"] += 1
        elif becomes[house].level != was[house].level:
            township["raised" if becomes[house].level < was[house].level else "lowered"] += 1
    return [
        TownshipDifference(code, count["added"], count["left"], count["raised"], count["lowered"])
        for code, count in sorted(counts.items())
        if count.total()
    ]


def levels(session: Session, plan: dict[str, Any], scope: AreaScope) -> dict[int, int]:
    return {row.id: row.level for row in rows_of(session, SIDE, plan, scope)}


def fates(session: Session, before: dict[str, Any], after: dict[str, Any], scope: AreaScope) -> list[tuple[int, ...]]:
    """栋, 户, 人 and 户 without a number of those that come, go and stay, by their numbers alone."""
    was, becomes = (levels(session, plan, scope).keys() for plan in (before, after))
    counted = text(
        "SELECT count(*), coalesce(sum(households), 0), coalesce(sum(people), 0),"
        f" coalesce(sum({UNSIZED_SQL}), 0) FROM house h WHERE id = ANY (:ids)"
    )
    return [
        tuple(session.execute(counted, {"ids": sorted(ids), "stale_before": BELIEVED_SINCE}).one())
        for ids in (becomes - was, was - becomes, was & becomes)
    ]


def figures_of(found: Difference) -> list[tuple[int, ...]]:
    return [(one.houses, one.households, one.people, one.unsized) for one in (found.added, found.left, found.kept)]


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stands=STANDS,
    comes=COMES,
    risky=st.lists(BOXES, max_size=3),
    area=st.sampled_from([COUNTY, WEST, VILLAGES["西一"][0]]),
)
def test_one_pass_says_what_reading_each_side_says(
    scattered: ToyDatabase, stands: list[Any], comes: list[Any], risky: list[Any], area: str
) -> None:
    actor, scope = scattered.actor(COUNTY), AreaScope(area)
    with scattered.transaction(COUNTY) as session:
        for statement in VARIED:
            session.execute(text(statement))
        standing: dict[int, str] = {}
        kept: list[tuple[int, str]] = []
        for place, level, becomes in stands:
            said = Given(name="前", kind="flood", level=level)
            if isinstance(place, str):
                event = load_divisions(session, actor, [place], said).zoned.event_id
            else:
                event = load_drawing(session, actor, shapely.geometry.mapping(square(place)), said).zoned.event_id
            for zone in session.scalars(text("SELECT id FROM hazard_zone WHERE event_id = :event"), {"event": event}):
                standing[zone] = level
                kept += [(zone, becomes)] if becomes else []
        drafts: list[tuple[ZoneDraft, str]] = []
        for place, level in comes:
            zones = (
                zones_of_divisions(session, [place]).zones if isinstance(place, str) else (ZoneDraft(square(place)),)
            )
            drafts += [(zone, level) for zone in zones]
        if risky:
            areas = ZoneSource(tuple(ZoneDraft(square(box)) for box in risky), (), "EPSG:4490")
            add_standing_areas(session, actor, areas, kind="geological")
        before, after = overlay.values_of_plan(list(standing.items()), ()), overlay.values_of_plan(kept, drafts)
        change = change_of(session, standing, kept, drafts, scope)
        assert list(change.difference.townships) == compared(session, before, after, scope)
        assert figures_of(change.difference) == fates(session, before, after, scope)
        collect_left(session, standing, kept, drafts, scope)
        gone = set(session.scalars(text("SELECT house_id FROM left_out")))
        assert gone == levels(session, before, scope).keys() - levels(session, after, scope).keys()
        assert change.affected == affected_by_plan(session, after, scope)
        first = sorted(
            (one.zone_id, one.houses, one.households, one.people, one.unsized)
            for one in first_of_plan(session, after, scope).areas
        )
        assert first == [tuple(row) for row in rows_of(session, FIRST, after, scope)]
        session.rollback()
