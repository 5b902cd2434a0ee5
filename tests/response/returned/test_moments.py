"""Moments as villages write them on a list that comes back, with and without a day."""

from datetime import datetime

import pytest

from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput
from geo_housing.response.returned.sheets import moment_of

NIGHT = datetime(2026, 7, 12, 2, 30, tzinfo=BEIJING)


@pytest.fixture(autouse=True)
def _at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo_housing.response.returned.sheets.now", lambda: NIGHT)


@pytest.mark.parametrize(
    ("written", "day", "hour", "minute"),
    [
        ("02:10", 12, 2, 10),
        ("2:10:00", 12, 2, 10),
        ("23:55", 11, 23, 55),
        ("1点半", 12, 1, 30),
        ("1点", 12, 1, 0),
        ("凌晨1时20分", 12, 1, 20),
        ("晚上11点", 11, 23, 0),
        ("昨晚11点40", 11, 23, 40),
        ("昨天下午5:30", 11, 17, 30),
        ("今天凌晨2点", 12, 2, 0),
        ("夜里2点", 12, 2, 0),
        ("02:40", 12, 2, 40),
        ("11日", None, 0, 0),
        ("25:10", None, 0, 0),
        ("12:75", None, 0, 0),
        ("7-12 01:05", 12, 1, 5),
        ("2026-07-11 22:05", 11, 22, 5),
    ],
)
def test_a_time_is_the_last_one_that_has_passed(written: str, day: int | None, hour: int, minute: int) -> None:
    if day is None:
        with pytest.raises(BadInput):
            moment_of(written)
    else:
        assert moment_of(written) == datetime(2026, 7, day, hour, minute, tzinfo=BEIJING)
