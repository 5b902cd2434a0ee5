"""The event's tables under one thumb: each village a row of its own, nothing cut off, nothing to push sideways."""

from typing import Any

from playwright.sync_api import Route, expect

from geo_housing.response.service import respond
from tests.fixtures.browser import DESK, PHONE
from tests.fixtures.settled import pressing_at_once
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES


def test_villages_are_stacked_and_nothing_is_cut_off(visit: Any, toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), VILLAGES, level="red")
        respond(session, toy.actor(COUNTY), event)
    page = visit(toy, toy.member("county", COUNTY), f"/events/{event}", size=PHONE).page
    for table in ("#progress", "#affected"):
        box = page.locator(f"{table} .table-responsive")
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth"), table
        name = page.locator(f"{table} .below").first
        # One line: two characters a line made 200 pixels of a name.
        assert name.evaluate("cell => cell.getBoundingClientRect().height") < 48, table
        row = page.locator(f"{table} tr", has=page.locator(".below")).first
        assert row.evaluate("row => row.getBoundingClientRect().height") < 120, table
    first = page.locator("#progress tr", has_text="西一村村委会").first
    left = first.locator("[data-label=未完成]")
    expect(left).to_be_visible()
    assert left.locator("a").evaluate("link => link.getBoundingClientRect().height") >= 32
    assert left.evaluate("cell => getComputedStyle(cell, '::before').content") == '"未完成 "'
    expect(first.locator("[data-label=倒塌]")).to_be_hidden()
    doubtful = page.locator("#affected tr", has_text="西一村村委会").first
    expect(doubtful.locator("[data-label=D]")).to_be_visible()
    page.set_viewport_size(DESK)
    expect(page.locator("#progress thead")).to_be_visible()
    expect(first.locator("[data-label=倒塌]")).to_be_visible()


def test_a_township_folds_and_stays_folded_when_the_figures_are_renewed(visit: Any, toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), VILLAGES, level="red")
        respond(session, toy.actor(COUNTY), event)
    page = visit(toy, toy.member("county", COUNTY), f"/events/{event}", size=PHONE).page
    village = page.locator("#progress tr", has_text="西一村村委会").first
    expect(village).to_be_visible()
    west = page.locator("#progress").get_by_role("button", name="西山镇：各村")
    box = west.bounding_box()
    assert box is not None and min(box["width"], box["height"]) >= 32
    west.click()
    expect(village).to_be_hidden()
    with page.expect_response(f"**/events/{event}/progress"):
        page.evaluate("htmx.ajax('GET', document.getElementById('progress').getAttribute('hx-get'), '#progress')")
    page.locator("#progress").get_by_role("button", name="东河乡：各村").click()
    expect(village).to_be_hidden()
    expect(west).to_have_attribute("aria-expanded", "false")
    west.click()
    expect(village).to_be_visible()


def test_the_line_of_the_event_moves_nothing_under_the_thumb(visit: Any, toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), VILLAGES, level="red")
        respond(session, toy.actor(COUNTY), event)
    found = visit(toy, toy.member("county", COUNTY), f"/events/{event}", size=PHONE)
    page = found.page
    expect(page.locator(".event-line").first).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/events/line", hold)
    found.open(f"/events/{event}/calls")
    head = page.locator(".page").first
    with pressing_at_once():
        before = head.bounding_box()
    while not held:
        page.wait_for_timeout(20)
    expect(page.locator(".event-line")).to_have_count(0)
    held[0].continue_()
    expect(page.locator(".event-line").first).to_be_visible()
    assert before is not None and before["y"] > 60 and head.bounding_box() == before
