"""Moments as villages write them at night, with and without a day."""

from datetime import datetime

import pytest

from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput
from geo_housing.written_moments import CLOCK_IN_LINE, moment_of

NIGHT = datetime(2026, 7, 12, 2, 30, tzinfo=BEIJING)


@pytest.fixture(autouse=True)
def _at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo_housing.written_moments.now", lambda: NIGHT)


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
        ("今晚2时10分", 12, 2, 10),
        ("今晚8点", 11, 20, 0),
        ("昨晚2点", 12, 2, 0),
        ("昨夜1点半", 12, 1, 30),
        ("2026年7月11日22点05分", 11, 22, 5),
        ("2026/7/11 下午3:05", 11, 15, 5),
        ("2026年7月11日晚上10点30分", 11, 22, 30),
        ("2026-07-11 9:30 PM", 11, 21, 30),
        ("2026-07-11 9:30:00 pm", 11, 21, 30),
        ("2026/7/11 上午9:05", 11, 9, 5),
        ("7月11日下午3点半", 11, 15, 30),
        ("9:30 PM", 11, 21, 30),
        ("12:10 AM", 12, 0, 10),
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


@pytest.mark.parametrize(
    ("line", "clock"),
    [
        ("王主任02:40报", "02:40"), ("今晚2时30分宝石镇已转12户", "今晚2时30分"), ("凌晨1点半", "凌晨1点半"), ("12户19人", None),
        ("3点多已转2户", "3点"), ("截至7月12日2时", "7月12日2时"), ("电话138:00", None),
        ("2026年7月12日02时10分宝石镇", "2026年7月12日02时10分"),
    ],
)  # fmt: skip
def test_a_time_is_found_in_a_line(line: str, clock: str | None) -> None:
    found = CLOCK_IN_LINE.search(line)
    assert (found and found[0].strip()) == clock
