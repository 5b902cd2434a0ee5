"""The line of the open events: the gravest first, and only for those whom an event concerns."""

from typing import Any

import pytest
from sqlalchemy import event, text

from geo_housing.hazards.queries import affected, concerns
from geo_housing.response.line import event_lines
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST


def test_what_is_real_and_grave_stands_first(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        yellow = make_event(session, actor, ["西一"], level="yellow")
        red = make_event(session, actor, ["西一"], level="red")
        orange = make_event(session, actor, ["西一"], level="orange")
        newer = make_event(session, actor, ["西一"], level="orange")
        drill = make_event(session, actor, ["西一"], level="red", mode="drill")
        lines = event_lines(session, actor.scope)
    assert [line.event_id for line in lines] == [red, newer, orange, yellow, drill]


def test_what_is_being_worked_on_leads_whatever_warnings_came_since(
    toy: ToyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo_housing.response.line.MOST_LOOKED_AT", 3)
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        running = make_event(session, actor, ["西一"], level="yellow")
        respond(session, actor, running)
        change_phase(session, actor, running, "aftermath")
        waiting = [make_event(session, actor, ["东一"], level="red") for _ in range(3)]
        session.execute(
            text("UPDATE hazard_event SET expires_at = now() - interval '1 hour' WHERE id = :e"), {"e": waiting[2]}
        )
        session.expire_all()
        lines = event_lines(session, actor.scope)
    assert [line.event_id for line in lines] == [running, waiting[1], waiting[0], waiting[2]]


def test_the_strip_of_further_events_is_short(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        for level in ("red", "orange", "yellow", "blue", "ungraded", "red"):
            make_event(session, toy.actor(COUNTY), ["西一"], level=level)
    part = toy.browser(toy.member("county", COUNTY)).get("/events/line").text
    assert part.count('class="event-line ') == 1 and part.count("event-mark") == 3 and "全部 6 个 →" in part
    with toy.transaction(COUNTY) as session:
        make_event(session, toy.actor(COUNTY), ["西一"], level="red", mode="drill")
    assert "全部 6 个，演练 1 个 →" in toy.browser(toy.member("county", COUNTY)).get("/events/line").text


@pytest.mark.parametrize(
    "code", [COUNTY, WEST, EAST, *(VILLAGES[name][0] for name in ("西一", "西二", "东一", "东二"))]
)
def test_it_asks_what_the_analysis_counts(toy: ToyDatabase, code: str) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
    scope = AreaScope(code)
    with toy.transaction(code) as session:
        found = affected(session, event, scope)
        assert concerns(session, event, scope) == bool(found.houses or found.uncertain)


def test_it_asks_no_more_of_many_events_than_of_one(toy: ToyDatabase) -> None:
    def asked() -> int:
        statements: list[str] = []
        with toy.transaction(COUNTY) as session:

            def heard(*said: Any) -> None:
                statements.append(said[2])

            event.listen(toy.database.engine, "before_cursor_execute", heard)
            try:
                assert event_lines(session, AreaScope(COUNTY))
            finally:
                event.remove(toy.database.engine, "before_cursor_execute", heard)
        return len(statements)

    with toy.transaction(COUNTY) as session:
        make_event(session, toy.actor(COUNTY), ["西一"], level="red")
    of_one = asked()
    with toy.transaction(COUNTY) as session:
        for _ in range(5):
            make_event(session, toy.actor(COUNTY), ["西一"], level="red")
    assert asked() == of_one
