"""A village was misspelt and its house stands at the township; the ledger put right comes: one house, or a question."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from geo_housing.houses.imports.undo import undo_import
from geo_housing.houses.intake.load import LoadOptions, load_ledger
from geo_housing.houses.spreadsheet.faults import kind_of
from geo_housing.keys import ensure_keys
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, id_number, load, query, sentences, write_csv
from tests.toy_county import VILLAGES, WEST

WEST_1, WEST_2 = VILLAGES["西一"][0], VILLAGES["西二"][0]
NUMBER = {"身份证号": id_number(51)}
AT_WEST = f"{WEST}00001"
# What the register holds: houses, families, people.
HELD = """
    SELECT (SELECT count(*) FROM house WHERE ended_on IS NULL) AS houses,
        (SELECT count(*) FROM household k WHERE EXISTS (
            SELECT FROM house_household l WHERE l.household_id = k.id AND l.to_on IS NULL)) AS families,
        (SELECT sum(people) FROM house WHERE ended_on IS NULL) AS people
"""


def family(village: str, **more: Any) -> dict[str, Any]:
    return {"乡镇": "西山镇", "行政村": village, "户主姓名": "李错", "家庭人口": 3, **more}


def held(toy: ToyDatabase) -> tuple[int, int, int]:
    return tuple(query(toy, HELD)[0])


def added(toy: ToyDatabase, before: tuple[int, int, int]) -> tuple[int, ...]:
    return tuple(now - then for now, then in zip(held(toy), before, strict=True))


def told(loaded: Any, word: str) -> list[str]:
    return [sentence for sentence in sentences(loaded, "check") if word in sentence]


@pytest.mark.parametrize("number", [{}, NUMBER], ids=["by name", "by number"])
@pytest.mark.parametrize("written", ["西乙村", "西"])
def test_the_village_put_right_makes_no_second_house(toy: ToyDatabase, number: dict[str, Any], written: str) -> None:
    before = held(toy)
    load(toy, [family(written, **number)])
    assert house(toy, AT_WEST).scope_code == WEST
    loaded = load(toy, [family("西一村", **number)])
    assert counts(loaded) == (0, 1, 0, 0) and added(toy, before) == (1, 1, 3)
    assert len(told(loaded, f"{AT_WEST} 原来没有认出村名")) == 1
    found = house(toy, AT_WEST)
    assert (found.scope_code, found.declared_code, found.people) == (WEST_1, WEST_1, 3)
    assert [row.scope_code for row in query(toy, "SELECT scope_code FROM household WHERE head = '李错'")] == [WEST_1]
    # From then on either ledger knows it.
    for village in ("西一村", written):
        again = load(toy, [family(village, **number)])
        assert counts(again) == (0, 0, 1, 0) and not told(again, "原来没有认出")
    # Taken back it stands where it stood.
    with toy.transaction() as session:
        undo_import(session, toy.actor(), loaded.outcome.batch_id)
    assert house(toy, AT_WEST).scope_code == WEST and added(toy, before) == (1, 1, 3)


@pytest.mark.parametrize("number", [{}, NUMBER], ids=["by name", "by number"])
def test_a_misspelt_village_with_a_point_is_put_right_with_it(toy: ToyDatabase, number: dict[str, Any]) -> None:
    point = {"经度": 120.0051, "纬度": 45.0052}
    before = held(toy)
    load(toy, [family("西乙村", **number, **point)])
    # Also where the point lies in another village than the one that was meant.
    loaded = load(toy, [family("西二村", **number, **point)])
    assert counts(loaded) == (0, 1, 0, 0) and added(toy, before) == (1, 1, 3)
    found = house(toy, AT_WEST)
    assert (found.declared_code, found.scope_code, found.location_note) == (WEST_2, WEST_1, "misplaced")


def test_a_townships_own_ledger_is_put_right_too(toy: ToyDatabase) -> None:
    before = held(toy)
    for village in ("西乙村", "西一村"):
        load(toy, [family(village)], area=WEST)
    assert added(toy, before) == (1, 1, 3)


def test_a_number_that_the_ledger_put_right_brings_goes_to_the_family(toy: ToyDatabase) -> None:
    before = held(toy)
    load(toy, [family("西乙村")])
    assert counts(load(toy, [family("西一村", **NUMBER)])) == (0, 1, 0, 0) and added(toy, before) == (1, 1, 3)


@pytest.mark.parametrize(
    ("stored", "row"),
    [
        # Another house by what is said of it, another village by its name, nothing but a name.
        (family("西乙村", 建筑面积=40), family("西一村", 建筑面积=90)),
        (family("龙泉村"), family("西一村")),
        (family("", 房屋编号=AT_WEST, 家庭人口=""), family("西一村")),
        (family("西乙村", 经度=120.0151, 纬度=45.0052), family("西一村")),
    ],
)
def test_a_doubtful_one_stays_apart_and_is_asked_about(
    toy: ToyDatabase, stored: dict[str, Any], row: dict[str, Any]
) -> None:
    before = held(toy)
    load(toy, [stored])
    loaded = load(toy, [row])
    assert counts(loaded) == (1, 0, 0, 0) and added(toy, before)[:2] == (2, 2)
    (asked,) = told(loaded, "看不出是否同一户")
    assert AT_WEST in asked


def test_a_row_without_a_village_is_the_one_that_says_more_of_the_same(toy: ToyDatabase) -> None:
    before = held(toy)
    load(toy, [family("", 房屋编号="X-1", 建筑面积=40)])
    assert counts(load(toy, [family("西一村", 建筑面积=40)])) == (0, 1, 0, 0) and added(toy, before) == (1, 1, 3)


@pytest.mark.parametrize("area", ["", WEST], ids=["county", "township"])
def test_right_first_and_misspelt_later_the_second_house_is_named(toy: ToyDatabase, area: str) -> None:
    before = held(toy)
    load(toy, [family("西一村"), family("西二村", 户主姓名="张错")])
    code = query(toy, "SELECT h.code FROM house h JOIN household k USING (scope_code) WHERE k.head = '李错'")[-1].code
    loaded = load(toy, [family("西乙村")], area=area)
    assert counts(loaded) == (1, 0, 0, 0) and added(toy, before) == (3, 3, 9)
    (asked,) = told(loaded, "没有认出本行的村名")
    assert code in asked
    # Told once: from then on the row is that house.
    assert counts(load(toy, [family("西乙村")])) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "row",
    [
        family("西乙村", 户主姓名="王错"),
        family("西乙村", 建筑面积=90),
        family("龙泉村", 家庭人口=7),
        family("西一村"),
        family("西乙村", 乡镇="东河乡"),
    ],
)
def test_another_house_is_not_named(toy: ToyDatabase, row: dict[str, Any]) -> None:
    load(toy, [family("西一村", 建筑面积=40)])
    assert not told(load(toy, [row]), "没有认出本行的村名")


def test_of_two_houses_of_the_name_none_is_taken_and_both_are_named(toy: ToyDatabase) -> None:
    before = held(toy)
    load(toy, [family("西乙村"), family("西已村")])
    loaded = load(toy, [family("西一村")])
    assert counts(loaded) == (1, 0, 0, 0) and added(toy, before) == (3, 3, 9)
    (asked,) = told(loaded, "看不出是否同一户")
    assert AT_WEST in asked and f"{WEST}00002" in asked


def test_a_house_that_its_own_row_still_means_is_not_taken_from_it(toy: ToyDatabase) -> None:
    before = held(toy)
    load(toy, [family("西乙村")])
    loaded = load(toy, [family("西一村"), family("西乙村")])
    assert counts(loaded) == (1, 0, 1, 0) and added(toy, before) == (2, 2, 6)
    assert house(toy, AT_WEST).scope_code == WEST


def test_as_many_rows_as_houses_are_those_in_whatever_order_they_come(toy: ToyDatabase) -> None:
    before = held(toy)
    sizes = (40, 90)
    load(toy, [family("西乙村", 建筑面积=size) for size in sizes])
    loaded = load(toy, [family("西一村", 建筑面积=size) for size in reversed(sizes)])
    assert counts(loaded) == (0, 2, 0, 0) and added(toy, before) == (2, 2, 6)
    assert [house(toy, f"{WEST}0000{n}").area_m2 for n in (1, 2)] == [40, 90]


def test_a_person_with_two_such_houses_is_asked_for_the_code(toy: ToyDatabase) -> None:
    load(toy, [family("西乙村", 房屋编号=code, **NUMBER) for code in ("X-1", "X-2")])
    loaded = load(toy, [family("西一村", **NUMBER), family("西一村", 户主姓名="旁户")])
    assert counts(loaded) == (1, 0, 0, 1)
    assert "（X-1、X-2），本行没有写房屋编号" in sentences(loaded, "rejected")[0]


def test_of_two_rows_of_a_person_one_is_the_house_and_the_other_a_further_one(toy: ToyDatabase) -> None:
    before = held(toy)
    load(toy, [family("西乙村", 建筑面积=90, **NUMBER)])
    loaded = load(toy, [family("西一村", 建筑面积=40, **NUMBER), family("西二村", 建筑面积=90, **NUMBER)])
    assert counts(loaded) == (1, 1, 0, 0) and added(toy, before) == (2, 1, 3)
    assert house(toy, AT_WEST).scope_code == WEST_2 and len(sentences(loaded, "second_house")) == 1


def test_a_house_of_two_families_is_put_right_once(toy: ToyDatabase) -> None:
    before = held(toy)
    load(toy, [family("西乙村", 房屋编号="X-1", **NUMBER), family("西乙村", 房屋编号="X-1", 户主姓名="张错")])
    loaded = load(toy, [family("西一村", **NUMBER), family("西一村", 户主姓名="张错")])
    assert loaded.rejected == 0 and added(toy, before) == (1, 2, 6)
    assert house(toy, "X-1").scope_code == WEST_1


ROW = st.fixed_dictionaries(
    {
        "户主姓名": st.sampled_from(["甲错", "乙错"]),
        "行政村": st.sampled_from(["西一村", "西二村"]),
        "建筑面积": st.sampled_from(["", "40", "90"]),
        "身份证号": st.sampled_from(["", "yes"]),
        "was": st.sampled_from(["西一村", "西二村", "西乙村", "西尔村", "龙泉村"]),
    }
)


@given(rows=st.lists(ROW, min_size=1, max_size=6), order=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_house_is_missed_and_no_second_one_comes_in_silence(
    toy_worker: ToyDatabase, tmp_path: Any, rows: list[dict[str, str]], order: Any
) -> None:
    """Each row is a family of its own; the first ledger writes some of the villages wrongly, the second none."""
    rows = [{**row, "乡镇": "西山镇", "身份证号": row["身份证号"] and id_number(60 + n)} for n, row in enumerate(rows)]
    right = [{key: cell for key, cell in row.items() if key != "was"} for row in rows]
    wrong = [{**row, "行政村": whole["was"]} for row, whole in zip(right, rows, strict=True)]
    order.shuffle(right)
    ring = ensure_keys(toy_worker.settings.keys_file)
    with toy_worker.transaction() as session:
        batch = load_ledger(
            session, toy_worker.actor(), write_csv(tmp_path, wrong), LoadOptions(), ring
        ).outcome.batch_id
        session.execute(text("DISCARD TEMP"))
        second = load_ledger(
            session, toy_worker.actor(), write_csv(tmp_path, right), LoadOptions(wants_details=True), ring
        )
        left = session.execute(
            text(
                "SELECT h.code, k.head FROM house h JOIN house_household l ON l.house_id = h.id AND l.to_on IS NULL"
                " JOIN household k ON k.id = l.household_id WHERE h.declared_code = :west AND k.batch_id = :batch"
            ),
            {"west": WEST, "batch": batch},
        ).all()
        houses = session.scalars(text("SELECT code FROM house WHERE code LIKE :all"), {"all": f"{WEST}%"}).all()
        families = session.scalars(text("SELECT count(*) FROM household WHERE head LIKE '_错'")).one()
        session.rollback()
    details = second.outcome.details
    assert details is not None
    created = {mention.line: (mention.code, mention.head) for mention in details.created}
    refused = sum(kind_of(fault) == "rejected" for fault in second.faults)
    numbered = {n + 2 for n, row in enumerate(right) if row["身份证号"]}
    # Another village that there is makes a further house of the family; a misspelt one never does.
    if all(row["身份证号"] and row["was"] in (row["行政村"], "西乙村", "西尔村", "龙泉村") for row in rows):
        assert not created and families == len(rows)
    # Nobody vanishes in somebody else's house: rows that are kept are as many houses.
    assert len(houses) >= len(rows) - refused and families >= len(rows)
    asked = {fault.line: fault.sentence for fault in second.faults if "看不出是否同一户" in fault.sentence}
    for line, (_, head) in created.items():
        same = [code for code, name in left if name == head]
        if line not in numbered and same:
            assert line in asked
