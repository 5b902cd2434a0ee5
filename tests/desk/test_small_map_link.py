"""The way from a house to the map opens where the house stands."""

from typing import Any

from tests.fixtures.browser import Visit
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY


def test_the_map_opens_at_the_house(visit: Any, toy_worker: ToyDatabase) -> None:
    found: Visit = visit(toy_worker, toy_worker.member("county", COUNTY), "/houses/西一-A")
    page = found.page
    page.get_by_role("link", name="在一张图上看").first.click()
    page.wait_for_url("**/map?**at=45.00*,120.00*,17*")
    page.wait_for_function("window.ghMap && ghMap.map.getZoom() === 17")
    lat, lon = page.evaluate("(() => { const at = ghMap.map.getCenter(); return [at.lat, at.lng]; })()")
    assert abs(lat - 45.005) < 0.01 and abs(lon - 120.005) < 0.01
