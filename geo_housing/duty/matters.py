"""What is open at the end of a shift: the figures of the open events, as the next officer must know them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import is_township
from geo_housing.calls.board import ANSWERED, LIFTED, board_of
from geo_housing.calls.queries import calls_by_place, entries, places_to_call
from geo_housing.calls.standing import calls_matter, to_be_called
from geo_housing.conclusions.queries import required_risks, waiting_count
from geo_housing.conclusions.unsafe import unsafe_by_event
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.over import LIFTED as WARNING_LIFTED
from geo_housing.hazards.over import OUT_OF_RANGE, over_events
from geo_housing.hazards.received import levels_in_force
from geo_housing.inspections.loose.queries import waiting_counts
from geo_housing.response.grounds import grounds_of
from geo_housing.response.queries import EventEntry, events_page
from geo_housing.response.reports.service import reports_of
from geo_housing.scope import AreaScope
from geo_housing.words import EVENT_PHASE, WARNING_LEVEL

MOST_EVENTS = 20
# Places that nobody has reached, by name.
MOST_NAMED = 6
LISTING_PHASES = ("warning", "ongoing")


def open_matters(session: Session, scope: AreaScope) -> dict[str, Any]:
    """Every open event of ``scope`` with what is not done; what each figure means stands in ``parts_of``.

    As plain values, because they are frozen with the handover. Drills come last, with their mode, and stand in no sum.
    ``after_the_end``: events that are over and families of which are not safely housed yet.
    """
    found = events_page(session, scope, only_open=True, limit=MOST_EVENTS)
    found.sort(key=lambda entry: entry.event.mode == "drill")
    unsafe = {number: (name, houses) for number, name, houses in unsafe_by_event(session, scope)}
    here = {entry.event.id for entry in found}
    return {
        "as_of": clock.now().isoformat(timespec="seconds"),
        "events": [_event(session, scope, entry, unsafe.get(entry.event.id, ("", 0))[1]) for entry in found],
        "after_the_end": [
            {"event": number, "name": name, "unsafe": houses}
            for number, (name, houses) in unsafe.items()
            if number not in here
        ],
    }


def _event(session: Session, scope: AreaScope, entry: EventEntry, unsafe: int) -> dict[str, Any]:
    event, states = entry.event, entry.states
    by_place = calls_by_place(entries(session, event.id, scope))
    places = places_to_call(session, event.id, scope)
    names = {place.code: place.name for place in places}
    board = board_of(to_be_called(session, event.id, places, by_place), now=clock.now(), next_after=timedelta.max)
    moves = totals(session, event.id, scope).total if entry.not_moved is not None else None
    by_state = moves.by_state if moves else {}
    signed, needed = waiting_count(session, event.id, scope, required_risks(session, event.scope_code))
    over = over_events(session, [event], scope.prefix)[event.id]
    lifted = event.phase in LISTING_PHASES and over == WARNING_LIFTED
    return {
        "event": event.id,
        "name": event.name,
        "mode": event.mode,
        "level": event.level,
        # In force at this moment; None where all warnings are lifted, or the division has left the zones.
        "level_now": None if over in (WARNING_LIFTED, OUT_OF_RANGE) else levels_in_force(session, [event])[event.id],
        "out_of_range": over == OUT_OF_RANGE,
        "phase": event.phase,
        # Received as a message or begun by hand, and nobody has confirmed it.
        "unconfirmed": event.phase == "draft",
        # Whoever was not called has not been reached, either.
        "to_call": board.total,
        "not_reached": board.total - board.reached,
        "calls_matter": calls_matter(event, by_place),
        "unreached": [
            names[row.code] for row in board.rows if row.state not in (ANSWERED, LIFTED) and not row.has_left
        ][:MOST_NAMED],
        "late_replies": sum(row.is_reply_late for row in board.rows),
        "not_moved": entry.not_moved,
        "refused": by_state["refused"].households if "refused" in by_state else 0,
        "unreachable": by_state["unreachable"].households if "unreachable" in by_state else 0,
        # 户 told by telephone as moved whom nobody has named.
        "to_name": moves.unnamed.households if moves else 0,
        "prepared": states.get("prepared", 0),
        "to_inspect": states.get("open", 0) + states.get("in_progress", 0),
        "overdue": entry.overdue,
        "to_conclude": needed - signed,
        # 栋 that fell or are not fit to live in, and whose families are not safely housed.
        "unsafe": unsafe,
        # Nobody has said yet that the inspections begin: the warning is over, everywhere or in some townships alone.
        "lifted": lifted,
        "expired": event.phase in LISTING_PHASES and over not in (WARNING_LIFTED, OUT_OF_RANGE) and _has_expired(event),
        "lifted_grounds": [] if lifted else _lifted_grounds(session, scope, entry),
        "photos": sum(waiting_counts(session, event.id, scope).values()),
        "draft_reports": sum(one.is_draft for one in reports_of(session, event.id, scope)),
    }


def _has_expired(event: HazardEvent) -> bool:
    return event.expires_at is not None and event.expires_at < clock.now()


def _lifted_grounds(session: Session, scope: AreaScope, entry: EventEntry) -> list[str]:
    """Names of the townships whose warning is lifted and which have not entered 灾后排查."""
    if entry.event.phase not in LISTING_PHASES:
        return []
    grounds = grounds_of(session, entry.event, scope)
    return [one.name for one in grounds if is_township(one.code) and one.is_lifted and not one.has_entered]


def note_of(figures: Mapping[str, Any]) -> str:
    """The note that stands in the form before anybody writes: a line for each event."""
    lines = [line_of(event) for event in figures["events"]]
    lines += [after_end_of(event) for event in figures.get("after_the_end", ())]
    return "\n".join(lines) or "没有在办的灾害事件。"


def line_of(event: Mapping[str, Any]) -> str:
    """One event in a sentence: 暴雨（红色） · 预警响应：叫应未接通 2 个（共 6 个），未转 12 户."""
    name = f"{event['name']}{_level_said(event)}"
    drill = "【演练】" if event["mode"] == "drill" else ""
    return f"{drill}{name} · {EVENT_PHASE.label(event['phase'])}：{'，'.join(parts_of(event)) or '没有未办事项'}。"


def after_end_of(event: Mapping[str, Any]) -> str:
    """Of an event that is no longer open: 某过程（已不在办）：尚未安全居住 2 栋."""
    return f"{event['name']}（已不在办）：尚未安全居住 {event['unsafe']:,} 栋。"


def _level_said(event: Mapping[str, Any]) -> str:
    """（橙色，最高红色）: what is in force, as the event's page has it; empty of an event without a level."""
    if event["level"] == "ungraded":
        return ""
    if event.get("out_of_range"):
        return f"（{OUT_OF_RANGE}）"
    highest = WARNING_LEVEL.label(event["level"])
    # What an earlier handover kept knows the highest alone.
    now = event.get("level_now", event["level"])
    if now is None:
        return f"（预警已解除，最高{highest}）"
    return f"（{highest}）" if now == event["level"] else f"（{WARNING_LEVEL.label(now)}，最高{highest}）"


def parts_of(event: Mapping[str, Any]) -> list[str]:
    """What is open in one event, lives first; what an earlier handover did not count is not said of it."""
    parts = []
    if event.get("unconfirmed"):
        parts.append("事件待确认")
    # What an earlier handover kept knows of calls of the night alone.
    if event["not_reached"] and event.get("calls_matter", event["phase"] in LISTING_PHASES):
        parts.append(f"叫应未接通 {event['not_reached']:,} 个（共 {event['to_call']:,} 个）")
        if unreached := event.get("unreached"):
            more = "等" if event["not_reached"] > len(unreached) else ""
            parts.append(f"未接通的是 {'、'.join(unreached)}{more}")
    if event["late_replies"]:
        parts.append(f"到时未回报 {event['late_replies']:,} 个")
    if event["not_moved"]:
        parts.append(f"未转 {event['not_moved']:,} 户")
    if event.get("refused"):
        parts.append(f"其中拒绝转移 {event['refused']:,} 户")
    if event.get("unreachable"):
        parts.append(f"其中联系不上 {event['unreachable']:,} 户")
    if event.get("to_name"):
        parts.append(f"电话报数待补录姓名 {event['to_name']:,} 户")
    if event.get("unsafe"):
        parts.append(f"尚未安全居住 {event['unsafe']:,} 栋")
    if event["to_inspect"]:
        parts.append(f"待排查 {event['to_inspect']:,} 栋")
    if event["overdue"]:
        parts.append(f"其中逾期 {event['overdue']:,} 栋")
    if event["prepared"]:
        parts.append(f"待开始排查 {event['prepared']:,} 栋")
    if event.get("to_conclude"):
        parts.append(f"待评估 {event['to_conclude']:,} 栋")
    if event["lifted"]:
        parts.append("预警已解除，待转入灾后排查")
    if event.get("expired"):
        parts.append("预警已过有效期，请核对是否解除")
    if event.get("lifted_grounds"):
        parts.append(f"{'、'.join(event['lifted_grounds'])} 预警已解除，待转入灾后排查")
    if event.get("photos"):
        parts.append(f"照片待归户 {event['photos']:,} 张")
    if event.get("draft_reports"):
        parts.append(f"报告未定稿 {event['draft_reports']:,} 份")
    return parts
