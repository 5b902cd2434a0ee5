"""Kept sums of 避险明白卡: read instead of the register as long as nothing changed, and never a moment longer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from geo_housing.response.papers.preseason import card_states, cards_of
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.test_card_families import _FAMILY, _LINK, OTHERS, VILLAGE, record_setting, why
from tests.toy_county.county import COUNTY, EAST, VILLAGES, WEST


@contextmanager
def made(toy: ToyDatabase) -> Iterator[list[set[str]]]:
    """The divisions whose houses were read for a sum, one set for each time."""
    found: list[set[str]] = []

    def noted(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "INSERT INTO card_sum" in statement:
            found.append(set(parameters["codes"]))

    event.listen(toy.database.engine, "before_cursor_execute", noted)
    try:
        yield found
    finally:
        event.remove(toy.database.engine, "before_cursor_execute", noted)


@pytest.fixture
def printed(toy: ToyDatabase) -> None:
    with toy.transaction(WEST) as session:
        cards_of(session, toy.actor(WEST), WEST)


def look(toy: ToyDatabase, reader: str = COUNTY) -> None:
    with toy.transaction(reader) as session:
        card_states(session, AreaScope(reader))


def change(toy: ToyDatabase, statement: str, **values: Any) -> None:
    with toy.transaction() as session:
        session.execute(text(statement), values)


@pytest.mark.usefixtures("printed")
def test_what_nobody_changed_is_read_from_the_sums_and_what_changed_is_read_anew_alone(toy: ToyDatabase) -> None:
    with made(toy) as read:
        look(toy)
        look(toy, WEST)
        assert read == []
        change(toy, "UPDATE house SET remark = '屋后有陡坡' WHERE code = '西一-D'")
        look(toy)
        look(toy)
        assert read == [{VILLAGE}], "once, and kept again"
        assert why(toy) is None


@pytest.mark.parametrize(
    ("statement", "is_old"),
    [
        (f"UPDATE household SET head = '乙' WHERE {_FAMILY}", True),
        (f"UPDATE house_household SET to_on = '2026-11-25', closed_with = 'moved' WHERE {_LINK}", True),
        ("UPDATE house SET grade = 'A' WHERE code = :code", True),
        (f"UPDATE household SET scope_code = '{EAST}' WHERE {_FAMILY}", False),
    ],
)
@pytest.mark.usefixtures("printed")
def test_a_change_to_any_of_the_tables_makes_the_sum_anew(toy: ToyDatabase, statement: str, is_old: bool) -> None:
    with made(toy) as read:
        change(toy, statement, code="西一-D")
        assert why(toy, reader=COUNTY) == (OTHERS if is_old else None)
        assert read and VILLAGE in read[0]


@pytest.mark.usefixtures("printed")
def test_a_family_counts_where_its_house_stands_whatever_its_own_row_names(toy: ToyDatabase) -> None:
    change(toy, f"UPDATE household SET scope_code = '{EAST}' WHERE {_FAMILY}", code="西一-D")
    look(toy)
    change(toy, f"UPDATE household SET head = '乙' WHERE {_FAMILY}", code="西一-D")
    assert why(toy, reader=COUNTY) == OTHERS


@pytest.mark.usefixtures("printed")
def test_what_is_committed_while_a_sum_is_made_is_not_passed_over(toy: ToyDatabase) -> None:
    change(toy, "UPDATE house SET remark = '屋后有陡坡' WHERE code = '西一-D'")
    with toy.transaction() as other:
        other.execute(text(f"UPDATE household SET head = '乙' WHERE {_FAMILY}"), {"code": "西一-D"})
        # Seen by nobody yet: the sum is kept without it.
        assert why(toy) is None
    assert why(toy) == OTHERS


@pytest.mark.usefixtures("printed")
def test_folding_changes_no_number(toy: ToyDatabase) -> None:
    for n in range(30):
        change(toy, "UPDATE house SET remark = :n WHERE code = '西一-D'", n=str(n))
    look(toy)
    with made(toy) as read:
        with toy.transaction() as session:
            assert session.scalar(text("SELECT family_change_fold()")) >= 30
            rows = session.execute(
                text("SELECT count(*), sum(changes) FROM family_change WHERE scope_code = :v"), {"v": VILLAGE}
            )
            assert rows.one()[0] == 1
        look(toy)
        assert read == []
    change(toy, f"UPDATE household SET head = '乙' WHERE {_FAMILY}", code="西一-D")
    assert why(toy) == OTHERS


def test_a_shorter_time_for_empty_houses_is_asked_anew(toy: ToyDatabase) -> None:
    other = VILLAGES["西二"][0]
    change(
        toy,
        "UPDATE house SET occupancy = 'empty', occupancy_checked_on = (now() AT TIME ZONE 'Asia/Shanghai')::date - 20"
        " WHERE code = '西二-D'",
    )
    with toy.transaction(WEST) as session:
        cards_of(session, toy.actor(WEST), WEST)
    assert why(toy, other) is None
    record_setting(toy, COUNTY, "occupancy.stale_days", "10")
    assert why(toy, other) == OTHERS
    record_setting(toy, WEST, "occupancy.stale_days", "30")
    assert why(toy, other) is None
