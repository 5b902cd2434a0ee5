"""When somebody was moved, as a village writes it: a day without a clock, a night, and a day that is still to come."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.clock import BEIJING
from geo_housing.response.returned.moves import WHICH_HOUR
from geo_housing.response.service import respond
from geo_housing.written_days import NO_YEAR
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.returned.test_moves import entered, looked_at, said, stored, workbook
from tests.response.zones import begun_in_july, make_event


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "orange")
        respond(session, toy.actor(), number)
    return begun_in_july(toy, number)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("7月21日", "2026-07-21 00:00"), ("2026年7月21日", "2026-07-21 00:00"), ("7月21日上午", "2026-07-21 06:00")],
)
def test_a_day_without_a_clock_is_read_and_shown(
    toy: ToyDatabase, event: int, tmp_path: Path, written: str, meant: str
) -> None:
    path = workbook(toy, event, tmp_path).fill("西一-D", 状态="投亲靠友", 去向="女儿家", 时间=written).saved()
    found = looked_at(toy, event, path)
    assert [(one.written, one.taken_for.split("（")[0]) for one in found.readings if one.heading == "时间"] == [
        (written, meant)
    ]
    assert entered(toy, event, path).faults == ()
    at = stored(toy, event)["西一-D"].moved_at
    assert f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}" == meant
    again = entered(toy, event, path)
    assert (again.entered, again.left, again.faults) == (0, 0, ())


def test_last_night_is_read_for_whoever_was_moved(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    path = workbook(toy, event, tmp_path).fill("西一-D", 状态="已外出", 时间="昨晚").saved()
    assert entered(toy, event, path).entered == 1
    at = stored(toy, event)["西一-D"].moved_at.astimezone(BEIJING)
    assert (clock.today() - at.date()).days == 1 and at.hour == 17


def test_who_was_moved_on_the_day_they_returned_is_asked_for_the_hour(
    toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    """Its first minute lies before they left: whether they are back, and since when, is not to be guessed."""
    evening = (clock.now().astimezone(BEIJING) - timedelta(days=1)).replace(hour=20, minute=0)
    said(toy, event, "西一-D", state="moved_to_kin", moved_at=evening)
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET phase = 'mistaken' WHERE id = :e"), {"e": event})
    book = workbook(toy, event, tmp_path)
    faults = entered(toy, event, book.fill("西一-D", 状态="已返回", 时间=f"{evening:%Y-%m-%d}").saved()).faults
    assert [(one.value, one.sentence) for one in faults] == [(f"{evening:%Y-%m-%d}", WHICH_HOUR)]


def test_a_day_still_to_come_is_asked_about(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    # Not tomorrow: shortly before midnight a writer's clock may already be there.
    coming = clock.now().astimezone(BEIJING) + timedelta(days=2)
    book = workbook(toy, event, tmp_path).fill("西一-D", 状态="投亲靠友", 时间=f"{coming:%m月%d日}")
    book.fill("西一-C", 状态="投亲靠友", 时间=f"{coming:%m月%d日} 8:30")
    done = entered(toy, event, book.saved())
    assert (done.entered, [one.sentence for one in done.faults]) == (0, [NO_YEAR, NO_YEAR])
