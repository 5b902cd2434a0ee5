"""What a file's tests begin with is made once, and each of them has it for itself."""

import pytest
from sqlalchemy import text

from tests.fixtures.people import Member
from tests.fixtures.toy import ToyDatabase, furnished
from tests.toy_county.county import COUNTY

DONE: list[str] = []


@furnished
def clerk(toy: ToyDatabase) -> Member:
    DONE.append(toy.names.name)
    return toy.member("county", COUNTY)


@pytest.fixture
def another(toy: ToyDatabase, clerk: Member) -> str:
    """What stands on it is done for each test."""
    assert toy.browser(clerk).get("/account").status_code == 200
    return toy.member("township", COUNTY).name


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_it_is_done_once_and_changed_by_nobody_else(toy: ToyDatabase, another: str, turn: int) -> None:
    assert len(DONE) == 1 and toy.names.name != DONE[0]
    with toy.transaction() as session:
        names = set(session.scalars(text("SELECT name FROM app_user")))
    assert names == {another, toy.told[next(iter(toy.told))].name}


def test_who_does_not_ask_for_it_has_the_toy_county_alone(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM app_user")) == 0
