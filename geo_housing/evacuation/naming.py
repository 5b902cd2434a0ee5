"""Who was told as moved by telephone and never named, of an event that was called off since: they are named all the same.

误发撤销 takes off the list of whom nothing was said, and takes no new moves. But who left because of the mistake and was only
counted by telephone is still away, and nobody could say that they are home again. So a family may be put on the list and said
to be moved, in one press, while a figure of its village or of a division above tells of more households than are named: then
it is one of those, and no sum grows. Once the figure is covered nobody is added any more.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import Conflict, Fault
from geo_housing.evacuation.additions import ExtraHousehold, cleaned, is_named, join_list
from geo_housing.evacuation.meant import fault, registered
from geo_housing.evacuation.models import Evacuation, EvacuationStep
from geo_housing.evacuation.queries import is_listed, locked_row
from geo_housing.evacuation.rule import TOLD
from geo_housing.evacuation.service import MoveEntry, enter, may_enter
from geo_housing.evacuation.states import MOVED, NOT_HOME, Said
from geo_housing.evacuation.still_to_name import still_to_name
from geo_housing.hazards.ended import EventEnded
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.service import lock_event
from geo_housing.houses.heads import size_of
from geo_housing.words import EVACUATION_STATE

NOT_CALLED_OFF = "事件没有作误发撤销，请在转移名单里登记；名单上没有的户，请按“表外新增”登记。"
NOBODY_LEFT = "这里的电话报数都已录上姓名，或没有电话报数；事件已作误发撤销，不再加户。确有险情的，请新建事件。"


@dataclass(frozen=True)
class NamedHousehold:
    """A family that a telephone figure has told of, by village and head, and where they are; they return in a second word.

    ``house_code`` tells namesakes apart.
    """

    area: str
    head: str
    state: str = "moved_to_shelter"
    people: int | None = None
    house_code: str | None = None
    client_id: str | None = None


def name_told(
    session: Session, actor: Actor, event_id: int, named: NamedHousehold
) -> tuple[Evacuation, EvacuationStep]:
    """Put a family on the list of an event that was called off, and say that it is moved; the same form twice is once.

    EventEnded where no figure tells of anybody unnamed, Conflict for who is named already.
    """
    may_enter(actor)
    event = lock_event(session, event_id)
    if event.phase != "mistaken":
        raise Conflict(NOT_CALLED_OFF)
    made = _made_already(session, event_id, actor.own_id(named.client_id))
    if made is not None:
        return session.get_one(Evacuation, made.evacuation_id), made
    state = EVACUATION_STATE.code(named.state)
    if state not in NOT_HOME:
        raise fault("state", "请选已转移、投亲靠友或已外出；已经回家的，登记后再按“已返回”。")
    # Nobody says what the matter is: they are one of those told.
    stated = cleaned(session, actor, ExtraHousehold(named.area, named.head, TOLD, named.people, named.house_code))
    if not still_to_name(session, event_id, stated.area):
        raise EventEnded(NOBODY_LEFT)
    row = _row_of(session, actor, event, stated)
    said = frozenset({"state"} if stated.people is None else {"state", "people"})
    entry = MoveEntry(Said(state=state, people=stated.people), said, row.version, named.client_id)
    step = enter(session, actor, event_id, row.id, entry, hindrance=lambda *_: None)
    assert step is not None, "who stood as not moved is moved now"
    return row, step


def _made_already(session: Session, event_id: int, client_id: str | None) -> EvacuationStep | None:
    """What this very form has said already."""
    if client_id is None:
        return None
    one = EvacuationStep
    return session.scalar(select(one).where(one.event_id == event_id, one.client_id == client_id, one.act == "enter"))


def _row_of(session: Session, actor: Actor, event: HazardEvent, stated: ExtraHousehold) -> Evacuation:
    """The row of the family, a new one for whom is not on the list; Conflict for who is moved already."""
    head, found = stated.head, registered(session, stated.area, stated.head, stated.house_code)
    if found is None:
        if is_named(session, event.id, stated.area, head):
            raise fault("head", f"“{head}”已在转移名单上。如是另一户，请在姓名后注明位置，如“{head}（村西）”。")
        return join_list(
            session, actor, event, scope_code=stated.area, named=head, what=None, people=None, is_told=True
        )
    house, family = found
    number = is_listed(session, event.id, household_id=family.id, house_id=house.id)
    if number is None:
        return join_list(
            session,
            actor,
            event,
            scope_code=house.scope_code,
            house_id=house.id,
            household_id=family.id,
            what=None,
            people=size_of(family.persons),
            is_told=True,
        )
    row = locked_row(session, event.id, number, actor.scope)
    if row.state in MOVED:
        raise Conflict(f"{head}家已在转移名单上，请在名单里登记。", faults=[Fault(None, "head", None, str(number))])
    return row
