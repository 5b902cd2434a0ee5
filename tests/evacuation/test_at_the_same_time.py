"""Two at once on the list of those to be moved: either order, one truth; nothing begun is taken off it."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import text

from geo_housing.errors import Conflict
from geo_housing.evacuation import additions, at_once, service
from geo_housing.evacuation.additions import DoubtfulFigure, ExtraHousehold, ToldFigure
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import Said
from geo_housing.hazards.service import lock_event
from geo_housing.response.service import change_phase, respond
from tests.fixtures.toy import ToyDatabase, furnished
from tests.houses.test_at_the_same_time import meanwhile
from tests.response.test_at_the_same_time import act
from tests.response.zones import make_event, revise
from tests.toy_county import COUNTY, VILLAGES


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一"], "red")
        respond(session, toy.actor(), number)
    return number


def row(toy: ToyDatabase, event: int, code: str) -> Any:
    with toy.transaction() as session:
        return session.execute(
            text(
                "SELECT e.* FROM evacuation e JOIN house h ON h.id = e.house_id"
                " WHERE e.event_id = :event AND h.code = :code ORDER BY e.id DESC LIMIT 1"
            ),
            {"event": event, "code": code},
        ).one()


def moved(session: Any, actor: Any, event: int, number: int, version: int, state: str = "away") -> Any:
    entry = MoveEntry(Said(state=state), frozenset({"state"}), version)
    return service.enter(session, actor, event, number, entry, hindrance=lambda *_: None)


def test_who_is_entered_as_the_zone_leaves_him_stays_on_the_list(toy: ToyDatabase, event: int) -> None:
    act(toy, revise, event, ["西二"])()
    one = row(toy, event, "西一-D")
    with toy.transaction() as session:
        moved(session, toy.actor(), event, one.id, one.version)
        with meanwhile(toy, act(toy, respond, event)) as other:
            pass
    left = other.end().evacuation.withdrawn
    after = row(toy, event, "西一-D")
    assert (after.state, after.withdrawn_at) == ("away", None)
    with toy.transaction() as session:
        steps = session.scalar(text("SELECT count(*) FROM evacuation_step WHERE act = 'withdraw'"))
    assert steps == left, "a step for each that left, none for them"


def test_who_was_taken_off_first_is_told_so(toy: ToyDatabase, event: int) -> None:
    one = row(toy, event, "西一-D")
    with toy.transaction() as session:
        change_phase(session, toy.actor(), event, "mistaken", reason="误发")
        with meanwhile(toy, act(toy, moved, event, one.id, one.version)) as other:
            pass
    with pytest.raises(Conflict, match="已从转移名单撤下"):
        other.end()


def test_two_who_enter_the_same_household_are_told_apart(toy: ToyDatabase, event: int) -> None:
    one = row(toy, event, "西一-C")
    with toy.transaction() as session:
        moved(session, toy.actor(), event, one.id, one.version)
        with meanwhile(toy, act(toy, moved, event, one.id, one.version, "refused")) as other:
            pass
    with pytest.raises(Conflict, match="刚被别人改过"):
        other.end()
    assert row(toy, event, "西一-C").state == "away"


def test_two_who_enter_the_same_say_it_once(toy: ToyDatabase, event: int) -> None:
    one = row(toy, event, "西一-C")
    with toy.transaction() as session:
        moved(session, toy.actor(), event, one.id, one.version)
        with meanwhile(toy, act(toy, moved, event, one.id, one.version)) as other:
            pass
    assert other.end() is None


@pytest.mark.parametrize("first", [3, 4])
def test_of_two_figures_told_at_once_the_later_lower_one_is_asked_about(
    toy: ToyDatabase, event: int, first: int
) -> None:
    area = VILLAGES["西一"][0]
    with toy.transaction() as session:
        additions.tell_figure(session, toy.actor(), event, ToldFigure(area, first))
        with meanwhile(toy, act(toy, additions.tell_figure, event, ToldFigure(area, first - 1))) as other:
            pass
    with pytest.raises(DoubtfulFigure, match=f"上次报已转{first}户，这次报{first - 1}户"):
        other.end()
    with toy.transaction() as session:
        assert session.scalars(text("SELECT households FROM evacuation_figure")).all() == [first]


def test_the_same_figure_sent_twice_at_once_is_told_once(toy: ToyDatabase, event: int) -> None:
    told = ToldFigure(VILLAGES["西一"][0], 2, client_id="a-phone")
    with toy.transaction() as session:
        number = additions.tell_figure(session, toy.actor(), event, told).id
        with meanwhile(toy, act(toy, additions.tell_figure, event, told)) as other:
            pass
    assert other.end().id == number


def test_a_household_added_while_the_zone_reaches_it_stands_once(toy: ToyDatabase, event: int) -> None:
    with toy.transaction() as session:
        head = session.scalar(
            text(
                "SELECT k.head FROM household k JOIN house_household l ON l.household_id = k.id"
                " JOIN house h ON h.id = l.house_id WHERE h.code = '西二-D'"
            )
        )
    extra = ExtraHousehold(VILLAGES["西二"][0], head, "进水")
    with toy.transaction() as session:
        additions.add_extra(session, toy.actor(), event, extra)
        with meanwhile(toy, act(toy, revise, event, ["西一", "西二"])) as other:
            pass
    other.end()
    with toy.transaction() as session:
        twice = session.execute(
            text(
                "SELECT household_id FROM evacuation WHERE event_id = :e AND withdrawn_at IS NULL"
                " GROUP BY 1 HAVING count(*) > 1"
            ),
            {"e": event},
        ).all()
    assert twice == [] and row(toy, event, "西二-D").origin == "extra"


def test_moves_are_entered_while_tasks_are_given(toy: ToyDatabase, event: int) -> None:
    """Neither waits for the other, so that they cannot wait for one another: a step names the event, no more."""
    one = row(toy, event, "西一-D")
    with toy.transaction() as session:
        lock_event(session, event)
        with meanwhile(toy, act(toy, moved, event, one.id, one.version)) as other:
            assert not other.is_alive(), "it waits for whoever gives tasks"
        other.end()
    assert row(toy, event, "西一-D").state == "away"


def whole(session: Any, actor: Any, event: int, rows: list[tuple[int, int]], client_id: str) -> Any:
    entry = MoveEntry(Said(state="away"), frozenset({"state"}), client_id=client_id)
    return at_once.enter_many(session, actor, event, rows, entry, hindrance=lambda *_: None)


def test_a_whole_village_pressed_twice_in_one_moment_is_answered_alike(toy: ToyDatabase, event: int) -> None:
    """The answer that comes last stands on the page: it must not say that nothing was done, nor lose the way back."""
    rows = [(one.id, one.version) for one in (row(toy, event, code) for code in ("西一-D", "西一-C"))]
    with toy.transaction() as session:
        done = whole(session, toy.actor(), event, rows, "once")
        with meanwhile(toy, act(toy, whole, event, rows, "once")) as other:
            pass
    assert other.end() == done and len(done[1]) == 2


def test_a_whole_village_is_taken_back_twice_as_once_and_by_nobody_else(toy: ToyDatabase, event: int) -> None:
    rows = [(one.id, one.version) for one in (row(toy, event, code) for code in ("西一-D", "西一-C"))]
    with toy.transaction() as session:
        batch, _ = whole(session, toy.actor(), event, rows, "once")
    with toy.transaction() as session:
        somebody = replace(toy.actor(), name="user:somebody", label="别人")
        with pytest.raises(Conflict, match="只能由登记的人撤销"):
            at_once.undo_many(session, somebody, event, batch)
    undo = act(toy, at_once.undo_many, event, batch)
    with toy.transaction() as session:
        assert at_once.undo_many(session, toy.actor(), event, batch) == at_once.TakenBack(2, 0)
        with meanwhile(toy, undo) as other:
            pass
    assert other.end() == at_once.TakenBack(2, 0)
    assert {row(toy, event, code).state for code in ("西一-D", "西一-C")} == {"pending"}
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM evacuation_step WHERE act = 'undo'")) == 2


def test_who_was_changed_since_is_not_taken_back_and_that_is_said(toy: ToyDatabase, event: int) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    village = f"/events/{event}/evacuation/areas/{VILLAGES['西一'][0]}"
    shown = [f"{one.id}-{one.version}" for one in (row(toy, event, code) for code in ("西一-D", "西一-C"))]
    county.post(f"{village}/press", data={"press": "all-away", "rows": shown, "client_id": "once"})
    one = row(toy, event, "西一-D")
    county.post(f"{village}/press", data={"press": f"{one.id}-{one.version}-moved_to_kin"})
    with toy.transaction() as session:
        batch = session.scalar(text("SELECT max(batch_id) FROM evacuation_step WHERE act = 'enter'"))
    answer = county.post(f"/events/{event}/evacuation/undo-many/{batch}")
    assert "已撤销 1 户的登记。另有 1 户后来又有变动，没有撤销，请逐户核对。" in unquote(answer.headers["set-cookie"])
    assert (row(toy, event, "西一-D").state, row(toy, event, "西一-C").state) == ("moved_to_kin", "pending")
