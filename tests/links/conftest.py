"""An event over both townships with its tasks, and phones that hold links."""

import re
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.response.service import respond
from tests.fixtures.people import ADDRESS, Member
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

WEST_ONE, WEST_TWO = VILLAGES["西一"][0], VILLAGES["西二"][0]


@dataclass
class Night:
    """The toy county in 灾后排查, with those who give links out."""

    toy: ToyDatabase
    county: TestClient
    township: TestClient
    event: int

    def token(self, village: str = WEST_ONE, *, event: int | None = None, note: str = "") -> str:
        """A new link's token, as it stands on the page that shows it once."""
        data = {"area": village, "note": note}
        page = self.county.post(f"/events/{event or self.event}/links", data=data)
        assert page.status_code == 200, page.text
        found = re.search(r"http://127\.0\.0\.1/v/([\w-]{43})\n", page.text)
        assert found
        return found[1]

    def phone(self, token: str | None = None) -> "Phone":
        """A phone on which a link was opened."""
        client = TestClient(self.toy.app, base_url=ADDRESS, follow_redirects=False)
        answer = client.get(f"/v/{token or self.token()}")
        assert answer.status_code == 303, answer.text
        base = answer.headers["location"].removesuffix("/houses")
        csrf = re.search(r'name="csrf-token" content="(\w+)"', client.get(f"{base}/houses").text)
        assert csrf
        client.headers["X-CSRF-Token"] = csrf[1]
        return Phone(client, base)

    def value(self, query: str, **values: object) -> object:
        with self.toy.transaction() as session:
            return session.scalar(text(query), values)

    def version(self, number: int) -> int:
        return int(str(self.value("SELECT version FROM emergency_inspection WHERE id = :i", i=number)))

    def inspection(self, code: str, event: int | None = None) -> int:
        query = "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c AND i.event_id = :e"
        return int(str(self.value(query, c=code, e=event or self.event)))


@dataclass
class Phone:
    """A browser with a link's cookie."""

    client: TestClient
    base: str

    def entry(self, number: int) -> dict[str, object]:
        answer = self.client.get(f"{self.base}/api/{number}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def new_event(county: TestClient, name: str, **more: str) -> int:
    """Tasks in both townships, in 灾后排查."""
    body = {"areas": [WEST, EAST], "name": name, "kind": "flood", **more}
    number = county.post("/api/v1/events", json=body).json()["event"]
    assert county.post(f"/api/v1/events/{number}/respond").status_code == 200
    assert county.post(f"/api/v1/events/{number}/phase", json={"phase": "aftermath"}).status_code == 200
    return int(number)


@furnished
def aftermath(toy: ToyDatabase) -> tuple[Member, Member, int]:
    """Both townships in 灾后排查, and who works for the county and for one of them."""
    county, township = toy.member("county", COUNTY), toy.member("township", WEST)
    return county, township, new_event(toy.browser(county), "强降雨")


@furnished
def warned(toy: ToyDatabase) -> tuple[Member, Member, int]:
    """Both townships' first villages under red, tasks given; nobody is moved yet."""
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一", "西二", "东一"], "red")
        respond(session, toy.actor(), event)
    return toy.member("county", COUNTY), toy.member("township", WEST), event


@pytest.fixture
def night(toy: ToyDatabase, aftermath: tuple[Member, Member, int]) -> Night:
    county, township, event = aftermath
    return Night(toy, toy.browser(county), toy.browser(township), event)


@pytest.fixture
def red(toy: ToyDatabase, warned: tuple[Member, Member, int]) -> Night:
    """Both townships' first villages under red, tasks given; nobody is moved yet."""
    county, township, event = warned
    return Night(toy, toy.browser(county), toy.browser(township), event)
