"""From an event to tasks: respond, revise, change the phase. Set-based, repeatable, one at a time for each event (D14)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import COUNTY_DIGITS
from geo_housing.calls.night import left_to_call
from geo_housing.conclusions.homeward import unsafe_houses
from geo_housing.conclusions.queries import required_risks, signed_houses, waiting_count
from geo_housing.conclusions.unsafe import unsafe_count
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed
from geo_housing.evacuation.still_to_name import to_name
from geo_housing.evacuation.sums import moved_of_due
from geo_housing.hazards import concerned
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.ground_phase import BEFORE_AFTERMATH
from geo_housing.hazards.grounds import entered_grounds
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.service import lock_event, replace_zones, require_whole_event
from geo_housing.hazards.sources import ZoneSource
from geo_housing.hazards.storing import Zoned
from geo_housing.hazards.told_only import told_only
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.inspections import opening
from geo_housing.inspections.again import houses_to_see_again
from geo_housing.inspections.opening import Opening
from geo_housing.inspections.queries import state_counts
from geo_housing.journal.service import Subject, record, reserve_entry
from geo_housing.orders.service import end_with_event
from geo_housing.response import listing
from geo_housing.response.grounds import enter_grounds, opening_of, opening_of_left, warned_again_last
from geo_housing.response.listing import ListMoves
from geo_housing.response.phases import RESPOND_IN, WORKING_PHASES, Open, step
from geo_housing.response.worked_on import worked_on
from geo_housing.scope import AreaScope
from geo_housing.words import EVENT_PHASE

UNFINISHED = ("prepared", "open", "in_progress")


@dataclass(frozen=True)
class Responded:
    """What 下达任务 did, in 栋: ``opened`` new or reopened, ``kept`` standing before, ``uncertain`` among both.

    ``evacuation`` is what became of the list of those to be moved, in 户.
    """

    event: int
    opened: int
    kept: int
    withdrawn: int
    uncertain: int
    evacuation: ListMoves = field(default_factory=ListMoves)


@dataclass(frozen=True)
class Revised:
    """A new revision of the zones: what it opened at once, and what only the next respond would withdraw.

    ``fetched`` had returned and are to be fetched once more, because their ground is warned again.
    """

    zoned: Zoned
    opened: int
    to_withdraw: int
    fetched: Heads = NOBODY


@dataclass(frozen=True)
class PhaseChanged:
    """The event's phase and its inspections (栋) by state."""

    event: int
    phase: str
    inspections: dict[str, int]


class TooManyAtOnce(Exception):
    """More houses than somebody waits for; nothing has been changed. ``revision``: of the zones that were meant."""

    def __init__(self, revision: int) -> None:
        self.revision = revision


def respond(
    session: Session,
    actor: Actor,
    event_id: int,
    *,
    area: str | None = None,
    even_if_expired: bool = False,
    revision: int | None = None,
    most: int | None = None,
    told_too: bool = False,
) -> Responded:
    """下达转移避险和灾后应急排查任务 within the actor's area (or ``area`` in it); repeatable.

    One inspection per affected house, uncertain ones too; what left the zones and is not begun is withdrawn. Two who
    press at once come one after the other: the event's row is locked. ``revision`` is the one whose figures were read:
    Conflict when the zones are others by now, because nobody confirms a withdrawal that they have not seen. TooManyAtOnce
    when more than ``most`` houses are concerned. ``told_too``: also houses of which one is only told (hazards/told_only.py).
    """
    _may_respond(actor)
    scope = actor.scope.narrowed(area)
    event = lock_event(session, event_id)
    if revision is not None and event.revision != revision:
        raise Conflict("影响范围刚被别人改过，没有下达。请核对下面新的数字，再按一次。")
    _check_respond(event, clock.now(), even_if_expired=even_if_expired)
    batch = reserve_entry(session)
    areas = [scope.lo]
    found = concerned.collect(session, event_id, scope, areas=areas)
    if most is not None and found.houses > most:
        raise TooManyAtOnce(event.revision)
    _take_over(session, actor, event)
    passed_over = frozenset() if told_too else passed_over_by_respond(session, event, scope)
    what = _opening(session, event, batch, scope, passed_over)
    opening.decide_collected(session)
    changed = opening.bring_in_step(session, what)
    # Withdrawn before opened: it then looks only through what stood before.
    withdrawn = opening.withdraw_left(session, what, scope, areas=areas, spared=worked_on(session, event_id))
    opened = opening.open_added(session, what)
    opening.start_prepared(session, what)
    moves = listing.bring_in_step(
        session, actor, event, batch_id=batch, at=what.at, scope=scope, areas=areas, withdraws=True
    )
    event.responded_at = event.responded_at or what.at
    event.responded_areas = joined([*(event.responded_areas or ()), *areas])
    event.version += 1
    session.flush()
    _, left_out = opening.count_missing(session, event_id, passed_over)
    done = Responded(event_id, opened, found.houses - opened - left_out, withdrawn, found.uncertain, moves)
    record(
        session,
        actor,
        "response.respond",
        Subject("event", str(event_id), _subject_scope(event, scope)),
        counts={
            "opened": opened,
            "kept": done.kept,
            "withdrawn": withdrawn,
            "uncertain": found.uncertain,
            "changed": changed,
            "revision": event.revision,
            **_said(moves),
        },
        entry_id=batch,
    )
    return done


def revise_zones(
    session: Session,
    actor: Actor,
    event_id: int,
    source: ZoneSource,
    *,
    via: str,
    level: str | None = None,
    revision: int | None = None,
    adds: bool = False,
) -> Revised:
    """Replace an event's zones, or add to them; where tasks were given, added houses get theirs at once, nothing is withdrawn yet.

    Conflict when the zones are no longer those of ``revision``, which was read.
    """
    if revision is not None and (present := lock_event(session, event_id).revision) != revision:
        raise Conflict(f"影响范围刚被改过，现在是第 {present} 版，您的没有保存。请核对后再提交。")
    zoned = replace_zones(session, actor, event_id, source, via=via, level=level, adds=adds)
    return open_added_houses(session, actor, zoned)


def open_added_houses(session: Session, actor: Actor, zoned: Zoned, *, by_warning: bool = False) -> Revised:
    """After a new revision: where tasks were given, added houses get theirs at once; what left is counted, not withdrawn.

    Houses of which one is only told get none by a warning, nor by a person whose event stands above that.
    """
    event_id = zoned.event_id
    event = lock_event(session, event_id)
    areas = event.responded_areas or []
    if not areas or event.phase not in RESPOND_IN:
        return Revised(zoned, 0, 0)
    batch = reserve_entry(session)
    found = concerned.collect(session, event_id, actor.scope, areas=areas)
    _take_over(session, actor, event)
    levels = told_only(session, event)
    passed_over = levels if by_warning or event.level not in levels else frozenset[str]()
    what = _opening(session, event, batch, actor.scope, passed_over)
    opening.decide_collected(session)
    changed = opening.bring_in_step(session, what)
    opened = opening.open_added(session, what)
    _, left_out = opening.count_missing(session, event_id, passed_over)
    moves = listing.bring_in_step(
        session, actor, event, batch_id=batch, at=what.at, scope=actor.scope, areas=areas, withdraws=False
    )
    left = opening.count_left(session, event_id, actor.scope, areas=areas, spared=worked_on(session, event_id))
    record(
        session,
        actor,
        "response.grow",
        Subject("event", str(event_id), event.scope_code),
        counts={
            "opened": opened,
            "kept": found.houses - opened - left_out,
            "to_withdraw": left,
            "uncertain": found.uncertain,
            "changed": changed,
            "revision": event.revision,
            **_said(moves),
        },
        entry_id=batch,
    )
    return Revised(zoned, opened, left)


def change_phase(
    session: Session,
    actor: Actor,
    event_id: int,
    phase: str,
    *,
    reason: str | None = None,
    areas: Sequence[str] | None = None,
) -> PhaseChanged:
    """Lead an event into its next phase; 误发撤销 withdraws what is not begun.

    Entering 灾后排查 opens what waits on every ground that has not entered for itself (response/grounds.py); with ``areas``
    only those enter, and the event stays where it is.
    """
    _may_respond(actor)
    wanted = EVENT_PHASE.code(phase)
    if areas is not None:
        if wanted not in WORKING_PHASES:
            raise BadInput("只有“灾后排查”可以分乡镇进入；其他阶段请不要写乡镇（命令行去掉 --area）。")
        entered = enter_grounds(session, actor, event_id, areas, reason=reason)
        return PhaseChanged(event_id, wanted, entered.inspections)
    event = lock_event(session, event_id)
    require_whole_event(actor, event)
    if wanted == "mistaken" != event.phase and not may_call_off(actor):
        raise NotAllowed("误发撤销只能由县级账号办理；值班员、乡镇请写明情况，报县住建局或应急局撤销。")
    if wanted == event.phase:
        return PhaseChanged(event_id, wanted, state_counts(session, event_id, actor.scope))
    before = state_counts(session, event_id, actor.scope)
    left = open_at(session, event, actor.scope, before) if wanted == "closed" else Open()
    asked = step(event.phase, wanted, open_=left)
    said = (reason or "").strip() or None
    if asked.refusal:
        raise Conflict(asked.refusal)
    if asked.needs_reason and said is None:
        raise BadInput(asked.needs_reason)
    batch = reserve_entry(session)
    early = entered_grounds(session, event)
    old, event.phase = event.phase, wanted
    moment = clock.now()
    if wanted == "aftermath":
        # Warned again and over again: what was seen in the second storm was seen before this moment.
        event.aftermath_at = moment if old in BEFORE_AFTERMATH else event.aftermath_at or moment
        grounds = opening.grounds_worked_on(session, event_id)
        what = opening_of(session, event, batch, actor.scope, grounds=grounds, at=moment)
        if old in BEFORE_AFTERMATH:
            anew = [code for code in grounds if code not in early]
            opening.reopen_harmless(session, event_id, anew, at=moment)
            opening.restart_due(session, what, warned_again_last(session, event, anew))
        opening.start_prepared(session, what)
    elif wanted == "mistaken":
        opening.withdraw_all(session, event_id, moment, spared=signed_houses(session, event_id))
        grounds = opening.grounds_worked_on(session, event_id)
        opening.start_prepared(session, opening_of_left(session, event, batch, grounds=grounds, at=moment))
        unsafe = unsafe_houses(session, event)
        listing.withdraw_all(session, actor, event, batch_id=batch, at=moment, spared=unsafe)
        end_with_event(session, actor, event_id, reason=said or "")
    event.closed_at = moment if wanted in ENDED_PHASES else None
    event.version += 1
    session.flush()
    after = state_counts(session, event_id, actor.scope)
    record(
        session,
        actor,
        "response.phase",
        Subject("event", str(event_id), event.scope_code),
        counts=dict(after),
        diff={"phase": [old, wanted]},
        note=said,
        entry_id=batch,
    )
    return PhaseChanged(event_id, wanted, after)


def may_call_off(actor: Actor) -> bool:
    """Whether 误发撤销 is the actor's: a person of the county, no township and no officer of a shift."""
    return actor.may("events.call_off") and len(actor.scope.prefix) <= COUNTY_DIGITS


def open_at(session: Session, event: HazardEvent, scope: AreaScope, states: Mapping[str, int]) -> Open:
    """What an event has open within the scope; ``states`` are its inspections there."""
    moved, due = moved_of_due(session, event.id, scope)
    signed, needed = waiting_count(session, event.id, scope, required_risks(session, event.scope_code))
    return Open(
        unfinished=sum(states[state] for state in UNFINISHED),
        not_moved=due - moved,
        unsafe=unsafe_count(session, scope, event_id=event.id),
        again=sum(houses_to_see_again(session, event.id, scope).values()),
        calls=left_to_call(session, event, scope),
        to_name=to_name(session, event, scope),
        to_conclude=needed - signed,
    )


def _take_over(session: Session, actor: Actor, event: HazardEvent) -> None:
    """Make the event that of the area around all houses collected, when they lie beyond the one that made it.

    A township's event is not seen by its neighbour, who must see the tasks that are given there now.
    """
    if not actor.scope.covers(event.scope_code):
        return
    found = concerned.areas_beyond(session, event.scope_code)
    before = event.scope_code
    around = (before[:length] for length in (9, 6, 4, 2) if length < len(before))
    code = next((one for one in around if all(area.startswith(one) for area in found)), None)
    if not found or code is None or not actor.scope.covers(code):
        return
    if session.scalar(select(func.event_taken_over(event.id, code))):
        session.refresh(event)
        diff = {"scope_code": [before, code]}
        record(session, actor, "response.take_over", Subject("event", str(event.id), code), diff=diff)


def joined(areas: Iterable[str]) -> list[str]:
    """The fewest prefixes that cover the same areas; '0' covers all."""
    distinct = sorted(set(areas))
    if "0" in distinct:
        return ["0"]
    return [code for n, code in enumerate(distinct) if not any(code.startswith(other) for other in distinct[:n])]


def _opening(
    session: Session, event: HazardEvent, batch: int, scope: AreaScope, passed_over: frozenset[str]
) -> Opening:
    """Under what the houses collected get their inspections."""
    grounds = concerned.grounds_collected(session)
    return opening_of(session, event, batch, scope, grounds=grounds, told_only=passed_over)


def passed_over_by_respond(session: Session, event: HazardEvent, scope: AreaScope) -> frozenset[str]:
    """The levels whose houses a respond leaves out; none where one is only told of the whole event and nothing was given yet."""
    levels = told_only(session, event)
    given = any(code == "0" or scope.lo.startswith(code) for code in event.responded_areas or ())
    return frozenset() if event.level in levels and not given else levels


def _said(moves: ListMoves) -> dict[str, int]:
    """The list of those to be moved in the journal."""
    return {"moves_opened": moves.opened, "moves_kept": moves.kept, "moves_withdrawn": moves.withdrawn}


def _subject_scope(event: HazardEvent, scope: AreaScope) -> str:
    return scope.prefix if scope.prefix.startswith(event.scope_code) else event.scope_code


def _may_respond(actor: Actor) -> None:
    if not actor.may("events.respond"):
        raise NotAllowed("您没有下达任务和变更事件阶段的权限。")


def _check_respond(event: HazardEvent, at: datetime, *, even_if_expired: bool) -> None:
    status = event.message_status or "Actual"
    if status != "Actual":
        raise Conflict(
            f"这条预警消息的状态是 {status}（演习、测试或草稿），不能据此下达任务。需要演练的，请另建性质为“演练”的事件。"
        )
    if event.phase == "draft":
        raise Conflict("事件还没有确认，请先把阶段改为“预警响应”，再下达任务。")
    if event.phase not in RESPOND_IN:
        raise Conflict(f"事件已{EVENT_PHASE.label(event.phase)}，不能再下达任务；请新建事件。")
    if event.expires_at is not None and event.expires_at < at and not even_if_expired and event.responded_at is None:
        raise Conflict(
            f"这条预警已于 {event.expires_at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M} 失效；确需下达任务的，请确认仍然有效后再下达（命令行加 --expired）。"
        )
