"""Days without a clock: the earliest moment that they allow, never before the event, never one that is still to come."""

from datetime import datetime

import pytest

from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput
from geo_housing.written_days import FUTURE, moment_or_day

EVENING = datetime(2026, 11, 28, 21, 40, tzinfo=BEIJING)
BEGAN = datetime(2026, 11, 27, 14, 5, 20, tzinfo=BEIJING)


@pytest.fixture(autouse=True)
def _in_the_evening(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("written_moments", "written_days"):
        monkeypatch.setattr(f"geo_housing.{module}.now", lambda: EVENING)


@pytest.mark.parametrize(
    ("written", "meant", "has_clock"),
    [
        ("2026-11-28", "28 00:00", False),
        ("2026.11.28", "28 00:00", False),
        ("2026-11-28 00:00", "28 00:00", False),
        ("2026年11月28日", "28 00:00", False),
        ("11月28日", "28 00:00", False),
        ("46354", "28 00:00", False),
        ("28号", "28 00:00", False),
        ("27号", "27 14:06", False),
        ("今天上午", "28 06:00", False),
        ("昨天", "27 14:06", False),
        ("昨晚", "27 17:00", False),
        ("昨晚八点", "27 20:00", True),
        ("今天上午八点半", "28 08:30", True),
        ("28日20:30", "28 20:30", True),
        ("27号晚上八点半", "27 20:30", True),
        ("二十七号二十三点四十", "27 23:40", True),
        ("2026-11-28 20:30", "28 20:30", True),
    ],
)
def test_a_day_is_read_as_its_earliest_moment(written: str, meant: str, has_clock: bool) -> None:
    moment, read_as = moment_or_day(written, since=BEGAN)
    assert f"{moment:%d %H:%M}" == meant and moment.month == 11
    assert (read_as == "") is has_clock and (has_clock or read_as.startswith(f"{moment:%Y-%m-%d %H:%M}（"))


@pytest.mark.parametrize("written", ["2026-11-30", "2026-11-30 20:00", "11月30日", "30号", "明天", "28", "13月2日"])
def test_what_is_still_to_come_is_said_so_and_what_is_no_day_is_none(written: str) -> None:
    with pytest.raises(BadInput) as refused:
        moment_or_day(written, since=BEGAN)
    assert (refused.value.sentence == FUTURE) is ("30" in written)
