"""The main button of an event never offers what the service refuses, whatever the situation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.calls.board import CallsLeft
from geo_housing.db import Actor
from geo_housing.errors import GeoHousingError
from geo_housing.hazards.queries import affected
from geo_housing.inspections.anew import Anew
from geo_housing.response import service
from geo_housing.response.at_rest import standing
from geo_housing.response.next_step import CalledOff, Situation, before_that, next_step, other_steps
from geo_housing.response.phases import NEXT, RESPOND_IN, step
from geo_housing.response.queries import event_of
from geo_housing.response.situation import situation_of
from geo_housing.words import EVENT_PHASE
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event, revise
from tests.toy_county import COUNTY, WEST

FEW = st.integers(0, 3)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    prepared = draw(FEW)
    affected_ = draw(FEW)
    # Tasks are compared with zones only where they were given, and a warning that was acted on no longer expires.
    has_tasks = draw(st.booleans())
    return Situation(
        phase=draw(st.sampled_from(tuple(EVENT_PHASE))),
        has_zones=draw(st.booleans()),
        has_tasks=has_tasks,
        affected=affected_,
        uncertain=draw(st.integers(0, affected_)),
        prepared=prepared,
        unfinished=prepared + draw(FEW),
        done=draw(FEW),
        to_withdraw=draw(FEW) if has_tasks else 0,
        to_open=draw(FEW) if has_tasks else 0,
        is_expired=draw(st.booleans()) and not has_tasks,
        leads=draw(st.booleans()),
        message_status=draw(st.sampled_from(("Actual", "Actual", "Exercise", "Draft"))),
        to_move=0 if has_tasks else draw(FEW),
        moves_left=draw(FEW) if has_tasks else 0,
        to_list=draw(FEW) if has_tasks else 0,
        to_renew=draw(FEW) if has_tasks else 0,
        to_hasten=draw(FEW) if has_tasks else 0,
        to_restate=draw(FEW) if has_tasks else 0,
        not_moved=draw(FEW),
        called_off=draw(st.none() | st.builds(CalledOff, st.integers(0, 9), st.integers(0, 9))),
        unsafe=draw(FEW),
        again=draw(FEW),
        calls=draw(st.builds(CallsLeft, FEW, FEW, FEW, FEW)),
        has_expired=draw(st.booleans()),
        to_name=draw(FEW),
        to_conclude=draw(FEW),
        away=draw(FEW),
        anew=draw(st.builds(Anew, FEW, FEW)),
    )


class TestTheDecision:
    @given(situations())
    @settings(max_examples=400)
    def test_tasks_are_offered_only_where_the_service_gives_them(self, now: Situation) -> None:
        main = next_step(now)
        if main is None or main.act != "respond":
            return
        assert now.phase in RESPOND_IN and now.message_status == "Actual"
        assert main.expired == (now.is_expired and not now.has_tasks)

    @given(situations())
    @settings(max_examples=400)
    def test_a_phase_is_offered_only_to_those_who_lead_and_with_the_reason_that_is_asked(self, now: Situation) -> None:
        main = next_step(now)
        offered = [(main.phase, main.ask_reason)] if main and main.act == "phase" else []
        offered += [(other.phase, other.ask_reason) for other in other_steps(now)]
        assert now.leads or not offered
        assert len({phase for phase, _ in offered}) == len(offered), "the same step twice"
        for phase, asks in offered:
            assert phase is not None and phase in NEXT[now.phase]
            rule = step(now.phase, phase, open_=now.open_)
            assert rule.refusal is None
            assert asks == (rule.needs_reason is not None)

    @given(situations())
    def test_the_main_button_ends_nothing_while_families_are_not_safe(self, now: Situation) -> None:
        main = next_step(now)
        if main is not None and main.phase == "closed":
            assert not (now.unfinished or now.not_moved or now.unsafe or now.again)
            assert not (now.to_name or now.to_conclude or now.calls.sentence)
            assert before_that(now) is None

    @given(situations())
    def test_in_the_night_the_next_thing_is_to_call_and_to_move(self, now: Situation) -> None:
        first = before_that(now)
        if now.phase != "warning" or not now.has_tasks:
            assert first is None or now.phase in ("ongoing", "aftermath")
            return
        if now.is_lifted or now.has_expired or now.own_is_lifted:
            assert first is None, "the warning is over: the next thing is 灾后排查"
        elif now.calls.to_call:
            assert first is not None and first.tab == "calls"
        else:
            assert (first is not None and first.tab == "evacuation") == (now.not_moved > 0)

    @given(situations())
    def test_what_has_expired_proposes_the_inspections(self, now: Situation) -> None:
        if not (
            now.has_expired and now.leads and now.has_tasks and now.has_zones and now.phase in ("warning", "ongoing")
        ):
            return
        main = next_step(now)
        assert main is not None and main.phase == "aftermath"
        assert "预警已到期" in main.sentence or now.is_lifted

    @given(situations())
    def test_whoever_may_press_nothing_is_told_where_it_stands(self, now: Situation) -> None:
        assert standing(now).endswith("。")

    @given(situations())
    def test_the_end_can_be_reached_from_everywhere(self, now: Situation) -> None:
        if now.leads and now.phase not in ("mistaken", "closed"):
            main = next_step(now)
            assert other_steps(now) or (main and main.phase == "closed"), "an event that nobody can end"

    @given(situations())
    def test_a_mistake_is_declared_by_who_may(self, now: Situation) -> None:
        offered = "mistaken" in {other.phase for other in other_steps(now)}
        assert not offered or (now.leads and now.called_off is not None)
        assert (
            offered
            or not (now.leads and now.called_off is not None)
            or now.phase in ("closed", "mistaken")
            or now.own_ground
        )


class TestAgainstTheService:
    @pytest.mark.parametrize("phase", [phase for phase in EVENT_PHASE if phase != "mistaken"])
    def test_what_is_offered_is_done(self, toy: ToyDatabase, phase: str) -> None:
        """Every button of every phase is pressed in a transaction that is taken back."""
        actor = toy.actor(COUNTY)
        with toy.transaction(COUNTY) as session:
            event_id = make_event(session, actor, ["西一", "东一"])
            if phase not in ("draft", "warning"):
                service.respond(session, actor, event_id)
            session.execute(
                text("UPDATE hazard_event SET phase = :phase WHERE id = :id"), {"phase": phase, "id": event_id}
            )
            session.expire_all()
            seen = _situation(session, actor, event_id)
            buttons = [(main.act, main.phase, main.ask_reason) for main in [next_step(seen)] if main]
            buttons += [("phase", other.phase, other.ask_reason) for other in other_steps(seen)]
            assert buttons
            for act, wanted, asks in buttons:
                with session.begin_nested() as point:
                    if act == "respond":
                        done = service.respond(session, actor, event_id)
                        assert (done.opened, done.evacuation.opened) == (seen.affected, seen.to_move)
                    else:
                        assert wanted is not None
                        service.change_phase(session, actor, event_id, wanted, reason="试" if asks else None)
                    point.rollback()
                    session.expire_all()

    def test_figures_after_a_revision_are_what_the_next_press_does(self, toy: ToyDatabase) -> None:
        actor = toy.actor(COUNTY)
        with toy.transaction(COUNTY) as session:
            event_id = make_event(session, actor, ["西一", "东一"])
            opened = service.respond(session, actor, event_id).opened
            assert _situation(session, actor, event_id).to_withdraw == 0
            revise(session, actor, event_id, ["西一", "西二"])
            seen = _situation(session, actor, event_id)
            main = next_step(seen)
            assert main is not None and main.act == "respond" and f"{seen.to_withdraw:,} 栋" in main.sentence
            assert 0 < seen.to_withdraw < opened
            done = service.respond(session, actor, event_id)
            assert (done.withdrawn, done.evacuation.withdrawn) == (seen.to_withdraw, seen.moves_left)
            after = next_step(_situation(session, actor, event_id))
            assert after is not None and after.phase == "aftermath"

    def test_a_house_registered_later_is_offered_a_task(self, toy: ToyDatabase) -> None:
        actor = toy.actor(COUNTY)
        with toy.transaction(COUNTY) as session:
            event_id = make_event(session, actor, ["西一"])
            service.respond(session, actor, event_id)
            session.execute(
                text(
                    "UPDATE emergency_inspection i SET state = 'withdrawn', withdrawn_at = now()"
                    " FROM house h WHERE h.id = i.house_id AND h.code = '西一-D'"
                )
            )
            seen = _situation(session, actor, event_id)
            assert seen.to_open == 1
            assert service.respond(session, actor, event_id).opened == 1

    def test_a_township_gets_no_phase_of_a_county_event(self, toy: ToyDatabase) -> None:
        with toy.transaction(COUNTY) as session:
            event_id = make_event(session, toy.actor(COUNTY), ["西一", "东一"])
        township = toy.actor(WEST)
        with toy.transaction(WEST) as session:
            seen = _situation(session, township, event_id)
            main = next_step(seen)
            assert main is not None and main.act == "respond" and not other_steps(seen)
            service.respond(session, township, event_id)
            assert next_step(_situation(session, township, event_id)) is None
            with pytest.raises(GeoHousingError):
                service.change_phase(session, township, event_id, "aftermath")

    def test_many_houses_are_compared_later(self, toy: ToyDatabase) -> None:
        actor = toy.actor(COUNTY)
        with toy.transaction(COUNTY) as session:
            event_id = make_event(session, actor, ["西一"])
            service.respond(session, actor, event_id)
            revise(session, actor, event_id, ["西二"])
            event = event_of(session, event_id, actor.scope)
            found = affected(session, event_id, actor.scope)
            assert situation_of(session, actor, event, found, at_once=1) is None
            assert situation_of(session, actor, event, found, at_once=100) is not None


def _situation(session: Session, actor: Actor, event_id: int) -> Situation:
    event = event_of(session, event_id, actor.scope)
    found = situation_of(session, actor, event, affected(session, event_id, actor.scope))
    assert found is not None
    return found
