"""The sums of an event, counted as its rows change, stay the same and become short when they are folded."""

from typing import Any

from sqlalchemy import create_engine, text

from geo_housing.response.service import respond
from geo_housing.upkeep import fold_grid
from tests.fixtures.toy import ToyDatabase
from tests.response.warnings import ORANGE, confirm
from tests.toy_county import COUNTY

CHANGES = 210
_TABLES = {"inspection_count": "emergency_inspection", "evacuation_count": "evacuation"}


def test_folding_keeps_every_sum_and_leaves_few_rows(toy: ToyDatabase) -> None:
    event = confirm(toy, ORANGE).event
    with toy.transaction(COUNTY) as session:
        assert respond(session, toy.actor(COUNTY), event).opened > 0
    engine = create_engine(toy.names.admin_url)
    try:
        for _ in range(CHANGES):
            with engine.begin() as connection:
                connection.execute(
                    text(
                        "UPDATE emergency_inspection SET due_at = coalesce(due_at, now()) + interval '1 minute' WHERE event_id = :e"
                    ),
                    {"e": event},
                )
                connection.execute(
                    text("UPDATE evacuation SET people = coalesce(people, 0) + 1 WHERE event_id = :e"), {"e": event}
                )
    finally:
        engine.dispose()
    before, rows = sums(toy), counts(toy)
    assert all(number > CHANGES for number in rows.values())
    fold_grid(toy.database, toy.settings)
    assert sums(toy) == before
    assert all(number < 20 for number in counts(toy).values())
    assert before["inspection_count"] and before["evacuation_count"]


def counts(toy: ToyDatabase) -> dict[str, int]:
    with toy.transaction() as session:
        return {table: session.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in _TABLES}


def sums(toy: ToyDatabase) -> dict[str, list[Any]]:
    with toy.transaction() as session:
        inspections = session.execute(
            text(
                "SELECT scope_code, state, due_at, sum(houses) FROM inspection_count GROUP BY 1, 2, 3"
                " HAVING sum(houses) <> 0 ORDER BY 1, 2, 3"
            )
        ).all()
        people = session.execute(
            text(
                "SELECT scope_code, state, sum(households), sum(people) FROM evacuation_count GROUP BY 1, 2"
                " HAVING sum(households) <> 0 ORDER BY 1, 2"
            )
        ).all()
    return {"inspection_count": [tuple(row) for row in inspections], "evacuation_count": [tuple(row) for row in people]}
