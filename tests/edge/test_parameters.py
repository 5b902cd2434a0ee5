"""A parameter that a route of the API does not know is refused and named: a misspelt filter asks nothing, and gives all."""

import re

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from geo_housing.app import ROUTERS
from tests.fixtures.people import MakeMember, OpenBrowser
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, WEST

VALUES = {"ending": "geojson", "layer_name": "houses", "area": WEST}
READING = [
    route.path
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and "GET" in route.methods and route.path.startswith("/api/v1/")
]


def address(template: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: VALUES.get(found[1], "1"), template)


@pytest.fixture(scope="module")
def everybody(toy_worker: ToyDatabase) -> list[TestClient]:
    """Of whom one at least is let in everywhere."""
    return [
        toy_worker.browser(toy_worker.member(role, area))
        for role, area in (("admin", "0"), ("department", WEST), ("third_party", WEST))
    ]


@pytest.mark.parametrize("template", READING)
def test_no_reading_route_overlooks_what_it_does_not_know(everybody: list[TestClient], template: str) -> None:
    answers = [client.get(address(template), params={"areq": WEST}) for client in everybody]
    told = [answer for answer in answers if answer.status_code != 403]
    assert told, "nobody was let in"
    for answer in told:
        assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json", answer.text
        assert "“areq”" in answer.json()["detail"]


def test_the_journal_names_what_there_is_and_filters_by_what_it_knows(toy_worker: ToyDatabase) -> None:
    admin = toy_worker.browser(toy_worker.member("admin", "0"))
    for township in (WEST, EAST):
        toy_worker.browser(toy_worker.member("township", township)).get("/journal.xlsx")
    problem = admin.get("/api/v1/journal", params={"areas": WEST, "form": "2026-01-01"}).json()
    assert "“areas”、“form”" in problem["detail"] and "since" in problem["detail"] and "area" in problem["detail"]
    assert [fault["column"] for fault in problem["errors"]] == ["areas", "form"]
    shown = admin.get("/api/v1/journal", params={"since": "2026-01-01", "area": WEST, "limit": "1000"})
    assert shown.status_code == 200
    assert {entry["area"][:9] for entry in shown.json()["items"]} == {WEST}


def test_who_is_not_let_in_is_not_told_what_there_is_to_ask(members: MakeMember, browser: OpenBrowser) -> None:
    planner = browser(members(role="planner", area=COUNTY))
    assert planner.get("/api/v1/journal?areq=1").status_code == 403


def test_a_page_overlooks_what_others_append_to_its_address(toy_worker: ToyDatabase) -> None:
    clerk = toy_worker.browser(toy_worker.member("county", COUNTY))
    assert clerk.get("/journal?from=wechat").status_code == 200
