"""Reading shifts with what was handed over. Grants carry no policy for reading: whose shifts are seen is decided here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.accounts.grants import Shift, scope_of
from geo_housing.accounts.models import Grant, User
from geo_housing.accounts.queries import display_names, held
from geo_housing.areas.queries import names_of
from geo_housing.clock import BEIJING, now
from geo_housing.duty.models import Handover, Takeover
from geo_housing.duty.standing import COMING, WAITING, Standing, standing
from geo_housing.errors import NotFound
from geo_housing.scope import AreaScope

# How far back the page looks, and how long the reminder of a shift that nobody took over stands on every page.
SHOWN = timedelta(days=14)
STILL_WAITS = timedelta(hours=24)


@dataclass(frozen=True)
class ShiftLine:
    """One shift: whose, where, when, how it stands, what was left and who went on."""

    grant_id: int
    user_id: int
    officer: str
    area_code: str
    shift: Shift
    standing: Standing
    handover: Handover | None
    takeover: Takeover | None
    # Who went on, who is meant to.
    successor: str | None

    @property
    def until_field(self) -> str:
        """The planned end as a field of a form takes it."""
        return f"{self.shift.planned_end.astimezone(BEIJING):%Y-%m-%dT%H:%M}"


def shift_lines(session: Session, scope: AreaScope, at: datetime) -> list[ShiftLine]:
    """Shifts of ``scope`` of the last days, present and coming ones, the latest first."""
    wanted = (
        select(Grant, User.display_name)
        .join(User, User.id == Grant.user_id)
        .where(Grant.shift_from.is_not(None), Grant.shift_to > at - SHOWN)
        .order_by(Grant.shift_from.desc(), Grant.id.desc())
    )
    rows = [row for row in session.execute(wanted) if scope.covers(scope_of(row.Grant.area_code).prefix)]
    ids = [row.Grant.id for row in rows]
    handovers = {
        one.grant_id: one
        for one in session.scalars(select(Handover).where(Handover.grant_id.in_(ids)).order_by(Handover.id))
    }
    takeovers = {one.grant_id: one for one in session.scalars(select(Takeover).where(Takeover.grant_id.in_(ids)))}
    people = {one.user_id for one in takeovers.values()} | {
        one.to_user_id for one in handovers.values() if one.to_user_id is not None
    }
    names = display_names(session, people)
    return [
        _line(row.Grant, row.display_name, handovers.get(row.Grant.id), takeovers.get(row.Grant.id), names, at)
        for row in rows
    ]


def _line(
    grant: Grant,
    officer: str,
    handover: Handover | None,
    takeover: Takeover | None,
    names: dict[int, str],
    at: datetime,
) -> ShiftLine:
    shift = held(grant).shift
    assert shift is not None, "only shifts are asked for"
    goes_on = takeover.user_id if takeover else handover.to_user_id if handover else None
    return ShiftLine(
        grant.id,
        grant.user_id,
        officer,
        grant.area_code,
        shift,
        standing(shift, at, is_handed_over=handover is not None, is_taken_over=takeover is not None),
        handover,
        takeover,
        names.get(goes_on) if goes_on is not None else None,
    )


def names_of_shifts(session: Session, lines: list[ShiftLine]) -> dict[str, str]:
    """Names of the divisions of the shifts."""
    return names_of(session, {line.area_code for line in lines})


def locked_shift(session: Session, grant_id: int, scope: AreaScope) -> Grant:
    """The grant of a shift within ``scope``, locked: its end is written by one after the other. NotFound for any other."""
    grant = session.scalar(
        select(Grant)
        .where(Grant.id == grant_id, Grant.shift_from.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if grant is None or not scope.covers(scope_of(grant.area_code).prefix):
        raise NotFound("没有这个班次，或它不在您的管辖范围内。")
    return grant


def last_handover(session: Session, grant_id: int) -> Handover | None:
    """What was handed over of a shift, the last of it."""
    return session.scalar(select(Handover).where(Handover.grant_id == grant_id).order_by(Handover.id.desc()).limit(1))


def takeover_of(session: Session, grant_id: int) -> Takeover | None:
    """Who went on from a shift."""
    return session.scalar(select(Takeover).where(Takeover.grant_id == grant_id))


def waiting_lines(lines: list[ShiftLine], user_id: int | None) -> list[ShiftLine]:
    """Shifts of others that somebody must go on from."""
    return [line for line in lines if line.standing.word in WAITING and line.user_id != user_id]


def successors(lines: list[ShiftLine], own: ShiftLine, at: datetime) -> list[ShiftLine]:
    """Whose turn is next: others who are on duty for longer than oneself, then those who come."""
    others = [line for line in lines if line.user_id != own.user_id]
    ready = [line for line in others if line.standing.word == COMING or line.shift.holds_at(at)]
    longer = [line for line in ready if line.shift.planned_end > own.shift.planned_end]
    return sorted(longer, key=lambda line: line.shift.begins)


def known_press(session: Session, actor_name: str, client_id: str | None) -> Handover | None:
    """The handover that this press made before."""
    if not client_id:
        return None
    return session.scalar(select(Handover).where(Handover.given_by == actor_name, Handover.client_id == client_id))


def others_on_duty(session: Session, scope: AreaScope, user_id: int) -> set[int]:
    """Accounts in use, other than this one, that the page of ``scope`` shows with a shift: nobody else may be named."""
    shown = {line.user_id for line in shift_lines(session, scope, now())} - {user_id}
    return set(session.scalars(select(User.id).where(User.id.in_(shown), User.disabled_at.is_(None))))
