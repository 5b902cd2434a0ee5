"""A returned list under a person's eyes: all that was understood, merged, odd or left open stands before the button, on a phone, too."""

from typing import Any

from playwright.sync_api import expect
from sqlalchemy import text

from tests.fixtures.browser import DESK, PHONE
from tests.fixtures.toy import ToyDatabase
from tests.response.returned.filled import SEEN, Sheet
from tests.response.returned.test_returned import new_event
from tests.toy_county import COUNTY


def test_what_is_to_be_checked_stands_before_the_button(visit: Any, toy: ToyDatabase) -> None:
    member = toy.member("county", COUNTY)
    event = new_event(county := toy.browser(member))
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE house SET rooms = 2 WHERE code = '西一-D'"))
    sheet = Sheet(county, event).fill("西一-D", 排查结果="塌了", 倒塌间数="三间", **SEEN)
    sheet.fill("西一-C", 排查结果="漏雨").fill("西一-A", 排查结果="√", **SEEN).fill("西一-B", 排查结果="锁门", **SEEN)
    place, first = sheet.place("西一-D")
    column = sheet.column("排查人")
    place.merge_cells(start_row=first, end_row=first + 1, start_column=column, end_column=column)
    sheet.delete("西二-D")
    for size in (DESK, PHONE):
        found = visit(toy, member, f"/events/{event}/returned", size=size)
        page = found.page
        page.set_input_files("#file", {"name": "名单.xlsx", "mimeType": "", "buffer": sheet.content()})
        page.get_by_role("button", name="读取").click()
        expect(page.get_by_text("按下面的意思读入，请核对")).to_be_visible()
        expect(page.get_by_text("“塌了”")).to_be_visible()
        expect(page.get_by_text("合并单元格，各行均按此读入").first).to_be_visible()
        expect(page.get_by_text("损坏间数多于登记的 2 间，请核对")).to_be_visible()
        page.locator(".figures a").click()
        expect(page.locator("#unfinished")).to_be_in_viewport()
        expect(page.locator("#unfinished").get_by_text("西二-D")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        line = page.locator(".row-numbers a").first
        assert line.evaluate("link => link.getBoundingClientRect().height") >= 32
        button = page.get_by_role("button", name="确认录入")
        assert page.locator("#unfinished").bounding_box()["y"] < button.bounding_box()["y"]
    page.get_by_role("button", name="确认录入").click()
    expect(page.get_by_text("已录入 3 栋")).to_be_visible()
    expect(page.locator("#unfinished")).to_contain_text("没有填完")
