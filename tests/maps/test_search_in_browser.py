"""The map's search by keyboard alone and as a screen reader is told of it; Enter that is quicker than the answer."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import DESK, PHONE, fits
from tests.fixtures.toy import ToyDatabase
from tests.inspections.test_shared_computer_in_browser import photographed
from tests.maps.test_in_browser import ready
from tests.toy_county import COUNTY


def searching(visit: Any, toy: ToyDatabase, size: dict[str, int] = DESK) -> tuple[Page, Locator, Locator]:
    """The map, its search field, and what is said of the results."""
    page = visit(toy, toy.member("county", COUNTY), "/map", size=size).page
    ready(page)
    return page, page.get_by_role("combobox", name="在图上查找"), page.locator(".gh-search [role=status]")


def active(page: Page) -> Locator:
    """The option that the field names as the active one."""
    name = page.get_by_role("combobox", name="在图上查找").get_attribute("aria-activedescendant")
    assert name
    return page.locator(f"#{name}")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_arrow_keys_choose_enter_goes_and_escape_leaves(
    visit: Any, toy_worker: ToyDatabase, size: dict[str, int]
) -> None:
    page, field, said = searching(visit, toy_worker, size)
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("西一")
    options = page.get_by_role("listbox", name="找到的").get_by_role("option")
    expect(options.nth(1)).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(said).to_have_text(f"找到 {options.count()} 条，用上下键选择，回车前往。")
    expect(page.get_by_role("group", name="房屋", exact=True).get_by_role("option").first).to_be_visible()
    # Up from the field is the last one, down from there the field again, then the first and the second.
    field.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") is None
    for _ in range(2):
        field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".gh-search [aria-selected=true]")).to_have_count(1)
    expect(active(page)).to_have_text(options.nth(1).inner_text().replace("\n", ""))
    expect(field).to_be_focused()
    assert fits(page)
    # The tools of the map do not lie over the list.
    options.first.click(trial=True)
    photographed(page, f"map_search_{size['width']}")

    # Escape closes and keeps the words; the arrow opens the same list again.
    field.press("Escape")
    expect(page.locator("#gh-found")).to_be_hidden()
    expect(field).to_have_value("西一")
    expect(field).to_have_attribute("aria-expanded", "false")
    assert field.get_attribute("aria-activedescendant") is None
    field.press("ArrowDown")
    expect(options.first).to_be_visible()
    for _ in range(2):
        field.press("ArrowDown")
    chosen = str(active(page).evaluate("(option) => option.firstChild.textContent"))
    field.press("Enter")
    expect(page.locator("#gh-found")).to_be_hidden()
    expect(field).to_have_value(chosen)
    expect(page.locator(".gh-popup")).to_contain_text(chosen)


def test_nothing_found_is_said_and_nothing_can_be_chosen(visit: Any, toy_worker: ToyDatabase) -> None:
    page, field, said = searching(visit, toy_worker)
    field.fill("没有这个地方")
    expect(said).to_contain_text("没有找到")
    expect(page.locator("#gh-found [role=option]")).to_have_count(0)
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") is None
    field.press("Tab")
    expect(page.locator("#gh-found")).to_be_hidden()
    expect(said).to_have_text("")


def test_enter_goes_to_what_was_typed_and_not_to_what_the_list_showed_before(
    visit: Any, toy_worker: ToyDatabase
) -> None:
    page, field, _ = searching(visit, toy_worker)
    field.fill("西一-D")
    expect(page.locator("#gh-found [role=option]").first).to_contain_text("西一-D")
    # At once: the list still answers the words before.
    field.fill("东四-D")
    field.press("Enter")
    expect(page.locator(".gh-popup")).to_contain_text("东四-D")
    expect(field).to_have_value("东四-D")
