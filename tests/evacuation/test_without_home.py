"""A house that ends in the night takes nobody off the list of those to be moved."""

import pytest
from sqlalchemy import text

from geo_housing.clock import today
from geo_housing.houses.register.endings import end_house, give_home
from geo_housing.houses.register.families import leave_house
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import house, query
from tests.response.zones import make_event


def taken_off(toy: ToyDatabase, event: int) -> int:
    with toy.transaction() as session:
        return respond(session, toy.actor(), event).evacuation.withdrawn


@pytest.mark.parametrize("way", ["ended", "left"])
def test_who_waits_for_a_home_stays_on_the_list_until_one_is_known(toy: ToyDatabase, way: str) -> None:
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一"], "red")
        respond(session, toy.actor(), event)
    family = query(
        toy,
        "SELECT e.household_id AS id FROM evacuation e JOIN house h ON h.id = e.house_id WHERE h.code = '西一-D'",
    )[0].id
    with toy.transaction() as session:
        if way == "ended":
            version = house(toy, "西一-D").version
            end_house(session, toy.actor(), "西一-D", reason="demolished", on=today(), version=version)
        else:
            leave_house(session, toy.actor(), "西一-D", family, on=today())
    assert taken_off(toy, event) == 0, "nobody knows where it is"
    with toy.transaction() as session:
        give_home(session, toy.actor(), family, "东四-A", on=today())
    assert taken_off(toy, event) == 1, "a house beyond the zone"
    state = text("SELECT withdrawn_at IS NOT NULL FROM evacuation WHERE household_id = :id")
    with toy.transaction() as session:
        assert session.scalar(state, {"id": family})
