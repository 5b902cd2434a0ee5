"""Reading which grounds of an event have entered 灾后排查, now or as of an earlier moment, and noting that one has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.hazards.ground_phase import BEFORE_AFTERMATH, Warned, ground_of, phase_of_ground
from geo_housing.hazards.models import EventGround, HazardEvent, HazardWarning
from geo_housing.hazards.received import Received, present_zones, warnings_of


@dataclass(frozen=True)
class Entered:
    """The last entry of a ground: it entered, or was warned again (``phase``), when and by whom."""

    event_id: int
    code: str
    phase: str
    at: datetime
    made_by: str
    reason: str | None


_LAST = text("""
    SELECT DISTINCT ON (event_id, scope_code) event_id, scope_code AS code, phase, at, made_by, reason
    FROM event_ground
    WHERE event_id = ANY (:events) AND (CAST(:as_of AS timestamptz) IS NULL OR at <= CAST(:as_of AS timestamptz))
    ORDER BY event_id, scope_code, id DESC
""")
_AGAIN = text("""
    SELECT scope_code AS code, max(at) AS at FROM event_ground
    WHERE event_id = :event AND phase = 'warning' AND (CAST(:as_of AS timestamptz) IS NULL OR at <= CAST(:as_of AS timestamptz))
    GROUP BY 1
""")
_TOUCHED = text("""
    SELECT DISTINCT left(a.area_code, 9) AS code
    FROM hazard_zone z JOIN hazard_zone_area a ON a.zone_id = z.id
    WHERE z.warning_id = ANY (:warnings) AND length(a.area_code) >= 9
    UNION
    -- A county that was chosen as a whole.
    SELECT t.code FROM hazard_zone z JOIN hazard_zone_area a ON a.zone_id = z.id AND length(a.area_code) < 9 AND a.whole
    JOIN area t ON t.level = 'township' AND starts_with(t.code, a.area_code)
    WHERE z.warning_id = ANY (:warnings)
""")


def last_entries(
    session: Session, events: Sequence[int], *, as_of: datetime | None = None
) -> dict[int, dict[str, Entered]]:
    """The last entry of each ground that has one, by event and ground; as far as the reader's area sees them."""
    found: dict[int, dict[str, Entered]] = {}
    for row in session.execute(_LAST, {"events": list(events), "as_of": as_of}):
        found.setdefault(row.event_id, {})[row.code] = Entered(**row._mapping)
    return found


def warned_again_at(session: Session, event_id: int, *, as_of: datetime | None = None) -> dict[str, datetime]:
    """When each ground that was in 灾后排查 was warned again the last time, as far as the reader's area sees them."""
    return {row.code: row.at for row in session.execute(_AGAIN, {"event": event_id, "as_of": as_of})}


def entered_grounds(session: Session, event: HazardEvent) -> set[str]:
    """Grounds that are in 灾后排查 before the event is."""
    if event.phase not in BEFORE_AFTERMATH:
        return set()
    return {
        code
        for code, last in last_entries(session, [event.id]).get(event.id, {}).items()
        if phase_of_ground(event.phase, last.phase) == "aftermath"
    }


def phase_at(session: Session, event: HazardEvent, code: str) -> str:
    """The phase in which an event is at a division: that of its ground; above the grounds that of the event."""
    return "aftermath" if ground_of(code) in entered_grounds(session, event) else event.phase


# An event that is made in 灾后排查 had nothing before it to be seen in.
_MADE_AT_ONCE = timedelta(minutes=1)


def aftermath_since(session: Session, event: HazardEvent, code: str) -> datetime | None:
    """When 灾后排查 began at a division; None before it has, and where an event (a quake) begins with it."""
    if event.aftermath_at is not None and event.aftermath_at - event.created_at < _MADE_AT_ONCE:
        return None
    last = last_entries(session, [event.id]).get(event.id, {}).get(ground_of(code))
    if last is not None and last.phase == "aftermath":
        return last.at
    return None if event.phase in BEFORE_AFTERMATH else event.aftermath_at


def note_grounds(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    codes: Sequence[str],
    *,
    phase: str,
    at: datetime,
    batch_id: int,
    reason: str | None = None,
    warning_id: int | None = None,
) -> None:
    """Add an entry for each of the grounds; callers hold the event's row and have looked where they stand."""
    rows = [
        {
            "event_id": event.id,
            "scope_code": code,
            "phase": phase,
            "at": at,
            "reason": reason,
            "warning_id": warning_id,
            "made_by": actor.label or actor.name,
            "batch_id": batch_id,
        }
        for code in codes
    ]
    if rows:
        session.execute(insert(EventGround), rows)


def codes_of(received: Received | HazardWarning) -> tuple[str, ...]:
    """The divisions that a warning names and that were not lifted when it came."""
    return tuple(area["code"] for area in received.areas or () if area.get("code") and not area.get("lifted"))


def warned(session: Session, event_id: int, *, as_of: datetime | None = None) -> list[Warned]:
    """The warnings of an event with the divisions that each names; a message, which names none, by its zones that stand.

    ``as_of``: those that had been received by then, and what had ended them.
    """

    def known(at: datetime | None) -> bool:
        return at is not None and (as_of is None or at <= as_of)

    standing = _standing(session, event_id)
    return [
        Warned(
            one.id,
            one.action,
            one.kind,
            codes_of(one) or (() if one.areas or one.action == "lift" else standing.get(one.id, ())),
            known(one.ended_at),
            one.issuer,
            one.ended_by if known(one.ended_at) else None,
            one.level,
            one.issued_at or one.received_at,
            one.expires_at,
            standing.get(one.id, ()),
        )
        for one in warnings_of(session, event_id)
        if known(one.received_at)
    ]


def _standing(session: Session, event_id: int) -> dict[int, tuple[str, ...]]:
    """By warning the divisions of its present zones: as they were chosen, or the grounds that what is drawn touches."""
    found: dict[int, set[str]] = {}
    drawn: set[int] = set()
    for zone in present_zones(session, event_id):
        if zone.warning_id is not None and zone.code is not None:
            found.setdefault(zone.warning_id, set()).add(zone.code)
        elif zone.warning_id is not None:
            drawn.add(zone.warning_id)
    for warning in drawn:
        found.setdefault(warning, set()).update(grounds_touched(session, [warning]))
    return {warning: tuple(sorted(codes)) for warning, codes in found.items()}


def grounds_touched(session: Session, warnings: Sequence[int]) -> set[str]:
    """Grounds that the present zones of warnings name or touch."""
    return set(session.scalars(_TOUCHED, {"warnings": list(warnings)}))
