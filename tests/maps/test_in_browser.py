"""The map as people use it: a real browser, with and without WebGL, at a desk, on a phone, from disk."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Response, Route, expect

from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.queries import affected
from geo_housing.keys import load_keys
from geo_housing.maps import standalone
from geo_housing.response.service import respond
from geo_housing.response.standing.loading import load_standing_file
from tests.fixtures.browser import DESK, PHONE, Visit, fits
from tests.fixtures.settled import until
from tests.fixtures.toy import ToyDatabase
from tests.maps.tiling import add_houses
from tests.response.zones import make_event, write_zone
from tests.toy_county import COUNTY, VILLAGES, WEST

# Four of the cross of 西一村 and 疑-1 are in view: D at 45.002, 120.005.
ABOVE = 7
WEST_ONE = "/map?at=45.00350,120.00500,17"


def ready(page: Page) -> str:
    """Wait for the map; how it draws."""
    page.wait_for_selector("[data-ready]")
    return str(page.get_attribute("#gh-page", "data-ready"))


def figure(page: Page, code: str, list_name: str = "risk") -> Any:
    return page.locator(f"[data-list={list_name}][data-code={code}] [data-figure]")


def place_of(page: Page, lat: float, lon: float) -> tuple[float, float]:
    """Where a point stands on the screen."""
    box = page.locator("#gh-view").bounding_box()
    assert box is not None
    at = page.evaluate("([lat, lon]) => { const p = ghMap.map.latLngToContainerPoint([lat, lon]); return [p.x, p.y] }", [lat, lon])  # fmt: skip
    return box["x"] + at[0], box["y"] + at[1]


def colour_at(page: Page, lat: float, lon: float) -> tuple[int, int, int]:
    """What is drawn there, a little above the letter in the middle."""
    import io

    from PIL import Image

    x, y = place_of(page, lat, lon)
    shot = Image.open(io.BytesIO(page.screenshot(clip={"x": round(x), "y": round(y) - ABOVE, "width": 1, "height": 1})))
    red, green, blue = shot.convert("RGB").getpixel((0, 0))
    return red, green, blue


def near(one: tuple[int, int, int], other: str) -> bool:
    wanted = [int(other[i : i + 2], 16) for i in (1, 3, 5)]
    return all(abs(a - b) < 40 for a, b in zip(one, wanted, strict=True))


def until_drawn(page: Page, lat: float, lon: float, colour: str) -> None:
    until(
        page,
        lambda: near(colour_at(page, lat, lon), colour),
        lambda: f"expected {colour}, found {colour_at(page, lat, lon)}",
    )


@pytest.mark.parametrize("webgl", [True, False], ids=["webgl", "canvas"])
def test_houses_are_seen_and_the_legend_filters_them(visit: Any, toy_worker: ToyDatabase, webgl: bool) -> None:
    found: Visit = visit(toy_worker, toy_worker.member("county", COUNTY), WEST_ONE, webgl=webgl)
    page = found.page
    assert ready(page) == ("webgl" if webgl else "canvas")
    until_drawn(page, 45.002, 120.005, "#D55E00")
    expect(figure(page, "D")).to_have_text("1")
    expect(figure(page, "none")).to_have_text("0")
    expect(page.locator("[data-shows=total]")).to_contain_text("5 户 · 5 栋")

    page.click("input[name=by][value=renovation]", force=True)
    until_drawn(page, 45.002, 120.005, "#CC4C02")
    until_drawn(page, 45.005, 120.005, "#BDBDBD")
    expect(figure(page, "unplanned", "renovation")).to_have_text("2")
    assert "by=renovation" in page.url

    page.click("input[name=by][value=risk]", force=True)
    page.click("[data-list=risk][data-code=D]")
    until_drawn(page, 45.002, 120.005, "#FFFFFF")
    expect(page.locator("[data-shows=total]")).to_contain_text("4 户 · 4 栋")
    expect(figure(page, "D")).to_have_text("1")
    assert "risk=C,suspected,none,B,A" in page.url
    page.click("[data-does=reset]")
    until_drawn(page, 45.002, 120.005, "#D55E00")


@pytest.mark.parametrize("webgl", [True, False], ids=["webgl", "canvas"])
def test_a_click_tells_about_the_house_and_the_link_shows_the_same(
    visit: Any, toy_worker: ToyDatabase, webgl: bool
) -> None:
    member = toy_worker.member("county", COUNTY)
    page = visit(toy_worker, member, f"{WEST_ONE}&table=1", webgl=webgl).page
    ready(page)
    until_drawn(page, 45.002, 120.005, "#D55E00")
    page.mouse.click(*place_of(page, 45.002, 120.005))
    popup = page.locator(".gh-popup")
    expect(popup).to_contain_text("D级")
    expect(popup).to_contain_text("户主03")
    expect(popup).to_contain_text("4人 · 独居老人")
    expect(popup.locator("a.gh-popup-open")).to_have_attribute("href", re.compile("/houses/"))
    rows = page.locator("#gh-table tbody tr")
    expect(rows.first).to_contain_text("D级")
    page.mouse.move(*place_of(page, 45.002, 120.005))
    other = visit(toy_worker, member, page.url.removeprefix(page.url.split("/map")[0]), webgl=webgl).page
    ready(other)
    assert other.evaluate("ghMap.map.getZoom()") == 17
    expect(other.locator("#gh-table tbody tr").first).to_contain_text("D级")


def test_drawing_analyses_while_the_shape_grows_and_opens_an_event(visit: Any, toy: ToyDatabase) -> None:
    found: Visit = visit(toy, toy.member("county", COUNTY), "/map?at=45.01000,120.02000,14")
    page = found.page
    ready(page)
    page.click("[data-draws=Rectangle]")
    page.mouse.click(*place_of(page, 45.0001, 120.0001))
    page.mouse.move(*place_of(page, 45.005, 120.005))
    page.mouse.move(*place_of(page, 45.0099, 120.0099), steps=4)
    analysis = page.locator("[data-shows=analysis]")
    expect(analysis.locator(".gh-figures")).to_contain_text("6栋")
    page.mouse.move(*place_of(page, 45.0099, 120.0199), steps=4)
    expect(analysis.locator(".gh-figures")).to_contain_text("11栋")
    page.mouse.click(*place_of(page, 45.0099, 120.0199))
    expect(analysis).to_contain_text("西山镇")
    expect(analysis).to_contain_text("4 栋（D级 2）")
    page.fill(".gh-new-event [name=name]", "试画的范围")
    page.select_option(".gh-new-event [name=kind]", "rainstorm")
    with (
        page.expect_request("**/api/v1/events") as asked,
        page.expect_navigation(url="**/events/*", wait_until="commit"),
    ):
        page.click(".gh-new-event button.btn-primary")
    assert asked.value.response().status == 200
    with toy.transaction() as session:
        from sqlalchemy import text

        event = session.execute(text("SELECT name, kind, level FROM hazard_event")).one()
    assert tuple(event) == ("试画的范围", "rainstorm", "ungraded")
    found.open("/map")
    ready(page)
    expect(page.locator("input[name=zone]")).to_be_checked()
    expect(page.locator(".leaflet-pane path[stroke='#6E6E6E']")).to_have_count(1)


def test_a_drawn_shape_becomes_a_standing_risk_area(visit: Any, toy: ToyDatabase) -> None:
    found: Visit = visit(toy, toy.member("county", COUNTY), "/map?at=45.01000,120.02000,14")
    page = found.page
    ready(page)
    page.click("[data-draws=Rectangle]")
    page.mouse.click(*place_of(page, 45.0001, 120.0001))
    page.mouse.move(*place_of(page, 45.0099, 120.0099), steps=4)
    page.mouse.click(*place_of(page, 45.0099, 120.0099))
    page.fill(".gh-new-event [name=name]", "东沟泥石流易发地")
    page.select_option(".gh-new-event [name=kind]", "geological")
    with page.expect_navigation(url="**/events/standing", wait_until="load"):
        page.click("[data-does=new-standing]")
    expect(page.locator("main")).to_contain_text("东沟泥石流易发地")
    found.open("/map?standing-areas=1&at=45.01000,120.02000,14")
    ready(page)
    expect(page.locator(".leaflet-pane path[stroke='#6b4423']")).to_have_count(1)


def test_a_zone_without_located_houses_is_not_called_empty(visit: Any, toy_worker: ToyDatabase) -> None:
    page = visit(toy_worker, toy_worker.member("county", COUNTY), "/map?at=45.00200,120.00200,16").page
    ready(page)
    page.click("[data-draws=Rectangle]")
    page.mouse.click(*place_of(page, 45.0002, 120.0002))
    page.mouse.move(*place_of(page, 45.0014, 120.0014), steps=4)
    analysis = page.locator("[data-shows=analysis]")
    expect(analysis).to_contain_text("还没有画完")
    page.mouse.click(*place_of(page, 45.0014, 120.0014))
    expect(analysis.locator(".gh-figures")).to_contain_text("0栋")
    # 争-1 is declared in this village and has its point elsewhere, 无-1 somewhere in the township has none.
    expect(analysis).to_contain_text("位置不确定的 2 栋请到所在村核实")
    expect(analysis).not_to_contain_text("没有登记的房屋")


def test_a_buffer_counts_what_lies_within_metres_of_a_point(visit: Any, toy_worker: ToyDatabase) -> None:
    page = visit(toy_worker, toy_worker.member("county", COUNTY), "/map?at=45.00500,120.00500,15").page
    ready(page)
    page.click("[data-draws=Line]")
    page.check("[name=buffer-of][value=Marker]")
    page.fill("[name=metres]", "100")
    page.mouse.click(*place_of(page, 45.005, 120.005))
    figures = page.locator("[data-shows=analysis] .gh-figures")
    expect(figures).to_contain_text("1栋")
    page.fill("[name=metres]", "450")
    expect(figures).to_contain_text("6栋")
    page.keyboard.press("Escape")


def test_corners_are_set_on_coloured_villages(visit: Any, toy_worker: ToyDatabase) -> None:
    page = visit(toy_worker, toy_worker.member("county", COUNTY), "/map?at=45.01000,120.02000,10").page
    ready(page)
    expect(page.locator("[data-shows=far]")).to_be_visible()
    expect(page.locator("path[fill='#8f3f15']").first).to_be_attached()
    page.click("[data-draws=Polygon]")
    # The first corner lies in 西一村, the others so far outside that all villages east of it are inside.
    corners = [(45.005, 120.005), (44.95, 120.1), (45.1, 120.1)]
    page.evaluate("window.zooms = 0; void ghMap.map.on('zoomstart', () => (window.zooms += 1))")
    set_corners = page.locator(".marker-icon:not(.cursor-marker)")
    for n, corner in enumerate(corners, start=1):
        page.mouse.click(*place_of(page, *corner))
        expect(set_corners).to_have_count(n)
    page.mouse.click(*place_of(page, *corners[0]))
    expect(page.locator(".gh-new-event")).to_be_visible()
    expect(page.locator("[data-shows=analysis] .gh-figures")).to_contain_text(re.compile(r"[1-9]\d*栋"))
    page.click("[data-does=close-analysis]")

    page.click("[data-draws=Line]")
    page.mouse.click(*place_of(page, 45.005, 120.005))
    expect(set_corners).to_have_count(1)
    page.mouse.dblclick(*place_of(page, 45.005, 120.1))
    expect(page.locator(".gh-new-event")).to_be_visible()
    # A village that is picked begins to zoom at the same click.
    assert page.evaluate("window.zooms") == 0


def test_a_click_opens_a_coloured_village(visit: Any, toy_worker: ToyDatabase) -> None:
    page = visit(toy_worker, toy_worker.member("county", COUNTY), "/map?at=45.01000,120.02000,10").page
    ready(page)
    expect(page.locator("path[fill='#8f3f15']").first).to_be_attached()
    page.mouse.click(*place_of(page, 45.005, 120.005))
    expect(page.locator("[data-shows=far]")).to_be_hidden()


def test_from_far_villages_are_coloured_and_tell_their_figure(visit: Any, toy_worker: ToyDatabase) -> None:
    page = visit(toy_worker, toy_worker.member("county", COUNTY), "/map?at=45.01000,120.02000,10").page
    ready(page)
    expect(page.locator("[data-shows=far]")).to_be_visible()
    expect(page.locator("path[fill='#8f3f15']").first).to_be_attached()
    page.mouse.move(*place_of(page, 45.005, 120.005))
    expect(page.locator(".gh-tip")).to_contain_text("西一村村委会")
    expect(page.locator(".gh-tip")).to_contain_text("33")


def test_villages_do_not_look_safe_when_the_dangerous_classes_are_clicked_away(
    visit: Any, toy_worker: ToyDatabase
) -> None:
    page = visit(toy_worker, toy_worker.member("county", COUNTY), "/map?at=45.01000,120.02000,10").page
    ready(page)
    note = page.locator("[data-shows=left-out]")
    expect(page.locator("path[fill='#8f3f15']").first).to_be_attached()
    expect(note).to_be_hidden()
    page.click("[data-list=risk][data-code=D]")
    expect(note).to_have_text("已筛去D级，这一项只计其余部分。")
    page.click("[data-list=risk][data-code=C]")
    expect(note).to_have_text("已筛去C级、D级，这一项不计算，不是没有。")
    expect(page.locator("[data-shows=steps]")).to_be_hidden()
    expect(page.locator("path[fill='#f6eee3']")).to_have_count(0)
    expect(page.locator("path[fill='#eceff2']").first).to_be_attached()
    page.mouse.move(*place_of(page, 45.005, 120.005))
    expect(page.locator(".gh-tip")).to_contain_text("—")
    page.select_option("[name=measure]", "suspected")
    expect(note).to_be_hidden()


def test_a_dead_link_shows_the_map_and_names_what_it_could_not_read(visit: Any, toy_worker: ToyDatabase) -> None:
    found: Visit = visit(
        toy_worker, toy_worker.member("county", COUNTY), f"/map?at=999,999,99&risk=ZZ,D&area={WEST}999"
    )
    page = found.page
    ready(page)
    banner = page.locator("[data-shows=banner]")
    expect(banner).to_contain_text(f"risk=ZZ、area={WEST}999、at=999,999,99")
    expect(figure(page, "D")).to_have_text("8")
    expect(page.locator("[data-shows=total]")).to_contain_text("8 栋")
    assert "risk=D" in page.url and "ZZ" not in page.url and f"{WEST}999" not in page.url
    banner.get_by_role("button").click()
    expect(banner).to_be_hidden()
    found.open(f"/map?risk=D级,C&area={WEST}&category=key_groups&occupancy=lived_in&at=45.01,120.02,14")
    ready(page)
    expect(page.locator("[data-shows=total]")).to_contain_text("栋")
    expect(banner).to_be_hidden()
    assert "risk=D,C" in page.url and "category=key_groups" in page.url


def test_a_failed_request_never_looks_like_a_safe_map(visit: Any, toy_worker: ToyDatabase) -> None:
    found: Visit = visit(toy_worker, toy_worker.member("county", COUNTY), WEST_ONE)
    page = found.page
    ready(page)
    expect(figure(page, "D")).to_have_text("1")
    found.expected += ["ERR_FAILED", "Failed to load resource"]
    page.route("**/api/v1/map/counts*", lambda route: route.abort())
    failed: list[str] = []

    def is_second(request: Request) -> bool:
        failed.extend([request.url] if "/api/v1/map/counts" in request.url else [])
        return len(failed) == 2

    # The banner takes room: the map asks again for its new size before anybody can press the button.
    with page.expect_event("requestfailed", is_second):
        page.evaluate("void ghMap.map.panBy([40, 0])")
    banner = page.locator("[data-shows=banner]")
    expect(banner).to_contain_text("空白处不代表没有危房")
    expect(figure(page, "D")).to_have_text("—")
    page.unroute("**/api/v1/map/counts*")
    banner.get_by_role("button").click()
    expect(banner).to_be_hidden()
    expect(figure(page, "D")).to_have_text("1")


def opened_event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"], level="orange")
        respond(session, toy.actor(COUNTY), event)
        return event


@pytest.mark.parametrize("webgl", [True, False], ids=["webgl", "canvas"])
def test_houses_that_did_not_come_are_missed_until_they_do(visit: Any, toy: ToyDatabase, webgl: bool) -> None:
    event = opened_event(toy)
    found: Visit = visit(
        toy, toy.member("county", COUNTY), f"{WEST_ONE}&inspections={event}&events={event}", webgl=webgl
    )
    page, banner = found.page, found.page.locator("[data-shows=banner]")
    ready(page)
    found.expected += ["ERR_FAILED", "Failed to load resource", "Failed to fetch"]
    broken = [True]

    def answer(route: Route) -> None:
        if broken:
            route.abort()
        else:
            route.continue_()

    page.route("**/tiles/houses/**" if webgl else "**/map/houses/points*", answer)
    # Nothing glides: what the map asks for when it comes to rest would find the houses before the button is pressed.
    page.evaluate("void ghMap.map.setZoom(14, { animate: false })")
    expect(banner).to_contain_text("空白处不代表没有危房")
    # What comes beside it, or later, makes the houses no more complete.
    for _ in range(2):
        with page.expect_response("**/map/counts*"):
            page.evaluate("void ghMap.map.panBy([30, 0], { animate: false })")
        expect(page.locator(".gh-busy")).to_have_count(0)
        expect(banner).to_be_visible()
    broken.clear()
    banner.get_by_role("button").click()
    expect(banner).to_be_hidden()


def test_a_zone_that_failed_comes_with_the_next_try_and_the_banner_goes(visit: Any, toy: ToyDatabase) -> None:
    event = opened_event(toy)
    found: Visit = visit(toy, toy.member("county", COUNTY), "/account")
    page, banner = found.page, found.page.locator("[data-shows=banner]")
    found.expected += ["ERR_FAILED", "Failed to load resource"]
    page.route("**/map/zones*", lambda route: route.abort())
    found.open(f"{WEST_ONE}&events={event}")
    ready(page)
    expect(banner).to_contain_text("数据没有读全")
    page.unroute("**/map/zones*")
    banner.get_by_role("button").click()
    expect(banner).to_be_hidden()
    expect(page.locator(".leaflet-gh-zones-pane path")).to_have_count(1)


def test_a_zone_that_is_switched_off_and_on_while_it_comes_is_one(visit: Any, toy: ToyDatabase) -> None:
    event = opened_event(toy)
    found: Visit = visit(toy, toy.member("county", COUNTY), WEST_ONE)
    page, zones = found.page, found.page.locator(".leaflet-gh-zones-pane path")
    ready(page)
    expect(zones).to_have_count(1)
    found.expected += ["ERR_ABORTED", "Failed to load resource"]
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        held.append(route)
        if len(held) > 1:
            route.continue_()

    page.route("**/map/zones*", hold_the_first)
    switch = page.locator(f"input[name=zone][value='{event}']")
    switch.click(force=True)
    expect(zones).to_have_count(0)
    with page.expect_request("**/map/zones*"):
        switch.click(force=True)
    switch.click(force=True)
    # Nobody waits for the first answer any more.
    switch.click(force=True)
    expect(zones).to_have_count(1)
    switch.click(force=True)
    expect(zones).to_have_count(0)


def test_the_export_tells_what_the_file_holds_and_asks_what_it_is_for(visit: Any, toy_worker: ToyDatabase) -> None:
    page = visit(toy_worker, toy_worker.member("county", COUNTY), f"{WEST_ONE}&area={WEST}&risk=C,D").page
    ready(page)
    page.click("[data-does=export]")
    dialog = page.locator("#gh-export")
    system, count = dialog.locator("[name=crs]"), dialog.locator("[data-shows=export-count]")
    # The choice is there before anything is chosen, whatever the format can hold.
    expect(system).to_be_visible()
    system.select_option("auto")
    expect(count).to_contain_text("EPSG:4528")
    expect(dialog.locator("[data-shows=export-filter]")).to_contain_text("西山镇")
    page.select_option("#gh-export [name=format]", "geojson")
    expect(system).to_be_hidden()
    expect(dialog.locator("[data-shows=fixed-crs]")).to_be_visible()
    expect(count).to_have_text("共 8 栋 · OGC:CRS84")
    page.select_option("#gh-export [name=format]", "csv")
    expect(dialog.locator("[data-does=about]")).to_be_visible()
    # Names are in it: it is not sent before somebody says for whom and what for.
    expect(dialog.locator("[data-shows=purpose-hint]")).to_be_visible()
    page.click("#gh-export [data-does=download]")
    expect(dialog).to_be_visible()
    page.fill("#gh-export [name=purpose]", "镇政府 核对")
    with page.expect_download() as taken:
        page.click("#gh-export [data-does=download]")
    assert taken.value.path().read_text("utf-8").count("\n") == 9
    expect(dialog).to_be_hidden()

    page.click("[data-does=export]")
    page.select_option("#gh-export [name=layer]", "village-statistics")
    expect(dialog.locator("[data-shows=export-notes]")).to_contain_text("至少 5 栋")
    page.select_option("#gh-export [name=layer]", "houses")
    page.select_option("#gh-export [name=format]", "html")
    with page.expect_download() as taken:
        page.click("#gh-export [data-does=download]")
    html = taken.value.path().read_text("utf-8")
    assert "gh-watermark" in html and "内部资料" in html and "\\u6237\\u4e3b" not in html


def test_search_flies_to_a_house(visit: Any, toy_worker: ToyDatabase) -> None:
    page = visit(toy_worker, toy_worker.member("county", COUNTY), "/map").page
    ready(page)
    page.fill(".gh-search input", "东四-D")
    page.locator(".gh-search [role=option]").first.click()
    expect(page.locator(".gh-popup")).to_contain_text("东四-D")
    assert page.evaluate("Math.abs(ghMap.map.getCenter().lng - 120.035) < 0.001")


def test_what_others_change_appears_by_itself(visit: Any, toy: ToyDatabase) -> None:
    page = visit(toy, toy.member("county", COUNTY), WEST_ONE).page
    ready(page)
    until_drawn(page, 45.002, 120.005, "#D55E00")
    with toy.transaction() as session:
        add_houses(session, [(120.0065, 45.0035)], area=f"{WEST}201", grade="D", renovation="unplanned")
    page.evaluate("void ghMap.map.panBy([1, 0])")
    expect(figure(page, "D")).to_have_text("2")
    until_drawn(page, 45.0035, 120.0065, "#D55E00")


def test_on_a_phone_the_panel_is_a_sheet(visit: Any, toy_worker: ToyDatabase) -> None:
    page = visit(toy_worker, toy_worker.member("village", f"{WEST}201"), "/map", size=PHONE).page
    ready(page)
    panel = page.locator("#gh-panel")
    expect(panel).to_be_hidden()
    page.click("[data-does=open-panel]")
    expect(panel).to_be_visible()
    expect(figure(page, "D")).to_have_text("1")
    page.click("[data-does=close-panel]")
    expect(panel).to_be_hidden()
    assert fits(page)


@pytest.mark.parametrize("most", [50_000, 10], ids=["houses", "numbers"])
def test_the_file_opens_from_disk_without_network(
    open_file: Any, toy_worker: ToyDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(standalone, "MOST_SINGLE", most)
    with toy_worker.transaction() as session:
        standalone.write_map(session, toy_worker.actor(), tmp_path / "map.html")
    page = open_file(tmp_path / "map.html").page
    page.set_viewport_size(PHONE)
    said = page.locator(".top > :not(.top-space)").all()
    # Whose copy it is, and of what, can be read on a phone, too.
    assert len(said) == 3
    for one in said:
        box = one.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    page.set_viewport_size(DESK)
    assert ready(page) == "canvas"
    page.evaluate("void ghMap.map.setView([45.0035, 120.005], 17, {animate: false})")
    if most == 50_000:
        until_drawn(page, 45.002, 120.005, "#D55E00")
        page.mouse.click(*place_of(page, 45.002, 120.005))
        expect(page.locator(".gh-popup")).to_contain_text("西一-D")
        expect(page.locator(".gh-popup")).not_to_contain_text("户主")
    page.evaluate("void ghMap.map.setView([45.01, 120.02], 13, {animate: false})")
    expect(page.locator("[data-shows=total]")).to_contain_text("42 栋")
    expect(figure(page, "D")).to_have_text("8")
    page.click("[data-list=risk][data-code=none]")
    expect(page.locator("[data-shows=total]")).to_contain_text("34 栋")


def test_a_drawn_zone_joins_an_event_once_its_difference_was_seen(visit: Any, toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"], level="orange")
        respond(session, toy.actor(COUNTY), event)
    found: Visit = visit(toy, toy.member("county", COUNTY), f"/events/{event}/zones")
    page = found.page
    page.get_by_role("link", name="在地图上画").click()
    ready(page)
    expect(page.locator(".gh-new-event [name=target]")).to_have_value(str(event))
    page.evaluate("void ghMap.map.setView([45.01, 120.02], 14, { animate: false })")
    page.click("[data-draws=Rectangle]")
    page.mouse.click(*place_of(page, 45.0001, 120.0101))
    page.mouse.move(*place_of(page, 45.0099, 120.0199), steps=4)
    page.mouse.click(*place_of(page, 45.0099, 120.0199))
    rows = page.locator("[data-shows=difference] tbody tr")
    expect(rows.nth(1)).to_contain_text("移出")
    assert figures_of(rows.nth(1))[-1] > 0, "in place of 西一"
    page.get_by_label("现在的范围不动，再加上").check()
    expect(rows.nth(1).locator("td").last).to_have_text("0")
    added, kept = figures_of(rows.nth(0)), figures_of(rows.nth(2))
    save = page.get_by_role("button", name="保存新范围")
    expect(save).to_be_enabled()
    expect(page.get_by_role("button", name="新建事件")).to_be_hidden()
    with page.expect_navigation(url=f"**/events/{event}", wait_until="commit"):
        save.click()
    with toy.transaction(COUNTY) as session:
        after = affected(session, event)
        assert session.get_one(HazardEvent, event).revision == 2
    assert (added[-1] + kept[-1], added[0] > 0) == (after.houses + after.uncertain, True)


def figures_of(row: Any) -> list[int]:
    return [int(text.split()[0]) for text in row.locator("td").all_inner_texts()]


def test_a_standing_area_says_who_answers_and_leads_to_its_page(visit: Any, toy: ToyDatabase, tmp_path: Path) -> None:
    zone = write_zone(tmp_path / "易发地.geojson", ["西一"])
    features = json.loads(zone.read_text("utf-8"))
    features["features"][0]["properties"] = {
        "名称": "西沟",
        "责任人": "张甲",
        "责任人电话": "10000000001",
        "措施": "立即撤离",
    }
    zone.write_text(json.dumps(features, ensure_ascii=False), "utf-8")
    with toy.transaction(COUNTY) as session:
        [number] = load_standing_file(
            session, toy.actor(COUNTY), zone, lambda: load_keys(toy.settings.keys_file), kind="geological"
        ).created
        # Under the zone of an event it is reached as well.
        event = make_event(session, toy.actor(COUNTY), ["西一", "西二"], level="red")
    address = f"/map?standing-areas=1&zones={event}&at=45.00350,120.00500,15"
    for role, whole in (("county", True), ("leader", False)):
        page = visit(toy, toy.member(role, COUNTY), address).page
        ready(page)
        expect(page.locator(".leaflet-pane path[stroke='#6b4423']")).to_have_count(1)
        expect(page.locator(".leaflet-pane path[stroke='#D0021B']")).not_to_have_count(0)
        page.mouse.click(*place_of(page, 45.0008, 120.0008))
        told = page.locator(".gh-standing")
        expect(told).to_contain_text("张甲")
        expect(told).to_contain_text("立即撤离")
        assert "10000000001" not in page.content()
        expect(told.locator("a")).to_have_attribute("href", f"/events/standing/{number}")
        expect(told.get_by_label("显示电话")).to_have_count(int(whole))
        if whole:
            told.get_by_label("显示电话").click()
            expect(told).to_contain_text("10000000001")


def east_of(asked: Any) -> list[float]:
    """The longitudes of a shape that was asked about."""
    return [east for ring in asked["geometry"]["coordinates"] for east, _ in ring]


def test_a_drawing_names_who_is_moved_first(visit: Any, toy: ToyDatabase, tmp_path: Path) -> None:
    with toy.transaction(COUNTY) as session:
        path = write_zone(tmp_path / "易发地.geojson", ["西一"])
        load_standing_file(
            session, toy.actor(COUNTY), path, lambda: load_keys(toy.settings.keys_file), kind="geological"
        )
    page = visit(toy, toy.member("county", COUNTY), "/map?at=45.01000,120.02000,14").page
    ready(page)

    def of_the_whole(answer: Response) -> bool:
        """Not of the shape while it grew."""
        return "affected-preview" in answer.url and max(east_of(answer.request.post_data_json)) > 120.0095

    page.click("[data-draws=Rectangle]")
    with page.expect_response(of_the_whole) as answered:
        page.mouse.click(*place_of(page, 45.0001, 120.0001))
        page.mouse.move(*place_of(page, 45.0099, 120.0099), steps=4)
        page.mouse.click(*place_of(page, 45.0099, 120.0099))
    first = answered.value.json()["first"]
    told = [str(first["households"]), str(first["people"])]
    expect(page.locator("[data-shows=first] strong")).to_have_text(f"首批转移 {told[0]} 户 {told[1]} 人")
    page.fill(".gh-new-event [name=name]", "试画的范围")
    with page.expect_navigation(url="**/events/*", wait_until="load"):
        page.get_by_role("button", name="新建事件").click()
    figures = page.locator("#affected .first-list .figures strong")
    assert [figures.nth(0).inner_text(), figures.nth(2).inner_text()] == told


@pytest.mark.parametrize("area", [VILLAGES["西一"][0], WEST], ids=["village", "township"])
def test_a_link_that_names_an_area_alone_opens_there(visit: Any, toy_worker: ToyDatabase, area: str) -> None:
    member = toy_worker.member("county", COUNTY)
    page = visit(toy_worker, member, f"/map?area={area}").page
    ready(page)
    seen = """(code) => {
      const { map, layers } = window.ghMap;
      const bounds = [layers.townships, layers.villages].flatMap((layer) => layer.getLayers()).find((one) => one.feature.properties.code === code).getBounds();
      const width = (box) => box.getEast() - box.getWest(), height = (box) => box.getNorth() - box.getSouth();
      const view = map.getBounds();
      return { whole: view.contains(bounds), share: Math.max(width(bounds) / width(view), height(bounds) / height(view)) };
    }"""
    found = page.evaluate(seen, area)
    assert found["whole"] and found["share"] > 0.4
    # A place in the link is what was meant: it holds.
    there = visit(toy_worker, member, f"/map?area={area}&at=45.01000,120.02000,11").page
    ready(there)
    assert there.evaluate("ghMap.map.getZoom()") == 11
