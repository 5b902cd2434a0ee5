"""What a village says of where its families are: read where one meaning is certain, asked about with the likeliest chosen elsewhere."""

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from geo_housing.response.returned.moves import NOT_ANSWERED
from geo_housing.response.service import respond
from tests.fixtures.browser import DESK, PHONE
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.returned.test_moves import entered, looked_at, said, stored, workbook
from tests.response.zones import begun_in_july, make_event, revise
from tests.toy_county import COUNTY


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "orange")
        respond(session, toy.actor(), number)
    return begun_in_july(toy, number)


def test_with_their_children_is_with_kin_and_where_is_kept(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    book = workbook(toy, event, tmp_path).fill("西一-D", 状态="去儿子家了").fill("西一-C", 状态="在外打工")
    path = book.saved()
    found = looked_at(toy, event, path)
    assert {one.written: one.taken_for for one in found.readings} == {
        "去儿子家了": "已转移（投亲靠友），去向：儿子家", "在外打工": "已外出，去向：在外打工",
    }  # fmt: skip
    assert entered(toy, event, path).faults == ()
    rows = stored(toy, event)
    assert (rows["西一-D"].state, rows["西一-D"].destination) == ("moved_to_kin", "儿子家")
    assert (rows["西一-C"].state, rows["西一-C"].destination) == ("away", "在外打工")
    again = entered(toy, event, path)
    assert (again.entered, again.left, again.faults, stored(toy, event)) == (0, 0, (), rows)


def test_who_was_not_answered_for_stays_and_is_told(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    book = workbook(toy, event, tmp_path).fill("西一-D", 状态="住院").fill("西一-C", 去向="去女儿家")
    path = book.saved()
    before = stored(toy, event)
    found = looked_at(toy, event, path)
    assert not found.enters and not found.faults and found.read == 9
    asked = {row.sent.house_code: row.sent.asked for row in found.asked}
    assert {code: (one.word, one.codes, one.proposed) for code, one in asked.items() if one} == {
        "西一-D": ("住院", ("pending", "away"), "away"),
        "西一-C": ("去女儿家", ("moved_to_kin", "pending"), "moved_to_kin"),
    }
    done = entered(toy, event, path)
    assert (done.entered, [one.sentence for one in done.faults]) == (0, [NOT_ANSWERED.rstrip("。")] * 2)
    assert stored(toy, event) == before


def test_an_answer_is_entered_as_it_was_seen(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    book = workbook(toy, event, tmp_path).fill("西一-D", 状态="住院").fill("西一-C", 去向="去女儿家")
    path = book.saved()
    seen = {row.sent.house_code: row.seen for row in looked_at(toy, event, path).asked}
    # No meaning of the word, and a row that is not asked about.
    assert entered(toy, event, path, answers={f"{seen['西一-D']}.returned", "1-1.away"}).entered == 0
    done = entered(toy, event, path, answers={f"{seen['西一-D']}.pending", f"{seen['西一-C']}.moved_to_kin"})
    rows = stored(toy, event)
    assert (done.entered, done.faults) == (2, ())
    assert (rows["西一-D"].state, rows["西一-D"].note) == ("pending", "住院")
    assert (rows["西一-C"].state, rows["西一-C"].destination) == ("moved_to_kin", "去女儿家")
    late = entered(toy, event, path, answers={f"{seen['西一-D']}.away"})
    assert late.entered == 0 and stored(toy, event) == rows, "it was seen as it stood before"


def test_what_somebody_has_entered_since_is_not_replaced_by_an_answer(
    toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    path = workbook(toy, event, tmp_path).fill("西一-D", 状态="打工去了").saved()
    said(toy, event, "西一-D", state="refused", note="已报派出所")
    before = stored(toy, event)
    found = looked_at(toy, event, path)
    assert not found.asked and "“打工去了”看不出是哪一种，现有登记是“拒绝转移”" in found.faults[0].sentence
    assert entered(toy, event, path).entered == 0 and stored(toy, event) == before


def test_who_left_the_list_comes_back_with_a_plain_state_alone(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    path = workbook(toy, event, tmp_path).fill("西一-D", 状态="住院").saved()
    with toy.transaction(COUNTY) as session:
        revise(session, toy.actor(COUNTY), event, ["东一"])
        respond(session, toy.actor(COUNTY), event)
    found = looked_at(toy, event, path)
    assert not found.taken_off and "“住院”看不出是哪一种" in found.faults[0].sentence


def test_the_likeliest_is_chosen_on_the_page(visit: Any, toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    member = toy.member("county", COUNTY)
    book = workbook(toy, event, tmp_path).fill("西一-D", 状态="打工去了").fill("西一-C", 状态="走亲戚")
    content = book.saved().read_bytes()
    for size in (DESK, PHONE):
        page = visit(toy, member, f"/events/{event}/evacuation/returned", size=size).page
        page.set_input_files("#file", {"name": "名单.xlsx", "mimeType": "", "buffer": content})
        page.get_by_role("button", name="读取").click()
        choices = page.locator("select[name=answer]")
        expect(choices).to_have_count(2)
        assert choices.evaluate_all("all => all.map(one => one.selectedOptions[0].text)") == ["已外出", "已外出"]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        if size == PHONE:
            assert choices.first.bounding_box()["height"] >= 44
    choices.last.select_option(label="先不录入")
    page.get_by_role("button", name="确认录入").click()
    expect(page.get_by_text("已录入 1 户")).to_be_visible()
    expect(page.get_by_text("没有选择状态")).to_be_visible()
    assert sorted(row.state for row in stored(toy, event).values()).count("away") == 1
