"""In a real browser: a number is shown on demand, a house is dragged to its place, the search opens a house."""

import re
from collections.abc import Callable

from playwright.sync_api import expect
from sqlalchemy import text

from tests.fixtures.browser import PHONE, Visit
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import WEST


def test_a_telephone_number_is_shown_on_demand(toy: ToyDatabase, visit: Callable[..., Visit]) -> None:
    page = visit(toy, toy.member("township", WEST), "/houses/西一-D").page
    expect(page.locator("#small-map .map-mark")).to_have_text("D")
    line = page.locator("dt:has-text('联系电话') + dd")
    expect(line).to_contain_text("100****0003")
    line.get_by_role("button", name="显示").click()
    expect(line).to_contain_text("10000000003")


def test_a_house_is_dragged_to_its_place_on_a_phone(toy: ToyDatabase, visit: Callable[..., Visit]) -> None:
    page = visit(toy, toy.member("township", WEST), "/houses/争-1/location", size=PHONE).page
    before = page.locator("[name=lon]").input_value()
    pin = page.locator(".leaflet-marker-draggable")
    box = pin.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 14, box["y"] + 14)
    page.mouse.down()
    page.mouse.move(box["x"] - 60, box["y"] + 14, steps=6)
    page.mouse.up()
    assert float(page.locator("[name=lon]").input_value()) < float(before)
    expect(page.locator("#locate-moved")).to_contain_text("已移动")
    page.locator("[name=lon]").fill("120.0041234")
    page.locator("[name=lat]").fill("45.0041234")
    page.locator("[name=lat]").press("Tab")
    page.get_by_role("button", name="保存新位置").click()
    expect(page.locator("#toasts")).to_contain_text("争-1：位置已核对")
    page.goto(page.url.split("/houses")[0] + "/houses/争-1")
    expect(page.locator("h1")).to_have_text("争-1")
    expect(page.locator(".timeline")).to_contain_text("修正位置")


def test_of_two_houses_on_one_point_the_yards_around_are_seen(toy: ToyDatabase, visit: Callable[..., Visit]) -> None:
    page = visit(toy, toy.member("township", WEST), "/houses/西一-A/location").page
    expect(page.locator(".leaflet-control-scale-line")).to_have_text(re.compile("km|[3-9]00 m"))
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET location_note = 'shared_point' WHERE code IN ('西一-A', '西一-B')"))
    page.reload()
    expect(page.locator(".leaflet-control-scale-line")).to_have_text(re.compile("^(100|50|30) m"))
    expect(page.locator(".leaflet-marker-draggable")).to_be_in_viewport()


def test_the_search_field_answers_while_typing(toy: ToyDatabase, visit: Callable[..., Visit]) -> None:
    page = visit(toy, toy.member("township", WEST), "/houses").page
    page.locator(".top-search input[type=search]").fill("户主03")
    page.locator("#top-found a").first.click()
    expect(page.locator("h1")).to_have_text("西一-D")


def test_year_and_status_of_renovation_stand_on_the_phone_and_on_the_map(
    toy: ToyDatabase, visit: Callable[..., Visit]
) -> None:
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET renovation = 'completed', renovation_year = 2025 WHERE code = '西一-D'"))
    page = visit(toy, toy.member("township", WEST), "/houses?renovation_year=2025", size=PHONE).page
    expect(page.locator("tbody .cell-renovation:visible")).to_have_text(["已竣工 2025"])
    expect(page.locator("tbody .cell-location:visible")).to_have_count(0)
    page.goto(page.url.split("/houses")[0] + "/map")
    page.fill(".gh-search input", "西一-D")
    page.locator(".gh-search [role=option]").first.click()
    expect(page.locator(".gh-popup")).to_contain_text("已竣工 · 2025年度")
