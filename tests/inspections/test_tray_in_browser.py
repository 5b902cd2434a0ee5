"""照片归户 in the browser: many photos at once, dragged at the desk, tapped on a phone; what the network lost is not lost."""

import base64
import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import FilePayload, Page, Route, expect
from sqlalchemy import text

from tests.fixtures.browser import DESK, PHONE, Visit, fits
from tests.fixtures.settled import pressing_at_once
from tests.fixtures.toy import ToyDatabase, furnished
from tests.toy_county import COUNTY, WEST


@furnished
def event(toy: ToyDatabase) -> int:
    county = toy.browser(toy.member("county", COUNTY))
    number = int(
        county.post("/api/v1/events", json={"areas": [WEST], "name": "强降雨", "kind": "flood"}).json()["event"]
    )
    county.post(f"/api/v1/events/{number}/respond")
    county.post(f"/api/v1/events/{number}/phase", json={"phase": "aftermath"})
    return number


def photos(count: int) -> list[FilePayload]:
    made: list[FilePayload] = []
    for n in range(count):
        out = io.BytesIO()
        Image.new("RGB", (320, 240), (40 + 50 * n, 120, 90)).save(out, "JPEG")
        made.append({"name": f"微信图片_{n}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})
    return made


def given(toy: ToyDatabase, event: int) -> dict[str, int]:
    """Photos by house."""
    with toy.transaction() as session:
        rows: Any = session.execute(
            text(
                "SELECT h.code, count(*) FROM inspection_photo p JOIN emergency_inspection i ON i.id = p.inspection_id"
                " JOIN house h ON h.id = i.house_id WHERE i.event_id = :e AND p.taken_back_at IS NULL GROUP BY 1"
            ),
            {"e": event},
        )
        return {row[0]: row[1] for row in rows}


def photographed(page: Page, name: str) -> None:
    """A picture for whoever wants to look: only where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_at_the_desk_they_are_dragged_and_taken_back(visit: Callable[..., Visit], toy: ToyDatabase, event: int) -> None:
    found = visit(toy, toy.member("township", WEST), f"/events/{event}/photos", size=DESK)
    page = found.page
    page.locator("input[type=file]").set_input_files(photos(4))
    waiting = page.locator(".tray-photos .loose")
    expect(waiting).to_have_count(4)
    photographed(page, "tray_desk")
    page.get_by_role("link", name="西一村").click()
    # The village's houses take the place of all: nothing is dragged to one that goes.
    page.wait_for_load_state("networkidle")
    expect(waiting).to_have_count(4)
    house = page.locator(".drop-house", has_text="西一-D")
    waiting.nth(0).drag_to(house)
    expect(waiting).to_have_count(3)
    expect(house).to_contain_text("照片 1 张")
    # Two that are ticked go together.
    for n in (0, 1):
        waiting.nth(n).locator("input").check()
    waiting.nth(1).drag_to(house)
    expect(waiting).to_have_count(1)
    assert given(toy, event) == {"西一-D": 3}
    page.get_by_role("button", name="撤销").last.click()
    expect(waiting).to_have_count(3)
    assert given(toy, event) == {"西一-D": 1}
    page.get_by_role("button", name="收回照片").click()
    expect(waiting).to_have_count(4)
    assert given(toy, event) == {}
    page.get_by_label("查找房屋").fill("西一-c")
    expect(page.locator(".drop-house:visible")).to_have_count(1)
    photographed(page, "tray_desk_found")


def test_with_one_thumb_and_without_network_nothing_is_lost(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    found = visit(toy, toy.member("township", WEST), f"/events/{event}/photos/{WEST}", size=PHONE)
    page = found.page
    found.expected += ["ERR_INTERNET_DISCONNECTED", "Failed to load resource"]
    page.context.set_offline(True)
    page.locator("input[type=file]").set_input_files(photos(2))
    expect(page.locator("#waiting")).to_contain_text("待上传 2")
    photographed(page, "tray_phone_offline")
    page.context.set_offline(False)
    # The page was closed before they went; opened again it sends them by itself.
    page.goto("about:blank")
    found.open(f"/events/{event}/photos/{WEST}")
    waiting = page.locator(".tray-photos .loose")
    expect(waiting).to_have_count(2, timeout=30_000)
    assert fits(page)
    waiting.nth(1).click()
    page.get_by_role("link", name="西一村").click()
    house = page.locator(".drop-house", has_text="西一-D")
    expect(house).to_have_count(1)
    expect(waiting.nth(1).locator("input")).to_be_checked()
    waiting.nth(1).click()
    house.get_by_role("button").click()
    expect(page.locator(".toast-failed")).to_contain_text("请先选照片")
    assert given(toy, event) == {}
    waiting.nth(0).click()
    expect(page.locator(".tray-bar")).to_contain_text("已选 1 张")
    photographed(page, "tray_phone")
    box = house.get_by_role("button").bounding_box()
    assert box is not None and box["height"] >= 44
    house.get_by_role("button").click()
    expect(waiting).to_have_count(1)
    assert given(toy, event) == {"西一-D": 1}
    waiting.nth(0).click()
    page.get_by_role("button", name="不归户").click()
    expect(waiting).to_have_count(0)
    photographed(page, "tray_phone_done")


def test_what_arrives_meanwhile_does_not_take_the_place_of_what_was_pressed(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    found = visit(toy, toy.member("township", WEST), f"/events/{event}/photos/{WEST}", size=PHONE)
    page = found.page
    waiting = page.locator(".tray-photos .loose")
    page.locator("input[type=file]").set_input_files(photos(1))
    expect(waiting).to_have_count(1)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    tray = re.compile(rf"^{found.server}/events/{event}/photos/{WEST}(\?|$)")
    page.route(tray, hold)
    with page.expect_request(tray):
        page.locator("input[type=file]").set_input_files(photos(2)[1:])
    # The tray is about to be renewed when somebody ticks a photo and looks for the house; the renewal answers first.
    waiting.nth(0).click()
    with page.expect_request(tray):
        page.get_by_role("link", name="西一村").click()
    with page.expect_response(lambda answer: "village" not in answer.url) as renewed:
        held[0].continue_()
    renewed.value.finished()
    # What the page has asked for and read after it: it has read the renewal, too.
    with pressing_at_once():
        page.evaluate("fetch('/healthz').then((answer) => answer.text())")
    held[1].continue_()
    house = page.locator(".drop-house", has_text="西一-D")
    expect(house).to_have_count(1)
    expect(page.locator("input[name=photo]:checked")).to_have_count(1)
    page.unroute_all()
    house.get_by_role("button").click()
    expect(house).to_contain_text("照片 1 张")
    expect(waiting).to_have_count(1)
    assert given(toy, event) == {"西一-D": 1}


def test_what_is_no_photo_is_named_and_the_photos_beside_it_are_kept(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    found = visit(toy, toy.member("township", WEST), f"/events/{event}/photos", size=DESK)
    page = found.page
    dropped = """() => {
        const moved = new DataTransfer();
        const bytes = Uint8Array.from(atob("PHOTO"), (letter) => letter.charCodeAt(0));
        moved.items.add(new File([bytes], "现场.jpg", { type: "image/jpeg" }));
        moved.items.add(new File(["%PDF-1.4"], "通知.pdf", { type: "application/pdf" }));
        moved.items.add(new File(["a"], "名单.xlsx"));
        document.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: moved }));
    }""".replace("PHOTO", base64.b64encode(photos(1)[0]["buffer"]).decode())
    page.evaluate(dropped)
    told = page.locator(".toast-failed")
    expect(told).to_contain_text("“通知.pdf”、“名单.xlsx”等 2 个文件不是照片，没有收下")
    expect(page.locator(".tray-photos .loose")).to_have_count(1)
