"""A house that ends in the night takes nobody off the list of those to be moved."""

import io
import re

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.clock import today
from geo_housing.houses.register.endings import end_house, give_home
from geo_housing.houses.register.families import leave_house
from geo_housing.response.service import respond
from tests.evacuation.test_pages import plain
from tests.fixtures.people import ADDRESS
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import house, query
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES, WEST


def taken_off(toy: ToyDatabase, event: int) -> int:
    with toy.transaction() as session:
        return respond(session, toy.actor(), event).evacuation.withdrawn


@pytest.mark.parametrize("way", ["ended", "left"])
def test_who_waits_for_a_home_stays_on_the_list_until_one_is_known(toy: ToyDatabase, way: str) -> None:
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一"], "red")
        respond(session, toy.actor(), event)
    family = query(
        toy,
        "SELECT e.household_id AS id FROM evacuation e JOIN house h ON h.id = e.house_id WHERE h.code = '西一-D'",
    )[0].id
    with toy.transaction() as session:
        if way == "ended":
            version = house(toy, "西一-D").version
            end_house(session, toy.actor(), "西一-D", reason="demolished", on=today(), version=version)
        else:
            leave_house(session, toy.actor(), "西一-D", family, on=today())
    assert taken_off(toy, event) == 0, "nobody knows where it is"
    with toy.transaction() as session:
        give_home(session, toy.actor(), family, "东四-A", on=today())
    assert taken_off(toy, event) == 1, "a house beyond the zone"
    state = text("SELECT withdrawn_at IS NOT NULL FROM evacuation WHERE household_id = :id")
    with toy.transaction() as session:
        assert session.scalar(state, {"id": family})


def test_that_the_house_is_gone_stands_wherever_the_family_is_read(toy: ToyDatabase) -> None:
    """Without tasks being given again; on the list, the household's page, print, sheet, a village's link and in the API."""
    village = VILLAGES["西一"][0]
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一"], "red")
        respond(session, toy.actor(), event)
    row = query(toy, "SELECT e.id FROM evacuation e JOIN house h ON h.id = e.house_id WHERE h.code = '西一-D'")[0].id
    county = toy.browser(toy.member("county", COUNTY))
    links = county.post(f"/events/{event}/links", data={"area": village}).text
    token = re.search(r"http://127\.0\.0\.1/v/([\w-]{43})\n", links)
    assert token
    phone = TestClient(toy.app, base_url=ADDRESS)
    base = f"/events/{event}/evacuation"

    def read() -> dict[str, str]:
        sheet = county.get(f"/api/v1{base}/list.xlsx?area={WEST}")
        book = openpyxl.load_workbook(io.BytesIO(sheet.content))
        return {
            "list": plain(county.get(f"{base}/areas/{village}").text),
            "household": plain(county.get(f"{base}/{row}").text),
            "print": plain(county.get(f"{base}/print?area={WEST}").text),
            "sheet": " ".join(str(cell.value) for one in book for line in one for cell in line),
            "link": plain(phone.get(f"/v/{token[1]}").text),
        }

    gone = "房屋已拆除，不能返回居住"
    assert not [where for where, words in read().items() if gone in words]
    with toy.transaction() as session:
        version = house(toy, "西一-D").version
        end_house(session, toy.actor(), "西一-D", reason="demolished", on=today(), version=version)
    assert {where: words.count(gone) for where, words in read().items()} == dict.fromkeys(read(), 1)
    [told] = [one for one in county.get(f"/api/v1{base}").json()["items"] if one["id"] == row]
    assert (told["house_ended"], told["house_ended_on"]) == ("demolished", today().isoformat())
