"""更正: what fell before the 截至 and was entered after it is told on the form, and one press counts it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from geo_housing import clock
from geo_housing.response.reports.late import entered_late
from geo_housing.response.reports.service import report_of
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.fixtures.browser import DESK, PHONE, Visit, fits
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.reports.test_reports import entered, figures, made, sent
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST

pytestmark = pytest.mark.xdist_group("late-in-browser")


@furnished
def event(toy: ToyDatabase) -> int:
    """A report that went out before anything was entered."""
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ("西一", "东一"), "red")
        respond(session, toy.actor(COUNTY), number)
        change_phase(session, toy.actor(COUNTY), number, "aftermath")
    made(toy, number)
    sent(toy, number, 1)
    return number


def before_the_report(toy: ToyDatabase, event: int) -> datetime:
    with toy.transaction(COUNTY) as session:
        return report_of(session, event, 1, AreaScope(COUNTY)).as_of - timedelta(milliseconds=2)


def late(toy: ToyDatabase, event: int, number: int = 1) -> list[str]:
    with toy.transaction(COUNTY) as session:
        found = entered_late(session, report_of(session, event, number, AreaScope(COUNTY)))
        return [house.code for house in found.houses] if found else []


def test_only_damage_that_was_seen_before_and_entered_after_is_told(toy: ToyDatabase, event: int) -> None:
    before, since = before_the_report(toy, event), clock.now()
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2, visited_at=since)
    entered(toy, event, "西一-B", result="no_visible_hazard", visited_at=before)
    assert late(toy, event) == []
    entered(toy, event, "东一-A", result="suspected", damage="severe", rooms_severe=1, visited_at=before)
    entered(toy, event, "西一-A", result="collapsed", rooms_collapsed=1, visited_at=before)
    assert late(toy, event) == ["东一-A", "西一-A"]
    # A township's own report hears of its own houses.
    made(toy, event, EAST, as_of=before + timedelta(milliseconds=1))
    sent(toy, event, 1, EAST)
    page = toy.browser(toy.member("township", EAST)).get(f"/events/{event}/reports/1").text
    assert "又登记或更正了 1 栋" in page and "东一-A（严重损坏）" in page and "西一-A" not in page


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_one_press_takes_the_moment_with_which_they_are_counted(
    visit: Callable[..., Visit], toy: ToyDatabase, event: int, size: dict[str, int]
) -> None:
    entered(toy, event, "西一-A", result="collapsed", rooms_collapsed=1, visited_at=before_the_report(toy, event))
    page = visit(toy, toy.member("county", COUNTY), f"/events/{event}/reports/1", size=size).page
    page.locator("summary", has_text="出更正").click()
    line = page.locator(".attention", has_text="又登记或更正了 1 栋")
    expect(line).to_contain_text("西一-A（倒塌）。要计入，请把截至时间改为")
    assert fits(page)
    line.locator("button").click()
    expect(page.locator("#as_of")).to_have_value(re.compile(r"T\d\d:\d\d$"))
    page.locator("#reason").fill("漏报倒塌一户")
    page.locator("button", has_text="生成更正").click()
    expect(page.locator("article.report")).to_contain_text("倒塌1户1栋1间")
    with toy.transaction(COUNTY) as session:
        row = report_of(session, event, 2, AreaScope(COUNTY))
        assert figures(row).total.losses["collapsed"].houses == 1
    assert late(toy, event, 2) == []
