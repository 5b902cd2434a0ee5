"""Two real events over one township: nobody goes home in the one while the other warns him or knows his house to be unsafe."""

import pytest

from geo_housing.errors import Conflict
from geo_housing.response.grounds import enter_grounds
from geo_housing.response.service import change_phase, respond
from tests.fixtures.toy import ToyDatabase
from tests.response.test_returning import engineer, event, home, looked, said, signed, state_of
from tests.response.warnings import DRILL, RED, confirm
from tests.toy_county import COUNTY, WEST

__all__ = ["engineer", "event"]


def over(toy: ToyDatabase, number: int) -> None:
    with toy.transaction(COUNTY) as session:
        enter_grounds(session, toy.actor(COUNTY), number, [WEST])


@pytest.fixture
def other(toy: ToyDatabase, event: int) -> int:
    """A rainstorm of its own over the township whose flash flood is over; it goes on."""
    return begun(toy, RED)


def begun(toy: ToyDatabase, pasted: str) -> int:
    number = confirm(toy, pasted).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), number)
    return number


def test_nobody_goes_home_while_another_event_warns_him(toy: ToyDatabase, event: int, other: int) -> None:
    said(toy, event, "西一-D", "moved_to_kin", people=3)
    looked(toy, event, "西一-D", "uninhabited")
    with pytest.raises(Conflict, match="那次灾害过程还没有结束"):
        said(toy, event, "西一-D", "returned", note="县长同意")
    over(toy, other)
    said(toy, event, "西一-D", "returned")


def test_what_another_event_signed_or_saw_fall_keeps_them_out(
    toy: ToyDatabase, event: int, other: int, engineer: int
) -> None:
    over(toy, other)
    for house in ("西一-D", "西一-C"):
        said(toy, other, house, "moved_to_kin")
        looked(toy, other, house, "uninhabited")
    looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)
    signed(toy, event, "西一-D", "not_habitable", engineer)
    looked(toy, event, "西一-C", "collapsed", rooms_collapsed=2)
    with pytest.raises(Conflict, match="结论是“不可以居住”"):
        said(toy, other, "西一-D", "returned", note="县长同意")
    with pytest.raises(Conflict, match="倒塌或拆除"):
        said(toy, other, "西一-C", "returned", note="县长同意")
    # Closed or not: the families are not safely housed.
    with toy.transaction(COUNTY) as session:
        for phase in ("aftermath", "closed"):
            change_phase(session, toy.actor(COUNTY), event, phase, reason="核对")
    with pytest.raises(Conflict, match="结论是“不可以居住”"):
        said(toy, other, "西一-D", "returned", note="县长同意")
    # Who looked later knows better.
    signed(toy, other, "西一-D", "habitable", engineer)
    said(toy, other, "西一-D", "returned")


def test_who_is_home_in_the_one_is_fetched_when_the_other_finds_his_house_unsafe(
    toy: ToyDatabase, event: int, other: int, engineer: int
) -> None:
    over(toy, other)
    home(toy, other, "西一-D")
    looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)
    signed(toy, event, "西一-D", "not_habitable", engineer)
    assert state_of(toy, other, "西一-D") == "pending"


def test_a_drill_keeps_nobody_out_and_is_kept_out_by_nobody(toy: ToyDatabase, event: int, engineer: int) -> None:
    drill = begun(toy, DRILL)
    home(toy, event, "西一-D")
    assert state_of(toy, event, "西一-D") == "returned"
    over(toy, drill)
    looked(toy, drill, "西一-D", "collapsed", rooms_collapsed=2)
    assert state_of(toy, event, "西一-D") == "returned"
    said(toy, drill, "西一-C", "moved_to_kin")
    looked(toy, drill, "西一-C", "uninhabited")
    looked(toy, event, "西一-C", "collapsed", rooms_collapsed=2)
    said(toy, drill, "西一-C", "returned")
