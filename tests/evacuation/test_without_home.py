"""A house that ends in the night takes nobody off the list of those to be moved."""

import io
import re

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.clock import today
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.register.endings import end_house, give_home
from geo_housing.houses.register.families import leave_house
from geo_housing.response.reports.service import Wanted, make_report
from geo_housing.response.reports.showing import shown
from geo_housing.response.service import change_phase, respond
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


def test_after_a_mistaken_warning_nobody_is_asked_for_anything(toy: ToyDatabase) -> None:
    """Neither to find who has no home, nor who is away by another event: on pages, papers, sheets and in reports."""
    village = VILLAGES["西一"][0]
    with toy.transaction() as session:
        event, other = (make_event(session, toy.actor(), ["西一"], "red") for _ in range(2))
        for number in (event, other):
            respond(session, toy.actor(), number)
        end_house(session, toy.actor(), "西一-A", reason="demolished", on=today(), version=house(toy, "西一-A").version)
    county = toy.browser(toy.member("county", COUNTY))
    for number, state in ((event, "refused"), (other, "moved_to_kin")):
        query_ = "SELECT e.id, e.version FROM evacuation e JOIN house h ON h.id = e.house_id WHERE h.code = '西一-D'"
        [row] = query(toy, f"{query_} AND e.event_id = {number}")
        said = county.patch(
            f"/api/v1/events/{number}/evacuation/{row.id}", json={"state": state, "version": row.version}
        )
        assert said.status_code == 200
    addresses = [
        f"/events/{event}", f"/events/{event}/evacuation", f"/events/{event}/evacuation/areas/{village}",
        f"/events/{event}/evacuation/print?area={WEST}", f"/events/{event}/print?area={WEST}",
    ]  # fmt: skip
    sheets = [
        f"/api/v1/events/{event}/evacuation/list.xlsx?area={WEST}",
        f"/api/v1/events/{event}/list.xlsx?area={WEST}",
    ]

    def asked() -> dict[str, list[str]]:
        found = {}
        for address in addresses:
            answer = county.get(address)
            assert answer.status_code in (200, 409), address
            found[address] = plain(answer.text)
        for address in sheets:
            answer = county.get(address)
            assert answer.status_code in (200, 409), address
            if answer.status_code == 200:
                book = openpyxl.load_workbook(io.BytesIO(answer.content))
                found[address] = " ".join(str(cell.value) for one in book for line in one for cell in line)
        with toy.transaction() as session:
            made = make_report(session, toy.actor(), event, Wanted())
            told = shown(session, session.get_one(HazardEvent, event), made)
            found["report"] = " ".join(line for part in told.parts for line in part.paragraphs)
        words = ("无房户", "问清", "请核实", "另一事件", "其他事件")
        return {address: [word for word in words if word in told] for address, told in found.items()}

    before = asked()
    assert all("无房户" in words for words in before.values()), before
    assert "另一事件" in before[addresses[2]] and "其他事件" in before["report"]
    with toy.transaction() as session:
        change_phase(session, toy.actor(), event, "mistaken", reason="误发")
    assert not any(asked().values()), asked()
