"""Who lives in a house that falls joins those to be moved, though no rule had put them on the list."""

import pytest
from sqlalchemy import text

from geo_housing.response.service import change_phase, respond
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_returning import looked, number_of
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ["西一"], "red")
        respond(session, toy.actor(COUNTY), number)
    return number


def listed(toy: ToyDatabase, event: int, house: str) -> list[tuple[str, str | None]]:
    with toy.transaction(COUNTY) as session:
        rows = session.execute(
            text(
                "SELECT e.state, e.what FROM evacuation e JOIN house h ON h.id = e.house_id"
                " WHERE e.event_id = :event AND h.code = :house AND e.withdrawn_at IS NULL"
            ),
            {"event": event, "house": house},
        )
        return [(row.state, row.what) for row in rows]


@pytest.mark.parametrize("phase", ["warning", "aftermath"])
@pytest.mark.parametrize(
    ("result", "said"), [("collapsed", {"rooms_collapsed": 2}), ("suspected", {"damage": "severe", "rooms_severe": 1})]
)
def test_its_family_joins_the_list_at_once_and_once(
    toy: ToyDatabase, event: int, phase: str, result: str, said: dict[str, object]
) -> None:
    if phase == "aftermath":
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "aftermath")
    assert listed(toy, event, "西一-A") == []
    looked(toy, event, "西一-A", result, **said)
    told = {"collapsed": "排查结果：倒塌", "suspected": "排查结果：有损坏或疑似危险"}[result]
    assert listed(toy, event, "西一-A") == [("pending", told)]
    looked(toy, event, "西一-A", result, **said, findings="又看了一次")
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
    assert len(listed(toy, event, "西一-A")) == 1


def test_who_is_on_the_list_and_what_is_harmless_change_nothing(toy: ToyDatabase, event: int) -> None:
    before = listed(toy, event, "西一-D")
    looked(toy, event, "西一-D", "collapsed", rooms_collapsed=2)
    assert listed(toy, event, "西一-D") == before and len(before) == 1
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "aftermath")
        assert number_of(session, event, "西一-A", "emergency_inspection")
    looked(toy, event, "西一-A", "no_visible_hazard", findings=None)
    assert listed(toy, event, "西一-A") == []


def test_what_was_found_stands_after_one_colon_where_the_finding_no_longer_stands(toy: ToyDatabase, event: int) -> None:
    looked(toy, event, "西一-A", "collapsed", rooms_collapsed=2)
    with toy.transaction(COUNTY) as session:
        session.execute(
            text("UPDATE emergency_inspection SET result = NULL, state = 'open' WHERE result = 'collapsed'")
        )
    browser = toy.browser(toy.member("county", COUNTY))
    with toy.transaction(COUNTY) as session:
        row = number_of(session, event, "西一-A", "evacuation")
    for address in (f"areas/{VILLAGES['西一'][0]}", str(row)):
        page = browser.get(f"/events/{event}/evacuation/{address}").text
        assert "表外新增：排查结果为倒塌" in page, address
        assert "新增：排查结果：" not in page, address
