"""The house's page by role: masks, reveals, timeline, old codes, strange codes."""

import re

import pytest
from sqlalchemy import insert, text

from geo_housing.clock import today
from geo_housing.houses.models import HouseAlias
from geo_housing.houses.register.endings import end_house
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, WEST

HOUSE = "西一-D"


def test_the_township_sees_the_family_with_masked_numbers(toy_worker: ToyDatabase) -> None:
    page = toy_worker.browser(toy_worker.member("township", WEST)).get(f"/houses/{HOUSE}").text
    assert "户主03" in page and "农村低保户" in page and "独居老人" in page
    assert "990001********0035" in page or re.search(r"990001\*{8}\w{4}", page)
    assert "99000119000101" not in page and "10000000003" not in page
    assert "/show/id_number" in page and "修改房屋信息" in page


@pytest.mark.parametrize("role", ["leader", "planner"])
def test_a_reader_sees_a_masked_name_and_nothing_of_the_family(toy_worker: ToyDatabase, role: str) -> None:
    page = toy_worker.browser(toy_worker.member(role, COUNTY)).get(f"/houses/{HOUSE}").text
    assert "户某某" in page and "户主03" not in page
    for hidden in ("990001****", "农村低保户", "独居老人", "/show/", "修改房屋信息", "核对位置", "显示"):
        assert hidden not in page


def test_a_village_sees_names_but_no_button_for_full_numbers(toy_worker: ToyDatabase) -> None:
    browser = toy_worker.browser(toy_worker.member("village", f"{WEST}201"))
    page = browser.get(f"/houses/{HOUSE}").text
    assert "户主03" in page and "/show/" not in page
    family = re.search(
        r"/households/(\d+)/", toy_worker.browser(toy_worker.member("township", WEST)).get(f"/houses/{HOUSE}").text
    )
    assert family is not None
    assert browser.post(f"/houses/{HOUSE}/households/{family[1]}/show/phone").status_code == 403


def test_a_foreign_house_is_not_found(toy_worker: ToyDatabase) -> None:
    browser = toy_worker.browser(toy_worker.member("township", EAST))
    assert browser.get(f"/houses/{HOUSE}", headers={"accept": "text/html"}).status_code == 404
    assert browser.get(f"/api/v1/houses/{HOUSE}").status_code == 404


def test_each_view_of_a_full_number_is_journalled_and_never_cached(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    found = re.search(r"/households/(\d+)/show/id_number", browser.get(f"/houses/{HOUSE}").text)
    assert found is not None
    for _ in range(2):
        answer = browser.post(f"/houses/{HOUSE}/households/{found[1]}/show/id_number")
        assert answer.status_code == 200 and answer.text.startswith("99000119000101003")
        assert "no-store" in answer.headers["cache-control"]
    with toy.transaction() as session:
        entries = session.execute(
            text("SELECT subject_id, counts, diff FROM journal_entry WHERE action = 'households.reveal'")
        ).all()
    assert [(row.subject_id, row.counts["field"], row.counts["household"]) for row in entries] == [
        (HOUSE, "id_number", int(found[1]))
    ] * 2
    assert "99000119" not in str([tuple(row) for row in entries])
    assert browser.get(f"/houses/{HOUSE}").text.count("查看完整个人信息") == 2
    # A village does not see who looked.
    assert "查看完整个人信息" not in toy.browser(toy.member("village", f"{WEST}201")).get(f"/houses/{HOUSE}").text


def test_a_number_cannot_be_read_by_get_nor_through_a_house_of_another_family(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    other = re.search(r"/households/(\d+)/show/phone", browser.get("/houses/西一-A").text)
    assert other is not None
    assert browser.post(f"/houses/{HOUSE}/households/{other[1]}/show/phone").status_code == 404
    assert browser.get(f"/houses/{HOUSE}/households/{other[1]}/show/phone").status_code in (404, 405)
    assert browser.post(f"/houses/西一-A/households/{other[1]}/show/head").status_code == 404


def test_an_old_code_and_lower_case_lead_to_the_present_address(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        house = session.execute(text("SELECT id, scope_code FROM house WHERE code = :c"), {"c": HOUSE}).one()
        session.execute(insert(HouseAlias).values(code="旧-17/B", house_id=house.id, scope_code=house.scope_code))
    browser = toy.browser(toy.member("township", WEST))
    answer = browser.get("/houses/%E6%97%A7-17%2FB")
    assert answer.status_code == 303 and answer.headers["location"] == "/houses/%E8%A5%BF%E4%B8%80-D"
    assert browser.get("/houses/西一-d").headers["location"] == "/houses/%E8%A5%BF%E4%B8%80-D"
    assert "旧-17/B" in browser.get(f"/houses/{HOUSE}").text
    assert browser.get("/api/v1/houses/旧-17/B").json()["house_code"] == HOUSE


@pytest.mark.parametrize("code", ["A/B?C#D&E", "50%", "X Y", "A/EDIT", "\"<B>'", "甲\\乙", "CHECK"])
def test_a_code_of_any_characters_has_its_page_and_its_form(toy: ToyDatabase, code: str) -> None:
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET code = :new WHERE code = :old"), {"new": code, "old": HOUSE})
    browser = toy.browser(toy.member("township", WEST))
    listed = browser.get("/houses?risk=D&area=" + f"{WEST}201").text
    address = re.search(r'row-link" href="(/houses/[^"]+)"', listed)
    assert address is not None
    page = browser.get(address[1])
    assert page.status_code == 200 and "修改房屋信息" in page.text
    assert browser.get(f"{address[1]}/edit").status_code == 200
    assert browser.get(f"{address[1]}/location").status_code == 200


def test_the_page_asks_a_bounded_number_of_questions(toy_worker: ToyDatabase) -> None:
    from sqlalchemy import event

    browser = toy_worker.browser(toy_worker.member("township", WEST))
    counts = {}
    for code in (HOUSE, "无-1"):
        asked: list[str] = []

        def note(_c: object, _cur: object, statement: str, *_more: object, asked: list[str] = asked) -> None:
            asked.append(statement)

        event.listen(toy_worker.database.engine, "before_cursor_execute", note)
        try:
            assert browser.get(f"/houses/{code}").status_code == 200
        finally:
            event.remove(toy_worker.database.engine, "before_cursor_execute", note)
        counts[code] = len(asked)
    assert max(counts.values()) <= 26, counts


def test_the_timeline_holds_grades_imports_changes_and_stands_newest_first(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    answer = browser.patch(f"/api/v1/houses/{HOUSE}", json={"rooms": 5}, headers={"If-Match": '"1"'})
    assert answer.status_code == 200 and answer.json()["rooms"] == 5 and answer.headers["etag"] == '"2"'
    page = browser.get(f"/houses/{HOUSE}").text
    places = [page.index(part) for part in ("修改房屋信息</div>", "台账导入：新增登记", "旧台账：D级")]
    assert places == sorted(places)
    assert "3间" in page and "5间" in page and "toy_houses.csv" in page


def test_nobody_is_asked_for_the_place_of_a_house_that_has_ended(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("county", COUNTY))
    assert "位置：" in browser.get("/houses/争-1").text
    with toy.transaction() as session:
        end_house(session, toy.actor(), "争-1", reason="demolished", on=today(), version=1)
    page = browser.get("/houses/争-1").text
    assert "已终止登记" in page and "位置：" not in page


def test_long_numbers_in_free_text_and_in_columns_of_the_ledger_are_masked(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(
            text(
                "UPDATE house SET remark = '找邻居 10098765432', extra = '{\"一卡通账号\": \"6210000000000001234\"}'"
                " WHERE code = :c"
            ),
            {"c": HOUSE},
        )
    browser = toy.browser(toy.member("township", WEST))
    for page in (browser.get(f"/houses/{HOUSE}").text, browser.get(f"/api/v1/houses/{HOUSE}").text):
        assert "找邻居" in page and "10098765432" not in page and "6210000000000001234" not in page
    assert "一卡通账号" in browser.get(f"/houses/{HOUSE}").text
    reader = toy.browser(toy.member("planner", COUNTY)).get(f"/houses/{HOUSE}").text
    assert "找邻居" not in reader and "一卡通账号" not in reader


@pytest.mark.parametrize("odd", ["昨天", "2026-02-30", "0026-07-19"])
def test_a_day_that_is_none_is_refused_by_the_name_of_its_field(toy_worker: ToyDatabase, odd: str) -> None:
    browser = toy_worker.browser(toy_worker.member("township", WEST))
    shown = browser.get(f"/houses/{HOUSE}").text
    family = re.search(r"/households/(\d+)/", shown)
    assert family is not None
    for path, name, label in (
        ("households/add", "from_on", "起始日期"),
        (f"households/{family[1]}/leave", "to_on", "搬离日期"),
        ("end", "ended_on", "终止日期"),
    ):
        sent = {"version": "1", "reason": "demolished", "head": "户主99", name: odd}
        refused = browser.post(f"/houses/{HOUSE}/{path}", data=sent)
        assert refused.status_code == 422 and f"“{label}”请填成 2026-07-19 这样的日期" in refused.text
