"""可以居住 is said when it is over: a house that stands while it rains may not stand in the morning. 不可以居住 is said at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from geo_housing import clock
from geo_housing.errors import BadInput
from geo_housing.response.grounds import enter_grounds
from geo_housing.response.service import respond
from tests.conclusions.test_signing import signed, technician
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_grounds import BOTH
from tests.response.warnings import confirm
from tests.toy_county import COUNTY, WEST


@furnished
def event(toy: ToyDatabase) -> int:
    """Both townships are warned and have their tasks; nothing is over yet."""
    number = confirm(toy, BOTH).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), number)
    return number


def over(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        enter_grounds(session, toy.actor(COUNTY), event, [WEST])


def test_a_permit_is_refused_while_it_goes_on_and_the_contrary_is_not(toy: ToyDatabase, event: int) -> None:
    who = technician(toy)
    with pytest.raises(BadInput, match="灾害过程还没有结束") as refused:
        signed(toy, event, "西一-A", "habitable", who)
    assert [fault.column for fault in refused.value.faults] == ["conclusion"]
    assert signed(toy, event, "西一-A", "not_habitable", who)
    over(toy, event)
    assert signed(toy, event, "西一-C", "habitable", who)
    # The other township is still in it.
    with pytest.raises(BadInput, match="灾害过程还没有结束"):
        signed(toy, event, "东一-C", "habitable", who)


def test_nor_is_one_of_a_look_in_the_storm_typed_afterwards(
    toy: ToyDatabase, event: int, later: Callable[..., None]
) -> None:
    who = technician(toy)
    over(toy, event)
    in_the_storm = clock.now() - timedelta(minutes=30)
    later(hours=2)
    with pytest.raises(BadInput, match="早于当地转入灾后排查") as refused:
        signed(toy, event, "西一-C", "habitable", who, signed_at=in_the_storm)
    assert [fault.column for fault in refused.value.faults] == ["signed_at"]
    assert signed(toy, event, "西一-A", "not_habitable", who, signed_at=in_the_storm)
    assert signed(toy, event, "西一-C", "habitable", who, signed_at=clock.now() - timedelta(hours=1))
