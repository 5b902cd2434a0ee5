"""Where an event stands for the one who looks at it: gathered here, decided in next_step.py."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import is_township
from geo_housing.conclusions.homeward import unsafe_houses
from geo_housing.conclusions.queries import signed_houses
from geo_housing.db import Actor
from geo_housing.evacuation import opening as evacuation_opening
from geo_housing.evacuation.opening import Behind
from geo_housing.evacuation.sums import away_of
from geo_housing.hazards import concerned
from geo_housing.hazards.ground_phase import BEFORE_AFTERMATH
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.over import has_expired
from geo_housing.hazards.queries import Affected
from geo_housing.hazards.received import is_lifted
from geo_housing.houses.heads import Heads
from geo_housing.inspections import opening
from geo_housing.inspections.anew import NOTHING, Anew, count_anew
from geo_housing.inspections.queries import state_counts
from geo_housing.response.grounds import Ground, grounds_of
from geo_housing.response.listing import would_list
from geo_housing.response.next_step import CalledOff, GroundLeft, Situation
from geo_housing.response.phases import NEXT, RESPOND_IN
from geo_housing.response.service import may_call_off, open_at, passed_over_by_respond
from geo_housing.response.worked_on import worked_on


def has_tasks(event: HazardEvent, actor: Actor) -> bool:
    """Whether tasks were given for all of the actor's area."""
    given = event.responded_areas or []
    wanted = actor.scope.prefix if actor.scope.prefix.startswith(event.scope_code) else event.scope_code
    return any(code == "0" or wanted.startswith(code) for code in given)


@dataclass(frozen=True)
class Apart:
    """How far tasks and lists are from what zones, register and standing areas say: as the fields of Situation."""

    to_withdraw: int = 0
    to_open: int = 0
    to_hasten: int = 0
    to_restate: int = 0
    moves_left: int = 0
    to_list: int = 0
    to_renew: int = 0
    told_only: int = 0


# Comparing tasks with zones house by house: up to so many while the page is made, more when it stands already.
COMPARED_AT_ONCE = 5_000


def must_compare(event: HazardEvent, actor: Actor) -> bool:
    """Whether tasks and lists must be compared with what zones, register and standing areas say by now.

    Equal figures prove nothing: a house that became D, a family that moved in, a standing area that was drawn leave the
    number of houses as it was and bring people who must be fetched.
    """
    return event.phase in RESPOND_IN and has_tasks(event, actor)


def situation_of(
    session: Session, actor: Actor, event: HazardEvent, found: Affected, *, at_once: int | None = None
) -> Situation | None:
    """Figures in 栋 within the actor's area; None where more than ``at_once`` houses would have to be compared."""
    states = state_counts(session, event.id, actor.scope)
    given = has_tasks(event, actor)
    active = sum(count for state, count in states.items() if state != "withdrawn")
    apart = Apart()
    affected = found.houses + found.uncertain
    to_move, counts_later, told = None, False, 0
    if must_compare(event, actor):
        if at_once is not None and max(affected, active) > at_once:
            return None
        apart = _differences(session, actor, event)
    elif not given and affected and event.revision:
        counts_later = at_once is not None and affected > at_once
        to_move, told = (None, 0) if counts_later else _to_move(session, actor, event)
    open_ = open_at(session, event, actor.scope, states)
    grounds = grounds_of(session, event, actor.scope)
    leads = actor.scope.covers(event.scope_code)
    own = grounds[0] if len(grounds) == 1 and not leads else None
    entered = [ground.code for ground in grounds if ground.has_entered and event.phase in BEFORE_AFTERMATH]
    anew = _anew(session, event, grounds) if states["open"] or states["in_progress"] or states["done"] else {}
    townships = [ground for ground in grounds if is_township(ground.code)]
    return Situation(
        phase=own.phase if own else event.phase,
        has_zones=event.revision > 0,
        has_tasks=given,
        affected=affected,
        uncertain=found.uncertain,
        prepared=states["prepared"],
        unfinished=open_.unfinished,
        done=states["done"],
        to_withdraw=apart.to_withdraw,
        to_open=apart.to_open,
        is_expired=event.expires_at is not None and event.expires_at < clock.now() and event.responded_at is None,
        leads=leads,
        called_off=_called_off(session, event) if leads and may_call_off(actor) else None,
        message_status=event.message_status or "Actual",
        is_lifted=is_lifted(session, event.id)
        or (bool(townships) and leads and all(ground.is_lifted for ground in townships)),
        to_move=to_move.households if to_move else 0,
        to_move_people=to_move.people if to_move else 0,
        to_move_unsized=to_move.unsized if to_move else 0,
        moves_left=apart.moves_left,
        to_list=apart.to_list,
        to_renew=apart.to_renew,
        told_only=apart.told_only or told,
        to_hasten=apart.to_hasten,
        to_restate=apart.to_restate,
        not_moved=open_.not_moved,
        unsafe=open_.unsafe,
        again=open_.again,
        to_name=open_.to_name,
        to_conclude=open_.to_conclude,
        calls=open_.calls,
        away=away_of(session, event.id, actor.scope),
        has_expired=has_expired(event),
        counts_later=counts_later,
        own_ground=own.code if own and not own.has_entered and actor.scope.covers(own.code) else None,
        own_is_lifted=own is not None and own.is_lifted,
        lifted=tuple(
            GroundLeft(ground.code, ground.name, ground.prepared, anew.get(ground.code, NOTHING))
            for ground in grounds
            if ground.is_lifted and not ground.has_entered
        ),
        entered=len(entered),
        to_start=opening.count_waiting(session, event.id, actor.scope, grounds=entered) if entered else 0,
        anew=sum(anew.values(), NOTHING),
    )


def _anew(session: Session, event: HazardEvent, grounds: list[Ground]) -> dict[str, Anew]:
    """What entering would start once more, by ground that has not entered."""
    waiting = [ground for ground in grounds if not ground.has_entered and event.phase in BEFORE_AFTERMATH]
    again = [ground.code for ground in waiting if ground.was_warned_again]
    return count_anew(session, event.id, [ground.code for ground in waiting], again=again)


def _called_off(session: Session, event: HazardEvent) -> CalledOff | None:
    """What 误发撤销 would take back (response/service.py does it)."""
    if "mistaken" not in NEXT[event.phase]:
        return None
    return CalledOff(
        opening.count_all(session, event.id, spared=signed_houses(session, event.id)),
        evacuation_opening.count_all(session, event.id, spared=unsafe_houses(session, event)),
    )


def _to_move(session: Session, actor: Actor, event: HazardEvent) -> tuple[Heads | None, int]:
    """Who would be put on the list of those to be moved, None where no list is made; and 栋 that get no task."""
    scope = actor.scope
    concerned.collect(session, event.id, scope, areas=[scope.lo])
    _, told = opening.count_missing(session, event.id, passed_over_by_respond(session, event, scope))
    return would_list(session, event), told


def behind_of(session: Session, actor: Actor, event: HazardEvent) -> Apart:
    """How far tasks and lists are behind within the actor's area; nothing where none were given or it is over."""
    return _differences(session, actor, event) if must_compare(event, actor) else Apart()


def _differences(session: Session, actor: Actor, event: HazardEvent) -> Apart:
    """What the next respond would do."""
    scope = actor.scope
    concerned.collect(session, event.id, scope, areas=[scope.lo])
    opening.decide_collected(session)
    raised, restated = opening.count_behind(session, event.id)
    missing, told = opening.count_missing(session, event.id, passed_over_by_respond(session, event, scope))
    houses = {
        "to_withdraw": opening.count_left(
            session, event.id, scope, areas=[scope.lo], spared=worked_on(session, event.id)
        ),
        "to_open": missing,
        "told_only": told,
        "to_hasten": raised,
        "to_restate": restated,
    }
    moves_left = evacuation_opening.count_left(
        session, event.id, scope, areas=[scope.lo], spared=unsafe_houses(session, event)
    )
    # Last: of ground where it is over it forgets what was collected.
    listed = would_list(session, event)
    behind = evacuation_opening.count_behind(session, event.id) if listed is not None else Behind()
    return Apart(**houses, moves_left=moves_left, to_list=behind.missing, to_renew=behind.changed)
