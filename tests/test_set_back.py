"""A database that is set back holds what it held, to the letter of a dump; where more than rows has changed it is given up."""

import subprocess
from collections.abc import Callable, Iterator

import psycopg
import pytest
from sqlalchemy import text

from geo_housing.db import Database, libpq_url
from geo_housing.pg_binaries import find_binaries
from tests.fixtures.cluster import TestDatabase
from tests.fixtures.engines import hand_on, let_go
from tests.fixtures.set_back import Beginning
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event
from tests.toy_county import COUNTY


def dump(names: TestDatabase) -> list[str]:
    """Everything there is, as a program that knows nothing of us writes it: rows of a table in any order."""
    written = subprocess.run(
        [find_binaries().program("pg_dump"), libpq_url(names.admin_url)], check=True, capture_output=True, text=True
    ).stdout
    # A word that each dump makes up anew.
    return sorted(line for line in written.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


@pytest.fixture
def beginning(toy: ToyDatabase) -> Iterator[Beginning]:
    made = Beginning(toy.names.admin_url)
    yield made
    made.close()


def work(toy: ToyDatabase) -> None:
    """An evening of the service: people, an event with all that follows, rows changed and rows gone."""
    browser = toy.browser(toy.member("county", COUNTY))
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一", "东一"], level="red")
    assert browser.get(f"/events/{event}").status_code == 200
    with psycopg.connect(libpq_url(toy.names.admin_url)) as connection:
        connection.execute("UPDATE house SET location_note = 'changed' WHERE id % 2 = 0")
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM household WHERE id % 3 = 0")
        connection.execute("DELETE FROM area WHERE level = 'village'")


def test_what_was_written_changed_and_deleted_is_as_before(toy: ToyDatabase, beginning: Beginning) -> None:
    before = dump(toy.names)
    for _ in range(3):
        work(toy)
        assert dump(toy.names) != before
        assert beginning.set_back()
        assert dump(toy.names) == before


def test_nothing_is_done_where_nothing_was(toy: ToyDatabase, beginning: Beginning) -> None:
    before = dump(toy.names)
    assert beginning.set_back() and beginning.set_back()
    assert dump(toy.names) == before


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE house ADD COLUMN added int",
        "ALTER TABLE house DROP COLUMN location_note",
        "ALTER TABLE house ALTER COLUMN location_note SET DEFAULT 'x'",
        "ALTER TABLE house DISABLE TRIGGER USER",
        "ALTER TABLE house NO FORCE ROW LEVEL SECURITY",
        "ALTER DATABASE {name} SET work_mem = '5MB'",
        "CREATE TABLE extra (id int)",
        "CREATE INDEX extra ON house (location_note)",
        "CREATE FUNCTION extra() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA extra",
        "CREATE TYPE extra AS ENUM ('one')",
        "CREATE POLICY extra ON house USING (true)",
        "CREATE VIEW extra AS SELECT 1",
        "GRANT DELETE ON house TO gh_service",
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        "ANALYZE house",
        "TRUNCATE layer_change",
        "DROP TABLE inspection_photo CASCADE",
        "DROP FUNCTION gh_shelter_inside(int)",
    ],
)
def test_a_database_in_which_more_than_rows_has_changed_is_given_up(
    toy: ToyDatabase, beginning: Beginning, statement: str
) -> None:
    with psycopg.connect(libpq_url(toy.names.admin_url)) as connection:
        connection.execute(statement.format(name=toy.names.name).encode())
    assert not beginning.set_back()


def test_one_in_which_somebody_is_still_at_work_is_given_up(toy: ToyDatabase, beginning: Beginning) -> None:
    with toy.transaction() as session:
        session.execute(text("SELECT 1"))
        assert not beginning.set_back()
    assert beginning.set_back()


def test_tables_of_a_connection_are_no_change(toy: ToyDatabase, beginning: Beginning) -> None:
    with psycopg.connect(libpq_url(toy.names.admin_url), autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE extra (id int PRIMARY KEY)")
        assert beginning.set_back()


def test_a_connection_is_handed_on_without_what_a_test_has_left(
    toy: ToyDatabase, opened: Callable[[], ToyDatabase]
) -> None:
    hand_on(toy.names.service_url)
    try:
        first = opened()
        with first.transaction() as session:
            pid = session.scalar(text("SELECT pg_backend_pid()"))
            session.execute(text("SET statement_timeout = '3s'"))
            session.execute(text("SET search_path = nowhere"))
            session.execute(text("SELECT pg_advisory_lock(7)"))
            session.execute(text("RESET ROLE"))
            session.execute(text("CREATE TEMP TABLE extra ON COMMIT PRESERVE ROWS AS SELECT 1"))
        first.database.close()
        with opened().transaction() as session:
            found = session.execute(
                text(
                    "SELECT pg_backend_pid(), current_setting('statement_timeout'), current_setting('search_path'),"
                    " current_user, to_regclass('pg_temp.extra'),"
                    " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
                )
            ).one()
        assert tuple(found) == (pid, "10min", '"$user", public', "gh_app", None, 0)
    finally:
        let_go(toy.names.service_url)


@pytest.fixture
def opened(toy: ToyDatabase) -> Iterator[Callable[[], ToyDatabase]]:
    """Opens the same database with engines of its own."""
    made: list[ToyDatabase] = []

    def open_again() -> ToyDatabase:
        made.append(ToyDatabase(toy.names, Database(toy.names.service_url, pool_size=2), toy.settings))
        return made[-1]

    yield open_again
    for one in made:
        one.database.close()


HAD: list[str] = []


@pytest.mark.parametrize("turn", [1, 2, 3, 4])
def test_the_next_test_has_the_same_database_unless_it_was_given_up(toy: ToyDatabase, turn: int) -> None:
    HAD.append(toy.names.name)
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM app_user")) == 0
    toy.member("county", COUNTY)
    if turn == 2:
        with psycopg.connect(libpq_url(toy.names.admin_url)) as connection:
            connection.execute("CREATE TABLE extra (id int)")
    if turn == 4:
        assert HAD[0] == HAD[1] != HAD[2] == HAD[3]
