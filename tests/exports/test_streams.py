"""Rows as they come out of PostgreSQL: whole, in any number, and an error on the way is the database's own."""

import json

import psycopg
import pytest
from sqlalchemy import Integer, Text, column, func, select
from sqlalchemy import literal as value_of

from geo_housing.exports import service
from geo_housing.exports.copying import copied_texts
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY


def numbered(count: int):
    return select(func.repeat("屯\\\"'", func.mod(value_of(7) * func.generate_series(1, count), 50), type_=Text))


@pytest.mark.parametrize("count", [0, 1, 2, 3000])
def test_every_text_comes_out_whole(toy_worker: ToyDatabase, count: int) -> None:
    with toy_worker.database.stream(toy_worker.actor()) as connection:
        found = [bytes(row).decode() for rows in copied_texts(connection, numbered(count)) for row in rows]
        assert found == ["屯\\\"'" * (7 * number % 50) for number in range(1, count + 1)]
        # The connection is free again.
        assert connection.execute(select(value_of(1))).scalar_one() == 1


def test_what_breaks_off_says_why_and_leaves_the_connection_usable(toy_worker: ToyDatabase) -> None:
    numbers = func.generate_series(1, 5000).table_valued(column("n", Integer)).render_derived()
    # Divides by zero after 4,999 good rows, of which the first are long underway.
    failing = select(func.repeat("屯", 100 + 100 // (5000 - numbers.c.n), type_=Text))
    found: list[memoryview] = []
    with toy_worker.database.stream_engine.connect() as connection:
        connection.begin()
        with pytest.raises(psycopg.errors.DivisionByZero):
            found.extend(row for rows in copied_texts(connection, failing) for row in rows)
        assert len(found) == 4999
        connection.rollback()
        assert connection.execute(select(value_of(1))).scalar_one() == 1


def test_a_reader_that_stops_in_between_leaves_the_connection_usable(toy_worker: ToyDatabase) -> None:
    with toy_worker.database.stream_engine.connect() as connection:
        connection.begin()
        stream = copied_texts(connection, numbered(100_000))
        assert next(stream)
        stream.close()
        connection.rollback()
        assert connection.execute(select(value_of(1))).scalar_one() == 1


def test_houses_joined_as_a_whole_or_one_by_one_are_the_same_text(
    toy: ToyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", ""), autocommit=True) as admin:
        # Every fourth family moves in with another one, before or after it in the book.
        admin.execute("""
            WITH pair AS (SELECT l.id, lead(l.house_id) OVER (ORDER BY l.id) AS next, lag(l.house_id) OVER (ORDER BY l.id)
                AS before, row_number() OVER (ORDER BY l.id) AS n FROM house_household l WHERE l.relation = 'lives'
                AND l.to_on IS NULL)
            UPDATE house_household l SET house_id = coalesce(CASE WHEN n % 8 = 0 THEN before ELSE next END, before)
            FROM pair WHERE pair.id = l.id AND n % 4 = 0
        """)
        admin.execute("SELECT house_recount(array_agg(id)) FROM house")
        crowded = admin.execute("SELECT count(*) FROM house WHERE households > 1").fetchone()
        assert crowded and crowded[0] > 5
    client = toy.browser(toy.member("county", COUNTY))
    for layer in ("houses", "emergency-inspections", "villages"):
        texts = []
        for rows in (0, 1_000_000):
            monkeypatch.setattr(service, "BULK_ROWS", rows)
            answer = client.get(f"/api/v1/{layer}.geojsonl")
            assert answer.status_code == 200, answer.text
            texts.append(sorted(answer.text.splitlines()))
        assert texts[0] == texts[1]
        assert layer == "emergency-inspections" or [json.loads(text)["id"] for text in texts[0]]
