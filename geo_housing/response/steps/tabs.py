"""The steps of an event in the order of the night, each with what is open in it (screens.md, 灾害应急)."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from geo_housing.calls.night import figure as figure_of_calls
from geo_housing.conclusions.queries import required_risks, waiting_count
from geo_housing.db import Actor
from geo_housing.evacuation.sums import moved_of_due
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.over import Stand
from geo_housing.inspections.queries import state_counts
from geo_housing.response.reports.service import reports_of


@dataclass(frozen=True)
class Tab:
    """One step: its address and what is open in it; ``figure`` is empty where nothing is."""

    name: str
    label: str
    path: str
    figure: str = ""


@dataclass(frozen=True)
class NightStep:
    """How a step is called and how its open count is found; ``permission`` None is for everybody who sees events."""

    name: str
    label: str
    figure: Callable[[Session, Actor, HazardEvent], str]
    permission: str | None = None


def _calls(session: Session, actor: Actor, event: HazardEvent) -> str:
    return figure_of_calls(session, event.id, actor.scope)


def _inspections(session: Session, actor: Actor, event: HazardEvent) -> str:
    states = state_counts(session, event.id, actor.scope)
    due = sum(count for state, count in states.items() if state != "withdrawn")
    return f"{states['done']:,}/{due:,}" if due else ""


def _conclusions(session: Session, actor: Actor, event: HazardEvent) -> str:
    signed, needed = waiting_count(session, event.id, actor.scope, required_risks(session, event.scope_code))
    return f"{signed:,}/{needed:,}" if needed else ""


def _reports(session: Session, actor: Actor, event: HazardEvent) -> str:
    sent = sum(row.sent_at is not None for row in reports_of(session, event.id, actor.scope))
    return str(sent) if sent else ""


def _evacuation(session: Session, actor: Actor, event: HazardEvent) -> str:
    moved, due = moved_of_due(session, event.id, actor.scope)
    return f"{moved:,}/{due:,}" if due else ""


def _nothing(session: Session, actor: Actor, event: HazardEvent) -> str:
    """Nothing is open in what has been done."""
    return ""


# In the order of a real night. The page of the event itself holds the inspections.
STEPS: tuple[NightStep, ...] = (
    NightStep("calls", "叫应", _calls),
    NightStep("evacuation", "转移避险", _evacuation),
    NightStep("", "排查", _inspections),
    NightStep("conclusions", "评估", _conclusions),
    NightStep("reports", "报告", _reports),
    NightStep("course", "过程", _nothing),
)


@dataclass(frozen=True)
class Head:
    """What stands above every step: the steps that the reader may open.

    In the reader's area: whether the warnings are over, and the phase; ``level`` is the highest in force anywhere.
    """

    tabs: tuple[Tab, ...] = ()
    over: str = ""
    level: str = ""
    phase: str = ""


def head_of(session: Session, actor: Actor, event: HazardEvent) -> Head:
    """The head of a step's page."""
    stand, own = Stand(session, event), actor.scope.prefix
    return Head(tabs_of(session, actor, event), stand.over_at(own), stand.level, stand.phase_at(own))


def tabs_of(session: Session, actor: Actor, event: HazardEvent) -> tuple[Tab, ...]:
    """The steps that the reader may open."""
    return tuple(
        Tab(step.name, step.label, f"/events/{event.id}/{step.name}".rstrip("/"), step.figure(session, actor, event))
        for step in STEPS
        if step.permission is None or actor.may(step.permission)
    )
