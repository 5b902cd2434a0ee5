"""A family whose home in the register becomes another house in the night: it goes home into neither that is not safe."""

from typing import Any

import pytest

from geo_housing.clock import today
from geo_housing.errors import Conflict
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.register.endings import give_home
from geo_housing.houses.register.families import leave_house
from geo_housing.response.returning import let_home
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase, furnished
from tests.houses.ledgers import query
from tests.response.test_returning import looked, said, signed, sound, state_of
from tests.response.zones import make_event
from tests.roster.people import technician
from tests.toy_county import COUNTY, WEST

FETCHED_FROM = "西一-D"


def live_in(toy: ToyDatabase, house: str) -> None:
    """The family of 西一-D was fetched from there; the register says now that it lives in ``house``."""
    link = (
        "SELECT l.household_id AS id FROM house_household l JOIN house h ON h.id = l.house_id WHERE h.code = '西一-D'"
    )
    family = query(toy, link)[0].id
    with toy.transaction() as session:
        leave_house(session, toy.actor(), FETCHED_FROM, family, on=today())
        give_home(session, toy.actor(), family, house, on=today())


@furnished
def event(toy: ToyDatabase) -> int:
    """西一 and 西二 under red; the family of 西一-D is with kin, its house may be lived in, 灾后排查 has begun."""
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ["西一", "西二"], "red")
        respond(session, toy.actor(COUNTY), number)
    said(toy, number, FETCHED_FROM, "moved_to_kin")
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), number, "aftermath")
    looked(toy, number, FETCHED_FROM, "no_visible_hazard")
    signed(toy, number, FETCHED_FROM, "habitable", technician(toy, COUNTY, "某工程师", unit="某设计室"))
    return number


def home(toy: ToyDatabase, event: int, **more: Any) -> None:
    said(toy, event, FETCHED_FROM, "returned", **more)


SEEN: dict[str, dict[str, Any]] = {
    "collapsed": {"rooms_collapsed": 2},
    "suspected": {"damage": "severe", "rooms_severe": 2},
}


@pytest.mark.parametrize("result", [*SEEN, None])
def test_nobody_returns_into_the_new_home_that_is_not_safe(toy: ToyDatabase, event: int, result: str | None) -> None:
    live_in(toy, "西一-B")
    if result:
        looked(toy, event, "西一-B", result, **SEEN[result])
    with pytest.raises(Conflict, match="这户现住房是 西一-B。"):
        home(toy, event)
    if result == "collapsed":
        with pytest.raises(Conflict, match="现住房是 西一-B。房屋已倒塌"):
            home(toy, event, note="县局同意")
        return
    # What only the county overcomes is overcome by its reason, and listed until it is made good.
    home(toy, event, note="县局派人看过，同意返回")
    with toy.transaction(COUNTY) as session:
        [kept] = let_home(session, session.get_one(HazardEvent, event), AreaScope(COUNTY))
    assert "现住房是 西一-B" in kept.why and kept.reason == "县局派人看过，同意返回"


def test_whoever_is_home_there_is_fetched_when_it_is_seen_to_have_fallen(toy: ToyDatabase, event: int) -> None:
    live_in(toy, "西一-B")
    sound(toy, event, "西一-B")
    home(toy, event)
    looked(toy, event, "西一-B", "collapsed", rooms_collapsed=2)
    assert state_of(toy, event, FETCHED_FROM) == "pending"


def test_a_home_beyond_the_zones_keeps_nobody_away(toy: ToyDatabase, event: int) -> None:
    live_in(toy, "东四-A")
    home(toy, event)
    assert state_of(toy, event, FETCHED_FROM) == "returned"


def test_a_township_that_does_not_see_the_new_home_lets_nobody_return(toy: ToyDatabase, event: int) -> None:
    live_in(toy, "东一-B")
    with pytest.raises(Conflict, match=r"住房在别的辖区.*请报县住建局或应急局"):
        home(toy, event, area=WEST, note="看过了")
    assert state_of(toy, event, FETCHED_FROM) == "moved_to_kin"
    home(toy, event)
    assert state_of(toy, event, FETCHED_FROM) == "returned"


def test_after_a_mistaken_warning_the_new_home_that_has_fallen_keeps_its_family_out(
    toy: ToyDatabase, event: int
) -> None:
    live_in(toy, "西一-B")
    looked(toy, event, "西一-B", "collapsed", rooms_collapsed=2)
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")
    with pytest.raises(Conflict, match="现住房是 西一-B。房屋已倒塌"):
        home(toy, event, note="县局同意")
