"""What of an event was so at an earlier moment: its phase, its zones and whom they held, who had to be called."""

from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geo_housing.calls.board import board_of
from geo_housing.calls.queries import calls_by_place, entries, places_to_call
from geo_housing.calls.standing import to_be_called
from geo_housing.evacuation.elsewhere import BOUND
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.queries import Affected, affected_by_revision
from geo_housing.houses.heads import Heads
from geo_housing.journal.queries import Wanted
from geo_housing.journal.queries import entries as journal
from geo_housing.scope import AreaScope

# Divisions of the zones before are not kept: who had to be called then is known as long as nobody has drawn anew.
_REDRAWN_SINCE = "SELECT EXISTS (SELECT FROM zone_revision WHERE event_id = :event AND made_at > :at)"
_REVISION = "SELECT coalesce(max(n), 1) FROM zone_revision WHERE event_id = :event AND made_at <= :at"
# Before its first step after that moment a row stood as this step found it; its shelter as the first that changed it.
SHELTERS_THEN = """
    SELECT count(DISTINCT t.shelter) FROM (
        SELECT coalesce(s.state_before, e.state) AS state, coalesce(s.counts_before, e.withdrawn_at IS NULL) AS counts,
            CASE WHEN c.step IS NULL THEN e.shelter_id ELSE c.shelter END AS shelter
        FROM evacuation e
        LEFT JOIN LATERAL (
            SELECT state_before, counts_before FROM evacuation_step
            WHERE evacuation_id = e.id AND at > :at ORDER BY id LIMIT 1
        ) s ON true
        LEFT JOIN LATERAL (
            SELECT id AS step, CAST(changes -> 'shelter_id' ->> 0 AS bigint) AS shelter FROM evacuation_step
            WHERE evacuation_id = e.id AND at > :at AND changes ? 'shelter_id' ORDER BY id LIMIT 1
        ) c ON true
        WHERE e.event_id = :event AND e.scope_code >= :lo AND e.scope_code < :hi AND e.opened_at <= :at
    ) t
    WHERE t.counts AND t.state = 'moved_to_shelter'
"""

# Moved, and nobody had told where to: no shelter and no place, as it was known then.
UNPLACED_THEN = """
    SELECT substr(t.scope_code, 1, 9) AS code, count(*) AS households, coalesce(sum(t.people), 0) AS people,
        count(*) FILTER (WHERE t.people IS NULL) AS unsized
    FROM (
        SELECT e.scope_code, coalesce(s.state_before, e.state) AS state,
            coalesce(s.counts_before, e.withdrawn_at IS NULL) AS counts,
            CASE WHEN s.id IS NULL THEN e.people ELSE s.people_before END AS people,
            CASE WHEN c.id IS NULL THEN e.shelter_id ELSE c.shelter END AS shelter,
            CASE WHEN d.id IS NULL THEN e.destination ELSE d.destination END AS destination
        FROM evacuation e
        LEFT JOIN LATERAL (
            SELECT id, state_before, people_before, counts_before FROM evacuation_step
            WHERE evacuation_id = e.id AND at > :at ORDER BY id LIMIT 1
        ) s ON true
        LEFT JOIN LATERAL (
            SELECT id, CAST(changes -> 'shelter_id' ->> 0 AS bigint) AS shelter FROM evacuation_step
            WHERE evacuation_id = e.id AND at > :at AND changes ? 'shelter_id' ORDER BY id LIMIT 1
        ) c ON true
        LEFT JOIN LATERAL (
            SELECT id, changes -> 'destination' ->> 0 AS destination FROM evacuation_step
            WHERE evacuation_id = e.id AND at > :at AND changes ? 'destination' ORDER BY id LIMIT 1
        ) d ON true
        WHERE e.event_id = :event AND e.scope_code >= :lo AND e.scope_code < :hi AND e.opened_at <= :at
    ) t
    WHERE t.counts AND t.state = 'moved_to_shelter' AND t.shelter IS NULL AND t.destination IS NULL
    GROUP BY 1
"""
# Rows of events as they stood then; which family a row means is not kept in its steps and is read as it is now.
_STOOD = """
    SELECT r.household_id, r.house_id, coalesce(s.state_before, r.state) AS state,
        CASE WHEN s.evacuation_id IS NULL THEN r.people ELSE s.people_before END AS people
    FROM evacuation r
    LEFT JOIN (
        SELECT DISTINCT ON (evacuation_id) evacuation_id, state_before, people_before, counts_before FROM evacuation_step
        WHERE event_id = ANY (CAST(:{of} AS int[])) AND at > :at ORDER BY evacuation_id, id
    ) s ON s.evacuation_id = r.id
    WHERE r.event_id = ANY (CAST(:{of} AS int[])) AND r.opened_at <= :at
      AND coalesce(s.counts_before, r.withdrawn_at IS NULL)
"""
# Not moved here, and out by another event: the same family, or the house of which one of the two lists knows no family.
_AWAY_ELSEWHERE = f"""
    WITH here AS MATERIALIZED ({_STOOD.format(of="own")} AND r.scope_code >= :lo AND r.scope_code < :hi),
        there AS MATERIALIZED (
            SELECT * FROM ({_STOOD.format(of="others")}) o WHERE o.state = ANY (CAST(:out AS text[])))
    SELECT count(*), coalesce(sum(w.people), 0), count(*) - count(w.people) FROM here w
    WHERE w.state = ANY (CAST(:not_moved AS text[])) AND (
        w.household_id IN (SELECT o.household_id FROM there o WHERE o.household_id IS NOT NULL)
        OR w.house_id IN (SELECT o.house_id FROM there o WHERE o.household_id IS NULL AND o.house_id IS NOT NULL)
        OR (w.household_id IS NULL AND w.house_id IN (SELECT o.house_id FROM there o WHERE o.house_id IS NOT NULL)))
"""
_OTHERS = """
    SELECT v.* FROM hazard_event v
    WHERE v.id <> :event AND v.mode = 'actual' AND v.phase <> 'draft' AND v.created_at <= :at
      AND (v.closed_at IS NULL OR v.closed_at > :at) AND EXISTS (SELECT FROM evacuation e WHERE e.event_id = v.id)
    ORDER BY v.id
"""


def away_elsewhere_then(session: Session, event: HazardEvent, scope: AreaScope, at: datetime) -> Heads:
    """Who was not moved here at a moment and away by another event that went on then; nobody of a drill."""
    if event.mode != "actual":
        return Heads()
    found = session.scalars(select(HazardEvent).from_statement(text(_OTHERS)), {"event": event.id, "at": at})
    others = [one.id for one in found if phase_then(session, one, scope, at) not in ENDED_PHASES]
    if not others:
        return Heads()
    values = {**BOUND, "own": [event.id], "others": others, "lo": scope.lo, "hi": scope.hi, "at": at}
    households, people, unsized = session.execute(text(_AWAY_ELSEWHERE), values).one()
    return Heads(households, int(people), unsized)


def revision_then(session: Session, event: HazardEvent, at: datetime) -> int:
    """The number of the revision of the event's zones that stood at a moment."""
    return int(session.execute(text(_REVISION), {"event": event.id, "at": at}).scalar_one())


def affected_then(session: Session, event: HazardEvent, scope: AreaScope, revision: int) -> Affected | None:
    """Whom the zones of an earlier revision concern, by the register of today; None where they are not known."""
    return affected_by_revision(session, event.id, revision, scope)


def calls_then(session: Session, event_id: int, scope: AreaScope, at: datetime) -> tuple[str, int]:
    """3/6: reached by then, of those to be called; 3 alone where that is not known any more. And how many were lifted unanswered."""
    by_place = calls_by_place(entries(session, event_id, scope, as_of=at))
    found = [one for one in places_to_call(session, event_id, scope) if one.is_concerned or one.code in by_place]
    called = to_be_called(session, event_id, found, by_place, as_of=at, is_of_night=True)
    board = board_of(called, now=at, next_after=timedelta.max)
    if board.rows and session.scalar(text(_REDRAWN_SINCE), {"event": event_id, "at": at}):
        return f"{board.reached:,}", 0
    return board.figure, board.lifted


def phase_then(session: Session, event: HazardEvent, scope: AreaScope, at: datetime) -> str:
    """The phase of the event at a moment, by the changes since, as far as the reader sees them."""
    wanted = Wanted(scope, action="response.phase", subject_kind="event", subject=str(event.id), since=at)
    found, _ = journal(session, wanted, limit=100)
    changed = [entry.diff["phase"][0] for entry in found if entry.at > at and entry.diff and "phase" in entry.diff]
    return str(changed[-1]) if changed else event.phase
