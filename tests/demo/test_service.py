"""The demo county goes in through the ordinary services, stays apart from real data, and goes out without a trace."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from shapely import MultiPolygon
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.accounts.permissions import CLI_PERMISSIONS
from geo_housing.accounts.service import add_user, grant_role
from geo_housing.areas.demo import demo_standing_areas
from geo_housing.areas.service import LoadOptions as AreaOptions
from geo_housing.areas.service import load_areas
from geo_housing.db import Actor, Database
from geo_housing.demo.service import DemoCounts, clear_demo, load_demo, load_if_empty
from geo_housing.demo.technicians import link_technicians
from geo_housing.errors import Conflict, NotAllowed, NotReady
from geo_housing.houses.intake.load import LoadOptions as LedgerOptions
from geo_housing.houses.intake.load import load_ledger
from geo_housing.keys import KeyRing, ensure_keys
from geo_housing.own_code import PROJECT_FOLDER
from geo_housing.roster.queries import areas_of_technician
from geo_housing.scope import AreaScope
from geo_housing.settings import Settings
from tests.fixtures.cluster import TestCluster, TestDatabase
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import write_houses

HOUSES = 400
DIVISIONS = PROJECT_FOLDER / "data" / "boundaries" / "tuquan_divisions.csv"
ADMIN = Actor(name="cli:tests", scope=AreaScope(""), permissions=CLI_PERMISSIONS, source="cli")


@pytest.fixture
def ring(test_cluster: TestCluster) -> KeyRing:
    return ensure_keys(test_cluster.settings.keys_file)


@pytest.fixture
def empty(fresh_database: TestDatabase) -> Iterator[Database]:
    database = Database(fresh_database.service_url, pool_size=2, stream_pool_size=1)
    yield database
    database.close()


@pytest.fixture(scope="module")
def loaded(test_cluster: TestCluster, worker_id: str) -> Iterator[str]:
    """A database with the demo county, to be cloned."""
    names = test_cluster.create(f"demo_{worker_id}")
    database = Database(names.service_url, pool_size=1, stream_pool_size=1)
    with database.transaction(ADMIN) as session:
        counts = load_demo(session, ADMIN, ensure_keys(test_cluster.settings.keys_file), houses=HOUSES)
    database.close()
    assert (counts.areas, counts.houses) == (223, HOUSES)
    yield names.name
    test_cluster.drop(names.name)


@pytest.fixture
def demo(loaded: str, test_cluster: TestCluster, worker_id: str) -> Iterator[Database]:
    """The demo county for one test alone."""
    names = test_cluster.create(f"demo_of_test_{worker_id}", template=loaded)
    database = Database(names.service_url, pool_size=2, stream_pool_size=1)
    yield database
    database.close()
    test_cluster.drop(names.name)


def numbers(database: Database, *statements: str) -> list[int]:
    with database.transaction(ADMIN) as session:
        return [session.execute(text(statement)).scalar_one() for statement in statements]


def tables_with_rows(url: str) -> set[str]:
    """Every table that holds a row, seen past the policies; the journal and what every database starts with left out."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        names = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        return {
            name
            for (name,) in names
            if connection.execute(f'SELECT EXISTS (SELECT FROM "{name}")').fetchone() == (True,)  # type: ignore[arg-type] # names of tables
        }


def test_every_row_is_marked_and_most_houses_stand_where_they_say(demo: Database) -> None:
    marked, unmarked, located, disputed, unlocated, standing, told = numbers(
        demo,
        "SELECT count(*) FROM house WHERE is_demo",
        "SELECT (SELECT count(*) FROM house WHERE NOT is_demo) + (SELECT count(*) FROM household WHERE NOT is_demo)"
        " + (SELECT count(*) FROM area WHERE NOT is_demo)",
        "SELECT count(*) FROM house WHERE location_state = 'located'",
        "SELECT count(*) FROM house WHERE location_state = 'disputed'",
        "SELECT count(*) FROM house WHERE location_state = 'unlocated'",
        "SELECT count(*) FROM hazard_zone WHERE is_demo AND event_id IS NULL",
        "SELECT count(DISTINCT s.zone_id) FROM standing_area s JOIN standing_person p ON p.zone_id = s.zone_id",
    )
    assert told == standing
    assert (marked, unmarked, standing) == (HOUSES, 0, len(demo_standing_areas()))
    assert located + disputed + unlocated == HOUSES
    assert located > 0.94 * HOUSES


def test_the_same_demo_again_changes_nothing_and_another_is_a_conflict(demo: Database, ring: KeyRing) -> None:
    before = numbers(demo, "SELECT max(version) FROM house", "SELECT count(*) FROM import_batch")
    for asked in ({"houses": HOUSES}, {}):
        with demo.transaction(ADMIN) as session:
            assert load_demo(session, ADMIN, ring, **asked).houses == HOUSES
    assert numbers(demo, "SELECT max(version) FROM house", "SELECT count(*) FROM import_batch") == before
    for asked in ({"houses": HOUSES + 1}, {"houses": HOUSES, "seed": 9}):
        with pytest.raises(Conflict, match="--clear"), demo.transaction(ADMIN) as session:
            load_demo(session, ADMIN, ring, **asked)


def test_real_areas_and_houses_are_refused_beside_the_demo(demo: Database, ring: KeyRing, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="geo-housing demo --clear"), demo.transaction(ADMIN) as session:
        load_areas(session, ADMIN, DIVISIONS, AreaOptions("county"))
    ledger = write_houses(tmp_path / "toy.csv")
    with pytest.raises(Conflict, match="geo-housing demo --clear"), demo.transaction(ADMIN) as session:
        load_ledger(session, ADMIN, ledger, LedgerOptions(), ring)
    # Also for somebody whose own county holds no demo row: they see none, and still must not mix.
    neighbour = Actor(name="user:next", scope=AreaScope("990001"), permissions=CLI_PERMISSIONS)
    with pytest.raises(Conflict, match="geo-housing demo --clear"), demo.transaction(neighbour) as session:
        load_areas(session, neighbour, DIVISIONS, AreaOptions("county"))


def test_the_demo_is_refused_beside_real_data_and_clearing_leaves_those_alone(toy: ToyDatabase, ring: KeyRing) -> None:
    with pytest.raises(Conflict, match="已有真实的区划或房屋"), toy.transaction() as session:
        load_demo(session, ADMIN, ring, houses=20)
    with toy.transaction() as session:
        assert clear_demo(session, ADMIN) == DemoCounts(0, 0, 0)
    assert numbers(toy.database, "SELECT count(*) FROM house", "SELECT count(*) FROM area") == [43, 12]


def test_an_empty_database_is_filled_and_a_filled_one_is_quickly_left_alone(
    empty: Database, test_cluster: TestCluster, toy_worker: ToyDatabase
) -> None:
    settings: Settings = test_cluster.settings
    filled = load_if_empty(empty, settings, ADMIN, houses=30)
    assert filled is not None
    assert filled.houses == 30
    started = time.perf_counter()
    assert load_if_empty(empty, settings, ADMIN, houses=30) is None
    assert load_if_empty(toy_worker.database, settings, ADMIN) is None
    assert time.perf_counter() - started < 1.0


def test_only_who_sees_everything_loads_and_clears(demo: Database, ring: KeyRing) -> None:
    clerk = Actor(name="user:clerk", scope=AreaScope("152224"), permissions=CLI_PERMISSIONS)
    with pytest.raises(NotAllowed), demo.transaction(clerk) as session:
        clear_demo(session, clerk)
    # The database refuses on its own account, too.
    with pytest.raises(DBAPIError, match="needs the whole database"), demo.transaction(clerk) as session:
        session.execute(text("SELECT demo_clear()"))
    reader = Actor(name="user:reader", scope=AreaScope(""), permissions=frozenset())
    with pytest.raises(NotAllowed), demo.transaction(reader) as session:
        load_demo(session, reader, ring)


def test_clearing_takes_everything_that_hangs_on_the_demo(
    fresh_database: TestDatabase, empty: Database, ring: KeyRing
) -> None:
    blank = tables_with_rows(fresh_database.admin_url)
    with empty.transaction(ADMIN) as session:
        counts = load_demo(session, ADMIN, ring, houses=HOUSES)
    with empty.transaction(ADMIN) as session:
        _try_things_out(session)
    tried = {"emergency_inspection", "zone_revision", "hazard_event", "grade_record"}
    assert tried | {"contact", "shelter", "technician", "roster_load"} <= tables_with_rows(fresh_database.admin_url)
    with empty.transaction(ADMIN) as session:
        assert clear_demo(session, ADMIN) == counts
    # The journal stays: that somebody loaded and cleared a demo is history, not demo.
    assert tables_with_rows(fresh_database.admin_url) - blank <= {"journal_entry", "layer_change", "layer_version"}


def _try_things_out(session: Session) -> None:
    """An event over demo houses, with zone, task, alias, certificate and a superseding grade, as a user leaves them."""
    for statement in (
        "INSERT INTO hazard_event (scope_code, name, kind, level, mode, phase, source, created_by, revision)"
        " VALUES ('152224', '试一试', 'flood', 'red', 'actual', 'warning', 'drawing', 'tests', 1)",
        "INSERT INTO zone_revision (event_id, scope_code, n, source, made_by) SELECT id, scope_code, 1, 'drawing', 'tests' FROM hazard_event",
        "INSERT INTO hazard_zone (event_id, revision_id, scope_code, name, kind, geom, area_m2)"
        " SELECT event_id, id, scope_code, 'z', 'flood', ST_GeomFromText(:wkt, 4490), 1 FROM zone_revision",
        "INSERT INTO house_alias (code, house_id, scope_code) SELECT 'OLD', id, scope_code FROM house ORDER BY id LIMIT 1",
        "INSERT INTO category_certificate (household_id, scope_code, category, certified_on, certifier)"
        " SELECT id, scope_code, 'K2', '2025-01-01', '民政' FROM household ORDER BY id LIMIT 1",
        "INSERT INTO grade_record (house_id, scope_code, grade, basis, source, supersedes)"
        " SELECT house_id, scope_code, 'D', 'assessment', 'test', id FROM grade_record ORDER BY id LIMIT 1",
        "INSERT INTO contact (scope_code, role, name, created_by) VALUES ('152224', 'secretary', '试一试', 'tests')",
        "INSERT INTO roster_load (scope_code, kind, file_name, actor) VALUES ('152224', 'contacts', '试一试.xlsx', 'tests')",
        "UPDATE house SET duplicate_of = (SELECT min(id) FROM house), ended_on = '2026-01-01' WHERE id = (SELECT max(id) FROM house)",
        "INSERT INTO emergency_inspection (event_id, house_id, scope_code, assignee_area, state, priority, reasons, revision, batch_id)"
        " SELECT e.id, h.id, h.scope_code, h.scope_code, 'prepared', 1, '{}', 1, 1 FROM hazard_event e, house h ORDER BY h.id LIMIT 5",
    ):
        session.execute(
            text(statement),
            {"wkt": MultiPolygon([demo_standing_areas()[0].geom.geoms[0]]).wkt} if ":wkt" in statement else {},
        )


def test_every_table_that_points_at_demo_rows_is_known_to_the_clearing(fresh_database: TestDatabase) -> None:
    """A new table with a foreign key to the register or to events must be cleared before them, or go by cascade."""
    with psycopg.connect(fresh_database.admin_url.replace("+psycopg", "")) as connection:
        (source,) = connection.execute("SELECT prosrc FROM pg_proc WHERE proname = 'demo_clear'").fetchone() or ("",)
        pointing = connection.execute(
            "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confdeltype <> 'c'"
            " AND confrelid::regclass::text IN ('area', 'house', 'household', 'grade_record', 'hazard_event',"
            " 'zone_revision', 'hazard_zone', 'emergency_inspection', 'import_batch')"
        ).fetchall()
    assert pointing
    assert [name for (name,) in pointing if f"DELETE FROM {name}" not in source] == []


def test_history_of_a_real_house_cannot_be_made_demo_and_removed(toy: ToyDatabase) -> None:
    for statement in (
        "UPDATE house SET is_demo = true",
        "UPDATE household SET is_demo = true",
        "UPDATE area SET is_demo = true",
    ):
        with pytest.raises(DBAPIError, match="never changes"), toy.transaction() as session:
            session.execute(text(statement))
    # The owner of the tables cannot delete a real grade either; only what hangs on a demo house goes.
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", "")) as connection:
        connection.execute("SET ROLE gh_owner")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            connection.execute("DELETE FROM grade_record")


def test_the_demo_never_makes_keys_where_the_file_is_gone(
    empty: Database, test_cluster: TestCluster, tmp_path: Path
) -> None:
    settings = replace(test_cluster.settings, keys_file=tmp_path / "keys.json")
    with pytest.raises(NotReady):
        load_if_empty(empty, settings, ADMIN, houses=30)
    assert not settings.keys_file.exists()


def test_whoever_signs_in_as_a_technician_is_one_of_the_roster(demo: Database) -> None:
    with demo.transaction(ADMIN) as session:
        township = str(session.scalar(text("SELECT min(code) FROM area WHERE level = 'township'")))
        for name, role, area in (("tech", "technician", township), ("clerk", "county", "152224")):
            user = add_user(session, ADMIN, name=name)
            grant_role(session, ADMIN, user=user, role=role, area_code=area)
        assert link_technicians(session, ADMIN) == ["tech"]
        assert link_technicians(session, ADMIN) == [], "once"
        number = session.scalar(text("SELECT id FROM app_user WHERE name = 'tech'"))
        assert number is not None
        areas = areas_of_technician(session, number, clock.today())
        assert areas and township in areas
        wanted = "SELECT u.name FROM technician t JOIN app_user u ON u.id = t.app_user_id"
        assert session.scalars(text(wanted)).all() == ["tech"]


def test_nobody_is_made_a_technician_of_a_real_roster(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(text("INSERT INTO technician (scope_code, name, created_by) VALUES ('990001', '某人', 'x')"))
        grant_role(session, ADMIN, user=add_user(session, ADMIN, name="tech"), role="technician", area_code="990001")
        assert link_technicians(session, ADMIN) == []
