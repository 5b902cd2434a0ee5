"""At two in the morning on a phone: the text is pasted, one part is corrected, one press later the event stands."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from tests.fixtures.browser import PHONE, Visit, fits
from tests.fixtures.toy import ToyDatabase
from tests.response.warnings import FLASH_FLOOD, ORANGE, RED, confirm
from tests.toy_county import COUNTY

EAST_ORANGE = "玩具县气象台2026年7月12日00时22分发布暴雨橙色预警信号：预计未来3小时东河乡有50毫米以上降水。"

pytestmark = pytest.mark.xdist_group("map-in-browser")


def rows(toy: ToyDatabase, query: str) -> list[Any]:
    with toy.transaction() as session:
        return [tuple(row) for row in session.execute(text(query))]


def test_from_the_pasted_text_to_the_event_on_a_phone(visit: Callable[..., Visit], toy: ToyDatabase) -> None:
    page = visit(toy, toy.member("county", COUNTY), "/events", size=PHONE).page
    pasted = f"{RED}有效时间6小时。"
    page.fill("#paste-text", pasted)
    page.click(".paste-form button")
    expect(page.locator("mark.read-area")).to_have_text("西山镇")
    expect(page.get_by_label("有效期至")).to_have_value("2026-07-12T07:50")
    expect(page.locator(".warning-effect .figures li").first).to_contain_text("户")
    assert fits(page), "the page is wider than the phone"
    whole = page.locator(".warning-effect .figures li").nth(1).inner_text()

    # One township more: the figures follow by themselves, nothing is stored yet.
    page.click(".area-tree > summary")
    page.check(".area-tree input[value='990001200']")
    expect(page.locator(".warning-effect .figures li").nth(1)).not_to_have_text(whole)
    assert rows(toy, "SELECT count(*) FROM warning") == [(0,)]

    page.click(".form-buttons .btn-primary")
    page.wait_for_url("**/events/*")
    expect(page.locator(".toast, [role=status]").first).to_contain_text("已登记 1 条预警")
    expect(page.locator(".warnings-received summary")).to_contain_text("升级 暴雨")
    page.click(".warnings-received summary")
    expect(page.locator(".warnings-received .pasted-text")).to_have_text(pasted)
    assert rows(toy, "SELECT kind, level, jsonb_array_length(areas) FROM warning") == [("rainstorm", "red", 2)]
    assert fits(page), "the event is wider than the phone"


def test_a_second_warning_joins_and_the_difference_is_read_before(
    visit: Callable[..., Visit], toy: ToyDatabase
) -> None:
    event = confirm(toy, RED).event
    page = visit(toy, toy.member("county", COUNTY), "/events/warnings").page
    page.fill("#paste-text", FLASH_FLOOD)
    page.click(".paste-form button")
    expect(page.locator(f"#w0-target-{event}")).to_be_checked()
    expect(page.locator(".change-said")).to_contain_text("事件级别不变")
    expect(page.locator(".by-township")).to_contain_text("东河乡 +")
    # Another event all the same: its own figures, no difference.
    page.check("#w0-target-new")
    expect(page.locator(".change-said")).to_have_count(0)
    page.check(f"#w0-target-{event}")
    expect(page.locator(".change-said")).to_be_visible()
    page.click(".form-buttons .btn-primary")
    page.wait_for_url(f"**/events/{event}")
    assert rows(toy, "SELECT count(*), max(revision) FROM hazard_event") == [(1, 2)]
    codes = rows(toy, f"SELECT DISTINCT kind FROM hazard_zone WHERE event_id = {event} ORDER BY 1")
    assert codes == [("flash_flood",), ("rainstorm",)]


def test_a_correction_is_answered_before_it_is_entered(visit: Callable[..., Visit], toy: ToyDatabase) -> None:
    event = confirm(toy, ORANGE).event
    confirm(toy, EAST_ORANGE, target=str(event))
    found = visit(toy, toy.member("county", COUNTY), "/events/warnings", size=PHONE)
    found.expected.append("status of 422")
    page = found.page
    page.fill("#paste-text", "更正：玩具县气象台发布的暴雨橙色预警信号范围有误，应为东河乡。")
    page.click(".paste-form button")
    asked = page.locator("fieldset.ends")
    expect(asked).to_contain_text("不止一条预警相符")
    expect(asked.locator(":checked")).to_have_count(0)
    page.check("#w0-ends-none")
    first = asked.locator("input").first
    expect(page.locator("#w0-ends-none")).to_be_checked()
    # The warning itself and 都不是 shut each other out; then what it leaves out is asked.
    first.check()
    expect(page.locator(".rest")).to_contain_text("西山镇")
    expect(page.locator("#w0-ends-none")).not_to_be_checked()
    assert fits(page), "the page is wider than the phone"
    page.click(".form-buttons .btn-primary")
    expect(page.locator("[role=alert]").first).to_contain_text("还没有说明是移出还是保留")
    page.check("#w0-rest-drop")
    expect(page.locator("#w0-rest-drop")).to_be_checked()
    page.click(".form-buttons .btn-primary")
    page.wait_for_url("**/events/*")
    assert rows(toy, "SELECT count(*) FROM warning WHERE ended_at IS NOT NULL") == [(1,)]
