"""What other zones would do to an event before they are applied: who comes and goes, and which work stays whatever happens."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.areas.queries import names_of
from geo_housing.conclusions.homeward import unsafe_houses
from geo_housing.db import Actor
from geo_housing.evacuation import opening as evacuation_opening
from geo_housing.evacuation.fetching import returned_on
from geo_housing.hazards.changes import Difference, change_of, collect_left
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.queries import Affected
from geo_housing.hazards.sources import ZoneDraft
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.inspections import opening
from geo_housing.response.grounds import NamedAgain
from geo_housing.response.phases import WORKING_PHASES
from geo_housing.response.worked_on import worked_on


@dataclass(frozen=True)
class WorkLeft:
    """Tasks of houses that would leave the zones: those to withdraw once confirmed, and those begun, which stay.

    Inspections in 栋, moves in 户.
    """

    inspections_go: int = 0
    inspections_stay: int = 0
    moves_go: int = 0
    moves_stay: int = 0


@dataclass(frozen=True)
class Changing:
    """Houses and people of a change by township, and the tasks of those that leave.

    ``warned_again`` are the names of townships in 灾后排查 that go back to 预警响应, ``fetched`` who is home there and must be
    fetched anew; ``others_stay``: the event itself was in 灾后排查, and others of its townships stay there. ``stay_over`` are the names of those that a warning
    names which moves nobody: they stay in 灾后排查.
    """

    houses: Difference = field(default_factory=Difference)
    work: WorkLeft = field(default_factory=WorkLeft)
    fetched: Heads = NOBODY
    warned_again: tuple[str, ...] = ()
    others_stay: bool = False
    stay_over: tuple[str, ...] = ()


UNCHANGED = Changing()


def changing(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    standing: Mapping[int, str],
    kept: Sequence[tuple[int, str]],
    drafts: Sequence[tuple[ZoneDraft, str]],
) -> tuple[Changing, Affected]:
    """What it does to the event that zones which stand become ``kept`` and ``drafts``; and whom it would concern then."""
    scope = actor.scope
    found = change_of(session, standing, kept, drafts, scope)
    if not found.difference.left.houses or event.responded_at is None:
        return Changing(found.difference), found.affected
    collect_left(session, standing, kept, drafts, scope)
    inspections = opening.count_left_out(session, event.id, scope, spared=worked_on(session, event.id))
    moves = evacuation_opening.count_left_out(session, event.id, scope, spared=unsafe_houses(session, event))
    return Changing(found.difference, WorkLeft(*inspections, *moves)), found.affected


def with_warned_again(session: Session, event: HazardEvent, found: Changing, named: NamedAgain) -> Changing:
    """The same with what it means that grounds are warned again."""
    grounds, names = named.back, names_of(session, named.back | named.stay)
    return replace(
        found,
        fetched=returned_on(session, event.id, grounds),
        warned_again=tuple(names.get(code, code) for code in sorted(grounds)),
        others_stay=event.phase in WORKING_PHASES and named.leaves_others,
        stay_over=tuple(names.get(code, code) for code in sorted(named.stay)),
    )


def changing_json(found: Changing) -> dict[str, Any]:
    """The same over HTTP: ``added``, ``left``, ``raised`` and ``lowered`` in 栋, with 户 and 人 beside."""
    houses = found.houses
    return {
        "added": houses.added.houses,
        "left": houses.left.houses,
        "kept": houses.kept.houses,
        "raised": houses.raised,
        "lowered": houses.lowered,
        "of_added": asdict(houses.added),
        "of_left": asdict(houses.left),
        "of_kept": asdict(houses.kept),
        "work_of_left": asdict(found.work),
        "returned_again": asdict(found.fetched),
        "warned_again": list(found.warned_again),
        "stay_over": list(found.stay_over),
        "townships": [asdict(one) for one in houses.townships],
    }
