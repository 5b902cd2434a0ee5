"""A house ends and its families do not: to the kept house, to the house named, or waiting; and back again."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.clock import today
from geo_housing.doctor import _homes
from geo_housing.houses.imports.undo import undo_import
from geo_housing.houses.register.endings import end_house, gone_away, resume_house
from geo_housing.houses.register.families import leave_house
from geo_housing.houses.register.homes import count_waiting, waiting_families
from geo_housing.houses.register.location import settle_location
from geo_housing.houses.register.queries import Point
from geo_housing.keys import ensure_keys
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, id_number, load, query
from tests.toy_county import COUNTY, EAST, WEST

PLACE = {"乡镇": "西山镇", "行政村": "西一村"}
HTML = {"accept": "text/html"}


def row(code: str, serial: int | None = 61, head: str = "赵迁", **more: Any) -> dict[str, Any]:
    number = {"身份证号": id_number(serial)} if serial else {}
    return {"房屋编号": code, **PLACE, "户主姓名": head, **number, "家庭人口": 4, **more}


def end(toy: ToyDatabase, code: str, reason: str = "demolished", **more: Any) -> int:
    with toy.transaction(WEST) as session:
        version = house(toy, code).version
        return end_house(session, toy.actor(WEST), code, reason=reason, on=today(), version=version, **more)


def resume(toy: ToyDatabase, code: str) -> None:
    with toy.transaction(WEST) as session:
        resume_house(session, toy.actor(WEST), code, version=house(toy, code).version, note="未拆")


def waiting(toy: ToyDatabase) -> tuple[int, int]:
    with toy.transaction(WEST) as session:
        found = count_waiting(session, toy.actor(WEST).scope)
    return found.households, found.people


def lived_in(toy: ToyDatabase, code: str) -> tuple[int, int]:
    found = house(toy, code)
    return found.households, found.people


def test_a_family_whose_house_is_demolished_lives_in_the_new_one_that_a_ledger_brings(toy: ToyDatabase) -> None:
    load(toy, [row("OLD1")])
    assert end(toy, "OLD1") == 1 and waiting(toy) == (1, 4) and lived_in(toy, "OLD1") == (0, 0)
    loaded = load(toy, [row("NEW1")])
    assert counts(loaded) == (1, 0, 0, 0) and lived_in(toy, "NEW1") == (1, 4) and waiting(toy) == (0, 0)
    resume(toy, "OLD1")
    assert lived_in(toy, "OLD1") == (0, 0) and lived_in(toy, "NEW1") == (1, 4), "it lives elsewhere since"


def test_the_new_house_of_such_a_family_needs_no_code(toy: ToyDatabase) -> None:
    old = row("", 61, 结构形式="土木", 鉴定等级="D")
    load(toy, [old])
    code = query(toy, "SELECT code FROM house ORDER BY id DESC LIMIT 1")[0].code
    end(toy, code)
    again = load(toy, [old, row("Z-1", 62, "另一户")])
    assert again.rejected == 1 and "新建" in again.faults[0].sentence, "the old ledger does not build it anew"
    assert counts(load(toy, [row("", 61, 结构形式="砖混", 鉴定等级="A")])) == (1, 0, 0, 0)
    assert waiting(toy) == (0, 0)


def test_a_house_that_the_family_owned_becomes_its_home(toy: ToyDatabase) -> None:
    load(toy, [row("OLD1"), row("OWN1")])
    end(toy, "OLD1")
    load(toy, [row("OWN1")])
    assert lived_in(toy, "OWN1") == (1, 4) and waiting(toy) == (0, 0)


def test_families_of_a_duplicate_move_to_the_kept_house_and_are_not_doubled_there(toy: ToyDatabase) -> None:
    load(toy, [row("DUP1", 62, "钱双"), row("DUP1", None, "李同"), row("DUP1", 64, "吴号"), row("KEEP1", 63, "孙双")])
    load(toy, [row("KEEP1", None, "李同", 家庭人口=""), row("KEEP1", None, "吴号")])
    assert end(toy, "DUP1", "duplicate", duplicate_of="KEEP1") == 0
    heads = query(
        toy,
        "SELECT k.head, k.persons, k.id_number_key IS NOT NULL AS numbered FROM house_household l"
        " JOIN house h ON h.id = l.house_id JOIN household k ON k.id = l.household_id"
        " WHERE h.code = 'KEEP1' AND l.to_on IS NULL ORDER BY k.head",
    )
    assert sorted(map(tuple, heads)) == [("吴号", 4, True), ("孙双", 4, True), ("李同", 4, False), ("钱双", 4, True)]
    assert waiting(toy) == (0, 0) and lived_in(toy, "KEEP1") == (4, 16)
    resume(toy, "DUP1")
    assert (lived_in(toy, "DUP1"), lived_in(toy, "KEEP1")) == ((3, 12), (3, 12))


def test_what_the_form_asks_is_answered_and_the_list_settles_the_rest(toy: ToyDatabase) -> None:
    load(toy, [row("OLD1"), row("OLD1", 62, "钱双"), row("HOME1", 63, "孙双")])
    browser = toy.browser(toy.member("township", WEST))
    ids = {
        found.head: found.id for found in query(toy, "SELECT id, head FROM household WHERE head IN ('赵迁', '钱双')")
    }
    page = browser.get("/houses/OLD1/edit").text
    assert all(f"home_{number}" in page for number in ids.values())
    form = {"version": str(house(toy, "OLD1").version), "reason": "demolished", "ended_on": ""}
    wrong = browser.post("/houses/OLD1/end", data={**form, f"home_{ids['赵迁']}": "没有"})
    assert wrong.status_code == 422 and "没有编号为" in wrong.text and house(toy, "OLD1").ended_on is None
    assert browser.post("/houses/OLD1/end", data={**form, f"home_{ids['赵迁']}": "home1"}).status_code == 303
    assert lived_in(toy, "HOME1") == (2, 8) and waiting(toy) == (1, 4)
    assert "无房户 1 户 4 人" in browser.get("/").text
    listed = browser.get("/houses/check").text
    assert "无房户" in listed and "钱双" in listed and "OLD1" in listed
    address = f"/houses/waiting/{ids['钱双']}"
    assert browser.post(address, data={"home": "OLD1", "from_on": ""}, headers=HTML).status_code == 409
    assert browser.post(address, data={"home": "HOME1", "from_on": ""}).status_code == 303
    assert lived_in(toy, "HOME1") == (3, 12) and waiting(toy) == (0, 0)
    assert browser.post(address, data={"home": "HOME1", "from_on": ""}, headers=HTML).status_code == 409


def test_a_family_that_left_the_county_waits_no_more(toy: ToyDatabase) -> None:
    load(toy, [row("OLD1")])
    end(toy, "OLD1")
    family = query(toy, "SELECT id FROM household WHERE head = '赵迁'")[0].id
    with toy.transaction(WEST) as session:
        assert gone_away(session, toy.actor(WEST), family, note="已迁往外地") == "OLD1"
    assert waiting(toy) == (0, 0)
    resume(toy, "OLD1")
    assert lived_in(toy, "OLD1") == (0, 0)


def test_a_house_ended_by_mistake_comes_back_with_its_family_even_by_a_ledger(toy: ToyDatabase) -> None:
    load(toy, [row("OLD1", None)])
    end(toy, "OLD1", "mistaken")
    batch = load(toy, [row("OLD1", None, 间数=3)]).outcome.batch_id
    assert lived_in(toy, "OLD1") == (1, 4) and waiting(toy) == (0, 0)
    with toy.transaction() as session:
        undo_import(session, toy.actor(), batch)
    assert lived_in(toy, "OLD1") == (0, 0) and waiting(toy) == (1, 4)


def test_a_home_that_an_import_gave_is_lost_with_it(toy: ToyDatabase) -> None:
    load(toy, [row("OLD1")])
    end(toy, "OLD1")
    batch = load(toy, [row("NEW1")]).outcome.batch_id
    with toy.transaction() as session:
        undo_import(session, toy.actor(), batch)
    assert waiting(toy) == (1, 4) and lived_in(toy, "NEW1") == (0, 0)


@pytest.mark.parametrize("way", ["ended", "left"])
def test_who_waits_is_seen_where_the_lost_house_was_placed(toy: ToyDatabase, way: str) -> None:
    """It had left a house that stands; when that was placed in the next township, neither of the two saw the family."""
    load(toy, [row("M-1", 经度=120.0051, 纬度=45.0051)])
    family = query(toy, "SELECT id FROM household WHERE head = '赵迁'")[0].id
    if way == "ended":
        end(toy, "M-1")
        with toy.transaction() as session:
            session.execute(
                text("UPDATE house SET scope_code = :code, version = version + 1 WHERE code = 'M-1'"),
                {"code": f"{EAST}201"},
            )
    else:
        with toy.transaction() as session:
            leave_house(session, toy.actor(), "M-1", family, on=today())
            settle_location(
                session, toy.actor(), "M-1", verdict="moved", version=house(toy, "M-1").version,
                point=Point(120.0251, 45.0051),
            )  # fmt: skip
    seen = {}
    for area in (COUNTY, WEST, EAST):
        with toy.transaction(area) as session:
            scope = toy.actor(area).scope
            counted, listed = count_waiting(session, scope), waiting_families(session, scope, limit=9)
            assert counted.households == len(listed)
            seen[area] = [(one.id, one.house_code) for one in listed]
    assert seen == {COUNTY: [(family, "M-1")], WEST: [], EAST: [(family, "M-1")]}
    page = toy.browser(toy.member("township", EAST)).get("/houses/check").text
    assert "赵迁" in page and "M-1" in page


def test_doctor_sees_a_family_in_a_house_that_has_ended(toy: ToyDatabase) -> None:
    import pytest

    from geo_housing.errors import NotReady

    load(toy, [row("OLD1")])
    ensure_keys(toy.settings.keys_file)
    assert "无房户 0 户" in _homes(toy.settings, toy.database)
    with toy.transaction() as session:
        session.execute(
            text("UPDATE house SET ended_on = current_date, ended_reason = 'demolished' WHERE code = 'OLD1'")
        )
    with pytest.raises(NotReady, match="1 户"):
        _homes(toy.settings, toy.database)


def test_a_family_that_leaves_its_house_is_never_nowhere(toy: ToyDatabase) -> None:
    """It was in no figure and in no list, and the house that it owned could not be made its home."""
    load(toy, [row("M-1"), row("M-2")])
    browser = toy.browser(toy.member("township", WEST))
    family = query(toy, "SELECT id FROM household WHERE head = '赵迁'")[0].id
    leave = f"/houses/M-1/households/{family}/leave"
    refused = browser.post(leave, data={"home": "M-1"})
    assert refused.status_code == 422 and "自己的编号" in refused.text and lived_in(toy, "M-1") == (1, 4)
    assert browser.post(leave, data={"home": "没有的"}).status_code == 422
    left = browser.post(leave, data={"to_on": ""})
    assert left.status_code == 303 and (lived_in(toy, "M-1"), lived_in(toy, "M-2")) == ((0, 0), (0, 0))
    page = browser.get("/houses/check").text
    assert "无房户" in page and "赵迁" in page and "1 户 4 人" in page
    # The house that it owned until then, by the house's own form.
    number = {"head": "赵迁", "id_number": id_number(61), "relation": "lives", "version": "1"}
    assert browser.post("/houses/M-2/households/add", data=number).status_code == 303
    assert lived_in(toy, "M-2") == (1, 4) and "无房户" not in browser.get("/houses/check").text
    assert len(query(toy, f"SELECT FROM house_household WHERE household_id = {family} AND to_on IS NULL")) == 1
    # And back in one step.
    assert browser.post(f"/houses/M-2/households/{family}/leave", data={"home": "m-1"}).status_code == 303
    assert (lived_in(toy, "M-1"), lived_in(toy, "M-2")) == ((1, 4), (0, 0))


def test_a_house_that_comes_back_does_not_call_back_who_had_left_it_before(toy: ToyDatabase) -> None:
    load(toy, [row("M-1")])
    family = query(toy, "SELECT id FROM household WHERE head = '赵迁'")[0].id
    with toy.transaction() as session:
        assert leave_house(session, toy.actor(), "M-1", family, on=today() - timedelta(days=3))
    end(toy, "M-1")
    resume(toy, "M-1")
    assert lived_in(toy, "M-1") == (0, 0)
    assert [one.household_id for one in query(toy, "SELECT * FROM households_waiting('0', ':')")] == [family]
