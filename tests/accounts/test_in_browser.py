"""A session that ends while somebody types: what was typed stays, he signs in where he is, and it is saved."""

from collections.abc import Callable

from sqlalchemy import text

from tests.fixtures.browser import PHONE, Visit
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
