"""How many are in a shelter now, and whether it holds them: told where it is chosen and where it is listed; it never blocks.

Counted are families that 转移避险 says were brought there, each once however many open events list it. A drill counts its own
people alone. Who sees a part of the county counts that part.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.roster.queries import ShelterRow


@dataclass(frozen=True)
class Inside:
    """户, the 人 of those that are counted, and the 户 whose people nobody counted."""

    households: int = 0
    people: int = 0
    unsized: int = 0


NOBODY_INSIDE = Inside()

_INSIDE = """
    SELECT shelter_id, count(*)::int AS households, coalesce(sum(people), 0)::int AS people,
        (count(*) - count(people))::int AS unsized
    FROM (
        SELECT DISTINCT ON (e.shelter_id, coalesce('k' || e.household_id, 'h' || e.house_id, 'r' || e.id))
            e.shelter_id, e.people
        FROM evacuation e JOIN hazard_event v ON v.id = e.event_id
        WHERE e.shelter_id IS NOT NULL AND e.state = 'moved_to_shelter' AND e.withdrawn_at IS NULL
          AND CASE WHEN CAST(:drill AS int) IS NULL
              THEN v.mode = 'actual' AND v.phase NOT IN ('draft', 'closed', 'mistaken') ELSE v.id = CAST(:drill AS int) END
        ORDER BY e.shelter_id, coalesce('k' || e.household_id, 'h' || e.house_id, 'r' || e.id), e.id DESC
    ) one GROUP BY 1
"""


def inside_now(session: Session, *, drill: int | None = None) -> dict[int, Inside]:
    """Who is in each shelter now, as far as the actor sees them; of the event ``drill`` alone where it is one."""
    rows = session.execute(text(_INSIDE), {"drill": drill})
    return {row.shelter_id: Inside(row.households, row.people, row.unsized) for row in rows}


def is_full(shelter: ShelterRow, inside: Mapping[int, Inside]) -> bool:
    """Whether nobody fits in any more."""
    return shelter.capacity is not None and inside.get(shelter.id, NOBODY_INSIDE).people >= shelter.capacity


def over_capacity(shelter: ShelterRow, inside: Mapping[int, Inside]) -> str:
    """What is said of a shelter in which there are more than it holds; nothing of another one."""
    people = inside.get(shelter.id, NOBODY_INSIDE).people
    if shelter.capacity is None or people <= shelter.capacity:
        return ""
    return f"{shelter.name}已住{people}人，可容{shelter.capacity}人，请另安排安置点。"
