"""Whatever stands in an address: a sentence, never an error of ours, and what was typed never becomes HTML."""

import re
from collections.abc import Iterator
from itertools import product
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from pydantic import BaseModel, ValidationError

from geo_housing.accounts.rendering import environment
from geo_housing.app import ROUTERS
from geo_housing.errors import BadInput
from geo_housing.numbers import whole_number
from tests.fixtures.people import ADDRESS
from tests.scope.country import Country, country
from tests.scope.test_every_route import address

__all__ = ["country"]

# A NUL, numbers beyond int, bigint and what Python reads, a sign of formats and HTML, digits that are no ASCII, the
# last day of the calendar.
VALUES = ("a\x00b", "2147483648", "9223372036854775808", "9" * 5000, "%s<img src=x>%(a)s", "²", "9999-12-31")
# Addresses whose parameters are read out of the request itself; all others declare theirs.
READ_BY_HAND = {
    "/api/v1/houses": "bbox within event zone standing where cursor limit risk",
    "/api/v1/zones": "event limit",
    "/api/v1/emergency-inspections": "event cursor",
    "/api/v1/map/rows": "cursor event",
    "/api/v1/map/villages": "measure",
    "/api/v1/map/{layer_name}/points": "zoom",
    "/api/v1/search": "q",
    "/tiles/{layer_name}/{z}/{x}/{y}.mvt": "standing where",
    "/ogc/collections/{layer_name}/items": "limit cursor bbox datetime filter crs",
    "/houses": "q area risk after where event",
    "/journal": "since until who action kind subject area cursor",
    "/api/v1/journal": "until who cursor",
    "/api/v1/houses.{ending}": "crs where",
}


def addresses(country: Country) -> Iterator[str]:
    """Every page and answer with a hostile value in each place where an address holds one."""
    for router in ROUTERS:
        for route in router.routes:
            if not isinstance(route, APIRoute) or "GET" not in route.methods or route.path.startswith("/language"):
                continue
            names = [param.alias for param in route.dependant.query_params] or READ_BY_HAND.get(route.path, "").split()
            for name in names:
                for value in VALUES:
                    yield f"{address(route.path, country.west)}?{name}={quote(value)}"
            for place in re.findall(r"\{[^}]+\}", route.path):
                for value in VALUES:
                    yield address(route.path.replace(place, "@", 1), country.west).replace(
                        "@", quote(value[:3000], safe="")
                    )


def test_every_address_answers_with_a_sentence(country: Country) -> None:
    client = country.toy.browser(country.toy.member("admin", "0"))
    faults = []
    for path in addresses(country):
        answer = client.get(path)
        if answer.status_code >= 500:
            faults.append(f"{path[:120]}: {answer.status_code}")
        if answer.headers.get("content-type", "").startswith("text/html") and "<img src=x>" in answer.text:
            faults.append(f"{path[:120]}: what was typed is HTML")
    assert not faults, "\n".join(faults)


OF_ANY_KIND = (None, True, -1, 2**63, 10**400, 1.5, float("nan"), "", "x", "a\x00", [], [None], {}, {"a": 1})


def models(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("geo_housing."):
            yield one
        yield from models(one)


def test_every_field_of_every_model_refuses_what_it_cannot_take() -> None:
    faults, found = [], list(models(BaseModel))
    for model, value in product(found, OF_ANY_KIND):
        for name in model.model_fields:
            try:
                model.model_validate({name: value})
            except (ValidationError, BadInput):
                continue
            except Exception as error:  # noqa: BLE001 -- any other is an error of ours
                faults.append(f"{model.__module__}.{model.__name__}.{name} = {str(value)[:20]!r}: {error!r}")
    assert len(found) > 50 and not faults, "\n".join(faults)


@pytest.fixture
def township(country: Country) -> TestClient:
    return country.toy.browser(country.toy.member("township", country.west.area))


class TestWhatSomebodyHasTyped:
    def test_stays_text_in_the_journal_and_on_the_houses_page(self, country: Country, township: TestClient) -> None:
        code = country.west.house
        page = township.get(f"/api/v1/houses/{code}")
        written = "<meta http-equiv=refresh content=0> 50% %(x)s"
        answer = township.patch(
            f"/api/v1/houses/{code}", json={"settlement": written}, headers={"If-Match": page.headers["etag"]}
        )
        assert answer.status_code == 200, answer.text
        for path in (f"/houses/{code}", "/journal", "/houses", f"/houses/{code}/edit"):
            answer = township.get(path)
            assert answer.status_code == 200 and "<meta http-equiv=refresh" not in answer.text, path

    def test_stays_text_in_the_name_and_kind_of_an_event(self, country: Country, township: TestClient) -> None:
        written = "<b>50%</b> %s"
        answer = township.post(
            "/api/v1/events", json={"name": written, "kind": written, "areas": [country.west.village]}
        )
        assert answer.status_code == 200, answer.text
        event = answer.json()["event"]
        assert township.post(f"/api/v1/events/{event}/respond", json={}).status_code == 200
        for path in (f"/events/{event}", "/events", "/", "/inspections", f"/events/{event}/print", "/map"):
            answer = township.get(path)
            assert answer.status_code == 200 and "<b>50%</b>" not in answer.text, path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sentence_of_a_template_fills_in_and_escapes(language: str) -> None:
    page = environment(language).overlay(autoescape=True)  # type: ignore[arg-type] # the two languages there are
    assert (
        page.from_string('{{ _(typed) }}|{{ _("第 %(n)s 行", n=typed) }}')
        .render(typed="<i>9%</i>")
        .count("&lt;i&gt;9%&lt;/i&gt;")
        == 2
    )


def test_a_whole_number_is_plain_digits_within_its_limit() -> None:
    assert [whole_number(text) for text in ("0", "7", "007", "2147483647")] == [0, 7, 7, 2**31 - 1]
    for text in ("", "-1", "+1", "1.0", "1_0", " 1", "²", "３", "2147483648", "9" * 5000):
        assert whole_number(text) is None, text
    assert whole_number("0" * 5000 + "3") == 3


class TestAddressesThatAreNone:
    """``//[`` is no address at all; Python says so with an error of its own."""

    def test_nobody_is_sent_there_after_signing_in(self, country: Country) -> None:
        client = TestClient(country.toy.app, base_url=ADDRESS, follow_redirects=False)
        assert client.get("/sign-in?next=//[").status_code == 200
        for wanted in (
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\r\nX: y",
            "//[",
            "javascript:x",
        ):
            answer = client.get("/language/zh", params={"next": wanted})
            assert answer.status_code == 303 and answer.headers["location"] == "/", wanted

    def test_an_origin_like_that_is_another_site(self, township: TestClient) -> None:
        for header in ("Origin", "Referer"):
            answer = township.post("/api/v1/affected-preview", json={}, headers={header: "http://["})
            assert answer.status_code == 403

    def test_a_page_like_that_leads_to_the_desk(self, country: Country) -> None:
        client = TestClient(country.toy.app, base_url=ADDRESS, follow_redirects=False)
        answer = client.get("/events/line", headers={"HX-Request": "true", "HX-Current-URL": "http://["})
        assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


def test_half_a_character_in_json_is_refused(country: Country, township: TestClient) -> None:
    house = f"/api/v1/houses/{country.west.house}"
    for method, path, body in (
        ("PATCH", house, '{"settlement": "\\ud800"}'),
        ("PATCH", house, '{"occupancy": "\\ud800"}'),
        ("POST", "/api/v1/houses.geojson", '{"risk": "\\ud800"}'),
        ("POST", "/api/v1/villages.geojson", '{"where": "\\ud800"}'),
    ):
        etag = township.get(house).headers["etag"]
        answer = township.request(
            method, path, content=body, headers={"Content-Type": "application/json", "If-Match": etag}
        )
        assert answer.status_code == 422, f"{path} {body}: {answer.status_code}"


@pytest.mark.parametrize("number", ["2147483648", "99999999999", "9" * 19, "9" * 30, "9" * 4500, "-1", "abc", "1.5"])
@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/events/{}",
        "/api/v1/events/{}/affected",
        "/api/v1/events/{}/progress",
        "/api/v1/events/{}/list.xlsx",
        "/api/v1/inspections/{}",
        "/api/v1/inspections/{}/photos/{}",
        "/api/v1/imports/{}",
        "/api/v1/jobs/{}",
        "/events/{}",
        "/events/{}/print",
        "/inspections/{}",
        "/imports/{}",
    ],
)
def test_a_number_that_names_nothing_is_not_found(township: TestClient, address: str, number: str) -> None:
    answer = township.get(address.format(number, number))
    assert answer.status_code == 404, answer.text[:300]
    if address.startswith("/api/"):
        assert answer.headers["content-type"] == "application/problem+json" and answer.json()["detail"]
