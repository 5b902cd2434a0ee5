"""Both stories of the design in a real browser: houses on the map, and the night from the drawn zone to the result.

Every visit asserts at its end that the console was clean and that no request left the host (tests/fixtures/browser.py).
"""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.fixtures.browser import PHONE, Visit, fits
from tests.fixtures.toy import ToyDatabase
from tests.maps.test_in_browser import figure, place_of, ready, until_drawn
from tests.response.zones import write_zone
from tests.toy_county import COUNTY, VILLAGES, WEST

D_OF_WEST_ONE = (45.002, 120.005)


def sign_in(page: Page, toy: ToyDatabase, role: str, area: str) -> None:
    """By the form, as people do."""
    member = toy.member(role, area)
    page.fill("[name=username]", member.name)
    page.fill("[name=password]", member.password)
    page.click("button[type=submit], form button.btn-primary")
    page.wait_for_url(lambda address: "/sign-in" not in address)


def scalar(toy: ToyDatabase, query: str, **values: Any) -> Any:
    with toy.transaction() as session:
        return session.scalar(text(query), values)


def in_view(page: Page, toy: ToyDatabase, condition: str) -> str:
    """What the database counts within the map's view."""
    box = page.evaluate("(() => { const b = ghMap.map.getBounds(); return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()] })()")  # fmt: skip
    query = f"SELECT count(*) FROM house WHERE {condition} AND geom && ST_MakeEnvelope(:w, :s, :e, :n, 4490)"
    count = scalar(toy, query, **dict(zip("wsen", box, strict=True)))
    assert count
    return str(count)


def test_the_night_from_the_map_to_the_result(visit: Callable[..., Visit], toy: ToyDatabase) -> None:
    found = visit(toy, None, "/map?at=45.00500,120.00500,16")
    page = found.page
    assert "/sign-in" in page.url
    sign_in(page, toy, "county", COUNTY)

    # Houses on the map, by risk and by renovation status, with the figures of the database.
    found.open("/map?at=45.00500,120.00500,16")
    ready(page)
    until_drawn(page, *D_OF_WEST_ONE, "#D55E00")
    expect(figure(page, "D")).to_have_text(in_view(page, toy, "risk = 'D'"))
    page.check("[name=by][value=renovation]", force=True)
    until_drawn(page, *D_OF_WEST_ONE, "#CC4C02")
    expect(figure(page, "unplanned", "renovation")).to_have_text(in_view(page, toy, "renovation = 'unplanned'"))

    # A zone is drawn, the analysis stands beside it before anything is opened.
    found.open("/map?at=45.01000,120.02000,14")
    ready(page)
    page.click("[data-draws=Rectangle]")
    page.mouse.click(*place_of(page, 45.0001, 120.0001))
    page.mouse.move(*place_of(page, 45.0099, 120.0199), steps=4)
    page.mouse.click(*place_of(page, 45.0099, 120.0199))
    expect(page.locator("[data-shows=analysis] .gh-figures")).to_contain_text("11栋")
    page.fill(".gh-new-event [name=name]", "西山强降雨")
    page.select_option(".gh-new-event [name=kind]", "rainstorm")
    page.select_option(".gh-new-event [name=level]", "red")
    page.click(".gh-new-event button.btn-primary")
    page.wait_for_url("**/events/*")

    # The event: the same figures, one main button after the other.
    expect(page.locator("h1")).to_have_text("西山强降雨")
    expect(page.locator("#affected .figures")).to_contain_text("11 栋")
    expect(page.locator("#event-map path").first).to_be_visible()
    expect(page.locator(".next-step button")).to_have_text("下达转移任务")
    assert scalar(toy, "SELECT count(*) FROM emergency_inspection") == 0
    page.click(".next-step button")
    expect(page.locator(".toast, [role=status]").first).to_contain_text("任务已下达")
    waiting = scalar(toy, "SELECT count(*) FROM emergency_inspection WHERE state = 'prepared'")
    expect(page.locator("#progress .figures")).to_contain_text(f"{waiting} 栋应查")
    page.click(".next-step summary:has-text('进入灾后排查')")
    expect(page.locator(".confirm-step p").first).to_contain_text(f"将有 {waiting} 栋的完成时限")
    page.click(".next-step .confirm-step button")
    expect(page.locator("#progress .figures")).to_contain_text(f"{waiting} 待排查")

    # The village's list, the most urgent house first, its result with a photo.
    page.click("#progress a.row-link:has-text('西一村')")
    expect(page.locator("h1")).to_contain_text("西一村")
    first = page.locator(".inspection-table tbody tr").first
    expect(first).to_contain_text("西一-D")
    expect(first).to_contain_text("独居老人")
    first.locator("a.row-link").click()
    page.click(".results label:has-text('倒塌')")
    page.fill("[name=rooms_collapsed]", "2")
    page.fill("[name=visitor]", "某巡查员")
    page.set_input_files("[name=photos]", {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": _photo()})
    page.click("form.inspection-form button.btn-primary")
    expect(page.locator(".toast, [role=status]").first).to_contain_text("排查完成")

    event = scalar(toy, "SELECT id FROM hazard_event WHERE name = '西山强降雨'")
    found.open(f"/events/{event}")
    expect(page.locator("#progress .figures")).to_contain_text("1 已排查")
    expect(page.locator("#progress .figures")).to_contain_text("1 倒塌")
    assert scalar(toy, "SELECT count(*) FROM inspection_photo") == 1
    # What was seen is no grade and changes none.
    assert scalar(toy, "SELECT grade FROM house WHERE code = '西一-D'") == "D"


def test_progress_moves_by_itself_and_a_village_enters_on_its_phone(
    visit: Callable[..., Visit], toy: ToyDatabase
) -> None:
    client = toy.browser(toy.member("county", COUNTY))
    event = client.post("/api/v1/events", json={"areas": [WEST], "name": "演练过程", "kind": "flood", "mode": "drill"}).json()["event"]  # fmt: skip
    client.post(f"/api/v1/events/{event}/respond")
    client.post(f"/api/v1/events/{event}/phase", json={"phase": "aftermath"})
    desk = visit(toy, toy.member("township", WEST), f"/events/{event}", before=lambda page: page.clock.install())
    expect(desk.page.locator(".event-facts")).to_contain_text("演练")
    expect(desk.page.locator("#progress .figures")).to_contain_text("0 已排查")

    village = VILLAGES["西一"][0]
    phone = visit(toy, toy.member("village", village), f"/events/{event}/areas/{village}", size=PHONE)
    page = phone.page
    page.locator(".inspection-table a.row-link").first.click()
    expect(page).to_have_title(re.compile("【演练】"))
    page.click(".results label:has-text('未见明显隐患')")
    assert fits(page), "the form is wider than the phone"
    page.click("form.inspection-form button.btn-primary")
    expect(page.locator(".toast, [role=status]").first).to_contain_text("排查完成")
    desk.page.clock.fast_forward(31_000)
    expect(desk.page.locator("#progress .figures")).to_contain_text("1 已排查")


def _photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "grey").save(out, "JPEG")
    return out.getvalue()


def test_standing_areas_from_file_to_filter(visit: Callable[..., Visit], toy: ToyDatabase, tmp_path: Path) -> None:
    found = visit(toy, toy.member("county", COUNTY), "/events/standing")
    page = found.page
    found.expected.append("status of 422")
    expect(page.locator(".nothing")).to_be_visible()
    page.click("summary:has-text('上传范围文件')")
    page.set_input_files("[name=file]", str(write_zone(tmp_path / "隐患点.geojson", ["西一"])))
    page.click("form button:has-text('登记')")
    expect(page.locator(".problem")).to_contain_text("第 1 行 · 这一条没有写灾种，未采用")
    page.set_input_files("[name=file]", str(write_zone(tmp_path / "隐患点.geojson", ["西一"])))
    page.select_option("[name=kind]", "geological")
    page.click("form button:has-text('登记')")
    expect(page.locator(".standing-table tbody tr")).to_contain_text("隐患点.geojson")
    expect(page.locator(".standing-table tbody tr td.number a")).to_have_text("6")
    page.click("text=其中的农房")
    expect(page.locator("body")).to_contain_text("西一-D")
    expect(page.locator("body")).not_to_contain_text("西二-D")
    found.open("/map?standing-areas=1&at=45.00500,120.00500,15")
    ready(page)
    expect(page.locator(".leaflet-gh-zones-pane path, .leaflet-pane path").first).to_be_attached()
    found.open("/events/standing")
    page.click("summary:has-text('撤销')")
    page.fill(".standing-table [name=reason]", "已治理")
    page.click(".standing-table form button")
    expect(page.locator(".nothing")).to_be_visible()
    assert scalar(toy, "SELECT count(*) FROM hazard_zone WHERE event_id IS NULL AND ended_at IS NOT NULL") == 1
