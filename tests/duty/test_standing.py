"""A shift holds from its beginning until somebody took over, at the latest until its cap; compared with minute by minute."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_housing.accounts.grants import HeldGrant, Shift, planned_shift
from geo_housing.clock import BEIJING
from geo_housing.duty.standing import (
    CANCELLED,
    COMING,
    ENDED,
    HANDED_OVER,
    LAPSED,
    ON_DUTY,
    OVERRUN,
    TAKEN_OVER,
    standing,
)
from geo_housing.errors import BadInput

EVENING = datetime(2026, 11, 26, 18, 0, tzinfo=BEIJING)
MORNING = datetime(2026, 11, 27, 8, 0, tzinfo=BEIJING)
GRACE = timedelta(hours=4)
MINUTES = st.integers(min_value=-300, max_value=1600).map(lambda n: timedelta(minutes=n))


def a_night(ended_at: datetime | None = None) -> Shift:
    return Shift(EVENING, MORNING, MORNING + GRACE, ended_at)


def grant_of(shift: Shift) -> HeldGrant:
    return HeldGrant(1, "duty", "990001", EVENING.date(), shift.cap.date(), shift)


class TestHolding:
    @pytest.mark.parametrize(
        ("at", "holds"),
        [
            (EVENING - timedelta(seconds=1), False),
            (EVENING, True),
            (MORNING - timedelta(seconds=1), True),
            # Nobody came: the night is not without an officer.
            (MORNING, True),
            (MORNING + GRACE - timedelta(seconds=1), True),
            (MORNING + GRACE, False),
            (MORNING + timedelta(days=3), False),
        ],
    )
    def test_from_its_beginning_to_its_cap(self, at: datetime, holds: bool) -> None:
        assert grant_of(a_night()).holds_at(at) is holds

    def test_ends_with_the_takeover(self) -> None:
        relieved = MORNING + timedelta(minutes=20)
        assert grant_of(a_night(relieved)).holds_at(relieved - timedelta(seconds=1))
        assert not grant_of(a_night(relieved)).holds_at(relieved)

    @given(at=MINUTES, ended=st.none() | MINUTES)
    def test_its_days_alone_give_nothing(self, at: timedelta, ended: timedelta | None) -> None:
        moment = EVENING + at
        shift = a_night(None if ended is None else EVENING + ended)
        lived = EVENING <= moment < min(shift.cap, shift.ended_at or shift.cap)
        assert grant_of(shift).holds_at(moment) is lived


class TestPlanning:
    def test_ends_after_it_begins_and_within_two_days(self) -> None:
        assert planned_shift(EVENING, MORNING, grace=GRACE).cap == MORNING + GRACE
        with pytest.raises(BadInput, match="晚于开始时间"):
            planned_shift(MORNING, EVENING, grace=GRACE)
        with pytest.raises(BadInput, match="最长 48 小时"):
            planned_shift(EVENING, EVENING + timedelta(hours=49), grace=GRACE)


class TestStanding:
    @pytest.mark.parametrize(
        ("minutes", "handed", "word", "may"),
        [
            (-10, False, COMING, False),
            (10, False, ON_DUTY, False),
            (10, True, HANDED_OVER, True),
            (14 * 60, False, OVERRUN, True),
            (14 * 60, True, HANDED_OVER, True),
            (18 * 60, False, LAPSED, True),
            (18 * 60, True, HANDED_OVER, True),
        ],
    )
    def test_words_and_doors(self, minutes: int, handed: bool, word: str, may: bool) -> None:
        found = standing(a_night(), EVENING + timedelta(minutes=minutes), is_handed_over=handed, is_taken_over=False)
        assert (found.word, found.may_take_over) == (word, may)

    def test_taken_over_once(self) -> None:
        found = standing(a_night(MORNING), MORNING, is_handed_over=True, is_taken_over=True)
        assert (found.word, found.may_take_over) == (TAKEN_OVER, False)

    def test_what_the_office_ended(self) -> None:
        stopped = EVENING + timedelta(hours=2)
        assert standing(a_night(stopped), stopped, is_handed_over=False, is_taken_over=False).word == ENDED
        assert standing(a_night(stopped), stopped, is_handed_over=True, is_taken_over=False).may_take_over
        called_off = EVENING - timedelta(hours=2)
        assert standing(a_night(called_off), EVENING, is_handed_over=False, is_taken_over=False).word == CANCELLED

    @given(at=MINUTES, ended=st.none() | MINUTES, handed=st.booleans())
    def test_nobody_is_relieved_in_the_middle_of_his_time_without_his_word(
        self, at: timedelta, ended: timedelta | None, handed: bool
    ) -> None:
        moment = EVENING + at
        shift = a_night(None if ended is None else EVENING + ended)
        found = standing(shift, moment, is_handed_over=handed, is_taken_over=False)
        if found.may_take_over and not handed:
            assert moment >= shift.planned_end
        if found.may_take_over:
            assert moment >= shift.begins
