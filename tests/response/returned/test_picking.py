"""A line that does not say in any known way whose it is: a person picks it from those that the file lacks."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect

from geo_housing.response.returned.picking import picked_of
from geo_housing.response.service import respond
from tests.fixtures.browser import DESK, PHONE
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.returned import test_moves as moves
from tests.response.returned.filled import SEEN, Sheet
from tests.response.returned.test_returned import new_event, stored
from tests.response.zones import begun_in_july, make_event
from tests.toy_county import COUNTY


@furnished
def event(toy: ToyDatabase) -> int:
    return begun_in_july(toy, new_event(toy.browser(toy.member("county", COUNTY))))


@furnished
def warned(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "orange")
        respond(session, toy.actor(), number)
    return begun_in_july(toy, number)


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def without_code(county: TestClient, event: int) -> tuple[Sheet, int]:
    """西一-D as somebody has written it anew, under another name of the family."""
    sheet = Sheet(county, event).fill("西一-D", 排查结果="倒塌", 倒塌间数=2, 户主="儿媳妇", **SEEN)
    line = sheet.line("西一-D")
    return sheet.fill("西一-D", 核对码=None, 房屋编号=None), line


def test_a_line_without_a_code_is_entered_for_the_house_that_was_picked(
    visit: Any, toy: ToyDatabase, county: TestClient, event: int
) -> None:
    member = toy.member("county", COUNTY)
    sheet, _ = without_code(county, event)
    for size in (DESK, PHONE):
        page = visit(toy, member, f"/events/{event}/returned", size=size).page
        page.set_input_files("#file", {"name": "名单.xlsx", "mimeType": "", "buffer": sheet.content()})
        page.get_by_role("button", name="读取").click()
        choice = page.get_by_label("名单上的 儿媳妇")
        expect(choice).to_have_value("")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
    options = choice.locator("option").all_text_contents()
    assert len(options) == 2 and "西一-D" in options[1]
    choice.select_option(index=1)
    page.get_by_role("button", name="确认录入").click()
    expect(page.get_by_text("已录入 1 栋")).to_be_visible()
    now = stored(toy, event, "西一-D")
    assert (now["result"], now["rooms_collapsed"]) == ("collapsed", 2)


def test_what_stands_of_the_house_is_not_replaced(toy: ToyDatabase, county: TestClient, event: int) -> None:
    sheet, line = without_code(county, event)
    page = county.post(f"/events/{event}/returned", files={"file": ("名单.xlsx", sheet.content())}).text
    kept = re.search(r'action="(/events/\d+/returned/\d+)"', page)
    assert kept is not None and f'value="西山镇|{line}|西一-D"' in page
    # Without a pick, or with one of another line, nothing is entered.
    other = f"西山镇|{sheet.line('西一-A')}|西一-D"
    answer = county.post(kept[1], data={"pick": ["", other, "x"]}).text
    assert "已录入 0 栋" in answer and "没有写房屋编号" in answer
    one = stored(toy, event, "西一-D")
    county.patch(f"/api/v1/inspections/{one['id']}", json={"result": "locked", "version": one["version"]})
    answer = county.post(kept[1], data={"pick": [f"西山镇|{line}|西一-D"]}).text
    assert "已录入 0 栋" in answer and stored(toy, event, "西一-D")["result"] == "locked"


def test_a_household_under_another_name_is_the_one_that_was_picked(
    toy: ToyDatabase, warned: int, tmp_path: Path
) -> None:
    book = moves.workbook(toy, warned, tmp_path)
    book.fill("西一-D", 状态="投亲靠友", 去向="女儿家", 户主="儿媳妇")
    sheet, line, _ = book.lines()["西一-D"]
    path = book.fill("西一-D", 核对码=None, 房屋编号=None).saved()
    found = moves.looked_at(toy, warned, path)
    (lost,) = found.to_pick
    assert (lost.called, lost.where, [row.house_code for row in lost.rows]) == (
        "儿媳妇",
        f"{sheet.title}|{line}|",
        ["西一-D"],
    )
    assert "不在这个事件的转移名单上" in moves.entered(toy, warned, path).faults[0].sentence
    choice = f"{lost.where}{lost.rows[0].row_id}"
    done = moves.entered(toy, warned, path, picked=[choice])
    now = moves.stored(toy, warned)["西一-D"]
    assert (done.entered, done.faults, now.state, now.destination) == (1, (), "moved_to_kin", "女儿家")
    again = moves.entered(toy, warned, path, picked=[choice])
    assert (again.entered, again.left) == (0, 0) and moves.stored(toy, warned)["西一-D"] == now
    moves.said(toy, warned, "西一-D", state="refused")
    assert moves.entered(toy, warned, path, picked=[choice]).left == 1, "what stands is not replaced"


def test_choices_that_the_page_never_sends_are_passed_over() -> None:
    assert picked_of(["", "||", "表|x|1", "表|3|", "a|b|4|B-1", "表|5|C-1"]) == {("a|b", 4): "B-1", ("表", 5): "C-1"}
