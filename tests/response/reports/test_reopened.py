"""Rain comes three times: every earlier moment counts an inspection as done that was done then, however often it was reopened."""

import random
from collections.abc import Callable

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.reports.gather import gather
from geo_housing.response.service import change_phase
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.reports.test_reports import entered, event
from tests.response.warnings import RED, confirm
from tests.toy_county import COUNTY

HOUSES = ("西一-A", "西一-B", "西一-D")
__all__ = ["event"]


@pytest.mark.parametrize("seed", range(3))
def test_every_moment_counts_what_was_done_then(toy: ToyDatabase, event: int, seed: int) -> None:
    chance = random.Random(seed)
    done: set[str] = set()
    known = []

    def note() -> None:
        known.append((clock.now(), len(done)))

    for round_ in range(3):
        for code in chance.sample(HOUSES, k=len(HOUSES) if round_ == 0 else 2):
            entered(toy, event, code, result="no_visible_hazard", findings=f"第{round_}次查看")
            done.add(code)
            note()
        confirm(toy, RED.replace("01时50分", f"0{1 + round_}时50分"), target=str(event))
        # Some are corrected while it rains, and so are open again; the others when 灾后排查 begins anew.
        for code in chance.sample(sorted(done), k=1):
            entered(toy, event, code, result="no_visible_hazard", findings=f"第{round_}次下雨时")
            done.discard(code)
            note()
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "aftermath")
        done.clear()
        note()
    with toy.transaction(COUNTY) as session:
        row, scope = session.get_one(HazardEvent, event), AreaScope(COUNTY)
        assert gather(session, row, scope).total.checks.done == 0
        for at, number in known:
            assert gather(session, row, scope, as_of=at).total.checks.done == number
        most = "SELECT count(*) FROM emergency_inspection_step WHERE state = 'done' GROUP BY inspection_id ORDER BY 1 DESC LIMIT 1"
        assert (session.scalar(text(most)) or 0) >= 2


def test_what_was_overdue_before_the_second_rain_stays_so_in_reports_of_then(
    toy: ToyDatabase, event: int, later: Callable[..., None]
) -> None:
    later(hours=100)
    known = []
    with toy.transaction(COUNTY) as session:
        row, scope = session.get_one(HazardEvent, event), AreaScope(COUNTY)
        known.append((clock.now(), gather(session, row, scope).total.checks.overdue))
    assert known[0][1] > 0
    confirm(toy, RED, target=str(event), issued_at=clock.now())
    later(hours=1)
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "aftermath")
    with toy.transaction(COUNTY) as session:
        row, scope = session.get_one(HazardEvent, event), AreaScope(COUNTY)
        now = gather(session, row, scope).total.checks.overdue
        known.append((clock.now(), now))
        for at, number in known:
            assert gather(session, row, scope, as_of=at).total.checks.overdue == number
    assert now < known[0][1]
