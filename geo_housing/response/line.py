"""The line under the top bar: the open events that concern one's own area, with what is left to do there."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from geo_housing.hazards.queries import affected
from geo_housing.response.queries import EventEntry, events_page
from geo_housing.scope import AreaScope
from geo_housing.words import EVENT_PHASE, WARNING_LEVEL

# Lines at most, and open events that are looked through for them.
MOST_LINES = 3
MOST_LOOKED_AT = 20


@dataclass(frozen=True)
class EventLine:
    """暴雨（暴雨红色预警） · 灾后排查 · 待排查 1,204 · 逾期 14: the name may be cut on a phone, how it stands may not."""

    event_id: int
    level: str
    is_drill: bool
    name: str
    standing: str


def event_lines(session: Session, scope: AreaScope) -> list[EventLine]:
    """The newest open events with tasks in ``scope``, or whose zones concern houses there."""
    open_events = events_page(session, scope, only_open=True, limit=MOST_LOOKED_AT)
    lines: list[EventLine] = []
    for entry in open_events:
        if len(lines) < MOST_LINES and _concerns(session, entry, scope):
            lines.append(line_of(entry))
    return lines


def line_of(entry: EventEntry) -> EventLine:
    """What the line says of one event."""
    event, states = entry.event, entry.states
    level = "" if event.level == "ungraded" else f"（{entry.kind_label}{WARNING_LEVEL.label(event.level)}预警）"
    parts = [EVENT_PHASE.label(event.phase)]
    waiting = states.get("open", 0) + states.get("in_progress", 0)
    if states.get("prepared"):
        parts.append(f"待开始 {states['prepared']:,}")
    if waiting:
        parts.append(f"待排查 {waiting:,}")
    if entry.overdue:
        parts.append(f"逾期 {entry.overdue:,}")
    return EventLine(event.id, event.level, event.mode == "drill", f"{event.name}{level}", " · ".join(parts))


def _concerns(session: Session, entry: EventEntry, scope: AreaScope) -> bool:
    """Whoever leads an event sees it; below him, those who have tasks of it or houses in its zones."""
    if scope.covers(entry.event.scope_code) or any(n for state, n in entry.states.items() if state != "withdrawn"):
        return True
    found = affected(session, entry.event.id, scope)
    return bool(found.houses or found.uncertain)
