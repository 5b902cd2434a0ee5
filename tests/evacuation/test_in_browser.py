"""转移避险 with one thumb at 390 × 844: a tap, its undo, a whole village, a figure in one line."""

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect
from sqlalchemy import text

from geo_housing.response.service import respond
from tests.fixtures.browser import DESK, PHONE, Visit, fits
from tests.fixtures.settled import pressing_at_once, until
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES, WEST

VILLAGE = VILLAGES["西一"][0]


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "red")
        respond(session, toy.actor(), number)
        session.execute(
            text(
                "INSERT INTO shelter (scope_code, name, capacity, created_by)"
                " VALUES (:town, '西山镇中心小学', 200, 'cli:tests')"
            ),
            {"town": WEST},
        )
    return number


def photographed(page: Page, name: str) -> None:
    """A picture for whoever wants to look: only where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_one_thumb_moves_households_and_takes_a_slip_back(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    found = visit(toy, toy.member("township", WEST), f"/events/{event}/evacuation", size=PHONE)
    page = found.page
    assert fits(page), "nothing is pushed sideways"
    photographed(page, "phone_event")
    page.get_by_role("link", name="西一村").click()
    photographed(page, "phone_village")
    assert fits(page)
    first = page.locator(".move").first
    tap = first.get_by_role("button", name="已转移", exact=True)
    box = tap.bounding_box()
    assert box is not None and box["height"] >= 44 and box["width"] >= 100
    page.get_by_text("每按一次都带上").click()
    page.get_by_label("送往").select_option(label="西山镇中心小学 可容 200 人")
    page.locator(".move-bar-fields").get_by_label("谁报的").fill("张书记")
    tap.click()
    expect(page.locator(".move.is-done")).to_have_count(1)
    expect(page.locator(".move.is-done")).to_contain_text("→ 西山镇中心小学")
    expect(page.locator("#moves")).to_contain_text("已转 1户")
    photographed(page, "phone_moved")
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".move.is-done")).to_have_count(0)
    expect(page.locator("#moves")).to_contain_text("未转 4户")

    second = page.locator(".move").nth(1)
    second.get_by_text("其他 ▾").click()
    photographed(page, "phone_menu")
    second.get_by_role("button", name="拒绝转移").click()
    expect(page.locator(".move-refused")).to_have_count(1)
    page.get_by_text("户未转的，一次登记").click()
    page.locator(".move-whole").get_by_role("button", name="已转移（集中安置）").click()
    expect(page.locator(".move.is-done")).to_have_count(4)
    photographed(page, "phone_whole")

    page.get_by_label("电话报数").fill("已转6户14人")
    found.expected.append("409 (Conflict)")
    page.get_by_role("button", name="登记", exact=True).click()
    # More than there are on the list is asked about once.
    page.get_by_role("button", name="核对过，照此登记").click()
    expect(page.locator("#moves")).to_contain_text("还没有录姓名")
    photographed(page, "phone_figure")


def test_a_press_in_what_renews_itself_is_somebodys(visit: Callable[..., Visit], toy: ToyDatabase, event: int) -> None:
    """It keeps the session alive, and without network it says that it was not done."""
    found = visit(toy, toy.member("township", WEST), f"/events/{event}/evacuation/areas/{VILLAGE}", size=PHONE)
    page = found.page
    sent: list[dict[str, str]] = []
    page.on("request", lambda request: sent.append(request.headers) if request.method == "POST" else None)
    tap = page.locator(".move").first.get_by_role("button", name="已转移", exact=True)
    tap.click()
    expect(page.locator(".move.is-done")).to_have_count(1)
    assert sent and all("x-background" not in headers for headers in sent)
    found.expected += ["htmx:sendError", "htmx:afterRequest", "ERR_INTERNET_DISCONNECTED"]
    page.context.set_offline(True)
    page.locator(".move:not(.is-done)").first.get_by_role("button", name="已转移", exact=True).click()
    expect(page.locator(".toast-failed")).to_contain_text("没有")
    expect(page.locator(".toast-failed")).not_to_contain_text("暂不更新")
    page.context.set_offline(False)


def test_what_a_page_asks_for_by_itself_says_so(visit: Callable[..., Visit], toy: ToyDatabase, event: int) -> None:
    page = visit(toy, toy.member("township", WEST), "/account").page
    asked: list[tuple[str, bool]] = []
    page.on("request", lambda one: asked.append((one.url, "x-background" in one.headers)))
    page.goto(page.url.replace("/account", f"/events/{event}/evacuation"))
    page.wait_for_load_state("networkidle")
    lines = [is_background for url, is_background in asked if url.endswith(("/events/line", "/behind"))]
    assert len(lines) == 2 and all(lines)


def test_the_county_sees_townships_side_by_side(visit: Callable[..., Visit], toy: ToyDatabase, event: int) -> None:
    found = visit(toy, toy.member("county", COUNTY), f"/events/{event}/evacuation", size=DESK)
    page = found.page
    expect(page.locator(".moves > li")).to_have_count(2)
    photographed(page, "desk_event")
    page.get_by_role("link", name="列出全部未转的户").click()
    expect(page.locator(".move")).to_have_count(9)
    photographed(page, "desk_list")
    page.locator(".move-who a").first.click()
    expect(page.get_by_role("button", name="保存")).to_be_visible()
    photographed(page, "desk_household")


class Held:
    """Requests that the test lets go when it likes, as a bad network does."""

    def __init__(self, page: Page, pattern: str) -> None:
        self.routes: list[Route] = []
        self.page, self.pattern = page, pattern
        page.route(pattern, self.hold)

    def hold(self, route: Route) -> None:
        """It is under way."""
        self.routes.append(route)

    def wait(self, count: int) -> None:
        """Until so many are under way."""
        until(self.page, lambda: len(self.routes) >= count, lambda: f"{len(self.routes)} of {count} are under way")

    def let_go(self) -> None:
        for route in self.routes:
            route.continue_()
        self.page.unroute(self.pattern)


def states(toy: ToyDatabase, event: int) -> dict[str, str]:
    query = "SELECT id, state FROM evacuation WHERE event_id = :event ORDER BY id"
    with toy.transaction() as session:
        return {f"r{row.id}": row.state for row in session.execute(text(query), {"event": event})}


def test_what_is_taken_back_while_something_is_under_way_is_taken_back(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    page = visit(toy, toy.member("township", WEST), f"/events/{event}/evacuation/areas/{VILLAGE}", size=PHONE).page
    one, two, three = (str(page.locator(".move").nth(n).get_attribute("id")) for n in range(3))
    first, second, third = (page.locator(f"#{name}") for name in (one, two, three))

    # A press that is still under way when an earlier one is taken back: both count.
    first.get_by_role("button", name="已转移", exact=True).click()
    expect(page.locator(f"#{one}.is-done")).to_be_visible()
    presses = Held(page, "**/press")
    second.get_by_role("button", name="已转移", exact=True).click()
    presses.wait(1)
    with pressing_at_once():
        page.locator("#toasts button", has_text="撤销").click()
    presses.let_go()
    expect(page.locator(f"#{two}.is-done")).to_be_visible()
    expect(page.locator(f"#{one}")).to_have_class("move move-pending")
    expect(page.locator("#toasts")).to_contain_text("已撤销，恢复为“待转移”")
    expect(page.locator("#moves")).to_contain_text("已转 1户")
    assert states(toy, event)[one] == "pending" and states(toy, event)[two] == "moved_to_shelter"

    # Two taken back, the first still under way: none is lost, and what was typed above the list stays.
    third.get_by_role("button", name="已转移", exact=True).click()
    expect(page.locator(f"#{three}.is-done")).to_be_visible()
    page.get_by_text("每按一次都带上").click()
    page.locator(".move-bar-fields").get_by_label("谁报的").fill("张书记")
    undos = Held(page, "**/undo/**")
    page.locator("#toasts button", has_text="撤销").first.click()
    undos.wait(1)
    with pressing_at_once():
        page.locator("#toasts button", has_text="撤销").first.click()
    undos.let_go()
    expect(page.locator(".move.is-done")).to_have_count(0)
    expect(page.locator("#moves")).to_contain_text("已转 0户")
    assert {states(toy, event)[row] for row in (one, two, three)} == {"pending"}
    expect(page.locator(".move-bar-fields").get_by_label("谁报的")).to_have_value("张书记")


def test_a_refused_addition_keeps_what_was_chosen_and_says_why_at_its_field(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    found = visit(toy, toy.member("township", WEST), f"/events/{event}/evacuation", size=PHONE)
    page = found.page
    found.expected.append("422 (Unprocessable")

    def sent(**fields: str) -> None:
        for name, value in fields.items():
            page.locator(f"#extra input[name={name}]").fill(value)
        page.locator("#extra").get_by_role("button", name="加入名单").click()

    page.locator("#extra > summary").click()
    form = page.locator("#extra")
    form.locator("select[name=village]").select_option(VILLAGE)
    form.locator("select[name=state]").select_option(label="已转移")
    sent(head="尉迟某", what="屋后塌方，3人已到村委会", people="5")
    told = form.locator(".field-fault")
    expect(told).to_contain_text("情况里写着 3 人已离开，人数是 5")
    expect(told).to_be_in_viewport()
    expect(form.locator("select[name=state]")).to_be_focused()
    expect(form.locator("select[name=state]")).to_have_value("moved_to_shelter")
    expect(form.locator("input[name=what]")).to_have_value("屋后塌方，3人已到村委会")
    assert fits(page)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / "phone_refused.png"))
    sent(people="0", what="屋后塌方")
    expect(told).to_contain_text("人数不能是 0")
    expect(told).to_be_in_viewport()
    expect(form.locator("input[name=people]")).to_be_focused()
    expect(form.locator("select[name=state]")).to_have_value("moved_to_shelter")
    sent(people="5")
    expect(page.locator("#toasts")).to_contain_text("已加入转移名单")
