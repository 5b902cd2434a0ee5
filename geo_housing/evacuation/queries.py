"""Reading 转移避险: one row and its changes, who stands on a list, who must be moved by the settings."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from geo_housing import clock
from geo_housing.area_codes import TOWNSHIP_DIGITS
from geo_housing.errors import NotFound
from geo_housing.evacuation.models import Evacuation, EvacuationStep
from geo_housing.evacuation.rule import SETTING_OF, MovePolicy, policy_of
from geo_housing.evacuation.states import CALLED_BACK, MOVED, NOT_HOME
from geo_housing.hazards.freezing import begin_entry
from geo_housing.policy.queries import effective
from geo_housing.scope import AreaScope


def move_policy(session: Session, area_code: str) -> MovePolicy:
    """Who must be moved in an area, as the settings say today."""
    today = clock.today()
    return policy_of({key: effective(session, key, area_code=area_code, on=today).value for key in SETTING_OF})


def not_moved_of(event_id: ColumnElement[int] | InstrumentedAttribute[int], scope: AreaScope) -> ColumnElement[bool]:
    """Whether somebody on the list of an event is not moved yet within the scope, as a condition."""
    one = Evacuation
    return exists().where(one.event_id == event_id, one.state.not_in(MOVED), one.withdrawn_at.is_(None), within(scope))


def standing_on(session: Session, event_id: int, scope: AreaScope, *, grounds: Sequence[str] | None) -> int:
    """How many households of the scope stand on the list; of these grounds (townships) alone, None: of all."""
    one = Evacuation
    wanted = select(func.count()).where(one.event_id == event_id, one.withdrawn_at.is_(None), within(scope))
    if grounds is not None:
        if not grounds:
            return 0
        wanted = wanted.where(func.left(one.scope_code, TOWNSHIP_DIGITS).in_(grounds))
    return session.execute(wanted).scalar_one()


def houses_left(session: Session, event_id: int) -> list[int]:
    """Houses that families of the list have left, or that a person reported: they go home, or stay there, once these are looked at."""
    one = Evacuation
    wanted = select(one.house_id).where(
        one.event_id == event_id,
        one.withdrawn_at.is_(None),
        one.begun_at.is_not(None),
        or_(one.state.in_(MOVED), one.origin == "extra"),
        one.house_id.is_not(None),
    )
    return [house for house in session.scalars(wanted.distinct()) if house is not None]


def has_rows(session: Session, event_id: int) -> bool:
    """Whether anybody that the actor sees is on the list of the event, or was."""
    return bool(session.scalar(select(select(Evacuation.id).where(Evacuation.event_id == event_id).exists())))


def locked_row(session: Session, event_id: int, row_id: int, scope: AreaScope) -> Evacuation:
    """One row, locked until the transaction ends; NotFound outside the scope."""
    begin_entry(session)
    found = session.scalar(
        select(Evacuation)
        .where(Evacuation.id == row_id, Evacuation.event_id == event_id, within(scope))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(f"转移名单上没有 {row_id} 号，或不在您的管辖范围内。")
    return found


def locked_rows(session: Session, event_id: int, ids: Iterable[int], scope: AreaScope) -> list[Evacuation]:
    """Those of the rows that are within the scope, locked in the order of their numbers."""
    begin_entry(session)
    return list(
        session.scalars(
            select(Evacuation)
            .where(Evacuation.id.in_(list(ids)), Evacuation.event_id == event_id, within(scope))
            .order_by(Evacuation.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def last_step(session: Session, row_id: int) -> EvacuationStep | None:
    """The last change of a row."""
    return session.scalar(
        select(EvacuationStep).where(EvacuationStep.evacuation_id == row_id).order_by(EvacuationStep.id.desc()).limit(1)
    )


def was_called_back(session: Session, row_id: int) -> bool:
    """Whether the household was home and had to be fetched once more, see evacuation/fetching.py."""
    one = EvacuationStep
    back = select(one.id).where(one.evacuation_id == row_id, one.act.in_(CALLED_BACK))
    return bool(session.scalar(select(back.exists())))


def moved_before_return(session: Session, row_id: int) -> datetime | None:
    """When a household that has returned had been moved; None where nobody said it."""
    one = EvacuationStep
    step = session.scalar(
        select(one)
        .where(one.evacuation_id == row_id, one.state_after == "returned", one.state_before.in_(NOT_HOME))
        .order_by(one.id.desc())
        .limit(1)
    )
    told = ((step.changes or {}).get("moved_at") or (None,))[0] if step is not None else None
    return datetime.fromisoformat(told) if told else None


def zero_people(session: Session, ids: Iterable[int], scope: AreaScope) -> list[int]:
    """Of these rows those that say 0人 and are not moved: nobody moves them at once with others."""
    one = Evacuation
    wanted = select(one.id).where(one.id.in_(list(ids)), one.people == 0, one.state.not_in(MOVED), within(scope))
    return list(session.scalars(wanted.order_by(one.id)))


def steps_of(session: Session, row_id: int, scope: AreaScope) -> list[EvacuationStep]:
    """Every change of a row, the newest first."""
    one = EvacuationStep
    return list(
        session.scalars(
            select(one)
            .where(one.evacuation_id == row_id, one.scope_code >= scope.lo, one.scope_code < scope.hi)
            .order_by(one.id.desc())
        )
    )


def within(scope: AreaScope) -> ColumnElement[bool]:
    """Rows of the scope."""
    return and_(Evacuation.scope_code >= scope.lo, Evacuation.scope_code < scope.hi)


def is_listed(session: Session, event_id: int, *, household_id: int | None, house_id: int | None) -> int | None:
    """The row under which a family, or a house without one, stands on the list; None when it does not."""
    same = (
        Evacuation.household_id == household_id
        if household_id is not None
        else and_(Evacuation.household_id.is_(None), Evacuation.house_id == house_id)
    )
    return session.scalar(
        select(Evacuation.id).where(Evacuation.event_id == event_id, Evacuation.withdrawn_at.is_(None), same)
    )


def households_listed(session: Session, event_id: int, household_ids: Iterable[int]) -> set[int]:
    """Which of these families stand on the list."""
    wanted = select(Evacuation.household_id).where(
        Evacuation.event_id == event_id,
        Evacuation.withdrawn_at.is_(None),
        Evacuation.household_id.in_(list(household_ids)),
    )
    return {found for found in session.scalars(wanted) if found is not None}
