"""What a county has written stays as it is, whatever a township sends to the database as the application (D6)."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event, revise
from tests.toy_county.county import COUNTY, EAST, WEST

INSUFFICIENT_PRIVILEGE = "42501"

# As a township, about the county's event {event} and what belongs to it.
REFUSED = (
    "INSERT INTO hazard_event (scope_code, name, kind, source, created_by) VALUES ('{county}', 'x', 'flood', 'x', 'x')",
    "INSERT INTO hazard_event (scope_code, name, kind, source, created_by) VALUES ('99', 'x', 'flood', 'x', 'x')",
    "UPDATE hazard_event SET phase = 'closed' WHERE id = {event}",
    "UPDATE hazard_event SET name = 'x', version = version + 1 WHERE id = {event}",
    "UPDATE hazard_event SET revision = revision + 1 WHERE id = {event}",
    "UPDATE hazard_event SET scope_code = '{west}' WHERE id = {event}",
    "UPDATE hazard_event SET responded_areas = '{{{east}}}' WHERE id = {event}",
    "UPDATE hazard_event SET responded_areas = '{{{county}}}' WHERE id = {event}",
    "UPDATE hazard_event SET responded_areas = '{{0}}' WHERE id = {event}",
    "INSERT INTO zone_revision (event_id, scope_code, n, source, made_by) VALUES ({event}, '{county}', 9, 'x', 'x')",
    "INSERT INTO hazard_zone (scope_code, kind, area_m2) VALUES ('{county}', 'flood', 1)",
    "INSERT INTO hazard_zone (event_id, revision_id, scope_code, kind, area_m2)"
    " SELECT event_id, id, scope_code, 'flood', 1 FROM zone_revision WHERE event_id = {event}",
    "INSERT INTO hazard_zone_piece (zone_id, lo, hi) SELECT id, 0, 9 FROM hazard_zone WHERE event_id = {event}",
    "INSERT INTO hazard_zone_area (zone_id, area_code) SELECT id, '{east}' FROM hazard_zone WHERE event_id = {event}",
    "INSERT INTO policy_setting (key, area_code, value, effective_from, basis, recorded_by)"
    " VALUES ('occupancy.stale_days', '{county}', '1', '2026-01-01', 'x', 'x')",
    "INSERT INTO policy_setting (key, area_code, value, effective_from, basis, recorded_by)"
    " VALUES ('occupancy.stale_days', '0', '1', '2026-01-01', 'x', 'x')",
    "INSERT INTO area_grant (user_id, role, area_code, valid_from, granted_by)"
    " SELECT id, 'admin', '{county}', '2026-01-01', 'x' FROM app_user LIMIT 1",
    "INSERT INTO area_grant (user_id, role, area_code, valid_from, granted_by)"
    " SELECT id, 'admin', '0', '2026-01-01', 'x' FROM app_user LIMIT 1",
    "INSERT INTO house_grid_delta (cell, scope_code, risk, renovation, houses) VALUES (1, '{west}', 'A', 'x', 5)",
    "DELETE FROM house_grid",
    "INSERT INTO inspection_count (event_id, scope_code, state, uncertain, houses) VALUES ({event}, '{west}', 'done', false, 5)",
    "DELETE FROM inspection_count",
    "UPDATE evacuation_count SET households = 0",
    "INSERT INTO family_change (scope_code) VALUES ('{west}')",
    "DELETE FROM family_change",
    "DELETE FROM card_sum",
    "DELETE FROM layer_change",
)
UNTOUCHED = (
    "UPDATE hazard_zone SET ended_at = now() WHERE event_id = {event}",
    "UPDATE hazard_zone_piece SET hi = lo WHERE zone_id IN (SELECT id FROM hazard_zone WHERE event_id = {event})",
    "DELETE FROM hazard_zone_piece WHERE zone_id IN (SELECT id FROM hazard_zone WHERE event_id = {event})",
    "DELETE FROM hazard_zone_area WHERE zone_id IN (SELECT id FROM hazard_zone WHERE event_id = {event})",
    "UPDATE area_grant SET role = 'admin'",
    "DELETE FROM area_grant",
)


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    toy.member("leader", COUNTY)
    with toy.transaction(COUNTY) as session:
        return make_event(session, toy.actor(COUNTY), ["西一", "东一"])


def test_a_township_cannot_write_what_is_its_countys(toy: ToyDatabase, event: int) -> None:
    held = []
    for statement in REFUSED:
        sent = statement.format(event=event, county=COUNTY, west=WEST, east=EAST)
        with toy.transaction(WEST) as session:
            try:
                with session.begin_nested():
                    session.execute(text(sent))
            except ProgrammingError as error:
                if getattr(error.orig, "sqlstate", None) == INSUFFICIENT_PRIVILEGE:
                    continue
                raise
            held.append(sent)
    assert held == []


def test_a_township_changes_no_row_that_is_its_countys(toy: ToyDatabase, event: int) -> None:
    for statement in UNTOUCHED:
        with toy.transaction(WEST) as session:
            done = session.execute(text(statement.format(event=event)))
            assert done.rowcount == 0, statement  # type: ignore[attr-defined] # a change gives a CursorResult


def test_the_county_writes_all_of_it(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        revise(session, toy.actor(COUNTY), event, ["西一", "西二", "东一"])
        session.execute(text("UPDATE hazard_event SET name = 'x' WHERE id = :event"), {"event": event})


def test_a_township_responds_to_the_event_of_its_county_and_so_does_its_village(toy: ToyDatabase, event: int) -> None:
    for area in (f"{WEST}201", WEST, EAST):
        with toy.transaction(area) as session:
            respond(session, toy.actor(area), event)
    with toy.transaction(COUNTY) as session:
        areas = session.scalar(text("SELECT responded_areas FROM hazard_event WHERE id = :event"), {"event": event})
        assert areas == [WEST, EAST]
        respond(session, toy.actor(COUNTY), event)
    with toy.transaction(WEST) as session:
        respond(session, toy.actor(WEST), event)
        assert session.scalar(text("SELECT responded_areas FROM hazard_event WHERE id = :event"), {"event": event}) == [
            COUNTY
        ]


def test_a_village_makes_and_revises_an_event_of_its_own(toy: ToyDatabase) -> None:
    village = f"{WEST}201"
    with toy.transaction(village) as session:
        own = make_event(session, toy.actor(village), ["西一"])
        revise(session, toy.actor(village), own, ["西一"])
        respond(session, toy.actor(village), own)
    with toy.transaction() as session:
        assert session.scalar(text("SELECT scope_code FROM hazard_event WHERE id = :event"), {"event": own}) == village


def test_nobody_but_the_owner_makes_anything_in_the_schema(toy: ToyDatabase) -> None:
    with pytest.raises(ProgrammingError), toy.transaction() as session:
        session.execute(text("CREATE FUNCTION gh_area_hi(x int) RETURNS text LANGUAGE sql AS 'SELECT 1::text'"))
