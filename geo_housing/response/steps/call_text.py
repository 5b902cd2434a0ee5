"""What is read out to one division: its figures as they stand now, what is asked of it, until when to report back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.accounts.access import Access
from geo_housing.area_codes import is_village
from geo_housing.areas.queries import name_of_area
from geo_housing.calls.queries import reply_after
from geo_housing.calls.readout import DEMAND, DEMAND_AFTER, DEMAND_VILLAGE, OVER, Message, ReadFigures, Work, read_out
from geo_housing.db import Actor
from geo_housing.errors import NotFound
from geo_housing.evacuation.homeward import on_the_way_home
from geo_housing.evacuation.sums import due_of, moved_of_due
from geo_housing.hazards.models import HazardEvent, HazardWarning
from geo_housing.hazards.naming import without_time
from geo_housing.hazards.over import LIFTED, OUT_OF_RANGE, Stand
from geo_housing.hazards.queries import affected
from geo_housing.hazards.received import warnings_of
from geo_housing.inspections.queries import state_counts
from geo_housing.policy.queries import effective
from geo_housing.response.queries import kind_label
from geo_housing.response.steps.left_range import left_of
from geo_housing.scope import AreaScope


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
    stand = Stand(session, event)
    phase, over = stand.phase_at(scope.prefix), stand.over_at(scope.prefix)
    before = DEMAND_VILLAGE if is_village(scope.prefix) else DEMAND
    key = DEMAND_AFTER if phase == "aftermath" else before
    message = Message(
        event=event.name,
        untimed=without_time(event.name),
        phase=event.phase if event.phase in OVER else phase,
        is_drill=event.mode == "drill",
        warning=f"{kind_label(event)}{stand.level_word}",
        issued_at=_issued_at(session, event, scope.prefix),
        over=over,
        is_lifted=over == LIFTED,
        place=place,
        caller=_caller(access),
        figures=ReadFigures(
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
        kept=_kept(session, actor, event, scope),
        left=left_of(session, actor, event, scope, doubtful=found.houses + found.uncertain)
        if over == OUT_OF_RANGE
        else None,
    )
    return Told(scope.prefix, read_out(message))


def _issued_at(session: Session, event: HazardEvent, code: str) -> datetime | None:
    """When the last warning that is in force there was issued; of an event without any, when it began."""
    moments = [
        one.issued_at
        for one in warnings_of(session, event.id)
        if one.issued_at is not None and one.action != "lift" and one.ended_at is None and _names(one, code)
    ]
    return max(moments, default=event.starts_at)


def _names(warning: HazardWarning, code: str) -> bool:
    codes = [area["code"] for area in warning.areas or () if area.get("code")]
    return not codes or any(code.startswith(one) or one.startswith(code) for one in codes)


def _work(session: Session, event_id: int, scope: AreaScope) -> Work:
    due, states = due_of(session, event_id, scope), state_counts(session, event_id, scope)
    moved, _ = moved_of_due(session, event_id, scope)
    on_list = sum(states.values()) - states.get("withdrawn", 0)
    return Work(due.households, due.people, due.unsized, moved, on_list, states.get("done", 0))


def _kept(session: Session, actor: Actor, event: HazardEvent, scope: AreaScope) -> int:
    """After 误发撤销: 户 that must not go home, or must leave."""
    if event.phase != "mistaken":
        return 0
    found = on_the_way_home(session, actor, event, scope)
    return sum(one.must_leave for one in found.by_row.values())


def _caller(access: Access) -> str:
    """From where is called: the office of the caller's area, not their name."""
    own = access.actor.scope.prefix
    name = name_of_area(access.session, own) if own else None
    return f"这里是{name}值班" if name else "这里是县值班"
