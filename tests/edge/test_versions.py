"""Nobody overwrites what they have not seen, and nothing is done twice because it was sent twice: over every changing route.

Generated from the routes: a route that changes something stands here with the version it asks for, or with the reason
why it needs none. A new route fails the first test until somebody says which.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import text

from geo_housing.words import EVENT_PHASE
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import geometry
from tests.scope.country import Country, country
from tests.scope.test_every_route import routes
from tests.toy_county.county import WEST, house_rows

__all__ = ["country"]

SAFE = ("GET", "HEAD")
# Read first, changed then: without version 428, with an old one 409 that names what differs. Body, and what differs.
VERSIONED: dict[tuple[str, str], tuple[str, dict[str, Any], dict[str, str | None]]] = {
    ("PATCH", "/api/v1/houses/{code:path}"): (
        "/api/v1/houses/{land.house}",
        {"rooms": 9, "remark": "新", "structure": "earth_wood"},
        {"rooms": "3", "remark": None},
    ),
    ("POST", "/api/v1/houses/{code:path}/location"): (
        "/api/v1/houses/{land.house}/location",
        {"verdict": "wrong"},
        {"location_state": "located"},
    ),
    ("PATCH", "/api/v1/inspections/{inspection_id}"): (
        "/api/v1/inspections/{land.inspection}",
        {"findings": "墙裂", "rooms_slight": 2},
        {"findings": None, "rooms_slight": None},
    ),
    ("PATCH", "/api/v1/events/{event_id}/evacuation/{row_id}"): (
        "/api/v1/events/1/evacuation/{land.move}",
        {"people": 9, "note": "新"},
        {"people": "4", "note": None},
    ),
}
# The same as forms: without version 422, with an old one 409, nothing is stored.
FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "/houses/{code:path}/edit": ("/houses/{land.house}/edit", {"rooms": "9", "was_rooms": "3"}),
    "/houses/{code:path}/location": ("/houses/{land.house}/location", {"verdict": "wrong"}),
    "/houses/{code:path}/households/{household_id:int}/edit": (
        "/houses/{land.house}/households/{land.household}/edit",
        {"persons": "9", "was_persons": "1"},
    ),
    "/houses/{code:path}/end": ("/houses/{land.house}/end", {"reason": "demolished", "ended_on": "2026-01-01"}),
    "/inspections/{inspection_id}": ("/inspections/{land.inspection}", {"result": "no_visible_hazard"}),
    "/events/{event_id}/evacuation/{row_id:int}": ("/events/1/evacuation/{land.move}", {"people": "9"}),
}
# The revision of the zones that was read; whoever states none means whatever stands, and no revision is ever lost.
REVISED: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("PUT", "/api/v1/events/{event_id}/zones"): (
        "/api/v1/events/{land.event}/zones",
        {"geometry": geometry(["西二"]), "revision": 9},
    ),
    ("POST", "/api/v1/events/{event_id}/respond"): ("/api/v1/events/{land.event}/respond", {"revision": 9}),
}
REVISED_FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "/events/{event_id}/zones": ("/events/{land.event}/zones", {"where": "areas", "areas": WEST, "revision": "9"}),
    "/events/{event_id}/respond": ("/events/{land.event}/respond", {"revision": "9"}),
}
NEW = "makes something new; the same once more is told by what it is, or by client_id"
STATE = "leads from one state into the next; a state that does not allow it refuses"
OWN = "one's own session, tokens, password: whoever is in may end them"
READS = "changes nothing"
SHOWN = "each row comes with the version that was shown; tests/evacuation/test_pages.py"
SHOWN_PHOTOS = "each photo comes with the version that was shown; tests/inspections/test_loose_photos.py"
LAST = "takes back one's own last change alone; refused when another came after it"
PRESSED = "names the last call that was seen; tests/calls"
SIGNED = "names the conclusion that was read; tests/conclusions/test_signing.py"
CARED = "needs the version; tests/conclusions/test_signing.py"
REPORTED = "needs the version; figures never change; tests/response/reports"
RETURNED = "made upon the version in the list's hidden column; tests/response/returned"
LISTED = "needs the version; tests/roster"
PLACED = "needs the version; tests/response/test_standing.py"
LINKED = "the form of an inspection under a village's link, with its version; tests/links"
MESSAGED = "states the revision that was read; tests/response/test_message_pages.py"
WARNED = "states the revision that was read; tests/response/test_receiving.py"
NAMED = "states the name that was read; tests/response/test_renaming.py"
ORDERED = "needs the version; tests/orders"
UNVERSIONED: dict[tuple[str, str], str] = {
    ("PATCH", "/api/v1/events/{event_id}/unsafe-homes/{house_code}"): CARED,
    ("POST", "/events/{event_id}/conclusions/houses/{house_code}/care"): CARED,
    ("POST", "/api/v1/events/{event_id}/conclusions/{house_code}"): SIGNED,
    ("POST", "/events/{event_id}/conclusions/houses/{house_code}"): SIGNED,
    ("POST", "/api/v1/events/{event_id}/calls/at/{code}"): PRESSED,
    ("POST", "/api/v1/events/{event_id}/calls/{call_id}/{act}"): PRESSED,
    ("POST", "/events/{event_id}/calls/at/{code}/start"): PRESSED,
    ("POST", "/events/{event_id}/calls/{call_id}/answer"): PRESSED,
    ("POST", "/events/{event_id}/calls/{call_id}/hand-on"): PRESSED,
    ("POST", "/events/{event_id}/calls/{call_id}/reply"): PRESSED,
    ("POST", "/events/{event_id}/calls/{call_id}/undo"): PRESSED,
    ("POST", "/api/v1/warnings/read"): READS,
    ("POST", "/events/warnings"): READS,
    ("POST", "/events/warnings/effect"): READS,
    ("POST", "/events/{event_id}/zones/effect"): READS,
    ("POST", "/api/v1/events/{event_id}/zones/preview"): READS,
    ("POST", "/events/messages"): READS,
    ("POST", "/events/messages/effect"): READS,
    ("POST", "/events/messages/confirm"): MESSAGED,
    ("POST", "/api/v1/warnings"): WARNED,
    ("POST", "/events/warnings/confirm"): WARNED,
    ("POST", "/events/{event_id}/links"): NEW,
    ("POST", "/events/{event_id}/links/{link_id}/withdraw"): STATE,
    ("PATCH", "/v/{link_id}/api/{inspection_id}"): LINKED,
    ("POST", "/v/{link_id}/houses/{inspection_id}"): LINKED,
    ("POST", "/v/{link_id}/api/{inspection_id}/photos"): NEW,
    ("POST", "/v/{link_id}/houses/{inspection_id}/phone"): READS,
    ("PATCH", "/v/{link_id}/moves/{row_id}"): LINKED,
    ("POST", "/v/{link_id}/moves/{row_id}"): LINKED,
    ("POST", "/v/{link_id}/moves/{row_id}/phone"): READS,
    ("POST", "/events/{event_id}/reports"): NEW,
    ("POST", "/events/{event_id}/reports/{number}"): REPORTED,
    ("POST", "/events/{event_id}/reports/{number}/drop"): REPORTED,
    ("POST", "/events/{event_id}/photos/{area}"): NEW,
    ("POST", "/events/{event_id}/photos/{area}/press"): SHOWN_PHOTOS,
    ("POST", "/events/{event_id}/photos/{area}/undo/{seen}"): SHOWN_PHOTOS,
    ("POST", "/api/v1/events/{event_id}/photos/{area}/photos"): NEW,
    ("PATCH", "/api/v1/events/{event_id}/photos/{area}/{photo_id}"): SHOWN_PHOTOS,
    ("POST", "/events/{event_id}/evacuation/returned"): READS,
    ("POST", "/events/{event_id}/evacuation/returned/{file_id}"): RETURNED,
    ("POST", "/events/{event_id}/returned"): READS,
    ("POST", "/events/{event_id}/returned/{file_id}"): RETURNED,
    ("POST", "/map/alone.html"): READS,
    ("POST", "/events/{event_id}/evacuation/list-full.xlsx"): READS,
    ("POST", "/events/{event_id}/evacuation/print-full"): READS,
    ("POST", "/events/{event_id}/list-full.xlsx"): READS,
    ("POST", "/events/{event_id}/print-full"): READS,
    ("POST", "/events/{event_id}/calls/record-full.xlsx"): READS,
    ("POST", "/events/{event_id}/calls/print-full"): READS,
    ("POST", "/roster/cards/print"): READS,
    ("POST", "/roster/{kind}/export.xlsx"): READS,
    ("POST", "/roster/{kind}/{row_id:int}/phone"): READS,
    ("POST", "/duty/hand-over"): NEW,
    ("POST", "/duty/shifts/{grant_id:int}/take-over"): "names the handover that was read; tests/duty",
    ("POST", "/duty/shifts/{grant_id:int}/extend"): STATE,
    ("POST", "/duty/shifts/{grant_id:int}/end"): STATE,
    ("POST", "/department/list.xlsx"): READS,
    ("POST", "/api/v1/duty/hand-over"): NEW,
    ("POST", "/api/v1/duty/shifts/{grant_id}/take-over"): "names the handover that was read; tests/duty",
    ("POST", "/api/v1/orders"): NEW,
    ("POST", "/api/v1/orders/{order_id}/end"): ORDERED,
    ("POST", "/api/v1/orders/{order_id}/withdraw"): ORDERED,
    ("POST", "/api/v1/orders/{order_id}/days"): ORDERED,
    ("POST", "/api/v1/orders/{order_id}/houses/{code:path}"): SIGNED,
    ("POST", "/orders/{order_id:int}/withdraw"): ORDERED,
    ("POST", "/orders/{order_id:int}/days"): ORDERED,
    ("POST", "/orders"): NEW,
    ("POST", "/orders/{order_id:int}/end"): ORDERED,
    ("POST", "/orders/{order_id:int}/houses/{code:path}"): SIGNED,
    ("POST", "/settings/departments"): NEW,
    ("POST", "/settings/departments/{department_id:int}"): "needs the version; tests/departments",
    ("POST", "/settings/departments/{department_id:int}/end"): "needs the version; tests/departments",
    ("POST", "/roster/loads"): NEW,
    ("POST", "/roster/loads/{load_id:int}/run"): STATE,
    ("POST", "/roster/{kind}/new"): NEW,
    ("POST", "/roster/{kind}/{row_id:int}/edit"): LISTED,
    ("POST", "/roster/{kind}/{row_id:int}/end"): LISTED,
    ("POST", "/api/v1/session"): OWN,
    ("DELETE", "/api/v1/session"): OWN,
    ("POST", "/api/v1/session/grant"): OWN,
    ("DELETE", "/api/v1/session/all"): OWN,
    ("DELETE", "/api/v1/session/all/{short_id}"): OWN,
    ("POST", "/api/v1/tokens"): OWN,
    ("DELETE", "/api/v1/tokens/{token_id}"): OWN,
    ("POST", "/sign-in"): OWN,
    ("POST", "/sign-out"): OWN,
    ("POST", "/first/{token}"): OWN,
    ("POST", "/account/password"): OWN,
    ("POST", "/account/grant"): OWN,
    ("POST", "/account/tokens"): OWN,
    ("POST", "/account/tokens/{token_id}/revoke"): OWN,
    ("POST", "/account/sessions/{short_id}/end"): OWN,
    ("POST", "/account/sign-out-everywhere"): OWN,
    ("POST", "/account/language"): OWN,
    ("POST", "/search"): READS,
    ("POST", "/api/v1/search"): READS,
    ("POST", "/api/v1/affected-preview"): READS,
    ("POST", "/imports/{batch_id}/form.xlsx"): READS,
    ("POST", "/houses/{code:path}/households/{household_id:int}/show/{field}"): READS,
    ("POST", "/houses/{code:path}/households/add"): NEW,
    ("POST", "/imports"): NEW,
    ("POST", "/api/v1/imports"): NEW,
    ("POST", "/api/v1/events"): NEW,
    ("POST", "/events/new"): NEW,
    ("POST", "/api/v1/standing-areas"): NEW,
    ("POST", "/events/standing"): NEW,
    ("POST", "/api/v1/inspections/{inspection_id}/photos"): NEW,
    ("POST", "/users"): NEW,
    ("POST", "/users/{name}/grants"): NEW,
    ("POST", "/settings/{key}"): NEW,
    ("POST", "/settings/workdays"): NEW,
    ("POST", "/houses/{code:path}/resume"): "needs the version like /end; tests/houses/register/test_editing.py",
    ("POST", "/houses/{code:path}/households/{household_id:int}/leave"): STATE,
    ("POST", "/houses/waiting/{household_id:int}"): STATE,
    ("POST", "/houses/{code:path}/differences/{difference_id:int}"): STATE,
    ("POST", "/imports/{batch_id}/recognise"): STATE,
    ("POST", "/imports/{batch_id}/run"): STATE,
    ("POST", "/roster/loads/{load_id:int}/undo"): STATE,
    ("POST", "/imports/{batch_id}/undo"): STATE,
    ("POST", "/api/v1/imports/{batch_id}/undo"): STATE,
    ("POST", "/events/{event_id}/evacuation/{row_id:int}/phone"): READS,
    ("POST", "/api/v1/events/{event_id}/evacuation/figures"): NEW,
    ("POST", "/events/{event_id}/evacuation/figures"): NEW,
    ("POST", "/api/v1/events/{event_id}/evacuation/extra"): NEW,
    ("POST", "/events/{event_id}/evacuation/extra"): NEW,
    ("POST", "/api/v1/events/{event_id}/evacuation/named"): NEW,
    ("POST", "/events/{event_id}/evacuation/named"): NEW,
    ("POST", "/events/{event_id}/evacuation/areas/{code}/press"): SHOWN,
    ("POST", "/api/v1/events/{event_id}/evacuation/many"): SHOWN,
    ("POST", "/api/v1/events/{event_id}/evacuation/take-over"): SHOWN,
    ("POST", "/api/v1/events/{event_id}/evacuation/{row_id}/undo/{step_id}"): LAST,
    ("POST", "/events/{event_id}/evacuation/{row_id:int}/undo/{step_id:int}"): LAST,
    ("POST", "/events/{event_id}/evacuation/undo-many/{batch_id:int}"): LAST,
    ("POST", "/api/v1/events/{event_id}/evacuation/figures/{figure_id}/settle"): STATE,
    ("POST", "/events/{event_id}/evacuation/figures/{figure_id:int}/settle"): STATE,
    ("POST", "/api/v1/events/{event_id}/phase"): STATE,
    ("POST", "/events/{event_id}/phase"): STATE,
    ("POST", "/events/{event_id}/name"): NAMED,
    ("POST", "/events/{event_id}/grounds"): STATE,
    ("DELETE", "/api/v1/standing-areas/{zone_id}"): STATE,
    ("POST", "/events/standing/{zone_id}/end"): STATE,
    ("POST", "/events/standing/{zone_id:int}"): PLACED,
    ("POST", "/events/standing/{zone_id:int}/persons/{person_id:int}/phone"): READS,
    ("POST", "/users/{name}/grants/{grant_id}/end"): STATE,
    ("POST", "/users/{name}/{act}"): STATE,
}
STORED = ("house", "household", "emergency_inspection", "hazard_event", "zone_revision", "hazard_zone", "evacuation")


def state_of(toy: ToyDatabase) -> list[str]:
    with toy.transaction() as session:
        return [
            str(session.scalar(text(f"SELECT md5(string_agg(CAST({table} AS text), ';' ORDER BY id)) FROM {table}")))
            for table in STORED
        ]


def test_every_changing_route_is_known() -> None:
    by_filter = {(method, path) for method, path in routes() if path.endswith(".{ending}")}
    changing = {(method, path) for method, path in routes() if method not in SAFE} - by_filter
    forms = {("POST", path) for path in (*FORMS, *REVISED_FORMS)}
    named = VERSIONED.keys() | REVISED.keys() | forms | UNVERSIONED.keys()
    assert changing - named == set(), "a new route: does it change what somebody has read before?"
    assert named - changing == set(), "a line without route"


@pytest.fixture
def client(country: Country) -> TestClient:
    return country.toy.browser(country.toy.member("township", WEST))


@pytest.mark.parametrize("route", VERSIONED, ids="{0[0]} {0[1]}".format)
class TestVersioned:
    def test_without_version_428_and_with_an_old_one_what_differs(
        self, country: Country, client: TestClient, route: tuple[str, str]
    ) -> None:
        template, body, differing = VERSIONED[route]
        path, before = template.format(land=country.west), state_of(country.toy)
        for headers in ({}, {"If-Match": ""}):
            blind = client.request(route[0], path, json=body, headers=headers)
            assert (blind.status_code, blind.headers["content-type"]) == (428, "application/problem+json")
            assert "If-Match" in blind.json()["detail"]
        assert client.request(route[0], path, json=body, headers={"If-Match": '"abc"'}).status_code in (422, 428)
        for old in ('"99"', 'W/"99"'):
            stale = client.request(route[0], path, json=body, headers={"If-Match": old})
            assert stale.status_code == 409, stale.text
            assert {fault["column"]: fault["value"] for fault in stale.json()["errors"]} == differing
        stated = client.request(route[0], path, json={**body, "version": 99})
        assert stated.status_code in (409, 422, 428)
        assert state_of(country.toy) == before


@pytest.mark.parametrize("route", FORMS)
def test_a_form_without_version_or_with_an_old_one_stores_nothing(
    country: Country, client: TestClient, route: str
) -> None:
    template, form = FORMS[route]
    path, before = template.format(land=country.west), state_of(country.toy)
    blind = client.post(path, data=form)
    assert blind.status_code == 422 and "页面缺少版本号" in blind.text
    stale = client.post(path, data={**form, "version": "99"})
    assert stale.status_code == 409 and "刚被别人改过" in stale.text
    assert state_of(country.toy) == before


def test_zones_that_are_others_by_now_are_neither_replaced_nor_responded_to(
    country: Country, client: TestClient
) -> None:
    before = state_of(country.toy)
    answers: list[Response] = [
        client.request(method, template.format(land=country.west), json=body)
        for (method, _), (template, body) in REVISED.items()
    ]
    assert [answer.status_code for answer in answers] == [409, 409]
    for template, form in REVISED_FORMS.values():
        answer = client.post(template.format(land=country.west), data=form)
        assert answer.status_code in (409, 422) and "影响范围刚被" in answer.text
    assert state_of(country.toy) == before


class TestSentTwice:
    """One after the other, and both at the same moment."""

    def test_an_event(self, toy: ToyDatabase) -> None:
        def send(client: TestClient) -> Response:
            body = {"geometry": geometry(["西一"]), "kind": "flood", "client_id": "same"}
            return client.post("/api/v1/events", json=body)

        done_once(toy, send, "SELECT count(*) FROM hazard_event")

    def test_the_form_of_an_event(self, toy: ToyDatabase) -> None:
        def send(client: TestClient) -> Response:
            form = {"where": "areas", "areas": WEST, "kind": "flood", "client_id": "same"}
            return client.post("/events/new", data=form)

        done_once(toy, send, "SELECT count(*) FROM hazard_event")

    def test_an_import(self, toy: ToyDatabase) -> None:
        row = {**house_rows()[0], "房屋编号": "新-1", "身份证号": "", "户主姓名": "新户"}
        ledger = ",".join(row) + "\n" + ",".join(str(value) for value in row.values()) + "\n"

        def send(client: TestClient) -> Response:
            return client.post(
                "/api/v1/imports", files={"file": ("a.csv", ledger.encode())}, data={"client_id": "same"}
            )

        done_once(toy, send, "SELECT count(*) FROM import_batch WHERE client_id IS NOT NULL")
        done_once(toy, send, "SELECT count(*) FROM house WHERE code = '新-1'")

    def test_a_result(self, toy: ToyDatabase) -> None:
        event = (
            toy.browser(toy.member("township", WEST))
            .post("/api/v1/events", json={"geometry": geometry(["西一"]), "kind": "flood"})
            .json()["event"]
        )
        toy.browser(toy.member("township", WEST)).post(f"/api/v1/events/{event}/respond")
        with toy.transaction() as session:
            number, version = session.execute(text("SELECT id, version FROM emergency_inspection LIMIT 1")).one()

        def send(client: TestClient) -> Response:
            body = {"findings": "墙裂", "client_id": "same", "version": version}
            return client.patch(f"/api/v1/inspections/{number}", json=body)

        done_once(toy, send, "SELECT count(*) FROM journal_entry WHERE action = 'inspections.enter'")

    def test_the_form_of_other_zones(self, toy: ToyDatabase) -> None:
        client = toy.browser(toy.member("township", WEST))
        event = client.post("/api/v1/events", json={"geometry": geometry(["西一"]), "kind": "flood"}).json()["event"]

        def send(client: TestClient) -> Response:
            return client.post(f"/events/{event}/zones", data={"where": "areas", "areas": WEST, "revision": "1"})

        done_once(toy, send, "SELECT count(*) - 1 FROM zone_revision")

    def test_a_family(self, toy: ToyDatabase) -> None:
        def send(client: TestClient) -> Response:
            return client.post("/houses/西一-A/households/add", data={"head": "新户主", "persons": "2", "version": "0"})

        done_once(toy, send, "SELECT count(*) FROM household WHERE head = '新户主'")

    def test_a_standing_area(self, toy: ToyDatabase) -> None:
        def send(client: TestClient) -> Response:
            return client.post("/api/v1/standing-areas", json={"geometry": geometry(["西一"])})

        done_once(toy, send, "SELECT count(*) FROM hazard_zone WHERE event_id IS NULL")

    def test_a_phase(self, toy: ToyDatabase) -> None:
        client = toy.browser(toy.member("township", WEST))
        event = client.post("/api/v1/events", json={"geometry": geometry(["西一"]), "kind": "flood"}).json()["event"]

        def send(client: TestClient) -> Response:
            return client.post(f"/api/v1/events/{event}/phase", json={"phase": "ongoing"})

        done_once(toy, send, "SELECT count(*) FROM journal_entry WHERE action = 'response.phase'")
        assert "ongoing" in EVENT_PHASE


def done_once(toy: ToyDatabase, send: Callable[[TestClient], Response], counted: str) -> None:
    """``send`` from one account, twice at the same moment and a third time; ``counted`` must be one, no answer a fault."""
    member = toy.member("township", WEST)
    clients = [toy.browser(member) for _ in range(2)]
    start, answers = threading.Barrier(2), []

    def at_once(client: TestClient) -> None:
        start.wait()
        answers.append(send(client))

    threads = [threading.Thread(target=at_once, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.append(send(clients[0]))
    told = [f"{answer.status_code} {answer.text[:200]}" for answer in answers]
    assert all(answer.status_code in (200, 303, 409, 422) for answer in answers), told
    assert any(answer.status_code in (200, 303) for answer in answers), told
    with toy.transaction() as session:
        assert session.scalar(text(counted)) == 1, told
