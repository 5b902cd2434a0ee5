"""尚未安全居住: a house that fell is counted before anybody signs, and the same number stands wherever it is told."""

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.conclusions import queries
from geo_housing.conclusions.care import Care, keep_care
from geo_housing.conclusions.service import Signing, sign
from geo_housing.conclusions.unsafe import unsafe_by_event, unsafe_count, unsafe_rows
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.reports.gather import gather
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.conclusions.test_signing import RISKS, looked_at, signed, technician
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase, furnished
from tests.fixtures.undone import Undo, undone
from tests.response.zones import everybody_moved, make_event
from tests.toy_county import COUNTY, VILLAGES

SCOPE = AreaScope(COUNTY)
HOUSES = ("西一-A", "西一-B", "西一-D", "东一-A")

ACTS = ("sound", "damaged", "fallen", "not_habitable", "habitable", "housed")


@furnished
def event(toy: ToyDatabase) -> int:
    """Two villages in 灾后排查, nobody left to be moved; nothing is looked at yet."""
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ("西一", "东一"), "red")
        respond(session, toy.actor(COUNTY), number)
        change_phase(session, toy.actor(COUNTY), number, "aftermath")
        everybody_moved(session, number)
    return number


@pytest.fixture
def engineer(toy: ToyDatabase, event: int) -> int:
    return technician(toy)


def told(session: Session, event: int, at: datetime | None = None) -> int:
    """The number of all pages and the report, which is one."""
    number = gather(session, session.get_one(HazardEvent, event), SCOPE, as_of=at).total.concluded.unsafe
    if at is None:
        open_rows = [row for row in unsafe_rows(session, event, SCOPE) if row.settled_at is None]
        assert len({row.house_code for row in open_rows}) == len(open_rows) == number
        assert sum(one.unsafe for one in queries.standing(session, event, SCOPE, RISKS)) == number
        assert unsafe_count(session, SCOPE, event_id=event) == number
        assert sum(houses for _, _, houses in unsafe_by_event(session, SCOPE)) == number
    return number


class Replayed:
    """What people did to one house, one after the other, and what follows for its families."""

    def __init__(self) -> None:
        """Nobody has been there."""
        self.fell = self.is_cared_for = False
        self.last: str | None = None

    def may(self, act: str) -> bool:
        """Whether the service takes it."""
        if act == "housed":
            return self.is_cared_for
        return act != "habitable" or not self.fell

    def act(self, act: str) -> None:
        """A ruin leaves families without a house until it is signed; then they are without until they are housed."""
        if act in ("sound", "damaged", "fallen"):
            self.fell = act == "fallen"
        elif act == "housed":
            self.is_cared_for = False
        else:
            self.last = act
            self.is_cared_for = act == "not_habitable"

    @property
    def is_unsafe(self) -> bool:
        return self.is_cared_for or (self.fell and self.last != "not_habitable")


def do(session: Session, toy: ToyDatabase, event: int, engineer: int, code: str, act: str) -> None:
    actor = toy.actor(COUNTY)
    if act in ("sound", "damaged", "fallen"):
        result = {"sound": "no_visible_hazard", "damaged": "suspected", "fallen": "collapsed"}[act]
        said = Findings(
            result=result,
            damage={"damaged": "severe", "fallen": "collapsed"}.get(act, "none"),
            rooms_collapsed=1 if act == "fallen" else None,
            rooms_severe=1 if act == "damaged" else None,
            findings="东墙",
            visitor="某巡查员",
            visited_at=clock.now(),
        )
        wanted = "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c AND i.event_id = :e"
        number = session.scalar(text(wanted), {"c": code, "e": event})
        enter_result(session, actor, number, InspectionEntry(said, frozenset(said.__dict__)))
    elif act == "housed":
        everybody_moved(session, event)
        care = Care(living_now="公房", settled_how="迁入公房", stated=frozenset({"living_now", "settled_how"}))
        keep_care(session, actor, event, code, care, version=None)
    else:
        house = session.scalar(text("SELECT id FROM house WHERE code = :c"), {"c": code})
        present = queries.holding(session, event, house)
        how = Signing(act, ("wall_crack",), "住到安置点", engineer, upon=present and present.id, reason="再次查看")
        sign(session, actor, event, code, how)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(st.tuples(st.sampled_from(HOUSES), st.sampled_from(ACTS)), max_size=10))
def test_whatever_is_done_the_number_is_that_of_a_replay(
    toy: ToyDatabase, event: int, engineer: int, acts: list[tuple[str, str]]
) -> None:
    houses = {code: Replayed() for code in HOUSES}
    with undone(), toy.transaction(COUNTY) as session:
        for code, act in acts:
            if not houses[code].may(act):
                continue
            do(session, toy, event, engineer, code, act)
            houses[code].act(act)
            session.flush()
        assert told(session, event) == sum(house.is_unsafe for house in houses.values())
        raise Undo


@settings(max_examples=examples(12), deadline=None, suppress_health_check=list(HealthCheck))
@given(order=st.permutations([code for code in HOUSES[:3] for _ in range(3)]), left=st.integers(0, 9))
def test_a_report_of_an_earlier_moment_says_what_was_so_then(
    toy: ToyDatabase, event: int, engineer: int, order: list[str], left: int
) -> None:
    """Each house falls, is signed, its families are housed: in whatever order among the houses, as far as it has come."""
    steps = dict.fromkeys(HOUSES, 0)
    with undone(), toy.transaction(COUNTY) as session:
        known = [(clock.now(), 0)]
        for code in order[left:]:
            do(session, toy, event, engineer, code, ("fallen", "not_habitable", "housed")[steps[code]])
            steps[code] += 1
            session.flush()
            known.append((clock.now(), sum(0 < done < 3 for done in steps.values())))
        for at, number in known:
            assert told(session, event, at) == number
        assert told(session, event) == known[-1][1]
        raise Undo


def test_the_page_and_the_report_name_who_lost_their_house_before_anybody_signs(
    toy: ToyDatabase, event: int, engineer: int
) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    looked_at(toy, event, "西一-D", "collapsed")
    page = county.get(f"/events/{event}/conclusions").text
    assert "已倒塌，待签字" in page and "签字后登记" in page and "未安全居住" in page
    assert county.get(f"/api/v1/events/{event}/conclusions").json()["unsafe"] == 1
    assert "安置房屋倒塌或不可以居住的农户" in county.get("/").text
    assert county.post(f"/events/{event}/reports", data={"kind": ""}).status_code == 303
    report = county.get(f"/events/{event}/reports/1").text
    assert "待评估1栋" in report and "农户尚未安全居住的1栋" in report
    signed(toy, event, "西一-D", "not_habitable", engineer)
    page = county.get(f"/events/{event}/conclusions").text
    assert "已倒塌，待签字" not in page and "未登记" in page
    with toy.transaction(VILLAGES["西一"][0]) as session:
        assert told(session, event) == 1
