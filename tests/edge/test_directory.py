"""The directory finds the very route that trying all of them in their order finds."""

import re
from collections import defaultdict

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.routing import Match

from geo_housing.app import ROUTERS
from geo_housing.edge.directory import Directory
from tests.fixtures.toy import ToyDatabase

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
DIRECTORY = Directory(ROUTES)
METHODS = sorted({method for route in ROUTES for method in route.methods or ()} | {"HEAD", "OPTIONS"})
# What stands in templates, and what does not: a word of one route where another takes anything.
WORDS = sorted({word for route in ROUTES for word in route.path.split("/") if "{" not in word} | {"7", "x.csv", "玩具"})
BESIDE = defaultdict[str, set[str]](set)
for route in ROUTES:
    BESIDE[route.path.split("/")[1]] |= {word for word in route.path.split("/")[2:] if "{" not in word}
FIRST = sorted({route.path.split("/")[1] for route in ROUTES} | {"nowhere"})
paths = st.builds(
    lambda first, rest: "/".join(("", first, *rest)), st.sampled_from(FIRST), st.lists(st.sampled_from(WORDS))
)


def told(method: str, path: str) -> tuple[APIRoute | None, object]:
    match, found = DIRECTORY.matches({"type": "http", "method": method, "path": path, "headers": []})
    return (found["route"], found["path_params"]) if match == Match.FULL else (None, None)


def tried(method: str, path: str) -> tuple[APIRoute | None, object]:
    for route in ROUTES:
        match, found = route.matches({"type": "http", "method": method, "path": path, "headers": []})
        if match == Match.FULL:
            return route, found["path_params"]
    return None, None


def test_every_template_leads_to_its_route() -> None:
    for route in ROUTES:
        first = route.path.split("/")[1]
        for filling in ("7", *sorted(BESIDE[first])):
            path = re.sub(r"\{[^}]*\}", filling, route.path)
            for method in route.methods or ():
                assert told(method, path) == tried(method, path), f"{method} {path}"
        assert any(told(method, re.sub(r"\{[^}]*\}", "7", route.path))[0] for method in route.methods or ()), route.path


@settings(max_examples=500)
@given(st.sampled_from(METHODS), st.one_of(paths, st.text("/ab7.%", max_size=9)))
def test_any_path_leads_where_trying_all_leads(method: str, path: str) -> None:
    assert told(method, path) == tried(method, path)


def test_a_path_that_begins_with_anything_has_no_place_in_it() -> None:
    router = APIRouter()
    router.add_api_route("/{anything}/list", lambda anything: anything)
    with pytest.raises(ValueError, match="begins with a word"):
        Directory(route for route in router.routes if isinstance(route, APIRoute))


def test_another_method_is_told_which_one_answers(toy_worker: ToyDatabase) -> None:
    client = TestClient(toy_worker.app, base_url="http://127.0.0.1", follow_redirects=False)
    answer = client.delete("/healthz")
    assert answer.status_code == 405 and answer.headers["allow"] == "GET"
    assert client.get("/healthz/").status_code == 404


def test_what_watchers_ask_is_answered_to_head_as_to_get_and_nothing_else_is(toy_worker: ToyDatabase) -> None:
    client = TestClient(toy_worker.app, base_url="http://127.0.0.1", follow_redirects=False)
    for path in ("/", "/sign-in", "/healthz", "/readyz"):
        asked, got = client.head(path), client.get(path)
        assert (asked.status_code, asked.content) == (got.status_code, b""), path
        assert asked.headers["content-length"] == str(len(got.content)), path
        assert asked.headers.get("location") == got.headers.get("location")
    # Such a page is journalled, or is none for whoever only looks.
    for path in ("/events/1/reports/1/file.docx", "/houses"):
        assert client.head(path).status_code == 405, path
