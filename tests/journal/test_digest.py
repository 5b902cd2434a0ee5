"""The chain of the journal: it follows the days, and breaks where somebody changed them."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from geo_housing.clock import BEIJING, today
from geo_housing.db import NOBODY, Database
from geo_housing.journal.digest import ChainState, extend_chain, verify_chain
from tests.fixtures.cluster import TestDatabase

FIRST = today() - timedelta(days=5)


def moment(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=BEIJING)


@pytest.fixture
def journal(fresh_database: TestDatabase) -> Iterator[Database]:
    """Entries on three days; one day lies quiet between them."""
    database = Database(fresh_database.service_url, pool_size=1, stream_pool_size=1)
    with database.transaction(NOBODY) as session:
        for day, hour in ((0, 0), (0, 23), (1, 12), (3, 8)):
            session.execute(
                text(
                    "INSERT INTO journal_entry (at, actor, action, scope_code, source, counts, diff, address)"
                    " VALUES (:at, 'user:a', 'houses.edit', '990001100', 'page', '{\"n\": 1}', '{\"x\": [1, 2]}', '10.0.0.7')"
                ),
                {"at": moment(FIRST + timedelta(days=day), hour)},
            )
        extend_chain(session)
    yield database
    database.close()


def verified(database: Database) -> ChainState:
    with database.transaction(NOBODY) as session:
        return verify_chain(session)


def test_every_settled_day_is_chained_quiet_ones_too(journal: Database) -> None:
    state = verified(journal)
    assert state.broken_on is None and state.head is not None and state.waiting_days == 0
    assert state.days in (4, 5) and state.last_day == FIRST + timedelta(days=state.days - 1)


def test_chaining_again_adds_nothing(journal: Database) -> None:
    head = verified(journal).head
    with journal.transaction(NOBODY) as session:
        assert extend_chain(session) == 0
    assert verified(journal).head == head


def test_the_time_zone_of_whoever_verifies_does_not_matter(journal: Database) -> None:
    with journal.transaction(NOBODY) as session:
        session.execute(text("SET LOCAL TIME ZONE 'America/New_York'"))
        assert verify_chain(session).broken_on is None


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE journal_entry SET actor = 'user:b' WHERE at = :second", 1),
        ("UPDATE journal_entry SET diff = '{\"x\": [1, 3]}' WHERE at = :second", 1),
        ("DELETE FROM journal_entry WHERE at = :second", 1),
        (
            "INSERT INTO journal_entry (at, actor, action, scope_code, source)"
            " VALUES (CAST(:second AS timestamptz) + interval '1 day', 'user:c', 'x.y', '990001100', 'page')",
            2,
        ),
        ("UPDATE journal_digest SET digest = sha256('x') WHERE day = :day", 1),
    ],
)
def test_a_changed_removed_or_added_entry_breaks_the_chain_on_its_day(
    journal: Database, fresh_database: TestDatabase, as_superuser: Callable[..., None], change: str, broken: int
) -> None:
    second = FIRST + timedelta(days=1)
    as_superuser(fresh_database.admin_url, change, second=moment(second, 12), day=second)
    assert verified(journal).broken_on == FIRST + timedelta(days=broken)


@pytest.fixture
def as_superuser() -> Callable[..., None]:
    """Changes what only the machine's administrator could: past grants and past the triggers."""
    from sqlalchemy import create_engine

    def change(url: str, statement: str, **values: object) -> None:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            assert connection.execute(text(statement), values).rowcount == 1
        engine.dispose()

    return change
