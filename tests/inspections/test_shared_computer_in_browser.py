"""Two accounts, one browser: nobody sees or sends what the other has typed, and signing out loses nothing that was saved."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Dialog, Page, Route, expect
from sqlalchemy import text

from tests.fixtures.browser import DESK, PHONE, Visit
from tests.fixtures.people import Member
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


def value(toy: ToyDatabase, query: str, **values: Any) -> Any:
    with toy.transaction() as session:
        return session.scalar(text(query), values)


def inspection(toy: ToyDatabase, code: str) -> int:
    query = "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c"
    return int(value(toy, query, c=code))


def result(toy: ToyDatabase, number: int) -> Any:
    return value(toy, "SELECT result FROM emergency_inspection WHERE id = :i", i=number)


def asked(page: Page, *, accept: bool) -> list[str]:
    """What the page asks next, answered; whatever else it asked would be dismissed by Playwright."""
    said: list[str] = []

    def answer(dialog: Dialog) -> None:
        said.append(dialog.message)
        (dialog.accept if accept else dialog.dismiss)()

    page.once("dialog", answer)
    return said


def sign_in(page: Page, member: Member) -> None:
    page.fill("[name=username]", member.name)
    page.fill("[name=password]", member.password)
    page.locator("form.sign-in button").click()
    expect(page.locator(".top-person")).to_be_visible()


def sign_out(page: Page) -> None:
    page.locator("header form[action='/sign-out'] button").click()


def drafts(page: Page) -> list[str]:
    return list(page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('gh-draft:'))"))


def lose(route: Route) -> None:
    route.abort("internetdisconnected")


def photographed(page: Page, name: str) -> None:
    """A picture for whoever wants to look: only where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_what_is_saved_stays_for_its_account_and_what_is_not_goes(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    first, second = toy.member("township", WEST), toy.member("township", WEST)
    saved, typed = inspection(toy, "西一-D"), inspection(toy, "西一-C")
    found = visit(toy, first, f"/inspections/{saved}", size=DESK)
    found.expected += ["ERR_INTERNET_DISCONNECTED", "Failed to load resource"]
    page = found.page
    page.route("**/api/v1/**", lose)
    form = page.locator("form.inspection-form")
    form.locator(".results label", has_text="倒塌").click()
    form.locator("[name=rooms_collapsed]").fill("2")
    form.locator("[name=visitor]").fill("某巡查员")
    form.locator(".form-save .btn-primary").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 1")
    found.open(f"/inspections/{typed}")
    page.locator("[name=findings]").fill("后墙有裂缝")
    assert len(drafts(page)) == 1

    # Asked, and not signed out; or asked, and the server did not hear of it.
    with page.expect_event("dialog"):
        said = asked(page, accept=False)
        sign_out(page)
    assert "本机还有 1 条内容没有上传" in said[0] and "本机有 1 份表填了没有保存" in said[0]
    page.route("**/sign-out", lambda route: route.fulfill(status=503, content_type="text/html", body="<p>busy</p>"))
    asked(page, accept=True)
    sign_out(page)
    expect(page.locator("body")).to_have_text("busy")
    found.open(f"/inspections/{typed}")
    expect(page.locator("[name=findings]")).to_have_value("后墙有裂缝")
    page.unroute("**/sign-out")

    asked(page, accept=True)
    sign_out(page)
    expect(page.locator("form.sign-in")).to_be_visible()
    assert drafts(page) == []

    # Somebody else: an empty form, nothing of it sent in their name, and nothing to ask about when they go.
    page.unroute("**/api/v1/**")
    sign_in(page, second)
    found.open(f"/inspections/{saved}")
    expect(page.locator("#waiting")).to_contain_text("别的账号没有上传的内容")
    expect(page.locator("#waiting")).not_to_contain_text("某巡查员")
    found.open(f"/inspections/{typed}")
    expect(page.locator("[name=findings]")).to_have_value("")
    assert result(toy, saved) is None
    sign_out(page)
    expect(page.locator("form.sign-in")).to_be_visible()

    # The first comes back, and need not look for the house: what they saved goes by itself.
    sign_in(page, first)
    expect(page.locator("#toasts")).to_contain_text("上次留在本机的 1 条内容已上传")
    photographed(page, "shared_computer_sent")
    assert result(toy, saved) == "collapsed"
    found.open(f"/inspections/{typed}")
    expect(page.locator("[name=findings]")).to_have_value("")
    entered = "SELECT actor FROM journal_entry WHERE action = 'inspections.enter'"
    assert value(toy, entered) == f"user:{first.name}"


def test_on_a_phone_what_is_sent_but_not_finished_is_said_and_a_clean_sign_out_asks_nothing(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int
) -> None:
    member, number = toy.member("township", WEST), inspection(toy, "西一-D")
    found = visit(toy, member, f"/inspections/{number}", size=PHONE)
    found.expected += ["ERR_INTERNET_DISCONNECTED", "Failed to load resource"]
    page = found.page
    page.route("**/api/v1/**", lose)
    form = page.locator("form.inspection-form")
    form.locator(".results label", has_text="倒塌").click()
    form.locator(".form-save .btn-primary").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 1")
    found.open("/account")
    said = asked(page, accept=True)
    page.locator(".account-buttons form[action='/sign-out'] button").click()
    expect(page.locator("form.sign-in")).to_be_visible()
    assert len(said) == 1 and "没有保存" not in said[0]
    page.unroute("**/api/v1/**")
    sign_in(page, member)
    expect(page.locator("#toasts .toast-failed")).to_contain_text("已上传，但还没有完成")
    photographed(page, "shared_computer_unfinished")
    assert result(toy, number) == "collapsed"
    found.open("/account")
    page.locator(".account-buttons form[action='/sign-out'] button").click()
    expect(page.locator("form.sign-in")).to_be_visible()
