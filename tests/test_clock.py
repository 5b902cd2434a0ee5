"""Days and moments as people type them into forms."""

from datetime import UTC, date, datetime

import pytest

from geo_housing.clock import day_typed, moment_typed, on_paper, typed_until
from geo_housing.errors import BadInput
from geo_housing.numbers import half_width, number_typed


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-19", " 2026-7-19 ", "2026/7/19", "2026.07.19", "2026年7月19日", "2026 年 7 月 19 号", "20260719",
        "２０２６－０７－１９", "２０２６／７／１９", "２０２６年７月１９日", "　2026-07-19　",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_typed(text: str) -> None:
    assert day_typed(text, "措施日期") == date(2026, 7, 19)


@pytest.mark.parametrize("text", [None, "", "  ", "　"])
def test_nothing_typed_is_nothing(text: str | None) -> None:
    assert day_typed(text, "措施日期") is moment_typed(text, "评估时间") is typed_until(text, "截至时间") is None


@pytest.mark.parametrize(
    "text",
    [
        "昨天", "2026-02-30", "2026-13-01", "2026-00-10", "0026-07-19", "1899-12-31", "26-07-19", "2026-W29-7", "12026-07-19",
        "2026-07-1²", "2026-07", "2026-07-19 08:00", "-2026-07-19", "2026-07-19\x00", "9" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_day_gets_one_sentence_with_the_name_of_the_field(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        day_typed(text, "措施日期", field="measure_on")
    assert refused.value.sentence == "“措施日期”请填成 2026-07-19 这样的日期。"
    [fault] = refused.value.faults
    assert (fault.column, fault.sentence) == ("measure_on", "“措施日期”请填成 2026-07-19 这样的日期")


def test_the_first_and_the_last_day_are_days() -> None:
    assert (day_typed("1900-01-01", "自"), day_typed("9999-12-31", "至")) == (date(1900, 1, 1), date.max)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-07-19T06:30", "06:30:00"),
        ("2026-07-19 6:30", "06:30:00"),
        ("2026/7/19 06:30", "06:30:00"),
        ("２０２６－０７－１９　０６：３０", "06:30:00"),
        ("2026年7月19日6时30分", "06:30:00"),
        ("2026年7月19日 18点30", "18:30:00"),
        ("2026年7月19日6点", "06:00:00"),
        ("2026-07-19T06:30:05.123", "06:30:05"),
        # Where somebody's script states its zone, the county's time is meant all the same.
        ("2026-07-18T22:30:00Z", "06:30:00"),
        ("2026-07-19T07:30+09:00", "06:30:00"),
        ("2026-07-19", "00:00:00"),
    ],
)
def test_a_moment_is_read_in_the_countys_time(text: str, at: str) -> None:
    moment = moment_typed(text, "评估时间")
    assert moment is not None and moment.isoformat() == f"2026-07-19T{at}+08:00"


@pytest.mark.parametrize(
    "text",
    [
        "昨晚", "8:30", "2026-07-19 25:00", "2026-07-19 24:00", "2026-07-19 08:60", "2026-02-30T08:00", "0001-01-01T00:00",
        "1899-12-31T23:59", "9999-12-31T23:59-12:00", "2026-07-19T08:00+99:99", "2026-07-1908:00", "2026-07-19 8:3 晚",
        f"2026-07-19{' ' * 100_000}x",
    ],
)  # fmt: skip
def test_what_is_no_moment_gets_one_sentence_with_the_name_of_the_field(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        moment_typed(text, "评估时间")
    assert refused.value.sentence == "“评估时间”请填成 2026-07-19 06:30 这样的时间。" and not refused.value.faults


def test_digits_of_full_width_are_digits_and_nothing_else_becomes_one() -> None:
    assert half_width("　２０２６－０７：（Ａ） ") == "2026-07:(A)"
    assert [number_typed(text) for text in ("３", " 12 ", "０１０", "３0")] == [3, 12, 10, 30]
    for text in ("", "²", "①", "三", "-3", "－３", "1.5", "1_0", "3间", "٣", "９" * 11):
        assert number_typed(text) is None, text
    assert number_typed("１０００", most=999) is None


def test_papers_write_the_time_of_the_county() -> None:
    assert on_paper(datetime(2026, 7, 11, 18, 5, tzinfo=UTC)) == "2026年7月12日02:05"
