"""A village that is merged into another hands its people and shelters on, and takes them back."""

import pytest

from geo_housing.areas.lifecycle import end_area, reopen_area
from geo_housing.reactions import connect_reactions
from geo_housing.roster.queries import all_technicians, contacts_of, shelters_of
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.roster.people import contact, shelter, technician
from tests.toy_county.county import COUNTY, EAST, WEST

GONE, HEIR = f"{WEST}203", f"{WEST}204"


@pytest.fixture(autouse=True)
def _reactions() -> None:
    connect_reactions()


def test_people_and_shelters_go_to_the_heir_and_come_back(toy: ToyDatabase) -> None:
    contact(toy, GONE, "甲", phone="10000000001")
    contact(toy, HEIR, "乙")
    shelter(toy, GONE, "村部")
    with toy.transaction() as session:
        end_area(session, toy.actor(), GONE, successor=HEIR)
    with toy.transaction() as session:
        rows = contacts_of(session, AreaScope(WEST))
        assert sorted((row.name, row.area_code, row.phone) for row in rows) == [
            ("乙", HEIR, None),
            ("甲", HEIR, "100****0001"),
        ]
        assert [row.area_code for row in shelters_of(session, AreaScope(WEST))] == [HEIR]
    with toy.transaction() as session:
        reopen_area(session, toy.actor(), GONE)
    with toy.transaction() as session:
        assert [(row.name, row.area_code) for row in contacts_of(session, AreaScope(WEST))] == [
            ("甲", GONE),
            ("乙", HEIR),
        ]
        assert [row.area_code for row in shelters_of(session, AreaScope(WEST))] == [GONE]


def test_a_technician_works_in_the_township_that_took_over(toy: ToyDatabase) -> None:
    technician(toy, COUNTY, "丁工", areas=[WEST])
    with toy.transaction() as session:
        for n in (1, 2, 3, 4):
            end_area(session, toy.actor(), f"{WEST}20{n}")
        end_area(session, toy.actor(), f"{WEST}001")
        end_area(session, toy.actor(), WEST, successor=EAST)
    with toy.transaction() as session:
        assert [row.areas for row in all_technicians(session, AreaScope(COUNTY))] == [(EAST,)]
