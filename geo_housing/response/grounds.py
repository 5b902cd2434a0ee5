"""A township enters 灾后排查 for its own ground, earlier or later than the others; a new warning takes it back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.areas.queries import names_of
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed
from geo_housing.evacuation.fetching import fetch_from_grounds
from geo_housing.evacuation.queries import move_policy
from geo_housing.hazards.ground_phase import (
    BEFORE_AFTERMATH,
    EXPIRED,
    IN_FORCE,
    LIFTED,
    OUTSIDE,
    WARNS_AGAIN,
    ground_of,
    phase_of_ground,
    warned_there,
)
from geo_housing.hazards.grounds import (
    Entered,
    codes_of,
    entered_grounds,
    grounds_touched,
    last_entries,
    note_grounds,
    warned,
)
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.out_of_range import out_of_range
from geo_housing.hazards.over import has_expired
from geo_housing.hazards.received import Received
from geo_housing.hazards.service import lock_event
from geo_housing.hazards.sources import ZoneDraft
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.inspections import opening
from geo_housing.inspections.opening import Hours, Opening
from geo_housing.inspections.queries import staffed_villages, state_counts
from geo_housing.journal.service import Subject, record, reserve_entry
from geo_housing.policy.queries import effective
from geo_housing.response.phases import WORKING_PHASES
from geo_housing.scope import EVERYWHERE, AreaScope
from geo_housing.words import EVENT_PHASE


@dataclass(frozen=True)
class Ground:
    """The ground of one township in an event: its phase, since when and by whom where it differs, inspections in 栋.

    ``was_warned_again``: it had entered and a later warning took it back. ``is_lifted``: no warning is in force there.
    ``warned``: how it stands by its warnings, one of ground_phase, empty for an event without any.
    """

    code: str
    name: str
    phase: str
    at: datetime | None
    made_by: str | None
    was_warned_again: bool
    is_lifted: bool
    prepared: int
    warned: str = ""

    @property
    def has_entered(self) -> bool:
        """Whether time runs there."""
        return self.phase in WORKING_PHASES


@dataclass(frozen=True)
class GroundsEntered:
    """What entering did: the grounds that are new in 灾后排查, and all inspections (栋) by state."""

    event: int
    grounds: tuple[str, ...]
    started: int
    inspections: dict[str, int]


_ZONED = text("""
    SELECT DISTINCT left(a.area_code, 9) AS code
    FROM hazard_zone z JOIN hazard_zone_area a ON a.zone_id = z.id
    WHERE z.event_id = :event AND length(a.area_code) >= 9 AND a.area_code >= :lo AND a.area_code < :hi
""")
_WAITING = text("""
    SELECT left(scope_code, 9) AS code, coalesce(sum(houses) FILTER (WHERE state = 'prepared'), 0) AS prepared
    FROM inspection_count
    WHERE event_id = :event AND state <> 'withdrawn' AND scope_code >= :lo AND scope_code < :hi
    GROUP BY 1 HAVING sum(houses) > 0
""")


def grounds_of(session: Session, event: HazardEvent, scope: AreaScope) -> list[Ground]:
    """The grounds that an event's zones name or touch, and those that it has inspections on, by code."""
    bound = {"event": event.id, "lo": scope.lo, "hi": scope.hi}
    waiting = {row.code: row.prepared for row in session.execute(_WAITING, bound)}
    codes = sorted({*session.scalars(_ZONED, bound), *waiting})
    last = last_entries(session, [event.id]).get(event.id, {})
    warnings, now, is_past = warned(session, event.id), clock.now(), has_expired(event)
    names, out = names_of(session, codes), out_of_range(session, [event.id], codes)
    found = []
    for code in codes:
        entry = last.get(code)
        phase = phase_of_ground(event.phase, entry.phase if entry else None)
        # Once the event has entered, its own moment is that of whoever had not entered before.
        is_own = entry is not None and (event.phase in BEFORE_AFTERMATH or entry.phase == "aftermath")
        own = entry if is_own else None
        # Of a mistake nothing is or was in force.
        stand = warned_there(code, warnings, now=now) if warnings and event.phase != "mistaken" else ""
        if (event.id, code) in out and stand != LIFTED:
            stand = OUTSIDE
        if is_past and stand in ("", IN_FORCE):
            stand = EXPIRED
        found.append(
            Ground(
                code,
                names.get(code, code),
                phase,
                own.at if own else event.aftermath_at if phase in WORKING_PHASES else None,
                own.made_by if own else None,
                entry is not None and entry.phase == "warning" and event.phase in BEFORE_AFTERMATH,
                stand == LIFTED,
                waiting.get(code, 0),
                stand,
            )
        )
    return found


def early_grounds(session: Session, event: HazardEvent) -> dict[str, Entered]:
    """When which grounds have entered before the event; nothing once the event itself has."""
    if event.phase not in BEFORE_AFTERMATH:
        return {}
    last = last_entries(session, [event.id]).get(event.id, {})
    return {code: entry for code, entry in last.items() if entry.phase in WORKING_PHASES}


def enter_grounds(
    session: Session, actor: Actor, event_id: int, areas: Sequence[str], *, reason: str | None = None
) -> GroundsEntered:
    """Let grounds enter 灾后排查 before the event does; those that have entered stay as they are.

    What waits there is open from now on, with the times of each ground's own settings; what was open and is not done has them anew
    where the ground was warned again. NotAllowed outside one's area.
    """
    if not actor.may("events.respond"):
        raise NotAllowed("您没有下达任务和变更事件阶段的权限。")
    event = lock_event(session, event_id)
    known = {ground.code: ground for ground in grounds_of(session, event, actor.scope)}
    wanted = sorted({ground_of(code) for code in areas})
    for code in wanted:
        if not actor.scope.covers(code):
            raise NotAllowed("只能让本辖区的乡镇进入灾后排查；其他乡镇由它自己或县里办理。")
        if code not in known:
            raise BadInput(f"{code} 不在这个事件的影响范围内，不用进入灾后排查。请核对乡镇。")
    if not wanted:
        raise BadInput("还没有选择乡镇。请勾选要进入灾后排查的乡镇。")
    if event.phase not in BEFORE_AFTERMATH and event.phase not in WORKING_PHASES:
        raise Conflict(f"事件处于“{EVENT_PHASE.label(event.phase)}”，乡镇不能单独进入灾后排查。")
    fresh = [code for code in wanted if not known[code].has_entered]
    if not fresh:
        return GroundsEntered(event_id, (), 0, state_counts(session, event_id, actor.scope))
    batch, at = reserve_entry(session), clock.now()
    said = (reason or "").strip() or None
    note_grounds(session, actor, event, fresh, phase="aftermath", at=at, batch_id=batch, reason=said)
    if event.phase in BEFORE_AFTERMATH:
        opening.reopen_harmless(session, event.id, fresh, at=at)
    what = opening_of(session, event, batch, actor.scope, grounds=fresh, at=at)
    opening.restart_due(session, what, [code for code in fresh if known[code].was_warned_again])
    started = opening.start_prepared(session, what)
    # A township notes it upon the county's event, too: whoever looks at it sees that something has changed.
    event.version += 1
    session.flush()
    for n, code in enumerate(fresh):
        record(
            session,
            actor,
            "response.ground",
            Subject("event", str(event_id), code),
            counts={"inspections": known[code].prepared},
            diff={"ground": [None, known[code].name], "phase": [known[code].phase, "aftermath"]},
            note=said,
            batch_id=batch,
            entry_id=None if n else batch,
        )
    return GroundsEntered(event_id, tuple(fresh), started, state_counts(session, event_id, actor.scope))


def warned_again_last(session: Session, event: HazardEvent, codes: Iterable[str]) -> list[str]:
    """Those of the grounds that were in 灾后排查 and that a warning has taken back since."""
    last = last_entries(session, [event.id]).get(event.id, {})
    return [code for code in codes if code in last and last[code].phase == "warning"]


def grounds_in_aftermath(session: Session, event: HazardEvent) -> set[str]:
    """Grounds in 灾后排查: those that have entered, and all of an event that has as a whole."""
    if event.phase not in WORKING_PHASES:
        return entered_grounds(session, event)
    bound = {"event": event.id, "lo": EVERYWHERE.lo, "hi": EVERYWHERE.hi}
    return {*session.scalars(_ZONED, bound), *(row.code for row in session.execute(_WAITING, bound))}


# Which of these grounds shapes lie on.
_DRAWN_OVER = text("""
    SELECT DISTINCT t.code FROM divisions_touched(
        ARRAY(SELECT ST_GeomFromWKB(w, 4490) FROM unnest(CAST(:shapes AS bytea[])) AS w), CAST(:codes AS text[])) t
""")


@dataclass(frozen=True)
class NamedAgain:
    """Grounds in 灾后排查 that a warning names: those that it takes back, and those that ``stay`` as they are.

    ``leaves_others``: further ones are in 灾后排查 that it does not name.

    Only a warning of a kind and level that lists who must be moved takes back; a blue one is to be known, and moves nobody.
    """

    back: frozenset[str] = frozenset()
    stay: frozenset[str] = frozenset()
    leaves_others: bool = False


def would_warn_again(
    session: Session,
    event: HazardEvent,
    received: Received,
    warnings: Sequence[int],
    *,
    zones: Sequence[ZoneDraft] = (),
    entered: set[str] | None = None,
) -> NamedAgain:
    """Grounds in 灾后排查 that a warning names, or else that the zones of ``warnings`` touch, and whether it takes them back.

    ``zones`` are its own ones, while they are not stored. ``entered`` are those in 灾后排查, as they were
    before the warning. What is told of a quake warns of nothing, and what its lift has overtaken neither.
    """
    if received.action not in WARNS_AGAIN or received.kind == "earthquake" or received.lifted_by is not None:
        return NamedAgain()
    entered = grounds_in_aftermath(session, event) if entered is None else entered
    found = frozenset(_named(session, entered, received, warnings, zones))
    policy = move_policy(session, event.scope_code)
    moves = policy.makes_list(received.kind) and (received.level or "ungraded") in policy.levels
    return NamedAgain(back=found, leaves_others=bool(entered - found)) if moves else NamedAgain(stay=found)


def _named(
    session: Session, entered: set[str], received: Received, warnings: Sequence[int], zones: Sequence[ZoneDraft]
) -> set[str]:
    named = codes_of(received)
    if named or received.areas:
        return {code for code in entered if any(code.startswith(one) or one.startswith(code) for one in named)}
    touched = grounds_touched(session, warnings) | {zone.whole_area for zone in zones if zone.whole_area}
    if drawn := [zone.geom for zone in zones if zone.geom is not None and zone.whole_area is None]:
        shapes = {"shapes": [shapely.to_wkb(one) for one in drawn], "codes": sorted(entered)}
        touched |= set(session.scalars(_DRAWN_OVER, shapes))
    return {code for code in entered if any(code.startswith(one) or one.startswith(code) for one in touched)}


def warn_again(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    received: Received,
    warning_id: int,
    ends: Sequence[int],
    entered: set[str],
) -> Heads:
    """A warning that joined the event takes back the grounds that it names, of those that had ``entered`` before it.

    One that moves nobody takes none back. Nothing that was given or begun there is touched; what is opened there from now on
    waits. Who has returned there is to be fetched once more. When the ground enters again, what was harmless is looked at again
    and due times run anew.
    """
    again = would_warn_again(session, event, received, [warning_id, *ends], entered=entered).back
    if not again:
        return NOBODY
    batch = reserve_entry(session)
    codes = sorted(again)
    at, names = clock.now(), names_of(session, codes)
    if is_whole := event.phase in WORKING_PHASES:
        _take_event_back(session, actor, event, entered - again, at=at, batch_id=batch)
    note_grounds(session, actor, event, codes, phase="warning", at=at, batch_id=batch, warning_id=warning_id)
    for n, code in enumerate(codes):
        record(
            session,
            actor,
            "response.ground",
            Subject("event", str(event.id), code),
            diff={"ground": [None, names.get(code, code)], "phase": ["aftermath", event.phase]},
            batch_id=batch,
            entry_id=None if n or is_whole else batch,
        )
    return fetch_from_grounds(session, actor, event.id, codes, at=at, batch_id=batch)


def _take_event_back(
    session: Session, actor: Actor, event: HazardEvent, left: set[str], *, at: datetime, batch_id: int
) -> None:
    """An event in 灾后排查 is in 预警响应 once more; the grounds that are ``left`` stay where they were."""
    last = last_entries(session, [event.id]).get(event.id, {})
    fresh = [code for code in sorted(left) if code not in last or last[code].phase != "aftermath"]
    note_grounds(session, actor, event, fresh, phase="aftermath", at=event.aftermath_at or at, batch_id=batch_id)
    old, event.phase = event.phase, "warning"
    event.version += 1
    session.flush()
    record(
        session,
        actor,
        "response.phase",
        Subject("event", str(event.id), event.scope_code),
        diff={"phase": [old, event.phase]},
        entry_id=batch_id,
    )


def opening_of(
    session: Session,
    event: HazardEvent,
    batch: int,
    scope: AreaScope,
    *,
    grounds: Iterable[str],
    at: datetime | None = None,
    told_only: frozenset[str] = frozenset(),
) -> Opening:
    """Under what inspections are opened now on ``grounds``: on those in 灾后排查 time runs from this moment."""
    before = event.phase in BEFORE_AFTERMATH
    running = set(grounds) & entered_grounds(session, event) if before else set(grounds)
    if not before and event.phase not in WORKING_PHASES:
        running = set()
    hours = {code: _hours(session, code) for code in running}
    staffed = tuple(staffed_villages(session, scope))
    return Opening(event.id, event.revision, batch, at or clock.now(), hours, staffed, told_only)


def opening_of_left(
    session: Session, event: HazardEvent, batch: int, *, grounds: Iterable[str], at: datetime
) -> Opening:
    """Under what the inspections go on that 误发撤销 leaves, begun or reported: in no phase of the event."""
    hours = {code: _hours(session, code) for code in grounds}
    return Opening(event.id, event.revision, batch, at, hours, (), frozenset())


def _hours(session: Session, ground: str) -> Hours:
    value = effective(session, "inspection.due_hours", area_code=ground, on=clock.today()).value
    return int(value[0]), int(value[1]), int(value[2])
