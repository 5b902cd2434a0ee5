"""Each figure of an event's page opens the rows it counts: the list behind it says the same number."""

import html
import re

import pytest
from sqlalchemy import text

from tests.fixtures.toy import ToyDatabase, furnished
from tests.hazards.test_chosen_divisions import DOUBTFUL
from tests.houses.ledgers import load
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

LINK = re.compile(r'<a href="(/(?:houses|inspections)\?event=[^"]+)">(.*?)</a>', re.DOTALL)
TOTALS = re.compile(r"共\s*([\d,]+)\s*栋\s*·\s*([\d,]+)\s*户\s*·\s*([\d,]+)\s*人(?:\s*·\s*其中\S+\s*([\d,]+)\s*户)?")


@furnished
def event(toy: ToyDatabase) -> int:
    """West township and a village of the east, tasks given, with houses of every kind of doubt about their place."""
    load(toy, DOUBTFUL)
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET structure = NULL WHERE id % 5 = 0"))
        session.execute(text("UPDATE house SET traits = '{impaired,impaired}', households = 2 WHERE code = '西一-A'"))
    client = toy.browser(toy.member("county", COUNTY))
    body = {"areas": [WEST, VILLAGES["东一"][0]], "name": "强降雨", "kind": "flood"}
    number = int(client.post("/api/v1/events", json=body).json()["event"])
    assert client.post(f"/api/v1/events/{number}/respond").status_code == 200
    assert client.post(f"/api/v1/events/{number}/phase", json={"phase": "aftermath"}).status_code == 200
    return number


def plain(markup: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.unescape(markup))).strip()


def number_in(markup: str) -> int:
    found = re.search(r"[\d,]+$|[\d,]+(?= )", plain(markup))
    assert found, markup
    return int(found[0].replace(",", ""))


@pytest.mark.parametrize(
    ("role", "area"), [("county", COUNTY), ("leader", COUNTY), ("township", EAST), ("village", f"{WEST}201")]
)
def test_figures_of_the_analysis(toy: ToyDatabase, event: int, role: str, area: str) -> None:
    client = toy.browser(toy.member(role, area))
    page = client.get(f"/events/{event}").text
    section = page[page.index('id="affected"') : page.index("<h2>过程</h2>")]
    links = LINK.findall(section)
    units = re.findall(r"</strong> (\S+?)</a>", section)
    seen = set()
    for place, (address, inner) in enumerate(links):
        answer = client.get(html.unescape(address))
        assert answer.status_code == 200, address
        totals = TOTALS.search(plain(answer.text))
        assert totals, address
        houses, households, people, of_word = (int((part or "-1").replace(",", "")) for part in totals.groups())
        unit = units[place] if place < len(units) else ""
        # Rows of the table: 户, 栋, 人 lead to the same list, which names all three.
        if "trait=" in address or "category=" in address:
            assert of_word == number_in(inner), address
        elif unit == "户" or unit == "人":
            assert (households if unit == "户" else people) == number_in(inner)
        elif "risk=" in address or "uncertain=" in address or "structure=" in address or unit:
            assert houses == number_in(inner), address
        else:
            assert number_in(inner) in (houses, households, people), address
        seen |= {
            name for name in ("risk", "uncertain", "structure", "trait", "area", "occupancy") if f"{name}=" in address
        }
    assert {"risk", "structure", "area", "occupancy"} <= seen
    if role == "county":
        assert {"uncertain", "trait"} <= seen and "where=area_code" in section
    assert ("trait" in seen) == (role != "leader") or role == "township"


def test_figures_of_the_progress(toy: ToyDatabase, event: int) -> None:
    client = toy.browser(toy.member("county", COUNTY))
    with toy.transaction() as session:
        changes = (
            ("state = 'done', result = 'suspected', begun_at = now(), done_at = now()", 0),
            ("state = 'in_progress', result = 'collapsed', begun_at = now()", 1),
            ("due_at = now() - interval '1 hour'", 2),
            ("state = 'withdrawn', withdrawn_at = now()", 3),
        )
        for change, rest in changes:
            session.execute(text(f"UPDATE emergency_inspection SET {change} WHERE house_id % 7 = {rest}"))
    section = client.get(f"/events/{event}/progress").text
    links = LINK.findall(section)
    assert len(links) > 20
    for address, inner in links:
        answer = client.get(html.unescape(address))
        listed = re.search(r"共 ([\d,]+) 条", plain(answer.text))
        assert listed and int(listed[1].replace(",", "")) == number_in(inner), (address, inner)
