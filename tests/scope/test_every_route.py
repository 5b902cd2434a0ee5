"""Issue: as each role of two townships, over every route and every format, no foreign row, count or tile comes."""

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import geopandas as gpd
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import text

from geo_housing.accounts.permissions import NARROW
from geo_housing.app import ROUTERS
from geo_housing.edge.problems import is_program_path
from geo_housing.links.attempts import Attempts
from geo_housing.words import ROLE
from tests.fixtures.people import ADDRESS
from tests.scope.country import Country, Land, country
from tests.scope.routes import OPEN, WALKS, Call

__all__ = ["country"]

SAFE = ("GET", "HEAD")
BY_NUMBER = re.compile(r"\\u([0-9a-fA-F]{4})")
# 429: whoever tries links that open nothing is told to wait, and learns nothing either.
REFUSED = (401, 403, 404, 409, 422, 429)
# What of the register belongs to the other township must be the same after all was tried.
WATCHED = {
    "house": "version, rooms, geom, ended_on, scope_code",
    "household": "version, head, persons, scope_code",
    "emergency_inspection": "version, state, result, scope_code",
    "hazard_event": "version, phase, revision, scope_code",
    "hazard_zone": "ended_at, scope_code",
    "inspection_photo": "file_id, taken_back_at, scope_code",
    "loose_photo": "version, inspection_id, set_aside_at, scope_code",
    "call": "version, state, is_void, scope_code",
    "evacuation": "version, state, withdrawn_at, scope_code",
    "evacuation_figure": "version, settled_at, scope_code",
    "contact": "version, name, scope_code",
    "shelter": "version, name, scope_code",
    "technician": "version, name, scope_code",
    "roster_load": "finished_at, scope_code",
    "village_link": "withdrawn_at, expires_at, scope_code",
    "department": "version, name, categories, ended_at, scope_code",
    "work_order": "version, organisation, ended_at, scope_code",
    "emergency_conclusion": "conclusion, signed_by, scope_code",
    "duty_handover": "note, scope_code",
    "duty_takeover": "taken_by, scope_code",
}


@pytest.fixture(autouse=True)
def nobody_has_tried(country: Country) -> None:
    """Each walk begins as somebody who has not yet tried links that open nothing."""
    country.toy.app.state.link_attempts = Attempts()


def routes() -> list[tuple[str, str]]:
    """Method and template of every route that the application answers."""
    return [
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods)
    ]


def test_every_route_stands_in_the_table_and_no_other(country: Country) -> None:
    known = OPEN.keys() | WALKS.keys()
    assert set(routes()) - known == set(), "a new route needs a line in tests/scope/routes.py"
    assert known - set(routes()) == set(), "a line without route"
    assert not OPEN.keys() & WALKS.keys()
    mounted = {
        route.path for route in country.toy.app.routes if not isinstance(route, APIRoute) and hasattr(route, "path")
    }
    assert mounted == {"/static"}, "what is mounted passes no door: say here why it may"


@pytest.mark.parametrize("side", ["west", "east"])
@pytest.mark.parametrize("role", list(ROLE))
class TestEachRoleOfBothTownships:
    def test_sees_nothing_of_the_other_and_changes_nothing_there(self, country: Country, role: str, side: str) -> None:
        mine, theirs = (country.west, country.east) if side == "west" else (country.east, country.west)
        client = country.toy.browser(country.toy.member(role, mine.area))
        before = state_of(country, theirs)
        faults = []
        for one in walked(client, mine, theirs):
            faults += foreign_door(one, mine, theirs) if one.is_foreign else foreign_rows(one, mine, theirs)
            if role in NARROW:
                faults += door_beyond_its_list(one, role)
        assert not faults, "\n".join(faults)
        assert state_of(country, theirs) == before

    def test_counts_what_is_its_own(self, country: Country, role: str, side: str) -> None:
        mine = country.west if side == "west" else country.east
        client = country.toy.browser(country.toy.member(role, mine.area))
        if role in NARROW:
            counts_its_list(client, role, mine)
            return
        around = "bbox=119.9,44.9,120.1,45.1"
        rows = client.get(f"/api/v1/houses?limit=500&{around}")
        assert len(rows.json()["items"]) == mine.located
        assert len(client.get("/api/v1/houses?limit=500").json()["items"]) == mine.houses
        items = client.get(f"/ogc/collections/houses/items?limit=500&{around}")
        if items.status_code == 200:
            assert items.json()["numberMatched"] == mine.located
        if client.get("/api/v1/houses.geojson").status_code == 200:
            assert len(client.get("/api/v1/houses.geojson").json()["features"]) == mine.located
        preview = client.post("/api/v1/affected-preview", json={"geometry": BOX}).json()
        assert preview["houses"] == mine.located
        assert client.get("/api/v1/events/1/affected").json()["houses"] <= mine.located


# What one's own account is, and the frame: everybody's.
OWN_ACCOUNT = ("/account", "/api/v1/session", "/api/v1/tokens", "/sign-", "/language", "/first/")
ITS_LIST = {
    "department": ("/department", "/api/v1/department"),
    "third_party": ("/orders", "/api/v1/orders"),
}
HEALTH = ("/healthz", "/readyz")


def counts_its_list(client: TestClient, role: str, mine: Land) -> None:
    """Who sees one list only: 户 of the four D houses, the one house of the order."""
    if role == "department":
        assert "<strong>4</strong> 户" in client.get("/department").text
        return
    assert f'href="/orders/{mine.order}"' in client.get("/orders").text
    assert client.get(f"/orders/{mine.order}").text.count("row-link") == 1


@pytest.mark.parametrize("role", list(NARROW))
def test_who_sees_one_list_only_is_told_nothing_by_what_is_open_to_all(country: Country, role: str) -> None:
    """Routes that touch no row of any area: nothing of the register all the same."""
    mine, theirs = country.west, country.east
    client = country.toy.browser(country.toy.member(role, mine.area))
    for method, template in OPEN:
        if method == "GET" and not template.startswith((*OWN_ACCOUNT, "/v/", *HEALTH)):
            answer = client.get(address(template, mine))
            assert answer.status_code < 500, template
            assert not any(mark in plain(answer) for mark in (mine.house, *theirs.marks)), template


BOX = {"type": "Polygon", "coordinates": [[[119.9, 44.9], [120.1, 44.9], [120.1, 45.1], [119.9, 45.1], [119.9, 44.9]]]}


@dataclass(frozen=True)
class Walked:
    """One request of the table as it went out, and what came back."""

    method: str
    template: str
    call: Call
    is_foreign: bool
    path: str
    answer: Response


def walked(client: TestClient, mine: Land, theirs: Land) -> Iterator[Walked]:
    """The whole table, each line once: first what may be asked for, then what belongs to the other township."""
    for is_foreign in (False, True):
        for (method, template), walk in WALKS.items():
            for call in walk.foreign if is_foreign else (*walk.reads, *walk.tried):
                yield Walked(method, template, call, is_foreign, *sent(client, method, call, mine, theirs))


def foreign_rows(one: Walked, mine: Land, theirs: Land) -> Iterator[str]:
    """What a reading route shows of the other township."""
    told, answer = f"{one.method} {one.path}", one.answer
    if answer.status_code >= 500:
        yield f"{told}: {answer.status_code} {answer.text[:200]}"
    elif answer.status_code == 404:
        yield f"{told}: 404, the table asks for something that is not there ({one.template})"
    shown = without_question(plain(answer), one.path)
    for mark in theirs.marks:
        if mark in shown and (one.template, mark_kind(mark)) not in PUBLIC:
            place = shown.index(mark)
            yield f"{told} as {mine.area}: shows {mark}: …{shown[max(0, place - 60) : place + 60]!r}…"
            break


def foreign_door(one: Walked, mine: Land, theirs: Land) -> Iterator[str]:
    """A route that lets somebody do or read what belongs to the other township."""
    answer, call = one.answer, one.call
    if answer.status_code not in REFUSED:
        yield f"{one.method} {one.path} as {mine.area}: {answer.status_code} {answer.text[:200]}"
        return
    shown = without_question(plain(answer), one.path)
    told = [mark for mark in theirs.marks if mark in shown and mark not in json.dumps(asdict(call), ensure_ascii=False)]
    if told and not any(mark in repr_of(call, mine, theirs) for mark in told):
        yield f"{one.method} {one.path}: the refusal tells {told[0]}"


def door_beyond_its_list(one: Walked, role: str) -> Iterator[str]:
    """Who sees one list only finds every other door shut, whatever they ask for: no page, layer, tile or count, not even
    of their own area."""
    if one.template == "/":
        if one.answer.headers.get("location") != ITS_LIST[role][0]:
            yield f"/ leads to {one.answer.headers.get('location')}"
    elif not one.template.startswith((*OWN_ACCOUNT, *ITS_LIST[role], "/v/")) and one.answer.status_code != 403:
        yield f"{one.method} {one.path}: {one.answer.status_code} {one.answer.text[:120]}"


# Where a name of the other township is public on purpose: template and kind of mark, with the reason.
PUBLIC: dict[tuple[str, str], str] = {
    (
        "/houses/check",
        "name",
    ): "a house declared here whose point lies there: the clerk must be told whose village that is",
    ("/houses/check", "code"): "the same house",
}


def mark_kind(mark: str) -> str:
    return "code" if mark.isdigit() else "name"


def sent(client: TestClient, method: str, call: Call, mine: Land, theirs: Land) -> tuple[str, Response]:
    path = call.path.format(mine=mine, theirs=theirs)
    body, form = (filled(part, mine, theirs) for part in (call.body, call.form))
    if form is None and body is None and method not in SAFE:
        form = {}
    if form is not None and "file" in form:
        return path, client.request(method, path, files={"file": ("a.jpg", b"x", "image/jpeg")})
    return path, client.request(method, path, json=body, data=form)


def filled(part: Any, mine: Land, theirs: Land) -> Any:
    """``part`` with the attributes of both lands filled in; {theirs.shape} is a polygon there."""
    if isinstance(part, dict):
        return {name: filled(value, mine, theirs) for name, value in part.items()}
    if isinstance(part, list):
        return [filled(value, mine, theirs) for value in part]
    if part == "{theirs.shape}":
        west, south, east, north = (float(value) for value in theirs.bbox.split(","))
        ring = [[west + 0.001, south], [east, south], [east, north], [west + 0.001, north], [west + 0.001, south]]
        return {"type": "Polygon", "coordinates": [ring]}
    return part.format(mine=mine, theirs=theirs) if isinstance(part, str) else part


def repr_of(call: Call, mine: Land, theirs: Land) -> str:
    return call.path.format(mine=mine, theirs=theirs) + json.dumps(
        [filled(call.body, mine, theirs), filled(call.form, mine, theirs)], ensure_ascii=False
    )


def without_question(shown: str, asked: str) -> str:
    """The answer without what was asked: a page repeats the search it was given."""
    for value in unquote(asked.partition("?")[2]).split("&"):
        word = value.partition("=")[2]
        shown = shown.replace(word, "") if len(word) > 3 else shown
    return shown


def plain(answer: Response) -> str:
    """The text of an answer, taken out of whatever packs it."""
    kind = answer.headers.get("content-type", "")
    content = answer.content
    if content[:4] == b"PAR1":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.parquet"
            path.write_bytes(content)
            return gpd.read_parquet(path).to_json(default=str, ensure_ascii=False)
    if content[:2] == b"PK" or "zip" in kind:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    shown = content.decode("utf-8", "replace")
    # JSON inside pages and answers may write characters by number.
    return BY_NUMBER.sub(lambda found: chr(int(found[1], 16)), shown) + shown if "\\u" in shown else shown


def state_of(country: Country, land: Land) -> dict[str, Any]:
    """A digest of what the township has."""
    with country.toy.transaction(land.area) as session:
        found = {
            table: session.scalar(
                text(
                    f"SELECT md5(string_agg(CAST(ROW(id, {columns}) AS text), ';' ORDER BY id)) FROM {table} WHERE scope_code LIKE :area"
                ),
                {"area": f"{land.area}%"},
            )
            for table, columns in WATCHED.items()
        }
        found["grants"] = session.scalars(
            text(
                "SELECT concat_ws(' ', user_id, role, valid_to, shift_to, shift_ended_at) FROM area_grant"
                " WHERE area_code LIKE :area ORDER BY id"
            ),
            {"area": f"{land.area}%"},
        ).all()
        found["settings"] = session.scalar(
            text("SELECT count(*) FROM policy_setting WHERE area_code LIKE :area"), {"area": f"{land.area}%"}
        )
        return found


class TestDoors:
    """Without a session, and without the token that shows the request came from our own page."""

    WITHOUT_SESSION = frozenset(
        {
            ("GET", "/healthz"),
            ("GET", "/readyz"),
            ("GET", "/metrics"),
            ("GET", "/sign-in"),
            ("POST", "/sign-in"),
            ("POST", "/api/v1/session"),
            ("GET", "/first/{token}"),
            ("GET", "/v/worker.js"),
            ("POST", "/first/{token}"),
            ("GET", "/language/{language}"),
            ("POST", "/sign-out"),
        }
    )

    def test_without_session_pages_lead_to_sign_in_and_programs_are_told_401(self, country: Country) -> None:
        stranger = TestClient(country.toy.app, base_url=ADDRESS, follow_redirects=False)
        faults = []
        for method, template in routes():
            if (method, template) in self.WITHOUT_SESSION:
                continue
            path = address(template, country.west)
            answer = stranger.request(method, path)
            # /api/docs is a page for people beside the interface it describes.
            if template.startswith("/v/"):
                ok = answer.status_code == 404 and "location" not in answer.headers
            elif is_program_path(path) and path != "/api/docs":
                ok = answer.status_code == 401 and answer.headers["content-type"] == "application/problem+json"
            else:
                ok = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
            if not ok:
                faults.append(f"{method} {template}: {answer.status_code} {answer.headers.get('location', '')}")
        assert not faults, "\n".join(faults)

    def test_nothing_changes_by_cookie_without_token_or_from_another_site(self, country: Country) -> None:
        member = country.toy.member("admin", "0")
        client = country.toy.browser(member)
        token = client.headers.pop("X-CSRF-Token")
        faults = []
        for method, template in routes():
            # The cookie of a village link, see tests/links.
            if method in SAFE or (method, template) in self.WITHOUT_SESSION or template.startswith("/v/"):
                continue
            path = address(template, country.west)
            for headers in (
                {},
                {"X-CSRF-Token": "guess"},
                {"X-CSRF-Token": token, "Origin": "http://evil.example"},
                {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"},
            ):
                answer = client.request(method, path, headers=headers)
                if answer.status_code != 403:
                    faults.append(f"{method} {template} {sorted(headers)}: {answer.status_code}")
        assert not faults, "\n".join(faults)
        assert client.get("/api/v1/session").status_code == 200


def address(template: str, land: Land) -> str:
    """Any address of a template."""
    values = {
        "code": land.house,
        "code:path": land.house,
        "event_id": land.event,
        "event_id:int": land.event,
        "inspection_id": land.inspection,
        "photo_id": land.photo,
        "photo_id:int": land.photo,
        "zone_id": land.standing,
        "zone_id:int": land.standing,
        "person_id:int": 1,
        "link_id": land.link,
        "layer_name": "houses",
        "z": 14,
        "x": 1,
        "y": 1,
        "ending": "geojson",
        "feature_id": land.house,
        "job_id": land.job,
        "batch_id": land.batch,
        "file_id": 1,
        "house_code": land.house,
        "number": 1,
        "household_id:int": land.household,
        "difference_id:int": 1,
        "field": "phone",
        "name": land.user,
        "grant_id": land.grant,
        "act": "disable",
        "key": "occupancy.stale_days",
        "token": "x",
        "token_id": 1,
        "short_id": "x",
        "language": "zh",
        "grid": "WebMercatorQuad",
        "zoom": 8,
        "row": 91,
        "column": 213,
        "kind": "contacts",
        "grant_id:int": land.shift,
        "department_id:int": land.department,
        "order_id:int": land.order,
        "order_id": land.order,
        "area": land.area,
        "seen": f"{land.loose}-1",
    }
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", str(value))
    # Rows of an event: whose they are does not matter where nobody is let in.
    template = re.sub(r"\{(call|row|step|figure|batch|load)_id(:int)?\}", "1", template)
    assert "{" not in template, f"no value for {template}: add it in tests/scope/test_every_route.py"
    return template
