"""A database that goes away under a command: a sentence, and nothing half stored."""

import psycopg
import pytest
from sqlalchemy import text

from geo_housing.cli import _of_the_surroundings
from geo_housing.db import has_gone_away
from tests.fixtures.toy import ToyDatabase


def broken_off(toy: ToyDatabase, statement: str) -> Exception:
    """What comes of ``statement`` where somebody ends the connection within the transaction."""
    with pytest.raises(Exception, match=r"(?s).+") as raised:  # noqa: PT012 -- the second ends the first
        with toy.transaction() as session:
            session.execute(text("UPDATE area SET name = name || 'x'"))
            pid = session.scalar(text("SELECT pg_backend_pid()"))
            with psycopg.connect(toy.names.admin_url.replace("+psycopg", "")) as owner:
                owner.execute("SELECT pg_terminate_backend(%s)", (pid,))
            session.execute(text(statement))
    return raised.value


def test_it_is_told_in_a_sentence_and_everything_is_taken_back(toy: ToyDatabase) -> None:
    error = broken_off(toy, "SELECT 1")
    refusal = _of_the_surroundings(error)
    assert refusal is not None, error
    assert refusal.status == 503 and "没有存一半的内容" in refusal.sentence
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM area WHERE name LIKE '%x'")) == 0


@pytest.mark.parametrize("statement", ["SELECT 1 / 0", "SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)"])
def test_a_fault_of_our_own_stays_one(toy: ToyDatabase, statement: str) -> None:
    with pytest.raises(Exception, match=r"(?s).+") as raised, toy.transaction() as session:
        session.execute(text(statement))
    assert not has_gone_away(raised.value) and _of_the_surroundings(raised.value) is None
