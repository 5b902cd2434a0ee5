"""Every route and method with requests made by chance: a sentence comes back, never an error of ours, and no log holds
what was typed.

Deterministic: each request follows from its route, the role and a number. ``GEO_HOUSING_FUZZ=200`` makes a long run of it.
"""

import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx2 import Response

from geo_housing.app import ROUTERS
from geo_housing.edge.problems import is_program_path
from tests.edge.test_hostile_values import READ_BY_HAND
from tests.fixtures.people import ADDRESS
from tests.scope.country import Country, country
from tests.scope.test_every_route import address

__all__ = ["country"]

REQUESTS_A_ROUTE = int(os.environ.get("GEO_HOUSING_FUZZ", "1"))
ROLES = ("county", "township", "village", "planner", "admin", None)
TEMPLATES = Path(__file__).parents[2] / "web"
# Stands in every hostile text, so that logs can be searched for it.
TYPED = "张三丰990001199001011234"
TEXTS = (
    "", " ", "0", "1", "-1", "1.5", "NaN", "Infinity", "-Infinity", "1e400", "2147483648", "9" * 19, "9" * 5000, "²",
    "true", "null", "[]", "{}", "2026-02-30", "2026-11-24", "0001-01-01", "9999-12-31T23:59:59Z", "D", "listed",
    "990001", "990001100", "990001100201", "0", "EPSG:4490", "EPSG:999999", "%00", "\x00", "a\x00b", "\ud800", "\ufffe",
    "\u202e", "' OR 1=1 --", "%s%(x)s{0}", "<img src=x>", "../../etc/passwd", "\r\nSet-Cookie: a=b", "//evil.example",
    "121,45,122,46", "nan,nan,nan,nan", "122,46,121,45", "a=1 AND (", "built_year < 1990", "x" * 70_000, TYPED,
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    *TEXTS, None, True, False, 0, 1, -1, 2**31, 2**63, 10**400, 1.5, float("nan"), float("inf"), -0.0, [], {}, [[]],
    [None], ["990001"], [1, "a"], {"a": 1}, {"type": "Polygon", "coordinates": []},
    {"type": "Point", "coordinates": [121, 46]}, {"type": "Point", "coordinates": [True, False]},
    {"type": "GeometryCollection", "geometries": [{"type": "GeometryCollection", "geometries": []}]},
    {"type": "Polygon", "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]},
    {"type": "Polygon", "coordinates": [[["a", "b"]]]}, {"type": "Feature"}, {"type": "FeatureCollection"},
    {"type": "FeatureCollection", "features": [None]},
)  # fmt: skip
PROBLEM = "application/problem+json"
KINDS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain", "")
RAW = (
    b"", b"{", b"[]", b"null", b"\xff\xfe", b'"a"', b'{"a":' * 2000, b"[" * 50_000, b'{"name": 1, "name": 2}', b"--b--\r\n",
    b"--b\r\n\r\n\r\n--b--", b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n\x00\r\n--b--',
    b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", b"a=%zz&a=%00&=&&&;", b"a" * 100_000,
)  # fmt: skip
FILES = (
    ("a.csv", b""), ("a.csv", b"house_code\n\x00\n"), ("a.xlsx", b"PK\x03\x04"), ("a.geojson", b"{}"), ("", b"x"),
    ("../a.geojson", b"[1]"), ("a.cap", b"<alert"), ("a.zip", b"PK\x05\x06" + b"\0" * 18), ("a.jpg", b"\xff\xd8\xff"),
    ("村\r\nX: y.csv", "户主,乡镇\n某,某\n".encode()), ("a" * 300 + ".csv", b"house_code\nA-1\n"), ("a.png", b"\x89PNG\r\n\x1a\n"),
)  # fmt: skip


@dataclass
class Person:
    """Somebody who sends requests; signed in anew when one of them ended their session."""

    country: Country
    role: str | None
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        if self.role is None:
            self.client = TestClient(self.country.toy.app, base_url=ADDRESS, follow_redirects=False)
        else:
            area = {"admin": "0", "county": "990001", "village": self.country.west.village}
            member = self.country.toy.member(self.role, area.get(self.role, self.country.west.area))
            self.client = self.country.toy.browser(member)

    def sends(self, request: dict[str, Any]) -> Response:
        answer = self.client.request(**request)
        led_out = answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in")
        if led_out and self.role is not None:
            self.__post_init__()
            answer = self.client.request(**request)
        return answer


def every_route() -> list[tuple[str, APIRoute]]:
    return [
        (method, route)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods)
    ]


def names_in_pages() -> list[str]:
    """Names of the fields of all forms."""
    return sorted({
        name
        for path in TEMPLATES.rglob("*.html")
        if "node_modules" not in path.parts
        for name in re.findall(r'name="([a-z_]+)"', path.read_text("utf-8"))
    })  # fmt: skip


def properties(schema: dict[str, Any], route_path: str, method: str) -> list[str]:
    """Names of the members of the JSON body that the description states for a route."""
    found = schema["paths"].get(route_path.replace(":path", "").replace(":int", ""), {}).get(method.lower(), {})
    names: list[str] = []
    waiting = [found.get("requestBody", {})]
    while waiting:
        part = waiting.pop()
        for key, value in part.items():
            if key == "$ref":
                waiting.append(schema["components"]["schemas"][value.rpartition("/")[2]])
            elif key == "properties":
                names += value
            elif isinstance(value, dict):
                waiting.append(value)
            elif isinstance(value, list):
                waiting += [each for each in value if isinstance(each, dict)]
    return names


def path_of(chance: random.Random, route: APIRoute, country: Country) -> str:
    """An address of the route; now and then with a hostile value in one of its places."""
    places = re.findall(r"\{[^}]+\}", route.path)
    if not places or chance.random() < 0.6:
        return address(route.path, country.west)
    bad = quote(chance.choice(TEXTS)[:3000].encode("utf-8", "replace"), safe="")
    return address(route.path.replace(chance.choice(places), "@", 1), country.west).replace("@", bad or "x")


def requests_of(
    who: Person, method: str, route: APIRoute, names: list[str], stated: list[str]
) -> Iterator[dict[str, Any]]:
    """As many requests of a route as are wanted."""
    queries = [param.alias for param in route.dependant.query_params] or READ_BY_HAND.get(route.path, "").split()
    fields = [param.alias for param in route.dependant.body_params] + stated
    for number in range(REQUESTS_A_ROUTE):
        chance = random.Random(f"{who.role} {method} {route.path} {number}")
        asked = [
            f"{name}={quote(chance.choice(TEXTS)[:8000].encode('utf-8', 'replace'))}"
            for name in chance.choices(queries or names, k=chance.choice((0, 0, 1, 2, 4)))
        ]
        made: dict[str, Any] = {"method": method, "url": path_of(chance, route, who.country) + "?" + "&".join(asked)}
        if method != "GET":
            given = chance.sample(fields, k=chance.randint(0, len(fields)))
            given += chance.sample(names, k=chance.choice((0, 1, 3)))
            how = chance.random()
            if how < 0.4:
                body = {name: chance.choice(VALUES) for name in given}
                # Python's own JSON: NaN, halves of characters and numbers of 400 digits go out as they are.
                made |= {"content": json.dumps(body).encode(), "headers": {"Content-Type": "application/json"}}
            elif how < 0.7:
                made["data"] = {
                    name: [
                        text.encode("utf-8", "replace").decode()
                        for text in chance.choices(TEXTS, k=chance.choice((1, 1, 2)))
                    ]
                    for name in given
                }
            elif how < 0.85:
                made["files"] = {"file": (*chance.choice(FILES), "application/octet-stream")}
                made["data"] = {name: chance.choice(TEXTS).encode("utf-8", "replace").decode() for name in given}
            else:
                made |= {"content": chance.choice(RAW), "headers": {"Content-Type": chance.choice(KINDS)}}
        yield made


def faults_of(answer: Response, request: dict[str, Any]) -> Iterator[str]:
    path = request["url"].partition("?")[0]
    if answer.status_code >= 500:
        yield f"{answer.status_code} {answer.text[:200]}"
    if "Traceback" in answer.text or "site-packages" in answer.text:
        yield "shows its insides"
    is_refused = answer.status_code >= 400 and is_program_path(path) and path != "/api/docs"
    if is_refused and (answer.headers.get("content-type") != PROBLEM or not answer.json().get("detail")):
        yield f"{answer.status_code} is no problem: {answer.headers.get('content-type')}"
    if "evil.example" in answer.headers.get("location", "").partition("?")[0]:
        yield f"leads to {answer.headers['location']}"


@pytest.mark.parametrize("role", ROLES)
def test_no_request_is_an_error_of_ours(country: Country, role: str | None, capfd: pytest.CaptureFixture[str]) -> None:
    person = Person(country, role)
    names, schema = names_in_pages(), country.toy.app.openapi()
    faults, sent = [], 0
    for method, route in every_route():
        for request in requests_of(person, method, route, names, properties(schema, route.path, method)):
            sent += 1
            answer = person.sends(request)
            told = str({key: value for key, value in request.items() if key != "url"})
            faults += [f"{method} {request['url'][:200]} {told[:300]}: {fault}" for fault in faults_of(answer, request)]
    assert sent > 150 * REQUESTS_A_ROUTE
    assert not faults, f"{len(faults)} of {sent}:\n" + "\n".join(faults[:40])
    said = capfd.readouterr()
    logs = [said.out, said.err, *(path.read_text("utf-8", "replace") for path in country.toy.settings.logs.iterdir())]
    assert '"status"' in said.out + said.err or "status=" in said.out + said.err, "each request has its line"
    assert not any(part in text for part in (TYPED[:3], TYPED[3:]) for text in logs)
