"""Every text that the database can hold is made markup; no page, popup, tooltip, print or map file makes an element of it."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely
from lxml import html
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from geo_housing.maps import standalone
from tests.fixtures.browser import Visit
from tests.scope.country import Country, country
from tests.scope.test_every_route import address, routes

__all__ = ["country"]

# Ends whatever it stands in, an attribute, a script, a text, and then is an element that can be looked for.
MARKUP = """</script></textarea>'"><gh-found>"""
# Texts that code reads; what is left is what people write.
LEAST_POISONED = 15


@pytest.fixture(scope="module")
def poisoned(country: Country) -> Country:
    """The furnished country after every column of texts that takes it holds markup in every row."""
    client = country.toy.browser(country.toy.member("county", "990001"))
    shape = shapely.geometry.mapping(shapely.box(120.0, 45.0, 120.01, 45.01))
    feature = {"type": "Feature", "properties": {"name": MARKUP}, "geometry": shape}
    zones = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    changed = client.request(
        "PUT", f"/api/v1/events/{country.west.event}/zones", files={"file": ("zones.geojson", zones)}
    )
    assert changed.status_code == 200, changed.text
    ledger = f"房屋编号,乡镇,行政村,户主,备注,{MARKUP}\n,{MARKUP},{MARKUP},{MARKUP},{MARKUP},{MARKUP}\n"
    client.post("/imports", files={"file": (f"{MARKUP}.csv", io.BytesIO(ledger.encode()))})
    engine = create_engine(country.toy.names.admin_url)
    columns = text(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t"
        " USING (table_schema, table_name) WHERE t.table_type = 'BASE TABLE' AND c.table_schema = 'public'"
        "  AND c.data_type = 'text' AND c.is_generated = 'NEVER' AND c.table_name !~ '^(procrastinate|alembic|spatial)'"
        "  AND c.column_name !~ '(_code|_hash|sha256|cipher)$' AND (c.table_name, c.column_name) <> ('session', 'token')"
    )
    taken = set()
    with engine.connect() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for table, column in connection.execute(columns).all():
            if (table, column) in KEPT:
                continue
            try:
                with connection.begin_nested():
                    connection.execute(text(f'UPDATE "{table}" SET "{column}" = "{column}" || :m'), {"m": MARKUP})
                taken.add((table, column))
            except DBAPIError:
                continue
        connection.commit()
    engine.dispose()
    assert len(taken) > LEAST_POISONED, taken
    return country


# Who asks and what joins rows: changed, they would only hide what is to be looked at.
KEPT = {("house", "code"), ("area", "code")}


def elements_in(page: str) -> list[str]:
    """Surroundings of elements that somebody's text became."""
    return [page[max(0, found.start() - 120) : found.end()] for found in re.finditer("<gh-found", page)]


@pytest.mark.parametrize("role", ["county", "admin", "village"])
def test_no_page_makes_an_element_of_a_stored_text(poisoned: Country, role: str) -> None:
    area = {"county": "990001", "admin": "0", "village": poisoned.west.village}[role]
    client = poisoned.toy.browser(poisoned.toy.member(role, area))
    batch = max(item["id"] for item in client.get("/api/v1/imports").json()["items"]) if role == "county" else 1
    faults, pages, shown = [], 0, 0
    for method, template in routes():
        if method != "GET":
            continue
        path = address(template, poisoned.west).replace(f"/imports/{poisoned.west.batch}", f"/imports/{batch}")
        answer = client.get(path)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        pages += 1
        shown += "gh-found" in answer.text
        found = elements_in(answer.text) or ["parsed"] * len(html.fromstring(answer.text).findall(".//gh-found"))
        faults += [f"{path} {answer.status_code}: …{where}" for where in found]
    assert not faults, "\n".join(faults)
    assert pages > 20 and shown > 5, (pages, shown)


def looks_clean(page: Page) -> None:
    assert page.locator("gh-found").count() == 0, page.url


class TestInTheBrowser:
    def test_the_map_its_popups_and_its_search_hold_texts(self, poisoned: Country, visit: Callable[..., Visit]) -> None:
        found = visit(
            poisoned.toy, poisoned.toy.member("county", "990001"), "/map?at=45.00500,120.00500,16", webgl=False
        )
        page = found.page
        page.wait_for_selector("[data-ready]")
        for overlay in page.locator("[data-overlay]:not(:checked)").all():
            overlay.check(force=True)
        page.wait_for_load_state("networkidle")
        looks_clean(page)
        # Everything that a pointer finds on its way: houses, zones, standing areas, villages.
        box = page.locator("#gh-view").bounding_box()
        assert box is not None
        for x, y in ((x, y) for x in range(60, int(box["width"]), 240) for y in range(60, int(box["height"]), 200)):
            page.mouse.move(box["x"] + x, box["y"] + y)
            looks_clean(page)
        page.evaluate("void ghMap.map.setView([45.002, 120.005], 18, {animate: false})")
        popup = page.locator(".gh-popup").first
        # The houses of the new place come a moment after it: who presses before that presses again.
        for _ in range(60):
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            page.wait_for_timeout(500)
            if popup.is_visible():
                break
        expect(popup).to_contain_text("gh-found")
        looks_clean(page)

    @pytest.mark.parametrize(
        "path", ["/events/{event}", "/events/{event}/print", "/houses/{house}", "/houses/{house}/location"]
    )
    def test_pages_with_small_maps_hold_texts(self, poisoned: Country, visit: Callable[..., Visit], path: str) -> None:
        found = visit(
            poisoned.toy, poisoned.toy.member("county", "990001"), path.format_map(vars(poisoned.west)), webgl=False
        )
        page = found.page
        page.wait_for_load_state("networkidle")
        for shape in page.locator("path.leaflet-interactive, .leaflet-marker-icon").all()[:12]:
            shape.dispatch_event("mouseover")
            shape.hover(force=True)
        looks_clean(page)
        if path == "/events/{event}":
            assert "gh-found" in page.locator(".leaflet-tooltip").first.inner_text(), "the zone's name is shown"

    def test_the_map_file_holds_texts(self, poisoned: Country, open_file: Callable[..., Visit], tmp_path: Path) -> None:
        with poisoned.toy.transaction() as session:
            standalone.write_map(
                session, poisoned.toy.actor(), tmp_path / "map.html", event=poisoned.west.event, names=True
            )
        assert "gh-found" in (tmp_path / "map.html").read_text("utf-8")
        page = open_file(tmp_path / "map.html", webgl=False).page
        page.wait_for_selector("[data-ready]")
        looks_clean(page)
