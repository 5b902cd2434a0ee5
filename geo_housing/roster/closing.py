"""Closing a shelter: never over people's heads. Who is inside, and of which event, is told before it is done.

Whoever brings people and whoever closes go one after the other, so that nobody is brought into what has just been closed.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.errors import Conflict, Fault
from geo_housing.houses.heads import Heads
from geo_housing.roster.inside import inside_now
from geo_housing.roster.models import Shelter

_KEY = "hashtextextended('shelter ' || CAST(:shelter AS bigint), 0)"
# Of a closed event, too: who is still away sleeps there. What others have brought is in the sum of roster/inside.py.
_INSIDE = text("""
    SELECT v.name, count(*)::int AS households, coalesce(sum(e.people), 0)::int AS people,
        (count(*) - count(e.people))::int AS unsized
    FROM evacuation e JOIN hazard_event v ON v.id = e.event_id
    WHERE e.shelter_id = :shelter AND e.state = 'moved_to_shelter' AND e.withdrawn_at IS NULL AND v.mode = 'actual'
    GROUP BY v.id, v.name ORDER BY 2 DESC, v.id
""")


class StillInside(Conflict):
    """There are people in the shelter: it is asked before it is closed."""

    title = "安置点里还有人"


def begin_bringing(session: Session, shelter_id: int) -> None:
    """The shelter is not closed until this transaction ends; many may bring people at once."""
    session.execute(text(f"SELECT pg_advisory_xact_lock_shared({_KEY})"), {"shelter": shelter_id})


def check_empty(session: Session, shelter: Shelter, *, sure: bool) -> None:
    """StillInside with how many are in the shelter, by event, until somebody says that they are sure; nobody else comes in meanwhile."""
    session.execute(text(f"SELECT pg_advisory_xact_lock({_KEY})"), {"shelter": shelter.id})
    if sure:
        return
    told = [
        f"“{row.name}”{_said(Heads(row.households, row.people, row.unsized))}"
        for row in session.execute(_INSIDE, {"shelter": shelter.id})
    ]
    everybody = inside_now(session).get(shelter.id)
    if not told and everybody is None:
        return
    if everybody is not None:
        told.append(f"现住一共{_said(everybody)}")
    sentence = (
        f"“{shelter.name}”里还有人：{'，'.join(told)}。请先在转移避险里给他们另安排安置点，或登记返回；"
        "人确已离开、现在就要停用的，请再按“核对过，照此停用”。"
    )
    raise StillInside(sentence, faults=[Fault(None, "sure", None, sentence)])


def _said(heads: Heads) -> str:
    return f"{heads.households}户{heads.people}人" + (f"（另{heads.unsized}户未填人数）" if heads.unsized else "")
