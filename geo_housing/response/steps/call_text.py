"""What is read out to one division: its figures as they stand now, what is asked of it, until when to report back."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.accounts.access import Access
from geo_housing.areas.queries import name_of_area
from geo_housing.calls.queries import reply_after
from geo_housing.calls.readout import DEMAND, DEMAND_AFTER, OVER, Figures, Message, Work, read_out
from geo_housing.errors import NotFound
from geo_housing.evacuation.sums import due_of, moved_of_due
from geo_housing.hazards.grounds import phase_at
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.queries import affected
from geo_housing.inspections.queries import state_counts
from geo_housing.policy.queries import effective
from geo_housing.response.queries import kind_label
from geo_housing.scope import AreaScope
from geo_housing.words import WARNING_LEVEL


@dataclass(frozen=True)
class Told:
    """The text for one division."""

    code: str
    text: str


def text_for(access: Access, event: HazardEvent, scope: AreaScope, *, is_written: bool = False) -> Told:
    """The text for the division ``scope``, to be read out or sent (``is_written``); NotFound outside the reader's area."""
    session, actor = access.session, access.actor
    place = name_of_area(session, scope.prefix) if scope.prefix and actor.scope.covers(scope.prefix) else None
    if place is None:
        raise NotFound("没有这个乡镇或村，或不在您的管辖范围内。")
    found = affected(session, event.id, scope)
    phase = phase_at(session, event, scope.prefix)
    key = DEMAND_AFTER if phase == "aftermath" else DEMAND
    level = f"{WARNING_LEVEL.label(event.level)}预警" if event.level != "ungraded" else ""
    message = Message(
        event=event.name,
        phase=event.phase if event.phase in OVER else phase,
        is_drill=event.mode == "drill",
        warning=f"{kind_label(event)}{level}",
        issued_at=event.starts_at,
        place=place,
        caller=_caller(access),
        figures=Figures(
            found.households,
            found.houses,
            found.people,
            found.households_without_size,
            found.by_risk["C"] + found.by_risk["D"],
            found.by_risk["suspected"],
            found.uncertain,
            found.evacuation_traits if actor.may("categories.view") else {},
            found.without_home.households,
        ),
        demand=str(effective(session, key, area_code=scope.lo, on=clock.today()).value),
        reply_by=clock.now() + reply_after(session, actor.scope),
        work=_work(session, event.id, scope),
        is_written=is_written,
    )
    return Told(scope.prefix, read_out(message))


def _work(session: Session, event_id: int, scope: AreaScope) -> Work:
    due, states = due_of(session, event_id, scope), state_counts(session, event_id, scope)
    moved, _ = moved_of_due(session, event_id, scope)
    on_list = sum(states.values()) - states.get("withdrawn", 0)
    return Work(due.households, due.people, due.unsized, moved, on_list, states.get("done", 0))


def _caller(access: Access) -> str:
    """From where is called: the office of the caller's area, not his name."""
    own = access.actor.scope.prefix
    name = name_of_area(access.session, own) if own else None
    return f"这里是{name}值班" if name else "这里是县值班"
