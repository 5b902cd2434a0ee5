"""A text that takes back a warning which was issued by mistake: the open events that hold it. Nothing is withdrawn by it.

误发撤销 takes a whole event back and is a person's of the county, on the page of the event and with a reason.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.hazards.correcting import SEVERAL, doubts_of_correction
from geo_housing.hazards.joining import OpenEvent
from geo_housing.hazards.models import HazardWarning
from geo_housing.hazards.received import present_warnings, presents_of
from geo_housing.response.warnings.effect import candidates
from geo_housing.response.warnings.stated import Stated


@dataclass(frozen=True)
class Retracted:
    """An event with warnings in force that the text may take back, and how many it has beside them."""

    event: OpenEvent
    warnings: tuple[HazardWarning, ...]
    others: int


def retracted_by(session: Session, actor: Actor, stated: Stated) -> tuple[Retracted, ...]:
    """Where the warning stands that ``stated`` takes back: of its kind, level and office, and of the hour that it names."""
    found = []
    for one in candidates(session, actor, stated):
        known = presents_of(session, one.event.id)
        doubts = doubts_of_correction(
            stated.said(), known, was_level=stated.level, was_at=stated.was_at, on_its_ground=()
        )
        in_force = present_warnings(session, one.event.id)
        meant = tuple(warning for warning in in_force if doubts.get(warning.id) in ("", SEVERAL))
        if meant:
            found.append(Retracted(one.event, meant, len(in_force) - len(meant)))
    return tuple(found)


def retracted_json(found: tuple[Retracted, ...]) -> list[dict[str, Any]]:
    """As the API says it."""
    return [
        {
            "event": one.event.id,
            "name": one.event.name,
            "warnings": [warning.id for warning in one.warnings],
            "others": one.others,
        }
        for one in found
    ]
