"""What goes over HTTP (and into --json) about events."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from geo_housing.db import Actor
from geo_housing.hazards.first_list import FirstList
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.queries import Affected
from geo_housing.response.grounds import Ground
from geo_housing.response.queries import EventEntry, Progress, Revision, kind_label

Name = Annotated[str, Field(max_length=200)]
Word = Annotated[str, Field(max_length=40)]
Code = Annotated[str, Field(pattern=r"^[0-9]{2,12}$")]


class ZonesBody(BaseModel):
    """Zones as JSON: a GeoJSON ``geometry`` (Feature and FeatureCollection, too), or ``areas`` by code.

    ``adds``: beside the zones that the event has, not in their place.
    """

    model_config = ConfigDict(extra="forbid")

    geometry: dict[str, Any] | None = None
    areas: list[Code] | None = Field(default=None, max_length=2000)
    buffer_m: float | None = None
    level: Word | None = None
    revision: int | None = None
    adds: bool = False


class EventBody(ZonesBody):
    """A new event with its zones."""

    name: Name | None = None
    kind: Word | None = None
    mode: Word | None = None
    client_id: Annotated[str, Field(max_length=64)] | None = None


class PreviewBody(BaseModel):
    """What is being drawn; ``areas`` instead previews chosen divisions by their outlines."""

    model_config = ConfigDict(extra="forbid")

    geometry: dict[str, Any]
    buffer_m: float | None = None


class RespondBody(BaseModel):
    """Where tasks are given (all of one's own area unless stated), and whether an expired warning still counts.

    ``revision`` is the one whose figures were read: 409 when the zones are others by now. ``told_too``: also houses whose
    warnings (蓝) are only to be known, which get no task otherwise.
    """

    model_config = ConfigDict(extra="forbid")

    area: Code | None = None
    expired: bool = False
    revision: int | None = None
    told_too: bool = False


class PhaseBody(BaseModel):
    """The next phase, with the reason where one is asked; ``areas``: only these townships enter 灾后排查."""

    model_config = ConfigDict(extra="forbid")

    phase: Word
    areas: list[Code] | None = Field(default=None, max_length=500)
    reason: Annotated[str, Field(max_length=1000)] | None = None


class StandingBody(BaseModel):
    """A standing risk area (灾害易发地) drawn on the map."""

    model_config = ConfigDict(extra="forbid")

    geometry: dict[str, Any]
    buffer_m: float | None = None
    kind: Word = "geological"
    name: Name | None = None


class MovesOut(BaseModel):
    """What became of the list of those to be moved, in 户."""

    opened: int
    kept: int
    withdrawn: int


class RespondedOut(BaseModel):
    """The answer of respond, in 栋; ``evacuation`` in 户."""

    event: int
    opened: int
    kept: int
    withdrawn: int
    uncertain: int
    evacuation: MovesOut


class PhaseOut(BaseModel):
    """The answer of a change of phase."""

    event: int
    phase: str
    inspections: dict[str, int]


class StandingOut(BaseModel):
    """Standing risk areas that are new; ``unchanged`` stood there already."""

    zones: int
    ids: list[int]
    unchanged: int
    rejected: int
    errors: list[dict[str, Any]]


def affected_json(found: Affected, actor: Actor, first: FirstList | None = None) -> dict[str, Any]:
    """影响分析 as JSON; categories and traits only for those who may see them. ``first`` is 首批, by standing area."""
    answer = asdict(found)
    if first is not None:
        answer["first"] = {name: getattr(first, name) for name in ("houses", "households", "people", "unsized")}
        answer["first"]["areas"] = [asdict(area) for area in first.areas]
    answer["areas"] = [dict(area) for area in answer["areas"]]
    if not actor.may("categories.view"):
        for part in (answer, *answer["areas"]):
            part["key_groups"], part["evacuation_traits"] = {}, {}
    return answer


def event_json(event: HazardEvent) -> dict[str, Any]:
    """One event as everybody who may see events sees it."""
    return {
        "id": event.id,
        "name": event.name,
        "area_code": event.scope_code,
        "kind": event.kind,
        "kind_label": kind_label(event),
        "level": event.level,
        "mode": event.mode,
        "phase": event.phase,
        "source": event.source,
        "message_id": event.message_id,
        "issuer": event.issuer,
        "starts_at": _moment(event.starts_at),
        "expires_at": _moment(event.expires_at),
        "responded_at": _moment(event.responded_at),
        "responded_areas": event.responded_areas or [],
        "aftermath_at": _moment(event.aftermath_at),
        "closed_at": _moment(event.closed_at),
        "revision": event.revision,
        "version": event.version,
        "created_by": event.created_by,
        "created_at": _moment(event.created_at),
    }


def ground_json(ground: Ground) -> dict[str, Any]:
    """How far the ground of one township is."""
    return {**asdict(ground), "at": _moment(ground.at)}


def entry_json(entry: EventEntry) -> dict[str, Any]:
    """One event of the list, with its inspections (栋) by state."""
    return {**event_json(entry.event), "inspections": entry.states, "overdue": entry.overdue}


def revision_json(revision: Revision) -> dict[str, Any]:
    """One state of the zones."""
    return {**asdict(revision), "made_at": _moment(revision.made_at)}


def progress_json(found: Progress) -> dict[str, Any]:
    """Progress, as of a moment."""
    return {**asdict(found), "as_of": _moment(found.as_of)}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
