"""Where the small maps of the pages look, of a house or an event that has no place of its own: at the county, wherever it lies."""

from typing import Any

from playwright.sync_api import Locator, expect
from sqlalchemy import text

from tests.fixtures.browser import DESK, PHONE
from tests.fixtures.toy import ToyDatabase
from tests.inspections.test_shared_computer_in_browser import photographed
from tests.response.zones import make_event
from tests.toy_county import COUNTY


def change(toy: ToyDatabase, *statements: str) -> None:
    with toy.transaction() as session:
        for statement in statements:
            session.execute(text(statement))


def unlocated(toy: ToyDatabase) -> str:
    """The code of a house without a point."""
    with toy.transaction() as session:
        return str(session.scalar(text("SELECT code FROM house WHERE geom IS NULL AND ended_on IS NULL LIMIT 1")))


def middle_of(page: Any) -> tuple[float, float]:
    """Longitude and latitude that a tap upon the middle of the house's map fills in."""
    page.locator("#locate-map").click()
    expect(page.locator("#locate-form [name=lon]")).not_to_have_value("")
    lon, lat = (page.locator(f"#locate-form [name={name}]").input_value() for name in ("lon", "lat"))
    return float(lon), float(lat)


def box_of(part: Locator) -> tuple[float, float, float, float]:
    box = part.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def test_a_house_in_a_village_without_outline_is_looked_for_in_the_county(visit: Any, toy: ToyDatabase) -> None:
    code = unlocated(toy)
    change(toy, "UPDATE area SET geom = NULL WHERE level = 'village'")
    page = visit(toy, toy.member("county", COUNTY), f"/houses/{code}/location", size=DESK).page
    lon, lat = middle_of(page)
    assert 120 < lon < 120.04 and 45 < lat < 45.02
    photographed(page, "small_map_house")


def test_where_no_outline_is_loaded_the_whole_country_is_shown(visit: Any, toy: ToyDatabase) -> None:
    code = unlocated(toy)
    change(toy, "UPDATE area SET geom = NULL")
    page = visit(toy, toy.member("county", COUNTY), f"/houses/{code}/location", size=PHONE).page
    lon, lat = middle_of(page)
    assert 95 < lon < 115 and 25 < lat < 45


def test_an_event_without_zones_shows_the_townships_and_without_those_no_map(visit: Any, toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"])
    change(toy, "UPDATE hazard_zone SET geom = NULL")
    found = visit(toy, toy.member("county", COUNTY), f"/events/{event}", size=DESK)
    page, chart = found.page, found.page.locator("#event-map")
    outlines = chart.locator("path")
    expect(outlines).to_have_count(2)
    west, north, east, south = box_of(chart)
    for n in range(2):
        left, top, right, bottom = box_of(outlines.nth(n))
        assert west <= left < right <= east and north <= top < bottom <= south
        assert right - left > (east - west) / 8
    photographed(page, "small_map_event")
    change(toy, "UPDATE area SET geom = NULL")
    found.open(f"/events/{event}")
    expect(page.locator("figure.event-map")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
