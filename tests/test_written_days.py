"""Days without a clock: the earliest moment that they allow, never before the event, never one that is still to come."""

from datetime import datetime, timedelta

import pytest

from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput
from geo_housing.written_days import FUTURE, NO_MONTH, NO_YEAR, moment_or_day

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
    assert (refused.value.sentence in (FUTURE, NO_YEAR, NO_MONTH)) is ("30" in written)


@pytest.mark.parametrize("since", [BEGAN, None, BEGAN.replace(year=2025), BEGAN.replace(month=9)])
@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("11月30日", NO_YEAR), ("11-30", NO_YEAR), ("11月30日上午", NO_YEAR), ("11月30日8点", NO_YEAR),
        ("12月1日 20:30", NO_YEAR), ("30号", NO_MONTH), ("30日晚上8点", NO_MONTH), ("2026-11-30 08:00", FUTURE),
        ("今晚", None), ("2026-11-30", FUTURE),
    ],
)  # fmt: skip
def test_a_day_to_come_is_no_day_of_last_year(written: str, asked: str | None, since: datetime | None) -> None:
    if asked is None:
        assert moment_or_day(written, since=since)[0].year == 2026
        return
    with pytest.raises(BadInput) as refused:
        moment_or_day(written, since=since)
    assert refused.value.sentence == asked


@pytest.mark.parametrize(
    ("at", "written", "meant"),
    [
        ((2026, 1, 3), "12月31日", "2025-12-31 00:00"),
        ((2026, 1, 3), "12月31日 20:30", "2025-12-31 20:30"),
        ((2026, 1, 1), "31号", "2025-12-31 00:00"),
        ((2026, 1, 1), "31号20:30", "2025-12-31 20:30"),
        ((2026, 7, 30), "7月21日", "2026-07-21 00:00"),
    ],
)
def test_a_day_of_the_year_before_is_read_where_it_is_the_nearer_one(
    monkeypatch: pytest.MonkeyPatch, at: tuple[int, int, int], written: str, meant: str
) -> None:
    for module in ("written_moments", "written_days"):
        monkeypatch.setattr(f"geo_housing.{module}.now", lambda: datetime(*at, 9, tzinfo=BEIJING))
    assert f"{moment_or_day(written)[0]:%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize(
    "written", ["2026-11-30 00:00", "2026-11-30", "11月30日", "30号", "46356", "30日00:05", "0:05"]
)
def test_shortly_before_midnight_the_writer_may_be_in_the_next_day(
    monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    """A list that came back at 23:55 with a visit at 00:00 was refused: read as a day alone, it was one to come."""
    for minute, is_taken in ((55, True), (40, False)):
        here = datetime(2026, 11, 29, 23, minute, tzinfo=BEIJING)
        for module in ("written_moments", "written_days"):
            monkeypatch.setattr(f"geo_housing.{module}.now", lambda here=here: here)
        if written == "0:05" and not is_taken:
            assert moment_or_day(written)[0].day == 29, "a clock alone is the last one that has passed"
        elif is_taken:
            moment, _ = moment_or_day(written, since=BEGAN)
            assert moment - here <= timedelta(minutes=15) and moment.day == 30
        else:
            with pytest.raises(BadInput) as refused:
                moment_or_day(written, since=BEGAN)
            assert refused.value.sentence in (FUTURE, NO_YEAR, NO_MONTH)
    for module in ("written_moments", "written_days"):
        monkeypatch.setattr(f"geo_housing.{module}.now", lambda: datetime(2026, 11, 29, 23, 55, tzinfo=BEIJING))
    read = {text: moment_or_day(text)[0].day for text in ("今天", "昨晚", "今天0:05", "凌晨0:05", "今晚0:05")}
    assert read == {"今天": 29, "昨晚": 28, "今天0:05": 29, "凌晨0:05": 30, "今晚0:05": 30}
