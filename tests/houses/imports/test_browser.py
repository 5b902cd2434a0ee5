"""The import in a real browser: choose the file, look, confirm, undo."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fixtures.browser import PHONE, fits
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import house, query
from tests.houses.spreadsheet.test_reader import township_book
from tests.toy_county import WEST


def test_a_clerk_imports_a_townships_book_and_takes_it_back(
    toy: ToyDatabase, visit: Callable[..., Any], tmp_path: Path
) -> None:
    page = visit(toy, toy.member("township", WEST), "/imports").page
    page.set_input_files("input[type=file]", township_book(tmp_path))
    page.get_by_text("待确认，尚未改动任何房屋").wait_for()
    assert page.get_by_role("link", name="3").first.is_visible()
    assert query(toy, "SELECT count(*) FROM house WHERE code = :code", code=f"{WEST}20100001")[0][0] == 0
    page.get_by_role("button", name="确认导入").click()
    page.get_by_text("已导入：新增 3").wait_for()
    assert house(toy, f"{WEST}20100001").built_year == 1990
    page.get_by_text("撤销这次导入", exact=True).click()
    page.get_by_text("新增的 3 栋登记为误登记").wait_for()
    page.get_by_role("button", name="确认撤销").click()
    page.get_by_text("已撤销这次导入。").wait_for()
    assert house(toy, f"{WEST}20100001").ended_reason == "mistaken"


def test_on_a_phone_nothing_is_wider_than_the_screen(
    toy: ToyDatabase, visit: Callable[..., Any], tmp_path: Path
) -> None:
    page = visit(toy, toy.member("township", WEST), "/imports", size=PHONE).page
    page.set_input_files("input[type=file]", township_book(tmp_path))
    page.get_by_text("待确认，尚未改动任何房屋").wait_for()
    assert fits(page)
