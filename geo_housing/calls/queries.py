"""Reading the night's calls: which divisions are to be called, the calls as they stand, or stood at a moment."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS
from geo_housing.calls.board import Made
from geo_housing.calls.models import Call, CallChange
from geo_housing.errors import NotFound
from geo_housing.hazards.grounds import codes_of, grounds_touched, last_entries
from geo_housing.hazards.models import HazardEvent, ZoneRevision
from geo_housing.hazards.out_of_range import out_of_range
from geo_housing.hazards.received import warnings_of
from geo_housing.hazards.told_only import told_only
from geo_housing.policy.queries import effective
from geo_housing.scope import AreaScope

NEXT_AFTER, REPLY_AFTER = "calls.next_after_minutes", "calls.reply_minutes"


@dataclass(frozen=True)
class CalledDivision:
    """One division to be called. ``is_concerned`` False: called before, and not to be called any more.

    ``has_left``: zones touched it, and none does any more, though houses of doubtful place may still count there.
    """

    code: str
    name: str
    is_concerned: bool
    # 栋 whose place is disputed and that count here: the only reason, where no zone touches the division.
    disputed: int = 0
    has_left: bool = False


# What is said anew to whoever was called before; that a warning goes on, or falls, is not.
_TOLD_ANEW = ("issue", "upgrade")


def warned_last(
    session: Session, event_id: int, codes: Collection[str], *, as_of: datetime | None = None
) -> dict[str, datetime]:
    """When each division was warned last: by a new or higher warning that names it, or since its ground was taken back."""
    found: dict[str, datetime] = {}
    for one in warnings_of(session, event_id):
        if one.action not in _TOLD_ANEW or (as_of is not None and one.received_at > as_of):
            continue
        if one.ended_by is not None and one.ended_by < one.id:
            # It was passed on late, when its lift was there already.
            continue
        # A message names no divisions, its zones do.
        named = codes_of(one) or (() if one.areas else grounds_touched(session, [one.id]))
        for code in codes:
            if not named or any(code.startswith(other) or other.startswith(code) for other in named):
                found[code] = max(one.received_at, found.get(code, one.received_at))
    for ground, last in last_entries(session, [event_id], as_of=as_of).get(event_id, {}).items():
        for code in codes if last.phase == "warning" else ():
            if code.startswith(ground):
                found[code] = max(last.at, found.get(code, last.at))
    return found


@dataclass(frozen=True)
class Entry:
    """One call as it stands, or stood at a moment."""

    id: int
    scope_code: str
    way: str
    contact_id: int | None
    name: str
    role: str | None
    number_masked: str | None
    called_at: datetime
    called_by: str
    state: str
    answered_at: datetime | None
    said: str | None
    reply_by: datetime | None
    replied_at: datetime | None
    reply: str | None
    version: int
    tells_left: bool

    @property
    def made(self) -> Made:
        """What the board needs to know of it."""
        return Made(
            self.id,
            self.contact_id,
            self.state,
            self.called_at,
            self.reply_by,
            has_replied=self.replied_at is not None,
            answered_at=self.answered_at,
            tells_left=self.tells_left,
        )


# Divisions that a zone touches or was chosen by, houses or not: a register may lack some, a call costs a minute. Houses
# that are looked for in two villages bring in the one that counts them.
_PLACES = text("""
    WITH within AS (
        SELECT a.area_code AS code, bool_or(coalesce(z.level, 'ungraded') <> ALL (CAST(:told_only AS text[]))) AS calls
        FROM hazard_zone z JOIN hazard_zone_area a ON a.zone_id = z.id
        WHERE z.event_id = :event GROUP BY 1
    ), touched AS (
        SELECT code FROM within WHERE calls
    ), looked_for AS (
        SELECT left(h.scope_code, :length) AS code, count(*)::int AS houses FROM house h
        WHERE h.declared_code <> h.scope_code AND h.ended_on IS NULL AND h.location_state <> 'located'
          AND h.declared_code IN (SELECT code FROM touched)
        GROUP BY 1
    ), concerned AS (
        SELECT left(code, :length) AS code FROM touched
        UNION
        SELECT code FROM looked_for
    ), called AS (
        SELECT DISTINCT left(c.scope_code, :length) AS code FROM call c
        WHERE c.event_id = :event AND length(c.scope_code) = :length AND NOT c.is_void
    )
    SELECT a.code, a.name, (a.valid_to IS NULL AND a.code IN (SELECT code FROM concerned)) AS is_concerned,
        CASE WHEN a.code IN (SELECT left(code, :length) FROM touched) THEN 0
            ELSE coalesce((SELECT l.houses FROM looked_for l WHERE l.code = a.code), 0) END AS disputed,
        a.code IN (SELECT left(code, :length) FROM within) AS is_touched
    FROM area a
    WHERE length(a.code) = :length AND a.code >= :lo AND a.code < :hi
      AND (a.code IN (SELECT code FROM called) OR (a.valid_to IS NULL AND a.code IN (SELECT code FROM concerned)))
    ORDER BY a.code
""")


def called_length(scope: AreaScope) -> int:
    """How long the codes of those are whom somebody calls: a county calls townships, a township villages."""
    return TOWNSHIP_DIGITS if len(scope.prefix) < TOWNSHIP_DIGITS else VILLAGE_DIGITS


def places_to_call(
    session: Session, event_id: int, scope: AreaScope, *, length: int | None = None
) -> list[CalledDivision]:
    """The divisions below ``scope`` that the event concerns, and those that were called before.

    ``length``: of their codes, where others are asked for than those whom one calls oneself. Ground of which one is only told
    is not called, unless the event as a whole stands no higher.
    """
    bound: dict[str, object] = {
        "event": event_id,
        "length": length or called_length(scope),
        "lo": scope.lo,
        "hi": scope.hi,
    }
    event = session.get_one(HazardEvent, event_id)
    levels = told_only(session, event)
    bound["told_only"] = [] if event.level in levels else sorted(levels)
    found = session.execute(_PLACES, bound).all()
    left = out_of_range(session, [event_id], [row.code for row in found if not row.is_touched], also_ended=True)
    return [
        CalledDivision(row.code, row.name, row.is_concerned, row.disputed, (event_id, row.code) in left)
        for row in found
    ]


def redrawn_at(session: Session, event_id: int) -> datetime:
    """When the zones of the event were changed last."""
    wanted = select(func.max(ZoneRevision.made_at)).where(ZoneRevision.event_id == event_id)
    return session.execute(wanted).scalar_one()


def event_of(session: Session, event_id: int, scope: AreaScope) -> HazardEvent:
    """The event; NotFound when it does not concern the scope."""
    own = and_(HazardEvent.scope_code >= scope.lo, HazardEvent.scope_code < scope.hi)
    above = func.starts_with(scope.lo, HazardEvent.scope_code)
    found = session.scalar(select(HazardEvent).where(HazardEvent.id == event_id, or_(own, above)))
    if found is None:
        raise NotFound(f"没有 {event_id} 号事件，或不在您的管辖范围内。")
    return found


def entries(session: Session, event_id: int, scope: AreaScope, *, as_of: datetime | None = None) -> list[Entry]:
    """The calls of an event within ``scope`` in the order in which they were made; mistaken presses are none.

    ``as_of``: as they were known at that moment, whatever was corrected since.
    """
    wanted = and_(Call.event_id == event_id, Call.scope_code >= scope.lo, Call.scope_code < scope.hi)
    if as_of is None:
        return [_present(call) for call in session.scalars(select(Call).where(wanted, ~Call.is_void).order_by(Call.id))]
    rows = session.execute(
        select(Call, CallChange)
        .join(CallChange, CallChange.call_id == Call.id)
        .where(wanted, CallChange.at <= as_of)
        .ext(distinct_on(Call.id))
        .order_by(Call.id, CallChange.id.desc())
    ).all()
    return [_stood(call, change) for call, change in rows if not change.is_void]


def call_in(session: Session, call_id: int, scope: AreaScope, *, locked: bool = False) -> Call:
    """One call, pressed by mistake or not; NotFound outside the scope."""
    wanted = select(Call).where(Call.id == call_id, Call.scope_code >= scope.lo, Call.scope_code < scope.hi)
    if locked:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("没有这次呼叫的记录，或不在您的管辖范围内。")
    return found


def last_call(session: Session, event_id: int, code: str) -> Call | None:
    """The latest call of a division that was really made."""
    return session.scalar(
        select(Call)
        .where(Call.event_id == event_id, Call.scope_code == code, ~Call.is_void)
        .order_by(Call.id.desc())
        .limit(1)
    )


def changes_of(session: Session, call_id: int) -> list[CallChange]:
    """The presses upon a call, the first one first."""
    wanted = select(CallChange).where(CallChange.call_id == call_id).order_by(CallChange.id)
    return list(session.scalars(wanted))


def known_press(session: Session, client_id: str | None) -> CallChange | None:
    """The press that has arrived before under this id."""
    if client_id is None:
        return None
    return session.scalar(select(CallChange).where(CallChange.client_id == client_id))


def calls_by_place(found: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The calls of each division."""
    by_place: dict[str, list[Entry]] = {}
    for entry in found:
        by_place.setdefault(entry.scope_code, []).append(entry)
    return by_place


def next_after(session: Session, scope: AreaScope) -> timedelta:
    """How long nobody answers before the next name is called."""
    return _minutes(session, NEXT_AFTER, scope)


def reply_after(session: Session, scope: AreaScope) -> timedelta:
    """How long those have who were reached to report back."""
    return _minutes(session, REPLY_AFTER, scope)


def _minutes(session: Session, key: str, scope: AreaScope) -> timedelta:
    return timedelta(minutes=int(effective(session, key, area_code=scope.lo, on=clock.today()).value))


def _present(call: Call) -> Entry:
    return Entry(
        call.id, call.scope_code, call.way, call.contact_id, call.name, call.role, call.number_masked, call.called_at,
        call.called_by, call.state, call.answered_at, call.said, call.reply_by, call.replied_at, call.reply, call.version,
        call.tells_left,
    )  # fmt: skip


def _stood(call: Call, then: CallChange) -> Entry:
    return Entry(
        call.id, call.scope_code, call.way, call.contact_id, call.name, call.role, call.number_masked, call.called_at,
        call.called_by, then.state, then.answered_at, then.said, then.reply_by, then.replied_at, then.reply, call.version,
        call.tells_left,
    )  # fmt: skip
