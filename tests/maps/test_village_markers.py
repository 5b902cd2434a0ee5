"""Without WebGL a chosen township shows its houses as ordinary markers by village, with the counts of the database."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.fixtures.browser import Visit
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, WEST

pytestmark = pytest.mark.xdist_group("map-in-browser")
VILLAGE = ".gh-village-marker"


def ready(page: Page) -> None:
    page.wait_for_selector("[data-ready=canvas]")


def counted(toy: ToyDatabase, area: str, condition: str = "true") -> list[int]:
    """Located houses by village."""
    with toy.transaction() as session:
        rows = session.execute(
            text(
                "SELECT count(*) FROM house WHERE ended_on IS NULL AND tile_key IS NOT NULL"
                f" AND starts_with(scope_code, '{area}') AND {condition} GROUP BY scope_code"
            )
        )
        return sorted(rows.scalars())


def shown(page: Page) -> list[int]:
    return sorted(int(text) for text in page.locator(f"{VILLAGE} b").all_text_contents())


@pytest.mark.parametrize("area", [WEST, EAST])
def test_villages_carry_the_counts_of_the_database_and_open_to_their_houses(
    visit: Any, toy_worker: ToyDatabase, area: str
) -> None:
    found: Visit = visit(
        toy_worker, toy_worker.member("county", COUNTY), f"/map?area={area}&at=45.01000,120.02000,12", webgl=False
    )
    page = found.page
    ready(page)
    villages = page.locator(VILLAGE)
    expect(villages).to_have_count(len(counted(toy_worker, area)))
    assert shown(page) == counted(toy_worker, area)
    # The same as the legend counts, and under its filter, too.
    expect(page.locator("[data-shows=total]")).to_contain_text(f"{sum(counted(toy_worker, area))} 栋")
    for code in ("A", "B", "none", "suspected"):
        page.click(f"[data-list=risk][data-code={code}]")
    dangerous = counted(toy_worker, area, "risk IN ('C', 'D')")
    expect(page.locator("[data-shows=total]")).to_contain_text(f"{sum(dangerous)} 栋")
    page.wait_for_function(
        "(sum) => [...document.querySelectorAll('.gh-village-marker b')].reduce((n, b) => n + Number(b.textContent), 0) === sum",
        arg=sum(dangerous),
    )
    assert shown(page) == dangerous

    # By keyboard: a marker is a button of its own.
    villages.first.focus()
    page.keyboard.press("Enter")
    expect(villages).to_have_count(0)
    houses = page.locator(".gh-house-marker")
    expect(houses.first).to_be_visible()
    assert set(page.locator(".gh-house-marker .grade-mark").all_text_contents()) <= {"C", "D"}
    houses.first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".gh-popup a.gh-popup-open")).to_have_attribute("href", re.compile("/houses/"))

    page.select_option("[name=area]", "")
    expect(houses).to_have_count(0)
    expect(villages).to_have_count(0)


def test_with_webgl_there_are_no_markers(visit: Any, toy_worker: ToyDatabase) -> None:
    page = visit(toy_worker, toy_worker.member("county", COUNTY), f"/map?area={WEST}&at=45.01000,120.02000,12").page
    page.wait_for_selector("[data-ready=webgl]")
    expect(page.locator("[data-shows=total]")).to_contain_text("栋")
    expect(page.locator(VILLAGE)).to_have_count(0)
