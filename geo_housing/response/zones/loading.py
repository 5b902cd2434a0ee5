"""Zones out of files, drawings and chosen divisions: a new event, a new revision of one, or standing risk areas.

The one way in for the command line and the API: what a file is decides its ending, XML goes to the CAP reader only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import BadInput
from geo_housing.hazards.divisions import zones_of_divisions
from geo_housing.hazards.service import EventDraft, create_event
from geo_housing.hazards.sources import ZoneSource, zones_of_drawing, zones_of_file
from geo_housing.response.service import revise_zones
from geo_housing.response.warnings.messages import load_message, look
from geo_housing.response.zones.answers import Given, Loaded, kind_word, revised_to_loaded
from geo_housing.words import EVENT_KIND, EVENT_MODE, WARNING_LEVEL

XML_ENDINGS = (".xml", ".cap", ".atom", ".rss", ".edxlde")
MOST_MESSAGE_BYTES = 5 * 1024**2


def load_file(session: Session, actor: Actor, path: Path, given: Given) -> Loaded:
    """Zones of a geographic file or a CAP message."""
    if path.suffix.lower() in XML_ENDINGS:
        return _message(session, actor, content_of(path), message_given(given))
    if given.joins is not None:
        raise BadInput("只有预警消息（CAP）可以归入事件；文件里的范围请替换该事件的影响范围（命令行 --event）。")
    source = zones_of_file(path, crs=given.crs, layer=given.layer, buffer_m=given.buffer_m)
    return _stored(session, actor, source, given, via="buffer" if given.buffer_m else "file")


def _message(session: Session, actor: Actor, content: bytes, given: Given) -> Loaded:
    """A message as a file: of a new event it is told where else it may belong, which the page shows beforehand."""
    loaded = load_message(session, actor, content, given)
    if given.event is not None or given.joins is not None or not loaded.zoned.is_new:
        return loaded
    others = [one for one in look(session, actor, content, given).proposals if one.event.id != loaded.zoned.event_id]
    told = tuple(
        f"进行中的 {one.event.id} 号事件“{one.event.name}”可能是同一过程（{'，'.join(one.reasons)}）：是的话请把这条预警归入它（命令行 --join {one.event.id}），另建的事件按误发撤销。"
        for one in others[:1]
    )
    return replace(loaded, notes=(*loaded.notes, *told))


def load_drawing(session: Session, actor: Actor, geometry: Mapping[str, Any], given: Given) -> Loaded:
    """Zones drawn on the map, as GeoJSON."""
    source = zones_of_drawing(geometry, buffer_m=given.buffer_m)
    return _stored(session, actor, source, given, via="buffer" if given.buffer_m else "drawing")


def load_divisions(session: Session, actor: Actor, codes: Sequence[str], given: Given) -> Loaded:
    """Whole townships and villages chosen by code."""
    if given.buffer_m is not None:
        raise BadInput("按乡镇村选定的范围不能再加缓冲距离。")
    return _stored(session, actor, zones_of_divisions(session, codes), given, via="areas")


def _stored(session: Session, actor: Actor, source: ZoneSource, given: Given, *, via: str) -> Loaded:
    level = WARNING_LEVEL.code(given.level) if given.level else None
    if given.event is not None:
        revised = revise_zones(
            session, actor, given.event, source, via=via, level=level, revision=given.revision, adds=given.adds
        )
        return revised_to_loaded(revised, source)
    kind = kind_word(given.kind) or "other"
    draft = EventDraft(
        name=given.name,
        kind=kind,
        kind_text=None if kind in EVENT_KIND else kind,
        level=level or "ungraded",
        mode=EVENT_MODE.code(given.mode) if given.mode else "actual",
        source=via,
        client_id=given.client_id,
    )
    return Loaded(create_event(session, actor, draft, source), 0, 0, source)


def message_given(given: Given) -> Given:
    """A message that is to stand beside the zones of an event is a further one of it."""
    return replace(given, event=None, joins=given.event, keep_unnamed=True) if given.adds and given.event else given


def content_of(path: Path) -> bytes:
    """A message's bytes; BadInput for what is none by its size."""
    if not path.is_file():
        raise BadInput(f"找不到文件 {path.name}，请核对路径。")
    if path.stat().st_size > MOST_MESSAGE_BYTES:
        raise BadInput(f"{path.name} 超过 5 MB，不像一条预警消息。")
    return path.read_bytes()
