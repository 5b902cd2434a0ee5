"""0人 said long ago of a house that counts as lived in is a number that nobody knows, on every page, paper and file."""

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.clock import today
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES

WEST_ONE = VILLAGES["西一"][0]


def plain(page: str) -> str:
    """The words of a page without marks and spaces."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", page))


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    """Over 西一 and 西二: in 西一-D and 西一-C nobody is at home, by a check of long ago and by one of yesterday."""
    with toy.transaction() as session:
        for code, days in (("西一-D", 400), ("西一-C", 1)):
            session.execute(
                text("UPDATE house SET occupancy = 'empty', occupancy_checked_on = :day WHERE code = :code"),
                {"day": today() - timedelta(days=days), "code": code},
            )
        session.execute(
            text(
                "UPDATE household SET persons = 0 WHERE id IN (SELECT l.household_id FROM house_household l"
                " JOIN house h ON h.id = l.house_id WHERE h.code IN ('西一-D', '西一-C'))"
            )
        )
        session.execute(text("SELECT house_recount((SELECT array_agg(id) FROM house))"))
        number = make_event(session, toy.actor(), ["西一", "西二"], "red")
        respond(session, toy.actor(), number)
        return number


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def test_the_analysis_its_villages_and_the_json(county: TestClient, event: int) -> None:
    found = county.get(f"/api/v1/events/{event}/affected").json()
    assert found["households_without_size"] == 1
    assert {area["code"]: area["households_without_size"] for area in found["areas"]}[WEST_ONE] == 1
    page = plain(county.get(f"/events/{event}").text)
    assert "另1户未填人数" in page and page.count("另1户未填") == 3, "the whole, the township and the village"


def test_rows_paper_and_workbook_of_a_village(county: TestClient, event: int) -> None:
    page = county.get(f"/events/{event}/areas/{WEST_ONE}").text
    assert page.count('data-label="人">未填') == 1 and page.count('data-label="人">0') == 1
    paper = county.get(f"/events/{event}/print?area={WEST_ONE}").text
    assert "（另 1 户未填人数）" in paper and paper.count('<td class="c">未填</td>') == 1
    content = county.get(f"/api/v1/events/{event}/list.xlsx").content
    cells = [str(cell.value) for sheet in openpyxl.load_workbook(io.BytesIO(content)) for row in sheet for cell in row]
    assert any("（另1户未填人数）" in cell for cell in cells) and cells.count("未填") == 1


def test_text_report_and_card(county: TestClient, event: int) -> None:
    address = county.post(f"/events/{event}/reports", data={}).headers["location"].split("?")[0]
    assert re.search(r"影响范围内（涉及）农房\d+栋，\d+户\d+人（另1户未填人数）", plain(county.get(address).text))
    card = plain(county.post("/roster/cards/print", data={"area": WEST_ONE}).text)
    assert "（另1户未填人数）" in card


def test_the_list_of_houses_a_house_the_map_and_the_wall(county: TestClient, event: int) -> None:
    assert "另1户未填人数" in plain(county.get(f"/houses?area={WEST_ONE}").text)
    assert "人数未填" in county.get("/houses/西一-D").text and "人数未填" not in county.get("/houses/西一-C").text
    sizes = {
        code: county.get(f"/api/v1/map/houses/{code}").json()["households_without_size"]
        for code in ("西一-D", "西一-C")
    }
    assert sizes == {"西一-D": 1, "西一-C": 0}
    wall = county.get("/map/meeting/figures").json()
    assert wall["total"]["households_without_size"] == 1
    for level in wall["levels"]:
        assert sum(one["figures"]["households_without_size"] for one in level["divisions"]) == 1


def test_nothing_is_said_where_every_number_is_known(toy: ToyDatabase, county: TestClient) -> None:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["东二"], "red")
        respond(session, toy.actor(), number)
    address = county.post(f"/events/{number}/reports", data={}).headers["location"].split("?")[0]
    for path in (
        f"/events/{number}",
        f"/events/{number}/evacuation",
        f"/events/{number}/print?area={VILLAGES['东二'][0]}",
        f"/houses?area={VILLAGES['东二'][0]}",
        address,
    ):
        assert "户未填" not in plain(county.get(path).text), path
