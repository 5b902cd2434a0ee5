"""A township where somebody told of a damage (表外新增) that nobody has looked at is not without damage report."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.response.extra import add_extra
from geo_housing.response.reports.figures import figures_of
from geo_housing.response.reports.wording import _losses
from tests.fixtures.toy import ToyDatabase
from tests.response.reports.test_reports import entered, event, figures, made
from tests.toy_county import EAST, VILLAGES

__all__ = ["event"]
TOLD = "有险情报来、还没有查实的乡镇：东河乡1栋。"
WITHOUT = "目前没有损坏报告、排查还没有完成的乡镇："


def losses(toy: ToyDatabase, event: int) -> str:
    return "".join(_losses(figures(made(toy, event))))


@pytest.mark.parametrize("code", ["东一-A", "东二-A"])
def test_it_is_said_apart_until_somebody_has_looked(toy: ToyDatabase, event: int, code: str) -> None:
    assert f"{WITHOUT}东河乡" in losses(toy, event).replace("西山镇、", "")
    before = clock.now()
    with toy.transaction(EAST) as session:
        wanted = "SELECT k.head FROM household k JOIN house_household l ON l.household_id = k.id JOIN house h ON h.id = l.house_id WHERE h.code = :code"
        head = str(session.scalar(text(wanted), {"code": code}))
        for _ in range(2):
            add_extra(session, toy.actor(EAST), event, ExtraHousehold(VILLAGES[code[:2]][0], head, "屋顶漏"))
    said = losses(toy, event)
    assert TOLD in said and "东河乡" not in said.partition(WITHOUT)[2]
    then = figures(made(toy, event, as_of=before))
    assert then.total.checks.reported == 0, "nobody had told of it yet"
    found = figures(made(toy, event))
    assert found.total.checks.reported == sum(one.checks.reported for one in found.townships) == 1
    # Looked at before it was told: nobody has seen what was told.
    entered(toy, event, code, result="no_visible_hazard", findings=None, visited_at=clock.now() - timedelta(hours=1))
    assert TOLD in losses(toy, event)
    entered(toy, event, code, result="no_visible_hazard", findings=None, visited_at=clock.now())
    said = losses(toy, event)
    assert "有险情报来" not in said and "东河乡" in said.partition(WITHOUT)[2]


def test_a_report_of_before_it_was_counted_is_said_as_it_was(toy: ToyDatabase, event: int) -> None:
    row = made(toy, event)
    frozen = dict(row.figures)
    for area in (frozen["total"], *frozen["townships"]):
        del area["checks"]["reported"]
    assert _losses(figures_of(frozen)) == _losses(figures(row)) and "有险情报来" not in "".join(_losses(figures(row)))
