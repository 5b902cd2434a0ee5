"""The days of the care for those who may not live in their house, and the earliest moment of a signature, lie in the disaster."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.conclusions.care import Care, keep_care
from geo_housing.errors import BadInput
from tests.conclusions.test_signing import event, signed, technician
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY

__all__ = ["event"]


def cared(toy: ToyDatabase, event: int, **days: date | None) -> None:
    with toy.transaction(COUNTY) as session:
        care = Care(living_now="公房", stated=frozenset({"living_now", *days}), **days)  # type: ignore[arg-type] # two days
        keep_care(session, toy.actor(COUNTY), event, "西一-A", care, version=None)


@pytest.mark.parametrize("name", ["measure_on", "assessment_asked_on"])
@pytest.mark.parametrize(("days", "sentence"), [(1, "不能晚于今天"), (-400, "早于这次灾害")])
def test_a_day_out_of_it_is_refused_and_nothing_kept(
    toy: ToyDatabase, event: int, name: str, days: int, sentence: str
) -> None:
    signed(toy, event, "西一-A", "not_habitable", technician(toy))
    with pytest.raises(BadInput, match=sentence) as refused:
        cared(toy, event, **{name: clock.today() + timedelta(days=days)})
    assert [fault.column for fault in refused.value.faults] == [name]
    with toy.transaction(COUNTY) as session:
        assert session.scalar(text("SELECT living_now FROM unsafe_home")) is None
    cared(toy, event, **{name: clock.today()})


def test_a_day_kept_of_before_disturbs_no_other_entry(toy: ToyDatabase, event: int) -> None:
    signed(toy, event, "西一-A", "not_habitable", technician(toy))
    old = clock.today() - timedelta(days=400)
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE unsafe_home SET measure_on = :old"), {"old": old})
    cared(toy, event, measure_on=old)
    cared(toy, event, measure_on=None)


def began(toy: ToyDatabase, event: int, at: datetime | None) -> None:
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE hazard_event SET starts_at = :at WHERE id = :event"), {"at": at, "event": event})


def test_where_the_begin_is_stated_nobody_signs_of_the_evening_before(toy: ToyDatabase, event: int) -> None:
    who = technician(toy)
    began(toy, event, clock.now() - timedelta(hours=3))
    with pytest.raises(BadInput, match="早于这次灾害"):
        signed(toy, event, "西一-A", "not_habitable", who, signed_at=clock.now() - timedelta(hours=6))
    assert signed(toy, event, "西一-A", "not_habitable", who, signed_at=clock.now() - timedelta(hours=2))


def test_where_nobody_stated_it_half_a_day_before_the_entry_is_taken(toy: ToyDatabase, event: int) -> None:
    began(toy, event, None)
    early = clock.now() - timedelta(hours=6)
    assert signed(toy, event, "西一-A", "not_habitable", technician(toy), signed_at=early)
