"""The form of a new event or of other zones: a file, chosen townships and villages, or a shape drawn on the map."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from geo_housing.area_codes import is_village, township_of
from geo_housing.db import Actor
from geo_housing.errors import BadInput
from geo_housing.files.service import safe_name
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.zones.answers import Given, Loaded
from geo_housing.response.zones.loading import XML_ENDINGS, load_divisions, load_drawing, load_file
from geo_housing.response.zones.redrawing import Redrawing, redrawn_by_divisions, redrawn_by_drawing, redrawn_by_file
from geo_housing.response.zones.uploads import Posted, metres, on_disk, revision_of

MOST_AREAS = 2000
MOST_TEXT = 200
MOST_FIELDS = 3000


@dataclass(frozen=True)
class EventForm:
    """What was typed, as it was typed; ``where`` is file, areas or drawing, ``how`` of other zones replace or add."""

    where: str = "areas"
    how: str = "replace"
    name: str = ""
    kind: str = "rainstorm"
    level: str = "ungraded"
    mode: str = "actual"
    buffer_m: str = ""
    crs: str = ""
    layer: str = ""
    client_id: str = ""
    revision: str = ""
    areas: tuple[str, ...] = ()
    geometry: str = ""
    file: UploadFile | None = field(default=None, compare=False)

    def load(self, session: Session, actor: Actor, *, event: HazardEvent | None = None) -> Loaded:
        """Make an event, or give ``event`` other zones; BadInput names what is missing."""
        given = self._given(event)
        if self.where == "file":
            with self._on_disk(given) as path:
                return load_file(session, actor, path, given)
        if self.where == "drawing":
            return load_drawing(session, actor, _geometry(self.geometry), given)
        self._require_areas()
        return load_divisions(session, actor, list(self.areas), given)

    def effect(self, session: Session, actor: Actor, event: HazardEvent) -> Redrawing:
        """What ``load`` would change of the event; stores nothing."""
        given = self._given(event)
        if self.where == "file":
            with self._on_disk(given) as path:
                return redrawn_by_file(session, actor, event, path, given)
        if self.where == "drawing":
            return redrawn_by_drawing(session, actor, event, _geometry(self.geometry), given)
        self._require_areas()
        return redrawn_by_divisions(session, actor, event, list(self.areas), given)

    def _given(self, event: HazardEvent | None) -> Given:
        level = self.level or None
        if event is not None and level == event.level and self._is_message:
            # Nobody has chosen a level: the message states its own.
            level = None
        return Given(
            event=event.id if event is not None else None,
            name=self.name or None,
            kind=self.kind or None,
            level=level,
            mode=self.mode or None,
            buffer_m=metres(self.buffer_m) if self.buffer_m and self.where != "areas" else None,
            crs=(self.crs or None) if self.where == "file" else None,
            layer=(self.layer or None) if self.where == "file" else None,
            client_id=self.client_id or None,
            revision=revision_of(self.revision) if self.revision else None,
            adds=event is not None and self.how == "add",
        )

    @property
    def _is_message(self) -> bool:
        name = self.file.filename if self.where == "file" and self.file is not None else None
        return Path(name or "").suffix.lower() in XML_ENDINGS

    def _on_disk(self, given: Given) -> AbstractContextManager[Path]:
        if self.file is None or not self.file.filename:
            raise BadInput("还没有选择文件。请选择影响范围文件，或改用“选乡镇村”。")
        return on_disk(Posted(given, self.file.file, safe_name(self.file.filename), None))

    def _require_areas(self) -> None:
        if not self.areas:
            raise BadInput("还没有选择乡镇或村。请在下面勾选。")


async def sent_event(request: Request) -> EventForm:
    """The form as it was sent."""
    form = await request.form(max_files=1, max_fields=MOST_FIELDS)
    text = {name: str(form.get(name) or "").strip() for name in _TEXTS}
    uploaded = form.get("file")
    return EventForm(
        **{name: value[:MOST_TEXT] for name, value in text.items() if name != "geometry"},
        geometry=text["geometry"],
        areas=_fewest([str(code) for code in form.getlist("areas")][:MOST_AREAS]),
        file=uploaded if isinstance(uploaded, UploadFile) else None,
    )


_TEXTS = (
    "where",
    "how",
    "name",
    "kind",
    "level",
    "mode",
    "buffer_m",
    "crs",
    "layer",
    "client_id",
    "revision",
    "geometry",
)


def _fewest(codes: list[str]) -> tuple[str, ...]:
    """Without the villages of a township that is chosen itself."""
    chosen = set(codes)
    return tuple(sorted(code for code in chosen if not (is_village(code) and township_of(code) in chosen)))


def _geometry(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadInput("还没有在地图上画出范围。")
    return found
