"""The description of the API: complete, for those signed in and this machine, without another host."""

import re

from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.fixtures.people import MakeMember, OpenBrowser


def elsewhere(app: FastAPI) -> TestClient:
    """A client on another machine."""
    return TestClient(app, base_url="http://192.0.2.1", follow_redirects=False, client=("192.0.2.9", 40000))


def test_every_api_address_stands_in_the_schema_and_on_the_page(members: MakeMember, browser: OpenBrowser) -> None:
    client = browser(members(role="planner", area="990001"))
    schema = client.get("/api/openapi.json").json()
    assert schema["openapi"].startswith("3.") and "/api/v1/jobs/{job_id}" in schema["paths"]
    page = client.get("/api/docs")
    assert page.status_code == 200
    for path in schema["paths"]:
        assert f"<code>{path}</code>" in page.text
    # Pages are not the API.
    assert "/sign-in" not in schema["paths"]


def test_the_page_names_no_other_host(members: MakeMember, browser: OpenBrowser) -> None:
    page = browser(members(role="planner", area="990001")).get("/api/docs").text
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == []


def test_a_stranger_on_another_machine_is_led_to_the_sign_in(worker_app: FastAPI) -> None:
    stranger = elsewhere(worker_app)
    page = stranger.get("/api/docs")
    assert page.status_code == 303 and page.headers["location"].startswith("/sign-in")
    assert stranger.get("/api/openapi.json").status_code == 401


def test_on_this_machine_it_needs_no_session(worker_app: FastAPI) -> None:
    local = TestClient(worker_app, base_url="http://127.0.0.1", follow_redirects=False, client=("127.0.0.1", 40000))
    assert local.get("/api/docs").status_code == 200
    assert local.get("/api/openapi.json").json()["info"]["title"]


def test_every_refusal_is_described_as_the_problem_that_it_is(members: MakeMember, browser: OpenBrowser) -> None:
    client = browser(members(role="county", area="990001"))
    schema = client.get("/api/openapi.json").json()
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"], (
                f"{method} {path}"
            )
    described = schema["components"]["schemas"]["Problem"]
    refused = client.post("/api/v1/events", json={"nothing": 1})
    assert refused.status_code == 422 and refused.json().keys() == described["properties"].keys()
    assert refused.json()["errors"][0].keys() == described["properties"]["errors"]["items"]["properties"].keys()
