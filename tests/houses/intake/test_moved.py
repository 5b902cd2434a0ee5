"""A family has moved within its village, and the ledger that was made before comes again."""

from typing import Any

import pytest

from geo_housing.clock import today
from geo_housing.houses.register.endings import end_house
from geo_housing.houses.register.families import leave_house
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, id_number, load, query, sentences, the_fault
from tests.toy_county import WEST

PLACE = {"乡镇": "西山镇", "行政村": "西一村"}
OLD = {"结构形式": "土木", "建成年份": "1972", "间数": 2, "建筑面积": 40, "鉴定等级": "D"}
NEW = {"结构形式": "砖混", "建成年份": "2021", "间数": 4, "建筑面积": 90, "鉴定等级": "A"}
WAYS = ("ended", "left", "owned")


def family(**more: Any) -> dict[str, Any]:
    return {**PLACE, "户主姓名": "李搬", "家庭人口": 3, **more}


def move(toy: ToyDatabase, way: str, number: dict[str, Any]) -> dict[str, Any]:
    """The family moves from OLD-1 to NEW-1; its row as the old ledger has it."""
    old = family(**OLD, **number)
    load(toy, [{"房屋编号": "OLD-1", **old}])
    load(toy, [{"房屋编号": "NEW-1", **PLACE, "户主姓名": "", **NEW}, {"房屋编号": "X-1", **PLACE, "户主姓名": "旁户"}])
    household = query(toy, "SELECT id FROM household WHERE head = '李搬'")[0].id
    with toy.transaction(WEST) as session:
        actor = toy.actor(WEST)
        if way == "ended":
            version = house(toy, "OLD-1").version
            end_house(
                session, actor, "OLD-1", reason="demolished", on=today(), version=version, homes={household: "NEW-1"}
            )
        else:
            leave_house(session, actor, "OLD-1", household, on=today(), home="NEW-1")
    if way == "owned":
        query(
            toy,
            "INSERT INTO house_household (house_id, household_id, scope_code, relation)"
            " SELECT id, :k, scope_code, 'owns' FROM house WHERE code = 'OLD-1' RETURNING id",
            k=household,
        )
    return old


def facts(toy: ToyDatabase, code: str) -> tuple[Any, ...]:
    found = house(toy, code)
    return found.structure, found.built_year, found.rooms, found.grade, found.households, found.people


@pytest.mark.parametrize("number", [{}, {"身份证号": id_number(91)}], ids=["by name", "by number"])
@pytest.mark.parametrize("way", WAYS)
def test_the_old_ledger_writes_nothing_onto_the_new_house(toy: ToyDatabase, way: str, number: dict[str, Any]) -> None:
    """By name or number the row was taken for the house in which the family lives now, and made a D house of earth of it."""
    old = move(toy, way, number)
    before = facts(toy, "NEW-1"), facts(toy, "OLD-1")
    assert before[0] == ("brick_concrete", 2021, 4, "A", 1, 3)
    houses = query(toy, "SELECT count(*) FROM house")[0][0]
    for _ in range(2):
        loaded = load(toy, [old, {"房屋编号": "X-1", **PLACE, "户主姓名": "旁户"}])
        assert (facts(toy, "NEW-1"), facts(toy, "OLD-1")) == before
        assert query(toy, "SELECT count(*) FROM house")[0][0] == houses
        assert counts(loaded)[:2] == (0, 0)
        if way != "owned":
            said = the_fault(loaded, "rejected").sentence
            assert "OLD-1" in said and "NEW-1" in said and "没有改动" in said


@pytest.mark.parametrize("number", [{}, {"身份证号": id_number(91)}], ids=["by name", "by number"])
def test_what_is_new_of_the_new_house_is_taken(toy: ToyDatabase, number: dict[str, Any]) -> None:
    move(toy, "ended", number)
    assert counts(load(toy, [family(**{**NEW, "间数": 5}, **number)])) == (0, 1, 0, 0)
    assert facts(toy, "NEW-1")[2] == 5
    # A row that tells nothing of a house means the one it lives in.
    assert counts(load(toy, [family(**number, 家庭人口=4)])) == (0, 1, 0, 0)
    assert facts(toy, "NEW-1")[5] == 4


def test_a_row_that_fits_neither_house_is_asked_about(toy: ToyDatabase) -> None:
    move(toy, "ended", {})
    loaded = load(toy, [family(结构形式="石木", 间数=9), {"房屋编号": "X-1", **PLACE, "户主姓名": "旁户"}])
    assert counts(loaded) == (0, 0, 1, 1)
    assert "看不出写的是哪一栋" in the_fault(loaded, "rejected").sentence
    assert facts(toy, "NEW-1")[:3] == ("brick_concrete", 2021, 4)


def test_a_namesake_who_never_moved_keeps_his_row(toy: ToyDatabase) -> None:
    move(toy, "ended", {})
    load(toy, [{"房屋编号": "NS-1", **family(结构形式="木结构", 间数=3)}])
    both = [family(结构形式="木结构", 间数=3), family(**NEW)]
    assert counts(load(toy, both)) == (0, 0, 2, 0)
    three = [*both, family(**OLD)]
    loaded = load(toy, three)
    assert counts(loaded) == (0, 0, 2, 1) and facts(toy, "NEW-1")[0] == "brick_concrete"


@pytest.mark.parametrize("number", [{}, {"身份证号": id_number(91)}], ids=["by name", "by number"])
def test_an_old_ledger_with_codes_makes_no_second_family(toy: ToyDatabase, number: dict[str, Any]) -> None:
    """The house that was left stands: its row updates it, and says where its family lives."""
    old = move(toy, "left", number)
    for _ in range(2):
        loaded = load(toy, [{"房屋编号": "OLD-1", **old}])
        assert facts(toy, "OLD-1")[4:] == (0, 0) and facts(toy, "NEW-1")[4:] == (1, 3)
        assert len(query(toy, "SELECT FROM household WHERE head = '李搬'")) == 1
    if not number:
        assert any("已从本房搬到 NEW-1" in told for told in sentences(loaded))
