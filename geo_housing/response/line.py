"""The line under the top bar: the open events that concern one's own area, with what is left to do there."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import TOWNSHIP_DIGITS
from geo_housing.hazards.ground_phase import ground_of, phase_of_ground
from geo_housing.hazards.grounds import Entered, last_entries
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.over import LIFTED, OUT_OF_RANGE, over_events
from geo_housing.hazards.queries import concerns
from geo_housing.hazards.received import levels_in_force
from geo_housing.response.listing import LISTING_PHASES
from geo_housing.response.queries import EventEntry, events_page
from geo_housing.scope import AreaScope
from geo_housing.words import EVENT_PHASE, WARNING_LEVEL

# Open events that are looked through for the line.
MOST_LOOKED_AT = 20
LEVELS = tuple(WARNING_LEVEL)
# No colour is in force at the reader's division.
NOT_WARNED = (LIFTED, OUT_OF_RANGE)


@dataclass(frozen=True)
class EventLine:
    """暴雨（暴雨红色预警） · 灾后排查 · 待排查 1,204 · 逾期 14: the name may be cut on a phone, how it stands may not.

    ``level`` is the highest in force; ``ungraded``, without a colour, where all warnings are lifted or the reader's division has left the zones. ``short`` is the name
    with its level, for the strip of further events.
    """

    event_id: int
    level: str
    is_drill: bool
    name: str
    short: str
    standing: str


def event_lines(session: Session, scope: AreaScope) -> list[EventLine]:
    """The open events with tasks in ``scope``, or whose zones concern houses there, the gravest first.

    A drill comes after everything real. What is being worked on leads, whatever warnings came since; a warning that expired
    before anybody answered it stands last. Then by level, what is overdue, and the newest.
    """
    worked_on = events_page(session, scope, only_open=True, only_worked_on=True, limit=MOST_LOOKED_AT)
    newest = events_page(session, scope, only_open=True, limit=MOST_LOOKED_AT)
    entries = {entry.event.id: entry for entry in (*worked_on, *newest)}
    last = last_entries(session, list(entries))
    over = over_events(session, [entry.event for entry in entries.values()], scope.prefix)
    in_force = levels_in_force(session, [entry.event for entry in entries.values()])
    now = {code: "ungraded" if over[code] in NOT_WARNED else level for code, level in in_force.items()}
    return [
        line_of(
            entry,
            phase_said(entry.event, scope, last.get(entry.event.id, {})),
            level=now[entry.event.id],
            over=over[entry.event.id],
        )
        for entry in sorted(entries.values(), key=lambda entry: _gravity(entry, now[entry.event.id]))
        if _concerns(session, entry, scope)
    ]


def phase_said(event: HazardEvent, scope: AreaScope, last: Mapping[str, Entered]) -> str:
    """The phase as the reader sees it: that of their own township; above it, how many have entered before the event."""
    phases = {code: phase_of_ground(event.phase, entry.phase) for code, entry in last.items()}
    if len(scope.prefix) >= TOWNSHIP_DIGITS:
        return EVENT_PHASE.label(phases.get(ground_of(scope.prefix), event.phase))
    early = sum(phase != event.phase for phase in phases.values())
    return EVENT_PHASE.label(event.phase) + (f"（{early} 乡镇灾后排查）" if early else "")


def _gravity(entry: EventEntry, level: str) -> tuple[bool, int, int, int, int]:
    event = entry.event
    rank = LEVELS.index(level) if level in LEVELS else len(LEVELS)
    return event.mode == "drill", _standing(entry), rank, -entry.overdue, -event.id


def _standing(entry: EventEntry) -> int:
    """0 for what is being worked on, 1 for what waits, 2 for a warning that is over and was never answered."""
    event = entry.event
    if entry.states.get("open") or entry.states.get("in_progress") or entry.not_moved:
        return 0
    is_over = event.expires_at is not None and event.expires_at < clock.now() and event.responded_at is None
    return 2 if is_over else 1


def line_of(entry: EventEntry, phase: str, *, level: str, over: str) -> EventLine:
    """What the line says of one event; ``phase`` as its reader sees it, ``over``: how its warnings are over there."""
    event, states = entry.event, entry.states
    word, highest = WARNING_LEVEL.label(level), WARNING_LEVEL.label(event.level)
    is_highest = level == event.level
    # The headline of a message says it already; a colour that no warning has any more is said of the past alone.
    if level == "ungraded" or (f"{word}预警" in event.name and is_highest):
        graded = short = ""
    elif is_highest:
        graded, short = f"（{entry.kind_label}{word}预警）", f"（{word}）"
    else:
        graded, short = f"（{entry.kind_label}{word}预警，最高{highest}）", f"（{word}，最高{highest}）"
    if over == LIFTED and event.level != "ungraded":
        over = f"{over}（最高{highest}）"
    parts = [*((over,) if over else ()), phase]
    # Lives first; that nobody is left is said while it may still change.
    if entry.not_moved is not None and (entry.not_moved or event.phase in LISTING_PHASES):
        parts.append(f"待转移 {entry.not_moved:,}")
    waiting = states.get("open", 0) + states.get("in_progress", 0)
    if states.get("prepared"):
        parts.append(f"待开始 {states['prepared']:,}")
    if waiting:
        parts.append(f"待排查 {waiting:,}")
    if entry.overdue:
        parts.append(f"逾期 {entry.overdue:,}")
    return EventLine(
        event.id, level, event.mode == "drill", f"{event.name}{graded}", f"{event.name}{short}", " · ".join(parts)
    )


def _concerns(session: Session, entry: EventEntry, scope: AreaScope) -> bool:
    """Whoever leads an event sees it; below them, those who have tasks of it or houses in its zones."""
    if scope.covers(entry.event.scope_code) or any(n for state, n in entry.states.items() if state != "withdrawn"):
        return True
    return concerns(session, entry.event.id, scope)
