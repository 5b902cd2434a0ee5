"""Who was brought away with fewer people than the register has is asked after wherever the family is read."""

import io
import re

import openpyxl
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.response.service import respond
from tests.evacuation.test_pages import plain
from tests.fixtures.people import ADDRESS
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import query
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES, WEST

ROW = (
    "SELECT e.id, e.version, k.persons, k.id AS family FROM evacuation e JOIN house h ON h.id = e.house_id"
    " JOIN household k ON k.id = e.household_id WHERE h.code = '西一-D'"
)


def test_people_who_may_still_be_at_home_are_asked_after(toy: ToyDatabase) -> None:
    """Of a family that moved complete the register says later that two more live there (a ledger in the night)."""
    village = VILLAGES["西一"][0]
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一"], "red")
        respond(session, toy.actor(), event)
    [row] = query(toy, ROW)
    county = toy.browser(toy.member("county", COUNTY))
    token = re.search(
        r"http://127\.0\.0\.1/v/([\w-]{43})\n", county.post(f"/events/{event}/links", data={"area": village}).text
    )
    assert token
    phone = TestClient(toy.app, base_url=ADDRESS)
    base = f"/events/{event}/evacuation"

    def read() -> dict[str, str]:
        book = openpyxl.load_workbook(io.BytesIO(county.get(f"/api/v1{base}/list.xlsx?area={WEST}").content))
        return {
            "list": plain(county.get(f"{base}/areas/{village}").text),
            "household": plain(county.get(f"{base}/{row.id}").text),
            "print": plain(county.get(f"{base}/print?area={WEST}").text),
            "sheet": " ".join(str(cell.value) for one in book for line in one for cell in line),
            "link": plain(phone.get(f"/v/{token[1]}").text),
        }

    moved = {"state": "moved_to_kin", "destination": "女儿家", "people": row.persons, "version": row.version}
    assert county.patch(f"/api/v1{base}/{row.id}", json=moved).status_code == 200
    said = f"台账登记{row.persons + 2}人，还有2人请核实是否已转移"
    assert not [where for where, words in read().items() if "请核实是否已转移" in words]
    with toy.transaction() as session:
        session.execute(text("UPDATE household SET persons = persons + 2 WHERE id = :family"), {"family": row.family})
    assert {where: words.count(said) for where, words in read().items()} == dict.fromkeys(read(), 1)
    [told] = [one for one in county.get(f"/api/v1{base}").json()["items"] if one["id"] == row.id]
    assert (told["people"], told["registered"]) == (row.persons, row.persons + 2)
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET phase = 'mistaken' WHERE id = :id"), {"id": event})
    assert not [where for where, words in read().items() if "请核实是否已转移" in words], "nobody is moved any more"
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET phase = 'warning' WHERE id = :id"), {"id": event})
    assert "请核实是否已转移" in read()["list"]
    # Back home nobody is missing.
    with toy.transaction() as session:
        session.execute(text("UPDATE evacuation SET state = 'returned' WHERE id = :id"), {"id": row.id})
    assert not [where for where, words in read().items() if "请核实是否已转移" in words]
