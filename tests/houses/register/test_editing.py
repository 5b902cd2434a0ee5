"""Changing a house by hand: versions, what the other changed, families, endings, differences, masked journal."""

import re
from datetime import date

import pytest
from sqlalchemy import text

from geo_housing.clock import today
from geo_housing.errors import Conflict
from geo_housing.houses.register.endings import end_house, resume_house
from geo_housing.houses.register.families import add_family, leave_house
from geo_housing.houses.register.service import edit_house
from geo_housing.keys import ensure_keys
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import id_number, load
from tests.toy_county import COUNTY, WEST

HOUSE = "西一-D"


def values_of(page: str) -> dict[str, str]:
    """The hidden and text fields of the first form with a version."""
    form = page[page.index('name="version"') - 200 :]
    form = form[: form.index("</form>")]
    found = dict(re.findall(r'name="((?:was_)?\w+)" value="([^"]*)"', form))
    for name in re.findall(r'<select class="form-select" id="field-(\w+)"', form):
        chosen = re.search(rf'name="{name}".*?</select>', form, re.S)
        assert chosen is not None
        picked = re.search(r'value="([^"]*)" selected', chosen[0])
        found[name] = picked[1] if picked else ""
    return found


def test_only_what_differs_is_written_and_journalled(toy: ToyDatabase) -> None:
    with toy.transaction(WEST) as session:
        diff = edit_house(
            session,
            toy.actor(WEST),
            HOUSE,
            {"rooms": "5", "structure": "土木", "remark": "电话 13900000000"},
            version=1,
        )
        assert diff["rooms"] == [3, 5] and "structure" not in diff
        entry = session.execute(text("SELECT diff, counts FROM journal_entry WHERE action = 'houses.edit'")).one()
    assert entry.diff == {"rooms": [3, 5], "remark": [None, "（14 字）"]} and entry.counts == {"version": 2}


def test_a_change_of_occupancy_brings_its_day_and_its_name(toy: ToyDatabase) -> None:
    with toy.transaction(WEST) as session:
        edit_house(session, toy.actor(WEST), HOUSE, {"occupancy": "empty"}, version=1)
        row = session.execute(
            text(
                "SELECT occupancy, occupancy_checked_on = current_date AS today, occupancy_checked_by FROM house WHERE code = :c"
            ),
            {"c": HOUSE},
        ).one()
    assert (row.occupancy, row.today, row.occupancy_checked_by) == ("empty", True, "tests")


def test_a_conflict_shows_what_the_other_changed_and_keeps_what_was_typed(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    form = values_of(browser.get(f"/houses/{HOUSE}/edit").text)
    with toy.transaction(WEST) as session:
        edit_house(session, toy.actor(WEST), HOUSE, {"storeys": "2", "settlement": "东屯"}, version=1)
    answer = browser.post(f"/houses/{HOUSE}/edit", data={**form, "rooms": "7"})
    assert answer.status_code == 409
    assert "地上层数：1层 → 2层" in answer.text and "自然屯/组：— → 东屯" in answer.text
    again = values_of(answer.text)
    assert (again["rooms"], again["storeys"], again["settlement"], again["version"]) == ("7", "2", "东屯", "2")
    assert browser.post(f"/houses/{HOUSE}/edit", data=again).status_code == 303
    stored = browser.get(f"/api/v1/houses/{HOUSE}").json()
    assert (stored["rooms"], stored["storeys"], stored["settlement"], stored["version"]) == (7, 2, "东屯", 3)


def test_bad_fields_are_named_beside_themselves_and_nothing_is_stored(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    form = values_of(browser.get(f"/houses/{HOUSE}/edit").text)
    answer = browser.post(
        f"/houses/{HOUSE}/edit",
        data={
            **form,
            "rooms": "很多",
            "built_year": "3000",
            "occupancy_checked_on": "2999-01-01",
            "settlement": "南屯",
        },
    )
    assert answer.status_code == 422
    for told in ("间数应为整数", "年份应在", "日期不能晚于今天", 'value="很多"', 'value="南屯"'):
        assert told in answer.text
    assert browser.get(f"/api/v1/houses/{HOUSE}").json()["version"] == 1


def test_a_grade_is_no_field_and_only_dangerous_houses_are_renovated(toy_worker: ToyDatabase) -> None:
    browser = toy_worker.browser(toy_worker.member("township", WEST))
    match = {"If-Match": '"1"'}
    assert browser.patch(f"/api/v1/houses/{HOUSE}", json={"grade": "A"}, headers=match).status_code == 422
    refused = browser.patch("/api/v1/houses/西一-A", json={"renovation": "started"}, headers=match)
    assert refused.status_code == 422 and "只有 C 级、D 级" in refused.json()["detail"]
    assert browser.patch("/api/v1/houses/西一-A", json={"rooms": 4}).status_code == 428
    stale = browser.patch("/api/v1/houses/西一-A", json={"rooms": 4}, headers={"If-Match": '"9"'})
    assert stale.status_code == 409
    leader = toy_worker.browser(toy_worker.member("leader", COUNTY))
    assert leader.patch("/api/v1/houses/西一-A", json={"rooms": 4}, headers=match).status_code == 403


def household_of(toy: ToyDatabase, code: str) -> int:
    with toy.transaction() as session:
        found: int = session.execute(
            text("SELECT l.household_id FROM house h JOIN house_household l ON l.house_id = h.id WHERE h.code = :c"),
            {"c": code},
        ).scalar_one()
    return found


def test_a_family_is_changed_sealed_counted_and_masked_in_the_journal(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    family = household_of(toy, HOUSE)
    address = f"/houses/{HOUSE}/households/{family}/edit"
    form = values_of(browser.get(address).text)
    assert form["id_number"] == form["phone"] == form["was_phone"] == ""
    answer = browser.post(
        address,
        data={
            **form,
            "phone": "10012345678",
            "persons": "6",
            "categories": ["K2", "K3"],
            "traits": ["impaired"],
        },
    )
    assert answer.status_code == 303, answer.text
    shown = browser.post(f"/houses/{HOUSE}/households/{family}/show/phone")
    assert shown.text == "10012345678"
    with toy.transaction(WEST) as session:
        house = session.execute(
            text("SELECT people, key_groups, traits FROM house WHERE code = :c"), {"c": HOUSE}
        ).one()
        diff = session.execute(text("SELECT diff FROM journal_entry WHERE action = 'households.edit'")).scalar_one()
    assert (house.people, house.key_groups, house.traits) == (6, ["K2", "K3"], ["impaired"])
    assert diff["phone"] == ["100****0003", "100****5678"] and diff["categories"] == [["K2"], ["K2", "K3"]]
    page = browser.get(f"/houses/{HOUSE}").text
    assert "12345678" not in page and "100****5678" in page


def test_the_same_id_number_is_the_same_household(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    family = household_of(toy, HOUSE)
    number = browser.post(f"/houses/{HOUSE}/households/{family}/show/id_number").text
    lives = browser.post("/houses/西一-A/households/add", data={"version": "1", "head": "户主03", "id_number": number})
    assert lives.status_code == 409 and "一户只有一处现住房" in lives.text and number in lives.text
    owns = browser.post(
        "/houses/西一-A/households/add",
        data={"version": "1", "head": "户主03", "id_number": number, "relation": "owns"},
    )
    assert owns.status_code == 303
    page = browser.get("/houses/西一-A").text
    assert "户主03" in page and HOUSE in page
    other = household_of(toy, "西一-B")
    form = values_of(browser.get(f"/houses/西一-B/households/{other}/edit").text)
    taken = browser.post(f"/houses/西一-B/households/{other}/edit", data={**form, "id_number": number})
    assert taken.status_code == 422 and "已登记在另一户" in taken.text
    left = browser.post(f"/houses/{HOUSE}/households/{family}/leave", data={"to_on": ""})
    assert left.status_code == 303 and browser.get(f"/api/v1/houses/{HOUSE}").json()["households"] == []


def test_a_house_ends_disappears_from_lists_and_can_come_back(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    form = {"version": "1", "reason": "duplicate", "ended_on": "", "duplicate_of": "没有的编号"}
    refused = browser.post(f"/houses/{HOUSE}/end", data=form)
    assert refused.status_code == 422 and "没有编号为" in refused.text
    assert browser.post(f"/houses/{HOUSE}/end", data={**form, "duplicate_of": "西一-C"}).status_code == 303
    page = browser.get(f"/houses/{HOUSE}").text
    assert "重复登记" in page and "西一-C" in page and "恢复登记" in page
    assert HOUSE not in browser.get(f"/houses?area={WEST}201").text
    assert browser.get("/api/v1/search?q=西一-D").json() == {"groups": []}
    locked = browser.patch(f"/api/v1/houses/{HOUSE}", json={"rooms": 4}, headers={"If-Match": '"2"'})
    assert locked.status_code == 409 and "先恢复" in locked.json()["detail"]
    assert browser.post(f"/houses/{HOUSE}/resume", data={"version": "2"}).status_code == 422
    assert browser.post(f"/houses/{HOUSE}/resume", data={"version": "2", "note": "登记错了"}).status_code == 303
    assert HOUSE in browser.get(f"/houses?area={WEST}201").text
    assert "登记错了" in browser.get(f"/houses/{HOUSE}").text


def test_a_house_ends_once(toy: ToyDatabase) -> None:
    with toy.transaction(WEST) as session:
        end_house(session, toy.actor(WEST), HOUSE, reason="demolished", on=date(2026, 1, 2), version=1)
        with pytest.raises(Conflict, match="2026-01-02"):
            end_house(session, toy.actor(WEST), HOUSE, reason="mistaken", on=date(2026, 1, 3), version=2)
        resume_house(session, toy.actor(WEST), HOUSE, version=2, note="未拆")


def add_difference(toy: ToyDatabase, field: str, stored: str, stated: str) -> int:
    with toy.transaction() as session:
        found: int = session.execute(
            text(
                "INSERT INTO ledger_difference (batch_id, house_id, scope_code, line, field, stored, stated)"
                " SELECT batch_id, id, scope_code, 7, :field, :stored, :stated FROM house WHERE code = :c RETURNING id"
            ),
            {"c": HOUSE, "field": field, "stored": stored, "stated": stated},
        ).scalar_one()
    return found


def test_a_signed_grade_is_not_taken_from_a_ledger(toy: ToyDatabase) -> None:
    with toy.transaction(WEST) as session:
        session.execute(text("UPDATE house SET grade_basis = 'appraisal' WHERE code = :c"), {"c": HOUSE})
    number = add_difference(toy, "grade", "D", "B")
    browser = toy.browser(toy.member("township", WEST))
    page = browser.get(f"/houses/{HOUSE}").text
    assert "台账为 <strong>B级</strong>" in page and "采用台账" not in page
    assert HOUSE in browser.get("/houses/differences").text
    taken = browser.post(
        f"/houses/{HOUSE}/differences/{number}", data={"decision": "take"}, headers={"accept": "text/html"}
    )
    assert taken.status_code == 409 and "新的评定或鉴定" in taken.text
    kept = browser.post(f"/houses/{HOUSE}/differences/{number}", data={"decision": "dismiss", "note": "鉴定报告在案"})
    assert kept.status_code == 303
    page = browser.get(f"/houses/{HOUSE}").text
    assert "台账与已签字内容不一致" not in page and "维持现有" in page and "鉴定报告在案" in page
    assert browser.get(f"/api/v1/houses/{HOUSE}").json()["grade"] == "D"
    again = browser.post(f"/houses/{HOUSE}/differences/{number}", data={"decision": "dismiss"})
    assert again.status_code == 409


def test_the_ledgers_category_is_added_and_the_certified_one_stays(toy: ToyDatabase) -> None:
    family = household_of(toy, HOUSE)
    with toy.transaction() as session:
        session.execute(
            text(
                "INSERT INTO category_certificate (household_id, scope_code, category, certified_on, certifier)"
                " SELECT id, scope_code, 'K2', '2026-01-01', '县民政局' FROM household WHERE id = :id"
            ),
            {"id": family},
        )
    number = add_difference(toy, "categories", "K2", "K5")
    browser = toy.browser(toy.member("township", WEST))
    assert browser.post(f"/houses/{HOUSE}/differences/{number}", data={"decision": "take"}).status_code == 303
    assert browser.get(f"/api/v1/houses/{HOUSE}").json()["households"][0]["categories"] == ["K2", "K5"]
    form = values_of(browser.get(f"/houses/{HOUSE}/households/{family}/edit").text)
    removed = browser.post(f"/houses/{HOUSE}/households/{family}/edit", data={**form, "categories": ["K5"]})
    assert removed.status_code == 422 and "已由主管部门认定" in removed.text


@pytest.mark.parametrize("way", ["hand", "ledger"])
def test_a_family_that_comes_from_another_township_is_seen_where_it_lives_now(toy: ToyDatabase, way: str) -> None:
    """It kept the area of the house in which it was first registered: the township in which it lives did not see it."""
    ring, number = ensure_keys(toy.settings.keys_file), id_number(7)
    given = {"head": "迁来户", "id_number": number, "persons": "3"}
    with toy.transaction() as session:
        relation = "owns" if way == "hand" else "lives"
        family = add_family(session, toy.actor(), "东一-B", given, relation=relation, since=None, ring=ring)
    with toy.transaction() as session:
        if way == "hand":
            add_family(session, toy.actor(), "西一-A", given, relation="lives", since=None, ring=ring)
        else:
            leave_house(session, toy.actor(), "东一-B", family, on=today())
    if way == "ledger":
        load(toy, [{"房屋编号": "西一-A", "户主姓名": "迁来户", "身份证号": number}])
    with toy.transaction(WEST) as session:
        seen = session.execute(text("SELECT scope_code, head FROM household WHERE id = :id"), {"id": family}).one()
    assert (seen.scope_code, seen.head) == (f"{WEST}201", "迁来户")
