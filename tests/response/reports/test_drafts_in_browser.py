"""A draft that nobody wants, dropped under a person's eyes, on a desk and on a phone."""

from typing import Any

from playwright.sync_api import expect

from tests.fixtures.browser import DESK, PHONE
from tests.fixtures.toy import ToyDatabase
from tests.response.reports.test_reports import event, made, sent
from tests.toy_county import COUNTY

__all__ = ["event"]


def test_a_draft_is_dropped_with_its_reason(visit: Any, toy: ToyDatabase, event: int) -> None:
    member = toy.member("county", COUNTY)
    made(toy, event)
    sent(toy, event, 1)
    for number, size in ((2, DESK), (3, PHONE)):
        made(toy, event, corrects=1, reason="间数有误")
        page = visit(toy, member, f"/events/{event}/reports", size=size).page
        expect(page.get_by_text(f"更正在起草（第 {number} 期，未定稿）")).to_be_visible()
        page.get_by_role("link", name=f"第 {number} 期").click()
        page.locator("summary", has_text="作废草稿").click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        page.get_by_label("作废的原因").fill("误点生成")
        page.get_by_role("button", name="作废草稿").click()
        expect(page.get_by_text(f"第 {number} 期草稿已作废，期号不再使用。")).to_be_visible()
        expect(page.locator("tr.dropped", has_text=f"第 {number} 期")).to_contain_text("已作废")
        expect(page.get_by_text("更正在起草")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
