"""What goes over HTTP between a link's page and the service."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from geo_housing.inspections.queries import InspectionView
from geo_housing.inspections.service import findings_of
from geo_housing.inspections.stages import again_why, lacking
from geo_housing.links.recognition import Holder, link_address


class LinkEntryOut(BaseModel):
    """One house as it stands; names of fields as in the interface of inspections."""

    id: int
    house_code: str
    state: str
    version: int
    result: str | None
    damage: str | None
    rooms_collapsed: int | None
    rooms_severe: int | None
    rooms_slight: int | None
    finding_items: list[str]
    findings: str | None
    visitor: str | None
    visited_at: datetime | None
    entered_by: str | None
    missing: list[dict[str, Any]]
    again: str
    photos: list[str]

    @classmethod
    def of(cls, holder: Holder, view: InspectionView) -> "LinkEntryOut":
        """As the link shows it."""
        item = view.inspection
        said = findings_of(item)
        return cls(
            house_code=view.house_code,
            missing=[
                {"column": fault.column, "sentence": fault.sentence}
                for fault in lacking(said, item.state, warned_since=view.warned_since)
            ],
            again=again_why(said, item.state, warned_since=view.warned_since),
            photos=[photo_address(holder, photo.id) for photo in view.photos],
            **{name: getattr(item, name) for name in _AS_STORED},
        )


class LinkPhotoOut(BaseModel):
    """A photo that is kept; ``version`` is the house's after it, ``hint`` what to check of it."""

    id: int
    url: str
    version: int
    hint: str = ""


def photo_address(holder: Holder, photo_id: int) -> str:
    """Where a photo is shown."""
    return f"{link_address(holder.id)}/photos/{photo_id}"


_AS_STORED = (
    "id", "state", "version", "result", "damage", "rooms_collapsed", "rooms_severe", "rooms_slight", "finding_items",
    "findings", "visitor", "visited_at", "entered_by",
)  # fmt: skip
