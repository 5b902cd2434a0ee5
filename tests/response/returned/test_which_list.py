"""Either list uploaded where the other belongs is taken to its own page, and nothing of it is lost or entered on the way."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect

from geo_housing.errors import BadInput
from geo_housing.response.returned.which import OtherList
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.returned.filled import SEEN, Sheet
from tests.response.returned.test_moves import looked_at, stored, workbook
from tests.response.zones import begun_in_july, make_event
from tests.toy_county import COUNTY


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "orange")
        respond(session, toy.actor(), number)
    return begun_in_july(toy, number)


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def test_a_moving_list_goes_from_the_inspections_to_its_own_page(
    visit: Any, toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    content = workbook(toy, event, tmp_path).fill("西一-D", 状态="投亲靠友", 去向="女儿家").saved().read_bytes()
    page = visit(toy, toy.member("county", COUNTY), f"/events/{event}/returned").page
    page.set_input_files("#file", {"name": "名单.xlsx", "mimeType": "", "buffer": content})
    page.get_by_role("button", name="读取").click()
    expect(page.get_by_text("您上传的是分村转移避险名单，已转到“转移名单回传”读取。")).to_be_visible()
    assert stored(toy, event)["西一-D"].state == "pending"
    page.get_by_role("button", name="确认录入").click()
    expect(page.get_by_text("已录入 1 户")).to_be_visible()
    assert stored(toy, event)["西一-D"].destination == "女儿家"


def test_a_list_of_inspections_goes_from_the_moves_to_its_own_page(county: TestClient, event: int) -> None:
    content = Sheet(county, event).fill("西一-D", 排查结果="锁门", **SEEN).content()
    files = {"file": ("名单.xlsx", content)}
    answer = county.post(f"/events/{event}/evacuation/returned", files=files, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"/events/{event}/returned?sent_on=1")
    page = county.post(f"/events/{event}/returned?sent_on=1", files=files).text
    assert "您上传的是分村应急排查名单" in page and "确认录入" in page


def test_what_is_neither_and_who_may_not_are_told(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    path = tmp_path / "排查.xlsx"
    path.write_bytes(Sheet(county, event).content())
    with pytest.raises(OtherList, match="这是分村应急排查名单"):
        looked_at(toy, event, path)
    other = workbook(toy, event, tmp_path)
    for sheet in other.book.worksheets:
        sheet.delete_rows(1, sheet.max_row)
    with pytest.raises(BadInput, match="没有认出转移名单"):
        looked_at(toy, event, other.saved())
    # Sent on once and no further.
    files = {"file": ("名单.xlsx", path.read_bytes())}
    answer = county.post(f"/events/{event}/evacuation/returned?sent_on=1", files=files, follow_redirects=False)
    assert answer.status_code == 422 and "这是分村应急排查名单" in answer.text
