"""The door finds out that a connection of the pool has died, and goes through anew; nothing else is ever done twice."""

from dataclasses import replace

import pytest
from psycopg import connect
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from geo_housing.db import NOBODY, Database, libpq_url
from tests.fixtures.cluster import TestDatabase
from tests.fixtures.people import ADMINISTRATOR

OTHERS = (
    "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
)


def kill_all(names: TestDatabase) -> int:
    """As a restart of the server does; how many connections there were."""
    with connect(libpq_url(names.admin_url), autocommit=True) as connection:
        row = connection.execute(OTHERS, [names.name]).fetchone()
    assert row is not None
    return int(row[0])


def test_connections_that_died_in_the_pool_are_replaced(fresh_database: TestDatabase) -> None:
    database = Database(fresh_database.service_url, pool_size=3, stream_pool_size=1)
    for open_door in (lambda: database.transaction(ADMINISTRATOR), database.blind_transaction):
        with database.transaction(ADMINISTRATOR), database.blind_transaction(), database.transaction(NOBODY):
            pass
        assert kill_all(fresh_database) == 3
        for _ in range(3):
            with open_door() as session:
                assert session.scalar(text("SELECT current_user")) == "gh_app"
    with database.stream(ADMINISTRATOR):
        pass
    assert kill_all(fresh_database) >= 1
    with database.stream(ADMINISTRATOR) as connection:
        assert connection.scalar(text("SELECT current_user")) == "gh_app"
    database.close()


def test_what_was_begun_is_not_done_again_when_its_connection_dies(fresh_database: TestDatabase) -> None:
    database = Database(fresh_database.service_url, pool_size=1, stream_pool_size=1)
    begun = 0

    def interrupted() -> None:
        nonlocal begun
        with database.transaction(ADMINISTRATOR) as session:
            begun += 1
            kill_all(fresh_database)
            session.execute(text("SELECT 1"))

    with pytest.raises(OperationalError):
        interrupted()
    assert begun == 1
    database.close()


def test_a_door_that_refuses_is_not_tried_again(fresh_database: TestDatabase) -> None:
    """Without the function that knows shifts, say: an older schema."""
    database = Database(fresh_database.service_url, pool_size=1, stream_pool_size=1)
    with connect(libpq_url(fresh_database.admin_url), autocommit=True) as connection:
        connection.execute("ALTER FUNCTION gh_shift_holds RENAME TO gh_shift_held")
    with pytest.raises(ProgrammingError), database.transaction(replace(ADMINISTRATOR, shift_id=1)):
        pytest.fail("nobody goes in")
    with database.transaction(ADMINISTRATOR) as session:
        assert session.scalar(text("SELECT current_user")) == "gh_app"
    database.close()
