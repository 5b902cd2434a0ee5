"""The board against a slow reading of the same night: who is called next, which row comes first, how many were reached."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_housing.calls.board import ANSWERED, CALLING, DUE, LIFTED, WAITING, Board, Called, Made, Row, board_of, row_of
from geo_housing.calls.turns import CALL_IN, answer, hand_on, refused_in, reply, undo
from geo_housing.words import CALL_STATE, EVENT_PHASE

TWO = datetime(2026, 7, 12, 2, 0, tzinfo=UTC)
TEN = timedelta(minutes=10)


def at(minutes: float) -> datetime:
    return TWO + timedelta(minutes=minutes)


def made(
    number: int,
    contact: int | None,
    state: str,
    minutes: float,
    reply_by: float | None = None,
    answered: float | None = None,
) -> Made:
    return Made(
        number, contact, state, at(minutes), None if reply_by is None else at(reply_by),
        answered_at=None if answered is None else at(answered),
    )  # fmt: skip


def telling(number: int, contact: int, state: str, minutes: float) -> Made:
    return replace(made(number, contact, state, minutes), tells_left=True)


def seen(*calls: Made, order: tuple[int, ...] = (1, 2, 3), now: float = 5) -> Board:
    return board_of([Called("152224105", order, calls)], now=at(now), next_after=TEN)


class TestOneRow:
    def test_nobody_was_called_yet(self) -> None:
        (row,) = seen().rows
        assert (row.state, row.next, row.since, row.last, row.reached) == (WAITING, 1, None, None, False)

    @pytest.mark.parametrize(("minutes", "state"), [(0, CALLING), (9.99, CALLING), (10, DUE), (400, DUE)])
    def test_the_next_name_is_due_when_nobody_has_answered_for_so_long(self, minutes: float, state: str) -> None:
        (row,) = seen(made(1, 1, "calling", 0), now=minutes).rows
        assert (row.state, row.next, row.since) == (state, 2, TWO)

    def test_who_did_not_answer_hands_on_at_once(self) -> None:
        (row,) = seen(made(1, 1, "handed_on", 0), now=1).rows
        assert (row.state, row.next, row.all_tried) == (DUE, 2, False)

    def test_it_is_unanswered_since_the_first_name_was_called(self) -> None:
        (row,) = seen(made(1, 1, "handed_on", 0), made(2, 2, "calling", 12), now=15).rows
        assert (row.state, row.next, row.since) == (CALLING, 3, TWO)

    def test_when_everybody_was_tried_it_begins_again_at_the_top_and_says_so(self) -> None:
        calls = [made(n, n, "handed_on", n) for n in (1, 2, 3)]
        (row,) = seen(*calls).rows
        assert (row.next, row.all_tried) == (1, True)
        (row,) = seen(*calls, made(4, 1, "handed_on", 4)).rows
        assert (row.next, row.all_tried) == (2, True)

    def test_a_name_that_was_typed_takes_nobodys_place_in_the_order(self) -> None:
        (row,) = seen(made(1, None, "handed_on", 0)).rows
        assert (row.next, row.all_tried) == (1, False)

    def test_where_nobody_is_known_there_is_no_next(self) -> None:
        (row,) = seen(made(1, None, "handed_on", 0), order=()).rows
        assert (row.state, row.next, row.all_tried) == (DUE, None, False)

    def test_who_is_called_after_an_answer_is_waited_for(self) -> None:
        (row,) = seen(made(1, 1, "answered", 0), made(2, 2, "calling", 3), now=4).rows
        assert (row.state, row.has_answered, row.since) == (CALLING, True, at(3))

    @pytest.mark.parametrize("second", ["calling", "handed_on"])
    def test_who_rings_back_after_the_next_name_was_called_answers_for_the_division(self, second: str) -> None:
        back = made(1, 1, "answered", 0, reply_by=60, answered=5)
        (row,) = seen(back, made(2, 2, second, 3), now=30).rows
        assert (row.state, row.reached, row.since, row.last, row.newest) == (ANSWERED, True, None, back, 2)
        assert (row.reply_by, row.next, row.all_tried) == (at(60), 1, False)
        (row,) = seen(back, made(2, 2, second, 3), made(3, 3, "calling", 40), now=55).rows
        assert (row.state, row.since, row.next) == (DUE, at(40), 1), "who was called since is waited for"

    def test_who_has_answered_and_is_called_again_counts_once_as_not_answered(self) -> None:
        found = seen(made(1, 2, "answered", 0), made(2, 2, "calling", 60), now=75)
        (row,) = found.rows
        assert (row.state, row.has_answered, row.since, row.next) == (DUE, True, at(60), 1)
        assert (found.figure, found.unanswered) == ("0/1", 1)

    def test_who_is_warned_once_more_after_he_answered_is_called_anew(self) -> None:
        def row(*calls: Made) -> Row:
            return row_of(Called("x", (1, 2), calls, warned_at=at(10)), now=at(30), next_after=TEN)

        told = made(1, 1, "answered", 0, reply_by=60, answered=5)
        again = row(told)
        assert (again.state, again.has_answered, again.next, again.warned_again, again.reply_by) == (
            WAITING,
            True,
            1,
            at(10),
            None,
        )
        assert row(told, made(2, 1, "calling", 25)).state == CALLING
        assert row(told, made(2, 1, "answered", 25, answered=26)).state == ANSWERED
        assert row(made(1, 1, "answered", 0, answered=12)).warned_again is None

    def test_who_has_answered_is_called_again_first(self) -> None:
        (row,) = seen(made(1, 1, "handed_on", 0), made(2, 2, "answered", 1)).rows
        assert (row.state, row.next, row.all_tried, row.since) == (ANSWERED, 2, False, None)

    def test_a_promise_is_late_from_its_minute_on_and_settled_by_the_reply(self) -> None:
        promised = made(1, 1, "answered", 0, reply_by=30)
        assert [seen(promised, now=n).rows[0].is_reply_late for n in (29.99, 30, 99)] == [False, True, True]
        (row,) = seen(replace(promised, has_replied=True), now=99).rows
        assert (row.reply_by, row.is_reply_late) == (None, False)


def test_the_longest_unanswered_stands_first_then_whom_nobody_called_then_late_promises_then_who_answered() -> None:
    order = (1, 2)
    areas = [
        Called("a", order, [made(1, 1, "answered", 0)]),
        Called("b", order, []),
        Called("c", order, [made(2, 1, "calling", 3)]),
        Called("d", order, [made(3, 1, "handed_on", 1), made(4, 2, "calling", 4)]),
        Called("e", order, [made(5, 1, "answered", 0, reply_by=2)]),
        Called("f", order, []),
    ]
    found = board_of(areas, now=at(5), next_after=TEN)
    assert [row.code for row in found.rows] == ["d", "c", "b", "f", "e", "a"]
    assert (found.figure, found.reached, found.unanswered) == ("2/6", 2, 2)


def test_of_those_whom_nobody_called_the_most_at_stake_stand_first_and_a_doubtful_place_alone_last() -> None:
    """A township with one house that lies who knows where must not stand above those that the storm is over."""
    areas = [
        Called("a", (), [], weight=-1),
        Called("b", (), [], weight=0),
        Called("c", (), [], weight=1_525),
        Called("d", (), [], weight=1_629),
        Called("e", (), [made(1, 1, "calling", 3)], weight=2),
    ]
    assert [row.code for row in board_of(areas, now=at(5), next_after=TEN).rows] == ["e", "d", "c", "b", "a"]


def test_once_it_is_lifted_whoever_has_not_answered_is_called_no_more() -> None:
    told, old = made(1, 1, "answered", 5), made(2, 1, "answered", 0)
    areas = [
        Called("a", (1,), [], weight=9, is_lifted=True),
        Called("b", (1,), [], warned_at=at(10)),
        Called("c", (1,), [told], is_lifted=True),
        Called("d", (1,), [old], warned_at=at(10), is_lifted=True),
        Called("e", (1,), [old], warned_at=at(10)),
        Called("f", (1,), [made(3, 1, "calling", 1)], is_lifted=True),
    ]
    found = board_of(areas, now=at(30), next_after=TEN)
    assert [(row.code, row.state) for row in found.rows] == [
        ("b", WAITING), ("e", WAITING), ("c", ANSWERED), ("a", LIFTED), ("d", LIFTED), ("f", LIFTED),
    ]  # fmt: skip
    assert (found.figure, found.unanswered, found.waiting, found.lifted) == ("1/3", 0, 2, 3)
    assert [row.code for row in found.rows if row.warned_again] == ["e"]


def test_who_has_left_the_zones_is_told_so_and_counts_for_nothing() -> None:
    asked, told, tried = (
        made(1, 2, "answered", 0, reply_by=3),
        telling(2, 2, "answered", 20),
        telling(3, 2, "handed_on", 20),
    )
    areas = [
        Called("a", (1, 2), [asked], has_left=True),
        Called("b", (1, 2), [asked, told], has_left=True),
        Called("c", (1, 2), [asked, tried], has_left=True),
        Called("d", (1, 2), [asked], has_left=True, is_lifted=True),
        # Called once more after it was told, because it was in the zones again, and left again.
        Called("e", (1, 2), [asked, told, made(4, 1, "answered", 25)], has_left=True),
        Called("f", (1, 2), [made(5, 1, "answered", 0)]),
        Called("g", (1, 2), []),
    ]
    found = board_of(areas, now=at(30), next_after=TEN)
    assert (found.figure, found.unanswered, found.waiting, found.lifted, found.to_tell) == ("1/2", 0, 1, 0, 3)
    rows = {row.code: row for row in found.rows}
    assert {code: row.state for code, row in rows.items()} == {
        "a": WAITING, "b": ANSWERED, "c": DUE, "d": LIFTED, "e": WAITING, "f": ANSWERED, "g": WAITING,
    }  # fmt: skip
    # Who spoke there is told first, and nobody waits for what was promised.
    assert [rows[code].next for code in "ae"] == [2, 1] and rows["a"].has_answered
    assert [row.reply_by for row in found.rows] == [None] * 7
    assert [row.code for row in found.rows] == ["c", "g", "a", "e", "b", "f", "d"]


def test_who_was_told_to_be_out_and_is_concerned_again_is_called_anew() -> None:
    asked, told = made(1, 2, "answered", 0), telling(2, 2, "answered", 20)
    again = made(3, 1, "answered", 40)
    areas = [
        Called("a", (1, 2), [asked, told]),
        Called("b", (1, 2), [asked, told, again]),
        Called("c", (1, 2), [asked, told], is_lifted=True),
        Called("d", (1, 2), [asked, telling(4, 2, "handed_on", 20)]),
    ]
    rows = {row.code: row for row in board_of(areas, now=at(50), next_after=TEN).rows}
    assert {code: (row.state, row.entered_again) for code, row in rows.items()} == {
        "a": (WAITING, True), "b": (ANSWERED, False), "c": (LIFTED, False), "d": (WAITING, True),
    }  # fmt: skip
    assert [rows[code].newest for code in "abd"] == [2, 3, 4]


def test_an_empty_board_has_no_figure() -> None:
    assert board_of([], now=TWO, next_after=TEN).figure == ""


CALLS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(1, 4)),
        st.sampled_from(list(CALL_STATE)),
        st.integers(0, 60),
        st.one_of(st.none(), st.integers(0, 90)),
        st.booleans(),
        st.one_of(st.none(), st.integers(0, 30)),
    ),
    max_size=7,
)
AREAS = st.lists(st.tuples(st.permutations([1, 2, 3, 4]), st.integers(0, 4), CALLS), max_size=6)


@given(AREAS, st.integers(0, 120), st.integers(1, 30))
def test_any_night_stands_as_a_slow_reading_says(
    areas: list[tuple[list[int], int, list[tuple[int | None, str, int, int | None, bool, int | None]]]],
    now: int,
    after: int,
) -> None:
    given_areas = []
    for number, (order, known, calls) in enumerate(areas):
        given_areas.append(
            Called(
                f"{number:03}",
                tuple(order[:known]),
                [
                    Made(
                        n,
                        who,
                        state,
                        at(when),
                        None if by is None else at(by),
                        replied,
                        at(when + spoke) if spoke is not None and state == "answered" else None,
                    )
                    for n, (who, state, when, by, replied, spoke) in enumerate(calls)
                ],
            )
        )
    found = board_of(given_areas, now=at(now), next_after=timedelta(minutes=after))
    slow = {area.code: slowly(area, at(now), after) for area in given_areas}
    assert {row.code: (row.state, row.since, row.next, row.all_tried, row.has_answered) for row in found.rows} == {
        code: told[:5] for code, told in slow.items()
    }
    assert [row.code for row in found.rows] == sorted(slow, key=lambda code: place(slow[code], code))
    assert found.reached == sum(told[0] == ANSWERED for told in slow.values())
    assert found.reached + found.unanswered + found.waiting == found.total == len(areas)
    assert found.figure == (f"{found.reached}/{len(areas)}" if areas else "")


def slowly(
    area: Called, now: datetime, after: int
) -> tuple[str, datetime | None, int | None, bool, bool, datetime | None]:
    """Call by call, as somebody with a pencil would."""
    state, reached, since, late_by = WAITING, False, None, None
    vain: list[int | None] = []
    answerer: int | None = None
    night = [((call.called_at, call.id), call, False) for call in area.calls if call.state != "answered"]
    night += [
        ((call.answered_at or call.called_at, call.id), call, True) for call in area.calls if call.state == "answered"
    ]
    for _, call, has_spoken in sorted(night, key=lambda one: one[0]):
        if has_spoken:
            state, reached, since, vain, answerer = ANSWERED, True, None, [], call.contact_id
            late_by = call.reply_by if call.reply_by and not call.has_replied else None
        else:
            waited = (now - call.called_at).total_seconds() / 60
            state = DUE if call.state == "handed_on" or waited >= after else CALLING
            since = call.called_at if since is None else min(since, call.called_at)
            vain.append(call.contact_id)
    if not area.order:
        following = None
    elif not vain and answerer in area.order:
        following = answerer
    else:
        following = None
        for round_ in range(len(vain) + 1):
            for name in area.order:
                if following is None and vain.count(name) == round_:
                    following = name
    everybody = bool(area.order) and bool(vain) and all(name in vain for name in area.order)
    return state, since, following, everybody, reached, late_by if late_by and late_by <= now else None


def place(told: tuple[str, datetime | None, int | None, bool, bool, datetime | None], code: str) -> tuple[object, ...]:
    state, since, _, _, _, late_by = told
    if since is not None:
        return 1, since, code
    if state == WAITING:
        return 2, TWO, code
    return (3, late_by, code) if late_by else (4, TWO, code)


@given(CALLS, st.integers(0, 120))
def test_the_order_in_which_calls_are_read_does_not_matter(
    calls: list[tuple[int | None, str, int, int | None, bool, int | None]], now: int
) -> None:
    night = [Made(n, who, state, at(when)) for n, (who, state, when, _, _, _) in enumerate(calls)]
    there, back = (row_of(Called("x", (3, 1, 2), order), now=at(now), next_after=TEN) for order in (night, night[::-1]))
    assert there == back


class TestTurns:
    def test_calls_are_made_from_confirmation_to_the_end(self) -> None:
        allowed = [phase for phase in EVENT_PHASE if refused_in(phase) is None]
        assert allowed == ["warning", "ongoing", "aftermath", "mistaken"] == list(CALL_IN)

    def test_what_comes_after_the_end_is_told_how_it_can_still_be_recorded(self) -> None:
        assert "重新开启为“灾后排查”" in (refused_in("closed") or "")

    def test_somebody_may_ring_back_after_the_next_name_was_called(self) -> None:
        assert answer("calling").state == answer("handed_on").state == "answered"
        assert [answer(state).same for state in ("calling", "handed_on", "answered")] == [False, False, True]

    def test_an_answer_is_not_made_undone_by_a_press_on_not_answered(self) -> None:
        assert hand_on("calling").state == "handed_on" and hand_on("handed_on").same
        assert "撤销" in (hand_on("answered").refusal or "")

    def test_only_who_has_answered_can_report_back(self) -> None:
        assert reply("answered").refusal is None
        assert reply("calling").refusal and reply("handed_on").refusal

    def test_what_later_calls_build_upon_is_not_taken_back(self) -> None:
        assert undo(None, is_last=False).refusal and undo("calling", is_last=False).refusal
        assert undo("handed_on", is_last=False).state == "handed_on"
        assert undo("calling", is_last=True).state == "calling" and undo(None, is_last=True).state is None
