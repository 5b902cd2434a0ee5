"""What goes over HTTP about emergency inspections."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from geo_housing.db import Actor
from geo_housing.inspections.priority import SEES_URGENCY, reasons_said
from geo_housing.inspections.queries import InspectionView, PhotoEntry
from geo_housing.inspections.service import InspectionEntry, findings_of
from geo_housing.inspections.stages import Findings, again_why, lacking

Word = Annotated[str, Field(max_length=40)]
Rooms = Annotated[int, Field(ge=0, le=999)]


class InspectionEntryBody(BaseModel):
    """What is stated of a visit; what is left out stays as it is, null clears it."""

    model_config = ConfigDict(extra="forbid")

    result: Word | None = None
    damage: Word | None = None
    rooms_collapsed: Rooms | None = None
    rooms_severe: Rooms | None = None
    rooms_slight: Rooms | None = None
    finding_items: Annotated[list[Word], Field(max_length=40)] | None = None
    findings: Annotated[str, Field(max_length=2000)] | None = None
    visitor: Annotated[str, Field(max_length=100)] | None = None
    visited_at: datetime | None = None
    reported_by: Annotated[str, Field(max_length=100)] | None = None
    reported_how: Word | None = None
    reported_at: datetime | None = None
    version: int | None = None
    client_id: Annotated[str, Field(max_length=64)] | None = None

    def entry(self, version: int | None) -> InspectionEntry:
        """As the service takes it, made upon ``version``."""
        names = {field.name for field in fields(Findings)}
        values = {name: getattr(self, name) for name in names}
        said = Findings(**{**values, "finding_items": tuple(self.finding_items or ())})
        return InspectionEntry(said, frozenset(self.model_fields_set & names), version, self.client_id)


class PhotoOut(BaseModel):
    """One photo; its content is at ``url``. ``version`` is the inspection's after it was kept; ``hint``: what to check."""

    id: int
    name: str
    bytes: int
    taken_at: datetime | None
    url: str
    version: int | None = None
    hint: str = ""

    @classmethod
    def of(cls, inspection_id: int, photo: PhotoEntry, version: int | None = None) -> "PhotoOut":
        """The photo of an inspection."""
        return cls(
            id=photo.id,
            name=photo.name,
            bytes=photo.bytes,
            taken_at=photo.taken_at,
            url=f"/api/v1/inspections/{inspection_id}/photos/{photo.id}",
            version=version,
            hint=photo.hint,
        )


class InspectionOut(BaseModel):
    """One inspection."""

    id: int
    event: int
    event_name: str
    mode: str
    phase: str
    house_code: str
    area_code: str
    settlement: str | None
    structure: str | None
    risk: str
    state: str
    priority: int | None
    reasons: list[str]
    reason_labels: list[str]
    uncertain: bool
    due_at: datetime | None
    overdue: bool
    assignee_area: str
    result: str | None
    damage: str | None
    rooms_collapsed: int | None
    rooms_severe: int | None
    rooms_slight: int | None
    finding_items: list[str]
    findings: str | None
    visitor: str | None
    visited_at: datetime | None
    reported_by: str | None
    reported_how: str | None
    reported_at: datetime | None
    entered_by: str | None
    begun_at: datetime | None
    done_at: datetime | None
    version: int
    missing: list[dict[str, Any]]
    again: str
    photos: list[PhotoOut]

    @classmethod
    def of(cls, view: InspectionView, actor: Actor) -> "InspectionOut":
        """As ``actor`` may see it: what is written about families, or follows from them, is for those who may see heads."""
        item = view.inspection
        may_see = actor.may("heads.view")
        sees_urgency = actor.may(SEES_URGENCY)
        reasons = item.reasons if sees_urgency else []
        said = findings_of(item)
        return cls(
            event=item.event_id,
            event_name=view.event_name,
            mode=view.event_mode,
            phase=view.event_phase,
            house_code=view.house_code,
            area_code=item.scope_code,
            settlement=view.settlement,
            structure=view.structure,
            risk=view.risk,
            reasons=reasons,
            reason_labels=reasons_said(reasons, view.occupancy),
            priority=item.priority if sees_urgency else None,
            due_at=item.due_at if sees_urgency else None,
            overdue=view.is_overdue,
            findings=item.findings if may_see else None,
            visitor=item.visitor if may_see else None,
            entered_by=item.entered_by if may_see else None,
            reported_by=item.reported_by if may_see else None,
            missing=[asdict(fault) for fault in lacking(said, item.state, warned_since=view.warned_since)],
            again=again_why(said, item.state, warned_since=view.warned_since),
            photos=[PhotoOut.of(item.id, photo) for photo in view.photos] if may_see else [],
            **{name: getattr(item, name) for name in _AS_STORED},
        )


_AS_STORED = (
    "id", "state", "uncertain", "assignee_area", "result", "damage", "rooms_collapsed",
    "rooms_severe", "rooms_slight", "finding_items", "visited_at", "reported_how", "reported_at", "begun_at", "done_at",
    "version",
)  # fmt: skip
