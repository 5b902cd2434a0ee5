"""The frame in a browser: its menu, and a session that ends while somebody types: what was typed stays, and is saved."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from tests.fixtures.browser import PHONE, Visit, fits
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY

HOUSE = "/houses/%E8%A5%BF%E4%B8%80-D"
# As if the page had been open for an hour.
LATER = "Date.now = (now => () => now() + 3600_000)(Date.now)"


def settlement(toy: ToyDatabase) -> str | None:
    with toy.transaction() as session:
        found: str | None = session.scalar(text("SELECT settlement FROM house WHERE code = '西一-D'"))
        return found


def test_a_form_survives_the_end_of_the_session(toy: ToyDatabase, visit: Callable[..., Visit]) -> None:
    member = toy.member("county", COUNTY)
    opened = visit(toy, member, f"{HOUSE}/edit", size=PHONE)
    opened.expected += ["401"]
    page = opened.page
    page.fill("input[name=settlement]", "河东屯")
    with toy.transaction() as session:
        session.execute(text("DELETE FROM sign_in_session"))
    # The line of events is asked for every minute: that it is refused takes nothing away.
    page.evaluate("htmx.ajax('GET', '/events/line', '.event-lines')")
    page.get_by_text("您填写的内容还在，提交时会请您重新登录").wait_for()
    page.evaluate(LATER)
    page.click("main form button.btn-primary")
    dialog = page.locator("#sign-in-again")
    dialog.wait_for()
    assert page.input_value("input[name=settlement]") == "河东屯" and settlement(toy) is None

    page.fill("#again-password", "something else")
    page.click("#sign-in-again .btn-primary")
    dialog.get_by_role("alert").wait_for()
    assert "用户名或密码不对" in dialog.inner_text()

    page.fill("#again-password", member.password)
    page.click("#sign-in-again .btn-primary")
    page.wait_for_url("**" + HOUSE)
    assert settlement(toy) == "河东屯" and "已保存" in page.inner_text("#toasts")


def test_a_session_that_still_holds_is_not_noticed(toy: ToyDatabase, visit: Callable[..., Visit]) -> None:
    page = visit(toy, toy.member("county", COUNTY), f"{HOUSE}/edit").page
    page.fill("input[name=settlement]", "河西屯")
    page.evaluate(LATER)
    page.click("main form button.btn-primary")
    page.wait_for_url("**" + HOUSE)
    assert settlement(toy) == "河西屯"


def test_a_page_on_which_nothing_was_typed_goes_to_the_sign_in(toy: ToyDatabase, visit: Callable[..., Visit]) -> None:
    opened = visit(toy, toy.member("county", COUNTY), HOUSE)
    opened.expected += ["401"]
    # The lines under the top bar ask once by themselves: were they late, it would be they that lead away.
    opened.page.wait_for_load_state("networkidle")
    with toy.transaction() as session:
        session.execute(text("DELETE FROM sign_in_session"))
    opened.page.evaluate("void htmx.ajax('GET', '/events/line', '.event-lines')")
    opened.page.wait_for_url("**/sign-in?next=*")


@pytest.mark.parametrize("path", ["/", "/houses", "/houses/check", HOUSE, "/events", "/map", "/imports"])
def test_no_script_runs_twice_under_two_addresses(toy: ToyDatabase, visit: Callable[..., Visit], path: str) -> None:
    page = visit(toy, toy.member("county", COUNTY), path, webgl=False).page
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').map(e => e.name.split('?')[0]).filter(n => n.endsWith('js'))"
    )
    assert sorted(loaded) == sorted(set(loaded)) and any(name.endswith("/frame.js") for name in loaded)


def test_the_rest_of_the_menu_opens_on_a_phone(toy: ToyDatabase, visit: Callable[..., Visit]) -> None:
    page = visit(toy, toy.member("county", COUNTY), "/", size=PHONE).page
    page.click("[data-opens=more-menu]")
    page.locator("#more-menu a[href='/account']").click()
    page.wait_for_url("**/account")


def test_who_sends_a_form_after_the_session_has_ended_hears_that_it_is_lost_and_comes_back(
    toy: ToyDatabase, visit: Callable[..., Visit]
) -> None:
    """Within the minute in which a page does not ask first (session.js), and without its scripts at any time."""
    member = toy.member("county", COUNTY)
    opened = visit(toy, member, f"{HOUSE}/edit", size=PHONE)
    opened.expected += ["401"]
    page = opened.page
    page.fill("input[name=settlement]", "河东屯")
    with toy.transaction() as session:
        session.execute(text("DELETE FROM sign_in_session"))
    page.click("main form button.btn-primary")
    page.wait_for_url("**/sign-in?next=*")
    said = page.get_by_text("登录已过期，刚才提交的内容没有保存。请登录后重新填写。")
    expect(said).to_be_in_viewport()
    assert fits(page) and "河东屯" not in unquote(page.url) and settlement(toy) is None
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / "phone_lost.png"))
    page.fill("[name=username]", member.name)
    page.fill("[name=password]", "something else")
    page.click("main form button.btn-primary")
    expect(said).to_be_visible()
    page.fill("[name=password]", member.password)
    page.click("main form button.btn-primary")
    page.wait_for_url(f"**{HOUSE}/edit")
    assert settlement(toy) is None
