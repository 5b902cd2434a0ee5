"""Whoever moves a house under a running event is told that its task and its people follow with the next respond only."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.response.service import change_phase, respond
from tests.fixtures.toy import ToyDatabase
from tests.response.test_pages import words
from tests.response.zones import make_event
from tests.toy_county import COUNTY

TOLD = "不会马上跟着改"
HOUSE = "西一-D"


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def begun(toy: ToyDatabase, *villages: str, phase: str | None = None, mode: str | None = None) -> None:
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), [*villages], "red")
        if mode:
            session.execute(text("UPDATE hazard_event SET mode = :mode"), {"mode": mode})
        respond(session, toy.actor(COUNTY), number)
        if phase:
            change_phase(session, toy.actor(COUNTY), number, phase, reason="结束")


def moved(toy: ToyDatabase, client: TestClient, verdict: str = "moved") -> str:
    with toy.transaction(COUNTY) as session:
        row = session.execute(
            text("SELECT version, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM house WHERE code = :code"), {"code": HOUSE}
        ).one()
    form = {"verdict": verdict, "version": row.version, "lon": f"{row.lon + 1e-5:.7f}", "lat": f"{row.lat:.7f}", "then": "house"}  # fmt: skip
    answer = client.post(f"/houses/{HOUSE}/location", data=form)
    assert answer.status_code == 303
    return client.get(answer.headers["location"]).text


def test_it_is_said_before_and_after_the_house_is_moved(toy: ToyDatabase, county: TestClient) -> None:
    assert TOLD not in county.get(f"/houses/{HOUSE}/location").text
    begun(toy, "西一")
    assert TOLD in words(county.get(f"/houses/{HOUSE}/location").text)
    assert TOLD in moved(toy, county)


def test_what_is_only_confirmed_follows_by_itself(toy: ToyDatabase, county: TestClient) -> None:
    begun(toy, "西一")
    assert TOLD not in moved(toy, county, "confirmed")


@pytest.mark.parametrize("over", [{"phase": "closed"}, {"mode": "drill"}])
def test_of_an_event_that_is_over_and_of_a_drill_nothing_is_said(
    toy: ToyDatabase, county: TestClient, over: dict[str, str]
) -> None:
    begun(toy, "西一", **over)
    assert TOLD not in moved(toy, county)
