"""The steps of an event in the order of the night, each with what is open in it (screens.md, 灾害应急)."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.queries import state_counts


@dataclass(frozen=True)
class Tab:
    """One step: its address and what is open in it; ``figure`` is empty where nothing is."""

    name: str
    label: str
    path: str
    figure: str = ""


@dataclass(frozen=True)
class Step:
    """How a step is called and how its open count is found; ``permission`` None is for everybody who sees events."""

    name: str
    label: str
    figure: Callable[[Session, Actor, HazardEvent], str]
    permission: str | None = None


def _inspections(session: Session, actor: Actor, event: HazardEvent) -> str:
    states = state_counts(session, event.id, actor.scope)
    due = sum(count for state, count in states.items() if state != "withdrawn")
    return f"{states['done']:,}/{due:,}" if due else ""


# In the order of a real night. The page of the event itself holds the inspections.
STEPS: tuple[Step, ...] = (Step("", "排查", _inspections),)


def tabs_of(session: Session, actor: Actor, event: HazardEvent) -> list[Tab]:
    """The steps that the reader may open."""
    return [
        Tab(step.name, step.label, f"/events/{event.id}/{step.name}".rstrip("/"), step.figure(session, actor, event))
        for step in STEPS
        if step.permission is None or actor.may(step.permission)
    ]
