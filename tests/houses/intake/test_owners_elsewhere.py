"""A house whose owner lives in another township: the township that keeps it knows whose it is, and finds it again."""

import io
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from geo_housing.doctor import look_at_families
from geo_housing.errors import NotReady
from geo_housing.houses.imports.undo import undo_import
from geo_housing.response.lists import village_list
from geo_housing.response.service import respond
from geo_housing.response.zones.loading import Given, load_divisions
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, id_number, load, query, sentences
from tests.toy_county import COUNTY, EAST, WEST

FAMILY = {"户主姓名": "甲大山", "身份证号": id_number(71)}
HOME = {"房屋编号": "W-1", "乡镇": "西山镇", "行政村": "西一村", **FAMILY, "家庭人口": 4}
EAST_VILLAGE = {"乡镇": "东河乡", "行政村": "东一村"}
SECOND = {"房屋编号": "E-1", **EAST_VILLAGE, **FAMILY, "家庭人口": 4, "间数": 3}
BEYOND = "户主现住在您的辖区以外"


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


UNCODED = without(SECOND, "房屋编号")


@pytest.fixture
def owned(toy: ToyDatabase) -> ToyDatabase:
    """The county has told of a family of the west and of its second house in the east."""
    loaded = load(toy, [HOME, SECOND], area=COUNTY)
    assert counts(loaded) == (2, 0, 0, 0) and len(sentences(loaded, "second_house")) == 1
    return toy


def families(toy: ToyDatabase) -> list[tuple[str, str]]:
    """Who is joined to which of the two houses."""
    found = query(
        toy,
        "SELECT h.code, l.relation FROM house_household l JOIN household k ON k.id = l.household_id"
        " JOIN house h ON h.id = l.house_id WHERE k.head = '甲大山' AND l.to_on IS NULL ORDER BY h.code",
    )
    return [(row.code, row.relation) for row in found]


@pytest.mark.parametrize(
    "row",
    [
        UNCODED,
        without(UNCODED, "家庭人口"),
        # What an export of the township brings back: no number in full.
        without(UNCODED, "身份证号"),
        SECOND,
        without(SECOND, "身份证号"),
    ],
)
def test_the_township_finds_the_house_that_stands(owned: ToyDatabase, row: dict[str, Any]) -> None:
    again = load(owned, [row], area=EAST)
    assert counts(again) == (0, 0, 1, 0)
    # What it says of the family is not taken, and told; that two townships know of one person is no fault here.
    told = [sentence for sentence in sentences(again) if BEYOND in sentence]
    assert len(told) == ("家庭人口" in row) and not any("另一个乡镇" in sentence for sentence in sentences(again))
    changed = load(owned, [{**row, "间数": 5, "家庭人口": 9}], area=EAST)
    assert counts(changed) == (0, 1, 0, 0)
    assert house(owned, "E-1").rooms == 5 and house(owned, "W-1").people == 4
    assert families(owned) == [("E-1", "owns"), ("W-1", "lives")]
    rows = [HOME, {**SECOND, "间数": 5}]
    assert counts(load(owned, rows, area=COUNTY)) == (0, 0, 2, 0)
    assert counts(load(owned, [without(one, "房屋编号") for one in rows], area=COUNTY)) == (0, 0, 2, 0)


def test_another_head_or_another_village_is_not_that_house(owned: ToyDatabase) -> None:
    other = load(owned, [{**UNCODED, "户主姓名": "乙某某"}], area=EAST)
    assert counts(other) == (1, 0, 0, 0) and "另一个乡镇也有登记" in sentences(other, "check")[0]
    further = load(owned, [{**UNCODED, "行政村": "东二村"}], area=EAST)
    assert counts(further) == (1, 0, 0, 0) and "另一个乡镇也有登记" in sentences(further, "check")[0]
    # The number of somebody else beside the owner's name.
    stranger = load(owned, [{**SECOND, "身份证号": id_number(72)}], area=EAST)
    assert counts(stranger) == (0, 1, 0, 0)
    assert house(owned, "E-1").households == 1


def test_of_several_houses_the_township_is_asked(owned: ToyDatabase) -> None:
    load(owned, [{**SECOND, "房屋编号": "E-2"}], area=COUNTY)
    asked = load(owned, [UNCODED, {**EAST_VILLAGE, "户主姓名": "丙某某"}], area=EAST)
    assert counts(asked) == (1, 0, 0, 1)
    assert "E-1、E-2" in sentences(asked, "rejected")[0] and "W-1" not in sentences(asked, "rejected")[0]


def test_page_list_search_and_exports_say_whose_it_is(owned: ToyDatabase) -> None:
    township = owned.browser(owned.member("township", EAST))
    page = township.get("/houses/E-1").text
    assert "甲大山" in page and BEYOND.replace("您的", "本") in page and "没有登记农户" not in page
    # What stands in the family's own record is for the township that keeps it.
    assert "W-1" not in page and "西山" not in page and "0 户" in page
    assert township.get("/houses/W-1").status_code == 404
    for address in (
        "/houses",
        "/houses?q=甲大",
        "/api/v1/search?q=甲大",
        "/api/v1/houses.csv",
    ):
        found = township.get(address)
        assert found.status_code == 200 and "E-1" in found.text and "甲大山" in found.text, address
        assert "W-1" not in found.text, address
    answer = township.get("/api/v1/houses/E-1").json()
    assert answer["head"] == "甲大山" and answer["households"] == []
    # The county is told of the whole family, as before.
    county = owned.browser(owned.member("county", COUNTY)).get("/houses/E-1").text
    assert "甲大山" in county and "W-1" in county and "本辖区以外" not in county


@pytest.mark.parametrize("role", ["planner", "leader"])
def test_who_may_see_no_name_sees_none_here(owned: ToyDatabase, role: str) -> None:
    browser = owned.browser(owned.member(role, EAST))
    page = browser.get("/houses/E-1").text
    assert "甲某某" in page and "大山" not in page
    for address in ("/houses", "/houses?q=甲大", "/api/v1/search?q=甲大", "/api/v1/houses.csv", "/api/v1/houses/E-1"):
        assert "大山" not in browser.get(address).text.replace("q=甲大", ""), address
    assert browser.get("/api/v1/search?q=甲大").json()["groups"] == []


def test_lists_of_an_event_name_the_owner_as_who_is_not_found_there(owned: ToyDatabase) -> None:
    with owned.transaction() as session:
        event = load_divisions(session, owned.actor(), [EAST], Given(name="暴雨", kind="rainstorm")).zoned.event_id
        respond(session, owned.actor(), event)
    with owned.transaction(EAST) as session:
        listed = village_list(session, owned.actor(EAST), event)
        assert {row.house_code: row.heads for row in listed.rows}["E-1"] == "甲大山（另有住处）"
    (inspection,) = query(
        owned,
        "SELECT i.id, h.scope_code FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE code = 'E-1'",
    )
    seen = {
        role: owned.browser(owned.member(role, EAST)).get(f"/events/{event}/areas/{inspection.scope_code}").text
        for role in ("township", "leader")
    }
    assert "甲大山（另有住处）" in seen["township"]
    assert "甲某某（另有住处）" in seen["leader"] and "大山" not in seen["leader"]
    task = owned.browser(owned.member("township", EAST)).get(f"/inspections/{inspection.id}").text
    assert "甲大山（另有住处）" in task and "W-1" not in task


def test_the_name_follows_the_family(owned: ToyDatabase) -> None:
    def owner() -> str | None:
        return house(owned, "E-1").owner  # type: ignore[no-any-return]

    assert owner() == "甲大山" and house(owned, "W-1").owner is None
    # The west corrects a name: the east, which it does not see, shows the new one.
    renamed = load(owned, [{**HOME, "户主姓名": "甲山"}], area=WEST)
    assert counts(renamed) == (0, 1, 0, 0) and owner() == "甲山"
    with owned.transaction(WEST) as session:
        undo_import(session, owned.actor(WEST), renamed.outcome.batch_id)
    assert owner() == "甲大山"
    with owned.transaction() as session:
        session.execute(text("UPDATE house_household SET to_on = '2026-01-01' WHERE relation = 'owns'"))
    assert owner() is None


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("traits", "'{T1,T2}'", "避险特征"),
        ("key_groups", "'{K1}'", "六类重点对象"),
        ("people", "people + 1", "人数"),
        ("first_household_id", "NULL", "户数"),
    ],
)
def test_doctor_sees_a_house_that_bears_what_its_families_do_not(
    owned: ToyDatabase, column: str, value: str, sentence: str
) -> None:
    """Who is fetched first goes by the traits on the house: nobody would have noticed that they are wrong."""
    look_at_families(owned.settings, owned.database)
    with owned.transaction() as session:
        session.execute(text(f"UPDATE house SET {column} = {value} WHERE code = 'W-1'"))
    with pytest.raises(NotReady, match=f"1 栋.*{sentence}"):
        look_at_families(owned.settings, owned.database)


@pytest.mark.parametrize("name", ["乙水", None])
def test_doctor_sees_a_house_that_bears_another_name_than_its_owners(owned: ToyDatabase, name: str | None) -> None:
    look_at_families(owned.settings, owned.database)
    with owned.transaction() as session:
        session.execute(text("UPDATE house SET owner = :name WHERE code = 'E-1'"), {"name": name})
    with pytest.raises(NotReady, match="1 栋农房上记的房主"):
        look_at_families(owned.settings, owned.database)


def test_of_several_owners_doctor_expects_the_one_recorded_first(owned: ToyDatabase) -> None:
    with owned.transaction() as session:
        session.execute(
            text(
                "INSERT INTO house_household (house_id, household_id, relation, scope_code)"
                " SELECT h.id, k.id, 'owns', h.scope_code FROM house h, household k WHERE h.code = 'E-1'"
                " AND k.id = (SELECT min(id) FROM household WHERE head IS NOT NULL)"
            )
        )
    assert house(owned, "E-1").owner not in (None, "甲大山")
    look_at_families(owned.settings, owned.database)


def test_who_is_to_be_moved_from_there_is_nobody_known_and_the_owner_stands_beside(owned: ToyDatabase) -> None:
    """A dangerous house in which somebody may live: 未登记农户 alone left the village without anybody to ask."""
    changed = load(owned, [{**SECOND, "鉴定等级": "D", "评定日期": "2026-05-01"}], area=COUNTY)
    assert counts(changed) == (0, 1, 0, 0)
    with owned.transaction() as session:
        event = load_divisions(
            session, owned.actor(), [EAST], Given(name="暴雨", kind="rainstorm", level="red")
        ).zoned.event_id
        respond(session, owned.actor(), event)
    (move,) = query(
        owned,
        "SELECT e.id, e.scope_code, e.household_id FROM evacuation e JOIN house h ON h.id = e.house_id"
        " WHERE h.code = 'E-1'",
    )
    assert move.household_id is None
    township = owned.browser(owned.member("township", EAST))
    base = f"/events/{event}/evacuation"
    said = "房主甲大山另有住处"
    for address in (f"{base}/areas/{move.scope_code}", f"{base}/{move.id}", f"{base}/print?area={EAST}"):
        page = township.get(address)
        assert page.status_code == 200 and page.text.count(said) == 1, address
    book = openpyxl.load_workbook(
        io.BytesIO(township.get(f"/api/v1/events/{event}/evacuation/list.xlsx", params={"area": EAST}).content)
    )
    cells = [str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line]
    assert sum(said in cell for cell in cells) == 1 and "未登记农户" in cells
    leader = owned.browser(owned.member("leader", EAST)).get(f"{base}/areas/{move.scope_code}")
    assert "大山" not in leader.text
