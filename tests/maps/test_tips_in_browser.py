"""What the map says under the pointer and in its popups: the words of the service, and no gap for what nobody knows."""

from typing import Any

from playwright.sync_api import expect
from sqlalchemy import text

from tests.fixtures.browser import PHONE, fits
from tests.fixtures.toy import ToyDatabase
from tests.inspections.test_shared_computer_in_browser import photographed
from tests.maps.test_in_browser import place_of, ready
from tests.response.zones import make_event
from tests.toy_county import COUNTY


def test_a_zone_without_a_level_says_what_is_known_of_it(visit: Any, toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"])
        session.execute(text("UPDATE hazard_zone SET level = NULL WHERE event_id = :e"), {"e": event})
    page = visit(toy, toy.member("county", COUNTY), f"/map?zones={event}&at=45.00350,120.00500,15").page
    ready(page)
    expect(page.locator(".leaflet-pane path[stroke='#6E6E6E']")).to_have_count(1)
    page.mouse.move(*place_of(page, 45.0008, 120.0008))
    tip = page.locator(".gh-tip")
    expect(tip).to_contain_text("暴雨 · 未分级 · ")
    expect(tip).not_to_contain_text("—")
    expect(tip).not_to_contain_text("null")
    photographed(page, "map_tip_zone")


def test_a_village_from_far_names_both_classes_as_every_page_does(visit: Any, toy_worker: ToyDatabase) -> None:
    page = visit(toy_worker, toy_worker.member("county", COUNTY), "/map?at=45.01000,120.02000,10").page
    ready(page)
    expect(page.locator("[data-shows=steps] li").first).to_be_visible()
    page.mouse.move(*place_of(page, 45.005, 120.005))
    expect(page.locator(".gh-tip")).to_contain_text("C、D级有人居住 2 栋")
    expect(page.locator(".gh-tip")).not_to_contain_text("C/D")
    photographed(page, "map_tip_village")


def test_the_popup_of_a_house_of_which_little_is_known_leaves_lines_out(visit: Any, toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(
            text(
                "UPDATE house SET built_year = NULL, storeys = NULL, area_m2 = NULL, occupancy = NULL, measure = NULL,"
                " grade = NULL, grade_basis = NULL, graded_on = NULL, suspected_on = NULL, renovation = 'not_needed',"
                " renovation_year = NULL WHERE code = '西一-D'"
            )
        )
    page = visit(toy, toy.member("county", COUNTY), "/map?at=45.00200,120.00500,17", size=PHONE).page
    ready(page)
    page.fill(".gh-search input", "西一-D")
    page.locator(".gh-search [role=option]").first.click()
    popup = page.locator(".gh-popup")
    expect(popup).to_contain_text("未评定")
    expect(popup).to_contain_text("打开 →")
    for absent in ("null", "undefined", "NaN", "—"):
        expect(popup).not_to_contain_text(absent)
    assert fits(page)
    photographed(page, "map_popup_phone")
