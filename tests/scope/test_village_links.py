"""Over every route with a village's link: its own village of its own event by its own pages, and nothing else anywhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import text

from geo_housing import clock
from geo_housing.edge.problems import is_program_path
from geo_housing.links.attempts import Attempts
from geo_housing.links.recognition import LINK_COOKIE
from tests.fixtures.people import ADDRESS
from tests.scope.country import Country, country
from tests.scope.routes import WALKS
from tests.scope.test_every_route import plain, sent, state_of

__all__ = ["country"]


@dataclass(frozen=True)
class Holder:
    """A browser that sends a link's cookie with every request, wherever it goes."""

    client: TestClient
    base: str


def holding(country: Country, token: str) -> Holder:
    # Each test tries anew: who tries too often is stopped, which tests/links asks for.
    country.toy.app.state.link_attempts = Attempts()
    client = TestClient(country.toy.app, base_url=ADDRESS, follow_redirects=False)
    client.headers["Cookie"] = f"{LINK_COOKIE}={token}"
    page = client.get(f"/v/{country.west.link}/houses").text
    csrf = re.search(r'name="csrf-token" content="(\w+)"', page)
    client.headers["X-CSRF-Token"] = csrf[1] if csrf else "none"
    return Holder(client, f"/v/{country.west.link}")


def every_call(country: Country, holder: Holder) -> Iterator[tuple[str, str, Response]]:
    """Every call of the table, as if the link's own township were asked and as if the other were."""
    for (method, template), walk in WALKS.items():
        for call in (*walk.reads, *walk.foreign, *walk.tried):
            for mine, theirs in ((country.west, country.east), (country.east, country.west)):
                asked, answer = sent(holder.client, method, call, mine, theirs)
                yield template, asked, answer


def marks_of_others(country: Country) -> tuple[str, ...]:
    """Of the other township, of the same township's other villages, of the county's event in this village."""
    names = ("西二-", "西三-", "西四-", "西二村", "西三村", "西四村", "全县暴雨")
    return (*country.east.marks, *names)


def refused(template: str, answer: Response) -> bool:
    """Whether somebody without session and without link was answered."""
    if template.startswith("/v/"):
        return answer.status_code == 404
    if is_program_path(answer.request.url.path) and answer.request.url.path != "/api/docs":
        return answer.status_code == 401
    return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")


def faults_of(country: Country, holder: Holder) -> list[str]:
    faults = []
    for template, asked, answer in every_call(country, holder):
        own = template.startswith("/v/") and asked.startswith(f"{holder.base}/")
        if not own and not refused(template, answer):
            faults.append(f"{asked}: {answer.status_code} {answer.headers.get('location', '')}")
        shown = plain(answer)
        faults += [f"{asked}: shows {mark}" for mark in marks_of_others(country) if mark in shown and mark not in asked]
    return faults


def test_a_link_opens_its_own_pages_alone(country: Country) -> None:
    holder = holding(country, country.west.token)
    before = {land.area: state_of(country, land) for land in (country.west, country.east)}
    assert holder.client.get(f"{holder.base}/houses/{country.west.inspection}").status_code == 200, "it opens something"
    assert holder.client.get(f"{holder.base}/photos/{country.west.photo}").status_code == 200
    assert holder.client.get(f"{holder.base}/moves/{country.west.linked_move}").status_code == 200
    assert not (faults := faults_of(country, holder)), "\n".join(faults)
    assert state_of(country, country.east) == before[country.east.area]


def test_another_event_in_the_same_village_is_not_there(country: Country) -> None:
    holder = holding(country, country.west.token)
    with country.toy.transaction(country.west.area) as session:
        query = "SELECT i.id FROM emergency_inspection i WHERE i.event_id = 1 AND i.scope_code = :village ORDER BY i.id LIMIT 1"
        other = session.scalar(text(query), {"village": country.west.village})
    assert other is not None
    for path in (f"houses/{other}", f"api/{other}"):
        assert holder.client.get(f"{holder.base}/{path}").status_code == 404
    change = {"version": 1, "result": "collapsed"}
    assert holder.client.patch(f"{holder.base}/api/{other}", json=change).status_code == 404


def test_who_must_be_moved_elsewhere_or_in_another_event_is_not_there(country: Country) -> None:
    holder = holding(country, country.west.token)
    with country.toy.transaction() as session:
        event = session.scalar(
            text("SELECT event_id FROM evacuation WHERE id = :row"), {"row": country.west.linked_move}
        )
        others = session.scalars(
            text("SELECT id FROM evacuation WHERE event_id <> :event OR scope_code <> :village"),
            {"event": event, "village": country.west.village},
        ).all()
    steps = "SELECT count(*) FROM evacuation_step WHERE evacuation_id <> :own"
    with country.toy.transaction() as session:
        before = session.scalar(text(steps), {"own": country.west.linked_move})
    assert len(others) > 3 and country.west.move in others and country.east.linked_move in others
    for row in (*others, 10**9):
        path, change = f"{holder.base}/moves/{row}", {"version": 1, "state": "away"}
        answers = [
            holder.client.get(path),
            holder.client.patch(path, json=change),
            holder.client.patch(path, json={"undo": 1}),
            holder.client.post(path, data=change),
            holder.client.post(f"{path}/phone"),
        ]
        assert [answer.status_code for answer in answers] == [404] * 5
    with country.toy.transaction() as session:
        assert session.scalar(text(steps), {"own": country.west.linked_move}) == before


@pytest.mark.parametrize("why", ["guessed", "tampered with", "of another link", "expired", "withdrawn", "event ended"])
def test_a_link_that_opens_nothing_leaks_nothing(country: Country, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    land, token = country.west, country.west.token
    good = holding(country, token).client.get(f"/v/{land.link}/houses")
    assert good.status_code == 200
    presented = {"guessed": "x" * 43, "tampered with": token[::-1], "of another link": country.east.token}.get(
        why, token
    )
    undo = []
    if why == "expired":
        late = clock.now() + timedelta(days=400)
        monkeypatch.setattr("geo_housing.links.recognition.now", lambda: late)
    if why == "withdrawn":
        undo.append(
            changed(country, "UPDATE village_link SET withdrawn_at = {value} WHERE id = :link", "now()", "NULL")
        )
    if why == "event ended":
        with country.toy.transaction(land.area) as session:
            event = session.scalar(text("SELECT event_id FROM village_link WHERE id = :link"), {"link": land.link})
            phase = session.scalar(text("SELECT phase FROM hazard_event WHERE id = :event"), {"event": event})
        undo.append(
            changed(country, f"UPDATE hazard_event SET phase = {{value}} WHERE id = {event}", "'closed'", f"'{phase}'")
        )
    try:
        holder = holding(country, presented)
        before = {each.area: state_of(country, each) for each in (country.west, country.east)}
        faults = []
        for template, asked, answer in every_call(country, holder):
            opens_other = why == "of another link" and asked.startswith(f"/v/{country.east.link}/")
            if not opens_other and not refused(template, answer):
                faults.append(f"{asked}: {answer.status_code}")
            if not opens_other and template.startswith("/v/"):
                shown = plain(answer)
                faults += [
                    f"{asked}: shows {mark}"
                    for mark in land.marks + country.east.marks
                    if mark in shown and mark not in asked
                ]
        assert not faults, "\n".join(faults)
        assert {each.area: state_of(country, each) for each in (country.west, country.east)} == before
    finally:
        for statement in undo:
            with country.toy.transaction(land.area) as session:
                session.execute(text(statement), {"link": land.link} if ":link" in statement else {})


def changed(country: Country, statement: str, value: str, before: str) -> str:
    """Change a row and give back the statement that undoes it."""
    with country.toy.transaction(country.west.area) as session:
        done = statement.format(value=value)
        session.execute(text(done), {"link": country.west.link} if ":link" in done else {})
    return statement.format(value=before)
