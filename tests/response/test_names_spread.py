"""A name that is spread over its cell, or dotted otherwise, is the family that the register knows."""

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.desk.search import search
from geo_housing.errors import BadInput
from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.houses.register.facts import HOUSEHOLD_FACTS, read_facts
from geo_housing.response.extra import add_extra
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, VILLAGES

FAR, NEAR = "东二-A", "西一-A"
SPREAD = ("丁广华", "丁 广华", "丁　广华", "丁\u200b广华", "丁·广华", "丁 广 华", "丁\u00a0广华")


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ["西一"], "red")
        respond(session, toy.actor(COUNTY), number)
    return number


def call(toy: ToyDatabase, code: str, head: str) -> None:
    """Give the family of a house another name."""
    renamed = "UPDATE household k SET head = :head FROM house_household l JOIN house h ON h.id = l.house_id WHERE l.household_id = k.id AND h.code = :code"
    with toy.transaction() as session:
        session.execute(text(renamed), {"head": head, "code": code})


def totals(toy: ToyDatabase) -> tuple[int, int, int]:
    with toy.transaction() as session:
        found = session.execute(
            text("SELECT (SELECT count(*) FROM house), (SELECT count(*) FROM household), (SELECT count(*) FROM evacuation WHERE withdrawn_at IS NULL)")
        ).one()  # fmt: skip
    return found[0], found[1], found[2]


@pytest.mark.parametrize("stored", ["丁广华", "丁　广华"])
@pytest.mark.parametrize("written", SPREAD)
def test_a_family_of_the_register_is_not_doubled_by_a_space(
    toy: ToyDatabase, event: int, stored: str, written: str
) -> None:
    call(toy, FAR, stored)
    houses, families, rows = totals(toy)
    with toy.transaction(EAST) as session:
        row = add_extra(session, toy.actor(EAST), event, ExtraHousehold(VILLAGES["东二"][0], written, "屋后塌方"))
        assert row.household_id is not None and row.named is None
    assert totals(toy) == (houses, families, rows + 1)
    with toy.transaction(EAST) as session:
        again = add_extra(session, toy.actor(EAST), event, ExtraHousehold(VILLAGES["东二"][0], stored, "东墙裂缝"))
        assert (again.id, again.what) == (row.id, "屋后塌方；东墙裂缝")
    assert totals(toy) == (houses, families, rows + 1)


@pytest.mark.parametrize("written", ["乌云•其其格", "乌云．其其格", "乌云・其其格", "乌云 · 其其格"])
def test_a_name_with_a_dot_keeps_it_and_is_known_by_every_form_of_it(
    toy: ToyDatabase, event: int, written: str
) -> None:
    houses, families, rows = totals(toy)
    with toy.transaction(EAST) as session:
        made = add_extra(session, toy.actor(EAST), event, ExtraHousehold(VILLAGES["东二"][0], written, "房屋倒塌"))
        add_extra(session, toy.actor(EAST), event, ExtraHousehold(VILLAGES["东二"][0], "乌云·其其格", "东墙裂缝"))
        head = session.scalar(text("SELECT head FROM household WHERE id = :id"), {"id": made.household_id})
    assert head == "乌云·其其格" and totals(toy) == (houses + 1, families + 1, rows + 1)


def test_of_two_spellings_in_the_register_the_one_written_so_is_meant(toy: ToyDatabase, event: int) -> None:
    call(toy, FAR, "丁广华")
    call(toy, "东二-B", "丁 广华")
    with toy.transaction(EAST) as session:
        row = add_extra(session, toy.actor(EAST), event, ExtraHousehold(VILLAGES["东二"][0], "丁广华", "屋后塌方"))
        house = session.scalar(text("SELECT code FROM house WHERE id = :id"), {"id": row.house_id})
    assert house == FAR
    call(toy, FAR, "丁　广华")
    with toy.transaction(EAST) as session, pytest.raises(BadInput, match="2 户户主"):
        add_extra(session, toy.actor(EAST), event, ExtraHousehold(VILLAGES["东二"][0], "丁广华", "屋后塌方"))


def test_people_without_a_house_are_listed_once_under_either_spelling(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(EAST) as session:
        add_extra(
            session, toy.actor(EAST), event, ExtraHousehold(VILLAGES["东二"][0], "包　刚", "看水棚"), is_house=False
        )
    with toy.transaction(EAST) as session, pytest.raises(BadInput, match="已作为表外新增登记过"):
        add_extra(
            session, toy.actor(EAST), event, ExtraHousehold(VILLAGES["东二"][0], "包刚", "看水棚"), is_house=False
        )


def test_forms_keep_a_name_tidy_and_the_search_finds_it_however_it_is_typed(toy: ToyDatabase, event: int) -> None:
    facts = read_facts({"head": "丁　广华"}, {"head": HOUSEHOLD_FACTS["head"]}, on=clock.today())
    assert facts["head"] == "丁广华"
    call(toy, FAR, "丁广华")
    with toy.transaction(COUNTY) as session:
        for typed in ("丁广华", "丁　广华", "丁 广", "丁\u200b广华"):
            assert [one.text for group in search(session, toy.actor(COUNTY), typed) for one in group.found] == [
                "丁广华"
            ], typed
