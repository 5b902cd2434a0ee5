"""A duty officer's night on the phone: dial, nobody answers, the next name, what they said; and a line that breaks."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import text, update

from geo_housing.accounts.models import Grant
from tests.fixtures.browser import PHONE, Visit, fits
from tests.fixtures.people import Member
from tests.fixtures.settled import pressing_at_once
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event
from tests.roster.people import contact
from tests.toy_county import COUNTY, EAST, WEST

pytestmark = pytest.mark.xdist_group("calls-in-browser")
FIRST, SECOND, THIRD = ("13" + f"90000000{n}" for n in (1, 2, 3))


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    contact(toy, WEST, "王镇长", role="township_lead", phone=FIRST)
    contact(toy, WEST, "李副镇长", role="deputy_lead", turn="B", phone=SECOND)
    contact(toy, EAST, "赵乡长", role="township_lead", phone=THIRD)
    with toy.transaction(COUNTY) as session:
        return make_event(session, toy.actor(COUNTY), ["西一", "东一"], level="red")


def scalar(toy: ToyDatabase, query: str, **values: Any) -> Any:
    with toy.transaction() as session:
        return session.scalar(text(query), values)


def telephone(page: Page) -> None:
    """Time that the test moves, and no telephone: Chromium would ask which program dials, and take no click meanwhile."""
    page.clock.install()
    page.add_init_script(
        "addEventListener('click', (event) => event.target.closest?.('a[href^=\"tel:\"]') && event.preventDefault(), true)"
    )


def test_one_thumb_calls_two_townships_and_the_next_name(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int, later: Callable[..., None]
) -> None:
    found = visit(
        toy,
        toy.member("county", COUNTY),
        f"/events/{event}/calls",
        size=PHONE,
        before=telephone,
    )
    page = found.page
    west, east = page.locator(f"#r{WEST}"), page.locator(f"#r{EAST}")
    expect(page.locator(".figures")).to_contain_text("0/2 已应")
    assert fits(page)
    # Every button that is meant for the thumb is large enough for it.
    box = west.locator(".call-dial").bounding_box()
    assert box and box["height"] >= 48 and box["width"] > 300

    west.locator(".call-dial").click()
    expect(west.locator(".call-yes")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("正在呼叫王某某")
    assert scalar(toy, "SELECT count(*) FROM call WHERE state = 'calling'") == 1
    assert fits(page)

    # Eleven minutes later the board says by itself that the next name is due, and stands first.
    later(minutes=11)
    page.clock.fast_forward(21_000)
    expect(west.locator("p.call-due")).to_contain_text("已过 10 分钟无人应答")
    expect(west).to_have_class("call call-due")
    west.locator(".call-no").click()
    expect(west.locator(".call-dial")).to_contain_text(SECOND)
    west.locator(".call-dial").click()
    west.locator("textarea").fill("河边先转")
    west.get_by_role("button", name="收到，马上组织").click()
    expect(west.locator(".call-head")).to_contain_text("李副镇长：收到，马上组织；河边先转")
    expect(page.locator(".figures")).to_contain_text("1/2 已应")
    expect(page.locator("#event-steps")).to_contain_text("1/2")
    # Who was not called yet stands before who has answered.
    assert page.locator(".calls > li").first.get_attribute("id") == f"r{EAST}"

    # What is read out, and a slip taken back by the toast.
    east.get_by_role("link", name="照读内容").click()
    expect(east.locator(".call-told")).to_contain_text("听清请复述一遍")
    east.locator(".call-dial").click()
    expect(east.locator(".call-yes")).to_be_visible()
    expect(east.locator(".call-told")).to_contain_text("听清请复述一遍")
    page.locator("#toasts button", has_text="撤销").last.click()
    expect(east.locator(".call-begun")).to_be_visible()
    assert scalar(toy, "SELECT count(*) FROM call WHERE is_void") == 1
    assert fits(page)


def test_what_is_typed_outlives_the_renewal_of_the_board(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int, later: Callable[..., None]
) -> None:
    found = visit(
        toy,
        toy.member("county", COUNTY),
        f"/events/{event}/calls",
        size=PHONE,
        before=telephone,
    )
    page, west = found.page, found.page.locator(f"#r{WEST}")
    west.locator(".call-dial").click()
    west.locator("textarea").fill("正在开会，十分钟")
    page.locator("h2").first.click()
    west.locator("summary").click()
    with page.expect_response(lambda answer: "/calls/board" in answer.url):
        page.clock.fast_forward(21_000)
    expect(west.locator("textarea")).to_have_value("正在开会，十分钟")
    expect(west.locator("details")).to_have_attribute("open", "")


def test_a_press_without_network_is_kept_and_sent_with_the_time_it_has_waited(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    found = visit(
        toy,
        toy.member("county", COUNTY),
        f"/events/{event}/calls",
        size=PHONE,
        before=telephone,
    )
    found.expected += ["Failed to load resource", "htmx:"]
    page, west = found.page, found.page.locator(f"#r{WEST}")

    def lost(route: Route) -> None:
        route.abort("internetdisconnected")

    page.route("**/calls/**", lost)
    west.locator(".call-dial").click()
    expect(page.locator("#calls-unsent")).to_contain_text("1 步操作还没有送到")
    expect(page.locator("#toasts")).not_to_contain_text("什么都没有改变")
    page.clock.fast_forward(180_000)
    assert scalar(toy, "SELECT count(*) FROM call") == 0
    page.unroute("**/calls/**")
    page.clock.fast_forward(9_000)
    expect(west.locator(".call-yes")).to_be_visible()
    expect(page.locator("#calls-unsent")).to_be_hidden()
    waited = scalar(toy, "SELECT extract(epoch FROM now() - called_at) FROM call")
    assert 180 <= float(waited) < 260
    assert scalar(toy, "SELECT count(*) FROM call") == 1


def test_a_board_without_network_says_once_that_it_stands_still_and_covers_nothing(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    found = visit(toy, toy.member("county", COUNTY), f"/events/{event}/calls", size=PHONE, before=telephone)
    found.expected += ["Failed to load resource", "htmx:"]
    page, told = found.page, found.page.locator("#toasts .toast-failed")
    page.route("**/events/**", lambda route: route.abort("internetdisconnected"))
    page.locator(f"#r{WEST} .call-dial").click()
    expect(page.locator("#calls-unsent")).to_contain_text("1 步操作还没有送到")
    for _ in range(4):
        with page.expect_event("requestfailed", lambda request: "/calls/board" in request.url):
            page.clock.fast_forward(21_000)
    # What else of the page comes all the same makes the board no newer.
    page.evaluate(
        "htmx.ajax('GET', '/duty/line', {source: '.duty-lines', target: '.duty-lines', headers: {'X-Background': '1'}})"
    )
    expect(told).to_have_count(1)
    expect(told).to_contain_text("本页暂不更新")
    expect(page.locator("#toasts")).not_to_contain_text("什么都没有改变")
    page.unroute("**/events/**")
    page.clock.fast_forward(21_000)
    expect(page.locator(f"#r{WEST} .call-yes")).to_be_visible()
    expect(told).to_have_count(0)


@pytest.mark.parametrize("signed_in_elsewhere", [True, False], ids=["another token", "refused"])
def test_a_press_that_waited_is_neither_lost_nor_dropped_in_silence(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int, signed_in_elsewhere: bool
) -> None:
    page, west = dialled_without_network(visit, toy, event)
    if signed_in_elsewhere:
        # As after a sign-in in another tab: what this page holds is good no more.
        page.evaluate("document.querySelector('meta[name=csrf-token]').content = 'old'")
    else:
        with toy.transaction() as session:
            session.execute(update(Grant).values(role="leader"))
    page.unroute("**/calls/at/**")
    page.clock.fast_forward(9_000)
    expect(page.locator("#calls-unsent")).to_be_hidden()
    if signed_in_elsewhere:
        expect(west.locator(".call-yes")).to_be_visible()
        assert scalar(toy, "SELECT count(*) FROM call") == 1
    else:
        expect(page.locator("#toasts .toast-failed")).to_contain_text("不能做这项操作")


def dialled_without_network(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int, member: Member | None = None
) -> tuple[Page, Locator]:
    """A board on which one press waits for the network, and the row of its township."""
    found = visit(toy, member or toy.member("county", COUNTY), f"/events/{event}/calls", size=PHONE, before=telephone)
    found.expected += ["Failed to load resource", "htmx:"]
    west = found.page.locator(f"#r{WEST}")
    found.page.route("**/calls/at/**", lambda route: route.abort("internetdisconnected"))
    west.locator(".call-dial").click()
    expect(found.page.locator("#calls-unsent")).to_contain_text("1 步操作还没有送到")
    return found.page, west


def test_a_press_that_arrives_when_the_board_has_just_come_anew_is_seen_at_once(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    page, west = dialled_without_network(visit, toy, event)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.unroute("**/calls/at/**")
    page.route("**/calls/at/**", hold)
    page.evaluate("document.getElementById('calls').dataset.before = 'yes'")
    # No timer runs from here on: a board that has come is in its place and does not listen yet.
    page.clock.pause_at(page.evaluate("Date.now()") + 1_000)
    with pressing_at_once():
        page.clock.fast_forward(21_000)
        expect(page.locator("#calls:not([data-before])")).to_be_visible()
        assert len(held) == 1
        held[0].continue_()
        expect(west.locator(".call-yes")).to_be_visible(timeout=10_000)


def test_a_board_that_was_asked_for_before_the_press_went_out_does_not_take_its_place(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    page, west = dialled_without_network(visit, toy, event)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/calls/board*", hold)
    with pressing_at_once():
        with page.expect_request("**/calls/board*"):
            page.clock.fast_forward(21_000)
        page.unroute("**/calls/at/**")
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(west.locator(".call-yes")).to_be_visible(timeout=10_000)
    assert len(held) == 1, "the first is still on its way"


def test_a_press_goes_in_the_name_of_who_pressed_and_of_nobody_who_signs_in_after_them(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    first, second = toy.member("county", COUNTY), toy.member("county", COUNTY)
    page, west = dialled_without_network(visit, toy, event, first)
    address = page.url
    page.once("dialog", lambda dialog: dialog.accept())
    sign_out(page)
    page.unroute("**/calls/at/**")

    sign_in(page, second)
    page.goto(address)
    expect(west.locator(".call-dial")).to_be_visible()
    expect(page.locator("#calls-unsent")).to_be_hidden()
    page.clock.fast_forward(9_000)
    sign_out(page)
    assert scalar(toy, "SELECT count(*) FROM call") == 0

    # Whatever page they come to: the press goes by itself.
    with page.expect_response("**/calls/at/**") as sent:
        sign_in(page, first)
    assert sent.value.ok
    page.goto(address)
    expect(west.locator(".call-yes")).to_be_visible()
    expect(page.locator("#calls-unsent")).to_be_hidden()
    assert scalar(toy, "SELECT string_agg(called_by, ',') FROM call") == first.name


def sign_out(page: Page) -> None:
    page.locator(".top-person").click()
    page.locator(".account-buttons form[action='/sign-out'] button").click()
    expect(page.locator("form.sign-in")).to_be_visible()


def sign_in(page: Page, member: Member) -> None:
    page.fill("[name=username]", member.name)
    page.fill("[name=password]", member.password)
    page.locator("form.sign-in button").click()
    expect(page.locator(".top-person")).to_be_visible()
