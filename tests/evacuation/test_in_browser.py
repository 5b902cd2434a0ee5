"""转移避险 with one thumb at 390 × 844: a tap, its undo, a whole village, a figure in one line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from geo_housing.response.service import respond
from tests.fixtures.browser import DESK, PHONE, Visit
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES, WEST

VILLAGE = VILLAGES["西一"][0]


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "red")
        respond(session, toy.actor(), number)
        session.execute(
            text(
                "INSERT INTO shelter (scope_code, name, capacity, created_by)"
                " VALUES (:town, '西山镇中心小学', 200, 'cli:tests')"
            ),
            {"town": WEST},
        )
    return number


def photographed(page: Page, name: str) -> None:
    """A picture for whoever wants to look: only where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_one_thumb_moves_households_and_takes_a_slip_back(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    found = visit(toy, toy.member("township", WEST), f"/events/{event}/evacuation", size=PHONE)
    page = found.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is pushed sideways"
    photographed(page, "phone_event")
    page.get_by_role("link", name="西一村").click()
    photographed(page, "phone_village")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first = page.locator(".move").first
    tap = first.get_by_role("button", name="已转移", exact=True)
    box = tap.bounding_box()
    assert box is not None and box["height"] >= 44 and box["width"] >= 100
    page.get_by_text("每按一次都带上").click()
    page.get_by_label("送往").select_option(label="西山镇中心小学 可容 200 人")
    page.locator(".move-bar-fields").get_by_label("谁报的").fill("张书记")
    tap.click()
    expect(page.locator(".move.is-done")).to_have_count(1)
    expect(page.locator(".move.is-done")).to_contain_text("→ 西山镇中心小学")
    expect(page.locator("#moves")).to_contain_text("已转 1户")
    photographed(page, "phone_moved")
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".move.is-done")).to_have_count(0)
    expect(page.locator("#moves")).to_contain_text("未转 4户")

    second = page.locator(".move").nth(1)
    second.get_by_text("其他 ▾").click()
    photographed(page, "phone_menu")
    second.get_by_role("button", name="拒绝转移").click()
    expect(page.locator(".move-refused")).to_have_count(1)
    page.get_by_text("户未转的，一次登记").click()
    page.locator(".move-whole").get_by_role("button", name="已转移（集中安置）").click()
    expect(page.locator(".move.is-done")).to_have_count(4)
    photographed(page, "phone_whole")

    page.get_by_label("电话报数").fill("已转6户14人")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("#moves")).to_contain_text("还没有录姓名")
    photographed(page, "phone_figure")


def test_the_county_sees_townships_side_by_side(visit: Callable[..., Visit], toy: ToyDatabase, event: int) -> None:
    found = visit(toy, toy.member("county", COUNTY), f"/events/{event}/evacuation", size=DESK)
    page = found.page
    expect(page.locator(".moves > li")).to_have_count(2)
    photographed(page, "desk_event")
    page.get_by_role("link", name="列出全部未转的户").click()
    expect(page.locator(".move")).to_have_count(9)
    photographed(page, "desk_list")
    page.locator(".move-who a").first.click()
    expect(page.get_by_role("button", name="保存")).to_be_visible()
    photographed(page, "desk_household")
