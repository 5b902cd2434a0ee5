"""A standing risk area that is drawn anew is the same place under another number: who comes first because of it follows."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.hazards.ended import ENDED_PHASES

# In the order in which everybody locks them.
_FOLLOW = text("""
    WITH target AS MATERIALIZED (
        SELECT e.id, r.now FROM evacuation e
        JOIN unnest(CAST(:old AS bigint[]), CAST(:new AS bigint[])) AS r (before, now) ON r.before = e.standing_id
        WHERE e.event_id IN (SELECT v.id FROM hazard_event v WHERE v.phase <> ALL (CAST(:ended AS text[])))
        ORDER BY e.id FOR UPDATE OF e
    )
    UPDATE evacuation e SET standing_id = t.now FROM target t WHERE e.id = t.id
""")


def follow_redrawn(session: Session, redrawn: Mapping[int, int]) -> None:
    """Rows of events that go on name each place as it stands (old number → new); nothing that was said changes.

    Whether a house still lies in it is decided where lists are brought in step with standing areas (opening.py). In 灾后排查
    they are no more, and the place would be one that nobody answers for.
    """
    if not redrawn:
        return
    last = [_as_it_stands(redrawn, new) for new in redrawn.values()]
    session.execute(_FOLLOW, {"old": list(redrawn), "new": last, "ended": list(ENDED_PHASES)})


def _as_it_stands(redrawn: Mapping[int, int], number: int) -> int:
    """One list may draw a place twice."""
    while number in redrawn:
        number = redrawn[number]
    return number
