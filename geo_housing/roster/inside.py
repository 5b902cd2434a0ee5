"""How many are in a shelter now, and whether it holds them: told where it is chosen and where it is listed; it never blocks.

Counted are families that 转移避险 says were brought there, each once however many open events list it. A drill counts its own
people alone. Whoever sees a shelter sees how many are in it, whoever brought them: numbers, nothing of anybody's family.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Result, text
from sqlalchemy.orm import Session

from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.roster.queries import ShelterRow

_NOW = text("SELECT * FROM gh_shelter_inside(CAST(:drill AS int))")
_THEN = text("SELECT * FROM gh_shelter_inside_at(CAST(:drill AS int), CAST(:at AS timestamptz))")


def inside_now(session: Session, *, drill: int | None = None) -> dict[int, Heads]:
    """Who is in each shelter that the actor sees, whoever brought them; of the event ``drill`` alone where it is one."""
    return _inside(session.execute(_NOW, {"drill": drill}))


def inside_then(session: Session, at: datetime, *, drill: int | None = None) -> dict[int, Heads]:
    """The same as it was known at an earlier moment."""
    return _inside(session.execute(_THEN, {"drill": drill, "at": at}))


def _inside(rows: Result[Any]) -> dict[int, Heads]:
    return {row.shelter_id: Heads(row.households, row.people, row.unsized) for row in rows}


def is_full(shelter: ShelterRow, inside: Mapping[int, Heads]) -> bool:
    """Whether nobody fits in any more."""
    return shelter.capacity is not None and inside.get(shelter.id, NOBODY).people >= shelter.capacity


def over_capacity(shelter: ShelterRow, inside: Mapping[int, Heads]) -> str:
    """What is said of a shelter in which there are more than it holds; nothing of another one."""
    found = inside.get(shelter.id, NOBODY)
    if shelter.capacity is None or found.people <= shelter.capacity:
        return ""
    beside = f"里面另有{found.unsized}户未填人数。" if found.unsized else ""
    return f"{shelter.name}已住{found.people}人，可容{shelter.capacity}人，请另安排安置点。{beside}"
